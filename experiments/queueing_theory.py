"""Which exact results apply to a given network, and the exact rows that `verify` must reproduce.

`queue_formulas` has the formulas and says what each measure means. Here a network is looked at: it either has
Jackson's product form, or some of its stations get Poisson arrivals straight from outside and can be solved
on their own. Where nothing is known exactly nothing is returned.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import scenarios
from experiments.queue_formulas import (
    QueueMeasures,
    birth_death,
    cobham,
    cobham_servers,
    erlang_c,
    erlang_loss,
    flatto_hahn,
    open_queue,
    pollaczek_khinchine,
    retrial,
)
from model.network import ALL_CLASSES, EXIT, WHOLE_VISIT, CustomerClass, Fork, Network, Station
from scenarios.network_file import load_network
from scenarios.network_flows import can_lose, solve_traffic, visited_stations

Exact = dict[tuple[str, str, str], float]
"""Values by (station or "whole visit", class or "all", measure)."""


def exact_for(network: Network) -> Exact:
    """All that is known exactly about the long run of a network, empty if nothing is."""
    if has_product_form(network):
        return _product_form_values(network)
    values: Exact = {}
    for station in network.stations:
        visitors = _visitors_from_outside(network, station)
        for class_name, measures in _solve_alone(station, visitors).items():
            values |= {(station.name, class_name, name): value for name, value in measures.named().items()}
    return values | _whole_visits(network, values)


def has_product_form(network: Network) -> bool:
    """Whether `jackson` applies: Poisson arrivals, exponential service in order, no losses, no forks."""
    in_order = _one_priority(network.classes) or all(s.discipline == "fcfs" for s in network.stations)
    return (
        in_order
        and not network.forks
        and all(c.arrival.name == "exponential" for c in network.classes)
        and all(s.service.name == "exponential" and not can_lose(s) for s in network.stations)
    )


def jackson(network: Network) -> dict[str, QueueMeasures]:
    """By station with any arrivals, the product form of an open network: each is as if an M/M/c alone.

    Classes may differ in their routing; a visit to a station waits equally long whatever its class.
    `has_product_form` must hold. (Jackson 1957, 1963; for several classes Baskett, Chandy, Muntz & Palacios
    1975.)
    """
    arrivals = solve_traffic(network).arrivals
    rates = {s.name: sum(row[s.name] for row in arrivals.values()) for s in network.stations}
    return {s.name: erlang_c(rates[s.name], s.service.mean, s.servers) for s in network.stations if rates[s.name] > 0.0}


def _product_form_values(network: Network) -> Exact:
    values: Exact = {}
    stations = jackson(network)
    arrivals = solve_traffic(network).arrivals
    for name, total in stations.items():
        values |= {(name, ALL_CLASSES, measure): value for measure, value in total.named().items()}
        for c in network.classes:
            if (rate := arrivals[c.name][name]) > 0.0:
                own = open_queue(rate, total.time - total.wait, total.wait, total.p_wait)
                values |= {(name, c.name, measure): value for measure, value in own.named().items()}
    for c in network.classes:
        number = sum(arrivals[c.name][name] * total.time for name, total in stations.items())
        values[WHOLE_VISIT, c.name, "T"] = number / c.arrival.rate
    outside = sum(c.arrival.rate for c in network.classes)
    values[WHOLE_VISIT, ALL_CLASSES, "T"] = sum(total.number for total in stations.values()) / outside
    return values


def _visitors_from_outside(network: Network, station: Station) -> list[CustomerClass]:
    """The classes at a station, if all come straight from outside, once each, as Poisson streams; else none.

    A stream that a fork at the entry sends to each of its branches is still a Poisson stream at each.
    """
    rates = {name: row[station.name] for name, row in solve_traffic(network).arrivals.items()}
    visitors = [c for c in network.classes if rates[c.name] > 0.0]
    straight = all(
        _comes_first(network, c, station)
        and c.arrival.name == "exponential"
        and math.isclose(rates[c.name], c.arrival.rate, rel_tol=1e-9)
        for c in visitors
    )
    return visitors if straight else []


def _comes_first(network: Network, customer_class: CustomerClass, station: Station) -> bool:
    fork = _fork_at(network, customer_class.entry)
    return station.name in (fork.branches if fork else (customer_class.entry,))


def _fork_at(network: Network, place: str) -> Fork | None:
    return next((fork for fork in network.forks if fork.at == place), None)


def _one_priority(classes: list[CustomerClass] | tuple[CustomerClass, ...]) -> bool:
    return len({c.priority for c in classes}) == 1


def _solve_alone(station: Station, visitors: list[CustomerClass]) -> dict[str, QueueMeasures]:
    """The measures by class of a station with these Poisson arrivals; empty where no formula applies."""
    if not visitors:
        return {}
    rate = sum(c.arrival.rate for c in visitors)
    in_order = station.discipline == "fcfs" or _one_priority(visitors)
    if can_lose(station):
        total = _solve_with_losses(station, visitors, rate)
        if total is None:
            return {}
        if not in_order and total.queue > 0.0:
            # Who is served first changes nothing for the total, but who waits how long is then not known.
            return {ALL_CLASSES: total}
        return {ALL_CLASSES: total} | {c.name: _share(total, c.arrival.rate / rate) for c in visitors}
    mean, servers = station.service.mean, station.servers
    if station.service.name == "exponential":
        total = erlang_c(rate, mean, servers)
    elif servers == 1:
        total = pollaczek_khinchine(rate, mean, station.service.cv2)
    else:
        return {}
    waits = dict.fromkeys((c.priority for c in visitors), total.wait)
    if not in_order:
        waits = _waits_by_priority(station, visitors)
    return {ALL_CLASSES: total} | {
        c.name: open_queue(c.arrival.rate, mean, waits[c.priority], total.p_wait) for c in visitors
    }


def _waits_by_priority(station: Station, visitors: list[CustomerClass]) -> dict[int, float]:
    rates = Counter[int]()
    for c in visitors:
        rates[c.priority] += c.arrival.rate
    order = sorted(rates)
    service, streams = station.service, [rates[priority] for priority in order]
    if station.servers == 1:
        many = len(order)
        waits = cobham(streams, [service.mean] * many, [service.second_moment] * many)
    else:
        waits = cobham_servers(streams, service.mean, station.servers)
    return dict(zip(order, waits, strict=True))


def _solve_with_losses(station: Station, visitors: list[CustomerClass], rate: float) -> QueueMeasures | None:
    patience, service = station.patience, station.service
    exponential = service.name == "exponential" and (patience is None or patience.name == "exponential")
    if any(c.retry_probability > 0.0 for c in visitors):
        if _is_plain_retrial(station, visitors):
            return retrial(rate, service.mean, visitors[0].retry_delay.mean)[0]
        return None
    if station.capacity == station.servers:
        return erlang_loss(rate, service.mean, station.servers)
    if exponential:
        return birth_death(rate, service.mean, station.servers, patience.mean if patience else None, station.capacity)
    return None


def _is_plain_retrial(station: Station, visitors: list[CustomerClass]) -> bool:
    """One exponential server, no room to wait, one class that always comes back after an exponential time."""
    only = visitors[0]
    return (
        len(visitors) == 1
        and station.servers == station.capacity == 1
        and station.service.name == "exponential"
        and only.retry_probability == 1.0
        and only.retry_delay is not None
        and only.retry_delay.name == "exponential"
    )


def _share(total: QueueMeasures, share: float) -> QueueMeasures:
    """The measures of a class that makes up this share of the arrivals and is treated like the others."""
    return QueueMeasures(
        total.wait,
        total.time,
        total.number * share,
        total.queue * share,
        total.p_wait,
        total.p_abandon,
        total.p_blocked,
    )


def _whole_visits(network: Network, values: Exact) -> Exact:
    """T over the whole visit, by class, where a visit is one station or one fork of two."""
    visits: Exact = {}
    for c in network.classes:
        time = _visit_time(network, c, values)
        if time is not None:
            visits[WHOLE_VISIT, c.name, "T"] = time
    if len(visits) == len(network.classes):
        rates = {c.name: c.arrival.rate for c in network.classes}
        total = sum(rates[name] * time for (_, name, _), time in visits.items())
        visits[WHOLE_VISIT, ALL_CLASSES, "T"] = total / sum(rates.values())
    return visits


def _visit_time(network: Network, customer_class: CustomerClass, values: Exact) -> float | None:
    stations = [s for s in network.stations if s.name in visited_stations(network, customer_class)]
    if any((s.name, customer_class.name, "T") not in values for s in stations):
        return None
    fork = _fork_at(network, customer_class.entry)
    if fork is not None:
        return _fork_time(network, fork, stations)
    if len(stations) > 1:
        return None
    station = stations[0]
    visitors = _visitors_from_outside(network, station)
    if _is_plain_retrial(station, visitors):
        delay = customer_class.retry_delay
        return retrial(customer_class.arrival.rate, station.service.mean, delay.mean)[1]
    # A customer turned away has a visit of length 0.
    turned_away = values[station.name, customer_class.name, "P(blocked)"]
    return (1.0 - turned_away) * values[station.name, customer_class.name, "T"]


def _fork_time(network: Network, fork: Fork, branches: list[Station]) -> float | None:
    """Flatto and Hahn's time, if the fork has two parts for two equal servers that do nothing else."""
    users = [c for c in network.classes if set(fork.branches) & visited_stations(network, c)]
    first = branches[0]
    fits = (
        len(fork.branches) == len(branches) == 2
        and fork.then == EXIT
        and all(c.entry == fork.at for c in users)
        and _one_priority(users)
        and all(s.servers == 1 and not can_lose(s) and s.service == first.service for s in branches)
        and first.service.name == "exponential"
    )
    return flatto_hahn(sum(c.arrival.rate for c in users), first.service.mean) if fits else None


