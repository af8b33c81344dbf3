"""Who lives in a street and what a need is like, as small pure functions of plain numbers.

Each maps uniforms and parameters to a property, and is monotone in the parameter that people would change: a
larger share or mean adds to some and swaps nobody (common random numbers). Shares are in [0, 1], times in hours
unless said otherwise.
"""

from __future__ import annotations

import math

from model import draws
from model.codes import ADULT, CHILD, ELDERLY, HERE, NOT_IN_THIS_STREET, WITH_POWER_OR_MONEY
from model.compilation import rule

LOGISTIC_NORMAL = math.pi / 8.0  # E[logistic(m + s Z)] is close to logistic(m / sqrt(1 + pi/8 s^2))


@rule
def poisson(u: float, mean: float) -> int:
    """Poisson by its inverse distribution function; for means up to some hundreds."""
    chance = math.exp(-mean)
    below = chance
    n = 0
    while u > below and chance > 0.0:
        n += 1
        chance *= mean / n
        below += chance
    return n


@rule
def logistic_normal_centre(mean: float, sd: float) -> float:
    """The centre m at which logistic(m + sd Z), Z standard normal, has about this mean (within 0.01)."""
    mean = min(max(mean, 1e-6), 1.0 - 1e-6)
    return math.log(mean / (1.0 - mean)) * math.sqrt(1.0 + LOGISTIC_NORMAL * sd * sd)


@rule
def logistic_normal(u: float, mean: float, sd: float) -> float:
    """A value in (0, 1) with about this mean; `sd` is the spread of its log-odds."""
    x = logistic_normal_centre(mean, sd) + sd * draws.normal(u)
    return 1.0 / (1.0 + math.exp(-min(max(x, -35.0), 35.0)))


# --- Residents ---


@rule
def household_members(u: float, mean_size: float) -> int:
    """Members of a household: one, and a Poisson number of others."""
    return 1 + poisson(u, mean_size - 1.0)


@rule
def age_band(u_child: float, u_elderly: float, member: int, child_share: float, elderly_share: float,
             household_size: float) -> int:  # fmt: skip
    """Child, adult or elderly. The first member of a household is no child, so the others are so more often."""
    if member > 0 and u_child < min(1.0, child_share * household_size / (household_size - 1.0)):
        return CHILD
    if u_elderly < min(1.0, elderly_share / max(1.0 - child_share, 1e-9)):
        return ELDERLY
    return ADULT


@rule
def digital_skill(u: float, skilled_share: float, threshold: float) -> float:
    """Skill in [0, 1), at or above the threshold for this share of people and spread evenly on either side."""
    v = 1.0 - u
    if v >= 1.0 - skilled_share:
        return threshold + (1.0 - threshold) * (v - (1.0 - skilled_share)) / skilled_share
    return threshold * v / (1.0 - skilled_share)


@rule
def is_vulnerable(band: int, digital: float, threshold: float, floating: bool, hardship: bool) -> bool:
    """The group of the equity gap: 60+ without digital skill, floating, low-income or disabled."""
    return floating or hardship or (band == ELDERLY and digital < threshold)


@rule
def group_ratio(band: int, hardship: bool, elderly_ratio: float, vulnerable_ratio: float) -> float:
    """How often a resident of this group has a need, over a younger resident without hardship."""
    ratio = vulnerable_ratio if hardship else 1.0
    return ratio * elderly_ratio if band == ELDERLY else ratio


@rule
def mean_group_ratio(elderly_share: float, hardship_share: float, elderly_ratio: float,
                     vulnerable_ratio: float) -> float:  # fmt: skip
    """The mean of `group_ratio` over a population in which age and hardship are independent."""
    return (1.0 + elderly_share * (elderly_ratio - 1.0)) * (1.0 + hardship_share * (vulnerable_ratio - 1.0))


# --- Needs ---


@rule
def severity(u: float, mean: float, concentration: float) -> float:
    """Severity in (0, 1): log-odds normal, with about the mean and variance of a beta law of this concentration."""
    mean = min(max(mean, 0.001), 0.999)
    return logistic_normal(u, mean, 1.0 / math.sqrt(mean * (1.0 - mean) * (concentration + 1.0)))


@rule
def departments_needed(u_multi: float, u_number: float, multi_share: float, most: int) -> int:
    """1, or for a share of needs 2 to `most`, equally likely."""
    if most < 2 or u_multi >= multi_share:
        return 1
    return 2 + int(u_number * (most - 1))


@rule
def money_needed(u_any: float, u_sum: float, share: float, median: float, log_sd: float) -> float:
    """Yuan beyond staff time; 0 for most."""
    return draws.lognormal_median(u_sum, median, log_sd) if u_any < share else 0.0


@rule
def settleable(u: float, unsettleable_share: float, needs_power: bool, money: float) -> int:
    """Whether the street can settle it by itself, with power or money, or not at all."""
    if u < unsettleable_share:
        return NOT_IN_THIS_STREET
    return WITH_POWER_OR_MONEY if needs_power or money > 0.0 else HERE


@rule
def season(day_of_year: float, peak_week: float, amplitude: float) -> float:
    """Demand of a season over the yearly mean: a cosine over 52 weeks with its top in the peak week."""
    return 1.0 + amplitude * math.cos(2.0 * math.pi * (day_of_year / 7.0 - peak_week) / 52.0)


@rule
def day_weight(is_day_off: bool, weekend_factor: float, working_days: float) -> float:
    """Demand of a day over the mean of all days, of which `working_days` a year are worked."""
    mean = (working_days + (365.0 - working_days) * weekend_factor) / 365.0
    return (weekend_factor if is_day_off else 1.0) / mean


@rule
def shock_factor(x: float, sd: float) -> float:
    """A normal shock as a factor with mean 1."""
    return math.exp(x - 0.5 * sd * sd)


@rule
def reports_owed(quota: float, weight: float, reference: float) -> float:
    """Quota reports a grid worker files on a working day: the more the assessment weighs process, the more."""
    return quota * weight / max(reference, 0.01)
