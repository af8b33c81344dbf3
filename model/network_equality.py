"""Whether both engines write the same log of a bare network, byte for byte, and where they first part if not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from model.codes import EVENT_NAMES, REPORTED
from model.network import Network
from model.network_run import TICKS, NetworkResult, run_batches

SHOWN = ("time", "event", "unit", "amount")


@dataclass(frozen=True)
class EngineComparison:
    """One stretch of a network run by both engines.

    `customers` came and `rows` were logged, by the process engine. `difference` is empty where the logs are equal.
    `process` holds what that engine measured, in batches without logs.
    """

    equal: bool
    customers: int
    rows: int
    difference: str
    process: list[NetworkResult]


def compare_engines(network: Network, seed: int, batches: int = 1) -> EngineComparison:
    """Run a network to its horizon in both engines and compare all they logged, the warm-up included."""
    process = run_batches(network, seed, "process", log=True, batches=batches)
    log = np.concatenate([result.log for result in process])
    difference = first_difference(run_batches(network, seed, "compiled", log=True)[0].log, log)
    return EngineComparison(
        equal=not difference,
        customers=int(np.count_nonzero(log["event"] == REPORTED)),
        rows=len(log),
        difference=difference,
        process=[_without_log(result) for result in process],
    )


def first_difference(compiled: np.ndarray, process: np.ndarray) -> str:
    """Where two logs part, in words; empty if their bytes are equal."""
    if compiled.tobytes() == process.tobytes():
        return ""
    both = min(len(compiled), len(process))
    apart = np.flatnonzero(compiled[:both] != process[:both])
    row = int(apart[0]) if apart.size else both
    return f"log row {row}: compiled engine {_described(compiled, row)}; process engine {_described(process, row)}"


def _described(log: np.ndarray, row: int) -> str:
    if row >= len(log):
        return "has ended"
    time, event, station, amount = (log[field][row] for field in SHOWN)
    return f"'{EVENT_NAMES[event]}' at time {time / TICKS:.6f}, station {station}, amount {amount:g}"


def _without_log(result: NetworkResult) -> NetworkResult:
    return replace(result, log=result.log[:0])
