"""The life of a customer in a bare network: the same engine as a street's, with routing tables for a journey.

Places are numbered: stations first, then forks, then the exit. What is measured goes into `world.tallies`
[class, place, measure]; the place after the last fork is the whole visit.
"""

from __future__ import annotations

from model import draws
from model.codes import CLOSED as LEFT
from model.codes import (
    CUSTOMER,
    DELAY,
    END,
    FINISHED,
    FORK,
    FORKED,
    JOINED,
    LEFT_QUEUE,
    NEVER,
    REPORTED,
    SERVE,
    STARTED,
    TURNED_AWAY,
)
from model.compilation import inlined, rule
from model.flow import free_row, new_row, note
from model.world import World

# Stages of a customer.
ENTERING, SERVED, OUT_OF_PATIENCE, RETURNING, SPLIT, PART_WAITING, PART_SERVED = range(7)

# Counts, and times in microseconds: `wait` and `stay` of those served, `given_up` the waits of those who gave up.
MEASURES = ("arrived", "begun", "wait", "waited", "served", "stay", "abandoned", "blocked", "given_up")
ARRIVED, BEGUN, WAIT, WAITED, SERVED_COUNT, STAY, ABANDONED, BLOCKED, GIVEN_UP_WAIT = range(len(MEASURES))
TIMES = (WAIT, STAY, GIVEN_UP_WAIT)


@inlined
def tally(world: World, r: int, place: int, measure: int, amount: float) -> None:
    """Add to a measure of this customer's class."""
    world.tallies[world.requests["kind"][r], place, measure] += amount


@inlined
def in_ticks(duration: float) -> int:
    """A duration by the clock, to the nearest tick: cutting it off would shorten every duration by half a tick."""
    return int(duration + 0.5)


@inlined
def stations(world: World) -> int:
    """Number of stations."""
    return world.units.shape[0]


@inlined
def exit_place(world: World) -> int:
    """The number of the exit, which is also where measures of the whole visit are kept."""
    return world.units.shape[0] + world.forks.shape[0]


@rule
def next_customer(world: World, class_: int, now: int) -> int:
    """A row for the next customer of a class, with its arrival time as onset."""
    classes = world.classes
    number = classes["next_number"][class_]
    classes["next_number"][class_] = number + 1
    seed = world.clock["seed"][0]
    key = classes["key"][class_]
    u = draws.uniform(seed, draws.ARRIVAL_TIME, key, number)
    between = draws.from_law(classes["law"][class_], classes["mean"][class_], classes["cv2"][class_], u)
    r = new_row(world)
    q = world.requests
    q["name"][r] = draws.key(seed, draws.ARRIVAL_TIME, key, number)
    q["tie"][r] = draws.tie_key(seed, q["name"][r])
    q["kind"][r] = class_
    q["nature"][r] = CUSTOMER
    q["ordinal"][r] = number
    q["stage"][r] = ENTERING
    q["onset"][r] = now + in_ticks(between)
    return r


