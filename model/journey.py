"""What an engine asks of a request's life; the same questions for a street and for a bare network.

An engine knows five steps (SERVE, DELAY, GATE, FORK, END) and nothing of governance. Everything it must be told is asked here.
"""

from __future__ import annotations

from model import bare_network, gates, judging, serving, street
from model.compilation import inlined
from model.world import World


@inlined
def next_step(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The step that follows for request `r`: (step, place, amount).

    SERVE: unit, unused. DELAY: unused, microseconds. GATE: gate, unused. FORK: last child row (children are
    chained backwards by `branch`, the parent counts `pending`), unused. END: parent row or -1, unused.
    """
    world.requests["steps"][r] += 1
    if world.clock["network"][0]:
        return bare_network.next_step(world, r, now)
    return street.next_step(world, r, now)


@inlined
def next_arrival(world: World, r: int, now: int) -> int:
    """The row of the arrival that this one calls forth (the next customer of a class), or -1."""
    if world.clock["network"][0]:
        return bare_network.next_customer(world, world.requests["kind"][r], now)
    return -1


@inlined
def begin_work(world: World, r: int, u: int, now: int) -> int:
    """A server of unit `u` takes up `r`: the moment at which it will be done."""
    if world.clock["network"][0]:
        return bare_network.begin_work(world, r, u, now)
    return serving.begin_work(world, r, u, now)


@inlined
def end_work(world: World, r: int, u: int, now: int) -> None:
    """The server of unit `u` is done with `r`."""
    if world.clock["network"][0]:
        bare_network.end_work(world, r, u, now)
    else:
        serving.end_work(world, r, u, now)


@inlined
def queue_deadline(world: World, r: int, u: int, now: int) -> int:
    """When `r`, which has to wait at unit `u`, leaves the queue unserved; NEVER if it stays."""
    if world.clock["network"][0]:
        return bare_network.queue_deadline(world, r, u, now)
    return serving.queue_deadline(world, r, u, now)


@inlined
def leave_queue(world: World, r: int, u: int, now: int) -> None:
    """`r` leaves the queue of unit `u` unserved."""
    if world.clock["network"][0]:
        bare_network.leave_queue(world, r, u, now)
    else:
        serving.leave_queue(world, r, u, now)


@inlined
def lose_patience(world: World, r: int, now: int) -> None:
    """The patience of `r` runs out: a chase, a petition or giving up; may set the timer anew and raise priority."""
    judging.lose_patience(world, r, now)


@inlined
def gate_lets_through(world: World, gate: int, r: int, now: int) -> bool:
    """Whether `r` passes at this opening of the gate (asked in the order of priority and waiting time)."""
    return gates.lets_through(world, gate, r, now)


@inlined
def open_gate(world: World, gate: int, now: int) -> int:
    """Before those who wait are asked: what the opening itself does. Returns the moment of the next opening."""
    return gates.open_gate(world, gate, now)
