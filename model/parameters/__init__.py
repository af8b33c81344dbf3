"""The parameter table: every number of the model, declared once.

`PARAMETERS` maps each name to its declaration in declared order. Names with a dot belong to a kind of need
(`parking.work_hours`) or to a unit type (`leader.skill`); all others are scalars of the street.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.errors import UnknownNameError
from model.parameters import (
    channels,
    coordination,
    departments,
    dispatch,
    emergencies,
    grid_workers,
    halls,
    kinds,
    layers,
    money,
    needs,
    organizations,
    paperwork,
    patience,
    pay,
    residents,
    satisfaction,
    staffing,
    turnover,
    units,
    voice,
    work,
)
from model.parameters.declaration import ACTS_ON, Parameter, Value

TOPICS = (
    residents,
    needs,
    voice,
    channels,
    patience,
    satisfaction,
    grid_workers,
    layers,
    dispatch,
    departments,
    coordination,
    work,
    halls,
    emergencies,
    money,
    paperwork,
    turnover,
    staffing,
    pay,
    organizations,
    units,
    kinds,
)


def collect(declarations: Iterable[Parameter]) -> dict[str, Parameter]:
    """The declarations by name, in order; raises ValueError when two share a name or a field."""
    table: dict[str, Parameter] = {}
    fields: set[str] = set()
    for parameter in declarations:
        if parameter.name in table or parameter.field in fields:
            raise ValueError(f"parameter '{parameter.name}' is declared twice")
        table[parameter.name] = parameter
        fields.add(parameter.field)
    return table


PARAMETERS: dict[str, Parameter] = collect(parameter for topic in TOPICS for parameter in topic.DECLARATIONS)


def get(name: str) -> Parameter:
    """The declaration of `name`; raises UnknownNameError with the nearest names."""
    try:
        return PARAMETERS[name]
    except KeyError:
        raise UnknownNameError("parameter", name, PARAMETERS) from None


def scalars() -> dict[str, Parameter]:
    """The parameters without a dot, in declared order."""
    return {name: parameter for name, parameter in PARAMETERS.items() if "." not in name}


def defaults() -> dict[str, Value]:
    """The best value of every parameter, by name."""
    return {name: parameter.best for name, parameter in PARAMETERS.items()}


__all__ = ["ACTS_ON", "PARAMETERS", "Parameter", "Value", "collect", "defaults", "get", "scalars"]
