"""From a need to the street's door: is it settled among neighbours, is it voiced, through which channel, past which counter."""

from __future__ import annotations

import math

from model import draws
from model.calendars import finish_time, is_open, next_opening
from model.codes import (
    ADMINISTRATIVE_SERVICE,
    ANSWERED,
    APP,
    CHANNELS,
    CHILD_CARE,
    CLOSED,
    COMMUNITY_CHANNEL,
    DAY,
    DELAY,
    ELDER_CARE,
    EMERGENCY,
    END,
    ENQUIRY,
    GRID_WORKER_CHANNEL,
    HOTLINE,
    INFORMAL,
    MINUTE,
    NEIGHBOUR_DISPUTE,
    NEVER,
    NOT_VOICED,
    OFFICE,
    PATROL,
    SERVE,
    SETTLED_INFORMALLY,
    SOCIAL_ASSISTANCE,
    TURNED_AWAY,
    UNVOICED,
    WINDOW,
    WINDOW_HOURS,
)
from model.codes import HOUR as HOUR_OF_CLOCK
from model.codes import ONSET as ONSET_EVENT
from model.compilation import rule
from model.flow import free_row, note
from model.rules import channel_utility, effort_minutes, logistic, mean_hours_to_detection, papers_asked, voice_score
from model.stages import (
    CITY_INTAKE,
    COMMUNITY_LOOK,
    DOCUMENT_FETCHING,
    ENQUIRY_ANSWER,
    FIRST_LOOK,
    GOING_TO_COMMUNITY,
    GOING_TO_HALL,
    HALL,
    ONLINE_CHECK,
    SETTLING_INFORMALLY,
    UNDETECTED,
)
from model.tracing import (
    ANSWERED_NEEDS,
    HOUR_US,
    INFORMAL_HOURS,
    INFORMAL_NEEDS,
    NEEDS,
    UNVOICED_NEEDS,
    acknowledge,
    clear_away,
    count_need,
    in_window,
    report,
    share_of_departments_with_data,
    until_office_hours,
)
from model.world import World


