"""The two loops of a street, judged: do chases feed on themselves, and does asking more of a better street undo it?

A unit whose repeat gain is above a half spends most of what room it has on chases. In an ordinary street that is an error of
the street's file, which asks for too much utilisation, unless luck alone explains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from experiments import words
from experiments.assignment import Assignment
from experiments.comparison import mean_interval
from experiments.console import Voice
from experiments.runner import Job
from model.errors import InputFileError
from model.feedback import repeat_gain
from model.indicators import RunSummary
from model.parameters.units import UNIT_TITLES

BASELINE = "baseline"
LARGEST_GAIN = 0.5
FIXED_POSTS = ("grid_worker", "duty_team", "command_office")  # not from the utilisation that the street's file asks for
LOOP_RESIDENTS, LOOP_WEEKS, LOOP_SEEDS = 10_000, 26, 4  # small: their purpose is one rough number
LOOP_STEP = 0.05  # of demand, up and down


@dataclass(frozen=True)
class Gain:
    """The repeat gain of one type of unit: over all runs, in each, and what the street's file makes of it by itself.

    `asked` is the utilisation that the file asks for, NaN where posts do not follow from it; `designed` the gain there, at the
    share of chases in all the street's work.
    """

    unit_type: str
    pooled: float
    low: float
    largest: float
    asked: float
    designed: float


def repeat_gains(loads: pd.DataFrame, assignment: Assignment) -> list[Gain]:
    """By type of unit, the largest first, from the frame `loads` of the baseline's runs."""
    rows = loads.loc[loads["scenario"] == BASELINE]
    chasing = rows["chases"].sum() / max(rows["work"].sum(), 1e-9)
    found = []
    for unit_type, part in rows.groupby("unit_type", sort=False):
        amounts = [part[column].to_numpy(float) for column in ("busy", "rostered", "work", "chases")]
        by_run = pd.Series(repeat_gain(*amounts), index=part.index)
        several = part["draw"].nunique() > 1
        units = by_run.groupby(part["draw"]).mean() if several else by_run
        low = mean_interval(units.to_numpy(float))[1]
        pooled = float(repeat_gain(*(amount.sum() for amount in amounts)))
        asked = _asked(str(unit_type), assignment)
        designed = float(repeat_gain(asked, 1.0, 1.0, chasing))
        found.append(Gain(str(unit_type), pooled, low, float(part["largest_gain"].max()), asked, designed))
    return sorted(found, key=lambda gain: -gain.pooled)


def _asked(unit_type: str, assignment: Assignment) -> float:
    if unit_type in FIXED_POSTS:
        return np.nan
    values = assignment.configurations[assignment.names.index(BASELINE)].values
    return min(values[f"{unit_type}.target_utilisation"] / max(values["staff_factor"], 1e-9), 1.0)


def refuse_runaway(assignment: Assignment, loads: pd.DataFrame) -> None:
    """Raise InputFileError if the street's own file makes chases run away in some type of unit.

    Only a baseline with the street's own values speaks of its file. Beyond luck is a file that asks for more work than there are
    hours, and what 95% intervals over seeds show at the street's own size or above: a few clerks of a small place, or one
    seed, can be unlucky.
    """
    if BASELINE not in assignment.names or assignment.place is None or assignment.draws:
        return
    configuration = assignment.configurations[assignment.names.index(BASELINE)]
    if configuration.values != configuration.reference_values:
        return
    own_size = configuration.residents >= assignment.place.residents
    for gain in repeat_gains(loads, assignment):
        if gain.pooled > LARGEST_GAIN and (gain.asked >= 1.0 or (own_size and gain.low > LARGEST_GAIN)):
            raise InputFileError(
                f"{assignment.place.source}: street '{configuration.street}': in its units of type '{gain.unit_type}' chases take "
                f"{gain.pooled:.2f} of the room that other work leaves (g_rep); allowed is at most {LARGEST_GAIN}: lower "
                f"[target_utilisation] {gain.unit_type} or the work that comes to it"
            )


