"""A panel of grids and weeks: who was under a new structure when, and how their cases went (MODEL section 26)."""

from __future__ import annotations

import numpy as np

from model.codes import NEVER, WEEK
from model.observation import Observation
from model.reforms import grids_under_command
from model.run import Outcome

PANEL = np.dtype(
    [("grid", "i8"), ("week", "i8"), ("treated", "?"), ("residents", "i8"), ("reported", "i8"), ("response_time", "f8"),
     ("resolution_time", "f8"), ("chased_share", "f8"), ("open", "i8")]
)  # fmt: skip


def panel(outcome: Outcome, seen: Observation) -> np.ndarray:
    """A `PANEL` row for each grid and week from the start of the warm-up to the last measured week, by grid, then week.

    `treated`: in that week the grid reports straight to the command office. Of the cases reported there and then: mean hours
    to response and resolution, restricted at 90 days, and the share chased at least once; NaN without a case. `open` are all
    cases open at the week's end; one that was reopened counts as open in between.
    """
    first, weeks = -outcome.configuration.warmup_weeks, outcome.configuration.warmup_weeks + outcome.configuration.weeks
    grids = outcome.world.grids
    table = np.zeros((len(grids), weeks), PANEL)
    table["grid"], table["week"] = np.arange(len(grids))[:, None], np.arange(first, first + weeks)
    table["residents"] = grids["residents"][:, None]
    for row in range(weeks):
        share = outcome.configuration.values_at(first + row)["command_office_grid_share"]
        table["treated"][:, row] = grids_under_command(grids["rank"], share)
    q = seen.cases.records
    cell = _cells(q["grid"], q["reported"], first, weeks)
    inside = cell < table.size
    table["reported"] = _sums(cell, inside.astype(float), table.shape)
    for column, value in (
        ("response_time", seen.cases.response), ("resolution_time", seen.cases.resolution), ("chased_share", q["chases"] > 0)
    ):  # fmt: skip
        sums = _sums(cell, value.astype(float), table.shape)
        table[column] = np.divide(
            sums, table["reported"], out=np.full(table.shape, np.nan), where=table["reported"] > 0
        )
    closed = q["closed"] < NEVER
    ended = _sums(_cells(q["grid"], q["closed"], first, weeks)[closed], np.ones(closed.sum()), table.shape)
    table["open"] = np.cumsum(table["reported"] - ended, axis=1)
    return table.ravel()


def _cells(grid: np.ndarray, time: np.ndarray, first: int, weeks: int) -> np.ndarray:
    """Place of (grid, week of `time`) in the flat table; beyond its end for weeks that are not in it."""
    week = time // WEEK - first
    return np.where(week < weeks, grid * weeks + week, np.iinfo(np.int64).max)


def _sums(cell: np.ndarray, value: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    size = shape[0] * shape[1]
    inside = cell < size
    return np.bincount(cell[inside], value[inside], size).reshape(shape)
