"""What a run is judged by: the indicators of MODEL section 2, from request records and weekly accounts.

All durations are clock hours. The cohort is the cases reported in the headline window; times are restricted at 90 days, and what
is open, given up or petitioned counts 90 days in full. A value of a period is a ratio of sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model import measures
from model.codes import ADMINISTRATIVE_SERVICE as ADMINISTRATIVE
from model.codes import COMPLAINT_KINDS, ENQUIRY, HOUR, KIND_NAMES, NEVER, OUTCOME_PETITIONED, WEEK, WINDOW
from model.codes import SOCIAL_ASSISTANCE as ASSISTANCE
from model.costs import cost_of_cases, street_cost
from model.run import Outcome
from model.stages import STEP_NAMES, cause_of
from model.tracing import ANSWERED_NEEDS, CONTACTS, INFORMAL_HOURS, INFORMAL_NEEDS, NEEDS, UNVOICED_NEEDS

Row = tuple[str, str, str, str, str, float, int]  # period, group, kind, indicator, statistic, value, n
DAYS = np.arange(0.0, 90.5, 0.5)

CASE_DTYPE = np.dtype(
    [("name", "i8"), ("kind", "i8"), ("vulnerable", "?"), ("resolution_time", "f8"), ("response_time", "f8"),
     ("satisfied", "f8"), ("repeat", "?")]
)  # fmt: skip


@dataclass(frozen=True)
class RunSummary:
    """All that is kept of a run: indicator rows, distribution, decomposition, and a line a case for pairing."""

    indicators: list[Row]
    durations: list[tuple[float, float]]
    steps: list[tuple[str, str, float, str]]
    cases: np.ndarray
    facts: dict[str, float]


@dataclass(frozen=True)
class _Cases:
    """Cases with the quantities that indicators are made of, one element a case."""

    records: np.ndarray
    settled: np.ndarray
    resolution: np.ndarray
    response: np.ndarray
    on_time: np.ndarray
    repeat: np.ndarray

    def where(self, mask: np.ndarray) -> _Cases:
        return _Cases(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


# The fields of a record that indicators read; the rest of it stays where it is.
_FIELDS = (
    "name", "kind", "vulnerable", "origin", "departments", "onset", "reported", "acknowledged", "responded", "settled",
    "closed", "outcome", "gave_up", "chases", "reopenings", "contacts", "rated", "satisfied", "visits", "turned_away",
    "papers", "hand_overs", "by_grid", "misroutes", "dispatches", "committed", "rounds", "channel", "in_cohort",
    "work_hours", "paid",
)  # fmt: skip


def _records(outcome: Outcome) -> np.ndarray:
    requests, mask = outcome.world.requests[: int(outcome.world.clock["rows"][0])], outcome.case_rows
    records = np.zeros(int(mask.sum()), [(name, requests.dtype[name]) for name in _FIELDS])
    for name in _FIELDS:
        records[name] = requests[name][mask]
    return records


def _read_cases(outcome: Outcome) -> _Cases:
    q = _records(outcome)
    world = outcome.world
    tau = float(world.clock["tau"][0])
    settled = (q["settled"] < NEVER) & ~q["gave_up"] & (q["settled"] - q["reported"] <= tau)
    resolution = np.where(settled, (q["settled"] - q["reported"]) / HOUR, tau / HOUR)
    answered = (q["responded"] < NEVER) & (q["responded"] - q["reported"] <= tau)
    response = np.where(answered, (q["responded"] - q["reported"]) / HOUR, tau / HOUR)
    several = q["departments"] > 1
    due = np.where(
        several, world.settings["multi_department_due_hours"][0], world.kinds["due"][q["kind"]].astype(float) / HOUR
    )
    repeat = (q["chases"] > 0) | (q["reopenings"] > 0)
    return _Cases(q, settled, resolution, response, settled & (resolution <= due), repeat)


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator) / float(denominator) if denominator else float("nan")


def case_indicators(cases: _Cases) -> Iterator[tuple[str, str, float, int]]:
    """(indicator, statistic, value, n) of a set of cases."""
    q, n = cases.records, len(cases.records)
    if n == 0:
        return
    yield "response_time", "mean", float(cases.response.mean()), n
    yield "resolution_time", "mean", float(cases.resolution.mean()), n
    whole = np.where(cases.settled, cases.resolution, np.inf)
    for percent in (10, 50, 90):
        yield "resolution_time", f"p{percent}", float(np.percentile(whole, percent, method="inverted_cdf")), n
    yield "resolution_rate", "share", float(cases.settled.mean()), n
    yield "on_time_rate", "share", float(cases.on_time.mean()), n
    yield "repeat_rate", "share", float(cases.repeat.mean()), n
    yield "reopened_rate", "share", float((q["reopenings"] > 0).mean()), n
    yield "contacts_per_case", "mean", float(q["contacts"].mean()), n
    rated = q["rated"]
    yield "case_satisfaction", "share", _ratio(q["satisfied"][rated].sum(), rated.sum()), int(rated.sum())
    first = cases.settled & (q["contacts"] == 1) & (q["visits"] <= 1) & (q["hand_overs"] == 0)
    yield "first_contact_resolution_rate", "share", float(first.mean()), n
    yield "grid_resolution_share", "share", _ratio((q["by_grid"] & cases.settled).sum(), cases.settled.sum()), n
    yield "misroute_rate", "share", _ratio(q["misroutes"].sum(), q["dispatches"].sum()), int(q["dispatches"].sum())
    known = q["acknowledged"] < NEVER
    wait = (q["acknowledged"] - q["reported"])[known] / HOUR
    yield "ack_time", "mean", _ratio(wait.sum(), known.sum()), int(known.sum())
    tabled = (q["departments"] > 1) & (q["committed"] > 0)
    yield "coordination_rounds", "mean", _ratio(q["rounds"][tabled].sum(), tabled.sum()), int(tabled.sum())
    paper = np.isin(q["kind"], (ADMINISTRATIVE, ASSISTANCE)) & (q["channel"] == WINDOW)
    visits = (q["visits"] + q["turned_away"])[paper]
    yield "trips_per_case", "mean", _ratio(visits.sum(), paper.sum()), int(paper.sum())
    yield "documents_per_case", "mean", _ratio(q["papers"][paper].sum(), paper.sum()), int(paper.sum())


def _margins(cases: _Cases) -> Iterator[tuple[str, str, _Cases]]:
    """(group, kind, cases) for all, for each group, for complaints and for each kind."""
    yield "all", "all", cases
    vulnerable = cases.records["vulnerable"]
    yield "vulnerable", "all", cases.where(vulnerable)
    yield "not_vulnerable", "all", cases.where(~vulnerable)
    complaints = [KIND_NAMES.index(k) for k in COMPLAINT_KINDS]
    yield "all", "complaint", cases.where(np.isin(cases.records["kind"], complaints))
    for code, name in enumerate(KIND_NAMES):
        yield "all", name, cases.where(cases.records["kind"] == code)


def _needs_rows(outcome: Outcome, cases: _Cases) -> Iterator[Row]:
    """Indicators over all needs of the window, reported or not."""
    world = outcome.world
    tau_hours = float(world.clock["tau"][0]) / HOUR
    q = cases.records
    start, end = world.clock["window_from"][0], world.clock["window_to"][0]
    inside = (q["onset"] >= start) & (q["onset"] < end)
    from_onset = (q["settled"] - q["onset"]) / HOUR
    settled = inside & cases.settled & (from_onset <= tau_hours)
    exposure = np.where(settled, from_onset, tau_hours)
    share_in_time = {}
    for group, columns in (("all", (0, 1)), ("not_vulnerable", (0,)), ("vulnerable", (1,))):
        for kind, codes in _kinds_of(group):
            table = world.needs[np.ix_(codes, columns)].sum(axis=(0, 1))
            of_set = inside & np.isin(q["kind"], codes) & np.isin(q["vulnerable"].astype(int), columns)
            needs = int(table[NEEDS] - table[ANSWERED_NEEDS])
            if needs <= 0:
                continue
            met = int((settled & of_set).sum()) + int(table[INFORMAL_NEEDS])
            hours = exposure[of_set].sum() + table[INFORMAL_HOURS] + table[UNVOICED_NEEDS] * tau_hours
            counted = int(of_set.sum()) + int(table[INFORMAL_NEEDS]) + int(table[UNVOICED_NEEDS])
            yield "window", group, kind, "exposure_time", "mean", _ratio(hours, counted), counted
            yield "window", group, kind, "unmet_need_share", "share", 1.0 - _ratio(met, needs), needs
            in_time = int((of_set & cases.on_time).sum()) + int(table[INFORMAL_NEEDS])
            share_in_time[group, kind] = _ratio(in_time, needs)
    gap = share_in_time.get(("not_vulnerable", "all"), np.nan) - share_in_time.get(("vulnerable", "all"), np.nan)
    yield "window", "all", "all", "equity_gap", "share", float(gap), int(inside.sum())


def _kinds_of(group: str) -> list[tuple[str, list[int]]]:
    """Kinds of needs for which a margin is shown: all for every group, each kind for everybody."""
    whole = ("all", [k for k in range(len(KIND_NAMES)) if k != ENQUIRY])
    if group != "all":
        return [whole]
    complaints = [KIND_NAMES.index(k) for k in COMPLAINT_KINDS]
    return [whole, ("complaint", complaints), *((KIND_NAMES[k], [k]) for k in whole[1])]


def _street_rows(outcome: Outcome, cases: _Cases) -> Iterator[Row]:
    """Indicators of the street as a whole, from the weekly accounts."""
    world = outcome.world
    first = outcome.configuration.warmup_weeks
    weeks = slice(first + outcome.window[0], first + outcome.window[1] + 1)
    table = world.weekly[weeks]
    years = len(table) / 52.0
    residents = len(world.residents)

    def row(indicator: str, statistic: str, value: float, n: int) -> Row:
        return "window", "all", "all", indicator, statistic, float(value), n

    total = table.sum(axis=0)
    satisfied = _ratio(total[measures.W_SATISFIED_RESIDENTS], total[measures.W_RESIDENTS])
    yield row("satisfaction", "share", satisfied, residents)
    posts = total[measures.W_POST_WEEKS]
    yield row("vacancy_rate", "share", _ratio(total[measures.W_VACANT_POST_WEEKS], posts), int(posts))
    yield row("turnover_rate", "mean", _ratio(total[measures.W_LEAVERS], posts / 52.0), int(posts))
    received, committed = table[-1][measures.W_YEAR_RECEIVED], table[-1][measures.W_YEAR_COMMITTED]
    yield row("idle_fund_share", "share", 1.0 - _ratio(committed, received) if received else np.nan, 1)
    contacts = world.needs[:, :, CONTACTS].sum()
    yield row("contacts_per_resident_year", "mean", contacts / residents / years, residents)
    own = cases.records["origin"] == 0
    yield row("request_volume", "mean", cases.records["contacts"][own].sum() / residents / years, residents)
    petitions = (cases.records["outcome"] == OUTCOME_PETITIONED).sum()
    yield row("petition_rate", "mean", petitions / residents / years * 1e4, residents)
    hall = world.units[outcome.rows.hall]
    yield row("window_wait", "mean", _ratio(hall["sum_waits"], hall["begun"]) / (HOUR / 60.0), int(hall["begun"]))
    yield row("cost_per_case", "mean", cost_of_cases(outcome, cases.records, int(cases.settled.sum())), len(own))
    yield row("street_cost", "sum", street_cost(outcome), 1)


def backlog(outcome: Outcome, q: np.ndarray) -> np.ndarray:
    """Cases of the records `q` that are open at the end of each measured week."""
    ends = (np.arange(outcome.configuration.weeks) + 1) * WEEK
    closed = np.minimum(q["closed"], NEVER)
    return np.searchsorted(np.sort(q["reported"]), ends, "left") - np.searchsorted(np.sort(closed), ends, "left")


def _weekly_rows(outcome: Outcome, cases: _Cases) -> Iterator[Row]:
    """Headlines week by week: cohort indicators under the week of report, stocks under the calendar week."""
    world = outcome.world
    first = outcome.configuration.warmup_weeks
    week_of = cases.records["reported"] // WEEK
    open_cases = backlog(outcome, cases.records)
    for week in range(outcome.configuration.weeks):
        period = f"week-{week:02d}"
        of_week = cases.where(week_of == week)
        n = len(of_week.records)
        if n:
            yield period, "all", "all", "response_time", "mean", float(of_week.response.mean()), n
            yield period, "all", "all", "resolution_time", "mean", float(of_week.resolution.mean()), n
            yield period, "all", "all", "repeat_rate", "share", float(of_week.repeat.mean()), n
        table = world.weekly[first + week]
        satisfied = _ratio(table[measures.W_SATISFIED_RESIDENTS], table[measures.W_RESIDENTS])
        yield period, "all", "all", "satisfaction", "share", satisfied, len(world.residents)
        yield period, "all", "all", "backlog", "mean", float(open_cases[week]), 1
    lo, hi = outcome.window
    yield "window", "all", "all", "backlog", "mean", float(open_cases[lo : hi + 1].mean()), hi + 1 - lo


def _year_rows(outcome: Outcome, cases: _Cases) -> Iterator[Row]:
    """Cohort indicators of each calendar year (52 weeks) of the measured period."""
    year_of = cases.records["reported"] // (52 * WEEK)
    for year in range((outcome.configuration.weeks + 51) // 52):
        inside = (year_of == year) & (cases.records["reported"] < outcome.configuration.weeks * WEEK)
        for indicator, statistic, value, n in case_indicators(cases.where(inside)):
            yield f"year-{2024 + year}", "all", "all", indicator, statistic, value, n


def step_rows(outcome: Outcome, cohort: _Cases) -> list[tuple[str, str, float, str]]:
    """(kind, step, mean hours a case, cause). Over all steps of a kind they sum to its mean restricted resolution time.

    A step's queue for staff is `STEP_queue`, its wait for opening hours `STEP_closed`; what unsettled cases lack to 90
    days is `never_settled`.
    """
    rows = []
    times = outcome.world.step_time.astype(float) / HOUR
    for kind, codes in [("all", list(range(len(KIND_NAMES)))), *((n, [k]) for k, n in enumerate(KIND_NAMES))]:
        of_kind = np.isin(cohort.records["kind"], codes)
        n = int(of_kind.sum())
        if not n:
            continue
        table = times[codes].sum(axis=0).reshape(-1, 3) / n
        for i, step in enumerate(STEP_NAMES):
            for part, suffix in enumerate(("_queue", "_closed", "")):
                if table[i, part] > 0.0:
                    rows.append((kind, step + suffix, float(table[i, part]), cause_of(step, part)))
        rest = float(cohort.resolution[of_kind].mean() - table.sum())
        rows.append((kind, "never_settled", rest, "other"))
    return rows


def summarise(outcome: Outcome) -> RunSummary:
    """Everything that studies keep of a run."""
    cases = _read_cases(outcome)
    cohort = cases.where(cases.records["in_cohort"])
    rows: list[Row] = []
    for group, kind, some in _margins(cohort):
        rows += [("window", group, kind, *rest) for rest in case_indicators(some)]
    rows += [*_needs_rows(outcome, cases), *_street_rows(outcome, cohort), *_weekly_rows(outcome, cases)]
    rows += _year_rows(outcome, cases)
    ends = np.sort(cohort.resolution[cohort.settled]) / 24.0
    shares = np.searchsorted(ends, DAYS, "right") / max(len(cohort.records), 1)
    lines = np.zeros(len(cohort.records), CASE_DTYPE)
    for field in ("name", "kind", "vulnerable"):
        lines[field] = cohort.records[field]
    lines["resolution_time"], lines["response_time"], lines["repeat"] = (
        cohort.resolution,
        cohort.response,
        cohort.repeat,
    )
    lines["satisfied"] = np.where(cohort.records["rated"], cohort.records["satisfied"], np.nan)
    return RunSummary(
        rows, list(zip(DAYS.tolist(), shares.tolist(), strict=True)), step_rows(outcome, cohort), lines, facts(outcome)
    )


def facts(outcome: Outcome) -> dict[str, float]:
    """What is worth knowing of a run beside its indicators: size, load, the weight of chases."""
    units = outcome.world.units
    other = units["work_hours"] - units["chase_hours"]
    rostered = units["rostered"] / HOUR * units["productive"]
    with np.errstate(divide="ignore", invalid="ignore"):
        g = np.where(rostered > other, units["chase_hours"] / (rostered - other), 0.0)
    return {
        "events": float(outcome.events),
        "cases": float(outcome.case_rows.sum()),
        "largest_repeat_gain": float(np.max(g, initial=0.0)),
    }
