"""Every yuan is somewhere: releases, commitments, the pool and the end of the year."""

from __future__ import annotations

import numpy as np
import pytest
from governed_street import street
from hypothesis import given, settings
from hypothesis import strategies as st

from model import money
from model.codes import UNIT_DEPARTMENT
from model.errors import ConservationError
from model.governance import week_boundary
from model.rules_adaptation import pooled_yuan
from model.world import World

LINES = 5


def lines_of(first_week: int = 0, **values: float) -> World:
    """A street of 480,000 yuan a year in five lines, opened at `first_week`; few residents, so that tests are quick."""
    return street(**{"residents": 6, "lines": LINES, "first_week": first_week, "money_per_resident": 80_000.0} | values)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "pay", "petty", "release", "lend", "wait", "year", "week"]),
        st.integers(0, LINES),
        st.integers(0, 200_000),
    ),
    max_size=60,
)


def _do(world: World, step: str, line: int, yuan: int, committed: list[tuple[int, float]]) -> None:
    if step == "commit" and money.line_can_pay(world, line, float(yuan)):
        money.commit(world, line, float(yuan))
        committed.append((line, float(yuan)))
    elif step == "pay" and committed:
        money.pay(world, *committed.pop(yuan % len(committed)))
    elif step == "petty":
        money.pay_petty_cash(world, line, float(yuan % 2000))
    elif step == "release":
        money.release_money(world, yuan % 4)
    elif step == "lend":
        money.lend_to_pool(world)
    elif step == "wait":
        world.lines["waiting"][line] = yuan % 2
    elif step == "year":
        money.end_fiscal_year(world)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(steps=STEPS, pool=st.sampled_from([0.0, 0.25, 0.6]))
def test_no_yuan_is_lost_or_made(steps, pool):
    """Whatever is done in whatever order, received = balance + committed + paid + lapsed + lent in every row, exactly."""
    world = lines_of(pool_share=pool)
    committed: list[tuple[int, float]] = []
    for step, line, yuan in steps:
        _do(world, step, line, yuan, committed)
        assert money.money_is_conserved(world)
        assert (world.lines["committed"] >= 0.0).all()
    assert (np.floor(world.lines["balance"]) == world.lines["balance"]).all()


def test_a_missing_yuan_is_noticed():
    """The check can fail: one yuan less anywhere is found, and the boundary refuses to go on."""
    for field in ("balance", "committed", "paid", "lapsed", "received", "lent"):
        world = lines_of()
        world.lines[field][2] += 1.0
        assert not money.money_is_conserved(world)
        with pytest.raises(ConservationError, match="not conserved"):
            week_boundary(world, 0)


def test_without_a_pool_no_line_is_touched():
    """p = 0: allocation meetings change no bit and releases stay in the lines."""
    world = lines_of(pool_share=0.0)
    before = world.lines.copy()
    money.lend_to_pool(world)
    assert world.lines.tobytes() == before.tobytes()
    money.release_money(world, 0)
    assert world.lines[-1].tobytes() == before[-1].tobytes()


def test_a_year_of_releases_is_the_budget():
    """40, 30, 20 and 10 percent come on the first Mondays of the quarters, and nothing in between."""
    world = lines_of(pool_share=0.0)
    received = []
    for week in range(52):
        before = world.lines["received"].sum()
        week_boundary(world, week)
        received.append(world.lines["received"].sum() - before)
    assert [week for week, yuan in enumerate(received) if yuan > 0.0] == [0, 13, 26, 40]
    assert np.array(received)[[0, 13, 26, 40]] / 480_000.0 == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=1e-4)


def test_uncommitted_money_lapses_but_for_a_tenth():
    """Balances lapse at the first Monday of January, commitments do not; debts are carried over."""
    world = lines_of(first_week=-26, pool_share=0.0)
    for week in range(-26, 0):
        week_boundary(world, week)
    money.commit(world, 0, 500.0)
    money.pay_petty_cash(world, 1, world.lines["balance"][1] + 300.0)
    before = world.lines["balance"].copy()
    money.end_fiscal_year(world)
    assert world.lines["balance"][0] == np.floor(0.1 * before[0] + 0.5)
    assert world.lines["lapsed"][0] == before[0] - world.lines["balance"][0]
    assert world.lines["committed"][0] == 500.0
    assert (world.lines["balance"][1], world.lines["lapsed"][1]) == (-300.0, 0.0)
    assert money.money_is_conserved(world)


