"""Social organizations and the places of programmes that they and the street run (MODEL 16, 30).

Money of an organization is yuan a month, its reserve yuan. Rows that are not alive are future entrants (`born` is NEVER), in
incubation (`born` lies ahead) or closed. They are paid from the budget of public services, not from the governance money.
"""

from __future__ import annotations

import math

from model import draws
from model.codes import CHILD_CARE, ELDER_CARE, NEVER, UNIT_CIVIL_AFFAIRS, UNIT_PROGRAMME, WEEK
from model.compilation import inlined, rule
from model.departments import month_load
from model.measures import (
    W_ORGANIZATION_YUAN,
    W_ORGANIZATIONS,
    W_ORGANIZATIONS_CLOSED,
    W_PLACES_HELD,
    W_PLACES_OFFERED,
    W_PLACES_WAITED_FOR,
    add_to_week,
)
from model.rules import logistic, voice_score
from model.rules_adaptation import (
    MONTHS_PER_YEAR,
    WEEKS_PER_MONTH,
    WEEKS_PER_YEAR,
    allocation_share,
    capability_after_month,
    closes,
    contract_quality,
    whole_yuan,
)
from model.world import World

REFERENCE_RESIDENTS = 60_000.0  # the street for which organizations are counted

# Ordinals of an organization's traits.
_INDEPENDENT, _CONTRACTS, _CAPABILITY, _PROGRAMME, _NUMBER = range(5)


# --- The start ---


@inlined
def _trait(world: World, o: int, ordinal: int) -> float:
    key = world.organizations["key"][o]
    return draws.uniform(world.clock["seed"][0], draws.ORGANIZATION_TRAIT, key, ordinal)


@inlined
def _key_person_threshold(world: World, o: int) -> float:
    key = world.organizations["key"][o]
    uniform = draws.uniform(world.clock["seed"][0], draws.KEY_PERSON, key, world.organizations["spell"][o])
    return draws.exponential(uniform, 1.0)


@inlined
def _incubation_threshold(world: World) -> float:
    clock = world.clock
    uniform = draws.uniform(clock["seed"][0], draws.INCUBATION, draws.WHOLE_STREET, clock["incubation_spell"][0])
    return draws.exponential(uniform, 1.0)


@inlined
def _pick_programme(world: World, o: int) -> int:
    """The programme that an organization serves, in proportion to their places; -1 if there is none."""
    total = 0.0
    for u in range(world.units.shape[0]):
        total += world.units["posts"][u] if world.units["type"][u] == UNIT_PROGRAMME else 0.0
    mark = _trait(world, o, _PROGRAMME) * total
    chosen = -1
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_PROGRAMME and (chosen < 0 or mark >= 0.0):
            chosen = u
            mark -= world.units["posts"][u]
    return chosen


@inlined
def _contracts(world: World, o: int) -> float:
    """Whole number of contracts: the mean, rounded up or down by the organization's own mark."""
    mean = world.settings[0]["contracts_per_organization"]
    return float(math.floor(mean + world.organizations["contract_mark"][o]))


@inlined
def _contract_income(world: World, o: int) -> float:
    return whole_yuan(world.organizations["contracts"][o] * world.settings[0]["contract_value_yuan"] / MONTHS_PER_YEAR)


