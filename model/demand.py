"""The demand clock: when a street's needs tend to arise, by kind, day and hour.

All needs of a kind share one rhythm: days off, season, a weekly shock of the street, a daily shock of the kind,
hours of the day. Instead of a rate that goes up and down there is a clock of each kind that runs faster when
demand is high: it passes one microsecond a microsecond on the average, and on it a resident's candidate needs
are a plain Poisson process. The time change is exact, so shocks need not be cut off at the ceiling of thinning,
which bounds only what reforms and stresses do.
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from model import draws, rules_needs
from model.calendars import START_DATE
from model.codes import ALWAYS, DAY, EMERGENCY, HOUR, OFFICE
from model.compilation import compiled, inlined
from model.world import World

WORKING_DAYS = 250.0  # a year: 365 less 104 weekend days and 11 public holidays (State Council, before 2025)
FIRST_MONDAY = dt.date(2010, 1, 4)  # here every shock starts in its stationary law, so a date's shock suits any run


def with_demand_clock(world: World, street: str, start_date: dt.date = START_DATE) -> World:
    """The world with its demand clock built for all days of `world.days`.

    `start_date` is the date of t = 0. Days off, holidays included, are those of the office calendar. Shocks are keyed
    by (seed, street, kind, date), hence independent of scenario. The clock stands for the whole run: what a reform or
    stress does to demand goes through rates and `demand_factor`. Raises ValueError for runs that start before 2010.
    """
    first_day = int(world.days["opens"][ALWAYS, 0]) // DAY
    begins = start_date + dt.timedelta(first_day)
    if begins < FIRST_MONDAY:
        raise ValueError(f"shared shocks are drawn from {FIRST_MONDAY} on; the run would begin {begins}")
    dates = [begins + dt.timedelta(d) for d in range(world.days.shape[1])]
    day_of_year = np.array([date.timetuple().tm_yday for date in dates], np.float64)
    off = world.days["opens"][OFFICE] == world.days["closes"][OFFICE]
    days = np.zeros((len(world.kinds), len(dates) + 1), np.int64)
    age = (begins - FIRST_MONDAY).days
    _fill_days(days, world.kinds, world.settings, off, day_of_year, age, draws.key_of(street), world.clock["seed"][0])
    hours = np.array([_hour_shares(world.settings, kind == EMERGENCY) for kind in range(len(world.kinds))])
    return world._replace(demand_days=days, demand_hours=hours)


@compiled
def _fill_days(days: np.ndarray, kinds: np.ndarray, settings: np.ndarray, off: np.ndarray, day_of_year: np.ndarray,
               age: int, street_key: int, seed: int) -> None:  # fmt: skip
    """Cumulate each day's length on each kind's clock; `age` counts the days from FIRST_MONDAY to the first of them."""
    s = settings[0]
    total = age + off.shape[0]
    weekly = np.zeros(total // 7 + 1)
    _fill_shocks(weekly, seed, draws.WEEKLY_SHOCK, street_key, s["weekly_shock_sd"], s["weekly_shock_persistence"])
    daily = np.zeros(total)
    for k in range(kinds.shape[0]):
        entity = draws.key(0, draws.DAILY_SHOCK, street_key, kinds["key"][k])
        _fill_shocks(daily, seed, draws.DAILY_SHOCK, entity, s["daily_shock_sd"], s["daily_shock_persistence"])
        for d in range(off.shape[0]):
            speed = (
                rules_needs.day_weight(off[d], kinds["weekend_factor"][k], WORKING_DAYS)
                * rules_needs.season(day_of_year[d], s["season_peak_week"], s["season_amplitude"])
                * rules_needs.shock_factor(weekly[(age + d) // 7], s["weekly_shock_sd"])
                * rules_needs.shock_factor(daily[age + d], s["daily_shock_sd"])
            )
            days[k, d + 1] = days[k, d] + int(speed * DAY)


@compiled
def _fill_shocks(shocks: np.ndarray, seed: int, decision: int, entity: int, sd: float, persistence: float) -> None:
    """A stationary autoregression of order one, from FIRST_MONDAY on."""
    innovation = sd * math.sqrt(1.0 - persistence * persistence)
    shocks[0] = sd * draws.normal(draws.uniform(seed, decision, entity, 0))
    for n in range(1, shocks.shape[0]):
        noise = draws.normal(draws.uniform(seed, decision, entity, n))
        shocks[n] = persistence * shocks[n - 1] + innovation * noise


def _hour_shares(settings: np.ndarray, round_the_clock: bool) -> list[float]:
    """Share of a day's needs that arise before each full hour: 25 values from 0 to 1.

    A share is spread over the 24 hours, the rest stands half and half in a morning and an afternoon hump. Emergencies
    come at all hours.
    """
    even = 1.0 if round_the_clock else float(settings["round_the_clock_share"][0])
    width = float(settings["peak_width_hours"][0]) * math.sqrt(2.0)
    peaks = [float(settings[name][0]) for name in ("morning_peak_hour", "afternoon_peak_hour")]

    def before(peak: float, hour: int) -> float:
        low, high = math.erf((0 - peak) / width), math.erf((24 - peak) / width)
        return (math.erf((hour - peak) / width) - low) / (high - low)

    return [even * h / 24.0 + (1.0 - even) * 0.5 * sum(before(peak, h) for peak in peaks) for h in range(24)] + [1.0]


@inlined
def clock_at(world: World, kind: int, time: int) -> int:
    """What the demand clock of a kind shows at a midnight."""
    return world.demand_days[kind, (time - world.days["opens"][ALWAYS, 0]) // DAY]


@inlined
def time_on_clock(world: World, kind: int, shown: int, from_day: int) -> int:
    """When the demand clock of a kind shows `shown`, which is not before table day `from_day`."""
    days, hours = world.demand_days, world.demand_hours
    d = from_day
    while days[kind, d + 1] <= shown:
        d += 1
    share = (shown - days[kind, d]) / (days[kind, d + 1] - days[kind, d])
    h = 0
    while hours[kind, h + 1] <= share:
        h += 1
    within = (share - hours[kind, h]) / (hours[kind, h + 1] - hours[kind, h])
    of_day = min(h * HOUR + int(within * HOUR), DAY - 1)
    return world.days["opens"][ALWAYS, 0] + d * DAY + of_day
