"""The life of a request in a street: what follows when a stage is done, how long a piece of work takes, who leaves a queue.

Each branch of `next_step` is one sentence of the story; the functions it calls stand in `asking`, `climbing`, `settling` and `gates`.
"""

from __future__ import annotations

from model import draws
from model.asking import (
    be_answered,
    be_detected,
    be_settled_informally,
    check_papers_online,
    enter_community_office,
    enter_hall,
    fetch_papers,
    meet_need,
    papers_missing,
)
from model.calendars import finish_time
from model.climbing import (
    after_clarification,
    after_community_look,
    after_first_look,
    after_owner_was_found,
    after_review,
    after_sorting,
    after_wrong_unit,
    be_clarified,
    be_refused,
    be_reviewed,
    be_taken_up,
    is_refused,
    is_unclear,
    send_back,
    start_climb,
)
from model.codes import (
    ADMINISTRATIVE_SERVICE,
    ALWAYS,
    APP,
    BACKGROUND,
    CHILD_CARE,
    CLOSED,
    DELAY,
    EMERGENCY,
    END,
    ENQUIRY,
    FINISHED,
    GATE,
    GIVEN_UP,
    HOUR,
    LEFT_QUEUE,
    NEVER,
    OUTCOME_GIVEN_UP,
    QUEUED,
    SERVE,
    SOCIAL_ASSISTANCE,
    STARTED,
    TRIVIAL,
    UNIT_DEPARTMENT,
    UNIT_PROGRAMME,
)
from model.compilation import rule
from model.flow import free_row, note
from model.gates import enter_gate, pay_for
from model.judging import judge
from model.rules import elapsed_working_hours
from model.settling import (
    after_department_intake,
    after_work,
    close_as_explained,
    close_as_settled,
    explain_or_pass_on,
    go_to_department,
    joint_share,
    next_in_sequence,
    personal_list_patience,
    power_is_missing,
    reopen,
    rest_of_stay,
    seek_money_or_work,
    take_place,
    wait_for_meeting,
    work_jointly,
)
from model.stages import (
    ACKNOWLEDGEMENT,
    APPROVAL,
    BACKGROUND_WORK,
    BATCH,
    CITY_INTAKE,
    CLARIFICATION,
    CLOSED_UNSETTLED,
    COMMUNITY,
    COMMUNITY_LOOK,
    DEPARTMENT_INTAKE,
    DEPARTMENT_WORK,
    DOCUMENT_FETCHING,
    DUTY_WORK,
    ENQUIRY_ANSWER,
    EXPLANATION,
    FIRST_LOOK,
    GOING_TO_COMMUNITY,
    GOING_TO_HALL,
    GRID_WORK,
    HALL,
    JOINT_PART,
    JOINT_WORK,
    LEADER,
    LEADER_COORDINATION,
    MEETING,
    MONEY,
    ONLINE_CHECK,
    ONSET,
    RETURN,
    REVIEW,
    SECTION,
    SETTLING_INFORMALLY,
    SHUTTLE,
    SORTING,
    STAYING,
    TAKE_UP,
    TRAVEL,
    TRIVIAL_SORTING,
    TRIVIAL_WORK,
    UNDETECTED,
    UNOWNED,
    WAITING_LIST,
    WORK,
    WRONG_UNIT,
)
from model.tracing import (
    HOUR_US,
    TRIVIALS,
    count_need,
    respond,
    share_of_departments_with_data,
    time_at_end,
    time_at_start,
)
from model.world import World


@rule
def next_step(world: World, r: int, now: int) -> tuple[int, int, int]:
    """What follows for request `r`, whose stage is done: (step, place, amount) as `journey.next_step` says."""
    time_at_end(world, r, now)
    step, place, amount = _what_follows(world, r, world.requests["stage"][r], now)
    if step == SERVE:
        note(world, r, now, QUEUED, place, world.requests["stage"][r], 0.0)
    elif step == GATE:
        enter_gate(world, place, r, now)
    return step, place, amount


