"""Measurements that need a process of their own: `python -c "from experiments.probe import ..."` prints one JSON object."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from experiments.time_left import Ticker
from model.indicators import summarise
from model.run import Outcome, simulate
from model.trial import staff_for
from scenarios import load

MIB = 2**20
PROCESSES = Path("/proc")
HAS_STATUS = (PROCESSES / "self" / "status").exists()  # on Linux


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
    """MiB by which memory grew between run number `settled_after` and the last of a batch.

    In this program and, where the system tells, in the worker that grew most; and what writing the tables took for a while.
    """
    from experiments.batch_study import make_batch
    from experiments.study_file import read_study_file

    study = {"scenarios": ["baseline"], "residents": 1_000, "weeks": 4, "window": [2, 3], "seeds": count}
    in_use: list[dict[int, int]] = []

    def step() -> None:
        in_use.append(_memory_by_process() if len(in_use) + 1 in (settled_after, count) else {})

    with tempfile.TemporaryDirectory() as folder:
        make_batch(read_study_file(study), Path(folder), 2, progress_of=lambda what, runs: nullcontext(Ticker(step)))
    settled, last = in_use[settled_after - 1], in_use[-1]
    grown = {process: (last[process] - settled[process]) / MIB for process in settled}
    found = {"tables": (_peak_in_memory() - last[os.getpid()]) / MIB, "program": grown.pop(os.getpid())}
    print(json.dumps({**found, **({"worker": max(grown.values())} if grown else {})}))


def _memory_by_process() -> dict[int, int]:
    """Bytes in use by this program and by each of its workers; this program's peak is counted from here."""
    gc.collect()
    _forget_peak()
    workers = [process.pid for process in multiprocessing.active_children()] if HAS_STATUS else []
    return {os.getpid(): _now_in_memory(), **{worker: _status("VmRSS", worker) for worker in workers}}


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
    if HAS_STATUS:
        return _status("VmRSS")
    return _peak_in_memory()


def _peak_in_memory() -> int:
    if HAS_STATUS:
        return _status("VmHWM")
    import resource  # not on Windows, where memory is not measured

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status(name: str, process: int | str = "self") -> int:
    lines = (PROCESSES / str(process) / "status").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(name))
    return int(line.split()[1]) * 1024


def environment_with_empty_cache(folder: Path) -> dict[str, str]:
    """The environment for a process that finds no compiled code."""
    return {**os.environ, "JIEDAO_CACHE": str(folder), "XDG_CACHE_HOME": str(folder)}
