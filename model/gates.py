"""Moments that let some of those who wait go on: the coordination meeting, the release of money, a case without owner.

Gates open on Mondays at nine (coordination: Wednesdays at two in the afternoon); what they let through is decided case by case.
"""

from __future__ import annotations

import math

from model import draws
from model.calendars import finish_time
from model.codes import DAY, GATE_IN, GATE_OUT, HOUR, OFFICE, WEEK
from model.compilation import rule
from model.flow import note
from model.rules import logistic
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
    return now + WEEK


@rule
def lets_through(world: World, gate: int, r: int, now: int) -> bool:
    """Whether a case passes at this opening."""
    if gate == COORDINATION_GATE:
        passes = meeting_settles(world, r, now)
    elif gate == MONEY_GATE:
        passes = money_comes(world, r, now)
    else:
        passes = an_owner_is_found(world, r)
    if passes:
        note(world, r, now, GATE_OUT, gate, world.requests["rounds"][r], world.requests["paid"][r])
    return passes


@rule
def enter_gate(world: World, gate: int, r: int, now: int) -> None:
    """A case begins to wait."""
    note(world, r, now, GATE_IN, gate, world.requests["stage"][r], world.requests["money"][r])


@rule
def an_owner_is_found(world: World, r: int) -> bool:
    """A case that nobody owns moves only when its resident chases it (whistles and committees come by reform)."""
    q = world.requests
    return q["chases"][r] > q["refusals"][r] - 2 and q["chases"][r] > 0


@rule
def pool_meets(world: World, now: int) -> bool:
    """Whether the pool is allocated this week: about once a month, counted in openings of the gate."""
    interval = max(1, int(round(world.settings["pool_meeting_interval_weeks"][0])))
    return world.gates["openings"][MONEY_GATE] % interval == 0


@rule
def money_comes(world: World, r: int, now: int) -> bool:
    """The case's own line pays if it can; else, when the pool is allocated, the pool. No partial payment."""
    q = world.requests
    lines = world.lines
    cost = float(math.ceil(q["money"][r]))
    own, pool = q["line"][r], lines.shape[0] - 1
    if lines["balance"][own] >= cost:
        _commit(world, r, own, cost)
        return True
    if lines["balance"][pool] > 0.0 and pool_meets(world, now):
        outside = _partner_brings(world, r, cost)
        if lines["balance"][pool] >= cost - outside:
            lines["outside"][pool] += outside
            q["line"][r], origin = pool, own
            lines["waiting"][origin] -= 1
            lines["waiting"][pool] += 1
            world.units["meetings"][world.clock["leader"][0]] += world.settings["pool_item_hours"][0]
            _commit(world, r, pool, cost - outside)
            return True
    return False


@rule
def _commit(world: World, r: int, line: int, cost: float) -> None:
    lines = world.lines
    lines["balance"][line] -= cost
    lines["committed"][line] += cost
    lines["waiting"][line] -= 1
    world.requests["paid"][r] = cost


@rule
def _partner_brings(world: World, r: int, cost: float) -> float:
    """A firm or member unit may join a pooled project that it can be seen to help (whole yuan)."""
    s = world.settings
    score = s["cofunding_intercept"][0] + s["cofunding_visibility"][0]
    chance = s["partner_presence"][0] * logistic(score)
    if draws.uniform(world.clock["seed"][0], draws.COFUNDING, world.requests["name"][r], 0) >= chance:
        return 0.0
    return float(math.floor(min(s["cofunding_limit_yuan"][0], s["cofunding_cost_share"][0] * cost)))


@rule
def pay(world: World, r: int) -> None:
    """At the end of the work the committed sum is paid."""
    q = world.requests
    if q["paid"][r] > 0.0 and q["line"][r] >= 0:
        lines = world.lines
        lines["committed"][q["line"][r]] -= q["paid"][r]
        lines["paid"][q["line"][r]] += q["paid"][r]
        q["line"][r] = -1
