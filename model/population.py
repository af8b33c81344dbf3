"""The synthetic residents of a street: households, groups, skills, attitudes at the start, and ties between
neighbours.

Residents are keyed by (street, household number, member number) and grids by (street, number), so one more
household changes nobody else's draws. Draws use the run's seed: which residents are old or floating is part of
a run's luck, the same in all scenarios of that seed. The sizes of households use no draws: a low-discrepancy
sequence gives them the right mean in a street of any size, and lets posts and grids be counted before a seed is
known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model import draws, rules_needs
from model.codes import ELDERLY, HOUR
from model.compilation import compiled
from model.rules import logistic
from model.world import World

GOLDEN = 0.6180339887498949  # its multiples modulo 1 spread most evenly (Weyl sequence)

# Ordinals of one resident's draws under POPULATION; those of a household stand apart by their key.
_CHILD, _ELDERLY, _HARDSHIP, _WHICH_HARDSHIP, _DIGITAL, _TRUST = range(6)
_FLOATING = 0


@dataclass(frozen=True)
class Sizes:
    """How many rows a street's arrays need; `ties` is the number of neighbours of a resident."""

    residents: int
    households: int
    grids: int
    communities: int
    households_per_grid: int
    ties: int


@compiled
def _household_sizes(residents: int, mean_size: float) -> np.ndarray:
    """Members of each household, in order, until all residents are housed; the last takes who is left."""
    sizes = np.zeros(residents, np.int64)
    housed = 0
    h = 0
    while housed < residents:
        sizes[h] = min(rules_needs.household_members(((h + 0.5) * GOLDEN) % 1.0, mean_size), residents - housed)
        housed += sizes[h]
        h += 1
    return sizes[:h]


def sizes(residents: int, values: Mapping[str, float | int | bool]) -> Sizes:
    """Numbers of households, grids and communities of a street of so many residents; no draws.

    All grids have `grid_households` households but the last, which has half to one and a half times as many.
    """
    households = len(_household_sizes(residents, float(values["household_size"])))
    per_grid = max(1, round(values["grid_households"]))
    grids = max(1, int(households / per_grid + 0.5))
    return Sizes(
        residents=residents,
        households=households,
        grids=grids,
        communities=min(grids, max(1, int(residents / values["residents_per_community"] + 0.5))),
        households_per_grid=per_grid,
        ties=max(1, int(values["neighbour_ties"] + 0.5)),
    )


