"""Step 9 of the boundary: the parameter values of the coming week take hold in the state arrays.

A reform has already become new values of named parameters; here they reach settings, kinds, grids and posts. Nothing in this file
knows a reform by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from model.codes import UNIT_COMMAND_OFFICE, UNIT_COMMUNITY, UNIT_LEADER, UNIT_TYPE_NAMES
from model.organization import SECTIONS, Rows, Staff, fill_kinds, wanted_posts
from model.settings import fill_settings
from model.world import World

_REVIEWING = ("community", "leader", *SECTIONS)


def take_hold(
    world: World,
    rows: Rows,
    staff: Staff,
    before: Mapping[str, float],
    values: Mapping[str, float],
    week: int,
) -> None:
    """Put the values of `week` in force where they differ from those of the week before."""
    changed = values is not before and values != before
    if changed:
        fill_settings(world, values)
        fill_kinds(world, values, rows)
    first = int(world.clock["reform_week"][0]) > week
    share, was = values["command_office_grid_share"], 0.0 if first else before["command_office_grid_share"]
    if share != was:
        world.grids["flat"] = grids_under_command(world.grids["rank"], share)
        world.clock["reform_week"] = min(week, int(world.clock["reform_week"][0]))
    if changed or share != was:
        given_up, before_it = _hours_given_up(staff, values, share), _hours_given_up(staff, before, was)
        if given_up != before_it:
            _move_reviewers(world, staff, values, given_up, before_it)
    _let_adapt(world, values, share - was)


def grids_under_command(rank: np.ndarray, share: float) -> np.ndarray:
    """Which grids report straight to the command office: those of the lowest ranks, so that those at 0.25 are among those at 0.5."""
    under = np.zeros(len(rank), bool)
    under[np.argsort(rank, kind="stable")[: round(share * len(rank))]] = True
    return under


def _hours_given_up(staff: Staff, values: Mapping[str, float], share: float) -> dict[str, float]:
    """The part of each reviewing type's hours that moves to the command office, with a share of the grids under it.

    An abolished layer gives a share of the hours that it spent on reviewing; the rest stays free. A community that is kept
    as a layer goes on reviewing and gives none.
    """
    kept = {"community"} if values["command_office_keeps_community"] else set()
    return {
        type_: 0.0
        if type_ in kept
        else staff.review_per_1000[type_]
        / max(staff.load_per_1000[type_], 1e-9)
        * values["command_office_posts_share"]
        * share
        for type_ in _REVIEWING
    }


def _move_reviewers(
    world: World, staff: Staff, values: Mapping[str, float], given_up: Mapping[str, float], before: Mapping[str, float]
) -> None:
    """Bring the command office what its layers give up, which `before` they did not.

    Hours move and not persons: every post of a layer gives the same part of its week, so that none of its units is emptied.
    """
    units = world.units
    wanted = wanted_posts(world, values, staff)
    moved = 0.0
    for type_, part in given_up.items():
        members = np.flatnonzero(units["type"] == UNIT_TYPE_NAMES.index(type_))
        moved += float(wanted[members].sum()) * part
        units["pace"][members] *= (1.0 - part) / (1.0 - before[type_])
    office = np.flatnonzero(units["type"] == UNIT_COMMAND_OFFICE)
    posts = math.ceil(moved) if moved > 0.0 else 0
    units["posts"][office] = units["filled"][office] = units["servers"][office] = posts
    units["pace"][office] = moved / posts if posts else 1.0


def _let_adapt(world: World, values: Mapping[str, float], newly: float) -> None:
    """A new structure slows those who work in it, by the share of grids that it reaches; each dip fades to 1/e in
    `adaptation_weeks`.
    """
    kept = math.exp(-1.0 / values["adaptation_weeks"])
    for type_ in (UNIT_COMMAND_OFFICE, UNIT_COMMUNITY, UNIT_LEADER, *(UNIT_TYPE_NAMES.index(s) for s in SECTIONS)):
        members = world.units["type"] == type_
        world.units["dip"][members] = kept * world.units["dip"][members] + values["adaptation_dip"] * abs(newly)
