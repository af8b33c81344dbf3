"""Paired comparison of scenarios: mean differences over common seeds, with intervals, and what pairing saved.

Two scenarios run with one seed face the same needs and the same luck, so what is compared is the difference
within each seed, never two averages. Pandas in, pandas out; nothing here reads a file or draws a picture.

A frame that is compared has the columns `scenario`, `seed`, `value` and, where there are several, `draw`.
The independent unit is the seed; where parameters were drawn as well (more than one draw), seeds are averaged
within a draw and the unit is the draw, because seeds under one draw share its parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from experiments.words import better_direction
from model.errors import ContradictionError, UnknownNameError

CONFIDENCE = 0.95
MAIN_STATISTICS = ("mean", "share", "sum")  # an indicator's own value, against its percentiles p10, p50, p90
RESIDENT_INDICATORS = ("exposure_time", "unmet_need_share")  # effect (iii): all needs, reported or not
GAIN_INDICATORS = ("resolution_time", "exposure_time", "satisfaction")


def mean_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Mean and two-sided t-interval of independent `values`; one value gives a NaN interval."""
    mean = float(np.mean(values)) if len(values) else np.nan
    if len(values) < 2 or not np.all(np.isfinite(values)):
        return mean, np.nan, np.nan
    half = student_t.ppf(0.5 + confidence / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return mean, mean - float(half), mean + float(half)


def independent_values(rows: pd.DataFrame) -> np.ndarray:
    """The values of `value` that are independent of each other: those of seeds, or the means of draws where there are several."""
    if "draw" in rows and rows["draw"].nunique() > 1:
        return rows.groupby("draw")["value"].mean().to_numpy(float)
    return rows["value"].to_numpy(float)


def variance_ratio(value: np.ndarray, baseline: np.ndarray) -> float:
    """(var A + var B) / var(A - B): how many independent seeds do the work of one paired seed.

    Infinite where the difference never varies although its parts do, or where both arms are equal; NaN with
    fewer than two pairs, or where neither arm varies at all and there was nothing to save.
    """
    if len(value) < 2:
        return np.nan
    difference = value - baseline
    apart = np.var(value, ddof=1) + np.var(baseline, ddof=1)
    together = np.var(difference, ddof=1)
    if together > 0:
        return float(apart / together)
    return np.inf if apart > 0 or not np.any(difference) else np.nan


def p_value(differences: np.ndarray) -> float:
    """Two-sided p-value of the paired t-test of a mean difference of 0; 1 if all are 0, NaN for one pair."""
    if len(differences) < 2:
        return np.nan
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    if spread == 0.0:
        return 0.0 if mean else 1.0
    return float(2 * student_t.sf(abs(mean) / spread * np.sqrt(len(differences)), len(differences) - 1))


def holm(p_values: pd.Series) -> pd.Series:
    """Holm's adjusted p-values: in at most 5% of families does chance alone bring any of them below 0.05."""
    order = p_values.dropna().sort_values()
    factors = np.arange(len(order), 0, -1)
    adjusted = pd.Series(np.minimum(np.maximum.accumulate(order * factors), 1.0), index=order.index)
    return adjusted.reindex(p_values.index)


def pair_statistics(value: np.ndarray, baseline: np.ndarray, better: int) -> dict[str, float | int | str]:
    """Everything said about one indicator in one scenario, from equally long arrays of paired values.

    `better` is +1 if more is better, -1 if less is, 0 if neither. Pairs in which either value is NaN (an
    indicator without a case to measure) are left out and noted; a pair with an infinite value (a percentile
    beyond the horizon) makes the mean difference undefined, and is counted for the share of seeds only.
    """
    defined = ~(np.isnan(value) | np.isnan(baseline))
    a, b = value[defined], baseline[defined]
    finite = bool(np.all(np.isfinite(a)) and np.all(np.isfinite(b)))
    if finite:
        difference, low, high = mean_interval(a - b)
    else:
        difference = low = high = np.nan
    level, level_low, level_high = mean_interval(a)
    reference, reference_low, reference_high = mean_interval(b)
    ratio = variance_ratio(a, b) if finite else np.nan
    higher, lower = np.mean(a > b) if len(a) else np.nan, np.mean(a < b) if len(a) else np.nan
    gain, loss = (higher, lower) if better > 0 else (lower, higher)
    relative = difference / abs(reference) if reference and np.isfinite(reference) else np.nan
    note = "infinite" if not finite else "undefined" if not np.all(defined) else "one_seed" if len(a) < 2 else ""
    return {
        "difference": difference,
        "low": low,
        "high": high,
        "relative": relative,
        "share_better": float(gain) if better else np.nan,
        "share_worse": float(loss) if better else np.nan,
        "baseline": reference,
        "baseline_low": reference_low,
        "baseline_high": reference_high,
        "level": level,
        "level_low": level_low,
        "level_high": level_high,
        "n": len(a),
        "variance_ratio": ratio,
        "seeds_saved": len(a) * (ratio - 1.0),
        "p_value": p_value(a - b) if finite else np.nan,
        "verdict": verdict(difference, low, high, better, identical=finite and len(a) > 0 and not np.any(a != b)),
        "note": note,
    }


def verdict(difference: float, low: float, high: float, better: int, identical: bool = False) -> str:
    """One word: same, unknown (no interval), unclear (interval holds 0), better, worse, higher or lower."""
    if identical:
        return "same"
    if np.isnan(low) or np.isnan(high):
        return "unknown"
    if low <= 0.0 <= high:
        return "unclear"
    if better == 0:
        return "higher" if difference > 0 else "lower"
    return "better" if difference * better > 0 else "worse"


def scenario_names(frame: pd.DataFrame, baseline: str, scenarios: Sequence[str] | None = None) -> list[str]:
    """The scenarios to set against `baseline`, in the order asked for or met.

    Raises UnknownNameError for a baseline or scenario that the frame does not hold.
    """
    present = list(dict.fromkeys(frame["scenario"].astype(str)))
    wanted = [name for name in present if name != baseline] if scenarios is None else list(scenarios)
    for name in [baseline, *wanted]:
        if name not in present:
            raise UnknownNameError("scenario", name, present, "comparison")
    return wanted


def paired_table(
    frame: pd.DataFrame,
    baseline: str,
    scenarios: Sequence[str] | None,
    by: Sequence[str],
    better: int | None = None,
    missing: float = np.nan,
) -> pd.DataFrame:
    """Paired statistics of `value` for each scenario and each combination of the columns `by`.

    `better` is the direction for every row; None looks it up by the column `indicator`. `missing` stands for
    a row that a run does not have (NaN: undefined; 0.0: a step that no case took).

    Raises ContradictionError naming the seeds that are not common to a scenario and the baseline.
    """
    frame = frame if "draw" in frame else frame.assign(draw=0)
    wanted = scenario_names(frame, baseline, scenarios)
    runs = {name: frame.loc[frame["scenario"] == name] for name in [baseline, *wanted]}
    rows = []
    for name in wanted:
        _check_common_seeds(runs[baseline], runs[name], baseline, name)
        pairs = _pair(runs[baseline], runs[name], list(by), missing)
        for key, part in pairs.groupby(list(by), sort=False):
            direction = better_direction(part["indicator"].iloc[0]) if better is None else better
            statistics = pair_statistics(*_independent_units(part), direction)
            rows.append({"scenario": name, **dict(zip(by, key, strict=True)), **statistics})
    columns = ["scenario", *by, *pair_statistics(np.zeros(2), np.zeros(2), 0)]
    return pd.DataFrame(rows, columns=columns)


def _check_common_seeds(reference: pd.DataFrame, other: pd.DataFrame, baseline: str, scenario: str) -> None:
    have = set(zip(reference["draw"], reference["seed"], strict=True))
    got = set(zip(other["draw"], other["seed"], strict=True))
    alone = [
        f"{_name_seeds(only)} only in '{owner}'"
        for only, owner in ((have - got, baseline), (got - have, scenario))
        if only
    ]
    if alone:
        raise ContradictionError(
            f"scenarios '{baseline}' and '{scenario}' cannot be paired: {' and '.join(alone)}; "
            "both must be run with the same seeds and draws"
        )


def _name_seeds(pairs: set[tuple[int, int]]) -> str:
    several_draws = any(draw != 0 for draw, _ in pairs)
    names = [f"draw {draw} seed {seed}" if several_draws else f"{seed}" for draw, seed in sorted(pairs)]
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return shown if several_draws else f"seed{'s' if len(names) > 1 else ''} {shown}"


def _pair(reference: pd.DataFrame, other: pd.DataFrame, by: list[str], missing: float) -> pd.DataFrame:
    """Every combination of `by` that either arm has, crossed with every (draw, seed) of the baseline."""
    key = [*by, "draw", "seed"]
    combinations = pd.concat([reference[by], other[by]]).drop_duplicates()
    grid = combinations.merge(reference[["draw", "seed"]].drop_duplicates(), how="cross")
    values = {"value_baseline": reference, "value": other}
    for column, run in values.items():
        run = run[[*key, "value"]].rename(columns={"value": column})
        grid = grid.merge(run, on=key, how="left", validate="one_to_one", indicator="found")
        # Only a row that is absent is filled; a NaN that a run wrote down stays one.
        grid.loc[grid.pop("found") == "left_only", column] = missing
    return grid


def _independent_units(pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(value, baseline) by seed, or averaged within draws where there are several draws."""
    columns = ["value", "value_baseline"]
    units = pairs.groupby("draw")[columns].mean() if pairs["draw"].nunique() > 1 else pairs[columns]
    return units["value"].to_numpy(float), units["value_baseline"].to_numpy(float)


def margin(
    indicators: pd.DataFrame,
    period: str | None = "window",
    group: str | None = "all",
    kind: str | None = "all",
    street: str | None = None,
) -> pd.DataFrame:
    """The rows of one period, group and kind (None keeps all of them) of one street.

    Raises UnknownNameError for a value that the frame does not hold, ContradictionError if it holds several
    streets and none is named: streets are different worlds and are never averaged.
    """
    streets = sorted(indicators["street"].unique())
    if street is None and len(streets) > 1:
        raise ContradictionError(f"the results hold several streets ({', '.join(streets)}): name one of them")
    rows = indicators
    for column, wanted in (("street", street), ("period", period), ("group", group), ("kind", kind)):
        if wanted is None:
            continue
        if wanted not in set(rows[column]):
            raise UnknownNameError(column, wanted, set(rows[column].astype(str)), "indicators")
        rows = rows.loc[rows[column] == wanted]
    return rows


def main_values(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per indicator and run: its mean, else its share, else its sum; percentiles are left out."""
    rows = rows.loc[rows["statistic"].isin(MAIN_STATISTICS)]
    rank = rows["statistic"].map({name: i for i, name in enumerate(MAIN_STATISTICS)})
    best = rank.groupby(rows["indicator"]).transform("min")
    return rows.loc[rank == best]


def paired_differences(
    indicators: pd.DataFrame,
    baseline: str = "baseline",
    scenarios: Sequence[str] | None = None,
    period: str = "window",
    group: str = "all",
    kind: str = "all",
    street: str | None = None,
) -> pd.DataFrame:
    """What each scenario changes, one row per scenario, indicator and statistic, in the indicator's own unit.

    Columns: `difference` (scenario minus baseline, mean over seeds) with its 95% interval `low`, `high`;
    `relative` (difference / baseline level); `share_better`, `share_worse` (of seeds; ties are neither);
    `baseline` and `level` with their own intervals; `n` pairs; `variance_ratio`; `seeds_saved` (how many more
    seeds per arm independent runs would have needed for the same precision; negative if pairing hurt);
    `p_value` of the paired t-test, not adjusted; `verdict`; `note` ("", one_seed, undefined, infinite).
    """
    rows = margin(indicators, period, group, kind, street)
    return paired_table(rows, baseline, scenarios, ["indicator", "statistic"])


def three_effects(
    indicators: pd.DataFrame,
    paired: pd.DataFrame,
    baseline: str = "baseline",
    scenarios: Sequence[str] | None = None,
    period: str = "window",
    street: str | None = None,
) -> pd.DataFrame:
    """The effect on all reported cases, on the same needs, and on all needs, kept apart.

    A reform that makes people report more changes who is counted. `effect` is one of: `all_reported` (i: each
    arm's own cases), `same_needs` (ii: needs reported in both arms), `composition` ((i) - (ii): more or other
    people report; its levels are NaN), `all_needs` (iii: exposure_time and unmet_need_share).
    """
    values = main_values(margin(indicators, period, "all", "all", street))
    same = paired.loc[paired["effect"] == "same_needs"]
    same = same if "draw" in same else same.assign(draw=0)
    wanted = [name for name in scenario_names(values, baseline, scenarios) if name in set(same["scenario"])]
    reported = values.loc[values["indicator"].isin(same["indicator"].unique())]
    felt = values.loc[values["indicator"].isin(RESIDENT_INDICATORS)]

    first = paired_table(reported, baseline, wanted, ["indicator"]).assign(effect="all_reported")
    third = paired_table(felt, baseline, wanted, ["indicator"]).assign(effect="all_needs")
    arms = [same.assign(arm="with"), same.assign(arm="without", value=same["baseline_value"])]
    second = _by_arm(pd.concat(arms), wanted).assign(effect="same_needs")

    everyone = _differences_by_seed(reported, baseline, wanted)
    fixed = same.assign(value=same["value"] - same["baseline_value"])
    both = [everyone.assign(arm="with"), fixed.assign(arm="without")]
    composition = _by_arm(pd.concat(both), wanted).assign(effect="composition")
    levels = ["baseline", "baseline_low", "baseline_high", "level", "level_low", "level_high", "relative"]
    composition[levels] = np.nan
    table = pd.concat([first, second, composition, third], ignore_index=True)
    return table[["scenario", "effect", *[c for c in table.columns if c not in ("scenario", "effect")]]]


def _by_arm(frame: pd.DataFrame, scenarios: Sequence[str]) -> pd.DataFrame:
    """Paired statistics of arm `with` against arm `without`, within each scenario."""
    tables = []
    for name in scenarios:
        arms = frame.loc[frame["scenario"] == name].assign(scenario=lambda rows: rows["arm"])
        tables.append(paired_table(arms, "without", ["with"], ["indicator"]).assign(scenario=name))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _differences_by_seed(values: pd.DataFrame, baseline: str, scenarios: Iterable[str]) -> pd.DataFrame:
    key = ["indicator", "draw", "seed"]
    reference = values.loc[values["scenario"] == baseline, [*key, "value"]]
    others = values.loc[values["scenario"].isin(list(scenarios)), ["scenario", *key, "value"]]
    merged = others.merge(reference, on=key, suffixes=("", "_baseline"))
    return merged.assign(value=merged["value"] - merged["value_baseline"])


def winners_and_losers(
    indicators: pd.DataFrame,
    baseline: str = "baseline",
    scenarios: Sequence[str] | None = None,
    names: Sequence[str] = GAIN_INDICATORS,
    period: str = "window",
    street: str | None = None,
) -> pd.DataFrame:
    """Paired differences by group and by kind of need: who gains and who loses.

    `dimension` is "group" or "kind", `member` the group or kind, `cases` the mean number behind the baseline
    value (small numbers make wide intervals). Only what the frame holds is returned.
    """
    rows = margin(indicators, period, None, None, street)
    rows = main_values(rows.loc[rows["indicator"].isin(list(names))])
    tables = []
    for dimension, other in (("group", "kind"), ("kind", "group")):
        part = rows.loc[(rows[other] == "all") & (rows[dimension] != "all")]
        part = part.assign(dimension=dimension, member=part[dimension])
        if part.empty:
            continue
        cases = part.loc[part["scenario"] == baseline].groupby(["indicator", "member"], as_index=False)["n"].mean()
        table = paired_table(part, baseline, scenarios, ["indicator", "dimension", "member"])
        tables.append(table.merge(cases.rename(columns={"n": "cases"}), on=["indicator", "member"], how="left"))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def step_changes(
    steps: pd.DataFrame, baseline: str = "baseline", scenarios: Sequence[str] | None = None, kind: str = "all"
) -> pd.DataFrame:
    """Mean hours a case spends in each step, by scenario, and the paired change; fewer hours are better.

    A step that a run does not have counts 0 hours: a layer that was abolished took its time with it.
    """
    rows = steps.loc[steps["kind"] == kind] if "kind" in steps else steps
    if rows.empty:
        raise UnknownNameError("kind", kind, set(steps["kind"].astype(str)), "steps")
    rows = rows.rename(columns={"hours": "value"})
    return paired_table(rows, baseline, scenarios, ["step", "cause"], better=-1, missing=0.0)


def weekly_values(indicators: pd.DataFrame, indicator: str, street: str | None = None) -> pd.DataFrame:
    """Rows of one indicator by week of the measured period, with an integer column `week`; may be empty."""
    rows = main_values(margin(indicators, None, "all", "all", street))
    rows = rows.loc[(rows["indicator"] == indicator) & rows["period"].str.fullmatch(r"week-\d+")]
    return rows.assign(week=rows["period"].str.removeprefix("week-").astype(int))


def weekly_differences(
    indicators: pd.DataFrame,
    indicator: str,
    baseline: str = "baseline",
    scenarios: Sequence[str] | None = None,
    street: str | None = None,
) -> pd.DataFrame:
    """Paired differences week by week, in week order: by when a reform takes hold."""
    rows = weekly_values(indicators, indicator, street)
    return paired_table(rows, baseline, scenarios, ["indicator", "week"]).sort_values(["scenario", "week"])
