"""What handling costs: yuan a case and yuan a year (CONTRACT, Indicators; 2024 yuan)."""

from __future__ import annotations

import numpy as np

from model import measures
from model.codes import (
    APP,
    COMMUNITY_CHANNEL,
    HOTLINE,
    UNIT_DEPARTMENT,
    UNIT_DUTY_TEAM,
    UNIT_PROGRAMME,
    UNIT_SERVICE_HALL,
)
from model.observation import Observation
from model.organization import WEEK_HOURS


def _is_street_staff(seen: Observation) -> np.ndarray:
    """Which units are the street's own people: not the district's, not places."""
    types = seen.units["type"]
    return (types != UNIT_DEPARTMENT) & (types != UNIT_PROGRAMME)


def cost_of_cases(seen: Observation, cases: np.ndarray, settled: int, first: int, last: int) -> float:
    """cost_per_case of weeks `first` to `last`: work hours over the productive share times the wage, and case money, over
    cases settled. An hour costs what the street's hours of work cost on average in these weeks.
    """
    staff = _is_street_staff(seen)
    weeks = seen.unit_weeks[seen.rows(first, last)][:, staff]
    hours = weeks["work_hours"]
    if settled == 0 or hours.sum() <= 0.0:
        return float("nan")
    per_hour = seen.units["wage"][staff] / seen.configuration.values["hours_per_post_year"]
    wage = float((hours * per_hour / weeks["case_share"]).sum() / hours.sum())
    return float((cases["work_hours"].sum() * wage + cases["paid"].sum()) / settled)


def street_cost(seen: Observation, first: int, last: int) -> float:
    """Yuan a year in weeks `first` to `last`: posts at their wages, overtime, case money, contracts and subsidies.

    A post is paid for the part of its time that the street has of it. The command office's hours are paid where they came
    from. What levers cost is added by the study.
    """
    years = (last + 1 - first) / 52.0
    units, staff = seen.units, _is_street_staff(seen)
    weekly, period = seen.weekly, seen.rows(first, last)
    filled = seen.unit_weeks[period]["filled"].mean(axis=0) / np.maximum(units["posts"], 1.0)
    # Behind a post of duty, manned round the clock, stand several persons.
    round_the_clock = WEEK_HOURS * 52.0 / seen.configuration.values["hours_per_post_year"]
    persons = np.where(units["type"] == UNIT_DUTY_TEAM, round_the_clock, 1.0)
    wages = (filled * units["wanted"] * persons * units["wage"])[staff].sum()
    overtime = weekly[period, measures.W_OVERTIME_YUAN].sum()
    paid_by_then = weekly[: period.stop, measures.W_MONEY_PAID]  # a stock, as it stood at the end of each week
    paid = paid_by_then[-1] - (paid_by_then[period.start - 1] if period.start else 0.0)
    organizations = weekly[period, measures.W_ORGANIZATION_YUAN].sum()
    return float(wages + (overtime + paid + organizations) / years)


def residents_cost(seen: Observation, cases: np.ndarray, first: int, last: int) -> float:
    """Yuan a year of residents' hours in weeks `first` to `last`: trips, waits in the hall, calls and forms.

    `cases` are those reported in these weeks. Enquirers' waits and ways to the hall count, and of those who call, write or go
    to their community the first contact; an enquiry by app takes as long as a call.
    """
    values = seen.configuration.values
    hall = seen.unit_weeks[seen.rows(first, last)][:, seen.units["type"] == UNIT_SERVICE_HALL]
    at_community = cases["channel"] == COMMUNITY_CHANNEL
    asked = seen.weekly[seen.rows(first, last)].sum(axis=0)
    around_the_corner = cases["visits"][at_community].sum() + asked[measures.W_COMMUNITY_ENQUIRIES]
    trips = hall["begun"].sum() + cases["turned_away"].sum() + values["community_trip_share"] * around_the_corner
    by_app, by_phone = cases["channel"] == APP, cases["channel"] == HOTLINE
    calls = (cases["contacts"] - 1 + by_phone)[cases["origin"] == 0].sum()  # a chase is a call
    calls += asked[measures.W_CALLED_ENQUIRIES]
    minutes = trips * values["trip_minutes"] + calls * values["hotline_minutes"]
    minutes += by_app.sum() * values["app_form_items"] * values["app_minutes_per_item"]
    hours = minutes / 60.0 + hall["wait_hours"].sum()
    return float(hours * values["resident_hour_yuan"] / ((last + 1 - first) / 52.0))
