"""What handling costs: yuan a case and yuan a year (CONTRACT, Indicators; 2024 yuan)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.codes import UNIT_COMMAND_OFFICE, UNIT_DEPARTMENT, UNIT_PROGRAMME

if TYPE_CHECKING:
    from model.run import Outcome


def _street_units(outcome: Outcome) -> np.ndarray:
    units = outcome.world.units
    return units[(units["type"] != UNIT_DEPARTMENT) & (units["type"] != UNIT_PROGRAMME)]


def _on_the_payroll(outcome: Outcome) -> np.ndarray:
    """Units whose posts are paid for; the command office works with hours of posts that are counted where they came from."""
    units = _street_units(outcome)
    return units[units["type"] != UNIT_COMMAND_OFFICE]


def cost_of_cases(outcome: Outcome, cases: np.ndarray, settled: int) -> float:
    """cost_per_case: work hours over the productive share times the wage, and case money, over cases settled."""
    units = _street_units(outcome)
    hours = units["work_hours"]
    if settled == 0 or hours.sum() <= 0.0:
        return float("nan")
    per_hour = units["wage"] / outcome.configuration.values["hours_per_post_year"] / units["productive"]
    wage = float((hours * per_hour).sum() / hours.sum())
    return float((cases["work_hours"].sum() * wage + cases["paid"].sum()) / settled)


def street_cost(outcome: Outcome) -> float:
    """Yuan a year: wages of the street's staff and case money. Running costs of levers are added by the study."""
    units = _on_the_payroll(outcome)
    years = (
        outcome.configuration.weeks + outcome.configuration.warmup_weeks + outcome.configuration.followup_weeks
    ) / 52.0
    return float((units["filled"] * units["wage"]).sum() + outcome.world.lines["paid"].sum() / years)
