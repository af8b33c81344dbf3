"""`verify` on the terminal: the table of exact results, or one network of the user's."""

from __future__ import annotations

from pathlib import Path

from experiments import street_equality, verification, verification_tables
from experiments.console import Voice
from experiments.street_equality import StreetsVerification
from experiments.verification import SCHEMA, MeasuredValue
from experiments.verification_tables import RowsVerification
from experiments.words import number
from experiments.workers import default_workers
from scenarios.network_file import load_network

QUICK_NOTE = "Quick look, not the full study: two small streets, short runs, wide intervals."
LONG_NOTE = "Narrow intervals and long runs of many streets; this takes some minutes."


def print_tables(voice: Voice, long: bool, quick: bool, workers: int | None) -> bool:
    """Whole streets by both engines, then every exact result of queueing theory; whether all is as it should be."""
    if quick or long:
        voice.result(QUICK_NOTE if quick else LONG_NOTE)
    streets = street_equality.verify_streets(quick, long)
    _print_streets(voice, streets)
    rows = verification_tables.verify_rows(long, quick, workers or default_workers())
    _print_rows(voice, rows)
    ok = streets.ok and rows.ok
    voice.result("everything agrees" if ok else "NOT everything agrees")
    voice.document({"schema": SCHEMA, "ok": ok, "streets": streets.as_dict(), "networks": rows.as_dict()})
    return ok


def _print_streets(voice: Voice, result: StreetsVerification) -> None:
    cells = [
        (
            f"{row.case.street}, {row.case.scenario}",
            f"{row.case.seed}",
            f"{row.case.residents:,}",
            f"{row.case.warmup_weeks + row.case.weeks + row.case.followup_weeks}",
            f"{row.log_rows:,}",
            "equal" if row.ok else f"DIFFER: {row.difference}",
            f"{row.seconds['compiled']:.1f}",
            f"{row.seconds['process']:.1f}",
        )
        for row in result.rows
    ]
    columns = (
        "street, scenario",
        "seed",
        "residents",
        "weeks",
        "log rows",
        "logs and states",
        "compiled, s",
        "process, s",
    )
    caption = "The process engine runs the rules as plain Python; seconds include compiling where it was needed."
    voice.table("Whole streets through both engines", columns, cells, caption)
    if result.rules_not_executed:
        voice.result(f"rules that no compared street came by: {', '.join(result.rules_not_executed)}")


def _print_rows(voice: Voice, result: RowsVerification) -> None:
    cells = [
        (
            line.row.name,
            line.row.measure,
            f"{line.row.exact:.6f}",
            f"{line.interval.estimate:.6f}",
            f"{100 * line.relative_half_width:.2f}%",
            f"{line.z:+.2f}",
            f"{line.bound:.2f}",
            "equal" if line.comparison.equal else f"DIFFER: {line.comparison.difference}",
            "ok" if line.ok else "NOT OK",
        )
        for line in result.rows
    ]
    columns = ("system", "measure", "exact", "simulated", "half-width", "z", "bound", "engines' logs", "")
    caption = (
        f"99% half-widths, as a share of the exact value; {result.customers:,} customers in {result.seconds:.0f} s"
    )
    title = "Exact results of queueing theory, reproduced by the engine that runs streets"
    voice.table(title, columns, cells, caption, right=2)


def print_network(voice: Voice, path: Path, workers: int | None) -> bool:
    """Both engines on one network; whether nothing speaks against them. Raises InputFileError for the file."""
    network = load_network(path)
    result = verification.verify_network(network, workers=workers or default_workers(), name=path.stem)
    rows = [_network_cells(value) for value in result.values]
    columns = ("station", "class", "measure", "compiled", "±", "process", "±", "exact", "z", "")
    caption = f"± are 99% half-widths; the process engine runs a shorter stretch; {result.seconds:.0f} s"
    voice.table(
        f"{result.name}: {network.replications} replications to {network.horizon:g}", columns, rows, caption, right=3
    )
    if result.comparison:
        said = "equal" if result.comparison.equal else f"NOT equal: {result.comparison.difference}"
        voice.result(f"logs of both engines over {result.comparison.customers:,} customers: {said}")
    voice.document(result.as_dict())
    return result.ok


def _network_cells(value: MeasuredValue) -> tuple[str, ...]:
    cells: list[str] = [value.station, value.customer_class, value.measure]
    for engine in verification.ENGINES:
        interval = value.intervals.get(engine)
        cells += [f"{interval.estimate:.6g}", f"{interval.half_width:.2g}"] if interval else ["", ""]
    z = value.z("compiled")
    exact = "" if value.exact is None else f"{value.exact:.6g}"
    verdict = "" if value.ok is None else "ok" if value.ok else "NOT OK"
    return *cells, exact, "" if z is None else number(z, 2, signed=True), verdict
