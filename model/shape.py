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
    cohort = seen.cases.where(seen.cases.records["in_cohort"])
    days = (last + 1 - first) * (WEEK // DAY)
    complaints = np.isin(cohort.records["kind"], _COMPLAINTS) & (cohort.records["origin"] == RESIDENT)
    by_day = np.bincount((cohort.records["reported"][complaints] - first * WEEK) // DAY, minlength=days)
    yield "daily_dispersion", "mean", ratio(by_day.var(), by_day.mean()), days
    several = cohort.records["departments"] > 1
    both = 0 < several.sum() < len(several)
    slower = cohort.resolution[several].mean() / cohort.resolution[~several].mean() if both else np.nan
    yield "several_departments_ratio", "mean", float(slower), int(several.sum())
    waits = seen.step_time[:, STAFF_WAIT::3].sum() / HOUR
    yield "staff_wait_share", "share", ratio(waits, cohort.resolution.sum()), len(cohort.records)
