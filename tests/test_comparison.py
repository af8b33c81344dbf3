"""Paired statistics: known answers, and frames of a made-up study that other tests use too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from experiments import comparison
from model.codes import KIND_NAMES
from model.errors import ContradictionError, UnknownNameError

LEVELS = {  # indicator: (statistic, level, spread between seeds, effect of flattening, of funds_pool)
    "response_time": ("mean", 31.0, 2.0, -7.0, -0.05),
    "resolution_time": ("mean", 240.0, 14.0, -40.0, -12.0),
    "unmet_need_share": ("share", 0.41, 0.01, -0.02, -0.004),
    "repeat_rate": ("share", 0.24, 0.012, -0.03, 0.0005),
    "satisfaction": ("mean", 0.62, 0.01, 0.03, 0.008),
    "equity_gap": ("share", 0.08, 0.008, 0.012, -0.001),
    "cost_per_case": ("mean", 410.0, 15.0, 6.0, 14.0),
    "exposure_time": ("mean", 900.0, 30.0, -45.0, -20.0),
    "case_satisfaction": ("share", 0.66, 0.012, 0.02, 0.01),
    "backlog": ("mean", 620.0, 40.0, -90.0, -20.0),
    "grid_resolution_share": ("share", 0.3, 0.01, 0.05, 0.0),
}
STEPS = {  # (step, cause): hours in baseline, flattening, funds_pool
    ("city_intake", "intake"): (3.0, 3.0, 3.0),
    ("take_up_queue", "staff"): (40.0, 44.0, 40.0),
    ("first_look_queue", "staff"): (12.0, 12.0, 12.0),
    ("batch_section", "batching"): (38.0, 12.0, 38.0),
    ("review_section", "review"): (22.0, 0.0, 22.0),
    ("work_closed", "calendar"): (36.0, 34.0, 36.0),
    ("meeting", "meeting"): (24.0, 24.0, 24.0),
    ("money", "money"): (30.0, 30.0, 18.0),
    ("department_intake", "district"): (28.0, 28.0, 28.0),
    ("work", "work"): (7.0, 7.0, 7.0),
}
SCENARIOS = ("baseline", "flattening", "funds_pool")


def synthetic_study(seeds: int = 8, scenarios: tuple[str, ...] = SCENARIOS) -> dict[str, pd.DataFrame]:
    """The four frames of a finished study: luck common to the scenarios of a seed, a little of its own."""
    frames: dict[str, list[pd.DataFrame]] = {"indicators": [], "durations": [], "steps": [], "paired": []}
    for seed in range(1, seeds + 1):
        common = np.random.default_rng(seed).normal(size=len(LEVELS))
        for scenario in scenarios:
            place = SCENARIOS.index(scenario)
            own = np.random.default_rng([seed, place])
            for name, rows in _one_run(scenario, place, seed, common, own).items():
                frames[name].append(rows)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}


def _one_run(
    scenario: str, place: int, seed: int, common: np.ndarray, own: np.random.Generator
) -> dict[str, pd.DataFrame]:
    rows, same = [], []
    for i, (name, (statistic, level, spread, *effects)) in enumerate(LEVELS.items()):
        effect = [0.0, *effects][place]
        value = level + effect + spread * (common[i] + 0.2 * own.normal())
        margins = [("all", "all", 1.0)]
        if name in comparison.GAIN_INDICATORS:
            margins += [("vulnerable", "all", 0.3), ("not_vulnerable", "all", 1.2)]
        if name in ("resolution_time", "exposure_time"):
            margins += [("all", kind, 2.2 - 0.2 * k) for k, kind in enumerate(KIND_NAMES[:15])]
        for group, kind, factor in margins:
            part = value + (factor - 1) * effect + (0 if kind == group else spread * 0.1 * own.normal())
            rows.append(("window", group, kind, name, statistic, part, 2000 if kind == "all" else 90))
        if name in ("satisfaction", "backlog"):
            for week in range(52):
                hold = effect * min(1, week / 20) + spread * (common[i] + 0.3 * own.normal())
                rows.append((f"week-{week:02d}", "all", "all", name, statistic, level + hold, 60))
        if name in ("response_time", "resolution_time", "case_satisfaction") and place:
            reference = level + spread * common[i]
            fixed = reference + 1.2 * effect + spread * 0.1 * own.normal()
            same.append((name, "same_needs", fixed, reference, 1700))
    rows.append(("window", "all", "all", "resolution_time", "p90", np.inf, 2000))
    days = np.arange(0.0, 91.0)
    speed = 9.0 - [0, 2.2, 0.6][place] + 0.3 * common[0]
    settled = 0.86 * (1 - np.exp(-((days / speed) ** 0.8)))
    steps = [(s, c, hours[place] * (1 + 0.02 * own.normal())) for (s, c), hours in STEPS.items() if hours[place]]
    columns = ["period", "group", "kind", "indicator", "statistic", "value", "n"]
    run = {"scenario": scenario, "seed": seed}
    return {
        "indicators": pd.DataFrame(rows, columns=columns).assign(street="typical", draw=0, **run),
        "durations": pd.DataFrame({"days": days, "share_settled": settled}).assign(**run),
        "steps": pd.DataFrame(steps, columns=["step", "cause", "hours"]).assign(kind="all", **run),
        "paired": pd.DataFrame(same, columns=["indicator", "effect", "value", "baseline_value", "n"]).assign(**run),
    }


def small(values: dict[str, list[float]], indicator: str = "resolution_time") -> pd.DataFrame:
    """Indicator rows from lists of values by scenario, seeds from 1."""
    rows = [
        ("typical", 0, seed, "window", "all", "all", indicator, "mean", scenario, value, 100)
        for scenario, numbers in values.items()
        for seed, value in enumerate(numbers, start=1)
    ]
    columns = [
        "street",
        "draw",
        "seed",
        "period",
        "group",
        "kind",
        "indicator",
        "statistic",
        "scenario",
        "value",
        "n",
    ]
    return pd.DataFrame(rows, columns=columns)


def test_a_difference_worked_out_by_hand():
    table = comparison.paired_differences(small({"baseline": [10.0, 20.0, 30.0, 40.0], "a": [9.0, 18.0, 29.0, 36.0]}))
    line = table.iloc[0]
    half = student_t.ppf(0.975, 3) * np.sqrt(2.0) / 2  # differences -1, -2, -1, -4: variance 2, n = 4
    assert line["difference"] == pytest.approx(-2.0)
    assert (line["low"], line["high"]) == pytest.approx((-2.0 - half, -2.0 + half))
    assert (line["share_better"], line["share_worse"]) == (1.0, 0.0)
    apart = np.var([10, 20, 30, 40], ddof=1) + np.var([9, 18, 29, 36], ddof=1)
    assert line["variance_ratio"] == pytest.approx(apart / 2.0)
    assert line["seeds_saved"] == pytest.approx(4 * (apart / 2.0 - 1))
    assert (line["baseline"], line["level"], line["relative"]) == pytest.approx((25.0, 23.0, -0.08))


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    luck = rng.normal(size=(2000, 8))
    inside = 0
    for row in luck:
        low, high = comparison.mean_interval(3.0 + row)[1:]
        inside += low <= 3.0 <= high
    assert 0.935 <= inside / len(luck) <= 0.965


def test_identical_runs_differ_by_exactly_nothing():
    line = comparison.paired_differences(small({"baseline": [1.0, 2.5, 4.0], "a": [1.0, 2.5, 4.0]})).iloc[0]
    assert (line["difference"], line["low"], line["high"]) == (0.0, 0.0, 0.0)
    assert line["variance_ratio"] == np.inf
    assert line["verdict"] == "same"
    assert (line["share_better"], line["share_worse"]) == (0.0, 0.0)


def test_one_seed_gives_no_interval_and_says_so():
    line = comparison.paired_differences(small({"baseline": [10.0], "a": [4.0]})).iloc[0]
    assert line["difference"] == -6.0
    assert np.isnan(line["low"]) and np.isnan(line["high"]) and np.isnan(line["variance_ratio"])
    assert (line["verdict"], line["note"]) == ("unknown", "one_seed")


def test_seeds_that_are_not_common_are_refused_by_name():
    rows = small({"baseline": [1.0, 2.0], "a": [1.0, 2.0, 3.0]})
    with pytest.raises(ContradictionError, match=r"seed 3 only in 'a'"):
        comparison.paired_differences(rows)
    with pytest.raises(UnknownNameError, match="baseline"):
        comparison.paired_differences(rows, baseline="basline")


def test_streets_are_never_averaged():
    rows = small({"baseline": [1.0, 2.0], "a": [2.0, 3.0]})
    two = pd.concat([rows, rows.assign(street="old_town", value=rows["value"] * 3)])
    with pytest.raises(ContradictionError, match="old_town, typical"):
        comparison.paired_differences(two)
    assert comparison.paired_differences(two, street="old_town")["baseline"].iloc[0] == pytest.approx(4.5)


def test_better_depends_on_the_indicator():
    higher = {"baseline": [0.5, 0.6, 0.7], "a": [0.61, 0.70, 0.80]}
    assert comparison.paired_differences(small(higher, "satisfaction"))["verdict"].iloc[0] == "better"
    assert comparison.paired_differences(small(higher, "repeat_rate"))["verdict"].iloc[0] == "worse"
    neutral = comparison.paired_differences(small(higher, "utilisation")).iloc[0]
    assert neutral["verdict"] == "higher" and np.isnan(neutral["share_better"])


def test_undefined_and_infinite_values_are_noted_not_hidden():
    undefined = comparison.paired_differences(small({"baseline": [1.0, np.nan, 3.0], "a": [2.0, 3.0, 4.0]})).iloc[0]
    assert (undefined["n"], undefined["note"]) == (2, "undefined")
    endless = comparison.paired_differences(small({"baseline": [1.0, np.inf], "a": [0.5, 2.0]})).iloc[0]
    assert np.isnan(endless["difference"]) and endless["note"] == "infinite"
    assert endless["share_better"] == 1.0


def test_several_draws_are_the_independent_units():
    # Within a draw the two seeds agree; only the three draws tell how sure the mean effect is.
    rows = pd.concat(
        small({"baseline": [10.0, 12.0], "a": [10.0 + effect, 12.0 + effect]}).assign(draw=draw)
        for draw, effect in enumerate((-1.0, -2.0, -3.0), start=1)
    )
    line = comparison.paired_differences(rows).iloc[0]
    assert line["n"] == 3
    assert line["high"] - line["difference"] == pytest.approx(student_t.ppf(0.975, 2) / np.sqrt(3))


def test_pairing_pays_where_luck_is_shared():
    table = comparison.paired_differences(synthetic_study()["indicators"])
    line = table.query("scenario == 'flattening' and indicator == 'resolution_time' and statistic == 'mean'").iloc[0]
    assert line["verdict"] == "better" and line["variance_ratio"] > 3
    assert table.query("scenario == 'funds_pool' and indicator == 'repeat_rate'")["verdict"].iloc[0] == "unclear"


def test_three_effects_add_up():
    frames = synthetic_study()
    table = comparison.three_effects(frames["indicators"], frames["paired"])
    for _, part in table.loc[table["indicator"].isin(["response_time", "resolution_time"])].groupby(
        ["scenario", "indicator"]
    ):
        effect = part.set_index("effect")["difference"]
        assert effect["composition"] == pytest.approx(effect["all_reported"] - effect["same_needs"])
    felt = table.loc[table["effect"] == "all_needs", "indicator"]
    assert set(felt) == set(comparison.RESIDENT_INDICATORS)


def test_who_gains_and_who_loses():
    table = comparison.winners_and_losers(synthetic_study()["indicators"])
    part = table.query("scenario == 'flattening' and indicator == 'resolution_time'").set_index("member")
    assert part.loc["not_vulnerable", "difference"] < part.loc["vulnerable", "difference"] < 0
    assert part.loc["property_dispute", "verdict"] == "better"
    assert part.loc["emergency", "verdict"] == "worse"  # made to lose, see synthetic_study
    assert part.loc["parking", "cases"] == 90


def test_a_step_that_was_abolished_took_no_hours():
    table = comparison.step_changes(synthetic_study()["steps"]).set_index(["scenario", "step"])
    review = table.loc[("flattening", "review_section")]
    assert review["level"] == 0.0
    assert review["difference"] == pytest.approx(-review["baseline"])
    assert review["verdict"] == "better"
    assert table.loc[("flattening", "take_up_queue"), "verdict"] == "worse"


def test_the_frame_s_own_index_does_not_matter():
    rows = synthetic_study(seeds=3)["indicators"]
    repeated = rows.set_axis(np.zeros(len(rows), dtype=int), axis="index")  # as after a plain pd.concat
    for compare in (comparison.paired_differences, comparison.winners_and_losers):
        pd.testing.assert_frame_equal(compare(rows), compare(repeated))
    weeks = [comparison.weekly_differences(frame, "backlog") for frame in (rows, repeated)]
    pd.testing.assert_frame_equal(*weeks)


def test_holm_s_adjustment():
    adjusted = comparison.holm(pd.Series([0.01, 0.04, 0.03, np.nan]))
    assert adjusted[:3].tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(adjusted[3])


def test_weekly_differences_show_the_reform_taking_hold():
    weeks = comparison.weekly_differences(synthetic_study()["indicators"], "backlog", scenarios=["flattening"])
    assert list(weeks["week"]) == list(range(52))
    assert weeks["difference"].iloc[-10:].mean() < weeks["difference"].iloc[:5].mean() - 50
