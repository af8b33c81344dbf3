"""Finished runs on disk: what a run is asked for, under which key it is filed, and the file that keeps it.

The file is an SQLite database, written by the one process that hands out the runs. It leaves nothing half written whether the
program is killed, the disk is full or the power goes; it finds one run among a hundred thousand without listing any folder;
it needs no disk shared with the workers, who may be on other machines; and it keeps a second batch out while one is at work.
Pandas stays out of here, since workers load this file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, get_args

from experiments.provenance import code_version
from model.configuration import Value
from model.errors import ContradictionError, InputFileError, UnknownNameError
from model.indicator_definitions import HEADLINES
from model.indicators import Detail, Row
from scenarios.expression import read_expression
from scenarios.shelf import is_path
from scenarios.values import checked_values, split_settings

STORE_NAME = "runs.sqlite"


@dataclass(frozen=True)
class RunRequest:
    """One run, as small as possible: `scenarios.load` makes the rest of it where it is run.

    `residents` None means the street's own number; `window` is the first and last measured week; `draw` holds values of what
    nobody knows, from which the street's posts follow too; `settings` what a user or an official sets, parameters and
    `LEVER.strength`.
    """

    scenario: str
    street: str
    residents: int | None
    weeks: int
    window: tuple[int, int]
    draw: Mapping[str, Value]
    settings: Mapping[str, Value]
    seed: int


@dataclass(frozen=True)
class RunResult:
    """Rows of indicators as `model.indicators.summarise` makes them, or why there are none.

    `lost`: not the run's fault, as far as one can tell.
    """

    rows: tuple[Row, ...]
    error: str = ""
    lost: bool = False


class Packed(NamedTuple):
    """A result as it travels and is kept: packed rows, or an error."""

    rows: bytes | None
    error: str = ""
    lost: bool = False


def is_kept(row: Row, keep: Detail) -> bool:
    """Whether a row of indicators stays in a store."""
    period, group, kind, indicator = row[:4]
    if keep == "headline":
        return (period, group, kind) == ("window", "all", "all")
    return keep == "weekly" or not period.startswith("week-") or indicator in HEADLINES


def pack(rows: Iterable[Row]) -> bytes:
    """Rows as compressed JSON, in which every number keeps all its digits."""
    return zlib.compress(json.dumps(list(rows), separators=(",", ":")).encode())


def unpack(packed: bytes) -> tuple[Row, ...]:
    """The rows again."""
    return tuple(tuple(row) for row in json.loads(zlib.decompress(packed)))


def user_files(names: str) -> dict[str, str]:
    """SHA-256 of each file of the user's own that a scenario or a street names; raises InputFileError."""
    parts = [names] if Path(names).is_file() else [part.strip() for part in names.split("+")]
    try:
        return {part: hashlib.sha256(Path(part).read_bytes()).hexdigest() for part in parts if is_path(part)}
    except OSError as error:
        raise InputFileError(f"{error.filename}: cannot be read: {error.strerror}") from None


class RunKeys:
    """The keys of requests whose rows of `keep` are wanted; a user's files are read once."""

    def __init__(self, keep: Detail) -> None:
        self.keep = keep
        self._levers: dict[str, frozenset[str]] = {}
        self._files: dict[str, list[tuple[str, str]]] = {}

    def of(self, request: RunRequest) -> bytes:
        """SHA-256 over all that a run depends on: configuration, the street's own values, window, seed, code, and `keep`.

        The configuration goes in as what it is made of: names, whose meaning the version of the code settles, the contents of
        a user's own files, and values. A strength counts only where the scenario has the lever. Raises JiedaoError for names
        and values that no run could have.
        """
        values, strengths = split_settings(request.settings)
        levers = self._levers_of(request.scenario)
        content = [
            *(code_version(), self.keep, request.scenario, self._contents(request.scenario)),
            *(request.street, self._contents(request.street), request.residents),
            *(request.weeks, *request.window, request.seed),
            sorted(checked_values(request.draw, "draw").items()),
            sorted(values.items()),
            sorted((name, strength) for name, strength in strengths.items() if name in levers),
        ]
        return hashlib.sha256(json.dumps(content, allow_nan=False).encode()).digest()

    def _levers_of(self, scenario: str) -> frozenset[str]:
        if scenario not in self._levers:
            self._levers[scenario] = frozenset(use.lever.name for use in read_expression(scenario).levers)
        return self._levers[scenario]

    def _contents(self, names: str) -> list[tuple[str, str]]:
        """Digests of the user's own files; each is read once for one store."""
        if names not in self._files:
            self._files[names] = sorted(user_files(names).items())
        return self._files[names]


