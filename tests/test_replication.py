"""Enough seeds: the stopping rule on known answers, what it does to intervals, and the commands that use it."""

from __future__ import annotations

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t
from typer.testing import CliRunner

from experiments import assignment, batch, compare, replicate, simulations
from experiments.batch_study import make_batch
from experiments.command_line import app
from experiments.console import Voice
from experiments.replication import (
    PrecisionRule,
    Replication,
    headline_values,
    independent_seeds,
    pairs_of,
    replicate_until_precise,
)
from experiments.replication_text import print_replication, ratio_text, replication_sentences
from experiments.run_store import RunStore
from experiments.study_file import read_study_file
from experiments.time_left import Ticker, TimeLeft
from model.errors import ContradictionError, JiedaoError, ValueOutOfRangeError
from model.indicator_definitions import HEADLINES

TINY = {"residents": 600, "weeks": 4, "workers": 1}


def replicated(differences, baseline, rule: PrecisionRule | None = None, indicator="resolution_time") -> Replication:
    """Of made-up seeds: a baseline and what is added to it, as functions of the seed's number."""

    def make(ordinals: range):
        base = np.array([baseline(i) for i in range(ordinals.stop)], float)
        added = np.array([differences(i) for i in range(ordinals.stop)], float)
        return {("typical", "a", indicator): (base + added, base)}

    return replicate_until_precise(make, rule)


@pytest.mark.parametrize(
    ("indicator", "baseline", "allowed"),
    [
        ("response_time", 100.0, 5.0),
        ("response_time", 10.0, 1.0),  # an hour is narrow enough
        ("repeat_rate", 0.20, 0.01),
        ("repeat_rate", 0.02, 0.005),  # and so is half a point
        ("equity_gap", -0.3, 0.015),
        ("cost_per_case", 800.0, 40.0),
        ("cost_per_case", 1.0, 0.05),
    ],
)
def test_what_is_narrow_enough(indicator, baseline, allowed):
    assert PrecisionRule().allowed(indicator, baseline) == pytest.approx(allowed)


@pytest.mark.parametrize(
    ("narrow", "enough", "to_add"),
    [
        ("", None, 10),  # at the soonest 5 seeds are enough, and 5 more say so
        ("111111", 5, 0),
        ("1111", None, 2),
        ("0", None, 6),  # 6 seeds may be, and 5 more must say so: 11 in all
        ("0111", None, 3),
        ("111110", None, 6),  # too wide at the last look: begin again
        ("0" + "1" * 6, 6, 0),
        ("1" * 5 + "0" + "1" * 6, 11, 0),
        ("0" * 115 + "1" * 6, None, 1),  # beyond 100 seeds the look ahead grows: six in 120
        ("0" * 115 + "1" * 7, 120, 0),
        ("0" * 394, None, 2),  # 398 were made: two are left to the cap
        ("0" * 396, None, 0),
    ],
)
def test_the_rule_looks_ahead_and_begins_again(narrow, enough, to_add):
    found = [letter == "1" for letter in narrow]
    assert (PrecisionRule().enough(found), PrecisionRule().seeds_to_add(found)) == (enough, to_add)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"relative": 0.0}, "relative is 0.0; must be a finite number above 0"),
        ({"relative": -0.1}, "relative is -0.1; must"),
        ({"relative": math.nan}, "relative is nan; must"),
        ({"relative": math.inf}, "relative is inf; must"),
        ({"relative": "5%"}, "relative is '5%'; must"),
        ({"first": 1}, "first is 1; must be a whole number from 2 to 100,000"),
        ({"look_ahead": -1}, "look_ahead is -1; must be a whole number from 0 to 100,000"),
        ({"cap": 40.0}, "cap is 40.0; must be a whole number from 2 to 100,000"),
        ({"cap": 10**6}, "cap is 1000000; must"),
        ({"cap": 3}, "cap is 3, fewer than the first 5 seeds"),
    ],
)
def test_a_rule_that_no_seeds_can_follow_is_refused(wrong, said):
    with pytest.raises((ValueOutOfRangeError, ContradictionError), match=re.escape(f"PrecisionRule: {said}")):
        PrecisionRule(**wrong)
    assert PrecisionRule(cap=5).seeds_to_add([]) == 5


def test_a_lucky_narrow_interval_does_not_end_it():
    quiet = lambda i: 0.1 * (-1) ** i if i < 7 else 30.0 * (-1) ** i  # noqa: E731
    done = replicated(quiet, lambda i: 100.0)
    careless = replicated(quiet, lambda i: 100.0, PrecisionRule(look_ahead=0))
    assert careless.seeds == 5  # which saw nothing of what was to come
    assert done.enough > 20
    line = done.table.iloc[0]
    assert line["half_width"] <= line["allowed"] == 5.0


