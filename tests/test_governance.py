"""What units, departments, organizations and residents make of a week, each rule against what theory says of it.

Statistical tests use fixed seeds and bounds that a correct model passes in all but one of a thousand seeds (|z| < 3.3).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from governed_street import pass_weeks, street

from model import rules_adaptation as rules
from model.codes import (
    HOUR,
    NEVER,
    SANITATION,
    UNIT_CIVIL_AFFAIRS,
    UNIT_COMMAND_OFFICE,
    UNIT_COMMUNITY,
    UNIT_CONSTRUCTION,
    UNIT_DEPARTMENT,
    UNIT_GRID_WORKER,
    UNIT_PROGRAMME,
    UNIT_SAFETY,
)
from model.dates import civil_date, opens_month
from model.departments import decide_data_sharing, leak_data
from model.measures import (
    W_HIRES,
    W_LEAVERS,
    W_OVERTIME_HOURS,
    W_PAPER_HOURS,
    W_POST_WEEKS,
    W_ROSTERED_HOURS,
    W_VACANT_POST_WEEKS,
    W_WORK_HOURS,
)
from model.neighbours import expected_hours, influence_one_another, learn_time, look_around, tell_neighbours
from model.organizations import keep_organizations
from model.rules import case_utility, disconfirmation, logistic
from model.staffing import leaving_rate
from model.working_time import set_productive_share

Z = 3.3


# --- Working time ---


def test_the_published_paper_load_leaves_thirty_percent():
    """12 meetings, 8 reports and 23 documents take 96 of 160 hours; 0.30 is left besides other time (MODEL 15)."""
    paper = rules.paper_hours(12, 1.5, 8, 4.0, 23, 2.0)
    assert paper == 96.0
    assert rules.productive_share(paper, 0.10, 160.0, 0.15) == pytest.approx(0.30, abs=1e-15)
    world = street((UNIT_CONSTRUCTION,))
    assert world.units["productive"][0] == pytest.approx(0.30, abs=1e-15)


def test_less_paper_shortens_waits_more_than_work():
    """The effect is convex: from 0.30 to 0.45 a third off the work's length and far more off the wait (Kingman)."""

    def wait(p: float) -> float:
        busy = 0.88 * 0.30 / p
        return busy / (1.0 - busy) / p

    work_saved = 1.0 - (1.0 / 0.45) / (1.0 / 0.30)
    assert work_saved == pytest.approx(1.0 / 3.0)
    assert wait(0.45) / wait(0.30) < 0.2
    saved = [wait(p) - wait(p + 0.05) for p in (0.30, 0.35, 0.40)]
    assert saved[0] > saved[1] > saved[2] > 0.0


def test_meetings_of_last_week_are_paid_with_this_weeks_time():
    """Ten extra hours in a unit of ten cost each post one hour of the coming week, once."""
    world = street((UNIT_CIVIL_AFFAIRS,), vacancy_months=0.3)
    world.units["filled"] = 10.0
    set_productive_share(world, 0)
    before = world.units["productive"][0]
    world.units["meetings"] = 10.0
    set_productive_share(world, 0)
    assert before - world.units["productive"][0] == pytest.approx(1.0 * rules.WEEKS_PER_MONTH / 160.0)
    set_productive_share(world, 0)
    assert world.units["productive"][0] == before


def test_quota_reports_eat_patrol_and_cases_come_first():
    """Judged on process, a grid worker files more; patrol takes what quota and cases leave and never less than none."""
    assert rules.quota_hours(10.0, 0.6, 0.6, 6.0) == pytest.approx(1.0)
    assert rules.quota_hours(10.0, 0.9, 0.6, 6.0) == pytest.approx(1.5)
    assert rules.patrol_hours_per_day(6.0, 1.0, 0.8) == pytest.approx(1.0)
    assert rules.patrol_hours_per_day(6.0, 1.0, 1.0) == 0.0
    assert rules.patrol_hours_per_day(1.0, 2.0, 0.5) == 0.0