def populate(world: World, street: str, seed: int) -> None:
    """Fill grids, residents, their expectations and experience, and their neighbours.

    `world` was made with the rows of `sizes` for the values in `world.settings`; `world.kinds["due"]` (microseconds)
    is read. Raises ValueError if grids or ties do not fit those values.
    """
    settings = world.settings
    found = {name: settings[name][0] for name in settings.dtype.names}
    size = sizes(len(world.residents), found)
    if (len(world.grids), world.neighbours.shape[1]) != (size.grids, size.ties):
        raise ValueError(f"a street of {size.residents} residents needs {size.grids} grids and {size.ties} ties")
    members = _household_sizes(size.residents, found["household_size"])
    world.residents["household"] = np.repeat(np.arange(size.households), members)
    world.residents["grid"] = np.minimum(world.residents["household"] // size.households_per_grid, size.grids - 1)
    _fill_grids(world, street, seed, size)
    _fill_residents(world.residents, settings, draws.key_of(street), seed)
    _tie_neighbours(world.residents, world.neighbours, settings["tie_rewiring_share"][0], seed)
    world.expected[:] = world.kinds["due"] / HOUR
    world.experience[:] = settings["channel_experience_initial"][0]


def _fill_grids(world: World, street: str, seed: int, size: Sizes) -> None:
    grids = world.grids
    number = np.arange(size.grids)
    grids["key"] = [draws.key_of(f"{street}/grid/{g}") for g in number]
    grids["community"] = number * size.communities // size.grids
    grids["residents"] = np.bincount(world.residents["grid"], minlength=size.grids)
    first_of_household = np.diff(world.residents["household"], prepend=-1) > 0
    grids["households"] = np.bincount(world.residents["grid"][first_of_household], minlength=size.grids)
    grids["worker"] = -1
    grids["rank"] = [draws.uniform(seed, draws.ROLL_OUT_ORDER, key, 0) for key in grids["key"]]
    grids["surroundings"] = 1.0


@compiled
def _fill_residents(residents: np.ndarray, settings: np.ndarray, street_key: int, seed: int) -> None:
    s = settings[0]
    threshold = s["app_skill_threshold"]
    centre = rules_needs.logistic_normal_centre(s["standing_initial"], s["satisfaction_resident_sd"])
    pulls = s["influence_rate"] + s["surroundings_rate"]
    own = s["surroundings_rate"] / pulls if pulls > 0.0 else 1.0  # what is left of one's own view among neighbours
    member = -1
    for i in range(residents.shape[0]):
        household = residents["household"][i]
        member = member + 1 if i > 0 and residents["household"][i - 1] == household else 0
        home = draws.key(0, draws.POPULATION, street_key, household)
        key = draws.key(0, draws.POPULATION, home, member)
        residents["key"][i] = key
        # A household moves as a whole, so its members are registered in one place.
        floating = draws.uniform(seed, draws.POPULATION, home, _FLOATING) < s["floating_share"]
        band = rules_needs.age_band(
            draws.uniform(seed, draws.POPULATION, key, _CHILD),
            draws.uniform(seed, draws.POPULATION, key, _ELDERLY),
            member,
            s["child_share"],
            s["elderly_share"],
            s["household_size"],
        )
        hardship = draws.uniform(seed, draws.POPULATION, key, _HARDSHIP) < s["low_income_disabled_share"]
        low_income = (
            draws.uniform(seed, draws.POPULATION, key, _WHICH_HARDSHIP) < 0.5
        )  # one group; no rule tells them apart
        if band == ELDERLY:
            skilled_share = s["elder_digital_skill"]
        elif floating:
            skilled_share = s["floating_digital_skill"]
        else:  # children go by the adults who speak for them
            skilled_share = s["adult_digital_skill"]
        digital = rules_needs.digital_skill(
            draws.uniform(seed, draws.POPULATION, key, _DIGITAL), skilled_share, threshold
        )
        bias = s["satisfaction_resident_sd"] * draws.normal(draws.uniform(seed, draws.RESIDENT_BIAS, key, 0))
        trust = s["trust_initial"] + s["trust_initial_sd"] * draws.normal(
            draws.uniform(seed, draws.POPULATION, key, _TRUST)
        )
        residents["floating"][i] = floating
        residents["age_band"][i] = band
        residents["low_income"][i] = hardship and low_income
        residents["disabled"][i] = hardship and not low_income
        residents["digital"][i] = digital
        residents["vulnerable"][i] = rules_needs.is_vulnerable(band, digital, threshold, floating, hardship)
        residents["acquainted"][i] = draws.uniform(seed, draws.ACQUAINTANCE, key, 0) < s["acquaintance_share"]
        residents["bias"][i] = bias
        residents["patience"][i] = draws.lognormal_median(
            draws.uniform(seed, draws.PATIENCE, key, 0), s["patience_factor_median"], s["patience_factor_log_sd"]
        )
        # Who is harder to please starts less satisfied, by the same personal part as in each judgement, and where the pulls
        # of neighbours and surroundings balance.
        residents["mildness"][i] = math.exp(bias)
        residents["satisfaction"][i] = (1.0 - own) * s["standing_initial"] + own * logistic(centre + bias)
        residents["trust"][i] = min(max(trust, 0.0), 1.0)
        residents["perceived_chance"][i] = s["perceived_success_initial"]
        residents["fatigue"][i] = 0.0


@compiled
def _tie_neighbours(residents: np.ndarray, neighbours: np.ndarray, rewiring_share: float, seed: int) -> None:
    """A small world in each grid (Watts & Strogatz 1998): next doors on a ring, some ties led elsewhere in the grid.

    Ties point one way: who looks at whom. Nobody is tied to himself unless alone in the grid.
    """
    count, ties = neighbours.shape
    first = 0
    while first < count:
        end = first
        while end < count and residents["grid"][end] == residents["grid"][first]:
            end += 1
        n = end - first
        for i in range(first, end):
            key = residents["key"][i]
            for c in range(ties):
                step = 0
                if n > 1:
                    step = 1 + (c // 2) % (n - 1)
                    if c % 2 == 1:
                        step = n - step
                    if draws.uniform(seed, draws.TIES, key, 2 * c) < rewiring_share:
                        step = 1 + int(draws.uniform(seed, draws.TIES, key, 2 * c + 1) * (n - 1))
                neighbours[i, c] = first + (i - first + step) % n
        first = end
