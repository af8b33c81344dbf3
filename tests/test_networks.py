"""Bare networks: both engines write the same bytes, accounts balance, theory is met, and mutants are caught."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from documents import check_document

from experiments import peers
from experiments.intervals import ratio_interval, sidak_bound
from experiments.network_measures import measure
from experiments.queue_formulas import erlang_c
from experiments.queueing_theory import NETWORKS, exact_for
from experiments.verification import replication_seed, short_stretch, verify_network
from experiments.verification_tables import verify_rows
from model import network_run
from model.bare_network import ARRIVED
from model.codes import REPORTED, STARTED
from model.engines import process
from model.errors import ConservationError
from model.flow import free_row
from model.network import ALL_CLASSES, Law, Network
from model.network_equality import compare_engines
from model.network_run import TICKS, Replication, run_network
from model.world import World
from scenarios.network_file import load_network, network_of
from scenarios.network_flows import solve_traffic

FILES = sorted(NETWORKS.glob("*.toml"))

FEEDBACK = """
[network]
horizon = 1200.0
warmup = 200.0
[[station]]
name = "front"
servers = 3
service = {law = "lognormal", mean = 0.8, cv2 = 2.0}
[[station]]
name = "back"
servers = 2
discipline = "priority"
service = {law = "gamma", mean = 1.0, cv2 = 0.4}
[[class]]
name = "urgent"
priority = 0
entry = "front"
arrival = {law = "exponential", rate = 0.8}
[[class]]
name = "plain"
priority = 3
entry = "front"
arrival = {law = "erlang", rate = 0.9, cv2 = 0.5}
[[class]]
name = "late"
priority = 7
entry = "back"
arrival = {law = "hyperexponential", rate = 0.2, cv2 = 3.0}
[routing.urgent]
front = {back = 0.5, front = 0.2}
back = {front = 0.25}
[routing.plain]
front = {back = 0.4, front = 0.1}
"""

OVERLOAD = """
[network]
horizon = 400.0
warmup = 50.0
[[station]]
name = "hotline"
servers = 2
discipline = "priority"
service = {law = "exponential", mean = 1.0}
patience = {law = "gamma", mean = 1.5, cv2 = 0.5}
[[station]]
name = "hall"
servers = 1
service = {law = "erlang", mean = 0.5, cv2 = 0.5}
capacity = 3
[[class]]
name = "caller"
priority = 2
entry = "hotline"
arrival = {law = "exponential", rate = 4.0}
retry = {probability = 0.5, delay = {law = "lognormal", mean = 2.0, cv2 = 1.0}}
[[class]]
name = "visitor"
priority = 1
entry = "hall"
arrival = {law = "exponential", rate = 3.0}
retry = {probability = 0.8, delay = {law = "deterministic", mean = 1.0}}
[routing.caller]
hotline = {hall = 0.2}
[routing.visitor]
hall = {hotline = 0.5}
"""

FORK_OF_FIVE = """
[network]
horizon = 800.0
warmup = 100.0
[[station]]
name = "desk"
servers = 1
service = {law = "exponential", mean = 0.3}
[[station]]
name = "a"
servers = 1
service = {law = "exponential", mean = 0.6}
[[station]]
name = "b"
servers = 2
discipline = "priority"
service = {law = "lognormal", mean = 0.5, cv2 = 1.0}
[[station]]
name = "c"
servers = 1
service = {law = "deterministic", mean = 0.5}
[[class]]
name = "case"
priority = 1
entry = "meeting"
arrival = {law = "exponential", rate = 1.0}
[[class]]
name = "small"
priority = 2
entry = "desk"
arrival = {law = "exponential", rate = 0.4}
[routing.small]
desk = {meeting = 0.1, b = 0.4}
[routing.case]
desk = {desk = 0.2}
[[fork]]
at = "meeting"
branches = ["a", "b", "b", "c", "b"]
then = "desk"
"""

UNUSUAL = {"feedback": FEEDBACK, "overload": OVERLOAD, "fork_of_five": FORK_OF_FIVE}
LOSSLESS = ("feedback", "fork_of_five")


def unusual(name: str) -> Network:
    """A network that no file has, with a seed of its own."""
    return network_of(tomllib.loads(UNUSUAL[name]), name)


def replications(network: Network, count: int) -> list[network_run.NetworkResult]:
    """Independent compiled runs."""
    return [run_network(network, replication_seed(1, number)) for number in range(count)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_give_equal_logs_in_both_engines(file: Path):
    network = short_stretch(load_network(file), customers=1500)
    comparison = compare_engines(network, replication_seed(network.seed, 7))
    assert comparison.equal, comparison.difference
    assert comparison.customers > 1200


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_networks_give_equal_logs_and_accounts(name: str):
    network = unusual(name)
    comparison = compare_engines(network, 11)
    assert comparison.equal, comparison.difference
    assert comparison.customers > 1000
    runs = [Replication(network, 11, engine) for engine in ("compiled", "process")]
    for run in runs:
        run.advance(network.horizon)
    compiled, by_process = (run.world for run in runs)
    assert compiled.units.tobytes() == by_process.units.tobytes()
    assert np.array_equal(compiled.tallies, by_process.tallies)


@pytest.mark.parametrize("name", UNUSUAL)
def test_waits_obey_littles_law_to_the_microsecond(name: str):
    """Advancing checks the law of those present (`check_accounts`); here it is that of those who wait."""
    network = unusual(name)
    run = Replication(network, 5, "process")
    for share in (0.3, 0.7, 1.0):
        run.advance(share * network.horizon)
        now, units, joined = int(share * network.horizon * TICKS), run.world.units, run.world.requests["joined"]
        for unit in run.engine.units:
            still_waiting = sum(now - int(joined[r]) for r in unit.waiting.ticket)
            assert units["area_waiting"][unit.row] == units["sum_waits"][unit.row] + still_waiting
            assert units["waiting"][unit.row] == len(unit.waiting.ticket)
    assert units["sum_waits"].min() > 0


@pytest.mark.parametrize("name", LOSSLESS)
def test_throughputs_solve_the_traffic_equations(name: str):
    network = dataclasses.replace(unusual(name), horizon=6000.0)
    results = replications(network, 12)
    flows = solve_traffic(network).arrivals
    expected = {(c, s): rate for c, row in flows.items() for s, rate in row.items()}
    bound = sidak_bound(sum(rate > 0.0 for rate in expected.values()), 0.01, len(results) - 1)
    classes, stations = [c.name for c in network.classes], [s.name for s in network.stations]
    for (class_, station), rate in expected.items():
        arrived = [r.tallies[classes.index(class_), stations.index(station), ARRIVED] for r in results]
        if rate == 0.0:
            assert not any(arrived)
            continue
        interval = ratio_interval(arrived, [r.span for r in results])
        assert abs(interval.z(rate)) < bound, (class_, station, interval, rate)
        assert interval.half_width < 0.15 * rate


def test_little_measures_agree_with_integrals():
    """L and Lq of the tables, from times spent, against the integrals of the number present."""
    network = dataclasses.replace(unusual("overload"), horizon=5000.0)
    results = replications(network, 4)
    table = measure(network, results)
    for column, station in enumerate(network.stations):
        present, waiting = (np.mean([getattr(r, name)[column] for r in results]) for name in ("present", "waiting"))
        assert table[station.name, ALL_CLASSES, "L"].estimate == pytest.approx(present, rel=2e-3)
        assert table[station.name, ALL_CLASSES, "Lq"].estimate == pytest.approx(waiting, rel=2e-3)
        by_class = sum(table[station.name, c.name, "Lq"].estimate for c in network.classes)
        assert by_class == pytest.approx(table[station.name, ALL_CLASSES, "Lq"].estimate, rel=1e-6)


def test_exact_rows_are_met_within_the_bound_of_chance():
    """With fixed seeds; a correct program whose draws changed would fail here once in a hundred times."""
    table = verify_rows(quick=True)
    assert table.note
    assert len(table.rows) >= 18
    for row in table.rows:
        assert abs(row.z) <= row.bound, row.as_dict()
        assert row.comparison.equal, row.comparison.difference
        assert row.relative_half_width < 0.08
    assert table.ok
    told = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    check_document("verify", told, "networks")
    assert (told["effort"], len(told["rows"])) == ("quick", len(table.rows))


def test_a_verification_tells_both_engines_and_does_not_depend_on_workers():
    network = dataclasses.replace(load_network(NETWORKS / "cobham.toml"), horizon=4000.0, warmup=400.0, replications=6)
    alone, together = (verify_network(network, workers=workers) for workers in (1, 2))
    told, again = (json.loads(json.dumps(v.as_dict(), allow_nan=False)) for v in (alone, together))
    assert {**told, "seconds": 0} == {**again, "seconds": 0}
    assert alone.ok
    assert alone.logs_equal
    waits = {v.customer_class: v for v in alone.values if (v.station, v.measure) == ("desk", "W")}
    assert waits["urgent"].exact == pytest.approx(1.142857, abs=1e-6)
    for value in waits.values():
        assert set(value.intervals) == {"compiled", "process"}
        assert abs(value.z("process")) < value.bounds["process"]
    only = verify_network(network, engines=("process",), workers=1)
    assert only.logs_equal is None
    assert only.values[0].ok is None


def patch_build(monkeypatch: pytest.MonkeyPatch, alter: Callable[[World], None]) -> None:
    """Let every world that is built be altered."""
    build = network_run.build_world

    def altered(*arguments, **named) -> World:
        world = build(*arguments, **named)
        alter(world)
        return world

    monkeypatch.setattr(network_run, "build_world", altered)


def worst_row(file: str, horizon: float, count: int) -> float:
    """The largest |z| of the file's waits over the bound of the whole table, 20 comparisons."""
    network = dataclasses.replace(load_network(NETWORKS / file), horizon=horizon, warmup=1000.0)
    exact = {key: value for key, value in exact_for(network).items() if key[2] == "W"}
    table = measure(network, replications(network, count))
    return max(abs(table[key].z(value)) for key, value in exact.items()) / sidak_bound(20, 0.01, count - 1)


