"""How many seeds are enough: until every headline difference is known to 5% of the baseline, and stays so.

The rule is that of Hoad, Robinson and Davies (2010, Journal of the Operational Research Society 61, 1632-1644): add
replications until the interval is narrow enough, then look some further ahead, since one can be narrow by luck, and go on if it
is too wide again. Here it is the paired differences of all headline indicators in all scenarios that must be narrow at once.
What is published then names the number that was found, so that it can be made again as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from experiments.assignment import MAX_SEEDS, MOST_AUTO_SEEDS
from experiments.comparison import CONFIDENCE, MAIN_STATISTICS, mean_interval, variance_ratio
from model.errors import ContradictionError, JiedaoError, ValueOutOfRangeError
from model.indicator_definitions import HEADLINES, INDICATORS
from model.indicators import Row

FLOORS = {"share": 0.005, "hours": 1.0}
"""Half-widths that are narrow enough whatever the baseline, by unit: half a point, an hour."""

Comparison = tuple[str, str, str]
"""Street, scenario, headline indicator."""

Pairs = Mapping[Comparison, tuple[np.ndarray, np.ndarray]]
"""Values of the scenario and of the baseline, one a seed in the order of seeds; NaN where a run has none."""


@dataclass(frozen=True)
class PrecisionRule:
    """When seeds are enough: half-widths of at most `relative` of the baseline's mean, or of the floor of the unit.

    They must stay so narrow for `look_ahead` seeds more, or for that many in a hundred of those made where this is more. At
    least `first` seeds are made and at most `cap`. Raises ValueOutOfRangeError and, for a cap below the first,
    ContradictionError.
    """

    relative: float = 0.05
    first: int = 5
    look_ahead: int = 5
    cap: int = MOST_AUTO_SEEDS

    def __post_init__(self) -> None:
        number = isinstance(self.relative, (int, float)) and not isinstance(self.relative, bool)
        if not number or not 0.0 < self.relative < math.inf:
            raise ValueOutOfRangeError(f"PrecisionRule: relative is {self.relative!r}; must be a finite number above 0")
        for name, low in (("first", 2), ("look_ahead", 0), ("cap", 2)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MAX_SEEDS:
                raise ValueOutOfRangeError(
                    f"PrecisionRule: {name} is {value!r}; must be a whole number from {low} to {MAX_SEEDS:,}"
                )
        if self.cap < self.first:
            raise ContradictionError(f"PrecisionRule: cap is {self.cap}, fewer than the first {self.first} seeds")

    def allowed(self, indicator: str, baseline: float) -> float:
        """The largest half-width that is narrow enough, in the indicator's unit."""
        return max(self.relative * abs(baseline), FLOORS.get(INDICATORS[indicator].unit, 0.0))

    def seeds_to_add(self, narrow: Sequence[bool]) -> int:
        """How many seeds must be made before the next time that it could end; 0 where it ends.

        `narrow` says of `first` seeds, of `first` + 1, and so on, whether all intervals were narrow enough.
        """
        made = self.first - 1 + len(narrow) if narrow else 0
        return max(min(self._end(narrow), self.cap) - made, 0)

    def enough(self, narrow: Sequence[bool]) -> int | None:
        """The number of seeds from which on intervals stayed narrow for as long as they must; None if they did not."""
        made = self.first - 1 + len(narrow)
        return self.first + _stable_from(narrow) if self._end(narrow) <= made else None

    def _end(self, narrow: Sequence[bool]) -> int:
        """The number of seeds with which it ends if every interval to come is narrow."""
        candidate = self.first + _stable_from(narrow)
        return candidate + max(self.look_ahead, math.ceil(self.look_ahead * candidate / 100))


@dataclass(frozen=True)
class Replication:
    """What came of replicating. `seeds` were made; from `enough` seeds on all intervals stayed narrow (None: up to the cap
    they did not); `table` has a row a street, scenario and headline indicator."""

    rule: PrecisionRule
    seeds: int
    enough: int | None
    table: pd.DataFrame

    @property
    def unpaired(self) -> float:
        """About how many independent seeds a scenario the same precision would have taken."""
        return float(self.table["unpaired"].max())

    def document(self) -> dict[str, Any]:
        """For manifests and JSON."""
        facts = {"rule": asdict(self.rule), "floors": FLOORS, "seeds": self.seeds, "enough": self.enough}
        rows = [{key: _or_none(value) for key, value in row.items()} for row in self.table.to_dict("records")]
        return {**facts, "unpaired": _or_none(self.unpaired), "comparisons": rows}


