"""One run of one street: weeks of events by an engine, and between them the boundary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model import governance, needs
from model.accounts import check_conservation
from model.building import build_street
from model.calendars import START_DATE
from model.codes import WEEK
from model.configuration import Configuration
from model.decisions import remember, write_decisions
from model.engines.driver import CompiledEngine
from model.engines.packed import pack
from model.flow import bring_accounts_up_to
from model.ledger import Ledger
from model.opening import open_places
from model.organization import Rows, Staff
from model.reforms import take_hold
from model.tracing import close_books
from model.trial import staff_for
from model.world import World, digest, with_more_rows

EngineName = Literal["compiled", "process"]
LOG_ROWS = 200_000
DEFAULT_WINDOW = (26, 51)


def usual_window(weeks: int) -> tuple[int, int]:
    """First and last week of the headline window: 26 and 51, or the second half of a shorter run."""
    return DEFAULT_WINDOW if weeks > DEFAULT_WINDOW[1] else (weeks // 2, weeks - 1)


@dataclass(frozen=True)
class Outcome:
    """What a run leaves: the state at its end, from which indicators are computed, and its log if asked for."""

    configuration: Configuration
    seed: int
    window: tuple[int, int]
    world: World
    rows: Rows
    staff: Staff
    ledger: Ledger
    events: int
    log: np.ndarray
    log_digest: str
    digests: tuple[str, ...]

    @property
    def cases(self) -> np.ndarray:
        """Request records of all cases, in order of their rows."""
        requests = self.world.requests[: int(self.world.clock["rows"][0])]
        return requests[self.case_rows]

    @property
    def case_rows(self) -> np.ndarray:
        """Which of the used request rows are cases, as a mask."""
        requests = self.world.requests[: int(self.world.clock["rows"][0])]
        return requests["is_case"] & (requests["stage"] >= 0)


class _Runner:
    """A world, the engine that runs it, and its log so far."""

    def __init__(self, world: World, engine: EngineName) -> None:
        self.world = world
        self.chunks: list[np.ndarray] = []
        if engine == "compiled":
            self.engine = CompiledEngine(world, self.keep_log, self.more_rows)
        else:
            from model.engines.mesa_model import (
                SimulationModel,  # Mesa is not loaded where only the compiled engine runs
            )

            self.engine = SimulationModel(world, self.keep_log, self.more_rows).engine

    def keep_log(self) -> None:
        """Put the rows written so far aside."""
        n = int(self.world.clock["logged"][0])
        self.chunks.append(self.world.log[:n].copy())
        self.world.clock["logged"] = 0

    def more_rows(self, wanted: int = 0) -> World:
        """Make room for more requests."""
        self.world = with_more_rows(self.world, len(self.world.requests) + max(len(self.world.requests) // 5, wanted))
        return self.world

    def finish(self) -> int:
        """The events processed. The engine is let go, which else would keep its arrays and this alive."""
        events = self.engine.events
        del self.engine
        return events

    def make_room(self, wanted: int) -> None:
        """See that so many requests find a row."""
        if not needs.has_room(self.world, wanted):
            self.engine.use(self.more_rows(wanted))

    def draw_week(self, week: int, rows: Rows, opening: bool) -> np.ndarray:
        """Draw all that arises in a week, and those who hold places when the street opens. Returns the rows of residents' needs."""
        places = int(self.world.units["servers"][list(rows.programmes)].sum()) if opening else 0
        start, end = week * WEEK, (week + 1) * WEEK
        self.make_room(places + needs.rows_needed(self.world, start, end))
        of_residents = needs.draw_week(self.world, start, end)
        self.engine.schedule_arrivals(of_residents)
        for draw in (needs.draw_trivial_week, needs.draw_background_week):
            self.engine.schedule_arrivals(draw(self.world, start, end))
        if opening:
            self.engine.schedule_arrivals(open_places(self.world, rows, start))
        return of_residents


def simulate(
    configuration: Configuration,
    seed: int,
    engine: EngineName = "compiled",
    log: bool = False,
    window: tuple[int, int] = DEFAULT_WINDOW,
    staff: Staff | None = None,
    digests: bool = False,
    inject: Callable[[World, int], np.ndarray] | None = None,
    adaptation: bool = True,
) -> Outcome:
    """Run one street with one seed.

    `window`: first and last week of the headline window. `staff` defaults to what the street's own values ask for.
    `digests` keeps a digest of all state at each boundary. `inject` may add request rows at each week's start.
    Raises ConservationError if a request, a yuan or an hour is lost: a defect of the program.
    """
    values = configuration.values
    staff = staff or staff_for(configuration.street, configuration.reference_values)
    world, rows = build_street(configuration, seed, staff, window, LOG_ROWS if log else 0)
    world.clock["adaptation"] = adaptation
    first, end = -configuration.warmup_weeks, configuration.weeks + configuration.followup_weeks
    governance.open_accounts(world, first, (configuration.start_date - START_DATE).days + governance.DAY_OF_2024_01_01)
    kept: list[str] = []
    runner = _Runner(world, engine)
    ledger = Ledger(world, first, end - first)
    before = values
    for week in range(first, end):
        world = runner.world
        world.clock["week"] = week
        decided = remember(world)
        governance.week_boundary(world, week)
        if week > first:
            ledger.close_week(world, week - 1)
        now_in_force = configuration.values_at(week)
        take_hold(world, rows, staff, before, now_in_force, week)
        before = now_in_force
        write_decisions(world, decided, week)
        of_residents = runner.draw_week(week, rows, opening=week == first)
        world = runner.world
        ledger.note_needs(world, week, of_residents)
        if inject is not None:
            runner.engine.schedule_arrivals(inject(world, week))
        if digests:
            kept.append(digest(world))
        runner.engine.advance((week + 1) * WEEK)
    world = runner.world
    close_books(pack(world))
    for u in range(len(world.units)):
        bring_accounts_up_to(world, u, end * WEEK)
    governance.week_boundary(world, end)
    ledger.close_week(world, end - 1)
    if digests:
        kept.append(digest(world))
    runner.keep_log()
    whole = np.concatenate(runner.chunks)
    outcome = Outcome(
        configuration, seed, window, world, rows, staff, ledger, runner.finish(), whole,
        hashlib.sha256(whole.tobytes()).hexdigest(), tuple(kept),
    )  # fmt: skip
    check_conservation(outcome)
    return outcome
