"""The fastest plain programs for one tandem of four stations, and how the engines of jiedao compare with them.

A tandem is the hardest comparison there is: the peers do nothing but this, while the engines ask the rules of `model`,
keep exact accounts and draw by address. Each ratio is of times taken in turn in one run, by the processor's clock, so
that a busy machine slows both sides alike. An event is one pop of an event list.
"""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections.abc import Callable, Generator
from statistics import median

import numba
import numpy as np
import simpy

from model.network import CustomerClass, Law, Network, Station
from model.network_run import TICKS, Replication

STATIONS = 4
LOAD = 0.8
"""Of each station: one server, exponential service of this mean, one arrival per unit of time."""

EVENTS_A_CUSTOMER = STATIONS + 1
"""Pops of a program without processes, such as the compiled engine: one arrival, and one finish at each station."""


def tandem(horizon: float) -> Network:
    """The tandem as a bare network."""
    names = [f"station {number}" for number in range(STATIONS)]
    stations = tuple(Station(name, 1, "fcfs", Law("exponential", LOAD)) for name in names)
    routing = {"customer": {name: {then: 1.0} for name, then in itertools.pairwise(names)}}
    customers = CustomerClass("customer", 1, names[0], Law("exponential", 1.0))
    return Network(stations, (customers,), routing, (), horizon, warmup=0.0, replications=2, seed=1)


def simpy_tandem(seed: int = 1) -> simpy.Environment:
    """The tandem as a SimPy user writes it, with nothing measured; ready to run."""
    draw = random.Random(seed)
    env = simpy.Environment()
    stations = [simpy.Resource(env) for _ in range(STATIONS)]

    def visit() -> Generator[simpy.Event, None, None]:
        for station in stations:
            with station.request() as turn:
                yield turn
                yield env.timeout(draw.expovariate(1.0 / LOAD))

    def arrivals() -> Generator[simpy.Event, None, None]:
        while True:
            yield env.timeout(draw.expovariate(1.0))
            env.process(visit())

    env.process(arrivals())
    return env


@numba.njit
def numba_tandem(horizon: float, draw: np.random.Generator) -> tuple[int, float]:
    """The tandem as one compiled loop over an event heap: events, and the total wait.

    An event is (time, place): 0 for an arrival from outside, else the station that finishes.
    """
    room = 65_536  # a ring of arrival times at each station; never filled at this load
    queued_at = np.zeros((STATIONS + 1, room))
    first = np.zeros(STATIONS + 1, np.int64)
    waiting = np.zeros(STATIONS + 1, np.int64)
    busy = np.zeros(STATIONS + 1, np.bool_)
    pending = [(draw.exponential(1.0), 0)]
    events, total_wait = 0, 0.0
    while pending[0][0] < horizon:
        now, place = heapq.heappop(pending)
        events += 1
        if place == 0:
            heapq.heappush(pending, (now + draw.exponential(1.0), 0))
        busy[place] = False
        joined = place + 1
        if joined <= STATIONS:
            queued_at[joined, (first[joined] + waiting[joined]) % room] = now
            waiting[joined] += 1
        for station in (place, joined):
            if 1 <= station <= STATIONS and waiting[station] > 0 and not busy[station]:
                total_wait += now - queued_at[station, first[station]]
                first[station] = (first[station] + 1) % room
                waiting[station] -= 1
                busy[station] = True
                heapq.heappush(pending, (now + draw.exponential(LOAD), station))
    return events, total_wait


def measure_speeds(quick: bool = True) -> dict[str, float]:
    """Speeds of engines and peers on the tandem, in events per second of processor time, and their ratios.

    `process_to_simpy` should be at least 1/6, and so should `process_to_simpy_customers`, which counts customers served
    and so does not depend on what counts as an event. `numba_to_compiled` says how many times as long the compiled
    engine takes for an event; it should be at most 4. Medians over repeats.
    """
    repeats, slow, fast = (3, 3_000.0, 300_000.0) if quick else (7, 20_000.0, 2_000_000.0)
    of_simpy, of_process = simpy_pops(), process_pops()
    numba_tandem(10.0, np.random.default_rng(1))
    _seconds_of_engine("compiled", 10.0)
    rounds = []
    for number in range(repeats):
        env = simpy_tandem(number)
        rounds.append(
            (
                slow / _seconds(lambda env=env: env.run(until=slow)),
                slow / _seconds_of_engine("process", slow),
                fast / _seconds(lambda number=number: numba_tandem(fast, np.random.default_rng(number))),
                fast / _seconds_of_engine("compiled", fast),
            )
        )
    simpy_peer, process, numba_peer, compiled = (median(column) for column in zip(*rounds, strict=True))
    return {
        "simpy_events_per_second": simpy_peer * of_simpy,
        "process_events_per_second": process * of_process,
        "process_to_simpy": median(b * of_process / (a * of_simpy) for a, b, _, _ in rounds),
        "process_to_simpy_customers": median(b / a for a, b, _, _ in rounds),
        "numba_events_per_second": numba_peer * EVENTS_A_CUSTOMER,
        "compiled_events_per_second": compiled * EVENTS_A_CUSTOMER,
        "numba_to_compiled": median(c / d for _, _, c, d in rounds),
        "compiled_to_process": median(d / b for _, b, _, d in rounds),
    }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _seconds_of_engine(engine: str, horizon: float) -> float:
    run = Replication(tandem(horizon), 1, engine)
    return _seconds(lambda: run.advance(horizon))


def simpy_pops() -> float:
    """Pops of the SimPy tandem for each customer."""
    return _pops_a_customer(simpy_tandem(), 2_000.0)


def process_pops() -> float:
    """Pops of the process engine for each customer of the tandem."""
    return _pops_a_customer(Replication(tandem(1.0), 1, "process").engine.env, 2_000 * TICKS)


def _pops_a_customer(env: simpy.Environment, end: float) -> float:
    """Pops of SimPy's event list for each customer, by a run until `end`, in which some 2,000 come."""
    pops = 0
    while env.peek() < end:
        env.step()
        pops += 1
    return pops / 2_000
