"""Measurements that need a process of their own: `python -c "from experiments.probe import ..."` prints one JSON object."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path

from model.indicators import summarise
from model.run import Outcome, simulate
from model.trial import staff_for
from scenarios import load

MIB = 2**20
STATUS = Path("/proc/self/status")


def first_call() -> None:
    """Seconds from here to the end of a tiny run, the compiling of all it needs included."""
    begun = time.perf_counter()
    _tiny_run(1)
    print(json.dumps({"seconds": time.perf_counter() - begun}))


def memory(residents: int, weeks: int) -> None:
    """MiB at the peak of one run, above what the imports and the compiled code take."""
    configuration = load("baseline", "typical", residents, weeks)
    staff = staff_for(configuration.street, configuration.reference_values)
    _tiny_run(1)
    gc.collect()
    _forget_peak()
    before = _now_in_memory()
    summarise(simulate(configuration, 1, staff=staff))
    print(json.dumps({"mib": (_peak_in_memory() - before) / MIB}))


def many_runs(count: int, settled_after: int) -> None:
    """MiB by which memory grew between run number `settled_after` and the last."""
    reached = 0
    for seed in range(1, count + 1):
        summarise(_tiny_run(seed))
        if seed == settled_after:
            gc.collect()
            reached = _now_in_memory()
    gc.collect()
    print(json.dumps({"mib": (_now_in_memory() - reached) / MIB}))


def _tiny_run(seed: int) -> Outcome:
    configuration = load("baseline", "typical", 1_000, 4)
    return simulate(configuration, seed, window=(2, 3))


def _forget_peak() -> None:
    """Linux lets a process reset its own peak; elsewhere the peak is that since its start."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _now_in_memory() -> int:
    if STATUS.exists():
        return _status("VmRSS")
    return _peak_in_memory()


def _peak_in_memory() -> int:
    if STATUS.exists():
        return _status("VmHWM")
    import resource  # not on Windows, where memory is not measured

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status(name: str) -> int:
    line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def environment_with_empty_cache(folder: Path) -> dict[str, str]:
    """The environment for a process that finds no compiled code."""
    return {**os.environ, "JIEDAO_CACHE": str(folder), "XDG_CACHE_HOME": str(folder)}
