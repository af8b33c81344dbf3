"""Studies of streets: running, comparing, verifying and reporting. `from experiments import compare, run`."""

from __future__ import annotations

from typing import Any

__all__ = ["compare", "run"]


def __getattr__(name: str) -> Any:
    """`run` and `compare` on first use: they bring pandas and plots, which parallel workers must not load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from experiments import simulations

    return getattr(simulations, name)
