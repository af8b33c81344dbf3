"""The life of a request in a street: what follows when a stage is done.

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
    APP,
    BACKGROUND,
    CHILD_CARE,
    DELAY,
    EMERGENCY,
    END,
    ENQUIRY,
    GATE,
    QUEUED,
    SERVE,
    SOCIAL_ASSISTANCE,
    TRIVIAL,
)
from model.compilation import rule
from model.flow import free_row, note
from model.gates import enter_gate, pay_for
from model.settling import (
    after_department_intake,
    after_work,
    close_as_explained,
    close_as_settled,
    explain_or_pass_on,
    go_to_department,
    next_in_sequence,
    power_is_missing,
    reopen,
    seek_money_or_work,
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
    LEADER_COORDINATION,
    MEETING,
    MONEY,
    ONLINE_CHECK,
    ONSET,
    RETURN,
    REVIEW,
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
    time_at_end,
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
        if q["departments"][r] == 1:
            respond(world, r, now)
        return _handle(world, r, now)
    if stage == MONEY:
        q["stage"][r] = WORK
        q["entered"][r] = now
        return SERVE, q["responsible"][r], 0
    pay_for(world, r)
    return after_work(world, r, now)
