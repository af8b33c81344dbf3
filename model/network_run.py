"""Running a bare network: from its description to what was measured at each station, by class."""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np

from model import bare_network, draws, flow
from model.codes import NEVER, SECOND
from model.engines import compiled
from model.engines.process import ProcessEngine
from model.network import EXIT, Law, Network
from model.world import World, blank_request, empty_world, with_more_rows

TICKS = SECOND  # microseconds in one unit of a network's time


@dataclass(frozen=True)
class NetworkResult:
    """What one replication measured after its warm-up.

    `tallies`: (classes + 1, stations + forks + 1, measures of `bare_network.MEASURES`), times in the network's unit.
    `present`, `waiting`, `busy`: time averages by station. `span`: measured time. `log`: rows if asked for.
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


class _Keeper:
    """Holds a world that may need more rows, and the log that was written so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chunks: list[np.ndarray] = []

    def keep_log(self) -> None:
        n = int(self.world.clock["logged"][0])
        self.chunks.append(self.world.log[:n].copy())
        self.world.clock["logged"] = 0

    def log(self) -> np.ndarray:
        self.keep_log()
        return np.concatenate(self.chunks)


def run_network(
    network: Network, seed: int, engine: str = "compiled", log: bool = False, horizon: float | None = None
) -> NetworkResult:
    """One replication of the network. `engine` is "compiled" or "process"."""
    rows = 4096 if engine == "compiled" else 200_000
    keeper = _Keeper(build_world(network, seed, rows, log_rows=100_000 if log else 0))
    world = keeper.world
    first = np.array([bare_network.next_customer(world, c, 0) for c in range(len(network.classes))])
    warmup, end = int(network.warmup * TICKS), int((horizon or network.horizon) * TICKS)
    if engine == "compiled":
        state = compiled.new_engine(world)
        compiled.schedule_arrivals(world, state, first)

        def advance(until: int) -> None:
            nonlocal state
            while (status := compiled.advance(keeper.world, state, until)) != compiled.DONE:
                if status == compiled.LOG_FULL:
                    keeper.keep_log()
                else:
                    keeper.world = with_more_rows(keeper.world, 2 * len(keeper.world.requests))
                    state = compiled.with_more_rows(state, len(keeper.world.requests))
    else:
        simpy_engine = ProcessEngine(world, mesa.Model(), keeper.keep_log)
        simpy_engine.schedule_arrivals(first)
        advance = simpy_engine.advance
    advance(warmup)
    _reset_measures(keeper.world, warmup)
    advance(end)
    events = int(state.counts[1]) if engine == "compiled" else simpy_engine.events
    return _measure(keeper, warmup, end, events)


def _reset_measures(world: World, now: int) -> None:
    world.tallies[:] = 0.0
    for u in range(len(world.units)):
        flow.bring_accounts_up_to(world, u, now)
    for account in ("area_waiting", "area_present", "area_busy"):
        world.units[account] = 0


def _measure(keeper: _Keeper, start: int, end: int, events: int) -> NetworkResult:
    world = keeper.world
    for u in range(len(world.units)):
        flow.bring_accounts_up_to(world, u, end)
    tallies = world.tallies.copy()
    for measure in (bare_network.WAIT, bare_network.STAY, bare_network.WAITING_TIME):
        tallies[:, :, measure] /= TICKS
    span = end - start
    return NetworkResult(
        tallies=tallies,
        present=world.units["area_present"] / span,
        waiting=world.units["area_waiting"] / span,
        busy=world.units["area_busy"] / span,
        span=span / TICKS,
        events=events,
        log=keeper.log(),
    )


__all__ = ["TICKS", "NetworkResult", "blank_request", "build_world", "run_network"]
