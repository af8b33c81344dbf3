"""Verifying the engines on one bare network; `experiments.verification_tables` has the table of exact results.

The compiled engine runs independent replications in parallel processes. The process engine, which is slower, runs
one short stretch of the first replication (about 50,000 customers, fewer where each makes many visits): its log must
equal the compiled engine's byte for byte, and its own means come with intervals from equal batches of that stretch.

Seeds are never chosen. The table's replications belong to the base seeds 1, 2 and 3 in turn, those of a network file
to the file's seed; replication n (0, 1, ...) of a base seed b runs with the seed
`key_of("base seed b, replication n")`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar

from experiments.intervals import Interval, sidak_bound
from experiments.network_measures import LEVEL, Key, measure
from experiments.queueing_theory import exact_for
from experiments.workers import worker_pool
from model.compilation import is_compiled
from model.draws import key_of
from model.network import CustomerClass, Law, Network, Station
from model.network_equality import EngineComparison, compare_engines
from model.network_run import NetworkResult, run_network
from scenarios.network_flows import solve_traffic

SCHEMA = 1
"""The number that the JSON outputs of `verify` carry."""

Result = TypeVar("Result")

ENGINES = ("compiled", "process")
BASE_SEEDS = (1, 2, 3)
FAMILY_ERROR = 0.01
"""The chance that a correct program fails at least one row of a table."""

COMPARED_CUSTOMERS = 50_000
COMPARED_VISITS = 400_000
BATCHES = 20
WARMUP_SHARE = 0.2
"""At most this share of the process engine's stretch is not measured; a long warm-up is cut to it."""


@dataclass(frozen=True)
class MeasuredValue:
    """One measure of a network by each engine that measured it, and its exact value where theory knows one.

    `bound` is the largest |z| by which a correct engine may miss the exact value, None where there is none.
    """

    station: str
    customer_class: str
    measure: str
    intervals: dict[str, Interval]
    exact: float | None
    bounds: dict[str, float]

    def z(self, engine: str) -> float | None:
        """Distance of an engine's mean from the exact value in standard errors."""
        interval = self.intervals.get(engine)
        return None if self.exact is None or interval is None else interval.z(self.exact)

    @property
    def ok(self) -> bool | None:
        """Whether the compiled engine's mean is as near to the exact value as chance allows; None if none is known."""
        z = self.z("compiled")
        return None if z is None else abs(z) <= self.bounds["compiled"]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        engines = {
            engine: {"estimate": interval.estimate, "half_width": interval.half_width, "z": finite(self.z(engine))}
            for engine, interval in self.intervals.items()
        }
        place = {"station": self.station, "class": self.customer_class, "measure": self.measure}
        return place | {"exact": self.exact, "ok": self.ok} | engines


