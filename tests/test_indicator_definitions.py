"""Indicators against MODEL section 2: a handful of cases whose indicators one can reckon by hand, and a run's own event log."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest
from street_runs import run, small_street

from model.case_indicators import Cases, case_indicators
from model.codes import (
    ADMINISTRATIVE_SERVICE,
    APP,
    COMMUNITY_CHANNEL,
    ENQUIRY,
    GRID_WORKER_CHANNEL,
    HOTLINE,
    HOUR,
    MINUTE,
    NEVER,
    ONSET,
    PARKING,
    PATROL,
    QUEUED,
    REPORTED,
    RESIDENT,
    STARTED,
    UNIT_COMMUNITY,
    UNIT_DEPARTMENT,
    UNIT_PROGRAMME,
    UNIT_SERVICE_HALL,
    WEEK,
)
from model.codes import WINDOW as WINDOW_CHANNEL
from model.costs import cost_of_cases, residents_cost
from model.indicators import summarise
from model.ledger import UNIT_WEEK
from model.measures import (
    W_CALLED_ENQUIRIES,
    W_COMMUNITY_ENQUIRIES,
    W_HIRES,
    W_YEAR_COMMITTED,
    W_YEAR_RECEIVED,
    WEEK_MEASURE_NAMES,
)
from model.rules_adaptation import turnover_base
from model.run import simulate
from model.street_indicators import idle_fund_share
from model.world import WEEK_MEASURES

SPAN = (1, 5)
NOTHING = {"contacts": 1, "acknowledged": NEVER, "kind": PARKING}
CASES = (  # settled at once; sent to a wrong unit once of three times and chased; two visits, one in vain, papers; never settled
    NOTHING | {"acknowledged": 1 * HOUR, "dispatches": 1},
    NOTHING | {"contacts": 3, "dispatches": 3, "misroutes": 1, "hand_overs": 2, "meetings": 3},
    NOTHING | {"kind": ADMINISTRATIVE_SERVICE, "channel": WINDOW_CHANNEL, "visits": 2, "turned_away": 1, "papers": 7,
               "acknowledged": 3 * HOUR},
    NOTHING | {"kind": ADMINISTRATIVE_SERVICE, "channel": WINDOW_CHANNEL, "visits": 1, "papers": 2, "meetings": 1,
               "reopenings": 1},
)  # fmt: skip
SETTLED = (True, True, True, False)
BY_HAND = {
    "first_contact_resolution_rate": 1 / 4,
    "misroute_rate": 1 / 4,
    "ack_time": 2.0,
    "trips_per_case": 2.0,
    "documents_per_case": 4.5,
    "coordination_rounds": 2.0,
    "contacts_per_case": 1.5,
    "reopened_rate": 1 / 4,
    "resolution_rate": 3 / 4,
}


def cases_by_hand() -> Cases:
    fields = ("kind", "channel", "contacts", "acknowledged", "dispatches", "misroutes", "hand_overs", "meetings", "visits",
              "turned_away", "papers", "reopenings", "reported")  # fmt: skip
    flags = ("rated", "satisfied", "by_grid")
    records = np.zeros(len(CASES), [*((f, "i8") for f in fields), *((f, "?") for f in flags)])
    for record, case in zip(records, CASES, strict=True):
        for field, value in case.items():
            record[field] = value
    settled, hours = np.array(SETTLED), np.ones(len(CASES))
    return Cases(records, settled, hours, hours, settled, settled, records["reopenings"] > 0)


@pytest.mark.parametrize(("indicator", "value"), BY_HAND.items())
def test_cases_reckoned_by_hand(indicator: str, value: float):
    found = {name: number for name, statistic, number, _ in case_indicators(cases_by_hand()) if statistic[0] != "p"}
    assert found[indicator] == pytest.approx(value)


def test_waits_at_the_window_and_staff_agree_with_the_log_and_the_roster():
    outcome = run(small_street(residents=12_000, weeks=6), window=SPAN)
    found = {row[3]: row[5] for row in summarise(outcome).indicators if row[:3] == ("window", "all", "all")}
    units, log = outcome.world.units, outcome.log
    hall = int(np.flatnonzero(units["type"] == UNIT_SERVICE_HALL)[0])
    waited, since = [], {}
    for row in log[(log["unit"] == hall) & np.isin(log["event"], (QUEUED, STARTED))]:
        if row["event"] == QUEUED:
            since[int(row["name"])] = int(row["time"])
        elif SPAN[0] * WEEK <= row["time"] < (SPAN[1] + 1) * WEEK:
            waited.append((int(row["time"]) - since[int(row["name"])]) / MINUTE)
    assert len(waited) > 100
    assert found["window_wait"] == pytest.approx(np.mean(waited))

    own = (units["type"] != UNIT_DEPARTMENT) & (units["type"] != UNIT_PROGRAMME)
    filled = outcome.ledger.units[outcome.ledger.rows(*SPAN)]["filled"][:, own]
    posts = units["posts"][own]
    assert found["vacancy_rate"] == pytest.approx((posts - filled).sum() / (posts.sum() * len(filled)))
    hired = outcome.world.weekly[outcome.ledger.rows(*SPAN), W_HIRES].sum()
    opened = outcome.ledger.units["filled"][:, own].sum(axis=1)
    first, after = outcome.ledger.rows(SPAN[0], SPAN[1] + 1).start, outcome.ledger.rows(SPAN[0], SPAN[1] + 1).stop - 1
    left = hired - (opened[after] - opened[first])
    assert left > 0
    assert found["turnover_rate"] == pytest.approx(left / (posts.sum() * len(filled) / 52.0))


def test_contract_staff_are_paid_and_leave_as_one_class():
    """Whoever earns a contract post's wage has its turnover too, and so with established posts."""
    outcome = simulate(small_street(residents=800, weeks=1), seed=1, window=(0, 0))
    values, units = outcome.configuration.values, outcome.world.units
    for code in np.unique(units["type"][units["type"] != UNIT_PROGRAMME]):
        wage = units["wage"][units["type"] == code][0] / 1000.0
        base = turnover_base(
            code, values["turnover_civil"], values["turnover_contract"], values["turnover_grid_social"]
        )
        assert (wage == values["wage_contract"]) == (base == values["turnover_contract"]), code
        assert (wage == values["wage_civil"]) == (base == values["turnover_civil"]), code


