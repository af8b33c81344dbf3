"""What is said of replication: how many seeds were enough for which difference, and what pairing saved."""

from __future__ import annotations

import math
from typing import Any

from experiments import words
from experiments.console import Voice
from experiments.replication import Replication

LARGEST_RATIO = 1000.0
"""A variance ratio above it says no more than that pairing leaves next to no luck."""

COLUMNS = (
    "indicator", "scenario", "street", "baseline", "difference", "half-width", "allowed", "seeds enough", "variance ratio",
    "seeds unpaired",
)  # fmt: skip


CAPTION = (
    "Seeds enough: from so many on the half-width stayed within what is allowed. Variance ratio: by how much pairing divides the "
    "variance. Seeds unpaired: so many independent seeds in each scenario would have done, by the spread of all that were made."
)


def print_replication(voice: Voice, found: Replication) -> None:
    """How many seeds were enough, for what, and what pairing saved."""
    rows = [_cells(line) for line in found.table.itertuples()]
    voice.table("Precision of the headline differences", COLUMNS, rows, CAPTION, right=3)
    for sentence in replication_sentences(found):
        voice.result(sentence)


def ratio_text(ratio: float) -> str:
    """A variance ratio for reading, three digits at most; empty where there is none."""
    if math.isnan(ratio):
        return ""
    return f">{LARGEST_RATIO:.0f}" if ratio > LARGEST_RATIO else words.number(ratio)


def ratio_caption(units: str) -> str:
    """What a variance ratio means; `units` are what intervals are taken over."""
    return f"Variance ratio: how many times as many independent {units} the same precision would need."


def replication_sentences(found: Replication) -> list[str]:
    """What a user should know of it, in words."""
    dearest = found.table.loc[found.table["unpaired"].idxmax()]
    saved = (
        f"without pairing about {words.number(found.unpaired, 0)} seeds would have been needed in each scenario, most for "
        f"{_named(dearest)}, where pairing divides the variance by {ratio_text(dearest['variance_ratio'])}"
    )
    if found.enough is not None:
        return [
            f"{found.enough} seeds were enough, checked on to {found.seeds}; {saved}",
            f"For publication run it again with --seeds {found.seeds} (in a study file: seeds = {found.seeds}) and another --seed, "
            "so that neither their number nor the seeds themselves depend on the results",
        ]
    wide = found.table.loc[found.table["half_width"] > found.table["allowed"]]
    named = ", ".join(_named(row) for _, row in wide.iterrows())
    return [f"{found.seeds} seeds, the most that are made, were not enough for {named or 'certainty'}; {saved}"]


def _named(row: Any) -> str:
    title = words.title("indicator", row["indicator"])
    return f"{title[0].lower()}{title[1:]} of {words.title('scenario', row['scenario'])}"


def _cells(line: Any) -> tuple[str, ...]:
    """One row of `Replication.table` with titles, in the units in which indicators are shown."""
    name, half = line.indicator, line.half_width
    scale, unit = words.measure(name).scale, words.unit_of_difference(name)
    difference, _ = words.difference_texts(name, line.difference, line.difference - half, line.difference + half)
    widths = [words.with_unit(words.number(value * scale), unit, "en") for value in (half, line.allowed)]
    return (
        words.title("indicator", name),
        words.title("scenario", line.scenario),
        line.street,
        words.level_text(name, line.baseline),
        difference,
        *widths,
        "not reached" if math.isnan(line.enough) else f"{line.enough:.0f}",
        ratio_text(line.variance_ratio),
        words.number(line.unpaired, 0),
    )
