"""`jiedao explain street NAME` and `jiedao explain UNIT`: what stands behind the desks of a street.

Posts are set from utilisation (MODEL 23); the head counts of the sources are a check that is shown beside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from model.codes import HOUR, KIND_NAMES, UNIT_TYPE_NAMES
from model.errors import UnknownNameError
from model.organization import KIND_DEPARTMENT, KIND_SECTION, OFFICE_HOURS_PER_WEEK, PROGRAMMES
from model.parameters import PARAMETERS
from model.parameters.units import UNIT_TITLES
from model.run import Outcome, simulate
from model.world import World
from scenarios.loader import load

WEEKS = 13  # measured, after the usual warm-up
OFFICE_DAY_HOURS = 8.0
FIXED_POSTS = ("grid_worker", "duty_team")  # there whatever the load
STREET_STAFF = (
    "civil_affairs", "urban_management", "construction", "mediation", "safety", "service_hall", "dispatch_desk",
    "leader", "duty_team", "command_office",
)  # fmt: skip


@dataclass(frozen=True)
class UnitTypeRow:
    """One type of unit of a street. Hours are work hours a week of all its units; utilisations are shares.

    `load_hours` is the street's own work in ordinary times; a department's other business comes on top. `utilisation` is busy
    time over rostered time in a short run. `relaxation_days` is how long a queue takes to forget a disturbance: mean service
    time / (servers (1 - utilisation)^2), in working days of the unit; infinite at a utilisation of 1, nan where nobody works.
    """

    unit_type: str
    title_en: str
    title_zh: str
    units: int
    posts: float
    posts_per_10000: float
    load_hours: float
    target_utilisation: float
    utilisation: float
    productive_share: float
    service_hours: float
    relaxation_days: float


@dataclass(frozen=True)
class HeadCount:
    """A head count of the sources beside the street's own."""

    quantity: str
    here: float
    low: float
    high: float
    unit: str
    evidence: str
    note: str


def explain_street(name: str, residents: int | None = None) -> list[UnitTypeRow]:
    """A row for each type of unit that the street has, from the grid to the district.

    `residents` defaults to the street's own number. Takes some seconds: one short run of the baseline. Raises a JiedaoError
    for an unknown street or an impossible size.
    """
    return list(_rows(name, residents))


@lru_cache(maxsize=8)
def _rows(name: str, residents: int | None) -> tuple[UnitTypeRow, ...]:
    outcome, before = _short_run(name, residents)
    types = outcome.world.units["type"]
    return tuple(_row(outcome, before, code) for code in range(len(UNIT_TYPE_NAMES)) if np.any(types == code))


def _short_run(name: str, residents: int | None) -> tuple[Outcome, np.ndarray]:
    """A run of the baseline and the units' accounts as they stood at the start of week 0."""
    configuration = replace(load("baseline", name, residents=residents, weeks=WEEKS), followup_weeks=1)
    noted: dict[int, np.ndarray] = {}

    def note(world: World, week: int) -> np.ndarray:
        if week == 0:
            noted[week] = world.units.copy()
        return np.zeros(0, np.int64)

    return simulate(configuration, seed=1, window=(0, WEEKS - 1), inject=note), noted[0]


def _row(outcome: Outcome, before: np.ndarray, code: int) -> UnitTypeRow:
    units, unit_type = outcome.world.units, UNIT_TYPE_NAMES[code]
    here = units["type"] == code
    thousands = len(outcome.world.residents) / 1000.0

    def grown(field: str) -> float:
        return float((units[field][here] - before[field][here]).sum())

    servers = float(units["servers"][here].sum())
    posts = float(units["posts"][here].sum()) if unit_type != "programme" else 0.0
    busy, rostered, begun = grown("area_busy") / HOUR, grown("rostered") / HOUR, grown("begun")
    utilisation = busy / rostered if rostered else math.nan
    service = busy / begun if begun else math.nan
    day = 24.0 if code in _ROUND_THE_CLOCK else OFFICE_DAY_HOURS
    target = outcome.configuration.values.get(f"{unit_type}.target_utilisation", math.nan)
    titles = UNIT_TITLES.get(unit_type, ("Programmes (places)", "服务项目（床位、名额）"))
    return UnitTypeRow(
        unit_type=unit_type,
        title_en=titles[0],
        title_zh=titles[1],
        units=int(here.sum()),
        posts=posts,
        posts_per_10000=posts / thousands * 10.0,
        load_hours=outcome.staff.load_per_1000.get(unit_type, math.nan) * thousands
        if unit_type != "programme"
        else math.nan,
        target_utilisation=float(target),
        utilisation=utilisation,
        productive_share=float(units["productive"][here].mean()) if servers else math.nan,
        service_hours=service,
        relaxation_days=relaxation(service, servers / here.sum(), utilisation) / day,
    )


