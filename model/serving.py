"""A piece of work in a street: how many hours it asks for, when it will be done, and who leaves a queue unserved."""

from __future__ import annotations

from model import draws
from model.calendars import finish_time
from model.codes import (
    ALWAYS,
    CLOSED,
    FINISHED,
    GIVEN_UP,
    HOUR,
    LEFT_QUEUE,
    NEVER,
    OUTCOME_GIVEN_UP,
    STARTED,
    UNIT_DEPARTMENT,
    UNIT_PROGRAMME,
)
from model.compilation import rule
from model.flow import note
from model.judging import judge
from model.rules import elapsed_working_hours
from model.settling import (
    joint_share,
    personal_list_patience,
    rest_of_stay,
    take_place,
)
from model.stages import (
    ACKNOWLEDGEMENT,
    BACKGROUND_WORK,
    CLARIFICATION,
    COMMUNITY,
    COMMUNITY_LOOK,
    DEPARTMENT_WORK,
    DUTY_WORK,
    ENQUIRY_ANSWER,
    EXPLANATION,
    FIRST_LOOK,
    GOING_TO_HALL,
    GRID_WORK,
    HALL,
    JOINT_PART,
    JOINT_WORK,
    LEADER,
    LEADER_COORDINATION,
    ONLINE_CHECK,
    REVIEW,
    SECTION,
    SORTING,
    TAKE_UP,
    TRIVIAL_SORTING,
    WAITING_LIST,
    WORK,
    WRONG_UNIT,
)
from model.tracing import (
    HOUR_US,
    count_closed,
    respond,
    share_of_departments_with_data,
    time_at_start,
)
from model.world import World


@rule
def hours_of_work(world: World, r: int) -> float:
    """Work hours of the present stage before chance, skill and paperwork come in."""
    q = world.requests
    s = world.settings
    stage, kind = q["stage"][r], q["kind"][r]
    if stage == WORK or stage == JOINT_WORK or stage == JOINT_PART:
        again = s["rework_share"][0] if q["reopenings"][r] > 0 else 1.0
        return world.kinds["work_hours"][kind] * q["work"][r] * joint_share(world, r) * again
    if stage == DUTY_WORK:
        return world.kinds["work_hours"][kind] * q["work"][r] * _unplanned(world, r) + _mending(world, r)
    if stage == GRID_WORK:
        return world.kinds["work_hours"][kind] * q["work"][r] * s["on_spot_work_factor"][0]
    if stage == BACKGROUND_WORK:
        return s["background_work_hours"][0] * q["work"][r]
    if stage == TAKE_UP or stage == DEPARTMENT_WORK:
        return s["take_up_hours"][0]
    if stage == SORTING or stage == TRIVIAL_SORTING:
        tool = s["dispatch_tool_share"][0] * (1.0 - s["tool_failure_rate"][0])
        return s["dispatch_minutes"][0] / 60.0 * (1.0 - tool + tool / s["dispatch_tool_speedup"][0])
    if stage == REVIEW:
        return _review_hours(world, q["layer"][r])
    if stage == CLARIFICATION:
        return s["garbling_return_work_hours"][0]
    if stage == WRONG_UNIT:
        return s["wrong_unit_hours"][0]
    if stage == LEADER_COORDINATION:
        return s["leader_coordination_hours"][0]
    if stage == EXPLANATION:
        return s["explanation_hours"][0]
    if stage == HALL:
        minutes = s["window_service_minutes"][0] + s["document_check_minutes"][0] * q["documents"][r]
        return minutes / 60.0 + _reconciling(world, r)
    if stage == ONLINE_CHECK:
        minutes = s["intake_minutes"][0] + s["document_check_minutes"][0] * q["documents"][r]
        return minutes / 60.0 + _reconciling(world, r)
    if stage == ENQUIRY_ANSWER:
        return s["enquiry_minutes"][0] / 60.0
    if stage == FIRST_LOOK or stage == COMMUNITY_LOOK:
        return s["first_look_hours"][0]
    if stage == ACKNOWLEDGEMENT:
        return s["emergency_approval_work_hours"][0]
    return s["trivial_work_hours"][0]


@rule
def _unplanned(world: World, r: int) -> float:
    """How much longer an emergency takes for which there is no plan."""
    s = world.settings
    u = draws.uniform(world.clock["seed"][0], draws.PLANNING, world.requests["name"][r], 0)
    return 1.0 if u < s["emergency_plan_coverage"][0] else s["emergency_unplanned_factor"][0]


@rule
def _mending(world: World, r: int) -> float:
    """Hours to mend what was done wrong where the team acted before anybody had checked."""
    s = world.settings
    if s["emergency_approval_levels"][0] > 0:
        return 0.0
    u = draws.uniform(world.clock["seed"][0], draws.EMERGENCY_ERROR, world.requests["name"][r], 0)
    return s["emergency_error_hours"][0] if u < s["emergency_error_share"][0] else 0.0


