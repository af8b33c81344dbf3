"""Nothing that one scenario does shifts the luck of another: whole runs with one seed, compared by the names of requests.

Each need, its marks and every chance of its life have an address of their own, so a change reaches only what it acts on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from street_runs import INTRINSIC, one_more, rows_of, run, small_street

from model.codes import CLOSED, DAY, DECIDED, GATE_IN, HOUR, KIND_NAMES, ONSET, PARKING, SANITATION, WEEK
from model.run import Outcome
from scenarios.shelf import all_entries

PLENTY = 50.0  # times as many posts as are needed


@cache
def baseline() -> Outcome:
    return run(small_street())


def needs_of(outcome: Outcome) -> np.ndarray:
    """Name, time, kind and severity of all needs that arose, by name."""
    return rows_of(outcome, ONSET)[["name", "time", "reason", "amount"]]


def assert_same_luck(one: Outcome, other: Outcome, kinds_apart: tuple[int, ...] = ()) -> None:
    """Needs of `one` arise in `other` too, with the same marks, but for kinds that differ by intention."""
    before, after = needs_of(one), needs_of(other)
    before = before[~np.isin(before["reason"], kinds_apart)]
    assert len(before) > 300
    np.testing.assert_array_equal(after[np.isin(after["name"], before["name"])], before)
    _, i, j = np.intersect1d(one.cases["name"], other.cases["name"], return_indices=True)
    assert len(i) > 100
    for field in INTRINSIC:
        np.testing.assert_array_equal(one.cases[field][i], other.cases[field][j], field)


# --- Needs and their marks ---


def test_same_seed_same_bytes() -> None:
    again = run(small_street())
    assert again.log.tobytes() == baseline().log.tobytes()
    assert again.digests == baseline().digests
    other = run(small_street(), seed=2)
    assert not np.isin(needs_of(other)["name"], needs_of(baseline())["name"]).any()


def test_a_higher_rate_of_one_kind_adds_needs_of_this_kind_only() -> None:
    more = run(small_street(later={"parking.rate_per_1000": 400.0}))
    assert_same_luck(baseline(), more)
    added = needs_of(more)[~np.isin(needs_of(more)["name"], needs_of(baseline())["name"])]
    assert len(added) > 5
    assert set(added["reason"]) == {PARKING}
    assert added["time"].min() >= 2 * WEEK


def test_a_kind_that_does_not_exist_leaves_the_others_alone() -> None:
    without = run(small_street(sanitation__rate_per_1000=0.0))
    assert SANITATION not in needs_of(without)["reason"]
    assert_same_luck(without, baseline())


@pytest.mark.parametrize(
    "changes",
    [{"department_count": 13}, {"residents": 830}, {"line_count": 9}, {"scenario": "flattening+funds_pool"}],
    ids=["a department more", "residents more", "a line more", "reforms"],
)
def test_units_residents_and_reforms_shift_nobodys_luck(changes: Mapping[str, object]) -> None:
    assert_same_luck(baseline(), run(small_street(**changes)))


# --- Levers that have nothing to act on ---


@pytest.mark.parametrize("names", ["flatten_layers", "funds_pool", "flatten_layers+funds_pool"])
def test_no_strength_is_the_baseline_to_the_bit(names: str) -> None:
    nothing = run(small_street(names, **{f"{name}.strength": 0.0 for name in names.split("+")}))
    assert nothing.log_digest == baseline().log_digest
    assert nothing.digests == baseline().digests


NEUTRAL = {
    # Staff are set for the street's own reviews; where these take no time by a setting, none may move with them.
    "flatten_layers": {"command_office_posts_share": 0.0},
    "funds_pool": {},
}


@pytest.mark.parametrize("lever", NEUTRAL)
def test_a_lever_with_nothing_to_act_on_changes_no_event(lever: str) -> None:
    setting = {name.replace(".", "__"): value for name, value in all_entries()[lever].neutraliser.values.items()}
    setting |= NEUTRAL[lever]
    off, on = run(small_street(**setting)), run(small_street(lever, **setting))
    events_off, events_on = (of[of["event"] != DECIDED] for of in (off.log, on.log))
    assert len(on.log) > len(events_on), "the lever was not in force"
    np.testing.assert_array_equal(events_on, events_off)


def test_a_lever_that_acts_changes_events() -> None:
    for lever in NEUTRAL:
        acting = run(small_street(lever, money_per_resident=40.0))
        assert acting.log_digest != run(small_street(money_per_resident=40.0)).log_digest


# --- One more request ---


def with_one_more(kind: int, plenty: bool) -> tuple[Outcome, Outcome, int]:
    """A street that does not adapt, the same with one more need in week 2, and the name of that need."""
    configuration = small_street(money_per_resident=4000.0)
    staff = baseline().staff
    if plenty:
        staff = replace(staff, posts_per_1000={unit: PLENTY * posts for unit, posts in staff.posts_per_1000.items()})
    options = {"adaptation": False, "staff": staff}
    without = run(configuration, **options)
    after = one_more(2, resident=10, kind=kind, after=3 * DAY + 11 * HOUR)
    plus = run(configuration, inject=after, **options)
    (name,) = set(plus.log["name"]) - set(without.log["name"])
    return without, plus, name


@pytest.mark.parametrize("kind", [PARKING, SANITATION], ids=lambda kind: KIND_NAMES[kind])
def test_one_more_request_changes_nothing_before_it_comes(kind: int) -> None:
    without, plus, _ = with_one_more(kind, plenty=False)
    arrives = 2 * WEEK + 3 * DAY + 11 * HOUR
    past = without.log[without.log["time"] < arrives]
    assert len(past) > 1000
    np.testing.assert_array_equal(plus.log[plus.log["time"] < arrives], past)
    assert not np.array_equal(without.log, plus.log)


@pytest.mark.parametrize("kind", [PARKING, SANITATION], ids=lambda kind: KIND_NAMES[kind])
def test_where_nobody_waits_one_more_request_changes_nobody_elses_life(kind: int) -> None:
    without, plus, name = with_one_more(kind, plenty=True)
    own = plus.log["name"] == name
    assert CLOSED in plus.log["event"][own]
    np.testing.assert_array_equal(plus.log[~own], without.log)


def by_name(log: np.ndarray) -> dict[int, np.ndarray]:
    """The log rows of each request, in their order."""
    ordered = log[np.argsort(log["name"], kind="stable")]
    names, first = np.unique(ordered["name"], return_index=True)
    return dict(zip(names.tolist(), np.split(ordered, first[1:]), strict=True))


def first_difference(one: np.ndarray, other: np.ndarray) -> np.void | None:
    """The earlier of the two rows at which two lives part."""
    shared = min(len(one), len(other))
    apart = np.flatnonzero(one[:shared] != other[:shared])
    at = int(apart[0]) if len(apart) else shared
    rows = [life[at] for life in (one, other) if at < len(life)]
    return min(rows, key=lambda row: row["time"]) if rows else None


def test_where_people_wait_one_more_request_is_felt_only_along_shared_queues() -> None:
    """Whose life changes meets, where it first changes, a unit at which somebody was before whose life had changed already."""
    without, plus, name = with_one_more(PARKING, plenty=False)
    lives, before = by_name(plus.log), by_name(without.log)
    parted = [(first_difference(lives[other], before[other]), other) for other in before]
    changed = sorted((int(row["time"]), int(row["unit"]), other) for row, other in parted if row is not None)
    assert 10 < len(changed) < len(before) / 4
    met = [(row["unit"], row["time"]) for row in lives[name]]
    for time, unit, other in changed:
        assert any(place == unit and when <= time for place, when in met), other
        met += [(row["unit"], row["time"]) for life in (lives, before) for row in life[other] if row["time"] >= time]
    np.testing.assert_array_equal(needs_of(plus)[needs_of(plus)["name"] != name], needs_of(without))


def test_a_need_that_nobody_voices_changes_nobody_elses_life() -> None:
    """It only uses a row of the table for a while, and nothing may hang on who used a row before."""
    configuration = small_street(weeks=12, told_a_date_share=0.5)
    without = run(configuration)
    unheard = one_more(2, resident=10, kind=SANITATION, after=3 * DAY + 11 * HOUR, voiced=False)
    plus = run(configuration, inject=unheard)
    (name,) = set(plus.log["name"]) - set(without.log["name"])
    assert np.count_nonzero(without.log["event"] == GATE_IN) > 10
    np.testing.assert_array_equal(plus.log[plus.log["name"] != name], without.log)
    kept, cases = (np.sort(of.cases[[*LIVED]], order="name") for of in (plus, without))
    np.testing.assert_array_equal(kept, cases)


LIVED = (
    "name",
    "timer_at",
    "timer_count",
    "chases",
    "gave_up",
    "satisfied",
    "settled",
    "outcome",
    "work_hours",
    "paid",
)
