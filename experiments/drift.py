"""Is the street at rest before anything is measured? The drift of each headline over the last half of the warm-up.

A straight line through the weekly values of each run, in the mean level per quarter of 13 weeks. The weeks are real ones: a
holiday at one end of them is drift too, as it is for whoever reads levels as those of a street at rest. Differences
between paired scenarios share the drift and are not touched by it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments import words
from experiments.comparison import mean_interval
from experiments.console import Voice
from model.errors import ContradictionError
from model.indicators import RunSummary

LIMIT = 0.02  # of the level a quarter: what may still be called steady
QUARTER = 13.0
DIFFERENCES = ("equity_gap",)  # measured in itself, not in its level, which is about 0
COLUMNS = ("scenario", "indicator", "level", "drift", "low", "high", "weeks", "runs")


def drift_table(by_run: Mapping[tuple[str, int, int], RunSummary]) -> pd.DataFrame:
    """A row for each scenario without reforms and headline, from summaries by (scenario, draw, seed).

    `drift` is per quarter, relative to `level` (for `DIFFERENCES` in the indicator's own unit), with its 95% interval over the
    runs, or over draws where there are several. Empty where every scenario changes something.
    """
    weekly = pd.DataFrame(
        [(*run, *row) for run, summary in by_run.items() for row in summary.warmup],
        columns=["scenario", "draw", "seed", "week", "indicator", "value"],
    ).dropna(subset=["value"])
    rows = []
    for (scenario, indicator), part in weekly.groupby(["scenario", "indicator"], sort=False):
        unit = ["draw"] if part["draw"].nunique() > 1 else ["draw", "seed"]
        runs = [_line(run) for _, run in part.groupby(unit)]
        slopes = np.array([slope for slope in runs if slope is not None])
        level = float(part["value"].mean())
        scale = 1.0 if indicator in DIFFERENCES else abs(level)
        if len(slopes) and scale > 0.0:
            numbers = mean_interval(slopes * QUARTER / scale)
            rows.append((scenario, indicator, level, *numbers, part["week"].nunique(), len(slopes)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _line(run: pd.DataFrame) -> float | None:
    """Slope per week by least squares; None with fewer than two weeks."""
    if run["week"].nunique() < 2:
        return None
    return float(np.polyfit(run["week"], run["value"], 1)[0])


def refuse_unsteady(table: pd.DataFrame, street: str) -> None:
    """Raise ContradictionError if a headline drifts by more than `LIMIT`, or if there is nothing to judge it by."""
    if table.empty:
        raise ContradictionError(
            "--steady: needs a scenario that changes nothing, such as baseline, and a warm-up of four weeks or more"
        )
    moving = [
        f"{row.indicator} by {_percent(row.drift, row.indicator)} ({_interval(row)})"
        for row in table.itertuples()
        if not abs(row.drift) <= LIMIT
    ]
    if moving:
        raise ContradictionError(
            f"--steady: street '{street}' is not at rest in the last half of its warm-up: a quarter moves "
            f"{', '.join(moving)}; allowed is {LIMIT:.0%}. Compare scenarios in pairs, or leave out --steady"
        )


def print_drift(voice: Voice, table: pd.DataFrame) -> None:
    """The drift of each headline and one plain sentence on what it means."""
    if table.empty:
        return
    rows = [
        (
            words.title("indicator", row.indicator),
            words.level_text(row.indicator, row.level),
            _percent(row.drift, row.indicator),
            _interval(row) or "one run",
            _verdict(row.drift, row.low, row.high),
        )
        for row in table.itertuples()
    ]
    title = f"Drift per quarter in weeks -{table['weeks'].max()} to -1, the last half of the warm-up"
    voice.table(title, ("indicator", "level", "drift", "95% interval", ""), rows, drift_sentence(table))


def not_at_rest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that drift by more than `LIMIT`."""
    return table.loc[table["drift"].abs() > LIMIT]


def drift_sentence(table: pd.DataFrame) -> str:
    """What the drift means for whoever reads levels."""
    moving = [words.title("indicator", row.indicator).lower() for row in not_at_rest(table).itertuples()]
    if not moving:
        return "At rest before week 0: no headline moves by more than 2% a quarter."
    return (
        f"Not at rest before week 0: {words.listing(moving)} {'move' if len(moving) > 1 else 'moves'} by more than 2% a quarter. "
        "Differences between scenarios share the drift; levels do not stand for a steady state."
    )


def _verdict(drift: float, low: float, high: float) -> str:
    if abs(drift) <= LIMIT:
        return "within 2%"
    return "moves" if low > 0.0 or high < 0.0 else "may move"


def _percent(value: float, indicator: str) -> str:
    text = words.number(value * 100.0, 1, signed=True)
    return f"{text} points" if indicator in DIFFERENCES else f"{text}%"


def _interval(row: object) -> str:
    if np.isnan(row.low):
        return ""
    low, high = _percent(row.low, row.indicator), _percent(row.high, row.indicator)
    return f"{low} to {high}"
