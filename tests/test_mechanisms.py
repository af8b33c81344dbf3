"""Single mechanisms in whole small runs: each acts as its parameter says and on nothing that it should leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from street_runs import rows_of, run, small_street

from model.codes import (
    ADMINISTRATIVE_SERVICE,
    CLOSED,
    FINISHED,
    NEVER,
    RESIDENT,
    STARTED,
    UNIT_COMMAND_OFFICE,
    UNIT_TYPE_NAMES,
)
from model.indicators import summarise
from model.organization import SECTIONS
from model.run import Outcome, simulate
from model.stages import DEPARTMENT_WORK, DUTY_WORK, ONLINE_CHECK

LATER = {"residents": 3000, "weeks": 12}
WINDOW = (2, 11)
Z = 3.3


def started(outcome: Outcome, stage: int, since: int = -NEVER) -> dict[int, float]:
    """Work hours by name of request, of all pieces of work of a stage that were done once for it since a moment."""
    rows = rows_of(outcome, STARTED)
    rows = rows[(rows["reason"] == stage) & (rows["time"] >= since)]
    names, counts = np.unique(rows["name"], return_counts=True)
    once = np.isin(rows["name"], names[counts == 1])
    return dict(zip(rows["name"][once].tolist(), rows["amount"][once].tolist(), strict=True))


def hours_by_step(outcome: Outcome) -> dict[str, float]:
    return {step: hours for kind, step, hours, _ in summarise(outcome).steps if kind == "all"}


# --- Layers and the community's mediation ---


@pytest.mark.parametrize(("layers", "gone"), [(4, ()), (3, ("section",)), (2, ("section", "community"))])
def test_fewer_layers_review_and_batch_less(layers: int, gone: tuple[str, ...]):
    steps = hours_by_step(run(small_street(management_layers=layers, **LATER), window=WINDOW))
    for layer in ("community", "section", "leader"):
        assert (steps.get(f"review_{layer}", 0.0) == 0.0) == (layer in gone)
        assert (steps.get(f"batch_{layer}", 0.0) == 0.0) == (layer in gone)


def test_flattening_loses_what_the_passed_over_community_would_have_mediated():
    """With all of it lost none is left; with none lost, or the community kept, as much is settled there as before."""

    def settled_in_community(scenario: str, **setting: float) -> float:
        outcome = run(small_street(scenario, residents=8000, weeks=24, **setting), window=(14, 23))
        q = outcome.cases[outcome.cases["in_cohort"]]
        communities = list(outcome.rows.communities)
        closed = rows_of(outcome, CLOSED)
        near = closed["name"][np.isin(closed["unit"], communities)]
        return float(np.isin(q["name"], near).mean())

    lost = settled_in_community("flatten_layers", community_mediation_loss=1.0)
    none_lost = settled_in_community("flatten_layers", community_mediation_loss=0.0)
    kept = settled_in_community("flatten_layers", community_mediation_loss=1.0, command_office_keeps_community=True)
    assert none_lost == pytest.approx(kept, rel=0.1)
    assert lost < 0.3 * none_lost


@pytest.mark.parametrize("keeps", [False, True])
def test_only_layers_that_are_abolished_give_their_reviewing_hours_to_the_command_office(keeps):
    """A community that stays as a layer goes on reviewing, at the pace that it had; hours are moved and none are made."""
    hours = {}

    def look(world, week):
        units = world.units
        for type_ in ("community", *SECTIONS, "leader", "command_office"):
            there = units["type"] == UNIT_TYPE_NAMES.index(type_)
            hours[type_, week] = float((units["posts"] * units["pace"])[there].sum())
        return np.zeros(0, np.int64)

    configuration = small_street("flatten_layers", residents=8000, weeks=16, command_office_keeps_community=keeps)
    simulate(configuration, 1, window=(2, 15), inject=look)
    before, after = -1, 15
    assert hours["command_office", before] == 0.0 < hours["command_office", after]
    assert hours["leader", after] < hours["leader", before]
    assert (hours["community", after] == pytest.approx(hours["community", before])) == keeps
    of_all = [sum(time for (_, week), time in hours.items() if week == when) for when in (before, after)]
    assert of_all[0] == pytest.approx(of_all[1])


# --- Shared data ---


def test_shared_data_saves_papers_and_costs_reconciling():
    """Ordered to share, departments join when week 0 opens a quarter: fewer papers a case; records that disagree take work.

    Where all records disagree, a check takes longer by the chance that its department has joined: a binomial count.
    """

    def papers(**setting: float) -> tuple[float, Outcome]:
        outcome = run(small_street(residents=3000, weeks=12, **setting), window=WINDOW)
        q = outcome.cases[outcome.cases["in_cohort"] & (outcome.cases["kind"] == ADMINISTRATIVE_SERVICE)]
        return float(q["papers"].mean()), outcome

    ordered = {"data_sharing_order": 1.0, "data_sharing_order_weight": 2.5}
    before, _ = papers()
    shared, outcome = papers(**ordered)
    unusable, _ = papers(**ordered, documents_shareable_share=0.0)
    joined = outcome.world.units["joined_data"][list(outcome.rows.departments)].mean()
    assert joined > 0.8
    assert shared < 0.75 * before
    assert unusable == pytest.approx(papers(documents_shareable_share=0.0)[0], rel=0.05)
    smooth, disputed = (
        started(papers(**ordered, data_conflict_share=share)[1], ONLINE_CHECK, since=0) for share in (0.0, 1.0)
    )
    both = sorted(smooth.keys() & disputed.keys())
    longer = np.mean([disputed[name] > smooth[name] for name in both])
    assert len(both) > 100
    assert abs(longer - joined) < Z * np.sqrt(joined * (1.0 - joined) / len(both))


# --- Emergencies ---


def duty_hours(**setting: float) -> dict[int, float]:
    return started(
        run(small_street(**LATER, emergency__rate_per_1000=60.0, patience_factor_median=5.0, **setting), window=WINDOW),
        DUTY_WORK,
    )


def test_an_emergency_without_a_plan_takes_longer():
    planned, improvised = (duty_hours(emergency_plan_coverage=share) for share in (1.0, 0.0))
    both = planned.keys() & improvised.keys()
    assert len(both) > 20
    assert [improvised[name] / planned[name] for name in both] == pytest.approx([1.3] * len(both))


def test_who_acts_before_anybody_has_checked_errs_at_times():
    """With three checks or with one nobody errs; with none, as many as the error's share, and mending takes its hours."""
    checked, hasty = (duty_hours(emergency_approval_levels=n, emergency_error_share=0.5) for n in (1, 0))
    both = checked.keys() & hasty.keys()
    extra = np.array([hasty[name] - checked[name] for name in both])
    assert len(both) > 20
    assert ((np.abs(extra) < 0.5) | (np.abs(extra - 8.0) < 0.5)).all()  # but for what chases add
    assert 0.25 < (extra > 0).mean() < 0.75


