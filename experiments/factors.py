"""What a study varies: parameters nobody knows well (uncertainties), what officials fix (choices) and strengths of levers; and
the points it takes of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from experiments.uncertainty import is_uncertain
from model.configuration import Value
from model.errors import ValueOutOfRangeError
from model.parameters import PARAMETERS
from scenarios.toml_table import checked_number, type_name
from scenarios.values import STRENGTH, check_value, known_parameter

DRAW_SEED = 20_240_101  # of the points; recorded in each manifest, and apart from the seeds of the runs
MOST_DRAWS = 100_000
Role = Literal["uncertainty", "choice", "lever"]
Point = Mapping[str, Value]


@dataclass(frozen=True)
class Factor:
    """One thing varied: either any value from `low` to `high`, ends included, or one of `values`."""

    name: str
    role: Role
    low: Value | None = None
    high: Value | None = None
    values: tuple[Value, ...] = ()
    whole: bool = False

    def at(self, share: float) -> Value:
        """The value below which lies this share, in [0, 1), of the range or of the list."""
        if self.values:
            return self.values[int(share * len(self.values))]
        if self.whole:
            return self.low + math.floor(share * (self.high - self.low + 1))
        return self.low + share * (self.high - self.low)

    def described(self) -> dict[str, Any]:
        """As in a study file, for the manifest."""
        return {"values": list(self.values)} if self.values else {"low": self.low, "high": self.high}


def latin_hypercube(factors: Sequence[Factor], draws: int, seed: int = DRAW_SEED) -> list[Point]:
    """`draws` points; each factor's values fall one into each of `draws` equal parts of its range (McKay et al. 1979)."""
    shares = qmc.LatinHypercube(len(factors), seed=np.random.default_rng(seed)).random(draws)
    return [{factor.name: factor.at(float(u)) for factor, u in zip(factors, row, strict=True)} for row in shares]


def full_factorial(factors: Sequence[Factor]) -> list[Point]:
    """Every combination of the factors' lists, the last factor changing fastest."""
    names = [factor.name for factor in factors]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*(factor.values for factor in factors))]


def role_of(name: str, choices: Collection[str] = ()) -> Role:
    """What a factor is: uncertainties go into a run as its draw, from which posts follow, all others as settings.

    `choices`: parameters that officials set, however little is known of what they will set.
    """
    if is_strength(name):
        return "lever"
    return "uncertainty" if name not in choices and is_uncertain(PARAMETERS[name]) else "choice"


def is_strength(name: str) -> bool:
    """Whether a name is that of a lever's strength."""
    return name.endswith(STRENGTH) and name not in PARAMETERS


def read_factors(content: Mapping[str, Any], where: str, choices: Collection[str] = ()) -> tuple[Factor, ...]:
    """The factors of a table `name = ...`, in its order.

    `[low, high]` of a number or a share, or of a lever's strength, is a range. A list of any other length, and a list of
    true and false, are values to choose from. Two whole numbers for a whole-numbered parameter could be either and are
    refused. `{low = , high = }` and `{values = [...]}` say which is meant, for every kind of parameter. `choices` as in
    `role_of`.

    Raises UnknownNameError and ValueOutOfRangeError.
    """
    return tuple(_factor(name, given, f"{where}: key '{name}'", choices) for name, given in _flat(content).items())


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted names, which to TOML are tables in tables, in one table."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, dict) and not set(value) & {"low", "high", "values"}:
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _factor(name: str, given: object, what: str, choices: Collection[str]) -> Factor:
    kind = "share" if is_strength(name) else known_parameter(name, what.partition(": key")[0]).kind
    low_high, values = _range_or_values(given, kind, what)
    checked = [_check(name, value, what) for value in low_high or values]
    role = role_of(name, choices)
    if low_high:
        low, high = checked
        if kind == "switch":
            raise ValueOutOfRangeError(f"{what} is true or false and has no range; write [false, true]")
        if low >= high:
            problem = "is empty" if low == high else "runs backwards"
            raise ValueOutOfRangeError(f"{what}: the range from {low:g} to {high:g} {problem}; must be low < high")
        return Factor(name, role, low, high, whole=kind == "integer")
    if len(set(checked)) < len(checked):
        raise ValueOutOfRangeError(f"{what} is {list(values)}; no value may stand there twice")
    return Factor(name, role, values=tuple(checked))


def _range_or_values(given: object, kind: str, what: str) -> tuple[list[Any], list[Any]]:
    """The two ends of a range, or else a list of values; the other is empty."""
    if isinstance(given, dict):
        if set(given) == {"low", "high"}:
            return [given["low"], given["high"]], []
        if set(given) == {"values"}:
            return [], _full_list(given["values"], what)
        raise ValueOutOfRangeError(
            f"{what} has the keys {', '.join(given)}; must be {{low = ..., high = ...}} or {{values = [...]}}"
        )
    listed = _full_list(given, what)
    if len(listed) != 2 or kind == "switch":
        return [], listed
    if kind == "integer":
        raise ValueOutOfRangeError(
            f"{what} is {listed}, which may mean two values or all whole numbers between; write "
            f"{{values = {listed}}} or {{low = {listed[0]}, high = {listed[1]}}}"
        )
    return listed, []


def _full_list(given: object, what: str) -> list[Any]:
    if not isinstance(given, (list, tuple)):
        raise ValueOutOfRangeError(f"{what} is {given!r} ({type_name(given)}); must be [low, high] or a list of values")
    if not given:
        raise ValueOutOfRangeError(f"{what} is an empty list; must be [low, high] or a list of values")
    return list(given)


def _check(name: str, value: object, what: str) -> Value:
    return checked_number(value, 0.0, 1.0, what) if is_strength(name) else check_value(PARAMETERS[name], value, what)