class RunStore:
    """Finished runs, each under the key of its request, in `folder`/runs.sqlite.

    Of each run the rows of `keep` are stored. Raises InputFileError for a folder that cannot be written and a file that is no
    such store, ContradictionError if another process has it open. Every method that writes raises InputFileError when the
    disk is full; what was stored before stays.
    """

    def __init__(self, folder: Path, keep: Detail = "window") -> None:
        if keep not in get_args(Detail):
            raise UnknownNameError("choice of rows to keep", keep, get_args(Detail))
        self.keep = keep
        self.path = Path(folder) / STORE_NAME
        self._keys = RunKeys(keep)
        with self._errors_in_words():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
        with self._errors_in_words():
            # The lock goes with the process that holds it, however that ends; a commit is on the disk when it returns.
            for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._database.execute(f"PRAGMA {setting}")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS runs (key BLOB PRIMARY KEY, rows BLOB, error TEXT, lost INTEGER)"
            )

    def __enter__(self) -> RunStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the file."""
        self._database.close()

    def __len__(self) -> int:
        """Number of runs stored, failed ones included, whoever asked for them."""
        with self._errors_in_words():
            return self._database.execute("SELECT count(*) FROM runs").fetchone()[0]

    def has(self, request: RunRequest) -> bool:
        """Whether the run was made, or was found to be impossible."""
        return self.has_key(self.key(request))

    def has_key(self, key: bytes) -> bool:
        """The same by key."""
        with self._errors_in_words():
            return self._database.execute("SELECT 1 FROM runs WHERE key = ?", (key,)).fetchone() is not None

    def read(self, request: RunRequest) -> RunResult:
        """What came of a run. Raises KeyError if it was not made."""
        key = self.key(request)
        with self._errors_in_words():
            found = self._database.execute("SELECT rows, error, lost FROM runs WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(f"no such run in {self.path}: {request}")
        packed, error, lost = found
        return RunResult((), error, bool(lost)) if packed is None else RunResult(unpack(packed))

    def write(self, finished: Iterable[tuple[bytes, Packed]]) -> None:
        """Store runs by key, all of them or none."""
        with self._errors_in_words():
            self._database.execute("BEGIN")
            try:
                self._database.executemany(
                    "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", [(key, *packed) for key, packed in finished]
                )
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def forget_lost(self) -> None:
        """Forget the runs whose worker died: what killed it may be gone."""
        with self._errors_in_words():
            self._database.execute("DELETE FROM runs WHERE lost")

    def key(self, request: RunRequest) -> bytes:
        """The key under which a run is filed here."""
        return self._keys.of(request)

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ContradictionError(
                    f"{self.path}: another batch is at work in this folder; wait for it or name another folder"
                ) from None
            raise InputFileError(
                f"{self.path}: cannot be written ({error}): is the disk full, or the folder not yours to write? "
                "Runs stored before are kept; start again once there is room"
            ) from None
        except sqlite3.DatabaseError as error:
            raise InputFileError(
                f"{self.path}: is no store of runs of this program ({error}); delete it or use another folder"
            ) from None
        except OSError as error:
            raise InputFileError(f"{self.path.parent}: cannot be written ({error.strerror or error})") from None
