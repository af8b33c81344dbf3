"""`jiedao list` and `jiedao explain`: complete, of one line each, and fit for JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import scenarios
from experiments.catalogue import (
    SECTIONS,
    explain,
    explainable_names,
    explanation_as_json,
    listings,
    listings_as_json,
)
from model.errors import UnknownNameError
from model.indicator_definitions import HEADLINES, INDICATORS
from model.parameters import PARAMETERS
from scenarios import load


def test_every_section_is_listed_and_goes_into_json():
    content = json.loads(json.dumps(listings_as_json(), allow_nan=False))
    assert content["schema"] == 1
    assert set(content) == {"schema", *SECTIONS}
    assert len(content["parameters"]) == len(PARAMETERS)
    assert [row["name"] for row in content["indicators"] if row["headline"]] == list(HEADLINES)
    assert {"flattening", "flatten_layers", "funds_pool"} <= {row["name"] for row in content["reforms"]}


def test_what_is_empty_says_why():
    assert all(listing.rows or listing.note for listing in listings())


def test_every_name_means_one_thing():
    names = explainable_names()
    assert len(names) == len(set(names))


def test_every_scenario_street_kind_and_indicator_can_be_explained():
    for name in [n for n in explainable_names() if n not in PARAMETERS]:
        explanation = explanation_as_json(name)
        assert explanation["title_zh"] and all(explanation["facts"].values()), name


def test_a_parameter_names_the_reforms_that_change_it():
    facts = dict(explain("pool_share").facts)
    assert facts["changed by"] == "funds_pool (pool_share towards 0.5)"
    assert facts["allowed"] == "a share from 0 to 1"


def test_unknown_names_get_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean pool_share"):
        explain("pool_shar")
    with pytest.raises(UnknownNameError, match="did you mean streets"):
        listings("street")


def test_headlines_are_the_seven_of_the_contract():
    assert HEADLINES == (
        "response_time",
        "resolution_time",
        "unmet_need_share",
        "repeat_rate",
        "satisfaction",
        "equity_gap",
        "cost_per_case",
    )
    assert all(INDICATORS[name].computed for name in HEADLINES)


def test_the_examples_of_the_scenarios_readme_load(tmp_path):
    text = (Path(scenarios.__file__).parent / "README.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```toml\n")[1:]]
    lever, street = (tmp_path / f"{tomllib.loads(block)['name']}.toml" for block in blocks)
    lever.write_text(blocks[0], encoding="utf-8")
    street.write_text(blocks[1], encoding="utf-8")
    runs = load(str(lever), str(street))
    assert [runs.values_at(week)["coordination_meeting_hours"] for week in (1, 2, 5)] == [1.0, 0.875, 0.5]
    assert runs.values["parking.rate_per_1000"] == 150.0
