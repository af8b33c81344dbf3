"""Sensitivity indices through our own pipeline: known answers, kinds of factors, differences, signs that change."""

from __future__ import annotations

from math import pi, sin

import numpy as np
import pytest
from known_functions import MIXED, MIXED_VARIANCES, UNIT, column, ishigami, mixed, noise

from experiments import sensitivity
from experiments.sensitivity_design import make_design
from experiments.sensitivity_factors import Factor, function_factors
from experiments.sensitivity_indices import Sampling, analyse
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import Evaluation, FunctionEvaluator, Outcome
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


def test_every_kind_of_factor_has_its_share_of_an_additive_model():
    found = sensitivity.sobol(mixed, vary=MIXED, n=512, curves=0)
    first, total = column(found, "first"), column(found, "total")
    everything = sum(MIXED_VARIANCES.values())
    for name, part in MIXED_VARIANCES.items():
        assert total[name] == pytest.approx(part / everything, abs=0.02)
        assert first[name] == pytest.approx(part / everything, abs=0.04)
    assert found.overview["first_sum"].iloc[0] == pytest.approx(1.0, abs=0.05)


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
