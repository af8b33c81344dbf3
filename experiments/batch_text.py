"""What `jiedao batch` says: what it will make and how long that takes, how it goes, and what came of it."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.batch_folder import FAILURES, INDICATORS, look_into
from experiments.batch_study import Batch, make_batch, missing_keys
from experiments.console import Voice
from experiments.replication import PrecisionRule, Replication
from experiments.replication_text import print_replication
from experiments.run_store import STORE_NAME, RunRequest, RunStore, unpack
from experiments.run_worker import make_run, measure_staff
from experiments.study_file import StudyDesign
from experiments.time_left import duration_text
from experiments.workers import default_workers
from model.errors import JiedaoError
from model.indicators import Detail

SCHEMA = 1
BYTES_A_ROW = 6.0  # of indicators.parquet: names cost next to nothing, and many numbers are the same
START_SECONDS = 3.0  # until the workers have loaded everything
BYTES_A_KEY = 110.0  # of the store: a key, its index, and what the pages leave empty


def print_batch(
    voice: Voice, design: StudyDesign, folder: Path, workers: int | None, executor: Executor | None, force: bool
) -> bool:
    """Make a batch, tell what came of it, and return whether no run failed."""
    try:
        done = make_batch(design, folder, workers, executor, force, voice.progress, voice.note)
    except KeyboardInterrupt:
        voice.note(f"stopped; every finished run is in {folder / STORE_NAME}: the same command goes on from there")
        raise
    _print_done(voice, design, done)
    return not done.tables.failed


def _print_done(voice: Voice, design: StudyDesign, done: Batch) -> None:
    tables = done.tables
    if done.replication is not None:
        print_replication(voice, done.replication)
    voice.result(
        f"{tables.runs:,} runs, {done.made:,} of them made now: {tables.rows:,} rows in {done.folder / INDICATORS}"
    )
    if tables.failed:
        voice.result(
            f"{tables.failed:,} runs failed, listed in {done.folder / FAILURES}"
            + (f"; the first: {tables.first_error}" if tables.first_error else "")
        )
    if len(design.names) > 1:
        voice.result(f"jiedao report {done.folder} compares the scenarios on {design.streets[0]}")
    document = {"schema": SCHEMA, "command": "batch", "folder": str(done.folder), "made": done.made}
    document |= {"runs": tables.runs, "rows": tables.rows, "failed": tables.failed, "study": design.described()}
    voice.document({**document, **_document_of(done.replication)})


def _document_of(replication: Replication | None) -> dict[str, Any]:
    return {} if replication is None else {"replication": replication.document()}


@dataclass(frozen=True)
class Estimate:
    """What a batch asks of the machine: runs that are missing of all `runs`, seconds by the clock, bytes on disk."""

    runs: int
    missing: int
    seconds: float
    disk: float


def print_estimate(voice: Voice, design: StudyDesign, folder: Path, workers: int | None, force: bool) -> None:
    """Say how much there is to do, without doing or writing anything but one or two runs to time."""
    workers = workers or default_workers()
    found = look_into(folder, design, force)
    for text in (*design.notes, *found.notes):
        voice.note(text)
    rule = PrecisionRule()
    seeds = rule.cap if design.seeds is None else design.seeds
    estimate = _estimate(design, folder, workers, seeds)
    if design.seeds is None:
        voice.result(f"seeds = 'auto': from {rule.first + rule.look_ahead} to {seeds} seeds; below, the most")
    counts = (design.names, design.streets, range(design.draws), range(seeds))
    parts = [f"{len(c):,} {name}(s)" for c, name in zip(counts, ("scenario", "street", "draw", "seed"), strict=True)]
    voice.result(f"{' x '.join(parts)} = {estimate.runs:,} runs, of which {estimate.missing:,} are still to be made")
    if estimate.missing:
        told = f"about {duration_text(estimate.seconds)} with {workers} worker(s)"
        voice.result(f"{told}, judged by a run or two made now")
    voice.result(f"about {estimate.disk / 1e6:,.3g} MB in {folder}")
    document = {"schema": SCHEMA, "command": "batch", "dry_run": True, "folder": str(folder), "workers": workers}
    document |= {"runs": estimate.runs, "missing": estimate.missing}
    voice.document({**document, "seconds": estimate.seconds, "bytes": estimate.disk})


def _estimate(design: StudyDesign, folder: Path, workers: int, seeds: int) -> Estimate:
    """From a run on the smallest street and one on the largest; those between lie between."""
    cells = {cell.request.street: cell for cell in design.in_order(1) if cell.draw == 0}  # of the last scenario
    sizes = {street: design.configurations[street][cell.scenario].residents for street, cell in cells.items()}
    ends = sorted({min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)}, key=sizes.__getitem__)
    probes = [_probe(cells[street].request, design.keep) for street in ends]
    of_ends = [sizes[street] for street in ends]
    seconds, packed, rows = (
        float(np.mean([np.interp(size, of_ends, measured) for size in sizes.values()]))
        for measured in zip(*probes, strict=True)
    )
    runs, missing = design.size(seeds), _missing(design, folder, seeds)
    trials = len(sizes) * design.draws * missing / runs
    whole = (missing * seconds + trials * _trial_seconds(design)) / workers + (START_SECONDS if missing else 0.0)
    return Estimate(runs, missing, whole, runs * (packed + BYTES_A_KEY + rows * BYTES_A_ROW))


def seconds_of(request: RunRequest) -> tuple[float, float]:
    """Seconds of a run like this one, and of the trial of its street, which runs of one draw share."""
    seconds, _, _ = _probe(request, "headline")
    begun = time.perf_counter()
    measure_staff(replace(request, draw={"demand_factor": 1.01}))
    return seconds, time.perf_counter() - begun


def _probe(request: RunRequest, keep: Detail) -> tuple[float, float, float]:
    """Seconds of a run, bytes of what is stored of it, rows; a run before it loads whatever is needed."""
    make_run(request, keep)
    begun = time.perf_counter()
    packed = make_run(replace(request, seed=request.seed + 1), keep)
    seconds = time.perf_counter() - begun
    if packed.rows is None:
        raise JiedaoError(f"a run made to see how long it takes failed, as others may: {packed.error}")
    return seconds, float(len(packed.rows)), float(len(unpack(packed.rows)))


def _trial_seconds(design: StudyDesign) -> float:
    """Seconds of the trial that each draw of a street asks for; not worth a measurement if there is one draw."""
    if design.draws == 1:
        return 0.0
    other_draw = next(cell.request for cell in design.in_order(1) if cell.draw == 1)
    begun = time.perf_counter()
    measure_staff(other_draw)
    return time.perf_counter() - begun


def _missing(design: StudyDesign, folder: Path, seeds: int) -> int:
    """Runs that the folder does not have."""
    if not (folder / STORE_NAME).exists():
        return len(missing_keys(design, seeds))
    with RunStore(folder, design.keep) as store:
        return len(missing_keys(design, seeds, store))