@dataclass(frozen=True)
class NetworkVerification:
    """What both engines say about one network. `comparison` is None where only one engine was asked for."""

    name: str
    network: Network
    seeds: list[int]
    stretch: Network
    comparison: EngineComparison | None
    values: list[MeasuredValue]
    level: float
    seconds: float

    @property
    def logs_equal(self) -> bool | None:
        """Whether both engines wrote the same bytes; None where only one engine ran."""
        return None if self.comparison is None else self.comparison.equal

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the engines."""
        return self.logs_equal is not False and all(value.ok is not False for value in self.values)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        network, stretch, comparison = self.network, self.stretch, self.comparison
        return {
            "schema": SCHEMA,
            "network": self.name,
            "base_seed": network.seed,
            "seeds": self.seeds,
            "compiled": {
                "replications": network.replications,
                "horizon": network.horizon,
                "warmup": network.warmup,
            },
            "process": {"batches": BATCHES, "horizon": stretch.horizon, "warmup": stretch.warmup},
            "logs_equal": self.logs_equal,
            "customers_compared": comparison.customers if comparison else 0,
            "log_rows_compared": comparison.rows if comparison else 0,
            "difference": comparison.difference if comparison else "",
            "level": self.level,
            "ok": self.ok,
            "seconds": self.seconds,
            "values": [value.as_dict() for value in self.values],
        }


def verify_network(
    network: Network, engines: Sequence[str] = ENGINES, workers: int = 2, name: str = ""
) -> NetworkVerification:
    """Measure a network with each engine asked for, and compare their logs if both are.

    Raises ConservationError if a run loses or makes a customer.
    """
    begun = time.perf_counter()
    seeds = [replication_seed(network.seed, number) for number in range(network.replications)]
    stretch = short_stretch(network)
    results: dict[str, list[NetworkResult]] = {}
    with Workers(workers) as pool:
        compared = pool.run(compare_engines, stretch, seeds[0], BATCHES) if "process" in engines else None
        if "compiled" in engines:
            promised = [pool.run(run_network, network, seed) for seed in seeds]
            results["compiled"] = [result() for result in promised]
        comparison = compared() if compared else None
    if comparison:
        results["process"] = comparison.process
    return NetworkVerification(
        name=name,
        network=network,
        seeds=seeds,
        stretch=stretch,
        comparison=comparison if "compiled" in engines else None,
        values=_values(network, results),
        level=LEVEL,
        seconds=time.perf_counter() - begun,
    )


def replication_seed(base: int, number: int) -> int:
    """The seed of a replication of a base seed; see the head of this file."""
    return key_of(f"base seed {base}, replication {number}")


def short_stretch(network: Network, customers: int = COMPARED_CUSTOMERS) -> Network:
    """The network with the horizon that the process engine can run: about so many customers, a little more."""
    from_outside = sum(c.arrival.rate for c in network.classes)
    visits = sum(sum(row.values()) for row in solve_traffic(network).arrivals.values())
    horizon = min(network.horizon, 1.02 * customers / from_outside, COMPARED_VISITS / visits)
    return replace(network, horizon=horizon, warmup=min(network.warmup, WARMUP_SHARE * horizon))


def _values(network: Network, results: dict[str, list[NetworkResult]]) -> list[MeasuredValue]:
    tables = {engine: measure(network, of_engine) for engine, of_engine in results.items()}
    exact = exact_for(network)
    keys: list[Key] = list(dict.fromkeys(key for table in tables.values() for key in table))
    known = [key for key in keys if key in exact]
    bounds = {
        engine: sidak_bound(max(1, len(known)), FAMILY_ERROR, len(of_engine) - 1)
        for engine, of_engine in results.items()
    }
    return [
        MeasuredValue(
            *key,
            intervals={engine: table[key] for engine, table in tables.items() if key in table},
            exact=exact.get(key),
            bounds=bounds,
        )
        for key in keys
    ]


class Workers:
    """Runs functions of this package in parallel processes; one worker is this process itself.

    The results do not depend on the number of workers. Workers load what the functions need and no more.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._pools = ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        if self.number > 1:
            if not is_compiled():
                compile_once()
            self._pool = self._pools.enter_context(worker_pool(self.number))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pools.__exit__(kind, error, at)

    def run(self, function: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        """Begin `function(*arguments)`; what comes back waits for its result, or raises its error."""
        if self._pool:
            return self._pool.submit(function, *arguments).result
        result = function(*arguments)
        return lambda: result


def compile_once() -> None:
    """Compile the engine in this process and keep it on disk, lest every worker does so for itself."""
    law = Law("exponential", 1.0)
    desk, client = Station("desk", 1, "fcfs", law), CustomerClass("client", 1, "desk", law)
    run_network(Network((desk,), (client,), {}, (), horizon=1.0, warmup=0.0, replications=2, seed=1), 1)


def finite(z: float | None) -> float | None:
    """JSON knows no infinity: a deviation without any spread is a null beside `ok` = false."""
    return z if z is not None and math.isfinite(z) else None