# --- Fatigue ---


def test_unsettled_cases_tire_those_who_reported_them():
    tired, untiring = (run(small_street(**LATER, fatigue_gain=gain), window=WINDOW) for gain in (0.4, 0.0))
    assert (untiring.world.residents["fatigue"] == 0.0).all()
    q = tired.cases
    failed = np.unique(
        q["owner"][
            (q["origin"] == RESIDENT) & (q["settled"] > q["closed"]) & (q["closed"] < tired.world.clock["now"][0])
        ]
    )
    assert len(failed) > 10
    assert (tired.world.residents["fatigue"][failed] > 0.0).mean() > 0.9
    settled_only = np.setdiff1d(np.arange(len(tired.world.residents)), q["owner"])
    assert (tired.world.residents["fatigue"][settled_only] == 0.0).all()


# --- Departments ---


def test_a_department_that_has_opened_a_case_has_responded():
    outcome = run(small_street(residents=6000, weeks=12), window=WINDOW)
    opened = rows_of(outcome, FINISHED)
    opened = opened[opened["reason"] == DEPARTMENT_WORK]
    when = dict(zip(opened["name"][::-1].tolist(), opened["time"][::-1].tolist(), strict=True))  # the first of each
    alone = [q for q in outcome.cases if q["departments"] == 1 and q["name"].item() in when]
    assert len(alone) > 10 and all(q["responded"] <= when[q["name"].item()] for q in alone)


# --- A new structure ---


def test_each_part_of_a_reform_that_takes_hold_slows_for_a_while():
    """Twelve equal weekly steps of a dip of 0.12 that fades to 1/e in 8 weeks: a geometric sum at each boundary."""
    setting = {"adaptation_dip": 0.12, "adaptation_weeks": 8.0}
    dips = []

    def look(world, week):
        dips.append((week, float(world.units["dip"][world.units["type"] == UNIT_COMMAND_OFFICE].max())))
        return np.zeros(0, np.int64)

    configuration = small_street("flatten_layers", residents=2000, weeks=16, **setting)
    simulate(configuration, 1, window=(2, 15), inject=look)
    shares = [configuration.values_at(week)["command_office_grid_share"] for week, _ in dips]
    expected = 0.0
    for (week, dip), newly in zip(dips, np.diff(shares, prepend=0.0), strict=True):
        expected = expected * np.exp(-1.0 / 8.0) + 0.12 * newly
        assert dip == pytest.approx(expected), week
    assert 0.0 < max(dip for _, dip in dips) < 0.12
