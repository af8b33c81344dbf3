"""Verifying that both engines live the same life in whole streets: equal logs and equal states, to the bit.

The compiled engine runs as always. The process engine runs with nothing compiled but keyed draws and calendars: its
rules, the weekly boundary and the drawing of needs are then the plain Python that one can read, so the comparison also
proves what numba made of them. Both must write the same log, byte for byte, and hold the same state at every boundary.

Seeds are never chosen: case n of an effort has seed n.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from inspect import isfunction
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np

from experiments.verification import SCHEMA
from model import demand, governance, needs, population
from model.codes import EVENT_NAMES
from model.configuration import Change, Configuration, Value
from model.run import Outcome, simulate
from scenarios import load

BOUNDARY_MODULES = (governance, needs, demand, population)
"""Where streets have compiled entry points besides the engine's own."""

RULE_MODULES = tuple(
    import_module(f"model.{name}")
    for name in (
        "rules", "rules_adaptation", "rules_needs", "journey", "street", "serving", "asking", "climbing", "settling", "gates",
        "judging", "tracing", "money", "staffing", "working_time", "departments", "organizations", "neighbours",
    )
)  # fmt: skip
"""What decides in a street."""


@dataclass(frozen=True)
class StreetCase:
    """One street under one scenario with one seed.

    `settings` hold from the start of the warm-up, `later` from `later_week` on. Case times are counted from the fourth
    measured week to the tenth before the end. `traced` has the process engine watched for the rules that it executes.
    """

    street: str
    scenario: str
    seed: int
    residents: int = 1500
    weeks: int = 20
    warmup_weeks: int = 8
    followup_weeks: int = 4
    settings: Mapping[str, Value] = field(default_factory=dict)
    later: Mapping[str, Value] = field(default_factory=dict)
    later_week: int = 4
    traced: bool = False

    def configuration(self) -> Configuration:
        """The resolved values of the case. Raises a JiedaoError for an unknown name or a value out of range."""
        loaded = load(self.scenario, self.street, self.residents, self.weeks, self.settings)
        changes = {change.week: dict(change.values) for change in loaded.changes}
        if self.later:
            changes[self.later_week] = changes.get(self.later_week, {}) | dict(self.later)
        return replace(
            loaded,
            changes=tuple(Change(week, changes[week]) for week in sorted(changes)),
            warmup_weeks=self.warmup_weeks,
            followup_weeks=self.followup_weeks,
        )

    @property
    def window(self) -> tuple[int, int]:
        """First and last week whose cases are the cohort."""
        return 4, max(4, self.weeks - 10)


@dataclass(frozen=True)
class StreetComparison:
    """One case run by both engines. `difference` says where they part first; it is empty where all is equal.

    `counts` are log rows by event code, `executed` the rules that ran in plain Python ("module.function").
    """

    case: StreetCase
    events: int
    log_rows: int
    log_equal: bool
    digests_equal: bool
    boundaries: int
    difference: str
    counts: dict[str, int]
    executed: frozenset[str]
    seconds: dict[str, float]

    @property
    def ok(self) -> bool:
        """Whether the engines agree in everything."""
        return self.log_equal and self.digests_equal

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        case = self.case
        return {
            "street": case.street,
            "scenario": case.scenario,
            "seed": case.seed,
            "residents": case.residents,
            "weeks": case.warmup_weeks + case.weeks + case.followup_weeks,
            "settings": dict(case.settings),
            "later": dict(case.later),
            "events": self.events,
            "log_rows": self.log_rows,
            "log_equal": self.log_equal,
            "digests_equal": self.digests_equal,
            "boundaries": self.boundaries,
            "difference": self.difference,
            "event_counts": self.counts,
            "rules_executed": len(self.executed),
            "seconds": self.seconds,
            "ok": self.ok,
        }


@dataclass(frozen=True)
class StreetsVerification:
    """All cases of an effort. `note` says what it is not, where it is not the full study."""

    effort: str
    note: str
    rows: list[StreetComparison]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the engines agree in every case."""
        return all(row.ok for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Log rows by event code, all cases together."""
        return {name: sum(row.counts[name] for row in self.rows) for name in EVENT_NAMES}

    @property
    def rules_not_executed(self) -> list[str]:
        """Rules that no traced case executed in plain Python; empty if no case was traced."""
        traced = [row.executed for row in self.rows if row.case.traced]
        return sorted(set(all_rules().values()).difference(*traced)) if traced else []

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": SCHEMA,
            "effort": self.effort,
            "note": self.note,
            "ok": self.ok,
            "events": sum(row.events for row in self.rows),
            "event_counts": self.counts,
            "rules": len(all_rules()),
            "rules_not_executed": self.rules_not_executed,
            "seconds": self.seconds,
            "rows": [row.as_dict() for row in self.rows],
        }


# Departments work side by side and leak data; sections lend each other staff; lines and organizations are poor; residents are many, impatient and crowd a slow hall.
PARALLEL: Mapping[str, Value] = {"parallel_handling_share": 0.5}
STRAINED: Mapping[str, Value] = {
    "parallel_handling_share": 0.5,
    "demand_factor": 1.25,
    "channel_window_intercept": 4.0,
    "channel_wait_weight": 0.0,
    "window_service_minutes": 40.0,
    "hall_close_margin_minutes": 45.0,
    "patience_factor_median": 0.6,
    "programme_patience_weeks": 4.0,
    "money_per_resident": 40.0,
    "partner_presence": 0.9,
    "cofunding_intercept": 0.0,
    "pool_meeting_interval_weeks": 1.0,
    "social_organizations_per_street": 300.0,
    "incubation_per_year": 60.0,
    "incubation_months": 2.0,
    "data_leaks_per_year": 50.0,
    "mobile_posts_share": 0.2,
    "generalist_share": 0.22,
    "alert_weeks": 1,
    "staff_factor": 2.5,
}
NO_SUBSIDY: Mapping[str, Value] = {"subsidy_yuan": 0.0, "contracts_per_organization": 0.0, "donation_yuan": 0.0}

