"""A bare queueing network: stations, classes of customers, routing and forks, with no street around them.

Engines run such a network through the same code as streets, so that exact results of queueing theory can
check them. The objects here only hold what a network is; `scenarios.network_file` reads them from a file and
refuses what makes no sense. Time has no unit of its own: the means, delays and horizon of one network share
whatever unit its author chose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

LawName = Literal["exponential", "deterministic", "erlang", "gamma", "lognormal", "hyperexponential"]
Discipline = Literal["fcfs", "priority"]

LAWS: tuple[str, ...] = get_args(LawName)
DISCIPLINES: tuple[str, ...] = get_args(Discipline)

EXIT = "exit"
"""The reserved name of the world outside: where customers go when they leave the network."""

WHOLE_VISIT = "whole visit"
"""The reserved station name under which results over a customer's whole visit are listed."""

ALL_CLASSES = "all"
"""The reserved class name under which results over customers of every class are listed."""


@dataclass(frozen=True)
class Law:
    """A law of a positive duration, fixed by its mean and its squared coefficient of variation.

    `cv2` is variance / mean^2: 1 for exponential, 0 for deterministic, 1 / (number of stages) for erlang,
    above 1 for hyperexponential, any positive number for gamma and lognormal.
    """

    name: LawName
    mean: float
    cv2: float = 1.0

    @property
    def rate(self) -> float:
        """Events per unit of time: 1 / mean."""
        return 1.0 / self.mean

    @property
    def second_moment(self) -> float:
        """Mean of the squared duration."""
        return self.mean**2 * (1.0 + self.cv2)

    @property
    def stages(self) -> int:
        """Number of exponential stages, each of mean `mean / stages`, of an erlang law."""
        return round(1.0 / self.cv2)

    @property
    def mixture(self) -> tuple[float, float, float]:
        """(p, mean_1, mean_2) of a hyperexponential law with balanced means, p mean_1 = (1 - p) mean_2.

        With probability p the duration is exponential with the short mean_1, else with the long mean_2.
        """
        p = 0.5 * (1.0 + math.sqrt((self.cv2 - 1.0) / (self.cv2 + 1.0)))
        return p, 0.5 * self.mean / p, 0.5 * self.mean / (1.0 - p)


@dataclass(frozen=True)
class Station:
    """Servers with one queue, and one service law for every class.

    `discipline` "fcfs" serves in order of arrival at the station. "priority" serves the class with the
    smaller `priority` number first and within one number in order of arrival; service once begun is never
    interrupted. `patience` is how long a customer waits in the queue, not in service, before giving up.
    `capacity` is the largest number present, waiting and in service together: who finds it reached is turned
    away.
    """

    name: str
    servers: int
    discipline: Discipline
    service: Law
    patience: Law | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class CustomerClass:
    """A stream of customers from outside.

    `priority`: a smaller number is served first. `entry` is a station or a fork. `arrival` is the law of the
    time between two arrivals (mean = 1 / rate). A customer turned away or out of patience comes back with
    `retry_probability`, after `retry_delay`, to the station that lost it and arrives there as new; the chance
    is drawn afresh at each loss.
    """

    name: str
    priority: int
    entry: str
    arrival: Law
    retry_probability: float = 0.0
    retry_delay: Law | None = None


@dataclass(frozen=True)
class Fork:
    """Work that several stations do side by side.

    A customer sent to the name `at` splits into one part for each station of `branches` (in that order,
    repeats allowed). A part is served at its branch and is then done: the routing of the branch does not
    apply to it. A part that is lost for good counts as done. When all parts are done the customer goes on to
    `then`, a station or "exit".
    """

    at: str
    branches: tuple[str, ...]
    then: str


@dataclass(frozen=True)
class Network:
    """Everything needed to simulate a bare network.

    `routing[class][station]` gives the probabilities of the next station or fork after service; what is
    missing from 1 leaves, and so does everybody where there is no row. Each of `replications` independent
    runs lasts `horizon`, of which the first `warmup` is not measured.
    """

    stations: tuple[Station, ...]
    classes: tuple[CustomerClass, ...]
    routing: Mapping[str, Mapping[str, Mapping[str, float]]]
    forks: tuple[Fork, ...]
    horizon: float
    warmup: float
    replications: int
    seed: int
