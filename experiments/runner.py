"""Runs of streets in parallel processes: the same results in the same order whatever the number of workers.

What a worker needs is imported here and nothing else is, since every worker loads this file: no pandas, no plots. The
process engine alone brings Mesa with it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.workers import default_workers, in_worker, worker_pool
from model.configuration import Configuration
from model.errors import JiedaoError
from model.indicators import Detail, RunSummary, summarise
from model.observation import Observation
from model.organization import Staff
from model.panel import panel
from model.place import observe_place, simulate_streets
from model.run import EngineName, Outcome
from model.trial import staff_for

Progress = Callable[[], None]
"""Called once for each run that has finished."""


@dataclass(frozen=True)
class Job:
    """One run to be made. `log_folder` is where its log is put aside, None if no log is kept.

    `detail` says which indicators are computed, `panel` keeps the panel of grids and weeks. Without `staff` a trial of the
    street sets it, in the process that makes the run.
    """

    configuration: Configuration
    seed: int
    window: tuple[int, int]
    engine: EngineName = "compiled"
    staff: Staff | None = None
    log_folder: str | None = None
    detail: Detail = "window"
    panel: bool = False

    @property
    def log_name(self) -> str:
        """What its files of log and requests begin with: their order does not matter, only that they differ."""
        return f"{self.configuration.configuration_hash[:24]}-{self.seed}"


def jobs_for(
    configurations: Sequence[Configuration],
    seeds: Sequence[int],
    window: tuple[int, int],
    engine: EngineName = "compiled",
    log_folder: str | None = None,
) -> list[Job]:
    """A job for each configuration and seed, in this order, with staff set by a trial of the street."""
    staff = [staff_for(c.street, c.reference_values) for c in configurations]
    return [
        Job(configuration, seed, window, engine, of_street, log_folder)
        for configuration, of_street in zip(configurations, staff, strict=True)
        for seed in seeds
    ]


def run_job(job: Job) -> RunSummary:
    """Make one run, of all streets of the place. Raises ConservationError if the program lost something."""
    summary = _simulated(job)
    if in_worker():  # a street and its engine hold each other, and the next would come on top
        gc.collect()
        gc.freeze()  # what is left is here to stay, and need not be looked through again
    return summary


def _simulated(job: Job) -> RunSummary:
    panels = []

    def keep(outcome: Outcome, seen: Observation) -> None:
        if job.log_folder is not None:
            folder = Path(job.log_folder)
            np.save(folder / f"{job.log_name}-events.npy", outcome.log)
            np.save(folder / f"{job.log_name}-requests.npy", outcome.cases)
        if job.panel:
            panels.append(panel(outcome, seen))

    staff = job.staff or staff_for(job.configuration.street, job.configuration.reference_values)
    log = job.log_folder is not None
    outcomes = simulate_streets(job.configuration, job.seed, job.engine, log, job.window, staff)
    summary = summarise(observe_place(outcomes, job.configuration, keep), job.detail)
    return replace(summary, panels=panels)


def run_jobs(
    jobs: Sequence[Job], workers: int | None = None, progress: Progress = lambda: None, pool: Executor | None = None
) -> list[RunSummary]:
    """The summaries of all jobs, in their order. `workers` defaults to the number of processors; a `pool` at hand is used.

    Raises JiedaoError if a worker dies; whatever a run raises passes through, and the other runs are given up.
    """
    workers = min(workers or default_workers(), len(jobs))
    if pool is None and workers <= 1:
        return [_with_progress(job, progress) for job in jobs]
    with worker_pool(workers) if pool is None else nullcontext(pool) as pool:
        promised = [pool.submit(run_job, job) for job in jobs]
        for finished in as_completed(promised):
            _result(finished)
            progress()
        return [_result(future) for future in promised]


def _with_progress(job: Job, progress: Progress) -> RunSummary:
    summary = run_job(job)
    progress()
    return summary


def _result(future: Future[RunSummary]) -> RunSummary:
    try:
        return future.result()
    except BrokenProcessPool:
        raise JiedaoError(
            "a worker process ended unexpectedly, most likely for lack of memory: nothing was written; "
            "try fewer --workers, fewer --residents or no --log"
        ) from None
