"""Who in a group does what the group does: found where it acts by itself, and not made up where nothing does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.sensitivity_design import Design, make_design
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_indices import KEY
from experiments.sensitivity_members import member_effects
from experiments.sensitivity_teller import member_sentences

BOX = {"alone": (0.0, 1.0), "switch": [False, True], **{f"x{k}": (0.0, 1.0) for k in range(40)}}


def _design(n: int, seed: int, second_order: bool) -> Design:
    factors = [replace(f, group="" if f.name == "alone" else "rest") for f in function_factors(BOX)]
    return make_design(factors, "sobol", n, seed, second_order)


def _rows(design: Design, values: np.ndarray) -> pd.DataFrame:
    every = np.ones(len(values), dtype=bool)
    return pd.DataFrame(member_effects(design, every, values)).set_index("factor")


@pytest.mark.parametrize("second_order", [False, True])
def test_members_that_act_by_themselves_are_found_with_their_share_and_sign(second_order):
    design = _design(512, 1, second_order)
    alone, switch, *rest = design.realised[:, :-1].T
    values = 3 * alone + 2 * switch - 3 * rest[7] + 4 * (rest[0] - 0.5) * (rest[1] - 0.5) + rest[2]
    variances = {"alone": 9 / 12, "switch": 1.0, "x7": 9 / 12, "x0 and x1": 16 / 144, "x2": 1 / 12}
    found = _rows(design, values)
    assert "alone" not in found.index and len(found) == 41 and set(found["group"]) == {"rest"}
    assert {"switch", "x7"} <= set(found.index[found["stands_out"]]) <= {"switch", "x7", "x2"}
    for name, sign in (("switch", 1), ("x7", -1)):
        assert found["share"][name] == pytest.approx(variances[name] / sum(variances.values()), abs=0.06)
        assert np.sign(found["correlation"][name]) == sign
    together = found.loc[["x0", "x1"]]
    assert not together["stands_out"].any(), "what acts only together with something else has no straight line"


def test_intervals_hold_the_correlation_where_an_effect_depends_on_other_factors():
    """Half of what x0 does turns its sign with x1: the outcome scatters more where x0 moves far."""
    held = 0
    for seed in range(1, 61):
        design = _design(128, seed, False)
        x0, x1 = (design.realised[:, 2 + k] - 0.5 for k in range(2))
        row = _rows(design, x0 + 6 * x0 * x1).loc["x0"]
        # Of a change by x0 alone: variance 2/12. Of the product, 36 (x0 x1 - x0' x1'): 2 x 36 / 144.
        held += row["correlation_low"] <= np.sqrt(1 / (1 + 3)) <= row["correlation_high"]
    assert held >= 51, "sixty 95% intervals; fewer is wrong once in a hundred"


def test_a_factor_that_is_a_group_by_itself_has_no_members():
    design = make_design(
        [replace(f, group=f.name[0]) for f in function_factors({"a": (0.0, 1.0), "b": (0.0, 1.0)})], "sobol", 16, 1
    )
    assert member_effects(design, np.ones(len(design.realised), dtype=bool), design.realised[:, 0]) == []


def test_nobody_stands_out_where_nothing_acts():
    false_alarms = 0
    for seed in range(1, 41):
        design = _design(64, seed, False)
        luck = np.random.default_rng(seed).standard_t(3, size=len(design.realised))
        false_alarms += _rows(design, luck + design.realised[:, 0])["stands_out"].any()
    assert false_alarms <= 7, "one of twenty groups by right; more than 7 of 40 is wrong once in a thousand"


def test_they_are_told_by_outcome_and_not_where_it_is_mostly_luck():
    design = _design(256, 1, False)
    rows = _rows(design, 2 * design.realised[:, 1]).reset_index().to_dict("records")
    keys = [
        dict(zip(KEY, key, strict=True)) for key in (("a", "level", "response_time"), ("b", "difference", "equity_gap"))
    ]
    members = pd.DataFrame([key | row for key in keys for row in rows])
    overview = pd.DataFrame([keys[0] | {"note": ""}, keys[1] | {"note": "luck"}])
    (english,) = member_sentences(members, overview, "en", {"a": "As it is"})
    (chinese,) = member_sentences(members, overview, "zh", {"a": "现状"})
    assert (
        "“rest”" in english and "As it is" in english and "switch (100%)" in english and "equity" not in english.lower()
    )
    assert "现状" in chinese and "switch（100%）" in chinese
    assert member_sentences(None, overview, "en") == []
