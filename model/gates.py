"""Moments that let some of those who wait go on: the coordination meeting, the release of money, a case without owner.

Money and ownership are decided on Mondays (or the next working day), coordination meetings every so many working hours;
what a gate lets through is decided case by case.
"""

from __future__ import annotations

from model import draws
from model.calendars import finish_time, next_opening
from model.codes import DAY, GATE_IN, GATE_OUT, HOUR, OFFICE, WEEK
from model.compilation import rule
from model.dates import opens_month
from model.flow import note
from model.measures import W_COFUNDED_PROJECTS, W_COFUNDED_YUAN, W_OUTSIDE_YUAN, add_to_week
from model.money import (
    case_yuan,
    commit,
    lend_to_pool,
    line_can_pay,
    outside_yuan,
    pay,
    pay_petty_cash,
    pool_can_pay,
    pool_row,
)
from model.settling import meeting_settles
from model.stages import COORDINATION_GATE, MONEY_GATE
from model.world import World

OPENING_HOURS = (2 * DAY + 14 * HOUR, 9 * HOUR, 10 * HOUR)  # after Monday 00:00, by gate


@rule
def open_gate(world: World, gate: int, now: int) -> int:
    """The gate opens; returns when it opens next."""
    world.gates["openings"][gate] += 1
    if gate == COORDINATION_GATE:
        working_hours = world.settings["coordination_meeting_interval_weeks"][0] * 40.0
        return finish_time(world.days, OFFICE, now, max(HOUR, int(working_hours * HOUR)))
    if gate == MONEY_GATE and pool_meets(world):
        lend_to_pool(world)
    monday = (now // WEEK + 1) * WEEK
    return next_opening(world.days, OFFICE, monday + OPENING_HOURS[gate])


@rule
def lets_through(world: World, gate: int, r: int, now: int) -> bool:
    """Whether a case passes at this opening."""
    if gate == COORDINATION_GATE:
        passes = meeting_settles(world, r, now)
    elif gate == MONEY_GATE:
        passes = money_comes(world, r, now)
    else:
        passes = an_owner_is_found(world, r, now)
    if passes:
        note(world, r, now, GATE_OUT, gate, world.requests["rounds"][r], world.requests["paid"][r])
    return passes


@rule
def enter_gate(world: World, gate: int, r: int, now: int) -> None:
    """A case begins to wait."""
    note(world, r, now, GATE_IN, gate, world.requests["stage"][r], world.requests["money"][r])


@rule
def an_owner_is_found(world: World, r: int, now: int) -> bool:
    """A case that nobody owns moves when its resident chases it, or when the leaders' monthly round finds it an owner.

    Their round settles a share of what lies before it: decisions carried out without anybody following up.
    """
    q = world.requests
    if q["chases"][r] > q["pending"][r]:
        return True
    if opens_month(world, now // WEEK) == 0:
        return False
    u = draws.uniform(world.clock["seed"][0], draws.OWNERLESS_ROUND, q["name"][r], now // WEEK)
    return u < world.settings["decision_implementation_share"][0]


@rule
def pool_meets(world: World) -> bool:
    """Whether the pool is allocated this week: about once a month, counted in openings of the gate."""
    interval = max(1, int(round(world.settings["pool_meeting_interval_weeks"][0])))
    return world.gates["openings"][MONEY_GATE] % interval == 0


@rule
def money_comes(world: World, r: int, now: int) -> bool:
    """The case's own line pays if it can; else, when the pool is allocated, the pool. No partial payment."""
    q = world.requests
    cost = case_yuan(q["money"][r])
    own = q["line"][r]
    if line_can_pay(world, own, cost):
        _grant(world, r, own, cost)
        return True
    if pool_meets(world):
        outside = outside_yuan(world, q["name"][r], cost)
        if pool_can_pay(world, cost - outside):
            pool = pool_row(world)
            if outside > 0.0:
                add_to_week(world, now // WEEK, W_OUTSIDE_YUAN, outside)
                add_to_week(world, now // WEEK, W_COFUNDED_YUAN, cost - outside)
                add_to_week(world, now // WEEK, W_COFUNDED_PROJECTS, 1.0)
            world.units["meetings"][world.clock["leader"][0]] += world.settings["pool_item_hours"][0]
            _grant(world, r, pool, cost - outside)
            return True
    return False


@rule
def _grant(world: World, r: int, line: int, yuan: float) -> None:
    q = world.requests
    world.lines["waiting"][q["line"][r]] -= 1
    commit(world, line, yuan)
    q["line"][r] = line
    q["paid"][r] = yuan


@rule
def pay_for(world: World, r: int) -> None:
    """At the end of the work: what was granted is paid, or the petty cash that the case needed."""
    q = world.requests
    if q["paid"][r] > 0.0:
        if q["line"][r] >= 0:
            pay(world, q["line"][r], q["paid"][r])
            q["line"][r] = -1
    elif q["money"][r] > 0.0:
        q["paid"][r] = case_yuan(q["money"][r])
        pay_petty_cash(world, world.kinds["line"][q["kind"][r]], q["paid"][r])
