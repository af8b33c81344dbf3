"""The note that a reform is still being rolled out while its results are measured."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.console import Voice
from model.configuration import Configuration


def tell_of_rollout(voice: Voice, configurations: Sequence[Configuration], window: tuple[int, int]) -> None:
    """A note that names the scenarios which change after the first measured week; none if there are none."""
    last = {c.scenario: max((change.week for change in c.changes), default=0) for c in configurations}
    late = [f"{scenario} (up to week {week})" for scenario, week in last.items() if week > window[0]]
    if late:
        voice.note(
            f"still coming into force while weeks {window[0]} to {window[1]} are measured: {', '.join(late)}; what is "
            "measured is partly the time before"
        )
