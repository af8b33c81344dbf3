"""The folder of a batch: whose it is, what its manifest says, and its tables.

Two batches share a folder only if they are the same study. The manifest comes first, with the status "running", and goes over
to "finished" when the tables are there; between the two, the runs collect in the store beside it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.provenance import NOT_MODELLED, code_version, command_line, now, program_facts, street_facts, titles_of
from experiments.run_store import RunStore
from experiments.sensitivity_folder import refuse_sensitivity
from experiments.study import MANIFEST, OWN_FILES, refuse_unwritable, write_manifest
from experiments.study_file import Cell, StudyDesign
from experiments.whole_files import remove_parts, whole_file
from model.errors import ContradictionError, InputFileError

SCHEMA = 1
RUNNING, FINISHED = "running", "finished"
INDICATORS, DRAWS, FAILURES = "indicators.parquet", "draws.parquet", "failures.csv"

ROWS_A_GROUP = 65_536  # so many rows are in memory at once
COLUMNS = pa.schema(
    [("scenario", pa.string()), ("street", pa.string()), ("draw", pa.int64()), ("seed", pa.int64())]
    + [(name, pa.string()) for name in ("period", "group", "kind", "indicator", "statistic")]
    + [("value", pa.float64()), ("n", pa.int64())]
)
DRAW_COLUMNS = pa.schema(
    [("draw", pa.int64()), ("parameter", pa.string()), ("value", pa.float64()), ("role", pa.string())]
)
# Written out, so that another release of the library does not quietly change the bytes.
WRITER = {"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0"}


@dataclass(frozen=True)
class Found:
    """What is in the folder: this study's manifest as it stands (None: not begun), and notes for the user."""

    manifest: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do: what was lost with its worker is tried again."""
        return self.manifest is not None and self.manifest["status"] == FINISHED and not self.manifest["lost"]


def look_into(folder: Path, design: StudyDesign, force: bool) -> Found:
    """What a batch finds in its folder; nothing is written.

    Raises ContradictionError if the folder holds something else than this study, or this study finished by another version
    of the code, unless `force` is given; whatever is given if it holds a sensitivity study. InputFileError if it cannot be read
    or written.
    """
    refuse_sensitivity(folder)
    try:
        refuse_unwritable(folder)
    except OSError as error:
        raise InputFileError(f"--out {folder}: cannot be written ({error.strerror or error})") from None
    there = [name for name in OWN_FILES if (folder / name).exists()]
    if not there:
        return Found()
    if MANIFEST not in there:
        return Found() if force else _refuse(folder, f"holds {there[0]} of something else")
    manifest = _read_manifest(folder / MANIFEST)
    other = _difference(manifest, design)
    if other:
        return Found() if force else _refuse(folder, other)
    if manifest.get("code") == code_version():
        return Found(None if force else manifest)
    if manifest["status"] == FINISHED and not force:
        _refuse(folder, f"holds this study as another version of the code made it ({manifest.get('code')})")
    return Found(None, ("the code has changed since: runs made by the other version are not used",))


def _refuse(folder: Path, what: str) -> Found:
    raise ContradictionError(
        f"--out {folder}: {what}; name another folder, or --force to replace it (runs stored there are used where they fit)"
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path}: cannot be read ({error}); delete it or name another folder with --out") from None
    return manifest if isinstance(manifest, dict) else {}


def _difference(manifest: Mapping[str, Any], design: StudyDesign) -> str:
    """In what the study that a manifest describes is another one; nothing if it is the same."""
    there, here = manifest.get("study"), json.loads(json.dumps(design.described()))
    if not isinstance(there, dict):
        return "holds a run or comparison and not a batch"
    for key in here:
        if there.get(key) != here[key]:
            return f"holds another study, with {key} {json.dumps(there.get(key))} and not {json.dumps(here[key])}"
    return ""


def begin(folder: Path, design: StudyDesign, found: Found) -> dict[str, Any]:
    """Make the folder this study's: tables of anything else go, and the manifest says that it is running."""
    manifest = {
        "schema": SCHEMA,
        "status": RUNNING,
        **program_facts(),
        "command": command_line(),
        "start": (found.manifest or {}).get("start", now().isoformat(timespec="seconds")),
        "study": design.described(),
        **_resolved(design),
        "window": list(design.window),
        "draws": design.draws,
        "baseline": design.names[0],
        "scenarios": list(design.names),
        "titles": titles_of(design.names),
        "not_modelled": list(NOT_MODELLED),
    }
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if found.manifest is None:
            for name in OWN_FILES:
                (folder / name).unlink(missing_ok=True)
        for name in (MANIFEST, INDICATORS, DRAWS, FAILURES):
            remove_parts(folder / name)
        write_manifest(folder, manifest)
    return manifest


