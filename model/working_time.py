"""How a unit's working time is spent: the week's accounts, overtime, and the share of time that is left for cases."""

from __future__ import annotations

from model.calendars import worked_until
from model.codes import (
    HOUR,
    OFFICE,
    UNIT_CIVIL_AFFAIRS,
    UNIT_COMMAND_OFFICE,
    UNIT_DEPARTMENT,
    UNIT_DUTY_TEAM,
    UNIT_GRID_WORKER,
    UNIT_PROGRAMME,
    UNIT_SERVICE_HALL,
    UNIT_URBAN_MANAGEMENT,
    WEEK,
)
from model.compilation import inlined, rule
from model.flow import bring_accounts_up_to
from model.measures import (
    W_OTHER_HOURS,
    W_OVERTIME_HOURS,
    W_OVERTIME_YUAN,
    W_PAPER_HOURS,
    W_ROSTERED_HOURS,
    W_WORK_HOURS,
    add_to_week,
)
from model.rules_adaptation import (
    MONTHS_PER_YEAR,
    WEEKS_PER_MONTH,
    WEEKS_PER_YEAR,
    field_productive_share,
    overtime_share,
    paper_hours,
    patrol_hours_per_day,
    productive_share,
    quota_hours,
)
from model.world import World


@rule
def close_week(world: World, week: int) -> None:
    """Close the accounts of the week before `week`: busy and rostered time, load, next week's overtime, hours by use."""
    units = world.units
    now = week * WEEK
    for u in range(units.shape[0]):
        bring_accounts_up_to(world, u, now)
        calendar = units["calendar"][u]
        if units["type"][u] == UNIT_SERVICE_HALL:  # the counters' last hour, for those who still wait, is overtime
            calendar = OFFICE
        open_time = worked_until(world.days, calendar, now) - worked_until(world.days, calendar, now - WEEK)
        units["week_busy"][u] = units["area_busy"][u] - units["busy_closed"][u]
        units["busy_closed"][u] = units["area_busy"][u]
        # Who finishes a piece of work in a unit that he has left meanwhile is still on its roster.
        units["week_rostered"][u] = max(units["servers"][u] * open_time, units["week_busy"][u])
        units["rostered"][u] += units["week_rostered"][u]
        units["month_busy"][u] += units["week_busy"][u]
        units["month_rostered"][u] += units["week_rostered"][u]
        _record_hours(world, u, week - 1)
        if world.clock["adaptation"][0] and units["week_rostered"][u] > 0:
            units["load"][u] = units["week_busy"][u] / units["week_rostered"][u]
            units["overtime"][u] = _overtime(world, u)


@inlined
def is_staffed(world: World, u: int) -> bool:
    """Whether the unit's servers are people; a programme's are places."""
    return world.units["type"][u] != UNIT_PROGRAMME


@inlined
def case_share(productive: float, overtime: float, manned: float) -> float:
    """The share of an hour at work that goes to cases: the productive share without overtime and the cover of vacancies."""
    return productive / ((1.0 + overtime) * manned)


@inlined
def _vacant(world: World, u: int) -> float:
    return max(world.units["posts"][u] - world.units["filled"][u], 0.0)


@inlined
def _slowed(world: World, posts: float, vacant: float) -> float:
    """Work done over that of a full staff where colleagues stand in for `vacant` of `posts`."""
    return 1.0 - (1.0 - world.settings[0]["vacancy_cover_share"]) * vacant / posts if posts > 0.0 else 1.0


@rule
def share_vacancies(world: World) -> None:
    """Set `manned`, the work done in a unit over that of a fully staffed one, from the vacancies of its group.

    Colleagues stand in for each other, so that a vacancy slows all units of its group (grid workers; the street's offices;
    each department) alike and none stands still.
    """
    units = world.units
    grid_posts, grid_vacant, office_posts, office_vacant = 0.0, 0.0, 0.0, 0.0
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_GRID_WORKER:
            grid_posts += units["posts"][u]
            grid_vacant += _vacant(world, u)
        elif is_staffed(world, u) and units["type"][u] != UNIT_DEPARTMENT and units["type"][u] != UNIT_COMMAND_OFFICE:
            office_posts += units["posts"][u]
            office_vacant += _vacant(world, u)
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_GRID_WORKER:
            units["manned"][u] = _slowed(world, grid_posts, grid_vacant)
        elif units["type"][u] == UNIT_DEPARTMENT:
            units["manned"][u] = _slowed(world, units["posts"][u], _vacant(world, u))
        else:
            units["manned"][u] = _slowed(world, office_posts, office_vacant) if is_staffed(world, u) else 1.0


@inlined
def _overtime(world: World, u: int) -> float:
    s = world.settings[0]
    if not is_staffed(world, u):
        return 0.0
    return overtime_share(
        world.units["load"][u],
        s["overtime_threshold"],
        s["overtime_limit_hours_month"],
        s["working_hours_per_month"],
    )


