"""The five ways in which a lever may change a parameter, and how several levers combine on one.

A lever never says "new time" or "new rate of satisfaction": it changes a named parameter by one declared
operation at a strength s between 0 and 1. Strength 0 gives exactly the value that absence gives.

    scale    x f^s                     positive quantities
    shift    logistic(logit x + s d)   shares and probabilities
    amount   x + s a                   counts and money
    towards  t - (t - x)(1 - s r)      what approaches a target t, by the reach r of the remaining gap
    switch   x + s (v - x)             structure: the share of grids under the new structure

Several effects on one parameter combine in the order scale, shift, amount, towards, whatever order the levers
were named in; a switch combines with nothing but switches to the same value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from model.configuration import Value
from model.errors import ContradictionError

OPERATIONS = ("scale", "shift", "amount", "towards", "switch")

# Structural keys on which two levers may ask for different values, and how that is settled: the shorter
# list of layers wins.
LATTICES: Mapping[str, Callable[[float, float], float]] = {
    "management_layers": min,
}


@dataclass(frozen=True)
class Effect:
    """One operation of one lever on one parameter.

    `size` is the factor, logit step, amount, target or value, as the operation asks; `towards` uses `reach`.
    """

    lever: str
    parameter: str
    operation: str
    size: Value
    reach: float = 1.0


def scale(x: float, factor: float, strength: float) -> float:
    """A positive quantity multiplied by `factor` at full strength."""
    return x * factor**strength


def shift(x: float, step: float, strength: float) -> float:
    """A share moved by `step` logits at full strength; 0 and 1 have no finite logit and stay."""
    if strength == 0.0 or step == 0.0 or x <= 0.0 or x >= 1.0:
        return x
    logit = math.log(x / (1.0 - x)) + strength * step
    if logit >= 0.0:
        return 1.0 / (1.0 + math.exp(-logit))
    return math.exp(logit) / (1.0 + math.exp(logit))


def amount(x: float, added: float, strength: float) -> float:
    """A count or a sum of money with `added` more at full strength."""
    return x + strength * added


def towards(x: float, target: float, share_closed: float) -> float:
    """A value that has closed `share_closed` of its gap to the target."""
    if share_closed == 0.0:
        return x
    return target - (target - x) * (1.0 - share_closed)


def switch(x: Value, value: Value, strength: float) -> Value:
    """Structure as a share of grids: from x towards `value`, by the share `strength` of the grids.

    A true/false structure knows no share: it has the new value as soon as the strength is above 0.
    """
    if isinstance(value, bool):
        return value if strength > 0.0 else x
    if strength == 1.0:
        return value
    return x + strength * (value - x)


def combine(
    base: Value,
    effects: Iterable[tuple[Effect, float]],
    lattices: Mapping[str, Callable[[float, float], float]] = LATTICES,
) -> Value:
    """The value of one parameter after all `effects`, each with its strength, whatever their order.

    Raises ContradictionError, naming both levers, for targets that differ, for switches that differ on a key
    without a lattice, and for a switch beside another operation. A lever at strength 0 contradicts nobody.
    """
    active = sorted(
        ((effect, strength) for effect, strength in effects if strength != 0.0),
        key=lambda pair: (OPERATIONS.index(pair[0].operation), pair[0].lever, pair[0].size, pair[1]),
    )
    if not active:
        return base
    by_operation = {name: [p for p in active if p[0].operation == name] for name in OPERATIONS}
    if by_operation["switch"]:
        return _combine_switches(base, active, lattices)
    x = float(base)
    for effect, strength in by_operation["scale"]:
        x = scale(x, effect.size, strength)
    # One step by the exact sum: the logit is taken once, so the order of levers cannot change the last bit.
    x = shift(x, math.fsum(strength * effect.size for effect, strength in by_operation["shift"]), 1.0)
    x = amount(x, math.fsum(strength * effect.size for effect, strength in by_operation["amount"]), 1.0)
    if by_operation["towards"]:
        x = _combine_targets(x, by_operation["towards"])
    return x


def _combine_targets(x: float, active: Sequence[tuple[Effect, float]]) -> float:
    """The remaining gap multiplies over the levers, which must share the target."""
    first = active[0][0]
    gap = 1.0
    for effect, strength in active:
        if effect.size != first.size:
            raise _contradiction(first, effect, f"{first.size} and {effect.size} as target")
        gap *= 1.0 - strength * effect.reach
    return towards(x, float(first.size), 1.0 - gap)


def _combine_switches(
    base: Value,
    active: Sequence[tuple[Effect, float]],
    lattices: Mapping[str, Callable[[float, float], float]],
) -> Value:
    """Switches to one value reach the larger of their shares: the keyed order of grids nests the sets."""
    first = active[0][0]
    value, strength = first.size, active[0][1]
    for effect, its_strength in active:
        if effect.operation != "switch":
            other = next(e for e, _ in active if e.operation == "switch")
            raise _contradiction(effect, other, f"the operations {effect.operation} and switch")
        if effect.size != value:
            if first.parameter not in lattices:
                raise _contradiction(first, effect, f"{first.size} and {effect.size}")
            value = lattices[first.parameter](value, effect.size)
        strength = max(strength, its_strength)
    return switch(base, value, strength)


def _contradiction(a: Effect, b: Effect, what: str) -> ContradictionError:
    return ContradictionError(
        f"levers '{a.lever}' and '{b.lever}' contradict each other on parameter '{a.parameter}': {what}; "
        "leave one of them out or set its strength to 0"
    )
