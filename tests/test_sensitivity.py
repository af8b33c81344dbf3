"""Sensitivity indices through our own pipeline: known answers, luck told apart, signs that change."""

from __future__ import annotations

from dataclasses import replace
from math import pi, sin

import numpy as np
import pytest
from known_functions import MIXED, MIXED_VARIANCES, UNIT, column, ishigami, mixed, noise
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy.stats import t as student_t

from experiments import sensitivity
from experiments.sensitivity_design import Design, make_design
from experiments.sensitivity_factors import Factor, function_factors
from experiments.sensitivity_indices import Sampling, analyse, top_down_correlation
from experiments.sensitivity_morris import morris_indices
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import Evaluation, FunctionEvaluator, Outcome
from experiments.sensitivity_sobol import sobol_indices, total_indices, variance
from model.errors import ValueOutOfRangeError


def test_ishigami_has_its_known_indices():
    # Ishigami & Homma (1990) with a = 7, b = 0.1; the error of 1,024 quasi-random base points is below 0.02.
    found = sensitivity.sobol(
        ishigami, vary={f"x{k}": (-pi, pi) for k in (1, 2, 3)}, n=1024, second_order=True, curves=0
    )
    first, total = column(found, "first"), column(found, "total")
    for name, exact in {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}.items():
        assert first[name] == pytest.approx(exact, abs=0.02)
    for name, exact in {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}.items():
        assert total[name] == pytest.approx(exact, abs=0.02)
    pairs = found.interactions.set_index(["factor", "other"])["second"]
    assert pairs["x1", "x3"] == pytest.approx(0.2437, abs=0.03)
    assert pairs["x1", "x2"] == pytest.approx(0.0, abs=0.03) and pairs["x2", "x3"] == pytest.approx(0.0, abs=0.03)
    assert total["dummy"] == first["dummy"] == 0.0
    line = found.overview.iloc[0]
    assert line["noise_share"] == line["block_gap"] == 0.0 and line["note"] == "" and line["rank_agreement"] == 1.0
    assert found.leading(2) == ["x1", "x2"]


def test_second_order_uses_both_base_points_alike():
    """Over 30 designs the error of total indices is a good deal smaller than SALib's, which leaves out half of the pairs."""
    box = dict.fromkeys("abc", (0.0, 1.0))
    errors, errors_of_salib = [], []
    for seed in range(1, 31):
        design = make_design(function_factors(box), "sobol", 32, seed, second_order=True)
        a, b, c, _ = design.realised.T
        values = _product(a, b, c)
        found = sobol_indices(design, values)
        swapped = values.reshape(-1, design.stride)[:, [9, 5, 6, 7, 8, 1, 2, 3, 4, 0]].ravel()
        again = sobol_indices(design, swapped)
        for one, other in ((found.first, again.first), (found.total, again.total), (found.second, again.second)):
            np.testing.assert_allclose(one, other, atol=1e-12)
        np.testing.assert_allclose(total_indices(design, values), found.total, atol=1e-12)
        errors.append(found.total[:3] - _TOTAL_OF_PRODUCT)
        of_salib = salib_sobol.analyze(design.problem, values, num_resamples=2, seed=1)["ST"]
        errors_of_salib.append(of_salib[:3] - _TOTAL_OF_PRODUCT)
    assert np.sqrt(np.mean(np.square(errors))) < 0.8 * np.sqrt(np.mean(np.square(errors_of_salib)))


