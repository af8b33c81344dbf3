"""Nothing is lost: requests, time and money, in every run; and a loss does not pass unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from street_runs import run, small_street

from model import governance
from model.accounts import check_conservation
from model.codes import (
    CLOSED,
    CUSTOMER,
    GIVEN_UP,
    HOUR,
    KIND_NAMES,
    NEVER,
    PETITIONED,
    REOPENED,
    REPORTED,
    WEEK,
)
from model.errors import ConservationError
from model.flow import count_start
from model.indicators import summarise
from model.measures import W_MONEY_COMMITTED, W_MONEY_IDLE, W_MONEY_LAPSED, W_MONEY_PAID, W_MONEY_RECEIVED
from model.run import Outcome
from model.world import World


@cache
def lived() -> Outcome:
    """A street whose cohort has had its 90 days."""
    return run(
        small_street("flattening+funds_pool", residents=2500, weeks=26, parallel_handling_share=0.5), window=(1, 12)
    )


def copied(outcome: Outcome) -> Outcome:
    """The same outcome with arrays that may be spoilt."""
    return replace(outcome, world=World(*(array.copy() for array in outcome.world)))


def cohort(outcome: Outcome) -> np.ndarray:
    return outcome.cases[outcome.cases["in_cohort"]]


# --- A loss is noticed ---


def lose_a_request(world: World) -> None:
    world.units["left"][np.argmax(world.units["left"])] += 1


def lose_a_microsecond(world: World) -> None:
    world.units["area_present"][np.argmax(world.units["area_present"])] -= 1


def forget_who_waits(world: World) -> None:
    rows = np.flatnonzero((world.requests["unit"] >= 0) & (world.requests["stage"] >= 0))
    world.requests["unit"][rows[0]] = -1


def settle_before_report(world: World) -> None:
    row = np.flatnonzero(
        world.requests["is_case"] & (world.requests["settled"] < NEVER) & (world.requests["stage"] >= 0)
    )[0]
    world.requests["settled"][row] = world.requests["reported"][row] - 1


def respond_after_settling(world: World) -> None:
    row = np.flatnonzero(
        world.requests["is_case"] & (world.requests["settled"] < NEVER) & (world.requests["stage"] >= 0)
    )[0]
    world.requests["responded"][row] = world.requests["settled"][row] + 1


def stretch_a_step(world: World) -> None:
    world.step_time[0, 0] += 10**18


def leave_out_a_step(world: World) -> None:
    world.step_time[np.argmax(world.step_time.sum(axis=1))] //= 2


def begin_without_a_server(world: World) -> None:
    u = np.flatnonzero(world.units["busy"] == world.units["servers"])[0]
    row = np.flatnonzero((world.requests["unit"] == u) & (world.requests["stage"] >= 0))[0]
    world.units["waiting"][u] += 1
    count_start(world, u, row, int(world.clock["end"][0]))
    world.units["busy"][u] -= 1


def forget_an_open_case(world: World) -> None:
    world.clock["open_cases"] -= 1


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lose_a_request, "requests in"),
        (lose_a_microsecond, "Little's law"),
        (forget_who_waits, "Little's law"),
        (settle_before_report, "settled before"),
        (respond_after_settling, "settled before"),
        (stretch_a_step, "stages"),
        (leave_out_a_step, "stages"),
        (begin_without_a_server, "somebody is free"),
        (forget_an_open_case, "closed . open"),
    ],
)
def test_a_loss_stops_the_run(spoil: Callable[[World], None], says: str) -> None:
    outcome = copied(lived())
    check_conservation(outcome)
    spoil(outcome.world)
    with pytest.raises(ConservationError, match=says):
        check_conservation(outcome)


def test_a_missing_yuan_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    release = governance.handle_money

    def embezzle(world: World, month: int) -> None:
        release(world, month)
        world.lines["balance"][0] -= 1.0

    monkeypatch.setattr(governance, "handle_money", embezzle)
    with pytest.raises(ConservationError, match="money"):
        run(small_street())


# --- What must add up ---


def test_every_case_is_closed_or_open() -> None:
    outcome = lived()
    log, cases = outcome.log, outcome.cases
    count = {event: np.count_nonzero(log["event"] == event) for event in (PETITIONED, GIVEN_UP)}
    reported = log[log["event"] == REPORTED]["name"]
    assert len(np.unique(reported)) == len(reported), "reported twice"
    assert set(cases["name"]) <= set(reported), "a case that nobody reported"
    of_cases = log[np.isin(log["name"], cases["name"])]
    closed = np.count_nonzero(of_cases["event"] == CLOSED) - np.count_nonzero(of_cases["event"] == REOPENED)
    still_open = np.count_nonzero(cases["closed"] == NEVER)
    assert len(cases) == closed + still_open
    assert count[PETITIONED] + count[GIVEN_UP] >= np.count_nonzero(cases["gave_up"]) > 0


def test_what_waits_at_gates_is_there() -> None:
    world = lived().world
    live = world.requests[: int(world.clock["rows"][0])]
    live = live[live["stage"] >= 0]
    for gate in range(len(world.gates)):
        assert world.gates["waiting"][gate] == np.count_nonzero(live["unit"] == -2 - gate)
    assert world.gates["waiting"].sum() > 0
    assert not np.any(live["nature"] == CUSTOMER)


def test_every_yuan_is_somewhere() -> None:
    lines = lived().world.lines
    whole = lines["balance"] + lines["committed"] + lines["paid"] + lines["lapsed"] + lines["lent"]
    np.testing.assert_array_equal(lines["received"], whole)
    assert lines["lent"].sum() == 0.0
    assert lines["paid"].sum() > 0.0
    weekly = lived().world.weekly[:-1]
    parts = weekly[:, [W_MONEY_PAID, W_MONEY_COMMITTED, W_MONEY_IDLE, W_MONEY_LAPSED]].sum(axis=1)
    np.testing.assert_array_equal(weekly[:, W_MONEY_RECEIVED], parts)


# --- Where a case's time went ---


def test_the_steps_of_settled_cases_are_their_whole_resolution_time() -> None:
    outcome = lived()
    cases, tau = cohort(outcome), int(outcome.world.clock["tau"][0])
    lasted = cases["settled"] - cases["reported"]
    settled = (cases["settled"] < NEVER) & ~cases["gave_up"] & (lasted <= tau)
    recorded = outcome.world.step_time.sum(axis=1)
    whole = []
    for kind in range(len(KIND_NAMES)):
        of_kind = cases["kind"] == kind
        unsettled = int((of_kind & ~settled).sum())
        own = int(lasted[of_kind & settled].sum())
        # Of cases that were not settled in time the steps are told up to the end or the giving up: between 0 and tau each.
        assert own <= recorded[kind] <= own + unsettled * tau
        if of_kind.any() and not unsettled:
            whole.append(KIND_NAMES[kind])
            assert recorded[kind] == own
    assert whole, "no kind of which all cases were settled"


def test_never_settled_is_what_unsettled_cases_lack() -> None:
    outcome = lived()
    cases, tau = cohort(outcome), float(outcome.world.clock["tau"][0]) / HOUR
    lasted = (cases["settled"] - cases["reported"]) / HOUR
    settled = (cases["settled"] < NEVER) & ~cases["gave_up"] & (lasted <= tau)
    steps = summarise(outcome).steps
    kinds = sorted({kind for kind, *_ in steps})
    assert len(kinds) > 10
    for kind in kinds:
        of_kind = np.ones(len(cases), bool) if kind == "all" else cases["kind"] == KIND_NAMES.index(kind)
        hours = {step: value for of, step, value, _ in steps if of == kind}
        mean = np.where(settled, lasted, tau)[of_kind].mean()
        assert sum(hours.values()) == pytest.approx(mean, abs=1e-9)
        assert -1e-9 <= hours["never_settled"] <= tau * (~settled)[of_kind].mean() + 1e-9


def test_a_petition_is_counted_whatever_becomes_of_the_case() -> None:
    outcome = run(small_street(residents=2500, patience_factor_median=0.3, petition_intercept=0.0), window=(1, 7))
    log = outcome.log
    within = (log["event"] == PETITIONED) & (log["time"] >= 1 * WEEK) & (log["time"] < 8 * WEEK)
    years = 7 / 52.0
    (rate,) = [row[5] for row in summarise(outcome).indicators if row[:4] == ("window", "all", "all", "petition_rate")]
    assert within.sum() > 10
    assert rate == pytest.approx(within.sum() / len(outcome.world.residents) / years * 1e4)