@inlined
def _record_hours(world: World, u: int, week: int) -> None:
    """Split the rostered hours of the week into work, paper and the rest, each by its own share."""
    if not is_staffed(world, u):
        return
    units = world.units
    rostered = units["week_rostered"][u] / HOUR
    overtime = units["overtime"][u] * rostered
    work = units["productive"][u] * (units["week_busy"][u] / HOUR)
    share = case_share(units["productive"][u], units["overtime"][u], units["manned"][u])
    paper = max(0.0, 1.0 - share - world.settings[0]["other_time_share"]) * rostered
    add_to_week(world, week, W_ROSTERED_HOURS, rostered)
    add_to_week(world, week, W_OVERTIME_HOURS, overtime)
    if units["type"][u] != UNIT_DEPARTMENT:
        s = world.settings[0]
        per_hour = units["wage"][u] / s["hours_per_post_year"] * s["overtime_wage_factor"]
        there = units["filled"][u] / max(units["posts"][u], 1.0)
        add_to_week(world, week, W_OVERTIME_YUAN, overtime * there * units["pace"][u] * per_hour)
    add_to_week(world, week, W_WORK_HOURS, work)
    add_to_week(world, week, W_PAPER_HOURS, paper)
    add_to_week(world, week, W_OTHER_HOURS, rostered + overtime - work - paper)


@inlined
def _papers(world: World, u: int) -> float:
    """Hours a month that one post of an office unit spends on meetings, reports and documents."""
    s = world.settings[0]
    reports = s["reports_per_month"] * s["assessment_indicators"] / s["assessment_indicators_reference"]
    if world.units["type"][u] == UNIT_URBAN_MANAGEMENT:
        reports += s["delegation_reports_per_year"] / MONTHS_PER_YEAR
    return paper_hours(
        s["meetings_per_month"],
        s["meeting_hours"],
        reports,
        s["report_hours"],
        s["documents_per_month"] * s["assigned_tasks"] / s["assigned_tasks_reference"],
        s["document_hours"],
    )


@inlined
def _daily_quota(world: World) -> float:
    s = world.settings[0]
    return quota_hours(
        s["grid_report_quota_per_day"],
        s["assessment_weight_process"],
        s["assessment_weight_process_reference"],
        s["report_minutes"],
    )


@inlined
def _works_shifts(unit_type: int) -> bool:
    """Counters and the duty team are manned throughout: others take papers and breaks (assumption)."""
    return unit_type == UNIT_SERVICE_HALL or unit_type == UNIT_DUTY_TEAM


@rule
def set_productive_share(world: World, u: int) -> None:
    """The hours of case work in an hour of a unit's roster in the coming week; overtime adds to them.

    Hours that meetings took last week (`meetings`) are spread over the coming one and cleared.
    """
    units, s = world.units, world.settings[0]
    unit_type = units["type"][u]
    month, minimum = s["working_hours_per_month"], s["productive_share_minimum"]
    extra = units["meetings"][u] * WEEKS_PER_MONTH / max(units["filled"][u], 1.0)
    training = max(0.0, s["training_hours_per_year"] - s["training_hours_in_other_time"])
    extra += training / s["hours_per_post_year"] * month
    units["meetings"][u] = 0.0
    if unit_type == UNIT_PROGRAMME:
        p = 1.0
    elif unit_type == UNIT_GRID_WORKER:
        p = max(minimum, field_productive_share(s["field_hours"], _daily_quota(world), minimum) - extra / month)
    elif _works_shifts(unit_type):
        p = productive_share(extra, 0.0, month, minimum)
    else:
        p = productive_share(_papers(world, u) + extra, s["other_time_share"], month, minimum)
    units["productive"][u] = p * (1.0 + units["overtime"][u]) * units["manned"][u]


@rule
def set_productive_shares(world: World) -> None:
    """All units' productive shares, and the hours a day that each grid is patrolled."""
    share_vacancies(world)
    for u in range(world.units.shape[0]):
        set_productive_share(world, u)
    quota, field_hours = _daily_quota(world), world.settings[0]["field_hours"]
    for g in range(world.grids.shape[0]):
        worker = world.grids["worker"][g]
        present = min(world.units["filled"][worker], 1.0)
        hours = patrol_hours_per_day(field_hours, quota, world.units["load"][worker])
        world.grids["patrol_hours"][g] = present * hours


@rule
def contracts_held(world: World) -> float:
    """Contracts between the street and living social organizations."""
    contracts = 0.0
    for o in range(world.organizations.shape[0]):
        if world.organizations["alive"][o]:
            contracts += world.organizations["contracts"][o]
    return contracts


@rule
def supervise_contracts(world: World) -> None:
    """Tendering and supervising contracts takes civil affairs' time, every week its share of the year.

    The contracts of the start are in the section's other time; only further ones cost more (assumption).
    """
    s = world.settings[0]
    further = max(0.0, contracts_held(world) - world.clock["contracts_at_first"][0])
    hours = s["tender_hours"] / WEEKS_PER_YEAR + s["contract_supervision_hours"] / WEEKS_PER_MONTH
    sections = 0
    for u in range(world.units.shape[0]):
        sections += 1 if world.units["type"][u] == UNIT_CIVIL_AFFAIRS else 0
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_CIVIL_AFFAIRS:
            world.units["meetings"][u] += further * hours / sections