_ROUND_THE_CLOCK = (UNIT_TYPE_NAMES.index("duty_team"), UNIT_TYPE_NAMES.index("programme"))


def relaxation(service_hours: float, servers: float, utilisation: float) -> float:
    """Hours in which a queue forgets a disturbance: service / (servers (1 - utilisation)^2)."""
    if math.isnan(utilisation) or servers <= 0.0:
        return math.nan
    return math.inf if utilisation >= 1.0 else service_hours / (servers * (1.0 - utilisation) ** 2)


def head_counts(rows: Sequence[UnitTypeRow], residents: int) -> list[HeadCount]:
    """The head counts that the sources give, beside those that follow from utilisation."""
    posts = {row.unit_type: row.posts for row in rows}
    staff = sum(posts.get(unit_type, 0.0) for unit_type in STREET_STAFF)
    return [
        HeadCount("staff of the street office", staff, 30.0, 50.0, "people", "S003-214;S003-215", "allowed in an ordinary street; 45 were found in one of 150,000 (S003-104, S003-011)"),
        HeadCount("residents per member of the street office", residents / staff if staff else math.nan, 602.0, 3333.0, "residents", "S002-035;S003-104;S003-011", "800 in one city, 3,333 in one street: definitions of staff differ by a factor of four; low end widened by rule"),
        HeadCount("community workers per 10,000 residents", posts.get("community", 0.0) / residents * 1e4, 18.0, math.inf, "people", "S004-195", "the norm, at least; the model's communities do casework only"),
    ]  # fmt: skip


COLUMNS = (
    "unit type", "units", "posts", "per 10,000", "load, h/week", "asked for", "simulated", "productive", "service, h",
    "relaxation, d",
)  # fmt: skip
TITLE = "Units: their load, the utilisation asked for and simulated, and how soon they forget a disturbance"
CAPTION = (
    "Posts follow from load and the utilisation asked for; grid workers and the duty team are there whatever the load. Load: the "
    "street's own work, a department's other business comes on top. Utilisation: work over productive rostered hours, in "
    "13 weeks of the baseline; of programmes, places held of those offered. Productive: share of working time that is left for "
    "cases. Service: mean hours at work on one. Relaxation: service / (posts x (1 - utilisation)^2), in working days."
)


def text_rows(rows: Sequence[UnitTypeRow]) -> list[tuple[str, ...]]:
    """The rows as texts under `COLUMNS`."""
    return [
        (
            row.unit_type,
            f"{row.units:,}",
            "places" if row.unit_type == "programme" else f"{row.posts:,.0f}",
            "-" if row.unit_type == "programme" else f"{row.posts_per_10000:.1f}",
            _number(row.load_hours, ",.0f"),
            "-" if row.unit_type in FIXED_POSTS else _number(row.target_utilisation, ".0%"),
            _number(row.utilisation, ".0%"),
            _number(row.productive_share, ".0%"),
            _number(row.service_hours, ",.2f"),
            _number(row.relaxation_days, ",.1f"),
        )
        for row in rows
    ]


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else "without end" if math.isinf(value) else format(value, form)


# --- One type of unit ---

MEANINGS: dict[str, str] = {
    "grid_worker": "Walks one grid, finds public problems on patrol, has the first look at what neighbours tell, and settles small matters on the spot.",
    "community": "The residents' committee and its social workers: hears what is brought to its office, settles some of it, and reviews what grid workers pass up.",
    "civil_affairs": "The section for certificates, social insurance, assistance, elder care and child care.",
    "urban_management": "The section for parking, sanitation and street vending; also works the trivial reports that grid workers forward.",
    "construction": "The section for illegal building, public facilities, lifts and renovation.",
    "mediation": "The section for disputes with property firms and among neighbours.",
    "safety": "The section for safety hazards; answers for emergencies that are not settled by the duty team.",
    "service_hall": "Counters where persons queue: checks papers and takes applications. Nobody can wait there overnight.",
    "dispatch_desk": "Sends every order to a unit, now and then to a wrong one, which sends it back.",
    "leader": "The leaders' office: reviews what climbs to it, and says whose a case is when a unit refuses it.",
    "duty_team": "Day and night: gives approvals and goes out to emergencies; does nothing else.",
    "command_office": "Takes the place of the reviewing layers in the grids that report straight to it; has no posts before that reform.",
    "department": "One district department, as this street's share of it: holds powers and money lines, has business of its own besides.",
    "programme": "A service whose servers are places: elder care and child care. A place is held for the whole stay.",
}  # fmt: skip

