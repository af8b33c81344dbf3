"""Whether a street is at rest before it is measured, and whether its loops could run away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from street_runs import small_street
from test_command_line import jiedao

from experiments.assignment import resolve
from experiments.drift import drift_table, refuse_unsteady
from experiments.feedback import LARGEST_GAIN, feedback_jobs, refuse_runaway, repeat_gains, voice_loop
from experiments.runner import run_job
from model.errors import ContradictionError, InputFileError
from model.feedback import repeat_gain, voice_elasticity
from model.indicator_definitions import HEADLINES
from model.indicators import RunSummary, summarise
from model.run import simulate

WEEKS = range(-13, 0)


def moving(start: float, per_week: float, indicator: str = "satisfaction") -> RunSummary:
    rows = [(week, indicator, start + per_week * (week - WEEKS[0])) for week in WEEKS]
    return RunSummary([], [], [], np.zeros(0), {}, rows)


# --- Drift ---


def test_drift_is_the_slope_over_a_quarter_in_the_mean_level():
    table = drift_table({("baseline", 0, seed): moving(100.0 + seed, 0.5) for seed in (1, 2, 3)})
    (row,) = table.itertuples()
    level = 102.0 + 6 * 0.5
    assert (row.level, row.drift) == pytest.approx((level, 13 * 0.5 / level))
    assert row.runs == 3 and row.weeks == 13 and row.low == pytest.approx(row.high)
    (gap,) = drift_table({("baseline", 0, 1): moving(0.0, 0.001, "equity_gap")}).itertuples()
    assert gap.drift == pytest.approx(0.013) and np.isnan(gap.low)  # in points, and one run has no interval


def test_only_a_street_at_rest_may_be_called_steady():
    level = 0.8
    at_limit = 0.02 * level / 13
    refuse_unsteady(drift_table({("baseline", 0, 1): moving(level - 6 * at_limit, 0.99 * at_limit)}), "typical")
    with pytest.raises(ContradictionError, match=r"street 'typical' is not at rest.*satisfaction by \+2\.4%"):
        refuse_unsteady(drift_table({("baseline", 0, 1): moving(level, 1.2 * at_limit)}), "typical")
    with pytest.raises(ContradictionError, match="needs a scenario that changes nothing"):
        refuse_unsteady(drift_table({("flattening", 0, 1): RunSummary([], [], [], np.zeros(0), {})}), "typical")


def test_every_headline_is_followed_through_the_warm_up_of_a_run_without_reform():
    warmup = summarise(simulate(small_street(), 1, window=(1, 5))).warmup
    assert {name for _, name, _ in warmup} == set(HEADLINES) and {week for week, _, _ in warmup} == {-2, -1}
    assert summarise(simulate(small_street("flattening"), 1, window=(1, 5))).warmup == []


def test_an_unsteady_run_ends_with_status_two_and_leaves_nothing(tmp_path: Path):
    options = ["--residents", "600", "--weeks", "4", "--seeds", "2", "--workers", "1", "--quiet"]
    refused = jiedao("run", "baseline", *options, "--steady", "--out", "result", folder=tmp_path, expect=2)
    assert "--steady: street 'typical' is not at rest" in refused.stderr and "allowed is 2%" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    said = jiedao("run", "baseline", *options, "--out", "result", folder=tmp_path).stdout
    assert "Drift per quarter in weeks -13 to -1" in said and "Not at rest before week 0" in said
    assert "Repeat gain g_rep" in said and "Voice loop: 1% more settled brings" in said


# --- Chases ---


def test_repeat_gain_is_chases_over_the_room_that_other_work_leaves():
    assert repeat_gain(0.9, 1.0, 90.0, 0.0) == 0.0
    assert repeat_gain(90.0, 100.0, 90.0, 9.0) == pytest.approx(9 / (100 - 81))
    assert repeat_gain(45.0, 50.0, 90.0, 9.0) == pytest.approx(9 / (100 - 81))  # half the hours at twice the pace
    assert repeat_gain(100.0, 100.0, 90.0, 1.0) == pytest.approx(1.0)  # who is never idle has room for nothing else
    assert repeat_gain(np.zeros(2), np.array([10.0, 0.0]), np.zeros(2), np.zeros(2)).tolist() == [0.0, 0.0]


def loads(rows: list[tuple[int, str, float, float]], chases: float = 2.0) -> pd.DataFrame:
    """Frame of (seed, unit type, busy, chases), each of 100 rostered hours, and a quiet unit type beside them."""
    seeds = sorted({row[0] for row in rows})
    rows = [*rows, *((seed, "leader", 500.0, chases) for seed in seeds)]
    return pd.DataFrame(
        [
            ("baseline", 0, seed, kind, 1, busy, max(busy, 100.0) if kind == "leader" else 100.0, busy, c, 1.0)
            for seed, kind, busy, c in rows
        ],
        columns=[
            "scenario",
            "draw",
            "seed",
            "unit_type",
            "units",
            "busy",
            "rostered",
            "work",
            "chases",
            "largest_gain",
        ],
    ).assign(rostered=lambda f: np.where(f["unit_type"] == "leader", 1000.0, f["rostered"]))


def test_a_street_file_that_makes_chases_run_away_is_refused(tmp_path: Path):
    at_its_size = resolve(("baseline",), "typical", seeds=3)
    always = loads([(seed, "mediation", 99.0, 20.0) for seed in (1, 2, 3)])
    with pytest.raises(InputFileError, match=r"typical\.toml: street 'typical'.*'mediation' chases take 0\.95"):
        refuse_runaway(at_its_size, always)
    sometimes = loads([(1, "mediation", 99.0, 20.0), (2, "mediation", 70.0, 1.0), (3, "mediation", 100.0, 40.0)])
    assert repeat_gains(sometimes, at_its_size)[0].pooled > LARGEST_GAIN
    refuse_runaway(at_its_size, sometimes)  # luck: the street's file asks for 82%
    refuse_runaway(resolve(("baseline",), "typical", residents=2000, seeds=3), always)  # a small place, not its file
    refuse_runaway(
        resolve(("baseline",), "typical", seeds=3, settings={"chase_hours": 0.3}), always
    )  # the user's doing
    refuse_runaway(resolve(("flattening",), "typical", seeds=3), always)


def test_the_command_refuses_a_street_with_half_the_staff(tmp_path: Path):
    path = tmp_path / "starved.toml"
    path.write_text(
        'name = "starved"\ntitle_en = "Starved"\ntitle_zh = "缺员"\nsentence = "Half the staff."\nresidents = 900\n'
        "sources = []\n[parameters]\nstaff_factor = 0.3\n",
        encoding="utf-8",
    )
    options = ["--street", path, "--weeks", "13", "--seeds", "2", "--workers", "1", "--quiet", "--out", "result"]
    refused = jiedao("run", "baseline", *options, folder=tmp_path, expect=2)
    assert "starved.toml: street 'starved': in its units of type" in refused.stderr
    assert not (tmp_path / "result").exists()
    jiedao("run", "funds_pool", *options, folder=tmp_path)  # no baseline, no verdict on the file


# --- Voice ---


def test_voice_rises_with_what_is_settled_as_far_as_people_hope_and_trust():
    deaf = simulate(small_street(voice_efficacy_weight=0.0, voice_trust_weight=0.0), 1, window=(1, 5))
    assert voice_elasticity(deaf) == pytest.approx(0.0, abs=1e-9)
    hopeful = simulate(small_street(voice_trust_weight=0.0), 1, window=(1, 5))
    hope = hopeful.world.residents["perceived_chance"].mean()
    weight = hopeful.configuration.values["voice_efficacy_weight"]
    assert 0.3 * weight * hope < voice_elasticity(hopeful) < weight * hope  # weight x hope x (1 - chance of voice)


def test_the_voice_loop_is_the_product_of_its_two_slopes():
    def lived(hours: float, cases: int) -> RunSummary:
        row = ("window", "all", "all", "resolution_time", "mean", hours, cases)
        return RunSummary([row], [], [], np.zeros(0), {"voice_elasticity": 0.8})

    study = resolve(("baseline",), residents=700, weeks=6, seeds=2)
    assert len(feedback_jobs(study)) == 4 and feedback_jobs(resolve(("flattening",))) == []
    small = [lived(100.0, 1000), lived(100.0, 1000), lived(110.25, 1050), lived(105.0, 1050)]
    (row,) = voice_loop(study, [lived(1.0, 1)] * 2, small).itertuples()
    assert row.load_by_resolution == 0.8 and row.time_by_load == pytest.approx(1.5)  # slopes of 2 and 1
    assert row.product == pytest.approx(1.2) and row.pairs == 2
    equal = [lived(100.0, 1000)] * 4
    assert (
        voice_loop(study, [lived(1.0, 1)] * 2, equal)["pairs"].item() == 0
    )  # demand that changed nothing says nothing


def test_more_demand_means_more_cases_in_the_small_runs():
    jobs = feedback_jobs(resolve(("baseline",), residents=1500, weeks=6, seeds=1))
    less, more = (run_job(job).facts["cases"] for job in jobs)
    assert less < more
