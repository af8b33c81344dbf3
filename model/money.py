"""Governance money: departmental lines, the pool at the street, and where every yuan is (MODEL 22).

Each row of `world.lines` is a departmental line, the last is the pool. All sums are whole yuan, so that in every row
received = balance + committed + paid + lapsed + lent holds exactly (the pool's `lent` is minus what it was lent).
"""

from __future__ import annotations

import math

from model import draws
from model.codes import UNIT_DEPARTMENT
from model.compilation import inlined, rule
from model.dates import civil_date, monday_of, opens_quarter
from model.measures import (
    W_MONEY_COMMITTED,
    W_MONEY_IDLE,
    W_MONEY_LAPSED,
    W_MONEY_PAID,
    W_MONEY_RECEIVED,
    W_YEAR_COMMITTED,
    W_YEAR_RECEIVED,
    add_to_week,
)
from model.rules_adaptation import partner_joins_chance, partner_yuan, pooled_yuan, whole_yuan
from model.world import World

JANUARY = 1

# --- What a case asks of the money ---


@inlined
def pool_row(world: World) -> int:
    """The row of the pool."""
    return world.lines.shape[0] - 1


@inlined
def case_yuan(money: float) -> float:
    """What a case that needs `money` costs: whole yuan, rounded up."""
    return float(math.ceil(money))


@inlined
def line_can_pay(world: World, line: int, yuan: float) -> bool:
    """Whether a line can bear the whole sum; there is no partial payment."""
    return world.lines["balance"][line] >= yuan


@inlined
def pool_can_pay(world: World, yuan: float) -> bool:
    """Whether the pool can bear the whole sum."""
    return line_can_pay(world, pool_row(world), yuan)


@inlined
def commit(world: World, line: int, yuan: float) -> None:
    """Set money aside for a case that passes the gate."""
    world.lines["balance"][line] -= yuan
    world.lines["committed"][line] += yuan


@inlined
def pay(world: World, line: int, yuan: float) -> None:
    """Pay out at the end of the work what was committed."""
    world.lines["committed"][line] -= yuan
    world.lines["paid"][line] += yuan


@inlined
def pay_petty_cash(world: World, line: int, yuan: float) -> None:
    """Pay at once a sum that needs no approval. The balance may go below zero: an advance on the next release."""
    world.lines["balance"][line] -= yuan
    world.lines["paid"][line] += yuan


@rule
def outside_yuan(world: World, need: int, yuan: float) -> float:
    """What a partner brings to the pooled project of a need."""
    s = world.settings[0]
    present = draws.uniform(world.clock["seed"][0], draws.COFUNDING, need, 0) < s["partner_presence"]
    chance = partner_joins_chance(s["cofunding_intercept"], s["cofunding_visibility"])
    if present and draws.uniform(world.clock["seed"][0], draws.COFUNDING, need, 1) < chance:
        brought = partner_yuan(yuan, s["cofunding_cost_share"], s["cofunding_limit_yuan"])
        return min(brought, max(yuan - 1.0, 0.0))  # a grant of the street is never nothing
    return 0.0


# --- What the calendar brings ---


@inlined
def release_share(world: World, quarter: int) -> float:
    """Share of the year's money that is released at the start of a quarter (0-3)."""
    s = world.settings[0]
    shares = (
        s["release_share_quarter_1"],
        s["release_share_quarter_2"],
        s["release_share_quarter_3"],
        s["release_share_quarter_4"],
    )
    return shares[quarter] / (shares[0] + shares[1] + shares[2] + shares[3])


@inlined
def year_yuan(world: World, line: int) -> float:
    """A line's money for a year; `size` is its share of the street's."""
    return world.lines["size"][line] * world.settings[0]["money_per_resident"] * world.residents.shape[0]


@rule
def line_willingness(world: World, line: int) -> float:
    """Mean willingness of the departments that hold a line; the base where no department in the model does."""
    total, count = 0.0, 0
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_DEPARTMENT and world.units["line"][u] == line:
            total += world.units["willingness"][u]
            count += 1
    return total / count if count > 0 else world.settings[0]["willingness_base"]


@inlined
def _receive(world: World, line: int, yuan: float) -> None:
    """New money comes to a line, and its pooled part goes on to the street's pool."""
    lines, s = world.lines, world.settings[0]
    lines["received"][line] += yuan
    lines["balance"][line] += yuan
    pooled = pooled_yuan(
        yuan,
        s["pool_share"],
        s["earmarked_share"],
        s["pool_shrink_factor"],
        line_willingness(world, line),
    )
    pooled = min(pooled, max(lines["balance"][line], 0.0))
    if pooled > 0.0:
        pool = pool_row(world)
        lines["received"][line] -= pooled
        lines["balance"][line] -= pooled
        lines["received"][pool] += pooled
        lines["balance"][pool] += pooled


@rule
def release_money(world: World, quarter: int) -> None:
    """The quarter's release to all lines, on the first Monday of January, April, July and October."""
    for line in range(pool_row(world)):
        _receive(world, line, whole_yuan(year_yuan(world, line) * release_share(world, quarter)))


