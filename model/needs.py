"""Where requests come from: needs of residents, quota reports of grid workers, background work of departments.

Needs are drawn ahead, a week at a time, by thinning (MODEL section 8): the candidates of a resident and a kind
are a Poisson process at a ceiling rate on the kind's demand clock, and candidate number n is real if its mark
falls below demand over ceiling. A reform or stress that changes demand therefore adds or removes needs and
renumbers none. The ceiling stays what it was when the streams started; demand above it is an error, known
before any draw.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from model import codes, draws, rules_needs
from model.calendars import START_DATE, worked_until
from model.codes import ALWAYS, DAY, HOUR, KIND_NAMES, OFFICE
from model.compilation import inlined, kernel
from model.demand import clock_at, time_on_clock, with_demand_clock
from model.engines.packed import pack
from model.errors import ValueOutOfRangeError
from model.flow import ROW_MARGIN, new_row
from model.world import World

YEAR = 365 * DAY
_NOT_NEXT = -1
_FAR = 8e18  # microseconds: a candidate that never comes; below NEVER, so that it can still be compared
TRIVIAL_SEVERITY = 0.05  # next to nothing; no rule of a trivial order reads it


class DemandCeilingError(ValueOutOfRangeError):
    """Demand above the ceiling for which candidate needs were drawn."""


def start_streams(world: World, street: str, start_date: dt.date = START_DATE) -> World:
    """The world with its demand clocks, and every resident's first candidate need of each kind.

    To be called once, after `populate`, with `world.kinds`, `world.days`, the seed and `now` filled, `now` being the
    midnight at which the warm-up starts. Fills `group_norm` and `ceiling` of the kinds: `rate` stays the mean over
    the population whatever the group ratios. Raises ValueError if two kinds share a key.
    """
    kinds, settings = world.kinds, world.settings
    if len(set(kinds["key"].tolist())) != len(kinds):
        raise ValueError("the kinds of need must have distinct keys")
    for k in range(len(kinds)):
        kinds["group_norm"][k] = rules_needs.mean_group_ratio(
            settings["elderly_share"][0],
            settings["low_income_disabled_share"][0],
            kinds["elderly_ratio"][k],
            kinds["vulnerable_ratio"][k],
        )
    kinds["ceiling"] = settings["thinning_ceiling"][0] * kinds["rate"] / kinds["group_norm"]
    world = with_demand_clock(world, street, start_date)
    _first_candidates(pack(world))
    return world


@inlined
def _stream_key(world: World, i: int, k: int) -> int:
    return draws.key(0, draws.CANDIDATE, world.residents["key"][i], world.kinds["key"][k])


@inlined
def _gap(world: World, i: int, k: int, stream: int, number: int) -> float:
    """Microseconds on the kind's clock from the candidate before to candidate `number`."""
    residents, kinds = world.residents, world.kinds
    ratio = rules_needs.group_ratio(
        residents["age_band"][i],
        residents["low_income"][i] or residents["disabled"][i],
        kinds["elderly_ratio"][k],
        kinds["vulnerable_ratio"][k],
    )
    rate = kinds["ceiling"][k] * ratio
    if rate <= 0.0:
        return _FAR
    return draws.exponential(draws.uniform(world.clock["seed"][0], draws.CANDIDATE, stream, number), YEAR / rate)


@kernel
def _first_candidates(world: World) -> None:
    for i in range(world.residents.shape[0]):
        for k in range(world.kinds.shape[0]):
            gap = _gap(world, i, k, _stream_key(world, i, k), 0)
            world.candidate_number[i, k] = 0
            world.candidate_at[i, k] = int(min(clock_at(world, k, world.clock["now"][0]) + gap, _FAR))


def demand_over_ceiling(world: World) -> np.ndarray:
    """By kind, the chance that a candidate is a real need at today's rates and demand factor.

    Raises DemandCeilingError if demand exceeds the ceiling of a kind.
    """
    kinds = world.kinds
    demand = world.settings["demand_factor"][0] * kinds["rate"]
    ceiling = kinds["ceiling"] * kinds["group_norm"]
    for k in np.flatnonzero(demand > ceiling * (1.0 + 1e-12)):
        raise DemandCeilingError(
            f"parameter '{KIND_NAMES[k]}.rate_per_1000' times 'demand_factor': found {1000 * demand[k]:g} in week "
            f"{world.clock['week'][0]}, allowed is at most {1000 * ceiling[k]:g}, 'thinning_ceiling' times the rate of "
            "the warm-up; raise 'thinning_ceiling'"
        )
    return demand / np.where(ceiling > 0.0, ceiling, 1.0)