def test_work_and_paper_leave_a_rest_of_every_week():
    """However heavy the load, no more hours are worked and written than rostered and added as overtime."""
    world = street((UNIT_CIVIL_AFFAIRS, UNIT_COMMUNITY), weeks=30)
    pass_weeks(world, 20, load=0.98)
    week = world.weekly[:20]
    used = week[:, W_WORK_HOURS] + week[:, W_PAPER_HOURS]
    assert (used < week[:, W_ROSTERED_HOURS] + week[:, W_OVERTIME_HOURS]).all()
    assert (week[:, [W_WORK_HOURS, W_PAPER_HOURS]] > 0.0).all()
    assert week[2, W_OVERTIME_HOURS] > 0.0


def test_overtime_stays_within_the_law():
    """No more than 36 hours a month, however heavy the load."""
    assert rules.overtime_share(0.9, 0.95, 36.0, 160.0) == 0.0
    assert 0.0 < rules.overtime_share(0.97, 0.95, 36.0, 160.0) < 36.0 / 160.0
    assert rules.overtime_share(1.7, 0.95, 36.0, 160.0) == 36.0 / 160.0


# --- Staff ---


def test_leavers_come_at_their_hazard():
    """Leavers over filled post-years equal the yearly hazard at the reference strain; a Poisson count."""
    world = street((UNIT_COMMUNITY,), posts=2000.0, weeks=160, turnover_overtime_reference=0.0)
    pass_weeks(world, 156, load=0.9)
    rows = world.weekly[:156]
    years = (rows[:, W_POST_WEEKS] - rows[:, W_VACANT_POST_WEEKS]).sum() / rules.WEEKS_PER_YEAR
    expected = 0.25 * years
    assert abs(rows[:, W_LEAVERS].sum() - expected) < Z * math.sqrt(expected)


def test_patrol_fills_a_grid_workers_day():
    """Few cases or many, a grid worker leaves as one who is busy all day; a community worker with little to do stays longer."""

    def leaving(unit_type: int, load: float) -> float:
        world = street((unit_type,))
        world.units["load"][0] = load
        return leaving_rate(world, 0)

    assert leaving(UNIT_GRID_WORKER, 0.1) == leaving(UNIT_GRID_WORKER, 0.9) == leaving(UNIT_COMMUNITY, 1.0)
    assert leaving(UNIT_COMMUNITY, 0.1) < 0.5 * leaving(UNIT_COMMUNITY, 1.0)


@pytest.mark.parametrize("applicants", [3.0, 6.0])
def test_posts_stay_empty_for_their_mean_time(applicants: float):
    """Vacant post-weeks over hires equal the mean vacancy of three months, half as long with twice the applicants."""
    world = street((UNIT_GRID_WORKER,), posts=2000.0, weeks=160, applicants_per_post=applicants)
    pass_weeks(world, 156, load=0.9)
    rows = world.weekly[:156]
    hires = rows[:, W_HIRES].sum()
    mean = rows[:, W_VACANT_POST_WEEKS].sum() / hires
    assert abs(mean - 13.04 * 3.0 / applicants) < Z * mean / math.sqrt(hires)


def test_vacancies_open_at_their_stationary_level():
    """The share vacant at the start is that of renewal theory: h m / (1 + h m); a binomial count."""
    world = street((UNIT_GRID_WORKER,), posts=5000.0)
    share = 1.0 - world.units["filled"][0] / 5000.0
    expected = 0.25 * 0.25 / (1.0 + 0.25 * 0.25)
    assert abs(share - expected) < Z * math.sqrt(expected * (1.0 - expected) / 5000.0)


def test_a_newcomer_learns():
    """Half of a unit of two is new: the gap of 0.2 in mean skill falls to 1/e in 26 weeks."""
    mixed = rules.experience_with_newcomer(1.0, 1.0, 0.6)
    assert mixed == pytest.approx(0.8)
    for _ in range(26):
        mixed = rules.learned(mixed, 26.0)
    assert 1.0 - mixed == pytest.approx(0.2 * math.exp(-1.0))


def test_staff_come_back_after_a_surge():
    """A load of 1 for 26 weeks drives people out; two years later vacancies are within 20% of an undisturbed street's."""

    def vacant(surge: float) -> np.ndarray:
        world = street((UNIT_COMMUNITY,) * 20, posts=200.0, weeks=200)
        pass_weeks(world, 26, load=surge)
        pass_weeks(world, 156, load=0.85)
        return world.weekly[:182, W_VACANT_POST_WEEKS]

    calm, surged = vacant(0.85), vacant(1.0)
    assert surged[20:40].mean() > 1.2 * calm[20:40].mean()
    assert surged[130:].mean() == pytest.approx(calm[130:].mean(), rel=0.2)


