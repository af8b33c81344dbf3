"""The command `jiedao`: its options and what each command calls.

Parallel workers load this file because the program began here, and the pages of `--help` should come at once: whatever
is heavy is imported by the command that needs it.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from experiments.options import (
    Draws,
    EngineOption,
    FirstSeed,
    Force,
    FromStart,
    GoOn,
    Json,
    Log,
    Out,
    Panel,
    Quiet,
    Residents,
    Scenarios,
    Seeds,
    SeedsOrAuto,
    Settings,
    Steady,
    StreetName,
    Weekly,
    Weeks,
    Window,
    WorkersOption,
)
from model.errors import JiedaoError

if TYPE_CHECKING:
    from experiments.assignment import Assignment
    from experiments.console import Voice

REFUSED = 2
INTERRUPTED = 130
TERMINATED = 143
NOT_OK = 1


class Refusing(TyperGroup):
    """Turns errors that are the user's to mend into one line on standard error and exit status 2."""

    def invoke(self, ctx: Any) -> Any:
        from experiments.console import complain

        try:
            return super().invoke(ctx)
        except JiedaoError as error:
            complain(str(error))
        except BrokenPipeError:
            raise  # whoever read the output has gone, which typer ends quietly
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            complain(f"{where}{error.strerror or error}")
        except KeyboardInterrupt:
            complain("interrupted; nothing half written was left behind")
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(REFUSED)


