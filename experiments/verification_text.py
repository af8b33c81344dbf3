"""`verify` on the terminal: the table of exact results, or one network of the user's."""

from __future__ import annotations

from pathlib import Path

from experiments import verification, verification_tables
from experiments.console import Voice
from experiments.runner import default_workers
from experiments.verification import MeasuredValue
from experiments.words import number
from scenarios.network_file import load_network


def print_rows(voice: Voice, long: bool, quick: bool, workers: int | None) -> bool:
    """Every exact result of the table; whether all are reproduced."""
    effort = verification_tables.QUICK if quick else verification_tables.LONG if long else verification_tables.DEFAULT
    if effort.note:
        voice.result(effort.note)
    result = verification_tables.verify_rows(long, quick, workers or default_workers())
    rows = [
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
    voice.table(
        "Exact results of queueing theory, reproduced by the engine that runs streets", columns, rows, caption, right=2
    )
    voice.result("all rows are reproduced" if result.ok else "NOT all rows are reproduced")
    voice.document(result.as_dict())
    return result.ok


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