@rule
def _what_follows(world: World, r: int, stage: int, now: int) -> tuple[int, int, int]:
    if stage == ONSET:
        return arrive(world, r, now)
    if stage == SETTLING_INFORMALLY:
        return be_settled_informally(world, r, now)
    if stage == UNDETECTED:
        return be_detected(world, r, now)
    if stage == GOING_TO_HALL:
        return enter_hall(world, r, now)
    if stage == HALL or stage == ONLINE_CHECK:
        if papers_missing(world, r):
            return fetch_papers(world, r, now)
        return be_taken_up(world, r, now) if _is_paper_matter(world, r) else start_climb(world, r, now)
    if stage == DOCUMENT_FETCHING:
        return check_papers_online(world, r, now)
    if stage == ENQUIRY_ANSWER:
        return be_answered(world, r, now)
    if stage == CITY_INTAKE:
        return after_city_intake(world, r, now)
    if stage == FIRST_LOOK:
        return after_first_look(world, r, now)
    if stage == COMMUNITY_LOOK:
        if _is_paper_matter(world, r):
            return check_papers_online(world, r, now)
        return after_community_look(world, r, now)
    if stage == GRID_WORK:
        return close_as_settled(world, r, now)
    if stage == BATCH:
        return be_reviewed(world, r, now)
    if stage == REVIEW:
        return after_review(world, r, now)
    if stage == SORTING:
        return after_sorting(world, r, now)
    if stage == WRONG_UNIT:
        return after_wrong_unit(world, r, now)
    if stage == TAKE_UP:
        return after_take_up(world, r, now)
    if stage == RETURN:
        return be_clarified(world, r, now)
    if stage == CLARIFICATION:
        return after_clarification(world, r, now)
    if stage == LEADER_COORDINATION:
        return be_taken_up(world, r, now)
    if stage == UNOWNED:
        return after_owner_was_found(world, r, now)
    if stage == SHUTTLE:
        return explain_or_pass_on(world, r, now)
    if stage == EXPLANATION:
        return close_as_explained(world, r, now)
    if stage == DEPARTMENT_INTAKE:
        return after_department_intake(world, r, now)
    if stage == MEETING:
        return work_jointly(world, r, now)
    if stage == JOINT_WORK:
        return next_in_sequence(world, r, now)
    if stage == MONEY or stage == WORK or stage == DEPARTMENT_WORK:
        return after_money_or_work(world, r, stage, now)
    if stage == CLOSED_UNSETTLED:
        return reopen(world, r, now)
    if stage == APPROVAL or stage == ACKNOWLEDGEMENT or stage == TRAVEL:
        return rush(world, r, stage, now)
    if stage == DUTY_WORK:
        pay_for(world, r)
        return close_as_settled(world, r, now)
    if stage == GOING_TO_COMMUNITY:
        return enter_community_office(world, r, now)
    if stage == JOINT_PART and world.requests["sequence"][r] == 0:
        world.requests["sequence"][r] = 1
        world.requests["entered"][r] = now
        return SERVE, world.requests["responsible"][r], 0
    if stage == WAITING_LIST:  # left the list
        return END, -1, 0
    if stage == TRIVIAL_SORTING:
        world.requests["stage"][r] = TRIVIAL_WORK
        return SERVE, world.clock["urban_management"][0], 0
    return go_away(world, r, stage)


@rule
def _is_paper_matter(world: World, r: int) -> bool:
    kind = world.requests["kind"][r]
    return kind == ADMINISTRATIVE_SERVICE or kind == SOCIAL_ASSISTANCE or kind == CHILD_CARE


