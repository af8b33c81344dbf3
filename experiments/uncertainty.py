"""What nobody knows: draws of uncertain parameters, the same in every scenario, apart from levers and from luck.

*Which.* A parameter is drawn if its best value lies strictly between low and high. Where best is an end of the range, that end
says what holds before a reform (no tool, no committee) or by law, and the rest of the range belongs to levers. Never drawn are
switches; `structure`, what a street's description and its officials fix (layers, grids, who lives there); `measurement`,
by what rule things are counted; what the user sets, and what the street's file sets outside the range: that is known;
`thinning_ceiling`, a device of the sampler; and `staff_factor`, since posts follow from target utilisations, which are drawn.

*How.* Triangular with low and high as ends and as mode the street's own value, which is best unless its file says otherwise:
three numbers say no more. On a log scale where best is nearer to the geometric than to the arithmetic mean of the ends, as it
is for rates and times that were given as 'half to double': on a plain scale their means would lie above best, and every drawn
street would have more to do than the one that is described.

Each parameter has its own stratified sample (one value from each of D equally likely slices), permuted by itself: together a
Latin hypercube (McKay, Beckman & Conover 1979). Its stream is addressed by the parameter's name, so that one parameter
more changes no other's draws.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
from scipy.stats import qmc, triang

from model import draws
from model.configuration import Value
from model.parameters import PARAMETERS, Parameter

SEED = 1  # of all draws: luck has seeds of its own
KNOWN = ("structure", "measurement")
NOT_DRAWN = ("thinning_ceiling", "staff_factor")


def is_uncertain(parameter: Parameter) -> bool:
    """Whether a parameter is drawn where nothing fixes it."""
    return (
        parameter.kind != "switch"
        and parameter.acts_on not in KNOWN
        and parameter.name not in NOT_DRAWN
        and parameter.low < parameter.best < parameter.high
    )


def uncertain_parameters(
    known: Mapping[str, Value] = MappingProxyType({}), fixed: Collection[str] = ()
) -> list[Parameter]:
    """The parameters to be drawn, in declared order.

    `known` are the values of a street's file, `fixed` the names of what is not to be drawn.
    """
    return [
        p
        for p in PARAMETERS.values()
        if is_uncertain(p) and p.name not in fixed and p.low <= known.get(p.name, p.best) <= p.high
    ]


def draw_parameters(
    number: int, known: Mapping[str, Value] = MappingProxyType({}), fixed: Collection[str] = ()
) -> list[dict[str, Value]]:
    """`number` draws of every uncertain parameter by name; `known` and `fixed` as in `uncertain_parameters`."""
    columns = {
        p.name: _sample(p, float(known.get(p.name, p.best)), number) for p in uncertain_parameters(known, fixed)
    }  # fmt: skip
    return [{name: column[i] for name, column in columns.items()} for i in range(number)]


def _sample(parameter: Parameter, mode: float, number: int) -> list[Value]:
    stream = np.random.default_rng([SEED, draws.key_of(parameter.name) & (2**63 - 1)])
    uniforms = qmc.LatinHypercube(1, seed=stream).random(number)[:, 0]
    values = quantile(parameter, mode, uniforms)
    if parameter.kind == "integer":
        values = np.clip(np.floor(values + 0.5), parameter.low, parameter.high)
    return [parameter.check(value) for value in values.tolist()]


def quantile(parameter: Parameter, mode: float, share: np.ndarray) -> np.ndarray:
    """The value below which a share of the parameter's draws lies."""
    low, high = float(parameter.low), float(parameter.high)
    if uses_log_scale(parameter):
        low, mode, high = np.log((low, mode, high))
    values = triang.ppf(share, (mode - low) / (high - low), loc=low, scale=high - low)
    if uses_log_scale(parameter):
        values = np.exp(values)
    return np.clip(values, parameter.low, parameter.high)


def uses_log_scale(parameter: Parameter) -> bool:
    """Whether best is nearer to the geometric mean of low and high than to the arithmetic one."""
    low, best, high = float(parameter.low), float(parameter.best), float(parameter.high)
    return low > 0.0 and abs(best - (low * high) ** 0.5) < abs(best - (low + high) / 2.0)
