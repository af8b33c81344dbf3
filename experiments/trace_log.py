"""One request's life read back from the event log: its rows, and its time cut into spells without gap or overlap.

The log says when a request joins a queue, is begun and finished, and enters and leaves a gate. What lies between is a delay,
whose stage follows from what comes next; only the city's intake has to be computed again from its keyed draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model import draws
from model.calendars import next_opening
from model.codes import (
    CHANNEL_NAMES,
    EMERGENCY,
    EVENT_NAMES,
    HOUR,
    WEEK,
)
from model.run import Outcome
from model.stages import STAGE_NAMES

CLOSED_DOORS, STAFF, ITSELF = "closed", "staff", "itself"
GATE_STAGES = ("meeting", "money", "unowned")

# The delay that comes before joining a queue for a stage.
_DELAY_BEFORE = {
    "review": "batch", "acknowledgement": "approval", "duty_work": "travel", "clarification": "return",
    "department_work": "department_intake", "explanation": "shuttle", "online_check": "document_fetching",
    "hall": "going_to_hall",
}  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """One row of the log about one request, with its names. `time` in microseconds since 2024-01-01."""

    time: int
    step: int
    event: str
    unit: int
    reason: int
    amount: float

    @property
    def stage(self) -> str:
        """The stage that the row speaks of (queued, started, finished, chased, given up, petitioned)."""
        return STAGE_NAMES[self.reason]


@dataclass(frozen=True)
class Spell:
    """A stretch of a request's life in one stage: waiting for closed doors, for busy staff, or the stage itself."""

    stage: str
    part: str
    begin: int
    end: int
    unit: int = -1

    @property
    def hours(self) -> float:
        """Clock hours."""
        return (self.end - self.begin) / HOUR


@dataclass(frozen=True)
class Life:
    """All that one run knows about one request. `row` is its place in the run's table of requests."""

    outcome: Outcome
    row: int
    happenings: tuple[Happening, ...]

    @property
    def record(self) -> np.void:
        """Its row in the table of requests, as it stood at the end of the run."""
        return self.outcome.world.requests[self.row]

    @property
    def name(self) -> int:
        """Its keyed name."""
        return int(self.record["name"])

    @property
    def reported(self) -> int:
        """When the street heard of it."""
        return int(self.record["reported"])

    @property
    def ended(self) -> int:
        """When it was closed for the last time or left its waiting list; the end of the run if it is still open."""
        last = -1
        for happening in self.happenings:
            if happening.event == "closed" or (happening.event == "left_queue" and happening.stage == "waiting_list"):
                last = happening.time
            elif happening.event == "reopened":
                last = -1
        return last if last >= 0 else int(self.outcome.world.clock["end"][0])


def life_of(outcome: Outcome, row: int) -> Life:
    """The life of the request in this row of the table of requests."""
    return Life(outcome, row, happenings_of(outcome, int(outcome.world.requests["name"][row])))


def happenings_of(outcome: Outcome, name: int) -> tuple[Happening, ...]:
    """The log rows of one name in the order in which they were written."""
    rows = outcome.log[outcome.log["name"] == name]
    return tuple(
        Happening(int(r["time"]), int(r["step"]), EVENT_NAMES[r["event"]], int(r["unit"]), int(r["reason"]), float(r["amount"]))
        for r in rows
    )  # fmt: skip


def child_names(life: Life, parts: int) -> list[int]:
    """The names of the parts into which a request was split for departments that work side by side."""
    return [draws.key(life.outcome.seed, draws.PARALLEL_WORK, life.name, i + 1) for i in range(parts)]


