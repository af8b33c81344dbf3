"""The state of a street (or of a bare network): a few structured arrays, shared by rules, both engines and all agents.

Arrays that rules read hold only float64, int64 and bool, so that plain Python and compiled code compute the same bits
(row numbers of neighbours and ordinals of candidates, with which nobody computes, take half the room).
Their dtypes are aligned, so that plain Python can look at a column as numbers without copying.
Time is int64 microseconds; `NEVER` and -1 stand for "not yet" and "none".
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from model.calendars import DAY_DTYPE
from model.codes import CHANNELS, KINDS, NEVER

NEIGHBOURS = 6
STAGES = 49  # room for the stages of a request's life
NEED_MEASURES = 8
WEEK_MEASURES = 34
TALLIES = 9
I, F, B = "i8", "f8", "?"  # noqa: E741

REQUEST = np.dtype(
    [
        # who and what
        ("name", I), ("tie", I), ("owner", I), ("ordinal", I), ("kind", I), ("nature", I), ("origin", I),
        ("grid", I), ("parent", I),
        # intrinsic properties, drawn at onset and never again
        ("severity", F), ("work", F), ("money", F), ("departments", I), ("documents", I), ("settleable", I),
        ("patience", F),
        # where it stands
        ("stage", I), ("steps", I), ("first_step", I), ("unit", I), ("responsible", I), ("priority", I), ("layer", I),
        ("attempts", I), ("refusals", I), ("rounds", I), ("returns", I), ("pending", I), ("branch", I),
        ("committed", I), ("meetings", I), ("completeness", F), ("extra_work", F), ("held", F), ("line", I), ("sequence", I),
        # its timer: when patience runs out next, how often it has
        ("timer_at", I), ("timer_count", I), ("queue_deadline", I),
        # its times
        ("onset", I), ("reported", I), ("acknowledged", I), ("responded", I), ("settled", I), ("closed", I),
        ("entered", I), ("joined", I), ("step_began", I), ("finishes", I),
        # what happened to it
        ("channel", I), ("outcome", I), ("contacts", I), ("visits", I), ("papers", I), ("checks", I), ("chases", I),
        ("reopenings", I), ("hand_overs", I), ("dispatches", I), ("misroutes", I), ("turned_away", I),
        ("work_hours", F), ("paid", F),
        # flags, together lest each be padded to eight bytes: of its nature, of where it stands (`timer_armed`: whether an
        # engine has the timer set), and of what happened
        ("vulnerable", B), ("public", B), ("needs_power", B), ("boundary_unclear", B),
        ("good_work", B), ("power_held", B), ("dangerous", B), ("timer_armed", B),
        ("heard", B), ("rated", B), ("satisfied", B), ("gave_up", B), ("by_grid", B), ("in_cohort", B), ("is_case", B),
    ],
    align=True,
)  # fmt: skip

UNIT = np.dtype(
    [
        ("key", I), ("type", I), ("calendar", I), ("servers", I), ("busy", I), ("waiting", I), ("opening", I),
        ("persons", B), ("capacity", I), ("grid", I), ("line", I), ("wage", F),
        # capacity and adaptation
        ("posts", F), ("filled", F), ("pace", F), ("productive", F), ("skill", F), ("dip", F), ("willingness", F),
        ("overtime", F), ("load", F), ("meetings", F),
        ("joined_data", B), ("background_rate", F), ("integrated_hazard", F), ("hazard_threshold", F), ("spell", I),
        ("hire_hazard", F), ("hire_threshold", F), ("hire_spell", I), ("practised_skill", F), ("experience", F),
        ("trained", F), ("data_propensity", F), ("alert_weeks", I), ("mobile", F), ("manned", F), ("month_busy", I),
        ("month_rostered", I), ("busy_closed", I), ("own_places", F), ("allocation", F), ("places_per_staff", F),
        ("quarter_arrived", I),
        # accounts, exact integers of microseconds
        ("changed_at", I), ("worked_at", I), ("area_waiting", I), ("area_present", I), ("area_busy", I),
        ("sum_waits", I), ("served_waits", I),
        ("sum_stays", I), ("arrived", I), ("begun", I), ("overfull", I), ("left", I), ("lost", I), ("rostered", I), ("waited", I),
        ("work_hours", F), ("chase_hours", F), ("review_hours", F), ("week_busy", I), ("week_rostered", I),
        # stations of a bare network
        ("law", I), ("mean", F), ("cv2", F), ("patience_law", I), ("patience_mean", F), ("patience_cv2", F),
        ("by_class", B),
    ],
    align=True,
)  # fmt: skip

GATE_DTYPE = np.dtype(
    [("key", I), ("type", I), ("unit", I), ("opens_at", I), ("waiting", I), ("openings", I)], align=True
)

RESIDENT = np.dtype(
    [
        ("key", I), ("household", I), ("grid", I), ("age_band", I), ("floating", B), ("low_income", B),
        ("disabled", B), ("vulnerable", B), ("digital", F), ("acquainted", B), ("bias", F), ("mildness", F), ("patience", F),
        ("satisfaction", F), ("trust", F), ("fatigue", F), ("perceived_chance", F),
        ("next_satisfaction", F), ("told_chance", F), ("next_chance", F),
    ],
    align=True,
)  # fmt: skip

GRID = np.dtype(
    [
        ("key", I), ("community", I), ("households", I), ("residents", I), ("worker", I), ("flat", B),
        ("rank", F), ("patrol_hours", F), ("open_problems", F), ("surroundings", F),
    ],
    align=True,
)  # fmt: skip

KIND = np.dtype(
    [
        ("key", I), ("rate", F), ("severity", F), ("public_share", F), ("needs_power_share", F),
        ("multi_share", F), ("departments_max", I), ("work_hours", F), ("work_cv2", F), ("money_share", F),
        ("money_median", F), ("money_log_sd", F), ("documents", F), ("due", I), ("unsettleable_share", F),
        ("on_spot_share", F), ("informal_share", F), ("weekend_factor", F), ("vulnerable_ratio", F),
        ("elderly_ratio", F), ("unit", I), ("department", I), ("line", I), ("nature", I), ("programme", I),
        ("voice", F), ("dangerous_share", F), ("group_norm", F), ("ceiling", F),
        ("detection", F),
    ],
    align=True,
)  # fmt: skip

LINE = np.dtype(
    [
        ("key", I), ("need", F), ("size", F), ("balance", F), ("committed", F), ("paid", F), ("lapsed", F), ("received", F),
        ("lent", F), ("waiting", I),
        ("year_received", F), ("year_committed", F),
    ],
    align=True,
)  # fmt: skip

ORGANIZATION = np.dtype(
    [
        ("key", I), ("unit", I), ("alive", B), ("independent", B), ("capability", F), ("reserve", F),
        ("staff_cost", F), ("contracts", F), ("subsidy", F), ("income", F), ("places", F), ("threshold", F),
        ("hazard", F), ("spell", I), ("born", I),
        ("staff", F), ("post_cost", F), ("contract_mark", F),
    ],
    align=True,
)  # fmt: skip

CUSTOMER_CLASS = np.dtype(
    [
        ("key", I), ("priority", I), ("entry", I), ("law", I), ("mean", F), ("cv2", F), ("retry", F),
        ("retry_law", I), ("retry_mean", F), ("retry_cv2", F), ("next_number", I),
    ],
    align=True,
)  # fmt: skip

LOG = np.dtype(
    [("time", I), ("name", I), ("step", I), ("event", I), ("unit", I), ("reason", I), ("amount", F)], align=True
)

CLOCK = np.dtype(
    [
        ("seed", I), ("now", I), ("week", I), ("logged", I), ("logging", B), ("rows", I), ("free", I),
        ("window_from", I), ("window_to", I), ("tau", I), ("end", I), ("network", B),
        ("adaptation", B), ("hall", I), ("desk", I), ("leader", I), ("command_office", I), ("duty_team", I),
        ("first_community", I), ("first_department", I), ("departments", I), ("urban_management", I),
        ("first_section", I), ("sections", I), ("reform_week", I),
        ("opened", I), ("start_day", I), ("publicity_kept", F), ("publicity_pull", F),
        ("open_cases", I), ("leak_fear", F), ("leak_hazard", F), ("leak_threshold", F), ("leak_spell", I),
        ("incubation_hazard", F), ("incubation_threshold", F), ("incubation_spell", I), ("contracts_at_first", F), ("sharing_at_first", F),
    ],
    align=True,
)  # fmt: skip


class World(NamedTuple):
    """All state of one run. Shapes in brackets; one row of `clock` and `settings`."""

    clock: np.ndarray  # (1,)
    settings: np.ndarray  # (1,), one field a scalar parameter
    requests: np.ndarray  # (capacity,)
    units: np.ndarray  # (units,)
    gates: np.ndarray  # (gates,)
    residents: np.ndarray  # (residents,)
    neighbours: np.ndarray  # (residents, ties) row numbers; a resident alone in its grid is its own neighbour
    experience: np.ndarray  # (residents, channels) standing opinion of each channel, in [-1, 1]
    expected: np.ndarray  # (residents, kinds) expected resolution time, hours
    candidate_at: np.ndarray  # (residents, kinds) next candidate need, microseconds on the kind's demand clock
    candidate_number: np.ndarray  # (residents, kinds) its ordinal
    demand_days: np.ndarray  # (kinds, days + 1) demand clock at each midnight, microseconds from the calendars' start
    demand_hours: np.ndarray  # (kinds, 25) share of a day's needs that arise before each full hour
    grids: np.ndarray  # (grids,)
    kinds: np.ndarray  # (kinds,)
    partners: np.ndarray  # (kinds, departments) departments beside the one in charge, the usual partners first
    lines: np.ndarray  # (lines,), the pool last
    organizations: np.ndarray  # (organizations,)
    days: np.ndarray  # (calendars, days)
    needs: np.ndarray  # (kinds, 2 groups, measures) needs of the window that left no record
    weekly: np.ndarray  # (weeks, measures) what happened in each calendar week
    step_time: np.ndarray  # (kinds, steps) microseconds of restricted resolution time of the cohort by step
    classes: np.ndarray  # (classes,) of a bare network
    routes: np.ndarray  # (classes, places, places) probabilities of a bare network
    forks: np.ndarray  # (forks, branches + 2): number of branches, then-place, branches
    tallies: np.ndarray  # (classes + 1, places + 1, measures) of a bare network
    log: np.ndarray  # (log capacity,)


def blank_request() -> np.ndarray:
    """One request row that knows nothing yet: no places, no times, patience without end."""
    row = np.zeros(1, REQUEST)
    for field in ("parent", "unit", "responsible", "owner", "grid", "stage", "channel", "branch", "line"):
        row[field] = -1
    for field in ("timer_at", "queue_deadline", "reported", "acknowledged", "responded", "settled", "closed"):
        row[field] = NEVER
    row["completeness"] = 1.0
    return row


def _blank_requests(rows: int) -> np.ndarray:
    """Room for requests. Only the last row is written, from which others are filled when they are taken (`flow.blank_row`):
    memory that nobody touches costs nothing.
    """
    requests = np.zeros(rows, REQUEST)
    requests[-1:] = blank_request()
    return requests


def empty_world(rows: int, log_rows: int = 0, settings: np.dtype | None = None, **sizes: int) -> World:
    """A world of blank arrays. `sizes` gives the rows of units, gates, residents, grids, ... (default 0)."""

    def table(name: str, dtype: np.dtype) -> np.ndarray:
        return np.zeros(sizes.get(name, 0), dtype)

    people = sizes.get("residents", 0)
    clock = np.zeros(1, CLOCK)
    clock["free"] = -1
    clock["logging"] = log_rows > 0
    return World(
        clock=clock,
        settings=np.zeros(1, settings or np.dtype([("none", F)])),
        requests=_blank_requests(rows),
        units=table("units", UNIT),
        gates=table("gates", GATE_DTYPE),
        residents=table("residents", RESIDENT),
        neighbours=np.zeros((people, sizes.get("ties", NEIGHBOURS)), np.int32),
        experience=np.zeros((people, CHANNELS)),
        expected=np.zeros((people, KINDS)),
        candidate_at=np.zeros((people, KINDS), np.int64),
        candidate_number=np.zeros((people, KINDS), np.int32),
        demand_days=np.zeros((KINDS, 1), np.int64),
        demand_hours=np.zeros((KINDS, 25)),
        grids=table("grids", GRID),
        kinds=table("kinds", KIND),
        partners=np.zeros((sizes.get("kinds", 0), sizes.get("departments", 0)), np.int64),
        lines=table("lines", LINE),
        organizations=table("organizations", ORGANIZATION),
        days=np.zeros((1, 1), DAY_DTYPE),
        needs=np.zeros((KINDS, 2, NEED_MEASURES)),
        weekly=np.zeros((sizes.get("weeks", 0), WEEK_MEASURES)),
        step_time=np.zeros((KINDS, 3 * STAGES), np.int64),
        classes=table("classes", CUSTOMER_CLASS),
        routes=np.zeros((sizes.get("classes", 0), sizes.get("places", 0), sizes.get("places", 0))),
        forks=np.zeros((sizes.get("forks", 0), 2 + sizes.get("branches", 0)), np.int64),
        tallies=np.zeros((sizes.get("classes", 0) + 1, sizes.get("places", 0) + 1, TALLIES)),
        log=np.zeros(log_rows, LOG),
    )


def with_more_rows(world: World, rows: int) -> World:
    """The same world with room for `rows` requests; every other array is shared."""
    requests = _blank_requests(rows)
    requests[: len(world.requests)] = world.requests
    return world._replace(requests=requests)


def digest(world: World) -> str:
    """SHA-256 of all state arrays but the log: equal states, equal digests."""
    h = hashlib.sha256()
    for field in World._fields:
        if field != "log":
            h.update(np.ascontiguousarray(getattr(world, field)).tobytes())
    return h.hexdigest()
