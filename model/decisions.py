"""What the boundary decided, as rows of the log: who has more or fewer hands, whose willingness moved, which grids report elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.codes import DECIDED, WEEK
from model.world import World

# What a row is about (its `reason`); the amount is the new value.
REASON_NAMES = ("servers", "willingness", "places_of_organization", "grid_reports_to_command_office", "pool_share")
SERVERS, WILLINGNESS, ORGANIZATION, GRID, POOL = range(len(REASON_NAMES))


@dataclass(frozen=True)
class Before:
    """The decided quantities before a boundary."""

    servers: np.ndarray
    willingness: np.ndarray
    alive: np.ndarray
    flat: np.ndarray
    pool: float


def remember(world: World) -> Before:
    """Copies of what the boundary may change."""
    return Before(
        world.units["servers"].copy(),
        world.units["willingness"].copy(),
        world.organizations["alive"].copy(),
        world.grids["flat"].copy(),
        float(world.settings["pool_share"][0]),
    )


def write_decisions(world: World, before: Before, week: int) -> None:
    """One `decided` row for each quantity that changed; nothing if the log is off."""
    if not world.clock["logging"][0]:
        return
    units = world.units
    for reason, now, was in (
        (SERVERS, units["servers"], before.servers),
        (WILLINGNESS, units["willingness"], before.willingness),
    ):
        for u in np.flatnonzero(now != was):
            _write(world, week, int(units["key"][u]), int(u), reason, float(now[u]))
    for o in np.flatnonzero(world.organizations["alive"] != before.alive):
        alive = float(world.organizations["alive"][o])
        _write(world, week, int(world.organizations["key"][o]), -1, ORGANIZATION, alive)
    for g in np.flatnonzero(world.grids["flat"] != before.flat):
        _write(world, week, int(world.grids["key"][g]), -1, GRID, float(world.grids["flat"][g]))
    if float(world.settings["pool_share"][0]) != before.pool:
        _write(world, week, 0, -1, POOL, float(world.settings["pool_share"][0]))


def _write(world: World, week: int, name: int, unit: int, reason: int, amount: float) -> None:
    n = int(world.clock["logged"][0])
    world.log[n] = (week * WEEK, name, week, DECIDED, unit, reason, amount)
    world.clock["logged"] = n + 1