@rule
def meet_need(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A need arises: neighbours or the property firm settle it, or it is voiced, or it goes on unheard."""
    q = world.requests
    k = world.kinds
    seed, name, kind = world.clock["seed"][0], q["name"][r], q["kind"][r]
    note(world, r, now, ONSET_EVENT, -1, kind, q["severity"][r])
    count_need(world, r, NEEDS, now, 1.0)
    informal = k["informal_share"][kind] + (world.settings["mutual_aid_share"][0] if _mutual(kind) else 0.0)
    if draws.uniform(seed, draws.INFORMAL_SETTLEMENT, name, 0) < informal:
        q["stage"][r] = SETTLING_INFORMALLY
        u = draws.uniform(seed, draws.INFORMAL_DELAY, name, 0)
        return DELAY, -1, int(draws.exponential(u, world.settings["informal_settlement_days"][0]) * DAY)
    if draws.uniform(seed, draws.VOICE_DECISION, name, 0) < chance_of_voice(world, r):
        return choose_channel(world, r, now, 0)
    note(world, r, now, NOT_VOICED, -1, 0, 0.0)
    if q["public"][r]:
        return _wait_for_patrol(world, r, now)
    return stay_unheard(world, r)


@rule
def _mutual(kind: int) -> bool:
    """Kinds that neighbours may settle by helping one another."""
    return kind == ELDER_CARE or kind == NEIGHBOUR_DISPUTE


@rule
def chance_of_voice(world: World, r: int) -> float:
    """The resident's chance of reporting this need now."""
    q = world.requests
    s = world.settings
    i, kind = q["owner"][r], q["kind"][r]
    people = world.residents
    minutes = effort_minutes(
        s["hotline_minutes"][0],
        s["grid_worker_contact_minutes"][0],
        people["acquainted"][i],
        s["app_form_items"][0] * s["app_minutes_per_item"][0],
        people["digital"][i],
        s["app_skill_threshold"][0],
    )
    return logistic(
        voice_score(
            world.kinds["voice"][kind],
            q["severity"][r],
            s["voice_severity_weight"][0],
            people["trust"][i],
            s["voice_trust_weight"][0],
            people["perceived_chance"][i],
            s["voice_efficacy_weight"][0],
            minutes / s["voice_effort_reference_minutes"][0],
            s["voice_effort_weight"][0],
            people["fatigue"][i],
            s["voice_fatigue_weight"][0],
        )
    )


@rule
def _wait_for_patrol(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A public problem that nobody reports is found when a patrol passes, if it comes within the horizon."""
    q = world.requests
    g = q["grid"][r]
    mean = mean_hours_to_detection(
        world.kinds["detection"][q["kind"][r]], world.grids["patrol_hours"][g], float(world.grids["households"][g])
    )
    u = draws.uniform(world.clock["seed"][0], draws.DETECTION, q["name"][r], 0)
    hours = draws.exponential(u, mean)
    q["stage"][r] = UNDETECTED
    if hours * HOUR_US >= world.clock["tau"][0]:
        return DELAY, -1, world.clock["tau"][0]
    return DELAY, -1, until_office_hours(world, now, int(hours * HOUR_US))


@rule
def stay_unheard(world: World, r: int) -> tuple[int, int, int]:
    """Nobody reports or finds it: it is an unmet need and leaves no record of its own."""
    q = world.requests
    q["outcome"][r] = UNVOICED
    clear_away(world, r)
    count_need(world, r, UNVOICED_NEEDS, q["onset"][r], 1.0)
    free_row(world, r)
    return END, -1, 0


@rule
def be_settled_informally(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Neighbours or the firm have settled it without the street."""
    q = world.requests
    note(world, r, now, SETTLED_INFORMALLY, -1, 0, 0.0)
    q["outcome"][r] = INFORMAL
    clear_away(world, r)
    restricted = min(now - q["onset"][r], world.clock["tau"][0])
    count_need(world, r, INFORMAL_NEEDS, q["onset"][r], 1.0)
    count_need(world, r, INFORMAL_HOURS, q["onset"][r], restricted / HOUR_US)
    free_row(world, r)
    return END, -1, 0


@rule
def be_detected(world: World, r: int, now: int) -> tuple[int, int, int]:
    """A patrol stands before the problem, or the horizon has passed and it stays unmet."""
    q = world.requests
    if now - q["onset"][r] >= world.clock["tau"][0]:
        return stay_unheard(world, r)
    q["origin"][r] = PATROL
    q["channel"][r] = GRID_WORKER_CHANNEL
    report(world, r, now)
    q["stage"][r] = FIRST_LOOK
    q["entered"][r] = now
    return SERVE, world.grids["worker"][q["grid"][r]], 0


@rule
def choose_channel(world: World, r: int, now: int, contact: int) -> tuple[int, int, int]:
    """The resident takes the channel of the highest utility and sets out."""
    q = world.requests
    channel = HOTLINE
    if q["kind"][r] != EMERGENCY:
        best = -math.inf
        for j in range(CHANNELS):
            if contact > 0 and j == WINDOW:
                continue  # who was turned away there tries something else
            utility = _utility(world, r, j, now, contact)
            if utility > best:
                best, channel = utility, j
    q["channel"][r] = channel
    if channel == WINDOW or channel == COMMUNITY_CHANNEL:
        q["stage"][r] = GOING_TO_HALL if channel == WINDOW else GOING_TO_COMMUNITY
        return DELAY, -1, time_of_visit(world, r, now) - now
    report(world, r, now)
    if channel == HOTLINE or channel == APP:
        acknowledge(world, r, now)
        q["stage"][r] = CITY_INTAKE
        u = draws.uniform(world.clock["seed"][0], draws.APPROVAL, q["name"][r], 100 + contact)
        hours = world.settings["hotline_delay_hours"][0]
        if q["kind"][r] == EMERGENCY:  # put through at once
            hours = world.settings["hotline_minutes"][0] / 60.0
        return DELAY, -1, int(draws.exponential(u, hours) * HOUR_US)
    q["entered"][r] = now
    q["stage"][r] = ENQUIRY_ANSWER if q["kind"][r] == ENQUIRY else FIRST_LOOK
    return SERVE, world.grids["worker"][q["grid"][r]], 0


@rule
def enter_community_office(world: World, r: int, now: int) -> tuple[int, int, int]:
    """At the community office: wait for somebody there."""
    q = world.requests
    report(world, r, now)
    q["visits"][r] += 1
    q["stage"][r] = ENQUIRY_ANSWER if q["kind"][r] == ENQUIRY else COMMUNITY_LOOK
    q["entered"][r] = now
    return SERVE, world.clock["first_community"][0] + world.grids["community"][q["grid"][r]], 0


@rule
def _utility(world: World, r: int, channel: int, now: int, contact: int) -> float:
    """What a channel is worth to this resident now, with keyed Gumbel noise; minus infinity where it is shut to them."""
    q = world.requests
    s = world.settings
    people = world.residents
    i, kind = q["owner"][r], q["kind"][r]
    paper = kind == ADMINISTRATIVE_SERVICE or kind == SOCIAL_ASSISTANCE or kind == CHILD_CARE
    wait, closed, trips, extra = 0.0, 0.0, 0.0, 0.0
    intercept = s["channel_hotline_intercept"][0]
    if channel == HOTLINE:
        if paper:
            return -math.inf
    elif channel == APP:
        intercept = s["channel_app_intercept"][0]
        if people["digital"][i] < s["app_skill_threshold"][0]:
            return -math.inf
        extra = s["channel_digital_weight"][0] * people["digital"][i]
    elif channel == WINDOW:
        intercept = s["channel_window_intercept"][0]
        hall = world.clock["hall"][0]
        wait = expected_hall_wait(world) / MINUTE
        opening = next_opening(world.days, world.units["calendar"][hall], now)
        closed = min((opening - now) / HOUR_US, 24.0)
        trips = 1.0
        if not paper and kind != ENQUIRY:
            return -math.inf
    elif channel == GRID_WORKER_CHANNEL:
        intercept = s["channel_grid_worker_intercept"][0]
        if people["acquainted"][i]:
            extra = s["channel_acquaintance_weight"][0]
        if paper:
            return -math.inf
    else:
        intercept = s["channel_community_intercept"][0]
        trips = s["community_trip_share"][0]
        closed = min((next_opening(world.days, OFFICE, now) - now) / HOUR_US, 24.0)
    u = draws.uniform(world.clock["seed"][0], draws.CHANNEL_NOISE, q["name"][r], contact * 16 + channel)
    return (
        channel_utility(
            intercept,
            wait,
            s["channel_wait_weight"][0],
            closed,
            s["channel_closed_weight"][0],
            trips,
            s["channel_trip_weight"][0],
            world.experience[i, channel],
            s["channel_experience_weight"][0],
        )
        + extra
        + draws.gumbel(u)
    )


@rule
def expected_hall_wait(world: World) -> float:
    """What the queue in the hall means in microseconds for one who enters now."""
    hall = world.clock["hall"][0]
    units = world.units
    per_person = (
        world.settings["window_service_minutes"][0] * MINUTE / max(units["skill"][hall] * units["pace"][hall], 1e-6)
    )
    return per_person * (units["waiting"][hall] + 1.0) / max(units["servers"][hall], 1.0)


@rule
def time_of_visit(world: World, r: int, now: int) -> int:
    """When the resident comes to the hall: now if it is open with an hour to go, else at a usual hour of the next open day."""
    q = world.requests
    s = world.settings
    if is_open(world.days, OFFICE, now) and is_open(world.days, OFFICE, now + HOUR_OF_CLOCK):
        return now
    opening = next_opening(world.days, OFFICE, now)
    if opening == now:
        opening = next_opening(world.days, OFFICE, now + 2 * HOUR_OF_CLOCK)
    seed, visit = world.clock["seed"][0], q["visits"][r] * 1000 + q["turned_away"][r]
    humps = draws.uniform(seed, draws.HALL_VISIT, q["name"][r], 2 * visit)
    u = draws.uniform(seed, draws.HALL_VISIT, q["name"][r], 2 * visit + 1)
    peak = s["morning_peak_hour"][0] if humps < 0.5 else s["afternoon_peak_hour"][0]
    hour = peak + s["peak_width_hours"][0] * draws.normal(u) - 9.0
    return opening + int(min(max(hour, 0.0), 7.5) * HOUR_US)


@rule
def enter_hall(world: World, r: int, now: int) -> tuple[int, int, int]:
    """In the hall: wait for a counter, or be turned away because there are too many before closing."""
    q = world.requests
    s = world.settings
    hall = world.clock["hall"][0]
    report(world, r, now)
    closing = finish_time(world.days, WINDOW_HOURS, now, 0)
    margin = s["hall_close_margin_minutes"][0] * MINUTE
    served_until = now + expected_hall_wait(world)
    doors_open = is_open(world.days, OFFICE, now)
    late = not is_open(world.days, OFFICE, now + int(margin))
    too_long = not is_open(world.days, OFFICE, int(min(served_until, now + DAY)))
    if closing < now or not doors_open or (late and too_long):
        return be_turned_away(world, r, now)
    acknowledge(world, r, now)
    q["visits"][r] += 1
    q["stage"][r] = ENQUIRY_ANSWER if q["kind"][r] == ENQUIRY else HALL
    q["entered"][r] = now
    return SERVE, hall, 0


@rule
def be_turned_away(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Sent home unserved: another day, or another channel."""
    q = world.requests
    note(world, r, now, TURNED_AWAY, world.clock["hall"][0], 0, 0.0)
    q["turned_away"][r] += 1
    u = draws.uniform(world.clock["seed"][0], draws.SWITCHING_CHANNEL, q["name"][r], q["turned_away"][r])
    if u < world.settings["turned_away_switch_share"][0]:
        return choose_channel(world, r, now, q["turned_away"][r])
    q["stage"][r] = GOING_TO_HALL
    return DELAY, -1, next_visit(world, r, now, world.settings["visit_return_days"][0]) - now


@rule
def next_visit(world: World, r: int, now: int, days: float) -> int:
    """A visit on a working day, so many days later."""
    midnight = now - now % DAY + int(max(days, 1.0)) * DAY
    return time_of_visit(world, r, midnight)


@rule
def papers_missing(world: World, r: int) -> bool:
    """Whether one of the papers asked for is not there; less likely at a second attempt."""
    q = world.requests
    s = world.settings
    again = q["checks"][r] > 0
    chance = s["document_missing_after_return"][0] if again else s["document_missing_probability"][0]
    asked = papers_asked(
        q["documents"][r],
        s["documents_shareable_share"][0],
        share_of_departments_with_data(world),
        world.clock["sharing_at_first"][0],
        draws.uniform(world.clock["seed"][0], draws.INTRINSIC_DOCUMENTS, q["name"][r], 1),
    )
    q["papers"][r] += asked
    q["checks"][r] += 1
    u = draws.uniform(world.clock["seed"][0], draws.MISSING_DOCUMENT, q["name"][r], q["checks"][r])
    return u < 1.0 - (1.0 - chance) ** (1.0 * asked)


@rule
def fetch_papers(world: World, r: int, now: int) -> tuple[int, int, int]:
    """Go home for the missing paper, and come again (or send it again) some days later."""
    q = world.requests
    days = world.settings["document_fetch_days"][0]
    if q["channel"][r] == WINDOW:
        q["stage"][r] = GOING_TO_HALL
        return DELAY, -1, next_visit(world, r, now, days) - now
    q["stage"][r] = DOCUMENT_FETCHING
    return DELAY, -1, int(days * DAY)


@rule
def check_papers_online(world: World, r: int, now: int) -> tuple[int, int, int]:
    """The section looks at papers that were sent in."""
    q = world.requests
    q["stage"][r] = ONLINE_CHECK
    q["entered"][r] = now
    return SERVE, world.kinds["unit"][q["kind"][r]], 0


@rule
def be_answered(world: World, r: int, now: int) -> tuple[int, int, int]:
    """An enquiry is answered and leaves no record."""
    q = world.requests
    q["outcome"][r] = ANSWERED
    if in_window(world, q["onset"][r]):
        count_need(world, r, ANSWERED_NEEDS, q["onset"][r], 1.0)
    note(world, r, now, CLOSED, -1, ANSWERED, 0.0)
    q["timer_at"][r] = NEVER
    free_row(world, r)
    return END, -1, 0
