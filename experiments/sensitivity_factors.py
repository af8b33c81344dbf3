"""What a sensitivity study varies: factors, the values each may take, and how a coordinate from 0 to 1 becomes a value.

Uncertainties (what nobody knows), choices (rules that officials set) and levers (strengths of reforms) are told apart by their
role. Numbers are uniform between low and high; whole numbers, categories and switches have equally likely values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from numbers import Real
from typing import Any, Literal

import numpy as np

from experiments.factors import read_factors
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.parameters import PARAMETERS
from scenarios.values import STRENGTH, known_parameter

FactorValue = float | int | bool | str
Kind = Literal["number", "integer", "category"]
Role = Literal["uncertainty", "choice", "lever", "dummy"]

DUMMY_NAME = "dummy"
_ROUNDING = 1e-9  # a grid's 2/3 times 3 may come out just below 2


@dataclass(frozen=True)
class Factor:
    """One factor. `low` and `high` are values of numbers and whole numbers, places in `values` for categories.

    Factors that share a `group` are judged together: their common index is that of the group.
    """

    name: str
    kind: Kind
    low: float
    high: float
    values: tuple[FactorValue, ...] = ()
    role: Role = "uncertainty"
    group: str = ""

    @property
    def judged_as(self) -> str:
        """The name under which its index is reported."""
        return self.group or self.name

    def realise(self, unit: np.ndarray) -> np.ndarray:
        """Coordinates in [0, 1] as values; categories as places in `values`."""
        if self.kind == "number":
            return np.clip(self.low + unit * (self.high - self.low), self.low, self.high)
        count = self.high - self.low + 1
        return self.low + np.minimum(np.floor(unit * count + _ROUNDING), count - 1)

    def value(self, realised: float) -> FactorValue:
        """A realised number in the type that a run takes."""
        if self.kind == "category":
            return self.values[int(realised)]
        return int(realised) if self.kind == "integer" else float(realised)

    def steps(self, change: np.ndarray) -> np.ndarray:
        """Changes of realised values as parts of the whole range; a change of category counts 1 whatever the distance."""
        return np.sign(change) if self.kind == "category" else change / (self.high - self.low)

    def grid(self, count: int) -> np.ndarray:
        """About `count` realised values from low to high: all of them where there are no more."""
        whole = np.arange(self.low, self.high + 1)
        if self.kind == "category" or (self.kind == "integer" and len(whole) <= count):
            return whole
        line = np.linspace(self.low, self.high, count)
        return np.unique(np.round(line)) if self.kind == "integer" else line


DUMMY = Factor(DUMMY_NAME, "number", 0.0, 1.0, role="dummy")
"""A factor that no run ever sees: what its indices show is the method's own error."""


