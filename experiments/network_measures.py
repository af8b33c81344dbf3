"""What replications of a bare network measured, as means with intervals by station and class.

The measures mean what the head of `experiments.queue_formulas` says. Each is a ratio of two totals, say the time
spent waiting over the customers who joined, and its interval comes from the totals of the replications by the
jackknife. L and Lq, by class and for all alike, are the time spent at the station and in its queue, by those who
left it, per unit of measured time: Little's law. That differs from the integral of the number present only by
those at the station when measuring began and ended; `tests/test_networks.py` checks the two against each other exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.intervals import Interval, ratio_interval
from model.bare_network import (
    ABANDONED,
    ARRIVED,
    BEGUN,
    BLOCKED,
    GIVEN_UP_WAIT,
    SERVED_COUNT,
    STAY,
    WAIT,
    WAITED,
)
from model.network import ALL_CLASSES, WHOLE_VISIT, Network
from model.network_run import NetworkResult

Key = tuple[str, str, str]
"""Station or "whole visit", class or "all", measure."""

Totals = Callable[[np.ndarray, float], tuple[float, float]]
"""From the tallies of one place and class and the measured time: what is divided, and by what."""

STATION_MEASURES: dict[str, Totals] = {
    "W": lambda t, span: (t[WAIT] + t[GIVEN_UP_WAIT], t[BEGUN] + t[ABANDONED]),
    "T": lambda t, span: (t[STAY] + t[GIVEN_UP_WAIT], t[SERVED_COUNT] + t[ABANDONED]),
    "L": lambda t, span: (t[STAY] + t[GIVEN_UP_WAIT], span),
    "Lq": lambda t, span: (t[WAIT] + t[GIVEN_UP_WAIT], span),
    "P(wait)": lambda t, span: (t[WAITED] + t[ABANDONED], t[BEGUN] + t[ABANDONED]),
    "P(abandon)": lambda t, span: (t[ABANDONED], t[ARRIVED]),
    "P(blocked)": lambda t, span: (t[BLOCKED], t[ARRIVED]),
}

VISIT_MEASURES: dict[str, Totals] = {"T": lambda t, span: (t[STAY], t[SERVED_COUNT])}

LEVEL = 0.99


@dataclass(frozen=True)
class Place:
    """A station, or the whole visit, with the row and column of its tallies for one class or all."""

    station: str
    customer_class: str
    row: int
    column: int

    @property
    def measures(self) -> dict[str, Totals]:
        """What is measured here."""
        return VISIT_MEASURES if self.station == WHOLE_VISIT else STATION_MEASURES


def places(network: Network) -> list[Place]:
    """Every station by class and for all, then the whole visit."""
    stations = [(s.name, column) for column, s in enumerate(network.stations)]
    visit = (WHOLE_VISIT, len(network.stations) + len(network.forks))
    classes = [(c.name, row) for row, c in enumerate(network.classes)]
    together = (ALL_CLASSES, len(network.classes))
    return [
        Place(station, name, row, column)
        for station, column in [*stations, visit]
        for name, row in [*classes, together]
    ]


def measure(network: Network, results: Sequence[NetworkResult], level: float = LEVEL) -> dict[Key, Interval]:
    """Every measure that the replications, or batches of one run, tell about, two or more of them.

    A class that never comes to a station, or too rarely for an interval, has no entry there.
    """
    tallies = np.array([result.tallies for result in results])
    spans = np.array([result.span for result in results])
    table: dict[Key, Interval] = {}
    for place in places(network):
        here = tallies[:, place.row, place.column].T
        if place.station != WHOLE_VISIT and not here[ARRIVED].any():
            continue
        for name, totals in place.measures.items():
            above, below = totals(here, spans)
            if np.all(below.sum() - below > 0.0):
                table[place.station, place.customer_class, name] = ratio_interval(above, below, level)
    return table
