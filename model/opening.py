"""Who is already there when a run begins: those who hold a place in a programme (MODEL 13: slow stocks start as they stand)."""

from __future__ import annotations

import numpy as np

from model import draws
from model.codes import BACKGROUND
from model.flow import new_row
from model.organization import Rows
from model.world import World


def open_places(world: World, rows: Rows, start: int) -> np.ndarray:
    """Rows of those who hold the places of each programme at the start; their rest of stay is drawn when they arrive."""
    held = []
    q = world.requests
    seed = int(world.clock["seed"][0])
    for unit in rows.programmes:
        for place in range(int(world.units["servers"][unit])):
            r = new_row(world)
            q["name"][r] = draws.key(seed, draws.POPULATION, int(world.units["key"][unit]), place)
            q["tie"][r] = draws.tie_key(seed, q["name"][r])
            q["nature"][r], q["responsible"][r], q["onset"][r], q["stage"][r] = BACKGROUND, unit, start, 0
            held.append(r)
    return np.array(held, np.int64)
