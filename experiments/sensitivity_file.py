"""The study file of a sensitivity study, read into the options that `sensitivity_study` checks and resolves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.assignment import LARGEST_SEED, MAX_SEEDS
from experiments.sensitivity_design import MOST
from experiments.sensitivity_resamples import MOST_RESAMPLES
from experiments.sensitivity_study import MOST_RUNS
from model.errors import ValueOutOfRangeError
from scenarios.toml_table import Table, read_toml


def read_sensitivity_file(path: Path) -> dict[str, Any]:
    """The options of a study file; raises InputFileError and ValueOutOfRangeError naming the file and the key."""
    table = read_toml(path)
    read = {
        **dict.fromkeys(("method", "screened"), table.text),
        **dict.fromkeys(
            ("scenarios", "factors", "exclude", "choices", "outcomes"), lambda name: list(table.texts(name))
        ),
        **dict.fromkeys(_WHOLE, lambda name: table.integer(name, *_WHOLE[name])),
        "half_width": lambda name: table.number(name, 0.001, 1.0),
        "second_order": lambda name: _switch(table, name),
        "streets": lambda name: _one_street(table),
        "window": table.value,
        "vary": lambda name: table.table(name).content,
        "groups": lambda name: _lists(table.table(name)),
    }
    # Every key is asked for, so that a wrong one is told the nearest of all.
    options = {name: one(name) for name, one in read.items() if table.value(name) is not None}
    table.finish()
    if "streets" in options:
        options["street"] = options.pop("streets")
    return options


def _lists(table: Table) -> dict[str, list[str]]:
    return {name: list(table.texts(name)) for name in table.content}


_WHOLE = {
    "residents": (100, 5_000_000),
    "weeks": (1, 1040),
    "seeds": (1, MAX_SEEDS // 2),
    "seed": (0, LARGEST_SEED),
    "seeds_per_point": (1, MAX_SEEDS // 2),
    "second_block": (1, MOST),
    "n": (1, MOST),
    "runs": (1, MOST_RUNS),
    "leading": (0, 1_000),
    "sample_seed": (0, LARGEST_SEED),
    "resamples": (1, MOST_RESAMPLES),
    "curves": (0, 100),
    "curve_values": (3, 101),
    "curve_seeds": (2, MAX_SEEDS),
}


def _switch(table: Table, key: str) -> bool:
    value = table.value(key)
    if not isinstance(value, bool):
        raise table.wrong_type(key, value, "true or false")
    return value


def _one_street(table: Table) -> str:
    streets = table.texts("streets")
    if len(streets) != 1:
        raise ValueOutOfRangeError(
            f"{table.where}: key 'streets' names {len(streets)}; a sensitivity study is of one street"
        )
    return streets[0]
