"""The note that a reform is still being rolled out while its results are measured."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.console import Voice
from model.configuration import Configuration
from scenarios.expression import read_expression


def tell_of_rollout(
    voice: Voice,
    configurations: Sequence[Configuration],
    window: tuple[int, int],
    expressions: Sequence[str],
) -> None:
    """A note that names the scenarios whose levers are not all in force in the first measured week; none if there are none.

    `expressions` are what the configurations were loaded from, a file's path for one of the user's own.
    """
    scenarios = zip(configurations, expressions, strict=True)
    late = [configuration.scenario for configuration, asked in scenarios if _is_late(configuration, asked, window[0])]
    if late:
        voice.note(
            f"still coming into force while weeks {window[0]} to {window[1]} are measured: {', '.join(late)}; what is "
            "measured is partly the time before"
        )


def _is_late(configuration: Configuration, expression: str, week: int) -> bool:
    """Whether a lever is in force only in part in a week."""
    if not configuration.changes:  # in force from the start
        return False
    return any(use.rollout.share(week) < 1.0 for use in read_expression(expression).levers)
