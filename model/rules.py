"""The decisions of a request's life, each a small pure function of plain numbers.

Read this file to know what residents, grid workers, sections, departments and leaders decide and on what grounds. No function
here knows a reform: a reform changes the numbers that go in. Times are hours unless a name says otherwise; shares are in [0, 1].
"""

from __future__ import annotations

import math

from model.compilation import inlined


@inlined
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), with the argument clipped at +-35 so that both engines agree at the ends."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -35.0), 35.0)))


@inlined
def logit(p: float) -> float:
    """Log-odds of a probability, kept off 0 and 1."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return math.log(p / (1.0 - p))


# --- Voice: does the resident report? (MODEL 19; Hirschman 1970; Moynihan, Herd & Harvey 2015) ---


@inlined
def effort_minutes(hotline_minutes: float, grid_worker_minutes: float, acquainted: bool, app_minutes: float,
                   digital: float, app_threshold: float) -> float:  # fmt: skip
    """Minutes that the cheapest channel open to this resident costs."""
    minutes = hotline_minutes
    if acquainted:
        minutes = min(minutes, grid_worker_minutes)
    if digital >= app_threshold:
        minutes = min(minutes, app_minutes)
    return minutes


@inlined
def voice_score(kind_intercept: float, severity: float, severity_weight: float, trust: float, trust_weight: float,
                perceived_chance: float, efficacy_weight: float, effort: float, effort_weight: float,
                fatigue: float, fatigue_weight: float) -> float:  # fmt: skip
    """Log-odds of reporting a need. `effort` is minutes over the reference of 30 minutes."""
    return (
        kind_intercept
        + severity_weight * severity
        + trust_weight * (trust - 0.5)
        + efficacy_weight * (perceived_chance - 0.5)
        - effort_weight * effort
        - fatigue_weight * fatigue
    )


# --- Channel: a random-utility choice (MODEL 20; McFadden 1974) ---


@inlined
def channel_utility(intercept: float, wait_minutes: float, wait_weight: float, hours_until_open: float,
                    closed_weight: float, trips: float, trip_weight: float, experience: float,
                    experience_weight: float) -> float:  # fmt: skip
    """What a channel is worth to a resident, before taste for apps, acquaintance and noise."""
    return (
        intercept
        - wait_weight * wait_minutes
        - closed_weight * hours_until_open
        - trip_weight * trips
        + experience_weight * experience
    )


# --- First handling: does the grid worker settle it on the spot? (Lipsky 1980) ---


@inlined
def on_the_spot_chance(kind_share: float, skill: float, load: float, load_weight: float, process_weight: float,
                       process_reference: float, process_effect: float) -> float:  # fmt: skip
    """A grid worker settles what authority and skill allow; a loaded one judged on process passes it up."""
    reluctance = load_weight * max(0.0, load - 1.0) + process_effect * max(0.0, process_weight - process_reference)
    return kind_share * skill * math.exp(-reluctance)


# --- Climbing: what is lost on the way up (MODEL 28; Williamson 1967; Downs 1967) ---


@inlined
def completeness_after_hand_over(completeness: float, by_hand: float, by_form: float, form_share: float) -> float:
    """Each hand-over keeps 1 - g of what was known; a structured form garbles less."""
    return completeness * (1.0 - (by_hand + form_share * (by_form - by_hand)))


@inlined
def completeness_after_clarifying(completeness: float, restoration: float) -> float:
    """Asking back restores a share of what was lost."""
    return 1.0 - (1.0 - completeness) * (1.0 - restoration)


# --- Dispatch: is it sent to the right unit? (MODEL 28) ---


@inlined
def tool_accuracy(base: float, full: float, departments_joined: float) -> float:
    """A dispatch tool guesses from the sub-type alone (base) or from joined departments' data (full)."""
    return base + (full - base) * departments_joined


@inlined
def dispatch_accuracy(by_hand: float, by_tool: float, tool_share: float, learning: float, attempt: int) -> float:
    """Chance of the right unit at attempt 1, 2, ...: what is left of the error halves at each attempt."""
    first = by_hand + tool_share * (by_tool - by_hand)
    return 1.0 - (1.0 - first) * learning ** (attempt - 1.0)


# --- Departments: attend, commit, refuse (MODEL 12, 21) ---


@inlined
def attendance_chance(willingness: float) -> float:
    """Attending and committing are two hurdles whose product is the willingness."""
    return math.sqrt(willingness)