@rule
def found(world: World, o: int, reserve_months: float) -> None:
    """An organization takes up work, with as many staff as its income pays for.

    Independent ones have fees where the others have the street's subsidy; both begin with a balanced budget.
    """
    orgs, s = world.organizations, world.settings[0]
    orgs["alive"][o] = True
    orgs["unit"][o] = _pick_programme(world, o)
    orgs["independent"][o] = _trait(world, o, _INDEPENDENT) < s["independent_share"]
    orgs["contract_mark"][o] = _trait(world, o, _CONTRACTS)
    orgs["contracts"][o] = _contracts(world, o)
    spread = min(s["capability_spread"], s["capability_initial"], 1.0 - s["capability_initial"])
    orgs["capability"][o] = s["capability_initial"] + spread * (2.0 * _trait(world, o, _CAPABILITY) - 1.0)
    subsidy = whole_yuan(s["subsidy_yuan"] / MONTHS_PER_YEAR)
    orgs["income"][o] = whole_yuan(s["donation_yuan"] / MONTHS_PER_YEAR)
    if orgs["independent"][o]:
        orgs["income"][o] += subsidy
        subsidy = 0.0
    orgs["subsidy"][o] = subsidy
    orgs["staff"][o] = s["organization_staff"]
    orgs["staff_cost"][o] = orgs["income"][o] + subsidy + _contract_income(world, o)
    orgs["post_cost"][o] = whole_yuan(orgs["staff_cost"][o] / orgs["staff"][o])
    orgs["reserve"][o] = whole_yuan(reserve_months * orgs["staff_cost"][o])
    orgs["hazard"][o] = 0.0
    orgs["threshold"][o] = _key_person_threshold(world, o)


@rule
def open_organizations(world: World, now: int) -> None:
    """The organizations of the start, and the split of programme places between them and the street itself."""
    orgs, s = world.organizations, world.settings[0]
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_PROGRAMME:
            world.units["posts"][u] = whole_places(places_at_first(world, u))
    mean = s["social_organizations_per_street"] * world.residents.shape[0] / REFERENCE_RESIDENTS
    uniform = draws.uniform(world.clock["seed"][0], draws.ORGANIZATION_TRAIT, draws.WHOLE_STREET, _NUMBER)
    number = min(int(math.floor(mean + uniform)), orgs.shape[0])
    for o in range(orgs.shape[0]):
        orgs["born"][o] = NEVER
        if o < number:
            independent = _trait(world, o, _INDEPENDENT) < s["independent_share"]
            found(world, o, s["reserve_months_independent"] if independent else s["reserve_months_dependent"])
            orgs["born"][o] = now
    world.clock["incubation_threshold"][0] = _incubation_threshold(world)
    for u in range(world.units.shape[0]):
        if world.units["type"][u] == UNIT_PROGRAMME:
            _split_places(world, u)
    offer_places(world)


@inlined
def _split_places(world: World, u: int) -> None:
    """Divide a programme's places into the street's own and those of the organizations that serve it."""
    units = world.units
    hands, part = _hands(world, u), world.settings[0]["organizations_place_share"]
    units["places_per_staff"][u] = part * units["posts"][u] / hands if hands > 0.0 else 0.0
    own = (1.0 - part if hands > 0.0 else 1.0) * units["posts"][u]
    units["quarter_arrived"][u] = units["arrived"][u]
    units["allocation"][u] = _allocation(world, u, 0.0, 0.0)
    units["own_places"][u] = own / max(units["allocation"][u], 1e-9)


@inlined
def _hands(world: World, u: int) -> float:
    """Staff of the organizations that serve a programme, weighted with the quality of their work."""
    orgs = world.organizations
    hands = 0.0
    for o in range(orgs.shape[0]):
        if orgs["alive"][o] and orgs["unit"][o] == u:
            hands += orgs["staff"][o] * _quality(world, o)
    return hands


# --- Places ---


@inlined
def whole_places(places: float) -> float:
    """The nearest whole number of places."""
    return float(math.floor(places + 0.5))


@inlined
def serves_children(world: World, u: int) -> bool:
    """Whether a programme is for children; else it is for elders."""
    return world.kinds["programme"][CHILD_CARE] == u


