"""How levers change parameters, how they combine, and in which order a scenario's values are put together."""

from __future__ import annotations

import dataclasses
import math
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.configuration import Change, Configuration
from model.errors import ContradictionError, ValueOutOfRangeError
from model.parameters import PARAMETERS, Parameter
from model.parameters.declaration import integer, number, share
from model.parameters.declaration import switch as switch_parameter
from scenarios import catalogue, cost_of, load
from scenarios.loader import apply_effects
from scenarios.operations import Effect, combine, shift, switch, towards
from scenarios.schema import Lever, Rollout
from scenarios.shelf import all_entries, all_streets

STRENGTHS = st.floats(0.0, 1.0)
SHARES = st.floats(0.001, 0.999)
POSITIVE = st.floats(0.01, 1e6)
OPERATION = st.sampled_from(["scale", "shift", "amount", "towards", "switch"])
SIZED = st.lists(st.tuples(st.floats(0.1, 4.0), STRENGTHS), min_size=2, max_size=4)

TEXTS = ("Title", "标题", "For tests.")
REGISTRY: dict[str, Parameter] = {
    p.name: p
    for p in (
        number("hours", "hours", (1, 2, 4), "capacity", *TEXTS, maximum=40),
        integer("posts", "count", (2, 4, 8), "capacity", *TEXTS),
        share("accuracy", (0.7, 0.8, 0.9), "information", *TEXTS),
        share("new_layers", (0, 0, 1), "structure", *TEXTS),
        switch_parameter("form", False, "structure", *TEXTS),
    )
}
BASE = {name: parameter.best for name, parameter in REGISTRY.items()}


def effect(lever: str, parameter: str, operation: str, size: float, reach: float = 1.0) -> Effect:
    return Effect(lever, parameter, operation, size, reach)


# The operations.


@given(x=POSITIVE, sized=SIZED, data=st.data())
def test_the_order_of_levers_changes_no_bit(x, sized, data):
    effects = [(effect(f"lever{i}", "hours", "scale", size), s) for i, (size, s) in enumerate(sized)]
    effects += [(effect(f"grant{i}", "hours", "amount", size), s) for i, (size, s) in enumerate(sized)]
    assert combine(x, data.draw(st.permutations(effects))) == combine(x, effects)


@given(x=SHARES, sized=SIZED, data=st.data())
def test_shifts_commute_and_stay_shares(x, sized, data):
    effects = [(effect(f"lever{i}", "accuracy", "shift", size), s) for i, (size, s) in enumerate(sized)]
    value = combine(x, effects)
    assert combine(x, data.draw(st.permutations(effects))) == value
    assert 0.0 <= value <= 1.0


@given(x=SHARES, step=st.floats(-4, 4), strength=STRENGTHS)
def test_a_shift_moves_the_logit_by_strength_times_step(x, step, strength):
    def logit(p: float) -> float:
        return math.log(p) - math.log1p(-p)

    assert logit(shift(x, step, strength)) - logit(x) == pytest.approx(strength * step, abs=1e-9)


@given(x=SHARES, size=st.floats(0.1, 0.9), operation=OPERATION)
def test_strength_zero_is_absence_to_the_bit(x, size, operation):
    assert combine(x, [(effect("lever", "accuracy", operation, size), 0.0)]) == x


@given(x=SHARES, target=SHARES, parts=st.lists(st.tuples(STRENGTHS, STRENGTHS), min_size=1, max_size=4))
def test_the_remaining_gap_multiplies(x, target, parts):
    effects = [(effect(f"lever{i}", "accuracy", "towards", target, reach), s) for i, (s, reach) in enumerate(parts)]
    expected = target - (target - x) * math.prod(1 - s * reach for s, reach in parts)
    assert combine(x, effects) == pytest.approx(expected, abs=1e-12)


def test_full_strength_arrives_exactly():
    assert towards(0.1, 0.7, 1.0) == 0.7
    assert switch(0.1, 0.7, 1.0) == 0.7
    assert combine(2.0, [(effect("lever", "hours", "scale", 0.5), 1.0)]) == 1.0


