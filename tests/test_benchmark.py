"""The benchmark measures what it says it does; how fast that is depends on the machine."""

from __future__ import annotations

from pathlib import Path

from experiments import benchmark
from experiments.batch_study import Batch, make_batch
from experiments.run_store import STORE_NAME
from experiments.study_file import StudyDesign


def test_two_workers_and_one_make_the_same_batch(monkeypatch):
    made: list[tuple[int, int]] = []

    def watched(design: StudyDesign, folder: Path, workers: int) -> Batch:
        done = make_batch(design, folder, workers)
        assert {path.name for path in folder.iterdir()} >= {STORE_NAME, "indicators.parquet"}
        made.append((workers, done.made))
        return done

    monkeypatch.setattr(benchmark, "make_batch", watched)
    monkeypatch.setattr(benchmark, "BATCH", {"scenarios": ["baseline"], "residents": 600, "weeks": 2, "seeds": 4})
    monkeypatch.setattr(benchmark, "LOOPS", [1_000] * 4)
    (line,) = benchmark.two_workers(False)
    assert line.what == "two workers / one" and made == [(1, 4), (2, 4)] and "a batch of 4 runs" in line.note


def test_memory_over_many_runs_is_that_of_a_batch_and_of_its_workers():
    found = benchmark._probe("many_runs(12, 6)")
    assert set(found) >= {"program", "tables"} and ("worker" in found) == Path("/proc/self/status").exists()
    assert found["tables"] >= 0.0 and found["program"] < 100.0