def with_dummy(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors and, last, the dummy."""
    return (*factors, DUMMY)


def function_factors(vary: Mapping[str, Any]) -> tuple[Factor, ...]:
    """Factors of a Python function: (low, high) for numbers, `range(...)` for whole numbers, a list for categories.

    Raises ValueOutOfRangeError for an empty or reversed range, JiedaoError if nothing is varied.
    """
    return _checked(_of_function(name, allowed) for name, allowed in vary.items())


def _of_function(name: str, allowed: Any) -> Factor:
    where = f"vary '{name}'"
    if isinstance(allowed, range):
        if len(allowed) < 2 or allowed.step != 1:
            raise ValueOutOfRangeError(f"{where}: found {allowed}; must hold two whole numbers or more, in steps of 1")
        return Factor(name, "integer", allowed[0], allowed[-1])
    if not isinstance(allowed, Sequence) or isinstance(allowed, str) or len(allowed) < 2:
        raise ValueOutOfRangeError(f"{where}: found {allowed!r}; must be (low, high), a range or a list of two or more")
    numbers = [value for value in allowed if isinstance(value, Real) and not isinstance(value, bool)]
    if any(not math.isfinite(value) for value in numbers):
        raise ValueOutOfRangeError(f"{where}: found {allowed}; every value must be finite")
    if len(allowed) == len(numbers) == 2:
        return Factor(name, "number", *_ordered(float(allowed[0]), float(allowed[1]), where))
    if len({(type(value).__name__, value) for value in allowed}) < len(allowed):
        raise ValueOutOfRangeError(f"{where}: found {list(allowed)}; no value may come twice")
    return Factor(name, "category", 0, len(allowed) - 1, tuple(allowed))


def _ordered(low: float, high: float, where: str) -> tuple[float, float]:
    if low >= high:
        problem = "an empty range" if low == high else "a reversed range (are the ends swapped?)"
        raise ValueOutOfRangeError(f"{where}: found {low:g} to {high:g}, {problem}; low must be below high")
    return low, high


def parameter_factors(
    names: Sequence[str],
    vary: Mapping[str, Any] | None = None,
    exclude: Sequence[str] = (),
    choices: Sequence[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
    where: str = "factors",
) -> tuple[Factor, ...]:
    """Factors of streets: parameters over their plausible ranges, and strengths of levers as `LEVER.strength`.

    `names` may hold patterns such as `parking.*`; "all" is every parameter with low below high. `vary` gives ranges and
    values as in a study file, `exclude` takes some out, `choices` names those that officials set, and `groups` the patterns
    of those that are judged together. Raises JiedaoError for what is unknown, empty, reversed or in two groups.
    """
    names = ["*" if name == "all" else name for name in names]
    given = {factor.name: factor for factor in read_factors(vary or {}, f"{where}: [vary]")}
    single = {*given, *(name for name in names if not _is_pattern(name))}
    members = _members(groups or {}, single, where)
    excluded = set(_matching(exclude, f"{where}: exclude")) - set(given)
    chosen = set(_matching(choices, f"{where}: choices"))
    found: dict[str, Factor] = {}
    for name in dict.fromkeys([*_matching(names, where), *given, *members]):
        if name not in excluded:
            factor = _from_file(given[name]) if name in given else _from_table(name, where)
            role = "choice" if name in chosen else factor.role
            found[name] = replace(factor, role=role, group=members.get(name, ""))
    return _checked(found.values())


def _from_file(given: Any) -> Factor:
    """A factor of a study file (`experiments.factors.Factor`)."""
    if given.values:
        return Factor(given.name, "category", 0, len(given.values) - 1, given.values, given.role)
    return Factor(given.name, "integer" if given.whole else "number", given.low, given.high, role=given.role)


def _from_table(name: str, where: str) -> Factor:
    """A parameter over its plausible range, or a strength from 0 to 1."""
    if _is_strength(name):
        return Factor(name, "number", 0.0, 1.0, role="lever")
    parameter = known_parameter(name, where)
    if not parameter.low < parameter.high:
        raise ValueOutOfRangeError(
            f"{where}: parameter '{name}' has no range ({parameter.low:g} to {parameter.high:g}); give it one in [vary]"
        )
    if parameter.kind == "switch":
        return Factor(name, "category", 0, 1, (False, True))
    return Factor(name, "integer" if parameter.kind == "integer" else "number", parameter.low, parameter.high)


def _is_strength(name: str) -> bool:
    return name.endswith(STRENGTH) and name not in PARAMETERS


def _is_pattern(name: str) -> bool:
    return bool(set("*?[") & set(name))


def _matching(patterns: Sequence[str], where: str) -> list[str]:
    """The names that patterns mean; a pattern takes only parameters that have a range. Raises UnknownNameError."""
    names: dict[str, None] = {}
    ranged = [name for name, parameter in PARAMETERS.items() if parameter.low < parameter.high]
    for pattern in patterns:
        if not _is_pattern(pattern):
            if not _is_strength(pattern):
                known_parameter(pattern, where)
            names[pattern] = None
            continue
        found = [name for name in ranged if fnmatchcase(name, pattern)]
        if not found:
            raise UnknownNameError("pattern", pattern, ranged, where)
        names.update(dict.fromkeys(found))
    return list(names)


def _members(groups: Mapping[str, Sequence[str]], single: set[str], where: str) -> dict[str, str]:
    """The group of each parameter that has one; those that are named one by one are judged alone."""
    members: dict[str, str] = {}
    for group, patterns in groups.items():
        if group in PARAMETERS or group == DUMMY_NAME:
            raise ContradictionError(f"{where}: group '{group}' has the name of a factor; give it another")
        for name in _matching(patterns, f"{where}: [groups] '{group}'"):
            if name in single:
                continue
            if members.setdefault(name, group) != group:
                raise ContradictionError(f"{where}: '{name}' stands in the groups '{members[name]}' and '{group}'")
    return members


def _checked(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    found = tuple(factors)
    if not found:
        raise JiedaoError("nothing is varied: name at least one factor")
    if any(factor.name == DUMMY_NAME for factor in found):
        raise ContradictionError(f"a factor may not be named '{DUMMY_NAME}': that is the one which changes nothing")
    return found


def factor_records(factors: Sequence[Factor]) -> list[dict[str, Any]]:
    """Factors as plain records, for a manifest."""
    return [asdict(factor) | {"values": list(factor.values)} for factor in factors]


def factors_of_records(records: Sequence[Mapping[str, Any]]) -> tuple[Factor, ...]:
    """Factors from a manifest's records."""
    return tuple(Factor(**{**record, "values": tuple(record["values"])}) for record in records)
