"""How long a long piece of work still takes, told from how long the last steps took."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

STEPS_REMEMBERED = 500
STEPS_NEEDED = 8  # before the first estimate: the first steps include starting the workers
SECONDS_NEEDED = 5.0


@dataclass(frozen=True)
class Ticker:
    """What a long piece of work calls once for each step done, and `skip` for each that was done before."""

    step: Callable[[], None] = lambda: None
    skip: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.step()


TickerOf = Callable[[str, int], AbstractContextManager[Ticker]]
"""Opens the count of so many steps of something."""


def silent(what: str, steps: int) -> AbstractContextManager[Ticker]:
    """Nobody is told."""
    return nullcontext(Ticker())


class TimeLeft:
    """Counts steps of `total` and estimates the seconds that remain.

    Only steps made count, not what was there before, and only the last ones, since the machine's load changes. Nothing is said
    before it can be known.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = 0
        self._clock = clock
        self._times: deque[float] = deque(maxlen=STEPS_REMEMBERED)

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        self._times.append(self._clock())

    def skip(self) -> None:
        """One fewer is to do: it was done before."""
        self.total -= 1

    @property
    def seconds(self) -> float:
        """Seconds that remain; NaN while they are not known. A long wait for the next step makes them more."""
        if self.done >= self.total:
            return 0.0
        spent = self._clock() - self._times[0] if self._times else 0.0
        if len(self._times) < STEPS_NEEDED or spent < SECONDS_NEEDED:
            return math.nan
        return (self.total - self.done) * spent / (len(self._times) - 1)

    def __str__(self) -> str:
        """For a line of progress."""
        seconds = self.seconds
        left = "time left not known yet" if math.isnan(seconds) else f"about {duration_text(seconds)} left"
        return f"{self.done:,} of {self.total:,}, {left}"


def duration_text(seconds: float) -> str:
    """A duration in the two largest units, as rough as an estimate is: '40 s', '3 min', '2 h 10 min', '3 d 4 h'."""
    if seconds < 90:
        return f"{max(1, round(seconds)) if seconds < 10 else round(seconds, -1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours = seconds / 3600
    if hours < 36:
        tens = round(minutes, -1)
        return f"{tens // 60} h {tens % 60} min" if tens % 60 else f"{tens // 60} h"
    return f"{round(hours) // 24} d {round(hours) % 24} h"
