"""What is said of replication: how many seeds were enough for which difference, and what pairing saved."""

from __future__ import annotations

import math

from experiments.console import Voice
from experiments.replication import Replication


def print_replication(voice: Voice, found: Replication) -> None:
    """How many seeds were enough, for what, and what pairing saved."""
    rows = [
        (
            *(line.indicator, line.scenario, line.street),
            *(f"{value:.4g}" for value in (line.baseline, line.difference, line.half_width, line.allowed)),
            "not reached" if math.isnan(line.enough) else f"{line.enough:.0f}",
            *(f"{value:,.3g}" for value in (line.variance_ratio, line.unpaired)),
        )
        for line in found.table.itertuples()
    ]
    columns = ("indicator", "scenario", "street", "baseline", "difference", "half-width", "allowed", "seeds enough")
    voice.table("Precision of the headline differences", (*columns, "variance ratio", "seeds unpaired"), rows, right=3)
    for sentence in found.sentences():
        voice.result(sentence)
