"""Indicators of cases: the quantities of each case, and what a set of cases amounts to.

All durations are clock hours. Times are restricted at 90 days, and what is open, given up or petitioned counts 90 days in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.codes import ADMINISTRATIVE_SERVICE as ADMINISTRATIVE
from model.codes import COMPLAINT_KINDS, HOUR, KIND_NAMES, NEVER, WEEK, WINDOW
from model.codes import SOCIAL_ASSISTANCE as ASSISTANCE

Value = tuple[str, str, float, int]  # indicator, statistic, value, n


@dataclass(frozen=True)
class Cases:
    """Cases in order of their report, with the quantities that indicators are made of, one element a case."""

    records: np.ndarray
    settled: np.ndarray
    resolution: np.ndarray
    response: np.ndarray
    on_time: np.ndarray
    own_deadline: np.ndarray
    repeat: np.ndarray

    def where(self, chosen: np.ndarray | slice) -> Cases:
        """Some of the cases, by mask, by row or by slice."""
        return Cases(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def reported_in(self, first: int, last: int) -> Cases:
        """The cases reported in weeks `first` to `last`."""
        begin, end = np.searchsorted(self.records["reported"], (first * WEEK, (last + 1) * WEEK))
        return self.where(slice(begin, end))


def ratio(numerator: float, denominator: float) -> float:
    """NaN where there is nothing to divide by."""
    return float(numerator) / float(denominator) if denominator else float("nan")


def case_indicators(cases: Cases) -> Iterator[Value]:
    """The indicators of a set of cases; nothing if it is empty."""
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
    yield "own_deadline_rate", "share", float(cases.own_deadline.mean()), n
    yield "repeat_rate", "share", float(cases.repeat.mean()), n
    yield "reopened_rate", "share", float((q["reopenings"] > 0).mean()), n
    yield "contacts_per_case", "mean", float(q["contacts"].mean()), n
    rated = q["rated"]
    yield "case_satisfaction", "share", ratio(q["satisfied"][rated].sum(), rated.sum()), int(rated.sum())
    first = cases.settled & (q["contacts"] == 1) & (q["visits"] <= 1) & (q["turned_away"] == 0) & (q["hand_overs"] == 0)
    yield "first_contact_resolution_rate", "share", float(first.mean()), n
    yield "grid_resolution_share", "share", ratio((q["by_grid"] & cases.settled).sum(), cases.settled.sum()), n
    yield "misroute_rate", "share", ratio(q["misroutes"].sum(), q["dispatches"].sum()), int(q["dispatches"].sum())
    known = q["acknowledged"] < NEVER
    wait = (q["acknowledged"] - q["reported"])[known] / HOUR
    yield "ack_time", "mean", ratio(wait.sum(), known.sum()), int(known.sum())
    tabled = q["meetings"] > 0
    yield "coordination_rounds", "mean", ratio(q["meetings"][tabled].sum(), tabled.sum()), int(tabled.sum())
    paper = np.isin(q["kind"], (ADMINISTRATIVE, ASSISTANCE)) & (q["channel"] == WINDOW)
    visits = (q["visits"] + q["turned_away"])[paper]
    yield "trips_per_case", "mean", ratio(visits.sum(), paper.sum()), int(paper.sum())
    yield "documents_per_case", "mean", ratio(q["papers"][paper].sum(), paper.sum()), int(paper.sum())


def margins(cases: Cases) -> Iterator[tuple[str, str, Cases]]:
    """(group, kind, cases) for all, for each group, for complaints and for each kind."""
    yield "all", "all", cases
    vulnerable = cases.records["vulnerable"]
    yield "vulnerable", "all", cases.where(vulnerable)
    yield "not_vulnerable", "all", cases.where(~vulnerable)
    complaints = [KIND_NAMES.index(k) for k in COMPLAINT_KINDS]
    yield "all", "complaint", cases.where(np.isin(cases.records["kind"], complaints))
    for code, name in enumerate(KIND_NAMES):
        yield "all", name, cases.where(cases.records["kind"] == code)
