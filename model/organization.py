"""The street's organization: who there is, which kinds are whose, and how many posts each unit has.

Posts are set from utilisation and not from head counts (MODEL 23): a trial of the reference street with staff in plenty measures the
work that comes to each type of unit; posts follow from the target utilisation. At another size posts are rounded and
the hours per post corrected, so that each unit's offered load is as in the reference street (MODEL 24).
"""

from __future__ import annotations

import math
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
    UNIT_COMMUNITY,
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
from model.rules import logistic, voice_score
from model.rules_adaptation import (
    field_productive_share,
    is_contract,
    paper_hours,
    patrol_hours_per_day,
    productive_share,
    quota_hours,
)
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
    "urban_management", "housing", "police", "planning", "market_supervision", "justice", "fire", "civil_affairs",
    "human_resources", "health", "environment", "education", "transport", "water", "finance", "culture",
)  # fmt: skip
KIND_DEPARTMENT = {
    "property_dispute": "housing", "parking": "police", "sanitation": "urban_management",
    "street_vending": "urban_management", "illegal_building": "planning", "public_facility": "urban_management",
    "lift_fault": "market_supervision", "neighbour_dispute": "justice", "safety_hazard": "fire",
    "administrative_service": "human_resources", "social_assistance": "civil_affairs", "elder_care": "civil_affairs",
    "child_care": "health", "renovation": "housing", "emergency": "fire", "enquiry": "human_resources",
}  # fmt: skip
# Whom those in charge usually need beside them, all among the departments that every street deals with: assumption.
KIND_PARTNERS = {
    "property_dispute": ("fire", "market_supervision", "justice", "urban_management"),
    "parking": ("urban_management", "fire", "planning", "housing"),
    "sanitation": ("housing", "market_supervision", "police", "planning"),
    "street_vending": ("market_supervision", "police", "fire", "justice"),
    "illegal_building": ("urban_management", "police", "housing", "fire"),
    "public_facility": ("housing", "planning", "police", "fire"),
    "lift_fault": ("housing", "fire", "police", "justice"),
    "neighbour_dispute": ("police", "housing", "civil_affairs", "urban_management"),
    "safety_hazard": ("housing", "police", "market_supervision", "urban_management"),
    "administrative_service": ("police", "civil_affairs", "housing", "market_supervision"),
    "social_assistance": ("human_resources", "housing", "police", "justice"),
    "elder_care": ("human_resources", "fire", "market_supervision", "housing"),
    "child_care": ("civil_affairs", "fire", "market_supervision", "housing"),
    "renovation": ("planning", "urban_management", "fire", "civil_affairs"),
    "emergency": ("police", "housing", "urban_management", "civil_affairs"),
    "enquiry": ("civil_affairs", "police", "housing", "justice"),
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
    department_shares: tuple[float, ...]  # of the departments' load, by department
    background_per_1000: float = 0.0  # work of departments from elsewhere


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
        world.partners[i] = _partners(name, departments)


def _partners(kind: str, departments: int) -> list[int]:
    """All departments but the one in charge of a kind, its usual partners first; the one in charge fills the last place."""
    lead = DEPARTMENT_NAMES.index(KIND_DEPARTMENT[kind]) % departments
    usual = [d for d in map(DEPARTMENT_NAMES.index, KIND_PARTNERS[kind]) if d < departments]
    return [*(d for d in dict.fromkeys([*usual, *range(departments)]) if d != lead), lead]


def fill_lines(world: World, values: Mapping[str, float]) -> None:
    """What the kinds of each line need of the street's money on average, as shares that sum to one."""
    need = np.zeros(len(world.lines) - 1)
    for i, name in enumerate(KIND_NAMES):
        sum_ = values[f"{name}.money_median_yuan"] * math.exp(values[f"{name}.money_log_sd"] ** 2 / 2.0)
        paid_for = values[f"{name}.money_share"] * (1.0 - values[f"{name}.unsettleable_share"])
        need[world.kinds["line"][i]] += values[f"{name}.rate_per_1000"] * _voiced(values, name) * paid_for * sum_
    need = np.maximum(need / max(need.sum(), 1e-9), values["least_share"] / len(need))
    world.lines["need"][:-1] = need / need.sum()


def _voiced(values: Mapping[str, float], kind: str) -> float:
    """Share of the needs of a kind that an average resident reports by telephone at the start."""
    effort = values["hotline_minutes"] / values["voice_effort_reference_minutes"]
    score = voice_score(
        values[f"{kind}.voice_intercept"], values[f"{kind}.severity"], values["voice_severity_weight"],
        values["trust_initial"], values["voice_trust_weight"], values["perceived_success_initial"],
        values["voice_efficacy_weight"], effort, values["voice_effort_weight"], 0.0, values["voice_fatigue_weight"],
    )  # fmt: skip
    return (1.0 - values[f"{kind}.informal_share"]) * logistic(score)


def unit_types(rows: Rows) -> list[tuple[str, str]]:
    """(type name, unit name) of every unit, in row order."""
    names = [("grid_worker", f"grid_worker_{i}") for i in rows.grid_workers]
    names += [("community", f"community_{i}") for i in range(len(rows.communities))]
    names += [(section, section) for section in SECTIONS]
    names += [(n, n) for n in ("service_hall", "dispatch_desk", "leader", "duty_team", "command_office")]
    names += [("department", f"department_{DEPARTMENT_NAMES[i]}") for i in range(len(rows.departments))]
    return names + [("programme", f"programme_{p}") for p in PROGRAMMES]


def _wage_class(type_: str) -> str:
    if type_ in ("grid_worker", "community"):
        return "wage_grid_worker" if type_ == "grid_worker" else "wage_social_worker"
    return "wage_contract" if is_contract(UNIT_TYPE_NAMES.index(type_)) else "wage_civil"


def fill_units(world: World, values: Mapping[str, float], rows: Rows, staff: Staff | None) -> None:
    """Units with their calendars, staff and starting state. Without `staff`, everybody is there in plenty."""
    units, clock = world.units, world.clock
    for row, (type_, name) in enumerate(unit_types(rows)):
        unit = units[row : row + 1]
        unit["type"] = UNIT_TYPE_NAMES.index(type_)
        unit["key"] = draws.key_of(name)
        unit["opening"], unit["capacity"] = -1, NEVER
        unit["calendar"] = _calendar(UNIT_TYPE_NAMES.index(type_))
        unit["persons"] = type_ == "service_hall"
        unit["skill"] = values.get(f"{type_}.skill", 1.0)
        unit["productive"] = productive_share_of(type_, values)
        unit["pace"] = 1.0
        unit["willingness"] = values["willingness_base"]
        unit["load"] = values.get(f"{type_}.target_utilisation", 0.85)
        unit["wage"] = values[_wage_class(type_)] * 1000.0
        unit["posts"] = unit["filled"] = unit["servers"] = PLENTY
    clock["hall"], clock["desk"], clock["leader"] = rows.hall, rows.desk, rows.leader
    clock["duty_team"], clock["command_office"] = rows.duty_team, rows.command_office
    clock["first_community"], clock["first_section"] = rows.communities.start, rows.sections.start
    clock["sections"], clock["first_department"] = len(rows.sections), rows.departments.start
    clock["departments"] = len(rows.departments)
    clock["urban_management"] = rows.sections[SECTIONS.index("urban_management")]
    if staff is not None:
        _give_posts(world, values, staff)
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
        return field_productive_share(values["field_hours"], _daily_quota(values), minimum)
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


_ONE_EACH = {UNIT_GRID_WORKER: 1.0, UNIT_DUTY_TEAM: 2.0}


def wanted_posts(world: World, values: Mapping[str, float], staff: Staff) -> np.ndarray:
    """Posts that the load of each unit asks for, as real numbers (0 for programmes and the command office).

    A grid has its worker and a night its duty officers whatever the load; communities share by residents, departments
    by the work that falls to each.
    """
    units = world.units
    wanted = np.zeros(len(units))
    for code, type_ in enumerate(UNIT_TYPE_NAMES):
        members = np.flatnonzero(units["type"] == code)
        if code in (UNIT_PROGRAMME, UNIT_COMMAND_OFFICE) or not len(members):
            continue
        if code in _ONE_EACH:
            wanted[members] = _ONE_EACH[code]
            continue
        of_type = staff.posts_per_1000[type_] * len(world.residents) / 1000.0 * values["staff_factor"]
        wanted[members] = of_type * _shares(world, values, code, len(members), staff)
    return wanted


def _shares(world: World, values: Mapping[str, float], type_: int, members: int, staff: Staff) -> np.ndarray:
    """How the load of a type of unit divides among its units."""
    if type_ == UNIT_COMMUNITY:
        people = np.bincount(world.grids["community"], world.grids["residents"], members)
        return people / people.sum()
    if type_ == UNIT_DEPARTMENT:  # one more than the street was staffed for has the least share
        shares = np.full(members, values["least_share"] / members)
        known = staff.department_shares[:members]
        shares[: len(known)] = known
        return shares / shares.sum()
    return np.full(members, 1.0 / members)


def _give_posts(world: World, values: Mapping[str, float], staff: Staff) -> None:
    """Whole posts for each unit; where its load asks for less, each of them has so much less time for it."""
    units = world.units
    wanted = wanted_posts(world, values, staff)
    posts = np.ceil(wanted - 1e-9)
    units["posts"] = units["filled"] = units["servers"] = posts
    units["pace"] = np.where(posts > 0, wanted / np.maximum(posts, 1.0), 1.0)
    departments = units["type"] == UNIT_DEPARTMENT
    elsewhere = staff.background_per_1000 * len(world.residents) / 1000.0
    hours = elsewhere * _shares(world, values, UNIT_DEPARTMENT, int(departments.sum()), staff)
    units["background_rate"][departments] = hours / (OFFICE_HOURS_PER_WEEK * values["background_work_hours"])


def fill_gates(world: World, start: int) -> None:
    """The gates with their first opening in the first week."""
    for gate, name in enumerate(GATE_NAMES):
        world.gates["key"][gate] = draws.key_of(f"gate_{name}")
        world.gates["opens_at"][gate] = start + OPENING_HOURS[gate]


def fill_grids(world: World, values: Mapping[str, float], rows: Rows) -> None:
    """Each grid has its worker, who patrols it."""
    patrol = patrol_hours_per_day(values["field_hours"], _daily_quota(values), values["grid_worker.target_utilisation"])
    for g in range(len(world.grids)):
        world.grids["worker"][g] = rows.grid_workers[g]
        world.grids["patrol_hours"][g] = patrol


def _daily_quota(values: Mapping[str, float]) -> float:
    """Hours a day that a grid worker spends on quota reports."""
    weight, reference = values["assessment_weight_process"], values["assessment_weight_process_reference"]
    return quota_hours(values["grid_report_quota_per_day"], weight, reference, values["report_minutes"])
