"""Studies that go on only for what is not sure yet: the same answers for fewer runs, with intervals that hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_functions import UNIT
from sensitivity_studies import jiedao, study_file

from experiments import sensitivity
from experiments.sensitivity_design import make_design
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_folder import read_folder
from experiments.sensitivity_members import member_effects
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import FunctionEvaluator
from experiments.sensitivity_sobol import sobol_indices
from model.errors import ValueOutOfRangeError

NARROWED = ((64, ("b",)),)


@pytest.mark.parametrize("second_order", [False, True])
def test_what_was_run_gives_what_it_gives_in_the_whole_design(second_order):
    whole = make_design(function_factors(UNIT), "sobol", 256, 1, second_order)
    design = make_design(function_factors(UNIT), "sobol", 256, 1, second_order, NARROWED)
    values = np.exp(whole.realised[:, 0] + 2 * whole.realised[:, 1])
    assert design.asked[:64].all() and not design.asked[64:].all()
    known = np.where(design.asked.ravel(), values, np.nan)
    found, first, every = (
        sobol_indices(design, known),
        sobol_indices(whole, values[: 64 * whole.stride]),
        sobol_indices(whole, values),
    )
    assert found.base_points.tolist() == [64, 256, 256], "a, b and the dummy"
    # The same sums, shared out over a variance that is known from other points.
    one, all_of_it = found.total[0] / first.total[0], found.total[1] / every.total[1]
    assert one == pytest.approx(1.0, rel=0.1) and all_of_it == pytest.approx(1.0, rel=0.05)
    assert found.total_half[0] > 1.5 * every.total_half[0] and found.total_half[1] < 1.3 * every.total_half[1]


@pytest.mark.parametrize("second_order", [False, True])
def test_intervals_of_a_narrowed_design_hold_as_often_as_they_say(second_order):
    """Of sixty 95% intervals 57; fewer than 51 is wrong seven times in ten thousand."""
    held = np.zeros(2)
    truth = _totals_of_product()
    for seed in range(1, 61):
        design = make_design(function_factors(UNIT), "sobol", 192, seed, second_order, ((48, ("b",)),))
        a, b, _ = design.realised.T
        values = np.where(design.asked.ravel(), np.exp(2.0 * a + b), np.nan)
        luck = np.random.default_rng(seed).normal(size=len(values)) * 1e-3
        luck[48 * design.stride :] = np.nan
        found = sobol_indices(design, values, luck)
        held += np.abs(found.total[:2] - truth) <= found.total_half[:2]
    assert held.min() >= 51


def _totals_of_product() -> np.ndarray:
    """Exact total indices of exp(2 a + b) for uniform a and b."""
    means = np.array([(np.exp(2) - 1) / 2, np.e - 1])
    squares = np.array([(np.exp(4) - 1) / 4, (np.exp(2) - 1) / 2])
    return (squares - means**2) * squares.prod() / squares / (squares.prod() - means.prod() ** 2)


def test_only_what_a_narrowed_design_leaves_out_may_be_missing():
    design = make_design(function_factors(UNIT), "sobol", 128, 1, True, NARROWED)
    values = np.where(design.asked.ravel(), design.realised[:, 0] + design.realised[:, 1], np.nan)
    broken = values.copy()
    broken[100 * design.stride] = np.nan
    with pytest.raises(ValueOutOfRangeError, match=r"1 of .* points have no finite value"):
        sobol_indices(design, broken)
    broken = values.copy()
    broken[100 * design.stride + 2] = np.nan  # A with b from B, while B with b from A is there
    with pytest.raises(ValueOutOfRangeError, match=r"1 of .* points have no finite value"):
        sobol_indices(design, broken)


def test_a_study_goes_on_only_for_what_is_not_sure_yet():
    box = dict.fromkeys(("rare", "plain", "small", "idle"), (0.0, 1.0))
    made: list[tuple[float, ...]] = []

    def calamity(rare: float, plain: float, small: float, idle: float) -> float:
        made.append((rare, plain, small, idle))
        return 8.0 * (rare > 0.97) * plain + 4.0 * plain + 0.2 * small

    plan = Plan(
        function_factors(box),
        "sobol",
        64,
        (1, 2),
        second_block=32,
        second_order=True,
        half_width=0.04,
        most_runs=10**6,
        curve_factors=0,
    )
    told: list[str] = []
    found = carry_out(plan, FunctionEvaluator({"level": calamity}), told.append)
    assert found.half_width_reached and found.design.n >= 256
    _, names = found.design.narrowed[0]
    assert "rare" in names and not {"small", "idle"} & set(names) and names[0] in told[0]
    points = found.indices.set_index("factor")["base_points"]
    assert points["small"] == points["idle"] < points["rare"] == points["dummy"] == found.design.n
    asked = found.design.asked
    assert len(found.outcomes) == asked.sum() + asked[:32].sum() < 0.75 * asked.size
    assert found.outcomes.notna().all().all()
    total = found.indices.set_index("factor")["total"]
    assert total["small"] + total["idle"] < 0.01 and total["rare"] > total["small"]
    assert len(set(made)) <= found.design.asked.sum()


def test_what_a_factor_does_too_rarely_to_show_at_first_is_not_called_small():
    """By how much less the stretches that have a factor vary than all do is left open: its interval holds the truth."""

    def rarely(rare: float, plain: float, two: float) -> float:
        return 12.0 * (rare > 0.99) + 3.0 * plain + 2.0 * plain * (two > 0.8)

    # Variances: 144 x 0.01 x 0.99; of plain (3 + 2 s)^2 / 12 on average over s (1 in 5), and 4 x 0.16 x the mean of plain, squared.
    parts = {"rare": 1.4256, "plain": (9 + 12 * 0.2 + 4 * 0.2) / 12, "two": 4 * 0.16 / 4}
    truth = parts["rare"] / sum(parts.values())
    held = called_small = narrowed = 0
    for seed in range(30):
        plan = Plan(
            function_factors(dict.fromkeys(parts, (0.0, 1.0))), "sobol", 64, (1, 2), second_order=True, sample_seed=seed,
            half_width=0.05, most_runs=20_000, curve_factors=0,
        )  # fmt: skip
        found = carry_out(plan, FunctionEvaluator({"level": rarely}))
        row = found.indices.set_index("factor").loc["rare"]
        held += row["total_low"] <= truth <= row["total_high"]
        called_small += row["verdict"] == "small"
        narrowed += bool(found.design.narrowed)
    assert held >= 25 and called_small == 0 and narrowed >= 20, (
        "of thirty 95% intervals; fewer than 25 once in a thousand"
    )


def test_half_a_sample_is_half_of_the_base_points_that_a_factor_has():
    design = make_design(function_factors(UNIT), "sobol", 128, 1, True, NARROWED)
    values = np.where(design.asked.ravel(), np.exp(design.realised[:, 0] + design.realised[:, 1]), np.nan)
    whole = make_design(function_factors(UNIT), "sobol", 128, 1, True)
    first = np.exp(whole.realised[:, 0] + whole.realised[:, 1])
    found = sobol_indices(design, values).half_sample
    for place, stretches in ((0, 32), (1, 64)):
        part = sobol_indices(
            make_design(function_factors(UNIT), "sobol", stretches, 1, True), first[: stretches * whole.stride]
        )
        assert found[place] == pytest.approx(part.total[place])


def test_members_are_told_from_the_base_points_that_their_group_has():
    factors = [replace(f, group="" if f.name == "a" else "rest") for f in function_factors({**UNIT, "c": (0.0, 1.0)})]
    design = make_design(factors, "sobol", 256, 1, True, ((128, ("a",)),))
    a, b, c, _ = design.realised.T
    values = np.where(design.asked.ravel(), a + 2.0 * b + 0.0 * c, np.nan)
    rows = {row["factor"]: row for row in member_effects(design, np.ones(len(values), dtype=bool), values)}
    assert (
        rows["b"]["stands_out"] and rows["b"]["share"] == pytest.approx(0.8, abs=0.05) and not rows["c"]["stands_out"]
    )


def test_a_folder_tells_where_its_study_was_narrowed(streets, tmp_path):
    folder = tmp_path / "out"
    options = ["--study", study_file(tmp_path, n=16), "--runs", 6_000, "--half-width", 0.1, "--out", folder]
    said = jiedao("sensitivity", *options)
    found, stored = sensitivity.read(folder), read_folder(folder)
    (start, names), *_ = stored.manifest["narrowed"]
    assert start == 16 and "demand_factor" in names and "command_office_keeps_community" not in names
    assert "going on to 32 for demand_factor" in said.stderr
    assert found.design.asked.sum() == stored.manifest["points"] == len(found.outcomes) / 2
    assert stored.manifest["runs"] >= len(
        {(r.scenario, r.seed, str(r.draw), str(r.settings)) for r in streets.made if len(r.draw) + len(r.settings) > 1}
    )
    assert "from base point 17 on only for what was not sure enough: Demand factor" in (
        folder / "report.html"
    ).read_text("utf-8")
    made, indices = len(streets.made), (folder / "indices.parquet").read_bytes()
    (folder / "runs.sqlite").unlink()
    jiedao("sensitivity", *options, "--force")
    assert (folder / "indices.parquet").read_bytes() == indices
    assert len(streets.made) - made < 0.5 * made, "the design's runs were taken from its outcomes"
