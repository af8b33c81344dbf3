"""From points and seeds to outcomes: by running streets, or by calling Python functions.

An evaluator takes points and the seeds of each and gives an array (points, seeds, outcomes). Points that are compared have the
same seeds, so that they differ by their factors and not by their luck. What failed or gave no number is NaN in the array and
listed with its reason, and never becomes a zero; what is not asked for is NaN too.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, Protocol

import numpy as np

from experiments.replication import headline_values
from experiments.run_requests import run_requests
from experiments.run_store import RunRequest, RunStore
from experiments.sensitivity_factors import FactorValue
from experiments.time_left import TickerOf, silent
from model.errors import JiedaoError
from model.indicator_definitions import HEADLINES

Point = Mapping[str, FactorValue]

NO_RUN = -1
"""In the place of a seed: this run is not asked for."""


class Outcome(NamedTuple):
    """What one column of an evaluation is: an indicator under a scenario."""

    scenario: str
    indicator: str


class Failure(NamedTuple):
    """A run, or one outcome of it, that gave no number, and why."""

    point: int
    seed: int
    scenario: str
    indicator: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """Outcomes at points: `values` has the shape (points, seeds, outcomes), NaN where `failures` say why or nothing was asked."""

    values: np.ndarray
    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...] = ()


class Evaluator(Protocol):
    """Anything that can be studied."""

    def __call__(self, points: Sequence[Point], seeds: np.ndarray) -> Evaluation:
        """Outcomes at every point with its own seeds, which have the shape (points, seeds), NO_RUN where none is wanted."""
        ...

    @property
    def scenarios(self) -> int:
        """How many runs a point takes with one seed."""
        ...


class FunctionEvaluator:
    """Python functions of the factors by name, with `seed` besides if they have luck.

    A function returns a number, or a mapping of numbers by name.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = dict(functions)
        self._with_seed = {name: _takes_seed(name, function) for name, function in functions.items()}

    @property
    def scenarios(self) -> int:
        return len(self._functions)

    def __call__(self, points: Sequence[Point], seeds: np.ndarray) -> Evaluation:
        found: dict[tuple[int, int, str], Any] = {}
        for i in range(len(points)):
            point = points[i]
            for j, seed in _wanted(seeds[i]):
                for name in self._functions:
                    found[i, j, name] = self._call(name, point, seed)
        return _collect(found.items(), tuple(self._functions), seeds, _names_of(found.values()))

    def _call(self, name: str, point: Point, seed: int) -> Any:
        luck = {"seed": seed} if self._with_seed[name] else {}
        try:
            result = self._functions[name](**point, **luck)
        except Exception as error:  # a function of the user's may raise anything: it is named and the rest goes on
            return f"{type(error).__name__}: {error}"
        return dict(result) if isinstance(result, Mapping) else {"value": result}


def _takes_seed(name: str, function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        raise JiedaoError(
            f"{name}: nobody can tell its arguments; wrap it in a function that names its factors"
        ) from None


def _names_of(results: Collection[Any]) -> tuple[str, ...]:
    """All names that any result has, in order of appearance."""
    names = dict.fromkeys(name for result in results if not isinstance(result, str) for name in result)
    if not names:
        raise JiedaoError(f"no run gave a number; the first: {next(iter(results))}")
    return tuple(names)


class StreetEvaluator:
    """Streets under several scenarios (expressions by name): every point is run for each of them with its seeds.

    Uncertainties go into a run as its draw, choices and strengths of levers as its settings. Runs that the store has already
    are not made again.
    """

    def __init__(
        self,
        scenarios: Mapping[str, str],
        roles: Mapping[str, str],
        store: RunStore,
        street: str = "typical",
        residents: int | None = None,
        weeks: int = 26,
        window: tuple[int, int] = (13, 25),
        workers: int | None = None,
        progress_of: TickerOf = silent,
        indicators: Sequence[str] = HEADLINES,
    ) -> None:
        self._scenarios, self._roles, self._store = dict(scenarios), dict(roles), store
        self._place = {"street": street, "residents": residents, "weeks": weeks, "window": window}
        self._workers, self._progress_of = workers, progress_of
        self.indicators = tuple(indicators)
        self.taken_over = 0  # runs that were not made here but published

    @property
    def scenarios(self) -> int:
        return len(self._scenarios)

    def __call__(self, points: Sequence[Point], seeds: np.ndarray) -> Evaluation:
        wanted = (request for _, request in self._requests(points, seeds))
        with self._progress_of("simulating", int((seeds != NO_RUN).sum()) * self.scenarios) as ticker:
            run_requests(wanted, self._store, self._workers, ticker, skipped=ticker.skip)
        # One after the other: all results at once would fill the memory.
        found = ((key, self._read(request)) for key, request in self._requests(points, seeds))
        return _collect(found, tuple(self._scenarios), seeds, self.indicators)

    def _requests(
        self, points: Sequence[Point], seeds: np.ndarray
    ) -> Iterator[tuple[tuple[int, int, str], RunRequest]]:
        """One after the other, since all of them at once would fill the memory; a point's runs are neighbours."""
        for i in range(len(points)):
            point = points[i]
            for j, seed in _wanted(seeds[i]):
                for name, request in self.requests_at(point, seed).items():
                    yield (i, j, name), request

    def requests_at(self, point: Point, seed: int) -> dict[str, RunRequest]:
        """The runs of one point with one seed, by scenario."""
        draw = {name: value for name, value in point.items() if self._roles.get(name) == "uncertainty"}
        settings = {name: value for name, value in point.items() if self._roles.get(name) != "uncertainty"}
        return {
            name: RunRequest(expression, **self._place, draw=draw, settings=settings, seed=seed)
            for name, expression in self._scenarios.items()
        }

    def _read(self, request: RunRequest) -> dict[str, float] | str:
        result = self._store.read(request)
        return result.error or headline_values(result.rows)


def _wanted(seeds: np.ndarray) -> list[tuple[int, int]]:
    """Place and seed of the runs of a point."""
    return [(place, seed) for place, seed in enumerate(seeds.tolist()) if seed != NO_RUN]


def _collect(
    found: Iterable[tuple[tuple[int, int, str], Any]],
    scenarios: tuple[str, ...],
    seeds: np.ndarray,
    indicators: tuple[str, ...],
) -> Evaluation:
    """The array from single results, each a mapping by indicator or the text of an error."""
    outcomes = tuple(Outcome(scenario, indicator) for scenario in scenarios for indicator in indicators)
    values = np.full((*seeds.shape, len(outcomes)), np.nan)
    failures = []
    for (i, j, scenario), result in found:
        if isinstance(result, str):
            failures.append(Failure(i, int(seeds[i, j]), scenario, "", result))
            continue
        for k, outcome in enumerate(outcomes):
            if outcome.scenario != scenario:
                continue
            value = result.get(outcome.indicator)
            if _is_finite(value):
                values[i, j, k] = value
            else:
                reason = "not measured" if value is None else f"is {value}"
                failures.append(Failure(i, int(seeds[i, j]), scenario, outcome.indicator, reason))
    return Evaluation(values, outcomes, tuple(failures))


def _is_finite(value: Any) -> bool:
    return isinstance(value, (Real, np.bool_)) and math.isfinite(value)
