"""How organizations and residents adapt from week to week: the decisions, as functions of plain numbers.

The loops over units, organizations and residents are in `governance` and the modules it calls. Shares are in [0, 1],
money is whole yuan, hazards are per week unless a name says otherwise.
"""

from __future__ import annotations

import math

from model.codes import (
    UNIT_CIVIL_AFFAIRS,
    UNIT_COMMUNITY,
    UNIT_DISPATCH_DESK,
    UNIT_DUTY_TEAM,
    UNIT_GRID_WORKER,
    UNIT_SERVICE_HALL,
    UNIT_URBAN_MANAGEMENT,
)
from model.compilation import inlined
from model.rules import logistic, logit, moved_towards

WEEKS_PER_YEAR = 365.25 / 7.0
MONTHS_PER_YEAR = 12.0
WEEKS_PER_MONTH = WEEKS_PER_YEAR / MONTHS_PER_YEAR
OFFICE_DAY_HOURS = 8.0  # 9:00 to 17:00, see `calendars`
TRAINING_REFERENCE_HOURS = 80.0  # the yearly hours for which `training_skill_gain` is declared


# --- Working time (MODEL 15; Lipsky 1980) ---


@inlined
def paper_hours(meetings: float, meeting_hours: float, reports: float, report_hours: float, documents: float,
                document_hours: float) -> float:  # fmt: skip
    """Hours a month that one post spends on meetings, reports and documents."""
    return meeting_hours * meetings + report_hours * reports + document_hours * documents


@inlined
def productive_share(paper: float, other: float, month_hours: float, minimum: float) -> float:
    """Share of working time left for cases. With 12 meetings, 8 reports and 23 documents a month it is 0.30."""
    return max(minimum, 1.0 - other - paper / month_hours)


@inlined
def quota_hours(quota_per_day: float, process_weight: float, reference_weight: float, report_minutes: float) -> float:
    """Hours a day that a grid worker spends on quota reports (Holmström & Milgrom 1991)."""
    return quota_per_day * process_weight / reference_weight * report_minutes / 60.0


@inlined
def field_productive_share(field_hours: float, quota: float, minimum: float) -> float:
    """A grid worker's share of the working day that is left for cases and patrol."""
    return max(minimum, (field_hours - quota) / OFFICE_DAY_HOURS)


@inlined
def patrol_hours_per_day(field_hours: float, quota: float, load: float) -> float:
    """Patrol takes what quota and cases leave: `load` is the share of case time that cases took last week."""
    return max(0.0, field_hours - quota) * (1.0 - min(max(load, 0.0), 1.0))


@inlined
def overtime_share(load: float, threshold: float, limit_hours: float, month_hours: float) -> float:
    """Next week's overtime over rostered time: none below the threshold, all that the law allows at full load."""
    strain = (load - threshold) / max(1.0 - threshold, 0.01)
    return limit_hours / month_hours * min(max(strain, 0.0), 1.0)


# --- Staff (MODEL 27; Griffeth, Hom & Gaertner 2000; Demerouti et al. 2001; Wright 1936) ---


@inlined
def is_contract(unit_type: int) -> bool:
    """Units of contract staff (assumption): counters, dispatch, duty, and civil affairs and enforcement, of whose many posts few
    are established ones.
    """
    section = unit_type == UNIT_CIVIL_AFFAIRS or unit_type == UNIT_URBAN_MANAGEMENT
    return section or unit_type == UNIT_SERVICE_HALL or unit_type == UNIT_DISPATCH_DESK or unit_type == UNIT_DUTY_TEAM


@inlined
def is_social(unit_type: int) -> bool:
    """Units of grid and social workers."""
    return unit_type == UNIT_GRID_WORKER or unit_type == UNIT_COMMUNITY


@inlined
def turnover_base(unit_type: int, civil: float, contract: float, grid_social: float) -> float:
    """Leavers per post-year at ordinary load: grid and social workers, contract staff, and else established civil posts."""
    if is_social(unit_type):
        return grid_social
    return contract if is_contract(unit_type) else civil


@inlined
def turnover_per_year(base: float, overtime: float, overtime_weight: float, overtime_reference: float, load: float,
                      load_weight: float, load_reference: float, pressure: float, pay_ratio: float, pay_weight: float,
                      cap: float) -> float:  # fmt: skip
    """Leavers per filled post and year: strain drives people out, pay keeps them; at most `cap` times the base."""
    strain = overtime_weight * (overtime - overtime_reference) + load_weight * (load - load_reference)
    exponent = strain + pressure - pay_weight * math.log(max(pay_ratio, 0.01))
    return base * min(math.exp(min(max(exponent, -35.0), 35.0)), cap)


@inlined
def mean_vacancy_weeks(months: float, applicants: float, reference_applicants: float) -> float:
    """Mean weeks that a post stays empty, shorter in proportion to the applicants."""
    return months * WEEKS_PER_MONTH * reference_applicants / max(applicants, 0.01)


@inlined
def stationary_vacancy_share(leavers_per_year: float, vacancy_weeks: float) -> float:
    """Share of posts that is vacant in the long run: filled and vacant spells alternate (renewal theory)."""
    filled_weeks = WEEKS_PER_YEAR / max(leavers_per_year, 1e-9)
    return vacancy_weeks / (vacancy_weeks + filled_weeks)


@inlined
def learned(experience: float, weeks_to_learn: float) -> float:
    """Mean experience a week later: the gap to practised staff (1) falls to 1/e in `weeks_to_learn` weeks."""
    return 1.0 - (1.0 - experience) * math.exp(-1.0 / weeks_to_learn)


