"""The street as a Mesa model, in which the process engine's agents live."""

from __future__ import annotations

from collections.abc import Callable

import mesa

from model.engines.process import ProcessEngine
from model.world import World


class SimulationModel(mesa.Model):
    """The Mesa model in which the process engine's units and gates live as agents."""

    def __init__(self, world: World, keep_log: Callable[[], None], more_rows: Callable[[], World]) -> None:
        super().__init__()
        self.engine = ProcessEngine(world, self, keep_log, more_rows)
