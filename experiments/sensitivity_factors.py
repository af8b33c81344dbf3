"""What a sensitivity study varies: factors, the values each may take, and how a coordinate from 0 to 1 becomes a value.

Uncertainties (what nobody knows), choices (what officials or the street's description fix) and levers (strengths of reforms)
are told apart by their role. Uncertainties are distributed as in the draws of `uncertainty`: triangular around the street's own
value. Ranges of a study's own, choices and strengths are uniform between low and high; categories and switches are equally
likely.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from numbers import Real
from typing import Any, Literal

import numpy as np
from scipy.stats import triang

from experiments.factors import is_strength, read_factors, role_of
from experiments.uncertainty import quantile, uncertain_parameters, uses_log_scale
from model.configuration import Value
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.parameters import PARAMETERS
from scenarios.values import known_parameter

FactorValue = float | int | bool | str
Kind = Literal["number", "integer", "category"]
Role = Literal["uncertainty", "choice", "lever", "dummy"]

DUMMY_NAME = "dummy"
_ROUNDING = 1e-9  # a grid's 2/3 times 3 may come out just below 2


@dataclass(frozen=True)
class Factor:
    """One factor. `low` and `high` are values of numbers and whole numbers, places in `values` for categories.

    `mode` is that of the triangular law of an uncertainty, None for a uniform law. Factors that share a `group` are judged
    together: their common index is that of the group.
    """

    name: str
    kind: Kind
    low: float
    high: float
    values: tuple[FactorValue, ...] = ()
    role: Role = "uncertainty"
    group: str = ""
    mode: float | None = None

    @property
    def judged_as(self) -> str:
        """The name under which its index is reported."""
        return self.group or self.name

    @property
    def is_peaked(self) -> bool:
        """Whether its law has no probability at its ends; whole numbers have some there."""
        return self.mode is not None and self.kind == "number"

    def realise(self, share: np.ndarray) -> np.ndarray:
        """The values below which lie these shares, in [0, 1], of the factor's law; categories as places in `values`."""
        if self.mode is not None:
            values = quantile(PARAMETERS[self.name], self.mode, share)
            return np.clip(np.floor(values + 0.5), self.low, self.high) if self.kind == "integer" else values
        if self.kind == "number":
            return np.clip(self.low + share * (self.high - self.low), self.low, self.high)
        count = self.high - self.low + 1
        return self.low + np.minimum(np.floor(share * count + _ROUNDING), count - 1)

    def steps(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Steps between realised values as parts of the factor's law; of categories any step counts 1."""
        if self.kind == "category":
            return np.sign(after - before)
        return self._share_below(after) - self._share_below(before)

    def _share_below(self, values: np.ndarray) -> np.ndarray:
        if self.mode is None:
            return (values - self.low) / (self.high - self.low)
        low, mode, high = self.low, self.mode, self.high
        if uses_log_scale(PARAMETERS[self.name]):
            low, mode, high, values = np.log(low), np.log(mode), np.log(high), np.log(values)
        return triang.cdf(values, (mode - low) / (high - low), loc=low, scale=high - low)

    def value(self, realised: float) -> FactorValue:
        """A realised number in the type that a run takes."""
        if self.kind == "category":
            return self.values[int(realised)]
        return int(realised) if self.kind == "integer" else float(realised)

    def grid(self, count: int) -> np.ndarray:
        """About `count` realised values from low to high: all of them where there are no more."""
        whole = np.arange(self.low, self.high + 1)
        if self.kind == "category" or (self.kind == "integer" and len(whole) <= count):
            return whole
        line = np.linspace(self.low, self.high, count)
        return np.unique(np.round(line)) if self.kind == "integer" else line


DUMMY = Factor(DUMMY_NAME, "number", 0.0, 1.0, role="dummy")
"""A factor that no run ever sees: what its indices show is the method's own error."""


def judged_names(factors: Iterable[Factor]) -> tuple[str, ...]:
    """What gets an index, a factor or a group of them, in order of first appearance."""
    return tuple(dict.fromkeys(factor.judged_as for factor in factors))


def with_dummy(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors and, last, the dummy."""
    return (*factors, DUMMY)


def function_factors(vary: Mapping[str, Any]) -> tuple[Factor, ...]:
    """Factors of a Python function: (low, high) for numbers, `range(...)` for whole numbers, a list for categories (two numbers
    as {"values": [...]}, since a list of two is a range).

    Raises ValueOutOfRangeError for an empty or reversed range, JiedaoError if nothing is varied.
    """
    return _checked(_of_function(name, allowed) for name, allowed in vary.items())


def _of_function(name: str, allowed: Any) -> Factor:
    where = f"vary '{name}'"
    listed = isinstance(allowed, Mapping) and set(allowed) == {"values"}
    allowed = allowed["values"] if listed else allowed
    if isinstance(allowed, range):
        if len(allowed) < 2 or allowed.step != 1:
            raise ValueOutOfRangeError(f"{where}: found {allowed}; must hold two whole numbers or more, in steps of 1")
        return Factor(name, "integer", allowed[0], allowed[-1])
    if not isinstance(allowed, Sequence) or isinstance(allowed, str) or len(allowed) < 2:
        raise ValueOutOfRangeError(f"{where}: found {allowed!r}; must be (low, high), a range or a list of two or more")
    numbers = [value for value in allowed if isinstance(value, Real) and not isinstance(value, bool)]
    if any(not math.isfinite(value) for value in numbers):
        raise ValueOutOfRangeError(f"{where}: found {allowed}; every value must be finite")
    if len(allowed) == len(numbers) == 2 and not listed:
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
    known: Mapping[str, Value] | None = None,
    where: str = "factors",
) -> tuple[Factor, ...]:
    """Factors of streets: parameters over their plausible ranges, and strengths of levers as `LEVER.strength`.

    `names` may hold patterns such as `parking.*`, which mean uncertain parameters, and "all" of these; a parameter that is
    fixed by officials or by the street's description is varied only if it is named. `vary` gives ranges and values as in a
    study file, `exclude` takes some out, `choices` says which of the factors officials set and know, so that they are settings
    and not part of a draw, `groups` adds the parameters of its patterns, those of a group judged together; `known` are the
    values of the street's file. Raises JiedaoError for what is unknown, empty, reversed or in two groups.
    """
    known = known or {}
    names = ["*" if name == "all" else name for name in names]
    given = {factor.name: factor for factor in read_factors(vary or {}, f"{where}: [vary]")}
    single = {*given, *(name for name in names if not _is_pattern(name))}
    pick = _Picker([parameter.name for parameter in uncertain_parameters(known)])
    members = _members(groups or {}, single, pick, where)
    named = pick.matching(names, where)
    excluded = set(pick.matching(exclude, f"{where}: exclude")) - set(given)
    if unknown := [name for name in exclude if not _is_pattern(name) and name not in {*named, *members} - set(given)]:
        raise ContradictionError(
            f"{where}: exclude: '{unknown[0]}' {'has a range in [vary]' if unknown[0] in given else 'is not among the factors'}"
        )
    chosen = set(pick.matching(choices, f"{where}: choices"))
    found: dict[str, Factor] = {}
    for name in dict.fromkeys([*named, *given, *members]):
        if name not in excluded:
            factor = _from_file(given[name], where) if name in given else _from_table(name, known, where)
            factor = replace(factor, role="choice", mode=None) if name in chosen else factor
            found[name] = replace(factor, group=members.get(name, ""))
    if unused := [name for name in choices if not _is_pattern(name) and name not in found and name not in excluded]:
        raise ContradictionError(
            f"{where}: choices: '{unused[0]}' is not among the factors; name it in factors or [vary] too"
        )
    return _checked(found.values())


def without(factors: Sequence[Factor], patterns: Sequence[str], where: str) -> tuple[Factor, ...]:
    """The factors that fit none of the patterns; raises UnknownNameError for a pattern that none fits."""
    names = [factor.name for factor in factors]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UnknownNameError("factor", pattern, names, f"{where}: exclude")
    return _checked(factor for factor in factors if not any(fnmatchcase(factor.name, p) for p in patterns))


def _from_file(given: Any, where: str) -> Factor:
    """A factor of a study file (`experiments.factors.Factor`)."""
    if len(given.values) == 1:
        raise ValueOutOfRangeError(
            f"{where}: [vary]: key '{given.name}' has one value, {given.values[0]}; a factor needs two or more"
        )
    if given.values:
        return Factor(given.name, "category", 0, len(given.values) - 1, given.values, given.role)
    return Factor(given.name, "integer" if given.whole else "number", given.low, given.high, role=given.role)


def _from_table(name: str, known: Mapping[str, Value], where: str) -> Factor:
    """A parameter over its plausible range, or a strength from 0 to 1."""
    if is_strength(name):
        return Factor(name, "number", 0.0, 1.0, role="lever")
    parameter = known_parameter(name, where)
    if not parameter.low < parameter.high:
        raise ValueOutOfRangeError(
            f"{where}: parameter '{name}' has no range ({parameter.low:g} to {parameter.high:g}); give it one in [vary]"
        )
    role = role_of(name)
    if parameter.kind == "switch":
        return Factor(name, "category", 0, 1, (False, True), role)
    own = float(known.get(name, parameter.best))
    mode = own if role == "uncertainty" and parameter.low <= own <= parameter.high else None
    kind: Kind = "integer" if parameter.kind == "integer" else "number"
    return Factor(name, kind, parameter.low, parameter.high, role=role, mode=mode)


def _is_pattern(name: str) -> bool:
    return bool(set("*?[") & set(name))


@dataclass(frozen=True)
class _Picker:
    """Which parameters patterns mean."""

    uncertain: Sequence[str]

    def matching(self, patterns: Sequence[str], where: str) -> list[str]:
        """Uncertain parameters that fit a pattern, and whatever is named in full. Raises UnknownNameError."""
        names: dict[str, None] = {}
        for pattern in patterns:
            if not _is_pattern(pattern):
                if not is_strength(pattern):
                    known_parameter(pattern, where)
                names[pattern] = None
                continue
            found = [name for name in self.uncertain if fnmatchcase(name, pattern)]
            if not found:
                raise UnknownNameError("pattern", pattern, self.uncertain, where)
            names.update(dict.fromkeys(found))
        return list(names)


def _members(groups: Mapping[str, Sequence[str]], single: set[str], pick: _Picker, where: str) -> dict[str, str]:
    """The group of each parameter that has one; those that are named one by one are judged alone."""
    members: dict[str, str] = {}
    for group, patterns in groups.items():
        if group in PARAMETERS or group == DUMMY_NAME:
            raise ContradictionError(f"{where}: group '{group}' has the name of a factor; give it another")
        if isinstance(patterns, str) or not patterns:
            raise ValueOutOfRangeError(
                f"{where}: [groups] '{group}': found {patterns!r}; must be a list of names or patterns"
            )
        for name in pick.matching(patterns, f"{where}: [groups] '{group}'"):
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


def factor_records(factors: Iterable[Factor]) -> list[dict[str, Any]]:
    """Factors as plain records, for a manifest."""
    return [asdict(factor) | {"values": list(factor.values)} for factor in factors]


def factors_of_records(records: Sequence[Mapping[str, Any]]) -> tuple[Factor, ...]:
    """Factors from a manifest's records."""
    return tuple(Factor(**{**record, "values": tuple(record["values"])}) for record in records)
