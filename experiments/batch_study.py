"""A batch: the runs of a study file, made, stored and put together, however often it is stopped and started again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.batch_folder import INDICATORS, Tables, begin, finish, look_into
from experiments.replication import (
    Pairs,
    PrecisionRule,
    Replication,
    headline_values,
    pairs_of,
    replicate_until_precise,
)
from experiments.run_requests import Crew
from experiments.run_store import RunKeys, RunRequest, RunStore
from experiments.runner import Progress
from experiments.study_file import StudyDesign, read_study_file
from experiments.time_left import TickerOf, silent


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
    progress_of: TickerOf = silent,
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
        store.forget_lost()
        with Crew(workers, executor) as crew:
            maker = _Maker(design, store, crew, progress_of, note)
            if design.seeds is None:
                replication = maker.make_until_precise()
                seeds = replication.seeds
                manifest["replication"] = replication.document()
            else:
                replication, seeds = None, design.seeds
                maker.make_seeds(seeds)
        return Batch(folder, maker.made, finish(folder, design, manifest, store, seeds), replication)


def missing_keys(design: StudyDesign, seeds: int, store: RunStore | None = None) -> set[bytes]:
    """The runs of so many seeds that a store, if there is one, does not have; runs that are the same count once."""
    key_of = RunKeys(design.keep).of
    keys = map(key_of, design.to_run(range(1, seeds + 1)))
    return {key for key in keys if store is None or not store.has_key(key)}


@dataclass
class _Maker:
    """Makes the runs of a design that its store lacks, and counts them."""

    design: StudyDesign
    store: RunStore
    crew: Crew
    progress_of: TickerOf
    note: Callable[[str], None]
    made: int = 0

    def make_seeds(self, seeds: int) -> None:
        """All runs of so many seeds."""
        missing = missing_keys(self.design, seeds, self.store)
        total = self.design.size(seeds)
        if len(missing) < total:
            self.note(f"{total - len(missing):,} of {total:,} runs are there already, or are the same as others")
        with self.progress_of("simulating", len(missing)) as ticker:
            self._make(range(seeds), ticker)

    def make_until_precise(self) -> Replication:
        """Runs of as many seeds as make the differences precise."""
        rule = PrecisionRule()
        with self.progress_of("simulating, at most", self.design.size(rule.cap)) as ticker:

            def more(ordinals: range) -> Pairs:
                self._make(ordinals, ticker, ticker.skip)
                return self._pairs(ordinals.stop)

            return replicate_until_precise(more, rule)

    def _make(self, ordinals: range, progress: Progress, skipped: Progress = lambda: None) -> None:
        def counted() -> None:
            self.made += 1
            progress()

        self.crew.make(self._requests(ordinals), self.store, counted, skipped)

    def _requests(self, ordinals: range) -> Iterator[RunRequest]:
        return self.design.to_run(range(ordinals.start + 1, ordinals.stop + 1))

    def _pairs(self, seeds: int) -> Pairs:
        values: dict[tuple[str, str], list[dict[str, float]]] = {}
        for cell in self.design.in_order(seeds):
            run = headline_values(self.store.read(cell.request).rows)
            values.setdefault((cell.street, cell.scenario), []).append(run)
        return pairs_of(values, self.design.names[0])