@inlined
def experience_with_newcomer(experience: float, staff: float, newcomer: float) -> float:
    """Mean experience after one person joins `staff` persons."""
    return (experience * staff + newcomer) / (staff + 1.0)


@inlined
def training_gain(gain: float, hours_per_year: float) -> float:
    """Long-run gain in skill from yearly training: `gain` at 80 hours, with falling returns (assumption)."""
    return gain * (1.0 - math.exp(-hours_per_year / TRAINING_REFERENCE_HOURS)) / (1.0 - math.exp(-1.0))


@inlined
def unit_skill(
    practised: float, experience: float, specialists: float, specialist_gain: float, trained: float
) -> float:
    """Mean speed and quality of a unit's staff."""
    return practised * experience * (1.0 + specialist_gain * specialists) * (1.0 + trained)


# --- Departments (MODEL 21, 28; Ostrom 1998; Ansell & Gash 2008; Bevan & Hood 2006) ---


@inlined
def willingness_target(base: float, accountability: float, accountability_weight: float,
                       load: float, load_weight: float, threshold: float) -> float:  # fmt: skip
    """The willingness towards which a department moves: accountable more, overloaded less.

    Help that street and departments give each other (R in MODEL 21) comes with the reforms that let them give it.
    """
    return logistic(logit(base) + accountability_weight * accountability - load_weight * max(0.0, load - threshold))


@inlined
def willingness_after_month(willingness: float, target: float, rate: float) -> float:
    """Willingness a month later; between its old value and its target, hence in (0, 1)."""
    return moved_towards(willingness, target, rate)


@inlined
def data_fear(safeguards: float, after_leak: float) -> float:
    """A department's fear of sharing data: halved by full safeguards, raised after a leak."""
    return 1.0 - 0.5 * safeguards + after_leak


@inlined
def data_sharing_score(accountability: float, accountability_weight: float, order: float, order_weight: float,
                       fear: float, fear_weight: float, propensity: float) -> float:  # fmt: skip
    """A department shares its data while this is positive."""
    return accountability_weight * accountability + order_weight * order - fear_weight * fear + propensity


@inlined
def fear_after_a_week(fear: float, half_life_weeks: float) -> float:
    """What is left of the fear after a leak."""
    return fear * 0.5 ** (1.0 / half_life_weeks)


# --- Social organizations and programmes (MODEL 16, 30; Pfeffer & Salancik 1978; Hannan & Freeman 1984) ---


@inlined
def closes(reserve_before: float, reserve_after: float) -> bool:
    """An organization closes when its reserve has been negative for a month."""
    return reserve_before < 0.0 and reserve_after < 0.0


@inlined
def capability_after_month(capability: float, contracts: float, growth: float) -> float:
    """Organizations learn by contract: each contract-month closes a share of the gap to full capability."""
    return 1.0 - (1.0 - capability) * (1.0 - growth) ** contracts


@inlined
def contract_quality(capability: float, difficulty: float, slope: float, supervised: bool,
                     unsupervised_factor: float) -> float:  # fmt: skip
    """Share of a contract that is fulfilled well; worse where the street has no time to supervise."""
    quality = logistic(slope * (capability - difficulty))
    return quality if supervised else quality * unsupervised_factor


@inlined
def allocation_share(habit: float, measured: float, measured_weight: float) -> float:
    """Share of programme capacity that a kind gets, by habit and by measured need."""
    return (1.0 - measured_weight) * habit + measured_weight * measured


# --- Residents (MODEL 18, 19; DeGroot 1974; Nerlove 1958) ---


@inlined
def surroundings(problems_per_100_households: float, severity_weight: float, coverage: float,
                 coverage_weight: float) -> float:  # fmt: skip
    """How a grid looks to those who ask nobody, in [0, 1]: open public problems, and programmes that reach people."""
    clean = math.exp(-severity_weight * max(problems_per_100_households, 0.0))
    return (1.0 - coverage_weight) * clean + coverage_weight * coverage


@inlined
def seen_by(surroundings_: float, mildness: float) -> float:
    """How the same surroundings look to one resident: their odds times the personal part of every judgement."""
    odds = surroundings_ * mildness
    return odds / max(odds + 1.0 - surroundings_, 1e-12)


@inlined
def standing_after_week(own: float, neighbours_mean: float, influence: float, around: float, rate: float) -> float:
    """Standing satisfaction a week later: pulled by the neighbours' mean and by what is seen around."""
    return own + influence * (neighbours_mean - own) + rate * (around - own)


@inlined
def fatigue_after_week(fatigue: float, decay: float) -> float:
    """Fatigue a week later."""
    return fatigue * (1.0 - decay)


# --- Money (MODEL 22; Eppen 1979) ---


@inlined
def whole_yuan(yuan: float) -> float:
    """The nearest whole yuan: sums are rounded at source, so that all accounts are exact."""
    return float(math.floor(yuan + 0.5))


@inlined
def pooled_yuan(
    released: float, pool_share: float, earmarked: float, shrink_factor: float, willingness: float
) -> float:
    """What a line gives to the pool at a release; lines shrink what they may lose, the unwilling most."""
    shrink = shrink_factor * pool_share * (1.0 - willingness)
    return whole_yuan(released * pool_share * (1.0 - earmarked) * (1.0 - shrink))


@inlined
def partner_joins_chance(intercept: float, visibility: float) -> float:
    """Chance that an enterprise or unit joins a pooled project that is of benefit to it."""
    return logistic(intercept + visibility)


@inlined
def partner_yuan(cost: float, share: float, limit: float) -> float:
    """What a partner brings to a project."""
    return whole_yuan(min(limit, share * cost))
