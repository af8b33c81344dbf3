"""The program in Python: the examples of the README and of `Subdistrict` run, and its frames say what the model did."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import model
from experiments import run, sensitivity
from model import Subdistrict, subdistrict
from model.codes import HOUR
from model.errors import UnknownNameError, ValueOutOfRangeError
from model.subdistrict import Life
from scenarios import load

ROOT = Path(model.__file__).parent.parent
OPTIONS = {"residents": 1000, "weeks": 6}


@pytest.fixture(scope="module")
def life() -> Life:
    return Subdistrict(load("flattening", **OPTIONS)).run(seed=2, log=True)


@pytest.mark.parametrize(("readme", "least"), [(ROOT / "README.md", 6), (ROOT / "experiments" / "README.md", 4)])
def test_the_examples_of_a_readme_show_what_they_print(readme, least):
    # The marks of code are no output that an example must have.
    text = readme.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, str(readme), str(readme), 0)
    runner = doctest.DocTestRunner()
    runner.run(examples)
    assert runner.tries >= least and runner.failures == 0


@pytest.mark.parametrize(("module", "least"), [(subdistrict, 5), (sensitivity, 5)])
def test_the_examples_of_a_module_show_what_they_print(module, least):
    found = doctest.testmod(module)
    assert found.attempted >= least and found.failed == 0


def test_a_life_has_the_indicators_of_a_run(life):
    frame = run("flattening", seeds=1, seed=2, weekly=True, workers=1, **OPTIONS)
    costs = frame["indicator"].isin(("street_cost", "social_cost")).to_numpy()  # to which studies add what levers cost
    assert np.array_equal(life.indicators["value"][~costs], frame["value"][~costs], equal_nan=True)
    assert (life.indicators["value"][costs] < frame["value"][costs]).all()
    assert life.value("resolution_time") == frame.loc[
        (frame["period"] == "window") & (frame["indicator"] == "resolution_time") & (frame["kind"] == "all")
        & (frame["group"] == "all") & (frame["statistic"] == "mean"), "value"
    ].item()  # fmt: skip


def test_frames_are_in_hours_and_words(life):
    cases = life.cases
    assert cases["reported"].is_monotonic_increasing and cases.index.is_unique
    assert cases["reported"].min() >= -26 * 168 and cases["reported"].max() < (6 + 13) * 168
    settled = cases.dropna(subset=["settled"])
    assert 0 < len(settled) < len(cases) and (settled["settled"] >= settled["reported"]).all()
    assert set(cases["kind"].astype(str)) > {"parking", "administrative_service"}
    cohort = cases.loc[cases["in_cohort"]]
    assert np.minimum(cohort["settled"] - cohort["reported"], 90 * 24).mean() < 90 * 24
    events = life.events
    assert len(events) == len(life.outcome.log) and events["time"].is_monotonic_increasing
    assert events["time"].iloc[-1] == life.outcome.log["time"][-1] / HOUR
    assert set(life.panel["week"]) == set(range(-26, 6))
    assert life.steps.loc[life.steps["kind"] == "all", "hours"].sum() == pytest.approx(life.value("resolution_time"))


def test_a_value_that_does_not_exist_is_refused_by_name(life):
    with pytest.raises(UnknownNameError, match="did you mean resolution_time"):
        life.value("resolution_tim")
    assert np.isnan(life.value("satisfaction", kind="parking"))  # a resident's, of no kind


def test_a_place_larger_than_a_street_is_refused():
    with pytest.raises(ValueOutOfRangeError, match=r"150,001 residents: allowed are at most 150,000"):
        Subdistrict(load("baseline", residents=150_001))


def test_mesa_and_pandas_wait_until_they_are_needed():
    script = """
import sys
from model import Subdistrict
from scenarios import load
life = Subdistrict(load("baseline", residents=500, weeks=2)).run()
print(*sorted({"pandas", "mesa"} & sys.modules.keys()), "then", end=" ")
life.weeks
print(*sorted({"pandas", "mesa"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=280, check=True)
    assert done.stdout.split() == ["then", "pandas"]
