"""The scalar parameters as one structured row, which compiled rules can read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model.parameters import PARAMETERS
from model.world import World

_NUMPY_KINDS = {"number": "f8", "share": "f8", "integer": "i8", "switch": "?"}


def settings_dtype() -> np.dtype:
    """One field for every scalar parameter."""
    return np.dtype([(p.name, _NUMPY_KINDS[p.kind]) for p in PARAMETERS.values() if "." not in p.name], align=True)


def fill_settings(world: World, values: Mapping[str, float | int | bool]) -> None:
    """Write the scalar parameters in force."""
    for name in world.settings.dtype.names:
        world.settings[name] = values[name]