class _Tape:
    """Cuts a life into spells: each `add` goes on from where the last one ended."""

    def __init__(self, life: Life) -> None:
        self.life, self.cursor = life, life.reported
        self.spells: list[Spell] = []
        self.stage, self.unit, self.state = "", -1, "on its way"

    def add(self, stage: str, part: str, until: int, unit: int = -1) -> None:
        """The time until `until` was this part of this stage."""
        if until > self.cursor:
            self.spells.append(Spell(stage, part, self.cursor, until, unit))
            self.cursor = until

    def enter(self, stage: str, state: str, unit: int = -1) -> None:
        """From now on the request is in this stage: in a queue, at work, at a gate, or on its way."""
        self.stage, self.state, self.unit = stage, state, unit

    def begin_work(self, h: Happening) -> None:
        """The wait ends: it was for closed doors until the unit first worked, then for staff."""
        world = self.life.outcome.world
        opened = next_opening(world.days, world.units["calendar"][h.unit], self.cursor)
        self.add(self.stage, CLOSED_DOORS, int(min(opened, h.time)), h.unit)
        self.add(self.stage, STAFF, h.time, h.unit)
        self.enter(self.stage, "work", h.unit)

    def leave(self, time: int) -> None:
        """The stage is over."""
        self.add(self.stage, STAFF if self.state == "queue" else ITSELF, time, self.unit)
        self.enter("", "on its way")

    def add_delay(self, came_in: bool, queued: Happening, turned_away: int) -> None:
        """What lay before this queue: where the case has just come in, the city's intake; then a delay."""
        if came_in and CHANNEL_NAMES[self.life.record["channel"]] in ("hotline", "app"):
            length = city_intake(self.life, self.cursor, turned_away)
            followed = queued.stage in ("review", "acknowledgement", "duty_work")
            self.add("city_intake", ITSELF, min(self.cursor + length, queued.time) if followed else queued.time)
        self.add(_DELAY_BEFORE.get(queued.stage, queued.stage), ITSELF, queued.time)


def spells_of(life: Life) -> list[Spell]:
    """The spells from report to end: they follow one another without gap, so their hours add up to the duration."""
    tape, ended = _Tape(life), life.ended
    came_in, turned_away = True, 0
    for h in life.happenings:
        if h.time < life.reported or h.time > ended:
            continue
        if h.event == "queued":
            if tape.state == "queue":  # its unit was abolished and it passed to another
                tape.leave(h.time)
            tape.add_delay(came_in, h, turned_away)
            tape.enter(h.stage, "queue", h.unit)
            came_in = False
        elif h.event == "started":
            tape.begin_work(h)
        elif h.event in ("finished", "left_queue", "gate_out", "joined") and tape.state != "on its way":
            tape.leave(h.time)
        elif h.event == "gate_in":
            tape.enter(GATE_STAGES[h.unit], "gate")
        elif h.event == "forked":
            tape.enter("joint_work", "parts")
        elif h.event == "reopened":
            tape.add("closed_unsettled", ITSELF, h.time)
        elif h.event == "turned_away":
            tape.add("going_to_hall", ITSELF, h.time)
            came_in, turned_away = True, turned_away + 1
    if tape.cursor < ended:  # still open at the end of the run
        tape.stage = tape.stage or STAGE_NAMES[life.record["stage"]]
        tape.leave(ended)
    return tape.spells


def city_intake(life: Life, since: int, contact: int) -> int:
    """How long the city's operators took, microseconds: the draw that the model made (`asking.choose_channel`)."""
    u = draws.uniform(life.outcome.seed, draws.APPROVAL, life.name, 100 + contact)
    values = life.outcome.configuration.values_at(since // WEEK)
    emergency = int(life.record["kind"]) == EMERGENCY
    hours = values["hotline_minutes"] / 60.0 if emergency else values["hotline_delay_hours"]
    return int(draws.exponential(u, hours) * HOUR)


def urgings(life: Life) -> dict[int, int]:
    """How often a letter to a department had to be repeated, by the time at which the department took it up at last.

    Each registering at the department is one step of the request, so the steps between the two log rows count them.
    """
    found = {}
    for a, b in pairwise(h for h in life.happenings if h.event in ("handed_over", "queued")):
        if b.event == "queued" and b.stage == "department_work":
            found[b.time] = b.step - a.step - 1
    return found
