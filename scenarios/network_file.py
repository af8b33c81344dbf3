"""Reading the TOML file of a bare network, and refusing at the door what makes no sense.

Every refusal is one message that names the file, the entry and key, what was found and what is allowed. The
keys are listed in `scenarios/networks/example_everything.toml`, which uses each of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model.errors import ContradictionError, InputFileError, UnknownNameError, ValueOutOfRangeError
from model.network import (
    ALL_CLASSES,
    DISCIPLINES,
    EXIT,
    LAWS,
    WHOLE_VISIT,
    CustomerClass,
    Fork,
    Law,
    Network,
    Station,
)
from scenarios.network_flows import TOLERANCE, check_everybody_leaves, check_retries, check_steady_state

Table = dict[str, Any]

SHORTEST, LONGEST = 1e-3, 1e6
"""Bounds of every mean duration, in the network's unit of time, counted by the clock in whole millionths."""

LONGEST_RUN = 1e9
"""Bound of the horizon: with the longest durations on top the clock is still far from overflow."""

LEAST_CV2, MOST_CV2 = 1e-4, 100.0
"""Bounds of a squared coefficient of variation that is not 0."""

MOST_BRANCHES = 64


def load_network(path: str | Path) -> Network:
    """Read a network file and return a network that has a steady state.

    Raises InputFileError (missing, unreadable, broken or incomplete file), UnknownNameError (keys, laws,
    stations, classes), ValueOutOfRangeError (wrong type, not finite, out of range, overload) or
    ContradictionError (names used twice, retries that nothing can cause, customers who never leave).
    """
    return network_of(_read_toml(Path(path), str(path)), str(path))


def network_of(document: Table, where: str) -> Network:
    """The network that a parsed document describes; `where` names the file in messages.

    Raises what `load_network` raises, but for unreadable files.
    """
    _check_keys(document, where, {"network", "station", "class"}, {"routing", "fork"})
    stations = tuple(_station(table, at) for table, at in _entries(document, "station", where))
    classes = tuple(_customer_class(table, at) for table, at in _entries(document, "class", where))
    forks = tuple(_fork(table, at) for table, at in _entries(document, "fork", where))
    routing = _routing(document.get("routing", {}), f"{where}: routing")
    network = Network(stations, classes, routing, forks, **_run_settings(document["network"], where))
    _check_names(network, where)
    check_everybody_leaves(network, where)
    check_retries(network, where)
    check_steady_state(network, where)
    return network


def _read_toml(path: Path, where: str) -> Table:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputFileError(f"{where}: there is no such file; allowed: a readable network file") from None
    except OSError as error:
        raise InputFileError(f"{where}: cannot be read ({error.strerror}); allowed: a readable file") from None
    except UnicodeDecodeError as error:
        raise InputFileError(
            f"{where}: byte {error.start + 1} is not UTF-8 text; allowed: a TOML file in UTF-8"
        ) from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # a whole number of thousands of digits is a bare ValueError
        raise InputFileError(f"{where}: not a valid TOML file: {error}") from None


def _run_settings(value: Any, where: str) -> dict[str, Any]:
    at = f"{where}: [network]"
    table = _table(value, at)
    _check_keys(table, at, {"horizon"}, {"warmup", "replications", "seed"})
    horizon = _number(table["horizon"], f"{at} horizon", 0.0, LONGEST_RUN, above=True)
    warmup = _number(table.get("warmup", 0.1 * horizon), f"{at} warmup", 0.0, LONGEST_RUN)
    if warmup >= horizon:
        raise ValueOutOfRangeError(
            f"{at} warmup: found {warmup:g}; allowed: less than the horizon, which is {horizon:g}"
        )
    return {
        "horizon": horizon,
        "warmup": warmup,
        # One run alone gives no interval.
        "replications": _whole(table.get("replications", 10), f"{at} replications", 2, 1_000_000),
        "seed": _whole(table.get("seed", 1), f"{at} seed", 0, 2**63 - 1),
    }


def _station(table: Table, at: str) -> Station:
    _check_keys(table, at, {"name", "servers", "service"}, {"discipline", "patience", "capacity"})
    discipline = _text(table.get("discipline", "fcfs"), f"{at} discipline")
    if discipline not in DISCIPLINES:
        raise UnknownNameError("discipline", discipline, DISCIPLINES, at)
    servers = _whole(table["servers"], f"{at} servers", 1, 1_000_000)
    capacity = None
    if "capacity" in table:
        capacity = _whole(table["capacity"], f"{at} capacity", servers, 1_000_000_000, "the servers")
    patience = _law(table["patience"], f"{at} patience", "mean") if "patience" in table else None
    service = _law(table["service"], f"{at} service", "mean")
    return Station(_text(table["name"], f"{at} name"), servers, discipline, service, patience, capacity)