def test_vacancies_are_shared_at_half_pace_and_a_unit_without_posts_is_not_there():
    """One of four grid workers gone slows all four by an eighth; a command office that is not set up serves nobody."""
    world = street((UNIT_GRID_WORKER, UNIT_GRID_WORKER, UNIT_COMMAND_OFFICE), posts=2.0)
    world.units["posts"][2] = world.units["filled"][2] = 0.0
    world.units["hire_threshold"], world.units["hazard_threshold"] = 1e9, 1e9
    shares = []
    for filled in (2.0, 1.0, 0.0):
        world.units["filled"][:2] = filled, 2.0
        pass_weeks(world, 1, load=0.5)
        shares.append(world.units["productive"][:2].tolist())
        assert world.units["servers"].tolist() == [2, 2, 0]
    lost = 1.0 - world.settings[0]["vacancy_cover_share"]
    expected = [0.625 * (1.0 - lost * gone / 4.0) for gone in (0.0, 1.0, 2.0)]
    assert np.allclose(shares, np.array(expected)[:, None])


def test_mobile_staff_go_to_the_longest_queue_and_come_home():
    """Two weeks above the benchmark raise an alert; next month's mobile posts come from the idlest and are conserved."""
    types = (UNIT_CIVIL_AFFAIRS, UNIT_CONSTRUCTION, UNIT_SAFETY)
    world = street(types, posts=20.0, mobile_posts_share=0.1, vacancy_months=0.3)
    world.units["hazard_threshold"], world.units["integrated_hazard"] = 1e9, 0.0
    world.units["filled"], world.units["servers"] = 20.0, 20
    world.units["waiting"][0] = 50
    for _ in range(5):
        world.units["area_busy"] += [20 * 48 * HOUR, 10 * 40 * HOUR, 10 * 40 * HOUR]
        pass_weeks(world, 1)
        assert (world.units["mobile"].sum(), world.units["servers"].sum()) == (0.0, 60)
    assert world.units["mobile"].tolist() == [6.0, -3.0, -3.0]
    assert world.units["servers"].tolist() == [26, 17, 17]
    assert world.units["skill"][0] < world.units["skill"][1]
    pass_weeks(world, 4)
    assert world.units["mobile"].tolist() == [0.0, 0.0, 0.0]


# --- Departments ---


def test_overloaded_departments_are_less_willing_and_accountable_ones_more():
    """Only load above the threshold and an appraisal weight move a department off its base."""
    calm, loaded, appraised = (
        street((UNIT_DEPARTMENT,), street_assessment_weight=weight) for weight in (0.0, 0.0, 0.4)
    )
    pass_weeks(calm, 26, load=0.8)
    pass_weeks(loaded, 26, load=1.0)
    pass_weeks(appraised, 26, load=0.8)
    assert calm.units["willingness"][0] == pytest.approx(0.55)
    assert loaded.units["willingness"][0] < 0.5 < 0.65 < appraised.units["willingness"][0]


def test_departments_share_data_by_order_and_leave_after_a_leak():
    """At the start 0.35 share, and nothing changes of itself; an order brings some in, a leak drives some out."""
    world = street((UNIT_DEPARTMENT,) * 1000)
    joined = world.units["joined_data"].copy()
    assert abs(joined.mean() - 0.35) < Z * math.sqrt(0.35 * 0.65 / 1000)
    decide_data_sharing(world)
    assert (world.units["joined_data"] == joined).all()
    world.settings["data_sharing_order"] = 1.0
    decide_data_sharing(world)
    ordered = world.units["joined_data"].copy()
    assert (ordered >= joined).all()
    assert ordered.sum() > joined.sum()
    leak_data(world)
    decide_data_sharing(world)
    assert (world.units["joined_data"] <= ordered).all()
    assert world.units["joined_data"].sum() < joined.sum()


