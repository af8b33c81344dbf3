"""What residents take from one another and from what they see, week by week.

Opinions of a week are moved by the neighbours' opinions *before* it (DeGroot 1974): new values go to a scratch field and
are put in force together, so the order of residents does not matter.
"""

from __future__ import annotations

import math

from model.codes import HOUR, UNIT_PROGRAMME
from model.compilation import inlined, rule
from model.measures import W_RESIDENTS, W_SATISFIED_RESIDENTS, W_TRUST_SUM, add_to_week
from model.rules import expectation_after, moved_towards
from model.rules_adaptation import fatigue_after_week, seen_by, standing_after_week, surroundings
from model.world import World

SATISFIED_FROM = 0.5  # the definition of the indicator `satisfaction`


def open_residents(world: World) -> None:
    """Nobody has news to tell, and nobody has heard a promise."""
    world.clock["publicity_kept"], world.clock["publicity_pull"] = 1.0, 0.0
    world.residents["told_chance"] = world.residents["perceived_chance"]
    look_around(world)


@inlined
def programme_coverage(world: World) -> float:
    """Places held over places held or waited for, all programmes together; 1 if nobody wants one."""
    held, wanted = 0, 0
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_PROGRAMME:
            held += world.units["busy"][u]
            wanted += world.units["busy"][u] + world.units["waiting"][u]
    return held / wanted if wanted > 0 else 1.0


@rule
def look_around(world: World) -> None:
    """How each grid looks to its residents, from its open public problems and the street's programmes."""
    grids, s = world.grids, world.settings[0]
    coverage = programme_coverage(world)
    for g in range(grids.shape[0]):
        problems = 100.0 * grids["open_problems"][g] / max(grids["households"][g], 1)
        grids["surroundings"][g] = surroundings(
            problems, s["surroundings_severity_weight"], coverage, s["surroundings_coverage_weight"]
        )


@inlined
def _neighbours_mean(world: World, i: int) -> float:
    """Mean standing satisfaction of a resident's neighbours."""
    total = 0.0
    ties = world.neighbours.shape[1]
    for n in range(ties):
        total += world.residents["satisfaction"][world.neighbours[i, n]]
    return total / ties


@inlined
def _chance_after_news(world: World, i: int, own_rate: float, rate: float) -> float:
    """Perceived chance of a settlement after hearing how the neighbours' cases of this week ended.

    A neighbour's own case has moved its chance by `own_rate` of the way to 1 (settled) or 0; that gives away how it ended.
    """
    people = world.residents
    chance = people["perceived_chance"][i]
    for n in range(world.neighbours.shape[1]):
        j = world.neighbours[i, n]
        told, now = people["told_chance"][j], people["perceived_chance"][j]
        if j != i and now != told:
            outcome = min(max(told + (now - told) / own_rate, 0.0), 1.0)
            chance = moved_towards(chance, outcome, rate)
    return chance


@rule
def influence_one_another(world: World) -> None:
    """A week's pull of neighbours and surroundings on satisfaction, of neighbours' cases on hope; fatigue passes."""
    people, s = world.residents, world.settings[0]
    influence, seen = s["influence_rate"], s["surroundings_rate"]
    own_rate, news_rate = s["perceived_success_update_rate"], s["perceived_success_neighbour_rate"]
    decay = s["fatigue_decay_per_week"]
    for i in range(people.shape[0]):
        around = seen_by(world.grids["surroundings"][people["grid"][i]], people["mildness"][i])
        people["next_satisfaction"][i] = standing_after_week(
            people["satisfaction"][i], _neighbours_mean(world, i), influence, around, seen
        )
        people["next_chance"][i] = _chance_after_news(world, i, own_rate, news_rate)
    for i in range(people.shape[0]):
        people["satisfaction"][i] = people["next_satisfaction"][i]
        people["perceived_chance"][i] = people["next_chance"][i]
        people["told_chance"][i] = people["next_chance"][i]
        people["fatigue"][i] = fatigue_after_week(people["fatigue"][i], decay)


@rule
def record_residents(world: World, week: int) -> None:
    """How many residents are satisfied, and their trust, at the end of `week`."""
    people = world.residents
    satisfied, trust = 0.0, 0.0
    for i in range(people.shape[0]):
        satisfied += 1.0 if people["satisfaction"][i] >= SATISFIED_FROM else 0.0
        trust += people["trust"][i]
    add_to_week(world, week, W_RESIDENTS, float(people.shape[0]))
    add_to_week(world, week, W_SATISFIED_RESIDENTS, satisfied)
    add_to_week(world, week, W_TRUST_SUM, trust)


# --- Promised times and what people expect ---
#
# Publicity pulls every resident's log expected time towards the promised one, every week. That is one affine map for all, so it is
# kept once: with x = ln(expected / due), a week maps x to (1 - w) x + w ln(promised / due). `world.expected` holds the
# times as if no promise had been heard; `expected_hours` applies the map, `learn_time` undoes it after learning.


@rule
def publicise_promises(world: World) -> None:
    """A week's pull of promised times on what people expect."""
    s, clock = world.settings[0], world.clock
    weight = s["expectation_publicity_rate"] * s["publicity"]
    clock["publicity_kept"][0] *= 1.0 - weight
    promised = math.log(s["promised_hours_factor"])
    clock["publicity_pull"][0] = moved_towards(clock["publicity_pull"][0], promised, weight)


@inlined
def _due_hours(world: World, kind: int) -> float:
    return world.kinds["due"][kind] / HOUR


@inlined
def expected_hours(world: World, i: int, kind: int) -> float:
    """The time in hours within which a resident expects a need of this kind to be settled, promises included."""
    due = _due_hours(world, kind)
    x = world.clock["publicity_kept"][0] * math.log(world.expected[i, kind] / due) + world.clock["publicity_pull"][0]
    return max(due * math.exp(x), world.settings[0]["expectation_floor_hours"])


@inlined
def learn_time(world: World, i: int, kind: int, hours: float, rate: float) -> None:
    """Adaptive expectation after a case that took `hours`, an own one or a neighbour's (`rate` says whose)."""
    due = _due_hours(world, kind)
    floor = world.settings[0]["expectation_floor_hours"]
    expected = expectation_after(expected_hours(world, i, kind), hours, rate, floor)
    x = (math.log(expected / due) - world.clock["publicity_pull"][0]) / world.clock["publicity_kept"][0]
    world.expected[i, kind] = due * math.exp(x)


@rule
def tell_neighbours(world: World, i: int, kind: int, hours: float) -> None:
    """A resident's neighbours hear how long a case took."""
    rate = world.settings[0]["expectation_neighbour_rate"]
    for n in range(world.neighbours.shape[1]):
        j = world.neighbours[i, n]
        if j != i:
            learn_time(world, j, kind, hours, rate)