def test_mutant_priority_forgotten_misses_the_exact_waits(monkeypatch: pytest.MonkeyPatch):
    assert worst_row("cobham.toml", 20_000.0, 20) < 1.0
    patch_build(monkeypatch, lambda world: world.units.__setitem__("by_class", False))
    assert worst_row("cobham.toml", 20_000.0, 20) > 3.0


def test_mutant_last_come_first_served_keeps_the_mean_but_not_the_log(monkeypatch: pytest.MonkeyPatch):
    """The mean wait is that of the right order (conservation of work), so only the logs can tell."""

    def add_last_first(self: process.Waiting, r: int) -> None:
        self.tickets += 1
        self.ticket[r] = self.tickets
        process.heapq.heappush(self.heap, (self.requests["priority"][r], -self.tickets, 0, self.tickets, r))

    monkeypatch.setattr(process.Waiting, "add", add_last_first)
    verified = verify_network(short_stretch(load_network(NETWORKS / "erlang_c_3.toml"), 500), workers=1)
    assert all(value.ok for value in verified.values if value.ok is not None)
    assert not verified.ok
    assert verified.as_dict()["difference"].startswith("log row")


def test_mutant_customer_lost_between_stations_breaks_the_accounts(monkeypatch: pytest.MonkeyPatch):
    """One in 500 is served and then goes nowhere."""
    finish = process.Unit.finish

    def forget(self: process.Unit, r: int) -> None:
        if self.world.units["left"][self.row] % 500 == 499:
            self.turn[r] = self.env.event()
        finish(self, r)

    monkeypatch.setattr(process.Unit, "finish", forget)
    network = short_stretch(load_network(NETWORKS / "tandem_jackson.toml"), 1000)
    with pytest.raises(ConservationError, match="came nowhere"):
        run_network(network, 1, "process")


