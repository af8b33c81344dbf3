"""A study file: which scenarios on which streets, what is varied, how many draws and seeds; read and checked as a whole.

scenarios = ["baseline", "flattening"]      # the first is what the others are compared with
streets   = ["typical", "old_town"]         # default: typical
residents = 20000                           # default: each street's own number
weeks     = 52                              # default: 52
window    = "26-51"                         # default: weeks 26 to 51, or the second half of a shorter run
seeds     = 20                              # luck: seeds 1 to 20 (the default), or "auto"
draws     = 50                              # points of what is varied; the same in every scenario and street
method    = "latin_hypercube"               # or "grid": every combination of the lists

[vary]
review_hours_leader     = [0.2, 0.6]        # a range
"parking.rate_per_1000" = {values = [20, 30, 45]}
flatten_layers.strength = [0.0, 1.0]        # a lever's
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.assignment import (
    AUTO,
    DEFAULT_SEEDS,
    DEFAULT_WEEKS,
    MAX_SEEDS,
    refuse_twins,
    resolve_window,
)
from experiments.factors import DRAW_SEED, MOST_DRAWS, Factor, Point, full_factorial, latin_hypercube, read_factors
from experiments.run_store import RunRequest, user_files
from model.configuration import Configuration
from model.errors import ContradictionError, InputFileError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.indicators import Detail
from scenarios import load
from scenarios.expression import read_expression
from scenarios.loader import MAX_WEEKS
from scenarios.toml_table import Table, read_toml
from scenarios.values import STRENGTH, check_residents

METHODS = ("latin_hypercube", "grid")
MOST_RUNS = 10_000_000


@dataclass(frozen=True)
class Cell:
    """One run of a study with the names under which its rows are filed."""

    scenario: str
    street: str
    draw: int
    request: RunRequest


@dataclass(frozen=True)
class StudyDesign:
    """A study as asked for. `seeds` None means as many as precision asks for; `draws` is 1 where nothing is varied.

    `configurations` by street as named, then by scenario, are those of runs without a draw.
    """

    scenarios: tuple[str, ...]
    streets: tuple[str, ...]
    residents: int | None
    weeks: int
    window: tuple[int, int]
    seeds: int | None
    draws: int
    method: str
    factors: tuple[Factor, ...]
    configurations: Mapping[str, Mapping[str, Configuration]]
    notes: tuple[str, ...] = ()
    keep: Detail = "window"

    @cached_property
    def points(self) -> list[Point]:
        """The values of each draw, by name; one empty point where nothing is varied."""
        if not self.factors:
            return [{}]
        return full_factorial(self.factors) if self.method == "grid" else latin_hypercube(self.factors, self.draws)

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios as they are called in results."""
        return tuple(next(iter(self.configurations.values())))

    @property
    def residents_of(self) -> dict[str, int]:
        """Number of residents by street."""
        return {street: next(iter(found.values())).residents for street, found in self.configurations.items()}

    def described(self) -> dict[str, Any]:
        """All that makes this study this study, for its manifest: two that agree in it are one."""
        return {
            "scenarios": list(self.scenarios),
            "streets": list(self.streets),
            "residents": self.residents,
            "weeks": self.weeks,
            "window": list(self.window),
            "seeds": AUTO if self.seeds is None else self.seeds,
            "draws": self.draws,
            "method": self.method,
            "vary": {factor.name: factor.described() for factor in self.factors},
            "roles": {factor.name: factor.role for factor in self.factors},
            "draw_seed": DRAW_SEED,
            "rows": self.keep,
            "files": {
                name: digest for text in (*self.scenarios, *self.streets) for name, digest in user_files(text).items()
            },
        }

    def size(self, seeds: int) -> int:
        """Number of runs with so many seeds."""
        return len(self.scenarios) * len(self.streets) * self.draws * seeds

    def in_order(self, seeds: int) -> Iterator[Cell]:
        """Every run in the order of the results: by scenario, street, draw, seed."""
        for scenario in range(len(self.scenarios)):
            for street in range(len(self.streets)):
                for draw in range(self.draws):
                    for seed in range(1, seeds + 1):
                        yield self._cell(scenario, street, draw, seed)

    def to_run(self, seeds: range) -> Iterator[RunRequest]:
        """Every run in the order of work: mixed, so that the runs done are like those to come, and a trial serves its draw."""
        for draw in range(self.draws):
            for seed in seeds:
                for street in range(len(self.streets)):
                    for scenario in range(len(self.scenarios)):
                        yield self._cell(scenario, street, draw, seed).request

    def _cell(self, scenario: int, street: int, draw: int, seed: int) -> Cell:
        point = self.points[draw]
        drawn = {f.name: point[f.name] for f in self.factors if f.role == "uncertainty"}
        settings = {f.name: point[f.name] for f in self.factors if f.role != "uncertainty"}
        request = RunRequest(
            self.scenarios[scenario], self.streets[street], self.residents, self.weeks, self.window, drawn, settings, seed
        )  # fmt: skip
        place = self.configurations[self.streets[street]]
        name = self.names[scenario]
        return Cell(name, place[name].street, draw, request)


