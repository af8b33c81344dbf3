"""The synthetic residents: right shares, sensible groups, small-world ties, and draws that belong to persons."""

from __future__ import annotations

import numpy as np
import pytest
from small_street import street

from model import population
from model.codes import CHILD, ELDERLY, HOUR
from model.parameters import defaults
from model.world import World


def by_key(world: World) -> dict[int, np.void]:
    """Residents by key, without what follows from position."""
    people = world.residents.copy()
    people["grid"] = 0
    return {int(p["key"]): p for p in people}


def test_groups_have_their_declared_shares() -> None:
    world = street(40_000)
    people, values = world.residents, defaults()
    elderly, hardship = people["age_band"] == ELDERLY, people["low_income"] | people["disabled"]
    shares = {
        "elderly_share": elderly,
        "child_share": people["age_band"] == CHILD,
        "floating_share": people["floating"],
        "low_income_disabled_share": hardship,
        "acquaintance_share": people["acquainted"],
        "elder_digital_skill": people["digital"][elderly] >= values["app_skill_threshold"],
        "floating_digital_skill": people["digital"][people["floating"] & ~elderly] >= values["app_skill_threshold"],
        "adult_digital_skill": people["digital"][~people["floating"] & ~elderly] >= values["app_skill_threshold"],
    }
    for name, members in shares.items():
        # Whole households float, so their draws are fewer than the residents: seven standard errors.
        error = 7.0 * np.sqrt(values[name] * (1.0 - values[name]) / members.size)
        assert members.mean() == pytest.approx(values[name], abs=error), name
    unskilled_elderly = elderly & (people["digital"] < values["app_skill_threshold"])
    assert (people["vulnerable"] == (people["floating"] | hardship | unskilled_elderly)).all()


def test_starting_attitudes_have_their_declared_centres() -> None:
    world, values = street(40_000), defaults()
    people = world.residents
    assert np.median(people["patience"]) == pytest.approx(values["patience_factor_median"], rel=0.02)
    assert np.log(people["patience"]).std() == pytest.approx(values["patience_factor_log_sd"], rel=0.02)
    assert people["bias"].mean() == pytest.approx(0.0, abs=0.02)
    assert people["bias"].std() == pytest.approx(values["satisfaction_resident_sd"], rel=0.02)
    assert people["satisfaction"].mean() == pytest.approx(values["standing_initial"], abs=0.01)
    assert people["trust"].mean() == pytest.approx(values["trust_initial"], abs=0.01)
    assert (np.argsort(people["bias"]) == np.argsort(people["satisfaction"])).all()
    assert (world.expected == world.kinds["due"] / HOUR).all()
    assert (world.experience == values["channel_experience_initial"]).all()


def test_households_grids_and_communities_fit_together() -> None:
    values = defaults()
    world = street(20_000)
    people, grids = world.residents, world.grids
    size = population.sizes(20_000, values)
    assert size.residents / size.households == pytest.approx(values["household_size"], rel=0.002)
    assert grids["households"].sum() == size.households
    assert grids["residents"].sum() == size.residents
    assert (grids["households"][:-1] == values["grid_households"]).all()
    assert 0.5 <= grids["households"][-1] / values["grid_households"] <= 1.5
    assert len(np.unique(grids["community"])) == size.communities
    assert len(set(grids["key"].tolist())) == len(grids)
    assert len(set(people["key"].tolist())) == len(people)
    # One home, one grid, one registration; a first member who is no child.
    first = np.flatnonzero(np.diff(people["household"], prepend=-1))
    assert (people["age_band"][first] != CHILD).all()
    for field in ("grid", "floating"):
        assert (np.maximum.reduceat(people[field], first) == np.minimum.reduceat(people[field], first)).all()


def test_one_more_household_changes_nobody_else() -> None:
    few, more = by_key(street(1000)), by_key(street(1003))
    assert set(few) < set(more)
    for key, person in few.items():
        assert person == more[key]


def test_a_larger_share_of_elderly_only_adds_elderly() -> None:
    before, after = street(3000).residents, street(3000, elderly_share=0.3).residents
    assert (after["age_band"][before["age_band"] == ELDERLY] == ELDERLY).all()
    assert (after["age_band"] == ELDERLY).sum() > (before["age_band"] == ELDERLY).sum()
    for field in ("key", "floating", "low_income", "disabled", "acquainted", "bias", "patience", "trust"):
        assert (before[field] == after[field]).all(), field


def test_seed_and_street_decide_and_nothing_else() -> None:
    one, again, other = street(500), street(500), street(500, seed=2)
    assert one.residents.tobytes() == again.residents.tobytes()
    assert one.neighbours.tobytes() == again.neighbours.tobytes()
    assert (one.residents["key"] == other.residents["key"]).all()
    assert (one.residents["bias"] != other.residents["bias"]).all()
    population.populate(again, "elsewhere", 1)
    assert not set(one.residents["key"].tolist()) & set(again.residents["key"].tolist())


def test_ties_stay_in_the_grid_and_are_rewired_as_often_as_said() -> None:
    world = street(12_000, tie_rewiring_share=0.3)
    own, grid = np.arange(12_000)[:, None], world.residents["grid"]
    assert (world.neighbours != own).all()
    assert (grid[world.neighbours] == grid[:, None]).all()
    lattice = street(12_000, tie_rewiring_share=0.0).neighbours
    moved = (world.neighbours != lattice).mean()
    assert moved == pytest.approx(0.3, abs=0.01)
    inside = slice(10, 500)  # away from where the ring closes
    assert (np.sort(lattice[inside] - own[inside]) == [-3, -2, -1, 1, 2, 3]).all()


def test_ties_of_tiny_grids() -> None:
    values = {"household_size": 1.0, "grid_households": 1.0, "residents_per_community": 1.0}
    alone = street(5, **values)
    assert (alone.neighbours == np.arange(5)[:, None]).all()
    pairs = street(6, **values | {"grid_households": 2.0, "tie_rewiring_share": 0.5})
    assert (pairs.neighbours == np.arange(6)[:, None] ^ 1).all()


def test_more_ties_make_wider_rows() -> None:
    assert street(2000, neighbour_ties=10.0).neighbours.shape == (2000, 10)


def test_a_world_of_the_wrong_shape_is_refused() -> None:
    world = street(3000)
    world.settings["grid_households"] = 100.0
    with pytest.raises(ValueError, match="needs 11 grids"):
        population.populate(world, "test", 1)