def test_differences_that_never_vary_need_the_fewest_seeds_and_wild_ones_reach_the_cap():
    still = replicated(lambda i: -3.0, lambda i: 100.0 + i)
    assert (still.enough, still.seeds) == (5, 10)
    assert still.table.iloc[0]["variance_ratio"] == math.inf
    wild = replicated(lambda i: 300.0 * (-1) ** i, lambda i: 100.0, PrecisionRule(cap=40))
    assert (wild.enough, wild.seeds) == (None, 40) and np.isnan(wild.table.iloc[0]["enough"])
    assert "not enough for resolution time of a" in replication_sentences(wild)[0]
    json.dumps(still.document(), allow_nan=False)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(math.nan, ""), (0.8512, "0.851"), (12.345, "12.3"), (345.6, "346"), (65_933_232.0, ">1000"), (math.inf, ">1000")],
)
def test_variance_ratios_are_written_for_readers(ratio, text):
    assert ratio_text(ratio) == text


def test_the_table_has_titles_and_the_units_of_the_other_tables(capsys):
    print_replication(Voice(), replicated(lambda i: -48.0 + 2.0 * (-1) ** i, lambda i: 779.7 + 90.0 * (i % 5)))
    said = capsys.readouterr().out
    assert "resolution_time" not in said and "e+" not in said
    row = next(line for line in said.splitlines() if "typical" in line)
    assert "Resolution time" in row and "40.0 days" in row  # 779.7 h and 180 h more on average
    assert "\N{MINUS SIGN}2.00 days" in row  # 48 h shorter
    assert "For publication run it again with --seeds 10 (in a study file: seeds = 10) and another --seed" in said


def test_independent_seeds_worked_out_by_hand():
    value, baseline = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])  # variances 1 and 4
    n = independent_seeds(value, baseline, 0.5)
    half = [student_t.ppf(0.975, 2 * m - 2) * math.sqrt(5 / m) for m in (n - 1, n)]
    assert half[0] > 0.5 >= half[1]
    assert independent_seeds(value, baseline, 0.25) == pytest.approx(4 * n, rel=0.03)


def test_what_pairing_saved_is_found_again_where_it_is_known():
    rng = np.random.default_rng(3)
    luck, own = rng.normal(0.0, 20.0, 400), rng.normal(0.0, 4.0, 400)
    done = replicated(lambda i: -10.0 + own[i], lambda i: 100.0 + luck[i], PrecisionRule(relative=0.01))
    line = done.table.iloc[0]
    # About 65 seeds: a variance is then known to 17%, a ratio of two to 25%; twice that is allowed.
    assert done.enough == pytest.approx(1.96**2 * 4**2, rel=0.35)
    assert line["variance_ratio"] == pytest.approx((2 * 20**2 + 4**2) / 4**2, rel=0.5)
    assert done.unpaired == pytest.approx(1.96**2 * (2 * 20**2 + 4**2), rel=0.5)


def test_intervals_made_so_cover_the_truth_as_often_as_they_say():
    """400 studies of normal differences, true value 2, about 30 seeds each: fewer than 91% (a drop of four points, three
    standard errors of 400) would say that stopping early bends them."""
    rng = np.random.default_rng(11)
    inside, seeds = 0, []
    for _ in range(400):
        noise = rng.normal(size=(2, 400))
        done = replicated(
            lambda i, noise=noise: 2.0 + 2.5 * noise[0, i], lambda i, noise=noise: 20.0 + 4.0 * noise[1, i]
        )
        line = done.table.iloc[0]
        inside += abs(line["difference"] - 2.0) <= line["half_width"]
        seeds.append(done.seeds)
    assert inside / 400 >= 0.91
    assert 25 <= np.mean(seeds) <= 36  # (1.96 * 2.5)^2 = 24 seeds for an hour, and five more to be sure


def test_indicators_without_values_are_refused_and_gaps_are_left_out():
    with pytest.raises(JiedaoError, match="fewer than two have a resolution_time both in a and in the baseline"):
        replicated(lambda i: math.nan if i else 1.0, lambda i: 100.0)
    done = replicated(lambda i: math.nan if i % 2 else 1.0, lambda i: 100.0)
    assert done.table.iloc[0]["difference"] == 1.0


def test_all_headlines_of_all_scenarios_are_compared():
    rows = [
        ("window", "all", "all", name, "mean" if i % 2 else "share", float(i), 9) for i, name in enumerate(HEADLINES)
    ]
    others = [
        ("window", "all", "parking", HEADLINES[0], "mean", 99.0, 9),
        ("window", "all", "all", HEADLINES[0], "p90", 9.0, 9),
    ]
    values = headline_values([*others, *rows, ("week-01", "all", "all", HEADLINES[0], "mean", 9.0, 9)])
    assert values == {name: float(i) for i, name in enumerate(HEADLINES)}
    runs = {("typical", name): [values] * 3 for name in ("baseline", "a", "b")}
    assert set(pairs_of(runs, "baseline")) == {("typical", name, i) for name in "ab" for i in HEADLINES}