@rule
def arrive(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A resident's need, a worker's trivial report, or a department's other business."""
    q = world.requests
    q["step_began"][r] = now
    q["entered"][r] = now
    if q["nature"][r] == TRIVIAL:
        count_need(world, r, TRIVIALS, now, 1.0)
        q["stage"][r] = TRIVIAL_SORTING
        q["priority"][r] = 3
        return SERVE, world.clock["desk"][0], 0
    if q["nature"][r] == BACKGROUND:
        q["stage"][r] = BACKGROUND_WORK
        q["priority"][r] = 2
        return SERVE, q["responsible"][r], 0
    if q["public"][r]:
        world.grids["open_problems"][q["grid"][r]] += q["severity"][r]
    return meet_need(world, r, now)


@rule
def go_away(world: World, r: int, stage: int) -> tuple[int, int, int]:
    """What leaves no record gives its row back; parts of joint work and stays just end."""
    parent = world.requests["parent"][r]
    if stage != STAYING:
        free_row(world, r)
    return END, parent, 0


@rule
def after_city_intake(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The city's operators answer enquiries and send everything else to the street."""
    q = world.requests
    if q["kind"][r] == ENQUIRY:
        return be_answered(world, r, now)
    if q["kind"][r] == EMERGENCY:
        q["priority"][r] = 0
        return rush(world, r, CITY_INTAKE, now)
    if q["channel"][r] == APP and _is_paper_matter(world, r):
        return check_papers_online(world, r, now)
    return start_climb(world, r, now)


@rule
def rush(world: World, r: int, stage: int, now: int) -> tuple[int, int, int]:
    """An emergency does not climb: some approvals by telephone, each a delay and a duty officer, then the team goes out."""
    q = world.requests
    s = world.settings
    if stage == APPROVAL:
        q["stage"][r] = ACKNOWLEDGEMENT
        q["entered"][r] = now
        return SERVE, world.clock["duty_team"][0], 0
    if stage == TRAVEL:
        q["stage"][r] = DUTY_WORK
        q["entered"][r] = now
        q["responsible"][r] = world.clock["duty_team"][0]
        return SERVE, world.clock["duty_team"][0], 0
    if q["rounds"][r] < s["emergency_approval_levels"][0]:
        q["rounds"][r] += 1
        u = draws.uniform(world.clock["seed"][0], draws.APPROVAL, q["name"][r], q["rounds"][r])
        q["stage"][r] = APPROVAL
        return DELAY, -1, int(draws.exponential(u, s["emergency_approval_delay_hours"][0]) * HOUR_US)
    q["stage"][r] = TRAVEL
    u = draws.uniform(world.clock["seed"][0], draws.TRAVEL, q["name"][r], 0)
    return DELAY, -1, int(draws.exponential(u, s["emergency_travel_hours"][0]) * HOUR_US)


@rule
def after_take_up(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The responsible unit has opened the case: is it clear, is it theirs, can it be settled, by whom, with what money?"""
    q = world.requests
    if is_unclear(world, r):
        return send_back(world, r, now)
    if is_refused(world, r):
        return be_refused(world, r, now)
    if q["settleable"][r] == 2:
        return explain_or_pass_on(world, r, now)
    if power_is_missing(world, r):
        return go_to_department(world, r, now)
    if q["departments"][r] == 1:  # several respond when they first meet
        respond(world, r, now)
    return _handle(world, r, now)


@rule
def _handle(world: World, r: int, now: int) -> tuple[int, int, int]:
    if world.requests["departments"][r] > 1 and world.requests["sequence"][r] == 0:
        return wait_for_meeting(world, r, now)
    return seek_money_or_work(world, r, now)


@rule
def after_money_or_work(world: World, r: int, stage: int, now: int) -> tuple[int, int, int]:
    """Money has come: work begins. The department has opened it: it handles it. Work is done: it is paid and closed."""
    q = world.requests
    if stage == DEPARTMENT_WORK:
        return _handle(world, r, now)
    if stage == MONEY:
        q["stage"][r] = WORK
        q["entered"][r] = now
        return SERVE, q["responsible"][r], 0
    pay_for(world, r)
    return after_work(world, r, now)


# --- Work: how long a step takes ---


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
        q["closed"][r] = now
        note(world, r, now, CLOSED, u, OUTCOME_GIVEN_UP, (now - q["reported"][r]) / HOUR_US)
    else:
        q["visits"][r] -= 1  # at the doors again it is one turned away
        q["stage"][r] = GOING_TO_HALL
