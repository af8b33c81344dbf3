"""Unmet need where a need is a wish for a place in a programme: person-weeks without one (MODEL 2 and 16)."""

from __future__ import annotations

import numpy as np

from model.case_indicators import ratio
from model.codes import HOUR, KIND_NAMES, NOT_IN_THIS_STREET, WEEK
from model.ledger import INFORMAL, NEEDED
from model.observation import Observation


def programme_kinds(seen: Observation) -> list[int]:
    """The kinds of needs that a programme of this street has places for."""
    return sorted(int(kind) for kind in seen.units["programme_of"] if kind >= 0)


def unmet_share(seen: Observation, kind: int, first: int, last: int) -> float:
    """Person-weeks without a place in weeks `first` to `last`, over these and the person-weeks in which a place was held.

    Eligible are those whose wish can be met at all. Who asks wants a place until there is one or the wish is given up; who
    never asks, for 90 days from onset, as all times are restricted.
    """
    of_kind = seen.units["programme_of"] == kind
    held = seen.unit_weeks["busy"][seen.rows(first, last)][:, of_kind].sum() * HOUR / WEEK
    lacking = _on_record(seen, kind, first, last) + _unseen(seen, kind, first, last)
    return ratio(lacking, lacking + held)


def _on_record(seen: Observation, kind: int, first: int, last: int) -> float:
    q = seen.cases.records
    q = q[(q["kind"] == kind) & (q["settleable"] != NOT_IN_THIS_STREET)]
    return _weeks_inside(q["onset"], np.minimum(q["settled"], q["closed"]), first, last).sum()


def _unseen(seen: Observation, kind: int, first: int, last: int) -> float:
    """Those whose need left no record: what arose of each week less what was settled informally or became a case."""
    table = seen.ledger_needs[:, kind].sum(axis=1)
    weeks = np.arange(len(table)) - seen.configuration.warmup_weeks
    q = seen.cases.records
    recorded = (q["onset"] // WEEK)[q["kind"] == kind] + seen.configuration.warmup_weeks
    asked = np.bincount(recorded[(recorded >= 0) & (recorded < len(table))], minlength=len(table))
    silent = np.maximum(table[:, NEEDED] - table[:, INFORMAL] - asked, 0)
    eligible = 1.0 - seen.configuration.values[f"{KIND_NAMES[kind]}.unsettleable_share"]
    onset = weeks * WEEK + WEEK // 2
    return eligible * (silent * _weeks_inside(onset, onset + seen.tau, first, last)).sum()


def _weeks_inside(begin: np.ndarray, end: np.ndarray, first: int, last: int) -> np.ndarray:
    """What of each span of time falls into weeks `first` to `last`, in weeks."""
    inside = np.minimum(end, (last + 1) * WEEK) - np.maximum(begin, first * WEEK)
    return np.maximum(inside, 0) / WEEK
