"""One simulated subdistrict and how it lives. `from model import Subdistrict`."""

from __future__ import annotations

from typing import Any

__all__ = ["Subdistrict"]


def __getattr__(name: str) -> Any:
    """`Subdistrict` on first use: most of the program needs parts of this package and not the whole engine."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from model import subdistrict

    return getattr(subdistrict, name)
