"""Doing a study again from its manifest, and comparing what came out."""

from __future__ import annotations

import io
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.assignment import Assignment
from experiments.console import Voice
from experiments.provenance import PACKAGES, assignment_from, source_state
from experiments.runner import Progress
from experiments.simulations import simulate_all
from experiments.study import MANIFEST
from experiments.study_folder import Study, read_manifest, read_study
from model.errors import InputFileError

SCHEMA = 1
KEY = ["scenario", "street", "draw", "seed", "period", "group", "kind", "indicator", "statistic"]


@dataclass(frozen=True)
class Reproduction:
    """Whether a study came out the same: to the byte of its file, and by value row by row."""

    folder: str
    same_bytes: bool
    rows: int
    differing: int
    largest: float
    first: str
    notes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every row has the same values."""
        return self.differing == 0


def read_assignment(manifest: Path) -> tuple[Study, Assignment]:
    """The study beside a manifest, and what has to be run. Raises InputFileError if either cannot be used."""
    folder = manifest if manifest.is_dir() else manifest.parent
    if not manifest.is_dir() and manifest.name != MANIFEST:
        raise InputFileError(f"{manifest}: expected a {MANIFEST} in the folder of a finished run or comparison")
    _refuse_resumable(folder, read_manifest(folder))
    study = read_study(folder)
    return study, assignment_from(study.manifest, str(folder / MANIFEST))


def _refuse_resumable(folder: Path, manifest: Mapping[str, Any]) -> None:
    """A batch and a sensitivity study are made again by their own commands, not from their manifests."""
    kind = "sensitivity study" if manifest.get("kind") == "sensitivity" else "batch" if "study" in manifest else None
    if kind is not None:
        begun = f" ({manifest['command']})" if manifest.get("command") else ""
        raise InputFileError(
            f"{folder}: holds a {kind}, and reproduce is for runs and comparisons; to check it, start its command{begun} with "
            "another --out, which makes every run anew; in the same folder it keeps finished runs and makes what is missing"
        )


def reproduce(
    study: Study, assignment: Assignment, workers: int | None = None, progress: Progress = lambda: None
) -> Reproduction:
    """Run a study again and compare its indicators with the stored ones."""
    made = simulate_all(assignment, workers, progress)["indicators"]
    stored = study.indicators
    with io.BytesIO() as written:
        made.to_parquet(written, index=False)
        same_bytes = written.getvalue() == (study.folder / "indicators.parquet").read_bytes()
    differing, largest, first = _compare(stored, made)
    return Reproduction(str(study.folder), same_bytes, len(stored), differing, largest, first, _notes(study.manifest))


def _compare(stored: pd.DataFrame, made: pd.DataFrame) -> tuple[int, float, str]:
    """How many rows differ, by how much at most, and the first of them."""
    both = stored.merge(made, on=KEY, how="outer", suffixes=("", "_new"), indicator="found")
    values = (both["value"] == both["value_new"]) | (both["value"].isna() & both["value_new"].isna())
    wrong = both.loc[~(values & (both["n"] == both["n_new"]) & (both["found"] == "both"))]
    if wrong.empty:
        return 0, 0.0, ""
    line = wrong.iloc[0]
    where = ", ".join(str(line[column]) for column in KEY)
    return (
        len(wrong),
        float((wrong["value"] - wrong["value_new"]).abs().max()),
        f"{where}: {line['value']} is now {line['value_new']}",
    )


def _notes(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """In what the program differs from the one that made the study."""
    commit, dirty = source_state()
    here = {"version": version("jiedao"), "commit": commit, "dirty": dirty, "platform": platform.platform()}
    here |= {f"package {name}": version(name) for name in PACKAGES}
    there = {name: manifest.get(name) for name in ("version", "commit", "dirty", "platform")}
    there |= {f"package {name}": found for name, found in (manifest.get("packages") or {}).items()}
    return tuple(f"{name}: was {there[name]}, is {here[name]}" for name in there if there[name] != here.get(name))


def print_reproduction(voice: Voice, manifest: Path, workers: int | None) -> bool:
    """Do it, say how it came out, and return whether it is the same."""
    study, assignment = read_assignment(manifest)
    voice.tell_of_compiling()
    with voice.progress("simulating again", assignment.size) as progress:
        result = reproduce(study, assignment, workers, progress)
    if result.same:
        how = "to the byte" if result.same_bytes else "in every value, though not in the bytes of its file"
        voice.result(f"{result.folder}: the same {how} ({result.rows:,} rows of indicators)")
    else:
        voice.result(
            f"{result.folder}: NOT the same: {result.differing:,} of {result.rows:,} rows of indicators differ, by at most "
            f"{result.largest:g}; first: {result.first}"
        )
    for note in result.notes:
        voice.result(f"  {note}")
    voice.document({"schema": SCHEMA, "command": "reproduce", "same": result.same, **asdict(result)})
    return result.same
