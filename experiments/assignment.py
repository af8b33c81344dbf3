"""What a study is asked to do, checked and resolved before anything runs or is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from model.configuration import Configuration, Value
from model.errors import ContradictionError, UnknownNameError, ValueOutOfRangeError
from model.place import LARGEST_STREET, street_sizes
from model.run import DEFAULT_WINDOW, EngineName, usual_window
from scenarios import cost_of, load
from scenarios.expression import refuse_unused_strengths
from scenarios.schema import Street
from scenarios.shelf import find_street

ENGINES: tuple[EngineName, ...] = ("compiled", "process")
MAX_SEEDS = 100_000
AUTO = "auto"
MOST_AUTO_SEEDS = 400
LARGEST_SEED = 2**62
MAX_DRAWS = 10_000
REFERENCE_RESIDENTS = 60_000  # the street for which the files of levers state their cost
INCLUDING_LEVERS = ("street_cost", "social_cost")  # indicators to which the cost of levers is added
YEARS_OF_ONE_OFF = 5  # a one-off cost is spread over so many years
DEFAULT_WEEKS = 52
DEFAULT_SEEDS = 20


@dataclass(frozen=True)
class Draw:
    """One draw of the uncertain parameters and what each scenario becomes under it, in the order of the scenarios."""

    number: int
    values: Mapping[str, Value]
    configurations: tuple[Configuration, ...]


class Run(NamedTuple):
    """One run to be made. Draw 0 has every parameter at its best value."""

    scenario: str
    draw: int
    seed: int
    configuration: Configuration


@dataclass(frozen=True)
class Keeping:
    """What is kept beyond the usual: events and cases, every indicator of each week, a panel of grids and weeks."""

    log: bool = False
    weekly: bool = False
    panel: bool = False


@dataclass(frozen=True)
class Assignment:
    """A resolved study: the first configuration is what the others are compared with.

    `configurations` are those of best values; where there are `draws`, these are run instead. `window`: first and last week
    measured, counted from 0. `notes`: what a user should be told about the choices made for them. `lever_costs`: yuan a
    year that each configuration's levers cost, a fifth of their one-off cost included. `until_precise`: of the seeds only as
    many are used as precision asks for. `steady`: the user claims that the street is at rest. `place` is the street's file,
    None where a study is done again. `settings`: what the user set, parameters and `LEVER.strength`.
    """

    configurations: tuple[Configuration, ...]
    seeds: tuple[int, ...]
    window: tuple[int, int]
    engine: EngineName = "compiled"
    keeping: Keeping = field(default_factory=Keeping)
    lever_costs: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    until_precise: bool = False
    draws: tuple[Draw, ...] = ()
    steady: bool = False
    place: Street | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios in order."""
        return tuple(configuration.scenario for configuration in self.configurations)

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, by scenario, then draw, then seed."""
        versions = [(draw.number, draw.configurations) for draw in self.draws] or [(0, self.configurations)]
        return tuple(
            Run(name, draw, seed, configurations[place])
            for place, name in enumerate(self.names)
            for draw, configurations in versions
            for seed in self.seeds
        )

    @property
    def size(self) -> int:
        """Number of runs."""
        return len(self.configurations) * max(len(self.draws), 1) * len(self.seeds)


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
    draws: int = 0,
    weekly: bool = False,
    panel: bool = False,
    steady: bool = False,
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
    if seeds == AUTO and draws:
        raise ContradictionError(
            f"--seeds {AUTO} with --draws: differences then vary with the draw; give a number of seeds"
        )
    place = find_street(street)
    chosen, notes = resolve_window(window, weeks)
    drawn = _resolve_draws(draws, scenarios, street, residents, weeks, settings, from_start, place)
    costs = tuple(yearly_cost(text, settings, c.residents) for text, c in zip(scenarios, configurations, strict=True))
    notes += _notes_on_size(configurations[0].residents, log)
    return Assignment(
        configurations, resolve_seeds(seeds, seed), chosen, engine, Keeping(log, weekly, panel), costs, notes, seeds == AUTO,
        drawn, steady, place, settings,
    )  # fmt: skip


def _resolve_draws(
    number: int,
    scenarios: Sequence[str],
    street: str,
    residents: int | None,
    weeks: int,
    settings: Mapping[str, Value],
    from_start: bool,
    place: Street,
) -> tuple[Draw, ...]:
    """Draws 1 to `number`; what the user sets is not drawn."""
    _require_whole("--draws", number, 0, MAX_DRAWS)
    if number == 0:
        return ()
    from experiments.uncertainty import draw_parameters  # scipy's samplers take a while to load

    found = []
    for i, values in enumerate(draw_parameters(number, place.parameters, settings), start=1):
        drawn = tuple(load(text, street, residents, weeks, settings, from_start, values) for text in scenarios)
        found.append(Draw(i, values, drawn))
    return tuple(found)


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
        chosen = usual_window(weeks)
        if chosen == DEFAULT_WINDOW:
            return chosen, ()
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


def _notes_on_size(residents: int, log: bool) -> tuple[str, ...]:
    streets = street_sizes(residents)
    if len(streets) == 1:
        return ()
    if log:
        raise ContradictionError(
            f"--log: a place of {residents:,} residents is {len(streets)} streets, whose logs are too large to keep; allowed is "
            f"a street of at most {LARGEST_STREET:,}"
        )
    return (f"{residents:,} residents are {len(streets)} streets of {streets[-1]:,} that share their district",)


def yearly_cost(scenario: str, settings: Mapping[str, Value], residents: int) -> float:
    """Yuan a year of a scenario's levers, of which a run knows nothing: a fifth of their one-off cost and their running cost.

    Best estimates, in proportion to residents, since posts and rooms are.
    """
    one_off, yearly = cost_of(scenario, settings)
    return (yearly[1] + one_off[1] / YEARS_OF_ONE_OFF) * residents / REFERENCE_RESIDENTS
