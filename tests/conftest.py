"""What the tests of several files share: one small batch, made as a whole, and that they can be interrupted."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from small_batch import RUNS, STUDY, TOML, made_here


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
