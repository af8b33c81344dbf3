"""Building the world of a street from a configuration: settings, arrays, people, units, streams of needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from model import needs, population
from model.calendars import build_calendars
from model.codes import DAY, KIND_NAMES, WEEK
from model.configuration import Configuration
from model.organization import Rows, Staff, fill_gates, fill_grids, fill_kinds, fill_lines, fill_units, rows_of
from model.settings import fill_settings, settings_dtype
from model.stages import GATE_NAMES
from model.world import World, empty_world

_YEARS_AHEAD = 4  # a piece of work or a stay may end long after the run


def build_street(
    configuration: Configuration,
    seed: int,
    staff: Staff | None,
    window: tuple[int, int],
    log_rows: int = 0,
) -> tuple[World, Rows]:
    """The world at the start of its warm-up. Without `staff` everybody is there in plenty. `window` is in weeks, both in."""
    values = configuration.values
    size = population.sizes(configuration.residents, values)
    departments = int(values["department_count"])
    rows = rows_of(size.grids, size.communities, departments)
    weeks = configuration.warmup_weeks + configuration.weeks + configuration.followup_weeks
    world = empty_world(
        _rows_at_first(configuration, values),
        log_rows,
        settings_dtype(),
        units=rows.count,
        gates=len(GATE_NAMES),
        residents=size.residents,
        ties=size.ties,
        grids=size.grids,
        kinds=len(KIND_NAMES),
        departments=departments,
        lines=int(values["line_count"]) + 1,
        organizations=_organizations_at_most(configuration.residents, values),
        weeks=weeks + 1,
    )
    start = -configuration.warmup_weeks
    end = configuration.weeks + configuration.followup_weeks
    days = _calendars(start - 2, end + 52 * _YEARS_AHEAD, configuration.start_date)
    world = world._replace(days=days)
    clock = world.clock
    clock["seed"], clock["now"], clock["week"] = seed, start * WEEK, start
    clock["window_from"], clock["window_to"] = window[0] * WEEK, (window[1] + 1) * WEEK
    clock["tau"] = int(values["resolution_horizon_days"]) * DAY
    clock["end"], clock["adaptation"], clock["reform_week"] = end * WEEK, True, 1_000_000
    clock["publicity_kept"] = 1.0  # nothing has been promised yet
    fill_settings(world, values)
    fill_kinds(world, values, rows)
    fill_lines(world, values)
    population.populate(world, configuration.street, seed)
    fill_units(world, values, rows, staff)
    fill_grids(world, values, rows)
    fill_gates(world, start * WEEK)
    for u in range(len(world.units)):
        world.units["changed_at"][u] = start * WEEK
    return needs.start_streams(world, configuration.street, configuration.start_date), rows


@lru_cache(maxsize=8)
def _calendars(first_week: int, last_week: int, start_date: dt.date) -> np.ndarray:
    """The calendars of a run; runs of one length share them, and nobody writes to them."""
    return build_calendars(first_week, last_week, start_date)


def _rows_at_first(configuration: Configuration, values: Mapping[str, float]) -> int:
    """Ample room for the cases of a usual run, which costs nothing until it is used; more is made when needed."""
    years = (configuration.warmup_weeks + configuration.weeks + configuration.followup_weeks) / 52.0
    return int(1.2 * configuration.residents * years * values["demand_factor"]) + 4000


def _organizations_at_most(residents: int, values: Mapping[str, float]) -> int:
    return max(2, int(3.0 * values["social_organizations_per_street"] * residents / 60_000.0))
