"""The words of a request's story: clock and durations, units, people, kinds of need, stages."""

from __future__ import annotations

import datetime as dt
import textwrap

from model.codes import ADULT, CHILD, DAY, HOUR, MINUTE

EPOCH = dt.datetime(2024, 1, 1)  # t = 0 of every run

# What somebody needs, as it completes "the resident has ..." or "there is ...".
NEEDS = {
    "property_dispute": "a dispute with the property firm",
    "parking": "trouble about parking",
    "sanitation": "rubbish that nobody takes away",
    "street_vending": "stalls that block the way",
    "illegal_building": "an illegal building",
    "public_facility": "a broken public facility",
    "lift_fault": "a lift that has failed",
    "neighbour_dispute": "a quarrel between neighbours",
    "safety_hazard": "a safety hazard",
    "administrative_service": "a certificate or social insurance matter to settle",
    "social_assistance": "too little to live on and needs assistance",
    "elder_care": "an old person who needs care",
    "child_care": "a small child who needs a place in day care",
    "renovation": "a building that needs renovation",
    "emergency": "an emergency",
}

CHANNEL_LINES = {
    "hotline": "The resident calls the 12345 hotline.",
    "app": "The resident reports it by app.",
    "window": "The resident comes to the service hall.",
    "grid_worker": "The resident tells the grid worker.",
    "community": "The resident brings it to the community office.",
}

STAGE_TITLES = {
    "going_to_hall": "Until the resident came (again) to the hall",
    "hall": "At the counter of the service hall",
    "city_intake": "Intake by the city's hotline or app",
    "sorting": "Dispatch desk",
    "first_look": "First look by the grid worker",
    "grid_work": "Settling on the spot",
    "community_look": "First look by the community",
    "batch": "On the pile until the next batch",
    "review": "Reviews by the layers",
    "take_up": "Opening the case at the responsible unit",
    "wrong_unit": "At a wrong unit",
    "return": "Sent back as unclear: on the way",
    "clarification": "Clarification",
    "leader_coordination": "Leader decides whose it is",
    "unowned": "Nobody's case",
    "department_intake": "Letter to the district, until taken up",
    "department_work": "Opening the case at the department",
    "meeting": "Waiting for coordination meetings",
    "money": "Waiting for money",
    "work": "Handling",
    "joint_work": "Parts of the other departments",
    "joint_part": "Part of a department",
    "explanation": "Explaining why it cannot be settled",
    "shuttle": "Shuttling between offices",
    "closed_unsettled": "Closed, but not settled",
    "approval": "Telephone calls for approval",
    "acknowledgement": "Approvals by duty officers",
    "travel": "On the way to the spot",
    "duty_work": "Duty team",
    "waiting_list": "Waiting list for a place",
    "document_fetching": "Fetching a missing paper",
    "online_check": "Check of papers sent in",
}

# Where a case is when the resident asks after it, by stage: "while it ...".
WHILE = {
    "city_intake": "is with the city's operators",
    "batch": "lies on the pile for the next batch",
    "return": "is on its way back to be clarified",
    "department_intake": "lies unregistered at the district",
    "meeting": "waits for a coordination meeting",
    "money": "waits for money",
    "unowned": "belongs to nobody",
    "shuttle": "goes from office to office",
    "approval": "waits for approval by telephone",
    "travel": "waits for the duty team, which is on its way",
    "going_to_hall": "waits for the next visit to the hall",
    "document_fetching": "waits for the missing paper",
    "joint_work": "is with the other departments",
}

SECTION_TITLES = {
    "civil_affairs": "the civil affairs section",
    "urban_management": "the urban management section",
    "construction": "the construction section",
    "mediation": "the mediation section",
    "safety": "the safety section",
    "service_hall": "the service hall",
    "dispatch_desk": "the dispatch desk",
    "leader": "the leaders' office",
    "duty_team": "the duty team",
    "command_office": "the command office",
    "programme_elder_care": "the elder care places",
    "programme_child_care": "the child care places",
}


def unit_title(name: str) -> str:
    """A unit as people call it: 'grid_worker_3' is 'the worker of grid 4', counted from 1 as on a map."""
    if name in SECTION_TITLES:
        return SECTION_TITLES[name]
    for prefix, title in (("grid_worker_", "the worker of grid {}"), ("community_", "community {}")):
        if name.startswith(prefix):
            return title.format(int(name.removeprefix(prefix)) + 1)
    return f"the district's {name.removeprefix('department_').replace('_', ' ')} department"


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def moment(time: int) -> dt.datetime:
    """A simulated time (microseconds) as date and clock."""
    return EPOCH + dt.timedelta(microseconds=int(time))


def clock(time: int) -> str:
    """'14:05'."""
    return f"{moment(time):%H:%M}"


def day(time: int) -> str:
    """'Wednesday 14 February 2024'."""
    when = moment(time)
    return f"{when:%A} {when.day} {when:%B %Y}"


def short_day(time: int) -> str:
    """'Wed 14 Feb'."""
    when = moment(time)
    return f"{when:%a} {when.day} {when:%b}"


def at(time: int, seen_from: int) -> str:
    """'at 14:05', with the date if it is another day than that of `seen_from`."""
    same = moment(time).date() == moment(seen_from).date()
    return f"at {clock(time)}" if same else f"on {short_day(time)} at {clock(time)}"


def length(span: int) -> str:
    """A duration in microseconds for reading: '25 min', '5 h 20 min', '3.2 days'."""
    if span < HOUR:
        return f"{max(1, round(span / MINUTE))} min"
    if span < DAY:
        hours, minutes = divmod(round(span / MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days = f"{span / DAY:.1f}".removesuffix(".0")
    return f"{days} {'day' if days == '1' else 'days'}"


def hours_text(hours: float) -> str:
    """Hours of work: '9 min', '2.6 hours'."""
    return f"{max(1, round(hours * 60))} min" if hours < 1.0 else f"{hours:.1f} hours"


def yuan(amount: float) -> str:
    """'8,342 yuan'."""
    return f"{amount:,.0f} yuan"


def times(n: int, thing: str) -> str:
    """'no trip', '1 trip', '2 trips'."""
    return f"{n or 'no'} {thing}{'s' if n > 1 else ''}"


def often(n: int) -> str:
    """'never', 'once', 'twice', '3 times'."""
    return ("never", "once", "twice")[n] if n < 3 else f"{n} times"


def wrapped(first: str, text: str, indent: int) -> list[str]:
    """`first` and the text after it, in lines that a terminal holds; those that follow are indented."""
    return textwrap.wrap(text, 108, initial_indent=first, subsequent_indent=" " * indent)


def listing(names: list[str]) -> str:
    """'a, b and c'; nothing for none."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def person(resident: object, digital: bool) -> str:
    """Age band, registration, means and skill of a resident record in one phrase."""
    age = resident["age_band"]  # type: ignore[index]
    who = "a child, spoken for by the family" if age == CHILD else "an adult" if age == ADULT else "an elderly resident (60 or over)"  # fmt: skip
    traits = ["of the floating population" if resident["floating"] else "registered here"]  # type: ignore[index]
    if resident["low_income"]:  # type: ignore[index]
        traits.append("on a low income")
    if resident["disabled"]:  # type: ignore[index]
        traits.append("disabled")
    traits.append("at home with apps" if digital else "not at home with apps")
    if resident["acquainted"]:  # type: ignore[index]
        traits.append("acquainted with the grid worker")
    return f"{who}, {listing(traits)}"
