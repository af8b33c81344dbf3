"""What must hold to the last microsecond at any moment of a bare network's run; checked whenever a run is measured."""

from __future__ import annotations

import numpy as np

from model import bare_network
from model.bare_network import ENTERING, PART_SERVED, SERVED
from model.errors import ConservationError
from model.world import World


def check_accounts(world: World, now: int) -> None:
    """Nobody is lost or made, and Little's law holds at every station, since the start of the run.

    The accounts of every station must have been brought up to `now`. Raises ConservationError.
    """
    units = world.units
    requests = world.requests[: int(world.clock["rows"][0])]
    alive = requests[requests["stage"] > ENTERING]
    _check_stations(units, alive, now)
    came = world.classes["next_number"] - 1  # the next of each class has been drawn and has not come yet
    left = world.tallies[:-1, bare_network.exit_place(world), bare_network.SERVED_COUNT].astype(np.int64)
    inside = np.bincount(alive["kind"][alive["parent"] < 0], minlength=len(came))
    _require_equal("class", "customers who came", came, "those who left and those inside", left + inside)
    strays = np.isin(alive["stage"], (SERVED, PART_SERVED)) & (alive["unit"] < 0)
    if strays.any():
        raise ConservationError(f"{strays.sum()} customers left a station and came nowhere")


def _check_stations(units: np.ndarray, alive: np.ndarray, now: int) -> None:
    here = alive[alive["unit"] >= 0]
    present = np.bincount(here["unit"], minlength=len(units))
    _require_equal("station", "waiting and busy", units["waiting"] + units["busy"], "customers there", present)
    gone = units["left"] + units["lost"]
    _require_equal("station", "arrived", units["arrived"], "left, lost and present", gone + present)
    # Little's law: the integral of the number present is the time spent by all who came, so far as it has passed.
    spent = units["sum_stays"].copy()
    np.add.at(spent, here["unit"], now - here["joined"])
    _require_equal("station", "integral of the number present", units["area_present"], "time spent there", spent)


def _require_equal(what: str, left_name: str, left: np.ndarray, right_name: str, right: np.ndarray) -> None:
    for number in np.flatnonzero(left != right):
        raise ConservationError(
            f"{what} number {number}: {left_name} {left[number]}, but {right_name} {right[number]}; these are equal "
            f"in every correct run"
        )