def test_mutant_customer_who_vanishes_without_trace_breaks_the_accounts(monkeypatch: pytest.MonkeyPatch):
    """One in 500 ends without leaving, and the row is given back as if all were well."""
    next_step = process.journey.next_step

    def vanish(world: World, r: int, now: int) -> tuple[int, int, int]:
        if world.requests["name"][r] % 500 == 0:
            free_row(world, r)
            return process.END, -1, 0
        return next_step(world, r, now)

    monkeypatch.setattr(process.journey, "next_step", vanish)
    network = short_stretch(load_network(NETWORKS / "erlang_c_3.toml"), 2000)
    with pytest.raises(ConservationError, match="customers who came"):
        run_network(network, 1, "process")


def test_mutant_service_half_a_percent_too_long_is_caught(monkeypatch: pytest.MonkeyPatch):
    """At load 0.9 the bias lengthens the exact wait of M/M/3 by 6.3%.

    So the bound for 20 rows, 4.2, is exceeded with near certainty if the standard error is at most 0.9%: 20 runs of
    80,000, a sixth of what the default table runs, whose half-width of 1.5% would show a bias of 0.2%.
    """
    assert erlang_c(2.7, 1.005, 3).wait / erlang_c(2.7, 1.0, 3).wait == pytest.approx(1.063, abs=2e-3)
    assert worst_row("erlang_c_3.toml", 80_000.0, 20) < 1.0
    patch_build(monkeypatch, lambda world: world.units.__setitem__("mean", world.units["mean"] * 1.005))
    assert worst_row("erlang_c_3.toml", 80_000.0, 20) > 1.0


