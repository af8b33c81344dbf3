"""One self-contained HTML report of a finished study, in English or Chinese.

The page holds its style and its plots; it loads nothing from anywhere, so that it can be mailed and opened
years later. Every sentence is made from the numbers in the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments import comparison, plots, words
from experiments import report_sentences as sentences
from experiments import report_tables as tables
from experiments.plots_style import Picture, Setting, cjk_font, picture, plot_language
from experiments.report_changes import changed_rows, strength_text
from experiments.report_page import write_page
from experiments.report_sentences import Speaker
from experiments.report_trust import band_lines, drift_warnings
from experiments.study_folder import Study, read_study
from experiments.words_sentences import ALWAYS_LIMITS
from model.indicator_definitions import HEADLINES

EXPECTED_MISSES = 0.05  # share of 95% intervals that leave out the truth
NEVER_SETTLED = "never_settled"  # what is left to 90 days, shown among the steps


def write_report(directory: Path | str, language: str = "en") -> Path:
    """Write `report.html` and `plots/*.svg`, `*.png` into the folder of a finished study; returns its path.

    In Chinese it is `report.zh.html` and `plots-zh/*`, so that neither language overwrites the other.

    Raises InputFileError for a folder that holds no readable study or that cannot be written,
    UnknownNameError for a language other than en and zh, ContradictionError for scenarios that were not run
    with the same seeds.
    """
    words.column(language)
    whole = read_study(Path(directory))
    study = whole.of_street(
        whole.manifest.get("street") if whole.manifest.get("street") in whole.streets else whole.streets[0]
    )
    setting = _setting(study, language)
    speaker = Speaker(setting)
    pictures = {name: picture(figure, speaker.say(f"h_{name}")) for name, figure in _draw(study, setting).items()}
    return write_page(study.folder, "report.html", _content(whole, study, speaker, pictures), speaker.say, pictures)


def _setting(study: Study, language: str) -> Setting:
    titles = {name: _scenario_title(study, name, language) for name in (study.baseline, *study.scenarios)}
    window = study.manifest.get("window")
    return Setting(
        language=language,
        source=_source_line(study, plot_language(language)),
        baseline=study.baseline,
        scenarios=study.scenarios,
        titles=titles,
        window=(int(window[0]), int(window[1])) if isinstance(window, list) and len(window) == 2 else None,
        draws=study.draws,
        seeds=study.seeds,
    )


def _scenario_title(study: Study, name: str, language: str) -> str:
    """The manifest's title or our own, and the strength of the levers where they are not in full force."""
    given = (study.manifest.get("titles") or {}).get(name)
    own = given.get(language) if isinstance(given, dict) else None
    title = own or words.title("scenario", name, language)
    strength = strength_text(name, study.manifest, language)
    return words.sentence("with_amount", language, name=title, amount=strength) if strength else title


def _source_line(study: Study, language: str) -> str:
    """Who made a figure, in one line: version, commit, whether modified, street, residents, seeds."""
    found = study.manifest
    parts = [f"jiedao {found.get('version', '?')}"]
    if found.get("commit"):
        modified = " +" if found.get("dirty") is True else ""
        parts.append(f"{str(found['commit'])[:10]}{modified}")
    parts.append(words.title("street", study.streets[0], language))
    if isinstance(found.get("residents"), int):
        residents = words.number(found["residents"], 0)
        parts.append(words.sentence("residents_count", language, n=residents))
    parts.append(words.sentence("made_seeds", language).lower() + " " + tables.numbers_text(study.indicators["seed"]))
    return ", ".join(parts)


def _draw(study: Study, setting: Setting) -> dict[str, Figure]:
    """The plots that the study's frames and scenarios allow, by name."""
    figures: dict[str, Figure] = {}
    compared = bool(study.scenarios)
    has_weeks = study.indicators["period"].str.startswith("week-").any()
    if compared:
        figures["differences"] = plots.difference_plot(study.indicators, setting)
    if study.durations is not None:
        figures["durations"] = plots.duration_plot(study.durations, setting)
    if has_weeks:
        figures["weeks"] = plots.weekly_plot(study.indicators, setting)
    if study.steps is not None:
        figures["steps"] = plots.steps_plot(study.steps, setting)
    if compared and _has_margins(study.indicators):
        figures["gains"] = plots.gains_plot(study.indicators, setting)
    return figures


def _has_margins(indicators: pd.DataFrame) -> bool:
    rows = indicators.loc[indicators["indicator"].isin(comparison.GAIN_INDICATORS) & (indicators["period"] == "window")]
    return bool(((rows["group"] != "all") | (rows["kind"] != "all")).any())


