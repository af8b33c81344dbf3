"""A finished study as it lies in its folder: the manifest and the frames, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from model.errors import InputFileError

RUN = ("scenario", "seed")
COLUMNS = {
    "indicators": (*RUN, "street", "draw", "period", "group", "kind", "indicator", "statistic", "value", "n"),
    "durations": (*RUN, "days", "share_settled"),
    "steps": (*RUN, "kind", "step", "hours", "cause"),
    "paired": (*RUN, "indicator", "effect", "value", "baseline_value"),
    "drift": ("scenario", "indicator", "drift"),
}


@dataclass(frozen=True)
class Study:
    """The frames of one study; those that it did not record are None.

    `manifest` is the parsed manifest.json. Known keys, all optional: `status`, `version`, `commit`, `dirty`,
    `configuration_hash` (text, or text by scenario), `command`, `start`, `end`, `platform`, `python`, `packages` (version by
    name), `street`, `residents`, `weeks`, `warmup_weeks`, `followup_weeks`, `window` ([first, last] week), `seeds`, `draws`,
    `baseline`, `scenarios` (the order to show them in), `titles` (by scenario: {"en": ..., "zh": ...}), `drawn` (each draw's
    values and what follows from them), `settings` (what the user set, by name of parameter and `LEVER.strength`), `parameters`
    (by scenario: value by name), `changes` (by scenario: list of {"week": ..., "values": ...}), `not_modelled` (codes of
    `words.LIMITS` or {"en": ..., "zh": ...}).
    """

    folder: Path
    manifest: Mapping[str, Any]
    indicators: pd.DataFrame
    durations: pd.DataFrame | None = None
    steps: pd.DataFrame | None = None
    paired: pd.DataFrame | None = None
    drift: pd.DataFrame | None = None

    @property
    def baseline(self) -> str:
        """The scenario that the others are compared with: the manifest's, else `baseline`, else the first."""
        present = list(dict.fromkeys(self.indicators["scenario"]))
        named = self.manifest.get("baseline")
        return next((name for name in (named, "baseline") if name in present), present[0])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """All scenarios but the baseline, in the manifest's order."""
        present = list(dict.fromkeys(self.indicators["scenario"]))
        order = [name for name in self.manifest.get("scenarios", []) if name in present]
        return tuple(name for name in dict.fromkeys([*order, *present]) if name != self.baseline)

    @property
    def streets(self) -> list[str]:
        return sorted(self.indicators["street"].unique())

    @property
    def seeds(self) -> int:
        return int(self.indicators["seed"].nunique())

    @property
    def draws(self) -> int:
        return int(self.indicators["draw"].nunique())

    def of_street(self, street: str) -> Study:
        """The same study with the rows of one street only, where a frame tells streets apart."""
        frames = {name: getattr(self, name) for name in COLUMNS}
        kept = {
            name: frame.loc[frame["street"] == street] if frame is not None and "street" in frame else frame
            for name, frame in frames.items()
        }
        return replace(self, **kept)


def read_study(folder: Path) -> Study:
    """Read a study's folder.

    Raises InputFileError for a folder without manifest.json or indicators.parquet, for a batch that was stopped before its
    tables were written, and for a file that cannot be read or lacks a column.
    """
    manifest = read_manifest(folder)
    frames = {name: _read_frame(folder / f"{name}.parquet", COLUMNS[name]) for name in COLUMNS}
    if frames["indicators"] is None:
        raise InputFileError(_without_indicators(folder, manifest))
    if frames["indicators"].empty:
        raise InputFileError(f"{folder / 'indicators.parquet'}: holds no rows")
    return Study(folder, manifest, **frames)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest.json of a study's folder. Raises InputFileError if there is none that can be read."""
    if not folder.is_dir():
        raise InputFileError(f"{folder}: no such folder; expected the folder of a finished run, study or comparison")
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputFileError(f"{path}: missing; every finished run has one") from None
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path}: not a readable JSON file ({error})") from None
    if not isinstance(manifest, dict):
        raise InputFileError(f"{path}: expected an object of keys, found {type(manifest).__name__}")
    return manifest


def _without_indicators(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Why a folder has no table: a batch that was stopped has none yet, and its manifest says with what it goes on."""
    if manifest.get("status") == "running":
        begun = f" ({manifest['command']})" if manifest.get("command") else ""
        return (
            f"{folder}: this study is unfinished; start the same command again{begun}, which goes on where it stopped"
        )
    return f"{folder / 'indicators.parquet'}: missing; without it there is nothing to report"


def _read_frame(path: Path, columns: tuple[str, ...]) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors derive from these
        raise InputFileError(f"{path}: not a readable parquet file ({error})") from None
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputFileError(f"{path}: lacks the columns {', '.join(missing)}; found {', '.join(frame.columns)}")
    return frame
