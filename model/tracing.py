"""Book-keeping of a case: where its time went, what it counts for, and its row in the records.

The time of a case between report and settlement is split over its stages without remainder; it is restricted to the horizon tau
(90 days), as the headline resolution time is, so the parts of all cases add up to it exactly.
"""

from __future__ import annotations

from model.calendars import next_opening
from model.codes import (
    APP,
    BACKGROUND,
    CLOSED,
    COMMUNITY_CHANNEL,
    ENQUIRY,
    EXTENDED,
    HOTLINE,
    NEVER,
    OFFICE,
    OPEN,
    REPORTED,
    SETTLED,
    TRIVIAL,
    WEEK,
)
from model.compilation import inlined, kernel, rule
from model.flow import note, set_timer
from model.measures import W_CALLED_ENQUIRIES, W_COMMUNITY_ENQUIRIES, add_to_week
from model.neighbours import expected_hours
from model.rules import patience_hours
from model.stages import BATCH, CLOSED_WAIT, FIRST_BATCH_ROW, FIRST_REVIEW_ROW, ITSELF, REVIEW, STAFF_WAIT, STAYING
from model.world import World

HOUR_US = 3_600_000_000.0

# Measures of needs that leave no record (world.needs), of the headline window.
NEEDS, UNVOICED_NEEDS, INFORMAL_NEEDS, INFORMAL_HOURS, ANSWERED_NEEDS, CONTACTS, DUPLICATES, TRIVIALS = range(8)


@inlined
def in_window(world: World, time: int) -> bool:
    """Whether a moment lies in the headline window."""
    return world.clock["window_from"][0] <= time < world.clock["window_to"][0]


@inlined
def count_need(world: World, r: int, measure: int, time: int, amount: float) -> None:
    """Add to the tally of needs of this kind and group, if the moment lies in the window."""
    if in_window(world, time):
        q = world.requests
        world.needs[q["kind"][r], 1 if q["vulnerable"][r] else 0, measure] += amount


@inlined
def _add_time(world: World, r: int, column: int, begin: int, end: int) -> None:
    q = world.requests
    if not q["in_cohort"][r] or q["gave_up"][r] or q["parent"][r] >= 0 or q["stage"][r] == STAYING:
        return
    limit = q["reported"][r] + world.clock["tau"][0]
    begin, end = min(begin, limit), min(end, limit)
    if end > begin:
        world.step_time[q["kind"][r], column] += end - begin


@inlined
def _decomposition_row(world: World, r: int) -> int:
    """The row of the decomposition to which the present stage belongs: batches and reviews are told apart by layer."""
    stage, layer = world.requests["stage"][r], world.requests["layer"][r]
    if stage == REVIEW:
        return FIRST_REVIEW_ROW + layer
    return FIRST_BATCH_ROW + layer if stage == BATCH else stage


@inlined
def time_at_start(world: World, r: int, u: int, now: int) -> None:
    """Work begins: the wait since the stage began was for closed doors until the first opening, then for staff."""
    q = world.requests
    opened = min(next_opening(world.days, world.units["calendar"][u], q["step_began"][r]), now)
    column = 3 * _decomposition_row(world, r)
    _add_time(world, r, column + CLOSED_WAIT, q["step_began"][r], opened)
    _add_time(world, r, column + STAFF_WAIT, opened, now)
    q["step_began"][r] = now


@inlined
def time_at_end(world: World, r: int, now: int) -> None:
    """A stage is over: the time since it (or its work) began was the stage itself."""
    q = world.requests
    if q["reported"][r] <= now:
        _add_time(world, r, 3 * _decomposition_row(world, r) + ITSELF, max(q["step_began"][r], q["reported"][r]), now)
    q["step_began"][r] = now


@kernel
def close_books(world: World) -> None:
    """At the end of a run, book the time of every open case in the stage in which it then stands."""
    q = world.requests
    now = world.clock["now"][0]
    for r in range(world.clock["rows"][0]):
        if q["is_case"][r] and q["stage"][r] >= 0 and q["closed"][r] == NEVER:
            u = q["unit"][r]
            if u >= 0 and q["finishes"][r] <= now:  # nobody has begun
                time_at_start(world, r, u, now)
            else:
                time_at_end(world, r, now)


