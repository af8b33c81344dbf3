"""From the summaries of runs to the frames of a study: one row order, whatever the order in which runs finished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.assignment import Assignment
from model.indicators import RunSummary

INDICATORS = ("period", "group", "kind", "indicator", "statistic", "value", "n")
STEPS = ("kind", "step", "hours", "cause")
PAIRED = {  # indicator: the column of a case that it is the mean of
    "response_time": "response_time",
    "resolution_time": "resolution_time",
    "case_satisfaction": "satisfied",
    "repeat_rate": "repeat",
}


def make_frames(assignment: Assignment, summaries: Sequence[RunSummary]) -> dict[str, pd.DataFrame]:
    """The frames by name. `summaries` come in the order of scenarios, then seeds; `paired` needs two scenarios."""
    runs = [(name, seed) for name in assignment.names for seed in assignment.seeds]
    by_run = dict(zip(runs, summaries, strict=True))
    frames = {
        "indicators": _indicators(assignment, by_run),
        "durations": _stack(by_run, "durations", ("days", "share_settled")),
        "steps": _stack(by_run, "steps", STEPS),
    }
    if len(assignment.names) > 1:
        frames["paired"] = _paired(assignment, by_run)
    return frames


def _indicators(assignment: Assignment, by_run: dict[tuple[str, int], RunSummary]) -> pd.DataFrame:
    frame = _stack(by_run, "indicators", INDICATORS)
    frame.insert(1, "street", assignment.configurations[0].street)
    frame.insert(2, "draw", 0)
    # Levers cost money too, of which a run knows nothing.
    of_levers = frame["scenario"].map(dict(zip(assignment.names, assignment.lever_costs, strict=True)))
    frame["value"] += of_levers.where(frame["indicator"] == "street_cost", 0.0)
    return frame


def _stack(by_run: dict[tuple[str, int], RunSummary], part: str, columns: tuple[str, ...]) -> pd.DataFrame:
    parts = []
    for (scenario, seed), summary in by_run.items():
        frame = pd.DataFrame(getattr(summary, part), columns=list(columns))
        frame.insert(0, "scenario", scenario)
        frame.insert(1, "seed", seed)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _paired(assignment: Assignment, by_run: dict[tuple[str, int], RunSummary]) -> pd.DataFrame:
    """Means over the needs that were reported in both arms, in the scenario and in the first one (MODEL 10)."""
    first, *others = assignment.names
    rows = [
        (name, seed, indicator, "same_needs", *numbers)
        for name in others
        for seed in assignment.seeds
        for indicator, *numbers in same_needs(by_run[name, seed].cases, by_run[first, seed].cases)
    ]
    return pd.DataFrame(rows, columns=["scenario", "seed", "indicator", "effect", "value", "baseline_value", "n"])


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