def test_scale_comes_before_amount_whoever_is_named_first():
    more = (effect("a", "hours", "amount", 3.0), 1.0)
    double = (effect("b", "hours", "scale", 2.0), 1.0)
    assert combine(1.0, [more, double]) == 5.0


def test_a_switch_is_a_share_of_grids_and_true_or_false_is_never_a_fraction():
    assert combine(0.0, [(effect("flat", "new_layers", "switch", 1.0), 0.25)]) == 0.25
    assert combine(False, [(effect("form", "form", "switch", True), 0.25)]) is True


def test_switches_to_one_value_reach_the_larger_share():
    effects = [(effect(name, "new_layers", "switch", 1.0), s) for name, s in (("a", 0.3), ("b", 0.5))]
    assert combine(0.0, effects) == 0.5


def test_two_switches_to_different_values_are_refused_by_name_unless_the_key_has_a_lattice():
    two, three = effect("two", "layers", "switch", 2), effect("three", "layers", "switch", 3)
    with pytest.raises(ContradictionError, match=r"'three' and 'two' contradict .*'layers': 3 and 2"):
        combine(4, [(two, 1.0), (three, 1.0)], lattices={})
    assert combine(4, [(two, 1.0), (three, 1.0)], lattices={"layers": min}) == 2
    assert combine(4, [(two, 1.0), (three, 0.0)], lattices={}) == 2


def test_the_shorter_list_of_layers_wins():
    layers = [(effect(name, "management_layers", "switch", n), 1.0) for name, n in (("a", 2), ("b", 3))]
    assert combine(4, layers) == 2


def test_a_switch_beside_another_operation_is_refused():
    effects = [
        (effect("a", "new_layers", "switch", 1.0), 1.0),
        (effect("b", "new_layers", "towards", 1.0), 1.0),
    ]
    with pytest.raises(ContradictionError, match=r"'b' and 'a' contradict .*: the operations towards and"):
        combine(0.0, effects)


def test_targets_that_differ_are_refused_by_name():
    effects = [
        (effect("a", "accuracy", "towards", 0.9), 0.5),
        (effect("b", "accuracy", "towards", 0.8), 0.5),
    ]
    with pytest.raises(ContradictionError, match=r"'a' and 'b' contradict .*0\.9 and 0\.8 as target"):
        combine(0.5, effects)


# Bounds and whole numbers.


def test_outside_the_bounds_is_refused_and_not_clipped():
    effects = [(effect(name, "hours", "scale", 5.0), 1.0) for name in ("a", "b")]
    assert apply_effects(BASE, effects[:1], REGISTRY)["hours"] == 10.0
    with pytest.raises(ValueOutOfRangeError, match=r"'a' and 'b': .*'hours': found 50\.0, .* from 0 to 40"):
        apply_effects(BASE, effects, REGISTRY)


def test_whole_numbers_stay_whole():
    posts = apply_effects(BASE, [(effect("a", "posts", "amount", 3.0), 0.5)], REGISTRY)["posts"]
    assert posts == 6 and isinstance(posts, int)


# Roll-out.


@given(start=st.integers(0, 60), weeks=st.integers(1, 60))
def test_a_roll_out_never_goes_back(start, weeks):
    rollout = Rollout(start, weeks)
    shares = [rollout.share(week) for week in range(140)]
    assert shares == sorted(shares)
    assert rollout.share(start - 1) == 0.0
    assert rollout.share(start) > 0.0
    assert rollout.share(start + weeks - 1) == 1.0


def grid_share(week: int, strength: float) -> float:
    runs = load("flatten_layers", settings={"flatten_layers.strength": strength})
    return runs.values_at(week)["command_office_grid_share"]


