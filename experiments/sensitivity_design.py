"""The designs of sensitivity studies: which points are run, and how many runs that takes.

Morris: trajectories on a grid of four levels of each factor's law, each moving one factor at a time (Morris 1991; Campolongo,
Cariboni & Saltelli 2007). A screening of k factors takes r (k + 1) points for r trajectories.

Sobol': the radial design of Saltelli et al. (2010): base points A and B with, for each factor, A with it from B, and with second
order B with it from A: n (k + 2) points for first and total indices, n (2 k + 2) with second order. The base points are a Halton
sequence with random digits (Owen 2017). It is nested: more base points keep those that there are, so that runs made for n serve
for 2 n; and columns stay as they are whatever is judged alone or as a group, so that taking a factor out of a group makes anew
its neighbours and the group's, and no others. In a Sobol' sequence, which is what SALib takes, some columns go up and down together where points are few for so many
columns: of 563 factors at 1,024 points one is correlated by 0.75 between A and B and another by -0.75, which makes their indices
a quarter of what they should be and seven quarters, and no bootstrap shows it.

A study that goes on until indices are sure enough may be narrowed: from some base point on only the factors that are not sure yet
have neighbours, and A and B alone are run for the others. Every index is then a mean over the base points that have its factor.

Factors judged as a group move together and count as one. The dummy is one more factor; under fixed seeds its points repeat
others, whose runs are kept, so that it costs none. Coordinates go from 0 to 1: ranges, whole numbers and categories are ours, since
SALib, whose trajectories these are, has only numbers, and takes swapped bounds for "not legal" without saying which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from SALib.sample import morris as salib_morris
from scipy.stats.qmc import Halton

from experiments.sensitivity_factors import DUMMY_NAME, Factor, FactorValue, judged_names, with_dummy
from model.errors import ValueOutOfRangeError

Method = Literal["morris", "sobol"]
METHODS: tuple[Method, ...] = ("morris", "sobol")
BASE_POINTS = {"morris": "trajectories", "sobol": "halton"}  # a folder says from which its points are
LEAST = {"morris": 4, "sobol": 16}
MOST = 2**20
LEVELS = 4  # of a trajectory's grid


Narrowed = tuple[tuple[int, tuple[str, ...]], ...]
"""From which base point on which factors and groups alone have neighbours; a later entry takes the place of those before."""


@dataclass(frozen=True)
class Design:
    """Points to run. `factors` end with the dummy; `realised` has a row a point and a column a factor.

    `n` is the number of trajectories or of base points; each is a stretch of `stride` rows. `moved` has the first factor that
    each step of each trajectory moves, shape (trajectories, groups); None for Sobol'. It is known from coordinates: a whole
    number may be the same at both ends of a step.
    """

    method: Method
    factors: tuple[Factor, ...]
    realised: np.ndarray
    n: int
    seed: int
    second_order: bool = False
    moved: np.ndarray | None = None
    narrowed: Narrowed = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """What gets an index, in order of first appearance; the dummy last."""
        return judged_names(self.factors)

    @property
    def stride(self) -> int:
        """Rows that belong together: a trajectory, or a base point with its neighbours."""
        return stride(self.method, len(self.groups), self.second_order)

    @property
    def asked(self) -> np.ndarray:
        """Which points are run, shape (n, stride): all, but for the neighbours that a narrowed design does without."""
        asked = np.ones((self.n, self.stride), dtype=bool)
        for start, names in self.narrowed:
            runs = [name in names or name == DUMMY_NAME for name in self.groups]
            asked[start:] = [True, *runs * (2 if self.second_order else 1), True]
        return asked

    @property
    def digest(self) -> str:
        """SHA-256 over all points: equal digests, equal points."""
        return hashlib.sha256(np.ascontiguousarray(self.realised).tobytes()).hexdigest()

    @property
    def places(self) -> tuple[str, ...]:
        """What each row of a stretch is: `A`, `A:x` (A with x from B), `B:x`, `B`; steps of a trajectory from 0."""
        if self.method == "morris":
            return tuple(str(step) for step in range(self.stride))
        bases = ("A", "B") if self.second_order else ("A",)
        return ("A", *(f"{base}:{name}" for base in bases for name in self.groups), "B")

    @property
    def roles(self) -> dict[str, str]:
        """Role by name judged; a group has the role of its members, or `mixed`."""
        found: dict[str, set[str]] = {}
        for factor in self.factors:
            found.setdefault(factor.judged_as, set()).add(factor.role)
        return {name: roles.pop() if len(roles) == 1 else "mixed" for name, roles in found.items()}

    @property
    def problem(self) -> dict[str, Any]:
        """What SALib calls the problem, on coordinates from 0 to 1; a new one each time, since SALib writes into it."""
        return _problem(self.factors)

    def point(self, row: int) -> dict[str, FactorValue]:
        """The values of one point by factor, the dummy left out."""
        return {
            factor.name: factor.value(realised)
            for factor, realised in zip(self.factors[:-1], self.realised[row, :-1], strict=True)
        }


class Points(Sequence[dict[str, FactorValue]]):
    """The points of a design, each made when asked for: thousands of them with hundreds of values would fill the memory."""

    def __init__(self, design: Design) -> None:
        self._design = design

    def __len__(self) -> int:
        return len(self._design.realised)

    def __getitem__(self, row: int) -> dict[str, FactorValue]:  # type: ignore[override]
        return self._design.point(row)


def seeds_by_lot(design: Design, seeds: Sequence[int], per_point: int) -> np.ndarray:
    """Some of the seeds for every point, shape (points, per_point): those of a stretch, which are compared, have the same.

    Blocks of as many seeds draw alike: the first seed of one goes with the first of the other, and so on. Every stretch draws
    its own, so that a factor's index is of many streets and not of the few that each point could be run on. In turn would not
    do: which interval of its range a coordinate falls into follows from the place in the sequence.
    """
    lots = np.random.default_rng([design.seed, len(seeds)]).random((design.n, len(seeds)))
    drawn = np.sort(np.argsort(lots, axis=1)[:, :per_point], axis=1)
    return np.repeat(np.asarray(seeds)[drawn], design.stride, axis=0)


def make_design(
    factors: Sequence[Factor], method: Method, n: int, seed: int, second_order: bool = False, narrowed: Narrowed = ()
) -> Design:
    """The design for these factors and the dummy. Raises ValueOutOfRangeError for an impossible `n`."""
    check_n(method, n)
    factors = with_dummy(factors)
    moved = None
    if method == "morris":
        share = salib_morris.sample(_problem(factors), n, num_levels=LEVELS, seed=seed)
        moved = np.argmax(np.diff(share.reshape(n, -1, len(factors)), axis=1) != 0.0, axis=2)
        for column, factor in enumerate(factors):
            if factor.is_peaked:
                share[:, column] = _middles(share[:, column])
            elif factor.kind == "category" and len(factor.values) > 2:
                share[:, column] = _any_two(share[:, column].reshape(n, -1), len(factor.values), [seed, column])
    else:
        share = _radial(factors, n, seed, second_order)
    realised = np.column_stack([factor.realise(column) for factor, column in zip(factors, share.T, strict=True)])
    return Design(method, factors, realised, n, seed, second_order and method == "sobol", moved, narrowed)


def _radial(factors: Sequence[Factor], n: int, seed: int, second_order: bool) -> np.ndarray:
    """Coordinates of all points, shape (points, factors), in SALib's order: A, A with each group from B, (B with each from A), B."""
    pairs = Halton(2 * len(factors), rng=np.random.default_rng(seed)).random(n).reshape(n, 1, len(factors), 2)
    moved = np.array([[factor.judged_as == name for factor in factors] for name in judged_names(factors)])
    none, every = np.zeros((1, len(factors)), dtype=bool), np.ones((1, len(factors)), dtype=bool)
    from_b = np.vstack([none, moved, ~moved, every] if second_order else [none, moved, every])
    return np.where(from_b, pairs[..., 1], pairs[..., 0]).reshape(-1, len(factors))