def _content(whole: Study, study: Study, speaker: Speaker, pictures: dict[str, Picture]) -> dict[str, Any]:
    """Everything that the template shows."""
    content: dict[str, Any] = {
        "language": speaker.setting.language,
        "compared": bool(study.scenarios),
        "title": _title(study, speaker),
        "subtitle": _subtitle(study, speaker),
        "warnings": _warnings(whole, study, speaker),
        "figures": {name: Markup(drawn.inline(name)) for name, drawn in pictures.items()},
        "never_settled": study.steps is not None and NEVER_SETTLED in set(study.steps["step"]),
        "trust": band_lines(speaker, study),
        "provenance": tables.provenance_rows(speaker, study),
        "limits": _limits(study, speaker),
        "sources": [speaker.say(key) for key in ("source_common", "source_strata", "source_parameters")],
        "scenarios": [speaker.scenario(name) for name in study.scenarios],
    }
    if study.scenarios:
        content |= _comparisons(study, speaker)
    else:
        content["levels"] = tables.level_rows(speaker, study.indicators, study.baseline)
    return content


def _comparisons(study: Study, speaker: Speaker) -> dict[str, Any]:
    everything = comparison.paired_differences(study.indicators, study.baseline, study.scenarios)
    main = everything.loc[everything["statistic"].isin(comparison.MAIN_STATISTICS)]
    effects = None
    if study.paired is not None and not study.paired.empty:
        effects = comparison.three_effects(study.indicators, study.paired, study.baseline, study.scenarios)
    gains = comparison.winners_and_losers(study.indicators, study.baseline, study.scenarios)
    steps = None
    if study.steps is not None:
        steps = comparison.step_changes(study.steps, study.baseline, study.scenarios).assign(indicator="step_time")
    headlines = main.loc[main["indicator"].isin(HEADLINES)]
    rest = [name for name in dict.fromkeys(everything["indicator"]) if name not in HEADLINES]
    return {
        "answer": sentences.answer(speaker, main, effects, gains if not gains.empty else None),
        "headline_rows": tables.comparison_rows(speaker, headlines, HEADLINES),
        "headline_notes": _headline_notes(speaker, headlines),
        "all_rows": tables.comparison_rows(speaker, everything, [*HEADLINES, *rest]),
        "effects": None if effects is None else tables.effect_rows(speaker, effects, study.scenarios),
        "gains_text": [] if gains.empty else sentences.gains_sentences(speaker, gains),
        "gain_rows": tables.gain_rows(speaker, gains),
        "steps_text": [] if steps is None else sentences.steps_sentences(speaker, steps),
        "step_rows": [] if steps is None else tables.step_rows(speaker, steps),
        "changed": changed_rows(speaker, study),
    }


def _headline_notes(speaker: Speaker, headlines: pd.DataFrame) -> list[str]:
    """What to keep in mind: how many intervals mislead by chance, and what pairing saved."""
    notes = [speaker.say("headline_intro")]
    count = int(headlines["low"].notna().sum())
    if count:
        notes.append(speaker.say("headline_chance", n=count, k=words.number(count * EXPECTED_MISSES, 1)))
    ratios = headlines["variance_ratio"]
    ratios = ratios[ratios.notna() & (ratios != float("inf"))]
    if len(ratios):
        notes.append(speaker.say("headline_pairing", times=words.number(float(ratios.median()), 1)))
    return notes


def _title(study: Study, speaker: Speaker) -> str:
    names = [speaker.scenario(name) for name in study.scenarios]
    if not names:
        return speaker.say("report_title_alone", scenario=speaker.baseline)
    if len(names) > sentences.SPOKEN_IN_FULL:
        return speaker.say("report_title_many", n=len(names))
    return speaker.say("report_title", scenarios=speaker.names(names))


def _subtitle(study: Study, speaker: Speaker) -> str:
    residents = study.manifest.get("residents")
    return speaker.say(
        "subtitle" if study.scenarios else "subtitle_alone",
        street=words.title("street", study.streets[0], speaker.setting.language),
        residents=words.number(residents, 0) if isinstance(residents, int) else "?",
        window=tables.window_text(study),
        seeds=speaker.say(_count(study), n=study.seeds, draws=study.draws),
    )


def _count(study: Study) -> str:
    if study.draws > 1:
        return "draws_count"
    return "seeds_count" if study.seeds > 1 else "seeds_count_one"


def _warnings(whole: Study, study: Study, speaker: Speaker) -> list[str]:
    found, said = study.manifest, []
    if found.get("status", "finished") != "finished":
        said.append(speaker.say("warn_unfinished", status=found["status"]))
    if found.get("dirty") is True:
        said.append(speaker.say("warn_dirty"))
    if study.seeds == 1 and study.draws == 1:
        said.append(speaker.say("warn_one_seed"))
    others = [name for name in whole.streets if name not in study.streets]
    if others:
        said.append(speaker.say("warn_streets", street=study.streets[0], others=speaker.names(others)))
    said += drift_warnings(speaker, study)
    if speaker.setting.language == "zh" and cjk_font() is None:
        said.append(speaker.say("no_cjk_font"))
    return said


def _limits(study: Study, speaker: Speaker) -> list[str]:
    """What the run says it leaves out, then what holds for every run."""
    language = speaker.setting.language
    listed = study.manifest.get("not_modelled") or []
    own = [
        (entry.get(language) or entry.get("en", ""))
        if isinstance(entry, dict)
        else words.title("limit", entry, language)
        for entry in listed
    ]
    always = [words.title("limit", code, language) for code in ALWAYS_LIMITS]
    return [*own, *always] if listed else [speaker.say("limits_unlisted"), *always]
