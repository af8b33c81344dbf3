"""Needs: the right number, the right rhythm, and common random numbers down to each need's name."""

from __future__ import annotations

import numpy as np
import pytest
from small_street import street

from model import needs, rules_needs
from model.codes import (
    BACKGROUND,
    DAY,
    ELDER_CARE,
    ELDERLY,
    EMERGENCY,
    HOUR,
    KIND_NAMES,
    OFFICE,
    PARKING,
    PROPERTY_DISPUTE,
    RENOVATION,
    SANITATION,
    TRIVIAL,
    WEEK,
)
from model.demand import clock_at
from model.world import World, digest

# What a need is, apart from the row numbers of its owner and grid.
INTRINSIC = [
    "name", "tie", "ordinal", "kind", "nature", "origin", "vulnerable", "public", "severity", "work", "money", "departments",
    "documents", "settleable", "needs_power", "boundary_unclear", "dangerous", "patience", "onset",
]  # fmt: skip

QUIET = {"weekly_shock_sd": 0.0, "daily_shock_sd": 0.0, "season_amplitude": 0.0}


def drawn(world: World, weeks: int, first: int = 0) -> np.ndarray:
    """The rows of all needs of these weeks."""
    rows = [needs.draw_week(world, w * WEEK, (w + 1) * WEEK) for w in range(first, first + weeks)]
    return world.requests[np.concatenate(rows)]


def by_name(rows: np.ndarray) -> dict[int, tuple]:
    """Needs by name, with all that is drawn for them."""
    return {int(row["name"]): row.item() for row in rows[INTRINSIC]}


def test_each_kind_has_its_rate_whatever_the_ratios_of_groups() -> None:
    world = street(20_000, weeks=52, rows=70_000, **QUIET)
    rows = drawn(world, 52)
    counts = np.bincount(rows["kind"], minlength=len(KIND_NAMES))
    people, kinds = world.residents, world.kinds
    elderly, hardship = people["age_band"] == ELDERLY, people["low_income"] | people["disabled"]
    for k, name in enumerate(KIND_NAMES):
        years = clock_at(world, k, 52 * WEEK) / needs.YEAR
        ratios = np.where(elderly, kinds["elderly_ratio"][k], 1) * np.where(hardship, kinds["vulnerable_ratio"][k], 1)
        mean = kinds["rate"][k] * years * ratios.sum() / kinds["group_norm"][k]
        assert counts[k] == pytest.approx(mean, abs=4.5 * np.sqrt(mean)), name
        # The declared rate is the population's: days off, and groups of a street of this size, move it by little.
        assert mean == pytest.approx(kinds["rate"][k] * 20_000, rel=0.03), name
    old = elderly[rows["owner"][rows["kind"] == ELDER_CARE]].mean()
    share = elderly.mean()
    assert old / (1 - old) == pytest.approx(kinds["elderly_ratio"][ELDER_CARE] * share / (1 - share), rel=0.2)


def test_intrinsic_properties_have_their_declared_means() -> None:
    world = street(20_000, weeks=40, rows=70_000, **QUIET)
    rows = drawn(world, 40)
    kinds = world.kinds
    for k in (PROPERTY_DISPUTE, PARKING, SANITATION):
        of_kind = rows[rows["kind"] == k]
        assert of_kind["severity"].mean() == pytest.approx(kinds["severity"][k], abs=0.015)
        assert of_kind["severity"].std() == pytest.approx(
            np.sqrt(kinds["severity"][k] * (1 - kinds["severity"][k]) / 9.0), abs=0.02
        )
        assert of_kind["work"].mean() == pytest.approx(1.0, abs=0.08)
        assert (of_kind["departments"] > 1).mean() == pytest.approx(kinds["multi_share"][k], abs=0.04)
        assert of_kind["departments"].max() == kinds["departments_max"][k]
        assert (of_kind["money"] > 0).mean() == pytest.approx(kinds["money_share"][k], abs=0.02)
        assert of_kind["documents"].mean() == pytest.approx(kinds["documents"][k], abs=0.05)
        assert (of_kind["settleable"] == 2).mean() == pytest.approx(kinds["unsettleable_share"][k], abs=0.03)
        assert of_kind["public"].mean() == pytest.approx(kinds["public_share"][k], abs=0.03)
    able = rows["settleable"] < 2
    assert ((rows["settleable"] == 1) == (able & (rows["needs_power"] | (rows["money"] > 0)))).all()
    unclear = [rows["boundary_unclear"][rows["departments"] > 1].mean(), rows["boundary_unclear"].min()]
    assert unclear[0] == pytest.approx(world.settings["unclear_boundary_multi"][0], abs=0.02)
    assert (rows["vulnerable"] == world.residents["vulnerable"][rows["owner"]]).all()
    assert (rows["grid"] == world.residents["grid"][rows["owner"]]).all()
    assert (rows["patience"] == world.residents["patience"][rows["owner"]]).all()