def _customer_class(table: Table, at: str) -> CustomerClass:
    _check_keys(table, at, {"name", "entry", "arrival"}, {"priority", "retry"})
    probability, delay = 0.0, None
    if "retry" in table:
        retry = _table(table["retry"], f"{at} retry")
        _check_keys(retry, f"{at} retry", {"probability", "delay"}, set())
        probability = _number(retry["probability"], f"{at} retry.probability", 0.0, 1.0)
        delay = _law(retry["delay"], f"{at} retry.delay", "mean")
    return CustomerClass(
        name=_text(table["name"], f"{at} name"),
        priority=_whole(table.get("priority", 1), f"{at} priority", 0, 1_000),
        entry=_text(table["entry"], f"{at} entry"),
        arrival=_law(table["arrival"], f"{at} arrival", "rate"),
        retry_probability=probability,
        retry_delay=delay,
    )


def _fork(table: Table, at: str) -> Fork:
    _check_keys(table, at, {"at", "branches", "then"}, set())
    branches = table["branches"]
    if not isinstance(branches, list) or not 1 <= len(branches) <= MOST_BRANCHES:
        raise ValueOutOfRangeError(
            f"{at} branches: found {_shown(branches)}; allowed: a list of 1 to {MOST_BRANCHES} stations"
        )
    names = tuple(_text(branch, f"{at} branches") for branch in branches)
    return Fork(_text(table["at"], f"{at} at"), names, _text(table["then"], f"{at} then"))


def _routing(value: Any, at: str) -> dict[str, dict[str, dict[str, float]]]:
    routing: dict[str, dict[str, dict[str, float]]] = {}
    for class_name, rows in _table(value, at).items():
        routing[class_name] = {}
        for station, row in _table(rows, f"{at}.{class_name}").items():
            here = f"{at}.{class_name} {station}"
            chances = {to: _number(p, f"{here}.{to}", 0.0, 1.0) for to, p in _table(row, here).items()}
            if sum(chances.values()) > 1.0 + TOLERANCE:
                raise ValueOutOfRangeError(
                    f"{here}: probabilities sum to {sum(chances.values()):.9g}; allowed: at most 1, "
                    f"what is missing from 1 leaves"
                )
            routing[class_name][station] = chances
    return routing


def _law(value: Any, at: str, measure: str) -> Law:
    """A law from `{law, mean, cv2}`, or `{law, rate, cv2}` where `measure` is "rate"."""
    table = _table(value, at)
    _check_keys(table, at, {"law", measure}, {"cv2"})
    name = _text(table["law"], f"{at}.law")
    if name not in LAWS:
        raise UnknownNameError("law", name, LAWS, f"{at}.law")
    if measure == "mean":
        mean = _number(table["mean"], f"{at}.mean", SHORTEST, LONGEST)
    else:
        mean = 1.0 / _number(table["rate"], f"{at}.rate", 1.0 / LONGEST, 1.0 / SHORTEST)
    return Law(name, mean, _cv2(name, table, at))


def _cv2(law: str, table: Table, at: str) -> float:
    """The squared coefficient of variation, where the law leaves it open; else the one value the law has."""
    fixed = {"exponential": 1.0, "deterministic": 0.0}
    if law in fixed:
        value = _number(table.get("cv2", fixed[law]), f"{at}.cv2", 0.0, MOST_CV2)
        if value != fixed[law]:
            raise ValueOutOfRangeError(
                f"{at}.cv2: found {value:g}; allowed: {fixed[law]:g}, since the law is {law}, or leave it out"
            )
        return value
    if "cv2" not in table:
        raise InputFileError(f"{at}: the key 'cv2' is missing; allowed: a positive number for the law {law}")
    if law == "hyperexponential":
        return _number(table["cv2"], f"{at}.cv2", 1.0, MOST_CV2, above=True)
    value = _number(table["cv2"], f"{at}.cv2", LEAST_CV2, MOST_CV2)
    if law == "erlang":
        stages = max(1, round(1.0 / value))
        if abs(1.0 / value - stages) > 1e-4 * stages:  # 0.3333 is read as one third
            raise ValueOutOfRangeError(
                f"{at}.cv2: found {value:g}; allowed for erlang: 1 over a whole number of stages "
                f"(1, 0.5, 0.333333, 0.25, ...); the law gamma takes any"
            )
        return 1.0 / stages
    return value


