"""The estimate of the time left: nothing before it is known, and right where the answer is."""

from __future__ import annotations

import math
import sys

import pytest

from experiments import console
from experiments.console import Voice
from experiments.time_left import TimeLeft, duration_text


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def after(seconds: list[float], total: int) -> tuple[TimeLeft, Clock]:
    clock = Clock()
    left = TimeLeft(total, clock)
    for each in seconds:
        clock.now += each
        left.step()
    return left, clock


def test_steady_work_is_told_exactly_and_a_slow_start_does_not_count():
    left, clock = after([60.0, *[2.0] * 20], 100)
    assert left.seconds == pytest.approx((100 - 21) * 2.0)
    assert str(left) == "21 of 100, about 3 min left"
    clock.now += 40.0  # nothing finishes any more
    assert left.seconds > (100 - 21) * 3.5


def test_nothing_is_said_before_it_can_be_known():
    for steps in ([2.0] * 7, [0.1] * 30):
        left, _ = after(steps, 100)
        assert math.isnan(left.seconds) and "not known yet" in str(left)
    assert after([2.0] * 9, 9)[0].seconds == 0.0


def test_it_follows_a_machine_that_becomes_slower():
    left, _ = after([*[1.0] * 1000, *[4.0] * 500], 2000)
    assert left.seconds == pytest.approx(500 * 4.0, rel=0.01)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (9.4, "9 s"), (44, "40 s"), (100, "2 min"), (5300, "88 min"), (7600, "2 h 10 min"), (7200, "2 h"),
     (35.99 * 3600, "36 h"), (80 * 3600, "3 d 8 h")],
)  # fmt: skip
def test_durations_in_words(seconds, text):
    assert duration_text(seconds) == text


def test_a_log_gets_a_line_a_minute(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(console.time, "monotonic", clock)
    with Voice().progress("simulating", 1000) as step:
        for _ in range(200):
            clock.now += 1.0
            step()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and said[-1].startswith("simulating: 180 of 1,000, ")
    with Voice().progress("simulating", 1000) as steps:
        for _ in range(900):
            steps.skip()
        for _ in range(61):
            clock.now += 1.0
            steps()
    assert capsys.readouterr().err.startswith("simulating: 60 of 100, ")
    with Voice(quiet=True).progress("simulating", 10) as step:
        step()
    assert capsys.readouterr().err == ""


def test_a_bar_is_drawn_where_a_person_sees_it(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Voice().progress("simulating", 3) as step:
        step.skip()
        for _ in range(2):
            step()
