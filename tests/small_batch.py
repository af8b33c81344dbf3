"""A small batch that tests make, stop and compare: its study, made as a whole once, and ways to make it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from experiments.batch_study import Batch, make_batch
from experiments.command_line import app
from experiments.study_file import read_study_file

STUDY = {
    "scenarios": ["baseline", "flattening"],
    "streets": ["typical", "town"],
    "residents": 600,
    "weeks": 2,
    "seeds": 3,
    "draws": 3,
    "vary": {"petty_cash_yuan": [1000, 3000], "flatten_layers.strength": [0.2, 1.0]},
}
RUNS = 2 * 2 * 3 * 3
TOML = """
scenarios = ["baseline", "flattening"]
streets = ["typical", "town"]
residents = 600
weeks = 2
seeds = 3
draws = 3
[vary]
petty_cash_yuan = [1000, 3000]
flatten_layers.strength = [0.2, 1.0]
"""
needs_posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits are others there")


def made_here(study: dict, folder: Path, **options) -> Batch:
    """A batch whose runs are made in this process."""
    with ThreadPoolExecutor(1) as executor:
        return make_batch(read_study_file(study), folder, 1, executor, **options)


def command(*arguments: str | Path, expect: int = 0) -> Result:
    """The command in this process; its workers are processes all the same."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == expect, f"{arguments}: {done.exit_code}\n{done.stdout}\n{done.stderr}"
    return done


def indicators(folder: Path) -> bytes:
    return (folder / "indicators.parquet").read_bytes()