@rule
def _reconciling(world: World, r: int) -> float:
    """Hours to reconcile records of departments that share their data and disagree."""
    s = world.settings
    chance = s["data_conflict_share"][0] * share_of_departments_with_data(world)
    u = draws.uniform(world.clock["seed"][0], draws.RECORD_CONFLICT, world.requests["name"][r], 0)
    return s["data_conflict_hours"][0] if u < chance else 0.0


@rule
def _review_hours(world: World, layer: int) -> float:
    s = world.settings
    if layer == COMMUNITY:
        return s["review_hours_community"][0]
    if layer == SECTION:
        return s["review_hours_section"][0]
    if layer == LEADER:
        return s["review_hours_leader"][0]
    return s["review_hours_command_office"][0]


@rule
def _routine(stage: int) -> bool:
    """Routine pieces of work vary by themselves; the handling of a case varies with its difficulty, drawn at onset."""
    return not (
        stage == WORK
        or stage == JOINT_WORK
        or stage == JOINT_PART
        or stage == DUTY_WORK
        or stage == GRID_WORK
        or stage == BACKGROUND_WORK
    )


@rule
def begin_work(world: World, r: int, u: int, now: int) -> int:
    """A member of unit `u` takes up `r`: when it will be done."""
    q = world.requests
    units = world.units
    stage = q["stage"][r]
    time_at_start(world, r, u, now)
    if units["type"][u] == UNIT_PROGRAMME:
        note(world, r, now, STARTED, u, stage, 0.0)
        return now + rest_of_stay(world, r, u, now) if stage == BACKGROUND_WORK else take_place(world, r, now)
    hours = hours_of_work(world, r)
    if _routine(stage):
        visit = q["returns"][r] + q["refusals"][r] + q["attempts"][r] + q["reopenings"][r] + q["checks"][r]
        if stage == REVIEW:  # one by each layer
            visit += q["layer"][r]
        elif stage == ACKNOWLEDGEMENT:  # one at each level
            visit += q["rounds"][r]
        v = draws.uniform(world.clock["seed"][0], draws.SERVICE_TIME, q["name"][r], stage * 16 + visit % 16)
        hours = draws.lognormal(v, hours, world.settings["clerical_cv2"][0])
    units["chase_hours"][u] += q["extra_work"][r]
    hours += q["extra_work"][r]
    q["extra_work"][r] = 0.0
    if units["type"][u] != UNIT_DEPARTMENT:  # the district's hours are not the street's cost
        q["work_hours"][r] += hours
    units["work_hours"][u] += hours
    if stage == REVIEW:
        units["review_hours"][u] += hours
    if stage == WORK or stage == GRID_WORK or stage == DUTY_WORK or stage == EXPLANATION:
        respond(world, r, now)
    note(world, r, now, STARTED, u, stage, hours)
    if units["persons"][u]:  # a person at the counter is served without a break
        q["finishes"][r] = now + int(hours / max(units["skill"][u] * units["pace"][u], 1e-6) * HOUR_US)
    else:
        elapsed = elapsed_working_hours(
            hours, units["productive"][u], units["skill"][u], units["pace"][u], units["dip"][u]
        )
        q["finishes"][r] = finish_time(world.days, units["calendar"][u], now, int(elapsed * HOUR_US))
    return q["finishes"][r]


@rule
def end_work(world: World, r: int, u: int, now: int) -> None:
    """The piece of work is done."""
    note(world, r, now, FINISHED, u, world.requests["stage"][r], 0.0)


@rule
def queue_deadline(world: World, r: int, u: int, now: int) -> int:
    """Persons in a hall go home when it closes for good; families leave a waiting list; papers wait."""
    stage = world.requests["stage"][r]
    if world.units["persons"][u]:
        return finish_time(world.days, ALWAYS, _end_of_day(world, u, now), 0)
    if stage == WAITING_LIST:
        return personal_list_patience(world, r, now)
    return NEVER


@rule
def _end_of_day(world: World, u: int, now: int) -> int:
    """The moment at which the hall's last overtime of this day ends."""
    day = (now - world.days["opens"][ALWAYS, 0]) // (24 * HOUR)
    closes = world.days["closes"][world.units["calendar"][u], day]
    return max(closes, now + 1)


@rule
def leave_queue(world: World, r: int, u: int, now: int) -> None:
    """Unserved: sent home at closing time, or the family gives up the waiting list."""
    q = world.requests
    note(world, r, now, LEFT_QUEUE, u, q["stage"][r], 0.0)
    time_at_start(world, r, u, now)  # all of it was waiting
    if q["stage"][r] == WAITING_LIST:
        note(world, r, now, GIVEN_UP, u, q["stage"][r], 0.0)
        if not q["gave_up"][r]:  # a petition stays on record
            q["outcome"][r] = OUTCOME_GIVEN_UP
        judge(world, r, now, False)
        q["gave_up"][r] = True
        count_closed(world, r)
        q["closed"][r] = now
        note(world, r, now, CLOSED, u, OUTCOME_GIVEN_UP, (now - q["reported"][r]) / HOUR_US)
    else:
        q["visits"][r] -= 1  # at the doors again it is one turned away
        q["stage"][r] = GOING_TO_HALL
