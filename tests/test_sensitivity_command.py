"""`jiedao sensitivity` as a user runs it: small streets, files read again, stopping and going on, and what it leaves."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from documents import check_document
from sensitivity_studies import jiedao, study_file, text_of
from small_batch import needs_posix
from test_command_line import JIEDAO

from experiments import sensitivity
from experiments.run_store import RunStore
from experiments.sensitivity_file import read_sensitivity_file
from experiments.sensitivity_folder import read_folder
from experiments.sensitivity_screening import screened_factors
from experiments.sensitivity_study import QUICK_NOTE, resolve_study
from experiments.uncertainty import uncertain_parameters
from model.errors import ContradictionError, InputFileError, JiedaoError
from model.indicator_definitions import HEADLINES


def test_a_study_leaves_tables_a_report_and_where_they_come_from(done):
    folder, document = done.folder, done.document
    stored = read_folder(folder)
    check_document("sensitivity", document)
    assert document["command"] == "sensitivity" and document["folder"] == str(folder)
    assert set(stored.overview["indicator"]) == set(HEADLINES) and len(stored.overview) == 2 * len(HEADLINES)
    level = stored.indices.query("scenario == 'baseline' and indicator == 'response_time'").set_index("factor")
    # 100 x uniform over 0.45: variance 168.75; 5 x {2, 3, 4}: 16.67. With 32 base points indices are within 0.1 of it.
    assert level.loc["demand_factor", "total"] == pytest.approx(0.91, abs=0.1)
    assert level.loc["patience_spells", "total"] == pytest.approx(0.09, abs=0.05)
    assert level.loc["pool_share", "total"] == level.loc["dummy", "total"] == 0.0
    assert dict(level["role"]) == {
        "demand_factor": "uncertainty",
        "pool_share": "choice",
        "flatten_layers.strength": "lever",
        "patience_spells": "uncertainty",
        "command_office_keeps_community": "choice",
        "dummy": "dummy",
    }
    manifest = stored.manifest
    assert manifest["status"] == "finished" and manifest["seeds"] == [1, 2] and manifest["sample_seed"] == 1
    assert manifest["parameters"]["baseline"]["demand_factor"] == 1.0 and set(manifest["configuration_hash"]) == {
        "baseline",
        "flattening",
    }
    assert manifest["packages"]["SALib"] and manifest["resamples"] == 1000 and manifest["window"] == [6, 11]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert (
        "Demand factor" in page
        and manifest["version"] in page
        and "<script" not in page
        and "http://" not in text_of(page)
    )


def test_the_sign_of_the_reforms_effect_changes_where_the_formula_says(done):
    lines = [line for line in done.document["thresholds"] if line["indicator"] == "response_time"]
    assert len(lines) == 1 and lines[0]["factor"] == "pool_share" and lines[0]["threshold"] == pytest.approx(0.3)


def test_uncertainties_are_drawn_and_choices_and_levers_are_set(done):
    for request in done.made:
        assert set(request.draw) <= {"demand_factor", "patience_spells"}
        assert set(request.settings) <= {"pool_share", "flatten_layers.strength", "command_office_keeps_community"}
        assert (request.residents, request.weeks, request.window) == (2000, 12, (6, 11))
    draws = [request.draw for request in done.made if "patience_spells" in request.draw]
    assert {type(draw["patience_spells"]) for draw in draws} == {int}
    switched = [request.settings.get("command_office_keeps_community") for request in done.made]
    assert {type(switch) for switch in switched if switch is not None} == {bool}


def test_every_point_has_every_scenario_and_the_same_seeds_and_the_dummy_costs_nothing(done):
    points: dict[str, set] = {}
    for request in done.made:
        if len(request.draw) == 2:  # curves move one factor alone
            # A run of the baseline knows nothing of the lever's strength.
            settings = {**request.settings, "flatten_layers.strength": 0.0}
            point = json.dumps([sorted(request.draw.items()), sorted(settings.items())])
            points.setdefault(point, set()).add((request.scenario, request.seed))
    assert {frozenset(runs) for runs in points.values()} == {
        frozenset({(scenario, seed) for scenario in ("baseline", "flattening") for seed in (1, 2)})
    }
    reforms = [request for request in done.made if request.scenario == "flattening" and len(request.draw) == 2]
    assert len(reforms) <= 2 * 32 * (5 + 2), "points that differ in the dummy alone were run twice"


def test_each_base_point_draws_its_seeds_and_the_second_block_repeats_some(streets, tmp_path):
    seeds = "seeds = 4\nseeds_per_point = 1\nsecond_block = 16\n"
    jiedao("sensitivity", "--study", study_file(tmp_path, n=64, more=seeds), "--out", tmp_path / "out")
    found = read_folder(tmp_path / "out")
    points: dict[str, set] = {}
    for request in streets.made:
        if request.scenario == "flattening" and len(request.draw) == 2:
            point = json.dumps([sorted(request.draw.items()), sorted(request.settings.items())])
            points.setdefault(point, set()).add(request.seed)
    assert all(len(drawn & {1, 2, 3, 4}) == 1 and len(drawn & {5, 6, 7, 8}) <= 1 for drawn in points.values())
    assert set.union(*points.values()) == set(range(1, 9))
    repeated = sum(len(drawn) == 2 for drawn in points.values())
    assert repeated == pytest.approx(len(points) / 4, rel=0.1)
    assert found.manifest["second_block"] == 16 and found.manifest["seeds_per_point"] == 1
    assert len(streets.made) <= found.manifest["runs"] + 2 * 5 * 8 * 2 and found.failures.empty
    page = text_of((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "1 of the seeds 1–4 by lot at each base point or trajectory; 1 of 5–8 at the first 16 of 64" in page


def test_a_folder_whose_base_points_were_others_is_not_taken_for_one_of_now(done, streets, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "copy")
    study, manifest = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("study.json", "manifest.json")
    )
    assert study["identity"].pop("base_points") == manifest.pop("base_points") == "halton"
    (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputFileError, match="took other base points; make the study again"):
        sensitivity.read(folder)
    again = ["--study", study_file(tmp_path), "--out", folder, "--force"]
    assert "differs in base_points" in jiedao("sensitivity", *again, expect=2).stderr and streets.made == []


def test_a_stopped_study_goes_on_and_ends_with_the_same_bytes(done, streets, no_report, tmp_path):
    streets.most = 200
    study, folder = study_file(tmp_path), tmp_path / "stopped"
    assert jiedao("sensitivity", "--study", study, "--out", folder, expect=130).stdout == ""
    assert not (folder / "manifest.json").exists() and len(streets.made) == 200
    streets.most = 10**9
    jiedao("sensitivity", "--study", study, "--out", folder)
    assert len({json.dumps(vars(request), sort_keys=True) for request in streets.made}) == len(streets.made)
    for name in ("indices", "overview", "curves", "thresholds"):
        assert (folder / f"{name}.parquet").read_bytes() == (done.folder / f"{name}.parquet").read_bytes(), name


def test_a_study_that_goes_on_with_other_code_says_that_its_runs_do_not_serve(done, streets, no_report, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "copy")
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    (folder / "study.json").write_text(json.dumps(study | {"code": "another"}), encoding="utf-8")
    options = ["--study", study_file(tmp_path), "--out", folder, "--force"]
    assert "the code has changed since" in jiedao("sensitivity", *options).stderr
    assert "the code has changed since" not in jiedao("sensitivity", *options).stderr


def test_a_screening_leads_by_the_scenarios_in_question_and_by_todays_parameters(streets, tmp_path):
    screening = tmp_path / "screening"
    jiedao("sensitivity", "--study", study_file(tmp_path, "morris", 8), "--out", screening)
    stored = read_folder(screening)

    def alone(*scenarios: str) -> set[str]:
        factors = screened_factors(stored, 2, scenarios, ["response_time"])
        return {factor.name for factor in factors if not factor.group}

    assert alone("baseline") == {"demand_factor", "patience_spells"}, "the formula of a baseline has no other"
    assert "pool_share" in alone("flattening")
    (factor, *_) = (record for record in stored.manifest["factors"] if record["name"] == "demand_factor")
    factor |= {"mode": 1.0, "high": 1.5}
    with pytest.raises(InputFileError, match=r"'demand_factor' goes from .* now, and no longer from 0.8 to 1.5"):
        alone("baseline")
    factor["name"] = "gone"
    with pytest.raises(InputFileError, match="there is no parameter 'gone' now; make the screening again"):
        alone("baseline")


def test_more_points_reuse_the_runs_that_there_are(done, streets, no_report, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "copy")
    refused = jiedao("sensitivity", "--study", study_file(tmp_path, n=64), "--out", folder, expect=2)
    assert "finished" in refused.stderr and "--force" in refused.stderr and streets.made == []
    jiedao("sensitivity", "--study", study_file(tmp_path, n=64), "--out", folder, "--force")
    assert read_folder(folder).manifest["n"] == 64
    assert 0.5 * len(done.made) < len(streets.made) < 1.1 * len(done.made)


def test_failed_runs_are_named_everywhere(streets, tmp_path):
    streets.fails = lambda request: "ValueError: too many" if request.draw.get("demand_factor", 1.0) > 1.241 else ""
    folder = tmp_path / "out"
    said = jiedao("sensitivity", "--study", study_file(tmp_path, n=64), "--out", folder)
    stored = read_folder(folder)
    assert (stored.overview["used"] < 64).all() and set(stored.failures["reason"]) == {"ValueError: too many"}
    assert "ValueError: too many" in said.stdout and "ValueError: too many" in (folder / "report.html").read_text(
        encoding="utf-8"
    )
    assert stored.indices["total"].notna().all() and (stored.indices["total"] > 0.1).any()


def test_a_screening_hands_its_leading_factors_on(streets, tmp_path):
    screening = tmp_path / "screening"
    jiedao("sensitivity", "--study", study_file(tmp_path, "morris", 8), "--out", screening)
    stored = read_folder(screening)
    assert stored.interactions is None and {"mu_star", "sigma"} <= set(stored.indices)
    assert (screening / "plots" / "scatter_flattening.png").stat().st_size > 10_000
    options = ["--screened", screening, "--leading", 2, "--n", 16, "--residents", 2000, "--weeks", 12, "--second-order"]
    options += ["--outcomes", "response_time,satisfaction,cost_per_case"]
    folder = tmp_path / "indices"
    result = jiedao("sensitivity", "baseline", "flattening", "--method", "sobol", *options, "--out", folder, "--json")
    found = read_folder(folder)
    check_document("sensitivity", document := json.loads(result.stdout))
    told = found.members.loc[found.members["stands_out"] & (found.members["share"] >= 0.01)]
    assert {row["factor"] for row in document["members"]} == set(told["factor"]) and len(told)
    assert "Standing out within a group" in (folder / "report.html").read_text(encoding="utf-8")
    assert set(found.indices["factor"]) == {"demand_factor", "pool_share", "all_others", "dummy"}
    assert set(found.interactions["factor"]) | set(found.interactions["other"]) == {
        "demand_factor",
        "pool_share",
        "all_others",
    }
    assert (folder / "plots" / "map_baseline.png").exists()
    assert set(found.overview["indicator"]) == set(found.manifest["outcomes"])
    assert set(found.overview["indicator"]) == {"response_time", "satisfaction", "cost_per_case"}
    assert "patience_spells" in set(found.members["factor"]) and set(found.members["group"]) == {"all_others"}
    pd.testing.assert_frame_equal(sensitivity.read(folder).members, found.members)
    also, before = ["--factors", "patience_spells", "--curves", 0, "--out", folder, "--force"], len(streets.made)
    said = jiedao("sensitivity", "baseline", "flattening", "--method", "sobol", *options, *also).stderr
    assert "others stand alone than when" in said and "the code has changed" not in said
    assert set(read_folder(folder).indices["factor"]) - set(found.indices["factor"]) == {"patience_spells"}
    opened = 16 * 4 * 2 * 2  # base points, neighbours of the group and of what was taken out of it, scenarios, seeds
    assert 0 < len(streets.made) - before <= opened, (
        "a group that is opened makes its own neighbours anew and no others"
    )
    also[1] = "patience_spell"
    said = jiedao("sensitivity", "baseline", "--method", "sobol", *options, *also, expect=2).stderr
    assert "unknown factor of the screening 'patience_spell'; did you mean patience_spells" in said
    alone = ["baseline", "--method", "sobol", *options, "--out", tmp_path / "alone"]
    assert "its lever is in none of the scenarios (baseline)" in jiedao("sensitivity", *alone, expect=2).stderr
    without = {"screened": str(screening), "leading": 2, "method": "sobol", "n": 16}
    without = resolve_study(without | {"exclude": ["flatten_layers.*"]})
    assert "flatten_layers.strength" not in {factor.name for factor in without.plan.factors}
    by_hand = {
        "screened": str(screening),
        "leading": 0,
        "method": "sobol",
        "n": 16,
        "scenarios": ["baseline", "flattening"],
    }
    with pytest.raises(JiedaoError, match="leading 0: name in factors"):
        resolve_study(by_hand)
    judged = {factor.judged_as for factor in resolve_study(by_hand | {"factors": ["pool_share"]}).plan.factors}
    assert judged == {"pool_share", "all_others"}
    about_cost = tmp_path / "cost"
    shutil.copytree(screening, about_cost)
    overview = pd.read_parquet(about_cost / "overview.parquet")
    overview.loc[overview["indicator"] == "cost_per_case"].to_parquet(about_cost / "overview.parquet")
    options[1] = about_cost
    said = jiedao(
        "sensitivity", "baseline", "flattening", "--method", "sobol", *options, "--out", folder, expect=2
    ).stderr
    other = jiedao(
        "sensitivity", "baseline", "--method", "sobol", "--screened", screening, "--street", "town", expect=2
    )
    assert "this screening was of typical, not of town" in other.stderr
    assert "not about response_time, satisfaction" in said and "name its outcomes, cost_per_case" in said
    assert "All other parameters together" in (folder / "report.html").read_text(encoding="utf-8")


def test_it_is_not_reproduced_but_made_again(done):
    said = jiedao("reproduce", done.folder, expect=2).stderr
    assert "holds a sensitivity study, and reproduce is for runs and comparisons" in said and "another --out" in said


def test_quick_says_first_that_it_is_not_the_full_study(streets, no_report, tmp_path):
    said = jiedao("sensitivity", "baseline", "funds_pool", "--quick", "--out", tmp_path / "out")
    assert said.stdout.splitlines()[0] == QUICK_NOTE and "not the full study" in QUICK_NOTE
    manifest = read_folder(tmp_path / "out").manifest
    assert manifest["quick"] and manifest["residents"] == 2000
    document = json.loads(jiedao("sensitivity", "--quick", "--out", tmp_path / "b", "--json", "--quiet").stdout)
    assert document["note"] == QUICK_NOTE


def test_a_notebook_gives_the_same_numbers_and_the_same_folder(done, streets, tmp_path):
    vary = {"demand_factor": [0.8, 1.25], "pool_share": [0.1, 0.5], "flatten_layers.strength": [0.2, 1.0]}
    vary |= {"patience_spells": {"values": [2, 3, 4]}, "command_office_keeps_community": [False, True]}
    options = {"residents": 2000, "weeks": 12, "n": 32, "curves": 2, "curve_values": 5, "choices": ["pool_share"]}
    found = sensitivity.sobol("baseline", "flattening", vary=vary, out=tmp_path / "out", **options)
    pd.testing.assert_frame_equal(found.indices, read_folder(done.folder).indices)
    assert found.table().loc["demand_factor", ("baseline", "level", "response_time")] > 0.8
    assert (tmp_path / "out" / "report.html").exists()
    again = sensitivity.read(tmp_path / "out")
    pd.testing.assert_frame_equal(again.table(), found.table())
    assert again.design.point(5) == found.design.point(5) and repr(again) == repr(found)
    with pytest.raises(ContradictionError, match="finished; nothing is overwritten"):
        sensitivity.sobol("baseline", "flattening", vary=vary, out=tmp_path / "out", **options)


def test_it_is_summed_up_in_a_line(done):
    found = sensitivity.sobol(lambda a, b: a + 0.1 * b, vary={"a": (0, 1), "b": (0, 1)}, n=64, curves=0)
    assert repr(found).endswith("leading: ['a', 'b'])") and len(repr(found)) < 150


def test_another_kind_of_study_does_not_enter_its_folder_even_by_force(done, tmp_path):
    before = {path: path.read_bytes() for path in done.folder.iterdir() if path.is_file()}
    batch = tmp_path / "batch.toml"
    batch.write_text('scenarios = ["baseline"]\nresidents = 600\nweeks = 2\nseeds = 1\n', encoding="utf-8")
    for command in (["batch", batch], ["run", "baseline"], ["compare", "baseline", "flattening"]):
        said = jiedao(*command, "--out", done.folder, "--force", expect=2).stderr
        assert "holds a sensitivity study; name another folder" in said
    assert {path: path.read_bytes() for path in done.folder.iterdir() if path.is_file()} == before


def test_a_dry_run_says_how_much_there_is_to_do_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = [
        "--factors",
        "demand_factor,staff_factor",
        "--residents",
        1000,
        "--weeks",
        4,
        "--method",
        "sobol",
        "--n",
        16,
    ]
    options = [*place, "--curves", 1, "--dry-run", "--workers", 2]
    told = jiedao("sensitivity", "baseline", "flattening", *options)
    assert "256 runs of the design and 144 of curves at most, about" in told.stdout
    assert "small street: typical (1,000 residents)" in told.stderr
    assert "still coming into force while weeks 2 to 3 are measured: flattening; " in told.stderr
    check_document("sensitivity_dry_run", json.loads(jiedao("sensitivity", *options, "--json", "--quiet").stdout))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> tuple[list[str], Path]:
    """Two factors on a tiny street, really run by two workers: the command without its folder, and the folder it left."""
    folder = tmp_path_factory.mktemp("real")
    study = folder / "study.toml"
    study.write_text(
        "residents = 2000\nweeks = 5\nn = 4\ncurves = 1\ncurve_values = 3\ncurve_seeds = 2\n", encoding="utf-8"
    )
    options = ["--study", study, "--factors", "demand_factor,batching_interval_leader", "--workers", 2]
    command = [str(word) for word in ("sensitivity", "baseline", "flattening", *options)]
    jiedao(*command, "--out", folder / "out")
    return command, folder / "out"


def test_real_streets_go_through_it(real):
    stored = read_folder(real[1])
    assert stored.failures.empty and (stored.overview["dummy"].dropna() == 0.0).all()
    level = stored.indices.query("scenario == 'baseline' and indicator == 'response_time'").set_index("factor")
    assert level.loc["batching_interval_leader", "mu_star"] > 0.0 and len(stored.curves) == 3 * 2 * len(HEADLINES)


@needs_posix
def test_a_study_that_is_killed_goes_on_from_its_runs_and_ends_with_the_same_bytes(real, no_report, tmp_path):
    command, whole = real
    folder = tmp_path / "out"
    process = subprocess.Popen([*JIEDAO, *command, "--out", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    log, deadline = folder / "runs.sqlite-wal", time.monotonic() + 120
    while (
        not log.exists() or log.stat().st_size < 60_000
    ) and time.monotonic() < deadline:  # some runs have been stored
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=60)
    with RunStore(folder) as killed, RunStore(whole) as all_of_them:
        there, runs = len(killed), len(all_of_them)
    assert 0 < there < runs and not (folder / "manifest.json").exists()
    jiedao(*command, "--out", folder)
    for name in ("indices", "overview", "curves", "thresholds", "failures"):
        assert (folder / f"{name}.parquet").read_bytes() == (whole / f"{name}.parquet").read_bytes(), name


def test_the_study_files_of_the_full_study_are_sound():
    folder = Path(sensitivity.__file__).parent
    screening = resolve_study(read_sensitivity_file(folder / "sensitivity_screening.toml"), "screening")
    varied = {factor.name for factor in screening.plan.factors}
    uncertain = {parameter.name for parameter in uncertain_parameters()}
    assert {name.partition(".")[0] for name in uncertain - varied} == {"renovation"}, (
        "an uncertain parameter is left out"
    )
    assert {factor.role for factor in screening.plan.factors} == {"uncertainty", "choice"}
    for name, reform in (("indices", "flattening"), ("pool", "funds_pool")):
        options = read_sensitivity_file(folder / f"sensitivity_{name}.toml")
        assert varied.issuperset(options.get("factors") or ())
        ranked = resolve_study({**options, "leading": None, "factors": ["demand_factor"]}, name)
        assert (ranked.residents, ranked.weeks, list(ranked.scenarios)) == (10_000, 26, ["baseline", reform])
