"""The readable engine: every request is a SimPy process that tells its own story; units and gates are Mesa agents.

The rules it asks (`model.journey`) are the same that the compiled engine asks, here run as plain Python. Both engines order events by
(time, class rank, tie key, step), so their logs are equal to the bit.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable

import mesa
import simpy

from model import journey
from model.calendars import is_open, next_opening
from model.codes import ARRIVAL, DELAY, END, FINISH, FORK, GATE, NEVER, OPENING, SERVE, TIMER
from model.engines.columns import in_plain_python
from model.flow import LOG_MARGIN, ROW_MARGIN, count_arrival, count_finish, count_loss, count_start
from model.world import World

Process = Generator[simpy.Event, None, None]


class Moment(simpy.Event):
    """A moment to come, ordered among moments of one instant by class rank, tie key and step."""

    def __init__(self, env: simpy.Environment, at: int, rank: int, tie: int, step: int = 0) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority=(rank << 60) | (tie << 16) | (step & 0xFFFF), delay=at - env.now)


class Waiting:
    """A queue by (priority, arrival, tie); whoever leaves or moves up is skipped when found."""

    def __init__(self, world: World) -> None:
        self.requests = world.requests
        self.heap: list[tuple[int, int, int, int, int]] = []
        self.ticket: dict[int, int] = {}
        self.tickets = 0

    def add(self, r: int) -> None:
        q = self.requests
        self.tickets += 1
        self.ticket[r] = self.tickets
        heapq.heappush(self.heap, (q["priority"][r], q["entered"][r], q["tie"][r], self.tickets, r))

    def remove(self, r: int) -> None:
        del self.ticket[r]

    def __contains__(self, r: int) -> bool:
        return r in self.ticket

    def pop(self) -> int | None:
        """The next in order, or None."""
        while self.heap:
            *_, ticket, r = heapq.heappop(self.heap)
            if self.ticket.get(r) == ticket:
                del self.ticket[r]
                return r
        return None


class Unit(mesa.Agent):
    """An office with staff: requests wait in its queue and are served when it is open and somebody is free."""

    def __init__(self, model: mesa.Model, engine: ProcessEngine, row: int) -> None:
        super().__init__(model)
        self.engine, self.row = engine, row
        self.world, self.env = engine.world, engine.env
        self.waiting = Waiting(engine.world)
        self.turn: dict[int, simpy.Event] = {}  # what each waiting request's process waits for

    def serve(self, r: int) -> simpy.Event:
        """Join the queue; the event happens when the service is over or the queue was left."""
        now = self.env.now
        turn = self.turn[r] = self.env.event()
        count_arrival(self.world, self.row, r, now)
        self.waiting.add(r)
        self.start_waiting()
        if r in self.waiting:
            deadline = journey.queue_deadline(self.world, r, self.row, now)
            if deadline < NEVER:
                self.world.requests["queue_deadline"][r] = deadline
                self.engine.at(deadline, TIMER, r).callbacks.append(self._leaver(r, deadline))
        return turn

    def _leaver(self, r: int, deadline: int) -> Callable[[simpy.Event], None]:
        q, mark = self.world.requests, self.world.requests["steps"][r]

        def leave(_: simpy.Event) -> None:
            self.engine.meet(self.env.now)
            if q["steps"][r] == mark and q["queue_deadline"][r] == deadline and r in self.waiting:
                self.waiting.remove(r)
                count_loss(self.world, self.row, r, self.env.now)
                journey.leave_queue(self.world, r, self.row, self.env.now)
                self.turn.pop(r).succeed()

        return leave

    def start_waiting(self) -> None:
        """Free servers take waiting work, or the unit sets itself to wake when it opens."""
        units, u, now = self.world.units, self.row, self.env.now
        waiting, busy, servers = units["waiting"], units["busy"], units["servers"]
        if waiting[u] == 0 or busy[u] >= servers[u]:
            return
        if not is_open(self.world.days, units["calendar"][u], now):
            if units["opening"][u] < 0:
                opening = units["opening"][u] = next_opening(self.world.days, units["calendar"][u], now)
                tie = units["key"][u] & 0xFFFFFFFFFFF
                Moment(self.env, opening, OPENING, tie).callbacks.append(self.open)
            return
        while waiting[u] > 0 and busy[u] < servers[u]:
            self.start(self.waiting.pop(), now)

    def open(self, _: simpy.Event) -> None:
        self.engine.meet(self.env.now)
        self.world.units["opening"][self.row] = -1
        self.start_waiting()

    def start(self, r: int, now: int) -> None:
        count_start(self.world, self.row, r, now)
        self.world.requests["queue_deadline"][r] = NEVER
        done = journey.begin_work(self.world, r, self.row, now)
        self.engine.at(done, FINISH, r).callbacks.append(lambda _: self.finish(r))

    def finish(self, r: int) -> None:
        now = self.env.now
        self.engine.meet(now)
        journey.end_work(self.world, r, self.row, now)
        count_finish(self.world, self.row, r, now)
        self.world.requests["unit"][r] = -1
        self.start_waiting()
        self.turn.pop(r).succeed()

    def hand_over_to(self, other: Unit) -> None:
        """All waiting work passes to another unit, in its order and with its arrival times."""
        while (r := self.waiting.pop()) is not None:
            count_loss(self.world, self.row, r, self.env.now)
            count_arrival(self.world, other.row, r, self.env.now)
            other.turn[r] = self.turn.pop(r)
            other.waiting.add(r)


class Gate(mesa.Agent):
    """A meeting, a release of money or another moment that lets some of those who wait go on."""

    def __init__(self, model: mesa.Model, engine: ProcessEngine, row: int) -> None:
        super().__init__(model)
        self.engine, self.row = engine, row
        self.world, self.env = engine.world, engine.env
        self.waiting = Waiting(engine.world)
        self.turn: dict[int, simpy.Event] = {}
        self.set_opening(self.world.gates["opens_at"][row])

    def set_opening(self, at: int) -> None:
        if at < NEVER:
            tie = self.world.gates["key"][self.row] & 0xFFFFFFFFFFF
            Moment(self.env, at, OPENING, tie).callbacks.append(self.open)

    def admit(self, r: int) -> simpy.Event:
        """Wait at the gate; the event happens when it has let the request through."""
        self.world.gates["waiting"][self.row] += 1
        self.world.requests["entered"][r] = self.env.now
        self.world.requests["unit"][r] = -2 - self.row
        self.waiting.add(r)
        turn = self.turn[r] = self.env.event()
        return turn

    def open(self, _: simpy.Event) -> None:
        self.engine.meet(self.env.now)
        following = journey.open_gate(self.world, self.row, self.env.now)
        kept = []
        while (r := self.waiting.pop()) is not None:
            if journey.gate_lets_through(self.world, self.row, r, self.env.now):
                self.world.gates["waiting"][self.row] -= 1
                self.world.requests["unit"][r] = -1
                turn = self.turn.pop(r)
                self.engine.at(self.env.now, FINISH, r).callbacks.append(self.engine.resume(turn))
            else:
                kept.append(r)
        for r in kept:
            self.waiting.add(r)
        if following < NEVER:
            self.world.gates["opens_at"][self.row] = following
            self.set_opening(following)


class ProcessEngine:
    """Runs a world by SimPy processes. Same interface as the compiled engine: advance, schedule, transfer."""

    def __init__(
        self,
        world: World,
        model: mesa.Model,
        keep_log: Callable[[], None],
        more_rows: Callable[[], World] | None = None,
    ) -> None:
        """`keep_log` empties a log that gets full; `more_rows` gives the world with room for more requests."""
        self.world = in_plain_python(world)
        self.keep_log, self.more_rows = keep_log, more_rows
        self.log_limit = len(world.log) - LOG_MARGIN if world.clock["logging"][0] else NEVER
        self.row_limit = len(world.requests) - ROW_MARGIN if more_rows else NEVER
        self.env = simpy.Environment(initial_time=int(world.clock["now"][0]))
        self.events = 0
        self.units = [Unit(model, self, row) for row in range(len(world.units))]
        self.gates = [Gate(model, self, row) for row in range(len(world.gates))]

    def at(self, time: int, rank: int, r: int) -> Moment:
        """A moment of request `r`."""
        q = self.world.requests
        return Moment(self.env, time, rank, q["tie"][r], q["steps"][r])

    def meet(self, now: int) -> None:
        """Count an event, tell the world what time it is, and see that the event finds room."""
        clock = self.world.clock
        self.events += 1
        clock["now"][0] = now
        if clock["logged"][0] > self.log_limit:
            self.keep_log()
        if clock["rows"][0] > self.row_limit and clock["free"][0] < 0:
            self.use(self.more_rows())

    def use(self, world: World) -> None:
        """Go on with the same world in arrays with more room for requests."""
        self.world.requests.show(world.requests)
        self.row_limit = len(world.requests) - ROW_MARGIN

    def resume(self, turn: simpy.Event) -> Callable[[simpy.Event], None]:
        """A callback by which a process that waits for `turn` goes on in an event of its own."""

        def go_on(_: simpy.Event) -> None:
            self.meet(self.env.now)
            turn.succeed()

        return go_on

    def schedule_arrivals(self, rows: Iterable[int]) -> None:
        """Let the requests of these rows arrive at their onset."""
        for r in rows:
            self.env.process(self.arrive(int(r)))

    def arrive(self, r: int) -> Process:
        """A request comes into the world, calls forth the next of its kind if it is one of a stream, and lives."""
        yield self.at(self.world.requests["onset"][r], ARRIVAL, r)
        self.meet(self.env.now)
        following = journey.next_arrival(self.world, r, self.env.now)
        if following >= 0:
            self.schedule_arrivals([following])
        yield from self.live(r)

    def live(self, r: int) -> Process:
        """The life of a request: from one step to the next until the end."""
        while True:
            step, place, amount = journey.next_step(self.world, r, self.env.now)
            if step == END:
                if place >= 0:
                    self.world.requests["pending"][place] -= 1
                return
            self.mind_patience(r)
            if step == SERVE:
                yield self.units[place].serve(r)
            elif step == DELAY:
                yield self.at(self.env.now + amount, FINISH, r)
                self.meet(self.env.now)
            elif step == GATE:
                yield self.gates[place].admit(r)
            elif step == FORK:
                yield simpy.AllOf(self.env, [self.env.process(self.live(c)) for c in self.parts(place)])

    def parts(self, last: int) -> list[int]:
        """The parts into which a request was split, first to last."""
        rows = []
        while last >= 0:
            rows.append(last)
            last = self.world.requests["branch"][last]
        return rows[::-1]

    def mind_patience(self, r: int) -> None:
        """Start the clock of a request's patience if it has been set and does not run yet."""
        q = self.world.requests
        if q["timer_at"][r] < NEVER and not q["timer_armed"][r]:
            q["timer_armed"][r] = True
            self.env.process(self.be_patient(r))

    def be_patient(self, r: int) -> Process:
        """Wait until patience runs out, again and again; being told a later date starts the wait anew."""
        q = self.world.requests
        while q["timer_at"][r] < NEVER:
            yield self.at(q["timer_at"][r], TIMER, r)
            self.meet(self.env.now)
            if q["timer_at"][r] > self.env.now:
                continue
            q["timer_armed"][r] = False
            q["timer_at"][r] = NEVER
            queue = self.queue_of(r)
            journey.lose_patience(self.world, r, self.env.now)
            if queue is not None:  # a raised priority moves it up
                queue.remove(r)
                queue.add(r)
            q["timer_armed"][r] = q["timer_at"][r] < NEVER
        q["timer_armed"][r] = False

    def queue_of(self, r: int) -> Waiting | None:
        """The queue in which the request waits now, of a unit or of a gate."""
        place = self.world.requests["unit"][r]
        if place >= 0 and r in self.units[place].waiting:
            return self.units[place].waiting
        return self.gates[-2 - place].waiting if place <= -2 else None

    def advance(self, until: int) -> None:
        """Process all events before `until`, having first woken every unit with free staff and waiting work."""
        for unit in self.units:
            unit.start_waiting()
        if until > self.env.now:  # SimPy refuses to run for no time at all
            self.env.run(until=int(until))
        self.world.clock["now"][0] = until

    def transfer(self, old: int, new: int) -> None:
        """Waiting work of one unit passes to another."""
        self.units[old].hand_over_to(self.units[new])