def test_daily_counts_are_overdispersed_by_the_shock_and_remember_yesterday() -> None:
    sd, persistence = 0.25, 0.2
    weeks = 150
    quiet = {"weekly_shock_sd": 0.0, "season_amplitude": 0.0, "parking__weekend_factor": 1.0}
    others = {f"{kind}__rate_per_1000": 0.0 for kind in KIND_NAMES if kind != "parking"}
    counts = []
    for seed in (1, 2):
        world = street(30_000, weeks=weeks, seed=seed, rows=60_000, **quiet, **others)
        counts.append(np.bincount(drawn(world, weeks)["onset"] // DAY, minlength=7 * weeks))
    daily = np.concatenate(counts)
    mean = daily.mean()
    expected = 1.0 + mean * (np.exp(sd**2) - 1.0)
    assert expected > 2.0
    assert daily.var() / mean == pytest.approx(expected, rel=0.15)  # standard error about 4%
    lag = np.mean([np.corrcoef(c[1:], c[:-1])[0, 1] for c in counts])
    exact = mean * (np.exp(persistence * sd**2) - 1.0) / expected
    assert lag == pytest.approx(exact, abs=0.07)  # standard error about 0.02
    assert lag > 0.03


def test_shocks_of_a_week_are_shared_by_kinds_and_those_of_a_day_are_not() -> None:
    world = street(10, weeks=200, daily_shock_sd=0.0, season_amplitude=0.0)
    weekly = np.log(np.diff(world.demand_days[:, ::7]) / WEEK)
    assert np.corrcoef(weekly[PARKING], weekly[EMERGENCY])[0, 1] > 0.9
    lag = np.corrcoef(weekly[EMERGENCY][1:], weekly[EMERGENCY][:-1])[0, 1]
    assert 0.75 < lag < 0.99
    world = street(10, weeks=200, weekly_shock_sd=0.0, season_amplitude=0.0)
    daily = np.log(np.diff(world.demand_days))
    assert abs(np.corrcoef(daily[EMERGENCY], daily[7])[0, 1]) < 0.1
    assert daily[EMERGENCY].std() == pytest.approx(0.25, abs=0.03)
    assert np.diff(world.demand_days[EMERGENCY]).mean() / DAY == pytest.approx(1.0, abs=0.05)


def test_days_off_are_quieter_and_days_have_two_humps() -> None:
    world = street(20_000, weeks=30, rows=60_000, **QUIET)
    rows = drawn(world, 30)
    k = KIND_NAMES.index("administrative_service")
    works = (world.days["opens"] < world.days["closes"])[OFFICE, : 7 * 30]
    counts = np.bincount(rows["onset"][rows["kind"] == k] // DAY, minlength=7 * 30)
    ratio = counts[~works].mean() / counts[works].mean()
    assert ratio == pytest.approx(world.kinds["weekend_factor"][k], abs=0.05)
    assert works[7 * 6 : 7 * 7].sum() == 0 or works.sum() < 5 * 30  # the Spring Festival of 2024 lies in the table
    hours = np.bincount((rows["onset"][rows["kind"] != EMERGENCY] % DAY) // HOUR, minlength=24)
    assert hours[9] > 1.3 * hours[12]
    assert hours[15] > 1.3 * hours[12]
    assert hours[3] / hours.sum() == pytest.approx(world.settings["round_the_clock_share"][0] / 24, rel=0.2)
    night = np.mean((rows["onset"][rows["kind"] == EMERGENCY] % DAY) // HOUR < 8)
    assert night == pytest.approx(1 / 3, abs=0.1)


def test_the_season_peaks_in_its_week() -> None:
    world = street(10, weeks=52, season_amplitude=0.25, weekly_shock_sd=0.0, daily_shock_sd=0.0)
    lengths = np.diff(world.demand_days[EMERGENCY])[: 7 * 52]
    assert lengths.argmax() // 7 in (28, 29)
    assert lengths.max() / lengths.min() == pytest.approx(1.25 / 0.75, rel=0.01)


@pytest.mark.parametrize(("kind", "rate"), [("sanitation", 350.0), ("renovation", 20.0)])
def test_another_rate_of_one_kind_leaves_all_other_needs_alone(kind: str, rate: float) -> None:
    k = KIND_NAMES.index(kind)
    before, after = drawn(street(3000), 6), drawn(street(3000, **{f"{kind}__rate_per_1000": rate}), 6)
    assert (after["kind"] == k).sum() > (before["kind"] == k).sum()
    assert by_name(before[before["kind"] != k]) == by_name(after[after["kind"] != k])
    assert (before["kind"] == RENOVATION).sum() == 0


def test_more_residents_leave_the_needs_of_the_others_alone() -> None:
    few, more = street(3000), street(3010)
    here, there = drawn(few, 6), drawn(more, 6)
    old = np.isin(more.residents["key"][there["owner"]], few.residents["key"])
    assert by_name(here) == by_name(there[old])
    assert not old.all()


def test_needs_belong_to_persons_and_not_to_rows() -> None:
    world, turned = street(2000), street(2000)
    turned.residents[:] = turned.residents[::-1].copy()
    turned = needs.start_streams(turned, "test")
    assert by_name(drawn(world, 4)) == by_name(drawn(turned, 4))


def test_higher_demand_in_mid_run_adds_needs_and_renumbers_none() -> None:
    steady, surging = street(3000), street(3000)
    first = by_name(drawn(steady, 3))
    assert first == by_name(drawn(surging, 3))
    surging.settings["demand_factor"] = 1.5
    surging.kinds["rate"][PARKING] *= 2.0
    normal, surge = drawn(steady, 3, first=3), drawn(surging, 3, first=3)
    assert by_name(normal).items() <= by_name(surge).items()
    parking = [np.sum(rows["kind"] == PARKING) for rows in (normal, surge)]
    assert parking[1] / parking[0] == pytest.approx(3.0, rel=0.35)
    assert len(surge) / len(normal) == pytest.approx(1.5 * (1 + 224 / 2300), rel=0.15)
    surging.settings["demand_factor"] = 1.0
    surging.kinds["rate"][PARKING] /= 2.0
    assert by_name(drawn(steady, 2, first=6)) == by_name(drawn(surging, 2, first=6))


def test_demand_above_the_ceiling_is_refused_and_names_the_kind() -> None:
    world = street(300)
    world.kinds["rate"][PARKING] *= 7.0
    with pytest.raises(needs.DemandCeilingError, match=r"parking\.rate_per_1000.*found 1568 .* at most 1344"):
        needs.draw_week(world, 0, WEEK)
    assert world.clock["rows"][0] == 0


def test_same_seed_same_bytes_and_weeks_may_be_joined() -> None:
    one, again, other = street(2000), street(2000), street(2000, seed=2)
    rows = drawn(one, 4)
    drawn(again, 4)
    assert digest(one) == digest(again)
    assert not set(by_name(rows)) & set(by_name(drawn(other, 4)))
    joined = street(2000)
    needs.draw_week(joined, 0, 4 * WEEK)
    assert by_name(joined.requests[: joined.clock["rows"][0]]) == by_name(rows)
    assert rows["onset"].min() >= 0
    assert rows["onset"].max() < 4 * WEEK


def test_needs_do_not_ask_where_the_table_of_days_begins() -> None:
    assert by_name(drawn(street(2000), 4)) == by_name(drawn(street(2000, early=3), 4))


def test_a_week_left_out_is_refused() -> None:
    world = street(2000)
    drawn(world, 1)
    with pytest.raises(ValueError, match="one after the other"):
        needs.draw_week(world, 2 * WEEK, 3 * WEEK)


def test_rows_needed_is_enough_and_lack_of_room_is_noticed() -> None:
    world = street(3000, departments=2)
    world.units["background_rate"] = 2.0
    needed = needs.rows_needed(world, 0, WEEK)
    assert needs.has_room(world, needed)
    draws = (needs.draw_week, needs.draw_trivial_week, needs.draw_background_week)
    count = sum(len(draw(world, 0, WEEK)) for draw in draws)
    assert count <= needed < 4 * count
    small = street(3000, rows=300)
    assert not needs.has_room(small, needs.rows_needed(small, 0, WEEK))
    with pytest.raises(ValueError, match="no room"):
        needs.draw_week(small, 0, WEEK)


def test_forwarded_reports_come_in_office_hours_and_grow_with_the_weight_of_process() -> None:
    world = street(30_000)
    rows = world.requests[needs.draw_trivial_week(world, WEEK, 3 * WEEK)]
    assert (rows["nature"] == TRIVIAL).all()
    assert (rows["owner"] == -1).all()
    hours = rows["onset"] % DAY / HOUR
    assert (hours >= 9).all()
    assert (hours < 17).all()
    assert set(rows["onset"] // DAY % 7) == set(range(5))
    mean = len(world.grids) * 10 * 10 * 0.10  # grids, days, reports, share forwarded
    assert len(rows) == pytest.approx(mean, abs=4.5 * np.sqrt(mean))
    assert sorted(set(rows["grid"])) == list(range(len(world.grids)))
    harder = street(30_000, assessment_weight_process=0.7)
    more = harder.requests[needs.draw_trivial_week(harder, WEEK, 3 * WEEK)]
    assert set(rows["name"].tolist()) < set(more["name"].tolist())
    assert len(more) / len(rows) == pytest.approx(0.7 / 0.6, abs=0.1)


def test_background_work_follows_each_departments_rate_and_calendar() -> None:
    world = street(300, departments=3)
    world.units["background_rate"] = (4.0, 1.0, 0.0)
    world.units["cv2"] = (0.0, 1.5, 1.0)
    rows = world.requests[needs.draw_background_week(world, WEEK, 5 * WEEK)]
    assert (rows["nature"] == BACKGROUND).all()
    first, second, third = (rows[rows["responsible"] == u] for u in range(3))
    hours = (world.days["closes"] - world.days["opens"])[OFFICE, 7:35].sum() / HOUR
    assert len(first) == pytest.approx(4.0 * hours, abs=4.5 * np.sqrt(4.0 * hours))
    assert len(third) == 0
    assert (first["work"] == 1.0).all()
    assert second["work"].mean() == pytest.approx(1.0, abs=0.4)
    days, of_day = np.divmod(rows["onset"], DAY)
    assert (of_day >= world.days["opens"][OFFICE, days] % DAY).all()
    assert (rows["onset"] < world.days["closes"][OFFICE, days]).all()
    busier = street(300, departments=3)
    busier.units["background_rate"] = (5.0, 1.0, 0.0)
    more = busier.requests[needs.draw_background_week(busier, WEEK, 5 * WEEK)]
    assert set(rows["name"].tolist()) < set(more["name"].tolist())


def test_rules_are_monotone_in_what_reforms_change() -> None:
    uniforms = (np.arange(200) + 0.5) / 200
    for u in uniforms:
        assert rules_needs.poisson(u, 2.0) <= rules_needs.poisson(u, 3.0)
        assert rules_needs.digital_skill(u, 0.3, 0.4) <= rules_needs.digital_skill(u, 0.6, 0.4)
        assert rules_needs.severity(u, 0.3, 8.0) < rules_needs.severity(u, 0.4, 8.0)
    assert np.mean([rules_needs.poisson(u, 3.0) for u in uniforms]) == pytest.approx(3.0, abs=0.02)
    assert np.mean([rules_needs.digital_skill(u, 0.3, 0.4) >= 0.4 for u in uniforms]) == pytest.approx(0.3)
    assert {rules_needs.departments_needed(0.1, u, 0.5, 4) for u in uniforms} == {2, 3, 4}
    assert rules_needs.departments_needed(0.6, 0.9, 0.5, 4) == 1
