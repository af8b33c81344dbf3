"""Runs without a number, and SALib's traps, each fallen into beside what we do about it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from math import pi

import numpy as np
import pytest
from known_functions import UNIT, column, ishigami
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from SALib.sample import sobol as salib_sample

from experiments import sensitivity
from experiments.sensitivity_design import make_design
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_morris import morris_indices
from experiments.sensitivity_sobol import sobol_indices
from model.errors import ContradictionError, JiedaoError, ValueOutOfRangeError


def test_failed_runs_are_named_and_left_out_and_never_zeros():
    def fragile(a: float, b: float) -> float:
        if a > 0.995:
            raise ValueError("a is too large")
        return float("nan") if b > 0.995 else 10.0 + a + b

    found = sensitivity.sobol(fragile, vary=UNIT, n=256, curves=0)
    assert column(found, "total") == pytest.approx({"a": 0.5, "b": 0.5, "dummy": 0.0}, abs=0.06)
    line = found.overview.iloc[0]
    assert 240 < line["used"] < 256 == line["asked"] and line["low"] > 10.0
    assert {"ValueError: a is too large", "is nan"} <= set(found.failures["reason"])
    failed = found.failures.loc[found.failures["reason"] == "is nan", "point"].iloc[0]
    assert found.design.point(failed)["b"] > 0.995


def test_too_many_failures_leave_no_index():
    def broken(a: float, b: float) -> float:
        return a + b if a < 0.9 else float("inf")

    found = sensitivity.sobol(broken, vary=UNIT, n=64, curves=0)
    assert found.overview["note"].iloc[0] == "missing" and len(found.failures) > 0
    assert "total" not in found.indices or found.indices["total"].isna().all()
    with pytest.raises(JiedaoError, match="no run gave a number; the first: ZeroDivisionError"):
        sensitivity.sobol(lambda a, b: a / 0, vary=UNIT, n=16)


# SALib's traps, beside what we do about them.


def test_salib_turns_one_nan_into_nothing_and_we_refuse_it():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1)
    values = design.realised.sum(axis=1)
    values[17] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trapped = salib_sobol.analyze(design.problem, values, calc_second_order=False, seed=1)
    assert not np.any(np.nan_to_num(trapped["ST"])), "SALib gives no index and does not complain"
    with pytest.raises(ValueOutOfRangeError, match=r"1 of 320 points have no finite value, the first is point 17"):
        sobol_indices(design, values)
    walk = make_design(function_factors(UNIT), "morris", 4, seed=1)
    with pytest.raises(ValueOutOfRangeError, match="infinite"):
        morris_indices(walk, np.full(16, np.inf))
    with pytest.raises(ContradictionError, match=r"17 values for 4 trajectories of 4 points"):
        morris_indices(walk, np.zeros(17))


def test_a_missing_run_costs_the_two_effects_that_it_ends():
    design = make_design(function_factors({f"x{k}": (0.0, 1.0) for k in range(30)}), "morris", 10, seed=1)
    values = 2.0 * design.realised.sum(axis=1)
    values[40] = np.nan
    found = morris_indices(design, values, resamples=1000)
    assert sorted(found.used)[:3] == [9, 9, 10] and found.used.sum() == 31 * 10 - 2
    np.testing.assert_allclose(found.mu_star[:-1], 2.0)
    values[design.stride * 4 :] = np.nan
    assert np.isnan(morris_indices(design, values, resamples=1000).mu_star).all(), "four effects of ten are not enough"


def test_salib_draws_some_factors_alike_in_both_base_points_and_we_do_not():
    """Twenty-four equal factors at 64 points. In a Sobol' sequence it is the same columns whatever the seed, so that the interval
    of such a factor misses its index in most designs; right intervals miss it in one of twenty."""
    factors = function_factors({f"x{k}": (0.0, 1.0) for k in range(24)})
    misses, misses_of_salib = [], []
    for seed in range(1, 21):
        ours = make_design(factors, "sobol", 64, seed)
        theirs = replace(ours, realised=salib_sample.sample(ours.problem, 64, calc_second_order=False, seed=seed))
        for design, missed in ((ours, misses), (theirs, misses_of_salib)):
            found = sobol_indices(design, design.realised[:, :-1].sum(axis=1))
            missed.append(np.abs(found.total - 1 / 24)[:-1] > found.total_half[:-1])
    assert np.mean(misses_of_salib, axis=0).max() > 0.5, "a factor that most designs judge wrongly"
    assert np.mean(misses, axis=0).max() <= 0.3 and np.mean(misses) < 0.1


def test_salib_takes_values_of_another_design_and_we_do_not():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1, second_order=True)
    values = make_design(function_factors(UNIT), "sobol", 128, seed=2).realised.sum(
        axis=1
    )  # 640 values, 8 to a stretch
    trapped = salib_sobol.analyze(design.problem, values, seed=1)
    assert np.isfinite(trapped["ST"]).all(), "SALib only asks whether the division comes out even"
    with pytest.raises(ContradictionError, match=r"640 values for a design of 512 points in stretches of 8"):
        sobol_indices(design, values)


def test_salib_takes_seed_0_for_none_and_we_do_not():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=0)
    values = design.realised[:, 0] + design.realised[:, 1] ** 2
    trapped = [
        salib_sobol.analyze(design.problem, values, calc_second_order=False, seed=0)["ST_conf"] for _ in range(2)
    ]
    assert not np.array_equal(*trapped)
    ours = [sobol_indices(design, values).total_half for _ in range(2)]
    np.testing.assert_array_equal(*ours)


@pytest.mark.parametrize("resamples", [100, 999, 0, True])
def test_a_hundred_resamples_are_refused(resamples):
    with pytest.raises(ValueOutOfRangeError, match=r"resamples: found .*from 1,000"):
        sensitivity.sobol(ishigami, vary={f"x{k}": (-pi, pi) for k in (1, 2, 3)}, resamples=resamples)


def test_salib_takes_a_switch_for_a_third_of_the_way_and_we_take_the_whole_way():
    design = make_design(function_factors({"on": [False, True], "x": (0.0, 1.0)}), "morris", 10, seed=1)
    values = 5.0 * design.realised[:, 0] + design.realised[:, 1]
    trapped = salib_morris.analyze(design.problem, design.realised, values, seed=1)["mu_star"][0]
    assert trapped == pytest.approx(7.5)
    assert morris_indices(design, values, resamples=1000).mu_star[0] == pytest.approx(5.0)
