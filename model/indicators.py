"""What a run is judged by: the indicators of MODEL section 2, gathered over the headline window, weeks and years.

Cohort indicators are filed under the week of report, flows and stocks under the calendar week. A value of a period is a ratio of
sums over it. What the indicators are is in `case_indicators`, `need_indicators` and `street_indicators`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from model.case_indicators import Cases, Value, case_indicators, margins
from model.codes import HOUR, KIND_NAMES
from model.costs import cost_of_cases
from model.feedback import UnitLoad, unit_loads
from model.need_indicators import exposure, need_indicators
from model.observation import Observation, observe
from model.run import Outcome
from model.shape import shape
from model.stages import STEP_NAMES, cause_of
from model.street_indicators import idle_fund_share, satisfaction, street_indicators

Row = tuple[str, str, str, str, str, float, int]  # period, group, kind, indicator, statistic, value, n
Detail = Literal["headline", "window", "weekly"]
"""Which indicators of a run are computed: `headline` those of the window over all groups and kinds; `window` all of the window
and of years, and the headline indicators of weeks; `weekly` every indicator of each week by group and kind, too."""
DAYS = np.arange(0.0, 90.5, 0.5)

CASE_DTYPE = np.dtype(
    [("name", "i8"), ("kind", "i8"), ("vulnerable", "?"), ("resolution_time", "f8"), ("response_time", "f8"),
     ("satisfied", "f8"), ("repeat", "?")]
)  # fmt: skip


@dataclass(frozen=True)
class RunSummary:
    """All that is kept of a run: indicator rows, distribution, decomposition, and a line a case for pairing.

    `warmup` holds (week, indicator, value) of the headlines in the last half of the warm-up, in a run whose rules stay as they
    were; where a reform follows, it would change how the cases of these weeks end. `loads` is of the headline window. `panels`
    has a table of grids and weeks for each street, if it was asked for.
    """

    indicators: list[Row]
    durations: list[tuple[float, float]]
    steps: list[tuple[str, str, float, str]]
    cases: np.ndarray
    facts: dict[str, float]
    warmup: list[tuple[int, str, float]] = field(default_factory=list)
    loads: list[UnitLoad] = field(default_factory=list)
    panels: list[np.ndarray] = field(default_factory=list)


def summarise(run: Outcome | Observation, detail: Detail = "window") -> RunSummary:
    """Everything that studies keep of a run, or of the pooled runs of several streets."""
    seen = run if isinstance(run, Observation) else observe(run)
    rows = list(_window_rows(seen, members=detail != "headline"))
    if detail != "headline":
        rows += [*_weekly_rows(seen, detail == "weekly"), *_year_rows(seen)]
    cohort = seen.cases.where(seen.cases.records["in_cohort"])
    ends = np.sort(cohort.resolution[cohort.settled]) / 24.0
    shares = np.searchsorted(ends, DAYS, "right") / max(len(cohort.records), 1)
    durations = list(zip(DAYS.tolist(), shares.tolist(), strict=True))
    facts = {"events": float(seen.events), "cases": float(len(seen.cases.records)), "voice_elasticity": seen.voice}
    loads = unit_loads(seen.units, seen.unit_weeks[seen.rows(*seen.window)])
    return RunSummary(rows, durations, step_rows(seen, cohort), _lines(cohort), facts, _warmup_rows(seen), loads)


def _period_rows(seen: Observation, period: str, first: int, last: int, members: bool = True) -> Iterator[Row]:
    """Everything that can be said of any period, and of its groups, kinds and types of unit too if `members` is true."""
    of_period = seen.cases.reported_in(first, last)
    for group, kind, some in margins(of_period) if members else [("all", "all", of_period)]:
        for entry in case_indicators(some):
            yield period, group, kind, *entry
    for entries in (need_indicators(seen, first, last), street_indicators(seen, of_period, first, last)):
        for entry in entries:
            if members or entry[:2] == ("all", "all"):
                yield period, *entry


def _window_rows(seen: Observation, members: bool) -> Iterator[Row]:
    """The headline window, of which a few things more are known than of other periods."""
    first, last = seen.window
    yield from _period_rows(seen, "window", first, last, members)
    for entry in (*exposure(seen), idle_fund_share(seen, first, last)):
        if members or entry[:2] == ("all", "all"):
            yield "window", *entry
    for entry in shape(seen):
        yield "window", "all", "all", *entry
    waiting = backlog(seen)[first : last + 1]
    yield "window", "all", "all", "backlog", "mean", float(waiting.mean()), len(waiting)


def _weekly_rows(seen: Observation, whole: bool) -> Iterator[Row]:
    """Every measured week: all that is known of it, or the headlines and the backlog."""
    waiting = backlog(seen)
    for week in range(seen.configuration.weeks):
        period = f"week-{week:02d}"
        if whole:
            yield from _period_rows(seen, period, week, week)
        else:
            for entry in headlines(seen, week, week):
                yield period, "all", "all", *entry
        yield period, "all", "all", "backlog", "mean", float(waiting[week]), 1


def headlines(seen: Observation, first: int, last: int) -> Iterator[Value]:
    """The headline indicators of weeks `first` to `last`, the warm-up's (negative) included."""
    of_period = seen.cases.reported_in(first, last)
    n = len(of_period.records)
    if n:
        yield "response_time", "mean", float(of_period.response.mean()), n
        yield "resolution_time", "mean", float(of_period.resolution.mean()), n
        yield "repeat_rate", "share", float(of_period.repeat.mean()), n
    for group, kind, *entry in need_indicators(seen, first, last, members=False):
        if (group, kind) == ("all", "all"):
            yield tuple(entry)
    yield "satisfaction", "share", satisfaction(seen, first, last), seen.residents
    yield "cost_per_case", "mean", cost_of_cases(seen, of_period.records, int(of_period.settled.sum()), first, last), n


