"""Indicators of the street as a whole in a period: staff, programmes, money, the hall, residents' satisfaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from model import costs, measures
from model.case_indicators import Cases, ratio
from model.codes import UNIT_DEPARTMENT, UNIT_PROGRAMME, UNIT_SERVICE_HALL, UNIT_TYPE_NAMES
from model.indicator_definitions import UNIT_GROUP
from model.need_indicators import Entry
from model.observation import Observation
from model.organization import PROGRAMMES


def street_indicators(seen: Observation, cases: Cases, first: int, last: int) -> Iterator[Entry]:
    """All that weeks `first` to `last` amount to; `cases` are those reported in them. A rate is per 52 weeks."""
    for indicator, statistic, value, n in _of_all(seen, cases, first, last):
        yield "all", "all", indicator, statistic, float(value), n
    yield from _utilisation(seen, first, last)
    yield from _programmes(seen, first, last)


def _of_all(seen: Observation, cases: Cases, first: int, last: int) -> Iterator[tuple[str, str, float, int]]:
    years, residents = (last + 1 - first) / 52.0, seen.residents
    total = seen.weekly[seen.rows(first, last)].sum(axis=0)
    yield "satisfaction", "share", satisfaction(seen, first, last), residents
    posts = total[measures.W_POST_WEEKS]
    yield "vacancy_rate", "share", ratio(total[measures.W_VACANT_POST_WEEKS], posts), int(posts)
    yield "turnover_rate", "mean", ratio(total[measures.W_LEAVERS], posts / 52.0), int(posts)
    q = cases.records
    own = q["origin"] == 0
    yield "request_volume", "mean", q["contacts"][own].sum() / residents / years, residents
    yield "petition_rate", "mean", total[measures.W_PETITIONS] / residents / years * 1e4, residents
    hall = seen.unit_weeks[seen.rows(first, last)][:, seen.units["type"] == UNIT_SERVICE_HALL]
    begun = hall["begun"].sum()
    yield "window_wait", "mean", 60.0 * ratio(hall["wait_hours"].sum(), begun), int(begun)
    yield "cost_per_case", "mean", costs.cost_of_cases(seen, q, int(cases.settled.sum()), first, last), len(q)
    street = costs.street_cost(seen, first, last)
    yield "street_cost", "sum", street, 1
    yield "social_cost", "sum", street + costs.residents_cost(seen, q, first, last), 1
    outside, projects = total[measures.W_OUTSIDE_YUAN], int(total[measures.W_COFUNDED_PROJECTS])
    yield "social_cofunding", "sum", outside / years, projects
    yield "cofunding_ratio", "mean", ratio(outside, total[measures.W_COFUNDED_YUAN]), projects


def satisfaction(seen: Observation, first: int, last: int) -> float:
    """Share of residents of good standing satisfaction, over the weeks."""
    total = seen.weekly[seen.rows(first, last)].sum(axis=0)
    return ratio(total[measures.W_SATISFIED_RESIDENTS], total[measures.W_RESIDENTS])


def idle_fund_share(seen: Observation, first: int, last: int) -> Entry:
    """Money not committed, of what the fiscal year had released, at its last end in the period or else at the period's end."""
    at = next((week for week in range(last, first - 1, -1) if _ends_fiscal_year(seen, week)), last)
    week = seen.weekly[seen.rows(at, at)][0]
    received, committed = week[measures.W_YEAR_RECEIVED], week[measures.W_YEAR_COMMITTED]
    return "all", "all", "idle_fund_share", "share", float(1.0 - ratio(committed, received)), 1


def _ends_fiscal_year(seen: Observation, week: int) -> bool:
    """Whether January's first Monday, on which the new year's money comes, follows this week."""
    monday = seen.configuration.start_date + dt.timedelta(weeks=week + 1)
    return monday.month == 1 and monday.day <= 7


def _utilisation(seen: Observation, first: int, last: int) -> Iterator[Entry]:
    """Work over productive rostered hours by type of unit; `all` is the street's own staff, without the district's."""
    weeks = seen.unit_weeks[seen.rows(first, last)]
    work = (weeks["productive"] * weeks["busy"]).sum(axis=0)
    capacity = (weeks["productive"] * weeks["rostered"]).sum(axis=0)
    types = seen.units["type"]

    def entry(group: str, members: np.ndarray) -> Entry:
        value = ratio(work[members].sum(), capacity[members].sum())
        return group, "all", "utilisation", "share", value, int(members.sum())

    yield entry("all", (types != UNIT_DEPARTMENT) & (types != UNIT_PROGRAMME))
    for code, name in enumerate(UNIT_TYPE_NAMES):
        members = types == code
        if code != UNIT_PROGRAMME and capacity[members].sum() > 0.0:
            yield entry(UNIT_GROUP + name, members)


def _programmes(seen: Observation, first: int, last: int) -> Iterator[Entry]:
    """Place-hours held of those offered, and of those held or waited for, by programme and for all."""
    weeks = seen.unit_weeks[seen.rows(first, last)]
    rows = np.flatnonzero(seen.units["type"] == UNIT_PROGRAMME)  # each street has them in the order of PROGRAMMES
    for kind, members in [("all", rows), *((name, rows[i :: len(PROGRAMMES)]) for i, name in enumerate(PROGRAMMES))]:
        held, offered, wanted = (weeks[column][:, members].sum() for column in ("busy", "rostered", "waiting_hours"))
        places = int(round(offered / (168.0 * len(weeks))))
        yield "all", kind, "facility_utilisation", "share", ratio(held, offered), places
        yield "all", kind, "place_coverage", "share", ratio(held, held + wanted), places
