"""What the tests of several files share: a small batch and a small sensitivity study, and that they can be interrupted."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sensitivity_studies
from sensitivity_studies import Done, Streets
from small_batch import RUNS, STUDY, TOML, made_here

from experiments import sensitivity_runs, sensitivity_text


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A shell has what it starts in the background ignore interrupts, and so would the programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of STUDY, made by one worker that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    assert made_here(STUDY, folder).made == RUNS
    return folder


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    path = tmp_path / "doubt.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


@pytest.fixture
def streets(monkeypatch: pytest.MonkeyPatch) -> Streets:
    made = Streets()
    monkeypatch.setattr(sensitivity_runs, "run_requests", made)
    return made


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder, streets = tmp_path_factory.mktemp("done"), Streets()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensitivity_runs, "run_requests", streets)
        result = sensitivity_studies.jiedao(
            "sensitivity",
            "--study",
            sensitivity_studies.study_file(folder),
            "--out",
            folder / "made" / "here",
            "--json",
            "--quiet",
        )
    assert result.stderr == ""
    yield Done(folder / "made" / "here", json.loads(result.stdout), streets.made)


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what comes before it: plots take some seconds."""
    monkeypatch.setattr(sensitivity_text, "write_report", lambda folder: folder / "report.html")