def _product(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return np.exp(2.0 * a + b) * (1.0 + c)


def _variance_and_totals_of_product() -> tuple[float, np.ndarray]:
    """Exact ones of `_product`: each factor has a mean and a mean square."""
    e, e2, e4 = np.exp([1.0, 2.0, 4.0])
    means = np.array([(e2 - 1) / 2, e - 1, 1.5])
    squares = np.array([(e4 - 1) / 4, (e2 - 1) / 2, 7 / 3])
    variance = squares.prod() - means.prod() ** 2
    return variance, (squares - means**2) * squares.prod() / squares / variance


_VARIANCE_OF_PRODUCT, _TOTAL_OF_PRODUCT = _variance_and_totals_of_product()


def test_totals_are_those_of_salib_but_for_the_variance():
    """SALib takes the variance of all base points, we take it from pairs; the squares of what a factor changes are the same."""
    box = dict.fromkeys("abc", (0.0, 1.0))
    design = make_design(function_factors(box), "sobol", 64, seed=1)
    values = _product(*design.realised.T[:3])
    of_salib = salib_sobol.analyze(design.problem, values, calc_second_order=False, num_resamples=2, seed=1)
    ends = np.concatenate([values[:: design.stride], values[design.stride - 1 :: design.stride]])
    ours = sobol_indices(design, values)
    np.testing.assert_allclose(ours.total * variance(design, values), of_salib["ST"] * np.var(ends), rtol=1e-12)


@pytest.mark.parametrize("second_order", [False, True])
@pytest.mark.parametrize("known", [0.25, 1.0, None])
def test_intervals_hold_what_is_true_as_often_as_they_say(second_order, known):
    """Of a product with luck of a third of its variance that each factor reshuffles, known at so many of the base points."""
    sd = np.sqrt(_VARIANCE_OF_PRODUCT / 2) if known else 0.0
    share = 1 / 1.5 if known else 1.0
    held = np.zeros(3)
    for seed in range(1, 61):
        design = make_design(function_factors(dict.fromkeys("abc", (0.0, 1.0))), "sobol", 64, seed, second_order)
        _, point = np.unique(design.realised[:, :3], axis=0, return_inverse=True)  # the dummy reshuffles nothing
        one, other = sd * np.random.default_rng(seed).normal(size=(2, len(point)))[:, point.ravel()]
        luck = (one - other) / np.sqrt(2)
        luck[int(64 * (known or 1.0)) * design.stride :] = np.nan
        found = sobol_indices(design, _product(*design.realised.T[:3]) + one, luck)
        held += np.abs(found.total[:3] - share * _TOTAL_OF_PRODUCT) <= found.total_half[:3]
    # Sixty 95% intervals hold it 57 times; fewer than 51 times is wrong once in a hundred. More often is no fault: the
    # bootstrap does not know that the points are spread out evenly.
    assert held.min() >= 51


def test_the_level_of_a_seed_is_no_part_of_any_index():
    design = make_design(function_factors(dict.fromkeys("abc", (0.0, 1.0))), "sobol", 64, 1, second_order=True)
    values = _product(*design.realised.T[:3])
    levels = np.repeat(np.random.default_rng(1).normal(size=design.n), design.stride)
    plain, shifted = sobol_indices(design, values), sobol_indices(design, values + 100.0 * levels)
    for name in ("first", "first_half", "total", "total_half", "second", "second_half"):
        np.testing.assert_allclose(getattr(plain, name), getattr(shifted, name), atol=1e-9)


def test_every_kind_of_factor_has_its_share_of_an_additive_model():
    found = sensitivity.sobol(mixed, vary=MIXED, n=512, curves=0)
    first, total = column(found, "first"), column(found, "total")
    everything = sum(MIXED_VARIANCES.values())
    for name, part in MIXED_VARIANCES.items():
        assert total[name] == pytest.approx(part / everything, abs=0.02)
        assert first[name] == pytest.approx(part / everything, abs=0.04)
    assert found.overview["first_sum"].iloc[0] == pytest.approx(1.0, abs=0.05)


def test_morris_measures_an_additive_model_exactly():
    found = sensitivity.morris(mixed, vary=MIXED, n=12, curves=0)
    mu_star, sigma = column(found, "mu_star"), column(found, "sigma")
    assert mu_star["number"] == pytest.approx(6.0) and mu_star["whole"] == pytest.approx(4.0)
    assert mu_star["switch"] == pytest.approx(2.0) and mu_star["dummy"] == 0.0
    for name in ("number", "whole", "switch", "dummy"):
        assert sigma[name] == pytest.approx(0.0, abs=1e-9)
    assert column(found, "mu")["number"] == pytest.approx(6.0)


def test_elementary_effects_of_numbers_are_those_of_salib():
    design = make_design(function_factors({f"x{k}": (0.0, 1.0) for k in range(5)}), "morris", 20, seed=4)
    values = np.sin(3 * design.realised[:, 0]) + design.realised[:, 1] * design.realised[:, 2] ** 2
    ours = morris_indices(design, values, resamples=4000)
    theirs = salib_morris.analyze(design.problem, design.realised, values, num_resamples=4000, seed=1)
    for name in ("mu", "mu_star", "sigma"):
        np.testing.assert_allclose(getattr(ours, name), theirs[name], atol=1e-12)
    # SALib's intervals take the few resampled trajectories for many: 1.96 of their spread, where Student's t has more.
    reach = student_t.ppf(0.975, 19) * np.sqrt(20 / 19) / 1.96
    np.testing.assert_allclose(ours.mu_star_half, reach * theirs["mu_star_conf"], rtol=0.1, atol=1e-12)


def test_whole_numbers_that_a_step_leaves_alone_have_the_effects_of_the_others():
    """A law may be so narrow that a step of the grid rounds to the same whole number at both ends."""
    design = make_design(function_factors({"spells": range(5), "x": (0.0, 1.0)}), "morris", 40, seed=1)
    realised = design.realised.copy()
    realised[: 10 * design.stride, 0] = 3.0
    found = morris_indices(replace(design, realised=realised), 2.0 * realised[:, 0] + realised[:, 1])
    assert found.used.tolist() == [30, 40, 40], "steps that change no whole number show nothing"
    assert found.mu_star == pytest.approx([8.0, 1.0, 0.0]), "2 a spell, from 0 to 4"


def test_a_category_whose_neighbours_differ_matters():
    """A grid with equal steps would compare a with c and b with d, which are alike."""
    found = sensitivity.morris(
        lambda kind, x: 100.0 * (kind in "bd") + x, vary={"kind": list("abcd"), "x": (0.0, 1.0)}, n=40, curves=0
    )
    assert found.leading(1) == ["kind"] and column(found, "verdict")["kind"] == "matters"
    # Two of any three others differ from a value by 100: 66.7 on average, 24 of 40 effects or more but once in a hundred.
    assert column(found, "mu_star")["kind"] == pytest.approx(200 / 3, abs=20.0)


def test_what_few_trajectories_never_showed_is_not_called_small():
    verdicts = {}
    for n in (8, 40):
        found = sensitivity.morris(lambda a, b: a + 5.0 * (a > 2.0) * b, vary=UNIT, n=n, curves=0)
        verdicts[n] = column(found, "verdict")["b"]
        assert column(found, "mu_star")["b"] == 0.0
    assert verdicts == {8: "unclear", 40: "small"}, "of 8 tries without effect 3/8 of all may have one"


def test_factors_judged_together_have_the_index_of_their_group():
    factors = tuple(
        Factor(name, "number", 0.0, 1.0, group=group) for name, group in zip("abc", ("", "two", "two"), strict=True)
    )
    plan = Plan(factors, "sobol", 512, (1, 2), curve_factors=0)
    found = carry_out(plan, FunctionEvaluator({"f": lambda a, b, c: a + b + c}))
    assert found.design.stride == 5 and column(found, "total") == pytest.approx(
        {"a": 1 / 3, "two": 2 / 3, "dummy": 0.0}, abs=0.02
    )
    screened = carry_out(
        Plan(factors, "morris", 8, (1, 2), curve_factors=0), FunctionEvaluator({"f": lambda a, b, c: a + b + c})
    )
    assert np.isnan(column(screened, "sigma")["two"]) and column(screened, "mu_star")["a"] == pytest.approx(1.0)


# Differences between two models.


def test_what_two_models_share_cancels_in_their_difference():
    def shared(a: float, b: float, seed: int) -> float:
        return 100.0 * a + 50.0 * noise(seed)

    def changed(a: float, b: float, seed: int) -> float:
        return shared(a, b, seed) + b

    found = sensitivity.sobol(shared, changed, vary=UNIT, n=256)
    assert column(found, "total", measure="level")["a"] == pytest.approx(1.0, abs=0.01)
    assert column(found, "total", measure="difference") == pytest.approx({"a": 0.0, "b": 1.0, "dummy": 0.0}, abs=0.01)
    difference = found.overview.loc[found.overview["measure"] == "difference"].iloc[0]
    assert difference["mean"] == pytest.approx(0.5, abs=0.01) and difference["noise_share"] == pytest.approx(
        0.0, abs=1e-6
    )


@pytest.mark.parametrize("rounding", [0.0, 1e-13])
def test_equal_models_have_no_indices_and_say_so(rounding):
    def one(a: float, b: float) -> float:
        return 10.0 + a * b

    def same(a: float, b: float) -> float:
        return one(a, b) + rounding * sin(1e6 * a)  # what another order of summing leaves

    found = sensitivity.sobol(one, same, vary=UNIT, n=64)
    difference = found.overview.loc[found.overview["measure"] == "difference"].iloc[0]
    assert difference["note"] == "constant"
    assert np.isnan(list(column(found, "total", measure="difference").values())).all(), (
        "an index of nothing became a number"
    )


@pytest.mark.parametrize(("points", "note"), [(0.4, "slight"), (0.6, "")])
def test_changes_too_small_to_tell_are_called_slight(points, note):
    """Half a point of satisfaction is the floor of precision; which factor makes up less than that is no one's question."""

    def reform(a: float, b: float) -> dict[str, float]:
        return {"satisfaction": 0.7 + 0.1 * a + points / 100.0 / 0.95 * b}

    found = sensitivity.sobol(lambda a, b: {"satisfaction": 0.7 + 0.1 * a}, reform, vary=UNIT, n=256, curves=0)
    assert found.overview["note"].tolist() == ["", note]
    assert column(found, "total", measure="difference")["b"] == pytest.approx(1.0, abs=0.01)


def test_a_rare_calamity_is_not_slight():
    def reform(a: float, b: float) -> dict[str, float]:
        return {"response_time": 90.0 + 500.0 * b * (a > 0.96)}

    found = sensitivity.sobol(lambda a, b: {"response_time": 90.0 + a}, reform, vary=UNIT, n=256, curves=0)
    line = found.overview.iloc[1]
    assert line["note"] == "" and line["high"] < 1.0 < line["mean"], "nine in ten points hardly change, and it counts"


# Luck.


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


def test_the_noise_share_is_estimated_as_it_is():
    # Variance of a over points 1/12; luck of its own at each point: variance 0.04 a run; luck common to all points: 0.25.
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.2 * noise(seed, a, b) + 0.5 * noise(seed)

    found = sensitivity.sobol(lucky, vary=UNIT, n=1024, seeds=2, curves=0)
    line, own = found.overview.iloc[0], 0.04 / 4
    assert line["noise_share"] == pytest.approx(own / (1 / 12 + own), rel=0.1)  # some 2,000 points: 3% error
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


def test_a_function_may_give_more_at_some_points_than_at_others():
    def by_part(a: float, b: float) -> dict[str, float]:
        return {"x": a} | ({"y": b} if a > 0.9 else {})

    found = sensitivity.sobol({"f": by_part}, vary=UNIT, n=64, second_block=16, curves=0)
    assert found.overview.set_index("indicator")["note"].to_dict() == {"x": "", "y": "missing"}
    assert set(found.failures["reason"]) == {"not measured"} and set(found.failures["indicator"]) == {"y"}


def test_tables_have_all_their_columns_even_if_there_is_nothing_to_tell():
    for method in (sensitivity.sobol, sensitivity.morris):
        found = method(lambda a, b: 1.0, vary=UNIT, n=16, curves=0)
        assert found.overview["note"].item() == "constant" and np.isnan(found.overview["noise_share"].item())
        assert found.table().isna().all(axis=None) and found.leading() == []


@pytest.mark.parametrize("values", [[1, 1, 2], 3, "abc", [1.0, np.nan]])
def test_values_of_a_function_are_checked_however_they_are_given(values):
    with pytest.raises(ValueOutOfRangeError):
        function_factors({"kind": {"values": values}})


def test_two_numbers_can_be_values_of_a_function():
    (factor,) = function_factors({"kind": {"values": [1, 5]}})
    assert (factor.kind, factor.values) == ("category", (1, 5))


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


def test_rankings_are_compared_from_the_top():
    many = np.arange(20.0, 0.0, -1.0)
    first_places, last_places = many.copy(), many.copy()
    first_places[[0, 1]], last_places[[18, 19]] = many[[1, 0]], many[[19, 18]]
    assert top_down_correlation(many, many) == pytest.approx(1.0)
    assert top_down_correlation(many, first_places) < top_down_correlation(many, last_places) < 1.0


def test_functions_with_several_outcomes_give_each_its_indices():
    found = sensitivity.sobol(lambda a, b: {"of_a": a, "of_b": b}, vary=UNIT, n=64, curves=0)
    assert column(found, "total", indicator="of_a")["a"] == pytest.approx(1.0, abs=0.02)
    assert column(found, "total", indicator="of_b")["a"] == pytest.approx(0.0, abs=0.02)
    assert found.table().shape == (3, 2)


# One factor at a time.


def test_the_sign_of_a_difference_changes_where_it_does():
    def before(a: float, b: float, seed: int) -> float:
        return 5.0 * noise(seed)

    def after(a: float, b: float, seed: int) -> float:
        return before(a, b, seed) + a - 0.3 + 0.01 * noise(seed, a)

    found = sensitivity.sobol(before, after, vary=UNIT, n=64, seeds=4)
    assert len(found.thresholds) == 1
    line = found.thresholds.iloc[0]
    assert line["factor"] == "a" and (line["before"], line["after"]) == (-1, 1)
    assert line["low"] < 0.3 < line["high"] and line["threshold"] == pytest.approx(0.3, abs=0.02)
    curve = found.curves.loc[(found.curves["factor"] == "a") & (found.curves["measure"] == "difference")]
    held = (curve["low"] <= curve["place"] - 0.3) & (curve["place"] - 0.3 <= curve["high"])
    assert held.mean() > 0.6 and curve["place"].tolist() == np.linspace(0, 1, 9).tolist()


def test_a_sign_that_may_be_luck_does_not_change():
    def after(a: float, b: float, seed: int) -> float:
        return a - 0.5 + 5.0 * noise(seed, a, b)

    found = sensitivity.sobol(lambda a, b: 0.0, {"after": after}, vary=UNIT, n=64, seeds=4)
    assert found.thresholds.empty


def test_a_category_has_a_change_of_sign_but_no_threshold():
    def after(kind: str) -> float:
        return {"low": -1.0, "high": 1.0}[kind]

    found = sensitivity.morris({"before": lambda kind: 0.0, "after": after}, vary={"kind": ["low", "high"]}, n=4)
    line = found.thresholds.iloc[0]
    assert np.isnan(line["threshold"]) and (line["low_value"], line["high_value"]) == ("low", "high")


def test_analysis_needs_only_numbers():
    """The statistics know nothing of streets or functions: an array of the right shape is enough."""
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1)
    values = design.realised[:, 0][:, None, None].repeat(2, axis=1)
    tables = analyse(
        design, Evaluation(values, (Outcome("any", "thing"),)), 1000, Sampling(design.n, True, np.zeros(design.n, int))
    )
    assert tables.indices.set_index("factor").loc["a", "total"] == pytest.approx(1.0, abs=0.02)
