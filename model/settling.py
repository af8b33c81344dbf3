"""From a case taken up to its end: power, coordination, money, work, closure, reopening."""

from __future__ import annotations

import math

from model import draws
from model.calendars import next_opening
from model.codes import (
    CHILD_CARE,
    DAY,
    DELAY,
    ELDER_CARE,
    END,
    EXPLAINED,
    EXTENDED,
    FORK,
    FORKED,
    GATE,
    HANDED_OVER,
    JOINED,
    NEVER,
    OPEN,
    REOPENED,
    RESIDENT,
    SERVE,
    SETTLED,
)
from model.compilation import rule
from model.flow import new_row, note, stop_timer
from model.judging import judge, lower_trust_for_failure
from model.rules import attendance_chance, commitment_chance, quality_failure_chance
from model.stages import (
    CLOSED_UNSETTLED,
    COORDINATION_GATE,
    DEPARTMENT_INTAKE,
    DEPARTMENT_WORK,
    EXPLANATION,
    JOINT_PART,
    JOINT_WORK,
    MEETING,
    MONEY,
    MONEY_GATE,
    SHUTTLE,
    STAYING,
    WAITING_LIST,
    WORK,
)
from model.tracing import CONTACTS, HOUR_US, clear_away, close, count_need, respond, start_patience, until_office_hours
from model.world import World


@rule
def explain_or_pass_on(world: World, r: int, now: int) -> tuple[int, int, int]:
    """What cannot be settled in this street is explained, or shuttles between offices first."""
    q = world.requests
    u = draws.uniform(world.clock["seed"][0], draws.SHUTTLE, q["name"][r], 0)
    if q["rounds"][r] > 0 or u < world.settings["unsettleable_explained_share"][0]:
        q["stage"][r] = EXPLANATION
        q["entered"][r] = now
        return SERVE, q["responsible"][r], 0
    q["rounds"][r] += 1
    q["stage"][r] = SHUTTLE
    return DELAY, -1, _intake_delay(world, r, 50, now)


@rule
def _intake_delay(world: World, r: int, attempt: int, now: int) -> int:
    """Time for a letter to a department to be registered and assigned there."""
    s = world.settings
    u = draws.uniform(world.clock["seed"][0], draws.TRAVEL, world.requests["name"][r], attempt)
    median, log_sd = s["department_intake_delay_median_hours"][0], s["department_intake_delay_log_sd"][0]
    return until_office_hours(world, now, int(draws.lognormal_median(u, median, log_sd) * HOUR_US))


@rule
def power_is_missing(world: World, r: int) -> bool:
    """Whether the case needs a power that the street does not hold."""
    q = world.requests
    if not q["needs_power"][r] or q["power_held"][r]:
        return False
    u = draws.uniform(world.clock["seed"][0], draws.INTRINSIC_POWER, q["name"][r], 1)
    return u >= world.settings["street_power_share"][0]


@rule
def department_of(world: World, r: int, i: int) -> int:
    """The i-th department of a case: the one in charge of its kind, then of its usual partners in a keyed order."""
    q = world.requests
    n = world.clock["departments"][0]
    lead = world.kinds["department"][q["kind"][r]]
    if i == 0:
        return world.clock["first_department"][0] + lead
    partners = min(n - 1, max(world.settings["usual_partners"][0], q["departments"][r] - 1))
    u = draws.uniform(world.clock["seed"][0], draws.DEPARTMENT_CHOICE, q["name"][r], 0)
    which = (int(u * partners) + i - 1) % partners
    return world.clock["first_department"][0] + world.partners[q["kind"][r], which]


