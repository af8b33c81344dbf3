"""Batches: the same bytes however they are made; folders, failures and whole commands as a user sees them."""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from documents import check_document
from small_batch import RUNS, STUDY, TOML, command, indicators, made_here
from test_command_line import jiedao

from experiments import batch, batch_folder, batch_study, compare, comparison, run_worker
from experiments.batch_study import make_batch
from experiments.dask_cluster import dask_executor
from experiments.run_store import STORE_NAME, RunStore
from experiments.study_file import read_study_file
from model.errors import ContradictionError, InputFileError, JiedaoError

EXAMPLE = Path(__file__).parent.parent / "experiments" / "studies" / "flattening_in_doubt.toml"


def test_the_tables_hold_every_run_in_order(whole):
    frame = pd.read_parquet(whole / "indicators.parquet")
    assert list(frame.columns) == batch_folder.COLUMNS.names
    runs = list(dict.fromkeys(zip(frame["scenario"], frame["street"], frame["draw"], frame["seed"], strict=True)))
    design = read_study_file(STUDY)
    assert runs == [(c.scenario, c.street, c.draw, c.request.seed) for c in design.in_order(3)] and len(runs) == RUNS
    draws = pd.read_parquet(whole / "draws.parquet")
    assert list(draws.columns) == ["draw", "parameter", "value", "role"]
    by_name = draws.pivot(index="draw", columns="parameter", values="value")
    for i, point in enumerate(design.points):
        assert by_name.loc[i].to_dict() == point
    assert dict(zip(draws["parameter"], draws["role"], strict=True)) == {
        "petty_cash_yuan": "uncertainty", "flatten_layers.strength": "lever"
    }  # fmt: skip
    assert not (whole / "failures.csv").exists()
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "finished" and manifest["runs"] == RUNS and manifest["seeds"] == [1, 2, 3]
    assert manifest["rows"] == len(frame) and manifest["study"]["vary"]["petty_cash_yuan"] == {
        "low": 1000,
        "high": 3000,
    }
    assert set(manifest["streets"]) == {"typical", "town"}
    assert manifest["streets"]["town"]["parameters"]["flattening"]["petty_cash_yuan"] > 0


def test_a_run_of_a_batch_is_the_run_of_its_draw(whole):
    frame = pd.read_parquet(whole / "indicators.parquet")
    design = read_study_file(STUDY)
    cell = next(c for c in design.in_order(3) if (c.scenario, c.street, c.draw) == ("flattening", "town", 2))
    rows = frame.loc[(frame["scenario"] == "flattening") & (frame["street"] == "town") & (frame["draw"] == 2)]
    rows = rows.loc[rows["seed"] == 1, ["indicator", "statistic", "value"]]
    with RunStore(whole) as store:
        stored = store.read(cell.request).rows
    assert repr(list(rows["value"])) == repr([row[5] for row in stored])


def test_comparison_reads_a_batch_and_averages_seeds_within_draws(whole):
    frame = pd.read_parquet(whole / "indicators.parquet")
    table = comparison.paired_differences(frame, street="typical").set_index(["indicator", "statistic"])
    assert (table["n"] == 3).any()  # three draws are the independent units, and not nine runs
    same = frame.loc[(frame["indicator"] == "repeat_rate") & (frame["period"] == "window")]
    assert set(same["kind"]) > {"all"} and len(table) > 20


def test_processes_two_workers_and_any_order_give_the_same_bytes(whole, tmp_path, monkeypatch):
    frame = batch(STUDY, tmp_path / "two", workers=2)
    assert indicators(tmp_path / "two") == indicators(whole)
    assert len(frame) == pq.read_metadata(whole / "indicators.parquet").num_rows
    design = read_study_file(STUDY)
    shuffled = list(design.to_run(range(1, 4)))
    random.Random(7).shuffle(shuffled)
    monkeypatch.setattr(type(design), "to_run", lambda self, seeds: iter(shuffled))
    with ThreadPoolExecutor(3) as executor:
        make_batch(design, tmp_path / "shuffled", 3, executor)
    assert indicators(tmp_path / "shuffled") == indicators(whole)


