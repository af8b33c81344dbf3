"""The estimators of sensitivity indices, on arrays: equal to SALib's where they should be, sure as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_functions import MIXED, column, mixed
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy.stats import t as student_t

from experiments import sensitivity
from experiments.sensitivity_design import make_design
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_indices import top_down_correlation
from experiments.sensitivity_morris import morris_indices
from experiments.sensitivity_sobol import sobol_indices, variance


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


def test_rankings_are_compared_from_the_top():
    many = np.arange(20.0, 0.0, -1.0)
    first_places, last_places = many.copy(), many.copy()
    first_places[[0, 1]], last_places[[18, 19]] = many[[1, 0]], many[[19, 18]]
    assert top_down_correlation(many, many) == pytest.approx(1.0)
    assert top_down_correlation(many, first_places) < top_down_correlation(many, last_places) < 1.0
