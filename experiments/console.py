"""What a command says: tables on standard output, notes, progress and errors on standard error.

With `--json` standard output holds one JSON document and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from experiments.time_left import Ticker, TimeLeft

SECONDS_BETWEEN_LINES = 60.0


class Voice:
    """How one command speaks. `quiet` leaves out notes and progress, never results and errors."""

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json

    def note(self, text: str) -> None:
        """Something worth knowing that is not the result."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def tell_of_compiling(self) -> None:
        """Say why the first run takes longer than any other, where it does."""
        from model.compilation import is_compiled

        if not is_compiled():
            self.note("compiling the engine for this machine: about half a minute, this once")

    def result(self, text: str) -> None:
        """A line of the result."""
        if not self.as_json:
            print(text, flush=True)

    def document(self, content: Mapping[str, Any]) -> None:
        """The result as JSON, if that was asked for. `content` has a "schema"; numbers that JSON lacks become null."""
        if self.as_json:
            print(json.dumps(_finite(content), ensure_ascii=False, indent=1, allow_nan=False), flush=True)

    def table(
        self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", right: int = 1
    ) -> None:
        """A table whose columns from number `right` on are numbers, set to the right; 0 or less: none is."""
        if self.as_json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
        table = Table(title=Text(title) if title else None, caption=Text(caption) if caption else None)
        table.title_justify = table.caption_justify = "left"
        table.show_header = any(columns)
        for number, name in enumerate(columns):
            numeric = 0 < right <= number
            table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Ticker]:
        """What is yielded is called once per step: a bar where a person sees it, else a line a minute on standard error."""
        if self.quiet or total < 1:
            yield Ticker()
        elif sys.stderr.isatty():
            with _bar(what, total) as ticker:
                yield ticker
        else:
            yield self._lines(what, TimeLeft(total))

    def _lines(self, what: str, left: TimeLeft) -> Ticker:
        told = time.monotonic()

        def step() -> None:
            nonlocal told
            left.step()
            if time.monotonic() - told >= SECONDS_BETWEEN_LINES and left.done < left.total:
                told = time.monotonic()
                self.note(f"{what}: {left}")

        return Ticker(step, left.skip)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Ticker]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    left = TimeLeft(total)
    parts = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, left=left)

        def step() -> None:
            left.step()
            bar.advance(task)

        def skip() -> None:
            left.skip()
            bar.update(task, total=left.total)

        yield Ticker(step, skip)


def complain(text: str) -> None:
    """A refusal, on one line of standard error."""
    print(f"jiedao: {text}", file=sys.stderr, flush=True)


def _finite(value: Any) -> Any:
    """The same content with null for what is not finite, and numpy's numbers as Python's."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if not isinstance(value, (str, bool, int, float, type(None))):
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