@dataclass(frozen=True)
class Row:
    """One exact value to reproduce: `file` is a network file, the rest names the value in it."""

    name: str
    file: Path
    station: str
    customer_class: str
    measure: str
    exact: float


ROWS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("M/M/3 at 0.9 (Erlang C)", "erlang_c_3", "desk", ALL_CLASSES, ("P(wait)", "W")),
    ("M/M/10 at 0.9 (Erlang C)", "erlang_c_10", "desk", ALL_CLASSES, ("P(wait)", "W")),
    ("M/D/1 (Pollaczek-Khinchine)", "pollaczek_khinchine_cv0", "desk", ALL_CLASSES, ("W",)),
    ("M/M/1 (Pollaczek-Khinchine)", "pollaczek_khinchine_cv1", "desk", ALL_CLASSES, ("W",)),
    ("M/G/1, cv2 = 4 (Pollaczek-Khinchine)", "pollaczek_khinchine_cv4", "desk", ALL_CLASSES, ("W",)),
    ("Priority, urgent (Cobham)", "cobham", "desk", "urgent", ("W",)),
    ("Priority, ordinary (Cobham)", "cobham", "desk", "ordinary", ("W",)),
    ("M/M/100+M (Erlang A)", "erlang_a", "hotline", ALL_CLASSES, ("P(wait)", "P(abandon)", "Lq")),
    ("Tandem (Jackson), grid", "tandem_jackson", "grid", ALL_CLASSES, ("W",)),
    ("Tandem (Jackson), community", "tandem_jackson", "community", ALL_CLASSES, ("W",)),
    ("Tandem (Jackson), section", "tandem_jackson", "section", ALL_CLASSES, ("W",)),
    ("Tandem (Jackson), whole visit", "tandem_jackson", WHOLE_VISIT, ALL_CLASSES, ("T",)),
    ("Fork-join of 2 (Flatto-Hahn)", "fork_join", WHOLE_VISIT, ALL_CLASSES, ("T",)),
    ("M/M/1/1 with retrials, attempts", "retrial", "operator", ALL_CLASSES, ("P(blocked)",)),
    ("M/M/1/1 with retrials, whole visit", "retrial", WHOLE_VISIT, ALL_CLASSES, ("T",)),
)

NETWORKS = Path(scenarios.__file__).parent / "networks"
"""The folder of the network files that come with jiedao."""


def rows() -> list[Row]:
    """The exact rows that `verify` reproduces by default, in the order of its table."""
    found = []
    for name, stem, station, class_name, measures in ROWS:
        path = NETWORKS / f"{stem}.toml"
        exact = exact_for(load_network(path))
        found += [
            Row(name, path, station, class_name, measure, exact[station, class_name, measure]) for measure in measures
        ]
    return found
