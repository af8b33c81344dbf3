"""What a sensitivity study of streets is asked to do: from options or a study file to a checked plan, before anything runs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.assignment import LARGEST_SEED, MAX_SEEDS, resolve, resolve_seeds
from experiments.run_store import RunStore
from experiments.sensitivity_curves import CURVE_VALUES
from experiments.sensitivity_design import BASE_POINTS, LEAST, METHODS, MOST, Method, check_n
from experiments.sensitivity_factors import Factor, factor_records, judged_names, parameter_factors, without
from experiments.sensitivity_folder import Stored, note_known, published_runs, read_folder
from experiments.sensitivity_outcomes import take_over
from experiments.sensitivity_resamples import LEAST_RESAMPLES, MOST_RESAMPLES, check_resamples
from experiments.sensitivity_result import CURVES, Plan
from experiments.sensitivity_runs import StreetEvaluator
from experiments.sensitivity_screening import notes_on, screened_factors
from experiments.time_left import TickerOf, silent
from model.configuration import Configuration
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.indicator_definitions import HEADLINES
from scenarios.expression import refuse_unused_strengths
from scenarios.shelf import find_street
from scenarios.toml_table import checked_number, checked_whole_number

RESIDENTS = 10_000
WEEKS = 26
CURVE_SEEDS = 8
LEADING = 12
USUAL_N = {"morris": 10, "sobol": 256}
FIRST_N = {"morris": 4, "sobol": 64}  # from where points are doubled; one failed run of fewer would leave no index
MOST_RUNS = 10**8

QUICK_NOTE = "Quick look, not the full study: a small street, a short run, few points."
QUICK: dict[str, Any] = {"residents": 2_000, "weeks": 12, "seeds": 1, "curves": 2, "curve_values": 5, "curve_seeds": 4}
QUICK_N = {"morris": 4, "sobol": 16}
QUICK_FACTORS = {
    "morris": (
        *("demand_factor", "staff_factor", "batching_interval_section", "review_hours_section", "willingness_base"),
        *("street_power_share", "department_intake_delay_median_hours", "money_per_resident"),
    ),
    "sobol": ("demand_factor", "willingness_base"),
}

LISTS = ("scenarios", "factors", "exclude", "choices")
OPTIONS = (
    *LISTS,
    *("method", "vary", "groups", "screened", "leading", "outcomes", "n", "runs", "half_width", "second_order"),
    *("sample_seed", "resamples", "street", "residents", "weeks", "window", "seeds", "seed", "seeds_per_point"),
    *("second_block", "curves", "curve_values", "curve_seeds", "quick"),
)


@dataclass(frozen=True)
class StreetStudy:
    """A checked study of one street: `scenarios` are expressions by name, the first being what the others differ from."""

    plan: Plan
    scenarios: Mapping[str, str]
    street: str
    residents: int
    weeks: int
    window: tuple[int, int]
    outcomes: tuple[str, ...] = HEADLINES
    quick: bool = False
    notes: tuple[str, ...] = ()
    configurations: tuple[Configuration, ...] = ()  # of the scenarios, nothing varied

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this study and no other; more points, resamples, curves or outcomes leave it the same.

        So do groups of a Sobol' design, whose points do not depend on them; trajectories do.
        """
        plan = self.plan
        factors = [replace(factor, group="") if plan.method == "sobol" else factor for factor in plan.factors]
        return {
            "scenarios": list(self.scenarios.values()),
            "street": self.street,
            "residents": self.residents,
            "weeks": self.weeks,
            "window": list(self.window),
            "seeds": list(plan.seeds),
            "seeds_per_point": plan.seeds_each,
            "method": plan.method,
            "second_order": plan.second_order,
            "sample_seed": plan.sample_seed,
            "base_points": BASE_POINTS[plan.method],
            "factors": factor_records(factors),
        }

    @property
    def judged(self) -> tuple[str, ...]:
        """Factors and groups that get an index of their own."""
        return judged_names(self.plan.factors)


