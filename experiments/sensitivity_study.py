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
from experiments.sensitivity_design import LEAST, METHODS, MOST, Method, check_n
from experiments.sensitivity_factors import Factor, factor_records, factors_of_records, parameter_factors, without
from experiments.sensitivity_folder import Stored, read_folder
from experiments.sensitivity_resamples import LEAST_RESAMPLES, MOST_RESAMPLES, check_resamples
from experiments.sensitivity_result import CURVES, Plan, leading
from experiments.sensitivity_runs import StreetEvaluator
from experiments.time_left import TickerOf, silent
from model.configuration import Configuration
from model.errors import ContradictionError, InputFileError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.indicator_definitions import HEADLINES
from scenarios.expression import refuse_unused_strengths
from scenarios.shelf import find_street
from scenarios.toml_table import Table, checked_number, checked_whole_number, read_toml

RESIDENTS = 10_000
WEEKS = 26
CURVE_SEEDS = 8
LEADING = 12
THE_REST = "all_others"
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

OPTIONS = (
    *("scenarios", "method", "factors", "vary", "exclude", "choices", "groups", "screened", "leading", "n", "runs"),
    *(
        "half_width",
        "second_order",
        "sample_seed",
        "resamples",
        "street",
        "residents",
        "weeks",
        "window",
        "seeds",
        "seed",
        "seeds_per_point",
        "second_block",
    ),
    *("curves", "curve_values", "curve_seeds", "outcomes", "quick"),
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
        """What makes it this study and no other; more points, resamples, curves or outcomes leave it the same."""
        plan = self.plan
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
            "factors": factor_records(plan.factors),
        }


def resolve_study(asked: Mapping[str, Any], where: str = "sensitivity") -> StreetStudy:
    """Check everything that was asked for (keys of `OPTIONS`, None for what was not); raises a JiedaoError."""
    for name in asked:
        if name not in OPTIONS:
            raise UnknownNameError("option", name, OPTIONS, where)
    given = {name: value for name, value in asked.items() if value is not None}
    quick = bool(given.pop("quick", False))
    method = _method(given, where)
    given = _with_quick(given, method) if quick else given
    screening = read_folder(Path(given["screened"])) if "screened" in given else None
    factors = _factors(given, method, screening, where)
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
        notes=(*assignment.notes, *_other_screening(screening, configuration)),
        configurations=tuple(assignment.configurations),
    )


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


def _factors(given: Mapping[str, Any], method: Method, screening: Stored | None, where: str) -> tuple[Factor, ...]:
    if screening is not None:
        for name in ("vary", "groups", "choices"):
            if given.get(name):
                raise ContradictionError(f"{where}: screened and {name}: a screening brings its own factors")
        wanted = checked_whole_number(given.get("leading", LEADING), 1, 1_000, f"{where}: leading")
        street, also = given.get("street", "typical"), given.get("factors") or ()
        found = screened_factors(screening, wanted, _outcomes(given, where), street, also)
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


def _other_screening(screening: Stored | None, configuration: Configuration) -> tuple[str, ...]:
    """A note where the screening was of more or fewer residents or weeks than this study."""
    if screening is None:
        return ()
    there, here = ((place.get("residents"), place.get("weeks")) for place in (screening.manifest, vars(configuration)))
    return () if there == here else (f"the screening had {there[0]:,} residents and {there[1]} weeks",)


def screened_factors(
    screening: Stored,
    wanted: int,
    outcomes: Sequence[str] = HEADLINES,
    street: str = "typical",
    also: Sequence[str] = (),
) -> tuple[Factor, ...]:
    """The factors of a finished screening that lead for any of the outcomes, one by one, and all its others as one group.

    `also`: factors that are in question whether they lead or not, such as a reform's own settings. The group's
    total index is what the screening may have missed. Raises InputFileError for a study of another method, ContradictionError
    for a screening of another street, whose own values the factors are drawn around, UnknownNameError for a factor that was
    not screened.
    """
    folder = screening.folder
    if screening.manifest.get("method") != "morris":
        raise InputFileError(
            f"{folder}: is not a finished screening; expected the folder of a study with method morris"
        )
    if screening.manifest["street"] != street:
        raise ContradictionError(f"{folder}: this screening was of {screening.manifest['street']}, not of {street}")
    factors = factors_of_records(screening.manifest["factors"])
    of_outcomes = screening.overview["indicator"].isin(outcomes)
    if lacking := [name for name in outcomes if name not in set(screening.overview["indicator"])]:
        raise ContradictionError(
            f"{folder}: this screening was not about {', '.join(lacking)}; name its outcomes, "
            f"{', '.join(dict.fromkeys(screening.overview['indicator']))}, or make it again with all"
        )
    first = set(leading(screening.indices, screening.overview.loc[of_outcomes], wanted))
    if not first and not also:
        raise JiedaoError(f"{folder}: the screening found no factor that matters beyond luck; ask it for more runs")
    known = {factor.judged_as for factor in factors}
    for name in also:
        if name not in known:
            raise UnknownNameError("factor of the screening", name, sorted(known), str(folder))
    alone = first | set(also)
    single = [factor for factor in factors if factor.judged_as in alone]
    others = [replace(factor, group=THE_REST) for factor in factors if factor.judged_as not in alone]
    return (*single, *others)


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
        return _as_large_as(plan, runs, scenarios)
    if plan.design_runs(scenarios) > runs:
        raise ContradictionError(
            f"{where}: n {plan.n:,} takes {plan.design_runs(scenarios):,} runs, more than the {runs:,} allowed by runs"
        )
    return plan


