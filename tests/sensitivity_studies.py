"""A small study of what drives the results, with formulas in place of streets, as several tests use it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from typer.testing import CliRunner, Result

from experiments.command_line import app
from experiments.run_store import Packed, RunRequest, RunStore, pack
from model.indicator_definitions import HEADLINES

STUDY = """
method = "{method}"
scenarios = ["baseline", "flattening"]
residents = 2000
weeks = 12
n = {n}
curves = 2
curve_values = 5
choices = ["pool_share"]
[vary]
demand_factor = [0.8, 1.25]
pool_share = [0.1, 0.5]
flatten_layers.strength = [0.2, 1.0]
patience_spells = {{values = [2, 3, 4]}}
command_office_keeps_community = [false, true]
"""


class Streets:
    """In place of streets: headlines by formula, each run made once, and whatever `fails` says it cannot make."""

    def __init__(self) -> None:
        self.made: list[RunRequest] = []
        self.fails = lambda request: ""
        self.most = 10**9

    def __call__(self, requests, store: RunStore, workers=None, progress=lambda: None, skipped=lambda: None) -> None:
        for request in requests:
            if store.has(request):
                skipped()
                continue
            if len(self.made) >= self.most:
                raise KeyboardInterrupt
            self.made.append(request)
            error = self.fails(request)
            store.write([(store.key(request), Packed(None, error) if error else Packed(pack(self.rows(request))))])
            progress()

    def rows(self, request: RunRequest) -> list[tuple]:
        demand = request.draw.get("demand_factor", 1.0)
        luck = np.random.default_rng([request.seed, int(1e9 * demand)]).normal()
        level = 100.0 * demand + 5.0 * request.draw.get("patience_spells", 3) + 0.1 * luck
        if request.scenario == "flattening":
            strength = request.settings.get("flatten_layers.strength", 1.0)
            level += 40.0 * strength * (request.settings.get("pool_share", 0.25) - 0.3)
        rows = [("window", "all", "all", name, "mean", level, 10) for name in HEADLINES]
        return [*rows, ("window", "all", "all", "resolution_time", "p90", 1e9, 10)]


def study_file(folder: Path, method: str = "sobol", n: int = 32, more: str = "") -> Path:
    path = folder / "study.toml"
    path.write_text(more + STUDY.format(method=method, n=n), encoding="utf-8")
    return path


def jiedao(*arguments: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == expect, f"{result.exit_code} {result.output} {result.exception!r}"
    return result


def text_of(page: str) -> str:
    """What of a page is text."""
    return re.sub(r"<[^>]*>", " ", page)


@dataclass(frozen=True)
class Done:
    """A finished Sobol' study, the JSON it printed, and the runs that were made for it."""

    folder: Path
    document: dict
    made: list[RunRequest]
