"""`run` and `compare` in the terminal: what is about to be made, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments import run_tables
from experiments.assignment import Assignment
from experiments.console import Voice
from experiments.drift import print_drift
from experiments.feedback import print_feedback
from experiments.replication_text import print_replication
from experiments.rollout import tell_of_rollout
from experiments.simulations import Written, default_folder, number_of_runs, write_study
from experiments.street_size import tell_of_small_streets


def make_study(
    voice: Voice,
    command: str,
    scenarios: Sequence[str],
    assignment: Assignment,
    out: Path | None,
    force: bool,
    workers: int | None,
    report: bool,
) -> None:
    """Make the runs, write the folder and print the result. `scenarios` are what the assignment was asked for."""
    target = out if out is not None else default_folder(command, assignment)
    for note in assignment.notes:
        voice.note(note)
    first = assignment.configurations[0]
    drawn = f" x {len(assignment.draws)} draw(s)" if assignment.draws else ""
    seeds = f"at most {len(assignment.seeds)}" if assignment.until_precise else f"{len(assignment.seeds)}"
    voice.note(
        f"{len(assignment.names)} scenario(s){drawn} x {seeds} seed(s) on {first.street}, "
        f"{first.residents:,} residents, {first.weeks} weeks"
    )
    tell_of_small_streets(voice, {first.street: first.residents})
    tell_of_rollout(voice, assignment.configurations, assignment.window, scenarios)
    voice.tell_of_compiling()
    task = "simulating, at most" if assignment.until_precise else "simulating"
    with voice.progress(task, number_of_runs(assignment, report)) as progress:
        written = write_study(assignment, target, force, workers, progress, report)
    _print_study(voice, command, written.assignment, written)


def _print_study(voice: Voice, command: str, assignment: Assignment, written: Written) -> None:
    folder = str(written.folder)
    if command == "run":
        document = run_tables.run_document(assignment, written.frames, folder)
        for name, levels in document["levels"].items():
            run_tables.print_levels(voice, assignment, name, levels)
        run_tables.print_spread(voice, assignment, written.frames)
        print_drift(voice, written.frames["drift"])
        print_feedback(voice, assignment, written.frames)
        voice.result(f"written: {folder} (jiedao report {folder} makes a page of it)")
    else:
        document = run_tables.compare_document(assignment, written.frames, folder)
        if written.replication is not None:
            print_replication(voice, written.replication)
            document["replication"] = written.replication.document()
        run_tables.print_comparison(voice, assignment, written.frames)
        run_tables.print_all_levels(voice, assignment, document["levels"])
        run_tables.print_spread(voice, assignment, written.frames)
        run_tables.print_rest(voice, assignment, written.frames)
        voice.result(f"report: {written.report}")
    voice.document(document)