def test_grids_under_a_weaker_lever_are_among_those_under_a_stronger_one_in_every_week():
    for week in range(-2, 60, 5):
        assert grid_share(week, 0.25) <= grid_share(week, 0.5) <= grid_share(week, 1.0)
    assert grid_share(-1, 1.0) == 0.0
    assert 0.0 < grid_share(0, 1.0) < grid_share(3, 1.0) < grid_share(51, 1.0) == 1.0


# The configuration.


def configuration(**changes) -> Configuration:
    first = Configuration(
        scenario="test",
        street="typical",
        residents=1000,
        values={"a": 1.0, "b": 2, "c": False},
        changes=(Change(0, {"a": 2.0}), Change(3, {"a": 3.0, "c": True})),
    )
    return dataclasses.replace(first, **changes)


def test_values_in_force_by_week():
    runs = configuration()
    assert runs.values_at(-1) == {"a": 1.0, "b": 2, "c": False}
    assert runs.values_at(2) == {"a": 2.0, "b": 2, "c": False}
    assert runs.values_at(50) == {"a": 3.0, "b": 2, "c": True}
    assert runs.with_values(a=9.0).values_at(-1)["a"] == 9.0


def test_the_hash_knows_every_part_and_no_order():
    runs = configuration()
    same = configuration(values={"c": False, "b": 2, "a": 1.0})
    assert runs.configuration_hash == same.configuration_hash
    assert runs.configuration_hash == pickle.loads(pickle.dumps(runs)).configuration_hash
    others = [
        runs.with_values(b=3),
        configuration(changes=(Change(0, {"a": 2.0}),)),
        configuration(residents=1001),
        configuration(weeks=53),
        configuration(scenario="other"),
    ]
    hashes = {other.configuration_hash for other in others}
    assert len(hashes) == len(others)
    assert runs.configuration_hash not in hashes


def test_changes_out_of_order_or_without_a_base_are_refused():
    with pytest.raises(ValueError, match="week order"):
        configuration(changes=(Change(3, {"a": 1.0}), Change(0, {"a": 2.0})))
    with pytest.raises(ValueError, match="without a base value"):
        configuration(changes=(Change(3, {"z": 1.0}),))


# The loader: default, street, draw, --set, stresses, levers.


STREET = """
name = "test_street"
title_en = "Test"
title_zh = "测试"
residents = 5000
[parameters]
pool_share = 0.1
parking.rate_per_1000 = 100
[target_utilisation]
leader = 0.7
"""

LEVER = """
name = "more_pool"
title_en = "More"
title_zh = "更多"
mechanism = "m"
failure_mode = "f"
evidence = []
[cost]
one_off_yuan = [1, 2, 3]
yearly_yuan = [10, 20, 30]
[[effect]]
parameter = "money_per_resident"
operation = "scale"
factor = 2.0
"""

STRESS = """
name = "money_cut"
title_en = "Cut"
title_zh = "削减"
mechanism = "m"
[spell]
start_week = 4
weeks = 3
[[effect]]
parameter = "money_per_resident"
operation = "amount"
amount = -30
"""


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_layer_overrides_the_one_before(tmp_path):
    street = write(tmp_path, "street.toml", STREET)
    assert load("baseline").values["pool_share"] == PARAMETERS["pool_share"].best
    assert load("baseline", street).values["pool_share"] == 0.1
    draw = {"pool_share": 0.2, "petty_cash_yuan": 3000}
    assert load("baseline", street, draw=draw).values["pool_share"] == 0.2
    drawn_and_set = load("baseline", street, draw=draw, settings={"pool_share": 0.3})
    assert drawn_and_set.values["pool_share"] == 0.3
    assert drawn_and_set.values["petty_cash_yuan"] == 3000
    pooled = load("funds_pool", street, draw=draw, settings={"pool_share": 0.3})
    assert pooled.values["pool_share"] == 0.3
    assert pooled.values_at(52)["pool_share"] == 0.5


