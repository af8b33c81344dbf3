"""Reading a TOML file and taking its keys one by one, so that each wrong one is refused in words that help.

A `Table` hands out typed values and remembers which keys were asked for; `finish()` refuses the rest with the
nearest name that would have been understood.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.errors import InputFileError, UnknownNameError, ValueOutOfRangeError


def read_toml(path: Path) -> Table:
    """The file's content as a table to be checked; InputFileError when it cannot be read as UTF-8 TOML."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise InputFileError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputFileError(
            f"{path}: line {line}: byte 0x{raw[error.start]:02x} is not UTF-8; "
            "TOML files must be saved as UTF-8 (this one looks like another encoding, such as GBK)"
        ) from None
    try:
        return Table(tomllib.loads(text), where=str(path))
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(f"{path}: is not valid TOML: {error}") from None


def type_name(value: object) -> str:
    """What a person would call this value's type."""
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    return type(value).__name__


class Table:
    """A table of a TOML file under check; `where` is the file, and the keys inside it, for messages."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self.content = content
        self.where = where
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def value(self, key: str, default: Any = None, required: bool = False) -> Any:
        """The unchecked value of `key`; raises InputFileError if it is required and missing."""
        self._known.add(key)
        if required and key not in self.content:
            raise InputFileError(f"{self.where}: key '{key}' is missing")
        return self.content.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; without a default the key is required."""
        value = self.value(key, default, required=default is None)
        if not isinstance(value, str):
            raise self.wrong_type(key, value, "text")
        if default is None and not value.strip():
            raise ValueOutOfRangeError(f"{self.where}: key '{key}' is empty; it needs some text")
        return " ".join(value.split())

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number in [low, high]; without a default the key is required."""
        value = self.value(key, default, required=default is None)
        return checked_number(value, low, high, f"{self.where}: key '{key}'")

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in [low, high]; without a default the key is required."""
        value = self.value(key, default, required=default is None)
        return checked_whole_number(value, low, high, f"{self.where}: key '{key}'")

    def numbers(self, key: str, count: int, default: Sequence[float]) -> tuple[float, ...]:
        """A list of `count` finite numbers in ascending order, none negative (low, best, high)."""
        value = self.value(key, default)
        if not isinstance(value, (list, tuple)) or len(value) != count:
            raise self.wrong_type(key, value, f"a list of {count} numbers")
        row = tuple(checked_number(v, 0.0, math.inf, f"{self.where}: key '{key}'") for v in value)
        if list(row) != sorted(row):
            raise ValueOutOfRangeError(f"{self.where}: key '{key}' is {list(value)}; it must be low <= best <= high")
        return row

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty if the key is absent."""
        value = self.value(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong_type(key, value, "a list of texts")
        return tuple(value)

    def table(self, key: str) -> Table:
        """The table under `key`, empty if absent."""
        value = self.value(key, {})
        if not isinstance(value, dict):
            raise self.wrong_type(key, value, "a table")
        return Table(value, f"{self.where}: [{key}]")

    def tables(self, key: str) -> tuple[Table, ...]:
        """The list of tables under `key` ([[key]] in TOML), empty if absent."""
        value = self.value(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong_type(key, value, f"a list of tables, written [[{key}]]")
        return tuple(Table(item, f"{self.where}: [[{key}]] {i + 1}") for i, item in enumerate(value))

    def finish(self) -> None:
        """Refuses every key that nobody asked for; raises UnknownNameError."""
        for key in self.content:
            if key not in self._known:
                raise UnknownNameError("key", key, self._known, self.where)

    def wrong_type(self, key: str, value: object, wanted: str) -> ValueOutOfRangeError:
        """The error for a value of the wrong type."""
        return ValueOutOfRangeError(f"{self.where}: key '{key}' is {value!r} ({type_name(value)}); it must be {wanted}")


def checked_number(value: object, low: float, high: float, what: str) -> float:
    """`value` as a finite float in [low, high]; ValueOutOfRangeError's message starts with `what`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueOutOfRangeError(f"{what} is {value!r} ({type_name(value)}); it must be a number")
    try:
        value = float(value)
    except OverflowError:  # TOML allows whole numbers of any length
        value = math.inf
    if not math.isfinite(value):
        raise ValueOutOfRangeError(f"{what} is {value}; it must be a finite number")
    if not low <= value <= high:
        limits = f"at least {low:.10g}" if math.isinf(high) else f"between {low:.10g} and {high:.10g}"
        raise ValueOutOfRangeError(f"{what} is {value:.10g}; it must be {limits}")
    return value


def checked_whole_number(value: object, low: int, high: int, what: str) -> int:
    """`value` as a whole number in [low, high]; ValueOutOfRangeError's message starts with `what`."""
    number = checked_number(value, low, high, what)
    if number != int(number):
        raise ValueOutOfRangeError(f"{what} is {number:.10g}; it must be a whole number")
    return int(number)
