"""The real commands, run as a user runs them on tiny streets, and the files they leave read again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import check_document

from calibration import bands as source_bands
from experiments import compare, run
from experiments.console import Voice
from experiments.frames import same_needs
from experiments.street_size import SMALL_STREET, tell_of_small_streets
from experiments.study_folder import COLUMNS
from model.indicator_definitions import HEADLINES, INDICATORS
from model.indicators import CASE_DTYPE
from model.parameters import PARAMETERS

JIEDAO = [sys.executable, "-c", "from experiments.command_line import main; main()"]
TINY = ["--residents", "1000", "--weeks", "12", "--seeds", "2"]
DAY = 86_400_000_000  # microseconds


def jiedao(*arguments: str | Path, folder: Path | None = None, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`; fails unless it ends with the exit status expected."""
    command = [*JIEDAO, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=280, check=False)
    assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A comparison with logs, made by two workers, and the JSON it printed."""
    folder = tmp_path_factory.mktemp("compared") / "made" / "here"
    scenarios = ["baseline", "flattening", "flatten_layers+funds_pool"]
    options = ["--set", "funds_pool.strength=0.5", "--set", "petty_cash_yuan=1500", "--workers", "2", "--log"]
    done = jiedao("compare", *scenarios, *TINY, *options, "--json", "--out", folder)
    return folder, json.loads(done.stdout)


def test_compare_leaves_frames_that_fit_the_contract(compared):
    folder, _ = compared
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in COLUMNS}
    for name, frame in frames.items():
        assert set(COLUMNS[name]) <= set(frame.columns), name
    indicators = frames["indicators"]
    key = ["scenario", "seed", "period", "group", "kind", "indicator", "statistic"]
    assert not indicators.duplicated(key).any()
    assert list(dict.fromkeys(indicators["scenario"])) == ["baseline", "flattening", "flatten_layers+funds_pool"]
    assert set(indicators["seed"]) == {1, 2} and set(indicators["street"]) == {"typical"}
    assert set(indicators["indicator"]) <= set(INDICATORS)
    window = indicators.loc[(indicators["period"] == "window") & (indicators["kind"] == "all")]
    assert set(HEADLINES) <= set(window.loc[window["group"] == "all", "indicator"])
    weeks = indicators.loc[indicators["period"].str.startswith("week-"), "period"]
    assert set(weeks) == {f"week-{week:02d}" for week in range(12)}
    assert set(frames["paired"]["scenario"]) == {"flattening", "flatten_layers+funds_pool"}
    last = frames["durations"].groupby(["scenario", "seed"])["share_settled"]
    assert last.is_monotonic_increasing.all() and last.max().between(0.1, 1.0).all()


def test_the_manifest_says_what_was_run(compared):
    folder, _ = compared
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == 1 and manifest["status"] == "finished"
    assert manifest["window"] == [6, 11] and manifest["seeds"] == [1, 2] and manifest["residents"] == 1000
    assert manifest["command"].startswith(
        "jiedao compare baseline flattening flatten_layers+funds_pool --residents 1000"
    )
    assert manifest["start"] <= manifest["end"]
    assert set(manifest["parameters"]["baseline"]) == set(PARAMETERS)
    assert manifest["parameters"]["baseline"]["petty_cash_yuan"] == 1500
    assert manifest["settings"] == {"funds_pool.strength": 0.5, "petty_cash_yuan": 1500}
    assert manifest["changes"]["baseline"] == []
    pooled = [change["values"].get("pool_share", 0.0) for change in manifest["changes"]["flatten_layers+funds_pool"]]
    untouched = PARAMETERS["pool_share"].best
    assert untouched < max(pooled) <= (untouched + 0.5) / 2 + 1e-9  # half strength goes half of the way
    assert len(set(manifest["configuration_hash"].values())) == 3
    assert len(manifest["runs"]) == 6 and all(entry["events"] > 0 for entry in manifest["runs"])
    assert manifest["not_modelled"]


def test_logs_hold_every_case_with_its_events(compared):
    folder, _ = compared
    events = pd.read_parquet(folder / "events.parquet")
    requests = pd.read_parquet(folder / "requests.parquet")
    indicators = pd.read_parquet(folder / "indicators.parquet")
    assert events.groupby(["scenario", "seed"], sort=False).ngroups == 6
    assert {"reported", "started", "closed"} <= set(events["event"].astype(str))
    whole = (indicators["period"] == "window") & (indicators["group"] == "all") & (indicators["kind"] == "all")
    line = indicators.loc[whole & (indicators["indicator"] == "resolution_time") & (indicators["statistic"] == "mean")]
    for _, row in line.iterrows():
        of_run = requests.loc[(requests["scenario"] == row["scenario"]) & (requests["seed"] == row["seed"])]
        cohort = of_run.loc[of_run["in_cohort"]]
        assert len(cohort) == row["n"]
        assert cohort["reported"].between(6 * 7 * DAY, 12 * 7 * DAY).all()
        told = set(events.loc[(events["scenario"] == row["scenario"]) & (events["seed"] == row["seed"]), "name"])
        assert set(cohort["name"]) <= told


def test_the_json_agrees_with_the_files(compared):
    folder, document = compared
    check_document("compare", document)
    assert document["folder"] == str(folder) and document["baseline"] == "baseline"
    indicators = pd.read_parquet(folder / "indicators.parquet")
    whole = (indicators["period"] == "window") & (indicators["group"] == "all") & (indicators["kind"] == "all")
    rows = indicators.loc[whole & (indicators["indicator"] == "repeat_rate")].groupby("scenario")["value"].mean()
    line = next(
        line
        for line in document["differences"]
        if line["scenario"] == "flattening" and line["indicator"] == "repeat_rate"
    )
    assert line["difference"] == pytest.approx(rows["flattening"] - rows["baseline"])
    assert {line["effect"] for line in document["effects"]} == {
        "all_reported",
        "same_needs",
        "composition",
        "all_needs",
    }


def test_compare_prints_the_variance_ratio_and_what_it_means(tmp_path):
    told = jiedao("compare", "baseline", "flattening", *TINY, "--workers", "1", "--out", tmp_path / "a").stdout
    assert "Variance ratio: how many times as many independent seeds the same precision would need." in told
    head, *rows = [
        line.replace("┃", "│").split("│")
        for line in told.split("Other differences")[0].splitlines()
        if "│" in line or "┃" in line
    ]
    assert head[-2].strip() == "variance ratio"
    assert len(rows) == len(HEADLINES) and all(
        re.fullmatch(r">1000|[\d.]{1,5}|1,000|", row[-2].strip()) for row in rows
    )


def test_a_report_is_there_and_can_be_had_in_chinese(compared):
    folder, _ = compared
    page = folder / "report.html"
    assert "Flattening" in page.read_text(encoding="utf-8")
    assert len(list((folder / "plots").glob("*.svg"))) == 5
    english, chinese = page.read_bytes(), folder / "report.zh.html"
    done = jiedao("report", folder, "--lang", "zh")
    assert done.stdout.strip() == f"report: {chinese}"
    assert "扁平化" in chinese.read_text(encoding="utf-8")
    assert page.read_bytes() == english, "the Chinese report has overwritten the English one"


def test_reproduce_says_the_same_and_sees_a_changed_value(compared, tmp_path):
    folder, _ = compared
    again = jiedao("reproduce", folder / "manifest.json", "--workers", "1", "--json")
    found = json.loads(again.stdout)
    check_document("reproduce", found)
    assert found["same"] and found["same_bytes"]  # made by two workers, done again by one
    for name in ("manifest.json", "indicators.parquet"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    frame = pd.read_parquet(tmp_path / "indicators.parquet")
    frame.loc[3, "value"] += 1e-9
    frame.to_parquet(tmp_path / "indicators.parquet", index=False)
    said = jiedao("reproduce", tmp_path / "manifest.json", expect=1).stdout
    assert "NOT the same: 1 of" in said and "baseline, typical, 0, 1, window" in said


def test_run_shows_levels_beside_source_bands_and_keeps_what_is_there(tmp_path):
    done = jiedao("run", "baseline", *TINY, "--workers", "1", "--out", "result", folder=tmp_path)
    assert "Repeat complaints" in done.stdout and "15.3 to 33.0" in done.stdout and "inside" in done.stdout
    assert "weeks 6 to 11, the second half" in done.stderr
    assert "small street: typical (1,000 residents). Below 10,000 residents units have a post or less" in done.stderr
    assert "written: result" in done.stdout
    before = {path.name: path.read_bytes() for path in (tmp_path / "result").iterdir()}
    refused = jiedao("run", "baseline", *TINY, "--out", "result", folder=tmp_path, expect=2)
    assert "holds manifest.json already" in refused.stderr and "--force" in refused.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "result").iterdir()} == before
    (tmp_path / "result" / "my notes.txt").write_text("mine", encoding="utf-8")
    jiedao("run", "funds_pool", *TINY, "--seed", "5", "--out", "result", "--force", "--quiet", folder=tmp_path)
    frame = pd.read_parquet(tmp_path / "result" / "indicators.parquet")
    assert set(frame["scenario"]) == {"funds_pool"} and set(frame["seed"]) == {5, 6}
    assert (tmp_path / "result" / "my notes.txt").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["result"], "a draft folder was left behind"


def test_only_streets_below_the_threshold_are_called_small(capsys):
    tell_of_small_streets(Voice(), {"typical": SMALL_STREET, "town": SMALL_STREET - 1, "old_town": 60_000})
    said = capsys.readouterr().err
    assert "town (9,999 residents)" in said and "typical" not in said and "old_town" not in said
    tell_of_small_streets(Voice(), {"typical": SMALL_STREET})
    tell_of_small_streets(Voice(quiet=True), {"town": 100})
    assert capsys.readouterr().err == ""


def test_quiet_json_prints_one_document_and_nothing_else(tmp_path):
    options = ["--residents", "1000", "--weeks", "2", "--seeds", "1", "--workers", "1"]
    done = jiedao("run", "baseline", *options, "--engine", "process", "--json", "--quiet", folder=tmp_path)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    check_document("run", document)
    assert document["engine"] == "process" and document["window"] == [1, 1]
    other = jiedao("run", "baseline", *options, "--json", "--quiet", "--out", "other", folder=tmp_path)
    assert json.loads(other.stdout)["levels"] == document["levels"], "the engines give different results"


def test_workers_load_no_pandas_plots_or_mesa(tmp_path):
    script = tmp_path / "like_the_command.py"
    script.write_text(
        """
