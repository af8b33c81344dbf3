"""The state as plain Python numbers: the same memory as the numpy arrays, read and written several times as fast.

Reading one number from a structured numpy array makes a view of the column and then a numpy scalar, with which
arithmetic is slow too. Rules that run as plain Python do little else, so the process engine hands them columns that are
memoryviews. What is written is in the arrays at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.world import World

GRIDS = ("routes", "tallies")
"""Plain arrays of which rules read and write only single numbers."""


class Columns(dict):
    """A structured array spelled the same way, `columns["busy"][u]`, that yields int, float and bool."""

    def __init__(self, table: np.ndarray) -> None:
        super().__init__()
        self.show(table)

    def show(self, table: np.ndarray) -> None:
        """Be the columns of this table, such as a longer copy of the one before; whoever holds the columns sees it."""
        self.table, self.shape = table, table.shape
        for name in table.dtype.names:
            column = table[name]
            # A field at an odd address, as in a dtype that is not aligned, has no plain view; it is slow but right.
            dict.__setitem__(self, name, memoryview(column) if column.flags.aligned else column)

    def __missing__(self, row: int) -> np.void:
        """A whole row, by its number."""
        return self.table[row]

    def __setitem__(self, row: Any, value: np.void) -> None:
        """Write a whole row, by its number."""
        self.table[row] = value

    def __len__(self) -> int:
        return len(self.table)


def in_plain_python(world: World) -> World:
    """The same world with columns for tables: for rules that run as plain Python, not for compiled functions.

    The days stay an array, because the searches in calendars are compiled.
    """
    tables = {
        field: Columns(array)
        for field, array in world._asdict().items()
        if array.dtype.names is not None and field != "days"
    }
    return world._replace(**tables, **{field: memoryview(getattr(world, field)) for field in GRIDS})