def test_rows_are_written_in_groups_of_bounded_size_and_the_groups_lose_none(whole, tmp_path, monkeypatch):
    made_here(STUDY, tmp_path, force=False)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "indicators.parquet").unlink()
    monkeypatch.setattr(batch_folder, "ROWS_A_GROUP", 500)
    assert made_here(STUDY, tmp_path, force=True).made == 0
    found = pq.read_metadata(tmp_path / "indicators.parquet")
    assert found.num_row_groups == -(-found.num_rows // 500)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "indicators.parquet"), pd.read_parquet(whole / "indicators.parquet")
    )


def test_weekly_rows_are_kept_if_asked_for(tmp_path):
    study = {**STUDY, "seeds": 1, "draws": 3}
    short = batch(study, tmp_path / "a", executor=ThreadPoolExecutor(1))
    long = batch(study, tmp_path / "b", executor=ThreadPoolExecutor(1), weekly=True)
    weeks = [set(f.loc[f["period"].str.startswith("week-"), "indicator"]) for f in (short, long)]
    assert weeks[1] > weeks[0] and "repeat_rate" in weeks[0] and {"backlog", "on_time_rate"} <= weeks[1] - weeks[0]


def test_baseline_runs_are_made_once_where_only_a_levers_strength_is_varied(tmp_path):
    study = {**STUDY, "streets": ["typical"], "seeds": 2, "vary": {"flatten_layers.strength": [0.2, 0.5, 1.0]}}
    study |= {"method": "grid", "draws": 3}
    assert len(batch_study.missing_keys(read_study_file(study), 2)) == 2 + 6
    done = made_here(study, tmp_path)
    assert (done.made, done.tables.runs) == (2 + 6, 12)
    frame = pd.read_parquet(tmp_path / "indicators.parquet")
    rows = frame.loc[(frame["indicator"] == "street_cost") & (frame["period"] == "window") & (frame["seed"] == 1)]
    costs = {name: list(part.sort_values("draw")["value"]) for name, part in rows.groupby("scenario")}
    assert len(set(costs["baseline"])) == 1 and len(set(costs["flattening"])) == 3


# Stopping and going on.


def test_a_dask_cluster_gives_the_same_bytes(whole, study_file, tmp_path):
    pytest.importorskip("distributed")
    jiedao("batch", study_file, "--dask", "local", "--workers", "2", "--out", tmp_path / "study")
    assert indicators(tmp_path / "study") == indicators(whole)


def test_dask_is_refused_where_it_is_not_there(study_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = command("batch", study_file, "--dask", "local", "--out", tmp_path / "study", expect=2).stderr
    assert "--dask: needs the package distributed" in said and not (tmp_path / "study").exists()


@pytest.mark.parametrize("fails", ["batch", "Client", ""])
def test_a_local_cluster_is_closed_however_it_ends(monkeypatch, fails):
    """With a stand-in for the package, whose parts are open from when they are made, as the real ones are."""
    still_open: list[str] = []

    class Cluster:
        def __init__(self, *_: object, **__: object) -> None:
            if fails == type(self).__name__:
                raise OSError("no answer")
            still_open.append(type(self).__name__)

        def __enter__(self) -> Cluster:
            return self

        def close(self, *_: object) -> None:
            assert still_open.pop() == type(self).__name__, "the cluster was closed before its client"

        __exit__ = close

    class Client(Cluster):
        def get_executor(self) -> str:
            return "an executor"

        def nthreads(self) -> dict[str, int]:
            return {"a": 1, "b": 1}

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(LocalCluster=Cluster, Client=Client))
    with pytest.raises(JiedaoError) if fails else nullcontext(), dask_executor("local", 2) as (executor, threads):
        assert (executor, threads, still_open) == ("an executor", 2, ["Cluster", "Client"])
        if fails:
            raise JiedaoError("a full disk")
    assert still_open == []


