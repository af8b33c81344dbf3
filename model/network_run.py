"""Running a bare network: from its description to what was measured at each station, by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model import bare_network, draws, flow
from model.codes import NEVER, SECOND
from model.engines.driver import CompiledEngine
from model.network import EXIT, Law, Network
from model.network_accounts import check_accounts
from model.settings import settings_dtype
from model.world import World, empty_world, with_more_rows

TICKS = SECOND  # microseconds in one unit of a network's time
LOG_ROWS = 100_000  # kept before they are put aside
AREAS = ("area_waiting", "area_present", "area_busy")


@dataclass(frozen=True)
class NetworkResult:
    """What one replication measured after its warm-up, or in one stretch of it.

    `tallies`: (classes + 1, stations + forks + 1, measures of `bare_network.MEASURES`), times in the network's unit;
    the last row is all classes together, the last place the whole visit.
    `present`, `waiting`, `busy`: time averages by station. `span`: measured time. `events`: events processed in it.
    `log`: rows if asked for.
    """

    tallies: np.ndarray
    present: np.ndarray
    waiting: np.ndarray
    busy: np.ndarray
    span: float
    events: int
    log: np.ndarray


def _law_columns(law: Law | None) -> tuple[int, float, float]:
    if law is None:
        return -1, 0.0, 0.0
    return draws.LAW_NAMES.index(law.name), law.mean * TICKS, law.cv2


def build_world(network: Network, seed: int, rows: int = 4096, log_rows: int = 0) -> World:
    """A world that holds the network and its first arrival of each class."""
    places = [s.name for s in network.stations] + [f.at for f in network.forks] + [EXIT]
    number = {name: i for i, name in enumerate(places)}
    branches = max((len(f.branches) for f in network.forks), default=0)
    world = empty_world(
        rows,
        log_rows,
        settings_dtype(),
        units=len(network.stations),
        classes=len(network.classes),
        places=len(places),
        forks=len(network.forks),
        branches=branches,
    )
    world.clock["seed"], world.clock["network"] = seed, True
    for i, station in enumerate(network.stations):
        unit = world.units[i : i + 1]
        unit["key"], unit["servers"], unit["opening"] = draws.key_of(station.name), station.servers, -1
        unit["capacity"] = NEVER if station.capacity is None else station.capacity
        unit["by_class"] = station.discipline == "priority"
        unit["law"], unit["mean"], unit["cv2"] = _law_columns(station.service)
        unit["patience_law"], unit["patience_mean"], unit["patience_cv2"] = _law_columns(station.patience)
    for i, fork in enumerate(network.forks):
        world.forks[i, :2] = len(fork.branches), number[fork.then]
        world.forks[i, 2 : 2 + len(fork.branches)] = [number[b] for b in fork.branches]
    for i, class_ in enumerate(network.classes):
        row = world.classes[i : i + 1]
        row["key"], row["priority"], row["entry"] = (
            draws.key_of(class_.name),
            class_.priority,
            number[class_.entry],
        )
        row["law"], row["mean"], row["cv2"] = _law_columns(class_.arrival)
        row["retry"] = class_.retry_probability
        row["retry_law"], row["retry_mean"], row["retry_cv2"] = _law_columns(class_.retry_delay)
        for origin, targets in network.routing.get(class_.name, {}).items():
            for target, probability in targets.items():
                world.routes[i, number[origin], number[target]] = probability
    return world


class Replication:
    """One run of a network by either engine, which the caller advances and measures as far as needed.

    `engine` is "compiled" or "process". Times here are in the network's unit.
    """

    def __init__(self, network: Network, seed: int, engine: str = "compiled", log: bool = False) -> None:
        self.world = build_world(network, seed, log_rows=LOG_ROWS if log else 0)
        self._log_chunks: list[np.ndarray] = []
        self._now = 0
        first = np.array([bare_network.next_customer(self.world, c, 0) for c in range(len(network.classes))])
        if engine == "compiled":
            self.engine = CompiledEngine(self.world, self.keep_log, self.more_rows)
        else:
            # Only those who ask for processes load Mesa, which brings pandas along; workers stay small without.
            import mesa

            from model.engines.process import ProcessEngine

            self.engine = ProcessEngine(self.world, mesa.Model(), self.keep_log, self.more_rows)
        self.engine.schedule_arrivals(first)
        self.start_measuring()

    def keep_log(self) -> None:
        """Put the log rows written so far aside, so that there is room for more."""
        n = int(self.world.clock["logged"][0])
        self._log_chunks.append(self.world.log[:n].copy())
        self.world.clock["logged"] = 0

    def more_rows(self) -> World:
        """Double the room for customers."""
        self.world = with_more_rows(self.world, 2 * len(self.world.requests))
        return self.world

    def take_log(self) -> np.ndarray:
        """All log rows since they were last taken."""
        self.keep_log()
        chunks, self._log_chunks = self._log_chunks, []
        return np.concatenate(chunks)

    def advance(self, until: float) -> None:
        """Run until this time and bring the accounts of every station up to it. Raises ConservationError."""
        self._now = int(until * TICKS)
        self.engine.advance(self._now)
        for u in range(len(self.world.units)):
            flow.bring_accounts_up_to(self.world, u, self._now)
        check_accounts(self.world, self._now)

    def start_measuring(self) -> None:
        """What is measured counts from now on."""
        self._start = self._now
        self._tallies_before = self.world.tallies.copy()
        self._areas_before = self.world.units[list(AREAS)].copy()
        self._events_before = self.engine.events

    def measure(self) -> NetworkResult:
        """What has been measured since `start_measuring`, with all log rows since they were last taken."""
        places = bare_network.exit_place(self.world) + 1
        tallies = (self.world.tallies - self._tallies_before)[:, :places]
        tallies[-1] = tallies[:-1].sum(axis=0)
        tallies[:, :, bare_network.TIMES] /= TICKS
        span = self._now - self._start
        waiting, present, busy = ((self.world.units[area] - self._areas_before[area]) / span for area in AREAS)
        events = self.engine.events - self._events_before
        return NetworkResult(tallies, present, waiting, busy, span / TICKS, events, self.take_log())


def run_network(
    network: Network, seed: int, engine: str = "compiled", log: bool = False, horizon: float | None = None
) -> NetworkResult:
    """One replication of the network, measured from its warm-up to its horizon (or to the one given)."""
    return run_batches(network, seed, engine, log, horizon)[0]


def run_batches(
    network: Network,
    seed: int,
    engine: str = "compiled",
    log: bool = False,
    horizon: float | None = None,
    batches: int = 1,
) -> list[NetworkResult]:
    """One replication whose measured time is cut into equal stretches, each measured on its own.

    The first result also has the log rows of the warm-up.
    """
    run = Replication(network, seed, engine, log)
    run.advance(network.warmup)
    length = ((horizon or network.horizon) - network.warmup) / batches
    results = []
    for number in range(1, batches + 1):
        run.start_measuring()
        run.advance(network.warmup + number * length)
        results.append(run.measure())
    return results
