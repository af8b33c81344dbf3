"""The results of `run` and `compare` as rows of text for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from calibration.bands import Band, bands
from experiments import comparison, words
from experiments.assignment import Assignment
from experiments.console import Voice
from experiments.drift import drift_sentence
from experiments.feedback import BASELINE, gain_sentence, repeat_gains
from experiments.plots_style import Setting
from experiments.replication_text import ratio_caption, ratio_text
from experiments.report_sentences import Speaker
from experiments.report_tables import comparison_rows, effect_rows
from experiments.spread import spread_sentence, spread_table
from model.indicator_definitions import HEADLINES, INDICATORS

SCHEMA = 1
VERDICTS = {True: "inside", False: "outside"}


def level_table(indicators: pd.DataFrame, scenario: str) -> list[dict[str, Any]]:
    """Mean over runs with its 95% interval for each indicator of the window; the baseline's beside the source bands.

    Rows of all residents and kinds, and for the baseline of the kinds and groups for which there is a band.
    """
    known = bands() if scenario == "baseline" else {}
    rows = indicators.loc[(indicators["scenario"] == scenario) & (indicators["period"] == "window")]
    rows = comparison.main_values(rows)
    found = []
    for kind, group in dict.fromkeys(
        [("all", "all"), *((band.match.kind, band.match.group) for band in known.values())]
    ):
        part = rows.loc[(rows["kind"] == kind) & (rows["group"] == group)]
        for indicator in _in_order(part["indicator"]):
            band = known.get((indicator, kind, group))
            if band is not None or (kind, group) == ("all", "all"):
                found.append(_level(indicator, kind, group, part.loc[part["indicator"] == indicator], band))
    return found


def _in_order(names: pd.Series) -> list[str]:
    """Headlines first, then the order of their declaration."""
    declared = [*HEADLINES, *(name for name in INDICATORS if name not in HEADLINES)]
    present = set(names)
    return [name for name in declared if name in present]


def _level(indicator: str, kind: str, group: str, rows: pd.DataFrame, band: Band | None) -> dict[str, Any]:
    """Seeds are the independent units, or draws where there are several: seeds under one draw share its parameters."""
    rows = rows.dropna(subset=["value"])
    mean, low, high = comparison.mean_interval(comparison.independent_values(rows))
    entry = {"indicator": indicator, "kind": kind, "group": group, "unit": INDICATORS[indicator].unit}
    entry |= {"mean": mean, "low": low, "high": high, "seeds": len(rows)}
    if band is None:
        return entry | {"band": None, "inside": None}
    source = {"low": band.low, "best": band.best, "high": band.high, "evidence": list(band.evidence)}
    return entry | {"band": source, "inside": None if np.isnan(mean) else band.holds(mean)}


def print_levels(voice: Voice, assignment: Assignment, scenario: str, levels: list[dict[str, Any]]) -> None:
    """The indicators of one scenario, with a mark where a source band holds or does not hold the mean."""
    inside = [level["inside"] for level in levels if level["inside"] is not None]
    columns = ("indicator", "mean", f"95% interval over {_units(assignment)}", "source band", "best", "")
    caption = (
        f"Source bands: ordinary streets before any reform; {sum(inside)} of {len(inside)} means lie inside theirs."
        if inside
        else ""
    )
    rows = [(*_level_cells(level), *(_band_cells(level) if inside else ())) for level in levels]
    voice.table(_heading(assignment, scenario), columns if inside else columns[:3], rows, caption)


def print_all_levels(voice: Voice, assignment: Assignment, levels: Mapping[str, list[dict[str, Any]]]) -> None:
    """The levels of all scenarios side by side, each with its interval."""
    cells: dict[str, list[str]] = {}
    for scenario in assignment.names:
        for level in levels[scenario]:
            title, mean, interval = _level_cells(level)
            if level["kind"] == level["group"] == "all":
                cells.setdefault(title, []).append(f"{mean} ({interval})")
    rows = [(title, *texts) for title, texts in cells.items()]
    voice.table(f"Levels, with 95% intervals over {_units(assignment)}", ("indicator", *assignment.names), rows)


def _level_cells(level: Mapping[str, Any]) -> tuple[str, str, str]:
    name = level["indicator"]
    place = next((level[key] for key in ("kind", "group") if level[key] != "all"), "")
    title = words.title("indicator", name) + (f" ({place.replace('_', ' ')})" if place else "")
    interval = words.level_interval(name, level["mean"], level["low"], level["high"])
    return title, words.level_text(name, level["mean"]), interval or ("no case" if level["seeds"] == 0 else "one value")


def _band_cells(level: Mapping[str, Any]) -> tuple[str, ...]:
    name, band = level["indicator"], level["band"]
    if band is None:
        return "", "", ""
    scale = words.measure(name).scale
    span = f"{words.number(band['low'] * scale)} to {words.number(band['high'] * scale)}"
    return span, words.level_text(name, band["best"]), VERDICTS.get(level["inside"], "no case")


def _units(assignment: Assignment) -> str:
    """What intervals are taken over."""
    return "draws" if len(assignment.draws) > 1 else "seeds"


def print_spread(voice: Voice, assignment: Assignment, frames: Mapping[str, pd.DataFrame]) -> None:
    """Where parameters were drawn, one line a scenario: what part of the spread is theirs."""
    if assignment.draws:
        table = spread_table(frames["indicators"], assignment.names, HEADLINES)
        for name in assignment.names:
            voice.result(spread_sentence(table, name, assignment.names[0]))


def print_rest(voice: Voice, assignment: Assignment, frames: Mapping[str, pd.DataFrame]) -> None:
    """Whether the baseline is at rest and its chases stay small, a line each."""
    if len(frames["drift"]):
        voice.result(drift_sentence(frames["drift"]))
    if BASELINE in assignment.names:
        voice.result(gain_sentence(repeat_gains(frames["loads"], assignment)))


def _heading(assignment: Assignment, scenario: str) -> str:
    first = assignment.configurations[0]
    seeds = f"seed {assignment.seeds[0]}"
    if len(assignment.seeds) > 1:
        seeds = f"{len(assignment.seeds)} seeds from {assignment.seeds[0]}"
    if assignment.draws:
        seeds = f"{len(assignment.draws)} draws of the parameters, {seeds}"
    window = f"weeks {assignment.window[0]}-{assignment.window[1]}"
    return f"{scenario} on {first.street}, {first.residents:,} residents, {window}, {seeds}"


def run_document(assignment: Assignment, frames: Mapping[str, pd.DataFrame], folder: str) -> dict[str, Any]:
    """The JSON of `run`."""
    levels = {name: level_table(frames["indicators"], name) for name in assignment.names}
    document = {"schema": SCHEMA, "command": "run", **_about(assignment, folder), "levels": levels}
    return document | _further(assignment, frames)


def _further(assignment: Assignment, frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Drift, repeat gains, the voice loop and what the draws are responsible for, as far as there are any."""
    found: dict[str, Any] = {"drift": frames["drift"].to_dict("records")}
    if BASELINE in assignment.names:
        found["repeat_gains"] = [asdict(gain) for gain in repeat_gains(frames["loads"], assignment)]
    if "voice_loop" in frames:
        found["voice_loop"] = frames["voice_loop"].to_dict("records")[0]
    if assignment.draws:
        found["spread"] = spread_table(frames["indicators"], assignment.names, HEADLINES).to_dict("records")
    return found


