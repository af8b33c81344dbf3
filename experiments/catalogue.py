"""What there is and what it means: the data behind `jiedao list` and `jiedao explain`.

Everything comes from the declarations and files themselves, as plain rows and facts; the command line turns
them into tables or JSON.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

import model
from model.errors import UnknownNameError
from model.indicator_definitions import INDICATORS, Indicator
from model.parameters import PARAMETERS, Parameter
from model.parameters.kinds import KIND_NAMES, KIND_TITLES
from scenarios import catalogue
from scenarios.operations import Effect
from scenarios.schema import Lever, Package, Rollout, Street, Stress
from scenarios.shelf import WHAT, Item, all_entries, all_streets

SCHEMA = 1
SECTIONS = ("streets", "reforms", "plans", "stresses", "parameters", "kinds", "indicators")
SHELF_SECTIONS = {"streets": ("street",), "reforms": ("package", "lever"), "stresses": ("stress",)}
MODEL_ROOM = Path(model.__file__).parent
MAX_PLACES = 6  # lines of code named by an explanation


Cell = str | float | int | bool


@dataclass(frozen=True)
class Listing:
    """One section of `jiedao list`: a line for each thing, and a note where there is nothing yet."""

    section: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Explanation:
    """What is known about one name: (label, text) pairs in reading order."""

    name: str
    what: str
    title_en: str
    title_zh: str
    facts: tuple[tuple[str, str], ...]


def listings(section: str | None = None) -> list[Listing]:
    """One section, or all of them in order; raises UnknownNameError for a section that does not exist."""
    if section is None:
        return [_listing(name) for name in SECTIONS]
    if section not in SECTIONS:
        raise UnknownNameError("section", section, SECTIONS, "list")
    return [_listing(section)]


def listings_as_json(section: str | None = None) -> dict[str, object]:
    """The listings as one JSON object: a schema number and a list of objects by section."""
    content: dict[str, object] = {"schema": SCHEMA}
    for listing in listings(section):
        content[listing.section] = [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
    return content


def explain(name: str) -> Explanation:
    """What `name` means; raises UnknownNameError with the nearest names of any sort."""
    if name in all_entries():
        entry = all_entries()[name]
        facts = {Lever: _lever_facts, Package: _package_facts, Stress: _stress_facts}[type(entry)](entry)
        return Explanation(name, WHAT[type(entry)], entry.title_en, entry.title_zh, facts)
    if name in all_streets():
        street = all_streets()[name]
        return Explanation(name, "street", street.title_en, street.title_zh, _street_facts(street))
    if name in KIND_TITLES:
        return Explanation(name, "kind of need", *KIND_TITLES[name], _kind_facts(name))
    if name in INDICATORS:
        indicator = INDICATORS[name]
        return Explanation(name, "indicator", indicator.title_en, indicator.title_zh, _indicator_facts(indicator))
    if name in PARAMETERS:
        parameter = PARAMETERS[name]
        return Explanation(name, "parameter", parameter.title_en, parameter.title_zh, _parameter_facts(parameter))
    raise UnknownNameError("name", name, explainable_names())


def explanation_as_json(name: str) -> dict[str, object]:
    """The explanation as one JSON object with its schema number."""
    explanation = asdict(explain(name))
    return {"schema": SCHEMA, **explanation, "facts": dict(explanation["facts"])}


def explainable_names() -> list[str]:
    """Every name that `explain` knows."""
    return [*all_entries(), *all_streets(), *KIND_TITLES, *INDICATORS, *PARAMETERS]


def _listing(section: str) -> Listing:
    if section == "plans":
        return Listing(section, ("name",), (), "phased plans come with a later version")
    if section == "parameters":
        return _parameters()
    if section == "kinds":
        rows = tuple((name, *KIND_TITLES[name], _rate_text(name)) for name in KIND_NAMES)
        return Listing(section, ("name", "title_en", "title_zh", "sentence"), rows)
    if section == "indicators":
        return _indicators()
    rows = tuple(
        (item.name, item.what, item.title_en, item.title_zh, _one_line(item))
        for item in catalogue()
        if item.what in SHELF_SECTIONS[section]
    )
    note = "" if rows else f"no {section} come with this version; a file of your own can be named instead"
    return Listing(section, ("name", "what", "title_en", "title_zh", "sentence"), rows, note)


def _one_line(item: Item) -> str:
    return first_sentence(item.sentence) if item.what in ("lever", "stress") else item.sentence


def _parameters() -> Listing:
    rows = tuple((p.name, p.low, p.best, p.high, p.unit, p.source, p.sentence) for p in PARAMETERS.values())
    return Listing("parameters", ("name", "low", "best", "high", "unit", "source", "sentence"), rows)


def _indicators() -> Listing:
    rows = tuple(
        (
            i.name,
            i.unit,
            i.better or "neither",
            i.headline,
            i.title_en,
            i.title_zh,
            _line(i),
        )
        for i in INDICATORS.values()
    )
    columns = ("name", "unit", "better", "headline", "title_en", "title_zh", "sentence")
    return Listing("indicators", columns, rows)


def _line(indicator: Indicator) -> str:
    return indicator.sentence if indicator.computed else f"(not yet computed) {indicator.sentence}"


def _rate_text(kind: str) -> str:
    rate = PARAMETERS[f"{kind}.rate_per_1000"].best
    return f"About {rate:g} needs per 1,000 residents and year, due within {_due(kind)}."


def _due(kind: str) -> str:
    hours = PARAMETERS[f"{kind}.due_hours"].best
    return f"{hours:g} hours" if hours < 48 else f"{hours / 24:g} days"


def _parameter_facts(parameter: Parameter) -> tuple[tuple[str, str], ...]:
    changed_by = [
        f"{entry.name} ({effect_text(effect)})"
        for entry in all_entries().values()
        if not isinstance(entry, Package)
        for effect in entry.effects
        if effect.parameter == parameter.name
    ]
    word = parameter.name.rpartition(".")[2]
    return (
        ("meaning", parameter.sentence),
        ("unit", parameter.unit),
        ("default", value_text(parameter.best)),
        ("plausible", f"{value_text(parameter.low)} to {value_text(parameter.high)}"),
        ("allowed", parameter.range_text),
        ("source", parameter.source),
        ("acts on", parameter.acts_on),
        ("changed by", "; ".join(changed_by) or "no reform or stress"),
        ("named in", places_in_code(word)),
    )


def _indicator_facts(indicator: Indicator) -> tuple[tuple[str, str], ...]:
    return (
        ("meaning", indicator.sentence),
        ("unit", indicator.unit),
        ("better", indicator.better or "neither: more can be good or bad"),
        ("headline", "yes" if indicator.headline else "no"),
        ("computed", "yes" if indicator.computed else f"not in this version, which does not model {indicator.lacking}"),
        ("named in", places_in_code(indicator.name)),
    )


def _kind_facts(kind: str) -> tuple[tuple[str, str], ...]:
    parameters = [p for p in PARAMETERS.values() if p.topic == kind]
    facts = [(p.name.partition(".")[2], f"{value_text(p.best)} {p.unit}. {p.sentence}") for p in parameters]
    return (("meaning", _rate_text(kind)), *facts)


def _lever_facts(lever: Lever) -> tuple[tuple[str, str], ...]:
    facts = [
        ("mechanism", lever.mechanism),
        ("how it can fail", lever.failure_mode),
        *(("changes", effect_text(effect)) for effect in lever.effects),
        ("takes hold", rollout_text(lever.rollout)),
        ("one-off cost", _yuan(lever.one_off_yuan)),
        ("yearly cost", _yuan(lever.yearly_yuan)),
        ("evidence", "; ".join(lever.evidence) or "none"),
        ("does nothing when", f"{lever.neutraliser.sentence} {_settings(lever.neutraliser.values)}"),
        ("can backfire when", f"{lever.backfires.sentence} {_settings(lever.backfires.values)}"),
        ("needs", ", ".join(lever.needs)),
        ("judged on", lever.reference_package),
        ("file", _file(lever.source)),
    ]
    return tuple((label, text) for label, text in facts if text)


def _stress_facts(stress: Stress) -> tuple[tuple[str, str], ...]:
    return (
        ("mechanism", stress.mechanism),
        *(("changes", effect_text(effect)) for effect in stress.effects),
        ("lasts", f"{stress.spell.weeks} weeks from week {stress.spell.start_week}"),
        ("evidence", "; ".join(stress.evidence) or "none"),
        ("file", _file(stress.source)),
    )


def _package_facts(package: Package) -> tuple[tuple[str, str], ...]:
    facts = [
        ("meaning", package.sentence),
        ("levers", ", ".join(f"{name} = {strength:g}" for name, strength in package.levers.items())),
        ("stresses", ", ".join(package.stresses)),
        ("sets", _settings(package.settings) if package.settings else ""),
        ("takes hold", rollout_text(package.rollout) if package.rollout else "as each lever does"),
        ("file", _file(package.source)),
    ]
    return tuple((label, text) for label, text in facts if text)


def _street_facts(street: Street) -> tuple[tuple[str, str], ...]:
    differences = [
        f"{name} = {value_text(value)} (default {value_text(PARAMETERS[name].best)})"
        for name, value in street.parameters.items()
    ]
    return (
        ("meaning", street.sentence),
        ("residents", f"{street.residents:,}"),
        ("differs in", "; ".join(differences) or "nothing: it is the declared defaults"),
        ("sources", "; ".join(street.sources) or "none"),
        ("file", _file(street.source)),
    )


def effect_text(effect: Effect) -> str:
    """What an effect does at full strength, in words."""
    size = value_text(effect.size)
    words = {
        "scale": f"times {size}",
        "shift": f"shifted by {size} logits",
        "amount": f"{'+' if effect.size >= 0 else ''}{size}",
        "towards": f"towards {size}" + ("" if effect.reach == 1.0 else f", {effect.reach:g} of the gap"),
        "switch": f"switched to {size}",
    }[effect.operation]
    return f"{effect.parameter} {words}"


def rollout_text(rollout: Rollout) -> str:
    """When and how fast a reform takes hold, in words."""
    if rollout.weeks == 1:
        return f"in full from week {rollout.start_week} on"
    return f"from week {rollout.start_week} on, one part in {rollout.weeks} more each week"


def value_text(value: Cell) -> str:
    """A cell or value as a person writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


