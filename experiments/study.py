"""The folder of a study: claimed before anything runs, filled beside its final place, and put there as a whole.

A folder counts as finished when it has a manifest.json, which is therefore moved there last, and which an older study
loses first. A study that is interrupted leaves nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.runner import Job
from experiments.sensitivity_folder import refuse_sensitivity
from experiments.whole_files import write_whole
from model.codes import EVENT_NAMES, KIND_NAMES
from model.errors import ContradictionError, InputFileError

MANIFEST = "manifest.json"
FRAMES = (
    "indicators", "durations", "steps", "paired", "draws", "panel", "drift", "loads", "voice_loop", "events", "requests",
)  # fmt: skip
PLOTS = ("differences", "durations", "weeks", "steps", "gains")
OWN_FILES = (
    MANIFEST,
    "report.html",
    "report.zh.html",
    "draws.parquet",  # this and the next are written by batches
    "failures.csv",
    *(f"{name}.parquet" for name in FRAMES),
    *(f"{folder}/{name}.{end}" for folder in ("plots", "plots-zh") for name in PLOTS for end in ("svg", "png")),
)
"""All that studies write, the manifest first: an older study's files go before a new one's come."""


@contextmanager
def study_folder(target: Path, force: bool) -> Iterator[Path]:
    """A folder to fill, which becomes `target` if the block ends well and vanishes if it does not.

    Raises ContradictionError if `target` holds a finished study and `force` is not given, or a sensitivity study,
    InputFileError if it cannot be written, all before the block.
    """
    refuse_sensitivity(target)
    there = [name for name in OWN_FILES if (target / name).exists()]
    if there and not force:
        raise ContradictionError(
            f"--out {target}: holds {there[0]} already, and nothing is overwritten unless --force is given"
        )
    made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        refuse_unwritable(target)
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}-"))
    except OSError as error:
        raise InputFileError(f"--out {target}: cannot be written ({error.strerror or error})") from None
    try:
        yield draft
        _put_in_place(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        for folder in made:
            _remove_if_empty(folder)
        raise
    shutil.rmtree(draft, ignore_errors=True)


def write_frames(folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """Each frame as NAME.parquet."""
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """The manifest as JSON that a person can read."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / MANIFEST, f"{text}\n".encode())


def write_logs(folder: Path, jobs: Sequence[Job], draws: Sequence[int]) -> None:
    """events.parquet and requests.parquet from what the runs put aside, one run after the other; `draws` is that of each."""
    for name, translate in (("events", _event_columns), ("requests", _request_columns)):
        writer: pq.ParquetWriter | None = None
        for job, draw in zip(jobs, draws, strict=True):
            path = Path(job.log_folder or folder) / f"{job.log_name}-{name}.npy"
            records = np.load(path)
            path.unlink()
            scenario = pa.array([job.configuration.scenario] * len(records), pa.string())
            numbers = {
                name: pa.array(np.full(len(records), n, np.int64)) for name, n in (("draw", draw), ("seed", job.seed))
            }
            table = pa.table({"scenario": scenario, **numbers, **translate(records)})
            writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writer.write_table(table)
        if writer:
            writer.close()


def _event_columns(records: np.ndarray) -> dict[str, pa.Array]:
    """A log with its events in words; times in microseconds from Monday 2024-01-01 00:00."""
    columns = _columns(records)
    columns["event"] = _words(records["event"], EVENT_NAMES)
    return columns


def _request_columns(records: np.ndarray) -> dict[str, pa.Array]:
    """Cases with their kind in words, else as the model keeps them; times as in the events."""
    columns = _columns(records)
    columns["kind"] = _words(records["kind"], KIND_NAMES)
    return columns


def _columns(records: np.ndarray) -> dict[str, pa.Array]:
    return {name: pa.array(np.ascontiguousarray(records[name])) for name in records.dtype.names}


def _words(codes: np.ndarray, names: tuple[str, ...] | list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(names)))


def refuse_unwritable(target: Path) -> None:
    """Raises OSError if `target` is there and is no folder to write to."""
    if target.exists():
        if not target.is_dir():
            raise NotADirectoryError(0, "it is a file, not a folder")
        with tempfile.TemporaryFile(dir=target):
            pass


def _put_in_place(draft: Path, target: Path) -> None:
    """Move what was written; the manifest goes first of the old files and comes last of the new."""
    try:
        target.mkdir(exist_ok=True)
        for name in OWN_FILES:
            (target / name).unlink(missing_ok=True)
        for path in sorted(draft.rglob("*"), key=lambda found: (found.name == MANIFEST, found)):
            place = target / path.relative_to(draft)
            if path.is_dir():
                place.mkdir(exist_ok=True)
            else:
                os.replace(path, place)
    except OSError as error:
        raise InputFileError(f"--out {target}: cannot be written ({error.strerror or error})") from None


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
