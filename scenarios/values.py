"""Checking a single value, from a file, a call or a command line: its name, its type and its bounds.

What is allowed is wider than what is plausible: a user may switch a mechanism off with a zero that no street
has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.configuration import Value
from model.errors import UnknownNameError, ValueOutOfRangeError
from model.parameters import PARAMETERS, Parameter
from scenarios.toml_table import checked_number, checked_whole_number

STRENGTH = ".strength"  # `LEVER.strength` in a setting


def known_parameter(name: str, where: str, parameters: Mapping[str, Parameter] = PARAMETERS) -> Parameter:
    """The declaration of `name`; raises UnknownNameError with the nearest names."""
    if name not in parameters:
        raise UnknownNameError("parameter", name, parameters, where)
    return parameters[name]


def check_value(parameter: Parameter, value: object, what: str) -> Value:
    """`value` in the parameter's own type; raises ValueOutOfRangeError, which says where, after `what`."""
    try:
        return parameter.check(value)
    except ValueOutOfRangeError as error:
        plausible = "" if parameter.kind == "switch" else f"; plausible is {parameter.low:g} to {parameter.high:g}"
        raise ValueOutOfRangeError(f"{what}: {error}{plausible}") from None


def check_setting_table(
    content: Mapping[str, Any], where: str, parameters: Mapping[str, Parameter] = PARAMETERS
) -> dict[str, Value]:
    """A table of parameter values; `parking.rate = 7`, to TOML a table in a table, is one of them."""
    values: dict[str, Value] = {}
    for name, value in _flat(content).items():
        values[name] = check_value(known_parameter(name, where, parameters), value, f"{where}: key '{name}'")
    return values


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def value_from_text(parameter: Parameter, text: str, what: str) -> Value:
    """The value that `text` (from a command line) means for the parameter; raises ValueOutOfRangeError."""
    word = text.strip().lower()
    if parameter.kind == "switch":
        return check_value(parameter, {"true": True, "false": False}.get(word, text), what)
    return check_value(parameter, number_from_text(text, what), what)


def number_from_text(text: str, what: str) -> float:
    """The number that `text` spells; raises ValueOutOfRangeError."""
    try:
        return float(text)
    except ValueError:
        raise ValueOutOfRangeError(f"{what} is '{text}'; it must be a number") from None


def parse_setting(text: str, parameters: Mapping[str, Parameter] = PARAMETERS) -> tuple[str, Value]:
    """`name=value` from a command line as (name, typed value); `LEVER.strength=0.5` is a number from 0 to 1.

    Whether the lever exists is known only once the scenario is read, and checked by `load`.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    what = f"--set {text}"
    if not equals or not name or not value:
        raise ValueOutOfRangeError(f"{what}: must be written name=value, such as pool_share=0.5")
    if name.endswith(STRENGTH) and name not in parameters:
        return name, checked_number(number_from_text(value, what), 0.0, 1.0, what)
    return name, value_from_text(known_parameter(name, "--set", parameters), value, what)


def split_settings(settings: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, float]]:
    """Settings of parameters, checked, and of lever strengths by the lever's name."""
    values: dict[str, Value] = {}
    strengths: dict[str, float] = {}
    for name, value in settings.items():
        if name.endswith(STRENGTH) and name not in PARAMETERS:
            strengths[name.removesuffix(STRENGTH)] = checked_number(value, 0.0, 1.0, f"--set {name}")
        else:
            values[name] = value
    return checked_values(values, "--set"), strengths


def checked_values(values: Mapping[str, Value], where: str) -> dict[str, Value]:
    """The values with their declared types; raises UnknownNameError, ValueOutOfRangeError."""
    return {name: check_value(known_parameter(name, where), value, f"{where} {name}") for name, value in values.items()}


def check_residents(value: object, what: str) -> int:
    """A number of residents that one run can have; raises ValueOutOfRangeError."""
    return checked_whole_number(value, 100, 5_000_000, what)
