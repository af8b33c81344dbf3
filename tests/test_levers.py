"""Each reform does nothing where its mechanism carries nothing, acts where it does, and can backfire inside plausible ranges.

Neutralisers and settings that backfire are those of the reforms' own files, so what the catalogue tells users is what is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from math import comb

import numpy as np
import pytest
from scipy.stats import wilcoxon
from street_runs import small_street

from experiments.layer_accounting import change_of_same_needs
from model import gates
from model.building import build_street
from model.codes import DECIDED, GATE_IN, GATE_OUT, HOUR, WEEK
from model.configuration import Configuration, Value
from model.decisions import GRID, POOL
from model.flow import new_row
from model.indicators import summarise
from model.parameters import PARAMETERS
from model.reforms import take_hold
from model.run import Outcome, simulate
from model.stages import MONEY_GATE
from model.trial import staff_for
from scenarios import load
from scenarios.schema import Lever
from scenarios.shelf import all_entries

LEVERS = {name: entry for name, entry in all_entries().items() if isinstance(entry, Lever)}
STREETS = ("old_town", "new_estate", "urban_fringe", "core_business", "town")
MONEY_WEEKS = range(26, 52)
HORIZON_HOURS = 90 * 24.0


def short(scenario: str, settings: Mapping[str, Value] | None = None, **options: object) -> Configuration:
    """A run of 18 weeks after a month, in which every roll-out ends."""
    return small_street(scenario, **{"residents": 3000, "weeks": 18, **options}, **_spelled(settings or {}))


def _spelled(settings: Mapping[str, Value]) -> dict[str, Value]:
    return {name.replace(".", "__"): value for name, value in settings.items()}


@cache
def outcome(scenario: str, seed: int = 1) -> Outcome:
    """A run whose window follows the roll-out of every lever."""
    return simulate(short(scenario), seed, log=True, window=(13, 17))


def undecided(log: np.ndarray) -> np.ndarray:
    """Every row but those that say that the lever itself was put into force."""
    return log[~((log["event"] == DECIDED) & np.isin(log["reason"], (GRID, POOL)))]


# --- Where the mechanism carries nothing ---


def check_neutraliser(lever: str, street: str, residents: int) -> None:
    """With the lever's neutraliser, every row of every event is equal with the lever and without."""
    setting = LEVERS[lever].neutraliser.values
    with_lever, without = (
        simulate(short(name, setting, residents=residents, street=street), 2, log=True, window=(13, 17)).log
        for name in (lever, "baseline")
    )
    assert len(without) > 5 * residents
    assert undecided(with_lever).tobytes() == undecided(without).tobytes()
    assert len(with_lever) > len(without), "the lever was never put into force"


@pytest.mark.parametrize("lever", LEVERS)
def test_a_neutralised_lever_changes_no_event(lever: str):
    check_neutraliser(lever, "typical", 2000)


@pytest.mark.long
@pytest.mark.parametrize("street", STREETS)
@pytest.mark.parametrize("lever", LEVERS)
def test_a_neutralised_lever_changes_no_event_in_any_street(lever: str, street: str):
    check_neutraliser(lever, street, 8000)


@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_that_is_not_neutralised_changes_events(lever: str):
    assert undecided(outcome(lever).log).tobytes() != undecided(outcome("baseline").log).tobytes()


# --- How each acts ---


def hours_by_step(run: Outcome) -> dict[str, float]:
    """Mean hours a case by step, over all kinds."""
    return {step: hours for kind, step, hours, _ in summarise(run).steps if kind == "all"}


def test_without_layers_nobody_batches_or_reviews_but_the_command_office():
    before, after = (hours_by_step(outcome(name)) for name in ("baseline", "flatten_layers"))
    removed = [f"{what}_{layer}" for what in ("batch", "review") for layer in ("community", "section", "leader")]
    assert all(before[step] > 0.0 for step in removed)
    assert not any(step.startswith(tuple(removed)) for step in after)
    assert after["review_command_office"] > 0.0
    assert "review_command_office" not in before


def test_the_more_grids_report_straight_the_fewer_the_hand_overs():
    """In full, a case is handed over once by the command office instead of up to three times."""

    def hand_overs(strength: float) -> float:
        setting = {"flatten_layers.strength": strength}
        run = simulate(short("flatten_layers", setting), 1, window=(13, 17))
        return float(run.cases["hand_overs"][run.cases["in_cohort"]].mean())

    none, half, full = (hand_overs(strength) for strength in (0.0, 0.5, 1.0))
    assert none > half + 0.1 > full + 0.2