app = typer.Typer(
    name="jiedao",
    cls=Refusing,
    help="Simulates a Chinese subdistrict (jiedao) and what reforms of its governance do, to whom, by when and at what cost.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"jiedao {version('jiedao')}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_(
    section: Annotated[
        str | None,
        typer.Argument(
            help="streets, reforms, plans, stresses, parameters, kinds or indicators; default: names and titles of all."
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What there is, one line each."""
    from experiments import catalogue_text

    catalogue_text.print_listings(_voice(quiet, as_json), section)


@app.command()
def explain(
    name: Annotated[
        list[str], typer.Argument(metavar="NAME", help="Any name of `jiedao list`; `street NAME` for its units too.")
    ],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What a parameter, lever, kind, unit, indicator or street means and where it comes from."""
    from experiments import catalogue_text

    voice = _voice(quiet, as_json)
    catalogue_text.print_explanation(voice, name)


@app.command()
def run(
    scenarios: Scenarios,
    street: StreetName = "typical",
    residents: Residents = None,
    weeks: Weeks = 52,
    seeds: Seeds = 20,
    seed: FirstSeed = 1,
    settings: Settings = None,
    engine: EngineOption = "compiled",
    window: Window = None,
    from_start: FromStart = False,
    draws: Draws = 0,
    log: Log = False,
    weekly: Weekly = False,
    panel: Panel = False,
    steady: Steady = False,
    workers: WorkersOption = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate scenarios and show each indicator with its interval, beside the band of the sources."""
    from experiments.study_text import make_study

    voice = _voice(quiet, as_json)
    asked = (street, residents, weeks, seeds, seed, settings, engine, window, from_start, log, draws, weekly, panel, steady)  # fmt: skip
    make_study(voice, "run", scenarios, _resolve(scenarios, *asked), out, force, workers, report=False)


@app.command()
def compare(
    scenarios: Scenarios,
    street: StreetName = "typical",
    residents: Residents = None,
    weeks: Weeks = 52,
    seeds: SeedsOrAuto = "20",
    seed: FirstSeed = 1,
    settings: Settings = None,
    engine: EngineOption = "compiled",
    window: Window = None,
    from_start: FromStart = False,
    draws: Draws = 0,
    log: Log = False,
    weekly: Weekly = False,
    panel: Panel = False,
    steady: Steady = False,
    workers: WorkersOption = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios with the first one over common seeds: differences, intervals, plots and a report."""
    from experiments.simulations import require_several
    from experiments.study_text import make_study

    require_several(scenarios)
    voice = _voice(quiet, as_json)
    number = int(seeds) if seeds.isdecimal() else seeds
    asked = (street, residents, weeks, number, seed, settings, engine, window, from_start, log, draws, weekly, panel, steady)  # fmt: skip
    make_study(voice, "compare", scenarios, _resolve(scenarios, *asked), out, force, workers, report=True)


@app.command()
def batch(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Scenarios, streets, what is varied, seeds.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs, how long, how much disk.")
    ] = False,
    weekly: Annotated[bool, typer.Option("--weekly", help="Keep every weekly row, not headlines only.")] = False,
    dask: Annotated[
        str | None, typer.Option("--dask", metavar="ADDRESS|local", help="Make the runs on a Dask cluster.")
    ] = None,
    workers: WorkersOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study; default: out/batch-STUDY.")
    ] = None,
    force: GoOn = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make all runs of a study file; stopped and started again, it goes on where it was."""
    from experiments.batch_study import default_folder
    from experiments.batch_text import print_batch, print_estimate
    from experiments.dask_cluster import dask_executor
    from experiments.rollout import tell_of_rollout
    from experiments.street_size import tell_of_small_streets
    from experiments.study_file import read_study_file

    voice = _voice(quiet, as_json)
    design = read_study_file(study, "weekly" if weekly else "window")
    folder = out if out is not None else default_folder(study, design)
    tell_of_small_streets(voice, design.residents_of)
    of_first_street = next(iter(design.configurations.values()))
    tell_of_rollout(voice, tuple(of_first_street.values()), design.window, design.scenarios)
    voice.tell_of_compiling()
    if dry_run:
        print_estimate(voice, design, folder, workers, force)
        return
    with dask_executor(dask, workers) as (executor, workers):
        if not print_batch(voice, design, folder, workers, executor, force):
            raise typer.Exit(NOT_OK)


@app.command()
def demo(workers: WorkersOption = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Compare baseline, flattening and funds_pool on a typical street; writes out/demo/report.html."""
    from experiments.assignment import resolve
    from experiments.study_text import make_study

    voice = _voice(quiet, as_json)
    scenarios = ("baseline", "flattening", "funds_pool")
    assignment = resolve(scenarios, "typical", DEMO_RESIDENTS, seeds=DEMO_SEEDS)
    make_study(voice, "compare", scenarios, assignment, Path("out") / "demo", True, workers, report=True)


DEMO_RESIDENTS = 60_000
DEMO_SEEDS = 8


@app.command()
def trace(
    scenario: Annotated[str, typer.Argument(help="As for `run`.")],
    request: Annotated[int | None, typer.Option("--request", help="A case's number in the run, from 1.")] = None,
    slowest: Annotated[bool, typer.Option("--slowest", help="The case that took longest.")] = False,
    kind: Annotated[str | None, typer.Option("--kind", help="A case of this kind.")] = None,
    street: StreetName = "typical",
    residents: Residents = 10_000,
    weeks: Weeks = 26,
    seed: Annotated[int, typer.Option("--seed", help="The seed.")] = 1,
    settings: Settings = None,
    quiet: Quiet = False,
) -> None:
    """The story of one request in words."""
    from experiments.assignment import resolve_seeds
    from experiments.trace import story

    voice = _voice(quiet)
    resolve_seeds(1, seed)
    voice.tell_of_compiling()
    told = story(scenario, street, residents, weeks, seed, request, slowest, kind, settings=_parsed(settings))
    voice.result(told)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run or comparison.")],
    language: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the report.")] = "en",
    quiet: Quiet = False,
) -> None:
    """Write the report of a finished run, comparison or sensitivity study again, in English or Chinese."""
    from experiments import report, sensitivity_report
    from experiments.sensitivity_folder import is_sensitivity

    write_report = sensitivity_report.write_report if is_sensitivity(folder) else report.write_report
    _voice(quiet).result(f"report: {write_report(folder, language)}")


@app.command()
def sensitivity(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO...]",
            help="Levels of the first and differences of the others from it are studied; default: baseline.",
        ),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="FILE", help="A study file (TOML); options given here go before it."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option("--method", metavar="morris|sobol", help="Screen many factors, or rank some; default: morris."),
    ] = None,
    factors: Annotated[
        list[str] | None,
        typer.Option(
            "--factors",
            help="Parameters, patterns such as 'parking.*', LEVER.strength, or all; with commas or repeated.",
        ),
    ] = None,
    screened: Annotated[
        Path | None,
        typer.Option(
            "--screened", metavar="DIR", help="Take the leading factors of this screening, the rest as one group."
        ),
    ] = None,
    leading: Annotated[
        int | None, typer.Option("--leading", help="How many of the screened factors (0: none); default: 12.")
    ] = None,
    outcomes: Annotated[
        list[str] | None,
        typer.Option("--outcomes", help="Headline indicators in question; default: all. With commas or repeated."),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", help="Runs of the design at most, which is as large as they allow; curves come on top."),
    ] = None,
    curves: Annotated[
        int | None, typer.Option("--curves", help="Leading factors that get a curve of their own; default: 6.")
    ] = None,
    n: Annotated[
        int | None, typer.Option("--n", help="Trajectories (morris) or base points (sobol) instead of --runs.")
    ] = None,
    half_width: Annotated[
        float | None,
        typer.Option("--half-width", help="Double the points until intervals are as narrow, within --runs."),
    ] = None,
    second_order: Annotated[
        bool | None, typer.Option("--second-order", help="Interactions of pairs too (sobol); twice the runs.")
    ] = None,
    sample_seed: Annotated[int | None, typer.Option("--sample-seed", help="Seed of the design; default: 1.")] = None,
    resamples: Annotated[int | None, typer.Option("--resamples", help="Bootstrap resamples; default: 1,000.")] = None,
    street: Annotated[
        str | None, typer.Option("--street", help="A street's name or a TOML file; default: typical.")
    ] = None,
    residents: Annotated[int | None, typer.Option("--residents", help="Number of residents; default: 10,000.")] = None,
    weeks: Annotated[int | None, typer.Option("--weeks", help="Measured weeks; default: 26.")] = None,
    window: Annotated[
        str | None, typer.Option("--window", metavar="A-B", help="First and last week that count.")
    ] = None,
    seeds: Annotated[int | None, typer.Option("--seeds", help="Seeds in each of the two blocks; default: 1.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="The first seed; default: 1.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A quick look in a minute, not the full study.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs there are and how long they take.")
    ] = False,
    workers: WorkersOption = None,
    out: Out = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make a finished study again, or larger: its runs serve where they fit.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What drives the results: Morris screening or Sobol' indices of a street, and of what a reform changes there.

    A study that was stopped goes on where it was if it is asked for again with the same --out.
    """
    from experiments.sensitivity_text import print_estimate, print_sensitivity

    asked = {
        "scenarios": scenarios, "method": method, "factors": [name for text in factors or [] for name in text.split(",")],
        "screened": screened, "leading": leading, "runs": runs,
        "outcomes": [name for text in outcomes or [] for name in text.split(",")], "n": n, "half_width": half_width,
        "curves": curves, "second_order": second_order, "sample_seed": sample_seed, "resamples": resamples, "street": street,
        "residents": residents, "weeks": weeks, "window": window, "seeds": seeds, "seed": seed, "quick": quick or None,
    }  # fmt: skip
    voice = _voice(quiet, as_json)
    if dry_run:
        print_estimate(voice, asked, study, workers)
    else:
        print_sensitivity(voice, asked, study, out, force, workers)


@app.command()
def verify(
    network: Annotated[
        Path | None, typer.Option("--network", metavar="FILE", help="A bare network of yours (TOML).")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="Narrow intervals; takes some minutes.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A quick look in under a minute, not the full study.")] = False,
    workers: WorkersOption = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold both engines against exact results of queueing theory, and against each other."""
    from experiments.verification_text import print_network, print_tables

    voice = _voice(quiet, as_json)
    if long and quick:
        raise JiedaoError("--long and --quick: give one of the two")
    voice.tell_of_compiling()
    ok = print_network(voice, network, workers) if network else print_tables(voice, long, quick, workers)
    if not ok:
        raise typer.Exit(NOT_OK)


@app.command()
def benchmark(
    quick: Annotated[bool, typer.Option("--quick", help="A quick look in a minute, not the full study.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Speed and memory of both engines beside their peers, each as a ratio measured in this run."""
    from experiments.benchmark import print_benchmark

    print_benchmark(_voice(quiet, as_json), quick)


@app.command()
def reproduce(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="The manifest.json of a run or comparison.")],
    workers: WorkersOption = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Do a run again from its manifest and say whether it came out the same."""
    from experiments.reproduce import print_reproduction

    voice = _voice(quiet, as_json)
    if not print_reproduction(voice, manifest, workers):
        raise typer.Exit(NOT_OK)


def _voice(quiet: bool, as_json: bool = False) -> Voice:
    from experiments.console import Voice

    return Voice(quiet, as_json)


def _parsed(settings: list[str] | None) -> dict[str, Any]:
    from scenarios import parse_setting

    parsed: dict[str, Any] = {}
    for text in settings or []:
        name, value = parse_setting(text)
        if name in parsed:
            raise JiedaoError(f"--set {text}: '{name}' is set twice")
        parsed[name] = value
    return parsed


def _resolve(
    scenarios: list[str],
    street: str,
    residents: int | None,
    weeks: int,
    seeds: int | str,
    seed: int,
    settings: list[str] | None,
    *further: Any,
) -> Assignment:
    """`further` are the other arguments of `experiments.assignment.resolve`, in its order."""
    from experiments.assignment import resolve

    return resolve(scenarios, street, residents, weeks, seeds, seed, _parsed(settings), *further)


def main() -> None:
    """Entry point of the command `jiedao`."""
    # Output may be in Chinese where the console's own encoding is not.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # A program that is asked to end cleans up like one that is interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    app()