@rule
def end_fiscal_year(world: World) -> None:
    """Loans to the pool are written off, money neither paid nor committed lapses but for what may be carried over."""
    lines, pool = world.lines, pool_row(world)
    for line in range(pool):
        loan = lines["lent"][line]
        if loan > 0.0:
            lines["received"][line] -= loan
            lines["lent"][line] = 0.0
            lines["received"][pool] += loan
            lines["lent"][pool] += loan
    for line in range(lines.shape[0]):
        if lines["balance"][line] > 0.0:
            kept = whole_yuan(lines["balance"][line] * world.settings[0]["carry_over_share"])
            lines["lapsed"][line] += lines["balance"][line] - kept
            lines["balance"][line] = kept
        lines["year_received"][line] = lines["received"][line] - lines["balance"][line]
        lines["year_committed"][line] = lines["paid"][line] + lines["committed"][line]


@rule
def lend_to_pool(world: World) -> None:
    """At an allocation meeting: lines without a waiting case lend the pool part of their earmarked money.

    A line that has a case waiting gets its loan back as far as the pool still has it. Without a pool nothing is touched.
    """
    lines, s, pool = world.lines, world.settings[0], pool_row(world)
    share = s["pool_share"] * s["earmarked_share"]
    for line in range(pool):
        target = 0.0
        if lines["waiting"][line] == 0:
            target = float(math.floor(share * max(lines["balance"][line] + lines["lent"][line], 0.0)))
        moved = min(target - lines["lent"][line], max(lines["balance"][line], 0.0))
        moved = max(moved, -max(lines["balance"][pool], 0.0))
        if moved != 0.0:
            lines["balance"][line] -= moved
            lines["lent"][line] += moved
            lines["balance"][pool] += moved
            lines["lent"][pool] -= moved


@rule
def handle_money(world: World, month: int) -> None:
    """Step 8 of the boundary on the first Monday of a month: the fiscal year ends, money is released, the pool lent to."""
    if month == JANUARY:
        end_fiscal_year(world)
    quarter = opens_quarter(month)
    if quarter >= 0:
        release_money(world, quarter)
    lend_to_pool(world)


# --- The start ---


@rule
def draw_line_sizes(world: World) -> None:
    """Shares of the lines in the street's money: Dirichlet, as keyed gamma draws over their sum.

    A line has on average what its kinds of case need (budgets follow last year's), and in a given year more or less.
    """
    lines, pool = world.lines, pool_row(world)
    concentration = world.settings[0]["line_size_concentration"] * pool
    total = 0.0
    for line in range(pool):
        shape = concentration * lines["need"][line]
        uniform = draws.uniform(world.clock["seed"][0], draws.SHARED_LINE_SIZE, lines["key"][line], 0)
        lines["size"][line] = draws.gamma(uniform, shape, 1.0 / shape)
        total += lines["size"][line]
    for line in range(pool):
        lines["size"][line] /= total


@inlined
def _unspent_share(world: World, week: int) -> float:
    """Share of a year's money that is released and unspent when a run opens, if it is spent evenly over the year."""
    year, month, day = monday_of(world, week)
    released = 0.0
    for quarter in range(4):
        released += release_share(world, quarter) if 3 * quarter + 1 < month else 0.0
    if (month - 1) % 3 == 0 and day > 7:
        released += release_share(world, (month - 1) // 3)
    today = world.clock["start_day"][0] + 7 * week
    new_year = today - 366
    while civil_date(new_year)[0] < year:
        new_year += 1
    return max(released - (today - new_year) / 365.25, 0.0)


@rule
def open_money(world: World, week: int) -> None:
    """Lines and pool at the start of a run that opens in `week`: what is left of the releases of its year so far.

    Assumption: a stationary street spends evenly over the year, and nothing is committed at the start.
    """
    draw_line_sizes(world)
    for line in range(pool_row(world)):
        _receive(world, line, whole_yuan(year_yuan(world, line) * _unspent_share(world, week)))


# --- Is every yuan there? ---


@rule
def money_is_conserved(world: World) -> bool:
    """Whether in every row, to the yuan, received = balance + committed + paid + lapsed + lent, and loans cancel out."""
    lines = world.lines
    loans = 0.0
    for line in range(lines.shape[0]):
        known = lines["balance"][line] + lines["committed"][line] + lines["paid"][line]
        if lines["received"][line] != known + lines["lapsed"][line] + lines["lent"][line]:
            return False
        loans += lines["lent"][line]
    return loans == 0.0


@rule
def record_money(world: World, week: int) -> None:
    """Where the money is at the end of `week`; received and committed also since the fiscal year began."""
    lines = world.lines
    for line in range(lines.shape[0]):
        committed = lines["paid"][line] + lines["committed"][line]
        add_to_week(world, week, W_MONEY_RECEIVED, lines["received"][line])
        add_to_week(world, week, W_MONEY_PAID, lines["paid"][line])
        add_to_week(world, week, W_MONEY_COMMITTED, lines["committed"][line])
        add_to_week(world, week, W_MONEY_IDLE, lines["balance"][line])
        add_to_week(world, week, W_MONEY_LAPSED, lines["lapsed"][line])
        add_to_week(world, week, W_YEAR_RECEIVED, lines["received"][line] - lines["year_received"][line])
        add_to_week(world, week, W_YEAR_COMMITTED, committed - lines["year_committed"][line])