def _middles(share: np.ndarray) -> np.ndarray:
    """From the levels of a grid, its ends included, to the middles of as many equally likely parts.

    The ends of a triangular law have no probability at all: a quarter of all runs is not to be made there.
    """
    return (np.round(share * (LEVELS - 1)) + 0.5) / LEVELS


def _any_two(share: np.ndarray, values: int, seed: Sequence[int]) -> np.ndarray:
    """Coordinates of a category on trajectories (n, stride), which go from any of its values to any other.

    A grid would always step half its length, and never compare values that stand next to each other in a list.
    """
    lots = np.random.default_rng(seed).random((len(share), 2))
    before = np.floor(lots[:, 0] * values)
    after = (before + 1 + np.floor(lots[:, 1] * (values - 1))) % values
    has_moved = share != share[:, :1]
    return ((np.where(has_moved, after[:, None], before[:, None]) + 0.5) / values).ravel()


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    return {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "groups": [factor.judged_as for factor in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }


def check_n(method: Method, n: int, name: str = "n") -> int:
    """A number of trajectories or base points that a study can have; raises ValueOutOfRangeError."""
    least = LEAST[method]
    if isinstance(n, bool) or not isinstance(n, int) or not least <= n <= MOST:
        raise ValueOutOfRangeError(f"{name}: found {n!r}; must be a whole number from {least} to {MOST:,} for {method}")
    return n


def stride(method: Method, groups: int, second_order: bool = False) -> int:
    """Points for each trajectory or base point; `groups` counts what gets an index, the dummy included."""
    if method == "morris":
        return groups + 1
    return 2 * groups + 2 if second_order else groups + 2


def runs_needed(method: Method, groups: int, n: int, per_point: int, second_order: bool = False) -> int:
    """Runs that a design takes at most, `per_point` for each point: scenarios times seeds. The dummy's points cost none."""
    free = 2 if method == "sobol" and second_order else 1
    return n * (stride(method, groups, second_order) - free) * per_point
