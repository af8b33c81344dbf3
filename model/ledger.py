"""What a run writes down week by week beside the state: needs by kind and group, and how every unit's time was spent.

Nothing in the model reads it. It lets indicators be computed for any period, the warm-up included, of which the state keeps
sums of the headline window only.
"""

from __future__ import annotations

import numpy as np

from model import draws
from model.codes import ELDER_CARE, ENQUIRY, HOUR, KINDS, NEIGHBOUR_DISPUTE
from model.working_time import case_share
from model.world import World

NEEDED, INFORMAL, INFORMAL_IN_TIME = range(3)  # the last axis of `Ledger.needs`
URGENT_HOURS = 24.0  # what is due within a day stays so, whoever is needed (Beijing's hotline standard)
_FLOWS = {  # column: the unit's running account and how many of it make one
    "work_hours": ("work_hours", 1.0),
    "chase_hours": ("chase_hours", 1.0),
    "arrived": ("arrived", 1.0),
    "begun": ("begun", 1.0),
    "wait_hours": ("served_waits", float(HOUR)),
    "waiting_hours": ("area_waiting", float(HOUR)),
}
UNIT_WEEK = np.dtype(
    [(name, "f8") for name in ("busy", "rostered", "productive", "case_share", "overtime", "filled", *_FLOWS)],
    align=True,
)


def reference_due_hours(world: World, kind: np.ndarray, departments: np.ndarray, needs_power: np.ndarray) -> np.ndarray:
    """Hours within which needs ought to be settled (MODEL 2): their kind's, longer where a power or several departments are
    needed, unless the kind is urgent or allows more.
    """
    due = world.kinds["due"][kind].astype(float) / HOUR
    longer = ((departments > 1) | needs_power) & (due > URGENT_HOURS)
    return np.where(longer, np.maximum(due, world.settings["multi_department_due_hours"][0]), due)


class Ledger:
    """The weeks of a run from `first` (negative: warm-up) on, one row each.

    `needs[week, kind, group, what]`: needs that arose and, of these, those settled among neighbours or by a property firm,
    and those so settled within the reference due time; group 1 is the vulnerable; enquiries are no needs. `units[week, unit]`:
    hours busy and rostered, the productive share (overtime and the cover of vacancies included), the share of an hour at work
    that goes to cases, overtime as a share of the roster, posts filled, hours of work and of chases taken up, customers come
    and begun, the waits of those begun and the waiting of all, in hours. `open_cases[week]`: cases open at the week's end.
    """

    def __init__(self, world: World, first: int, weeks: int) -> None:
        self.first = first
        self.needs = np.zeros((weeks, KINDS, 2, 3), np.int64)
        self.units = np.zeros((weeks, len(world.units)), UNIT_WEEK)
        self.open_cases = np.zeros(weeks, np.int64)
        self._open(world)

    def rows(self, first: int, last: int) -> slice:
        """The rows of a period, both weeks in."""
        return slice(first - self.first, last + 1 - self.first)

    def note_needs(self, world: World, week: int, drawn: np.ndarray) -> None:
        """Count the needs of `week`, whose request rows have just been drawn; who settles them is drawn as the journey will."""
        q = world.requests
        drawn = drawn[q["kind"][drawn] != ENQUIRY]
        kind, group = q["kind"][drawn], q["vulnerable"][drawn].astype(np.int64)
        chance = world.kinds["informal_share"][kind]  # and what mutual aid may settle, as in `asking.meet_need`
        chance = chance + ((kind == ELDER_CARE) | (kind == NEIGHBOUR_DISPUTE)) * world.settings["mutual_aid_share"][0]
        seed = int(world.clock["seed"][0])
        luck = draws.uniforms(seed, draws.INFORMAL_SETTLEMENT, q["name"][drawn], 0)
        table = self.needs[week - self.first]
        informal = luck < chance
        delays = draws.uniforms(seed, draws.INFORMAL_DELAY, q["name"][drawn], 0)  # as the journey will draw them
        took = 24.0 * draws.exponentials(delays, world.settings["informal_settlement_days"][0])
        in_time = took <= reference_due_hours(world, kind, q["departments"][drawn], q["needs_power"][drawn])
        np.add.at(table, (kind, group, NEEDED), 1)
        np.add.at(table, (kind, group, INFORMAL), informal)
        np.add.at(table, (kind, group, INFORMAL_IN_TIME), informal & in_time)

    def close_week(self, world: World, week: int) -> None:
        """Write down how the units spent `week`; call it once the boundary that follows has closed its accounts."""
        row, units = self.units[week - self.first], world.units
        row["busy"], row["rostered"] = units["week_busy"] / HOUR, units["week_rostered"] / HOUR
        self.open_cases[week - self.first] = world.clock["open_cases"][0]
        for column, as_it_opened in self._opened.items():
            row[column] = as_it_opened
        for column, (account, one) in _FLOWS.items():
            row[column] = (units[account] - self._accounts[account]) / one
        self._open(world)

    def _open(self, world: World) -> None:
        units = world.units
        self._opened = {column: units[column].copy() for column in ("productive", "overtime", "filled")}
        self._opened["case_share"] = case_share(units["productive"], units["overtime"], units["manned"])
        self._accounts = {account: units[account].copy() for account, _ in _FLOWS.values()}
