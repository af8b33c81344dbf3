"""Errors that a user can act on: each message says where, what was found and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class JiedaoError(Exception):
    """Base of every error that is the user's to mend; the command line prints it and exits with status 2."""


class UnknownNameError(JiedaoError):
    """A name that nothing has: carries the nearest valid names."""

    def __init__(self, what: str, name: str, allowed: Iterable[str], where: str = "") -> None:
        allowed = sorted(allowed)
        near = difflib.get_close_matches(name, allowed, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(allowed[:40])}"
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}unknown {what} '{name}'; {hint}")
        self.name = name
        self.nearest = near


class ValueOutOfRangeError(JiedaoError):
    """A value of the wrong type, not finite, or outside the declared range."""


class ContradictionError(JiedaoError):
    """Two inputs that cannot hold together, such as two levers that set one structure differently."""


class InputFileError(JiedaoError):
    """A file that is missing, unreadable, wrongly encoded or malformed."""


class ConservationError(RuntimeError):
    """A run that lost or made a request, a yuan or a staff hour: a defect of the program, never of the input."""
