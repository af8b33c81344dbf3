"""The street's organization: who there is, which kinds are whose, and how many posts each unit has.

Posts are set from utilisation and not from head counts (MODEL 23): a trial of the reference street with staff in plenty measures the
work that comes to each type of unit; posts follow from the target utilisation. At another size posts are rounded and
the hours per post corrected, so that each unit's offered load is as in the reference street (MODEL 24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model import draws
from model.codes import (
    ALWAYS,
    HELP,
    HOUR,
    KIND_NAMES,
    NATURE_ENQUIRY,
    NEVER,
    OFFICE,
    REPORT,
    SERVICE,
    UNIT_COMMAND_OFFICE,
    UNIT_DEPARTMENT,
    UNIT_DUTY_TEAM,
    UNIT_GRID_WORKER,
    UNIT_PROGRAMME,
    UNIT_SERVICE_HALL,
    UNIT_TYPE_NAMES,
    WINDOW_HOURS,
)
from model.codes import COMPLAINT as COMPLAINT_NATURE
from model.gates import OPENING_HOURS
from model.rules_adaptation import field_productive_share, paper_hours, productive_share, quota_hours
from model.stages import GATE_NAMES
from model.world import World

SECTIONS = ("civil_affairs", "urban_management", "construction", "mediation", "safety")
PROGRAMMES = ("elder_care", "child_care")

# Whose each kind is: section, and district department that holds the power and the money line.
KIND_SECTION = {
    "property_dispute": "mediation", "parking": "urban_management", "sanitation": "urban_management",
    "street_vending": "urban_management", "illegal_building": "construction", "public_facility": "construction",
    "lift_fault": "construction", "neighbour_dispute": "mediation", "safety_hazard": "safety",
    "administrative_service": "civil_affairs", "social_assistance": "civil_affairs", "elder_care": "civil_affairs",
    "child_care": "civil_affairs", "renovation": "construction", "emergency": "safety", "enquiry": "civil_affairs",
}  # fmt: skip
DEPARTMENT_NAMES = (
    "urban_management", "housing", "police", "planning", "market_supervision", "justice", "fire", "human_resources",
    "civil_affairs", "health", "environment", "education", "transport", "water", "finance", "culture",
)  # fmt: skip
KIND_DEPARTMENT = {
    "property_dispute": "housing", "parking": "police", "sanitation": "urban_management",
    "street_vending": "urban_management", "illegal_building": "planning", "public_facility": "housing",
    "lift_fault": "market_supervision", "neighbour_dispute": "justice", "safety_hazard": "fire",
    "administrative_service": "human_resources", "social_assistance": "civil_affairs", "elder_care": "civil_affairs",
    "child_care": "health", "renovation": "housing", "emergency": "fire", "enquiry": "human_resources",
}  # fmt: skip
_NATURES = {
    "administrative_service": SERVICE, "social_assistance": HELP, "elder_care": HELP, "child_care": HELP,
    "emergency": HELP, "renovation": REPORT, "enquiry": NATURE_ENQUIRY,
}  # fmt: skip

PLENTY = 100_000  # servers where staff is in plenty
OFFICE_HOURS_PER_WEEK = 40.0 * 248.0 / 261.0  # less public holidays
WEEK_HOURS = 168.0


@dataclass(frozen=True)
class Staff:
    """Posts per 1,000 residents by unit type, as real numbers, and the office work behind them (hours a week)."""

    posts_per_1000: Mapping[str, float]
    load_per_1000: Mapping[str, float]
    review_per_1000: Mapping[str, float]  # of that, reviewing for layers


@dataclass(frozen=True)
class Rows:
    """Where each type of unit stands in `world.units`."""

    grid_workers: range
    communities: range
    sections: range
    hall: int
    desk: int
    leader: int
    duty_team: int
    command_office: int
    departments: range
    programmes: range

    @property
    def count(self) -> int:
        """Number of units."""
        return self.programmes.stop


def rows_of(grids: int, communities: int, departments: int) -> Rows:
    """The order of units: from the grid up to the district."""
    c = grids + communities
    s = c + len(SECTIONS)
    d = s + 5 + departments
    return Rows(
        range(grids), range(grids, c), range(c, s), s, s + 1, s + 2, s + 3, s + 4, range(s + 5, d),
        range(d, d + len(PROGRAMMES)),
    )  # fmt: skip


def fill_kinds(world: World, values: Mapping[str, float], rows: Rows) -> None:
    """The table of kinds: attributes from the parameters, and whose they are."""
    kinds = world.kinds
    columns = {
        "rate_per_1000": "rate", "severity": "severity", "public_share": "public_share",
        "voice_intercept": "voice", "needs_power": "needs_power_share", "multi_department_share": "multi_share",
        "departments_max": "departments_max", "work_hours": "work_hours", "work_cv2": "work_cv2",
        "money_share": "money_share", "money_median_yuan": "money_median", "money_log_sd": "money_log_sd",
        "documents": "documents", "due_hours": "due", "unsettleable_share": "unsettleable_share",
        "on_spot_share": "on_spot_share", "informal_share": "informal_share", "weekend_factor": "weekend_factor",
        "vulnerable_ratio": "vulnerable_ratio", "elderly_ratio": "elderly_ratio",
        "dangerous_share": "dangerous_share", "detection_coefficient": "detection",
        "sensor_detectable_share": "sensor_share",
    }  # fmt: skip
    factor = {"rate_per_1000": 1e-3, "due_hours": float(HOUR)}
    departments = len(rows.departments)
    for i, name in enumerate(KIND_NAMES):
        kinds["key"][i] = draws.key_of(name)
        for attribute, column in columns.items():
            kinds[column][i] = values[f"{name}.{attribute}"] * factor.get(attribute, 1)
        kinds["unit"][i] = rows.sections[SECTIONS.index(KIND_SECTION[name])]
        kinds["department"][i] = DEPARTMENT_NAMES.index(KIND_DEPARTMENT[name]) % departments
        kinds["line"][i] = kinds["department"][i] % (len(world.lines) - 1)
        kinds["nature"][i] = _NATURES.get(name, COMPLAINT_NATURE)
        kinds["programme"][i] = rows.programmes[PROGRAMMES.index(name)] if name in PROGRAMMES else -1


def unit_types(rows: Rows) -> list[tuple[str, str]]:
    """(type name, unit name) of every unit, in row order."""
    names = [("grid_worker", f"grid_worker_{i}") for i in rows.grid_workers]
    names += [("community", f"community_{i}") for i in range(len(rows.communities))]
    names += [(section, section) for section in SECTIONS]
    names += [(n, n) for n in ("service_hall", "dispatch_desk", "leader", "duty_team", "command_office")]
    names += [("department", f"department_{DEPARTMENT_NAMES[i]}") for i in range(len(rows.departments))]
    return names + [("programme", f"programme_{p}") for p in PROGRAMMES]


_WAGE_CLASSES = {"grid_worker": "wage_grid_worker", "community": "wage_social_worker", "duty_team": "wage_contract",
                 "service_hall": "wage_contract", "dispatch_desk": "wage_contract"}  # fmt: skip


def fill_units(world: World, values: Mapping[str, float], rows: Rows, staff: Staff | None) -> None:
    """Units with their calendars, staff and starting state. Without `staff`, everybody is there in plenty."""
    units, clock = world.units, world.clock
    residents = len(world.residents)
    for row, (type_, name) in enumerate(unit_types(rows)):
        unit = units[row : row + 1]
        unit["type"] = UNIT_TYPE_NAMES.index(type_)
        unit["key"] = draws.key_of(name)
        unit["opening"], unit["successor"], unit["capacity"] = -1, -1, NEVER
        unit["calendar"] = _calendar(UNIT_TYPE_NAMES.index(type_))
        unit["persons"] = type_ == "service_hall"
        unit["skill"] = values.get(f"{type_}.skill", 1.0)
        unit["productive"] = productive_share_of(type_, values)
        unit["pace"] = 1.0
        unit["willingness"] = values["willingness_base"]
        unit["load"] = values.get(f"{type_}.target_utilisation", 0.85)
        unit["wage"] = values[_WAGE_CLASSES.get(type_, "wage_civil")] * 1000.0
        unit["posts"] = unit["filled"] = unit["servers"] = PLENTY
    clock["hall"], clock["desk"], clock["leader"] = rows.hall, rows.desk, rows.leader
    clock["duty_team"], clock["command_office"] = rows.duty_team, rows.command_office
    clock["first_community"], clock["first_section"] = rows.communities.start, rows.sections.start
    clock["sections"], clock["first_department"] = len(rows.sections), rows.departments.start
    clock["departments"] = len(rows.departments)
    clock["urban_management"] = rows.sections[SECTIONS.index("urban_management")]
    if staff is not None:
        _give_posts(world, values, residents, staff)
    units["grid"] = -1
    units["grid"][: len(world.grids)] = np.arange(len(world.grids))


def productive_share_of(type_: str, values: Mapping[str, float]) -> float:
    """Share of a post's time that is left for cases when nobody works overtime, by the rules that the boundary applies too.

    Counters, duty teams and programmes are manned throughout.
    """
    if type_ in ("duty_team", "service_hall", "programme"):
        return 1.0
    minimum = values["productive_share_minimum"]
    if type_ == "grid_worker":
        weight, reference = values["assessment_weight_process"], values["assessment_weight_process_reference"]
        quota = quota_hours(values["grid_report_quota_per_day"], weight, reference, values["report_minutes"])
        return field_productive_share(values["field_hours"], quota, minimum)
    paper = paper_hours(
        values["meetings_per_month"], values["meeting_hours"], values["reports_per_month"], values["report_hours"],
        values["documents_per_month"], values["document_hours"],
    )  # fmt: skip
    return productive_share(paper, values["other_time_share"], values["working_hours_per_month"], minimum)


def _calendar(type_: int) -> int:
    if type_ in (UNIT_DUTY_TEAM, UNIT_PROGRAMME):
        return ALWAYS
    return WINDOW_HOURS if type_ == UNIT_SERVICE_HALL else OFFICE


def weekly_hours(type_: str) -> float:
    """Rostered hours a week of one post of this type (the hall's overtime hour is not rostered)."""
    return WEEK_HOURS if UNIT_TYPE_NAMES.index(type_) in (UNIT_DUTY_TEAM, UNIT_PROGRAMME) else OFFICE_HOURS_PER_WEEK


_ONE_EACH = {UNIT_GRID_WORKER: 1, UNIT_DUTY_TEAM: 2}


def _give_posts(world: World, values: Mapping[str, float], residents: int, staff: Staff) -> None:
    units = world.units
    for code, type_ in enumerate(UNIT_TYPE_NAMES):
        members = np.flatnonzero(units["type"] == code)
        if code == UNIT_PROGRAMME or not len(members):
            continue
        wanted = staff.posts_per_1000.get(type_, 0.0) * residents / 1000.0 * values["staff_factor"]
        if code == UNIT_COMMAND_OFFICE:
            continue
        if code in _ONE_EACH:  # a grid has its worker, a night its duty officers, whatever the load
            units["posts"][members] = units["filled"][members] = units["servers"][members] = _ONE_EACH[code]
            continue
        posts = _largest_remainder(wanted, len(members))
        units["posts"][members] = units["filled"][members] = units["servers"][members] = posts
        units["pace"][members] = wanted / len(members) / posts
        if code == UNIT_DEPARTMENT:
            load = staff.load_per_1000[type_] * residents / 1000.0 / len(members)
            share = values["department.background_load_share"]
            hours = OFFICE_HOURS_PER_WEEK * values["background_work_hours"]
            units["background_rate"][members] = load * share / (1.0 - share) / hours
    command = np.flatnonzero(units["type"] == UNIT_COMMAND_OFFICE)
    units["posts"][command] = units["filled"][command] = units["servers"][command] = 0


def _largest_remainder(wanted: float, members: int) -> np.ndarray:
    """Whole posts, at least one each, that sum to the wanted number as nearly as may be."""
    total = max(members, round(wanted))
    posts = np.full(members, total // members)
    posts[: total - posts.sum()] += 1
    return posts


def fill_gates(world: World, start: int) -> None:
    """The gates with their first opening in the first week."""
    for gate, name in enumerate(GATE_NAMES):
        world.gates["key"][gate] = draws.key_of(f"gate_{name}")
        world.gates["opens_at"][gate] = start + OPENING_HOURS[gate]


def fill_grids(world: World, rows: Rows) -> None:
    """Each grid has its worker and a keyed rank, by which reforms reach grids one after another."""
    for g in range(len(world.grids)):
        world.grids["worker"][g] = rows.grid_workers[g]
        world.grids["rank"][g] = draws.uniform(0, draws.ROLL_OUT_ORDER, world.grids["key"][g], 0)
        world.grids["patrol_hours"][g] = 2.0
