"""`jiedao trace`: the story of one simulated request in plain English, from the need to the end of the case."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from experiments import trace_words as words
from experiments.trace_log import CLOSED_DOORS, ITSELF, STAFF, Life, life_of
from experiments.trace_narrative import Narrative, Weeks
from model.codes import DAY, HOUR, KIND_NAMES, NEVER, RESIDENT, WEEK
from model.configuration import Value
from model.errors import JiedaoError, UnknownNameError
from model.run import Outcome, simulate
from scenarios.loader import load

RESIDENTS = 10_000  # a street small enough to be told about in seconds
CASE_KINDS = tuple(kind for kind in KIND_NAMES if kind != "enquiry")
MINIMUM_WEEKS = 2


class NoSuchCaseError(JiedaoError):
    """A case was asked for that this run does not hold."""


def story(
    scenario: str = "baseline",
    street: str = "typical",
    residents: int | None = None,
    weeks: int = 26,
    seed: int = 1,
    request: int | None = None,
    slowest: bool = False,
    kind: str | None = None,
    settings: Mapping[str, Value] | None = None,
) -> str:
    """Run one seed and tell the life of one request, as text of several lines.

    The cases to choose from are those reported in the second half of the `weeks`, all kinds or one `kind`: the
    `request`-th in order of report (from 1), the `slowest` that was settled, or by default the one that took the
    middle time. `residents` defaults to 10,000 whatever the street, which the story says. Raises a JiedaoError for
    names that are unknown and for cases that are not there.
    """
    if kind is not None:
        _check_kind(kind)
    if request is not None and slowest:
        raise JiedaoError(f"--request {request} and --slowest each pick a case: give one of them")
    if weeks < MINIMUM_WEEKS:
        raise JiedaoError(
            f"--weeks {weeks}: a story needs at least {MINIMUM_WEEKS} measured weeks to choose a case from"
        )
    outcome, notes = run(scenario, street, residents or RESIDENTS, weeks, seed, tuple(sorted((settings or {}).items())))
    row, choice = choose(outcome, request, slowest, kind)
    return tell(life_of(outcome, row), notes, choice)


def _check_kind(kind: str) -> None:
    if kind == "enquiry":
        raise NoSuchCaseError("--kind enquiry: plain questions are answered at once and leave no case to tell about")
    if kind not in CASE_KINDS:
        raise UnknownNameError("kind", kind, CASE_KINDS, "--kind")


@lru_cache(maxsize=2)
def run(
    scenario: str, street: str, residents: int, weeks: int, seed: int, settings: tuple[tuple[str, Value], ...] = ()
) -> tuple[Outcome, Weeks]:
    """One logged run, whose cohort is the second half of its weeks, and what was noted in each week."""
    configuration = load(scenario, street, residents=residents, weeks=weeks, settings=dict(settings))
    notes = Weeks({}, {})
    outcome = simulate(configuration, seed, log=True, window=(weeks // 2, weeks - 1), inject=notes.note)
    return outcome, notes


def cohort(outcome: Outcome, kind: str | None = None) -> np.ndarray:
    """Rows of the cases reported in the window, of one kind or all, in order of report."""
    requests = outcome.world.requests[: int(outcome.world.clock["rows"][0])]
    of_cohort = requests["is_case"] & requests["in_cohort"] & (requests["stage"] >= 0)
    if kind is not None:
        of_cohort &= requests["kind"] == KIND_NAMES.index(kind)
    rows = np.flatnonzero(of_cohort)
    return rows[np.lexsort((requests["name"][rows], requests["reported"][rows]))]


def choose(outcome: Outcome, request: int | None, slowest: bool, kind: str | None) -> tuple[int, str]:
    """The row of the case asked for, and in words which one it is. Raises NoSuchCaseError if there is none."""
    rows = cohort(outcome, kind)
    of_kind = f" of kind {kind}" if kind else ""
    where = f"this run of {len(outcome.world.residents):,} residents"
    if not len(rows):
        raise NoSuchCaseError(f"no case{of_kind} was reported in the window of {where}; try more residents or weeks")
    if request is not None:
        if not 1 <= request <= len(rows):
            raise NoSuchCaseError(
                f"--request {request}: {where} holds {len(rows):,} cases{of_kind} in its window, numbered 1 to {len(rows):,}"
            )
        return int(rows[request - 1]), f"number {request:,} of {len(rows):,} cases{of_kind} in order of report"
    records = outcome.world.requests[rows]
    settled = np.flatnonzero((records["settled"] < NEVER) & ~records["gave_up"])
    if not len(settled):
        raise NoSuchCaseError(f"none of the {len(rows):,} cases{of_kind} in the window of {where} was settled; pick one by --request")  # fmt: skip
    order = settled[np.argsort((records["settled"] - records["reported"])[settled], kind="stable")]
    i = order[-1] if slowest else order[len(order) // 2]
    which = "slowest" if slowest else "middle one by time"
    return int(rows[i]), f"number {i + 1:,} of {len(rows):,} cases{of_kind}, the {which} of the {len(order):,} that were settled"  # fmt: skip


def tell(life: Life, notes: Weeks, choice: str) -> str:
    """The whole story of a life."""
    record = life.record
    kind = KIND_NAMES[record["kind"]]
    narrative = Narrative(life, notes)
    heading = f"The story of one request: {kind.replace('_', ' ')}"
    parts = [
        heading,
        "=" * len(heading),
        "",
        *_about_the_run(life, choice),
        "",
        "Who and what",
        *_who_and_what(life, kind),
        "",
    ]
    parts += ["What happened", *_dated(narrative.tell()), ""]
    parts += [
        "Where the time went",
        *time_table(life, narrative),
        "",
        "What the resident thought",
        *_verdict(life, kind),
    ]
    return "\n".join(parts) + "\n"


def _about_the_run(life: Life, choice: str) -> list[str]:
    outcome = life.outcome
    configuration = outcome.configuration
    first, last = outcome.window[0] * WEEK, (outcome.window[1] + 1) * WEEK - DAY
    return [
        f"One simulated run: scenario {configuration.scenario}, street {configuration.street} with {configuration.residents:,} residents,"
        f" seed {outcome.seed}, {configuration.weeks} weeks after a warm-up of {configuration.warmup_weeks}.",
        f"The case is {choice},",
        f"reported between {words.day(first)} and {words.day(last)}.",
    ]


def _who_and_what(life: Life, kind: str) -> list[str]:
    record, world = life.record, life.outcome.world
    grid = int(record["grid"])
    place = f"grid {grid + 1} of community {int(world.grids['community'][grid]) + 1}"
    onset = int(record["onset"])
    when = f"{words.day(onset)}, {words.clock(onset)}"
    resident = world.residents[record["owner"]]
    digital = bool(resident["digital"] >= world.settings["app_skill_threshold"][0])
    who = words.person(resident, digital)
    need = words.NEEDS[kind]
    if record["origin"] != RESIDENT:
        lines = [f"{when}: there is {need} in {place}. Nobody reports it at first."]
    elif record["public"]:
        lines = [f"{when}: there is {need} in {place}.", f"The one who reports it: {who}."]
    else:
        lines = [f"{when}: somebody in {place} has {need}.", f"The resident: {who}."]
    traits = []
    if record["dangerous"] and kind != "emergency":
        traits.append("it is dangerous, so it goes before ordinary cases")
    if record["settleable"] == 2 and kind != "emergency":
        traits.append("nothing in this street's reach can settle it")
    if traits:
        lines.append(words.capital(f"{words.listing(traits)}."))
    return lines


def _dated(lines: list[tuple[int, str]]) -> list[str]:
    """The lines under the dates of their days."""
    found: list[str] = []
    today = ""
    for time, text in lines:
        if words.day(time) != today:
            today = words.day(time)
            found.append(f"  {today}")
        found += words.wrapped(f"    {words.clock(time)}  ", text, 11)
    return found


def time_table(life: Life, narrative: Narrative) -> list[str]:
    """Hours and share of each stage, longest first, split into waiting for staff, for closed doors, and the stage itself."""
    hours: dict[str, dict[str, float]] = {}
    for spell in narrative.spells:
        parts = hours.setdefault(spell.stage, dict.fromkeys((STAFF, CLOSED_DOORS, ITSELF), 0.0))
        parts[spell.part] += spell.hours
    total = (life.ended - life.reported) / HOUR
    lines = [f"  {'hours':>9} {'share':>6}  {'in a queue':>10} {'before opening':>14} {'the step itself':>15}  step"]
    for stage, parts in sorted(hours.items(), key=lambda item: -sum(item[1].values())):
        in_all = sum(parts.values())
        cells = "  ".join(
            f"{parts[part]:{width},.1f}" for part, width in ((STAFF, 10), (CLOSED_DOORS, 13), (ITSELF, 14))
        )
        lines.append(f"  {in_all:9,.1f} {in_all / max(total, 1e-9):6.1%}  {cells}  {words.STAGE_TITLES[stage]}")
    lines.append(f"  {total:9,.1f} {1:6.0%}  in all, that is {words.length(life.ended - life.reported)}")
    lines.append(
        f"  Work by all who had it in hand: {words.hours_text(float(life.record['work_hours']))}. Nights, weekends, meetings and"
    )
    lines.append("  paperwork that fall into a piece of work count as the step itself.")
    return lines


def _verdict(life: Life, kind: str) -> list[str]:
    record, world = life.record, life.outcome.world
    if record["origin"] != RESIDENT:
        return ["  Nobody had asked for it, so nobody was asked."]
    several = record["departments"] > 1 and kind != "emergency"
    due = world.settings["multi_department_due_hours"][0] * HOUR if several else world.kinds["due"][record["kind"]]
    over = life.ended < int(world.clock["end"][0])
    time = f"{words.length(life.ended - life.reported)} {'from report to end' if over else 'and still open when the run ended'}, where {words.length(int(due))} is the reference"  # fmt: skip
    visits = int(record["visits"] + record["turned_away"])
    what = f"{time}; {words.times(visits, 'trip')}; {words.times(int(record['papers']), 'paper')} handed in; asked what had become of it: {words.often(int(record['chases']))}"
    if record["heard"]:
        what += "; was told why and felt heard"
    if not record["rated"]:
        return ["  Has not judged it yet.", *words.wrapped("  What weighs: ", f"{what}.", 2)]
    verdict = "Satisfied." if record["satisfied"] else "Not satisfied."
    if record["gave_up"]:
        verdict += " That was said on giving up, whatever came after."
    return [f"  {verdict}", *words.wrapped("  What weighed: ", f"{what}.", 2)]