QUICK_CASES = (
    StreetCase("typical", "baseline", 1, residents=800, weeks=12, warmup_weeks=4, followup_weeks=1),
    StreetCase(
        "old_town", "flattening+funds_pool", 2, 800, 12, 4, 1, STRAINED, NO_SUBSIDY, traced=True
    ),
)  # fmt: skip
DEFAULT_CASES = (
    StreetCase("typical", "baseline", 1),
    StreetCase("old_town", "flattening", 2, settings=PARALLEL),
    StreetCase("town", "funds_pool", 3),
    StreetCase("new_estate", "flattening+funds_pool", 4, settings=PARALLEL),
    StreetCase("urban_fringe", "baseline", 5, settings=PARALLEL),
    StreetCase("core_business", "flattening+funds_pool", 6, settings=STRAINED, later=NO_SUBSIDY, traced=True),
)
LONG_CASES = (
    *(replace(case, residents=2500, weeks=60, warmup_weeks=26, followup_weeks=13) for case in DEFAULT_CASES[:-1]),
    *(
        StreetCase(street, "flattening+funds_pool", seed, 1500, 60, 13, 13, STRAINED, NO_SUBSIDY, traced=seed == 6)
        for seed, street in enumerate(("core_business", "typical", "old_town", "town"), start=6)
    ),
)


def verify_streets(quick: bool = False, long: bool = False) -> StreetsVerification:
    """Run every case of an effort through both engines and compare all they logged and all states at the boundaries.

    Raises ConservationError if a run loses a request, a yuan or an hour.
    """
    begun = time.perf_counter()
    if quick:
        effort, cases, note = "quick", QUICK_CASES, "Quick look, not the full study: two small streets, some weeks."
    elif long:
        effort, cases, note = "long", LONG_CASES, "A year and more of nine streets; this takes some minutes."
    else:
        effort, cases, note = "default", DEFAULT_CASES, ""
    rows = [compare_street_engines(case) for case in cases]
    return StreetsVerification(effort, note, rows, time.perf_counter() - begun)


def compare_street_engines(case: StreetCase) -> StreetComparison:
    """Run one case through both engines."""
    configuration = case.configuration()
    times = [time.perf_counter()]
    compiled = simulate(configuration, case.seed, "compiled", log=True, window=case.window, digests=True)
    times.append(time.perf_counter())
    seen: set[CodeType] = set()
    with uncompiled(), watched(seen if case.traced else None):
        process = simulate(configuration, case.seed, "process", log=True, window=case.window, digests=True)
    times.append(time.perf_counter())
    rows = np.bincount(process.log["event"], minlength=len(EVENT_NAMES))
    return StreetComparison(
        case=case,
        events=process.events,
        log_rows=len(process.log),
        log_equal=compiled.log_digest == process.log_digest,
        digests_equal=compiled.digests == process.digests,
        boundaries=len(process.digests),
        difference=first_difference(compiled, process),
        counts={name: int(rows[code]) for code, name in enumerate(EVENT_NAMES)},
        executed=frozenset(name for code, name in all_rules().items() if code in seen),
        seconds={"compiled": times[1] - times[0], "process": times[2] - times[1]},
    )


def first_difference(compiled: Outcome, process: Outcome) -> str:
    """Where two runs part first, in words; empty if their logs and all their states are equal."""
    if compiled.log_digest != process.log_digest:
        both = min(len(compiled.log), len(process.log))
        apart = np.flatnonzero(compiled.log[:both] != process.log[:both])
        row = int(apart[0]) if apart.size else both
        return f"log row {row}: compiled engine {_described(compiled.log, row)}; process engine {_described(process.log, row)}"
    for boundary, (one, other) in enumerate(zip(compiled.digests, process.digests, strict=True)):
        if one != other:
            return f"the logs are equal, the states differ from boundary {boundary} on"
    return ""


def _described(log: np.ndarray, row: int) -> str:
    if row >= len(log):
        return "has ended"
    entry = log[row]
    return (
        f"'{EVENT_NAMES[entry['event']]}' of request {entry['name']}, step {entry['step']}, at {entry['time']}, unit "
        f"{entry['unit']}, reason {entry['reason']}, amount {entry['amount']!r}"
    )


# --- Plain Python ---


@contextmanager
def uncompiled(modules: tuple[ModuleType, ...] = BOUNDARY_MODULES) -> Iterator[None]:
    """Meanwhile compiled entry points of these modules run as the plain Python that they were compiled from."""
    compiled = [
        (module, name, entry)
        for module in modules
        for name, entry in vars(module).items()
        if getattr(getattr(entry, "py_func", None), "__module__", "") == module.__name__
    ]
    try:
        for module, name, entry in compiled:
            setattr(module, name, entry.py_func)
        yield
    finally:
        for module, name, entry in compiled:
            setattr(module, name, entry)


@contextmanager
def watched(seen: set[CodeType] | None) -> Iterator[None]:
    """Meanwhile the code of every Python function that is called is noted in `seen`; None watches nothing."""
    if seen is None:
        yield
        return

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def all_rules() -> dict[CodeType, str]:
    """The code of every function of the rule modules, with its name."""
    return {
        function.__code__: f"{module.__name__.removeprefix('model.')}.{name}"
        for module in RULE_MODULES
        for name, function in vars(module).items()
        if isfunction(function) and function.__module__ == module.__name__
    }