@rule
def places_at_first(world: World, u: int) -> float:
    """Places of a programme before any reform, from what is offered per 1,000 residents who want a place.

    Those who want one are those who come forward: new wants a year that are voiced and entitled, times the mean stay.
    """
    s, k = world.settings[0], world.kinds
    if serves_children(world, u):
        kind, per_1000 = CHILD_CARE, s["child_care_places_per_1000_wanting"]
        weeks, log_sd = s["child_care_stay_median_weeks"], s["child_care_stay_log_sd"]
    else:
        kind, per_1000 = ELDER_CARE, s["elder_care_places_per_1000_wanting"]
        weeks, log_sd = s["elder_care_stay_median_weeks"], s["elder_care_stay_log_sd"]
    entitled = (1.0 - k["informal_share"][kind]) * (1.0 - k["unsettleable_share"][kind])
    voiced = logistic(
        voice_score(
            k["voice"][kind],
            k["severity"][kind],
            s["voice_severity_weight"],
            s["trust_initial"],
            s["voice_trust_weight"],
            s["perceived_success_initial"],
            s["voice_efficacy_weight"],
            s["hotline_minutes"] / s["voice_effort_reference_minutes"],
            s["voice_effort_weight"],
            0.0,
            s["voice_fatigue_weight"],
        )
    )
    a_year = k["rate"][kind] * world.residents.shape[0] * entitled * voiced
    return per_1000 / 1000.0 * a_year * weeks * math.exp(0.5 * log_sd * log_sd) / WEEKS_PER_YEAR


@inlined
def is_supervised(world: World) -> bool:
    """Whether civil affairs finds time to look after contracts: not in a month of overtime."""
    units, limit = world.units, world.settings[0]["overtime_threshold"]
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_CIVIL_AFFAIRS and month_load(world, u) >= limit:
            return False
    return True


@inlined
def _quality(world: World, o: int) -> float:
    s = world.settings[0]
    return contract_quality(
        world.organizations["capability"][o],
        s["contract_difficulty"],
        s["contract_quality_slope"],
        is_supervised(world),
        s["unsupervised_quality_factor"],
    )


@inlined
def _habit(world: World, u: int) -> float:
    """Share of programme capacity that habit gives to the kind that this programme serves."""
    if serves_children(world, u):
        return world.settings[0]["habit_share_child_care"]
    return world.settings[0]["habit_share_meals"]


@inlined
def _allocation(world: World, u: int, wants: float, all_wants: float) -> float:
    """Share of the street's programme capacity for this programme.

    Measured need is the programmes' part of residents' demand, split by the wants that came up in the last quarter; before
    any are counted, by habit. Who does not speak is not counted.
    """
    s = world.settings[0]
    habit = _habit(world, u)
    if all_wants > 0.0:
        part = wants / all_wants
    else:
        part = habit / (s["habit_share_meals"] + s["habit_share_child_care"])
    return allocation_share(habit, s["demand_share_meals_child_care"] * part, s["measured_need_weight"])


@inlined
def _wants(world: World, u: int) -> float:
    return float(world.units["arrived"][u] - world.units["quarter_arrived"][u])


@rule
def reallocate_places(world: World) -> None:
    """Quarterly: the street's own places follow habit and the need measured in the quarter."""
    units = world.units
    total = 0.0
    for u in range(units.shape[0]):
        total += _wants(world, u) if units["type"][u] == UNIT_PROGRAMME else 0.0
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_PROGRAMME:
            units["allocation"][u] = _allocation(world, u, _wants(world, u), total)
    for u in range(units.shape[0]):
        units["quarter_arrived"][u] = units["arrived"][u]


@rule
def offer_places(world: World) -> None:
    """Places of each programme: the street's own and those of living organizations. Stays under way go on."""
    units, orgs = world.units, world.organizations
    for o in range(orgs.shape[0]):
        places = 0.0
        if orgs["alive"][o] and orgs["unit"][o] >= 0:
            places = orgs["staff"][o] * _quality(world, o) * units["places_per_staff"][orgs["unit"][o]]
        orgs["places"][o] = places
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_PROGRAMME:
            places = units["own_places"][u] * units["allocation"][u]
            for o in range(orgs.shape[0]):
                places += orgs["places"][o] if orgs["unit"][o] == u else 0.0
            units["posts"][u] = whole_places(places)
            units["filled"][u] = units["posts"][u]
            units["servers"][u] = int(units["posts"][u])


# --- A month in the life of an organization ---


