"""Indicators against their definitions: complete, adding up over weeks, and moved by what should move them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pytest
from street_runs import small_street

from model.codes import (
    CLOSED,
    ELDER_CARE,
    ENQUIRY,
    HERE,
    HOUR,
    KINDS,
    NEVER,
    NOT_IN_THIS_STREET,
    PETITIONED,
    REOPENED,
    REPORTED,
    UNIT_COMMAND_OFFICE,
    WEEK,
)
from model.indicator_definitions import HEADLINES, INDICATORS
from model.indicators import Detail, RunSummary, backlog, summarise
from model.ledger import INFORMAL, INFORMAL_IN_TIME, NEEDED
from model.measures import W_COFUNDED_PROJECTS, W_OUTSIDE_YUAN
from model.observation import observe, pool
from model.programme_indicators import unmet_share
from model.run import Outcome, simulate
from model.tracing import INFORMAL_NEEDS, NEEDS

WINDOW = (2, 13)


@cache
def lived() -> Outcome:
    """Long enough for the window's needs to be settled among neighbours, who take some days."""
    return simulate(small_street(residents=2500, weeks=26), seed=1, window=WINDOW)


@cache
def summary(detail: Detail = "window") -> RunSummary:
    return summarise(lived(), detail)


def value(of: RunSummary, indicator: str, period: str = "window", group: str = "all", kind: str = "all") -> float:
    (found,) = [row[5] for row in of.indicators if row[:4] == (period, group, kind, indicator) and row[4][0] != "p"]
    return found


def test_every_declared_indicator_is_in_a_run_or_says_what_it_lacks():
    found = {row[3] for row in summary().indicators if row[0] == "window"}
    assert found == {name for name, declared in INDICATORS.items() if declared.computed}
    assert {row[3] for row in summary("weekly").indicators} == found


def test_no_row_comes_twice():
    for detail in get_args(Detail):
        keys = [row[:5] for row in summary(detail).indicators]
        assert len(keys) == len(set(keys))


def test_less_detail_is_fewer_rows_of_the_same_numbers():
    usual = {row[:5]: repr(row[5]) for row in summary().indicators}  # two NaN are not equal
    headlines = {row[:5]: repr(row[5]) for row in summary("headline").indicators}
    assert headlines == {key: value for key, value in usual.items() if key[:3] == ("window", "all", "all")}


def test_the_ledger_adds_up_to_the_state():
    world, ledger = lived().world, lived().ledger
    kinds = [k for k in range(KINDS) if k != ENQUIRY]
    noted = ledger.needs[ledger.rows(*WINDOW)].sum(axis=0)[kinds]
    assert np.array_equal(noted[..., NEEDED], world.needs[kinds][..., NEEDS])
    assert np.array_equal(noted[..., INFORMAL], world.needs[kinds][..., INFORMAL_NEEDS])
    assert noted[..., INFORMAL].sum() > 50
    assert 0 < noted[..., INFORMAL_IN_TIME].sum() < noted[..., INFORMAL].sum()
    for column, account, one in (("busy", "area_busy", HOUR), ("rostered", "rostered", HOUR), ("begun", "begun", 1),
                                 ("chase_hours", "chase_hours", 1), ("wait_hours", "served_waits", HOUR)):  # fmt: skip
        assert np.allclose(ledger.units[column].sum(axis=0), world.units[account] / one), column


def test_weeks_add_up_to_the_window():
    whole = summary("weekly")
    weeks = [f"week-{week:02d}" for week in range(WINDOW[0], WINDOW[1] + 1)]
    for indicator in ("response_time", "resolution_time", "repeat_rate", "unmet_need_share", "on_time_rate"):
        for group, kind in (("all", "all"), ("vulnerable", "all"), ("all", "parking")):
            rows = [row for row in whole.indicators if row[1:4] == (group, kind, indicator) and row[4][0] != "p"]
            sizes = {row[0]: (row[5], row[6]) for row in rows}
            sums = np.array([sizes[week] for week in weeks if week in sizes])
            mean = np.average(sums[:, 0], weights=sums[:, 1])
            assert mean == pytest.approx(sizes["window"][0]), (indicator, group, kind)


