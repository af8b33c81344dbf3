"""Taking a scenario's expression apart: levers at their strengths, stresses, and values set by files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.configuration import Value
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from scenarios.schema import Lever, Package, Rollout, Stress
from scenarios.shelf import all_entries, find_entry
from scenarios.values import STRENGTH, split_settings


@dataclass(frozen=True)
class LeverInUse:
    """A lever at a strength, with the roll-out that holds here and the name under which it was asked for."""

    lever: Lever
    strength: float
    rollout: Rollout
    asked_as: str


@dataclass(frozen=True)
class Scenario:
    """An expression taken apart: levers at their strengths, stresses, and values that its files set."""

    name: str
    levers: tuple[LeverInUse, ...]
    stresses: tuple[Stress, ...]
    settings: Mapping[str, Value]


def read_expression(expression: str, strengths: Mapping[str, float] | None = None) -> Scenario:
    """The scenario that `expression` names; `strengths` by lever name replace those of the files.

    A strength for a lever that exists but is not in this scenario is not an error here, since one command
    sets it for several scenarios at once; `refuse_unused_strengths` is for the command.
    """
    strengths = dict(strengths or {})
    uses: dict[str, LeverInUse] = {}
    stresses: dict[str, Stress] = {}
    settings: dict[str, Value] = {}
    names: list[str] = []
    for part in _parts(expression):
        if part == "baseline":
            continue
        entry = find_entry(part)
        if entry.name in names:
            raise ContradictionError(f"{part}: the scenario already has something named '{entry.name}'")
        names.append(entry.name)
        if isinstance(entry, Stress):
            stresses[entry.name] = entry
        elif isinstance(entry, Lever):
            _add_use(uses, LeverInUse(entry, 1.0, entry.rollout, entry.name))
        else:
            for use in _levers_of(entry):
                _add_use(uses, use)
            stresses.update({name: _stress(name, entry) for name in entry.stresses})
            _add_settings(settings, entry)
    _refuse_unknown_strengths(strengths, uses)
    chosen = tuple(
        LeverInUse(use.lever, strengths.get(name, use.strength), use.rollout, use.asked_as)
        for name, use in uses.items()
    )
    return Scenario("+".join(names) or "baseline", chosen, tuple(stresses.values()), settings)


def cost_of(
    expression: str, settings: Mapping[str, Value] | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """One-off and yearly yuan of the scenario's levers, each (low, best, high), in proportion to strength."""
    uses = read_expression(expression, split_settings(settings or {})[1]).levers
    one_off, yearly = (
        tuple(math.fsum(use.strength * getattr(use.lever, field)[i] for use in uses) for i in range(3))
        for field in ("one_off_yuan", "yearly_yuan")
    )
    return one_off, yearly


def refuse_unused_strengths(expressions: Iterable[str], settings: Mapping[str, Value]) -> None:
    """Raises ContradictionError if a strength is set for a lever that none of the scenarios has."""
    strengths = split_settings(settings)[1]
    used = {use.lever.name for text in expressions for use in read_expression(text, strengths).levers}
    for name in strengths:
        if name not in used:
            raise ContradictionError(
                f"--set {name}{STRENGTH}: lever '{name}' is in none of the scenarios; "
                f"they have {', '.join(sorted(used)) or 'no levers'}"
            )


def _parts(expression: str) -> list[str]:
    """The names joined with '+'; a path that itself contains '+' is allowed only alone."""
    text = expression.strip()
    parts = [text] if Path(text).is_file() else [part.strip() for part in text.split("+")]
    for part in parts:
        if not part:
            raise ValueOutOfRangeError(
                f"scenario '{expression}': an empty name; write names joined with single '+', such as "
                "flatten_layers+funds_pool"
            )
        if part.startswith("plan:"):
            there = ", ".join(["baseline", *sorted(all_entries())])
            raise JiedaoError(f"scenario '{part}': phased plans come with a later version; what exists now: {there}")
        if parts.count(part) > 1:
            raise ContradictionError(f"scenario '{expression}': '{part}' is named twice")
    return parts


def _levers_of(package: Package) -> list[LeverInUse]:
    uses = []
    for name, strength in package.levers.items():
        lever = all_entries().get(name)
        if not isinstance(lever, Lever):
            levers = [n for n, entry in all_entries().items() if isinstance(entry, Lever)]
            raise UnknownNameError("lever", name, levers, f"{package.source}: [levers]")
        uses.append(LeverInUse(lever, strength, package.rollout or lever.rollout, package.name))
    return uses


def _stress(name: str, package: Package) -> Stress:
    stress = all_entries().get(name)
    if not isinstance(stress, Stress):
        stresses = [n for n, entry in all_entries().items() if isinstance(entry, Stress)]
        raise UnknownNameError("stress", name, stresses, f"{package.source}: key 'stresses'")
    return stress


def _add_use(uses: dict[str, LeverInUse], use: LeverInUse) -> None:
    """A lever asked for twice must be asked for alike."""
    before = uses.get(use.lever.name)
    if before is not None and (before.strength, before.rollout) != (use.strength, use.rollout):
        raise ContradictionError(
            f"lever '{use.lever.name}' comes in two different ways, by '{before.asked_as}' (strength "
            f"{before.strength:g}, {_words(before.rollout)}) and by '{use.asked_as}' (strength "
            f"{use.strength:g}, "
            f"{_words(use.rollout)}); leave one of them out"
        )
    uses[use.lever.name] = use


def _words(rollout: Rollout) -> str:
    return f"from week {rollout.start_week} over {rollout.weeks} weeks"


def _add_settings(settings: dict[str, Value], package: Package) -> None:
    for name, value in package.settings.items():
        if settings.get(name, value) != value:
            raise ContradictionError(
                f"{package.source}: sets '{name}' to {value}, another file of the scenario sets it to {settings[name]}"
            )
        settings[name] = value


def _refuse_unknown_strengths(strengths: Mapping[str, float], uses: Mapping[str, LeverInUse]) -> None:
    levers = {name for name, entry in all_entries().items() if isinstance(entry, Lever)} | set(uses)
    for name in strengths:
        entry = all_entries().get(name)
        if isinstance(entry, Package):
            inside = ", ".join(f"{lever}{STRENGTH}" for lever in entry.levers)
            raise ContradictionError(f"--set {name}{STRENGTH}: '{name}' is a package; set {inside}")
        if name not in levers:
            raise UnknownNameError("lever", name, levers, f"--set {name}{STRENGTH}")
