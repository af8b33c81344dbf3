"""Where a study comes from: its manifest, and from a manifest back to the study."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from experiments.assignment import ENGINES, Assignment, Draw, Keeping
from model.configuration import Change, Configuration
from model.errors import InputFileError
from model.indicators import RunSummary
from scenarios.shelf import all_entries

SCHEMA = 1
PACKAGES = ("numpy", "numba", "scipy", "simpy", "mesa", "pandas", "pyarrow", "matplotlib")
COMPUTING_PACKAGES = ("numpy", "numba", "scipy")
SOURCES = (".py", ".toml")
OF_WORKERS = ("assignment.py", "run_store.py", "run_worker.py", "runner.py")
ROOT = Path(__file__).resolve().parent.parent

NOT_MODELLED = (
    {
        "en": "A public problem does not end by itself, and is not reported again and again by those who pass it: one "
        "case stands for it.",
        "zh": "公共问题不会自行消失，也不会被路过的人反复上报：一个问题对应一件。",
    },
    {
        "en": "Pilot grids beside others, their spillover, and what before/after comparisons would miss, are not reported.",
        "zh": "不报告试点网格与其他网格的差异、溢出效应及前后对比的偏误。",
    },
    {
        "en": "Property firms and member units are not actors of their own.",
        "zh": "物业企业和共建单位不是独立的行动者。",
    },
    {
        "en": "What a joint committee has done for departments does not make them more willing: there is no committee yet.",
        "zh": "大工委为部门所做的事不影响其配合意愿：目前尚无大工委。",
    },
    "consent",
    "reported_figures",
)
"""MODEL sections 17, 26, 27 (firms and members), R of 21 and 22, 29 and 31."""


def manifest_of(
    assignment: Assignment, command: str, start: datetime, summaries: Sequence[RunSummary]
) -> dict[str, Any]:
    """The manifest of a finished study; `study_folder.Study` and the README list its keys."""
    return {
        "schema": SCHEMA,
        "status": "finished",
        **program_facts(),
        "command": command,
        "start": start.isoformat(timespec="seconds"),
        "end": now().isoformat(timespec="seconds"),
        **street_facts(assignment.configurations),
        "window": list(assignment.window),
        "seeds": list(assignment.seeds),
        "draws": len(assignment.draws),
        "drawn": [_drawn(draw, assignment.configurations) for draw in assignment.draws],
        "engine": assignment.engine,
        "settings": dict(assignment.settings),
        **asdict(assignment.keeping),
        "baseline": assignment.names[0],
        "scenarios": list(assignment.names),
        "titles": titles_of(assignment.names),
        "not_modelled": list(NOT_MODELLED),
        "lever_costs_per_year": dict(zip(assignment.names, assignment.lever_costs, strict=True)),
        "runs": _runs(assignment, summaries),
    }


def street_facts(configurations: Sequence[Configuration]) -> dict[str, Any]:
    """Everything that was resolved of several scenarios on one street."""
    first = configurations[0]
    return {
        "street": first.street,
        "residents": first.residents,
        "weeks": first.weeks,
        "warmup_weeks": first.warmup_weeks,
        "followup_weeks": first.followup_weeks,
        "start_date": first.start_date.isoformat(),
        "configuration_hash": {c.scenario: c.configuration_hash for c in configurations},
        "street_parameters": dict(first.reference_values),
        "parameters": {c.scenario: dict(c.values) for c in configurations},
        "changes": {c.scenario: _changes(c) for c in configurations},
    }


def program_facts() -> dict[str, Any]:
    """Which program makes the results: its version, its code, and what it runs on."""
    commit, dirty = source_state()
    return {
        "version": importlib.metadata.version("jiedao"),
        "commit": commit,
        "dirty": dirty,
        "code": code_version(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def assignment_from(manifest: Mapping[str, Any], where: str) -> Assignment:
    """The study that a manifest describes, from its resolved parameters and not from files that may have changed.

    Raises InputFileError if the manifest lacks something or does not fit its own hashes.
    """
    try:
        configurations = tuple(_configuration(manifest, name) for name in manifest["scenarios"])
        hashes = {c.scenario: c.configuration_hash for c in configurations}
        seeds = tuple(int(seed) for seed in manifest["seeds"])
        first, last = (int(week) for week in manifest["window"])
        engine = manifest["engine"]
        keeping = Keeping(log=bool(manifest["log"]), weekly=bool(manifest["weekly"]), panel=bool(manifest["panel"]))
        draws = tuple(_draw(manifest, entry) for entry in manifest["drawn"])
        costs = tuple(float(manifest["lever_costs_per_year"][c.scenario]) for c in configurations)
    except KeyError as error:
        raise InputFileError(
            f"{where}: lacks the key {error}; needed is the manifest.json of a run or comparison"
        ) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputFileError(f"{where}: not the manifest of a run or comparison ({error})") from None
    if hashes != manifest.get("configuration_hash"):
        raise InputFileError(f"{where}: its parameters do not fit its configuration_hash: it has been changed by hand")
    if engine not in ENGINES or not seeds or not configurations:
        raise InputFileError(f"{where}: names no scenario, no seed or no engine of this version ({', '.join(ENGINES)})")
    settings = manifest.get("settings", {})
    return Assignment(configurations, seeds, (first, last), engine, keeping, costs, draws=draws, settings=settings)


def _configuration(manifest: Mapping[str, Any], scenario: str) -> Configuration:
    return Configuration(
        scenario=scenario,
        street=manifest["street"],
        residents=manifest["residents"],
        values=manifest["parameters"][scenario],
        changes=tuple(Change(change["week"], change["values"]) for change in manifest["changes"][scenario]),
        weeks=manifest["weeks"],
        warmup_weeks=manifest["warmup_weeks"],
        followup_weeks=manifest["followup_weeks"],
        start_date=date.fromisoformat(manifest["start_date"]),
        own_values=manifest["street_parameters"],
    )


@cache
def code_version(root: Path = ROOT) -> str:
    """Which code makes a run: two runs of one configuration and seed are the same if this is.

    A hash over all sources of `model` and `scenarios`, over those here that a worker's rows depend on, and over the versions of
    the packages that compute. No commit is in it: what changes elsewhere, like a text of the report, would begin a study of
    days anew.
    """
    content = hashlib.sha256(repr([importlib.metadata.version(name) for name in COMPUTING_PACKAGES]).encode())
    paths = [path for room in ("model", "scenarios") for path in (root / room).rglob("*") if path.suffix in SOURCES]
    paths += [path for path in (root / "experiments").glob("*.py") if path.name in OF_WORKERS]
    for path in sorted(paths):
        content.update(path.relative_to(root).as_posix().encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:24]


def _changes(configuration: Configuration) -> list[dict[str, Any]]:
    return [{"week": change.week, "values": dict(change.values)} for change in configuration.changes]


def _drawn(draw: Draw, best: Sequence[Configuration]) -> dict[str, Any]:
    """A draw: its values, and for each scenario what else follows from them, which is what levers do to drawn values."""
    scenarios = {}
    for configuration, usual in zip(draw.configurations, best, strict=True):
        expected = {**usual.values, **draw.values}
        further = {name: value for name, value in configuration.values.items() if value != expected[name]}
        changes = _changes(configuration)
        scenarios[configuration.scenario] = {
            "values": further,
            "changes": changes if changes != _changes(usual) else None,
        }
    hashes = {c.scenario: c.configuration_hash for c in draw.configurations}
    return {"draw": draw.number, "configuration_hash": hashes, "values": dict(draw.values), "scenarios": scenarios}


def _draw(manifest: Mapping[str, Any], entry: Mapping[str, Any]) -> Draw:
    """The draw that `_drawn` has written down."""
    configurations = []
    for scenario in manifest["scenarios"]:
        usual, further = _configuration(manifest, scenario), entry["scenarios"][scenario]
        values = {**usual.values, **entry["values"], **further["values"]}
        changes = usual.changes
        if further["changes"] is not None:
            changes = tuple(Change(change["week"], change["values"]) for change in further["changes"])
        own = {**manifest["street_parameters"], **entry["values"]}
        configurations.append(replace(usual, values=values, changes=changes, own_values=own))
    if entry["configuration_hash"] != {c.scenario: c.configuration_hash for c in configurations}:
        raise ValueError(f"the values of draw {entry['draw']} do not fit their hash: they have been changed by hand")
    return Draw(int(entry["draw"]), entry["values"], tuple(configurations))


def source_state(root: Path = ROOT) -> tuple[str, bool | str]:
    """The commit of the code and whether files were changed since; "unknown" without a repository of its own."""
    if not (root / ".git").exists():
        return "unknown", "unknown"
    commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain", "--untracked-files=no")
    return (commit, bool(changes)) if commit and changes is not None else ("unknown", "unknown")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        said = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()


def command_line() -> str:
    """The command as it was typed, the program's own path left out."""
    return " ".join(["jiedao", *sys.argv[1:]])


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def titles_of(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Titles of scenarios that are one entry of ours; joined ones and a user's own files keep their names."""
    entries = all_entries()
    return {name: {"en": entries[name].title_en, "zh": entries[name].title_zh} for name in names if name in entries}


def _runs(assignment: Assignment, summaries: Sequence[RunSummary]) -> list[dict[str, Any]]:
    return [
        {"scenario": run.scenario, "draw": run.draw, "seed": run.seed, **summary.facts}
        for run, summary in zip(assignment.runs, summaries, strict=True)
    ]