def read_study_file(study: Path | str | Mapping[str, Any], keep: Detail = "window") -> StudyDesign:
    """The study of a TOML file, or of a dictionary with the same keys.

    Raises a JiedaoError that names the file and the key for whatever is wrong with it.
    """
    table = Table(study, where="study") if isinstance(study, Mapping) else _read_file(Path(study))
    where = table.where
    scenarios = _names(table, "scenarios", None)
    streets = _names(table, "streets", ["typical"])
    weeks = table.integer("weeks", 1, MAX_WEEKS, DEFAULT_WEEKS)
    residents = table.value("residents")
    if residents is not None:
        residents = check_residents(residents, f"{where}: key 'residents'")
    window, notes = resolve_window(table.value("window"), weeks, f"{where}: key 'window'")
    factors = _factors(table)
    method = table.text("method", METHODS[0])
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS, f"{where}: key 'method'")
    draws = _draws(table, factors, method)
    seeds = _seeds(table, len(scenarios), draws)
    table.finish()
    configurations = _configurations(where, scenarios, streets, residents, weeks)
    _refuse_strange_levers(where, scenarios, factors)
    design = StudyDesign(
        scenarios, streets, residents, weeks, window, seeds, draws, method, factors, configurations, notes, keep
    )  # fmt: skip
    if design.size(seeds or 1) > MOST_RUNS:
        raise ValueOutOfRangeError(f"{where}: asks for {design.size(seeds or 1):,} runs; at most {MOST_RUNS:,}")
    return design


def _read_file(path: Path) -> Table:
    if path.is_dir():
        there = ", ".join(sorted(str(file) for file in path.glob("*.toml")))
        raise InputFileError(f"{path}: is a folder; name the study's .toml file ({there or 'there is none in it'})")
    return read_toml(path)


def _names(table: Table, key: str, default: list[str] | None) -> tuple[str, ...]:
    value = table.value(key, default, required=default is None)
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise table.wrong_type(key, value, "a list of names")
    if not value:
        raise ValueOutOfRangeError(f"{table.where}: key '{key}' is an empty list; name at least one")
    if len(set(value)) < len(value):
        raise ContradictionError(f"{table.where}: key '{key}' names something twice: {', '.join(value)}")
    return tuple(value)


def _factors(table: Table) -> tuple[Factor, ...]:
    where = f"{table.where}: [vary]"
    content = table.value("vary", {})
    if not isinstance(content, dict):
        raise table.wrong_type("vary", content, "a table, written [vary]")
    for key in ("scenarios", "streets", "residents", "weeks", "seeds", "draws", "window", "method", "choices"):
        if key in content:
            raise ContradictionError(f"{where}: key '{key}' must stand above [vary]; below it names a parameter")
    choices = table.value("choices", [])
    if not isinstance(choices, (list, tuple)) or not all(isinstance(name, str) for name in choices):
        raise table.wrong_type("choices", choices, "a list of names")
    factors = read_factors(content, where, choices)
    varied = [factor.name for factor in factors if factor.role != "lever"]
    for name in choices:
        if name not in varied:
            raise UnknownNameError("parameter of [vary]", name, varied, f"{table.where}: key 'choices'")
    return factors


