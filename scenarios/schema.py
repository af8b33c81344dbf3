"""What may stand in the files of levers, packages, stresses and streets, and the objects they become.

The readers check form: keys, types, finite numbers, names that exist and values inside their bounds. How
levers combine is `operations.py`, in which order everything is put together is `loader.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.configuration import Value
from model.errors import ContradictionError, InputFileError, UnknownNameError, ValueOutOfRangeError
from model.indicator_definitions import INDICATORS
from model.parameters import PARAMETERS, Parameter
from scenarios.operations import OPERATIONS, Effect
from scenarios.toml_table import Table
from scenarios.values import check_residents, check_setting_table, check_value, known_parameter

NO_COST = (0.0, 0.0, 0.0)
SIZE_KEYS = {"scale": "factor", "shift": "step", "amount": "amount", "towards": "target", "switch": "value"}
UNTOUCHABLE = {
    "preference": "a preference of residents",
    "measurement": "a rule of measurement",
}
KINDS_BY_OPERATION = {
    "scale": ("number", "integer"),
    "shift": ("share",),
    "amount": ("number", "integer"),
    "towards": ("number", "share"),
    "switch": ("switch", "share", "integer", "number"),
}


@dataclass(frozen=True)
class Rollout:
    """From `start_week` on, one part in `weeks` more each week, until the lever is in force in full."""

    start_week: int = 0
    weeks: int = 1

    def share(self, week: int) -> float:
        """The share in force during `week`, 0 before the start."""
        return min(1.0, max(0.0, (week - self.start_week + 1) / self.weeks))


@dataclass(frozen=True)
class Spell:
    """A stress lasts from `start_week` for `weeks` weeks and is over then."""

    start_week: int
    weeks: int

    def share(self, week: int) -> float:
        """1 while the stress lasts, else 0."""
        return 1.0 if self.start_week <= week < self.start_week + self.weeks else 0.0


@dataclass(frozen=True)
class Setting:
    """Values of parameters that show something, and one sentence that says what."""

    sentence: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """One reform: what it changes, how it takes hold, what it costs and how it can fail."""

    name: str
    title_en: str
    title_zh: str
    mechanism: str
    failure_mode: str
    evidence: tuple[str, ...]
    effects: tuple[Effect, ...]
    rollout: Rollout
    one_off_yuan: tuple[float, ...] = NO_COST  # low, best, high
    yearly_yuan: tuple[float, ...] = NO_COST  # low, best, high
    needs: tuple[str, ...] = ()
    reference_package: str = ""
    neutraliser: Setting = Setting()
    backfires: Setting = Setting()
    source: str = ""


@dataclass(frozen=True)
class Stress:
    """A bad spell that befalls the street: the same operations as a lever's, for a limited time."""

    name: str
    title_en: str
    title_zh: str
    mechanism: str
    evidence: tuple[str, ...]
    effects: tuple[Effect, ...]
    spell: Spell
    source: str = ""


@dataclass(frozen=True)
class Package:
    """Several levers with their strengths; its own roll-out, if it has one, replaces those of its levers.

    A user's scenario file is a package that may also name stresses and set parameters.
    """

    name: str
    title_en: str
    title_zh: str
    sentence: str
    levers: Mapping[str, float]
    rollout: Rollout | None = None
    stresses: tuple[str, ...] = ()
    settings: Mapping[str, Value] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Street:
    """A place: how many people live there and in which parameters it differs from the declared defaults."""

    name: str
    title_en: str
    title_zh: str
    sentence: str
    residents: int
    sources: tuple[str, ...]
    parameters: Mapping[str, Value]
    source: str = ""


Entry = Lever | Stress | Package


def read_scenario_entry(table: Table, parameters: Mapping[str, Parameter] = PARAMETERS) -> Entry:
    """A lever, stress or package from its file; the keys tell which. Raises InputFileError if they do not."""
    if "residents" in table:
        raise InputFileError(
            f"{table.where}: this is a street file (it has 'residents'); give it with --street, not as a scenario"
        )
    if "spell" in table:
        return _read_stress(table, parameters)
    if "effect" in table:
        return _read_lever(table, parameters)
    if "levers" in table or "stresses" in table or "set" in table:
        return _read_package(table, parameters)
    raise InputFileError(
        f"{table.where}: neither a lever, a stress nor a package: a lever has [[effect]] tables, a stress "
        f"has "
        "[[effect]] tables and a [spell], a package has a [levers] table"
    )


def _read_lever(table: Table, parameters: Mapping[str, Parameter]) -> Lever:
    cost = table.table("cost")
    name = _name(table)
    lever = Lever(
        name=name,
        title_en=table.text("title_en"),
        title_zh=table.text("title_zh"),
        mechanism=table.text("mechanism"),
        failure_mode=table.text("failure_mode"),
        evidence=table.texts("evidence"),
        effects=_effects(table, name, parameters),
        rollout=_rollout(table),
        one_off_yuan=cost.numbers("one_off_yuan", 3, NO_COST),
        yearly_yuan=cost.numbers("yearly_yuan", 3, NO_COST),
        needs=table.texts("needs"),
        reference_package=table.text("reference_package", ""),
        neutraliser=_setting(table.table("neutraliser"), parameters),
        backfires=_setting(table.table("backfires"), parameters),
        source=table.where,
    )
    cost.finish()
    table.finish()
    return lever