def test_a_street_file_sets_size_parameters_and_target_utilisation(tmp_path):
    runs = load("baseline", write(tmp_path, "street.toml", STREET))
    assert (runs.street, runs.residents) == ("test_street", 5000)
    assert runs.values["parking.rate_per_1000"] == 100.0
    assert runs.values["leader.target_utilisation"] == 0.7
    assert set(runs.values) == set(PARAMETERS)
    assert load("baseline", residents=3000).residents == 3000


def test_stresses_come_before_levers_and_end(tmp_path):
    lever, stress = write(tmp_path, "lever.toml", LEVER), write(tmp_path, "stress.toml", STRESS)
    runs = load(f"{lever}+{stress}")
    assert runs.scenario == "more_pool+money_cut"
    money = [runs.values_at(week)["money_per_resident"] for week in (-1, 0, 3, 4, 6, 7)]
    assert money == [80.0, 160.0, 160.0, 100.0, 100.0, 160.0]  # (80 - 30) x 2, not 80 x 2 - 30


def test_nothing_changes_before_week_0_unless_from_the_start():
    runs = load("flattening+funds_pool")
    assert runs.values == load("baseline").values
    assert min(change.week for change in runs.changes) == 0
    early = load("flattening", from_start=True)
    assert early.values["command_office_grid_share"] == 1.0
    assert early.changes == ()


def test_strength_zero_and_absence_are_one_configuration():
    nothing = load("funds_pool", settings={"funds_pool.strength": 0.0})
    baseline = load("baseline")
    assert (nothing.values, nothing.changes) == (baseline.values, baseline.changes)


def test_a_change_is_there_only_in_weeks_that_differ():
    runs = load("flatten_layers")
    weeks = all_entries()["flatten_layers"].rollout.weeks
    assert [change.week for change in runs.changes] == list(range(weeks))
    assert all(set(change.values) == {"command_office_grid_share"} for change in runs.changes)


def test_the_package_and_its_lever_are_one_reform():
    package, lever = load("flattening"), load("flatten_layers")
    assert (package.values, package.changes) == (lever.values, lever.changes)
    assert load("flattening+flatten_layers").changes == lever.changes


def test_cost_goes_with_strength(tmp_path):
    lever = write(tmp_path, "lever.toml", LEVER)
    assert cost_of("baseline") == ((0, 0, 0), (0, 0, 0))
    assert cost_of(lever, {"more_pool.strength": 0.5}) == ((0.5, 1, 1.5), (5, 10, 15))


def test_a_users_package_may_set_values_and_the_command_line_wins(tmp_path):
    text = 'name = "mine"\ntitle_en = "Mine"\ntitle_zh = "我的"\n[levers]\nfunds_pool = 0.5\n'
    path = write(tmp_path, "mine.toml", text + "[set]\npetty_cash_yuan = 1500\n")
    runs = load(path)
    assert runs.values["petty_cash_yuan"] == 1500.0
    assert runs.values_at(52)["pool_share"] == pytest.approx(0.375)
    assert load(path, settings={"petty_cash_yuan": 900}).values["petty_cash_yuan"] == 900.0


def test_a_file_name_may_contain_a_plus(tmp_path):
    assert load(write(tmp_path, "a+b.toml", LEVER)).scenario == "more_pool"


# The files that come with the program.


def test_every_street_and_entry_loads():
    for street in all_streets():
        assert set(load("baseline", street).values) == set(PARAMETERS)
    for name in all_entries():
        assert load(name).changes
    assert {"typical", "flatten_layers", "flattening", "funds_pool"} <= {item.name for item in catalogue()}


def test_every_lever_says_how_it_fails_and_where_it_does_nothing():
    for lever in all_entries().values():
        if not isinstance(lever, Lever):
            continue
        assert lever.failure_mode and lever.evidence and lever.neutraliser.values and lever.backfires.values
        for name, value in lever.backfires.values.items():
            assert PARAMETERS[name].low <= value <= PARAMETERS[name].high, name


def test_files_are_named_after_what_they_hold():
    for entry in [*all_entries().values(), *all_streets().values()]:
        assert Path(entry.source).stem == entry.name
