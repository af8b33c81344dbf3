"""Every refusal of a user's mistake: what it says, that it is a JiedaoError, and what commands make of it."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from experiments import simulations
from experiments.command_line import app
from model.errors import JiedaoError
from scenarios import load, parse_setting
from scenarios.expression import refuse_unused_strengths
from scenarios.shelf import entries_by_name, streets_by_name

LEVER = """
name = "mine"
title_en = "Mine"
title_zh = "我的"
mechanism = "m"
failure_mode = "f"
evidence = []
[[effect]]
parameter = "pool_share"
operation = "towards"
target = 0.5
"""

PACKAGE = 'name = "bundle"\ntitle_en = "Bundle"\ntitle_zh = "组合"\n[levers]\nfunds_pool = 1.0\n'
STREET = 'name = "place"\ntitle_en = "Place"\ntitle_zh = "某地"\nresidents = 5000\n'


def file(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(function, *arguments, **options) -> str:
    with pytest.raises(JiedaoError) as caught:
        function(*arguments, **options)
    return str(caught.value)


def assert_says(message: str, *parts: str) -> None:
    for part in parts:
        assert part in message, message


# Names and expressions.


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        (
            "flaten_layers",
            ("unknown lever, package or stress 'flaten_layers'", "did you mean flatten_layers"),
        ),
        ("plan:flattening", ("'plan:flattening'", "later version", "flattening", "funds_pool")),
        ("flattening++funds_pool", ("an empty name", "single '+'")),
        ("", ("an empty name",)),
        ("funds_pool+funds_pool", ("'funds_pool' is named twice",)),
        ("nowhere/mine.toml", ("nowhere/mine.toml", "there is no such file")),
    ],
)
def test_expressions(expression, parts):
    assert_says(refusal(load, expression), *parts)


def test_unknown_street():
    assert_says(refusal(load, "baseline", "old_twon"), "unknown street 'old_twon'", "did you mean old_town")


@pytest.mark.parametrize("residents", [0, -5, 99, 1e9, 1000.5, math.nan, math.inf, "many", True])
def test_residents(residents):
    assert_says(refusal(load, "baseline", residents=residents), "residents is ", "must be")


@pytest.mark.parametrize("weeks", [0, -1, 2.5, 5000, math.nan, "52"])
def test_weeks(weeks):
    assert_says(refusal(load, "baseline", weeks=weeks), "weeks is ", "must be")


# Settings.


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("pool_share", ("--set pool_share", "must be written name=value")),
        ("pool_share=", ("must be written name=value",)),
        ("pool_shar=0.5", ("unknown parameter 'pool_shar'", "did you mean pool_share")),
        ("pool_share=half", ("--set pool_share=half", "must be a number")),
        ("pool_share=1.2", ("'pool_share': found 1.2", "a share from 0 to 1", "plausible is 0 to 0.6")),
        ("pool_share=nan", ("found nan", "a share from 0 to 1")),
        ("petty_cash_yuan=inf", ("found inf",)),
        ("patience_spells=2.5", ("found 2.5", "a whole number")),
        ("command_office_keeps_community=maybe", ("found 'maybe'", "true or false")),
        ("funds_pool.strength=1.5", ("is 1.5", "between 0 and 1")),
        ("funds_pool.strength=nan", ("must be a finite number",)),
    ],
)
def test_settings_from_the_command_line(text, parts):
    assert_says(refusal(parse_setting, text), *parts)


def test_settings_are_typed():
    assert parse_setting("pool_share=0.5") == ("pool_share", 0.5)
    assert parse_setting("command_office_keeps_community=True") == ("command_office_keeps_community", True)
    name, value = parse_setting("patience_spells=2")
    assert (name, value, type(value)) == ("patience_spells", 2, int)
    assert parse_setting(" funds_pool.strength = 0.5 ") == ("funds_pool.strength", 0.5)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"pool_share": "0.5"}, ("--set pool_share", "found '0.5'")),
        ({"pool_share": True}, ("found True",)),
        ({"funds_pol.strength": 0.5}, ("unknown lever 'funds_pol'", "did you mean funds_pool")),
        ({"flattening.strength": 0.5}, ("'flattening' is a package", "flatten_layers.strength")),
    ],
)
def test_settings_of_a_call(settings, parts):
    assert_says(refusal(load, "funds_pool", settings=settings), *parts)


def test_a_strength_that_no_scenario_uses():
    settings = {"funds_pool.strength": 0.5}
    refuse_unused_strengths(["baseline", "funds_pool"], settings)
    message = refusal(refuse_unused_strengths, ["baseline", "flattening"], settings)
    assert_says(message, "'funds_pool' is in none of the scenarios", "flatten_layers")


def test_a_draw_of_an_unknown_parameter():
    assert_says(refusal(load, "baseline", draw={"pool_shar": 0.1}), "draw: unknown parameter", "pool_share")


# Files that cannot be read.


def test_a_folder_is_not_a_file(tmp_path):
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert_says(refusal(load, str(folder)), "folder.toml", "cannot be read")


def test_broken_toml_says_where(tmp_path):
    assert_says(refusal(load, file(tmp_path, 'name = "mine\n')), "mine.toml", "not valid TOML", "line 1")


def test_gbk_is_refused_and_a_bom_is_not(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(LEVER.encode("gbk"))
    assert_says(refusal(load, str(path)), "mine.toml", "line 4", "is not UTF-8", "GBK")
    path.write_bytes(LEVER.encode("utf-8-sig"))
    assert load(str(path)).scenario == "mine"


# Levers, packages, stresses and streets that are wrong.


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            '"pool_share"',
            '"pool_shar"',
            ("[[effect]] 1: key 'parameter'", "unknown parameter 'pool_shar'", "pool_share"),
        ),
        ('"towards"', '"toward"', ("unknown operation 'toward'", "did you mean towards")),
        (
            '"towards"',
            '"scale"',
            ("operation 'scale' does not fit parameter 'pool_share'", "kinds number, integer"),
        ),
        ("target = 0.5", "target = nan", ("key 'target'", "found nan")),
        ("target = 0.5", "target = 1.5", ("key 'target'", "found 1.5", "a share from 0 to 1")),
        ("target = 0.5", 'target = "half"', ("key 'target'", "found 'half'")),
        ("target = 0.5", "", ("key 'target' is missing",)),
        ("target = 0.5", "target = 0.5\nreach = 1.5", ("key 'reach' is 1.5", "between 0 and 1")),
        ("target = 0.5", "target = 0.5\ntarge = 0.5", ("unknown key 'targe'", "did you mean target")),
        ("[[effect]]", "[effect]", ("key 'effect'", "a list of tables, written [[effect]]")),
        ('title_en = "Mine"', "", ("key 'title_en' is missing",)),
        ('title_en = "Mine"', "title_en = 5", ("key 'title_en' is 5 (a number)", "must be text")),
        ('title_en = "Mine"', 'title_en = " "', ("key 'title_en' is empty",)),
        ("evidence = []", "evidense = []", ("unknown key 'evidense'", "did you mean evidence")),
        ("evidence = []", "evidence = [1]", ("key 'evidence'", "a list of texts")),
        ('name = "mine"', 'name = "Mine!"', ("key 'name' is 'Mine!'", "small letters")),
        ('name = "mine"', 'name = "baseline"', ("not be 'baseline'",)),
        (
            'name = "mine"',
            'name = "funds_pool"',
            ("'funds_pool' is already claimed by the lever", "funds_pool.toml"),
        ),
        ('"pool_share"', '"satisfaction_intercept"', ("a preference of residents", "no lever or stress")),
        ('"pool_share"', '"parking.due_hours"', ("a rule of measurement", "no lever or stress")),
        ('"pool_share"', '"leader.target_utilisation"', ("named after the indicator 'utilisation'",)),
        ("[[effect]]", "[rollout]\nweeks = 0\n[[effect]]", ("[rollout]: key 'weeks' is 0",)),
        ("[[effect]]", "[rollout]\nstart = 0\n[[effect]]", ("[rollout]: unknown key 'start'", "start_week")),
        ("[[effect]]", "[cost]\nyearly_yuan = [3, 2, 1]\n[[effect]]", ("yearly_yuan", "low <= best <= high")),
        ("[[effect]]", "[cost]\nyearly_yuan = 5\n[[effect]]", ("yearly_yuan", "a list of 3 numbers")),
        ("[[effect]]", "[backfires.setting]\npool_shar = 1\n[[effect]]", ("[setting]", "pool_shar")),
    ],
)
def test_levers(tmp_path, old, new, parts):
    assert old in LEVER
    path = file(tmp_path, LEVER.replace(old, new, 1))
    assert_says(refusal(load, path), "mine.toml", *parts)


def test_a_lever_that_changes_one_parameter_twice(tmp_path):
    effect = LEVER[LEVER.index("[[effect]]") :]
    assert_says(refusal(load, file(tmp_path, LEVER + effect)), "two [[effect]] tables change 'pool_share'")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (PACKAGE.replace("funds_pool", "funds_pol"), ("unknown lever 'funds_pol'", "funds_pool")),
        (PACKAGE.replace("1.0", "2.0"), ("key 'funds_pool' is 2", "between 0 and 1")),
        (PACKAGE + "[set]\npool_share = 7\n", ("[set]: key 'pool_share'", "found 7")),
        ('stresses = ["storms"]\n' + PACKAGE, ("key 'stresses'", "unknown stress 'storms'")),
        (PACKAGE.replace("levers", "lever"), ("neither a lever, a stress nor a package",)),
        (STREET, ("this is a street file", "--street")),
        (LEVER + "[spell]\nstart_week = 3\n", ("key 'weeks' is missing",)),
    ],
)
def test_packages_and_stresses(tmp_path, text, parts):
    assert_says(refusal(load, file(tmp_path, text)), "mine.toml", *parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (STREET.replace("5000", "50"), ("key 'residents' is 50",)),
        (STREET + "[parameters]\nelderly_shar = 0.3\n", ("unknown parameter", "elderly_share")),
        (STREET + "[parameters]\nelderly_share = 3\n", ("key 'elderly_share'", "found 3")),
        (STREET + "[parameters]\nparking.rate = 3\n", ("unknown parameter 'parking.rate'",)),
        (STREET + "[target_utilisation]\nleeder = 0.8\n", ("unknown unit 'leeder'", "did you mean leader")),
        (STREET + "[target_utilisation]\nleader = 1.2\n", ("key 'leader'", "found 1.2")),
        (
            STREET + "[target_utilisation]\nleader = 0.8\n[parameters]\nleader.target_utilisation = 0.8\n",
            ("is given in [parameters] and in [target_utilisation]",),
        ),
    ],
)
def test_streets(tmp_path, text, parts):
    assert_says(refusal(load, "baseline", file(tmp_path, text)), "mine.toml", *parts)


# Contradictions.


def test_two_levers_with_different_targets(tmp_path):
    other = file(tmp_path, LEVER.replace("target = 0.5", "target = 0.6"))
    message = refusal(load, f"{other}+funds_pool")
    assert_says(message, "'funds_pool' and 'mine' contradict", "'pool_share'", "0.5 and 0.6 as target")


def test_two_levers_that_together_leave_the_bounds(tmp_path):
    text = LEVER.replace('"pool_share"', '"money_per_resident"').replace("towards", "scale")
    text = text.replace("target = 0.5", "factor = 1000.0")
    one = file(tmp_path, text.replace('"mine"', '"one"'), "one.toml")
    two = file(tmp_path, text.replace('"mine"', '"two"'), "two.toml")
    load(one)
    assert_says(refusal(load, f"{one}+{two}"), "'one' and 'two'", "'money_per_resident': found 8")


def test_one_lever_in_two_ways(tmp_path):
    half = file(tmp_path, PACKAGE.replace("1.0", "0.5"))
    message = refusal(load, f"{half}+funds_pool")
    assert_says(message, "'funds_pool' comes in two different ways", "'bundle' (strength 0.5", "strength 1")


def test_two_files_that_set_one_parameter_differently(tmp_path):
    one = file(tmp_path, PACKAGE + "[set]\npetty_cash_yuan = 900\n", "one.toml")
    two = file(tmp_path, PACKAGE.replace("bundle", "pack") + "[set]\npetty_cash_yuan = 800\n", "two.toml")
    assert_says(refusal(load, f"{one}+{two}"), "two.toml", "sets 'petty_cash_yuan' to 800", "900")


def test_two_files_with_one_name(tmp_path):
    paths = [Path(file(tmp_path, LEVER, "a.toml")), Path(file(tmp_path, LEVER, "b.toml"))]
    assert_says(refusal(entries_by_name, paths), "b.toml", "'mine' is already claimed by the lever", "a.toml")
    assert_says(refusal(load, f"{paths[0]}+{paths[1]}"), "b.toml", "already has something named 'mine'")
    streets = [Path(file(tmp_path, STREET, "c.toml")), Path(file(tmp_path, STREET, "d.toml"))]
    assert_says(refusal(streets_by_name, streets), "d.toml", "'place' is already", "c.toml")


def test_a_lever_is_refused_even_if_its_roll_out_ends_after_the_run(tmp_path):
    late = file(tmp_path, LEVER.replace("target = 0.5", "target = 0.6") + "[rollout]\nstart_week = 500\n")
    assert_says(refusal(load, f"{late}+funds_pool"), "contradict")


# Commands: one line on standard error, exit status 2, nothing on standard output, nothing written.

SMALL = ["--residents", "1000", "--weeks", "2", "--seeds", "1", "--workers", "1"]


def refused(*arguments: str) -> str:
    """What a command says on standard error when it refuses."""
    result: Result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 2, f"{result.exit_code} {result.output} {result.exception!r}"
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("run flatening", ("unknown lever, package or stress 'flatening'", "did you mean flattening")),
        ("run baseline --street typcal", ("unknown street 'typcal'", "did you mean typical")),
        ("run baseline --engine fast", ("--engine: unknown engine 'fast'", "compiled, process")),
        ("run baseline --set pool_share=2", ("--set pool_share=2", "found 2", "a share from 0 to 1")),
        ("run baseline --set pool_share=0.1 --set pool_share=0.2", ("'pool_share' is set twice",)),
        ("run baseline --set funds_pool.strength=0.5", ("'funds_pool' is in none of the scenarios",)),
        ("run baseline --residents 50", ("residents is 50", "must be")),
        ("run baseline --residents 5000001", ("residents is 5000001", "between 100 and 5000000")),
        (
            "run baseline --residents 150001 --log",
            ("--log: a place of 150,001 residents is 3 streets", "at most 150,000"),
        ),
        ("run baseline --draws -1", ("--draws: found -1", "from 0 to 10,000")),
        (
            "run flattening --steady --residents 300 --weeks 1 --seeds 1",
            ("--steady: needs a scenario that changes nothing",),
        ),
        ("run baseline --weeks 0", ("weeks is 0", "must be")),
        ("run baseline --seeds 0", ("--seeds: found 0", "from 1 to 100,000")),
        ("run baseline --seed -1", ("--seed: found -1", "from 0 to")),
        ("run baseline --window 5", ("--window: found '5'", "A-B", "26-51")),
        ("run baseline --window a-b", ("--window: found 'a-b'",)),
        ("run baseline --window 9-5", ("--window: found 9-5", "FIRST <= LAST")),
        ("run baseline --window 26-52", ("--window: found 26-52", "weeks 0 to 51")),
        ("run baseline --weeks 30 --window 26-51", ("weeks 0 to 29",)),
        ("run baseline baseline", ("'baseline' is named twice",)),
        ("run baseline+funds_pool+funds_pool", ("'funds_pool' is named twice",)),
        ("run baseline --workers 0", ("--workers: found 0", "from 1 on")),
        ("run baseline --seeds many", ("--seeds", "integer")),
        ("run baseline --sead 3", ("--sead", "--seed")),
        ("run", ("Missing argument",)),
        ("compare flattening", ("compare: found flattening", "two scenarios or more")),
        ("list plants", ("list: unknown section 'plants'", "did you mean plans")),
        ("explain pool_shar", ("unknown name 'pool_shar'", "did you mean pool_share")),
        ("explain street typicl", ("unknown street 'typicl'", "did you mean typical")),
        ("explain pool_share x", ("found 'pool_share x'", "one name")),
        ("report nowhere", ("nowhere: no such folder",)),
        ("reproduce nowhere/manifest.json", ("nowhere", "no such folder")),
        ("reproduce notes.txt", ("notes.txt", "manifest.json")),
        ("verify --network nowhere.toml", ("nowhere.toml", "no such file")),
        ("verify --quick --long", ("--long and --quick", "one of the two")),
        ("trace baseline --kind parkin", ("--kind", "parkin", "did you mean parking")),
        ("trace baseline --seed -3", ("--seed: found -3",)),
    ],
)
def test_commands_refuse_in_one_message_and_write_nothing(command, parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_says(refused(*command.split()), *parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(out, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(simulations, "run_jobs", None)
    assert_says(refused("run", "baseline", "--out", out), f"--out {out}", "cannot be written")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_finished_study_is_not_overwritten(tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(simulations, "run_jobs", None)
    assert_says(refused("run", "baseline", "--out", str(tmp_path)), "holds manifest.json already", "--force")


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    finished = tmp_path / "study" / "manifest.json"
    finished.parent.mkdir()
    finished.write_text("{}", encoding="utf-8")

    def write_frames(folder: Path, frames: dict) -> None:
        (folder / "indicators.parquet").write_text("half of it", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "indicators.parquet"))

    monkeypatch.setattr(simulations, "write_frames", write_frames)
    said = refused("run", "baseline", *SMALL, "--quiet", "--force", "--out", str(finished.parent))
    assert_says(said, "indicators.parquet", "No space left on device")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [finished]
    assert finished.read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"seeds": None}, ("lacks the key 'seeds'",)),
        ({"window": "now"}, ("not the manifest",)),
        ({"residents": 2000}, ("do not fit its configuration_hash",)),
        ({"engine": "abacus"}, ("engine of this version (compiled, process)",)),
        ({"seeds": []}, ("no seed",)),
    ],
)
def test_a_manifest_that_cannot_be_reproduced(change, parts, tmp_path):
    simulations.write_study(
        simulations.resolve(["baseline"], residents=1000, weeks=1, seeds=1), tmp_path, workers=1, report=False
    )
    path = tmp_path / "manifest.json"
    manifest = {**json.loads(path.read_text(encoding="utf-8")), **change}
    manifest = {name: value for name, value in manifest.items() if value is not None}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert_says(refused("reproduce", str(path)), "manifest.json", *parts)
