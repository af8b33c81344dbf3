"""The two loops that could run away: chases that make work that makes chases, and a better street that is asked more of.

Both are measured in a run whose rules stay as they are; what they mean for a street is judged by who reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.codes import ENQUIRY, KINDS, UNIT_PROGRAMME, UNIT_TYPE_NAMES
from model.rules import effort_minutes, logistic, voice_score
from model.run import Outcome

_STEP = 1e-4  # relative step of the numerical derivative


@dataclass(frozen=True)
class UnitLoad:
    """How the units of one type spent the headline window, all of them together; hours.

    `largest_gain` is the repeat gain of the unit among them where it is largest.
    """

    unit_type: str
    units: int
    busy: float
    rostered: float
    work: float
    chases: float
    largest_gain: float

    @property
    def gain(self) -> float:
        """The repeat gain of the type as a whole."""
        return float(repeat_gain(self.busy, self.rostered, self.work, self.chases))


def repeat_gain(
    busy: np.ndarray | float, rostered: np.ndarray | float, work: np.ndarray | float, chases: np.ndarray | float
) -> np.ndarray:
    """g_rep = chase hours / (capacity - other work hours), in [0, 1]; 0 where nobody chased.

    Reckoned in rostered time, of which chases take their part of the work: skill, pace and paperwork slow all work alike.
    """
    chasing = np.divide(chases, work, out=np.zeros(np.shape(work)), where=np.asarray(work) > 0.0) * busy
    room = rostered - busy + chasing
    return np.divide(chasing, room, out=np.zeros(np.shape(chasing)), where=chasing > 0.0)


def unit_loads(units: np.ndarray, weeks: np.ndarray) -> list[UnitLoad]:
    """A row for each type of unit that worked. `units` have a `type`; `weeks` (weeks, units) is a part of the ledger."""
    sums = {name: weeks[name].sum(axis=0) for name in ("busy", "rostered", "work_hours", "chase_hours")}
    gains = repeat_gain(*sums.values())
    found = []
    for code, name in enumerate(UNIT_TYPE_NAMES):
        members = (units["type"] == code) & (sums["rostered"] > 0.0)
        if code != UNIT_PROGRAMME and members.any():
            totals = (float(column[members].sum()) for column in sums.values())
            found.append(UnitLoad(name, int(members.sum()), *totals, float(gains[members].max())))
    return found


def voice_elasticity(outcome: Outcome) -> float:
    """d ln load / d ln resolution: by how many percent more is reported where one percent more is settled.

    By the rule of voice itself, for a resident with the run's mean hope, trust, fatigue and effort, and each kind's mean
    severity; hope and trust rise in proportion to what is settled. Kinds weigh as much as is reported of them.
    """
    return (_load(outcome, 1.0 + _STEP) - _load(outcome, 1.0 - _STEP)) / (2.0 * _STEP * _load(outcome, 1.0))


def _load(outcome: Outcome, factor: float) -> float:
    """Needs reported a year and resident if hope and trust were `factor` times what they are."""
    world, s = outcome.world, outcome.world.settings[0]
    people, kinds = world.residents, world.kinds
    effort = _mean_effort_minutes(outcome) / s["voice_effort_reference_minutes"]
    trust, hope = factor * people["trust"].mean(), factor * people["perceived_chance"].mean()
    fatigue = people["fatigue"].mean()
    load = 0.0
    for k in range(KINDS):
        if k != ENQUIRY:
            score = voice_score(
                kinds["voice"][k], kinds["severity"][k], s["voice_severity_weight"], trust, s["voice_trust_weight"],
                hope, s["voice_efficacy_weight"], effort, s["voice_effort_weight"], fatigue, s["voice_fatigue_weight"],
            )  # fmt: skip
            load += kinds["rate"][k] * (1.0 - kinds["informal_share"][k]) * logistic(score)
    return float(load)


def _mean_effort_minutes(outcome: Outcome) -> float:
    s, people = outcome.world.settings[0], outcome.world.residents
    skilled = people["digital"] >= s["app_skill_threshold"]
    app = s["app_form_items"] * s["app_minutes_per_item"]
    total = 0.0
    for acquainted in (False, True):
        for digital in (0.0, 1.0):
            share = np.mean((people["acquainted"] == acquainted) & (skilled == (digital > 0.0)))
            minutes = effort_minutes(
                s["hotline_minutes"],
                s["grid_worker_contact_minutes"],
                acquainted,
                app,
                digital,
                s["app_skill_threshold"],
            )
            total += share * minutes
    return float(total)
