"""What came of every run of a design, as a table: small enough to be published with what was found, and enough to go on from.

Whoever wants other indices than ours finds the values here and the points in `sensitivity.read(folder).design`. The store of runs
is twenty times as large and need not be kept: a study whose folder has only this table goes on from it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from experiments.comparison import MAIN_STATISTICS
from experiments.run_store import Packed, RunStore, pack
from experiments.sensitivity_design import Design, Points
from experiments.sensitivity_runs import NO_RUN, Evaluation, StreetEvaluator


def outcome_frame(design: Design, seeds: np.ndarray, evaluation: Evaluation) -> pd.DataFrame:
    """A row for each point and seed that was asked for.

    `base_point` (or trajectory), `place` in it (`A`; `A:x`, A with factor or group x from B; `B:x`; `B`; steps of a trajectory
    from 0), `seed`, and a column for each outcome, SCENARIO.INDICATOR, NaN where a run gave no number.
    """
    points, columns = np.nonzero(seeds != NO_RUN)
    base_points, places = np.divmod(points, design.stride)
    frame = {
        "base_point": base_points,
        "place": pd.Categorical.from_codes(places, list(design.places)),
        "seed": seeds[points, columns],
    }
    for k, (scenario, indicator) in enumerate(evaluation.outcomes):
        frame[f"{scenario}.{indicator}"] = evaluation.values[points, columns, k]
    return pd.DataFrame(frame)


def take_over(frame: pd.DataFrame, design: Design, evaluator: StreetEvaluator, store: RunStore) -> None:
    """Put the runs of a table into a store, all or none: those that have all outcomes that the evaluator asks for.

    Of such a run nothing else is known. Raises InputFileError if the store cannot be written.
    """
    store.write(_runs(frame, design, evaluator, store))


def _runs(
    frame: pd.DataFrame, design: Design, evaluator: StreetEvaluator, store: RunStore
) -> Iterator[tuple[bytes, Packed]]:
    points, places = Points(design), {name: k for k, name in enumerate(design.places)}
    for line in frame.to_dict("records"):
        point = points[line["base_point"] * design.stride + places[line["place"]]]
        for scenario, request in evaluator.requests_at(point, line["seed"]).items():
            found = {name: line.get(f"{scenario}.{name}", np.nan) for name in evaluator.indicators}
            if all(np.isfinite(value) for value in found.values()):
                rows = [("window", "all", "all", name, MAIN_STATISTICS[0], value, 0) for name, value in found.items()]
                yield store.key(request), Packed(pack(rows))