@rule
def next_step(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Where a customer goes next: (step, place, microseconds)."""
    q = world.requests
    q["attempts"][r] += 1  # by which draws are addressed; `steps` counts over all customers that had this row
    stage = q["stage"][r]
    if stage == ENTERING:
        note(world, r, now, REPORTED, -1, 0, 0.0)
        return _go_to(world, r, world.classes["entry"][q["kind"][r]], now)
    if stage == SERVED:
        return _go_to(world, r, _route(world, r), now)
    if stage == OUT_OF_PATIENCE:
        note(world, r, now, LEFT_QUEUE, q["responsible"][r], 0, 0.0)
        return _lost(world, r, now)
    if stage == RETURNING:
        return _go_to(world, r, q["responsible"][r], now)
    if stage == SPLIT:
        note(world, r, now, JOINED, -1, 0, 0.0)
        return _go_to(world, r, q["responsible"][r], now)
    if stage == PART_WAITING:
        return _go_to(world, r, q["responsible"][r], now)
    return _leave(world, r, now)  # PART_SERVED


@inlined
def _route(world: World, r: int) -> int:
    q = world.requests
    u = draws.uniform(world.clock["seed"][0], draws.ROUTING, q["name"][r], q["attempts"][r])
    class_, origin = q["kind"][r], q["responsible"][r]
    for place in range(world.routes.shape[2]):
        u -= world.routes[class_, origin, place]
        if u < 0.0:
            return place
    return exit_place(world)


@inlined
def _go_to(world: World, r: int, place: int, now: int) -> tuple[int, int, int]:
    q = world.requests
    if place < stations(world):
        units = world.units
        q["stage"][r] = PART_SERVED if q["parent"][r] >= 0 else SERVED
        q["responsible"][r] = place
        tally(world, r, place, ARRIVED, 1.0)
        if units["busy"][place] + units["waiting"][place] >= units["capacity"][place]:
            tally(world, r, place, BLOCKED, 1.0)
            note(world, r, now, TURNED_AWAY, place, 0, 0.0)
            return _lost(world, r, now)
        q["priority"][r] = world.classes["priority"][q["kind"][r]] if units["by_class"][place] else 0
        q["entered"][r] = now
        return SERVE, place, 0
    if place < exit_place(world):
        return _split(world, r, place, now)
    return _leave(world, r, now)


@inlined
def _split(world: World, r: int, place: int, now: int) -> tuple[int, int, int]:
    """Children rows are chained backwards by `branch`; the parent waits until `pending` of them are done."""
    q = world.requests
    fork = world.forks[place - stations(world)]
    q["stage"][r] = SPLIT
    q["responsible"][r] = fork[1]
    q["pending"][r] = fork[0]
    note(world, r, now, FORKED, -1, 0, float(fork[0]))
    last = -1
    for i in range(fork[0]):
        child = new_row(world)
        q["name"][child] = draws.key(world.clock["seed"][0], draws.ROUTING, q["name"][r], q["attempts"][r] * 64 + i)
        q["tie"][child] = draws.tie_key(world.clock["seed"][0], q["name"][child])
        q["kind"][child] = q["kind"][r]
        q["nature"][child] = CUSTOMER
        q["parent"][child] = r
        q["onset"][child] = now
        q["stage"][child] = PART_WAITING
        q["responsible"][child] = fork[2 + i]
        q["branch"][child] = last
        last = child
    return FORK, last, 0


@inlined
def _lost(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Turned away or out of patience: comes back later, or is gone."""
    q = world.requests
    classes = world.classes
    class_ = q["kind"][r]
    seed = world.clock["seed"][0]
    name, step = q["name"][r], q["attempts"][r]
    if draws.uniform(seed, draws.RETRIAL, name, 2 * step) < classes["retry"][class_]:
        u = draws.uniform(seed, draws.RETRIAL, name, 2 * step + 1)
        law = classes["retry_law"][class_]
        delay = draws.from_law(law, classes["retry_mean"][class_], classes["retry_cv2"][class_], u)
        q["stage"][r] = PART_WAITING if q["parent"][r] >= 0 else RETURNING
        return DELAY, -1, in_ticks(delay)
    return _leave(world, r, now)


@inlined
def _leave(world: World, r: int, now: int) -> tuple[int, int, int]:
    q = world.requests
    note(world, r, now, LEFT, -1, 0, 0.0)
    parent = q["parent"][r]
    if parent < 0:
        visit = exit_place(world)
        tally(world, r, visit, SERVED_COUNT, 1.0)
        tally(world, r, visit, STAY, float(now - q["onset"][r]))
    free_row(world, r)
    return END, parent, 0


@rule
def begin_work(world: World, r: int, u: int, now: int) -> int:
    """A server takes the customer up: when it will be done."""
    q = world.requests
    units = world.units
    wait = now - q["entered"][r]
    tally(world, r, u, BEGUN, 1.0)
    tally(world, r, u, WAIT, float(wait))
    if wait > 0:
        tally(world, r, u, WAITED, 1.0)
    note(world, r, now, STARTED, u, 0, float(wait))
    v = draws.uniform(world.clock["seed"][0], draws.SERVICE_TIME, q["name"][r], q["attempts"][r])
    return now + in_ticks(draws.from_law(units["law"][u], units["mean"][u], units["cv2"][u], v))


@inlined
def end_work(world: World, r: int, u: int, now: int) -> None:
    """The service is over."""
    tally(world, r, u, SERVED_COUNT, 1.0)
    tally(world, r, u, STAY, float(now - world.requests["entered"][r]))
    note(world, r, now, FINISHED, u, 0, 0.0)


@inlined
def queue_deadline(world: World, r: int, u: int, now: int) -> int:
    """When the customer will give up waiting at this station."""
    units = world.units
    if units["patience_law"][u] < 0:
        return NEVER
    q = world.requests
    v = draws.uniform(world.clock["seed"][0], draws.QUEUE_PATIENCE, q["name"][r], q["attempts"][r])
    law = units["patience_law"][u]
    return now + in_ticks(draws.from_law(law, units["patience_mean"][u], units["patience_cv2"][u], v))


@inlined
def leave_queue(world: World, r: int, u: int, now: int) -> None:
    """Patience has run out in the queue."""
    tally(world, r, u, ABANDONED, 1.0)
    tally(world, r, u, GIVEN_UP_WAIT, float(now - world.requests["entered"][r]))
    world.requests["stage"][r] = OUT_OF_PATIENCE
