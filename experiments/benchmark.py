"""Speed and memory, each as a ratio or amount beside what it must reach, measured in one run on this machine.

Ratios are of processor time, so that a busy machine slows both sides alike; the first call and the two workers are by the
clock, since that is what a user waits for.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from experiments.batch_study import make_batch
from experiments.console import Voice
from experiments.probe import MIB, environment_with_empty_cache
from experiments.runner import jobs_for, run_job
from experiments.study_file import read_study_file
from experiments.workers import worker_pool
from model.engines.driver import CompiledEngine
from model.engines.process import ProcessEngine
from model.place import street_sizes
from model.run import simulate
from model.trial import staff_for
from scenarios import load

SCHEMA = 1
QUICK_NOTE = "Quick look, not the full study: short runs, and some rows are left out."
# Minutes of work, beside which the start of workers counts for little.
BATCH = {"scenarios": ["baseline"], "residents": 60_000, "seeds": 100}
LOOPS = [5_000_000] * 16
CALL_AT_MOST = 600  # seconds for a measurement in a process of its own


@dataclass(frozen=True)
class Line:
    """One measured quantity: it reaches its target if it is `at least` or `at most` that."""

    what: str
    value: float
    target: float
    at_least: bool
    unit: str
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.at_least else self.value <= self.target

    def cells(self) -> tuple[str, ...]:
        """For the table."""
        sign = "≥" if self.at_least else "≤"
        return (
            self.what,
            f"{self.value:.3g} {self.unit}",
            f"{sign} {self.target:.3g}",
            "yes" if self.reached else "NO",
            self.note,
        )


def print_benchmark(voice: Voice, quick: bool) -> None:
    """Measure and print every line that this version can."""
    if quick:
        voice.result(QUICK_NOTE)
    lines = []
    for measure in _measurements(quick):
        voice.note(f"measuring: {measure.__doc__}")
        lines += measure(quick)
    voice.table(
        "Speed and memory", ("what", "measured", "target", "reached", "how"), [line.cells() for line in lines], right=0
    )
    content = [{**asdict(line), "reached": line.reached} for line in lines]
    voice.document({"schema": SCHEMA, "command": "benchmark", "note": QUICK_NOTE if quick else "", "lines": content})


def _measurements(quick: bool) -> Iterator[Callable[[bool], list[Line]]]:
    yield first_call
    yield against_peers
    yield engines
    yield memory
    yield growth
    if not quick:
        yield two_workers
        yield many_runs


def first_call(_: bool) -> list[Line]:
    """the first call with nothing compiled"""
    with tempfile.TemporaryDirectory() as folder:
        found = _probe("first_call()", environment_with_empty_cache(Path(folder)))
    return [Line("first call, cold compile cache", found["seconds"], 45.0, False, "s", "by the clock, 1,000 residents")]


def against_peers(quick: bool) -> list[Line]:
    """both engines beside bare programs for one tandem"""
    from experiments.peers import measure_speeds

    found = measure_speeds(quick)
    simpy = f"{found['process_events_per_second']:,.0f} and {found['simpy_events_per_second']:,.0f} events/s"
    numba = f"{found['compiled_events_per_second'] / 1e6:.1f} and {found['numba_events_per_second'] / 1e6:.1f} million events/s"
    return [
        Line("process engine / bare SimPy tandem", found["process_to_simpy"], 1 / 6, True, "times as fast", simpy),
        Line("compiled engine / bare numba tandem", found["numba_to_compiled"], 4.0, False, "times as long", numba),
    ]


def engines(quick: bool) -> list[Line]:
    """one street with both engines"""
    residents, weeks = (2_000, 12) if quick else (10_000, 26)
    configuration = load("baseline", "typical", residents, weeks)
    staff = staff_for(configuration.street, configuration.reference_values)
    simulate(load("baseline", "typical", 1_000, 1), 1, "process", True, (0, 0), staff)  # loads what either needs
    whole, events_only, digests, events = {}, {}, set(), 0
    for engine in ("compiled", "process"):
        with timed_advance() as spent:
            begun = time.process_time()
            outcome = simulate(configuration, 1, engine, True, (0, weeks - 1), staff)
            whole[engine] = time.process_time() - begun
        events_only[engine] = sum(spent)
        digests.add(outcome.log_digest)
        events = outcome.events
    if len(digests) > 1:
        raise AssertionError("the engines wrote different logs, so their speeds must not be compared")
    ratio = events_only["process"] / events_only["compiled"]
    note = (
        f"equal logs, {events:,} events: {events_only['compiled']:.2f} and {events_only['process']:.1f} s; with drawing needs "
        f"and the weekly boundary, which both share, {whole['compiled']:.2f} and {whole['process']:.1f} s"
    )
    return [Line("compiled / process engine, one street", ratio, 60.0, True, "times as fast", note)]


@contextmanager
def timed_advance() -> Iterator[list[float]]:
    """Lists the processor seconds that the engines spend on events, call by call."""
    spent: list[float] = []

    def timed(advance: Callable[[Any, int], None]) -> Callable[[Any, int], None]:
        def with_clock(engine: Any, until: int) -> None:
            begun = time.process_time()
            advance(engine, until)
            spent.append(time.process_time() - begun)

        return with_clock

    with (
        patch.object(CompiledEngine, "advance", timed(CompiledEngine.advance)),
        patch.object(ProcessEngine, "advance", timed(ProcessEngine.advance)),
    ):
        yield spent


def memory(quick: bool) -> list[Line]:
    """memory of one street-year"""
    residents = 20_000 if quick else 60_000
    found = _probe(f"memory({residents}, 52)")
    return [
        Line(
            "memory above imports, a street-year",
            found["mib"] * MIB / 1e6,
            100.0,
            False,
            "MB",
            f"{residents:,} residents, no log, peak",
        )
    ]


def growth(quick: bool) -> list[Line]:
    """growth of time with residents"""
    sizes = (10_000, 40_000) if quick else (10_000, 60_000, 1_000_000)
    seconds = []
    for residents in sizes:
        job = jobs_for([load("baseline", "typical", residents, 26)], [1], (13, 25))[0]
        tries = []
        for _ in range(2 if len(street_sizes(residents)) == 1 else 1):
            begun = time.process_time()
            run_job(job)
            tries.append(time.process_time() - begun)
        seconds.append(min(tries))
    exponent = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    streets = len(street_sizes(sizes[-1]))
    note = f"{sizes[0]:,} to {sizes[-1]:,} residents: {', '.join(f'{s:.2f}' for s in seconds)} s; the largest as {streets} street(s)"
    return [Line("growth of time with residents, exponent", exponent, 1.10, False, "", note)]


def two_workers(_: bool) -> list[Line]:
    """a batch on two workers against one"""
    design = read_study_file(BATCH)
    seconds, bare = {}, {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            seconds[workers] = _elapsed(lambda folder=folder, n=workers: make_batch(design, Path(folder), n))
        with worker_pool(workers) as pool:
            list(pool.map(_count_up, LOOPS[: 2 * workers]))  # until each is there
            bare[workers] = _elapsed(lambda pool=pool: list(pool.map(_count_up, LOOPS)))
    note = (
        f"a batch of {design.seeds} runs of {BATCH['residents']:,} residents, from the start of its workers to its tables: "
        f"{seconds[1]:.0f} and {seconds[2]:.0f} s by the clock; "
        f"a loop that only counts gains {bare[1] / bare[2]:.2f} times here, whatever the program"
    )
    return [Line("two workers / one", seconds[1] / seconds[2], 1.8, True, "times as fast", note)]


def _elapsed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _count_up(number: int) -> int:
    total = 0
    for i in range(number):
        total += i
    return total


def many_runs(_: bool) -> list[Line]:
    """memory over the 1,000 runs of a batch"""
    found = _probe("many_runs(1000, 50)")
    tables = found.pop("tables")
    grown = " and ".join(f"{mib:.1f} MiB in the {process}" for process, mib in found.items())
    note = (
        f"growth from run 50 to run 1,000 of a batch on two workers, 1,000 residents: {grown}; the target is taken as flat; "
        f"writing the tables takes {tables:.0f} MiB for a while, however many runs there are"
    )
    return [Line("memory over 1,000 runs", max(found.values()), 10.0, False, "MiB", note)]


def _probe(call: str, environment: dict[str, str] | None = None) -> dict[str, float]:
    """What a function of `experiments.probe` printed, in a process of its own."""
    function = call.partition("(")[0]
    done = subprocess.run(
        [sys.executable, "-c", f"from experiments.probe import {function}; {call}"],
        capture_output=True, text=True, env=environment, timeout=CALL_AT_MOST,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"measuring {call} failed:\n{done.stderr}")
    found = json.loads(done.stdout)
    return {name: value if math.isfinite(value) else math.inf for name, value in found.items()}