def test_a_run_that_opens_in_july_holds_what_an_even_spender_has_left():
    """By mid-2023 70% is released and half a year's money spent: a fifth of the budget is there."""
    world = lines_of(first_week=-26)
    assert world.lines["balance"].sum() / 480_000.0 == pytest.approx(0.2, abs=0.01)
    assert lines_of(first_week=0).lines["balance"].sum() == 0.0


def test_line_sizes_follow_their_dirichlet_law():
    """Mean 1/5 each and variance (1/5)(4/5)/(5 a + 1), over 400 seeds; |z| < 3.3 for the variance."""
    sizes = np.array([street(residents=1, lines=LINES, seed=s, weeks=1).lines["size"][:LINES] for s in range(400)])
    assert np.allclose(sizes.sum(axis=1), 1.0)
    variance = 0.2 * 0.8 / (5 * 2.0 + 1.0)
    squares = (sizes[:, 0] - 0.2) ** 2
    assert abs(squares.mean() - variance) < 3.3 * squares.std() / 20.0


def test_unwilling_departments_shrink_what_they_may_lose():
    """A pooled share follows p (1 - e) (1 - shrink), with shrink = 0.2 p (1 - willingness)."""
    assert pooled_yuan(100_000.0, 0.25, 0.65, 0.2, 1.0) == 8750.0
    assert pooled_yuan(100_000.0, 0.25, 0.65, 0.2, 0.5) == np.floor(8750.0 * 0.975 + 0.5)
    willing, unwilling = (
        lines_of(types=(UNIT_DEPARTMENT,) * LINES, willingness_base=w, pool_share=0.6) for w in (0.95, 0.05)
    )
    for world in (willing, unwilling):
        money.release_money(world, 0)
    assert unwilling.lines["received"][-1] < willing.lines["received"][-1]


def test_a_line_with_a_case_waiting_lends_nothing_and_gets_its_loan_back():
    """Earmarked money goes to the pool only from lines with nothing to do, and comes back when they have."""
    world = lines_of()
    money.release_money(world, 0)
    world.lines["waiting"][0] = 1
    money.lend_to_pool(world)
    assert world.lines["lent"][0] == 0.0
    assert (world.lines["lent"][1:LINES] > 0.0).all()
    lent = world.lines["lent"][1]
    again = world.lines.copy()
    money.lend_to_pool(world)
    assert (world.lines == again).all()
    world.lines["waiting"][1] = 1
    money.lend_to_pool(world)
    assert world.lines["lent"][1] == 0.0
    assert world.lines["balance"][1] == again["balance"][1] + lent
    assert money.money_is_conserved(world)


def _unpaid(pool_share: float, spread: float, together: bool, seed: int) -> float:
    """Share of the wanted yuan that neither line nor pool can pay, when sums have a log-sd of `spread`."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(size=LINES)
    world = lines_of(pool_share=pool_share, earmarked_share=0.0, pool_shrink_factor=0.0)
    world.lines["size"][:LINES] = 1.0 / LINES
    money.release_money(world, 0)
    wanted = np.exp(spread * (np.full(LINES, noise[0]) if together else noise) - 0.5 * spread**2)
    wanted = np.floor(wanted * 192_000.0 / LINES / 20.0)
    unpaid = 0.0
    for line in range(LINES):
        for _ in range(20):  # twenty equal cases a line
            if money.line_can_pay(world, line, wanted[line]):
                money.commit(world, line, wanted[line])
            elif money.pool_can_pay(world, wanted[line]):
                money.commit(world, LINES, wanted[line])
            else:
                unpaid += wanted[line]
    return unpaid / (20.0 * wanted.sum())


def test_pooling_helps_the_more_the_sums_vary_and_the_less_they_move_together():
    """Risk pooling (Eppen 1979), on 20 paired draws."""

    def gain(spread: float, together: bool) -> float:
        return float(
            np.mean([_unpaid(0.0, spread, together, s) - _unpaid(0.6, spread, together, s) for s in range(20)])
        )

    assert gain(0.8, False) > gain(0.3, False) > 0.0
    assert gain(0.8, False) > gain(0.8, True) + 0.05