@inlined
def is_case(world: World, r: int) -> bool:
    """Enquiries, workers' own trivial reports and departments' other business are not cases (MODEL 2)."""
    q = world.requests
    return q["kind"][r] != ENQUIRY and q["nature"][r] != TRIVIAL and q["nature"][r] != BACKGROUND


@rule
def report(world: World, r: int, now: int) -> None:
    """The street hears of it: it becomes a case, and the resident's patience begins to run."""
    q = world.requests
    if q["reported"][r] < NEVER:
        return
    q["reported"][r] = now
    q["step_began"][r] = now
    q["contacts"][r] = 1
    q["is_case"][r] = is_case(world, r)
    q["in_cohort"][r] = q["is_case"][r] and in_window(world, now)
    if q["is_case"][r]:
        world.clock["open_cases"][0] += 1
    q["outcome"][r] = OPEN
    q["priority"][r] = 1 if q["dangerous"][r] else 2
    note(world, r, now, REPORTED, -1, q["channel"][r], 0.0)
    if q["origin"][r] == 0:
        count_need(world, r, CONTACTS, now, 1.0)
        if q["is_case"][r]:
            start_patience(world, r, now, 1)
        elif q["channel"][r] == HOTLINE or q["channel"][r] == APP:
            add_to_week(world, now // WEEK, W_CALLED_ENQUIRIES, 1.0)
        elif q["channel"][r] == COMMUNITY_CHANNEL:
            add_to_week(world, now // WEEK, W_COMMUNITY_ENQUIRIES, 1.0)


@inlined
def start_patience(world: World, r: int, now: int, spell: int) -> None:
    """Let the n-th spell of patience begin now."""
    q = world.requests
    s = world.settings
    expected = expected_hours(world, q["owner"][r], q["kind"][r])
    hours = patience_hours(expected, q["patience"][r], s["patience_growth"][0], spell)
    set_timer(world, r, next_opening(world.days, EXTENDED, now + int(hours * HOUR_US)))  # nobody complains at night


@rule
def share_of_departments_with_data(world: World) -> float:
    """Share of the district departments that share their data with the street."""
    joined = 0.0
    first, n = world.clock["first_department"][0], world.clock["departments"][0]
    for d in range(first, first + n):
        if world.units["joined_data"][d]:
            joined += 1.0
    return joined / max(n, 1.0)


@inlined
def until_office_hours(world: World, now: int, delay: int) -> int:
    """A delay that ends in an office: at its end if somebody is there, else when the office next opens (microseconds)."""
    return next_opening(world.days, OFFICE, now + delay) - now


@inlined
def acknowledge(world: World, r: int, now: int) -> None:
    """Somebody answered, be it only to say that it was received."""
    q = world.requests
    if q["acknowledged"][r] == NEVER:
        q["acknowledged"][r] = now


@inlined
def respond(world: World, r: int, now: int) -> None:
    """A unit that can settle the case has begun to: response time ends."""
    q = world.requests
    if q["responded"][r] == NEVER and q["reported"][r] <= now:
        q["responded"][r] = now


@inlined
def count_closed(world: World, r: int) -> None:
    """A case is about to be closed: one fewer is open."""
    if world.requests["is_case"][r] and world.requests["closed"][r] == NEVER:
        world.clock["open_cases"][0] -= 1


@inlined
def close(world: World, r: int, unit: int, outcome: int, now: int) -> None:
    """Close the case; whether it stays closed is another matter."""
    q = world.requests
    count_closed(world, r)
    q["closed"][r] = now
    if not q["gave_up"][r]:  # how the resident took it stays on record
        q["outcome"][r] = outcome
    if outcome == SETTLED:
        q["settled"][r] = now
        respond(world, r, now)
    note(world, r, now, CLOSED, unit, outcome, float(now - q["reported"][r]) / HOUR_US)


@inlined
def clear_away(world: World, r: int) -> None:
    """A public problem no longer stands before everybody's eyes."""
    q = world.requests
    if q["public"][r]:
        world.grids["open_problems"][q["grid"][r]] -= q["severity"][r]
        q["public"][r] = False