def _resolved(design: StudyDesign) -> dict[str, Any]:
    """Parameters of runs without a draw: of the first street where reports look for them, of all by street."""
    by_street = [street_facts(list(scenarios.values())) for scenarios in design.configurations.values()]
    several = {"streets": {facts["street"]: facts for facts in by_street}} if len(by_street) > 1 else {}
    return {**by_street[0], **several}


@dataclass
class Tables:
    """What became of a batch's runs: counts, and the first of the errors."""

    runs: int = 0
    rows: int = 0
    failed: int = 0
    lost: int = 0
    first_error: str = ""


def finish(folder: Path, design: StudyDesign, manifest: Mapping[str, Any], store: RunStore, seeds: int) -> Tables:
    """Write the tables from the store, run by run, then the manifest that says so."""
    with _disk_errors(folder):
        with whole_file(folder / DRAWS) as part:
            _write_draws(part, design)
        with whole_file(folder / INDICATORS) as part:
            tables = _write_indicators(part, design.in_order(seeds), store)
        if tables.failed:
            with whole_file(folder / FAILURES) as part:
                _write_failures(part, design.in_order(seeds), store)
        else:
            (folder / FAILURES).unlink(missing_ok=True)
        counts = {"runs": tables.runs, "rows": tables.rows, "failed": tables.failed, "lost": tables.lost}
        ended = {"seeds": list(range(1, seeds + 1)), "end": now().isoformat(timespec="seconds")}
        write_manifest(folder, {**manifest, **counts, **ended, "status": FINISHED})
    return tables


def _write_indicators(path: Path, cells: Iterable[Cell], store: RunStore) -> Tables:
    tables = Tables()
    with pq.ParquetWriter(path, COLUMNS, **WRITER) as writer:
        group = _RowGroup(writer)
        for cell in cells:
            result = store.read(cell.request)
            for row in result.rows:
                group.add((*_labels(cell), *row))
            tables.runs += 1
            tables.rows += len(result.rows)
            if result.error:
                tables.failed += 1
                tables.lost += result.lost
                tables.first_error = tables.first_error or result.error
        group.write()
    return tables


def _write_failures(path: Path, cells: Iterable[Cell], store: RunStore) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("scenario", "street", "draw", "seed", "error"))
        for cell in cells:
            if error := store.read(cell.request).error:
                lines.writerow((*_labels(cell), error))


def _labels(cell: Cell) -> tuple[str, str, int, int]:
    return cell.scenario, cell.street, cell.draw, cell.request.seed


@dataclass
class _RowGroup:
    """Rows on their way to a file, a bounded number at a time."""

    writer: pq.ParquetWriter
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, row: tuple[Any, ...]) -> None:
        self.rows.append(row)
        if len(self.rows) == ROWS_A_GROUP:
            self.write()

    def write(self) -> None:
        """The rows collected so far as one row group; nothing if there are none."""
        if self.rows:
            self.writer.write_table(
                pa.Table.from_arrays([*map(pa.array, zip(*self.rows, strict=True))], schema=COLUMNS)
            )
            self.rows.clear()


def _write_draws(path: Path, design: StudyDesign) -> None:
    roles = {factor.name: factor.role for factor in design.factors}
    rows = [
        (i, name, float(value), roles[name]) for i, point in enumerate(design.points) for name, value in point.items()
    ]
    columns = zip(*rows, strict=True) if rows else [[]] * len(DRAW_COLUMNS)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, DRAW_COLUMNS.types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=DRAW_COLUMNS), path, **WRITER)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputFileError(
            f"{folder}: cannot be written ({error.strerror or error}); finished runs are stored: start again to go on"
        ) from None
