"""Indicators against MODEL section 2: a handful of cases whose indicators one can reckon by hand, and a run's own event log."""

from __future__ import annotations

import numpy as np
import pytest
from street_runs import run, small_street

from model.case_indicators import Cases, case_indicators
from model.codes import (
    ADMINISTRATIVE_SERVICE,
    HOUR,
    MINUTE,
    NEVER,
    PARKING,
    QUEUED,
    STARTED,
    UNIT_DEPARTMENT,
    UNIT_PROGRAMME,
    UNIT_SERVICE_HALL,
    WEEK,
)
from model.codes import WINDOW as WINDOW_CHANNEL
from model.indicators import summarise
from model.measures import WEEK_MEASURE_NAMES
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
    gone = -np.minimum(np.diff(filled.sum(axis=1)), 0.0).sum()  # hires of the same week hide some who left
    assert found["turnover_rate"] * posts.sum() * len(filled) / 52.0 >= gone - 1e-9


def test_every_weekly_measure_has_a_column():
    assert len(WEEK_MEASURE_NAMES) == WEEK_MEASURES
