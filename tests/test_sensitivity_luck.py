"""Luck in sensitivity indices: told from what factors do, taken off, and what seeds and blocks of seeds say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from known_functions import UNIT, column, noise

from experiments import sensitivity
from experiments.sensitivity_design import Design
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import FunctionEvaluator
from experiments.sensitivity_sobol import sobol_indices


def test_the_mean_difference_is_as_sure_as_its_seeds_and_points_allow():
    """Each seed shifts the difference, by 0.5, more than 256 points can: 16 seeds give 0.5 / 4 x 2.1, however many points."""

    def after(a: float, b: float, seed: int) -> float:
        return a - b + 0.3 + 0.5 * noise(seed)

    held, halves = 0, []
    for k in range(20):
        options = {"n": 256, "seeds": 16, "seed": 1 + 50 * k, "seeds_per_point": 1, "second_block": 16, "curves": 0}
        line = sensitivity.sobol(lambda a, b: 0.0, {"after": after}, vary=UNIT, sample_seed=k, **options).overview.iloc[
            1
        ]
        halves.append(line["mean_half"])
        held += abs(line["mean"] - 0.3) <= line["mean_half"]
    assert held >= 16, "of twenty 95% intervals; fewer is wrong once in four hundred"
    assert np.mean(halves) == pytest.approx(2.13 * 0.5 / 4, rel=0.2)
    few = sensitivity.sobol(lambda a, b: 0.0, {"after": after}, vary=UNIT, n=256, seeds=2, curves=0)
    assert few.overview["mean_half"].isna().all(), (
        "however many points: two pairs of seeds tell of two pairs of streets"
    )


def test_the_noise_share_is_estimated_as_it_is():
    # Variance of a over points 1/12; luck of its own at each point: variance 0.04 a run; luck common to all points: 0.25.
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.2 * noise(seed, a, b) + 0.5 * noise(seed)

    designs = [sensitivity.sobol(lucky, vary=UNIT, n=512, seeds=2, curves=0, sample_seed=k) for k in range(1, 5)]
    line, own = pd.concat(found.overview for found in designs).mean(numeric_only=True), 0.04 / 4
    assert line["noise_share"] == pytest.approx(own / (1 / 12 + own), rel=0.1)  # 2,048 pairs of points: 4% error
    common = np.var([0.5 * noise(seed) for seed in (1, 2, 3, 4)], ddof=1) / 4
    assert line["fresh_noise_share"] == pytest.approx((own + common) / (1 / 12 + own + common), rel=0.1)


@pytest.mark.parametrize("second_order", [False, True])
def test_luck_that_a_factor_reshuffles_is_taken_off_its_total_index(second_order):
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.4 * noise(seed, a, b)

    found = sensitivity.sobol(lucky, vary=UNIT, n=1024, curves=0, second_order=second_order)
    share = 0.16 / 2 / (1 / 12 + 0.16 / 2)  # two seeds
    raw = sobol_indices(found.design, _both_blocks(found.design, lucky)).total
    assert raw[1] > 0.4, "SALib's index of a factor that does nothing"
    assert column(found, "luck")["b"] == pytest.approx(share, abs=0.05)
    assert column(found, "total")["b"] == pytest.approx(0.0, abs=0.07)
    assert column(found, "total")["a"] == pytest.approx(1 - share, abs=0.07)
    assert column(found, "verdict")["a"] == "matters" and column(found, "verdict")["b"] != "matters"


def test_luck_is_taken_off_what_a_factor_does_alone_as_well():
    """The seed turns the slope of a: what the blocks have in common is all that either index may hold."""

    def by_seed(a: float, b: float, seed: int) -> float:
        return (1.0 + (seed == 1)) * a + 0.2 * a * b

    found = sensitivity.sobol(by_seed, vary=UNIT, n=512, second_order=True, curves=0)
    first, total, luck = (column(found, name)["a"] for name in ("first", "total", "luck"))
    assert luck > 0.05 and first <= total + 0.01 and total + luck == pytest.approx(1.0, abs=0.02)


def _both_blocks(design: Design, function) -> np.ndarray:
    points = [design.point(row) for row in range(len(design.realised))]
    return np.mean([[function(**point, seed=seed) for point in points] for seed in (1, 2)], axis=0)


def test_a_second_block_on_some_of_the_points_is_enough_to_tell_luck():
    calls = []

    def lucky(a: float, b: float, seed: int) -> float:
        calls.append(seed)
        return a + 0.4 * noise(seed, a, b)

    found = sensitivity.sobol(lucky, vary=UNIT, n=1024, second_block=256, curves=0)
    assert (calls.count(1), calls.count(2)) == (1024 * 5, 256 * 5)
    share = 0.16 / (1 / 12 + 0.16)  # of one seed
    assert column(found, "luck")["b"] == pytest.approx(share, abs=0.09)
    assert column(found, "total")["b"] == pytest.approx(0.0, abs=0.12)
    assert column(found, "total")["a"] == pytest.approx(1 - share, abs=0.12)
    assert found.overview["noise_share"].item() == pytest.approx(share, abs=0.08)
    quarter = sensitivity.sobol(lucky, vary=UNIT, n=256, curves=0)
    for block in ("total_block_1", "total_block_2"):
        assert column(found, block) == pytest.approx(column(quarter, block))


def test_the_levels_of_seeds_by_lot_are_no_part_of_what_factors_explain():
    def with_levels(a: float, b: float, seed: int) -> float:
        return a + 0.5 * b + 0.5 * noise(seed) + 0.1 * noise(seed, a, b)

    for options in ({}, {"second_block": 256}):
        lots = sensitivity.sobol(with_levels, vary=UNIT, n=512, seeds=32, seeds_per_point=1, curves=0, **options)
        signal, luck = 1.25 / 12, 0.01 / (1 if options else 2)
        for name, share in (("a", 0.8), ("b", 0.2)):
            assert column(lots, "total")[name] == pytest.approx(share * signal / (signal + luck), abs=0.12)
        assert lots.overview["note"].item() == "" and lots.leading() == ["a", "b"]
        assert lots.overview["noise_share"].item() == pytest.approx(luck / (signal + luck), abs=0.05)
        assert lots.overview["fresh_noise_share"].item() > 0.3


def test_more_points_than_the_second_block_has_leave_the_estimate_one_of_the_first_block():
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.3 * noise(seed, a, b)

    equal, more = (sensitivity.sobol(lucky, vary=UNIT, n=n, second_block=256, curves=0) for n in (256, 1024))
    for name in ("total", "luck"):
        assert column(equal, name)["a"] == pytest.approx(column(more, name)["a"], abs=0.12)
    share = 0.09 / (1 / 12 + 0.09)  # of one seed, not of two
    assert equal.overview["noise_share"].item() == pytest.approx(share, abs=0.06)


def test_a_second_block_that_failed_leaves_no_index():
    """Luck that nobody can tell from what a factor does must not count as what it does."""

    def lucky(a: float, b: float, seed: int) -> float:
        if seed == 2:
            raise ValueError("no second block")
        return a + 0.4 * noise(seed, a, b)

    for method in (sensitivity.sobol, sensitivity.morris):
        found = method(lucky, vary=UNIT, n=128, second_block=16, curves=0)
        assert found.overview["note"].item() == "missing"
    assert set(found.failures["seed"]) == {2} and found.failures["point"].max() < 16 * found.design.stride


def test_what_is_mostly_luck_has_not_reached_a_half_width():
    plan = Plan(function_factors(UNIT), "sobol", 16, (1, 2), half_width=0.05, most_runs=1000, curve_factors=0)
    found = carry_out(plan, FunctionEvaluator({"f": lambda a, b, seed: noise(seed, a, b)}))
    assert found.overview["note"].item() == "luck" and found.half_width_reached is False


def test_second_order_intervals_count_the_luck_that_was_taken_off():
    def additive(a: float, b: float, seed: int) -> float:
        return a + b + 0.25 * noise(seed, a, b)

    pairs = [
        sensitivity.sobol(
            additive, vary=UNIT, n=256, second_block=16, second_order=True, sample_seed=k, curves=0
        ).interactions.iloc[0]
        for k in range(1, 13)
    ]
    missed = sum(not pair["second_low"] <= 0.0 <= pair["second_high"] for pair in pairs)
    assert missed <= 3  # of twelve 95% intervals: more than three is wrong once in five hundred


def test_seeds_by_lot_tell_of_many_streets_at_the_price_of_one():
    """Each seed has a slope of its own: with one seed a block, each block tells of one street, with 16 by lot of 16."""

    def by_seed(a: float, b: float, seed: int) -> float:
        return (1.0 + 0.5 * noise(seed)) * a + b

    def gap(**seeds: int) -> float:
        studies = [sensitivity.sobol(by_seed, vary=UNIT, n=256, seed=100 * k, curves=0, **seeds) for k in range(1, 7)]
        return float(np.mean([found.overview["block_gap"].item() for found in studies]))

    assert gap(seeds=16, seeds_per_point=1) < 0.7 * gap(seeds=1)


def test_a_model_of_pure_noise_has_indices_near_zero_and_says_so():
    def pure(a: float, b: float, seed: int) -> float:
        return noise(seed, a, b)

    found = sensitivity.sobol(pure, vary=UNIT, n=2048, curves=0)
    for name in ("first", "total"):  # half-widths 0.06 and 0.09: 0.15 is wrong once in a thousand seeds
        assert column(found, name) == pytest.approx({"a": 0.0, "b": 0.0, "dummy": 0.0}, abs=0.15)
    assert found.overview["note"].iloc[0] == "luck" and found.overview["noise_share"].iloc[0] > 0.9
    assert found.leading() == []
    screened = sensitivity.morris(
        lambda seed, **x: noise(seed, *x.values()), vary={f"x{k}": (0.0, 1.0) for k in range(12)}, curves=0
    )
    assert "matters" not in set(screened.indices["verdict"])


def test_a_fresh_seed_for_every_run_shows_in_the_dummy():
    # The trap: with a fifth of the variance being luck, a factor that changes nothing gets a total index of 0.2.
    rng = np.random.default_rng(7)
    scale = np.sqrt(0.25 / 12)

    def unseeded(a: float, b: float) -> float:
        return a + scale * rng.normal()

    def seeded(a: float, b: float, seed: int) -> float:
        return a + scale * noise(seed)

    trapped = sensitivity.sobol({"unseeded": unseeded}, vary=UNIT, n=1024, curves=0).overview.iloc[0]
    assert trapped["dummy"] == pytest.approx(0.2 / 1.8, abs=0.02)  # two runs are averaged: half the luck
    held = sensitivity.sobol(seeded, vary=UNIT, n=1024, curves=0).overview.iloc[0]
    assert held["dummy"] == 0.0 and held["fresh_noise_share"] > 0.0


def test_two_blocks_of_seeds_show_what_other_seeds_would_have_made_of_it():
    def by_seed(a: float, b: float, seed: int) -> float:
        return (1.0 if seed == 1 else 3.0) * a + b

    found = sensitivity.sobol(by_seed, vary=UNIT, n=512, curves=0)
    assert found.indices["total_block_1"].iloc[0] == pytest.approx(0.5, abs=0.02)
    assert found.indices["total_block_2"].iloc[0] == pytest.approx(0.9, abs=0.02)
    assert found.overview["block_gap"].iloc[0] == pytest.approx(0.4, abs=0.02)
    alike = sensitivity.sobol(lambda a, b, seed: a + 0.1 * b + noise(seed), vary=UNIT, n=512, curves=0)
    assert alike.overview["block_gap"].iloc[0] == pytest.approx(0.0, abs=1e-9)
