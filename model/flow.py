"""Book-keeping that every mechanism shares: log rows, room for requests, and the exact accounts of queues.

The accounts are integers (microseconds), so conservation and Little's law hold to the last bit and are checked so.
"""

from __future__ import annotations

from model.calendars import worked_until
from model.codes import NEVER
from model.compilation import inlined
from model.world import World

LOG_MARGIN = 4096  # log rows kept free before each event: more than any one event writes
ROW_MARGIN = 256  # request rows likewise


@inlined
def note(world: World, r: int, now: int, event: int, unit: int, reason: int, amount: float) -> None:
    """Write one log row about request `r`; nothing if the log is off."""
    if world.clock["logging"][0]:
        n = world.clock["logged"][0]
        log = world.log
        log["time"][n] = now
        log["name"][n] = world.requests["name"][r]
        log["step"][n] = world.requests["steps"][r] - world.requests["first_step"][r]
        log["event"][n] = event
        log["unit"][n] = unit
        log["reason"][n] = reason
        log["amount"][n] = amount
        world.clock["logged"][0] = n + 1


@inlined
def new_row(world: World) -> int:
    """An empty request row: a freed one if there is any, else the next. Engines make room before each event."""
    clock = world.clock
    r = clock["free"][0]
    if r >= 0:
        clock["free"][0] = world.requests["pending"][r]
        steps = world.requests["steps"][r]
    else:
        r = clock["rows"][0]
        clock["rows"][0] = r + 1
        steps = 0
    blank_row(world, r, steps)
    return r


@inlined
def blank_row(world: World, r: int, steps: int) -> None:
    """Reset a row. `steps` goes on rising over the lives of one row, so that events of an earlier life never fit.

    What a request does or writes may ask for its own steps only, those since `first_step`: whose row it was before is chance.
    """
    q = world.requests
    q[r] = world.requests[-1]  # the last row is never used and stays blank
    q["steps"][r] = steps
    q["first_step"][r] = steps


@inlined
def free_row(world: World, r: int) -> None:
    """Give a row back whose request needs no record."""
    world.requests["steps"][r] += 1
    world.requests["pending"][r] = world.clock["free"][0]
    world.requests["stage"][r] = -1
    world.clock["free"][0] = r


@inlined
def bring_accounts_up_to(world: World, u: int, now: int) -> None:
    """Add the time since the unit's last change to its integrals of customers and of busy working time."""
    units = world.units
    waiting, busy, span = units["waiting"][u], units["busy"][u], now - units["changed_at"][u]
    worked = worked_until(world.days, units["calendar"][u], now)
    units["area_waiting"][u] += waiting * span
    units["area_present"][u] += (waiting + busy) * span
    units["area_busy"][u] += busy * (worked - units["worked_at"][u])
    units["changed_at"][u] = now
    units["worked_at"][u] = worked


@inlined
def count_arrival(world: World, u: int, r: int, now: int) -> None:
    """Request `r` joins the queue of unit `u`."""
    bring_accounts_up_to(world, u, now)
    world.units["waiting"][u] += 1
    world.units["arrived"][u] += 1
    world.requests["unit"][r] = u
    world.requests["joined"][r] = now


@inlined
def count_start(world: World, u: int, r: int, now: int) -> None:
    """Request `r` leaves the queue of unit `u` for a server."""
    bring_accounts_up_to(world, u, now)
    units = world.units
    units["waiting"][u] -= 1
    units["busy"][u] += 1
    units["begun"][u] += 1
    if units["busy"][u] > units["servers"][u]:
        units["overfull"][u] += 1  # never: see `accounts`
    wait = now - world.requests["joined"][r]
    units["sum_waits"][u] += wait
    units["served_waits"][u] += wait
    if wait > 0:
        units["waited"][u] += 1


@inlined
def count_finish(world: World, u: int, r: int, now: int) -> None:
    """Request `r` leaves its server."""
    bring_accounts_up_to(world, u, now)
    world.units["busy"][u] -= 1
    world.units["left"][u] += 1
    world.units["sum_stays"][u] += now - world.requests["joined"][r]


@inlined
def count_loss(world: World, u: int, r: int, now: int) -> None:
    """Request `r` leaves the queue of unit `u` unserved: out of patience, sent home, or moved to another unit."""
    bring_accounts_up_to(world, u, now)
    units = world.units
    units["waiting"][u] -= 1
    units["lost"][u] += 1
    wait = now - world.requests["joined"][r]
    units["sum_waits"][u] += wait
    units["sum_stays"][u] += wait
    world.requests["unit"][r] = -1


@inlined
def set_timer(world: World, r: int, at: int) -> None:
    """Let the patience of request `r` run out at `at`; an engine sees it after the step."""
    world.requests["timer_at"][r] = at


@inlined
def stop_timer(world: World, r: int) -> None:
    """The request's patience no longer matters."""
    world.requests["timer_at"][r] = NEVER