def test_data_leak_as_often_as_the_rate_and_the_departments_that_share_say():
    """Twelve a year where all share, none where nobody does; the mean of 60 streets, |z| < 3.3."""

    def leaks(seed: int, sharing: bool) -> int:
        world = street((UNIT_DEPARTMENT,) * 4, seed=seed, data_leaks_per_year=12.0, data_sharing_fear_weight=0.0)
        world.clock["departments"] = 4
        world.units["data_propensity"] = 10.0 if sharing else -10.0
        world.units["joined_data"] = sharing
        pass_weeks(world, 52)
        assert (world.clock["leak_fear"][0] > 0.0) == (world.clock["leak_spell"][0] > 0)
        return int(world.clock["leak_spell"][0])

    expected = 12.0 * 52.0 / rules.WEEKS_PER_YEAR
    counts = [leaks(seed, sharing=True) for seed in range(60)]
    assert abs(np.mean(counts) - expected) < Z * math.sqrt(expected / 60)
    assert leaks(1, sharing=False) == 0


# --- Social organizations ---


def _organizations(**values: float):
    types = (UNIT_CIVIL_AFFAIRS, UNIT_PROGRAMME, UNIT_PROGRAMME)
    return street(types, residents=3000, organizations=40, social_organizations_per_street=600.0, **values)


def test_organizations_close_after_their_reserve_and_not_at_once():
    """Subsidies stop: dependent ones live on two months' reserve, then close; independent ones stay; places fall."""
    world = _organizations(capability_loss=0.0)
    orgs = world.organizations
    dependent = orgs["alive"] & ~orgs["independent"]
    assert dependent.sum() > 10
    places = world.units["servers"][1:].sum()
    world.settings["subsidy_yuan"] = 0.0
    alive = []
    for month in range(8):
        keep_organizations(world, 4 * month)
        alive.append(int(orgs["alive"][dependent].sum()))
    # Reserve: 2 months of 24,166 yuan; gap: 12,500 a month; below zero in the fourth month, closed in the fifth.
    assert alive == [int(dependent.sum())] * 4 + [0] * 4
    assert (orgs["alive"] | dependent)[: len(alive)].all()
    assert world.units["servers"][1:].sum() < places
    assert orgs["places"][~orgs["alive"]].sum() == 0.0


def test_an_undisturbed_sector_stays():
    """With the budgets of the start no organization closes, and learning by contract adds places in two years."""
    world = _organizations(incubation_per_year=0.0)
    alive, places = world.organizations["alive"].sum(), world.units["servers"][1:].sum()
    for month in range(24):
        keep_organizations(world, 4 * month)
    assert world.organizations["alive"].sum() == alive
    assert world.units["servers"][1:].sum() > places


def test_key_persons_leave_at_their_rate_and_take_capability_along():
    """0.18 departures a year, each costing 0.1 of capability; a Poisson count."""
    world = _organizations(capability_growth=0.0, capability_loss=0.01)
    for month in range(36):
        keep_organizations(world, 4 * month)
    alive = world.organizations["alive"]
    expected = 0.18 * 3.0 * alive.sum()
    assert abs(world.organizations["spell"][alive].sum() - expected) < Z * math.sqrt(expected)


def test_incubated_organizations_start_after_a_year():
    """Entrants begin incubation at their yearly rate and offer their first places after twelve months."""
    world = _organizations(incubation_per_year=80.0)
    orgs = world.organizations
    before = orgs["alive"].copy()
    for month in range(11):
        keep_organizations(world, round(month * rules.WEEKS_PER_MONTH))
    assert (orgs["alive"] == before).all()
    assert ((orgs["born"] < NEVER) & ~before).any()
    for month in range(11, 20):
        keep_organizations(world, round(month * rules.WEEKS_PER_MONTH))
    assert orgs["alive"].sum() > before.sum()


# --- Residents ---


def test_influence_is_synchronous_and_averages():
    """One week equals the matrix form of DeGroot; opinions stay within their bounds and draw together."""
    world = street(influence_rate=0.3, surroundings_rate=0.0)
    people = world.residents
    people["satisfaction"] = np.random.Generator(np.random.PCG64(7)).random(60)
    before = people["satisfaction"].copy()
    influence_one_another(world)
    expected = before + 0.3 * (before[world.neighbours].mean(axis=1) - before)
    assert np.allclose(people["satisfaction"], expected, rtol=1e-14)
    for _ in range(2_000):
        influence_one_another(world)
        assert before.min() <= people["satisfaction"].min() <= people["satisfaction"].max() <= before.max()
    assert np.ptp(people["satisfaction"]) < 1e-3 * np.ptp(before)
    assert people["satisfaction"].mean() == pytest.approx(before.mean(), abs=1e-9)


