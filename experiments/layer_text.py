"""Does flattening do what its steps say? The accounts of `layer_accounting` as tables and as a map, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from experiments import words
from experiments.console import Voice, complain
from experiments.layer_accounting import (
    GARBLING,
    LEVER,
    REMOVED,
    balance,
    command_office_map,
    layer_account,
    where_the_gap_is,
)
from experiments.provenance import source_state
from model.errors import JiedaoError

OUT = Path("out") / "layers"
POSTS_SHARES = (0.3, 0.45, 0.6, 0.8, 1.0)
"""Columns of the map: the plausible range of `command_office_posts_share`."""
DEMAND_FACTORS = (0.8, 0.9, 1.0, 1.1, 1.25)
"""Rows of the map: the plausible range of `demand_factor`."""

Street = Annotated[str, typer.Option("--street", help="A street's name or a TOML file.")]
Residents = Annotated[int, typer.Option("--residents", help="Number of residents.")]
Seeds = Annotated[int, typer.Option("--seeds", min=2, help="How many seeds, from 1 on.")]
Map = Annotated[bool, typer.Option("--map", help=f"Draw the map of the command office into {OUT} as well.")]


def main() -> None:
    """Entry point of `python -m experiments.layer_accounting`."""
    typer.run(print_accounts)


def print_accounts(
    street: Street = "typical", residents: Residents = 20_000, seeds: Seeds = 5, map_: Map = False
) -> None:
    """What flatten_layers should save by the baseline's books, beside what it saves in the simulation, in hours a case.

    With --map also how the change of resolution time depends on the posts of the command office and on the load.
    """
    voice, numbers = Voice(), range(1, seeds + 1)
    voice.tell_of_compiling()
    try:
        account = layer_account(street, numbers, residents)
        _print_balance(voice, account, residents)
        _print_gap(voice, account)
        if map_:
            _draw_map(voice, street, residents, numbers)
    except JiedaoError as error:
        complain(str(error))
        raise typer.Exit(2) from None


def _print_balance(voice: Voice, account: pd.DataFrame, residents: int) -> None:
    (row,) = balance(account).to_dict("records")
    lines = [(f"baseline: {name.replace('_', ' ')}", _hours(-row[name])) for name in REMOVED]
    lines += [
        ("flattened: command office", _hours(row["command_office"])),
        ("change of clearing up what layers garbled", _hours(row[GARBLING])),
        ("predicted change", _hours(row["predicted"])),
        ("simulated change", _hours(row["simulated"])),
        ("gap: simulated less predicted", f"{_hours(row['gap'])} ({_hours(row['gap_low'])} to {_hours(row['gap_high'])})"),
        ("simulated over predicted", words.number(row["ratio"])),
    ]  # fmt: skip
    title = f"{LEVER} on {row['street']}, {residents:,} residents, {row['seeds']} seeds: hours a case"
    voice.table(title, ("", "hours"), lines, f"{row['cases']:,} cases, settled in both arms by the same channel.")


def _print_gap(voice: Voice, account: pd.DataFrame) -> None:
    rows = [
        (line.step.replace("_", " "), _hours(line.change), f"{_hours(line.low)} to {_hours(line.high)}")
        for line in where_the_gap_is(account).itertuples()
    ]
    voice.table("Where the gap comes from", ("step", "change, hours", "95% interval"), rows)


def _draw_map(voice: Voice, street: str, residents: int, seeds: Sequence[int]) -> None:
    from experiments.plots_layers import sign_map
    from experiments.plots_style import Setting, picture

    table = command_office_map(POSTS_SHARES, DEMAND_FACTORS, street, seeds, residents)
    commit, dirty = source_state()
    source = (
        f"jiedao {version('jiedao')}, {str(commit)[:10]}{' +' if dirty is True else ''}, {words.title('street', street)}, "
        f"{residents:,} residents, seeds {seeds[0]}-{seeds[-1]}"
    )
    drawn = picture(sign_map(table, Setting()), f"{words.sentence('layers_map_title')}; {source}")
    drawn.save(OUT, "sign_map")
    voice.result(f"map: {OUT / 'sign_map.svg'}, {OUT / 'sign_map.png'}")


def _hours(value: float) -> str:
    return words.number(value, 1, signed=True)
