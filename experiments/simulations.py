"""`run` and `compare`: from an assignment to frames, to a study's folder, or to pandas objects in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import comparison
from experiments.assignment import Assignment, resolve
from experiments.frames import make_frames
from experiments.provenance import command_line, manifest_of, now
from experiments.report import REPORT_NAME, write_report
from experiments.runner import Progress, jobs_for, run_jobs
from experiments.study import study_folder, write_frames, write_logs, write_manifest
from model.errors import ContradictionError, JiedaoError


def run(*scenarios: str, workers: int | None = None, **options: Any) -> pd.DataFrame:
    """Indicators of each scenario and seed, one row each (the columns of `indicators.parquet`).

    `options` are those of `experiments.assignment.resolve`: street, residents, weeks, seeds, seed, settings, engine,
    window, from_start. In a script that uses more than one worker, call it under `if __name__ == "__main__":`.
    Raises JiedaoError for whatever is wrong with them.
    """
    assignment = resolve(scenarios or ("baseline",), **_without_logs(options))
    return simulate_all(assignment, workers)["indicators"]


def compare(*scenarios: str, workers: int | None = None, **options: Any) -> pd.DataFrame:
    """Paired differences of each scenario from the first one, over common seeds.

    Columns as in `experiments.comparison.paired_differences`, options as in `run`. Raises JiedaoError.
    """
    require_several(scenarios)
    assignment = resolve(scenarios, **_without_logs(options))
    indicators = simulate_all(assignment, workers)["indicators"]
    return comparison.paired_differences(indicators, assignment.names[0], assignment.names[1:])


def simulate_all(
    assignment: Assignment, workers: int | None = None, progress: Progress = lambda: None
) -> dict[str, pd.DataFrame]:
    """The frames of a study that is not written anywhere."""
    jobs = jobs_for(assignment.configurations, assignment.seeds, assignment.window, assignment.engine)
    return make_frames(assignment, run_jobs(jobs, workers, progress))


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

    `say` hears what comes after the runs. Raises JiedaoError from the runs, ContradictionError and InputFileError for
    the folder.
    """
    start = now()
    with study_folder(target, force) as draft:
        log_folder = str(draft) if assignment.log else None
        jobs = jobs_for(assignment.configurations, assignment.seeds, assignment.window, assignment.engine, log_folder)
        summaries = run_jobs(jobs, workers, progress)
        frames = make_frames(assignment, summaries)
        write_frames(draft, frames)
        if assignment.log:
            write_logs(draft, jobs)
        manifest = manifest_of(assignment, command_line(), start, summaries)
        write_manifest(draft, manifest)
        if report:
            say("drawing the plots and writing the report")
            write_report(draft)
    return Written(target, frames, manifest)


def require_several(scenarios: tuple[str, ...] | list[str]) -> None:
    """A comparison needs something to compare; raises ContradictionError."""
    if len(scenarios) < 2:
        named = ", ".join(scenarios) or "none"
        raise ContradictionError(f"compare: found {named}; name two scenarios or more, the first is the reference")


def _without_logs(options: dict[str, Any]) -> dict[str, Any]:
    if options.get("log"):
        raise JiedaoError(
            "log=True: logs are kept only where a folder is written: use the command with --log and --out"
        )
    return options


def default_folder(command: str, assignment: Assignment) -> Path:
    """A new folder in out/ that says what and when."""
    names = "-".join(assignment.names).replace("+", "_")[:60]
    return Path("out") / f"{command}-{names}-{now():%Y%m%d-%H%M%S}"