# Disks and folders.


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_run(study_file, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "deeper"):
        said = command("batch", study_file, "--out", place, expect=2).stderr
        assert said.count("jiedao: ") == 1 and "cannot be written" in said and "simulating" not in said
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_the_folder_of_another_study_is_refused_and_its_runs_serve_if_forced(whole, tmp_path):
    made_here(STUDY, tmp_path)
    before = indicators(tmp_path)
    for change, part in (
        ({"seeds": 4}, "with seeds 3 and not 4"),
        ({"weeks": 3, "window": [0, 1]}, "with weeks 2 and not 3"),
        ({"vary": {"petty_cash_yuan": [1000, 3001]}}, "with vary {"),
        ({"scenarios": ["baseline"], "vary": {"petty_cash_yuan": [1000, 3000]}}, "with scenarios ["),
    ):
        with pytest.raises(ContradictionError, match=re.escape(part)):
            made_here({**STUDY, **change}, tmp_path)
    assert indicators(tmp_path) == before
    larger = made_here({**STUDY, "seeds": 4}, tmp_path, force=True)
    assert larger.made == RUNS // 3 and larger.tables.runs == RUNS // 3 * 4


def test_the_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema": 1, "scenarios": ["baseline"]}', encoding="utf-8")
    with pytest.raises(ContradictionError, match="holds a run or comparison and not a batch"):
        made_here(STUDY, tmp_path)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"manifest\.json: cannot be read"):
        made_here(STUDY, tmp_path)
    (tmp_path / "manifest.json").rename(tmp_path / "paired.parquet")
    with pytest.raises(ContradictionError, match=r"holds paired\.parquet of something else"):
        made_here(STUDY, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["paired.parquet"]


def test_a_finished_study_of_another_version_of_the_code_is_not_overwritten(tmp_path, monkeypatch):
    study = {**STUDY, "seeds": 1}
    made_here(study, tmp_path)
    for module in (
        batch_folder,
        batch_study,
        sys.modules["experiments.run_store"],
        sys.modules["experiments.provenance"],
    ):
        if hasattr(module, "code_version"):
            monkeypatch.setattr(module, "code_version", lambda: "new-code")
    with pytest.raises(ContradictionError, match="another version of the code made it"):
        made_here(study, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "status": "running"}), encoding="utf-8")
    notes: list[str] = []
    assert made_here(study, tmp_path, note=notes.append).made == RUNS // 3
    assert any("the code has changed" in note for note in notes)


# Failing runs, and what the command says.


def test_failing_runs_are_listed_and_the_rest_is_whole(tmp_path, monkeypatch):
    real = run_worker.run_job

    def failing(job):
        if job.seed == 2 and job.configuration.scenario == "flattening":
            raise ZeroDivisionError("a rule\nfell over")
        return real(job)

    monkeypatch.setattr(run_worker, "run_job", failing)
    done = made_here({**STUDY, "streets": ["typical"]}, tmp_path)
    assert (done.tables.runs, done.tables.failed) == (18, 3)
    with (tmp_path / "failures.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(row["scenario"], row["street"], row["draw"], row["seed"]) for row in lines] == [
        ("flattening", "typical", str(draw), "2") for draw in range(3)
    ]
    assert {row["error"] for row in lines} == {"ZeroDivisionError: a rule fell over"}
    frame = pd.read_parquet(tmp_path / "indicators.parquet")
    assert len(frame.groupby(["scenario", "draw", "seed"])) == 15
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["failed"], manifest["lost"]) == (3, 0)
    monkeypatch.undo()
    assert made_here({**STUDY, "streets": ["typical"]}, tmp_path).made == 0  # the same would fail again


def test_lost_runs_are_tried_again_though_the_study_is_finished(tmp_path, monkeypatch):
    real = run_worker.run_job

    def short(job):
        if job.seed == 2:
            raise MemoryError("no more")
        return real(job)

    with monkeypatch.context() as context:
        context.setattr(run_worker, "run_job", short)
        done = made_here({**STUDY, "streets": ["typical"]}, tmp_path)
    assert (done.tables.failed, done.tables.lost) == (6, 6)
    assert "MemoryError: no more" in (tmp_path / "failures.csv").read_text(encoding="utf-8")
    again = made_here({**STUDY, "streets": ["typical"]}, tmp_path)
    assert (again.made, again.tables.failed) == (6, 0) and not (tmp_path / "failures.csv").exists()