def test_enquirers_are_counted_where_they_ask():
    outcome = run(small_street(), window=(1, 5))
    told = outcome.log[outcome.log["event"] == REPORTED]
    enquiry = outcome.log[(outcome.log["event"] == ONSET) & (outcome.log["reason"] == ENQUIRY)]["name"]
    told = told[np.isin(told["name"], enquiry)]
    weekly = outcome.world.weekly.sum(axis=0)
    called = np.isin(told["reason"], (HOTLINE, APP)).sum()
    at_community = (told["reason"] == COMMUNITY_CHANNEL).sum()
    assert called > 50 and at_community > 5
    assert (weekly[W_CALLED_ENQUIRIES], weekly[W_COMMUNITY_ENQUIRIES]) == (called, at_community)


@pytest.mark.parametrize(
    ("start", "weeks", "share"),
    [
        (dt.date(2024, 1, 1), (26, 51), 1.0 - 51 / 151),  # no year ends in the window: as at its end
        (dt.date(2024, 1, 1), (26, 60), 1.0 - 52 / 152),  # the year's last week is 52, before Monday 6 January 2025
        (dt.date(2024, 7, 1), (0, 25), 1.0 - 25 / 125),
        (dt.date(2024, 7, 1), (0, 40), 1.0 - 26 / 126),
    ],
)
def test_money_is_idle_at_the_fiscal_years_end(start: dt.date, weeks: tuple[int, int], share: float):
    table = np.zeros((80, WEEK_MEASURES))
    table[:, W_YEAR_RECEIVED] = 100.0 + np.arange(80)  # the first release of a year may exceed all that was before
    table[:, W_YEAR_COMMITTED] = np.arange(80)
    seen = SimpleNamespace(
        weekly=table, rows=lambda first, last: slice(first, last + 1), configuration=SimpleNamespace(start_date=start)
    )
    assert idle_fund_share(seen, *weeks)[4] == pytest.approx(share)


