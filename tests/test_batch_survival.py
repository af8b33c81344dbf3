"""Batches that are stopped, killed, or run out of disk: what was finished stays, and the same bytes come out in the end."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from small_batch import RUNS, STUDY, indicators, made_here, needs_posix
from test_command_line import JIEDAO, jiedao

from experiments import batch_folder
from experiments.batch_study import make_batch
from experiments.run_store import STORE_NAME, RunStore
from experiments.study_file import read_study_file
from experiments.time_left import Ticker
from model.errors import InputFileError


def test_a_stopped_batch_makes_only_what_is_missing_and_ends_with_the_same_bytes(whole, tmp_path):
    design = read_study_file(STUDY)
    folder = tmp_path / "study"

    class Stop(Exception):
        pass

    def stopping(what: str, total: int):
        finished = []

        def step() -> None:
            finished.append(1)
            if len(finished) == 10:
                raise Stop

        return nullcontext(Ticker(step))

    with ThreadPoolExecutor(1) as executor, pytest.raises(Stop):
        make_batch(design, folder, 1, executor, progress_of=stopping)
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["status"] == "running"
    assert not (folder / "indicators.parquet").exists()
    notes: list[str] = []
    with RunStore(folder) as store:
        there = len(store)
    assert 10 <= there < RUNS
    (folder / ".indicators.parquet.x1y2").write_bytes(b"half a table")  # as a kill while it is written leaves it
    done = made_here(STUDY, folder, note=notes.append)
    assert done.made == RUNS - there and any(f"{there} of {RUNS} runs are there" in note for note in notes)
    assert indicators(folder) == indicators(whole)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in whole.iterdir())
    again = made_here(STUDY, folder, note=notes.append)
    assert again.made == 0 and again.tables.runs == RUNS and "finished there" in notes[-1]


KILLED = """
import os, sys, time
from contextlib import contextmanager
from pathlib import Path
from experiments import batch_folder
from experiments.batch_study import make_batch
from experiments.study_file import read_study_file
from experiments.time_left import Ticker

@contextmanager
def told(what, total):
    yield Ticker(lambda: os.write(1, b"finished\\n"))

def half_written(self, write=batch_folder._RowGroup.write):
    write(self)
    os.write(1, b"tables\\n")
    time.sleep(60)

if __name__ == "__main__":
    if sys.argv[3] == "tables":
        batch_folder._RowGroup.write = half_written
    make_batch(read_study_file(Path(sys.argv[1])), Path(sys.argv[2]), 2, progress_of=told)
"""


def kill_at(moment: int | None, study: Path, folder: Path, whole_group: bool, script: Path) -> tuple[int, int]:
    """Start a batch, kill it when so many runs have finished, or amid its tables; (runs said to be finished, runs stored)."""
    process = subprocess.Popen(
        [sys.executable, script, study, folder, "runs" if moment else "tables"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    said = ""
    while part := os.read(process.stdout.fileno(), 4096):  # readline would read ahead, and communicate not see it
        said += part.decode()
        if "tables" in said or (moment and said.count("finished") >= moment):
            break
    children = _children(process.pid)
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:  # the parent alone: its workers must end by themselves
        process.kill()
    rest, complaints = process.communicate(timeout=60)
    assert "Traceback" not in complaints, complaints
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if Path(f"/proc/{child}").exists()], "a worker outlived its parent"
    with RunStore(folder) as store:
        return (said + rest).count("finished"), len(store)


def _children(pid: int) -> list[str]:
    """Process ids, where the system tells them."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []


def survive_kills(whole: Path, study: Path, tmp_path: Path, kills: int, seed: int) -> None:
    """Kills while runs are made, then one while the tables are written."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    folder = tmp_path / "study"
    chance = random.Random(seed)
    stored = [0]
    for number in range(kills):
        left = RUNS - stored[-1]
        moment = chance.randint(1, left // 2) if number < kills - 1 and left > 1 else None
        finished, now = kill_at(moment, study, folder, chance.random() < 0.5, script)
        assert now >= stored[-1] + finished, "a run that was said to be finished is not there"
        assert not (folder / "indicators.parquet").exists()
        stored.append(now)
    assert any(0 < there < RUNS for there in stored) and stored[-1] == RUNS, f"no kill came amid the runs: {stored}"
    jiedao("batch", study, "--out", folder, "--workers", "2")
    assert indicators(folder) == indicators(whole)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in whole.iterdir())


@needs_posix
def test_kill_9_at_random_moments_loses_at_most_the_runs_in_flight(whole, study_file, tmp_path):
    survive_kills(whole, study_file, tmp_path, kills=2, seed=1)


@needs_posix
@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_kill_9_many_times(whole, study_file, tmp_path, seed):
    survive_kills(whole, study_file, tmp_path, kills=6, seed=seed)


@needs_posix
def test_an_interrupted_command_says_how_to_go_on(whole, study_file, tmp_path):
    process = subprocess.Popen(
        [*JIEDAO, "batch", study_file, "--out", "study", "--workers", "1"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "study" / "manifest.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "the same command goes on from there" in said and "Traceback" not in said, said
    unfinished = jiedao("report", tmp_path / "study", expect=2).stderr
    assert "unfinished" in unfinished and f"(jiedao batch {study_file} --out study --workers 1)" in unfinished
    jiedao("batch", study_file, "--out", tmp_path / "study", "--workers", "1")
    assert indicators(tmp_path / "study") == indicators(whole)


@needs_posix
def test_a_worker_that_is_killed_is_replaced(whole, tmp_path):
    finished = []

    def killing(what: str, total: int):
        def step() -> None:
            finished.append(1)
            if len(finished) in (5, 30):  # not while suspects of the first are made again one by one
                os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

        return nullcontext(Ticker(step))

    done = make_batch(read_study_file(STUDY), tmp_path / "study", 2, progress_of=killing)
    assert done.tables.failed == 0 and len(finished) == RUNS
    assert indicators(tmp_path / "study") == indicators(whole)


@needs_posix
def test_a_full_disk_ends_it_with_a_clear_message_and_it_goes_on_with_room(whole, study_file, tmp_path):
    import resource

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))  # more than the manifest, less than the runs

    command = [*JIEDAO, "batch", study_file, "--out", tmp_path / "study", "--workers", "1"]
    done = subprocess.run(command, preexec_fn=little_room, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert re.search(r"jiedao: .*cannot be written .*disk full.*stored before are kept", done.stderr), done.stderr
    jiedao("batch", study_file, "--out", tmp_path / "study", "--workers", "1")
    assert indicators(tmp_path / "study") == indicators(whole)


def test_a_disk_that_fills_while_tables_are_written_leaves_no_part_of_them(whole, tmp_path, monkeypatch):
    def full(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as context, pytest.raises(InputFileError, match=r"No space left.*start again"):
        context.setattr(batch_folder._RowGroup, "write", full)
        made_here(STUDY, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draws.parquet", "manifest.json", STORE_NAME]
    assert made_here(STUDY, tmp_path).made == 0
    assert indicators(tmp_path) == indicators(whole)
