"""Files that a reader finds whole: the old one or the new one, never a part, whatever happens while they are written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to, which becomes `path` if the block ends well and vanishes if it does not.

    Raises OSError. Only a program that is killed leaves the place behind, under a name that `remove_parts` knows.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())  # or a power cut could leave the new name with nothing in it
        part.chmod(0o644)  # mkstemp makes files that only their owner can read
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of which all is at hand. Raises OSError."""
    with whole_file(path) as part:
        part.write_bytes(content)


def remove_parts(path: Path) -> None:
    """Remove what a killed program left of `path`; only for those who know that nobody else is writing it."""
    for part in path.parent.glob(f".{path.name}.*"):
        part.unlink()
