"""A batch: the runs of a study file, made, stored and put together, however often it is stopped and started again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.batch_folder import INDICATORS, Tables, begin, finish, look_into
from experiments.replication import Pairs, Replication, headline_values, pairs_of, replicate_until_precise
from experiments.run_requests import run_requests
from experiments.run_store import RunStore
from experiments.runner import Progress
from experiments.study_file import StudyDesign, read_study_file

ProgressOf = Callable[[int], AbstractContextManager[Progress]]
"""Given a number of runs to make, what is called once for each that was made."""


@dataclass(frozen=True)
class Batch:
    """A finished batch: where it lies, how many of its runs were made just now, what became of all of them."""

    folder: Path
    made: int
    tables: Tables
    replication: Replication | None = None


def batch(
    study: Path | str | Mapping[str, Any],
    out: Path | str | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    weekly: bool = False,
    force: bool = False,
) -> pd.DataFrame:
    """Make the runs of a study file, or of a dictionary with its keys, and give all indicators, one row each.

    Everything is in the folder `out` as well (default: out/batch-NAME), `draws.parquet` with the values of each draw among it;
    called again, it makes only what is missing there. `executor` is any of `concurrent.futures`, instead of `workers` local
    processes; in a script call it under `if __name__ == "__main__":`. `weekly` keeps every weekly row. Raises JiedaoError.
    """
    design = read_study_file(study, "weekly" if weekly else "window")
    folder = Path(out) if out is not None else default_folder(study, design)
    make_batch(design, folder, workers, executor, force)
    return pd.read_parquet(folder / INDICATORS)


def default_folder(study: Path | str | Mapping[str, Any], design: StudyDesign) -> Path:
    """The folder in out/ to which the same study always comes back."""
    if not isinstance(study, Mapping):
        return Path("out") / f"batch-{Path(study).stem}"
    text = json.dumps(design.described(), sort_keys=True)
    return Path("out") / f"batch-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def make_batch(
    design: StudyDesign,
    folder: Path,
    workers: int | None = None,
    executor: Executor | None = None,
    force: bool = False,
    progress_of: ProgressOf = lambda _: nullcontext(lambda: None),
    note: Callable[[str], None] = lambda _: None,
) -> Batch:
    """Make what is missing of a study in its folder and write its tables. Raises JiedaoError.

    Whatever ends it, finished runs stay in the folder and the same call goes on from there.
    """
    found = look_into(folder, design, force)
    for text in (*design.notes, *found.notes):
        note(text)
    if found.is_finished:
        manifest = found.manifest
        note(f"{folder}: this study is finished there")
        return Batch(folder, 0, Tables(manifest["runs"], manifest["rows"], manifest["failed"]))
    with RunStore(folder, design.keep) as store:
        manifest = begin(folder, design, found)
        maker = _Maker(design, store, workers, executor, progress_of, note)
        if design.seeds is None:
            replication = replicate_until_precise(maker.make_until)
            seeds = replication.seeds
            manifest["replication"] = replication.document()
        else:
            replication, seeds = None, design.seeds
            maker.make(range(1, seeds + 1))
        return Batch(folder, maker.made, finish(folder, design, manifest, store, seeds), replication)


@dataclass
class _Maker:
    """Makes the runs of a design that its store lacks."""

    design: StudyDesign
    store: RunStore
    workers: int | None
    executor: Executor | None
    progress_of: ProgressOf
    note: Callable[[str], None]
    made: int = 0

    def make(self, seeds: range) -> None:
        """All runs of these seeds."""
        missing = {key for key in map(self.store.key, self.design.to_run(seeds)) if not self.store.has_key(key)}
        total = self.design.size(len(seeds))
        if len(missing) < total:
            self.note(f"{total - len(missing):,} of {total:,} runs are there or need not be made twice")
        with self.progress_of(len(missing)) as progress:
            run_requests(self.design.to_run(seeds), self.store, self.workers, progress, self.executor)
        self.made += len(missing)

    def make_until(self, ordinals: range) -> Pairs:
        """More seeds, numbered from 0; the headline values of all up to them."""
        self.make(range(ordinals.start + 1, ordinals.stop + 1))
        values: dict[tuple[str, str], list[dict[str, float]]] = {}
        for cell in self.design.in_order(ordinals.stop):
            run = headline_values(self.store.read(cell.request).rows)
            values.setdefault((cell.street, cell.scenario), []).append(run)
        return pairs_of(values, self.design.names[0])
