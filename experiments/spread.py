"""What part of the spread between runs comes from the parameters' draws and what part from luck.

The law of total variance: Var(value) = Var over draws of the mean over seeds + mean over draws of the variance over seeds.
Estimated as in a one-way analysis of variance with random effects: the variance of the draws' means holds one S-th of the
variance within draws (S seeds a draw), which is taken off; below 0 it is 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments import words
from experiments.comparison import main_values, margin


def variance_parts(values: pd.DataFrame) -> tuple[float, float]:
    """(variance due to draws, variance due to luck) of `value` by `draw` and `seed`; NaN without two of each.

    Draws with a seed that has no value are left out.
    """
    table = values.pivot(index="draw", columns="seed", values="value").dropna().to_numpy(float)
    draws, seeds = table.shape
    if draws < 2 or seeds < 2 or not np.all(np.isfinite(table)):
        return np.nan, np.nan
    luck = float(table.var(axis=1, ddof=1).mean())
    return max(float(table.mean(axis=1).var(ddof=1)) - luck / seeds, 0.0), luck


def share_of_draws(values: pd.DataFrame) -> float:
    """The part of the variance of a single run that is due to its draw, in [0, 1]; NaN where it cannot be told or nothing varies."""
    draws, luck = variance_parts(values)
    return draws / (draws + luck) if draws + luck > 0.0 else np.nan


def spread_table(indicators: pd.DataFrame, names: Sequence[str], indicator_names: Sequence[str]) -> pd.DataFrame:
    """Columns scenario, indicator, share_draws: of levels for the first scenario, of paired differences from it for the others."""
    rows = main_values(margin(indicators, "window", "all", "all"))
    key = ["indicator", "draw", "seed"]
    first = rows.loc[rows["scenario"] == names[0], [*key, "value"]]
    found = []
    for name in names:
        values = rows.loc[rows["scenario"] == name, [*key, "value"]]
        if name != names[0]:
            both = values.merge(first, on=key, suffixes=("", "_first"))
            values = both.assign(value=both["value"] - both["value_first"])
        for indicator in indicator_names:
            part = values.loc[values["indicator"] == indicator]
            found.append((name, indicator, share_of_draws(part) if len(part) else np.nan))
    return pd.DataFrame(found, columns=["scenario", "indicator", "share_draws"])


def spread_sentence(table: pd.DataFrame, scenario: str, first: str) -> str:
    """One line for one scenario."""
    rows = table.loc[(table["scenario"] == scenario) & table["share_draws"].notna()]
    what = f"{scenario}" if scenario == first else f"{scenario} - {first}"
    if rows.empty:
        return f"Spread of {what}: draws and luck cannot be told apart without two draws and two seeds of each"
    parts = [f"{words.title('indicator', r.indicator).lower()} {r.share_draws:.0%}" for r in rows.itertuples()]
    return f"Spread of {what} between runs, share of its variance due to draws (the rest is luck): {', '.join(parts)}"
