"""The table of exact results: every row reproduced by simulation, with both engines compared on its network.

Three sizes: the default has every half-width at most 1.5% of the exact value and takes under a minute on two cores;
`long` has 1%, and 0.5% for the M/M/c rows, which takes some 6e8 customers in all; `quick` has whatever a tenth of the
default gives. The horizons in `scenarios/networks` were set from the half-widths alone, and the seeds were never
chosen: see `experiments.verification`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from experiments.intervals import Interval, sidak_bound
from experiments.network_measures import LEVEL, measure
from experiments.queueing_theory import Row, rows
from experiments.verification import (
    BASE_SEEDS,
    BATCHES,
    COMPARED_CUSTOMERS,
    FAMILY_ERROR,
    SCHEMA,
    Workers,
    finite,
    replication_seed,
    short_stretch,
)
from model.bare_network import SERVED_COUNT
from model.network import Network
from model.network_equality import EngineComparison, compare_engines
from model.network_run import NetworkResult, run_network
from scenarios.network_file import load_network


@dataclass(frozen=True)
class Effort:
    """How long the rows run. `narrow` is the largest relative half-width that a row may have, None for any."""

    name: str
    note: str
    horizon_factor: float
    replications: int
    replications_queues: int
    customers: int
    narrow: float | None
    narrow_queues: float | None


DEFAULT = Effort("default", "", 1.0, 21, 21, COMPARED_CUSTOMERS, 0.015, 0.015)
LONG = Effort("long", "Narrow intervals; this takes some minutes.", 1.0, 60, 135, COMPARED_CUSTOMERS, 0.01, 0.005)
QUICK = Effort(
    "quick",
    "Quick look, not the full study: runs a tenth as long, wide intervals, engines compared on 5,000 customers.",
    0.1, 21, 21, COMPARED_CUSTOMERS // 10, None, None,
)  # fmt: skip

PLAIN_QUEUES = ("erlang_c_3", "erlang_c_10")
"""The M/M/c rows, of which `long` asks more."""


@dataclass(frozen=True)
class VerifiedRow:
    """One exact result and what the engines make of it.

    `narrow` is the largest relative half-width asked for, None if any will do; `process` the interval of the process
    engine from its short stretch; `comparison` that of the logs.
    """

    row: Row
    interval: Interval
    bound: float
    narrow: float | None
    process: Interval | None
    comparison: EngineComparison

    @property
    def z(self) -> float:
        """Distance from the exact value in standard errors."""
        return self.interval.z(self.row.exact)

    @property
    def relative_half_width(self) -> float:
        """Half-width as a share of the exact value."""
        return self.interval.half_width / self.row.exact

    @property
    def narrow_enough(self) -> bool:
        """Whether the interval is as narrow as asked for."""
        return self.narrow is None or self.relative_half_width <= self.narrow

    @property
    def ok(self) -> bool:
        """Whether the estimate is within the bound, the interval narrow enough and the logs are equal."""
        return abs(self.z) <= self.bound and self.narrow_enough and self.comparison.equal

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.row.name,
            "file": self.row.file.name,
            "station": self.row.station,
            "class": self.row.customer_class,
            "measure": self.row.measure,
            "exact": self.row.exact,
            "estimate": self.interval.estimate,
            "relative_half_width": self.relative_half_width,
            "narrow": self.narrow,
            "z": finite(self.z),
            "bound": self.bound,
            "process_estimate": self.process.estimate if self.process else None,
            "process_half_width": self.process.half_width if self.process else None,
            "logs_equal": self.comparison.equal,
            "difference": self.comparison.difference,
            "customers_compared": self.comparison.customers,
            "ok": self.ok,
        }


@dataclass(frozen=True)
class RowsVerification:
    """The table of exact results. `note` says what it is not, where it is not the full study."""

    effort: str
    note: str
    rows: list[VerifiedRow]
    customers: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every row is."""
        return all(row.ok for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": SCHEMA,
            "effort": self.effort,
            "note": self.note,
            "base_seeds": list(BASE_SEEDS),
            "level": LEVEL,
            "family_error": FAMILY_ERROR,
            "customers": self.customers,
            "seconds": self.seconds,
            "ok": self.ok,
            "rows": [row.as_dict() for row in self.rows],
        }


def verify_rows(long: bool = False, quick: bool = False, workers: int = 2) -> RowsVerification:
    """Reproduce every exact row by simulation and compare the engines on each network.

    Raises ConservationError if a run loses or makes a customer.
    """
    begun = time.perf_counter()
    effort = QUICK if quick else LONG if long else DEFAULT
    expected = rows()
    networks = {row.file: load_network(row.file) for row in expected}
    with Workers(workers) as pool:
        # One comparison takes longer than one replication, so they come first and nobody waits for them in the end.
        compared = {path: _begin_comparison(pool, network, effort) for path, network in networks.items()}
        promised = {path: _begin_replications(pool, network, path.stem, effort) for path, network in networks.items()}
        results = {path: [result() for result in of_path] for path, of_path in promised.items()}
        comparisons = {path: result() for path, result in compared.items()}
    tables = {path: measure(network, results[path]) for path, network in networks.items()}
    in_process = {path: measure(network, comparisons[path].process) for path, network in networks.items()}
    verified = []
    for row in expected:
        key = (row.station, row.customer_class, row.measure)
        interval = tables[row.file][key]
        bound = sidak_bound(len(expected), FAMILY_ERROR, interval.count - 1)
        narrow = effort.narrow_queues if row.file.stem in PLAIN_QUEUES else effort.narrow
        verified.append(VerifiedRow(row, interval, bound, narrow, in_process[row.file].get(key), comparisons[row.file]))
    customers = sum(int(result.tallies[-1, -1, SERVED_COUNT]) for of_path in results.values() for result in of_path)
    return RowsVerification(effort.name, effort.note, verified, customers, time.perf_counter() - begun)


def _begin_comparison(pool: Workers, network: Network, effort: Effort) -> Callable[[], EngineComparison]:
    stretch = short_stretch(network, effort.customers)
    return pool.run(compare_engines, stretch, replication_seed(BASE_SEEDS[0], 0), BATCHES)


def _begin_replications(
    pool: Workers, network: Network, name: str, effort: Effort
) -> list[Callable[[], NetworkResult]]:
    measured = effort.horizon_factor * (network.horizon - network.warmup)
    network = replace(network, horizon=network.warmup + measured)
    count = effort.replications_queues if name in PLAIN_QUEUES else effort.replications
    seeds = [replication_seed(BASE_SEEDS[n % len(BASE_SEEDS)], n // len(BASE_SEEDS)) for n in range(count)]
    return [pool.run(run_network, network, seed) for seed in seeds]
