"""One factor at a time: what an outcome does as a single factor goes from low to high, and where a reform's effect changes sign.

The other factors rest at the street's own values, so a curve is local: it shows the shape and the threshold, not how much the
factor matters among all others. A sign change is claimed only between values at which the 99% intervals over seeds leave out 0
on either side; where it lies in between is read from the mean by straight lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.comparison import mean_interval
from experiments.sensitivity_factors import Factor, FactorValue
from experiments.sensitivity_indices import KEY, quantities
from experiments.sensitivity_runs import Evaluation

CLEAR = 0.99
SHOWN = 0.95
CURVE_VALUES = 9


def curve_points(
    factors: Sequence[Factor], values: int = CURVE_VALUES, rest: Mapping[str, FactorValue] | None = None
) -> tuple[list[dict[str, FactorValue]], list[tuple[Factor, float]]]:
    """Points that move one factor each, and which factor and realised value each has. `rest` holds the other factors."""
    moves = [(factor, float(realised)) for factor in factors for realised in factor.grid(values)]
    return [{**(rest or {}), factor.name: factor.value(realised)} for factor, realised in moves], moves


def middle(factors: Sequence[Factor]) -> dict[str, FactorValue]:
    """The middle value of every factor, for functions that have no values of their own to rest at."""
    return {factor.name: factor.value(float(factor.realise(np.array(0.5)))) for factor in factors}


def curve_table(evaluation: Evaluation, moves: Sequence[tuple[Factor, float]]) -> pd.DataFrame:
    """A row for each quantity, factor and value: mean over seeds, 95% interval, and the sign at 99%.

    `place` is the value as a number (a category's place in its list), `value` the value in words. NaN seeds are left out.
    """
    rows = []
    for quantity in quantities(evaluation):
        for point, (factor, realised) in enumerate(moves):
            known = quantity.values[point][np.isfinite(quantity.values[point])]
            mean, low, high = mean_interval(known, SHOWN)
            _, *bounds = mean_interval(known, CLEAR)
            line = quantity.key | {"factor": factor.name, "place": realised, "value": str(factor.value(realised))}
            rows.append(line | {"mean": mean, "low": low, "high": high, "sign": _sign(*bounds), "seeds": len(known)})
    return pd.DataFrame(rows)


def _sign(low: float, high: float) -> int:
    """1 or -1 where an interval leaves out 0, else 0; also without an interval."""
    return int(low > 0.0) - int(high < 0.0)


def threshold_table(curves: pd.DataFrame, factors: Sequence[Factor]) -> pd.DataFrame:
    """Where differences change sign: one row a change between neighbouring values with a clear and opposite sign.

    `low` and `high` are those values, `threshold` where the mean crosses 0 between them (NaN for categories, which have
    nothing in between); `before` and `after` are the signs.
    """
    kinds = {factor.name: factor.kind for factor in factors}
    rows: list[dict[str, Any]] = []
    differences = curves.loc[curves["measure"] == "difference"]
    for key, part in differences.groupby([*KEY, "factor"], sort=False):
        part = part.sort_values("place")
        clear = part.loc[part["sign"] != 0]
        for before, after in zip(clear.itertuples(), clear.iloc[1:].itertuples(), strict=False):
            if before.sign == after.sign:
                continue
            between = part.loc[part["place"].between(before.place, after.place)]
            crossing = np.nan if kinds[key[-1]] == "category" else _crossing(between, before.sign)
            line = dict(zip([*KEY, "factor"], key, strict=True)) | {"threshold": crossing}
            line |= {"low": before.place, "high": after.place, "low_value": before.value, "high_value": after.value}
            rows.append(line | {"before": before.sign, "after": after.sign})
    columns = [*KEY, "factor", "threshold", "low", "high", "low_value", "high_value", "before", "after"]
    return pd.DataFrame(rows, columns=columns)


def _crossing(part: pd.DataFrame, sign: int) -> float:
    """Where the mean first leaves the side of `sign`, by a straight line between neighbours."""
    place, mean = part["place"].to_numpy(float), part["mean"].to_numpy(float)
    after = int(np.argmax(mean * sign <= 0.0))
    step = mean[after] - mean[after - 1]
    return float(place[after - 1] - mean[after - 1] * (place[after] - place[after - 1]) / step)
