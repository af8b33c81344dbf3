"""What drives the results: Morris screening and Sobol' indices of streets or of Python functions, in a notebook.

    from experiments import sensitivity

    found = sensitivity.sobol("baseline", "flattening", factors=["demand_factor", "review_hours_*"], n=64)
    found.table()                  # total indices by factor, for the levels of the first and the differences from it
    found.overview["noise_share"]  # how much of it is luck
    found.thresholds               # where the reform's effect changes sign
    found = sensitivity.read("out/indices")  # a finished study, of the command line or made with out=

Any function of numbers will do as well. This one's exact total indices are 0.558, 0.442 and 0.244 (Ishigami & Homma 1990):

    >>> from math import pi, sin
    >>> from experiments import sensitivity
    >>> def ishigami(x1, x2, x3):
    ...     return sin(x1) + 7 * sin(x2) ** 2 + 0.1 * x3**4 * sin(x1)
    >>> found = sensitivity.sobol(ishigami, vary={name: (-pi, pi) for name in ("x1", "x2", "x3")}, n=1024)
    >>> found.indices.set_index("factor")["total"].round(1).to_dict()
    {'x1': 0.6, 'x2': 0.4, 'x3': 0.2, 'dummy': 0.0}

In a script that uses more than one worker, call these under `if __name__ == "__main__":`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from experiments.assignment import LARGEST_SEED, MAX_SEEDS, resolve_seeds
from experiments.provenance import now
from experiments.runner import Progress
from experiments.sensitivity_curves import middle
from experiments.sensitivity_design import Method, check_n
from experiments.sensitivity_factors import function_factors
from experiments.sensitivity_folder import FRAMES, claim_folder, read_folder, write_results
from experiments.sensitivity_report import write_report
from experiments.sensitivity_resamples import LEAST_RESAMPLES, check_resamples
from experiments.sensitivity_result import CURVES, Plan, Sensitivity, carry_out
from experiments.sensitivity_runs import FunctionEvaluator
from experiments.sensitivity_study import check_seeds_per_point, open_evaluator, resolve_study
from experiments.time_left import Ticker
from model.errors import ContradictionError, JiedaoError, UnknownNameError
from scenarios.toml_table import checked_whole_number

__all__ = ["Sensitivity", "morris", "read", "sobol"]

FUNCTION_OPTIONS = (
    *("vary", "n", "seeds", "seed", "seeds_per_point", "second_block", "second_order", "sample_seed", "resamples"),
    "curves",
)

Studied = str | Callable[..., Any] | Mapping[str, Callable[..., Any]]


def morris(*studied: Studied, **options: Any) -> Sensitivity:
    """Screen factors by elementary effects; `options` as in `sobol`, `n` being the number of trajectories (10)."""
    return _study("morris", studied, options)


def sobol(*studied: Studied, **options: Any) -> Sensitivity:
    """First, total and, with `second_order=True`, second Sobol' indices.

    `studied` are scenarios or Python functions of their factors. Studied are the levels of the first and the differences of the
    others from it. Options of scenarios are the keys of a study file (experiments/README.md; `street` for `streets`), `workers`
    and `out`, the folder of the study, which then goes on where it was stopped and ends with tables and report; `force=True`
    makes a finished one again. Options of functions are vary, n, seeds, seed, seeds_per_point, second_block, second_order,
    sample_seed, resamples and curves. `n` is the number of base points (256). A function that has an argument
    `seed` has luck, and is called with the same seeds at every point. Raises JiedaoError for whatever is wrong with the options.
    """
    return _study("sobol", studied, options)


def read(folder: str | Path) -> Sensitivity:
    """A finished study from its folder; raises InputFileError for a folder of something else or of an unfinished study."""
    stored = read_folder(Path(folder))
    frames = (getattr(stored, name) for name in FRAMES)
    return Sensitivity(stored.design, *frames, stored.manifest["half_width_reached"])


def _study(method: Method, studied: Sequence[Studied], options: dict[str, Any]) -> Sensitivity:
    if not studied:
        raise JiedaoError("nothing is studied: name a scenario or give a function")
    if "method" in options:
        raise JiedaoError("method: found among the options; call sensitivity.morris(...) or sensitivity.sobol(...)")
    if all(isinstance(one, str) for one in studied):
        return _of_streets(method, studied, **options)  # type: ignore[arg-type]
    functions: dict[str, Callable[..., Any]] = {}
    for one in studied:
        for name, function in one.items() if isinstance(one, Mapping) else [(_name(one), one)]:
            if name in functions:
                raise ContradictionError(f"two functions are called '{name}': give them as {{name: function}}")
            functions[name] = function
    for name in options:
        if name not in FUNCTION_OPTIONS:
            raise UnknownNameError("option", name, FUNCTION_OPTIONS, "functions")
    if not isinstance(options.get("vary"), Mapping) or not options["vary"]:
        raise JiedaoError("nothing is varied: name at least one factor (vary={'x': (0, 1)})")
    if method == "morris" and options.get("second_order"):
        raise ContradictionError("second_order: interactions of pairs come with sobol only")
    return _of_functions(method, functions, **options)


def _name(function: Studied) -> str:
    if isinstance(function, str) or not callable(function):
        raise JiedaoError(f"found {function!r} among functions: give scenarios only, or functions only")
    return getattr(function, "__name__", "function")


def _of_functions(
    method: Method,
    functions: Mapping[str, Callable[..., Any]],
    vary: Mapping[str, Any],
    n: int | None = None,
    seeds: int = 1,
    seed: int = 1,
    seeds_per_point: int | None = None,
    second_block: int | None = None,
    second_order: bool = False,
    sample_seed: int = 1,
    resamples: int = LEAST_RESAMPLES,
    curves: int = CURVES,
) -> Sensitivity:
    factors = function_factors(vary)
    both = resolve_seeds(2 * checked_whole_number(seeds, 1, MAX_SEEDS // 2, "seeds"), seed)
    plan = Plan(
        factors=factors,
        method=method,
        n=check_n(method, n if n is not None else {"morris": 10, "sobol": 256}[method]),
        seeds=both,
        seeds_per_point=None if seeds_per_point is None else check_seeds_per_point(seeds_per_point, seeds, "functions"),
        second_block=None if second_block is None else check_n(method, second_block, "second_block"),
        second_order=second_order,
        sample_seed=checked_whole_number(sample_seed, 0, LARGEST_SEED, "sample_seed"),
        resamples=check_resamples(resamples),
        curve_factors=checked_whole_number(curves, 0, 100, "curves"),
        curve_seeds=both,
        rest=middle(factors),
    )
    return carry_out(plan, FunctionEvaluator(functions))


def _of_streets(
    method: Method,
    scenarios: Sequence[str],
    workers: int | None = None,
    progress: Progress = lambda: None,
    out: str | Path | None = None,
    force: bool = False,
    **options: Any,
) -> Sensitivity:
    study = resolve_study({"scenarios": list(scenarios), "method": method, **options})
    start = now()
    if out is not None:
        claim_folder(Path(out), study, force)
    with (
        tempfile.TemporaryDirectory() as passing,
        open_evaluator(study, out or passing, workers, lambda *_: nullcontext(Ticker(progress))) as evaluator,
    ):
        found = carry_out(study.plan, evaluator)
    if out is not None:
        write_results(Path(out), study, found, start)
        write_report(Path(out))
    return found