def _check_names(network: Network, where: str) -> None:
    """Every name is used once and every reference leads somewhere."""
    stations = {station.name for station in network.stations}
    classes = {customer_class.name for customer_class in network.classes}
    targets = stations | {fork.at for fork in network.forks}
    _check_unique((c.name for c in network.classes), "class", {ALL_CLASSES}, where)
    places = [s.name for s in network.stations] + [f.at for f in network.forks]
    _check_unique(places, "station or fork", {EXIT, WHOLE_VISIT}, where)
    for customer_class in network.classes:
        _check_known(customer_class.entry, targets, "station or fork", f"{where}: class '{customer_class.name}' entry")
    for fork in network.forks:
        for branch in fork.branches:
            _check_known(branch, stations, "station", f"{where}: fork '{fork.at}' branches")
        _check_known(fork.then, stations | {EXIT}, "station", f"{where}: fork '{fork.at}' then")
    for class_name, rows in network.routing.items():
        _check_known(class_name, classes, "class", f"{where}: routing")
        for station, row in rows.items():
            _check_known(station, stations, "station", f"{where}: routing.{class_name}")
            for target in row:
                _check_known(target, targets, "station or fork", f"{where}: routing.{class_name} {station}")


def _check_unique(names: Iterable[str], what: str, reserved: set[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in reserved:
            raise ContradictionError(f"{where}: the {what} name '{name}' is reserved; allowed: any other name")
        if name in seen:
            raise ContradictionError(f"{where}: the {what} name '{name}' is used twice; allowed: once")
        seen.add(name)


def _check_known(name: str, allowed: Iterable[str], what: str, where: str) -> None:
    if name not in allowed:
        raise UnknownNameError(what, name, allowed, where)


def _entries(document: Table, key: str, where: str) -> list[tuple[Table, str]]:
    """The tables of a `[[key]]` array, each with the words that say where it stands in messages."""
    entries = document.get(key, [])
    if not isinstance(entries, list) or (key != "fork" and not entries):
        raise ValueOutOfRangeError(f"{where}: {key}: found {_shown(entries)}; allowed: one or more [[{key}]] tables")
    found = []
    for number, entry in enumerate(entries, start=1):
        table = _table(entry, f"{where}: {key} number {number}")
        name = table.get("at" if key == "fork" else "name")
        found.append(
            (
                table,
                f"{where}: {key} '{name}'" if isinstance(name, str) else f"{where}: {key} number {number}",
            )
        )
    return found


def _check_keys(table: Table, at: str, required: set[str], optional: set[str]) -> None:
    for key in table:
        if key not in required | optional:
            raise UnknownNameError("key", key, required | optional, at)
    for key in sorted(required - table.keys()):
        raise InputFileError(
            f"{at}: the key '{key}' is missing; allowed keys: {', '.join(sorted(required | optional))}"
        )


def _table(value: Any, at: str) -> Table:
    if not isinstance(value, dict):
        raise ValueOutOfRangeError(f"{at}: found {_shown(value)}; allowed: a table of keys and values")
    return value


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueOutOfRangeError(f"{at}: found {_shown(value)}; allowed: a name in quotation marks")
    return value


def _number(value: Any, at: str, low: float, high: float, above: bool = False) -> float:
    """A finite number in [low, high], or in (low, high] where `above`."""
    allowed = f"a number {'above' if above else 'from'} {low:g} {'and at most' if above else 'to'} {high:g}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueOutOfRangeError(f"{at}: found {_shown(value)}; allowed: {allowed}")
    if not low <= value <= high or (above and value == low):  # NaN fails every comparison
        raise ValueOutOfRangeError(f"{at}: found {_shown(value)}; allowed: {allowed}")
    return float(value)


def _whole(value: Any, at: str, low: int, high: int, meaning: str = "") -> int:
    allowed = f"a whole number from {low}{f' ({meaning})' if meaning else ''} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueOutOfRangeError(f"{at}: found {_shown(value)}; allowed: {allowed}")
    return value


def _shown(value: Any) -> str:
    """The value as it would stand in the file, shortened."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
