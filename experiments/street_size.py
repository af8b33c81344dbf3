"""The warning that a street is too small for its effects to be read as those of an ordinary one."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.console import Voice

SMALL_STREET = 10_000
"""Residents below which results depend on the size of the street. Source: the table 'Size of the street' of model/README.md, where
the baseline's response time is 438 h at 3,000 residents, 116 h at 10,000, and 95 to 87 h from 30,000 on."""


def tell_of_small_streets(voice: Voice, residents: Mapping[str, int]) -> None:
    """A note that names the streets with fewer than `SMALL_STREET` residents; none if there are none."""
    small = [f"{street} ({number:,} residents)" for street, number in residents.items() if number < SMALL_STREET]
    if small:
        voice.note(
            f"small street: {', '.join(small)}. Below {SMALL_STREET:,} residents units have a post or less, so that queues are "
            "long at the same load; read effects at the size of the street in question (model/README.md, 'Size of the street')"
        )
