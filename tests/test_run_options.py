"""What `run` and `compare` can be asked beyond scenarios and seeds: draws, weeks, panels, steadiness, several streets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from street_runs import small_street
from test_command_line import jiedao

from experiments.assignment import resolve
from experiments.console import Voice
from experiments.provenance import assignment_from, manifest_of, now
from experiments.rollout import tell_of_rollout
from experiments.runner import Job, run_job
from experiments.spread import share_of_draws, variance_parts
from experiments.uncertainty import draw_parameters, is_uncertain, quantile, uncertain_parameters, uses_log_scale
from model import place
from model.errors import ContradictionError, ValueOutOfRangeError
from model.indicators import summarise
from model.observation import observe, pool
from model.panel import panel
from model.parameters import PARAMETERS
from model.run import simulate
from model.world import World
from scenarios import load
from scenarios.shelf import find_street

SMALL = {"residents": 700, "weeks": 6, "seeds": 2}
OPTIONS = ["--residents", "2500", "--weeks", "6", "--seeds", "2", "--workers", "1", "--quiet"]


# --- Draws ---


def test_each_parameter_is_stratified_and_stays_in_its_range():
    number = 8
    drawn = draw_parameters(number)
    assert len(drawn) == number
    for parameter in uncertain_parameters():
        values = np.array([values[parameter.name] for values in drawn], float)
        assert parameter.low <= values.min() and values.max() <= parameter.high, parameter.name
        if parameter.kind != "integer":
            edges = quantile(parameter, float(parameter.best), np.arange(1, number) / number)
            assert sorted(np.searchsorted(edges, values)) == list(range(number)), parameter.name


def test_columns_are_shuffled_apart():
    drawn = pd.DataFrame(draw_parameters(200))
    pairs = drawn[["chase_hours", "voice_trust_weight", "review_hours_leader", "parking.work_hours"]].corr("spearman")
    off_diagonal = pairs.to_numpy()[~np.eye(4, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.28  # 4 standard errors; the same order everywhere would give 1


def test_fixing_one_parameter_changes_no_other_draw():
    whole, fixed = draw_parameters(3), draw_parameters(3, fixed={"chase_hours"})
    assert all("chase_hours" in values for values in whole)
    assert fixed == [{name: v for name, v in values.items() if name != "chase_hours"} for values in whole]


def test_what_officials_choose_and_rules_of_counting_are_not_drawn():
    drawn = {parameter.name for parameter in uncertain_parameters()}
    assert {"chase_hours", "garbling_rate", "voice_efficacy_weight", "parking.work_hours", "pool_share"} <= drawn
    known = {"command_office_grid_share", "management_layers", "dispatch_tool_share", "resolution_horizon_days",
             "department_count", "staff_factor", "thinning_ceiling", "elderly_share"}  # fmt: skip
    assert known <= set(PARAMETERS) and not known & drawn
    assert not any(PARAMETERS[name].kind == "switch" for name in drawn)
    assert is_uncertain(PARAMETERS["chase_hours"])


def test_rates_are_drawn_on_a_log_scale_so_that_their_mean_stays_near_best():
    rate = PARAMETERS["parking.rate_per_1000"]  # half to double
    assert uses_log_scale(rate) and not uses_log_scale(PARAMETERS["report_hours"])  # 3, 4, 5
    assert quantile(rate, rate.best, np.array([0.5]))[0] == pytest.approx(rate.best)
    plain = PARAMETERS["reopening_share"]  # 0.5, 0.7, 0.9
    shares = np.array([0.0, 0.125, 0.5, 1.0])
    assert quantile(plain, 0.7, shares) == pytest.approx(
        [0.5, 0.6, 0.7, 0.9]
    )  # a triangle has a half of a quarter there


def test_every_scenario_gets_the_same_draws_and_posts_follow_from_them():
    study = resolve(("baseline", "flattening"), draws=2, settings={"chase_hours": 0.2}, **SMALL)
    assert [run[:3] for run in study.runs] == [
        (name, draw, seed) for name in ("baseline", "flattening") for draw in (1, 2) for seed in (1, 2)
    ]
    for draw in study.draws:
        assert "chase_hours" not in draw.values  # the user has said what it is
        for configuration in draw.configurations:
            assert configuration.values["chase_hours"] == 0.2
            assert all(configuration.values[name] == value for name, value in draw.values.items())
            assert all(configuration.reference_values[name] == value for name, value in draw.values.items())
    assert study.draws[0].values != study.draws[1].values
    assert resolve(("baseline",), **SMALL).runs[0].draw == 0


def test_a_streets_own_value_is_the_mode_of_its_draws_or_known_where_it_is_unusual():
    name = "standing_initial"
    usual, lower = (np.mean([d[name] for d in draw_parameters(40, known)]) for known in ({}, {name: 0.5}))
    low, high = PARAMETERS[name].low, PARAMETERS[name].high
    assert usual == pytest.approx((low + 0.65 + high) / 3, abs=0.01)  # the mean of a triangle
    assert lower == pytest.approx((low + 0.5 + high) / 3, abs=0.01)
    town = resolve(("baseline",), street="town", draws=1, **SMALL).draws[0]
    assert "money_per_resident" not in town.values and town.configurations[0].values["money_per_resident"] == 42.0


def test_draws_outlive_the_manifest():
    study = resolve(("baseline", "funds_pool"), draws=2, from_start=True, **SMALL)
    summaries = [summarise(simulate(small_street(), 1, window=(1, 5)))] * study.size
    manifest = json.loads(json.dumps(manifest_of(study, "jiedao run", now(), summaries), allow_nan=False))
    again = assignment_from(manifest, "manifest.json")
    assert [run.configuration.configuration_hash for run in again.runs] == [
        run.configuration.configuration_hash for run in study.runs
    ]
    assert [run.configuration.reference_values for run in again.runs] == [
        run.configuration.reference_values for run in study.runs
    ]
    manifest["drawn"][1]["values"]["chase_hours"] *= 1.01
    with pytest.raises(Exception, match=r"draw 2 do not fit their hash"):
        assignment_from(manifest, "manifest.json")


def test_a_negative_number_of_draws_is_refused():
    with pytest.raises(ValueOutOfRangeError, match="--draws: found -1"):
        resolve(("baseline",), draws=-1)


def test_the_spread_is_split_as_the_law_of_total_variance_says():
    effects, noise = {1: -1.0, 2: 0.0, 3: 1.0}, {1: -0.3, 2: 0.3}
    table = [(draw, seed, e + n) for draw, e in effects.items() for seed, n in noise.items()]
    frame = pd.DataFrame(table, columns=["draw", "seed", "value"])
    luck = 2 * 0.3**2  # of two values 0.6 apart
    assert variance_parts(frame) == pytest.approx((1.0 - luck / 2, luck))
    assert share_of_draws(frame) == pytest.approx((1.0 - luck / 2) / (1.0 + luck / 2))
    assert np.isnan(share_of_draws(frame.loc[frame["seed"] == 1]))
    assert np.isnan(share_of_draws(frame.assign(value=2.0)))
    rng = np.random.default_rng(3)
    nothing = frame.assign(value=0.0)
    shares = [share_of_draws(nothing.assign(value=rng.normal(size=6))) for _ in range(400)]
    assert np.median(shares) == 0.0  # without an effect of draws half of the estimates are cut at 0


@pytest.fixture(scope="module")
def drawn_study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict]:
    folder = tmp_path_factory.mktemp("drawn") / "study"
    asked = ["run", "baseline", "flattening", *OPTIONS, "--draws", "2", "--weekly", "--panel", "--out", folder]
    said = jiedao(*asked).stdout
    document = json.loads(jiedao(*asked, "--force", "--json").stdout)
    return folder, said, document


def test_a_study_with_draws_keeps_what_was_asked_for(drawn_study):
    folder, said, document = drawn_study
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("indicators", "draws", "panel")}
    assert set(frames["indicators"]["draw"]) == {1, 2} and manifest["draws"] == 2 == document["draws"]
    values = frames["draws"].pivot(index="parameter", columns="draw", values="value")
    assert values[1].to_dict() == manifest["drawn"][0]["values"]
    assert set(values.index) == {p.name for p in uncertain_parameters(find_street("typical").parameters)}
    weeks = frames["indicators"].loc[frames["indicators"]["period"] == "week-03"]
    assert {"vulnerable", "unit:department"} <= set(weeks["group"]) and "parking" in set(weeks["kind"])
    assert "95% interval over draws" in said and "Spread of baseline between runs" in said
    assert {line["scenario"] for line in document["spread"]} == {"baseline", "flattening"}
    assert jiedao("reproduce", folder, "--workers", "1").stdout.count("the same to the byte") == 1


# --- The panel ---


def test_the_panel_of_the_command_has_a_row_for_each_grid_and_week(drawn_study):
    rows = pd.read_parquet(drawn_study[0] / "panel.parquet")
    assert not rows.duplicated(["scenario", "draw", "seed", "unit", "week"]).any()
    assert set(rows["week"]) == set(range(-26, 6))
    treated = rows.groupby(["scenario", "week"])["treated"].mean()
    assert (treated["baseline"] == 0.0).all()
    assert (treated["flattening"].loc[:-1] == 0.0).all() and treated["flattening"].loc[5] > 0.0


def test_the_panel_adds_up_to_the_indicators():
    outcome = simulate(load("flattening", residents=4000, weeks=10), 1, window=(2, 9))
    seen = observe(outcome)
    rows = pd.DataFrame(panel(outcome, seen))
    window = rows.loc[rows["week"].between(2, 9) & (rows["reported"] > 0)]
    indicators = {row[3]: row for row in summarise(seen).indicators if row[:3] == ("window", "all", "all")}
    assert window["reported"].sum() == indicators["response_time"][6]
    for column in ("response_time", "chased_share"):
        mean = np.average(window[column], weights=window["reported"])
        cohort = seen.cases.where(seen.cases.records["in_cohort"])
        expected = {"response_time": cohort.response, "chased_share": cohort.records["chases"] > 0}
        assert mean == pytest.approx(expected[column].mean()), column
    backlog = {row[0]: row[5] for row in summarise(seen).indicators if row[3] == "backlog"}
    reopened = (seen.cases.records["reopenings"] > 0).sum()
    assert 0 <= rows.loc[rows["week"] == 7, "open"].sum() - backlog["week-07"] <= reopened


def test_the_panel_says_when_each_grid_came_under_the_command_office():
    flat = {}

    def look(world: World, week: int) -> np.ndarray:
        flat[week] = world.grids["flat"].copy()
        return np.empty(0, np.int64)

    outcome = simulate(load("flattening", residents=4000, weeks=10), 1, window=(2, 9), inject=look)
    rows = pd.DataFrame(panel(outcome, observe(outcome)))
    for week, part in rows.groupby("week"):
        assert np.array_equal(part["treated"], flat[week]), week
    assert rows.loc[rows["treated"]].groupby("grid")["week"].min().nunique() > 1


# --- Several streets ---


def test_a_large_place_is_streets_of_about_sixty_thousand():
    assert place.street_sizes(150_000) == (150_000,)
    for residents in (150_001, 1_000_000, 5_000_000):
        sizes = place.street_sizes(residents)
        assert sum(sizes) == residents and max(sizes) - min(sizes) <= 1 and 50_000 <= min(sizes) <= max(sizes) <= 76_000
    assert len(place.street_sizes(1_000_000)) == 17


def test_streets_of_a_place_have_luck_of_their_own():
    seeds = [place.street_seed(seed, number) for seed in (1, 2) for number in range(50)]
    assert len(set(seeds)) == 100 and min(seeds) >= 0 and max(seeds) < 2**62
    assert place.street_seed(7, 0) == 7


def test_a_place_is_its_streets_pooled(monkeypatch):
    monkeypatch.setattr(place, "LARGEST_STREET", 1000)
    monkeypatch.setattr(place, "USUAL_STREET", 700)
    configuration = small_street("flattening", residents=1401)
    whole = run_job(Job(configuration, 3, (1, 5), panel=True))
    streets = [
        observe(simulate(replace(configuration, residents=size), place.street_seed(3, number), window=(1, 5)))
        for number, size in enumerate((701, 700))
    ]
    by_hand = summarise(pool(streets))
    assert [row[:5] for row in whole.indicators] == [row[:5] for row in by_hand.indicators]
    assert np.array_equal([r[5] for r in whole.indicators], [r[5] for r in by_hand.indicators], equal_nan=True)
    assert len(whole.panels) == 2 and set(whole.cases["name"]) == set(by_hand.cases["name"])


def test_logs_of_a_large_place_are_refused():
    with pytest.raises(ContradictionError, match="--log: a place of 200,000 residents is 3 streets"):
        resolve(("baseline",), residents=200_000, log=True)
    assert "3 streets of 66,666 that share their district" in resolve(("baseline",), residents=200_000).notes[-1]


def test_levers_that_are_not_all_in_force_when_it_is_measured_are_told(capsys):
    """Flattening is rolled out up to week 11."""
    names = ("baseline", "flattening")
    configurations = [load(name, "typical", 1000, 40) for name in names]
    tell_of_rollout(Voice(), configurations, (6, 20), names)
    assert "while weeks 6 to 20 are measured: flattening; " in capsys.readouterr().err
    tell_of_rollout(Voice(), configurations, (11, 20), names)
    tell_of_rollout(Voice(), [load("flattening", "typical", 1000, 40, from_start=True)], (0, 20), ["flattening"])
    assert capsys.readouterr().err == ""


OWN = 'name = "{name}"\ntitle_en = "Mine"\ntitle_zh = "我的"\n[rollout]\nweeks = {weeks}\n[levers]\n{lever} = 1.0\n'


@pytest.mark.parametrize("command", ["run", "batch"])
def test_a_file_of_ones_own_is_told_by_its_own_rollout(command, tmp_path):
    """One whose reform comes slowly, and one that has it all from the first week on, though the lever's own file has not."""
    slow, at_once = tmp_path / "slow.toml", tmp_path / "at_once.toml"
    slow.write_text(OWN.format(name="mine", weeks=30, lever="funds_pool"), encoding="utf-8")
    at_once.write_text(OWN.format(name="hasty", weeks=1, lever="flatten_layers"), encoding="utf-8")
    if command == "run":
        options = ["--residents", "600", "--weeks", "4", "--seeds", "1", "--workers", "1", "--out", tmp_path / "out"]
        said = jiedao("run", "baseline", slow, at_once, *options).stderr
    else:
        study = f'scenarios = ["baseline", "{slow}", "{at_once}"]\nresidents = 600\nweeks = 4\nseeds = 1\n'
        (tmp_path / "study.toml").write_text(study, encoding="utf-8")
        said = jiedao("batch", tmp_path / "study.toml", "--dry-run", "--out", tmp_path / "out").stderr
    assert "coming into force while weeks 2 to 3 are measured: mine; " in said
