"""District departments month by month: their willingness to help the street, and whether they share their data."""

from __future__ import annotations

from model import draws
from model.codes import UNIT_DEPARTMENT
from model.compilation import inlined, rule
from model.measures import W_DEPARTMENTS_SHARING, W_WILLINGNESS_SUM, add_to_week
from model.rules import logit
from model.rules_adaptation import (
    WEEKS_PER_YEAR,
    data_fear,
    data_sharing_score,
    fear_after_a_week,
    willingness_after_month,
    willingness_target,
)
from model.tracing import share_of_departments_with_data
from model.world import World


@rule
def open_departments(world: World) -> None:
    """All units start at base willingness; departments hold the lines in turn, and some share their data.

    A department's propensity to share is a logistic draw around the level at which, without appraisal or order and with
    the safeguards of the start, `data_sharing_initial` of the departments share: so nothing moves unless its grounds do.
    """
    units, s = world.units, world.settings[0]
    fear = data_fear(s["data_safeguards"], 0.0)
    centre = logit(s["data_sharing_initial"]) + s["data_sharing_fear_weight"] * fear
    lines, number = world.lines.shape[0] - 1, 0
    world.clock["leak_threshold"][0] = _leak_threshold(world)
    for u in range(units.shape[0]):
        units["willingness"][u] = s["willingness_base"]
        if units["type"][u] == UNIT_DEPARTMENT:
            units["line"][u] = number % lines if lines > 0 else -1
            number += 1
            uniform = draws.uniform(world.clock["seed"][0], draws.JOINING_DATA, units["key"][u], 0)
            units["data_propensity"][u] = centre + draws.logistic_noise(uniform)
            units["joined_data"][u] = draws.logistic_noise(uniform) + logit(s["data_sharing_initial"]) > 0.0


@rule
def let_fear_fade(world: World) -> None:
    """A week's fading of the fear after a data leak."""
    fear = world.clock["leak_fear"]
    if fear[0] > 0.0:
        fear[0] = fear_after_a_week(fear[0], world.settings[0]["data_leak_half_life_weeks"])


@rule
def risk_a_leak(world: World) -> None:
    """A week's risk that data leak, the greater the more departments share theirs; who hears of one is afraid."""
    s, clock = world.settings[0], world.clock
    clock["leak_hazard"][0] += s["data_leaks_per_year"] * share_of_departments_with_data(world) / WEEKS_PER_YEAR
    if clock["leak_hazard"][0] >= clock["leak_threshold"][0]:
        clock["leak_hazard"][0] -= clock["leak_threshold"][0]
        clock["leak_spell"][0] += 1
        clock["leak_threshold"][0] = _leak_threshold(world)
        leak_data(world)


@inlined
def _leak_threshold(world: World) -> float:
    """The unit exponential that the integrated hazard of a leak must pass in this spell (Sellke 1983)."""
    clock = world.clock
    uniform = draws.uniform(clock["seed"][0], draws.DATA_LEAK, draws.WHOLE_STREET, clock["leak_spell"][0])
    return draws.exponential(uniform, 1.0)


@rule
def leak_data(world: World) -> None:
    """A data leak has become known."""
    world.clock["leak_fear"][0] += world.settings[0]["data_leak_fear"]


@inlined
def month_load(world: World, u: int) -> float:
    """Utilisation of the unit since its last monthly decision; last week's if it had no hours."""
    units = world.units
    if units["month_rostered"][u] > 0:
        return units["month_busy"][u] / units["month_rostered"][u]
    return units["load"][u]


@rule
def decide_willingness(world: World) -> None:
    """Monthly: departments become more or less willing."""
    units, s = world.units, world.settings[0]
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_DEPARTMENT:
            target = willingness_target(
                s["willingness_base"],
                s["street_assessment_weight"],
                s["willingness_accountability_weight"],
                month_load(world, u),
                s["willingness_load_weight"],
                s["willingness_load_threshold"],
            )
            rate = s["willingness_adjustment_rate"]
            units["willingness"][u] = willingness_after_month(units["willingness"][u], target, rate)


@rule
def begin_month(world: World) -> None:
    """Monthly decisions are taken: the accounts of the month begin anew."""
    for u in range(world.units.shape[0]):
        world.units["month_busy"][u] = 0
        world.units["month_rostered"][u] = 0


@rule
def decide_data_sharing(world: World) -> None:
    """Quarterly: departments join, or leave after a leak."""
    units, s = world.units, world.settings[0]
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_DEPARTMENT:
            score = data_sharing_score(
                s["street_assessment_weight"],
                s["data_sharing_accountability_weight"],
                s["data_sharing_order"],
                s["data_sharing_order_weight"],
                data_fear(s["data_safeguards"], world.clock["leak_fear"][0]),
                s["data_sharing_fear_weight"],
                units["data_propensity"][u],
            )
            units["joined_data"][u] = score > 0.0


@rule
def record_departments(world: World, week: int) -> None:
    """How many share data and how willing they are, at the end of `week`."""
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_DEPARTMENT:
            add_to_week(world, week, W_DEPARTMENTS_SHARING, 1.0 if world.units["joined_data"][u] else 0.0)
            add_to_week(world, week, W_WILLINGNESS_SUM, world.units["willingness"][u])
