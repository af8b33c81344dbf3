"""The tables of a report as plain rows of text, ready for the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments import comparison, words
from experiments.report_changes import settings_text
from experiments.report_sentences import Speaker
from experiments.study_folder import Study
from model.indicator_definitions import HEADLINES, INDICATORS
from model.parameters import PARAMETERS

Row = dict[str, Any]


def comparison_cells(speaker: Speaker, line: pd.Series) -> Row:
    """The cells that tell one paired comparison: difference, interval, seeds, level, verdict."""
    difference, interval = speaker.difference(line)
    count = int(line["n"])
    share = line["share_better"]
    of_units = "draws_of" if speaker.setting.draws > 1 else "seeds_of"
    better = speaker.say(of_units, k=round(share * count), n=count) if np.isfinite(share) else words.number(np.nan)
    saved = line["seeds_saved"]
    return {
        "scenario": speaker.scenario(line["scenario"]),
        "difference": difference,
        "interval": interval or speaker.say(f"note_{line['note']}" if line["note"] else "verdict_unknown"),
        "seeds": better,
        "level": speaker.level(line["indicator"], float(line["level"])),
        "baseline": speaker.level(line["indicator"], float(line["baseline"])),
        "verdict": speaker.say(f"verdict_{line['verdict']}"),
        "style": line["verdict"],
        "saved": words.number(saved, 0) if np.isfinite(saved) else words.number(saved),
        "note": speaker.say(f"note_{line['note']}") if line["note"] else "",
    }


def comparison_rows(speaker: Speaker, table: pd.DataFrame, names: Iterable[str]) -> list[Row]:
    """One row an indicator and statistic, in the order of `names`, with one line a scenario."""
    rows = []
    for name in names:
        for statistic, part in table.loc[table["indicator"] == name].groupby("statistic", sort=False):
            interval = _level_interval(speaker, name, part.iloc[0], "baseline")
            rows.append(
                {
                    "title": indicator_title(speaker, name, statistic),
                    "definition": definition(speaker, name),
                    "baseline": speaker.level(name, float(part["baseline"].iloc[0])),
                    "baseline_interval": interval,
                    "lines": [comparison_cells(speaker, line) for _, line in part.iterrows()],
                }
            )
    return rows


def indicator_title(speaker: Speaker, name: str, statistic: str) -> str:
    title = words.title("indicator", name, speaker.setting.language)
    return title if statistic in comparison.MAIN_STATISTICS else f"{title}, {statistic}"


def definition(speaker: Speaker, name: str) -> str:
    """The defining sentence of an indicator; definitions are written in English only."""
    return INDICATORS[name].sentence if name in INDICATORS and speaker.setting.language == "en" else ""


def _level_interval(speaker: Speaker, name: str, line: pd.Series, column: str) -> str:
    values = [float(line[f"{column}{ending}"]) for ending in ("", "_low", "_high")]
    return words.level_interval(name, *values, speaker.setting.language)


def level_rows(speaker: Speaker, indicators: pd.DataFrame, scenario: str) -> list[Row]:
    """Levels of one scenario with t-intervals over seeds or draws, for a study that compares nothing."""
    rows = []
    values = comparison.main_values(comparison.margin(indicators))
    values = values.loc[values["scenario"] == scenario]
    present = set(values["indicator"])
    for name in [*HEADLINES, *sorted(present - set(HEADLINES))]:
        if name not in present:
            continue
        part = values.loc[values["indicator"] == name].dropna(subset=["value"])
        mean, low, high = comparison.mean_interval(comparison.independent_values(part))
        line = pd.Series({"level": mean, "level_low": low, "level_high": high})
        rows.append(
            {
                "title": words.title("indicator", name, speaker.setting.language),
                "definition": definition(speaker, name),
                "level": speaker.level(name, mean),
                "interval": _level_interval(speaker, name, line, "level"),
            }
        )
    return rows


def effect_rows(speaker: Speaker, effects: pd.DataFrame, scenarios: Iterable[str]) -> list[Row]:
    """Rows of the table of three effects: an indicator and an effect, with a cell for each scenario."""
    rows = []
    order = {"all_reported": 0, "same_needs": 1, "composition": 2, "all_needs": 3}
    keys = effects[["effect", "indicator"]].drop_duplicates()
    rank = {name: place for place, name in enumerate(INDICATORS)}
    keys = sorted(
        keys.itertuples(index=False),
        key=lambda key: (key.effect == "all_needs", rank.get(key.indicator, len(rank)), order[key.effect]),
    )
    for effect, indicator in keys:
        cells = []
        for scenario in scenarios:
            line = effects.loc[
                (effects["scenario"] == scenario) & (effects["effect"] == effect) & (effects["indicator"] == indicator)
            ]
            cells.append(comparison_cells(speaker, line.iloc[0]) if len(line) else None)
        rows.append(
            {
                "indicator": words.title("indicator", indicator, speaker.setting.language),
                "effect": speaker.say(f"effect_{effect}"),
                "headline": effect in ("same_needs", "all_needs"),
                "first": effect in ("all_reported", "all_needs"),
                "cells": cells,
            }
        )
    return rows


def gain_rows(speaker: Speaker, gains: pd.DataFrame) -> list[Row]:
    language = speaker.setting.language
    return [
        {
            "member": words.title(line["dimension"], line["member"], language),
            "indicator": words.title("indicator", line["indicator"], language),
            "cases": words.number(float(line["cases"]), 0),
            **comparison_cells(speaker, line),
        }
        for _, line in gains.iterrows()
    ]


def step_rows(speaker: Speaker, steps: pd.DataFrame) -> list[Row]:
    language = speaker.setting.language
    return [
        {
            "step": words.title("step", line["step"], language),
            "cause": words.title("cause", line["cause"], language),
            **comparison_cells(speaker, line),
        }
        for _, line in steps.iterrows()
    ]


def provenance_rows(speaker: Speaker, study: Study) -> list[tuple[str, str]]:
    """What is needed to make the numbers again, from the manifest; what it lacks is said to be lacking."""
    found = study.manifest
    unknown = speaker.say("not_in_manifest")

    def text(key: str) -> str:
        value = found.get(key)
        return unknown if value in (None, "", [], {}) else str(value)

    commit = text("commit") + (f" ({speaker.say('made_modified')})" if found.get("dirty") is True else "")
    weeks = {
        key: text(name)
        for key, name in (("warmup", "warmup_weeks"), ("weeks", "weeks"), ("followup", "followup_weeks"))
    }
    residents = words.number(found["residents"], 0) if isinstance(found.get("residents"), int) else unknown
    packages = ", ".join(f"{name} {version}" for name, version in (found.get("packages") or {}).items())
    rows = [
        ("made_version", f"jiedao {text('version')}"),
        ("made_commit", commit),
        ("made_command", text("command")),
        ("made_settings", settings_text(speaker, found)),
        ("made_street", " · ".join(study.streets)),
        ("made_residents", residents),
        ("made_weeks", speaker.say("made_weeks_text", window=window_text(study), **weeks)),
        ("made_seeds", numbers_text(study.indicators["seed"])),
        ("made_draws", numbers_text(study.indicators["draw"])),
        ("made_configuration", _hashes(found.get("configuration_hash")) or unknown),
        ("made_time", f"{text('start')} – {text('end')}"),
        ("made_platform", f"{text('platform')}, Python {text('python')}"),
        ("made_packages", packages or unknown),
        ("made_sources", _parameter_sources(speaker)),
    ]
    return [(speaker.say(key), value) for key, value in rows]


def window_text(study: Study) -> str:
    window = study.manifest.get("window")
    return f"{window[0]}–{window[1]}" if isinstance(window, list | tuple) and len(window) == 2 else "?"


def numbers_text(values: Iterable[int]) -> str:
    """Whole numbers in short: '1–8' for a run of neighbours, else a list."""
    found = sorted({int(value) for value in values})
    if len(found) > 2 and found[-1] - found[0] == len(found) - 1:
        return f"{found[0]}–{found[-1]}"
    return ", ".join(str(value) for value in found)


def _hashes(found: object) -> str:
    if isinstance(found, Mapping):
        return ", ".join(f"{name}: {str(value)[:12]}" for name, value in found.items())
    return str(found)[:16] if found else ""


def _parameter_sources(speaker: Speaker) -> str:
    assumed = sum(parameter.source.startswith("assumption") for parameter in PARAMETERS.values())
    total = len(PARAMETERS)
    return speaker.say("made_sources_text", total=total, evidence=total - assumed, assumed=assumed)