def rows_needed(world: World, week_start: int, week_end: int) -> int:
    """Request rows that the three draws of a week may need: an upper estimate, beyond luck by far.

    Expected numbers doubled (a street may have more of a group than the parameters say), plus eight standard
    deviations.
    """
    chances = demand_over_ceiling(world)
    kinds = world.kinds
    lengths = (_clocks_at(world, week_end) - _clocks_at(world, week_start)) / YEAR
    needs = (chances * kinds["ceiling"] * kinds["group_norm"] * lengths).sum() * len(world.residents)
    s = world.settings[0]
    reports = rules_needs.reports_owed(
        s["grid_report_quota_per_day"], s["assessment_weight_process"], s["assessment_weight_process_reference"]
    )
    days = (week_end - week_start) / DAY
    trivial = s["forwarded_share"] * reports * days * len(world.grids)
    background = 0.0
    departments = world.units[world.units["type"] == codes.UNIT_DEPARTMENT]
    for calendar in np.unique(departments["calendar"]):
        before = worked_until(world.days, calendar, week_start)
        hours = (worked_until(world.days, calendar, week_end) - before) / HOUR
        background += hours * departments["background_rate"][departments["calendar"] == calendar].sum()
    expected = 2.0 * (needs + trivial + background)
    return int(expected + 8.0 * expected**0.5) + 64