def first_sentence(text: str) -> str:
    """The text up to its first full stop, colon or semicolon: what fits into one line of a list."""
    return re.split(r"(?<=\.)\s|:\s|;\s", text, maxsplit=1)[0].rstrip(".") + "."


def places_in_code(word: str) -> str:
    """The lines of the model, declarations apart, that name a field: file and line, a few of them."""
    found = []
    for path in sorted(MODEL_ROOM.rglob("*.py")):
        name = path.relative_to(MODEL_ROOM)
        if name.parts[0] == "parameters" or name.name == "indicator_definitions.py":
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [f"model/{name.as_posix()}:{i}" for i, line in enumerate(lines, 1) if re.search(rf"\b{word}\b", line)]
    more = f" and {len(found) - MAX_PLACES} more" if len(found) > MAX_PLACES else ""
    return ", ".join(found[:MAX_PLACES]) + more if found else "nothing in this version"


def _yuan(row: tuple[float, ...]) -> str:
    low, best, high = row
    return f"{best:,.0f} yuan ({low:,.0f} to {high:,.0f})"


def _settings(values: dict[str, float | int | bool]) -> str:
    return ", ".join(f"{name}={value_text(value)}" for name, value in values.items())


def _file(source: str) -> str:
    path = Path(source)
    return f"scenarios/{path.parent.name}/{path.name}"
