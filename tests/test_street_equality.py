"""Both engines live the same life in whole streets: equal logs and states, all codes and all rules in use."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import pytest
from documents import check_document
from street_runs import replaced, run, small_street

from experiments import street_equality
from experiments.street_equality import StreetsVerification, compare_street_engines, verify_streets
from model import building, needs, rules
from model import run as model_run
from model.codes import EVENT_NAMES
from model.flow import LOG_MARGIN
from model.world import World, with_more_rows


@cache
def verified(effort: str) -> StreetsVerification:
    return verify_streets(long=effort == "long")


efforts = pytest.mark.parametrize("effort", ["default", pytest.param("long", marks=pytest.mark.long)])


@efforts
def test_logs_and_states_are_equal_to_the_bit(effort: str) -> None:
    result = verified(effort)
    assert [row.difference for row in result.rows] == [""] * len(result.rows)
    assert result.ok
    check_document("verify", json.loads(json.dumps(result.as_dict())), "streets")
    assert len(result.rows) >= 6
    for row in result.rows:
        case = row.case
        assert row.boundaries == case.warmup_weeks + case.weeks + case.followup_weeks + 1
        assert row.events > 10_000
        assert effort != "long" or case.weeks >= 60


@efforts
def test_every_event_code_occurs(effort: str) -> None:
    least = 20 if effort == "long" else 1
    counts = verified(effort).counts
    assert {name: counts[name] for name in EVENT_NAMES if counts[name] < least} == {}


@efforts
def test_every_rule_is_executed_in_plain_python(effort: str) -> None:
    assert verified(effort).rules_not_executed == []


@pytest.mark.parametrize("engine", ["compiled", "process"])
def test_emptying_a_full_log_changes_nothing(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is full every few events, so that room is made in the midst of what happens at one instant."""
    street = small_street(residents=1500)
    whole = run(street, engine=engine)
    monkeypatch.setattr(model_run, "LOG_ROWS", LOG_MARGIN + 10)
    in_pieces = run(street, engine=engine)
    assert len(whole.log) > 500 * 10
    assert in_pieces.log_digest == whole.log_digest


@pytest.mark.parametrize("engine", ["compiled", "process"])
def test_making_room_for_requests_changes_nothing(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are just enough, so that room is made in the midst of weeks, a few rows at a time."""
    street = small_street(residents=1500)
    whole = run(street, engine=engine)
    asked = []

    def few_more(runner: model_run._Runner, wanted: int = 0) -> World:
        asked.append(wanted)
        runner.world = with_more_rows(runner.world, len(runner.world.requests) + (wanted or 5))
        return runner.world

    monkeypatch.setattr(building, "_rows_at_first", lambda *_: 400)
    monkeypatch.setattr(needs, "rows_needed", lambda *_: 260)
    monkeypatch.setattr(needs, "ROW_MARGIN", 0)
    monkeypatch.setattr(model_run._Runner, "more_rows", few_more)
    tight = run(street, engine=engine)
    assert 0 in asked, "room was made at the beginning of weeks only"
    assert tight.log_digest == whole.log_digest


@pytest.mark.parametrize(
    ("rule", "changed", "says"),
    [
        (rules.on_the_spot_chance, lambda *numbers: 0.0, "log row"),
        (rules.expectation_after, lambda expected, *rest: expected, "log row"),
        (rules.disconfirmation, lambda *numbers: 0.0, "states differ from boundary"),
    ],
)
def test_a_comparison_notices_and_says_where(rule: Callable, changed: Callable, says: str) -> None:
    case = street_equality.QUICK_CASES[0]
    assert compare_street_engines(case).ok
    with replaced(rule, changed):
        row = compare_street_engines(case)
    assert not row.ok
    assert says in row.difference
    assert row.as_dict()["difference"] == row.difference