def two_weeks() -> SimpleNamespace:
    """Two weeks of two street units and a department: what the costs of cases and residents are reckoned from."""
    units = np.zeros(3, [("type", "i8"), ("wage", "f8")])
    units["type"] = UNIT_SERVICE_HALL, UNIT_COMMUNITY, UNIT_DEPARTMENT
    units["wage"] = 88_000.0, 176_000.0, 1e9  # 50 and 100 yuan an hour of a post; the district's is not the street's
    weeks = np.zeros((2, 3), UNIT_WEEK)
    weeks["work_hours"], weeks["case_share"], weeks["productive"] = (10.0, 30.0, 99.0), (1.0, 0.5, 0.5), (1.2, 0.7, 0.1)
    weeks["begun"], weeks["wait_hours"] = (6.0, 50.0, 50.0), (1.0, 70.0, 70.0)
    weekly = np.zeros((2, WEEK_MEASURES))
    weekly[:, W_CALLED_ENQUIRIES], weekly[:, W_COMMUNITY_ENQUIRIES] = 5.0, 2.0
    values = {"hours_per_post_year": 1760.0, "community_trip_share": 0.5, "trip_minutes": 60.0, "hotline_minutes": 6.0,
              "app_form_items": 20, "app_minutes_per_item": 1.5, "resident_hour_yuan": 30.0}  # fmt: skip
    return SimpleNamespace(
        units=units, unit_weeks=weeks, weekly=weekly, rows=lambda first, last: slice(first, last + 1),
        configuration=SimpleNamespace(values=values),
    )  # fmt: skip


def some_cases() -> np.ndarray:
    """One by telephone that is chased twice, one by app, one brought to the community, one that a patrol found."""
    columns = ("channel", "contacts", "origin", "visits", "turned_away", "work_hours", "paid")
    cases = np.zeros(4, [(name, "f8") for name in columns])
    cases["channel"] = HOTLINE, APP, COMMUNITY_CHANNEL, GRID_WORKER_CHANNEL
    cases["contacts"], cases["origin"] = (3, 1, 1, 1), (RESIDENT, RESIDENT, RESIDENT, PATROL)
    cases["visits"], cases["turned_away"] = (0, 0, 2, 0), (0, 1, 0, 0)
    cases["work_hours"], cases["paid"] = (1.0, 2.0, 0.0, 0.0), (0.0, 500.0, 0.0, 0.0)
    return cases


def test_a_case_costs_its_hours_at_what_an_hour_of_work_costs():
    """20 h of the hall at 50 yuan and 60 h of the community at 100 / 0.5: 162.5 an hour, for 3 h, and 500 yuan, over 2 settled."""
    assert cost_of_cases(two_weeks(), some_cases(), 2, 0, 1) == pytest.approx((3.0 * 162.5 + 500.0) / 2)
    assert np.isnan(cost_of_cases(two_weeks(), some_cases(), 0, 0, 1))


def test_residents_pay_with_their_hours():
    """12 visits and one in vain at an hour, 2 + 4 ways of half an hour; 3 + 10 calls; one form; 2 h in the hall; in two weeks."""
    hours = 13.0 + 0.5 * 6.0 + 13 * 0.1 + 0.5 + 2.0
    assert residents_cost(two_weeks(), some_cases(), 0, 1) == pytest.approx(hours * 30.0 * 26.0)


def test_every_weekly_measure_has_a_column():
    assert len(WEEK_MEASURE_NAMES) == WEEK_MEASURES
