"""What a study is asked to do, checked and resolved before anything runs or is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.configuration import Configuration, Value
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.run import DEFAULT_WINDOW, EngineName
from scenarios import cost_of, load
from scenarios.expression import refuse_unused_strengths

ENGINES: tuple[EngineName, ...] = ("compiled", "process")
MAX_SEEDS = 100_000
AUTO = "auto"
MOST_AUTO_SEEDS = 400
LARGEST_SEED = 2**62
LARGEST_STREET = 150_000
REFERENCE_RESIDENTS = 60_000  # the street for which the files of levers state their cost
YEARS_OF_ONE_OFF = 5  # a one-off cost is spread over so many years
DEFAULT_WEEKS = 52
DEFAULT_SEEDS = 20


@dataclass(frozen=True)
class Assignment:
    """A resolved study: the first configuration is what the others are compared with.

    `window`: first and last week measured, counted from 0. `until_precise`: of the seeds only as many are used as precision
    asks for. `notes`: what a user should be told about the choices made
    for them. `lever_costs`: yuan a year that each configuration's levers cost, a fifth of their one-off cost included.
    """

    configurations: tuple[Configuration, ...]
    seeds: tuple[int, ...]
    window: tuple[int, int]
    engine: EngineName = "compiled"
    log: bool = False
    lever_costs: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    until_precise: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios in order."""
        return tuple(configuration.scenario for configuration in self.configurations)

    @property
    def size(self) -> int:
        """Number of runs."""
        return len(self.configurations) * len(self.seeds)


def resolve(
    scenarios: Sequence[str],
    street: str = "typical",
    residents: int | None = None,
    weeks: int = DEFAULT_WEEKS,
    seeds: int | str = DEFAULT_SEEDS,
    seed: int = 1,
    settings: Mapping[str, Value] | None = None,
    engine: str = "compiled",
    window: str | tuple[int, int] | None = None,
    from_start: bool = False,
    log: bool = False,
) -> Assignment:
    """Check everything that was asked for; raises a JiedaoError that says what is wrong with it.

    `seeds` "auto" means as many as make all headline differences precise.
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES, "--engine")
    if seeds == AUTO and len(scenarios) < 2:
        raise ContradictionError(f"--seeds {AUTO}: makes differences precise; name two scenarios or more")
    settings = settings or {}
    configurations = tuple(load(text, street, residents, weeks, settings, from_start) for text in scenarios)
    refuse_unused_strengths(scenarios, settings)
    refuse_twins([configuration.scenario for configuration in configurations])
    refuse_large(configurations[0])
    chosen, notes = resolve_window(window, weeks)
    costs = tuple(yearly_cost(text, settings, c.residents) for text, c in zip(scenarios, configurations, strict=True))
    return Assignment(configurations, resolve_seeds(seeds, seed), chosen, engine, log, costs, notes, seeds == AUTO)


def resolve_seeds(count: int | str, first: int) -> tuple[int, ...]:
    """`count` seeds from `first` on, for "auto" the most that may be needed; raises ValueOutOfRangeError."""
    count = MOST_AUTO_SEEDS if count == AUTO else count
    _require_whole("--seeds", count, 1, MAX_SEEDS)
    _require_whole("--seed", first, 0, LARGEST_SEED)
    return tuple(range(first, first + count))


def resolve_window(window: object, weeks: int, where: str = "--window") -> tuple[tuple[int, int], tuple[str, ...]]:
    """First and last measured week, and notes. A text is written A-B, else it is two whole numbers; None is weeks 26 to 51.

    A run too short for weeks 26 to 51 is measured in its second half. Raises ValueOutOfRangeError.
    """
    if window is None:
        if weeks > DEFAULT_WINDOW[1]:
            return DEFAULT_WINDOW, ()
        chosen = (weeks // 2, weeks - 1)
        return chosen, (f"measured in weeks {chosen[0]} to {chosen[1]}, the second half of this short run",)
    first, last = _read_window(window, where)
    if not 0 <= first <= last < weeks:
        raise ValueOutOfRangeError(
            f"{where}: found {first}-{last}; must be FIRST-LAST with 0 <= FIRST <= LAST <= {weeks - 1}, "
            f"since the run has weeks 0 to {weeks - 1}"
        )
    return (first, last), ()


def _read_window(window: object, where: str) -> tuple[int, int]:
    if isinstance(window, str) and (written := re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", window)):
        return int(written[1]), int(written[2])
    if isinstance(window, (tuple, list)) and [type(week) for week in window] == [int, int]:
        return window[0], window[1]
    raise ValueOutOfRangeError(f"{where}: found '{window}'; must be two weeks written A-B, such as 26-51")


def _require_whole(option: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueOutOfRangeError(f"{option}: found {value}; must be a whole number from {low} to {high:,}")


def refuse_twins(names: Sequence[str]) -> None:
    """Raises ContradictionError if two scenarios come out under one name."""
    for name in names:
        if names.count(name) > 1:
            raise ContradictionError(f"scenario '{name}' is named twice; each scenario is run once with every seed")


def refuse_large(configuration: Configuration) -> None:
    """Raises JiedaoError for a street that one run cannot hold."""
    if configuration.residents > LARGEST_STREET:
        raise JiedaoError(
            f"residents is {configuration.residents:,}; must be at most {LARGEST_STREET:,} in this version: a larger place "
            "is several streets that share their district, which comes with a later version"
        )


def yearly_cost(scenario: str, settings: Mapping[str, Value], residents: int) -> float:
    """Yuan a year of a scenario's levers, of which a run knows nothing: a fifth of their one-off cost and their running cost.

    Best estimates, in proportion to residents, since posts and rooms are.
    """
    one_off, yearly = cost_of(scenario, settings)
    return (yearly[1] + one_off[1] / YEARS_OF_ONE_OFF) * residents / REFERENCE_RESIDENTS