def test_weeks_are_headlines_unless_all_is_asked_for():
    short = {row[3] for row in summary().indicators if row[0] == "week-05"}
    assert short == {*HEADLINES, "backlog"}
    kept = {row[:5]: row[5] for row in summary("weekly").indicators}
    assert all(kept[row[:5]] == row[5] for row in summary().indicators if not np.isnan(row[5]))
    assert {row[1] for row in summary("weekly").indicators if row[0] == "week-05"} >= {
        "vulnerable",
        "unit:mediation",
    }


def test_utilisation_is_busy_time_over_rostered_time_where_the_productive_share_is_constant():
    outcome = simulate(small_street(residents=1500), seed=1, window=(1, 5), adaptation=False)
    weeks = outcome.ledger.units[outcome.ledger.rows(1, 5)]
    found = summarise(outcome)
    mediation = outcome.rows.sections[3]
    busy = weeks["busy"][:, mediation].sum() / weeks["rostered"][:, mediation].sum()
    assert value(found, "utilisation", group="unit:mediation") == pytest.approx(busy) and 0.2 < busy < 1.0
    groups = {row[1] for row in found.indicators if row[3] == "utilisation"}
    assert "unit:department" in groups and "unit:programme" not in groups
    assert "unit:command_office" not in groups  # nobody sits there before the reform


def test_programmes_tell_places_held_offered_and_wanted():
    outcome = lived()
    rows = outcome.ledger.rows(*WINDOW)
    elder, child = (outcome.ledger.units[rows, row] for row in outcome.rows.programmes)
    use, coverage = (
        value(summary(), name, kind="child_care") for name in ("facility_utilisation", "place_coverage")
    )  # fmt: skip
    assert use == pytest.approx(child["busy"].sum() / child["rostered"].sum())
    assert coverage == pytest.approx(child["busy"].sum() / (child["busy"].sum() + child["waiting_hours"].sum()))
    assert coverage < 1.0 < elder["busy"].sum() + child["busy"].sum()


def test_who_wants_a_place_lacks_it_by_the_week():
    seen = observe(lived())
    cases = seen.cases.where(slice(0, 4))
    q = cases.records.copy()
    q["kind"], q["settleable"] = ELDER_CARE, [HERE, HERE, HERE, NOT_IN_THIS_STREET]
    q["onset"] = np.array([1, 3, 5, 1]) * WEEK
    q["settled"] = [4 * WEEK, NEVER, 100 * WEEK, NEVER]  # lacking weeks 2-3; 3-9, when it is given up; 5-13 and on
    q["closed"] = [4 * WEEK, 10 * WEEK, 100 * WEEK, NEVER]
    weeks = seen.unit_weeks.copy()
    weeks["busy"] = 0.0
    weeks["busy"][:, seen.units["programme_of"] == ELDER_CARE] = 5.0 * WEEK / HOUR  # five places, all of them held
    needs = np.zeros_like(seen.ledger_needs)
    needs[seen.rows(1, 5), ELDER_CARE, 0, NEEDED] = [2, 0, 1, 0, 2]  # one of week 5 asked for nothing
    some = replace(seen, cases=replace(cases, records=q), unit_weeks=weeks, ledger_needs=needs)
    eligible = 1.0 - seen.configuration.values["elder_care.unsettleable_share"]
    lacking = 2.0 + 7.0 + 9.0 + eligible * 8.5
    assert unmet_share(some, ELDER_CARE, *WINDOW) == pytest.approx(lacking / (lacking + 5.0 * 12.0))
    needs[...], q["kind"] = 0, ENQUIRY
    assert unmet_share(some, ELDER_CARE, *WINDOW) == 0.0


def test_own_deadlines_are_the_scenarios():
    strict = summarise(simulate(small_street(deadline_hours_factor=0.3), seed=1, window=(1, 5)))
    usual = summarise(simulate(small_street(), seed=1, window=(1, 5)))
    assert value(usual, "own_deadline_rate") == value(usual, "on_time_rate")
    assert value(strict, "on_time_rate") == value(usual, "on_time_rate")
    assert value(strict, "own_deadline_rate") < value(strict, "on_time_rate")
    later = summarise(simulate(small_street(later={"deadline_hours_factor": 0.3}), seed=1, window=(0, 1)))
    assert value(later, "own_deadline_rate") == value(later, "on_time_rate")  # reported before the new deadlines


