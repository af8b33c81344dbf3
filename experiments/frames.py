"""From the summaries of runs to the frames of a study: one row order, whatever the order in which runs finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from experiments.assignment import INCLUDING_LEVERS, Assignment
from experiments.drift import drift_table
from model.feedback import UnitLoad
from model.indicators import RunSummary

INDICATORS = ("period", "group", "kind", "indicator", "statistic", "value", "n")
STEPS = ("kind", "step", "hours", "cause")
LOADS = tuple(field.name for field in fields(UnitLoad))
ByRun = Mapping[tuple[str, int, int], RunSummary]
"""Summaries by scenario, draw and seed."""
PAIRED = {  # indicator: the column of a case that it is the mean of
    "response_time": "response_time",
    "resolution_time": "resolution_time",
    "case_satisfaction": "satisfied",
    "repeat_rate": "repeat",
}


def make_frames(assignment: Assignment, summaries: Sequence[RunSummary]) -> dict[str, pd.DataFrame]:
    """The frames by name. `summaries` come in the order of the assignment's runs; `paired` needs two scenarios."""
    by_run = {run[:3]: summary for run, summary in zip(assignment.runs, summaries, strict=True)}
    frames = {
        "indicators": _indicators(assignment, by_run),
        "durations": _stack(by_run, "durations", ("days", "share_settled")),
        "steps": _stack(by_run, "steps", STEPS),
        "drift": drift_table(by_run),
        "loads": _stack(by_run, "loads", LOADS),
    }
    if len(assignment.names) > 1:
        frames["paired"] = _paired(assignment, by_run)
    if assignment.draws:
        rows = [(d.number, name, float(value)) for d in assignment.draws for name, value in d.values.items()]
        frames["draws"] = pd.DataFrame(rows, columns=["draw", "parameter", "value"])
    if assignment.keeping.panel:
        frames["panel"] = _panel(assignment, by_run)
    return frames


def _indicators(assignment: Assignment, by_run: ByRun) -> pd.DataFrame:
    frame = _stack(by_run, "indicators", INDICATORS)
    frame.insert(1, "street", assignment.configurations[0].street)
    # Levers cost money too, of which a run knows nothing.
    of_levers = frame["scenario"].map(dict(zip(assignment.names, assignment.lever_costs, strict=True)))
    frame["value"] += of_levers.where(frame["indicator"].isin(INCLUDING_LEVERS), 0.0)
    return frame


def _stack(by_run: ByRun, part: str, columns: tuple[str, ...]) -> pd.DataFrame:
    parts = []
    for (scenario, draw, seed), summary in by_run.items():
        frame = pd.DataFrame(getattr(summary, part), columns=list(columns))
        for place, (name, value) in enumerate((("scenario", scenario), ("draw", draw), ("seed", seed))):
            frame.insert(place, name, value)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _panel(assignment: Assignment, by_run: ByRun) -> pd.DataFrame:
    """A row for each run, grid and week; `unit` names a grid, the street's number with it where there are several."""
    street = assignment.configurations[0].street
    parts = []
    for (scenario, draw, seed), summary in by_run.items():
        for number, table in enumerate(summary.panels, start=1):
            name = street if len(summary.panels) == 1 else f"{street}-{number}"
            frame = pd.DataFrame(table)
            frame.insert(0, "unit", name + "/grid/" + frame["grid"].astype(str))
            for place, (column, value) in enumerate((("scenario", scenario), ("draw", draw), ("seed", seed))):
                frame.insert(place, column, value)
            parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _paired(assignment: Assignment, by_run: ByRun) -> pd.DataFrame:
    """Means over the needs that were reported in both arms, in the scenario and in the first one (MODEL 10)."""
    first, *others = assignment.names
    rows = [
        (*run, indicator, "same_needs", *numbers)
        for run in by_run
        if run[0] in others
        for indicator, *numbers in same_needs(by_run[run].cases, by_run[first, *run[1:]].cases)
    ]
    columns = ["scenario", "draw", "seed", "indicator", "effect", "value", "baseline_value", "n"]
    return pd.DataFrame(rows, columns=columns)


def same_needs(cases: np.ndarray, baseline: np.ndarray) -> list[tuple[str, float, float, int]]:
    """(indicator, mean, mean in the baseline, number of needs) over needs reported in both, paired by their name.

    A need without a value in one arm (not rated, say) is left out of both; without any need the means are NaN.
    """
    rows = []
    for indicator, field in PAIRED.items():
        known = [arm[~np.isnan(arm[field].astype(float))] for arm in (cases, baseline)]
        names = np.intersect1d(*(arm["name"] for arm in known), assume_unique=True)
        # Summed in the order of the run, as indicators are: where all needs are shared, both are equal to the bit.
        values = [arm[field][np.isin(arm["name"], names)].astype(float) for arm in known]
        means = [float(value.mean()) if len(names) else np.nan for value in values]
        rows.append((indicator, means[0], means[1], len(names)))
    return rows
