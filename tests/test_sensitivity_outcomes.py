"""The published outcomes of a study: what can be worked out from them, and when a study goes on from them alone."""

from __future__ import annotations

import json
import shutil

import pytest
from sensitivity_studies import jiedao, study_file

from experiments import sensitivity
from experiments.sensitivity_folder import read_folder
from model.indicator_definitions import HEADLINES


def test_a_study_goes_on_from_its_published_outcomes_alone(done, streets, no_report, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "published", ignore=shutil.ignore_patterns("runs.sqlite*"))
    again = ["--study", study_file(tmp_path), "--out", folder, "--force"]
    said = jiedao("sensitivity", *again).stderr
    of_curves = [request for request in done.made if len(request.draw) + len(request.settings) == 1]
    assert of_curves and streets.made == of_curves, "all others are in the table"
    taken = len({json.dumps(vars(request), sort_keys=True) for request in done.made}) - len(of_curves)
    assert f"{taken:,} runs are taken from {folder / 'outcomes.parquet'}" in said
    for path in done.folder.glob("*.parquet"):
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name
    assert "outcomes.parquet" not in jiedao("sensitivity", *again).stderr, "now there is a store"


@pytest.mark.parametrize("what", ["code", "points", "files"])
def test_outcomes_of_other_code_points_or_files_are_not_taken_over(what, done, streets, no_report, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "published", ignore=shutil.ignore_patterns("runs.sqlite*"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    other = {
        "code": {"code": "another"},
        "points": {"points_digest": "another"},
        "files": {"files": {"my.toml": "another"}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | other[what]), encoding="utf-8")
    told = jiedao("sensitivity", "--study", study_file(tmp_path), "--out", folder, "--force").stderr
    assert "taken from" not in told and len(streets.made) == len(done.made)


def test_runs_taken_over_are_not_asked_for_what_they_do_not_tell(streets, no_report, tmp_path):
    one, folder = tmp_path / "one", tmp_path / "out"
    one.mkdir()
    study = study_file(one, more='outcomes = ["response_time"]\n')
    jiedao("sensitivity", "--study", study, "--out", folder)
    (folder / "runs.sqlite").unlink()
    jiedao("sensitivity", "--study", study, "--out", folder, "--force")
    every = ["sensitivity", "--study", study_file(tmp_path), "--out", folder, "--force"]
    refused = jiedao(*every, expect=2).stderr
    assert "only response_time are known" in refused and "delete runs.sqlite" in refused
    (folder / "runs.sqlite").unlink()
    assert "taken from" not in jiedao(*every).stderr
    assert read_folder(folder).failures.empty and set(read_folder(folder).overview["indicator"]) == set(HEADLINES)


def test_indices_can_be_worked_out_from_the_outcomes_alone(done):
    found = sensitivity.read(done.folder)
    one = found.outcomes.query("seed == 1").pivot(index="base_point", columns="place", values="baseline.response_time")
    by_hand = ((one["A"] - one["A:demand_factor"]) ** 2).mean() / one[["A", "B"]].stack().var() / 2
    total = found.indices.query("scenario == 'baseline' and indicator == 'response_time' and factor == 'demand_factor'")
    assert by_hand == pytest.approx(float(total["total"].iloc[0]), abs=0.1)
    assert len(found.outcomes) == 2 * len(found.design.realised) and set(found.outcomes["seed"]) == {1, 2}
