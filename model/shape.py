"""What a street looks like before anybody asks how well it works: how much it hears of what, and where time goes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.case_indicators import Value, ratio
from model.codes import COMPLAINT_KINDS, DAY, ENQUIRY, HOUR, KIND_NAMES, RESIDENT, WEEK
from model.observation import Observation
from model.stages import STAFF_WAIT
from model.tracing import CONTACTS

_COMPLAINTS = [KIND_NAMES.index(kind) for kind in COMPLAINT_KINDS]


def shape(seen: Observation) -> Iterator[Value]:
    """Indicators of the headline window that sources describe for any such street."""
    first, last = seen.window
    contacts = seen.needs[:, :, CONTACTS].sum(axis=1)
    per_year = contacts.sum() / seen.residents / ((last + 1 - first) / 52.0)
    yield "contacts_per_resident_year", "mean", float(per_year), seen.residents
    yield "enquiry_share", "share", ratio(contacts[ENQUIRY], contacts.sum()), int(contacts.sum())
    q, whole = seen.cases.records, seen.cases.resolution
    chosen = q["in_cohort"]  # columns are masked, never whole records: a copy of a street-year of them is 10 MB
    days = (last + 1 - first) * (WEEK // DAY)
    complaints = chosen & np.isin(q["kind"], _COMPLAINTS) & (q["origin"] == RESIDENT)
    by_day = np.bincount((q["reported"][complaints] - first * WEEK) // DAY, minlength=days)
    yield "daily_dispersion", "mean", ratio(by_day.var(), by_day.mean()), days
    several, others = chosen & (q["departments"] > 1), chosen & (q["departments"] == 1)
    slower = ratio(whole[several].mean(), whole[others].mean()) if several.any() and others.any() else np.nan
    yield "several_departments_ratio", "mean", slower, int(several.sum())
    waits = seen.step_time[:, STAFF_WAIT::3].sum() / HOUR
    yield "staff_wait_share", "share", ratio(waits, whole[chosen].sum()), int(chosen.sum())
