"""Exact results against published values and against balance equations solved by brute force."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from experiments.queue_formulas import (
    birth_death,
    cobham,
    cobham_servers,
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_loss,
    flatto_hahn,
    mmck,
    pollaczek_khinchine,
    retrial,
)
from experiments.queueing_theory import NETWORKS, exact_for, rows
from model.network import ALL_CLASSES, WHOLE_VISIT, CustomerClass, Fork, Law, Network, Station
from scenarios.network_file import load_network

State = tuple[int, ...]


def stationary(start: State, moves: Callable[[State], Iterable[tuple[State, float]]]) -> dict[State, float]:
    """The long-run chances of the states of a Markov chain, by solving its balance equations."""
    index, todo, found = {start: 0}, [start], []
    while todo:
        state = todo.pop()
        for target, rate in moves(state):
            if rate > 0.0:
                if target not in index:
                    index[target] = len(index)
                    todo.append(target)
                found.append((index[state], index[target], rate))
    size = len(index)
    origin, target, rate = (np.array(column) for column in zip(*found, strict=True))
    matrix = csc_array((rate, (target, origin)), shape=(size, size))
    matrix = (matrix - csc_array((np.bincount(origin, rate, size), (range(size), range(size))))).tolil()
    matrix[0, :] = 1.0
    chances = spsolve(matrix.tocsc(), np.eye(1, size)[0])
    return {state: float(chances[row]) for state, row in index.items()}


def mean(chances: dict[State, float], value: Callable[[State], float]) -> float:
    """The long-run mean of a function of the state."""
    return sum(chance * value(state) for state, chance in chances.items())


def test_published_values_come_out_of_the_network_files():
    """The table of exact rows that every engine must reproduce, to its six digits."""
    found = {(row.file.stem, row.customer_class, row.measure): row.exact for row in rows() if row.exact > 0.0}
    published = {
        ("erlang_c_3", ALL_CLASSES, "P(wait)"): 0.817061,
        ("erlang_c_3", ALL_CLASSES, "W"): 2.723537,
        ("erlang_c_10", ALL_CLASSES, "P(wait)"): 0.668732,
        ("erlang_c_10", ALL_CLASSES, "W"): 0.668732,
        ("pollaczek_khinchine_cv0", ALL_CLASSES, "W"): 2.0,
        ("pollaczek_khinchine_cv1", ALL_CLASSES, "W"): 4.0,
        ("pollaczek_khinchine_cv4", ALL_CLASSES, "W"): 10.0,
        ("cobham", "urgent", "W"): 1.142857,
        ("cobham", "ordinary", "W"): 5.714286,
        ("erlang_a", ALL_CLASSES, "P(wait)"): 0.596703,
        ("erlang_a", ALL_CLASSES, "P(abandon)"): 0.033030,
        ("erlang_a", ALL_CLASSES, "Lq"): 6.606031,
        ("fork_join", ALL_CLASSES, "T"): 7.0,
        ("retrial", ALL_CLASSES, "T"): 4.0,
    }
    for key, value in published.items():
        assert found[key] == pytest.approx(value, abs=5.1e-7), key


@pytest.mark.parametrize(
    ("rate", "servers", "patience", "capacity"),
    [(2.7, 3, None, 900), (6.0, 4, None, 9), (6.0, 4, 0.7, None), (3.0, 5, 2.0, None), (6.0, 4, 3.0, 7)],
)
def test_birth_death_results_solve_their_balance_equations(rate, servers, patience, capacity):
    """Erlang A, M/M/c/K and both at once; the first, with room for 900, is as good as Erlang C."""
    service = 0.8 if servers > 3 else 1.0
    room = capacity or 200

    def moves(state: State) -> Iterable[tuple[State, float]]:
        number = state[0]
        if number < room:
            yield (number + 1,), rate
        if number:
            giving_up = max(0, number - servers) / patience if patience else 0.0
            yield (number - 1,), min(number, servers) / service + giving_up

    chances = stationary((0,), moves)
    found = birth_death(rate, service, servers, patience, capacity)
    blocked = chances[room,] if capacity else 0.0
    queue = mean(chances, lambda s: max(0, s[0] - servers))
    assert found.number == pytest.approx(mean(chances, lambda s: s[0]), rel=1e-9)
    assert found.queue == pytest.approx(queue, rel=1e-9)
    assert found.p_blocked == pytest.approx(blocked, abs=1e-12)
    assert found.wait == pytest.approx(queue / rate / (1.0 - blocked), rel=1e-9)
    busy = sum(chance for state, chance in chances.items() if servers <= state[0] < room)
    assert found.p_wait == pytest.approx(busy / (1.0 - blocked), rel=1e-9)
    # Who joins is either served or gives up.
    served = mean(chances, lambda s: min(s[0], servers)) / service / rate
    assert found.p_abandon == pytest.approx(1.0 - blocked - served, abs=1e-12)
    if capacity == 900:
        exact = erlang_c(rate, service, servers)
        assert found.named() == pytest.approx(exact.named(), rel=1e-9, abs=1e-12)


def test_formulas_agree_where_they_meet():
    """One server, no patience left, no room left: different formulas, one truth."""
    for load in (0.1, 0.5, 0.95):
        assert erlang_c(load, 1.0, 1).named() == pytest.approx(pollaczek_khinchine(load, 1.0, 1.0).named())
        assert cobham_servers([load / 3, 2 * load / 3], 1.0, 1) == pytest.approx(
            cobham([load / 3, 2 * load / 3], [1.0, 1.0], [2.0, 2.0])
        )
    assert erlang_b(8.0, 10) == pytest.approx(0.121661, abs=5e-7)
    assert mmck(8.0, 1.0, 10, 10).p_blocked == pytest.approx(erlang_b(8.0, 10), rel=1e-12)
    assert erlang_loss(8.0, 1.0, 10).number == pytest.approx(mmck(8.0, 1.0, 10, 10).number, rel=1e-12)
    # With patience equal to the mean service every customer leaves at the same rate: as with endless servers.
    assert erlang_a(5.0, 2.0, 3, 2.0).number == pytest.approx(10.0, rel=1e-12)
    assert erlang_a(2.7, 1.0, 3, 1e7).wait == pytest.approx(erlang_c(2.7, 1.0, 3).wait, rel=1e-4)
    assert mmck(2000.0, 1.0, 1500, 5000).p_blocked == pytest.approx(0.25, rel=1e-6)


def test_cobham_keeps_the_conservation_law():
    """In any order of service the load-weighted sum of waits is that without priorities (Kleinrock 1965)."""
    rates, means, moments = [0.2, 0.05, 0.4], [1.0, 4.0, 0.5], [1.0, 48.0, 0.6]
    loads = np.multiply(rates, means)
    total_rate, total_load = sum(rates), loads.sum()
    mixed_mean = total_load / total_rate
    mixed_cv2 = np.dot(rates, moments) / total_rate / mixed_mean**2 - 1.0
    alike = pollaczek_khinchine(total_rate, mixed_mean, mixed_cv2).wait
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        waits = cobham(*([values[i] for i in order] for values in (rates, means, moments)))
        assert np.dot(loads[order], waits) == pytest.approx(total_load * alike, rel=1e-12)
        assert waits == sorted(waits)


def test_priority_with_two_servers_solves_its_balance_equations():
    """Numbers busy, urgent waiting, ordinary waiting."""
    room = 45

    def moves(state: State) -> Iterable[tuple[State, float]]:
        busy, urgent, ordinary = state
        if busy < 2:
            yield (busy + 1, 0, 0), 1.1
        else:
            if urgent < room:
                yield (2, urgent + 1, ordinary), 0.5
            if ordinary < room:
                yield (2, urgent, ordinary + 1), 0.6
        if urgent:
            yield (2, urgent - 1, ordinary), busy
        elif ordinary:
            yield (2, 0, ordinary - 1), busy
        elif busy:
            yield (busy - 1, 0, 0), busy

    chances = stationary((0, 0, 0), moves)
    waits = [mean(chances, lambda s: s[1]) / 0.5, mean(chances, lambda s: s[2]) / 0.6]
    assert cobham_servers([0.5, 0.6], 1.0, 2) == pytest.approx(waits, rel=1e-6)


def test_pollaczek_khinchine_with_a_hyperexponential_law_solves_its_balance_equations():
    """Number present and the phase in service; also proves the balanced-means mixture of the law."""
    law = Law("hyperexponential", 0.5, 4.0)
    p, *means = law.mixture
    shares = (p, 1.0 - p)
    assert p * means[0] == pytest.approx((1.0 - p) * means[1])

    def moves(state: State) -> Iterable[tuple[State, float]]:
        number, phase = state
        if number == 0:
            yield from (((1, start), 1.2 * shares[start]) for start in (0, 1))
            return
        if number < 400:
            yield (number + 1, phase), 1.2
        if number == 1:
            yield (0, 0), 1.0 / means[phase]
        else:
            yield from (((number - 1, start), shares[start] / means[phase]) for start in (0, 1))

    chances = stationary((0, 0), moves)
    exact = pollaczek_khinchine(1.2, law.mean, law.cv2)
    assert exact.number == pytest.approx(mean(chances, lambda s: s[0]), rel=1e-9)


def test_fork_of_two_solves_its_balance_equations():
    """Cases under way are as many as the longer of the two queues, so Little's law gives the time."""
    rate, room = 0.5, 50

    def moves(state: State) -> Iterable[tuple[State, float]]:
        first, second = state
        if max(state) < room:
            yield (first + 1, second + 1), rate
        if first:
            yield (first - 1, second), 1.0
        if second:
            yield (first, second - 1), 1.0

    time = mean(stationary((0, 0), moves), max) / rate
    assert flatto_hahn(rate, 1.0) == pytest.approx(time, rel=1e-6)
    assert flatto_hahn(rate / 3.0, 3.0) == pytest.approx(3.0 * time, rel=1e-6)


