"""What a run is made of: parameter values, their changes by week, the street's size and the run's length.

A configuration is resolved: it knows nothing of levers, strengths or files. Everything that a reform or a
stress does to a street has already become new values of named parameters from a certain Monday on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

Value = float | int | bool

START_DATE = date(2024, 1, 1)  # the Monday that opens week 0


@dataclass(frozen=True)
class Change:
    """New values of some parameters, in force from Monday 00:00 of `week` (0 opens the measured period)."""

    week: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Configuration:
    """Everything that determines a run apart from its seed.

    `values` is complete: every declared parameter, as in force during the warm-up. `changes` are in week
    order, at most one a week, and give full new values of the parameters they name, not differences.
    `weeks` is the measured period, `warmup_weeks` go before week 0, `followup_weeks` come after it.

    Raises ValueError if the changes are out of order or name a parameter that `values` lacks, or if the start
    is not a Monday: mistakes of the calling program, since the loader refuses a user's earlier and better.
    """

    scenario: str
    street: str
    residents: int
    values: Mapping[str, Value]
    changes: tuple[Change, ...] = ()
    weeks: int = 52
    warmup_weeks: int = 26
    followup_weeks: int = 13
    start_date: date = field(default=START_DATE)
    own_values: Mapping[str, Value] | None = None

    def __post_init__(self) -> None:
        if self.start_date.weekday() != 0:
            raise ValueError(f"start_date {self.start_date} is not a Monday")
        weeks = [change.week for change in self.changes]
        if weeks != sorted(set(weeks)):
            raise ValueError(f"changes must come in week order, one a week; got weeks {weeks}")
        for change in self.changes:
            unknown = sorted(set(change.values) - set(self.values))
            if unknown:
                raise ValueError(f"week {change.week} changes parameters without a base value: {unknown}")

    def values_at(self, week: int) -> dict[str, Value]:
        """The complete values in force in `week`; negative weeks are the warm-up."""
        values = dict(self.values)
        for change in self.changes:
            if change.week <= week:
                values.update(change.values)
        return values

    def with_values(self, **new_values: Value) -> Configuration:
        """The same configuration with other base values; a later change of the same parameter still applies.

        Dotted names go in as `with_values(**{"parking.rate_per_1000": 70.0})`. ValueError for unknown names.
        """
        unknown = sorted(set(new_values) - set(self.values))
        if unknown:
            raise ValueError(f"unknown parameters {unknown}")
        return replace(self, values={**self.values, **new_values})

    @property
    def reference_values(self) -> Mapping[str, Value]:
        """The street's own values, draws of the unknown included, before settings and reforms: what its posts were set for."""
        return self.values if self.own_values is None else self.own_values

    @property
    def configuration_hash(self) -> str:
        """SHA-256, as 64 hexadecimal digits, over canonical JSON: equal exactly when the runs would be equal.

        The scenario's and the street's names are left in, since stored results are filed under them.
        """
        return _digest(
            {
                "scenario": self.scenario,
                "street": self.street,
                "residents": self.residents,
                "values": dict(self.values),
                "own_values": dict(self.reference_values),
                "changes": [[change.week, dict(change.values)] for change in self.changes],
                "weeks": self.weeks,
                "warmup_weeks": self.warmup_weeks,
                "followup_weeks": self.followup_weeks,
                "start_date": self.start_date.isoformat(),
            }
        )


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain_number)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain_number(value: object) -> Value:
    """numpy scalars as Python numbers, so that a value's hash does not depend on who computed it."""
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"a parameter value must be a number or true/false, not {type(value).__name__}")
    return item()