@inlined
def commitment_chance(willingness: float) -> float:
    """Chance that a department which sits at the table commits itself to this case."""
    return math.sqrt(willingness)


@inlined
def refusal_chance(boundary_unclear: bool, willingness: float) -> float:
    """A unit refuses only what is not clearly its own, and the less willing the more."""
    return 1.0 - willingness if boundary_unclear else 0.0


@inlined
def community_settlement_chance(share: float, on_spot_share: float, passed_over: bool, loss: float) -> float:
    """A community mediates some of what reaches it, of kinds that can be settled on the spot at all."""
    if on_spot_share <= 0.0:
        return 0.0
    return share * (1.0 - loss) if passed_over else share


@inlined
def papers_asked(papers: int, shareable: float, joined: float, joined_at_first: float, mark: float) -> int:
    """Papers that a resident must hand over: fewer as departments beyond those of the start share their data.

    `mark` in (0, 1) rounds a part of a paper up or down.
    """
    gained = (joined - joined_at_first) / max(1.0 - joined_at_first, 0.01)
    return int(math.floor(papers * max(0.0, 1.0 - shareable * gained) + mark))


# --- Work: how long and how well ---


@inlined
def elapsed_working_hours(work_hours: float, productive_share: float, skill: float, pace: float, dip: float) -> float:
    """Working hours that pass while `work_hours` are done by one post (MODEL 15; Kingman)."""
    return work_hours / max(productive_share * skill * pace * (1.0 - dip), 1e-6)


@inlined
def quality_failure_chance(base: float, skill: float, skill_weight: float, load: float, threshold: float,
                           load_weight: float) -> float:  # fmt: skip
    """Work fails the oftener the less the skill and the heavier the load above its threshold."""
    return logistic(logit(base) + skill_weight * (1.0 - skill) + load_weight * max(0.0, load - threshold))


# --- Patience (MODEL 4) ---


@inlined
def patience_hours(expected_hours: float, personal_factor: float, growth: float, spell: int) -> float:
    """How long after the last expiry patience runs out for the n-th time (n = 1, 2, 3)."""
    return expected_hours * personal_factor * growth ** (spell - 1.0)


@inlined
def petition_score(
    intercept: float, severity: float, severity_weight: float, trust: float, trust_weight: float
) -> float:
    """Log-odds that one whose patience is spent petitions and does not give up."""
    return intercept + severity_weight * severity - trust_weight * (trust - 0.5)


# --- Satisfaction, expectation, trust (MODEL 18; Oliver 1980; Van Ryzin 2013; Kahneman & Tversky) ---


@inlined
def disconfirmation(hours: float, expected_hours: float, limit: float) -> float:
    """How much longer than expected it took: log ratio, clipped."""
    return min(max(math.log((hours + 1.0) / (expected_hours + 1.0)), -limit), limit)


@inlined
def case_utility(intercept: float, settled: bool, settled_weight: float, late: float, late_weight: float,
                 early_weight: float, trips: int, trip_weight: float, documents: int, document_weight: float,
                 chases: int, chase_weight: float, heard: bool, heard_weight: float) -> float:  # fmt: skip
    """How a resident judges a closed or given-up case; positive is satisfied. `late` is the disconfirmation."""
    return (
        intercept
        + (settled_weight if settled else 0.0)
        - late_weight * max(0.0, late)
        + early_weight * max(0.0, -late)
        - trip_weight * max(0, trips - 1)
        - document_weight * max(0, documents - 2)
        - chase_weight * chases
        + (heard_weight if heard else 0.0)
    )


@inlined
def moved_towards(value: float, target: float, rate: float) -> float:
    """Exponential smoothing: a share `rate` of the way to the target."""
    return value + rate * (target - value)


@inlined
def expectation_after(expected_hours: float, hours: float, rate: float, floor_hours: float) -> float:
    """Adaptive expectation on the log scale (Nerlove 1958), never below the floor."""
    logged = math.log(max(expected_hours, floor_hours))
    return max(floor_hours, math.exp(moved_towards(logged, math.log(max(hours, floor_hours)), rate)))


# --- Detection by patrol (MODEL 3) ---


@inlined
def mean_hours_to_detection(coefficient: float, patrol_hours_per_day: float, households: float) -> float:
    """Mean clock hours until a patrol finds a public problem; very long where nobody patrols."""
    hazard_per_day = coefficient * patrol_hours_per_day / max(households, 1.0)
    return 24.0 / max(hazard_per_day, 1e-6)
