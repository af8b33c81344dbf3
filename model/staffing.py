"""Who works where: leavers, hires, learning, and mobile posts that go where the queue is.

Every unit carries two integrated hazards (Sellke 1983): one of leaving, one of hiring. An event comes when the integral
passes a keyed unit-exponential threshold, so a changed hazard moves events and redraws none.
"""

from __future__ import annotations

from model import draws
from model.codes import UNIT_CIVIL_AFFAIRS, UNIT_COMMAND_OFFICE, UNIT_DEPARTMENT, UNIT_DISPATCH_DESK, UNIT_GRID_WORKER
from model.compilation import inlined, rule
from model.measures import W_HIRES, W_LEAVERS, W_POST_WEEKS, W_VACANT_POST_WEEKS, add_to_week
from model.rules import moved_towards
from model.rules_adaptation import (
    WEEKS_PER_YEAR,
    experience_with_newcomer,
    is_contract,
    is_social,
    learned,
    mean_vacancy_weeks,
    stationary_vacancy_share,
    training_gain,
    turnover_base,
    turnover_per_year,
    unit_skill,
)
from model.working_time import is_staffed
from model.world import World

FULL_DAY = 1.0  # load of one who is busy all day
_POST = 1_000  # ordinals from here on draw the initial vacancies of single posts


@inlined
def _threshold(world: World, u: int, decision: int, spell: int) -> float:
    """The unit exponential that the integrated hazard must pass in this spell."""
    uniform = draws.uniform(world.clock["seed"][0], decision, world.units["key"][u], spell)
    return draws.exponential(uniform, 1.0)


@inlined
def _base(world: World, u: int) -> float:
    s = world.settings[0]
    return turnover_base(world.units["type"][u], s["turnover_civil"], s["turnover_contract"], s["turnover_grid_social"])


@inlined
def leaving_rate(world: World, u: int) -> float:
    """Leavers per filled post and year in this unit now.

    A grid worker's day is full whatever the cases: patrol takes what they leave (MODEL 3). His load here is therefore that of a
    full day and not, as MODEL 27 has it for others, the share of cases; too many of these still mean overtime.
    """
    s = world.settings[0]
    unit_type = world.units["type"][u]
    load = FULL_DAY if unit_type == UNIT_GRID_WORKER else world.units["load"][u]
    return turnover_per_year(
        _base(world, u),
        world.units["overtime"][u],
        s["turnover_overtime_weight"],
        s["turnover_overtime_reference"],
        load,
        s["turnover_load_weight"],
        s["turnover_load_reference"],
        s["appraisal_pressure"],
        # `pay_ratio` speaks of contract, grid and social staff; established posts are paid by scale
        s["pay_ratio"] if is_social(unit_type) or is_contract(unit_type) else 1.0,
        s["turnover_pay_weight"],
        s["turnover_cap"],
    )


@inlined
def _vacancy_weeks(world: World) -> float:
    s = world.settings[0]
    return mean_vacancy_weeks(s["vacancy_months"], s["applicants_per_post"], s["applicants_per_post_reference"])


@rule
def set_servers(world: World, u: int) -> None:
    """Every post is a server, since vacant ones are covered (see `share_vacancies`): nothing stops for good."""
    units = world.units
    units["servers"][u] = int(max(units["posts"][u] + units["mobile"][u], 0.0))


@rule
def set_skill(world: World, u: int) -> None:
    """Mean skill of those at work: own staff by experience, practised stand-ins, mobile staff as newcomers."""
    units, s = world.units, world.settings[0]
    own, guests = units["filled"][u], max(units["mobile"][u], 0.0)
    stand_ins = max(units["posts"][u] - own, 0.0)
    experience = (
        (own * units["experience"][u] + stand_ins + guests * s["new_staff_skill"]) / (own + stand_ins + guests)
        if own + stand_ins + guests > 0.0
        else 1.0
    )
    units["skill"][u] = unit_skill(
        units["practised_skill"][u],
        experience,
        s["specialist_share"],
        s["specialist_skill_gain"],
        units["trained"][u],
    )


@rule
def open_staff(world: World) -> None:
    """Staff at the start: vacancies at their stationary share, by keyed draw of each post; everybody practised."""
    units, s = world.units, world.settings[0]
    for u in range(units.shape[0]):
        units["hazard_threshold"][u] = _threshold(world, u, draws.RESIGNATION, 0)
        units["hire_threshold"][u] = _threshold(world, u, draws.HIRING, 0)
        units["experience"][u] = 1.0
        units["trained"][u] = training_gain(s["training_skill_gain"], s["training_hours_per_year"])
        if units["load"][u] <= 0.0:
            units["load"][u] = s["turnover_load_reference"]
        units["practised_skill"][u] = units["skill"][u] if units["skill"][u] > 0.0 else 1.0
        if not is_staffed(world, u):
            continue
        vacant_share = stationary_vacancy_share(_base(world, u), _vacancy_weeks(world))
        filled = 0.0
        for post in range(int(units["posts"][u])):
            uniform = draws.uniform(world.clock["seed"][0], draws.HIRING, units["key"][u], -_POST - post)
            if uniform >= vacant_share:
                filled += 1.0
        units["filled"][u] = filled
        set_servers(world, u)
        set_skill(world, u)


