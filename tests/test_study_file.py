"""Study files: what a list means, which points are drawn, and every refusal with its message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.factors import Factor, latin_hypercube
from experiments.study_file import read_study_file
from model.errors import JiedaoError, UnknownNameError

STUDY = {"scenarios": ["baseline", "flattening"], "residents": 600, "weeks": 4, "seeds": 3}
EXAMPLE = Path(__file__).parent.parent / "experiments" / "studies" / "flattening_in_doubt.toml"


def refusal(content: dict | Path) -> str:
    with pytest.raises(JiedaoError) as caught:
        read_study_file(content)
    return str(caught.value)


def test_the_example_is_what_its_comments_say():
    design = read_study_file(EXAMPLE)
    assert design.names == ("baseline", "flattening") and design.streets == ("typical", "old_town")
    assert design.window == (6, 11) and design.size(design.seeds) == 2 * 2 * 4 * 2
    roles = {factor.name: factor.role for factor in design.factors}
    assert roles == {
        "review_hours_leader": "uncertainty", "petty_cash_yuan": "choice", "flatten_layers.strength": "lever"
    }  # fmt: skip
    assert all(0.1 <= point["review_hours_leader"] <= 0.5 for point in design.points)
    assert sorted(point["petty_cash_yuan"] for point in design.points) == [1000, 1000, 5000, 5000]


def test_what_officials_fix_is_set_and_no_part_of_the_draw():
    """Posts follow from a draw; a street with more households in each grid, or another staff, keeps those it has."""
    vary = {"grid_households": [200, 400], "pool_share": [0.1, 0.3], "demand_factor": [0.8, 1.2]}
    design = read_study_file({**STUDY, "draws": 4, "vary": vary, "choices": ["pool_share"]})
    for cell in design.in_order(1):
        assert set(cell.request.draw) == {"demand_factor"}
        assert set(cell.request.settings) == {"grid_households", "pool_share"}
    for name in ("pool_shar", "petty_cash_yuan"):
        with pytest.raises(UnknownNameError, match=f"key 'choices': unknown parameter of .vary. '{name}'"):
            read_study_file({**STUDY, "draws": 4, "vary": vary, "choices": [name]})


def test_every_run_is_made_once_and_the_same_draw_meets_every_scenario_street_and_seed():
    design = read_study_file(EXAMPLE)
    cells = list(design.in_order(2))
    labels = [(cell.scenario, cell.street, cell.draw, cell.request.seed) for cell in cells]
    scenario_order = {name: i for i, name in enumerate(design.names)}
    street_order = {name: i for i, name in enumerate(design.streets)}
    assert labels == sorted(labels, key=lambda cell: (scenario_order[cell[0]], street_order[cell[1]], *cell[2:]))
    assert len(set(labels)) == len(labels) == design.size(2)
    for cell in cells:
        point = design.points[cell.draw]
        assert {**cell.request.draw, **cell.request.settings} == point
        assert set(cell.request.draw) == {"review_hours_leader"}  # what nobody knows apart from what officials choose
    made = [str(request) for request in design.to_run(range(1, 3))]
    assert sorted(made) == sorted(str(cell.request) for cell in cells)


def test_a_latin_hypercube_has_one_value_in_each_part_of_every_range_and_is_the_same_again():
    factors = [
        Factor("a", "uncertainty", 10.0, 20.0),
        Factor("b", "lever", 0.0, 1.0),
        Factor("c", "uncertainty", 2, 4, whole=True),
        Factor("d", "uncertainty", values=(False, True)),
    ]
    points = latin_hypercube(factors, 12)
    for name, low, high in (("a", 10.0, 20.0), ("b", 0.0, 1.0)):
        parts = np.floor((np.array([point[name] for point in points]) - low) / (high - low) * 12)
        assert sorted(parts) == list(range(12))
    assert sorted(point["c"] for point in points) == [2] * 4 + [3] * 4 + [4] * 4
    assert sorted(point["d"] for point in points) == [False] * 6 + [True] * 6
    assert points == latin_hypercube(factors, 12) != latin_hypercube(factors, 12, seed=1)


def test_a_grid_has_every_combination_the_last_factor_fastest():
    vary = {"petty_cash_yuan": {"values": [1000, 2000]}, "review_hours_leader": [0.1, 0.2, 0.3]}
    design = read_study_file({**STUDY, "method": "grid", "vary": vary})
    assert [tuple(point.values()) for point in design.points] == [
        (1000, 0.1), (1000, 0.2), (1000, 0.3), (2000, 0.1), (2000, 0.2), (2000, 0.3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "low_high", "values"),
    [
        ({"petty_cash_yuan": [1000, 2000]}, (1000.0, 2000.0), ()),
        ({"petty_cash_yuan": {"values": [1000, 2000]}}, None, (1000.0, 2000.0)),
        ({"petty_cash_yuan": [1000, 1500, 2000]}, None, (1000.0, 1500.0, 2000.0)),
        ({"petty_cash_yuan": [1000]}, None, (1000.0,)),
        ({"flatten_layers": {"strength": [0, 1]}}, (0.0, 1.0), ()),
        ({"parking": {"rate_per_1000": [150, 300]}}, (150.0, 300.0), ()),
        ({"parking.rate_per_1000": [150, 300]}, (150.0, 300.0), ()),
        ({"management_layers": [2, 3, 4]}, None, (2, 3, 4)),
        ({"management_layers": {"low": 2, "high": 4}}, (2, 4), ()),
        ({"command_office_keeps_community": [True, False]}, None, (True, False)),
    ],
)
def test_a_list_is_a_range_or_values(given, low_high, values):
    (factor,) = read_study_file({**STUDY, "draws": 2, "vary": given}).factors
    assert factor.values == values
    assert (factor.low, factor.high) == (low_high or (None, None))


VARIED = {"petty_cash_yuan": [1000, 2000]}
NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        # Names and keys.
        ({"scenario": ["baseline"]}, ("unknown key 'scenario'", "did you mean scenarios")),
        ({"scenarios": ["baseline", "flatening"]}, ("scenario 'flatening'", "did you mean flattening")),
        ({"scenarios": ["baseline", "baseline"]}, ("'scenarios'", "twice")),
        ({"scenarios": ["baseline", "nowhere/mine.toml"]}, ("nowhere/mine.toml", "no such file")),
        ({"scenarios": ["baseline", "flattening+flattening"]}, ("named twice",)),
        ({"streets": ["old_twon"]}, ("unknown street 'old_twon'", "did you mean old_town")),
        ({"method": "sobol"}, ("unknown method 'sobol'", "latin_hypercube")),
        ({"draws": 3, "vary": {"petty_csh_yuan": [1, 2]}}, ("petty_csh_yuan", "did you mean petty_cash_yuan")),
        ({"draws": 3, "vary": {"funds_pool.strength": [0, 1]}}, ("[vary]", "'funds_pool'", "flatten_layers")),
        ({"draws": 3, "vary": {**VARIED, "seeds": 4}}, ("key 'seeds' must stand above [vary]",)),
        # Types and numbers.
        ({"scenarios": "baseline"}, ("'scenarios'", "a list of names")),
        ({"scenarios": []}, ("'scenarios'", "empty")),
        ({"scenarios": ["baseline", 3]}, ("'scenarios'", "a list of names")),
        ({"streets": []}, ("'streets'", "empty")),
        ({"residents": "many"}, ("'residents'", "must be a number")),
        ({"residents": NAN}, ("'residents'", "finite")),
        ({"weeks": 0}, ("'weeks' is 0", "between 1 and")),
        ({"weeks": 3.5}, ("'weeks' is 3.5", "whole number")),
        ({"seeds": 0}, ("'seeds' is 0", "between 1")),
        ({"seeds": -INFINITE}, ("'seeds'", "finite")),
        ({"seeds": True}, ("'seeds'", "must be a number")),
        ({"seeds": "many"}, ("'seeds' is 'many'", "'auto'")),
        ({"window": "3-2"}, ("'window'", "3-2", "0 <= FIRST <= LAST <= 3")),
        ({"window": [1, 9]}, ("'window'", "1-9")),
        ({"window": [0.5, 2]}, ("'window'", "[0.5, 2]", "written A-B")),
        ({"window": "soon"}, ("'window'", "'soon'")),
        # What is varied.
        ({"vary": VARIED}, ("'draws' is missing",)),
        ({"vary": [1]}, ("'vary'", "a table")),
        ({"draws": 5}, ("draws = 5", "nothing to draw")),
        ({"method": "grid"}, ("a method", "nothing to draw")),
        ({"draws": 1, "vary": VARIED}, ("'draws' is 1 for 1 factors", "at least 2")),
        ({"draws": NAN, "vary": VARIED}, ("'draws'", "finite")),
        ({"draws": 200_000, "vary": VARIED}, ("'draws'", "100000")),
        ({"draws": 3, "vary": {"petty_cash_yuan": 1000}}, ("petty_cash_yuan", "[low, high] or a list")),
        ({"draws": 3, "vary": {"petty_cash_yuan": []}}, ("petty_cash_yuan", "empty list")),
        ({"draws": 3, "vary": {"petty_cash_yuan": [2000, 1000]}}, ("from 2000 to 1000", "backwards")),
        ({"draws": 3, "vary": {"petty_cash_yuan": [2000, 2000]}}, ("from 2000 to 2000", "is empty")),
        ({"draws": 3, "vary": {"petty_cash_yuan": [1, 2, 2]}}, ("[1, 2, 2]", "twice")),
        ({"draws": 3, "vary": {"petty_cash_yuan": [NAN, 2000]}}, ("petty_cash_yuan", "nan")),
        ({"draws": 3, "vary": {"petty_cash_yuan": ["low", "high"]}}, ("petty_cash_yuan", "low")),
        ({"draws": 3, "vary": {"petty_cash_yuan": {"low": 1}}}, ("has the keys low", "{low = ..., high = ...}")),
        ({"draws": 3, "vary": {"pool_share": [0.5, 1.5]}}, ("pool_share", "1.5")),
        ({"draws": 3, "vary": {"flatten_layers.strength": [0.5, 2]}}, ("strength", "between 0 and 1")),
        ({"draws": 3, "vary": {"management_layers": [2, 4]}}, ("two values or all whole numbers", "{values = [2, 4]}")),
        ({"draws": 3, "vary": {"command_office_keeps_community": {"low": 0, "high": 1}}}, ("true or false", "office")),
        ({"method": "grid", "vary": VARIED}, ("'grid' takes lists", "petty_cash_yuan")),
        ({"method": "grid", "draws": 4, "vary": {"petty_cash_yuan": [1, 2, 3]}}, ("'draws' is 4", "has 3 points")),
        (
            {"method": "grid", "vary": {f"{kind}.rate_per_1000": list(range(100, 160)) for kind in ("parking", "renovation", "neighbour_dispute")}},
            ("216,000 points", "100,000"),
        ),
        ({"seeds": 100_000, "draws": 90_000, "vary": VARIED}, ("18,000,000,000 runs", "10,000,000")),
        # Seeds until precise.
        ({"seeds": "auto", "scenarios": ["baseline"]}, ("seeds = 'auto'", "two scenarios")),
        ({"seeds": "auto", "draws": 4, "vary": VARIED}, ("seeds = 'auto' with 4 draws",)),
    ],
)  # fmt: skip
def test_refusals(changed, parts):
    message = refusal({**STUDY, **changed})
    for part in parts:
        assert part in message, message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ("no such file",)),
        (b"scenarios = [", ("not valid TOML",)),
        ("scenarios = ['flattening']  # 街道".encode("gbk"), ("is not UTF-8", "GBK")),
        (b"weeks = 4", ("key 'scenarios' is missing",)),
        (b"scenarios = ['baseline']\nweeks = nan", ("key 'weeks'", "finite")),
        (b"scenarios = ['baseline']\ndraws = 3\n[vary]\nmethod = 'grid'", ("key 'method' must stand above [vary]",)),
    ],
)
def test_refusals_name_the_file(content, parts, tmp_path):
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    message = refusal(path)
    for part in ("mine.toml", *parts):
        assert part in message, message


def test_two_files_of_one_scenario_are_refused(tmp_path):
    package = "name = 'mine'\ntitle_en = 'M'\ntitle_zh = '我'\n[levers]\nfunds_pool = {}\n"
    for name, strength in (("a.toml", 0.5), ("b.toml", 1.0)):
        (tmp_path / name).write_text(package.format(strength), encoding="utf-8")
    scenarios = ["baseline", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    assert "study: scenario 'mine' is named twice" in refusal({**STUDY, "scenarios": scenarios})


def test_two_files_of_one_street_are_refused(tmp_path):
    street = "name = 'place'\ntitle_en = 'Place'\ntitle_zh = '某地'\nresidents = 5000\n"
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(street, encoding="utf-8")
    streets = [str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    assert "two of them have the name 'place'" in refusal({**STUDY, "streets": streets})
