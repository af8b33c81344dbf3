"""Everything that stands in the folders of this room, each under its one name.

The files are read once per process, since they are part of the program. A user's own file is read where it
is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model.errors import ContradictionError, UnknownNameError
from scenarios.schema import Entry, Lever, Package, Street, Stress, read_scenario_entry, read_street
from scenarios.toml_table import read_toml

ROOM = Path(__file__).parent
STREETS = ROOM / "streets"
REFORMS = ROOM / "reforms"
STRESSES = ROOM / "stresses"

WHAT = {Lever: "lever", Package: "package", Stress: "stress", Street: "street"}


@dataclass(frozen=True)
class Item:
    """One line of the catalogue."""

    name: str
    what: str  # lever, package, stress, street
    title_en: str
    title_zh: str
    sentence: str


def toml_files(folder: Path) -> list[Path]:
    """The TOML files of a folder in the order of their names; none if there is no such folder."""
    return sorted(folder.glob("*.toml"))


def entries_by_name(paths: Iterable[Path]) -> dict[str, Entry]:
    """Levers, packages and stresses by name; raises ContradictionError when two files claim one name."""
    found: dict[str, Entry] = {}
    for path in paths:
        entry = read_scenario_entry(read_toml(path))
        if entry.name in found:
            raise ContradictionError(
                f"{path}: the name '{entry.name}' is already claimed by the "
                f"{WHAT[type(found[entry.name])]} in "
                f"{found[entry.name].source}; names are unique over levers, packages and stresses"
            )
        found[entry.name] = entry
    return found


def streets_by_name(paths: Iterable[Path]) -> dict[str, Street]:
    """Streets by name; raises ContradictionError when two files claim one name."""
    found: dict[str, Street] = {}
    for path in paths:
        street = read_street(read_toml(path))
        if street.name in found:
            raise ContradictionError(f"{path}: the street '{street.name}' is already in {found[street.name].source}")
        found[street.name] = street
    return found


@cache
def all_entries() -> dict[str, Entry]:
    """The levers, packages and stresses that come with the program."""
    return entries_by_name([*toml_files(REFORMS), *toml_files(STRESSES)])


@cache
def all_streets() -> dict[str, Street]:
    """The streets that come with the program."""
    return streets_by_name(toml_files(STREETS))


def is_path(name: str) -> bool:
    """Whether a name given by a user means a file of their own."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def find_street(name: str) -> Street:
    """A street by name, or from the user's own file; raises UnknownNameError or InputFileError."""
    if is_path(name):
        return read_street(read_toml(Path(name)))
    if name not in all_streets():
        raise UnknownNameError("street", name, all_streets())
    return all_streets()[name]


def find_entry(name: str) -> Entry:
    """A lever, package or stress by name, or from the user's own file.

    Raises UnknownNameError, InputFileError, or ContradictionError if the user's file takes a name that is
    ours.
    """
    if is_path(name):
        entry = read_scenario_entry(read_toml(Path(name)))
        ours = all_entries().get(entry.name)
        if ours is not None and Path(ours.source) != Path(name).resolve():
            raise ContradictionError(
                f"{name}: the name '{entry.name}' is already claimed by the {WHAT[type(ours)]} in "
                f"{ours.source}; "
                "give yours another name"
            )
        return entry
    if name not in all_entries():
        raise UnknownNameError("lever, package or stress", name, ["baseline", *all_entries()])
    return all_entries()[name]


def catalogue() -> list[Item]:
    """Streets, packages, levers and stresses with a sentence each, in this order and by name."""
    items = [
        Item(entry.name, WHAT[type(entry)], entry.title_en, entry.title_zh, _sentence(entry))
        for entry in [*all_streets().values(), *all_entries().values()]
    ]
    order = ["street", "package", "lever", "stress"]
    return sorted(items, key=lambda item: (order.index(item.what), item.name))


def _sentence(entry: Entry | Street) -> str:
    return entry.mechanism if isinstance(entry, (Lever, Stress)) else entry.sentence
