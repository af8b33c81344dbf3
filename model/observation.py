"""What is kept of the state a run leaves: all that indicators are made of, and little enough to pool several streets.

A place above 150,000 residents is several streets, each run by itself; their observations are pooled and the indicators computed
from the whole, so that a rate is a ratio of the place's sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from model.case_indicators import Cases
from model.codes import HOUR, NEVER, WEEK
from model.configuration import Configuration
from model.feedback import voice_elasticity
from model.ledger import reference_due_hours
from model.organization import wanted_posts
from model.run import Outcome

# The fields of a record that indicators read; the rest of it stays where it is.
_FIELDS = (
    "name", "kind", "grid", "vulnerable", "origin", "departments", "settleable", "needs_power", "onset", "reported", "acknowledged", "responded", "settled",
    "closed", "outcome", "gave_up", "chases", "reopenings", "contacts", "rated", "satisfied", "visits", "turned_away",
    "papers", "hand_overs", "by_grid", "misroutes", "dispatches", "meetings", "channel", "in_cohort",
    "work_hours", "money", "paid",
)  # fmt: skip
_WIDE = ("name", "onset", "reported", "acknowledged", "responded", "settled", "closed")  # keys and times need 64 bits
_UNIT_FIELDS = ("type", "wage", "posts", "productive", "work_hours")


@dataclass(frozen=True)
class Observation:
    """One run's cases and accounts, or those of several streets together.

    `weekly`, `needs` and `step_time` are as in the state, `ledger_needs` (weeks, kinds, 2 groups, 3), `open_cases` (weeks) and `unit_weeks` (weeks,
    units) as in the ledger; `units` holds the units' types, wages, posts (and `wanted`, posts by load as real numbers), hours of
    the whole run, and `programme_of`, the kind of need that a programme has places for (-1: no programme). `tau` is in
    microseconds. `voice` is the elasticity of what is reported to what is settled.
    """

    configuration: Configuration
    window: tuple[int, int]
    residents: int
    tau: int
    events: int
    cases: Cases
    weekly: np.ndarray
    needs: np.ndarray
    step_time: np.ndarray
    ledger_needs: np.ndarray
    open_cases: np.ndarray
    unit_weeks: np.ndarray
    units: np.ndarray
    voice: float

    def rows(self, first: int, last: int) -> slice:
        """The rows of a period in weekly tables, both weeks in; negative weeks are the warm-up."""
        opened = -self.configuration.warmup_weeks
        return slice(first - opened, last + 1 - opened)

    @cached_property
    def met(self) -> np.ndarray:
        """Needs by week of onset, kind and group that the street settled: within 90 days of onset; within the due time."""
        q = self.cases.records
        week = q["onset"] // WEEK + self.configuration.warmup_weeks
        cells = (week, q["kind"], q["vulnerable"].astype(np.int64))
        table = np.zeros((*self.ledger_needs.shape[:3], 2), np.int64)
        np.add.at(table, (*cells, 0), q["settled"] - q["onset"] <= self.tau)  # whoever still waits for it
        np.add.at(table, (*cells, 1), self.cases.on_time)
        return table


def observe(outcome: Outcome) -> Observation:
    """What indicators need of a run. The arrays are copies or views that keep little of the state alive."""
    world, ledger = outcome.world, outcome.ledger
    columns = [*((name, world.units.dtype[name]) for name in _UNIT_FIELDS), ("wanted", "f8"), ("programme_of", "i8")]
    units = np.zeros(len(world.units), columns)
    for name in _UNIT_FIELDS:
        units[name] = world.units[name]
    units["wanted"] = wanted_posts(world, outcome.configuration.values, outcome.staff)
    units["programme_of"] = -1
    for kind in np.flatnonzero(world.kinds["programme"] >= 0):
        units["programme_of"][world.kinds["programme"][kind]] = kind
    return Observation(
        outcome.configuration, outcome.window, len(world.residents), int(world.clock["tau"][0]), outcome.events,
        _read_cases(outcome), world.weekly, world.needs, world.step_time, ledger.needs, ledger.open_cases, ledger.units, units, voice_elasticity(outcome),
    )  # fmt: skip


def pool(streets: Sequence[Observation]) -> Observation:
    """Several streets of one configuration as one place; raises ValueError if there is none."""
    if not streets:
        raise ValueError("there is no street to pool")
    cases = [street.cases for street in streets]
    joined = Cases(*(np.concatenate([getattr(c, name) for c in cases]) for name in Cases.__dataclass_fields__))
    sums = {
        n: np.sum([getattr(s, n) for s in streets], axis=0)
        for n in ("weekly", "needs", "step_time", "ledger_needs", "open_cases")
    }
    return replace(
        streets[0],
        residents=sum(street.residents for street in streets),
        events=sum(street.events for street in streets),
        cases=joined.where(np.argsort(joined.records["reported"], kind="stable")),
        unit_weeks=np.concatenate([street.unit_weeks for street in streets], axis=1),
        units=np.concatenate([street.units for street in streets]),
        voice=float(np.mean([street.voice for street in streets])),  # streets of a place are of one size
        **sums,
    )


def _read_cases(outcome: Outcome) -> Cases:
    """All cases of a run, whenever they were reported."""
    q = _records(outcome)
    world = outcome.world
    tau = float(world.clock["tau"][0])
    settled = (q["settled"] < NEVER) & ~q["gave_up"] & (q["settled"] - q["reported"] <= tau)
    resolution = np.where(settled, (q["settled"] - q["reported"]) / HOUR, tau / HOUR)
    answered = (q["responded"] < NEVER) & (q["responded"] - q["reported"] <= tau)
    response = np.where(answered, (q["responded"] - q["reported"]) / HOUR, tau / HOUR)
    due = reference_due_hours(world, q["kind"], q["departments"], q["needs_power"])
    own = due * _by_week_of_report(outcome, q["reported"], "deadline_hours_factor")
    repeat = (q["chases"] > 0) | (q["reopenings"] > 0)
    return Cases(q, settled, resolution, response, settled & (resolution <= due), settled & (resolution <= own), repeat)


def _records(outcome: Outcome) -> np.ndarray:
    requests = outcome.world.requests[: int(outcome.world.clock["rows"][0])]
    rows = np.flatnonzero(outcome.case_rows)
    rows = rows[np.argsort(requests["reported"][rows], kind="stable")]
    whole_number = requests.dtype["kind"]
    narrow = {name: "i4" for name in _FIELDS if requests.dtype[name] == whole_number and name not in _WIDE}
    records = np.zeros(len(rows), [(name, narrow.get(name, requests.dtype[name])) for name in _FIELDS])
    for name in _FIELDS:
        records[name] = requests[name][rows]
    return records


def _by_week_of_report(outcome: Outcome, reported: np.ndarray, parameter: str) -> np.ndarray:
    """What a parameter was, for each case, in the week in which it was reported."""
    weeks, row = np.unique(reported // WEEK, return_inverse=True)
    return np.array([outcome.configuration.values_at(int(week))[parameter] for week in weeks], float)[row]
