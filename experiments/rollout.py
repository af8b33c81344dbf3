"""The note that a reform is still being rolled out while its results are measured."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.console import Voice
from model.configuration import Configuration
from model.errors import JiedaoError
from scenarios.expression import read_expression


def tell_of_rollout(voice: Voice, configurations: Sequence[Configuration], window: tuple[int, int]) -> None:
    """A note that names the scenarios whose levers are not all in force in the first measured week; none if there are none."""
    late = [configuration.scenario for configuration in configurations if _is_late(configuration, window[0])]
    if late:
        voice.note(
            f"still coming into force while weeks {window[0]} to {window[1]} are measured: {', '.join(late)}; what is "
            "measured is partly the time before"
        )


def _is_late(configuration: Configuration, week: int) -> bool:
    """Whether a lever is in force only in part in a week; not known of a scenario in a file of the user's own."""
    if not configuration.changes:  # in force from the start
        return False
    try:
        levers = read_expression(configuration.scenario).levers
    except JiedaoError:
        return False
    return any(use.rollout.share(week) < 1.0 for use in levers)
