"""One declaration per parameter: name, unit, plausible range, hard bounds, source and meaning.

The checks of user input, the documentation, the bounds of sensitivity studies, the sliders of the app and the
help of the command line all come from these declarations. A number in model code without one is a defect.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import NoReturn

from model.errors import ValueOutOfRangeError

Value = float | int | bool

KINDS = ("number", "integer", "share", "switch")

ACTS_ON = (
    "structure",
    "capacity",
    "calendar",
    "work content",
    "money",
    "information",
    "authority",
    "incentive",
    "preference",
    "measurement",
)

SOURCE_PATTERN = re.compile(r"S\d{3}-\d{3}(;S\d{3}-\d{3})*|assumption(: \S.*)?")
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")

# Hard bounds by unit. They are finite so that no accepted value can overflow an exponential or a clock kept
# in microseconds; a declaration may narrow them.
UNIT_BOUNDS: dict[str, tuple[float, float]] = {
    "share": (0.0, 1.0),
    "switch": (0.0, 1.0),
    "logit": (-35.0, 35.0),
    "logit per unit": (0.0, 35.0),
    "logit per hour": (0.0, 35.0),
    "logit per minute": (0.0, 35.0),
    "log points": (0.0, 5.0),
    "ratio": (0.0, 100.0),
    "score": (0.0, 1.0),
    "count": (0.0, 10_000.0),
    "minutes": (0.0, 10_080.0),
    "hours": (0.0, 8_760.0),
    "working days": (0.0, 250.0),
    "days": (0.0, 730.0),
    "weeks": (0.0, 520.0),
    "months": (0.0, 240.0),
    "hour of day": (0.0, 24.0),
    "hours per day": (0.0, 24.0),
    "hours per month": (0.0, 744.0),
    "hours per year": (0.0, 8_784.0),
    "per day": (0.0, 10_000.0),
    "per month": (0.0, 10_000.0),
    "per year": (0.0, 10_000.0),
    "per 1,000 residents and year": (0.0, 100_000.0),
    "per 1,000": (0.0, 10_000.0),
    "households": (1.0, 100_000.0),
    "residents": (1.0, 10_000_000.0),
    "households per patrol hour": (0.0, 100_000.0),
    "person-days": (0.0, 10_000.0),
    "yuan": (0.0, 1e9),
    "yuan per year": (0.0, 1e9),
    "yuan per resident and year": (0.0, 1e6),
    "yuan per hour": (0.0, 1e5),
    "thousand yuan per year": (0.0, 1e4),
}


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter.

    `low` to `high` is the range thought plausible (for uncertainty draws and sensitivity studies), `best` the
    default; `minimum` and `maximum` are the hard bounds, inclusive, outside which a value has no meaning.
    `source` is evidence ids joined by ";", or "assumption", optionally followed by ": " and the reason.
    Raises ValueError when the declaration contradicts itself.
    """

    name: str
    kind: str
    unit: str
    low: Value
    best: Value
    high: Value
    minimum: Value
    maximum: Value
    source: str
    acts_on: str
    title_en: str
    title_zh: str
    sentence: str

    def __post_init__(self) -> None:
        def require(holds: bool, complaint: str) -> None:
            if not holds:
                raise ValueError(f"declaration of parameter '{self.name}': {complaint}")

        require(NAME_PATTERN.fullmatch(self.name) is not None, "the name is not snake_case with at most one dot")
        require(self.kind in KINDS, f"kind '{self.kind}' is not one of {', '.join(KINDS)}")
        require(self.unit in UNIT_BOUNDS, f"unit '{self.unit}' is not known")
        require(self.acts_on in ACTS_ON, f"acts_on '{self.acts_on}' is not one of {', '.join(ACTS_ON)}")
        require(
            SOURCE_PATTERN.fullmatch(self.source) is not None,
            f"source '{self.source}' is neither evidence ids nor 'assumption'",
        )
        require(bool(self.title_en and self.title_zh), "a title is missing")
        require(self.sentence.endswith("."), "the sentence is missing or has no full stop")
        require(self.minimum <= self.low <= self.best <= self.high <= self.maximum, "bounds are not in order")
        for value in (self.low, self.best, self.high):
            self.check(value)

    @property
    def field(self) -> str:
        """The name as a Python and numpy field: a dot becomes an underscore."""
        return self.name.replace(".", "_")

    @property
    def topic(self) -> str:
        """The part before the dot (a kind or unit type), or "" for a scalar parameter."""
        return self.name.partition(".")[0] if "." in self.name else ""

    @property
    def range_text(self) -> str:
        """The allowed values in words, with the unit."""
        if self.kind == "switch":
            return "true or false"
        noun = {"integer": "a whole number", "share": "a share", "number": "a number"}[self.kind]
        unit = "" if self.unit in ("share", "count") else f" ({self.unit})"
        return f"{noun} from {self.minimum:g} to {self.maximum:g}{unit}"

    def check(self, value: object) -> Value:
        """Return `value` in the parameter's own type (bool, int or float).

        Raises ValueOutOfRangeError for a wrong type, NaN, infinity or a value outside [minimum, maximum].
        """
        if self.kind == "switch":
            if not _is_switch(value):
                self._refuse(value)
            return bool(value)
        # NaN compares false with everything and infinity lies beyond every maximum: the range refuses both.
        if _is_switch(value) or not isinstance(value, Real) or not self.minimum <= value <= self.maximum:
            self._refuse(value)
        if self.kind == "integer" and int(value) != value:
            self._refuse(value)
        return int(value) if self.kind == "integer" else float(value)

    def _refuse(self, value: object) -> NoReturn:
        found = str(value) if isinstance(value, Real) else repr(value)
        raise ValueOutOfRangeError(f"parameter '{self.name}': found {found}, allowed is {self.range_text}")


