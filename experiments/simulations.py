"""`run` and `compare`: from an assignment to frames, to a study's folder, or to pandas objects in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import comparison
from experiments.assignment import AUTO, Assignment, resolve, resolve_seeds
from experiments.drift import refuse_unsteady
from experiments.feedback import feedback_jobs, refuse_runaway, voice_loop
from experiments.frames import make_frames
from experiments.provenance import command_line, manifest_of, now
from experiments.replication import (
    Pairs,
    PrecisionRule,
    Replication,
    headline_values,
    pairs_of,
    replicate_until_precise,
)
from experiments.report import write_report
from experiments.report_page import REPORT_NAME
from experiments.runner import Job, Progress, run_jobs
from experiments.study import study_folder, write_frames, write_logs, write_manifest
from experiments.workers import default_workers, worker_pool
from model.errors import ContradictionError, JiedaoError
from model.indicators import Detail, RunSummary
from model.trial import staff_for


def run(*scenarios: str, workers: int | None = None, **options: Any) -> pd.DataFrame:
    """Indicators of each scenario and seed, one row each (the columns of `indicators.parquet`).

    `options` are those of `experiments.assignment.resolve`: street, residents, weeks, seeds, seed, settings, engine,
    window, from_start, draws, weekly. In a script that uses more than one worker, call it under `if __name__ == "__main__":`.
    Raises JiedaoError for whatever is wrong with them.
    """
    assignment = resolve(scenarios or ("baseline",), **_without_files(options))
    return simulate_all(assignment, workers)["indicators"]


def compare(*scenarios: str, workers: int | None = None, **options: Any) -> pd.DataFrame:
    """Paired differences of each scenario from the first one, over common seeds.

    Columns as in `experiments.comparison.paired_differences`, options as in `run`. Raises JiedaoError.
    """
    require_several(scenarios)
    assignment = resolve(scenarios, **_without_files(options))
    indicators = simulate_all(assignment, workers)["indicators"]
    return comparison.paired_differences(indicators, assignment.names[0], assignment.names[1:])


def replicate(
    *scenarios: str, workers: int | None = None, rule: PrecisionRule | None = None, **options: Any
) -> pd.DataFrame:
    """How many seeds make each headline difference from the first scenario precise, one row a scenario and indicator.

    Columns: `baseline`, `difference`, its `half_width` and the one `allowed`, `enough` seeds of its own, `variance_ratio`
    (what pairing divides the variance by), `unpaired` (independent seeds that would have been needed). The frame's `attrs` say
    how many `seeds` were made and how many were `enough` for all. Without a `rule` it is that of `--seeds auto`; options as in
    `compare`. Raises JiedaoError.
    """
    require_several(scenarios)
    assignment = resolve(scenarios, seeds=AUTO, **_without_files(options))
    found = _simulate(assignment, workers, rule=rule).replication
    found.table.attrs.update(seeds=found.seeds, enough=found.enough)
    return found.table


def simulate_all(
    assignment: Assignment, workers: int | None = None, progress: Progress = lambda: None
) -> dict[str, pd.DataFrame]:
    """The frames of a study that is not written anywhere."""
    made = _simulate(assignment, workers, progress)
    return make_frames(made.assignment, made.summaries)


@dataclass(frozen=True)
class _Made:
    """All runs of an assignment whose seeds are settled."""

    assignment: Assignment
    jobs: list[Job]
    summaries: list[RunSummary]
    replication: Replication | None = None


def _simulate(
    assignment: Assignment,
    workers: int | None = None,
    progress: Progress = lambda: None,
    log_folder: str | None = None,
    rule: PrecisionRule | None = None,
) -> _Made:
    """Make the runs of all seeds, or of as many seeds as precision asks for."""
    if assignment.until_precise:
        return _simulate_until_precise(assignment, workers, progress, log_folder, rule)
    jobs = study_jobs(assignment, log_folder)
    return _Made(assignment, jobs, run_jobs(jobs, workers, progress))


def _simulate_until_precise(
    assignment: Assignment, workers: int | None, progress: Progress, log_folder: str | None, rule: PrecisionRule | None
) -> _Made:
    names, street = assignment.names, assignment.configurations[0].street
    rule = rule or PrecisionRule()
    seeds = resolve_seeds(rule.cap, assignment.seeds[0])
    by_scenario: dict[str, list[RunSummary]] = {name: [] for name in names}

    def more(ordinals: range) -> Pairs:
        jobs = study_jobs(replace(assignment, seeds=tuple(seeds[i] for i in ordinals)), log_folder)
        summaries = iter(run_jobs(jobs, workers, progress, pool))
        for name in names:
            by_scenario[name] += [next(summaries) for _ in ordinals]
        values = {(street, name): [headline_values(s.indicators) for s in made] for name, made in by_scenario.items()}
        return pairs_of(values, names[0])

    study_jobs(replace(assignment, seeds=()))  # the trial of the street, which compiles, comes before the workers
    with nullcontext() if workers == 1 else worker_pool(workers or default_workers()) as pool:
        found = replicate_until_precise(more, rule)
    settled = replace(assignment, seeds=seeds[: found.seeds], until_precise=False)
    summaries = [summary for name in names for summary in by_scenario[name]]
    return _Made(settled, study_jobs(settled, log_folder), summaries, found)


def study_jobs(assignment: Assignment, log_folder: str | None = None) -> list[Job]:
    """A job for each run, in their order. Posts are set once where all runs are of one street, else in the workers."""
    first = assignment.configurations[0]
    staff = None if assignment.draws else staff_for(first.street, first.reference_values)
    keeping, engine = assignment.keeping, assignment.engine
    detail: Detail = "weekly" if keeping.weekly else "window"
    return [
        Job(run.configuration, run.seed, assignment.window, engine, staff, log_folder, detail, keeping.panel)
        for run in assignment.runs
    ]


@dataclass(frozen=True)
class Written:
    """A study that lies in its folder."""

    folder: Path
    assignment: Assignment
    frames: dict[str, pd.DataFrame]
    manifest: dict[str, Any]
    replication: Replication | None = None

    @property
    def report(self) -> Path:
        """Its page, if one was asked for."""
        return self.folder / REPORT_NAME


def write_study(
    assignment: Assignment,
    target: Path,
    force: bool = False,
    workers: int | None = None,
    progress: Progress = lambda: None,
    report: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Written:
    """Make all runs and put the study with its report into its folder, or leave everything as it was.

    Without a report the voice loop of the baseline is measured as well, by `feedback_jobs`. `say` hears what comes after the
    runs. Raises JiedaoError from the runs, ContradictionError and InputFileError for the folder, and what
    `refuse_unsteady` and `refuse_runaway` raise.
    """
    start = now()
    with study_folder(target, force) as draft:
        log_folder = str(draft) if assignment.keeping.log else None
        made = _simulate(assignment, workers, progress, log_folder)
        further = [] if report else feedback_jobs(made.assignment)
        around = run_jobs(further, workers, progress) if further else []
        frames = make_frames(made.assignment, made.summaries)
        if assignment.steady:
            refuse_unsteady(frames["drift"], assignment.configurations[0].street)
        refuse_runaway(made.assignment, frames["loads"])
        if further:
            frames["voice_loop"] = voice_loop(made.assignment, made.summaries, around)
        write_frames(draft, frames)
        if assignment.keeping.log:
            write_logs(draft, made.jobs, [run.draw for run in made.assignment.runs])
        manifest = manifest_of(made.assignment, command_line(), start, made.summaries)
        if made.replication is not None:
            manifest["replication"] = made.replication.document()
        write_manifest(draft, manifest)
        if report:
            say("drawing the plots and writing the report")
            write_report(draft)
    return Written(target, made.assignment, frames, manifest, made.replication)


def number_of_runs(assignment: Assignment, report: bool) -> int:
    """Runs that `write_study` makes."""
    return assignment.size + (0 if report else len(feedback_jobs(assignment)))


def require_several(scenarios: tuple[str, ...] | list[str]) -> None:
    """A comparison needs something to compare; raises ContradictionError."""
    if len(scenarios) < 2:
        named = ", ".join(scenarios) or "none"
        raise ContradictionError(f"compare: found {named}; name two scenarios or more, the first is the reference")


def _without_files(options: dict[str, Any]) -> dict[str, Any]:
    for name in ("log", "panel"):
        if options.get(name):
            raise JiedaoError(
                f"{name}=True: kept only where a folder is written: use the command with --{name} and --out"
            )
    return options


def default_folder(command: str, assignment: Assignment) -> Path:
    """A new folder in out/ that says what and when."""
    names = "-".join(assignment.names).replace("+", "_")[:60]
    return Path("out") / f"{command}-{names}-{now():%Y%m%d-%H%M%S}"
