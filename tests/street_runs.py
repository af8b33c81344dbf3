"""Small streets run whole, for tests: how to make one, run it, spoil one rule of it, add one request to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from model import draws
from model.codes import RESIDENT, WEEK
from model.configuration import Change, Configuration
from model.flow import new_row
from model.run import Outcome, simulate
from model.world import World
from scenarios import load

WINDOW = (1, 5)
INTRINSIC = ("kind", "nature", "grid", "vulnerable", "severity", "work", "money", "departments", "documents",
             "settleable", "needs_power", "boundary_unclear", "patience", "dangerous", "onset", "ordinal")  # fmt: skip


def small_street(scenario: str = "baseline", residents: int = 800, weeks: int = 8, later: dict | None = None,
                 street: str = "typical", **settings: float) -> Configuration:  # fmt: skip
    """A short run of a small street: four weeks of warm-up and two to follow. '__' in a setting stands for the dot.

    `later` holds values in force from week 2 on.
    """
    values = {name.replace("__", "."): value for name, value in settings.items()}
    loaded = load(scenario, street, residents, weeks, values)
    if later:
        changes = {change.week: dict(change.values) for change in loaded.changes}
        changes[2] = changes.get(2, {}) | later
        loaded = replace(loaded, changes=tuple(Change(week, changes[week]) for week in sorted(changes)))
    return replace(loaded, warmup_weeks=4, followup_weeks=2)


def run(configuration: Configuration, seed: int = 1, **options: object) -> Outcome:
    """Run with a log and a digest of the state at every boundary."""
    return simulate(configuration, seed, **{"log": True, "digests": True, "window": WINDOW, **options})


def rows_of(outcome: Outcome, event: int) -> np.ndarray:
    """The log rows of one event code, in order of the requests' names and times."""
    rows = outcome.log[outcome.log["event"] == event]
    return rows[np.lexsort((rows["time"], rows["name"]))]


@contextmanager
def replaced(original: Callable, changed: Callable) -> Iterator[None]:
    """Meanwhile `changed` runs instead of a rule wherever plain Python calls it by its name; compiled code goes on as it is.

    Everything must have been compiled before, or numba would compile the changed rule and keep it on disk.
    """
    places = [
        (module, name)
        for path, module in list(sys.modules.items())
        if path.split(".")[0] == "model"
        for name, found in vars(module).items()
        if found is original
    ]
    assert places, f"{original} is called by nobody by its name"
    try:
        for module, name in places:
            setattr(module, name, changed)
        yield
    finally:
        for module, name in places:
            setattr(module, name, original)


def one_more(
    week: int, resident: int, kind: int, after: int, voiced: bool = True
) -> Callable[[World, int], np.ndarray]:
    """For `simulate(inject=...)`: in `week` one plain need arises that its resident is sure to report, or sure not to.

    `after` is in microseconds from Monday 00:00.
    """

    def inject(world: World, now_week: int) -> np.ndarray:
        if now_week != week:
            return np.empty(0, np.int64)
        q = world.requests
        r = new_row(world)
        values = {
            "name": _lucky_name(world, resident, voiced), "owner": resident, "ordinal": 10**9, "kind": kind,
            "nature": world.kinds["nature"][kind], "origin": RESIDENT, "grid": world.residents["grid"][resident],
            "patience": world.residents["patience"][resident], "stage": 0, "onset": week * WEEK + after,
            "severity": 0.5, "work": 1.0, "departments": 1,
        }  # fmt: skip
        for field, value in values.items():
            q[field][r] = value
        q["tie"][r] = draws.tie_key(int(world.clock["seed"][0]), values["name"])
        return np.array([r])

    return inject


def _lucky_name(world: World, resident: int, voiced: bool) -> int:
    """A name that no need has, whose keyed luck is not to be settled among neighbours, and to be voiced or not."""
    seed, owner = int(world.clock["seed"][0]), int(world.residents["key"][resident])
    for number in range(10**9, 10**9 + 10_000):
        name = draws.key(seed, draws.CANDIDATE, owner, number)
        mark = draws.uniform(seed, draws.VOICE_DECISION, name, 0)
        speaks = mark < 0.01 if voiced else mark > 0.99
        if speaks and draws.uniform(seed, draws.INFORMAL_SETTLEMENT, name, 0) > 0.9:
            return name
    raise AssertionError("no such name")
