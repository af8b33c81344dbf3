"""A street without requests for tests of the weekly boundary: units, residents, lines and organizations of given number."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from model import draws
from model.building import fill_settings, settings_dtype
from model.calendars import build_calendars, worked_until
from model.codes import CHILD_CARE, ELDER_CARE, HOUR, KINDS, OFFICE, UNIT_PROGRAMME, WEEK
from model.governance import open_accounts, week_boundary
from model.parameters import defaults
from model.world import World, empty_world

# Reading the table of holidays takes longer than a test's weeks.
_calendars = lru_cache(build_calendars)


def street(
    types: tuple[int, ...] = (),
    posts: float = 10.0,
    residents: int = 60,
    lines: int = 0,
    organizations: int = 0,
    first_week: int = 0,
    seed: int = 1,
    weeks: int = 260,
    **values: float,
) -> World:
    """A street opened at Monday of `first_week`, one unit for each of `types`; `values` replace parameter defaults.

    Residents stand in a circle and talk with the next three on either side. The last two units of type programme are for
    elders and children.
    """
    world = empty_world(
        1,
        settings=settings_dtype(),
        units=len(types),
        residents=residents,
        grids=1,
        kinds=KINDS,
        lines=lines + 1 if lines else 0,
        organizations=organizations,
        weeks=weeks,
    )
    world = world._replace(days=_calendars(first_week - 1, first_week + weeks + 2))
    world.clock["seed"], world.clock["adaptation"] = seed, True
    fill_settings(world, defaults() | values)
    world.units["type"], world.units["posts"], world.units["calendar"] = types, posts, OFFICE
    world.units["key"] = [draws.key_of(f"unit_{u}") for u in range(len(types))]
    world.units["filled"], world.units["skill"], world.units["load"] = posts, 1.0, 0.9
    for kind, place in ((ELDER_CARE, -2), (CHILD_CARE, -1)):
        programmes = np.flatnonzero(world.units["type"] == UNIT_PROGRAMME)
        world.kinds["programme"][kind] = programmes[place] if len(programmes) > 1 else -1
    world.kinds["due"] = 168 * HOUR
    world.kinds["rate"], world.kinds["severity"] = 0.09, 0.5
    world.grids["households"] = max(residents // 3, 1)
    world.residents["satisfaction"], world.residents["trust"] = 0.6, 0.5
    world.residents["perceived_chance"], world.residents["mildness"] = 0.5, 1.0
    world.lines["need"][:-1] = 1.0 / max(lines, 1)
    world.expected[:] = 168.0
    circle = np.arange(residents)[:, None] + np.array([-3, -2, -1, 1, 2, 3])
    world.neighbours[:] = circle % max(residents, 1)
    open_accounts(world, first_week)
    return world


def pass_weeks(world: World, weeks: int, load: float | None = None) -> None:
    """Let `weeks` go by with no events; with `load`, units are busy for that share of their time."""
    first = int(world.clock["week"][0])
    for week in range(first + 1, first + weeks + 1):
        if load is not None:
            _work_a_week(world, week, load)
        week_boundary(world, week)
    world.clock["week"] = first + weeks


def _work_a_week(world: World, week: int, load: float) -> None:
    """Book the busy time of the week that ends, as if events had."""
    for u in range(len(world.units)):
        calendar = world.units["calendar"][u]
        open_time = worked_until(world.days, calendar, week * WEEK) - worked_until(
            world.days, calendar, (week - 1) * WEEK
        )
        world.units["area_busy"][u] += int(load * world.units["servers"][u] * open_time)
