"""What is published with the project: folders of finished studies that open, and figures in the README that are theirs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments import sensitivity
from experiments.sensitivity_folder import Stored, read_folder

EXPERIMENTS = Path(sensitivity.__file__).parent
FINDINGS = EXPERIMENTS / "findings"


@pytest.mark.parametrize("name", ["screening", "indices", "pool"])
def test_a_published_study_opens_and_tells_what_every_run_gave(name):
    stored = read_folder(FINDINGS / name)
    assert stored.manifest["status"] == "finished" and stored.manifest["dirty"] is False
    assert f"sensitivity_{name}.toml" in stored.manifest["command"]
    assert not any(Path(word).is_absolute() for word in stored.manifest["command"].split()), "a path of one machine"
    points = stored.outcomes.drop_duplicates(["base_point", "place"])
    assert len(points) == stored.manifest["points"] == stored.design.asked.sum()


def test_the_figures_in_the_readme_are_those_of_the_study():
    readme, found = (EXPERIMENTS / "README.md").read_text(encoding="utf-8"), read_folder(FINDINGS / "indices")
    for row in [*half_widths(found), *drivers(found), *by_the_switch(found)]:
        assert row in readme, f"experiments/README.md lacks the row\n{row}"


OUTCOMES = ("response_time", "resolution_time", "satisfaction")
DRIVERS = {
    "tasks assigned from above": "assigned_tasks",
    "assessment indicators": "assessment_indicators",
    "staff": "staff_factor",
    "influence of surroundings": "surroundings_rate",
    "weight of open public problems": "surroundings_severity_weight",
    "satisfaction at the start": "standing_initial",
    "the 553 others together": "all_others",
}
UNITS = {"response_time": (1.0, 0, " h"), "resolution_time": (1.0, 0, " h"), "satisfaction": (100.0, 2, " points")}


def quantity(frame: pd.DataFrame, measure: str, indicator: str) -> pd.DataFrame:
    return frame.query("measure == @measure and indicator == @indicator")


def line(title: str, cells: list[str]) -> str:
    return f"| {' | '.join([title, *cells])} |"


def half_widths(found: Stored) -> list[str]:
    """The largest half-widths of factors whose total index is or may be above 0.1, and the gaps between the blocks."""

    def widest(measure: str, indicator: str, names: str) -> str:
        rows = quantity(found.indices, measure, indicator).query(f"total_high > 0.1 and role != 'dummy' and {names}")
        half = (rows["total_high"] - rows["total"]).max()
        return f"{half:.3f}" if half <= 0.05 else f"**{half:.3f}**"

    def gap(measure: str, indicator: str) -> str:
        row = quantity(found.overview, measure, indicator).iloc[0]
        told = f"{row['block_gap']:.2f} ± {row['block_gap_half']:.2f}"
        return told if row["block_gap"] <= 0.05 else f"**{told}**"

    single, rest = "factor != 'all_others'", "factor == 'all_others'"
    return [
        line("half-width, baseline", [widest("level", name, "total > -1") for name in OUTCOMES]),
        line(
            "half-width, what flattening changes: single factors",
            [widest("difference", name, single) for name in OUTCOMES],
        ),
        line(
            "half-width, what flattening changes: the 553 others",
            [widest("difference", name, rest) for name in OUTCOMES],
        ),
        line("gap between the blocks, baseline", [gap("level", name) for name in OUTCOMES]),
        line("gap between the blocks, what flattening changes", [gap("difference", name) for name in OUTCOMES]),
    ]


def drivers(found: Stored) -> list[str]:
    def cell(name: str, factor: str) -> str:
        row = quantity(found.indices, "level", name).query("factor == @factor").iloc[0]
        half = row["total_high"] - row["total"]
        return "0.00" if row["total_high"] < 0.01 else f"{row['total']:.2f} ± {half:.2f}"

    return [line(title, [cell(name, factor) for name in OUTCOMES]) for title, factor in DRIVERS.items()]


def by_the_switch(found: Stored) -> list[str]:
    """What flattening changes, by whether the community stays a layer."""

    def cell(name: str, part: str) -> str:
        rows = quantity(found.by_value, "difference", name)
        row = rows.query("factor == 'command_office_keeps_community' and part == @part").iloc[0]
        scale, decimals, unit = UNITS[name]
        mean = f"{scale * row['mean']:+.{decimals}f}".replace("-", "−")
        half = f"{scale * row['mean_half']:.{decimals}f}"
        better, give = 100 * row["share_better"], 100 * row["share_better_half"]
        return f"{mean}{unit} ± {half}, better at {better:.0f}% (± {give:.0f})"

    return [line(name.replace("_", " "), [cell(name, part) for part in ("False", "True")]) for name in OUTCOMES]
