"""`jiedao sensitivity`: makes the study in its folder and says what it found, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments import words
from experiments.batch_text import seconds_of
from experiments.console import Voice
from experiments.provenance import now
from experiments.rollout import tell_of_rollout
from experiments.run_store import STORE_NAME, RunRequest
from experiments.sensitivity_design import runs_needed
from experiments.sensitivity_file import read_sensitivity_file
from experiments.sensitivity_folder import KIND, SCHEMA, claim_folder, write_results
from experiments.sensitivity_indices import KEY
from experiments.sensitivity_report import write_report
from experiments.sensitivity_result import Plan, Sensitivity, carry_out, without_weight
from experiments.sensitivity_study import QUICK_NOTE, StreetStudy, open_evaluator, resolve_study
from experiments.sensitivity_teller import by_value_sentences, member_sentences, standing_out, weight_sentences
from experiments.sensitivity_words import say, threshold_sentence
from experiments.street_size import tell_of_small_streets
from experiments.time_left import duration_text
from experiments.workers import default_workers
from model.errors import InputFileError, JiedaoError

SHOWN = 4  # factors named for each quantity
NAMED_SMALL = 12  # factors without weight that are named; the rest are counted


def print_sensitivity(
    voice: Voice,
    asked: Mapping[str, Any],
    study_file: Path | None,
    out: Path | None,
    force: bool,
    workers: int | None,
) -> None:
    """Do it. Options given replace those of the study file. Raises JiedaoError."""
    study = _resolved(asked, study_file)
    folder = out if out is not None else _default_folder(study)
    notes = claim_folder(folder, study, force)
    if study.quick:
        voice.result(QUICK_NOTE)
    _tell_beforehand(voice, study)
    for note in notes:
        voice.note(note)
    start = now()
    try:
        with open_evaluator(study, folder, workers, voice.progress) as evaluator:
            if evaluator.taken_over:
                voice.note(f"{evaluator.taken_over:,} runs are taken from {folder / 'outcomes.parquet'}")
            found = carry_out(study.plan, evaluator, voice.note)
    except KeyboardInterrupt:
        voice.note(
            f"stopped; every finished run is in {folder / STORE_NAME}: the same command goes on with --out {folder}"
        )
        raise
    manifest = write_results(folder, study, found, start)
    voice.note("drawing the plots and writing the report")
    report = write_report(folder)
    _print(voice, study, found, manifest)
    voice.result(f"report: {report}")
    voice.document(_document(study, found, manifest, folder))


def print_estimate(voice: Voice, asked: Mapping[str, Any], study_file: Path | None, workers: int | None) -> None:
    """Say how large the study is and how long it takes, without writing anything. Raises JiedaoError."""
    study = _resolved(asked, study_file)
    _tell_beforehand(voice, study)
    plan, scenarios, workers = study.plan, len(study.scenarios), workers or default_workers()
    runs = plan.design_runs(scenarios), plan.curve_runs(scenarios)
    place = (study.street, study.residents, study.weeks, study.window)
    per_run, per_point = seconds_of(RunRequest(list(study.scenarios.values())[-1], *place, {}, {}, plan.seeds[0]))
    points = runs_needed(plan.method, plan.groups, plan.n, 1, plan.second_order)
    of_design, of_curves = (runs[0] * per_run + points * per_point) / workers, runs[1] * per_run / workers
    seconds = of_design + of_curves
    voice.result(
        f"{runs[0]:,} runs of the design and {runs[1]:,} of curves at most, about {duration_text(seconds)} with {workers} "
        "worker(s), judged by a run or two made now; runs that --out holds already are not made again"
    )
    if plan.half_width is not None:
        voice.result(
            f"then twice as many points, and so on, until half-widths are {plan.half_width:g} or no more fit into "
            f"{plan.most_runs:,} runs, which take about {duration_text(plan.most_runs / runs[0] * of_design + of_curves)}"
        )
    document = {"schema": SCHEMA, "command": KIND, "dry_run": True, "workers": workers, "seconds": seconds}
    voice.document(document | {"runs": runs[0], "runs_of_curves": runs[1], "most_runs": plan.most_runs})


def _resolved(asked: Mapping[str, Any], study_file: Path | None) -> StreetStudy:
    """The study that options and, for what they leave open, a study file ask for.

    Raises JiedaoError, whose message names the file where what is wrong stands in it.
    """
    given = {name: value for name, value in asked.items() if value not in (None, [], ())}
    if study_file is None:
        return resolve_study(given)
    of_file = read_sensitivity_file(study_file)
    try:
        return resolve_study({**of_file, **given})
    except JiedaoError as error:
        if _complaint(of_file) != str(error):  # the options are at fault
            raise
        raise InputFileError(f"{study_file}: {str(error).removeprefix('sensitivity: ')}") from None


def _complaint(options: Mapping[str, Any]) -> str:
    """What is wrong with options by themselves; empty if nothing is."""
    try:
        resolve_study(options)
    except JiedaoError as error:
        return str(error)
    return ""


def _tell_beforehand(voice: Voice, study: StreetStudy) -> None:
    for note in (*study.notes, _size(study)):
        voice.note(note)
    tell_of_small_streets(voice, {study.street: study.residents})
    tell_of_rollout(voice, study.configurations, study.window, tuple(study.scenarios.values()))
    voice.tell_of_compiling()


def _default_folder(study: StreetStudy) -> Path:
    names = "-".join(study.scenarios).replace("+", "_")[:60]
    return Path("out") / f"{KIND}-{study.plan.method}-{names}-{now():%Y%m%d-%H%M%S}"


def _size(study: StreetStudy) -> str:
    plan = study.plan
    what = "trajectories" if plan.method == "morris" else "base points"
    return (
        f"{plan.method}: {len(plan.factors):,} factors and a dummy, {plan.n:,} {what}, {len(study.scenarios)} scenario(s) x "
        f"{_seeds(plan)}: {plan.design_runs(len(study.scenarios)):,} runs at most, and "
        f"{plan.curve_runs(len(study.scenarios)):,} for curves"
    )


def _seeds(plan: Plan) -> str:
    half = len(plan.seeds) // 2
    of_block = f"{plan.seeds_each} of {half} seeds by lot" if plan.seeds_each < half else f"{half} seed(s)"
    return f"{of_block}, and as many of a second block" + (f" at {plan.in_both:,}" if plan.in_both < plan.n else "")


def _print(voice: Voice, study: StreetStudy, found: Sensitivity, manifest: Mapping[str, Any]) -> None:
    method = study.plan.method
    index = "total index" if method == "sobol" else "mu* over the largest"
    columns = ("indicator", "scenario", f"what drives it ({index}, 95% half-width)", "luck", "dummy", "block gap", "")
    rows = [_drivers_row(found, line, method) for line in found.overview.to_dict("records")]
    voice.table(
        f"What drives what: {study.street}, {study.residents:,} residents, {len(manifest['seeds'])} seeds in two blocks",
        columns,
        rows,
        say("luck_caption", "en"),
        right=3,
    )
    if found.half_width_reached is False:
        voice.result(say("warn_half_width", "en", wanted=words.number(study.plan.half_width, 2)))
    for told in by_value_sentences(found.by_value, found.indices, found.overview, "en"):
        voice.result(told)
    for told in member_sentences(found.members, found.overview, "en"):
        voice.result(told)
    voice.result(_without_weight(found))
    for line in found.thresholds.to_dict("records"):
        voice.result(threshold_sentence(line, study.plan.factors, "en"))
    if not found.failures.empty:
        voice.result(_failed(found.failures))


def _drivers_row(found: Sensitivity, line: Mapping[str, Any], method: str) -> tuple[str, ...]:
    title = words.title("indicator", line["indicator"])
    scenario = line["scenario"] if line["measure"] == "level" else f"{line['scenario']}, difference"
    note = say(f"note_{line['note']}", "en") if line["note"] else ""
    if line["note"] in ("missing", "constant"):
        return title, scenario, "", "", "", "", note
    part = found.indices.loc[(found.indices[KEY] == [line[key] for key in KEY]).all(axis=1)].sort_values("rank")
    told = ("matters",) if line["note"] else ("matters", "unclear")
    index = "total" if method == "sobol" else "mu_star"
    shown = part.loc[part["verdict"].isin(told) & (part[index] > 0.0)].head(SHOWN)
    drivers = [_driver(row, method) for row in shown.to_dict("records")]
    share = words.number(100 * line["noise_share"], 1) + "%"
    gap = "–" if np.isnan(line["block_gap"]) else f"{line['block_gap']:.3f}"
    return title, scenario, "; ".join(drivers) or "nothing clearly", share, f"{line['dummy']:.3f}", gap, note


def _driver(row: Mapping[str, Any], method: str) -> str:
    """A factor with its index; a question mark where the interval leaves open whether it matters."""
    mark = "?" if row["verdict"] == "unclear" else ""
    index = "total" if method == "sobol" else "relative"
    return f"{row['factor']} {row[index]:.2f} ± {row[f'{index}_high'] - row[index]:.2f}{mark}"


def _without_weight(found: Sensitivity) -> str:
    """Factors that matter to nothing that was measured, and those that never changed a single number."""
    told = " ".join(weight_sentences(found.indices, found.overview, "en")) or "No index could be computed."
    small, _, _ = without_weight(found.indices, found.overview)
    if not small:
        return told
    more = f" and {len(small) - NAMED_SMALL} more (report.html)" if len(small) > NAMED_SMALL else ""
    return f"{told} Small are: {', '.join(small[:NAMED_SMALL])}{more}."


def _failed(failures: pd.DataFrame) -> str:
    first = failures.iloc[0]
    what = f" {first['indicator']}" if first["indicator"] else ""
    return (
        f"{len(failures):,} run(s) or outcomes gave no number and were left out "
        f"(failures.parquet); the first: point {first['point']}, seed {first['seed']}, {first['scenario']}{what}: "
        f"{first['reason']}"
    )


def _document(study: StreetStudy, found: Sensitivity, manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    about = {
        name: manifest[name]
        for name in (
            "street",
            "residents",
            "weeks",
            "window",
            "seeds",
            "scenarios",
            "outcomes",
            "method",
            "n",
            "points",
            "runs",
        )
    }
    frames = {
        name: getattr(found, name)
        for name in ("overview", "indices", "interactions", "by_value", "thresholds", "failures")
    }
    frames["members"] = None if found.members is None else standing_out(found.members)
    tables = {name: [] if frame is None else frame.to_dict("records") for name, frame in frames.items()}
    note = QUICK_NOTE if study.quick else ""
    return {"schema": SCHEMA, "command": KIND, "note": note, "folder": str(folder), **about, **tables}