@inlined
def _lose_key_person(world: World, o: int) -> None:
    orgs, s = world.organizations, world.settings[0]
    orgs["hazard"][o] += s["key_person_attrition"] / MONTHS_PER_YEAR
    if orgs["hazard"][o] >= orgs["threshold"][o]:
        orgs["hazard"][o] -= orgs["threshold"][o]
        orgs["spell"][o] += 1
        orgs["threshold"][o] = _key_person_threshold(world, o)
        orgs["capability"][o] = max(orgs["capability"][o] - s["capability_loss"], 0.0)


@rule
def live_a_month(world: World, o: int) -> float:
    """Income, cost, learning; growth on a full reserve, closing on an empty one. Returns yuan paid by the street."""
    orgs, s = world.organizations, world.settings[0]
    orgs["contracts"][o] = _contracts(world, o)
    orgs["subsidy"][o] = 0.0 if orgs["independent"][o] else whole_yuan(s["subsidy_yuan"] / MONTHS_PER_YEAR)
    contracts = _contract_income(world, o)
    before = orgs["reserve"][o]
    surplus = contracts + orgs["income"][o] + orgs["subsidy"][o] - orgs["staff_cost"][o]
    orgs["reserve"][o] += surplus
    orgs["capability"][o] = capability_after_month(orgs["capability"][o], orgs["contracts"][o], s["capability_growth"])
    _lose_key_person(world, o)
    if closes(before, orgs["reserve"][o]):
        orgs["alive"][o] = False
    elif (
        surplus >= orgs["post_cost"][o]
        and orgs["reserve"][o] > s["reserve_months_independent"] * (orgs["staff_cost"][o])
    ):
        orgs["staff"][o] += 1.0
        orgs["staff_cost"][o] += orgs["post_cost"][o]
    return contracts + orgs["subsidy"][o]


@rule
def incubate(world: World, now: int) -> None:
    """A month's entry: new organizations begin their incubation, those that have finished it take up work."""
    orgs, s, clock = world.organizations, world.settings[0], world.clock
    scale = world.residents.shape[0] / REFERENCE_RESIDENTS
    clock["incubation_hazard"][0] += s["incubation_per_year"] * scale / MONTHS_PER_YEAR
    for o in range(orgs.shape[0]):
        if orgs["born"][o] == NEVER and clock["incubation_hazard"][0] >= clock["incubation_threshold"][0]:
            clock["incubation_hazard"][0] -= clock["incubation_threshold"][0]
            clock["incubation_spell"][0] += 1
            clock["incubation_threshold"][0] = _incubation_threshold(world)
            orgs["born"][o] = now + int(s["incubation_months"] * WEEKS_PER_MONTH) * WEEK
        elif not orgs["alive"][o] and orgs["staff"][o] == 0.0 and orgs["born"][o] <= now:
            found(world, o, s["reserve_months_dependent"])


@rule
def keep_organizations(world: World, week: int) -> None:
    """Monthly: pay organizations, let them live, grow, close and be founded, and offer the places that result."""
    now = week * WEEK
    orgs = world.organizations
    for o in range(orgs.shape[0]):
        if orgs["alive"][o]:
            add_to_week(world, week, W_ORGANIZATION_YUAN, live_a_month(world, o))
            if not orgs["alive"][o]:
                add_to_week(world, week, W_ORGANIZATIONS_CLOSED, 1.0)
    incubate(world, now)
    offer_places(world)


@rule
def record_programmes(world: World, week: int) -> None:
    """Organizations alive, places offered, held and waited for, at the end of `week`."""
    for o in range(world.organizations.shape[0]):
        add_to_week(world, week, W_ORGANIZATIONS, 1.0 if world.organizations["alive"][o] else 0.0)
    units = world.units
    for u in range(units.shape[0]):
        if units["type"][u] == UNIT_PROGRAMME:
            add_to_week(world, week, W_PLACES_OFFERED, float(units["servers"][u]))
            add_to_week(world, week, W_PLACES_HELD, float(units["busy"][u]))
            add_to_week(world, week, W_PLACES_WAITED_FOR, float(units["waiting"][u]))