def in_other_units(network: Network, factor: float) -> Network:
    """The same network, told in a smaller unit of time."""

    def law(value: Law | None) -> Law | None:
        return None if value is None else dataclasses.replace(value, mean=value.mean * factor)

    return dataclasses.replace(
        network,
        stations=tuple(
            dataclasses.replace(s, service=law(s.service), patience=law(s.patience)) for s in network.stations
        ),
        classes=tuple(
            dataclasses.replace(c, arrival=law(c.arrival), retry_delay=law(c.retry_delay)) for c in network.classes
        ),
        horizon=network.horizon * factor,
        warmup=network.warmup * factor,
    )


@pytest.mark.parametrize("name", UNUSUAL)
def test_other_units_of_time_change_no_dimensionless_result(name: str):
    network = unusual(name)
    results = run_network(network, 3)
    other = run_network(in_other_units(network, 7.0), 3)
    assert other.span == pytest.approx(7.0 * results.span)
    for numbers in ("present", "waiting", "busy"):
        assert getattr(other, numbers) == pytest.approx(getattr(results, numbers), rel=1e-5)
    scaled = other.tallies.copy()
    scaled[:, :, list(network_run.bare_network.TIMES)] /= 7.0
    assert scaled == pytest.approx(results.tallies, rel=1e-5)


def waits_by_name(network: Network) -> dict[int, float]:
    """Each customer's wait at the one station, by the customer's name."""
    log = run_network(network, 9, log=True).log
    started = log[log["event"] == STARTED]
    return dict(zip(started["name"].tolist(), started["amount"].tolist(), strict=True))


def test_one_more_server_never_lengthens_a_wait():
    """True customer by customer at one station in order of arrival, if service times belong to customers, not rows."""
    network = short_stretch(load_network(NETWORKS / "erlang_c_3.toml"), 20_000)
    station = dataclasses.replace(network.stations[0], servers=4)
    few, many = waits_by_name(network), waits_by_name(dataclasses.replace(network, stations=(station,)))
    both = few.keys() & many.keys()
    assert len(both) > 0.99 * len(few)
    assert all(many[name] <= few[name] for name in both)
    assert sum(many[name] < few[name] for name in both) > 0.5 * len(both)


def test_another_class_leaves_the_arrivals_of_the_others_alone():
    network = unusual("feedback")
    without = dataclasses.replace(network, classes=network.classes[1:])

    def arrivals(of: Network) -> set[tuple[int, int]]:
        log = run_network(of, 2, log=True).log
        came = log[log["event"] == REPORTED]
        return set(zip(came["name"].tolist(), came["time"].tolist(), strict=True))

    assert arrivals(without) < arrivals(network)


def test_room_runs_out_and_both_engines_make_more(monkeypatch: pytest.MonkeyPatch):
    """More customers inside than the first rows hold, and more log rows than are kept at once."""
    monkeypatch.setattr(network_run, "LOG_ROWS", 6_000)
    text = OVERLOAD.replace('{law = "gamma", mean = 1.5, cv2 = 0.5}', '{law = "deterministic", mean = 140.0}')
    network = dataclasses.replace(
        network_of(tomllib.loads(text.replace("rate = 4.0", "rate = 40.0")), "jam"), horizon=150.0
    )
    comparison = compare_engines(network, 4)
    assert comparison.equal, comparison.difference
    run = Replication(network, 4, "process")
    rows = len(run.world.requests)
    run.advance(network.horizon)
    assert len(run.world.requests) > rows
    assert run.world.units["waiting"][0] > rows


def test_peers_of_the_benchmark_run_the_same_tandem():
    """Else the ratios of speeds would compare different work. Each station alone is M/M/1 at load 0.8, W = 3.2."""
    events, total_wait = peers.numba_tandem(100_000.0, np.random.default_rng(1))
    assert events == pytest.approx(100_000 * peers.EVENTS_A_CUSTOMER, rel=0.02)
    assert total_wait / 100_000 == pytest.approx(4 * 3.2, rel=0.06)
    ours = run_network(peers.tandem(100_000.0), 1)
    assert ours.events == pytest.approx(events, rel=0.02)
    assert ours.waiting.sum() == pytest.approx(4 * 3.2, rel=0.06)
    assert peers.simpy_pops() == pytest.approx(3 * peers.STATIONS + 3, rel=0.1)


@pytest.mark.long
def test_speeds_reach_their_targets():
    speeds = peers.measure_speeds()
    assert speeds["process_to_simpy"] > 1 / 6
    assert speeds["process_to_simpy_customers"] > 1 / 6
    assert speeds["numba_to_compiled"] < 4.0


@pytest.mark.long
def test_the_whole_table_is_narrow_and_within_the_bound():
    table = verify_rows()
    assert table.ok, [row.as_dict() for row in table.rows if not row.ok]
