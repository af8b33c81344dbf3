"""From a scenario's name to the complete values of a run: the one place where the order of things is decided.

A value is built in this order: declared default, street file, uncertainty draw, `--set`, stresses, levers.
Levers and stresses take hold week by week; where that makes a week's values differ from the week before,
there is a change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from model.configuration import Change, Configuration, Value
from model.parameters import PARAMETERS, Parameter
from scenarios.expression import LeverInUse, Scenario, read_expression
from scenarios.operations import Effect, combine
from scenarios.schema import Rollout
from scenarios.shelf import find_street
from scenarios.toml_table import checked_whole_number
from scenarios.values import check_residents, check_value, checked_values, split_settings

MAX_WEEKS = 1040  # twenty years: farther ahead nothing here is known


def load(
    expression: str,
    street: str = "typical",
    residents: int | None = None,
    weeks: int = 52,
    settings: Mapping[str, Value] | None = None,
    from_start: bool = False,
    draw: Mapping[str, Value] | None = None,
) -> Configuration:
    """The configuration of `expression`: names of levers, packages and stresses, or files, joined with '+'.

    `residents` replaces the street's own number; `settings` are base values by parameter and strengths by
    `LEVER.strength`; `draw` are sampled base values, which count as the street's own, so that its posts follow from them (what
    nobody knows of a street, its staff has lived with); `from_start` has the levers in force in full from the
    first week of the warm-up on. Raises a JiedaoError for whatever in this is unknown, out of range or
    contradictory.
    """
    place = find_street(street)
    if residents is not None:
        residents = check_residents(residents, "residents")
    weeks = checked_whole_number(weeks, 1, MAX_WEEKS, "weeks")
    base_settings, strengths = split_settings(settings or {})
    scenario = read_expression(expression, strengths)

    base: dict[str, Value] = {name: parameter.best for name, parameter in PARAMETERS.items()}
    base.update(place.parameters)
    base.update(checked_values(draw or {}, "draw"))
    own = dict(base)  # a draw says what the street is like, so its posts follow from it; a user's settings leave them
    base.update({**scenario.settings, **base_settings})

    _refuse_if_impossible(base, scenario.levers)
    nothing_yet = _resolve(base, scenario, None, from_start)
    changes = _changes(base, scenario, from_start, weeks + Configuration.followup_weeks)
    return Configuration(
        scenario=scenario.name,
        street=place.name,
        residents=place.residents if residents is None else residents,
        values=nothing_yet,
        changes=changes,
        weeks=weeks,
        own_values=own,
    )


def _changes(base: Mapping[str, Value], scenario: Scenario, from_start: bool, last_week: int) -> tuple[Change, ...]:
    """What differs in each week from the week before, from week 0 on."""
    changes = []
    before = _resolve(base, scenario, None, from_start)
    for week in range(last_week):
        now = _resolve(base, scenario, week, from_start)
        new = {name: value for name, value in now.items() if value != before[name]}
        if new:
            changes.append(Change(week, new))
        before = now
    return tuple(changes)


def _resolve(base: Mapping[str, Value], scenario: Scenario, week: int | None, from_start: bool) -> dict[str, Value]:
    """Complete values in force in `week`; None is the warm-up, which no stress reaches."""
    levers = [
        (effect, use.strength * _lever_share(use.rollout, week, from_start))
        for use in scenario.levers
        for effect in use.lever.effects
    ]
    stresses = [
        (effect, 0.0 if week is None else stress.spell.share(week))
        for stress in scenario.stresses
        for effect in stress.effects
    ]
    return apply_effects(apply_effects(base, stresses), levers)


def _lever_share(rollout: Rollout, week: int | None, from_start: bool) -> float:
    if from_start:
        return 1.0
    return 0.0 if week is None else rollout.share(week)


def _refuse_if_impossible(base: Mapping[str, Value], uses: Iterable[LeverInUse]) -> None:
    """Levers in full, even where the roll-out ends after the run; raises what `apply_effects` raises."""
    apply_effects(base, [(effect, use.strength) for use in uses for effect in use.lever.effects])


def apply_effects(
    base: Mapping[str, Value],
    effects: Iterable[tuple[Effect, float]],
    parameters: Mapping[str, Parameter] = PARAMETERS,
) -> dict[str, Value]:
    """All values after the effects at their strengths.

    Whole numbers are rounded, halves up. Raises ContradictionError from `combine`, and ValueOutOfRangeError
    naming the levers if a value ends outside its parameter's bounds: it is never clipped.
    """
    by_parameter: dict[str, list[tuple[Effect, float]]] = {}
    for effect, strength in effects:
        by_parameter.setdefault(effect.parameter, []).append((effect, strength))
    values = dict(base)
    for name, its_effects in by_parameter.items():
        value = combine(base[name], its_effects)
        if value == base[name]:
            continue
        if parameters[name].kind == "integer":
            value = math.floor(value + 0.5)
        who = " and ".join(f"'{lever}'" for lever in sorted({effect.lever for effect, _ in its_effects}))
        values[name] = check_value(parameters[name], value, f"{who}: parameter '{name}' after these changes")
    return values