def _clocks_at(world: World, time: int) -> np.ndarray:
    """What the demand clock of each kind shows at a midnight, shape (kinds,)."""
    return world.demand_days[:, (time - world.days["opens"][ALWAYS, 0]) // DAY].copy()


def has_room(world: World, rows: int) -> bool:
    """Whether so many requests find a row, given-back rows not counted."""
    return len(world.requests) - int(world.clock["rows"][0]) - ROW_MARGIN >= rows


def draw_week(world: World, week_start: int, week_end: int) -> np.ndarray:
    """The rows of all real needs of residents with onset in [week_start, week_end), by resident and kind.

    Both ends are midnights. Raises DemandCeilingError, and ValueError if the week does not follow the last one drawn
    or `rows_needed` did not find room.
    """
    chances = demand_over_ceiling(world)
    rows = _room(world)
    starts, ends = (_clocks_at(world, time) for time in (week_start, week_end))
    return _drawn(rows, _draw_residents(pack(world), chances, starts, ends, week_start, rows))


def draw_trivial_week(world: World, week_start: int, week_end: int) -> np.ndarray:
    """Quota reports of the week that grid workers forward to dispatch: their rows, by grid and day.

    Report j of a grid and day is forwarded or not by its own draw, so a higher quota or share adds to those forwarded.
    """
    rows = _room(world)
    return _drawn(rows, _draw_trivial(pack(world), week_start, week_end, rows))


def draw_background_week(world: World, week_start: int, week_end: int) -> np.ndarray:
    """Work of the week that reaches departments from elsewhere: their rows, by department and hour.

    A Poisson number of jobs arises in each open hour of the department, at `background_rate` an hour; work is a
    factor with mean 1 and the unit's `cv2`. `kind` means nothing in these rows.
    """
    rows = _room(world)
    return _drawn(rows, _draw_background(pack(world), week_start, week_end, rows))


def _room(world: World) -> np.ndarray:
    """Room for the row numbers of as many requests as find a row."""
    return np.empty(max(0, len(world.requests) - int(world.clock["rows"][0]) - ROW_MARGIN), np.int64)


def _drawn(rows: np.ndarray, count: int) -> np.ndarray:
    if count == _NOT_NEXT:
        raise ValueError("weeks must be drawn one after the other, from the start of the streams")
    if count > len(rows):
        raise ValueError(f"no room for more than {len(rows)} requests; make room for `rows_needed` first")
    return rows[:count].copy()


@kernel
def _draw_residents(
    world: World, chances: np.ndarray, starts: np.ndarray, ends: np.ndarray, start: int, rows: np.ndarray
) -> int:
    """Fill `rows` and return how many: one more than there is room for if they run out, _NOT_NEXT after a gap."""
    seed = world.clock["seed"][0]
    kinds = world.kinds.shape[0]
    n = 0
    first_day = (start - world.days["opens"][ALWAYS, 0]) // DAY
    for i in range(world.residents.shape[0]):
        if not _is_any_due(world, i, ends):
            continue
        for k in range(kinds):
            while world.candidate_at[i, k] < ends[k]:
                number, shown = world.candidate_number[i, k], world.candidate_at[i, k]
                if shown < starts[k]:
                    return _NOT_NEXT
                stream = _stream_key(world, i, k)
                if draws.uniform(seed, draws.MARK, stream, number) < chances[k]:
                    if n == rows.shape[0]:
                        return n + 1
                    onset = time_on_clock(world, k, shown, first_day)
                    name = draws.key(seed, draws.CANDIDATE, stream, number)
                    rows[n] = _new_need(world, i, k, number, name, onset)
                    n += 1
                world.candidate_number[i, k] = number + 1
                world.candidate_at[i, k] = int(min(shown + _gap(world, i, k, stream, number + 1), _FAR))
    return n


@inlined
def _is_any_due(world: World, i: int, ends: np.ndarray) -> bool:
    """Whether a candidate of any kind comes to a resident this week. Most weeks none does, and to see that has to be quick."""
    due = False
    for k in range(ends.shape[0]):
        due |= world.candidate_at[i, k] < ends[k]
    return due


@inlined
def _new_need(world: World, i: int, k: int, number: int, name: int, onset: int) -> int:
    """A row for a need with its intrinsic properties, each drawn once under the need's name."""
    q, kinds, residents, s = world.requests, world.kinds, world.residents, world.settings
    seed = world.clock["seed"][0]
    r = new_row(world)
    q["name"][r] = name
    q["tie"][r] = draws.tie_key(seed, name)
    q["owner"][r] = i
    q["ordinal"][r] = number
    q["kind"][r] = k
    q["nature"][r] = kinds["nature"][k]
    q["origin"][r] = codes.RESIDENT
    q["grid"][r] = residents["grid"][i]
    q["vulnerable"][r] = residents["vulnerable"][i]
    q["patience"][r] = residents["patience"][i]
    q["stage"][r] = 0
    q["onset"][r] = onset
    q["public"][r] = draws.uniform(seed, draws.INTRINSIC_PUBLIC, name, 0) < kinds["public_share"][k]
    q["dangerous"][r] = draws.uniform(seed, draws.INTRINSIC_DANGER, name, 0) < kinds["dangerous_share"][k]
    q["severity"][r] = rules_needs.severity(
        draws.uniform(seed, draws.INTRINSIC_SEVERITY, name, 0), kinds["severity"][k], s["severity_concentration"][0]
    )
    q["work"][r] = draws.lognormal(draws.uniform(seed, draws.INTRINSIC_WORK, name, 0), 1.0, kinds["work_cv2"][k])
    q["money"][r] = rules_needs.money_needed(
        draws.uniform(seed, draws.INTRINSIC_HAS_MONEY, name, 0),
        draws.uniform(seed, draws.INTRINSIC_MONEY, name, 0),
        kinds["money_share"][k],
        kinds["money_median"][k],
        kinds["money_log_sd"][k],
    )
    q["departments"][r] = rules_needs.departments_needed(
        draws.uniform(seed, draws.INTRINSIC_DEPARTMENTS, name, 0),
        draws.uniform(seed, draws.INTRINSIC_DEPARTMENTS, name, 1),
        kinds["multi_share"][k],
        kinds["departments_max"][k],
    )
    q["documents"][r] = rules_needs.poisson(
        draws.uniform(seed, draws.INTRINSIC_DOCUMENTS, name, 0), kinds["documents"][k]
    )
    q["needs_power"][r] = draws.uniform(seed, draws.INTRINSIC_POWER, name, 0) < kinds["needs_power_share"][k]
    q["settleable"][r] = rules_needs.settleable(
        draws.uniform(seed, draws.INTRINSIC_SETTLEABLE, name, 0),
        kinds["unsettleable_share"][k],
        q["needs_power"][r],
        q["money"][r],
    )
    if q["departments"][r] > 1:
        unclear = s["unclear_boundary_multi"][0]
    else:
        unclear = s["unclear_boundary_single"][0]
    q["boundary_unclear"][r] = draws.uniform(seed, draws.INTRINSIC_BOUNDARY, name, 0) < unclear
    return r


@inlined
def _new_order(world: World, name: int, onset: int, nature: int) -> int:
    """A row for an order that no resident's need stands behind."""
    q = world.requests
    r = new_row(world)
    q["name"][r] = name
    q["tie"][r] = draws.tie_key(world.clock["seed"][0], name)
    q["nature"][r] = nature
    q["origin"][r] = codes.WORKER
    q["stage"][r] = 0
    q["onset"][r] = onset
    q["severity"][r] = TRIVIAL_SEVERITY
    q["work"][r] = 1.0
    q["departments"][r] = 1
    return r


@kernel
def _draw_trivial(world: World, start: int, end: int, rows: np.ndarray) -> int:
    seed, s = world.clock["seed"][0], world.settings[0]
    owed = rules_needs.reports_owed(
        s["grid_report_quota_per_day"], s["assessment_weight_process"], s["assessment_weight_process_reference"]
    )
    first_day = (start - world.days["opens"][ALWAYS, 0]) // DAY
    n = 0
    for g in range(world.grids.shape[0]):
        for d in range((end - start) // DAY):
            opens, closes = world.days["opens"][OFFICE, first_day + d], world.days["closes"][OFFICE, first_day + d]
            if opens == closes:
                continue
            date = draws.key(0, draws.QUOTA_FORWARDED, world.grids["key"][g], start // DAY + d)
            j = 0
            while j < owed:  # a fraction of a report is one with that chance
                share = s["forwarded_share"] * min(1.0, owed - j)
                if draws.uniform(seed, draws.QUOTA_FORWARDED, date, j) < share:
                    if n == rows.shape[0]:
                        return n + 1
                    name = draws.key(seed, draws.QUOTA_FORWARDED, date, j)
                    of_day = draws.uniform(seed, draws.ARRIVAL_TIME, name, 0)
                    r = _new_order(world, name, opens + int(of_day * (closes - opens)), codes.TRIVIAL)
                    world.requests["kind"][r] = codes.SANITATION
                    world.requests["grid"][r] = g
                    rows[n] = r
                    n += 1
                j += 1
    return n


@kernel
def _draw_background(world: World, start: int, end: int, rows: np.ndarray) -> int:
    seed, units = world.clock["seed"][0], world.units
    first_day = (start - world.days["opens"][ALWAYS, 0]) // DAY
    n = 0
    for u in range(units.shape[0]):
        if units["type"][u] != codes.UNIT_DEPARTMENT:
            continue
        for d in range((end - start) // DAY):
            begins = world.days["opens"][units["calendar"][u], first_day + d]
            closes = world.days["closes"][units["calendar"][u], first_day + d]
            while begins < closes:
                span = min(HOUR, closes - begins)
                slot = draws.key(0, draws.BACKGROUND_ARRIVAL, units["key"][u], begins)
                mean = units["background_rate"][u] * span / HOUR
                for j in range(rules_needs.poisson(draws.uniform(seed, draws.BACKGROUND_ARRIVAL, slot, 0), mean)):
                    if n == rows.shape[0]:
                        return n + 1
                    name = draws.key(seed, draws.BACKGROUND_ARRIVAL, slot, j)
                    of_slot = draws.uniform(seed, draws.ARRIVAL_TIME, name, 0)
                    r = _new_order(world, name, begins + int(of_slot * span), codes.BACKGROUND)
                    u_work = draws.uniform(seed, draws.BACKGROUND_WORK, name, 0)
                    world.requests["work"][r] = draws.lognormal(u_work, 1.0, units["cv2"][u])
                    world.requests["responsible"][r] = u
                    rows[n] = r
                    n += 1
                begins += span
    return n
