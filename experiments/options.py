"""The options that several commands share: how each is spelled, what it means, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.errors import ValueOutOfRangeError


def _check_workers(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise ValueOutOfRangeError(f"--workers: found {number}; must be a whole number from 1 on")
    return number


def _number_or_auto(text: str) -> str:
    from experiments.assignment import AUTO

    if text != AUTO and not text.isdecimal():
        raise ValueOutOfRangeError(f"--seeds: found '{text}'; must be a whole number from 1 on, or '{AUTO}'")
    return text


Scenarios = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO",
        help="baseline, a lever, package or stress, several joined with '+', or a path to a TOML file of yours.",
    ),
]
StreetName = Annotated[str, typer.Option("--street", help="A street's name (jiedao list streets) or a TOML file.")]
Residents = Annotated[int | None, typer.Option("--residents", help="Number of residents; default: the street file's.")]
Weeks = Annotated[int, typer.Option("--weeks", help="Measured weeks; 26 of warm-up and 13 of follow-up are added.")]
Seeds = Annotated[int, typer.Option("--seeds", help="How many seeds.")]
SeedsOrAuto = Annotated[
    str,
    typer.Option(
        "--seeds",
        metavar="N|auto",
        callback=_number_or_auto,
        help="How many seeds; 'auto': until each headline difference is known to 5% of the baseline.",
    ),
]
FirstSeed = Annotated[int, typer.Option("--seed", help="The first seed.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter's base value, or LEVER.strength=0.5; repeatable."),
]
EngineOption = Annotated[str, typer.Option("--engine", metavar="compiled|process", help="Both write the same events.")]
Window = Annotated[
    str | None, typer.Option("--window", metavar="A-B", help="First and last week that count; default 26-51.")
]
FromStart = Annotated[
    bool, typer.Option("--from-start", help="Reforms in force in full from the warm-up's first week.")
]
Draws = Annotated[
    int,
    typer.Option("--draws", help="Draws of all uncertain parameters, each with every seed; 0: their best values."),
]
Weekly = Annotated[
    bool, typer.Option("--weekly", help="Keep every indicator of each week by group and kind, not the headlines only.")
]
Panel = Annotated[bool, typer.Option("--panel", help="Write a panel of grids and weeks as well (panel.parquet).")]
Steady = Annotated[
    bool, typer.Option("--steady", help="Refuse a street whose headlines drift by more than 2% a quarter.")
]
Log = Annotated[bool, typer.Option("--log", help="Write every event and case as well (large).")]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", callback=_check_workers, help="Parallel processes; default: the number of processors."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the result; default: a new one in out/.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a finished result.")]
GoOn = Annotated[
    bool,
    typer.Option(
        "--force", help="Take a folder that holds another or a finished study; its runs serve where they fit."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No notes and no progress.")]
