"""The compiled engine: one event heap, intrusive queues, the rules inlined by numba. Fast; `process.py` is the one to read.

Pending events lie in a binary heap ordered by (time, order), where `order` packs class rank, tie key and step ordinal.
Queues are pairing heaps whose links are columns beside the requests, so they need no room of their own and any request
can be taken out. `advance` stops early when the log or the rows run short; the caller makes room and calls again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model import journey
from model.calendars import is_open, next_opening
from model.codes import ARRIVAL, DELAY, END, FINISH, FORK, GATE, NEVER, OPENING, SERVE, TIMER
from model.compilation import inlined, kernel
from model.flow import LOG_MARGIN, ROW_MARGIN, count_arrival, count_finish, count_loss, count_start
from model.world import World

# What an event is about.
STEP_DONE, SERVICE_DONE, UNIT_OPENS, GATE_OPENS, PATIENCE_ENDS, QUEUE_LEFT, ARRIVES = range(7)
_RANK = np.array([FINISH, FINISH, OPENING, OPENING, TIMER, TIMER, ARRIVAL])

# Why `advance` came back.
DONE, LOG_FULL, ROWS_FULL = range(3)

EVENT = np.dtype([("time", "i8"), ("order", "i8"), ("what", "i8"), ("who", "i8"), ("mark", "i8")])
LINK = np.dtype([("child", "i8"), ("next", "i8"), ("previous", "i8"), ("place", "i8")])


class Engine(NamedTuple):
    """The engine's own state: nothing in it is read by rules."""

    heap: np.ndarray  # (4 x rows + units + gates,) of EVENT
    counts: np.ndarray  # (2,): events in the heap, events processed
    links: np.ndarray  # (rows,) of LINK
    unit_roots: np.ndarray  # (units,) root of each queue, -1 if empty
    gate_roots: np.ndarray  # (gates,)
    work: np.ndarray  # (64,) a small stack of requests to go on with in this event


def new_engine(world: World) -> Engine:
    """An engine with nothing pending for this world."""
    rows = world.requests.shape[0]
    return Engine(
        heap=np.zeros(3 * rows + 2 * len(world.units) + len(world.gates) + 64, EVENT),
        counts=np.zeros(2, np.int64),
        links=np.full(4 * rows, -1, np.int64).view(LINK),
        unit_roots=np.full(len(world.units), -1, np.int64),
        gate_roots=np.full(len(world.gates), -1, np.int64),
        work=np.zeros(64, np.int64),
    )


def with_more_rows(engine: Engine, rows: int) -> Engine:
    """The same engine with room for `rows` requests."""
    heap = np.zeros(3 * rows + len(engine.heap), EVENT)
    heap[: len(engine.heap)] = engine.heap
    links = np.full(rows * 4, -1, np.int64).view(LINK)
    links[: len(engine.links)] = engine.links
    return engine._replace(heap=heap, links=links)


@inlined
def _order(world: World, what: int, who: int) -> int:
    """Class rank, then keyed tie, then step: fair and equal in both engines."""
    if what == UNIT_OPENS:
        tie, step = world.units["key"][who] & 0xFFFFFFFFFFF, 0
    elif what == GATE_OPENS:
        tie, step = world.gates["key"][who] & 0xFFFFFFFFFFF, 0
    else:
        tie, step = world.requests["tie"][who], world.requests["steps"][who] & 0xFFFF
    return (_RANK[what] << 60) | (tie << 16) | step


@inlined
def _push(world: World, engine: Engine, time: int, what: int, who: int) -> None:
    order = _order(world, what, who)
    mark = world.requests["steps"][who] if what not in (UNIT_OPENS, GATE_OPENS) else 0
    heap = engine.heap
    i = engine.counts[0]
    engine.counts[0] = i + 1
    while i > 0:
        parent = (i - 1) >> 1
        above = heap["time"][parent]
        if above < time or (above == time and heap["order"][parent] <= order):
            break
        heap[i] = heap[parent]
        i = parent
    heap["time"][i] = time
    heap["order"][i] = order
    heap["what"][i] = what
    heap["who"][i] = who
    heap["mark"][i] = mark


