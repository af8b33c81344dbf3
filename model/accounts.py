"""Laws that hold in every run whatever its input; a violation is a defect and stops the run.

Cheap: a few sums over units and requests at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.codes import NEVER
from model.errors import ConservationError
from model.money import money_is_conserved

if TYPE_CHECKING:
    from model.run import Outcome


def check_conservation(outcome: Outcome) -> None:
    """Units and gates lose nobody, Little's law holds to the microsecond, time in stages and staff hours and money add up.

    Raises ConservationError naming the law and the unit.
    """
    world = outcome.world
    units, requests = world.units, world.requests[: int(world.clock["rows"][0])]
    end = int(world.clock["end"][0])
    present = units["arrived"] - units["left"] - units["lost"]
    _demand("requests in = served + left + present", units["waiting"] + units["busy"], present)
    kept = requests["stage"] >= 0  # columns are masked, never whole records: a street-year of them is 50 MB
    live = kept & (requests["unit"] >= 0)
    stays = np.zeros(len(units), np.int64)
    np.add.at(stays, requests["unit"][live], end - requests["joined"][live])
    _demand("Little's law, L = lambda T", units["area_present"], units["sum_stays"] + stays)
    settled = kept & requests["is_case"] & (requests["settled"] < NEVER)
    when = requests["settled"][settled]
    if np.any(when < requests["reported"][settled]) or np.any(requests["responded"][settled] > when):
        raise ConservationError("a case was settled before it was reported, or before anybody responded")
    at_gates = requests["unit"][(requests["unit"] <= -2) & (requests["stage"] >= 0)]
    _demand(
        "those at a gate wait there", world.gates["waiting"], np.bincount(-2 - at_gates, minlength=len(world.gates))
    )
    # What was begun goes on where posts or places are fewer meanwhile; nothing more is begun.
    _demand("work begins only where somebody is free", units["overfull"], 0)
    open_now = kept & requests["is_case"] & (requests["reported"] < end) & (requests["closed"] == NEVER)
    _demand("cases reported = closed + open", world.clock["open_cases"], int(open_now.sum()))
    if len(world.lines) > 1 and not money_is_conserved(world):
        raise ConservationError("money is not conserved at the end of the run")
    _check_step_times(outcome, requests)


def _check_step_times(outcome: Outcome, requests: np.ndarray) -> None:
    """By kind, the stages' times of the cohort are all of what its settled cases took, and no more than what all took."""
    world = outcome.world
    tau = int(world.clock["tau"][0])
    chosen = requests["in_cohort"] & (requests["stage"] >= 0)
    kind, took = requests["kind"][chosen], (requests["settled"] - requests["reported"])[chosen]
    settled = (requests["settled"][chosen] < NEVER) & ~requests["gave_up"][chosen] & (took <= tau)
    least, most = (np.zeros(len(world.step_time), np.int64) for _ in range(2))
    np.add.at(least, kind[settled], took[settled])
    np.add.at(most, kind, np.where(settled, took, tau))
    steps = world.step_time.sum(axis=1)
    _demand("the stages of a kind's cases add up to the cases", np.clip(steps, least, most), steps)


def _demand(law: str, left: np.ndarray, right: np.ndarray | int) -> None:
    right = np.broadcast_to(right, left.shape)
    wrong = np.flatnonzero(left != right)
    if len(wrong):
        u = int(wrong[0])
        raise ConservationError(f"{law} fails at {u}: {left[u]} against {right[u]} ({len(wrong)} in all)")