def _draws(table: Table, factors: tuple[Factor, ...], method: str) -> int:
    """How many points there are; raises where what is asked for does not fit together."""
    where, given = table.where, table.value("draws")
    asked = None if given is None else table.integer("draws", 1, MOST_DRAWS)
    if not factors:
        if (asked or 1) > 1 or "method" in table:
            what = f"draws = {asked}" if (asked or 1) > 1 else "a method"
            raise ContradictionError(f"{where}: {what} but nothing to draw; name what is varied in [vary]")
        return 1
    if method == "grid":
        return _grid_size(where, factors, asked)
    if asked is None:
        raise InputFileError(f"{where}: key 'draws' is missing; say how many points of [vary] to take")
    if asked <= len(factors):
        raise ContradictionError(
            f"{where}: key 'draws' is {asked} for {len(factors)} factors in [vary]; at least {len(factors) + 1}, "
            "since fewer points cannot tell so many factors apart"
        )
    return asked


def _grid_size(where: str, factors: tuple[Factor, ...], asked: int | None) -> int:
    ranges = [factor.name for factor in factors if not factor.values]
    if ranges:
        raise ContradictionError(
            f"{where}: method 'grid' takes lists, and {', '.join(ranges)} in [vary] is a range; "
            "write {values = [...]} or take method 'latin_hypercube'"
        )
    size = 1
    for factor in factors:
        size *= len(factor.values)
    if size > MOST_DRAWS:
        raise ValueOutOfRangeError(f"{where}: the grid of [vary] has {size:,} points; at most {MOST_DRAWS:,}")
    if asked not in (None, size):
        raise ContradictionError(f"{where}: key 'draws' is {asked}, but the grid has {size} points; leave 'draws' out")
    return size


def _seeds(table: Table, scenarios: int, draws: int) -> int | None:
    """Number of seeds, None for as many as precision asks for."""
    if table.value("seeds") != AUTO:
        value = table.value("seeds", DEFAULT_SEEDS)
        if isinstance(value, str):
            raise table.wrong_type("seeds", value, f"a whole number or '{AUTO}'")
        return table.integer("seeds", 1, MAX_SEEDS, DEFAULT_SEEDS)
    if scenarios < 2:
        raise ContradictionError(
            f"{table.where}: seeds = '{AUTO}' makes differences precise; name two scenarios or more"
        )
    if draws > 1:
        raise ContradictionError(
            f"{table.where}: seeds = '{AUTO}' with {draws} draws: differences then vary with the draw, which no number of "
            "seeds makes precise; give a number of seeds"
        )
    return None


def _refuse_strange_levers(where: str, scenarios: tuple[str, ...], factors: tuple[Factor, ...]) -> None:
    """A strength must belong to a lever that some scenario has."""
    levers = {use.lever.name for scenario in scenarios for use in read_expression(scenario).levers}
    for factor in factors:
        if factor.role == "lever" and (name := factor.name.removesuffix(STRENGTH)) not in levers:
            raise UnknownNameError("lever of these scenarios", name, levers, f"{where}: [vary]: key '{factor.name}'")


def _configurations(
    where: str, scenarios: tuple[str, ...], streets: tuple[str, ...], residents: int | None, weeks: int
) -> dict[str, dict[str, Configuration]]:
    """Every scenario on every street, so that what cannot be run is refused before anything is."""
    found: dict[str, dict[str, Configuration]] = {}
    for street in streets:
        loaded = [_load(where, scenario, street, residents, weeks) for scenario in scenarios]
        names = [configuration.scenario for configuration in loaded]
        try:
            refuse_twins(names)
        except ContradictionError as error:
            raise ContradictionError(f"{where}: {error}") from None
        if loaded[0].street in [known[names[0]].street for known in found.values()]:
            raise ContradictionError(f"{where}: key 'streets': two of them have the name '{loaded[0].street}'")
        found[street] = dict(zip(names, loaded, strict=True))
    return found


def _load(where: str, scenario: str, street: str, residents: int | None, weeks: int) -> Configuration:
    try:
        configuration = load(scenario, street, residents, weeks)
    except JiedaoError as error:
        raise InputFileError(f"{where}: scenario '{scenario}' on street '{street}': {error}") from None
    return configuration