@inlined
def _drop_first(engine: Engine) -> None:
    heap = engine.heap
    n = engine.counts[0] - 1
    engine.counts[0] = n
    engine.counts[1] += 1
    if n == 0:
        return
    time, order = heap["time"][n], heap["order"][n]
    i = 0
    child = 1
    while child < n:
        right = child + 1
        if right < n and (
            heap["time"][right] < heap["time"][child]
            or (heap["time"][right] == heap["time"][child] and heap["order"][right] < heap["order"][child])
        ):
            child = right
        below = heap["time"][child]
        if below > time or (below == time and heap["order"][child] >= order):
            break
        heap[i] = heap[child]
        i = child
        child = 2 * i + 1
    heap[i] = heap[n]


@inlined
def _before(world: World, a: int, b: int) -> bool:
    """Whether `a` is served before `b`: by priority, then arrival, then keyed tie."""
    q = world.requests
    if q["priority"][a] != q["priority"][b]:
        return q["priority"][a] < q["priority"][b]
    if q["entered"][a] != q["entered"][b]:
        return q["entered"][a] < q["entered"][b]
    return q["tie"][a] < q["tie"][b]


@inlined
def _meld(world: World, links: np.ndarray, a: int, b: int) -> int:
    if a < 0:
        return b
    if b < 0:
        return a
    if _before(world, b, a):
        a, b = b, a
    first = links["child"][a]
    links["next"][b] = first
    links["previous"][b] = a
    if first >= 0:
        links["previous"][first] = b
    links["child"][a] = b
    links["next"][a] = -1
    links["previous"][a] = -1
    return a


@inlined
def _meld_children(world: World, links: np.ndarray, r: int) -> int:
    """The queue without its root `r`: its children paired from the left, then melded from the right."""
    child = links["child"][r]
    links["child"][r] = -1
    pairs = -1
    while child >= 0:
        second = links["next"][child]
        rest = links["next"][second] if second >= 0 else -1
        links["next"][child] = -1
        links["previous"][child] = -1
        if second >= 0:
            links["next"][second] = -1
            links["previous"][second] = -1
            child = _meld(world, links, child, second)
        links["next"][child] = pairs
        pairs = child
        child = rest
    root = -1
    while pairs >= 0:
        following = links["next"][pairs]
        links["next"][pairs] = -1
        root = _meld(world, links, root, pairs)
        pairs = following
    return root


@inlined
def _insert(world: World, engine: Engine, root: int, r: int) -> int:
    links = engine.links
    links["child"][r] = -1
    links["next"][r] = -1
    links["previous"][r] = -1
    return _meld(world, links, root, r)


@inlined
def _take_out(world: World, engine: Engine, root: int, r: int) -> int:
    """The queue without `r`, wherever it stands."""
    links = engine.links
    if r == root:
        return _meld_children(world, links, r)
    before, after = links["previous"][r], links["next"][r]
    if links["child"][before] == r:
        links["child"][before] = after
    else:
        links["next"][before] = after
    if after >= 0:
        links["previous"][after] = before
    links["next"][r] = -1
    links["previous"][r] = -1
    return _meld(world, links, root, _meld_children(world, links, r))


@inlined
def _start_waiting(world: World, engine: Engine, u: int, now: int) -> None:
    """Free servers take waiting work, or the unit is set to wake when it opens."""
    units = world.units
    if units["waiting"][u] == 0 or units["busy"][u] >= units["servers"][u]:
        return
    if not is_open(world.days, units["calendar"][u], now):
        if units["opening"][u] < 0:
            units["opening"][u] = next_opening(world.days, units["calendar"][u], now)
            _push(world, engine, units["opening"][u], UNIT_OPENS, u)
        return
    while units["waiting"][u] > 0 and units["busy"][u] < units["servers"][u]:
        r = engine.unit_roots[u]
        engine.unit_roots[u] = _meld_children(world, engine.links, r)
        count_start(world, u, r, now)
        world.requests["queue_deadline"][r] = NEVER
        done = journey.begin_work(world, r, u, now)
        _push(world, engine, done, SERVICE_DONE, r)


@inlined
def _mind_patience(world: World, engine: Engine, r: int) -> None:
    q = world.requests
    if q["timer_at"][r] < NEVER and not q["timer_armed"][r]:
        q["timer_armed"][r] = True
        _push(world, engine, q["timer_at"][r], PATIENCE_ENDS, r)