def test_grids_at_a_low_strength_are_among_those_at_a_higher():
    configuration = short("baseline", residents=20_000)
    staff = staff_for(configuration.street, configuration.reference_values)
    before = dict(configuration.values)
    flat = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        world, rows = build_street(configuration, 1, staff, (0, 1))
        take_hold(world, rows, staff, before, before | {"command_office_grid_share": share}, 0)
        flat.append(world.grids["flat"].copy())
    grids = len(flat[0])
    assert grids > 8
    assert [int(some.sum()) for some in flat] == [round(share * grids) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all((fewer <= more).all() for fewer, more in pairwise(flat))


def test_the_pool_pays_at_its_meeting_what_an_empty_line_cannot():
    """The own line comes first; the pool helps at every fourth opening of the gate only, and not beyond what it has."""
    world, _ = build_street(short("funds_pool", residents=300), 1, None, (0, 1))
    world.settings["partner_presence"] = 0.0
    r, pool = new_row(world), len(world.lines) - 1

    def granted_from(own: float, pooled: float, opening: int) -> int:
        world.requests["money"][r], world.requests["line"][r] = 9_000.5, 2
        world.lines["balance"], world.lines["committed"], world.lines["waiting"][2] = 0.0, 0.0, 1
        world.lines["balance"][2], world.lines["balance"][pool] = own, pooled
        world.gates["openings"][MONEY_GATE] = opening
        passed = gates.money_comes(world, r, 0)
        assert world.lines["committed"].sum() == (9_001.0 if passed else 0.0)
        assert world.lines["waiting"][2] == (0 if passed else 1)
        return int(np.argmax(world.lines["committed"])) if passed else -1

    assert granted_from(own=9_000.0, pooled=9_001.0, opening=4) == pool
    assert granted_from(own=9_000.0, pooled=9_001.0, opening=5) == -1
    assert granted_from(own=9_000.0, pooled=9_000.0, opening=8) == -1
    assert granted_from(own=9_001.0, pooled=90_000.0, opening=8) == 2


def test_pooled_money_rises_with_strength_and_is_spent():
    """A quarter is pooled today. The pool's receipts rise with the lever, cases are paid from it, less money lies idle."""

    def run(strength: float, today: float = 0.25) -> Outcome:
        setting = {"funds_pool.strength": strength, "pool_share": today}
        return simulate(short("funds_pool", setting), 1, window=(13, 17))

    runs = [run(0.0, today=0.0), run(0.0), run(0.5), run(1.0)]
    received = [float(some.world.lines["received"][-1]) for some in runs]
    spent = [float(some.world.lines["paid"][-1] + some.world.lines["committed"][-1]) for some in runs]
    assert received[0] == 0.0 < received[1] < received[2] < received[3]
    assert spent[0] == 0.0 < min(spent[1:])
    idle = [{row[3]: row[5] for row in summarise(some).indicators}["idle_fund_share"] for some in runs]
    assert idle[0] > idle[-1]


# --- Where each backfires, inside plausible ranges ---


def mostly_longer(changes: list[float], seeds: int) -> bool:
    """A one-sided sign test at 4%: so many of the seeds that differ say longer that luck alone would rarely do it."""
    differ = [change for change in changes if change != 0.0]
    longer = sum(change > 0.0 for change in differ)
    by_luck = sum(comb(len(differ), k) for k in range(longer, len(differ) + 1)) / 2 ** len(differ)
    return len(changes) == seeds and by_luck < 0.04


def flattening_change(seed: int, residents: int, street: str = "typical") -> float:
    """What flattening in its backfiring setting adds to resolution time (hours) of the needs reported in both arms."""
    setting = LEVERS["flatten_layers"].backfires.values
    flat, layered = (
        summarise(simulate(short(name, setting, residents=residents, street=street), seed, window=(12, 17))).cases
        for name in ("flatten_layers", "baseline")
    )
    return change_of_same_needs(flat, layered)


def test_an_understaffed_command_office_makes_things_slower():
    assert mostly_longer([flattening_change(seed, 2500) for seed in range(1, 7)], 6)


@pytest.mark.long
@pytest.mark.parametrize("street", STREETS)
def test_an_understaffed_command_office_makes_things_slower_everywhere(street: str):
    assert mostly_longer([flattening_change(seed, 8000, street) for seed in range(1, 9)], 8)


def longer_on_the_whole(changes: list[float]) -> bool:
    """Whether waits grow by the signed-rank test, at 2%: streets differ in which of their lines runs dry, and one may gain."""
    return wilcoxon(changes, alternative="greater").pvalue < 0.02


def waits_for_money(run: Outcome) -> dict[int, float]:
    """Hours that each case waited for money that began to in weeks 26 to 51, restricted at 90 days (also if none ever came)."""
    rows = run.log[np.isin(run.log["event"], (GATE_IN, GATE_OUT)) & (run.log["unit"] == MONEY_GATE)]
    began: dict[int, int] = {}
    waits: dict[int, float] = {}
    for name, time, event in zip(rows["name"].tolist(), rows["time"].tolist(), rows["event"].tolist(), strict=True):
        if event == GATE_IN and time // WEEK in MONEY_WEEKS:
            began[name], waits[name] = time, HORIZON_HOURS
        elif event == GATE_OUT and name in began:
            waits[name] = min((time - began[name]) / HOUR, HORIZON_HOURS)
    return waits


def pooling_change(seed: int, residents: int) -> float:
    """What the pool in its backfiring setting adds to the wait for money (hours) of cases that need it in both arms."""
    setting = LEVERS["funds_pool"].backfires.values
    waits = []
    for name in ("funds_pool", "baseline"):
        configuration = replace(load(name, "typical", residents, 52, setting), warmup_weeks=8)
        waits.append(waits_for_money(simulate(configuration, seed, log=True, window=(26, 51))))
    both = sorted(waits[0].keys() & waits[1].keys())
    return float(np.mean([waits[0][name] - waits[1][name] for name in both]))


def test_a_pool_that_meets_once_a_quarter_makes_cases_wait_longer_for_money():
    assert longer_on_the_whole([pooling_change(seed, 40_000) for seed in range(1, 9)])


@pytest.mark.long
def test_a_pool_that_meets_once_a_quarter_makes_cases_wait_longer_in_a_large_street():
    assert longer_on_the_whole([pooling_change(seed, 60_000) for seed in range(1, 9)])


@pytest.mark.parametrize("lever", LEVERS)
def test_what_backfires_is_plausible(lever: str):
    """Every value stands inside its declared low and high, and the neutraliser is another setting."""
    setting = LEVERS[lever].backfires.values
    assert setting
    for name, value in setting.items():
        assert PARAMETERS[name].low <= value <= PARAMETERS[name].high, name
    assert setting != LEVERS[lever].neutraliser.values