def test_social_cost_is_the_streets_and_the_residents_hours():
    usual = summarise(simulate(small_street(), seed=1, window=(1, 5)))
    dear = summarise(simulate(small_street(resident_hour_yuan=45.0), seed=1, window=(1, 5)))
    extra = [value(some, "social_cost") - value(some, "street_cost") for some in (usual, dear)]
    assert extra[0] > 0.0 and extra[1] == pytest.approx(1.5 * extra[0])
    assert value(usual, "street_cost") == value(dear, "street_cost")


def test_street_cost_holds_posts_money_and_organizations():
    outcome = simulate(small_street(), seed=1, window=(0, 7), adaptation=False)  # nobody leaves, nobody works overtime
    units = outcome.world.units
    posts = sum(
        float(u["filled"] * u["pace"] * u["wage"]) * (168 * 52 / 1760 if row == outcome.rows.duty_team else 1.0)
        for row, u in enumerate(units)
        if row < outcome.rows.departments.start and u["type"] != UNIT_COMMAND_OFFICE
    )
    cost = value(summarise(outcome), "street_cost")
    paid = outcome.world.lines["paid"].sum() * 52 / 14  # of all weeks; that of the window lies below
    assert posts < cost < posts + 52 / 8 * paid


def test_what_partners_bring_and_who_petitions_are_filed_under_their_weeks():
    """Partners bring what pooled cases are not paid, but a part of a yuan for each; petitions are those of the log."""
    setting = {"pool_share": 1.0, "earmarked_share": 0.53, "cofunding_intercept": 3.0, "partner_presence": 1.0}
    outcome = simulate(small_street(residents=8000, weeks=30, **setting), 1, log=True, window=(0, 29))
    found, log = summarise(outcome), outcome.log
    petitions = np.count_nonzero((log["event"] == PETITIONED) & (log["time"] >= 0) & (log["time"] < 30 * WEEK))
    assert value(found, "petition_rate") == pytest.approx(petitions / 8000 / (30 / 52) * 1e4) and petitions > 0
    cases = outcome.cases
    brought = (np.ceil(cases["money"]) - cases["paid"])[
        (cases["paid"] > 0.0) & (cases["paid"] < np.ceil(cases["money"]))
    ]
    assert len(brought) > 3
    weekly = outcome.world.weekly
    assert weekly[:, W_OUTSIDE_YUAN].sum() == pytest.approx(brought.sum())
    assert weekly[:, W_COFUNDED_PROJECTS].sum() == len(brought)


def test_backlog_counts_what_was_reported_and_not_closed():
    outcome = simulate(small_street(), 1, log=True, window=(1, 5))
    before = outcome.log[(outcome.log["time"] < 5 * WEEK) & np.isin(outcome.log["name"], outcome.cases["name"])]
    count = {event: np.count_nonzero(before["event"] == event) for event in (REPORTED, CLOSED, REOPENED)}
    open_then = count[REPORTED] - count[CLOSED] + count[REOPENED]
    assert backlog(observe(outcome))[4] == open_then > 0 < count[REOPENED]


def test_two_streets_pool_into_the_ratio_of_their_sums():
    one, other = (simulate(small_street(), seed, window=(1, 5)) for seed in (1, 2))
    pooled = summarise(pool([observe(one), observe(other)]))
    parts = [summarise(one), summarise(other)]
    for indicator in ("resolution_time", "unmet_need_share", "satisfaction", "petition_rate"):
        rows = [next(r for r in some.indicators if r[:4] == ("window", "all", "all", indicator)) for some in parts]
        mean = np.average([row[5] for row in rows], weights=[row[6] for row in rows])
        assert value(pooled, indicator) == pytest.approx(mean), indicator
    assert value(pooled, "street_cost") == pytest.approx(sum(value(some, "street_cost") for some in parts))
    assert value(pooled, "backlog", "week-03") == sum(value(some, "backlog", "week-03") for some in parts)
    assert len(pooled.cases) == len(parts[0].cases) + len(parts[1].cases)
