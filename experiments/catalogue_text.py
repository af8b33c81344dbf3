"""`list` and `explain` on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from experiments import catalogue
from experiments.console import Voice
from model.errors import JiedaoError

HIDDEN = ("title_zh",)
"""Columns that a terminal table leaves out for room; JSON has them."""


def print_listings(voice: Voice, section: str | None) -> None:
    """One section of the catalogue or all; raises UnknownNameError."""
    for listing in catalogue.listings(section):
        shown = [i for i, column in enumerate(listing.columns) if column not in HIDDEN or section is None]
        rows = [[catalogue.value_text(row[i]) for i in shown] for row in listing.rows]
        if rows or not listing.note:
            voice.table(listing.section, [listing.columns[i] for i in shown], rows, right=0)
        if listing.note:
            voice.result(f"{listing.section}: {listing.note}")
    voice.document(catalogue.listings_as_json(section))


def print_explanation(voice: Voice, words: Sequence[str]) -> None:
    """What a name means; `street typical` is another way to write `typical`. Raises UnknownNameError."""
    if len(words) > 2 or (len(words) == 2 and words[0] != "street"):
        raise JiedaoError(f"explain: found '{' '.join(words)}'; give one name, or 'street NAME'")
    name = words[-1]
    explanation = catalogue.explain(name)
    voice.result(f"{explanation.name}: {explanation.what}, {explanation.title_en} ({explanation.title_zh})")
    voice.table("", ("", ""), explanation.facts, right=0)
    voice.document(catalogue.explanation_as_json(name))
