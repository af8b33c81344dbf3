"""How far the levels of a report may be trusted: is the baseline at rest, and does it lie inside its source bands?

The same two questions that the terminal answers (`drift`, `run_tables.level_table`), in the words of the report.
"""

from __future__ import annotations

from typing import Any

from experiments import words
from experiments.drift import DIFFERENCES, not_at_rest
from experiments.report_sentences import Speaker
from experiments.run_tables import level_table
from experiments.study_folder import Study

BANDED = "baseline"  # the scenario that the source bands are about, whatever the others are compared with


def drift_warnings(speaker: Speaker, study: Study) -> list[str]:
    """The sentence on headlines that were not at rest before week 0, one for each scenario in which some were not.

    Nothing for a study that kept no drift.
    """
    if study.drift is None:
        return []
    return [
        speaker.say(
            "warn_drift",
            scenario=speaker.scenario(scenario),
            moving=speaker.names([_moving_text(speaker, row) for row in rows.itertuples()]),
        )
        for scenario, rows in not_at_rest(study.drift).groupby("scenario", sort=False)
    ]


def _moving_text(speaker: Speaker, row: Any) -> str:
    language = speaker.setting.language
    unit = words.title("unit", "points" if row.indicator in DIFFERENCES else "percent", language)
    amount = words.with_unit(words.number(100.0 * row.drift, 1, signed=True), unit, language)
    return speaker.say("with_amount", name=words.title("indicator", row.indicator, language), amount=amount)


def band_lines(speaker: Speaker, study: Study) -> list[str]:
    """How many of the baseline's means lie inside the bands of the sources, then each that does not; may be empty."""
    if BANDED not in set(study.indicators["scenario"]):
        return []
    compared = [level for level in level_table(study.indicators, BANDED) if level["inside"] is not None]
    if not compared:
        return []
    outside = [level for level in compared if not level["inside"]]
    count = speaker.say(
        "bands_inside", scenario=speaker.scenario(BANDED), inside=len(compared) - len(outside), total=len(compared)
    )
    return [count, *(_outside_text(speaker, level) for level in outside)]


def _outside_text(speaker: Speaker, level: dict[str, Any]) -> str:
    language, name = speaker.setting.language, level["indicator"]
    members = [words.title(table, level[table], language) for table in ("kind", "group") if level[table] != "all"]
    shown = words.measure(name)
    low, high = (words.number(level["band"][end] * shown.scale) for end in ("low", "high"))
    band = words.sentence("range", language, low=low, high=high)
    return speaker.say(
        "band_outside",
        indicator=speaker.join([words.title("indicator", name, language), *members]),
        level=speaker.level(name, level["mean"]),
        band=words.with_unit(band, words.title("unit", shown.unit, language), language),
    )