def _warmup_rows(seen: Observation) -> list[tuple[int, str, float]]:
    if seen.configuration.changes:
        return []
    weeks = range(-(seen.configuration.warmup_weeks // 2), 0)
    return [(week, name, value) for week in weeks for name, _, value, _ in headlines(seen, week, week)]


def _year_rows(seen: Observation) -> Iterator[Row]:
    """Each year of 52 weeks of the measured period; the last may be shorter."""
    weeks = seen.configuration.weeks
    for number, first in enumerate(range(0, weeks, 52)):
        last = min(first + 52, weeks) - 1
        year = f"year-{seen.configuration.start_date.year + number}"
        yield from _period_rows(seen, year, first, last, members=False)


def backlog(seen: Observation) -> np.ndarray:
    """Cases that are open at the end of each measured week."""
    return seen.open_cases[seen.rows(0, seen.configuration.weeks - 1)]


def step_rows(seen: Observation, cohort: Cases) -> list[tuple[str, str, float, str]]:
    """(kind, step, mean hours a case, cause). Over all steps of a kind they sum to its mean restricted resolution time.

    A step's queue for staff is `STEP_queue`, its wait for opening hours `STEP_closed`; what unsettled cases lack to 90
    days is `never_settled`.
    """
    rows = []
    times = seen.step_time.astype(float) / HOUR
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


def _lines(cohort: Cases) -> np.ndarray:
    """A line a case, by which it is found again in another run."""
    lines = np.zeros(len(cohort.records), CASE_DTYPE)
    for column in ("name", "kind", "vulnerable"):
        lines[column] = cohort.records[column]
    lines["resolution_time"], lines["response_time"] = cohort.resolution, cohort.response
    lines["repeat"] = cohort.repeat
    lines["satisfied"] = np.where(cohort.records["rated"], cohort.records["satisfied"], np.nan)
    return lines
