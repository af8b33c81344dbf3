"""What the tests of several files share: one small batch, made as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_batch import RUNS, STUDY, TOML, made_here


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
