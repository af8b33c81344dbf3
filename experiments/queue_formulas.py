"""Exact long-run results of queueing theory for single stations, and for a fork of two.

Rates are per unit of time and durations in the same unit, whatever it is. What the measures mean, here and in
the tables of `verify`, at one station and counting each arrival there (parts of forked customers and
customers coming back are arrivals too):

    P(blocked)  share of the arrivals turned away because the station is full
    P(abandon)  share of the arrivals that join and then give up waiting
    P(wait)     share of those who join that are not served at once
    W           mean time in the queue of those who join, until service or giving up
    T           mean time at the station of those who join: W and service
    Lq, L       mean number in the queue, and at the station

Over a whole visit T runs from the arrival from outside until the customer leaves the network, served or lost,
with all that lies between: stations, waiting for the other parts of a fork, and time away before coming back.

Formulas: Erlang (1917); Pollaczek (1930), Khinchine (1932); Cobham (1954); Palm (1957) for abandonment;
Falin & Templeton (1997) for retrials; Flatto & Hahn (1984), Nelson & Tantawi (1988) for the fork.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class QueueMeasures:
    """The measures of one station in the long run, as defined at the head of this file."""

    wait: float
    time: float
    number: float
    queue: float
    p_wait: float
    p_abandon: float = 0.0
    p_blocked: float = 0.0

    def named(self) -> dict[str, float]:
        """The measures under the names that tables show."""
        return {
            "W": self.wait,
            "T": self.time,
            "L": self.number,
            "Lq": self.queue,
            "P(wait)": self.p_wait,
            "P(abandon)": self.p_abandon,
            "P(blocked)": self.p_blocked,
        }


def erlang_b(offered: float, servers: int) -> float:
    """Chance that all servers are busy with no room to wait, at an offered load = rate x mean service.

    Holds for every service law with that mean.
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(rate: float, mean: float, servers: int) -> QueueMeasures:
    """M/M/c: Poisson arrivals, exponential service, room for all, in order of arrival. Load below 1."""
    offered = rate * mean
    _require_stable(offered / servers)
    blocked = erlang_b(offered, servers)
    p_wait = blocked / (1.0 - offered / servers * (1.0 - blocked))
    return open_queue(rate, mean, p_wait * mean / (servers - offered), p_wait)


def pollaczek_khinchine(rate: float, mean: float, cv2: float) -> QueueMeasures:
    """M/G/1: one server and any service law with this mean and squared coefficient of variation."""
    load = rate * mean
    _require_stable(load)
    return open_queue(rate, mean, load * mean * (1.0 + cv2) / (2.0 * (1.0 - load)), load)


def cobham(rates: Sequence[float], means: Sequence[float], second_moments: Sequence[float]) -> list[float]:
    """Mean waits by class, the first class served first, of one server that never interrupts a service.

    Poisson arrivals; each class has its own service law, given by its mean and the mean of its square.
    """
    work_under_way = 0.5 * sum(rate * moment for rate, moment in zip(rates, second_moments, strict=True))
    return _cobham(work_under_way, [rate * mean for rate, mean in zip(rates, means, strict=True)])


def cobham_servers(rates: Sequence[float], mean: float, servers: int) -> list[float]:
    """As `cobham`, for several servers and one exponential service law shared by all classes."""
    total = erlang_c(sum(rates), mean, servers)
    return _cobham(total.p_wait * mean / servers, [rate * mean / servers for rate in rates])


def _cobham(work_under_way: float, loads: Sequence[float]) -> list[float]:
    _require_stable(sum(loads))
    waits, above = [], 0.0
    for load in loads:
        waits.append(work_under_way / ((1.0 - above) * (1.0 - above - load)))
        above += load
    return waits


def erlang_a(rate: float, mean: float, servers: int, patience: float) -> QueueMeasures:
    """M/M/c+M: those waiting give up after an exponential patience with this mean. Any load."""
    return birth_death(rate, mean, servers, patience, None)


def mmck(rate: float, mean: float, servers: int, capacity: int) -> QueueMeasures:
    """M/M/c/K: who finds `capacity` customers present is turned away. Any load."""
    return birth_death(rate, mean, servers, None, capacity)


def birth_death(rate: float, mean: float, servers: int, patience: float | None, capacity: int | None) -> QueueMeasures:
    """Poisson arrivals, exponential service and patience, or a capacity, or both: sums over the states.

    The states' weights rise to one peak and then fall; they are kept relative to that peak so that none
    overflows.
    """
    logs = [0.0]
    peak = 0.0
    while capacity is None or len(logs) <= capacity:
        number = len(logs)
        leaving = min(number, servers) / mean + (max(0, number - servers) / patience if patience else 0.0)
        logs.append(logs[-1] + math.log(rate / leaving))
        peak = max(peak, logs[-1])
        if number > servers and logs[-1] < peak - 60.0:
            break
    weights = [math.exp(log - peak) for log in logs]
    mass = math.fsum(weights)
    chances = [weight / mass for weight in weights]
    queue = math.fsum((n - servers) * p for n, p in enumerate(chances) if n > servers)
    busy = math.fsum(min(n, servers) * p for n, p in enumerate(chances))
    p_blocked = chances[capacity] if capacity is not None and len(chances) == capacity + 1 else 0.0
    joining = rate * (1.0 - p_blocked)
    p_all_busy = math.fsum(p for n, p in enumerate(chances) if n >= servers)
    return QueueMeasures(
        wait=queue / joining,
        time=(queue + busy) / joining,
        number=queue + busy,
        queue=queue,
        p_wait=(p_all_busy - p_blocked) / (1.0 - p_blocked),
        p_abandon=queue / patience / rate if patience else 0.0,
        p_blocked=p_blocked,
    )


def erlang_loss(rate: float, mean: float, servers: int) -> QueueMeasures:
    """M/G/c/c: no room to wait, any service law with this mean."""
    blocked = erlang_b(rate * mean, servers)
    return QueueMeasures(0.0, mean, rate * (1.0 - blocked) * mean, 0.0, 0.0, p_blocked=blocked)


def retrial(rate: float, mean: float, delay: float) -> tuple[QueueMeasures, float]:
    """M/M/1 with no room to wait, whose customers come back after an exponential delay until they are served.

    Returns the measures of the station, by attempt, and the mean time of the whole visit.
    """
    load = rate * mean
    _require_stable(load)
    away = load * (rate * delay + load) / (1.0 - load)
    attempts = rate + away / delay
    return (
        QueueMeasures(0.0, mean, load, 0.0, 0.0, p_blocked=1.0 - rate / attempts),
        mean + away / rate,
    )


def flatto_hahn(rate: float, mean: float) -> float:
    """Mean time until both parts are done: fork to two single exponential servers with Poisson arrivals."""
    load = rate * mean
    _require_stable(load)
    return (12.0 - load) / 8.0 * mean / (1.0 - load)


def open_queue(rate: float, mean: float, wait: float, p_wait: float) -> QueueMeasures:
    """All measures of a station without losses from its wait, by Little's law."""
    return QueueMeasures(wait, wait + mean, rate * (wait + mean), rate * wait, p_wait)


def _require_stable(load: float) -> None:
    if not load < 1.0:
        raise ValueError(f"the load is {load:g}; there is a steady state only below 1")
