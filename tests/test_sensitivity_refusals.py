"""What `jiedao sensitivity` refuses: one message on standard error, exit status 2, nothing on standard output, nothing written."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest
from known_functions import UNIT, column
from sensitivity_studies import jiedao, study_file

from experiments import sensitivity
from model.errors import JiedaoError


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("flatening", ("unknown lever, package or stress 'flatening'", "did you mean flattening")),
        ("baseline baseline", ("'baseline' is named twice",)),
        ("baseline --factors demand_facto", ("unknown parameter 'demand_facto'", "did you mean demand_factor")),
        ("baseline --factors parkin.*", ("unknown pattern 'parkin.*'", "parking")),
        ("baseline --factors flatten_layers.strength", ("'flatten_layers.strength': its lever is in none", "exclude")),
        ("baseline --outcomes respons_time", ("unknown outcome 'respons_time'", "did you mean response_time")),
        ("baseline --method moris", ("unknown method 'moris'", "did you mean morris")),
        ("baseline --method sobol", ("name the factors", "--screened")),
        ("baseline --runs 1000", ("runs 1,000: too few for", "morris needs at least", "vary fewer factors")),
        (
            "baseline --method sobol --factors all --runs 9999",
            ("too few for", "screen them first with --method morris"),
        ),
        ("baseline --factors demand_factor --n 2", ("n: found 2", "from 4")),
        ("baseline --method sobol --factors demand_factor --n 10", ("n: found 10", "16 to 1,048,576 for sobol")),
        ("baseline --factors demand_factor --resamples 100", ("resamples: found 100", "from 1,000")),
        ("baseline --factors demand_factor --half-width 0.05", ("half_width", "how many runs at most")),
        ("baseline --factors demand_factor --second-order", ("second_order", "sobol only")),
        ("baseline --factors demand_factor --n 16 --runs 10", ("n 16 takes 64 runs, more than the 10",)),
        ("baseline --leading 4", ("leading", "screened")),
        ("baseline --method sobol --screened nowhere", ("nowhere: no such folder",)),
        ("baseline --method sobol --screened .", ("no finished sensitivity study",)),
        ("baseline --quick --runs 5000", ("--quick and runs", "one of the two")),
        ("baseline --street typcal --quick", ("unknown street 'typcal'", "did you mean typical")),
        ("baseline --quick --seeds 0", ("seeds", "between 1 and")),
        ("baseline --quick --seed -1", ("--seed: found -1",)),
        ("baseline --quick --residents 50", ("residents is 50",)),
        ("baseline --quick --window 5", ("--window: found '5'", "A-B")),
        ("baseline --study nowhere.toml", ("nowhere.toml", "there is no such file")),
        ("baseline --quick --out taken", ("--out taken", "cannot be written")),
    ],
)
def test_a_mistake_is_refused_in_one_message(command, parts, tmp_path, monkeypatch, streets):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    result = jiedao("sensitivity", *command.split(), expect=2)
    assert result.stdout == "" and "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"] and streets.made == []


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("[0.8, 1.25]", "[1.25, 0.8]", ("[vary]: key 'demand_factor'", "1.25 to 0.8", "low < high")),
        ("[0.8, 1.25]", "[1.0, 1.0]", ("key 'demand_factor'", "from 1 to 1", "empty")),
        ("[0.8, 1.25]", "[]", ("key 'demand_factor'", "empty list")),
        ("[0.8, 1.25]", "[0.8, nan]", ("demand_factor", "found nan")),
        ("[0.8, 1.25]", "[0.8, 1e9]", ("demand_factor", "found 1000000000.0", "ratio")),
        ("demand_factor =", "demand_fact =", ("unknown parameter 'demand_fact'", "did you mean demand_factor")),
        ("[0.2, 1.0]", "[0.2, 1.5]", ("flatten_layers.strength", "is 1.5", "between 0 and 1")),
        ("{values = [2, 3, 4]}", "{values = [2, 2, 4]}", ("patience_spells", "twice")),
        ('"flattening"]', '"flatening"]', ("unknown lever, package or stress 'flatening'",)),
        ("curves = 2", "curve = 2", ("unknown key 'curve'", "did you mean curves")),
        ("n = 32", 'n = "many"', ("key 'n'", "must be a number")),
        ("n = 32", "n = 32\nstreets = ['typical', 'town']", ("key 'streets' names 2", "one street")),
        ("n = 32", "n = 32\nwindow = [9, 5]", ("window: found 9-5",)),
        ("n = 32", "n = 32\nsecond_order = 1", ("key 'second_order'", "true or false")),
        ('method = "sobol"', 'method = "sobl"', ("unknown method 'sobl'", "did you mean sobol")),
        ("n = 32", "n = 32\nseeds_per_point = 2", ("seeds_per_point 2", "seeds of a block, 1")),
        ("n = 32", "n = 32\nsecond_block = 12", ("second_block: found 12", "16 to")),
        ('["pool_share"]', '["petty_cash_yuan"]', ("choices: 'petty_cash_yuan' is not among the factors",)),
        ('["pool_share"]', '["pool_shar"]', ("unknown parameter 'pool_shar'",)),
        ('["baseline", "flattening"]', "[]", ("scenarios: an empty list",)),
        ("{values = [2, 3, 4]}", "{values = [3]}", ("key 'patience_spells' has one value, 3",)),
        ("[vary]", "[groups]\na = []\n[vary]", ("[groups] 'a': found []",)),
        ("n = 32", "n = 32\nexclude = ['money_per_resident']", ("exclude: 'money_per_resident' is not among",)),
        ("n = 32", "n = 32\nexclude = ['demand_factor']", ("exclude: 'demand_factor' has a range in [vary]",)),
        ("n = 32", "n = 12", ("n: found 12", "from 16 to")),
        ("n = 32", "runs = 10", ("runs 10: too few",)),
        ("n = 32", "n = 32\nresamples = 100", ("resamples: found 100",)),
        ("n = 32", "n = 32\nstreets = ['tpyical']", ("unknown street 'tpyical'", "did you mean typical")),
        (
            "[vary]",
            "[groups]\na = ['parking.*']\nb = ['*.work_hours']\n[vary]",
            ("'parking.work_hours'", "groups 'a' and 'b'"),
        ),
    ],
)
def test_a_study_file_that_is_wrong_names_itself_and_the_key(old, new, parts, tmp_path, streets):
    path = study_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = jiedao("sensitivity", "--study", path, "--out", tmp_path / "out", expect=2)
    assert result.stdout == "" and not (tmp_path / "out").exists() and streets.made == []
    for part in ("study.toml", *parts):
        assert part in result.stderr, result.stderr


@pytest.mark.parametrize(
    ("option", "part"),
    [("--seed=-1", "--seed: found -1"), ("--n=12", "n: found 12"), ("--street=tpyical", "unknown street 'tpyical'")],
)
def test_what_is_wrong_on_the_command_line_is_not_put_down_to_the_study_file(option, part, tmp_path, streets):
    said = jiedao("sensitivity", "--study", study_file(tmp_path), option, expect=2).stderr
    assert part in said and "study.toml" not in said and streets.made == []


@pytest.mark.parametrize(
    ("studied", "options", "part"),
    [
        ("baseline", {"factors": "demand_factor"}, "factors: found 'demand_factor'; must be a list"),
        ("baseline", {"factors": [None]}, "factors: found [None]"),
        ("baseline", {"exclude": "parking.*"}, "exclude: found 'parking.*'"),
        ("baseline", {"groups": {"g": "parking.*"}}, "[groups] 'g': found 'parking.*'"),
        ("baseline", {"vary": ["demand_factor"]}, "vary: found ['demand_factor']"),
        ("baseline", {"screened": 3}, "screened: found 3"),
        ("baseline", {"method": "morris"}, "call sensitivity.morris"),
        (max, {"vary": UNIT}, "max: nobody can tell its arguments"),
        (column, {"vary": [1, 2]}, "nothing is varied"),
        (column, {"vary": UNIT, "sample_seed": -1}, "sample_seed"),
        (column, {"vary": UNIT, "sample_seed": "x"}, "sample_seed"),
        (column, {"vary": UNIT, "seeds": 0}, "seeds"),
    ],
)
def test_mistakes_in_a_notebook_are_refused_in_one_sentence(studied, options, part):
    with pytest.raises(JiedaoError, match=re.escape(part)):
        sensitivity.sobol(studied, **options)


def test_interactions_are_not_to_be_had_from_a_screening():
    with pytest.raises(JiedaoError, match="come with sobol only"):
        sensitivity.morris(lambda a, b: a, vary=UNIT, second_order=True)


def test_the_folder_of_another_study_is_refused(done, streets, tmp_path):
    folder = done.folder
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    for options, difference in (
        (["--weeks", 13], "differs in weeks: 12, now 13"),
        (["--seed", 5], "differs in seeds: [1, 2], now [5, 6]"),
        (["--method", "morris"], "differs in method"),
    ):
        said = jiedao(
            "sensitivity", "--study", study_file(tmp_path), *options, "--out", folder, "--force", expect=2
        ).stderr
        assert "holds another study" in said and difference in said, said
    other = tmp_path / "comparison"
    other.mkdir()
    (other / "manifest.json").write_text("{}", encoding="utf-8")
    said = jiedao("sensitivity", "--study", study_file(tmp_path), "--out", other, "--force", expect=2).stderr
    assert "holds another study" in said and sorted(path.name for path in other.iterdir()) == ["manifest.json"]
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == before and streets.made == []


def test_a_folder_that_is_no_study_has_no_report(done, tmp_path):
    spoilt = shutil.copytree(done.folder, tmp_path / "spoilt")
    pd.read_parquet(spoilt / "overview.parquet").drop(columns="used").to_parquet(spoilt / "overview.parquet")
    assert "overview.parquet: lacks the columns used" in jiedao("report", spoilt, expect=2).stderr
    (tmp_path / "manifest.json").write_text('{"kind": "sensitivity"}', encoding="utf-8")
    assert "indices.parquet: missing" in jiedao("report", tmp_path, expect=2).stderr
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    assert "not a readable JSON file" in jiedao("report", tmp_path, expect=2).stderr