@rule
def go_to_department(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A letter goes to the district department that holds the power."""
    q = world.requests
    q["hand_overs"][r] += 1
    q["dispatches"][r] += 1
    note(world, r, now, HANDED_OVER, department_of(world, r, 0), 9, 0.0)
    q["stage"][r] = DEPARTMENT_INTAKE
    return DELAY, -1, _intake_delay(world, r, q["rounds"][r], now)


@rule
def after_department_intake(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The department takes it up with its willingness; else it lies until it is urged again."""
    q = world.requests
    d = department_of(world, r, 0)
    q["rounds"][r] += 1
    u = draws.uniform(world.clock["seed"][0], draws.COMMITMENT, q["name"][r], 1000 + q["rounds"][r])
    if u >= world.units["willingness"][d] and q["rounds"][r] < world.settings["coordination_rounds_max"][0]:
        return DELAY, -1, _intake_delay(world, r, q["rounds"][r], now)
    q["power_held"][r] = True
    q["responsible"][r] = d
    q["stage"][r] = DEPARTMENT_WORK
    q["entered"][r] = now
    return SERVE, d, 0


@rule
def wait_for_meeting(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A case for several departments waits for the next coordination meeting."""
    q = world.requests
    q["stage"][r] = MEETING
    q["committed"][r] = 0
    q["rounds"][r] = 0
    _tell_a_date(world, r, now, world.gates["opens_at"][COORDINATION_GATE])
    return GATE, COORDINATION_GATE, 0


@rule
def _tell_a_date(world: World, r: int, now: int, date: int) -> None:
    """A resident who is told a date begins to wait anew from it."""
    q = world.requests
    if q["timer_at"][r] < NEVER and date < NEVER:
        u = draws.uniform(
            world.clock["seed"][0], draws.REAL_ANSWER, q["name"][r], q["stage"][r] * 16 + q["reopenings"][r]
        )
        if u < world.settings["told_a_date_share"][0]:
            start_patience(world, r, max(date, now), q["timer_count"][r] + 1)


@rule
def meeting_settles(world: World, r: int, now: int) -> bool:
    """One round: each outstanding department attends (one draw a date) and commits (one draw a case)."""
    q = world.requests
    seed = world.clock["seed"][0]
    q["rounds"][r] += 1
    q["meetings"][r] += 1
    respond(world, r, now)
    everybody = True
    date = now // DAY
    for i in range(1, q["departments"][r]):
        bit = 1 << i
        if q["committed"][r] & bit:
            continue
        d = department_of(world, r, i)
        willingness = world.units["willingness"][d]
        attends = draws.uniform(seed, draws.ATTENDANCE, world.units["key"][d], date) < attendance_chance(willingness)
        if attends:
            world.units["meetings"][d] += world.settings["coordination_meeting_hours"][0]
            u = draws.uniform(seed, draws.COMMITMENT, q["name"][r], q["rounds"][r] * 8 + i)
            if u < commitment_chance(willingness):
                q["committed"][r] |= bit
                continue
        everybody = False
    return everybody or q["rounds"][r] >= world.settings["coordination_rounds_max"][0]


@rule
def work_jointly(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The other departments do their parts, side by side or one after another; the responsible unit comes last."""
    q = world.requests
    u = draws.uniform(world.clock["seed"][0], draws.PARALLEL_WORK, q["name"][r], 0)
    q["stage"][r] = JOINT_WORK
    if u >= world.settings["parallel_handling_share"][0]:
        q["sequence"][r] = 0
        return next_in_sequence(world, r, now)
    parts = q["departments"][r] - 1
    q["pending"][r] = parts
    q["sequence"][r] = parts  # nothing is left to do in sequence when the parts are joined
    note(world, r, now, FORKED, -1, 0, float(parts))
    last = -1
    for i in range(parts):
        child = new_row(world)
        q["name"][child] = draws.key(world.clock["seed"][0], draws.PARALLEL_WORK, q["name"][r], i + 1)
        q["tie"][child] = draws.tie_key(world.clock["seed"][0], q["name"][child])
        q["owner"][child] = q["owner"][r]
        q["kind"][child] = q["kind"][r]
        q["nature"][child] = q["nature"][r]
        q["origin"][child] = q["origin"][r]
        q["grid"][child] = q["grid"][r]
        q["priority"][child] = q["priority"][r]
        q["departments"][child] = q["departments"][r]
        q["work"][child] = q["work"][r]
        q["parent"][child] = r
        q["onset"][child] = now
        q["step_began"][child] = now
        q["stage"][child] = JOINT_PART
        q["responsible"][child] = department_of(world, r, i + 1)
        q["branch"][child] = last
        last = child
    return FORK, last, 0


@rule
def next_in_sequence(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The next department does its part, or all have."""
    q = world.requests
    q["sequence"][r] += 1
    if q["sequence"][r] < q["departments"][r]:
        q["entered"][r] = now
        return SERVE, department_of(world, r, q["sequence"][r]), 0
    note(world, r, now, JOINED, -1, 0, 0.0)
    return seek_money_or_work(world, r, now)


@rule
def seek_money_or_work(world: World, r: int, now: int) -> tuple[int, int, int]:
    """What costs more than petty cash waits for money; everything else is begun."""
    q = world.requests
    if q["money"][r] > world.settings["petty_cash_yuan"][0] and q["paid"][r] == 0.0:
        q["stage"][r] = MONEY
        q["line"][r] = world.kinds["line"][q["kind"][r]]
        world.lines["waiting"][q["line"][r]] += 1
        _tell_a_date(world, r, now, world.gates["opens_at"][MONEY_GATE])
        return GATE, MONEY_GATE, 0
    return begin_handling(world, r, now)


@rule
def begin_handling(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Queue for the work itself."""
    q = world.requests
    q["stage"][r] = WORK
    q["entered"][r] = now
    return SERVE, q["responsible"][r], 0


@rule
def work_lasts(world: World, r: int, u: int) -> bool:
    """Whether the work done is good; less often by unskilled or overloaded hands."""
    q = world.requests
    s = world.settings
    chance = quality_failure_chance(
        s["quality_failure"][0],
        world.units["skill"][u],
        s["quality_failure_skill_weight"][0],
        world.units["load"][u],
        s["overload_error_threshold"][0],
        s["quality_failure_load_weight"][0],
    )
    visit = q["reopenings"][r]
    return draws.uniform(world.clock["seed"][0], draws.QUALITY, q["name"][r], visit) >= chance


@rule
def after_work(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Work is done: the wish for a place goes on the waiting list, everything else is closed."""
    q = world.requests
    kind = q["kind"][r]
    if (kind == ELDER_CARE or kind == CHILD_CARE) and world.kinds["programme"][kind] >= 0 and not q["good_work"][r]:
        q["good_work"][r] = True  # assessed and entitled
        q["stage"][r] = WAITING_LIST
        stop_timer(world, r)  # a place on the list is an answer; the list has a patience of its own
        q["entered"][r] = now
        return SERVE, world.kinds["programme"][kind], 0
    return close_as_settled(world, r, now)


@rule
def close_as_settled(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Closed; a failure shows after some days and some residents report it again."""
    q = world.requests
    s = world.settings
    seed, name = world.clock["seed"][0], q["name"][r]
    unit = q["responsible"][r]
    lasts = work_lasts(world, r, unit)
    close(world, r, unit, SETTLED, now)
    stop_timer(world, r)
    if not lasts:
        visit = q["reopenings"][r]
        if (
            visit < s["reopenings_max"][0]
            and draws.uniform(seed, draws.REOPENING_DELAY, name, 2 * visit) < s["reopening_share"][0]
        ):
            u = draws.uniform(seed, draws.REOPENING_DELAY, name, 2 * visit + 1)
            days = draws.lognormal_median(u, s["reopening_delay_median_days"][0], s["reopening_delay_log_sd"][0])
            q["stage"][r] = CLOSED_UNSETTLED
            back = now + int(min(days, s["reopening_window_days"][0] - 1.0) * DAY)
            return DELAY, -1, next_opening(world.days, EXTENDED, back) - now
    return end(world, r, now, lasts)


@rule
def reopen(world: World, r: int, now: int) -> tuple[int, int, int]:
    """It was not settled after all: the resident reports it again and it is worked again, before ordinary cases."""
    q = world.requests
    q["settled"][r] = NEVER
    q["closed"][r] = NEVER
    world.clock["open_cases"][0] += 1
    q["reopenings"][r] += 1
    if q["origin"][r] == RESIDENT:
        q["contacts"][r] += 1
        count_need(world, r, CONTACTS, now, 1.0)
    if not q["gave_up"][r]:
        q["outcome"][r] = OPEN
        if q["origin"][r] == RESIDENT:
            start_patience(world, r, now, min(q["timer_count"][r] + 1, world.settings["patience_spells"][0]))
    q["priority"][r] = min(q["priority"][r], 1)
    note(world, r, now, REOPENED, q["responsible"][r], 0, float(q["reopenings"][r]))
    lower_trust_for_failure(world, r)
    if q["by_grid"][r]:
        q["by_grid"][r] = False
        q["responsible"][r] = world.kinds["unit"][q["kind"][r]]
    return begin_handling(world, r, now)


@rule
def close_as_explained(world: World, r: int, now: int) -> tuple[int, int, int]:
    """It cannot be settled here; the resident is told why, and may feel heard."""
    q = world.requests
    close(world, r, q["responsible"][r], EXPLAINED, now)
    stop_timer(world, r)
    u = draws.uniform(world.clock["seed"][0], draws.EXPLAINING, q["name"][r], 0)
    q["heard"][r] = u < world.settings["explanation_share"][0]
    return end(world, r, now, False)


@rule
def end(world: World, r: int, now: int, settled: bool) -> tuple[int, int, int]:
    """The resident judges, the place is tidied up; the record stays."""
    judge(world, r, now, settled)
    clear_away(world, r)
    return END, -1, 0


@rule
def take_place(world: World, r: int, now: int) -> int:
    """A place is free: the wish is settled now, and the place is held for the stay. Returns the end of the stay."""
    q = world.requests
    respond(world, r, now)
    close(world, r, q["unit"][r], SETTLED, now)
    judge(world, r, now, True)
    q["stage"][r] = STAYING
    median, log_sd = _stay(world, q["unit"][r])
    u = draws.uniform(world.clock["seed"][0], draws.SERVICE_TIME, q["name"][r], 1000)
    stay = int(draws.lognormal_median(u, median, log_sd) * 7.0 * DAY)
    return now + until_office_hours(world, now, stay)


@rule
def _stay(world: World, programme: int) -> tuple[float, float]:
    """Median (weeks) and log standard deviation of a stay in a programme."""
    s = world.settings
    if programme == world.kinds["programme"][CHILD_CARE]:
        return s["child_care_stay_median_weeks"][0], s["child_care_stay_log_sd"][0]
    return s["elder_care_stay_median_weeks"][0], s["elder_care_stay_log_sd"][0]


@rule
def rest_of_stay(world: World, r: int, programme: int, now: int) -> int:
    """What is left of the stay of somebody who held a place when the run began: a uniform part of a length-biased stay."""
    median, log_sd = _stay(world, programme)
    seed, name = world.clock["seed"][0], world.requests["name"][r]
    stay = draws.lognormal_median(
        draws.uniform(seed, draws.SERVICE_TIME, name, 1000), median * math.exp(log_sd * log_sd), log_sd
    )
    left = draws.uniform(seed, draws.SERVICE_TIME, name, 1001) * stay
    return until_office_hours(world, now, int(left * 7.0 * DAY))


@rule
def joint_share(world: World, r: int) -> float:
    """What each of those who work on a case does, over the work of a case for one alone."""
    return world.settings["department_work_factor"][0] if world.requests["departments"][r] > 1 else 1.0


@rule
def personal_list_patience(world: World, r: int, now: int) -> int:
    """When the family stops waiting for a place."""
    u = draws.uniform(world.clock["seed"][0], draws.QUEUE_PATIENCE, world.requests["name"][r], 0)
    weeks = draws.exponential(u, world.settings["programme_patience_weeks"][0])
    return now + int(math.ceil(weeks * 7.0) * DAY)