def replicate_until_precise(make: Callable[[range], Pairs], rule: PrecisionRule | None = None) -> Replication:
    """Make seeds until the rule is content. `make` makes runs of more seeds, numbered from 0, and gives the pairs of all so far.

    The seeds made depend on the results alone, not on how many workers there are. Raises JiedaoError if an indicator has
    no values to compare.
    """
    rule = rule or PrecisionRule()
    narrow: list[bool] = []
    made = 0
    pairs: Pairs = {}
    while more := rule.seeds_to_add(narrow):
        pairs = make(range(made, made + more))
        made += more
        for comparison, arms in pairs.items():
            _require_values(comparison, *arms)
        seen = rule.first + len(narrow)
        narrow += [all(_is_narrow(c, arms, n, rule) for c, arms in pairs.items()) for n in range(seen, made + 1)]
    return Replication(rule, made, rule.enough(narrow), _table(pairs, rule))


def headline_values(rows: Iterable[Row]) -> dict[str, float]:
    """The headline indicators of one run's window, over all groups and kinds."""
    return {
        indicator: value
        for period, group, kind, indicator, statistic, value, _ in rows
        if (period, group, kind) == ("window", "all", "all") and statistic in MAIN_STATISTICS and indicator in HEADLINES
    }


def pairs_of(values: Mapping[tuple[str, str], Sequence[Mapping[str, float]]], baseline: str) -> Pairs:
    """The pairs of every comparison, from headline values by (street, scenario), one mapping a seed."""
    return {
        (street, scenario, indicator): (
            np.array([run.get(indicator, np.nan) for run in runs]),
            np.array([run.get(indicator, np.nan) for run in values[street, baseline]]),
        )
        for (street, scenario), runs in values.items()
        if scenario != baseline
        for indicator in HEADLINES
    }


def independent_seeds(value: np.ndarray, baseline: np.ndarray, allowed: float) -> float:
    """The fewest seeds by which two independent sets of runs give the difference so narrow an interval."""
    spread = math.sqrt(np.var(value, ddof=1) + np.var(baseline, ddof=1))
    if spread == 0.0 or allowed == 0.0:
        return 2.0 if spread == 0.0 else math.inf
    n = max(2, math.ceil((_quantile(10**6) * spread / allowed) ** 2))  # never too many: Student's quantiles are larger
    while _quantile(2 * n - 2) * spread / math.sqrt(n) > allowed:
        n += 1
    return float(n)


def _or_none(value: Any) -> Any:
    """JSON knows neither NaN nor infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _quantile(degrees_of_freedom: int) -> float:
    return float(student_t.ppf(0.5 + CONFIDENCE / 2, degrees_of_freedom))


def _stable_from(narrow: Sequence[bool]) -> int:
    """Where the run of narrow intervals begins that lasts to the end."""
    return next((i for i in range(len(narrow), 0, -1) if not narrow[i - 1]), 0)


def _known(value: np.ndarray, baseline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    both = np.isfinite(value) & np.isfinite(baseline)
    return value[both], baseline[both]


def _half_width(value: np.ndarray, baseline: np.ndarray) -> float:
    """Of the paired difference; NaN with fewer than two pairs."""
    mean, low, _ = mean_interval(value - baseline)
    return mean - low


def _is_narrow(comparison: Comparison, arms: tuple[np.ndarray, np.ndarray], seeds: int, rule: PrecisionRule) -> bool:
    value, baseline = _known(arms[0][:seeds], arms[1][:seeds])
    return len(value) > 1 and _half_width(value, baseline) <= rule.allowed(comparison[2], float(baseline.mean()))


def _require_values(comparison: Comparison, value: np.ndarray, baseline: np.ndarray) -> None:
    if len(_known(value, baseline)[0]) < 2:
        street, scenario, indicator = comparison
        raise JiedaoError(
            f"seeds 'auto': of {len(value)} seeds on {street}, fewer than two have a {indicator} both in {scenario} and in the "
            "baseline, so that its precision cannot be judged; look at failed runs, take more weeks or residents, or give a "
            "number of seeds"
        )


def _table(pairs: Pairs, rule: PrecisionRule) -> pd.DataFrame:
    rows = []
    for (street, scenario, indicator), arms in pairs.items():
        value, baseline = _known(*arms)
        level = float(baseline.mean())
        allowed = rule.allowed(indicator, level)
        one = (street, scenario, indicator), arms
        narrow = [_is_narrow(*one, n, rule) for n in range(rule.first, len(arms[0]) + 1)]
        rows.append(
            {
                "street": street,
                "scenario": scenario,
                "indicator": indicator,
                "baseline": level,
                "difference": float((value - baseline).mean()),
                "half_width": _half_width(value, baseline),
                "allowed": allowed,
                "enough": rule.first + _stable_from(narrow) if narrow[-1] else np.nan,
                "variance_ratio": variance_ratio(value, baseline),
                "unpaired": independent_seeds(value, baseline, allowed),
            }
        )
    return pd.DataFrame(rows)