# With real runs.


def test_replicate_gives_a_frame_and_compare_uses_the_same_seeds():
    rule = PrecisionRule(cap=12)
    frame = replicate("baseline", "flattening", rule=rule, **TINY)
    assert list(frame["indicator"]) == list(HEADLINES) and frame.attrs["seeds"] == 12
    differences = compare("baseline", "flattening", seeds=12, **TINY)
    main = differences.loc[differences["statistic"].isin(("mean", "share"))].set_index("indicator")
    for line in frame.itertuples():
        assert line.difference == pytest.approx(main.loc[line.indicator, "difference"])
        assert line.half_width == pytest.approx(main.loc[line.indicator, "high"] - line.difference)
    two = replicate("baseline", "flattening", rule=rule, residents=600, weeks=4, workers=2)
    pd.testing.assert_frame_equal(two, frame)


def test_a_cap_of_ones_own_may_be_above_that_of_seeds_auto(monkeypatch):
    monkeypatch.setattr(assignment, "MOST_AUTO_SEEDS", 6)
    frame = replicate("baseline", "flattening", rule=PrecisionRule(cap=8), seed=3, **TINY)
    assert frame.attrs["seeds"] == 8 and frame.attrs["enough"] is None


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 12 seeds, so that tests are quick."""
    monkeypatch.setattr(PrecisionRule.__init__, "__defaults__", (0.05, 5, 5, 12))


def test_compare_seeds_auto_says_how_many_and_records_them(tmp_path, short):
    arguments = [
        "compare",
        "baseline",
        "flattening",
        "--seeds",
        "auto",
        "--seed",
        "3",
        "--residents",
        "600",
        "--weeks",
        "4",
    ]
    done = CliRunner().invoke(app, [*arguments, "--workers", "1", "--json", "--out", str(tmp_path / "a")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["seeds"] == list(range(3, 15)) and found["replication"]["seeds"] == 12
    assert {row["indicator"] for row in found["replication"]["comparisons"]} == set(HEADLINES)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seeds"] == list(range(3, 15)) and manifest["replication"]["rule"]["relative"] == 0.05
    assert set(pd.read_parquet(tmp_path / "a" / "indicators.parquet")["seed"]) == set(range(3, 15))


def test_a_study_with_seeds_auto_makes_what_compare_makes_and_goes_on_where_it_was(tmp_path, short):
    study = {"scenarios": ["baseline", "flattening"], "residents": 600, "weeks": 4, "seeds": "auto"}
    frame = batch(study, tmp_path, executor=ThreadPoolExecutor(1))
    assert set(frame["seed"]) == set(range(1, 13))
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seeds"] == list(range(1, 13)) and manifest["study"]["seeds"] == "auto"
    table = pd.DataFrame(manifest["replication"]["comparisons"])
    other = replicate("baseline", "flattening", rule=PrecisionRule(cap=12), **TINY)
    assert list(table["half_width"]) == pytest.approx(list(other["half_width"]))
    before = (tmp_path / "indicators.parquet").read_bytes()
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "status": "running"}), encoding="utf-8")
    batch(study, tmp_path, executor=ThreadPoolExecutor(1))
    assert (tmp_path / "indicators.parquet").read_bytes() == before


def test_a_study_with_seeds_auto_that_goes_on_counts_what_is_left(tmp_path, short):
    design = read_study_file({"scenarios": ["baseline", "flattening"], "residents": 600, "weeks": 4, "seeds": "auto"})

    class Stop(Exception):
        pass

    def make(stop_after: int) -> TimeLeft:
        def step() -> None:
            left.step()
            if left.done == stop_after:
                raise Stop

        left = TimeLeft(design.size(12))
        with ThreadPoolExecutor(1) as executor, suppress(Stop):
            make_batch(
                design, tmp_path, 1, executor, progress_of=lambda what, runs: nullcontext(Ticker(step, left.skip))
            )
        return left

    make(stop_after=7)
    with RunStore(tmp_path) as store:
        there = len(store)
    left = make(stop_after=0)
    assert 7 <= there < 20 and left.done == left.total == design.size(12) - there


def test_auto_is_refused_where_nothing_is_compared_and_other_words_are():
    with pytest.raises(ContradictionError, match="two scenarios or more"):
        simulations.run("baseline", seeds="auto", **TINY)
    with pytest.raises(ValueOutOfRangeError, match="found many"):
        compare("baseline", "flattening", seeds="many", **TINY)
    for text in ("many", "2.5", "-3", "0"):
        done = CliRunner().invoke(app, ["compare", "baseline", "flattening", "--seeds", text])
        assert done.exit_code == 2 and "--seeds: found" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_the_notebook_names_are_functions_whatever_was_imported_before():
    import experiments.batch_study
    import experiments.replication  # noqa: F401
    from experiments import batch as again

    assert callable(again) and callable(replicate)
    assert not (Path(simulations.__file__).parent / "batch.py").exists()
