"""Indicators over all needs, reported or not: what residents live with (MODEL section 10, effect iii)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.case_indicators import ratio
from model.codes import COMPLAINT_KINDS, ENQUIRY, HOUR, KIND_NAMES, WEEK
from model.ledger import INFORMAL, INFORMAL_IN_TIME, NEEDED
from model.observation import Observation
from model.programme_indicators import programme_kinds, unmet_share
from model.tracing import INFORMAL_HOURS, INFORMAL_NEEDS, UNVOICED_NEEDS

Entry = tuple[str, str, str, str, float, int]  # group, kind, indicator, statistic, value, n

_GROUPS = (("all", (0, 1)), ("not_vulnerable", (0,)), ("vulnerable", (1,)))
_ALL = [k for k in range(len(KIND_NAMES)) if k != ENQUIRY]


def need_indicators(seen: Observation, first: int, last: int, members: bool = True) -> Iterator[Entry]:
    """unmet_need_share and equity_gap of the needs that arose in weeks `first` to `last`, by kind too if `members` is true."""
    met = seen.met[seen.rows(first, last)].sum(axis=0)
    table = seen.ledger_needs[seen.rows(first, last)].sum(axis=0)
    with_places = programme_kinds(seen)
    in_time = {}
    for group, columns in _GROUPS:
        for kind, codes in _kinds_of(group, members):
            cells = np.ix_(codes, columns)
            needs, informal = int(table[cells][..., NEEDED].sum()), int(table[cells][..., INFORMAL].sum())
            if needs:
                settled, on_time = met[cells].sum(axis=(0, 1))
                settled += informal
                on_time += int(table[cells][..., INFORMAL_IN_TIME].sum())
                places = len(codes) == 1 and codes[0] in with_places
                unmet = unmet_share(seen, codes[0], first, last) if places else 1.0 - ratio(settled, needs)
                yield group, kind, "unmet_need_share", "share", unmet, needs
                in_time[group, kind] = ratio(on_time, needs)
    gap = in_time.get(("not_vulnerable", "all"), np.nan) - in_time.get(("vulnerable", "all"), np.nan)
    yield "all", "all", "equity_gap", "share", float(gap), int(table[_ALL][..., NEEDED].sum())


def exposure(seen: Observation) -> Iterator[Entry]:
    """exposure_time of the needs of the headline window, for which alone the hours of what was never reported are kept."""
    tau_hours = seen.tau / HOUR
    q = seen.cases.records
    inside = (q["onset"] >= seen.window[0] * WEEK) & (q["onset"] < (seen.window[1] + 1) * WEEK)
    kinds, vulnerable = q["kind"][inside], q["vulnerable"][inside].astype(int)
    from_onset = (q["settled"] - q["onset"])[inside]
    hours = np.where(from_onset <= seen.tau, from_onset / HOUR, tau_hours)
    for group, columns in _GROUPS:
        for kind, codes in _kinds_of(group):
            table = seen.needs[np.ix_(codes, columns)].sum(axis=(0, 1))
            of_set = np.isin(kinds, codes) & np.isin(vulnerable, columns)
            counted = int(of_set.sum()) + int(table[INFORMAL_NEEDS]) + int(table[UNVOICED_NEEDS])
            if counted:
                total = hours[of_set].sum() + table[INFORMAL_HOURS] + table[UNVOICED_NEEDS] * tau_hours
                yield group, kind, "exposure_time", "mean", ratio(total, counted), counted


def _kinds_of(group: str, members: bool = True) -> list[tuple[str, list[int]]]:
    """Kinds of needs for which a margin is shown: all together, and each by itself for all residents."""
    whole = ("all", _ALL)
    if group != "all" or not members:
        return [whole]
    complaints = [KIND_NAMES.index(k) for k in COMPLAINT_KINDS]
    return [whole, ("complaint", complaints), *((KIND_NAMES[k], [k]) for k in _ALL)]
