"""The folder of a sensitivity study: claimed when it begins, filled when it is done, read for its report or for the next study.

`study.json` says from the beginning which study lives here, beside the runs that were made for it; a study that was stopped
goes on from them. `manifest.json` comes last and means that it is finished.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.provenance import code_version, command_line, now, program_facts, street_facts, titles_of
from experiments.run_store import STORE_NAME, user_files
from experiments.sensitivity_design import BASE_POINTS, Design, make_design
from experiments.sensitivity_factors import factor_records, factors_of_records
from experiments.whole_files import write_whole
from model.errors import ContradictionError, InputFileError

if TYPE_CHECKING:
    from experiments.sensitivity_result import Sensitivity
    from experiments.sensitivity_study import StreetStudy

SCHEMA = 1
KIND = "sensitivity"
STUDY = "study.json"
MANIFEST = "manifest.json"
FRAMES = ("indices", "overview", "interactions", "members", "by_value", "failures", "curves", "thresholds", "outcomes")
OPTIONAL = ("interactions", "members", "by_value", "outcomes")
QUANTITY = ("scenario", "measure", "indicator")
COLUMNS = {  # without which a frame cannot be read
    "indices": (*QUANTITY, "factor", "role"),
    "overview": (*QUANTITY, "asked", "used", "note"),
    "thresholds": (*QUANTITY, "factor", "threshold"),
}


@dataclass(frozen=True)
class Stored:
    """A finished study as it lies in its folder; frames as in `Sensitivity`, None where it has none."""

    folder: Path
    manifest: Mapping[str, Any]
    indices: pd.DataFrame
    overview: pd.DataFrame
    interactions: pd.DataFrame | None
    members: pd.DataFrame | None
    by_value: pd.DataFrame | None
    failures: pd.DataFrame
    curves: pd.DataFrame
    thresholds: pd.DataFrame
    outcomes: pd.DataFrame | None

    @cached_property
    def design(self) -> Design:
        """The points that were run, made again when first asked for."""
        found = self.manifest
        factors = factors_of_records(found["factors"])
        narrowed = tuple((start, tuple(names)) for start, names in found.get("narrowed", ()))
        return make_design(factors, found["method"], found["n"], found["sample_seed"], found["second_order"], narrowed)


def claim_folder(folder: Path, study: StreetStudy, force: bool) -> tuple[str, ...]:
    """Make the folder this study's own, or find that it is; what it holds stays as it is. Gives notes on what was found.

    Raises ContradictionError for a folder of another study, of this one finished without `force`, or whose runs tell less than is
    asked for; InputFileError if it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputFileError(f"--out {folder}: cannot be written: it is a file, not a folder")
    found = _read_json(folder / STUDY)
    if found is None and (folder / MANIFEST).exists():
        raise ContradictionError(f"--out {folder}: holds another study ({MANIFEST}); name another folder")
    if found is not None:
        _refuse_another(folder, found.get("identity"), study.identity)
        if (folder / MANIFEST).exists() and not force:
            raise ContradictionError(
                f"--out {folder}: holds this study, finished; nothing is overwritten unless --force is given"
            )
    claim = {
        "schema": SCHEMA,
        "kind": KIND,
        "code": code_version(),
        "judged": list(study.judged),
        "known": _known(folder, study, found),
        "identity": study.identity,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if found is None or any(found.get(key) != claim[key] for key in ("code", "judged", "known")):
            _write_json(folder / STUDY, claim)
    except OSError as error:
        raise InputFileError(f"--out {folder}: cannot be written ({error.strerror or error})") from None
    if found is None:
        return ()
    notes = {
        "code": f"the code has changed since the last runs in {folder} were made: none of them serves, all are made again",
        "judged": f"others stand alone than when {folder} was last used: runs that are the same serve again",
    }
    return tuple(note for key, note in notes.items() if found.get(key) != claim[key])


def _known(folder: Path, study: StreetStudy, found: Mapping[str, Any] | None) -> list[str] | None:
    """The outcomes that all runs stored in a folder tell, None if that is every one. Raises ContradictionError if it is too few."""
    known = (found or {}).get("known")
    if known is None or not (folder / STORE_NAME).exists() or found.get("code") != code_version():
        return None
    if lacking := [name for name in study.outcomes if name not in known]:
        raise ContradictionError(
            f"--out {folder}: of runs that were taken from outcomes.parquet only {', '.join(known)} are known, not "
            f"{', '.join(lacking)}; delete {STORE_NAME} to have them made again"
        )
    return known


def note_known(folder: Path, outcomes: Sequence[str]) -> None:
    """Write down that of some stored runs no other outcomes are known."""
    _write_json(folder / STUDY, (_read_json(folder / STUDY) or {}) | {"known": list(outcomes)})


def _refuse_another(folder: Path, found: Any, identity: Mapping[str, Any]) -> None:
    wanted = json.loads(json.dumps(identity))  # lists for tuples, as in the file
    if found == wanted:
        return
    differing = [key for key in wanted if not isinstance(found, Mapping) or found.get(key) != wanted[key]]
    key = differing[0] if differing else "schema"
    there = found.get(key) if isinstance(found, Mapping) else None
    told = "" if key == "factors" else f": {there}, now {wanted.get(key)}"
    raise ContradictionError(f"--out {folder}: holds another study, which differs in {key}{told}; name another folder")


def write_results(folder: Path, study: StreetStudy, found: Sensitivity, start: datetime) -> dict[str, Any]:
    """Frames and, last, the manifest; returns the manifest. Raises InputFileError if the folder cannot be written."""
    manifest = _manifest(study, found, start)
    try:
        (folder / MANIFEST).unlink(missing_ok=True)
        for name in FRAMES:
            frame = getattr(found, name)
            path = folder / f"{name}.parquet"
            if frame is None:
                path.unlink(missing_ok=True)
            else:
                write_whole(path, frame.to_parquet(index=False))
        _write_json(folder / MANIFEST, manifest)
    except OSError as error:
        raise InputFileError(f"--out {folder}: cannot be written ({error.strerror or error})") from None
    return manifest


def _manifest(study: StreetStudy, found: Sensitivity, start: datetime) -> dict[str, Any]:
    design = found.design
    plan = replace(study.plan, n=design.n, narrowed=design.narrowed)
    names, facts = list(study.scenarios), program_facts()
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "status": "finished",
        "quick": study.quick,
        **facts,
        **street_facts(study.configurations),
        "files": files_of(study),
        "packages": {**facts["packages"], "SALib": importlib.metadata.version("SALib")},
        "command": command_line(),
        "start": start.isoformat(timespec="seconds"),
        "end": now().isoformat(timespec="seconds"),
        "baseline": names[0],
        "scenarios": names,
        "titles": titles_of(names),
        "street": study.street,
        "window": list(study.window),
        "seeds": list(plan.seeds),
        "seeds_per_point": plan.seeds_each,
        "second_block": plan.in_both,
        "curve_seeds": list(plan.curve_seeds),
        "outcomes": list(study.outcomes),
        "method": plan.method,
        "base_points": BASE_POINTS[plan.method],
        "n": plan.n,
        "narrowed": [[start, list(names)] for start, names in design.narrowed],
        "points": int(design.asked.sum()),
        "points_digest": design.digest,
        "runs": plan.design_runs(len(names)),
        "second_order": plan.second_order,
        "sample_seed": plan.sample_seed,
        "resamples": plan.resamples,
        "half_width": plan.half_width,
        "half_width_reached": found.half_width_reached,
        "factors": factor_records(plan.factors),
    }


