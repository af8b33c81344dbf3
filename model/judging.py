"""How residents judge what they lived through, and what losing patience makes them do (MODEL 4, 18)."""

from __future__ import annotations

from model import draws
from model.codes import (
    CHASED,
    GIVEN_UP,
    OUTCOME_GIVEN_UP,
    OUTCOME_PETITIONED,
    PETITIONED,
    RESIDENT,
    WEEK,
)
from model.compilation import rule
from model.flow import note, stop_timer
from model.measures import W_PETITIONS, add_to_week
from model.neighbours import expected_hours, learn_time, tell_neighbours
from model.rules import (
    case_utility,
    disconfirmation,
    logistic,
    moved_towards,
    petition_score,
)
from model.tracing import CONTACTS, HOUR_US, count_need, start_patience
from model.world import World


@rule
def judge(world: World, r: int, now: int, settled: bool) -> None:
    """The resident's verdict at closure or giving up moves standing satisfaction, trust, expectation and hopes."""
    q = world.requests
    if q["origin"][r] != RESIDENT or q["rated"][r]:
        return
    s = world.settings
    people = world.residents
    i, kind = q["owner"][r], q["kind"][r]
    hours = (now - q["reported"][r]) / HOUR_US
    expected = expected_hours(world, i, kind)
    utility = case_utility(
        s["satisfaction_intercept"][0],
        settled,
        s["satisfaction_settled_weight"][0],
        disconfirmation(hours, expected, s["disconfirmation_limit"][0]),
        s["satisfaction_lateness_weight"][0],
        s["satisfaction_earliness_weight"][0],
        q["visits"][r] + q["turned_away"][r],
        s["satisfaction_trip_weight"][0],
        q["papers"][r],
        s["satisfaction_document_weight"][0],
        q["chases"][r] + q["reopenings"][r],
        s["satisfaction_chase_weight"][0],
        q["heard"][r],
        s["satisfaction_heard_weight"][0],
    )
    noise = draws.logistic_noise(draws.uniform(world.clock["seed"][0], draws.SATISFACTION_NOISE, q["name"][r], 0))
    verdict = utility + people["bias"][i] + noise
    q["rated"][r] = True
    q["satisfied"][r] = verdict > 0.0
    if not world.clock["adaptation"][0]:
        return
    rate = s["standing_update_rate"][0]
    people["satisfaction"][i] = moved_towards(people["satisfaction"][i], logistic(verdict), rate)
    kept = 1.0 if settled and hours <= expected * s["promised_hours_factor"][0] else 0.0
    people["trust"][i] = moved_towards(people["trust"][i], kept, s["trust_update_rate"][0])
    chance = moved_towards(
        people["perceived_chance"][i], 1.0 if settled else 0.0, s["perceived_success_update_rate"][0]
    )
    people["perceived_chance"][i] = chance
    if not settled:
        people["fatigue"][i] = min(1.0, people["fatigue"][i] + s["fatigue_gain"][0])
    if settled:
        learn_time(world, i, kind, hours, s["expectation_update_rate"][0])
        tell_neighbours(world, i, kind, hours)
    channel = q["channel"][r]
    opinion = moved_towards(world.experience[i, channel], logistic(verdict), s["channel_experience_update_rate"][0])
    world.experience[i, channel] = opinion


@rule
def lower_trust_for_failure(world: World, r: int) -> None:
    """A closure that did not last counts against trust, doubly (MODEL 18)."""
    q = world.requests
    if q["origin"][r] == RESIDENT and world.clock["adaptation"][0]:
        s = world.settings
        people = world.residents
        i = q["owner"][r]
        rate = min(1.0, s["trust_update_rate"][0] * s["trust_false_closure_weight"][0])
        people["trust"][i] = moved_towards(people["trust"][i], 0.0, rate)


@rule
def lose_patience(world: World, r: int, now: int) -> None:
    """Patience has run out for the n-th time: chase, chase again, then petition or give up."""
    q = world.requests
    s = world.settings
    q["timer_count"][r] += 1
    spell = q["timer_count"][r]
    if spell < s["patience_spells"][0]:
        q["chases"][r] += 1
        q["contacts"][r] += 1
        q["extra_work"][r] += s["chase_hours"][0]
        q["priority"][r] = min(q["priority"][r], 1)
        count_need(world, r, CONTACTS, now, 1.0)
        note(world, r, now, CHASED, q["unit"][r], q["stage"][r], float(spell))
        start_patience(world, r, now, spell + 1)
        return
    score = petition_score(
        s["petition_intercept"][0],
        q["severity"][r],
        s["petition_severity_weight"][0],
        world.residents["trust"][q["owner"][r]],
        s["petition_trust_weight"][0],
    )
    petitions = draws.uniform(world.clock["seed"][0], draws.PETITION, q["name"][r], 0) < logistic(score)
    note(world, r, now, PETITIONED if petitions else GIVEN_UP, q["unit"][r], q["stage"][r], 0.0)
    if petitions:
        add_to_week(world, now // WEEK, W_PETITIONS, 1.0)
        q["extra_work"][r] += s["petition_work_hours"][0]
    q["outcome"][r] = OUTCOME_PETITIONED if petitions else OUTCOME_GIVEN_UP
    judge(world, r, now, False)
    q["gave_up"][r] = True
    stop_timer(world, r)
