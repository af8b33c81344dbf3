"""The compiled engine with the interface of the process engine: it makes room when the kernel asks for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.engines import compiled
from model.engines.packed import pack
from model.world import World


class CompiledEngine:
    """Runs a world by the compiled kernel. `keep_log` empties a full log; `more_rows` gives the world with more room."""

    def __init__(self, world: World, keep_log: Callable[[], None], more_rows: Callable[[], World]) -> None:
        self.keep_log, self.more_rows = keep_log, more_rows
        self.world, self.state = world, compiled.new_engine(world)
        self._packed = pack(self.world), pack(self.state)
        compiled.schedule_gates(*self._packed)

    @property
    def events(self) -> int:
        """Events processed so far."""
        return int(self.state.counts[1])

    def use(self, world: World) -> None:
        """Go on with the same world in arrays with more room for requests."""
        self.world, self.state = world, compiled.with_more_rows(self.state, len(world.requests))
        self._packed = pack(self.world), pack(self.state)

    def schedule_arrivals(self, rows: np.ndarray) -> None:
        """Let the requests of these rows arrive at their onset."""
        compiled.schedule_arrivals(*self._packed, rows)

    def transfer(self, old: int, new: int) -> None:
        """Waiting work of one unit passes to another."""
        compiled.transfer(*self._packed, old, new)

    def advance(self, until: int) -> None:
        """Process all events before `until`."""
        resumed = False
        while (status := compiled.advance(*self._packed, until, resumed)) != compiled.DONE:
            if status == compiled.LOG_FULL:
                self.keep_log()
            else:
                self.use(self.more_rows())
            resumed = True