def _is_switch(value: object) -> bool:
    """True for Python's and numpy's truth values, which are numbers to Python but not to a reader."""
    return type(value).__name__ in ("bool", "bool_")


Range = tuple[float, float, float]


def number(
    name: str,
    unit: str,
    plausible: Range,
    acts_on: str,
    title_en: str,
    title_zh: str,
    sentence: str,
    source: str = "assumption",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Parameter:
    """Declare a real number; `plausible` is (low, best, high) and the hard bounds come from the unit."""
    low, best, high = (float(x) for x in plausible)
    floor, ceiling = UNIT_BOUNDS.get(unit, (math.nan, math.nan))
    return Parameter(
        name=name,
        kind="share" if unit == "share" else "number",
        unit=unit,
        low=low,
        best=best,
        high=high,
        minimum=floor if minimum is None else float(minimum),
        maximum=ceiling if maximum is None else float(maximum),
        source=source,
        acts_on=acts_on,
        title_en=title_en,
        title_zh=title_zh,
        sentence=sentence,
    )


def share(
    name: str,
    plausible: Range,
    acts_on: str,
    title_en: str,
    title_zh: str,
    sentence: str,
    source: str = "assumption",
) -> Parameter:
    """Declare a share or probability in [0, 1]."""
    return number(name, "share", plausible, acts_on, title_en, title_zh, sentence, source)


def integer(
    name: str,
    unit: str,
    plausible: tuple[int, int, int],
    acts_on: str,
    title_en: str,
    title_zh: str,
    sentence: str,
    source: str = "assumption",
    minimum: int = 0,
    maximum: int | None = None,
) -> Parameter:
    """Declare a whole number; the upper hard bound comes from the unit unless it is given."""
    low, best, high = plausible
    ceiling = UNIT_BOUNDS.get(unit, (0.0, 0.0))[1] if maximum is None else maximum
    return Parameter(
        name=name,
        kind="integer",
        unit=unit,
        low=low,
        best=best,
        high=high,
        minimum=minimum,
        maximum=int(ceiling),
        source=source,
        acts_on=acts_on,
        title_en=title_en,
        title_zh=title_zh,
        sentence=sentence,
    )


def switch(
    name: str,
    best: bool,
    acts_on: str,
    title_en: str,
    title_zh: str,
    sentence: str,
    source: str = "assumption",
) -> Parameter:
    """Declare a switch that is on or off; both are plausible."""
    return Parameter(
        name=name,
        kind="switch",
        unit="switch",
        low=False,
        best=best,
        high=True,
        minimum=False,
        maximum=True,
        source=source,
        acts_on=acts_on,
        title_en=title_en,
        title_zh=title_zh,
        sentence=sentence,
    )