def _read_stress(table: Table, parameters: Mapping[str, Parameter]) -> Stress:
    spell = table.table("spell")
    name = _name(table)
    stress = Stress(
        name=name,
        title_en=table.text("title_en"),
        title_zh=table.text("title_zh"),
        mechanism=table.text("mechanism"),
        evidence=table.texts("evidence"),
        effects=_effects(table, name, parameters),
        spell=Spell(spell.integer("start_week", 0, 1040), spell.integer("weeks", 1, 1040)),
        source=table.where,
    )
    spell.finish()
    table.finish()
    return stress


def _read_package(table: Table, parameters: Mapping[str, Parameter]) -> Package:
    levers = table.table("levers")
    settings = table.table("set")
    package = Package(
        name=_name(table),
        title_en=table.text("title_en"),
        title_zh=table.text("title_zh"),
        sentence=table.text("sentence", ""),
        levers={name: levers.number(name, 0.0, 1.0) for name in levers.content},
        rollout=_rollout(table) if "rollout" in table else None,
        stresses=table.texts("stresses"),
        settings=check_setting_table(settings.content, settings.where, parameters),
        source=table.where,
    )
    table.finish()
    return package


def read_street(table: Table, parameters: Mapping[str, Parameter] = PARAMETERS) -> Street:
    """A street from its file; `[target_utilisation]` is a short way to write `UNIT.target_utilisation`."""
    overrides = table.table("parameters")
    values = check_setting_table(overrides.content, overrides.where, parameters)
    targets = table.table("target_utilisation")
    for unit in targets.content:
        name = f"{unit}.target_utilisation"
        if name not in parameters:
            suffix = ".target_utilisation"
            units = [other.removesuffix(suffix) for other in parameters if other.endswith(suffix)]
            raise UnknownNameError("unit", unit, units, targets.where)
        if name in values:
            raise ContradictionError(f"{table.where}: '{name}' is given in [parameters] and in [target_utilisation]")
        values[name] = check_value(parameters[name], targets.content[unit], f"{targets.where}: key '{unit}'")
    street = Street(
        name=_name(table),
        title_en=table.text("title_en"),
        title_zh=table.text("title_zh"),
        sentence=table.text("sentence", ""),
        residents=check_residents(table.value("residents", required=True), f"{table.where}: key 'residents'"),
        sources=table.texts("sources"),
        parameters=values,
        source=table.where,
    )
    table.finish()
    return street


def _name(table: Table) -> str:
    """A name fit for an expression, a file and a column: small letters, digits and underscores."""
    name = table.text("name")
    plain = name.replace("_", "").isalnum() and name.isascii() and name == name.lower()
    if not plain or name == "baseline":
        raise ValueOutOfRangeError(
            f"{table.where}: key 'name' is '{name}'; it must be made of small letters, digits and "
            f"underscores, "
            "and not be 'baseline'"
        )
    return name


def _rollout(table: Table) -> Rollout:
    rollout = table.table("rollout")
    read = Rollout(rollout.integer("start_week", 0, 1040, default=0), rollout.integer("weeks", 1, 1040, default=1))
    rollout.finish()
    return read


def _setting(table: Table, parameters: Mapping[str, Parameter]) -> Setting:
    setting = table.table("setting")
    values = check_setting_table(setting.content, setting.where, parameters)
    read = Setting(table.text("sentence", ""), values)
    table.finish()
    return read


def _effects(table: Table, owner: str, parameters: Mapping[str, Parameter]) -> tuple[Effect, ...]:
    effects = tuple(_effect(item, owner, parameters) for item in table.tables("effect"))
    if not effects:
        raise InputFileError(f"{table.where}: has no [[effect]]; a lever or stress must change something")
    for i, effect in enumerate(effects):
        if effect.parameter in [other.parameter for other in effects[:i]]:
            raise ContradictionError(f"{table.where}: two [[effect]] tables change '{effect.parameter}'")
    return effects


def _effect(table: Table, owner: str, parameters: Mapping[str, Parameter]) -> Effect:
    parameter = known_parameter(table.text("parameter"), f"{table.where}: key 'parameter'", parameters)
    _refuse_outcomes(parameter, table.where)
    operation = table.text("operation")
    if operation not in OPERATIONS:
        raise UnknownNameError("operation", operation, OPERATIONS, table.where)
    if parameter.kind not in KINDS_BY_OPERATION[operation]:
        raise ContradictionError(
            f"{table.where}: operation '{operation}' does not fit parameter '{parameter.name}', which is "
            f"of kind "
            f"{parameter.kind}; it fits kinds {', '.join(KINDS_BY_OPERATION[operation])}"
        )
    key = SIZE_KEYS[operation]
    if operation in ("towards", "switch"):
        size = check_value(parameter, table.value(key, required=True), f"{table.where}: key '{key}'")
    elif operation == "scale":
        size = table.number(key, 1e-6, 1e6)
    else:
        size = table.number(key, -1e12, 1e12)
    reach = table.number("reach", 0.0, 1.0, default=1.0) if operation == "towards" else 1.0
    table.finish()
    return Effect(owner, parameter.name, operation, size, reach)


def _refuse_outcomes(parameter: Parameter, where: str) -> None:
    """No lever may change how residents feel, how things are counted, or an outcome."""
    if parameter.acts_on in UNTOUCHABLE:
        raise ContradictionError(
            f"{where}: parameter '{parameter.name}' is {UNTOUCHABLE[parameter.acts_on]}, and no lever or "
            f"stress "
            "may change it; change what people meet instead: structure, capacity, calendars, work "
            "content, money, "
            "information, authority, incentives"
        )
    for indicator in INDICATORS:
        if f"_{parameter.field}".endswith(f"_{indicator}"):
            raise ContradictionError(
                f"{where}: parameter '{parameter.name}' is named after the indicator '{indicator}', and an "
                "outcome is never an input: no lever or stress may change it"
            )
