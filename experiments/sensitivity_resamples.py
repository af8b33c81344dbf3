"""The bootstrap of sensitivity studies: how often each stretch of a design, a base point with its neighbours or a trajectory,
is in each resample. Estimates are means over stretches, so that a resample is a weighting of them."""

from __future__ import annotations

import numpy as np

from model.errors import ValueOutOfRangeError

CONFIDENCE = 0.95
LEAST_RESAMPLES = 1_000
MOST_RESAMPLES = 100_000


def check_resamples(resamples: int) -> int:
    """A number of bootstrap resamples that gives stable intervals; raises ValueOutOfRangeError."""
    whole = isinstance(resamples, int) and not isinstance(resamples, bool)
    if not whole or not LEAST_RESAMPLES <= resamples <= MOST_RESAMPLES:
        raise ValueOutOfRangeError(
            f"resamples: found {resamples}; must be a whole number from {LEAST_RESAMPLES:,} to {MOST_RESAMPLES:,}: "
            "intervals from fewer are themselves a matter of luck"
        )
    return resamples


def resampled_weights(seed: int, stretches: int, resamples: int) -> np.ndarray:
    """Shape (resamples, stretches); the same ones for the same seed and number of stretches."""
    return np.random.default_rng(seed).multinomial(stretches, np.full(stretches, 1.0 / stretches), resamples)
