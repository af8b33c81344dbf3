"""The boundary of each week, Monday 00:00: what organizations and residents do between two stretches of events.

The order is that of MODEL section 7: accounts, alerts, staff, productive shares, departments, organizations, residents, money.
Reforms, transfers of waiting cases and wakes follow and belong to the run. Both engines stop at the boundary and call the
same functions, so a week's outcome is seen by decisions of the next week only.
"""

from __future__ import annotations

from model import draws
from model.calendars import worked_until
from model.codes import WEEK
from model.compilation import kernel
from model.dates import DAY_OF_2024_01_01, opens_month, opens_quarter
from model.departments import (
    begin_month,
    decide_data_sharing,
    decide_willingness,
    let_fear_fade,
    open_departments,
    record_departments,
    risk_a_leak,
)
from model.engines.packed import Packed, pack
from model.errors import ConservationError
from model.money import handle_money, money_is_conserved, open_money, record_money
from model.neighbours import influence_one_another, look_around, open_residents, publicise_promises, record_residents
from model.organizations import keep_organizations, open_organizations, reallocate_places, record_programmes
from model.staffing import change_staff, move_mobile_staff, open_staff, watch_loads
from model.tracing import share_of_departments_with_data
from model.working_time import close_week, contracts_held, set_productive_shares, supervise_contracts
from model.world import World


def open_accounts(world: World, week: int, start_day: int = DAY_OF_2024_01_01) -> None:
    """Set the state of everything that the boundary moves, at the start of `week` (the first of the warm-up).

    Needs units with key, type, posts, skill and calendar, settings, residents, neighbours, kinds, days, and room in lines
    and organizations. `start_day` is the date of week 0 in days since 1970-01-01.
    """
    world.clock["opened"], world.clock["start_day"] = week, start_day
    for line in range(len(world.lines)):
        world.lines["key"][line] = draws.key_of(f"line_{line}")
    for organization in range(len(world.organizations)):
        world.organizations["key"][organization] = draws.key_of(f"organization_{organization}")
    now = week * WEEK
    for u in range(len(world.units)):
        world.units["changed_at"][u] = now
        world.units["worked_at"][u] = worked_until(world.days, world.units["calendar"][u], now)
        world.units["busy_closed"][u] = world.units["area_busy"][u]
    open_staff(world)
    open_departments(world)
    open_organizations(world, now)
    world.clock["contracts_at_first"] = contracts_held(world)
    world.clock["sharing_at_first"] = share_of_departments_with_data(world)
    open_residents(world)
    _decide_hours(pack(world))
    if len(world.lines) > 1:
        open_money(world, week)


def week_boundary(world: World, week: int) -> None:
    """Close the week before `week` and decide for the week that begins; steps 1 to 8 of MODEL section 7.

    With adaptation off (`clock["adaptation"]` false) accounts are closed and money moves, but nobody adapts. What happens
    weekly is compiled; the few rows of monthly decisions are not worth the compiling.

    Raises ConservationError if a yuan is missing: a defect of the program.
    """
    month = opens_month(world, week)
    if week > world.clock["opened"][0]:
        packed = pack(world)
        _close(packed, week)
        if world.clock["adaptation"][0]:
            _adapt(world, packed, week, month)
        _record(packed, week - 1)
    if month > 0 and len(world.lines) > 1:
        handle_money(world, month)
        if not money_is_conserved(world):
            raise ConservationError(f"money is not conserved at the boundary of week {week}")


def _adapt(world: World, packed: Packed, week: int, month: int) -> None:
    """Steps 2 to 7: what units, departments, organizations and residents make of the week that has passed."""
    _staff(packed, week)
    if month > 0:
        move_mobile_staff(world)
    _decide_hours(packed)
    if month > 0:
        decide_willingness(world)
    if opens_quarter(month) >= 0:
        decide_data_sharing(world)
        reallocate_places(world)
    if month > 0:
        keep_organizations(world, week)
        begin_month(world)
    _live_together(packed)


@kernel
def _close(world: World, week: int) -> None:
    close_week(world, week)


@kernel
def _staff(world: World, week: int) -> None:
    watch_loads(world)
    change_staff(world, week)


@kernel
def _decide_hours(world: World) -> None:
    supervise_contracts(world)
    set_productive_shares(world)


@kernel
def _live_together(world: World) -> None:
    look_around(world)
    influence_one_another(world)
    publicise_promises(world)
    let_fear_fade(world)
    risk_a_leak(world)


@kernel
def _record(world: World, week: int) -> None:
    """The row of the weekly table that describes the end of `week`."""
    record_departments(world, week)
    record_programmes(world, week)
    record_residents(world, week)
    record_money(world, week)
