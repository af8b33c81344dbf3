"""Indicators over all needs, reported or not: what residents live with (MODEL section 10, effect iii)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.case_indicators import Cases, ratio
from model.codes import COMPLAINT_KINDS, ENQUIRY, HOUR, KIND_NAMES, WEEK
from model.ledger import INFORMAL, NEEDED
from model.run import Outcome
from model.tracing import INFORMAL_HOURS, INFORMAL_NEEDS, UNVOICED_NEEDS

Entry = tuple[str, str, str, str, float, int]  # group, kind, indicator, statistic, value, n

_GROUPS = (("all", (0, 1)), ("not_vulnerable", (0,)), ("vulnerable", (1,)))


def need_indicators(outcome: Outcome, cases: Cases, first: int, last: int) -> Iterator[Entry]:
    """unmet_need_share and equity_gap of the needs that arose in weeks `first` to `last`; `cases` are all of the run."""
    inside = cases.where(_arose_in(cases, first, last))
    settled = _counts(inside, _settled_within_horizon(outcome, inside))
    on_time = _counts(inside, inside.on_time)
    table = outcome.ledger.needs[outcome.ledger.rows(first, last)].sum(axis=0)
    in_time = {}
    for group, columns in _GROUPS:
        for kind, codes in _kinds_of(group):
            cells = np.ix_(codes, columns)
            needs, informal = int(table[cells][..., NEEDED].sum()), int(table[cells][..., INFORMAL].sum())
            if needs:
                met = int(settled[cells].sum()) + informal
                yield group, kind, "unmet_need_share", "share", 1.0 - ratio(met, needs), needs
                in_time[group, kind] = ratio(int(on_time[cells].sum()) + informal, needs)
    gap = in_time.get(("not_vulnerable", "all"), np.nan) - in_time.get(("vulnerable", "all"), np.nan)
    yield "all", "all", "equity_gap", "share", float(gap), len(inside.records)


def _counts(cases: Cases, mask: np.ndarray) -> np.ndarray:
    """Cases of the mask by kind and group, (kinds, 2)."""
    table = np.zeros((len(KIND_NAMES), 2), np.int64)
    np.add.at(table, (cases.records["kind"][mask], cases.records["vulnerable"][mask].astype(np.int64)), 1)
    return table


def exposure(outcome: Outcome, cases: Cases) -> Iterator[Entry]:
    """exposure_time of the needs of the headline window, for which alone the hours of what was never reported are kept."""
    tau_hours = float(outcome.world.clock["tau"][0]) / HOUR
    inside = cases.where(_arose_in(cases, *outcome.window))
    settled = _settled_within_horizon(outcome, inside)
    hours = np.where(settled, (inside.records["settled"] - inside.records["onset"]) / HOUR, tau_hours)
    for group, columns in _GROUPS:
        for kind, codes in _kinds_of(group):
            table = outcome.world.needs[np.ix_(codes, columns)].sum(axis=(0, 1))
            of_set = np.isin(inside.records["kind"], codes) & np.isin(inside.records["vulnerable"].astype(int), columns)
            counted = int(of_set.sum()) + int(table[INFORMAL_NEEDS]) + int(table[UNVOICED_NEEDS])
            if counted:
                total = hours[of_set].sum() + table[INFORMAL_HOURS] + table[UNVOICED_NEEDS] * tau_hours
                yield group, kind, "exposure_time", "mean", ratio(total, counted), counted


def _settled_within_horizon(outcome: Outcome, cases: Cases) -> np.ndarray:
    """Which cases were settled within 90 days of their onset."""
    q = cases.records
    return cases.settled & (q["settled"] - q["onset"] <= outcome.world.clock["tau"][0])


def _arose_in(cases: Cases, first: int, last: int) -> np.ndarray:
    onset = cases.records["onset"]
    return (onset >= first * WEEK) & (onset < (last + 1) * WEEK)


def _kinds_of(group: str) -> list[tuple[str, list[int]]]:
    """Kinds of needs for which a margin is shown: all for every group, each kind for everybody."""
    whole = ("all", [k for k in range(len(KIND_NAMES)) if k != ENQUIRY])
    if group != "all":
        return [whole]
    complaints = [KIND_NAMES.index(k) for k in COMPLAINT_KINDS]
    return [whole, ("complaint", complaints), *((KIND_NAMES[k], [k]) for k in whole[1])]