def test_retrials_solve_their_balance_equations():
    """Whether the server is busy, and how many are away and will come back."""
    rate, service, delay = 0.5, 1.3, 2.0

    def moves(state: State) -> Iterable[tuple[State, float]]:
        busy, away = state
        if busy:
            yield (0, away), 1.0 / service
            if away < 300:
                yield (1, away + 1), rate
        else:
            yield (1, away), rate
            if away:
                yield (1, away - 1), away / delay

    chances = stationary((0, 0), moves)
    measures, visit = retrial(rate, service, delay)
    attempts = rate + mean(chances, lambda s: s[1]) / delay
    assert visit == pytest.approx(mean(chances, lambda s: s[0] + s[1]) / rate, rel=1e-8)
    assert measures.p_blocked == pytest.approx(mean(chances, lambda s: s[0] * (rate + s[1] / delay)) / attempts)


def single_class(*stations: Station, routing=None, forks=(), entry=None, **changes) -> Network:
    """A network with one class `case` that arrives at rate 0.5 at the first station."""
    arrival = Law("exponential", 2.0)
    case = CustomerClass("case", 1, entry or stations[0].name, arrival)
    case = dataclasses.replace(case, **changes)
    return Network(stations, (case,), {"case": routing or {}}, tuple(forks), 1000.0, 100.0, 10, 1)