def test_the_command_tells_what_it_will_do_and_what_it_did(study_file, tmp_path, whole, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dry = command("batch", study_file.name, "--dry-run", "--workers", "2")
    told = dry.stdout
    assert "small street: typical (600 residents), town (600 residents)" in dry.stderr
    assert f"3 draw(s) x 3 seed(s) = {RUNS} runs, of which {RUNS} are still to be made" in told
    assert re.search(r"about \d+ s with 2 worker", told) and re.search(r"about [\d.]+ MB in out/batch-doubt", told)
    assert [path.name for path in tmp_path.iterdir()] == ["doubt.toml"], "a dry run wrote something"
    document = json.loads(command("batch", study_file.name, "--json", "--workers", "1").stdout)
    check_document("batch", document)
    assert (document["runs"], document["made"], document["failed"]) == (RUNS, RUNS, 0)
    folder = Path(document["folder"])
    assert folder == Path("out") / "batch-doubt" and indicators(folder) == indicators(whole)
    left = json.loads(command("batch", study_file.name, "--dry-run", "--json", "--quiet").stdout)
    check_document("batch_dry_run", left)
    assert (left["missing"], left["runs"], left["seconds"]) == (0, RUNS, 0.0)
    size = sum((folder / name).stat().st_size for name in ("indicators.parquet", STORE_NAME))
    assert size / 2 < left["bytes"] < size * 2
    assert "holds manifest.json already" in command("run", "baseline", "--out", folder, expect=2).stderr


def test_a_dry_run_says_if_its_own_run_fails(study_file, tmp_path, monkeypatch):
    def failing(job):
        raise ZeroDivisionError("a rule fell over")

    monkeypatch.setattr(run_worker, "run_job", failing)
    said = command("batch", study_file, "--dry-run", "--out", tmp_path / "study", expect=2).stderr
    assert "to see how long it takes failed, as others may: ZeroDivisionError: a rule fell over" in said


def test_the_command_ends_with_status_1_if_runs_failed(study_file, tmp_path, monkeypatch):
    """Here they fail because the finished study says so: workers that fail on demand there are none."""
    made_here(STUDY, tmp_path / "study")
    manifest = json.loads((tmp_path / "study" / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "study" / "manifest.json").write_text(json.dumps({**manifest, "failed": 2}), encoding="utf-8")
    said = command("batch", study_file, "--out", tmp_path / "study", expect=1)
    assert "2 runs failed, listed in" in said.stdout and "this study is finished there" in said.stderr


def test_a_refused_study_file_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(TOML.replace("petty_cash_yuan", "petty_cash_yaun"), encoding="utf-8")
    said = command("batch", "bad.toml", expect=2).stderr
    assert said == "jiedao: bad.toml: [vary]: unknown parameter 'petty_cash_yaun'; did you mean petty_cash_yuan?\n"
    assert "nowhere.toml: there is no such file" in command("batch", "nowhere.toml", expect=2).stderr
    assert (
        f"is a folder; name the study's .toml file ({tmp_path / 'bad.toml'})"
        in command("batch", tmp_path, expect=2).stderr
    )
    assert [file.name for file in tmp_path.iterdir()] == ["bad.toml"]


def test_the_example_runs_and_reads_naturally(tmp_path):
    frame = batch(EXAMPLE, tmp_path, executor=ThreadPoolExecutor(1))
    draws = pd.read_parquet(tmp_path / "draws.parquet").pivot(index="draw", columns="parameter", values="value")
    rows = frame.query("indicator == 'repeat_rate' and period == 'window' and kind == 'all' and group == 'all'")
    joined = rows.join(draws, on="draw")
    assert (
        len(joined) == 32
        and np.isfinite(joined["value"]).all()
        and joined["review_hours_leader"].between(0.1, 0.5).all()
    )


def test_a_batch_is_not_reproduced_but_made_again(whole):
    said = command("reproduce", whole / "manifest.json", expect=2).stderr
    assert "holds a batch, and reproduce is for runs and comparisons" in said and "another --out" in said


def test_a_batch_of_one_draw_is_what_compare_makes(tmp_path):
    study = {"scenarios": ["baseline", "flattening"], "residents": 600, "weeks": 4, "seeds": 2}
    frame = batch(study, tmp_path, executor=ThreadPoolExecutor(1), weekly=True)
    table = comparison.paired_differences(frame)
    pd.testing.assert_frame_equal(table, compare("baseline", "flattening", residents=600, weeks=4, seeds=2, workers=1))
    assert list(pd.read_parquet(tmp_path / "draws.parquet").columns) == ["draw", "parameter", "value", "role"]
    assert replace(read_study_file(study), keep="weekly").described()["rows"] == "weekly"