def _about(assignment: Assignment, folder: str) -> dict[str, Any]:
    first = assignment.configurations[0]
    return {
        "folder": folder,
        "street": first.street,
        "residents": first.residents,
        "weeks": first.weeks,
        "window": list(assignment.window),
        "seeds": list(assignment.seeds),
        "draws": len(assignment.draws),
        "engine": assignment.engine,
        "scenarios": list(assignment.names),
        "notes": list(assignment.notes),
    }


def compare_document(assignment: Assignment, frames: Mapping[str, pd.DataFrame], folder: str) -> dict[str, Any]:
    """The JSON of `compare`: paired differences, three effects and levels."""
    baseline, *others = assignment.names
    differences = comparison.paired_differences(frames["indicators"], baseline, others)
    effects = comparison.three_effects(frames["indicators"], frames["paired"], baseline, others)
    levels = {name: level_table(frames["indicators"], name) for name in assignment.names}
    tables = {"differences": differences.to_dict("records"), "effects": effects.to_dict("records"), "levels": levels}
    document = {"schema": SCHEMA, "command": "compare", "baseline": baseline, **_about(assignment, folder), **tables}
    return document | _further(assignment, frames)


def print_comparison(voice: Voice, assignment: Assignment, frames: Mapping[str, pd.DataFrame]) -> None:
    """Headline differences with all that is known of them, the other indicators in short, then the three effects."""
    baseline, *others = assignment.names
    speaker = Speaker(Setting(baseline=baseline, scenarios=tuple(others), draws=max(len(assignment.draws), 1)))
    units = _units(assignment)
    table = comparison.paired_differences(frames["indicators"], baseline, others)
    table = table.loc[table["statistic"].isin(comparison.MAIN_STATISTICS)]
    names = _in_order(table["indicator"])
    columns = ("indicator", "scenario", "difference", "95% interval", "better in", "", "variance ratio")
    for title, wanted in (
        ("Headline differences from", [name for name in names if name in HEADLINES]),
        ("Other differences from", [name for name in names if name not in HEADLINES]),
    ):
        rows = _difference_cells(comparison_rows(speaker, table, wanted), table, wanted)
        voice.table(f"{title} {_heading(assignment, baseline)}", columns, rows, ratio_caption(units), right=2)
    _print_effects(voice, speaker, assignment, frames)


def _difference_cells(rows: list[dict[str, Any]], table: pd.DataFrame, names: list[str]) -> list[tuple[str, ...]]:
    cells = []
    for name, row in zip(names, rows, strict=True):
        ratios = table.loc[table["indicator"] == name, "variance_ratio"]
        for number, (line, ratio) in enumerate(zip(row["lines"], ratios, strict=True)):
            title = row["title"] if number == 0 else ""
            texts = (line["difference"], line["interval"], line["seeds"], line["verdict"])
            cells.append((title, line["scenario"], *texts, ratio_text(ratio)))
    return cells


def _print_effects(voice: Voice, speaker: Speaker, assignment: Assignment, frames: Mapping[str, pd.DataFrame]) -> None:
    baseline, *others = assignment.names
    effects = comparison.three_effects(frames["indicators"], frames["paired"], baseline, others)
    rows = []
    for row in effect_rows(speaker, effects, others):
        for number, cell in enumerate(cell for cell in row["cells"] if cell is not None):
            where = (row["indicator"], row["effect"]) if number == 0 else ("", "")
            rows.append((*where, cell["scenario"], cell["difference"], cell["interval"], cell["verdict"]))
    columns = ("indicator", "effect", "scenario", "difference", "95% interval", "")
    caption = "What residents live with is (iii), what the machinery does is (ii)."
    voice.table("Three effects, kept apart", columns, rows, caption, right=3)