ONE = Law("exponential", 1.0)


def test_jackson_with_feedback_solves_its_balance_equations():
    """Two stations, work that goes back to the first and to itself, and two servers at the second."""
    network = single_class(
        Station("a", 1, "fcfs", Law("exponential", 0.6)),
        Station("b", 2, "fcfs", ONE),
        routing={"a": {"a": 0.1, "b": 0.7}, "b": {"a": 0.3}},
    )

    def moves(state: State) -> Iterable[tuple[State, float]]:
        a, b = state
        if a < 60:
            yield (a + 1, b), 0.5
        if a:
            yield (a - 1, b), 0.2 / 0.6
            if b < 60:
                yield (a - 1, b + 1), 0.7 / 0.6
        if b:
            yield (a, b - 1), 0.7 * min(b, 2)
            if a < 60:
                yield (a + 1, b - 1), 0.3 * min(b, 2)

    chances = stationary((0, 0), moves)
    exact = exact_for(network)
    assert exact["a", "case", "L"] == pytest.approx(mean(chances, lambda s: s[0]), rel=1e-6)
    assert exact["b", ALL_CLASSES, "Lq"] == pytest.approx(mean(chances, lambda s: max(0, s[1] - 2)), rel=1e-6)
    assert exact[WHOLE_VISIT, "case", "T"] == pytest.approx(mean(chances, sum) / 0.5, rel=1e-6)


