"""`list` and `explain` on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from experiments import catalogue
from experiments.console import Voice
from model.errors import JiedaoError, UnknownNameError
from model.parameters.units import UNIT_TITLES
from scenarios.shelf import find_street, is_path

HIDDEN = ("title_zh",)
"""Columns that a terminal table leaves out for room; JSON has them."""
SURVEYED = ("name", "title_en")
"""Columns of the survey of all sections. A section without titles, of which only parameters are, is too long for it and counted."""


def print_listings(voice: Voice, section: str | None) -> None:
    """One section of the catalogue with all that its table has, or a survey of all sections; raises UnknownNameError."""
    for listing in catalogue.listings(section):
        columns = SURVEYED if section is None else tuple(name for name in listing.columns if name not in HIDDEN)
        if listing.rows and not set(columns) <= set(listing.columns):
            voice.result(f"{listing.section}: {len(listing.rows):,}; `jiedao list {listing.section}` lists them")
        elif listing.rows:
            _print_listing(voice, listing, columns)
        if listing.note:
            voice.result(f"{listing.section}: {listing.note}")
    voice.document(catalogue.listings_as_json(section))


def _print_listing(voice: Voice, listing: catalogue.Listing, columns: Sequence[str]) -> None:
    shown = [listing.columns.index(name) for name in columns]
    rows = [[catalogue.value_text(row[i]) for i in shown] for row in listing.rows]
    voice.table(listing.section, columns, rows, right=0)


def print_explanation(voice: Voice, words: Sequence[str]) -> None:
    """What a name means; `street NAME` shows what stands behind the desks of a street as well. Raises UnknownNameError."""
    if len(words) == 2 and words[0] == "street":
        _print_street(voice, words[1])
    elif len(words) != 1:
        raise JiedaoError(f"explain: found '{' '.join(words)}'; give one name, or 'street NAME'")
    elif words[0] in _unit_types():
        _print_unit(voice, words[0])
    else:
        _print_name(voice, words[0])


def _unit_types() -> list[str]:
    from experiments.street_tables import MEANINGS

    return list(MEANINGS)


def _print_name(voice: Voice, name: str) -> None:
    try:
        found = catalogue.explain(name)
    except UnknownNameError:
        raise UnknownNameError("name", name, [*catalogue.explainable_names(), *_unit_types()]) from None
    voice.result(f"{found.name}: {found.what}, {found.title_en} ({found.title_zh})")
    voice.table("", ("", ""), found.facts, right=0)
    voice.document(catalogue.explanation_as_json(name))


def _print_unit(voice: Voice, unit_type: str) -> None:
    from experiments.street_tables import explain_unit

    facts = explain_unit(unit_type)
    titles = UNIT_TITLES.get(unit_type)
    voice.result(f"{unit_type}: type of unit" + (f", {titles[0]} ({titles[1]})" if titles else ""))
    voice.table("", ("", ""), facts, right=0)
    about = {"name": unit_type, "what": "type of unit", "facts": dict(facts)}
    voice.document({"schema": catalogue.SCHEMA, **about})


def _print_street(voice: Voice, name: str) -> None:
    from experiments.street_tables import CAPTION, COLUMNS, TITLE, explain_street, head_counts, text_rows

    street = find_street(name)
    content: dict[str, Any] = {"schema": catalogue.SCHEMA, "name": street.name, "what": "street"}
    if not is_path(name):
        content = catalogue.explanation_as_json(name)
        facts = catalogue.explain(name).facts
        voice.result(f"{street.name}: street, {street.title_en} ({street.title_zh})")
        voice.table("", ("", ""), facts, right=0)
    voice.tell_of_compiling()
    rows = explain_street(name)
    counts = head_counts(rows, street.residents)
    voice.table(TITLE, COLUMNS, text_rows(rows), CAPTION)
    voice.table(
        "Head counts of the sources, beside those that follow",
        ("quantity", "here", "sources", "evidence", "note"),
        [(c.quantity, f"{c.here:,.0f}", _span(c.low, c.high), c.evidence, c.note) for c in counts],
        right=0,
    )
    voice.document({**content, "units": [asdict(row) for row in rows], "head_counts": [asdict(c) for c in counts]})


def _span(low: float, high: float) -> str:
    return f"at least {low:,.0f}" if high == float("inf") else f"{low:,.0f} to {high:,.0f}"