def read_folder(folder: Path) -> Stored:
    """A finished study; raises InputFileError for a folder of something else or one that cannot be read."""
    if not folder.is_dir():
        raise InputFileError(f"{folder}: no such folder; expected the folder of a finished sensitivity study")
    manifest = _read_json(folder / MANIFEST)
    if manifest is None and is_sensitivity(folder):
        raise InputFileError(
            f"{folder}: this study is unfinished; start the same command with this --out again, which goes on where it stopped"
        )
    if manifest is None or manifest.get("kind") != KIND:
        raise InputFileError(f"{folder}: no finished sensitivity study lies here")
    if manifest.get("method") == "sobol" and manifest.get("base_points") != BASE_POINTS["sobol"]:
        raise InputFileError(
            f"{folder}: was made by a version of the code that took other base points; make the study again in another folder"
        )
    frames = {name: _read_frame(folder / f"{name}.parquet") for name in FRAMES}
    missing = [name for name, frame in frames.items() if frame is None and name not in OPTIONAL]
    if missing:
        raise InputFileError(f"{folder / missing[0]}.parquet: missing")
    for name, columns in COLUMNS.items():
        lacking = [column for column in columns if column not in frames[name]]  # type: ignore[operator]
        if lacking:
            raise InputFileError(f"{folder / name}.parquet: lacks the columns {', '.join(lacking)}")
    return Stored(folder, manifest, **frames)  # type: ignore[arg-type]


def files_of(study: StreetStudy) -> dict[str, str]:
    """The user's own files that a study names, and their digests."""
    texts = (*study.scenarios.values(), study.street)
    return {name: digest for text in texts for name, digest in user_files(text).items()}


def published_runs(folder: Path, study: StreetStudy) -> Stored | None:
    """The same study finished in a folder, if its table of outcomes tells all that its runs would tell now; else None.

    So it does where the code of a run, the user's own files and the points are those of then, and it has every outcome in question.
    """
    try:
        stored = read_folder(folder)
    except InputFileError:  # nothing finished, or nothing that can be read: there is nothing to take
        return None
    found = stored.manifest
    if stored.outcomes is None or not set(study.outcomes) <= set(found["outcomes"]):
        return None
    same = found.get("code") == code_version() and found.get("files") == files_of(study)
    return stored if same and stored.design.digest == found.get("points_digest") else None


def is_sensitivity(folder: Path) -> bool:
    """Whether a folder holds a study of this kind, finished or not."""
    found = (_read_json(folder / name) for name in (MANIFEST, STUDY)) if folder.is_dir() else ()
    return any(file is not None and file.get("kind") == KIND for file in found)


def refuse_sensitivity(folder: Path) -> None:
    """Raises ContradictionError where a sensitivity study lives: other tables would mix with its own, and no force helps."""
    try:
        lives_there = is_sensitivity(folder)
    except InputFileError:  # what cannot be read is none
        return
    if lives_there:
        raise ContradictionError(f"--out {folder}: holds a sensitivity study; name another folder")


def _read_frame(path: Path) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path}: not a readable parquet file ({error})") from None


def _read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file, None if there is no file. Raises InputFileError for anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path}: not a readable JSON file ({error})") from None
    if not isinstance(found, dict):
        raise InputFileError(f"{path}: expected an object of keys, found {type(found).__name__}")
    return found


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())