def resolve_study(asked: Mapping[str, Any], where: str = "sensitivity") -> StreetStudy:
    """Check everything that was asked for (keys of `OPTIONS`, None for what was not); raises a JiedaoError."""
    for name in asked:
        if name not in OPTIONS:
            raise UnknownNameError("option", name, OPTIONS, where)
    given = {name: value for name, value in asked.items() if value is not None}
    _check_shapes(given, where)
    quick = bool(given.pop("quick", False))
    method = _method(given, where)
    given = _with_quick(given, method) if quick else given
    screening = read_folder(Path(given["screened"])) if "screened" in given else None
    first = given.get("seed", 1)
    seeds = resolve_seeds(2 * checked_whole_number(given.get("seeds", 1), 1, MAX_SEEDS // 2, f"{where}: seeds"), first)
    assignment = resolve(
        given.get("scenarios") or ["baseline"],
        given.get("street", "typical"),
        given.get("residents", RESIDENTS),
        given.get("weeks", WEEKS),
        seeds=1,
        seed=first,
        window=given.get("window"),
    )
    factors = _factors(given, method, screening, assignment.names, where)
    expressions = dict(zip(assignment.names, given.get("scenarios") or ["baseline"], strict=True))
    _refuse_idle_levers(factors, tuple(expressions.values()), where)
    configuration = assignment.configurations[0]
    return StreetStudy(
        plan=_plan(given, method, factors, seeds, len(expressions), where),
        scenarios=expressions,
        street=given.get("street", "typical"),
        residents=configuration.residents,
        weeks=configuration.weeks,
        window=assignment.window,
        outcomes=_outcomes(given, where),
        quick=quick,
        notes=(*assignment.notes, *(notes_on(screening, assignment.configurations) if screening else ())),
        configurations=tuple(assignment.configurations),
    )


def _check_shapes(given: Mapping[str, Any], where: str) -> None:
    """Raises ValueOutOfRangeError for a single text where a list is meant, and for what is no table."""
    for name in LISTS:
        value = given.get(name, ["one"])
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
            raise ValueOutOfRangeError(f"{where}: {name}: found {value!r}; must be a list of names")
    if given.get("scenarios") == []:
        raise ValueOutOfRangeError(f"{where}: scenarios: an empty list; name at least one")
    for name in ("vary", "groups"):
        if not isinstance(given.get(name, {}), Mapping):
            raise ValueOutOfRangeError(f"{where}: {name}: found {given[name]!r}; must be a table of names and values")
    if not isinstance(given.get("screened", ""), (str, Path)):
        raise ValueOutOfRangeError(f"{where}: screened: found {given['screened']!r}; must be the folder of a screening")


def _method(given: Mapping[str, Any], where: str) -> Method:
    method = given.get("method", "morris")
    if method not in METHODS:
        raise UnknownNameError("method", str(method), METHODS, where)
    return method


def _with_quick(given: Mapping[str, Any], method: Method) -> dict[str, Any]:
    """The quick look fills in whatever was not asked for."""
    for name in ("runs", "n", "screened", "half_width"):
        if name in given:
            raise ContradictionError(f"--quick and {name}: give one of the two")
    named = {} if given.get("factors") or given.get("vary") else {"factors": QUICK_FACTORS[method]}
    return {**QUICK, "n": QUICK_N[method], **named, **given}


def _factors(
    given: Mapping[str, Any], method: Method, screening: Stored | None, scenarios: Sequence[str], where: str
) -> tuple[Factor, ...]:
    if screening is not None:
        for name in ("vary", "groups", "choices"):
            if given.get(name):
                raise ContradictionError(f"{where}: screened and {name}: a screening brings its own factors")
        wanted = checked_whole_number(given.get("leading", LEADING), 0, 1_000, f"{where}: leading")
        street, also = given.get("street", "typical"), given.get("factors") or ()
        found = screened_factors(screening, wanted, scenarios, _outcomes(given, where), street, also)
        return without(found, given.get("exclude") or (), str(screening.folder))
    if "leading" in given:
        raise ContradictionError(f"{where}: leading: says how many factors of a screening; name one with screened")
    names, vary = list(given.get("factors") or ()), dict(given.get("vary") or {})
    if not names and not vary and not given.get("groups"):
        if method == "sobol":
            raise JiedaoError(
                f"{where}: sobol over all parameters would take some hundred thousand runs: name the factors, or a finished "
                "screening whose leading ones are meant (--screened DIR)"
            )
        names = ["all"]
    lists = (given.get("exclude") or (), given.get("choices") or ())
    known = find_street(given.get("street", "typical")).parameters
    return parameter_factors(names, vary, *lists, given.get("groups"), known, where)


def _refuse_idle_levers(factors: Sequence[Factor], scenarios: tuple[str, ...], where: str) -> None:
    """Raises ContradictionError for the strength of a lever that no scenario has."""
    for factor in factors:
        if factor.role == "lever":
            try:
                refuse_unused_strengths(scenarios, {factor.name: 1.0})
            except ContradictionError:
                raise ContradictionError(
                    f"{where}: factor '{factor.name}': its lever is in none of the scenarios ({', '.join(scenarios)}); "
                    "name a scenario that has it, or leave the factor out (exclude)"
                ) from None


def _outcomes(given: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The headline indicators in question, in their usual order; all if none are named."""
    asked = given.get("outcomes", HEADLINES)
    if isinstance(asked, str) or not isinstance(asked, Sequence) or not asked:
        raise JiedaoError(
            f"{where}: outcomes: found {asked!r}; must be a list of one or more of {', '.join(HEADLINES)}"
        )
    for name in asked:
        if name not in HEADLINES:
            raise UnknownNameError("outcome", str(name), HEADLINES, where)
    return tuple(name for name in HEADLINES if name in asked)


def _plan(
    given: Mapping[str, Any],
    method: Method,
    factors: tuple[Factor, ...],
    seeds: Sequence[int],
    scenarios: int,
    where: str,
) -> Plan:
    def whole(name: str, default: int, low: int, high: int) -> int:
        return checked_whole_number(given.get(name, default), low, high, f"{where}: {name}")

    second_order = bool(given.get("second_order", False))
    if second_order and method != "sobol":
        raise ContradictionError(f"{where}: second_order: interactions of pairs come with the method sobol only")
    runs = whole("runs", 0, 1, MOST_RUNS) if "runs" in given else None
    half_width = None
    if "half_width" in given:
        half_width = checked_number(given["half_width"], 0.001, 1.0, f"{where}: half_width")
        if runs is None:
            raise JiedaoError(
                f"{where}: half_width: points are added until it is reached; say how many runs at most (runs)"
            )
    plan = Plan(
        factors=factors,
        method=method,
        n=check_n(method, whole("n", 0, 1, MOST)) if "n" in given else USUAL_N[method],
        seeds=tuple(seeds),
        seeds_per_point=check_seeds_per_point(given["seeds_per_point"], len(seeds) // 2, where)
        if "seeds_per_point" in given
        else None,
        second_block=check_n(method, whole("second_block", 0, 1, MOST), "second_block")
        if "second_block" in given
        else None,
        second_order=second_order,
        sample_seed=whole("sample_seed", 1, 0, LARGEST_SEED),
        resamples=check_resamples(whole("resamples", LEAST_RESAMPLES, 1, MOST_RESAMPLES)),
        curve_factors=whole("curves", CURVES, 0, 100),
        curve_values=whole("curve_values", CURVE_VALUES, 3, 101),
        curve_seeds=resolve_seeds(whole("curve_seeds", max(CURVE_SEEDS, len(seeds)), 2, MAX_SEEDS), seeds[0]),
        half_width=half_width,
        most_runs=runs,
    )
    if runs is None:
        return plan
    if "n" not in given:
        return _as_large_as(plan, runs, scenarios, where)
    if plan.design_runs(scenarios) > runs:
        raise ContradictionError(
            f"{where}: n {plan.n:,} takes {plan.design_runs(scenarios):,} runs, more than the {runs:,} allowed by runs"
        )
    return plan


def _as_large_as(plan: Plan, runs: int, scenarios: int, where: str) -> Plan:
    """The plan with as many points as the runs allow, or to begin with. Raises JiedaoError if not even the fewest do."""

    def needed_for(n: int) -> int:
        return replace(plan, n=n).design_runs(scenarios)

    least, most = LEAST[plan.method], MOST if plan.half_width is None else FIRST_N[plan.method]
    if (needed := needed_for(least)) > runs:
        advice = "" if plan.method == "morris" else ", or screen them first with --method morris"
        raise JiedaoError(
            f"{where}: runs {runs:,}: too few for {plan.groups - 1:,} factors with {scenarios} scenarios and {plan.seeds_each} seeds of a block: "
            f"{plan.method} needs at least {needed:,}; ask for more runs, vary fewer factors{advice}"
        )
    sizes = range(least, most + 1)
    return replace(plan, n=sizes[bisect_right(sizes, runs, key=needed_for) - 1])


def check_seeds_per_point(wanted: Any, seeds: int, where: str) -> int:
    """How many of a block's seeds each base point draws; raises JiedaoError."""
    number = checked_whole_number(wanted, 1, MAX_SEEDS // 2, f"{where}: seeds_per_point")
    if number > seeds:
        raise ContradictionError(f"{where}: seeds_per_point {number}: more than the seeds of a block, {seeds} (seeds)")
    return number


@contextmanager
def open_evaluator(
    study: StreetStudy, folder: Path | str, workers: int | None = None, progress_of: TickerOf = silent
) -> Iterator[StreetEvaluator]:
    """An evaluator of streets whose runs are kept in `folder`, or taken from what was published there."""
    roles = {factor.name: factor.role for factor in study.plan.factors}
    place = (study.street, study.residents, study.weeks, study.window)
    with RunStore(Path(folder), keep="headline") as store:
        evaluator = StreetEvaluator(study.scenarios, roles, store, *place, workers, progress_of, study.outcomes)
        if not len(store) and (published := published_runs(Path(folder), study)):
            note_known(Path(folder), study.outcomes)
            take_over(published.outcomes, published.design, evaluator, store)
            evaluator.taken_over = len(store)
        yield evaluator
