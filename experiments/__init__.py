"""Studies of streets: running, comparing, verifying and reporting. `from experiments import batch, compare, replicate, run`."""

from __future__ import annotations

from typing import Any

__all__ = ["batch", "compare", "replicate", "run"]


def __getattr__(name: str) -> Any:
    """The functions of `__all__` on first use: they bring pandas and plots, which parallel workers must not load.

    No module here may have the name of one of them: once imported, it would be found in its place.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from experiments import batch_study, simulations

    return batch_study.batch if name == "batch" else getattr(simulations, name)
