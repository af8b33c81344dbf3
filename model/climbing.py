"""From the door to the unit that must act: first look, climb through layers, sorting, taking up, refusal."""

from __future__ import annotations

from model import draws
from model.calendars import finish_time, worked_until
from model.codes import (
    COMMUNITY_CHANNEL,
    DELAY,
    GATE,
    GRID_WORKER_CHANNEL,
    HANDED_OVER,
    HOUR,
    OFFICE,
    REFUSED,
    RETURNED,
    SERVE,
)
from model.compilation import rule
from model.flow import note
from model.rules import (
    community_settlement_chance,
    completeness_after_clarifying,
    completeness_after_hand_over,
    dispatch_accuracy,
    on_the_spot_chance,
    refusal_chance,
    tool_accuracy,
)
from model.stages import (
    BATCH,
    CLARIFICATION,
    COMMAND_OFFICE,
    COMMUNITY,
    GRID_WORK,
    LEADER,
    LEADER_COORDINATION,
    RETURN,
    REVIEW,
    SECTION,
    SORTING,
    TAKE_UP,
    UNOWNED,
    UNOWNED_GATE,
    WRONG_UNIT,
)
from model.tracing import HOUR_US, respond, share_of_departments_with_data, until_office_hours
from model.world import World


@rule
def after_first_look(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The grid worker settles it on the spot, or it climbs."""
    q = world.requests
    s = world.settings
    units = world.units
    worker, kind = world.grids["worker"][q["grid"][r]], q["kind"][r]
    chance = on_the_spot_chance(
        world.kinds["on_spot_share"][kind],
        units["skill"][worker],
        units["load"][worker],
        s["discretion_load_weight"][0],
        s["assessment_weight_process"][0],
        s["assessment_weight_process_reference"][0],
        s["discretion_process_weight"][0],
    )
    possible = q["settleable"][r] == 0 and q["departments"][r] == 1 and not q["needs_power"][r]
    if possible and draws.uniform(world.clock["seed"][0], draws.ON_THE_SPOT, q["name"][r], q["reopenings"][r]) < chance:
        respond(world, r, now)
        q["by_grid"][r] = True
        q["responsible"][r] = worker
        q["stage"][r] = GRID_WORK
        q["entered"][r] = now
        return SERVE, worker, 0
    return start_climb(world, r, now)


@rule
def _community_mediates(world: World, r: int) -> bool:
    """Whether the community settles what reaches it: what is small, clear and its own.

    Where grids report straight to the command office the community is passed over, and part of its mediation is lost.
    """
    q = world.requests
    s = world.settings
    if q["settleable"][r] != 0 or q["departments"][r] > 1 or q["needs_power"][r]:
        return False
    chance = community_settlement_chance(
        s["community_settlement_share"][0],
        world.kinds["on_spot_share"][q["kind"][r]],
        world.grids["flat"][q["grid"][r]] and not s["command_office_keeps_community"][0],
        s["community_mediation_loss"][0],
    )
    return draws.uniform(world.clock["seed"][0], draws.COMMUNITY_MEDIATION, q["name"][r], q["reopenings"][r]) < chance


@rule
def after_community_look(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The community settles some of what is brought to its office, mostly among neighbours; the rest climbs."""
    if _community_mediates(world, r):
        return be_mediated(world, r, now)
    return climb(world, r, now)


@rule
def be_mediated(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The community talks to both sides and settles it."""
    q = world.requests
    q["by_grid"][r] = True
    q["responsible"][r] = layer_unit(world, r, COMMUNITY)
    q["stage"][r] = GRID_WORK
    q["entered"][r] = now
    return SERVE, q["responsible"][r], 0


@rule
def start_climb(world: World, r: int, now: int) -> tuple[int, int, int]:
    """What the grid worker cannot settle is for the community first; the rest climbs."""
    if world.requests["channel"][r] == GRID_WORKER_CHANNEL and _community_mediates(world, r):
        world.requests["hand_overs"][r] += 1
        return be_mediated(world, r, now)
    return climb(world, r, now)


@rule
def climb(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The first layer by where the case came in: a grid worker's report at the community, what was brought to the
    community at the section; hotline, app and window orders reach the street office and need the leader's instruction.
    """
    q = world.requests
    lowest = LEADER
    if q["channel"][r] == GRID_WORKER_CHANNEL:
        lowest = COMMUNITY
    elif q["channel"][r] == COMMUNITY_CHANNEL:
        lowest = SECTION
    q["layer"][r] = _layer_from(world, r, lowest)
    return enter_layer(world, r, now)


@rule
def _layer_from(world: World, r: int, lowest: int) -> int:
    """The layer in force at or above `lowest` for this case's grid.

    A grid under the command office reports straight to it, past its community unless that is kept. Else the street has
    grid, community, section and leader; with three layers the section falls away, with two the community too.
    """
    s = world.settings
    if world.grids["flat"][world.requests["grid"][r]]:
        return COMMUNITY if lowest == COMMUNITY and s["command_office_keeps_community"][0] else COMMAND_OFFICE
    layers = s["management_layers"][0]
    if lowest == COMMUNITY and layers <= 2:
        return LEADER
    return LEADER if lowest == SECTION and layers <= 3 else lowest


@rule
def _layer_numbers(world: World, layer: int) -> tuple[float, float]:
    """Batching interval (working days) and review work (hours) of a layer."""
    s = world.settings
    if layer == COMMUNITY:
        return s["batching_interval_community"][0], s["review_hours_community"][0]
    if layer == SECTION:
        return s["batching_interval_section"][0], s["review_hours_section"][0]
    if layer == LEADER:
        return s["batching_interval_leader"][0], s["review_hours_leader"][0]
    return s["batching_interval_command_office"][0], s["review_hours_command_office"][0]


@rule
def layer_unit(world: World, r: int, layer: int) -> int:
    """Who reviews at a layer."""
    q = world.requests
    if layer == COMMUNITY:
        return world.clock["first_community"][0] + world.grids["community"][q["grid"][r]]
    if layer == SECTION:
        return world.kinds["unit"][q["kind"][r]]
    if layer == LEADER:
        return world.clock["leader"][0]
    return world.clock["command_office"][0]


@rule
def enter_layer(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Papers are looked at in batches: wait for the next, then for the reviewer. A layer without either is no layer."""
    q = world.requests
    while True:
        interval, review = _layer_numbers(world, q["layer"][r])
        if interval > 0.0:
            q["stage"][r] = BATCH
            step = int(interval * 8.0 * HOUR)
            worked = worked_until(world.days, OFFICE, now)
            rest = step - (worked + step // 2) % step  # in the middle of a working day, not when doors close
            return DELAY, -1, finish_time(world.days, OFFICE, now, rest) - now
        if review > 0.0:
            return be_reviewed(world, r, now)
        if q["layer"][r] >= LEADER:
            return be_sorted(world, r, now)
        q["layer"][r] = _layer_from(world, r, q["layer"][r] + 1)


@rule
def be_reviewed(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Queue for the reviewer of this layer."""
    q = world.requests
    q["stage"][r] = REVIEW
    q["entered"][r] = now
    return SERVE, layer_unit(world, r, q["layer"][r]), 0


@rule
def after_review(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Handed on to the next layer, with something lost on the way."""
    q = world.requests
    s = world.settings
    q["completeness"][r] = completeness_after_hand_over(
        q["completeness"][r], s["garbling_rate"][0], s["garbling_rate_form"][0], s["structured_form_share"][0]
    )
    q["hand_overs"][r] += 1
    note(world, r, now, HANDED_OVER, layer_unit(world, r, q["layer"][r]), q["layer"][r], q["completeness"][r])
    return leave_layer(world, r, now)


@rule
def leave_layer(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Up to the next layer by the rules of today, or to the desk that sorts it to a unit."""
    q = world.requests
    if q["layer"][r] < LEADER:
        q["layer"][r] = _layer_from(world, r, q["layer"][r] + 1)
        return enter_layer(world, r, now)
    return be_sorted(world, r, now)


@rule
def be_sorted(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Queue at the desk that sends orders to units."""
    q = world.requests
    q["stage"][r] = SORTING
    q["entered"][r] = now
    return SERVE, world.clock["desk"][0], 0


@rule
def after_sorting(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Sent to the responsible unit, or to a wrong one that will send it back."""
    q = world.requests
    s = world.settings
    q["dispatches"][r] += 1
    q["attempts"][r] += 1
    joined = share_of_departments_with_data(world)
    accuracy = dispatch_accuracy(
        s["dispatch_accuracy_hand"][0],
        tool_accuracy(s["dispatch_accuracy_tool_base"][0], s["dispatch_accuracy_tool"][0], joined),
        s["dispatch_tool_share"][0] * (1.0 - s["tool_failure_rate"][0]),
        s["dispatch_learning"][0],
        q["attempts"][r],
    )
    u = draws.uniform(world.clock["seed"][0], draws.CORRECT_DISPATCH, q["name"][r], q["attempts"][r])
    q["entered"][r] = now
    if u < accuracy or q["attempts"][r] > s["dispatch_attempts_max"][0]:
        return be_taken_up(world, r, now)
    q["misroutes"][r] += 1
    q["stage"][r] = WRONG_UNIT
    return SERVE, _a_wrong_unit(world, r), 0


@rule
def _a_wrong_unit(world: World, r: int) -> int:
    """Another section than the responsible one, keyed."""
    q = world.requests
    right = world.kinds["unit"][q["kind"][r]]
    first = world.clock["first_section"][0]
    n = world.clock["sections"][0]
    u = draws.uniform(world.clock["seed"][0], draws.WRONG_UNIT, q["name"][r], q["attempts"][r])
    other = first + int(u * (n - 1.0))
    return other if other < right else other + 1


@rule
def after_wrong_unit(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The wrong unit has looked and sends it back to the desk."""
    q = world.requests
    note(world, r, now, RETURNED, -1, 1, 0.0)
    q["hand_overs"][r] += 1
    return be_sorted(world, r, now)


@rule
def be_taken_up(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Queue at the responsible unit, which opens the case."""
    q = world.requests
    q["stage"][r] = TAKE_UP
    q["responsible"][r] = world.kinds["unit"][q["kind"][r]]
    q["entered"][r] = now
    return SERVE, q["responsible"][r], 0


@rule
def is_unclear(world: World, r: int) -> bool:
    """Whether the unit finds that too much was lost on the way and asks back."""
    q = world.requests
    if q["returns"][r] >= world.settings["garbling_returns_max"][0]:
        return False
    u = draws.uniform(world.clock["seed"][0], draws.GARBLING, q["name"][r], q["returns"][r])
    return u < 1.0 - q["completeness"][r]


@rule
def send_back(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Back one layer for clarification."""
    q = world.requests
    s = world.settings
    note(world, r, now, RETURNED, q["responsible"][r], 0, q["completeness"][r])
    u = draws.uniform(world.clock["seed"][0], draws.RETURN_DELAY, q["name"][r], q["returns"][r])
    hours = draws.lognormal_median(u, s["garbling_return_delay_median_hours"][0], s["garbling_return_delay_log_sd"][0])
    q["returns"][r] += 1
    q["stage"][r] = RETURN
    return DELAY, -1, until_office_hours(world, now, int(hours * HOUR_US))


@rule
def be_clarified(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The layer that handed it over finds out what was missing."""
    q = world.requests
    q["stage"][r] = CLARIFICATION
    q["entered"][r] = now
    return SERVE, layer_unit(world, r, q["layer"][r]), 0


@rule
def after_clarification(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Clearer now; back to the responsible unit."""
    q = world.requests
    restored = completeness_after_clarifying(q["completeness"][r], world.settings["garbling_restoration"][0])
    q["completeness"][r] = restored
    return be_taken_up(world, r, now)


@rule
def is_refused(world: World, r: int) -> bool:
    """Whether the responsible unit says that it is not its own."""
    q = world.requests
    if q["held"][r] > 0.0:  # the leaders' round has given it an owner
        return False
    chance = refusal_chance(q["boundary_unclear"][r], world.units["willingness"][q["responsible"][r]])
    return draws.uniform(world.clock["seed"][0], draws.REFUSAL, q["name"][r], q["refusals"][r]) < chance


@rule
def be_refused(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Refused once: the leader coordinates. Refused again: nobody owns it."""
    q = world.requests
    q["refusals"][r] += 1
    note(world, r, now, REFUSED, q["responsible"][r], q["refusals"][r], 0.0)
    if q["refusals"][r] < world.settings["refusals_until_unowned"][0]:
        q["stage"][r] = LEADER_COORDINATION
        q["entered"][r] = now
        return SERVE, world.clock["leader"][0], 0
    q["stage"][r] = UNOWNED
    q["pending"][r] = q["chases"][r]  # a chase from now on finds it an owner
    return GATE, UNOWNED_GATE, 0


@rule
def after_owner_was_found(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Somebody with authority has said whose it is."""
    world.requests["held"][r] = 1.0
    return be_taken_up(world, r, now)
