"""One rule spoilt in one engine only: each of these mutants must change the log or a state, or a check must stop the run."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import pytest
from street_runs import replaced, run, small_street

from experiments.street_equality import uncompiled
from model import (
    asking,
    climbing,
    flow,
    gates,
    judging,
    money,
    needs,
    rules,
    rules_adaptation,
    serving,
    settling,
    tracing,
)
from model.codes import MINUTE
from model.engines import process
from model.errors import ConservationError
from model.run import Outcome

STREET = small_street(
    "flattening+funds_pool", street="old_town", parallel_handling_share=0.5, patience_factor_median=0.5,
    unclear_boundary_multi=0.6, money_per_resident=60.0,
)  # fmt: skip
SEED = 3


def scaled(rule: Callable, factor: float) -> Callable:
    """The rule with its result multiplied."""
    return lambda *given: rule(*given) * factor


def contrary(rule: Callable) -> Callable:
    """The rule that says the opposite of one request in ten, by its name."""
    return lambda world, r, *more: rule(world, r, *more) != (world.requests["name"][r] % 10 == 0)


def later(rule: Callable, microseconds: int) -> Callable:
    """The rule whose moment comes later."""
    return lambda *given: rule(*given) + microseconds


def without(rule: Callable, position: int, value: object) -> Callable:
    """The rule that takes no notice of one of its grounds."""
    return lambda *given: rule(*given[:position], value, *given[position + 1 :])


def first_come(self: process.Waiting, r: int) -> None:
    """A queue without priorities."""
    q = self.requests
    self.tickets += 1
    self.ticket[r] = self.tickets
    heapq.heappush(self.heap, (0, q["entered"][r], q["tie"][r], self.tickets, r))


def arrives_uncounted(world: object, u: int, r: int, now: int) -> None:
    """Every fiftieth arrival is not counted."""
    flow_count(world, u, r, now)
    if world.requests["name"][r] % 50 == 0:
        world.units["arrived"][u] -= 1


flow_count = flow.count_arrival
add_time = tracing._add_time
commit = money.commit

MUTANTS: dict[str, tuple[Callable, Callable]] = {
    "patience is a thousandth longer": (rules.patience_hours, scaled(rules.patience_hours, 1.001)),
    "one in ten refusals is the other way round": (climbing.is_refused, contrary(climbing.is_refused)),
    "one in ten clear cases is unclear": (climbing.is_unclear, contrary(climbing.is_unclear)),
    "reviews take a hundredth longer": (serving._review_hours, scaled(serving._review_hours, 1.01)),
    "a hand-over loses nothing": (rules.completeness_after_hand_over, lambda kept, *rates: kept),
    "work ends a microsecond later": (serving.begin_work, later(serving.begin_work, 1)),
    "the dip of a reform is not felt": (rules.elapsed_working_hours, without(rules.elapsed_working_hours, 4, 0.0)),
    "trust has no voice": (rules.voice_score, without(rules.voice_score, 4, 0.0)),
    "closed doors deter nobody": (rules.channel_utility, without(rules.channel_utility, 4, 0.0)),
    "dispatchers do not learn": (rules.dispatch_accuracy, without(rules.dispatch_accuracy, 4, 1)),
    "grid workers settle half as much": (rules.on_the_spot_chance, scaled(rules.on_the_spot_chance, 0.5)),
    "patrols need a hundredth longer": (rules.mean_hours_to_detection, scaled(rules.mean_hours_to_detection, 1.01)),
    "departments attend less": (rules.attendance_chance, scaled(rules.attendance_chance, 0.8)),
    "load spoils no work": (rules.quality_failure_chance, scaled(rules.quality_failure_chance, 0.5)),
    "expectations learn a tenth slower": (judging.learn_time, without(judging.learn_time, 4, 0.18)),
    "papers are there more often": (asking.papers_missing, contrary(asking.papers_missing)),
    "the meeting is a minute late": (gates.open_gate, later(gates.open_gate, MINUTE)),
    "a commitment is twice the sum": (money.commit, lambda world, line, yuan: commit(world, line, 2 * yuan)),
    "petty cash is paid twice": (
        money.pay_petty_cash, lambda world, line, yuan: world.lines["paid"].__setitem__(line, world.lines["paid"][line] + 2 * yuan)
    ),
    "parts of joint work are larger": (settling.joint_share, scaled(settling.joint_share, 1.01)),
    "all time is a wait for staff": (
        tracing._add_time, lambda world, r, column, begin, end: add_time(world, r, column // 3 * 3, begin, end)
    ),
    "some arrivals are not counted": (flow.count_arrival, arrives_uncounted),
    "neighbours count double": (rules_adaptation.standing_after_week, without(rules_adaptation.standing_after_week, 2, 0.02)),
    "paper takes a thousandth longer": (rules_adaptation.paper_hours, scaled(rules_adaptation.paper_hours, 1.001)),
    "needs are a little milder": (needs.rules_needs.severity, scaled(needs.rules_needs.severity, 0.99)),
}  # fmt: skip


@pytest.fixture(scope="module")
def compiled() -> Outcome:
    """The run that every mutant is held against; the process engine as it is agrees with it."""
    reference = run(STREET, SEED)
    with uncompiled():
        plain = run(STREET, SEED, engine="process")
    assert (plain.log_digest, plain.digests) == (reference.log_digest, reference.digests)
    return reference


def is_caught(reference: Outcome) -> bool:
    """Whether the process engine, with whatever has been done to it, differs or is stopped."""
    try:
        with uncompiled():
            mutant = run(STREET, SEED, engine="process")
    except ConservationError:
        return True
    return mutant.log_digest != reference.log_digest or mutant.digests != reference.digests


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if n % 3 == 0 else pytest.mark.long) for n, name in enumerate(MUTANTS)]
)
def test_a_spoilt_rule_is_caught(name: str, compiled: Outcome) -> None:
    rule, changed = MUTANTS[name]
    with replaced(rule, changed):
        assert is_caught(compiled)


def test_a_queue_without_priorities_is_caught(compiled: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.Waiting, "add", first_come)
    assert is_caught(compiled)
