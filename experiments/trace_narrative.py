"""The life of one request told in sentences: what happened when, after which wait and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from experiments import trace_words as words
from experiments.trace_log import (
    CLOSED_DOORS,
    STAFF,
    Happening,
    Life,
    Spell,
    child_names,
    happenings_of,
    spells_of,
    urgings,
)
from model import draws
from model.calendars import finish_time, worked_until
from model.codes import CHANNEL_NAMES, DAY, EXPLAINED, HOUR, KIND_NAMES, OFFICE, PATROL, WEEK
from model.organization import KIND_DEPARTMENT, unit_types
from model.rules import attendance_chance, commitment_chance
from model.settling import department_of
from model.stages import COORDINATION_GATE, GATE_NAMES, LAYER_NAMES, MONEY_GATE
from model.world import World

Line = tuple[int, str]


@dataclass(frozen=True)
class Weeks:
    """What was noted at the start of each week of a run, since the state at the end has forgotten it."""

    willingness: dict[int, np.ndarray]  # by week: of each unit
    next_meeting: dict[int, int]  # by week: when the next coordination meeting is held

    def note(self, world: World, week: int) -> np.ndarray:
        """Note the state of a world at the start of `week`; adds no request (it is an `inject` of `simulate`)."""
        self.willingness[week] = world.units["willingness"].copy()
        self.next_meeting[week] = int(world.gates["opens_at"][COORDINATION_GATE])
        return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Meeting:
    """One coordination meeting on one case: departments that committed, came without committing, and stayed away."""

    time: int
    committed: list[int]
    undecided: list[int]
    absent: list[int]


def meetings_of(life: Life, weeks: Weeks) -> list[Meeting]:
    """The meetings that dealt with the case: the model's own draws, with the willingness of those weeks."""
    gate_in = next((h for h in life.happenings if h.event == "gate_in" and h.unit == COORDINATION_GATE), None)
    if gate_in is None:
        return []
    out = next((h for h in life.happenings if h.event == "gate_out" and h.unit == COORDINATION_GATE), None)
    until = out.time if out else int(life.outcome.world.clock["end"][0])
    dates = [t for t in _meeting_dates(life, weeks) if gate_in.time < t <= until]
    world, record, seed = life.outcome.world, life.record, life.outcome.seed
    outstanding = list(range(1, int(record["departments"])))
    found = []
    for held, time in enumerate(dates, 1):
        meeting = Meeting(time, [], [], [])
        for i in list(outstanding):
            d = department_of(world, life.row, i)
            willingness = weeks.willingness[time // WEEK][d]
            came = draws.uniform(seed, draws.ATTENDANCE, world.units["key"][d], time // DAY) < attendance_chance(
                willingness
            )
            u = draws.uniform(seed, draws.COMMITMENT, life.name, held * 8 + i)
            if came and u < commitment_chance(willingness):
                meeting.committed.append(d)
                outstanding.remove(i)
            else:
                (meeting.undecided if came else meeting.absent).append(d)
        found.append(meeting)
    return found


def _meeting_dates(life: Life, weeks: Weeks) -> list[int]:
    """When coordination meetings were held: from what was noted at each week's start on, as `gates.open_gate` goes on."""
    outcome, dates = life.outcome, set()
    for week, time in weeks.next_meeting.items():
        working_hours = outcome.configuration.values_at(week)["coordination_meeting_interval_weeks"] * 40.0
        while time < (week + 1) * WEEK:
            dates.add(time)
            time = finish_time(outcome.world.days, OFFICE, time, max(HOUR, int(working_hours * HOUR)))
    return sorted(dates)


class Narrative:
    """Turns a life into dated lines."""

    def __init__(self, life: Life, weeks: Weeks) -> None:
        self.life, self.weeks = life, weeks
        self.names = [name for _, name in unit_types(life.outcome.rows)]
        self.spells = spells_of(life)
        self.urged = urgings(life)
        self.letter = 0
        self.lines: list[Line] = []

    def tell(self) -> list[Line]:
        """All lines in order of time, up to the end of the request."""
        tellers: Mapping[str, Callable[[Happening, int], None]] = {
            "reported": self._reported, "queued": self._queued, "started": self._started, "returned": self._returned,
            "handed_over": self._handed_over, "refused": self._refused, "gate_in": self._gate_in, "gate_out": self._gate_out,
            "forked": self._forked, "joined": self._joined, "closed": self._closed, "reopened": self._reopened,
            "chased": self._chased, "petitioned": self._petitioned, "given_up": self._given_up,
            "turned_away": self._turned_away, "left_queue": self._left_queue,
        }  # fmt: skip
        for meeting in meetings_of(self.life, self.weeks):
            self._meeting(meeting)
        for i, h in enumerate(self.life.happenings):
            if h.event in tellers and h.time <= self.life.ended:
                tellers[h.event](h, i)
        return sorted(self.lines, key=lambda line: line[0])

    # --- helpers ---

    def _say(self, time: int, text: str) -> None:
        self.lines.append((time, words.capital(text)))

    def _unit(self, u: int) -> str:
        return words.unit_title(self.names[u])

    def _after(self, i: int, *events: str) -> Happening | None:
        """The next happening of one of these events."""
        return next((h for h in self.life.happenings[i + 1 :] if h.event in events), None)

    def _spell(self, stage: str, part: str, end: int) -> Spell | None:
        return next((s for s in self.spells if (s.stage, s.part) == (stage, part) and s.end == end), None)

    def _values(self, time: int) -> Mapping[str, float]:
        return self.life.outcome.configuration.values_at(time // WEEK)

    def _office_hours(self, u: int, begin: int, end: int) -> float:
        world = self.life.outcome.world
        calendar = world.units["calendar"][u]
        return (worked_until(world.days, calendar, end) - worked_until(world.days, calendar, begin)) / HOUR

    def _wait(self, h: Happening) -> str:
        """', after ... in its queue', or nothing if work began at once."""
        busy = self._spell(h.stage, STAFF, h.time)
        closed = self._spell(h.stage, CLOSED_DOORS, busy.begin if busy else h.time)
        if busy is None:
            return ", as soon as it opens" if closed else ""
        queue = words.length(busy.end - busy.begin)
        if busy.end - busy.begin >= DAY / 3:
            queue += f" ({self._office_hours(h.unit, busy.begin, busy.end):.0f} office hours)"
        return f", after {'it has opened and ' if closed else ''}{queue} in its queue"

    # --- coming in ---

    def _reported(self, h: Happening, i: int) -> None:
        record = self.life.record
        if record["origin"] == PATROL:
            waited = words.length(h.time - int(record["onset"]))
            self._say(h.time, f"nobody has reported it; after {waited} the grid worker comes across it on patrol.")
            return
        self._say(h.time, words.CHANNEL_LINES[CHANNEL_NAMES[h.reason]])
        intake = next((s for s in self.spells if s.stage == "city_intake" and s.begin == h.time), None)
        if intake is not None:
            passed = words.length(intake.end - intake.begin)
            self._say(
                intake.end, f"the city's operators pass it on to the street ({passed} after the call or message)."
            )

    def _turned_away(self, h: Happening, i: int) -> None:
        self._say(h.time, "the hall is too full or closing: the resident is turned away and has to come again.")

    def _queued(self, h: Happening, i: int) -> None:
        """Only delays before the queue are told here; the wait in it is told when work begins."""
        pile = self._spell("batch", "itself", h.time)
        if h.stage == "review" and pile is not None:
            lay = words.length(pile.end - pile.begin)
            self._say(h.time, f"the papers go to {self._unit(h.unit)} with the next batch, after {lay} on the pile.")
        fetched = self._spell("document_fetching", "itself", h.time)
        if fetched is not None:
            self._say(h.time, f"the missing paper is sent in, {words.length(fetched.end - fetched.begin)} later.")
        shuttle = self._spell("shuttle", "itself", h.time)
        if shuttle is not None:
            self._say(h.time, f"the case comes back from other offices, which were not in charge either ({words.length(shuttle.end - shuttle.begin)}).")  # fmt: skip
        visit = self._spell("going_to_hall", "itself", h.time)
        if h.stage == "hall" and visit is not None:
            self._say(h.time, f"the resident comes to the hall again, {words.length(visit.end - visit.begin)} later.")

    # --- work ---

    def _started(self, h: Happening, i: int) -> None:
        if h.stage == "waiting_list":
            listed = self._spell(h.stage, STAFF, h.time)
            waited = f", after {words.length(listed.end - listed.begin)} on the waiting list" if listed else ""
            self._say(h.time, f"a place is free{waited}: the resident has it from now on.")
            return
        finish = self._after(i, "finished")
        done = "; not done when the run ended"
        if finish is not None:
            done = f"; {words.hours_text(h.amount)} of work, done {words.at(finish.time, h.time)}"
        self._say(h.time, f"{self._unit(h.unit)} {self._activity(h, i)}{self._wait(h)}{done}.")

    def _activity(self, h: Happening, i: int) -> str:
        """What the unit does, and what comes of it."""
        after = self._after(
            i, "queued", "gate_in", "closed", "handed_over", "returned", "refused", "reported", "forked"
        )
        then = after.stage if after is not None and after.event == "queued" else ""
        if h.stage in ("first_look", "community_look"):
            return "has a first look" + (" and can settle it" if then == "grid_work" else " and passes it up")
        if h.stage == "sorting":
            to = f": to {self._unit(after.unit)}" if after is not None and after.event == "queued" else ""
            return f"decides whose it is{to}" + (" - wrongly" if then == "wrong_unit" else "")
        if h.stage in ("hall", "online_check"):
            papers = words.times(int(self.life.record["documents"]), "paper")
            verb = "receives the resident and checks" if h.stage == "hall" else "checks"
            missing = then in ("hall", "online_check") or (after is not None and after.event == "reported")
            return f"{verb} {papers}" + (": one is missing" if missing else "")
        if h.stage == "acknowledgement":
            return "gets its officer's go-ahead"
        return {
            "grid_work": "settles it on the spot",
            "review": "reviews the papers and passes them on",
            "take_up": "opens the case",
            "wrong_unit": "sees that it is not its business and sends it back to the desk",
            "clarification": "finds out what was missing",
            "leader_coordination": "hears both sides and says whose it is",
            "explanation": "puts on record why it cannot be settled here"
            if self.life.record["origin"] == PATROL
            else "explains to the resident why it cannot be settled here",
            "department_work": "takes the case up",
            "joint_work": "does its part",
            "joint_part": "does its part",
            "work": "works on it again"
            if any(e.event == "reopened" for e in self.life.happenings[:i])
            else "handles it",
            "duty_work": "is on the spot and deals with it",
        }.get(h.stage, "works on it")

    def _returned(self, h: Happening, i: int) -> None:
        if h.reason == 0:
            lost = f"{100 * (1 - h.amount):.0f}%"
            self._say(h.time, f"too much has been lost on the way up (about {lost} of the account): sent back to be clarified.")  # fmt: skip

    def _refused(self, h: Happening, i: int) -> None:
        goes = (
            "it goes to the leaders' office" if h.reason == 1 else "it is now nobody's case until somebody asks for it"
        )
        again = "" if h.reason == 1 else " again"
        self._say(h.time, f"{self._unit(h.unit)} says{again} that it is not in charge; {goes}.")

    def _handed_over(self, h: Happening, i: int) -> None:
        if h.reason < len(LAYER_NAMES):  # passed up by a reviewing layer: told with the review
            return
        self._say(h.time, f"the street lacks the power: a letter goes to {self._unit(h.unit)}.")
        taken = self._after(i, "queued")
        if taken is not None and taken.stage == "department_work" and taken.time <= self.life.ended:
            urged = self.urged.get(taken.time, 1) - 1
            more = f", having been urged {words.often(urged)}" if urged > 0 else ""
            took = words.length(taken.time - h.time)
            self._say(taken.time, f"the department has registered the letter{more} ({took} after it was sent).")

    # --- gates ---

    def _gate_in(self, h: Happening, i: int) -> None:
        record = self.life.record
        if h.unit == COORDINATION_GATE:
            n = int(record["departments"])
            others = [self._unit(department_of(self.life.outcome.world, self.life.row, j)) for j in range(1, n)]
            self._say(h.time, f"{words.listing(others)} must help: tabled for the next coordination meeting.")
        elif h.unit == MONEY_GATE:
            petty = words.yuan(self._values(h.time)["petty_cash_yuan"])
            line = KIND_DEPARTMENT[KIND_NAMES[record["kind"]]].replace("_", " ")
            cost = words.yuan(math.ceil(record["money"]))
            self._say(h.time, f"it costs {cost}, more than petty cash allows ({petty}): it waits for money from the {line} line.")  # fmt: skip

    def _meeting(self, meeting: Meeting) -> None:
        parts = [
            f"{words.listing([self._unit(d) for d in departments])} {one if len(departments) == 1 else many}"
            for departments, one, many in (
                (meeting.committed, "commits itself", "commit themselves"),
                (meeting.undecided, "comes but does not commit itself", "come but do not commit themselves"),
                (meeting.absent, "stays away", "stay away"),
            )
            if departments
        ]
        self._say(meeting.time, f"coordination meeting: {'; '.join(parts)}.")

    def _gate_out(self, h: Happening, i: int) -> None:
        gate_in = next(g for g in reversed(self.life.happenings[:i]) if g.event == "gate_in" and g.unit == h.unit)
        waited = words.length(h.time - gate_in.time)
        name = GATE_NAMES[h.unit]
        if name == "coordination_meeting":
            last = h.reason >= self._values(h.time)["coordination_rounds_max"]
            how = (
                "a leader decides for those who have not committed themselves"
                if last
                else "all have committed themselves"
            )
            self._say(h.time, f"{how}: work can begin, after {words.times(h.reason, 'meeting')} and {waited}.")
        elif name == "money":
            cost = math.ceil(self.life.record["money"])
            partner = f", {words.yuan(cost - h.amount)} of it from a partner" if h.amount < cost else ""
            self._say(h.time, f"the money is there: {words.yuan(cost)}{partner}, after {waited}.")
        else:
            asked = any(e.event == "chased" and e.time >= gate_in.time for e in self.life.happenings[:i])
            who = (
                "because the resident asked for it, somebody with authority" if asked else "the leaders' monthly round"
            )
            self._say(h.time, f"{who} says whose it is, after {waited}.")

    def _forked(self, h: Happening, i: int) -> None:
        parts = int(h.amount)
        self._say(h.time, f"{parts} other {'department begins its part' if parts == 1 else 'departments begin their parts, side by side'}.")  # fmt: skip
        for name in child_names(self.life, parts):
            rows = happenings_of(self.life.outcome, name)
            start = next((c for c in rows if c.event == "started"), None)
            end = next((c for c in rows if c.event == "finished"), None)
            if start is not None and end is not None:
                waited = f"after {words.length(start.time - h.time)}" if start.time > h.time else "at once"
                self._say(end.time, f"{self._unit(start.unit)} has done its part: begun {waited}, {words.hours_text(start.amount)} of work.")  # fmt: skip

    def _joined(self, h: Happening, i: int) -> None:
        self._say(h.time, "all the other departments have done their parts.")

    # --- patience and the end ---

    def _chased(self, h: Happening, i: int) -> None:
        while_ = words.WHILE.get(h.stage, f"is with {self._unit(h.unit)}" if h.unit >= 0 else "is under way")
        count = "loses patience and asks what has become of it" if h.amount <= 1 else "asks again"
        first = sum(e.event == "chased" for e in self.life.happenings[:i]) == 0
        effect = (
            "; from now on it goes before ordinary cases"
            if first and self.life.record["priority"] == 1 and not self.life.record["dangerous"]
            else ""
        )
        self._say(h.time, f"the resident {count}, while it {while_}{effect}.")

    def _petitioned(self, h: Happening, i: int) -> None:
        self._say(h.time, "the resident gives up on the street and petitions higher authorities; the work goes on.")

    def _given_up(self, h: Happening, i: int) -> None:
        if h.stage == "waiting_list":
            self._say(h.time, "the family gives up the waiting list.")
            return
        self._say(h.time, "the resident gives up; the street does not know and goes on with the case.")

    def _left_queue(self, h: Happening, i: int) -> None:
        if h.stage != "waiting_list":
            self._say(h.time, "the hall closes before the resident's turn: another visit is needed.")

    def _closed(self, h: Happening, i: int) -> None:
        how = (
            "closed as explained: it cannot be settled in this street"
            if h.reason == EXPLAINED
            else "settled and closed"
        )
        self._say(h.time, f"{how}, {words.length(h.time - self.life.reported)} after the report.")

    def _reopened(self, h: Happening, i: int) -> None:
        self._say(
            h.time, "it was not settled after all: it is reported again, reopened, and goes before ordinary cases."
        )