@inlined
def _mind_queue_deadline(world: World, engine: Engine, u: int, r: int, now: int) -> None:
    if engine.unit_roots[u] == r or engine.links["previous"][r] >= 0:  # it has to wait
        deadline = journey.queue_deadline(world, r, u, now)
        if deadline < NEVER:
            world.requests["queue_deadline"][r] = deadline
            _push(world, engine, deadline, QUEUE_LEFT, r)


@inlined
def _go_on(world: World, engine: Engine, u: int, r: int, now: int) -> None:
    """Unit `u` (or -1) may start waiting work; then request `r` (or -1), and whom it brings along, take their next steps.

    One loop with one place for each question to the journey: a second place would double what must be compiled.
    """
    q = world.requests
    depth = 0
    if r >= 0:
        engine.work[0] = r
        depth = 1
    joined = -1
    while u >= 0 or depth > 0:
        if u >= 0:
            _start_waiting(world, engine, u, now)
            if joined >= 0:
                _mind_queue_deadline(world, engine, u, joined, now)
            u, joined = -1, -1
            continue
        depth -= 1
        r = engine.work[depth]
        step, place, amount = journey.next_step(world, r, now)
        if step != END:
            _mind_patience(world, engine, r)
        if step == SERVE:
            count_arrival(world, place, r, now)
            engine.unit_roots[place] = _insert(world, engine, engine.unit_roots[place], r)
            u, joined = place, r
        elif step == DELAY:
            _push(world, engine, now + amount, STEP_DONE, r)
        elif step == GATE:
            world.gates["waiting"][place] += 1
            q["entered"][r] = now
            q["unit"][r] = -2 - place
            engine.gate_roots[place] = _insert(world, engine, engine.gate_roots[place], r)
        elif step == FORK:
            child = place
            while child >= 0:  # from the last child to the first, which so lies on top
                engine.work[depth] = child
                depth += 1
                child = q["branch"][child]
        elif place >= 0:  # END of one part: the whole goes on when all parts are done
            q["pending"][place] -= 1
            if q["pending"][place] == 0:
                engine.work[depth] = place
                depth += 1


@inlined
def _requeue(world: World, engine: Engine, r: int, old: int) -> None:
    """A request whose priority was raised while it waits moves up; `old` is the priority under which it stands."""
    q = world.requests
    place = q["unit"][r]
    if place == -1 or q["priority"][r] == old:
        return
    new = q["priority"][r]
    q["priority"][r] = old
    if place >= 0:
        root = _take_out(world, engine, engine.unit_roots[place], r)
        q["priority"][r] = new
        engine.unit_roots[place] = _insert(world, engine, root, r)
    else:
        gate = -2 - place
        root = _take_out(world, engine, engine.gate_roots[gate], r)
        q["priority"][r] = new
        engine.gate_roots[gate] = _insert(world, engine, root, r)


@inlined
def _is_waiting(world: World, engine: Engine, r: int) -> bool:
    place = world.requests["unit"][r]
    if place >= 0:
        return engine.unit_roots[place] == r or engine.links["previous"][r] >= 0
    return place <= -2


@inlined
def _patience_ends(world: World, engine: Engine, r: int, now: int) -> None:
    q = world.requests
    due = q["timer_at"][r]
    if due > now:
        if due < NEVER:  # it was told a later date meanwhile
            _push(world, engine, due, PATIENCE_ENDS, r)
        else:
            q["timer_armed"][r] = False
        return
    q["timer_armed"][r] = False
    waiting = _is_waiting(world, engine, r)
    old = q["priority"][r]
    q["timer_at"][r] = NEVER
    journey.lose_patience(world, r, now)
    if waiting:
        _requeue(world, engine, r, old)
    _mind_patience(world, engine, r)