def test_what_people_see_moves_them_without_asking_anybody():
    """More open problems in the grid, lower standing satisfaction in the long run."""
    levels = []
    for problems in (0.0, 2.0, 8.0):
        world = street(surroundings_rate=0.03)
        world.grids["open_problems"] = problems
        look_around(world)
        for _ in range(500):
            influence_one_another(world)
        levels.append(world.residents["satisfaction"].mean())
    assert levels[0] > levels[1] > levels[2] > 0.0


def test_news_of_a_settled_case_raises_neighbours_hope_once():
    """A neighbour's closure moves hope by 0.02 of the way to its outcome; hearsay is not passed on as a case."""
    world = street()
    people = world.residents
    people["perceived_chance"][10] += 0.2 * (1.0 - people["perceived_chance"][10])
    influence_one_another(world)
    hope = people["perceived_chance"].copy()
    near = np.array([7, 8, 9, 11, 12, 13])
    assert np.allclose(hope[near], 0.5 + 0.02 * 0.5)
    assert (np.delete(hope, [*near, 10]) == 0.5).all()
    influence_one_another(world)
    assert (people["perceived_chance"] == hope).all()


def test_promising_a_day_and_needing_two_disappoints():
    """Publicity of 24 hours lowers what people expect from 48; the same 48 hours then satisfy less (MODEL 18)."""
    world = street(publicity=1.0, promised_hours_factor=0.5, expectation_publicity_rate=0.05, weeks=200)
    world.kinds["due"] = world.kinds["due"] * 48 // 168
    world.expected[:] = 48.0
    assert expected_hours(world, 0, SANITATION) == pytest.approx(48.0)
    pass_weeks(world, 52)
    promised = expected_hours(world, 0, SANITATION)
    assert promised == pytest.approx(24.0 * (48.0 / 24.0) ** (0.95**52))

    def judged(expected: float) -> float:
        late = disconfirmation(48.0, expected, 2.5)
        return logistic(case_utility(-0.5, True, 2.8, late, 0.5, 0.2, 1, 0.3, 2, 0.05, 0, 0.4, False, 0.4))

    assert judged(promised) < judged(48.0)


def test_expectations_follow_ones_own_times_whatever_was_promised():
    """Learning after a promise moves the log expectation by the rate, and neighbours hear of it with less weight."""
    world = street(publicity=0.5, promised_hours_factor=0.5, expectation_publicity_rate=0.05)
    pass_weeks(world, 10)
    before = expected_hours(world, 5, SANITATION)
    learn_time(world, 5, SANITATION, 500.0, 0.2)
    after = expected_hours(world, 5, SANITATION)
    assert math.log(after) == pytest.approx(math.log(before) + 0.2 * (math.log(500.0) - math.log(before)))
    tell_neighbours(world, 20, SANITATION, 500.0)
    moved = math.log(expected_hours(world, 21, SANITATION) / before)
    assert moved == pytest.approx(0.02 * math.log(500.0 / before))


# --- The boundary as a whole ---


def test_months_open_on_real_first_mondays():
    """2024-01-01 is a Monday and opens January; so do the first Mondays of every month since July 2023."""
    world = street(first_week=-26)
    assert civil_date(19_723) == (2024, 1, 1)
    opened = [opens_month(world, week) for week in range(-26, 52)]
    assert [month for month in opened if month] == [7, 8, 9, 10, 11, 12, *range(1, 13)]
    assert opened[0] == 7
    assert opened[26] == 1


def test_without_adaptation_nobody_changes():
    """Adaptation off: accounts are closed and everything else stays as it was, to the bit."""
    types = (UNIT_CIVIL_AFFAIRS, UNIT_DEPARTMENT, UNIT_PROGRAMME, UNIT_PROGRAMME)
    world = street(types, organizations=10, social_organizations_per_street=5_000.0)
    world.clock["adaptation"] = False
    fields = ["filled", "servers", "productive", "skill", "willingness", "load", "overtime"]
    before = world.units[fields].copy(), world.residents.copy(), world.organizations.copy()
    pass_weeks(world, 30, load=1.0)
    assert (world.units[fields] == before[0]).all()
    assert (world.residents == before[1]).all()
    assert (world.organizations == before[2]).all()
    assert world.weekly[5, W_ROSTERED_HOURS] > 0.0