def feedback_jobs(assignment: Assignment) -> list[Job]:
    """Small paired runs of the baseline with a little less and a little more demand; none without a baseline."""
    if BASELINE not in assignment.names:
        return []
    configuration = assignment.configurations[assignment.names.index(BASELINE)]
    weeks, residents = min(configuration.weeks, LOOP_WEEKS), min(configuration.residents, LOOP_RESIDENTS)
    small = replace(configuration, weeks=weeks, residents=residents)
    demand = configuration.values["demand_factor"]
    versions = [small.with_values(demand_factor=demand * factor) for factor in (1.0 - LOOP_STEP, 1.0 + LOOP_STEP)]
    window = (weeks // 2, weeks - 1)
    return [Job(version, seed, window) for version in versions for seed in assignment.seeds[:LOOP_SEEDS]]


def voice_loop(assignment: Assignment, of_study: Sequence[RunSummary], small: Sequence[RunSummary]) -> pd.DataFrame:
    """One row: d ln load / d ln resolution, d ln time / d ln load with its interval, and their product.

    The first is the mean over the baseline's runs of the rule of voice at each run's means; the second is from the runs of
    `feedback_jobs`, the difference of ln resolution_time over that of ln cases, pair by pair.
    """
    voice = float(
        np.mean([s.facts["voice_elasticity"] for run, s in zip(assignment.runs, of_study, strict=True) if run.scenario == BASELINE])
    )  # fmt: skip
    less, more = np.split(np.log([_time_and_load(summary) for summary in small]), 2)
    (time, load) = (more - less).T
    slopes = (time / np.where(load > 0.0, load, np.nan))[load > 0.0]  # a pair without a case more says nothing
    mean, low, high = mean_interval(slopes[np.isfinite(slopes)])
    columns = ("load_by_resolution", "time_by_load", "low", "high", "product", "pairs")
    return pd.DataFrame([(voice, mean, low, high, voice * mean, len(slopes))], columns=list(columns))


def _time_and_load(summary: RunSummary) -> tuple[float, float]:
    """resolution_time and cases of the window; NaN without a case."""
    rows = [r for r in summary.indicators if r[:5] == ("window", "all", "all", "resolution_time", "mean")]
    return (rows[0][5], float(rows[0][6])) if rows else (np.nan, np.nan)


def print_feedback(voice: Voice, assignment: Assignment, frames: dict[str, pd.DataFrame]) -> None:
    """The largest repeat gains and the voice loop's product, with how they were come by."""
    if BASELINE not in assignment.names:
        return
    gains = repeat_gains(frames["loads"], assignment)
    rows = [
        (UNIT_TITLES[g.unit_type][0], words.number(g.pooled, 2), words.number(g.largest, 2), words.number(g.designed, 2), _remark(g))
        for g in gains[:5]
    ]  # fmt: skip
    voice.table(
        "Repeat gain g_rep = chase hours / (capacity - other work hours), the five largest types of unit",
        ("unit type", "all runs", "largest unit in a run", "as the street's file asks", ""),
        rows,
        "As asked: at the file's target utilisation and the share of chases in all work. Above 0.5 chases feed on themselves.",
    )
    if "voice_loop" in frames:
        voice.result(loop_sentence(frames["voice_loop"].iloc[0]))


def gain_sentence(gains: Sequence[Gain]) -> str:
    """The largest repeat gain in one line."""
    return (
        f"Largest repeat gain of the baseline: {gains[0].pooled:.2f} ({UNIT_TITLES[gains[0].unit_type][0].lower()}); above "
        f"{LARGEST_GAIN} chases would feed on themselves."
    )


def _remark(gain: Gain) -> str:
    if gain.pooled > LARGEST_GAIN:
        return "above 0.5: luck, size or settings may explain it"
    return "a single unit above 0.5 in some run" if gain.largest > LARGEST_GAIN else ""


def loop_sentence(row: pd.Series) -> str:
    """The voice loop in one line."""
    interval = "" if np.isnan(row["low"]) else f" ({words.number(row['low'], 1)} to {words.number(row['high'], 1)})"
    state = "below 1: stable" if row["product"] < 1.0 else "not below 1: what is gained brings more than it bears"
    return (
        f"Voice loop: 1% more settled brings {words.number(row['load_by_resolution'], 2)}% more cases (rule of voice at the runs' mean "
        f"hope and trust, both in proportion), 1% more cases {words.number(row['time_by_load'], 1)}%{interval} more time "
        f"({int(row['pairs'])} paired small runs, demand 5% less and more); product {words.number(row['product'], 2)}, {state}"
    )
