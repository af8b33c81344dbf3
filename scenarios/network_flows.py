"""What flows where in a bare network in the long run, and whether it can settle into a steady state at all.

The traffic equations (Jackson 1957) say that what arrives at a place is what comes from outside plus what the
other places send there. Forks send one part to each branch and one customer onward; stations with patience or
a capacity lose some. The loss there is taken from a birth-death chain with the station's own means (exact for
Poisson arrivals and exponential laws, an estimate otherwise), because what is behind such a station gets
less.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from model.errors import ContradictionError, ValueOutOfRangeError
from model.network import EXIT, CustomerClass, Network, Station

TOLERANCE = 1e-9

LARGE = 1e6
"""Customers at a station beyond which just the excess load is taken to be lost: chance no longer matters."""


@dataclass(frozen=True)
class Flows:
    """Long-run rates per unit of time, customers and parts of forks together.

    `arrivals[class][station]` counts every arrival at the station once, without those coming back after a
    loss. `parts[class][station]` is the share of it that is parts of forked customers. `loads[station]` is
    arrivals x mean service / servers, before any loss at this station.
    """

    arrivals: dict[str, dict[str, float]]
    parts: dict[str, dict[str, float]]
    loads: dict[str, float]


def next_places(network: Network, customer_class: CustomerClass) -> dict[str, dict[str, float]]:
    """By station and fork, the chance of each next place of a customer of the class, "exit" included."""
    rows = network.routing.get(customer_class.name, {})
    table = {station.name: dict(rows.get(station.name, {})) for station in network.stations}
    for row in table.values():
        leaving = 1.0 - sum(row.values())
        if leaving > TOLERANCE:
            row[EXIT] = leaving
    return table | {fork.at: {fork.then: 1.0} for fork in network.forks}


def reached(start: str, places: dict[str, dict[str, float]]) -> set[str]:
    """The places, "exit" included, that a customer at `start` can come to, `start` itself included."""
    seen, todo = {start}, [start]
    while todo:
        for place, chance in places.get(todo.pop(), {}).items():
            if chance > 0.0 and place not in seen:
                seen.add(place)
                todo.append(place)
    return seen


def visited_stations(network: Network, customer_class: CustomerClass) -> set[str]:
    """The stations where customers of the class, or parts of them, can be."""
    seen = reached(customer_class.entry, next_places(network, customer_class))
    branches = {branch for fork in network.forks if fork.at in seen for branch in fork.branches}
    return branches | (seen & {station.name for station in network.stations})


def check_everybody_leaves(network: Network, where: str) -> None:
    """Raise ContradictionError if some customer can come to a place from which nobody ever gets out."""
    for customer_class in network.classes:
        places = next_places(network, customer_class)
        for place in sorted(reached(customer_class.entry, places) - {EXIT}):
            if EXIT not in reached(place, places):
                raise ContradictionError(
                    f"{where}: routing of class '{customer_class.name}': from '{place}' nobody ever leaves "
                    f"the network; allowed: a way out from every place, where some row sums to less than 1"
                )


def check_retries(network: Network, where: str) -> None:
    """Raise ContradictionError if a class has a retry but no station on its way can lose anybody."""
    lossy = {station.name for station in network.stations if can_lose(station)}
    for customer_class in network.classes:
        if customer_class.retry_delay is not None and not lossy & visited_stations(network, customer_class):
            raise ContradictionError(
                f"{where}: class '{customer_class.name}': retry is given, but no station it visits has a "
                f"patience or a capacity, so nobody would ever come back; allowed: retry with such a station"
            )


def can_lose(station: Station) -> bool:
    """Whether customers can be turned away from the station or give up waiting there."""
    return station.patience is not None or station.capacity is not None


def check_steady_state(network: Network, where: str) -> None:
    """Raise ValueOutOfRangeError, naming station and load, if a queue would grow without end.

    Customers who are lost and always come back must all be served in the end, so at a station with losses
    their load alone must be below 1; everybody else may overload it.
    """
    flows = solve_traffic(network)
    persistent = {c.name for c in network.classes if c.retry_probability >= 1.0 - TOLERANCE}
    for station in network.stations:
        classes = persistent if can_lose(station) else {c.name for c in network.classes}
        rate = sum(flows.arrivals[name][station.name] for name in sorted(classes))
        load = rate * station.service.mean / station.servers
        if load >= 1.0 - TOLERANCE:
            who = "customers who always come back arrive" if can_lose(station) else "customers arrive"
            cure = "a retry probability below 1" if can_lose(station) else "a patience or capacity"
            raise ValueOutOfRangeError(
                f"{where}: station '{station.name}': its load is {load:.6g} ({who} at rate {rate:.6g}, mean "
                f"service {station.service.mean:.6g}, servers {station.servers}), so its queue grows without "
                f"end and there is no steady state to measure; allowed: a load below 1, or {cure}"
            )


def solve_traffic(network: Network) -> Flows:
    """Solve the traffic equations of all classes; everybody must be able to leave (`check_everybody_leaves`).

    The share of arrivals that a station serves in the end depends on the rates, which depend on what the
    stations before it serve: found by repeated substitution, half a step at a time so that feedback cannot
    make it swing.
    """
    served = {c.name: {s.name: 1.0 for s in network.stations} for c in network.classes}
    flows = _flows(network, served)
    for _ in range(1000):
        change = 0.0
        for station in filter(can_lose, network.stations):
            for name, share in served_shares(network, flows, station).items():
                change = max(change, abs(share - served[name][station.name]))
                served[name][station.name] += 0.5 * (share - served[name][station.name])
        if change < TOLERANCE:
            break
        flows = _flows(network, served)
    return flows


def _flows(network: Network, served: dict[str, dict[str, float]]) -> Flows:
    """The rates when a given share of the arrivals of each class at each station is served in the end."""
    arrivals, parts = {}, {}
    for customer_class in network.classes:
        places = next_places(network, customer_class)
        names = list(places)
        row_of = {name: row for row, name in enumerate(names)}
        matrix = np.eye(len(names))
        for name, row in places.items():
            for target, chance in row.items():
                if target != EXIT:
                    share = served[customer_class.name].get(name, 1.0)
                    matrix[row_of[target], row_of[name]] -= chance * share
        outside = np.zeros(len(names))
        outside[row_of[customer_class.entry]] = customer_class.arrival.rate
        # Places the class never comes to are left out: a loop among them would make the equations singular.
        keep = sorted(row_of[name] for name in reached(customer_class.entry, places) - {EXIT})
        rates = np.zeros(len(names))
        rates[keep] = np.linalg.solve(matrix[np.ix_(keep, keep)], outside[keep])
        own_parts = Counter[str]()
        for fork in network.forks:
            for branch in fork.branches:
                own_parts[branch] += float(rates[row_of[fork.at]])
        parts[customer_class.name] = {s.name: own_parts[s.name] for s in network.stations}
        arrivals[customer_class.name] = {
            s.name: float(rates[row_of[s.name]]) + own_parts[s.name] for s in network.stations
        }
    loads = {
        s.name: sum(arrivals[c.name][s.name] for c in network.classes) * s.service.mean / s.servers
        for s in network.stations
    }
    return Flows(arrivals, parts, loads)


def served_shares(network: Network, flows: Flows, station: Station) -> dict[str, float]:
    """By class, the share of the arrivals at a station with losses that is served there in the end.

    Those who come back raise the rate of attempts and so the chance of a loss, which is found by substitution
    from below; where it does not settle (everybody comes back to too few servers) the last value is returned.
    """
    back = {c.name: c.retry_probability for c in network.classes}
    lost = 0.0
    for _ in range(200):
        attempts = sum(flows.arrivals[name][station.name] / (1.0 - r * lost) for name, r in back.items())
        last, lost = lost, loss_share(station, attempts)
        if abs(lost - last) < 0.01 * TOLERANCE:
            break
    return {name: (1.0 - lost) / (1.0 - r * lost) for name, r in back.items()}


def loss_share(station: Station, rate: float) -> float:
    """Share of arrivals at `rate` that are lost, from a birth-death chain with the station's means."""
    if rate == 0.0:
        return 0.0
    load = rate * station.service.mean / station.servers
    waiting = rate * station.patience.mean if station.patience else math.inf
    if min(station.capacity or math.inf, station.servers + waiting) > LARGE:
        return max(0.0, 1.0 - 1.0 / load)
    weight = mass = 1.0
    busy = 0.0
    number = 0
    while station.capacity is None or number < station.capacity:
        number += 1
        working = min(number, station.servers)
        giving_up = (number - working) / station.patience.mean if station.patience else 0.0
        weight *= rate / (working / station.service.mean + giving_up)
        mass += weight
        busy += weight * working
        if number > station.servers and weight < 1e-15 * mass:
            break
        if mass > 1e200:
            weight, mass, busy = weight * 1e-200, mass * 1e-200, busy * 1e-200
    served = busy / mass / station.service.mean
    return min(max(0.0, 1.0 - served / rate), 1.0 - 1e-12)