@inlined
def _gate_opens(world: World, engine: Engine, gate: int, now: int) -> None:
    """Ask everybody who waits, in order; those let through go on in an event of their own at this instant."""
    following = journey.open_gate(world, gate, now)
    root = engine.gate_roots[gate]
    kept = -1
    while root >= 0:
        r = root
        root = _meld_children(world, engine.links, r)
        if journey.gate_lets_through(world, gate, r, now):
            world.gates["waiting"][gate] -= 1
            world.requests["unit"][r] = -1
            _push(world, engine, now, STEP_DONE, r)
        else:
            kept = _insert(world, engine, kept, r)
    engine.gate_roots[gate] = kept
    if following < NEVER:
        world.gates["opens_at"][gate] = following
        _push(world, engine, following, GATE_OPENS, gate)


@inlined
def _happen(world: World, engine: Engine, what: int, who: int, mark: int, now: int) -> tuple[int, int]:
    """Let an event happen: the unit that may start work after it and the request that goes on, -1 for none."""
    q = world.requests
    if what == STEP_DONE:
        return -1, who
    if what == SERVICE_DONE:
        u = q["unit"][who]
        journey.end_work(world, who, u, now)
        count_finish(world, u, who, now)
        q["unit"][who] = -1
        return u, who
    if what == ARRIVES:
        following = journey.next_arrival(world, who, now)
        if following >= 0:
            _push(world, engine, q["onset"][following], ARRIVES, following)
        return -1, who
    if what == PATIENCE_ENDS:
        _patience_ends(world, engine, who, now)
        return -1, -1
    if what == QUEUE_LEFT:
        if q["steps"][who] != mark or q["queue_deadline"][who] != now:
            return -1, -1
        u = q["unit"][who]
        engine.unit_roots[u] = _take_out(world, engine, engine.unit_roots[u], who)
        count_loss(world, u, who, now)
        journey.leave_queue(world, who, u, now)
        return -1, who
    if what == UNIT_OPENS:
        world.units["opening"][who] = -1
        return who, -1
    _gate_opens(world, engine, who, now)
    return -1, -1


@kernel
def advance(world: World, engine: Engine, until: int, resumed: bool) -> int:
    """Process all events before `until`. Returns DONE, or LOG_FULL / ROWS_FULL when room must be made first.

    Every unit with free servers and waiting work is woken first, in unit order; not so where an advance is `resumed` after room
    was made, since a unit that opens at this very instant would then start before its turn.
    """
    q = world.requests
    heap = engine.heap
    waking = world.units.shape[0] if resumed else 0
    while True:
        if waking < world.units.shape[0]:
            unit, goes, now = waking, -1, world.clock["now"][0]
            waking += 1
        else:
            if engine.counts[0] == 0 or heap["time"][0] >= until:
                break
            if world.clock["logging"][0] and world.clock["logged"][0] > world.log.shape[0] - LOG_MARGIN:
                return LOG_FULL
            if world.clock["rows"][0] > q.shape[0] - ROW_MARGIN and world.clock["free"][0] < 0:
                return ROWS_FULL
            now, what, who, mark = heap["time"][0], heap["what"][0], heap["who"][0], heap["mark"][0]
            _drop_first(engine)
            world.clock["now"][0] = now
            unit, goes = _happen(world, engine, what, who, mark, now)
        _go_on(world, engine, unit, goes, now)
    world.clock["now"][0] = until
    return DONE


@kernel
def schedule_arrivals(world: World, engine: Engine, rows: np.ndarray) -> None:
    """Let the requests of these rows arrive at their onset."""
    for i in range(rows.shape[0]):
        _push(world, engine, world.requests["onset"][rows[i]], ARRIVES, rows[i])


@kernel
def schedule_gates(world: World, engine: Engine) -> None:
    """Let every gate open at its `opens_at`."""
    for gate in range(world.gates.shape[0]):
        if world.gates["opens_at"][gate] < NEVER:
            _push(world, engine, world.gates["opens_at"][gate], GATE_OPENS, gate)


@kernel
def transfer(world: World, engine: Engine, old: int, new: int) -> None:
    """Waiting work of one unit passes to another, in its order and with its arrival times."""
    now = world.clock["now"][0]
    while engine.unit_roots[old] >= 0:
        r = engine.unit_roots[old]
        engine.unit_roots[old] = _meld_children(world, engine.links, r)
        count_loss(world, old, r, now)
        count_arrival(world, new, r, now)
        engine.unit_roots[new] = _insert(world, engine, engine.unit_roots[new], r)
