"""What handling costs: yuan a case and yuan a year (CONTRACT, Indicators; 2024 yuan)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.codes import HOUR, UNIT_DEPARTMENT, UNIT_PROGRAMME
from model.measures import W_OVERTIME_YUAN
from model.organization import wanted_posts

if TYPE_CHECKING:
    from model.run import Outcome


def _street_units(outcome: Outcome) -> np.ndarray:
    units = outcome.world.units
    return units[(units["type"] != UNIT_DEPARTMENT) & (units["type"] != UNIT_PROGRAMME)]


def cost_of_cases(outcome: Outcome, cases: np.ndarray, settled: int) -> float:
    """cost_per_case: work hours over the productive share times the wage, and case money, over cases settled."""
    units = _street_units(outcome)
    hours = units["work_hours"]
    if settled == 0 or hours.sum() <= 0.0:
        return float("nan")
    per_hour = units["wage"] / outcome.configuration.values["hours_per_post_year"] / units["productive"]
    wage = float((hours * per_hour).sum() / hours.sum())
    return float((cases["work_hours"].sum() * wage + cases["paid"].sum()) / settled)


def _years(outcome: Outcome) -> float:
    """Length of the run, warm-up and follow-up in."""
    run = outcome.configuration
    return (run.warmup_weeks + run.weeks + run.followup_weeks) / 52.0


def street_cost(outcome: Outcome) -> float:
    """Yuan a year: wages of the street's staff and case money. Running costs of levers are added by the study."""
    years = _years(outcome)
    overtime = outcome.world.weekly[:, W_OVERTIME_YUAN].sum()
    return _yearly_wages(outcome) + float(outcome.world.lines["paid"].sum() + overtime) / years


def _yearly_wages(outcome: Outcome) -> float:
    """Wages of filled posts. Hours that moved to the command office are paid where they came from."""
    units = outcome.world.units
    in_street = (units["type"] != UNIT_DEPARTMENT) & (units["type"] != UNIT_PROGRAMME)
    posts = wanted_posts(outcome.world, outcome.configuration.values, outcome.staff)
    filled = units["filled"] / np.maximum(units["posts"], 1.0)
    return float((posts * filled * units["wage"])[in_street].sum())


def social_cost(outcome: Outcome) -> float:
    """Yuan a year: what the street pays and, at the value of their hours, what residents spend on trips and in queues."""
    values, world, years = outcome.configuration.values, outcome.world, _years(outcome)
    q = outcome.cases
    trips = (q["visits"] + q["turned_away"]).sum() * values["trip_minutes"] / 60.0
    waiting = float(world.units["sum_waits"][outcome.rows.hall]) / HOUR
    return street_cost(outcome) + (trips + waiting) / years * values["resident_hour_yuan"]