from experiments.command_line import main
if __name__ == "__main__":
    from experiments.runner import jobs_for, run_job
    from experiments.workers import worker_pool
    from scenarios import load
    job = jobs_for([load("baseline", residents=1000, weeks=1)], [1], (0, 0))[0]
    with worker_pool(1) as pool:
        pool.submit(run_job, job).result()
        print(*pool.submit(eval, "__import__('sys').modules.keys() & {'pandas', 'matplotlib', 'mesa', 'numba'}").result())
""",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout.split() == ["numba"], done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_an_interrupted_run_leaves_nothing(tmp_path):
    command = [*JIEDAO, "run", "baseline", "--residents", "20000", "--seeds", "40", "--out", "a/b"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "a").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130 and "interrupted" in said and "Traceback" not in said, said
    assert list(tmp_path.iterdir()) == []


def test_notebook_functions_return_the_same_frames(compared):
    folder, _ = compared
    options = {"residents": 1000, "weeks": 12, "seeds": 2, "settings": {"petty_cash_yuan": 1500}, "workers": 1}
    levels = run("baseline", **options)
    stored = pd.read_parquet(folder / "indicators.parquet")
    pd.testing.assert_frame_equal(levels, stored.loc[stored["scenario"] == "baseline"].reset_index(drop=True))
    differences = compare("baseline", "flattening", **options)
    line = differences.loc[differences["indicator"] == "repeat_rate"].iloc[0]
    assert line["n"] == 2 and np.isfinite(line["low"])


def test_levers_cost_what_their_files_say(compared):
    folder, _ = compared
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    costs = manifest["lever_costs_per_year"]
    flatten, pool = 120_000 + 500_000 / 5, 80_000 + 50_000 / 5  # for 60,000 residents; the pool at half strength
    assert costs["baseline"] == 0
    assert costs["flattening"] == pytest.approx(flatten / 60)
    assert costs["flatten_layers+funds_pool"] == pytest.approx((flatten + pool / 2) / 60)


def test_same_needs_are_paired_by_name():
    def cases(*lines: tuple) -> np.ndarray:
        found = np.zeros(len(lines), CASE_DTYPE)
        for i, (name, hours, satisfied, repeat) in enumerate(lines):
            found[i] = (name, 0, False, hours, hours / 2, satisfied, repeat)
        return found

    reform = cases((7, 10.0, 1.0, False), (3, 30.0, np.nan, True), (9, 500.0, 0.0, True))
    before = cases((3, 50.0, 1.0, True), (4, 900.0, 0.0, True), (7, 20.0, 0.0, False))
    rows = {indicator: numbers for indicator, *numbers in same_needs(reform, before)}
    assert rows["resolution_time"] == [20.0, 35.0, 2]
    assert rows["response_time"] == [10.0, 17.5, 2]
    assert rows["repeat_rate"] == [0.5, 0.5, 2]
    assert rows["case_satisfaction"] == [1.0, 0.0, 1]  # need 3 is not rated in one arm
    nothing = same_needs(reform[:0], before)
    assert all(n == 0 and np.isnan(value) for _, value, _, n in nothing)


def test_bands_belong_to_indicators_that_exist():
    found = source_bands.bands()
    assert len(found) == len(source_bands.MATCHES)
    for (indicator, _, _), band in found.items():
        assert INDICATORS[indicator].unit and band.low <= band.best <= band.high
    assert not set(source_bands.MATCHES) & set(source_bands.NOT_COMPARED)
    assert found["repeat_rate", "all", "all"].holds(0.2) and not found["repeat_rate", "all", "all"].holds(float("nan"))


def test_list_and_explain_print_tables_and_json():
    listed = json.loads(jiedao("list", "reforms", "--json").stdout)
    check_document("list", json.loads(jiedao("list", "--json").stdout))
    assert {"flattening", "funds_pool"} <= {row["name"] for row in listed["reforms"]}
    survey = jiedao("list").stdout
    assert f"parameters: {len(PARAMETERS)}; `jiedao list parameters` lists them" in survey.replace(",", "")
    entries = sum(
        len(rows)
        for name, rows in json.loads(jiedao("list", "--json").stdout).items()
        if name not in ("schema", "parameters")
    )
    lines = survey.splitlines()
    assert sum(line.startswith("│") for line in lines) == entries, "an entry takes more than a line"
    assert any("flatten_layers" in line and "│" in line for line in lines) and "pool_share" not in survey
    assert "pool_share" in jiedao("list", "parameters").stdout
    explained = json.loads(jiedao("explain", "pool_share", "--json").stdout)
    check_document("explain", explained)
    assert "funds_pool" in explained["facts"]["changed by"]
    assert "Equity gap" in jiedao("explain", "equity_gap").stdout
    assert jiedao("--version").stdout.startswith("jiedao ")


def test_a_story_is_told():
    done = jiedao("trace", "baseline", "--residents", "1000", "--weeks", "12", "--slowest")
    assert len(done.stdout.splitlines()) > 5


def test_verify_runs_a_network_of_the_user(tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text(
        """
[network]
horizon = 3000.0
warmup = 300.0
replications = 4
seed = 1
[[station]]
name = "desk"
servers = 1
discipline = "fcfs"
service = {law = "exponential", mean = 1.0}
[[class]]
name = "a"
entry = "desk"
arrival = {law = "exponential", rate = 0.5}
""",
        encoding="utf-8",
    )
    document = json.loads(jiedao("verify", "--network", path, "--json", "--workers", "1").stdout)
    check_document("verify_network", document)
    assert document["ok"] and document["logs_equal"]
    path.write_text(path.read_text(encoding="utf-8").replace("0.5", "1.5"), encoding="utf-8")
    assert "desk.toml" in jiedao("verify", "--network", path, expect=2).stderr