@inlined
def _hires(world: World, u: int, vacancies: float, week: int) -> None:
    """Vacancies open a week ago are filled as their integrated hazard passes its threshold."""
    units = world.units
    units["hire_hazard"][u] += vacancies / _vacancy_weeks(world)
    hired = 0.0
    while hired < vacancies and units["hire_hazard"][u] >= units["hire_threshold"][u]:
        units["hire_hazard"][u] -= units["hire_threshold"][u]
        units["hire_spell"][u] += 1
        units["hire_threshold"][u] = _threshold(world, u, draws.HIRING, units["hire_spell"][u])
        units["experience"][u] = experience_with_newcomer(
            units["experience"][u], units["filled"][u], world.settings[0]["new_staff_skill"]
        )
        units["filled"][u] += 1.0
        hired += 1.0
    if units["type"][u] != UNIT_DEPARTMENT:
        add_to_week(world, week, W_HIRES, hired)


@inlined
def _leavers(world: World, u: int, staff: float, week: int) -> None:
    """Those who were here last week leave as the integrated hazard passes its threshold."""
    units = world.units
    units["integrated_hazard"][u] += staff * leaving_rate(world, u) / WEEKS_PER_YEAR
    left = 0.0
    while left < staff and units["integrated_hazard"][u] >= units["hazard_threshold"][u]:
        units["integrated_hazard"][u] -= units["hazard_threshold"][u]
        units["spell"][u] += 1
        units["hazard_threshold"][u] = _threshold(world, u, draws.RESIGNATION, units["spell"][u])
        units["filled"][u] -= 1.0
        left += 1.0
    if units["type"][u] != UNIT_DEPARTMENT:
        add_to_week(world, week, W_LEAVERS, left)


@rule
def change_staff(world: World, week: int) -> None:
    """Leavers, hires and learning of the week that ends at Monday of `week`; the street's own are counted."""
    units, s = world.units, world.settings[0]
    trained = training_gain(s["training_skill_gain"], s["training_hours_per_year"])
    for u in range(units.shape[0]):
        if not is_staffed(world, u):
            continue
        if units["type"][u] == UNIT_COMMAND_OFFICE:  # works with hours of posts that are counted where they came from
            set_servers(world, u)
            continue
        staff, vacancies = units["filled"][u], max(units["posts"][u] - units["filled"][u], 0.0)
        if units["type"][u] != UNIT_DEPARTMENT:
            add_to_week(world, week - 1, W_POST_WEEKS, units["posts"][u])
            add_to_week(world, week - 1, W_VACANT_POST_WEEKS, vacancies)
        units["experience"][u] = learned(units["experience"][u], s["learning_weeks"])
        units["trained"][u] = moved_towards(units["trained"][u], trained, learned(0.0, s["learning_weeks"]))
        _leavers(world, u, staff, week - 1)
        _hires(world, u, vacancies, week - 1)
        set_servers(world, u)
        set_skill(world, u)


# --- Alerts and mobile posts ---


@rule
def watch_loads(world: World) -> None:
    """Count the weeks in a row in which a unit's load was above its benchmark."""
    units = world.units
    benchmark = world.settings[0]["overload_error_threshold"]
    for u in range(units.shape[0]):
        units["alert_weeks"][u] = units["alert_weeks"][u] + 1 if units["load"][u] > benchmark else 0


@inlined
def _lends_staff(world: World, u: int) -> bool:
    """Sections, the service hall and the dispatch desk share mobile posts."""
    return UNIT_CIVIL_AFFAIRS <= world.units["type"][u] <= UNIT_DISPATCH_DESK


@inlined
def _queue_per_server(world: World, u: int) -> float:
    return world.units["waiting"][u] / max(world.units["servers"][u], 1)


@inlined
def _unit_in_worst_alert(world: World) -> int:
    """The unit on alert with the longest queue per head, or -1."""
    worst = -1
    for u in range(world.units.shape[0]):
        on_alert = world.units["alert_weeks"][u] >= world.settings[0]["alert_weeks"]
        if (
            _lends_staff(world, u)
            and on_alert
            and (worst < 0 or _queue_per_server(world, u) > _queue_per_server(world, worst))
        ):
            worst = u
    return worst


@inlined
def _load_without_one(world: World, u: int) -> float:
    """The load that a unit would have had last week with one person fewer than it keeps now."""
    units = world.units
    return units["load"][u] * units["filled"][u] / max(units["filled"][u] + units["mobile"][u] - 1.0, 1.0)


@inlined
def _idlest_donor(world: World, receiver: int) -> int:
    """The unit off alert that would be least loaded with one person fewer, and keeps at least one; or -1."""
    units = world.units
    donor = -1
    for u in range(units.shape[0]):
        spare = units["filled"][u] + units["mobile"][u] >= 2.0 and units["alert_weeks"][u] == 0
        if (
            _lends_staff(world, u)
            and u != receiver
            and spare
            and (donor < 0 or _load_without_one(world, u) < _load_without_one(world, donor))
        ):
            donor = u
    return donor


@rule
def move_mobile_staff(world: World) -> None:
    """Monthly: mobile staff come home and then go to the unit in the worst alert, as many as are mobile and versatile."""
    units, s = world.units, world.settings[0]
    total = 0.0
    for u in range(units.shape[0]):
        units["mobile"][u] = 0.0
        if _lends_staff(world, u):
            total += units["filled"][u]
    mobile = int(min(s["mobile_posts_share"], s["generalist_share"]) * total)
    receiver = _unit_in_worst_alert(world)
    if receiver < 0:
        mobile = 0
    for _ in range(mobile):
        donor = _idlest_donor(world, receiver)
        if donor >= 0:
            units["mobile"][donor] -= 1.0
            units["mobile"][receiver] += 1.0
    for u in range(units.shape[0]):
        if _lends_staff(world, u):
            set_servers(world, u)
            set_skill(world, u)