def _as_large_as(plan: Plan, runs: int, scenarios: int) -> Plan:
    """The plan with as many points as the runs allow, or to begin with. Raises JiedaoError if not even the fewest do."""

    def needed_for(n: int) -> int:
        return replace(plan, n=n).design_runs(scenarios)

    least, most = LEAST[plan.method], MOST if plan.half_width is None else FIRST_N[plan.method]
    if (needed := needed_for(least)) > runs:
        advice = "" if plan.method == "morris" else ", or screen them first with --method morris"
        raise JiedaoError(
            f"--runs {runs:,}: too few for {plan.groups - 1:,} factors with {scenarios} scenarios and {plan.seeds_each} seeds of a block: "
            f"{plan.method} needs at least {needed:,}; ask for more runs, vary fewer factors{advice}"
        )
    sizes = (
        range(least, most + 1)
        if plan.method == "morris"
        else [2**k for k in range(least.bit_length() - 1, 21) if 2**k <= most]
    )
    return replace(plan, n=sizes[bisect_right(sizes, runs, key=needed_for) - 1])


def check_seeds_per_point(wanted: Any, seeds: int, where: str) -> int:
    """How many of a block's seeds each base point draws; raises JiedaoError."""
    number = checked_whole_number(wanted, 1, MAX_SEEDS // 2, f"{where}: seeds_per_point")
    if number > seeds:
        raise ContradictionError(f"{where}: seeds_per_point {number}: more than the seeds of a block, {seeds} (seeds)")
    return number


def read_study_file(path: Path) -> dict[str, Any]:
    """The options of a study file; raises InputFileError and ValueOutOfRangeError naming the file and the key."""
    table = read_toml(path)
    read = {
        **dict.fromkeys(("method", "screened"), table.text),
        **dict.fromkeys(
            ("scenarios", "factors", "exclude", "choices", "outcomes"), lambda name: list(table.texts(name))
        ),
        **dict.fromkeys(_WHOLE, lambda name: table.integer(name, *_WHOLE[name])),
        "half_width": lambda name: table.number(name, 0.001, 1.0),
        "second_order": lambda name: _switch(table, name),
        "streets": lambda name: _one_street(table),
        "window": table.value,
        "vary": lambda name: table.table(name).content,
        "groups": lambda name: _lists(table.table(name)),
    }
    # Every key is asked for, so that a wrong one is told the nearest of all.
    options = {name: one(name) for name, one in read.items() if table.value(name) is not None}
    table.finish()
    if "streets" in options:
        options["street"] = options.pop("streets")
    return options


def _lists(table: Table) -> dict[str, list[str]]:
    return {name: list(table.texts(name)) for name in table.content}


_WHOLE = {
    "residents": (100, 5_000_000),
    "weeks": (1, 1040),
    "seeds": (1, MAX_SEEDS // 2),
    "seed": (0, LARGEST_SEED),
    "seeds_per_point": (1, MAX_SEEDS // 2),
    "second_block": (1, MOST),
    "n": (1, MOST),
    "runs": (1, MOST_RUNS),
    "leading": (1, 1_000),
    "sample_seed": (0, LARGEST_SEED),
    "resamples": (1, MOST_RESAMPLES),
    "curves": (0, 100),
    "curve_values": (3, 101),
    "curve_seeds": (2, MAX_SEEDS),
}


def _switch(table: Table, key: str) -> bool:
    value = table.value(key)
    if not isinstance(value, bool):
        raise table.wrong_type(key, value, "true or false")
    return value


def _one_street(table: Table) -> str:
    streets = table.texts("streets")
    if len(streets) != 1:
        raise ValueOutOfRangeError(
            f"{table.where}: key 'streets' names {len(streets)}; a sensitivity study is of one street"
        )
    return streets[0]


@contextmanager
def open_evaluator(
    study: StreetStudy, folder: Path | str, workers: int | None = None, progress_of: TickerOf = silent
) -> Iterator[StreetEvaluator]:
    """An evaluator of streets whose runs are kept in `folder`."""
    roles = {factor.name: factor.role for factor in study.plan.factors}
    place = (study.street, study.residents, study.weeks, study.window)
    with RunStore(Path(folder), keep="headline") as store:
        yield StreetEvaluator(study.scenarios, roles, store, *place, workers, progress_of, study.outcomes)