CALENDARS: dict[str, str] = {
    unit_type: "day and night, every day"
    if unit_type in ("duty_team", "programme")
    else "Monday to Friday 9:00-17:00 and make-up days, no public holidays; those already inside are served until 18:00"
    if unit_type == "service_hall"
    else "Monday to Friday 9:00-17:00 and make-up days, no public holidays"
    for unit_type in MEANINGS
}

# Beginnings of the names of scalar parameters that touch a type of unit.
_TOUCHED_BY: dict[str, tuple[str, ...]] = {
    "grid_worker": ("grid_", "field_hours", "report_minutes", "assessment_weight", "discretion_", "first_look", "on_spot", "trivial_", "forwarded"),
    "community": ("community_", "batching_interval_community", "review_hours_community", "first_look", "residents_per_community"),
    "service_hall": ("window_", "hall_", "document_", "morning_", "afternoon_", "peak_", "turned_away"),
    "dispatch_desk": ("dispatch_", "wrong_unit"),
    "leader": ("leader_", "batching_interval_leader", "review_hours_leader", "refusals_"),
    "duty_team": ("emergency_",),
    "command_office": ("command_office", "batching_interval_command", "review_hours_command", "adaptation_"),
    "department": ("department_", "willingness_", "coordination_", "background_", "parallel_", "multi_department"),
    "programme": ("programme_", "elder_care_", "child_care_"),
}  # fmt: skip
_SECTIONS_TOUCHED_BY = (
    "batching_interval_section", "review_hours_section", "take_up_", "explanation_", "garbling_", "clerical_", "quality_",
)  # fmt: skip
_PAPERWORK = ("meetings_per_month", "meeting_hours", "reports_per_month", "report_hours", "documents_per_month", "document_hours", "other_time_share")  # fmt: skip


def explain_unit(unit_type: str) -> tuple[tuple[str, str], ...]:
    """(label, text) pairs about one type of unit. Raises UnknownNameError with the nearest types."""
    if unit_type not in MEANINGS:
        raise UnknownNameError("unit type", unit_type, MEANINGS)
    facts = [("meaning", MEANINGS[unit_type]), ("works", CALENDARS[unit_type])]
    kinds = _kinds_of(unit_type)
    if kinds:
        facts.append(("kinds", ", ".join(kinds)))
    own = [p for p in PARAMETERS.values() if p.name.startswith(f"{unit_type}.")]
    facts += [(p.name.partition(".")[2], f"{p.best:g}. {p.sentence}") for p in own]  # all are plain ratios
    facts.append(("posts", _posts_text(unit_type)))
    touching = [name for name in PARAMETERS if "." not in name and name.startswith(_beginnings(unit_type))]
    facts.append(("parameters that touch it", ", ".join(touching)))
    return tuple(facts)


def _kinds_of(unit_type: str) -> list[str]:
    if unit_type == "programme":
        return list(PROGRAMMES)
    if unit_type == "department":
        return [f"{kind} ({KIND_DEPARTMENT[kind].replace('_', ' ')})" for kind in KIND_NAMES if kind != "enquiry"]
    return [kind for kind in KIND_NAMES if KIND_SECTION[kind] == unit_type and kind != "enquiry"]


def _beginnings(unit_type: str) -> tuple[str, ...]:
    beginnings = _TOUCHED_BY.get(unit_type, _SECTIONS_TOUCHED_BY)
    works_shifts = unit_type in ("grid_worker", "service_hall", "duty_team", "programme")
    return beginnings if works_shifts else (*beginnings, *_PAPERWORK)


def _posts_text(unit_type: str) -> str:
    if unit_type == "grid_worker":
        return "one each, whatever the load"
    if unit_type == "duty_team":
        return "two on duty at any time, whatever the load"
    if unit_type == "programme":
        return "none: its servers are places"
    if unit_type == "command_office":
        return "none, until a reform moves reviewers there"
    return f"from the work that comes to it and its target utilisation, at {OFFICE_HOURS_PER_WEEK:.1f} rostered hours a week and post"
