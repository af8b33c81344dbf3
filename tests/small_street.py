"""A street of given size for tests, filled from the declared parameters without the loader."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model import draws, needs, population
from model.calendars import build_calendars
from model.codes import HOUR, KIND_NAMES, OFFICE, UNIT_DEPARTMENT
from model.parameters import defaults, scalars
from model.world import World, empty_world

# A field of the kinds' table and the parameter that fills it, with its factor.
KIND_FIELDS = {
    "rate": ("rate_per_1000", 1e-3),
    "severity": ("severity", 1),
    "public_share": ("public_share", 1),
    "needs_power_share": ("needs_power", 1),
    "multi_share": ("multi_department_share", 1),
    "departments_max": ("departments_max", 1),
    "work_cv2": ("work_cv2", 1),
    "money_share": ("money_share", 1),
    "money_median": ("money_median_yuan", 1),
    "money_log_sd": ("money_log_sd", 1),
    "documents": ("documents", 1),
    "due": ("due_hours", HOUR),
    "unsettleable_share": ("unsettleable_share", 1),
    "weekend_factor": ("weekend_factor", 1),
    "vulnerable_ratio": ("vulnerable_ratio", 1),
    "elderly_ratio": ("elderly_ratio", 1),
    "dangerous_share": ("dangerous_share", 1),
}


def street(
    residents: int,
    weeks: int = 8,
    seed: int = 1,
    rows: int = 50_000,
    departments: int = 0,
    early: int = 0,
    **values: float,
) -> World:
    """A populated street named 'test' over weeks 0 to `weeks`; its table of days begins `early` weeks before.

    `values` replace defaults, '__' standing for the dot.
    """
    table = defaults() | {name.replace("__", "."): value for name, value in values.items()}
    return populated(residents, table, build_calendars(-early, weeks + 1), seed, rows, departments)


def populated(
    residents: int, table: Mapping[str, float], days: np.ndarray, seed: int, rows: int, departments: int
) -> World:
    """The same from a complete table of values and a table of days."""
    settings = np.dtype([(name, "f8") for name in scalars()])
    size = population.sizes(residents, table)
    world = empty_world(
        rows,
        settings=settings,
        residents=residents,
        grids=size.grids,
        ties=size.ties,
        kinds=len(KIND_NAMES),
        units=departments,
    )
    world = world._replace(days=days)
    world.clock["seed"] = seed
    for name in scalars():
        world.settings[name] = table[name]
    world.kinds["key"] = [draws.key_of(name) for name in KIND_NAMES]
    for field, (attribute, factor) in KIND_FIELDS.items():
        world.kinds[field] = [table[f"{kind}.{attribute}"] * factor for kind in KIND_NAMES]
    world.units["key"] = [draws.key_of(f"department/{d}") for d in range(departments)]
    world.units["type"] = UNIT_DEPARTMENT
    world.units["calendar"] = OFFICE
    population.populate(world, "test", seed)
    return needs.start_streams(world, "test")