def test_two_classes_share_a_product_form_by_their_visits():
    """Classes with their own ways through wait alike at a station; visits differ by where they go."""
    tandem = load_network(NETWORKS / "tandem_jackson.toml")
    short = dataclasses.replace(tandem.classes[0], name="short", arrival=Law("exponential", 2.0))
    long = dataclasses.replace(short, name="long")
    both = dataclasses.replace(tandem, classes=(short, long), routing={"long": tandem.routing["request"]})
    exact = exact_for(both)
    assert exact["grid", ALL_CLASSES, "W"] == pytest.approx(0.675, rel=1e-12)
    assert exact["grid", "short", "W"] == exact["grid", "long", "W"]
    assert exact[WHOLE_VISIT, "short", "T"] == pytest.approx(1.875, rel=1e-12)
    assert exact[WHOLE_VISIT, "long", "T"] > exact[WHOLE_VISIT, "short", "T"] + 0.7 + 2.4
    assert ("section", "short", "W") not in exact


def test_stations_fed_from_outside_are_exact_inside_a_network_that_is_not():
    """In the example of every key only the hall is a textbook queue; so are a fork's branches, one by one."""
    exact = exact_for(load_network(NETWORKS / "example_everything.toml"))
    assert {station for station, _, _ in exact} == {"hall", WHOLE_VISIT}
    assert exact["hall", "certificate", "P(blocked)"] == pytest.approx(0.067444, abs=5e-7)
    assert (WHOLE_VISIT, ALL_CLASSES, "T") not in exact
    three = [Station(name, 1, "fcfs", Law("gamma", 1.0, 2.0)) for name in "abc"]
    forked = exact_for(single_class(*three, forks=[Fork("all", ("a", "b", "c"), "exit")], entry="all"))
    assert forked["b", "case", "W"] == pytest.approx(pollaczek_khinchine(0.5, 1.0, 2.0).wait)
    assert (WHOLE_VISIT, "case", "T") not in forked


@pytest.mark.parametrize(
    "network",
    [
        single_class(Station("a", 1, "fcfs", ONE), arrival=Law("deterministic", 2.0, 0.0)),
        single_class(Station("a", 2, "fcfs", Law("deterministic", 1.0, 0.0))),
        single_class(Station("a", 1, "fcfs", Law("gamma", 1.0, 2.0)), routing={"a": {"a": 0.2}}),
        single_class(Station("a", 1, "fcfs", ONE, patience=Law("deterministic", 1.0, 0.0))),
        single_class(Station("a", 1, "fcfs", ONE, capacity=2), retry_probability=1.0, retry_delay=ONE),
        single_class(Station("a", 1, "fcfs", ONE), forks=[Fork("f", ("a", "a"), "exit")], entry="f"),
    ],
    ids=[
        "D/M/1",
        "M/D/2",
        "M/G/1 with feedback",
        "M/M/1+D",
        "retrials with a queue",
        "both parts at one station",
    ],
)
def test_nothing_is_claimed_where_nothing_is_known(network):
    """A near miss of a known queue gets no exact value."""
    assert exact_for(network) == {}


def test_priorities_of_one_number_are_one_class():
    """Two classes with one priority number wait alike; the third waits less."""
    base = load_network(NETWORKS / "cobham.toml")
    urgent, ordinary = base.classes
    halves = [dataclasses.replace(ordinary, name=name, arrival=Law("exponential", 4.0)) for name in ("left", "right")]
    exact = exact_for(dataclasses.replace(base, classes=(*halves, urgent)))
    assert exact["desk", "left", "W"] == exact["desk", "right", "W"] == pytest.approx(5.714286, abs=5e-7)
    assert exact["desk", "urgent", "W"] == pytest.approx(1.142857, abs=5e-7)
    first_come = dataclasses.replace(base.stations[0], discipline="fcfs")
    unordered = exact_for(dataclasses.replace(base, stations=(first_come,)))
    assert unordered["desk", "urgent", "W"] == pytest.approx(4.0, rel=1e-12)
