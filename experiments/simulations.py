"""`run` and `compare`: from an assignment to frames, to a study's folder, or to pandas objects in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import comparison
from experiments.assignment import Assignment, resolve
from experiments.drift import refuse_unsteady
from experiments.feedback import feedback_jobs, refuse_runaway, voice_loop
from experiments.frames import make_frames
from experiments.provenance import command_line, manifest_of, now
from experiments.report import REPORT_NAME, write_report
from experiments.runner import Job, Progress, run_jobs
from experiments.study import study_folder, write_frames, write_logs, write_manifest
from model.errors import ContradictionError, JiedaoError
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


def simulate_all(
    assignment: Assignment, workers: int | None = None, progress: Progress = lambda: None
) -> dict[str, pd.DataFrame]:
    """The frames of a study that is not written anywhere."""
    return make_frames(assignment, run_jobs(study_jobs(assignment), workers, progress))


def study_jobs(assignment: Assignment, log_folder: str | None = None) -> list[Job]:
    """A job for each run, in their order. Posts are set once where all runs are of one street, else in the workers."""
    first = assignment.configurations[0]
    staff = None if assignment.draws else staff_for(first.street, first.reference_values)
    keeping, engine = assignment.keeping, assignment.engine
    return [
        Job(run.configuration, run.seed, assignment.window, engine, staff, log_folder, keeping.weekly, keeping.panel)
        for run in assignment.runs
    ]


@dataclass(frozen=True)
class Written:
    """A study that lies in its folder."""

    folder: Path
    frames: dict[str, pd.DataFrame]
    manifest: dict[str, Any]

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
        jobs = study_jobs(assignment, str(draft) if assignment.keeping.log else None)
        further = [] if report else feedback_jobs(assignment)
        summaries = run_jobs([*jobs, *further], workers, progress)
        of_study = summaries[: len(jobs)]
        frames = make_frames(assignment, of_study)
        if assignment.steady:
            refuse_unsteady(frames["drift"], assignment.configurations[0].street)
        refuse_runaway(assignment, frames["loads"])
        if further:
            frames["voice_loop"] = voice_loop(assignment, of_study, summaries[len(jobs) :])
        write_frames(draft, frames)
        if assignment.keeping.log:
            write_logs(draft, jobs, [run.draw for run in assignment.runs])
        manifest = manifest_of(assignment, command_line(), start, of_study)
        write_manifest(draft, manifest)
        if report:
            say("drawing the plots and writing the report")
            write_report(draft)
    return Written(target, frames, manifest)


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
