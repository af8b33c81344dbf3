"""What removing layers ought to save by the baseline's books, beside what it saves in the simulation.

The log of a run cuts the time between report and settlement of each case into steps without remainder. For the cases
settled in both arms by the same channel, the books predict the change: minus the hours that the removed layers and the
clearing up of what they garbled take in the baseline, plus the hours that the command office takes. The simulated change
less the predicted one is what the layers do elsewhere: queues that get shorter or longer, doors that close, chases.

Adaptation is off by default, so that staff, voice and willingness are the same in both arms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.comparison import mean_interval, variance_ratio
from model import draws
from model.codes import (
    APP,
    FINISHED,
    GATE_OUT,
    HANDED_OVER,
    HOUR,
    JOINED,
    LEFT_QUEUE,
    NEVER,
    QUEUED,
    REOPENED,
    REPORTED,
    RETURNED,
    STARTED,
    TURNED_AWAY,
)
from model.codes import CLOSED as CLOSED_EVENT
from model.configuration import Configuration, Value
from model.indicators import summarise
from model.run import Outcome, simulate
from model.stages import COMMAND_OFFICE, GATE_NAMES, LAYER_NAMES, REVIEW, STAGE_NAMES, TAKE_UP
from scenarios import load

LEVER = "flatten_layers"
ROLLED_OUT = 13  # weeks until all grids are under the command office and their cases have left the layers
WINDOW_WEEKS = 26
REMOVED = LAYER_NAMES[:COMMAND_OFFICE]
GARBLING = "clearing_up"
_STEPS = (REPORTED, QUEUED, STARTED, FINISHED, HANDED_OVER, RETURNED, GATE_OUT, JOINED, LEFT_QUEUE, TURNED_AWAY,
          CLOSED_EVENT, REOPENED)  # fmt: skip


@dataclass(frozen=True)
class Books:
    """The settled cases of the window and where their time went. Steps and cases refer to each other by index."""

    cases: np.ndarray  # REQUEST records, sorted by name
    case: np.ndarray  # (segments,) row of the case in `cases`
    step: np.ndarray  # (segments,) index into `steps`
    hours: np.ndarray  # (segments,) clock hours
    steps: tuple[str, ...]

    def mean_hours(self, chosen: np.ndarray) -> dict[str, float]:
        """Mean hours a case by step, over the cases whose rows are `chosen` (bool)."""
        inside = chosen[self.case]
        sums = np.bincount(self.step[inside], self.hours[inside], len(self.steps))
        return {step: float(total) / chosen.sum() for step, total in zip(self.steps, sums, strict=True)}


def books(outcome: Outcome) -> Books:
    """Where the time of each settled case of the window went, from the log. The steps of a case add up to its duration.

    Steps are stages, `STAGE_wait` and `before_STAGE` (a delay or a gate), and, as wholes, each layer (batch, wait, review) and
    `clearing_up` (from a case's return to the layer below until the unit has it again). Raises ValueError without a log.
    """
    if not len(outcome.log):
        raise ValueError("layer accounts are kept from the log: simulate(..., log=True)")
    q = outcome.cases
    tau = int(outcome.world.clock["tau"][0])
    settled = q["in_cohort"] & (q["settled"] < NEVER) & ~q["gave_up"] & (q["settled"] - q["reported"] <= tau)
    cases = np.sort(q[settled], order="name")
    log = outcome.log[np.isin(outcome.log["name"], cases["name"]) & np.isin(outcome.log["event"], _STEPS)]
    log = log[np.argsort(log["name"], kind="stable")]
    case = np.searchsorted(cases["name"], log["name"])
    inside = (log["time"] >= cases["reported"][case]) & (log["time"] <= cases["settled"][case])
    log, case = log[inside], case[inside]
    first = np.r_[True, case[1:] != case[:-1]]
    hours = np.where(first, 0, np.diff(log["time"], prepend=log["time"][:1])) / HOUR
    labels = _labels(log)
    came_in = np.r_[False, np.isin(log["event"][:-1], (REPORTED, TURNED_AWAY))] & (log["event"] == QUEUED) & ~first
    by_wire = np.flatnonzero(came_in & (cases["channel"][case] <= APP))
    intake = np.minimum([_intake_hours(outcome, cases[case[i]]) for i in by_wire], hours[by_wire])
    hours[by_wire] -= intake
    steps, step = np.unique(np.r_[labels, np.full(len(by_wire), "city_intake")], return_inverse=True)
    return Books(cases, np.r_[case, case[by_wire]], step, np.r_[hours, intake], tuple(steps.tolist()))


def _labels(log: np.ndarray) -> np.ndarray:
    """What the time up to each row was spent on."""
    event, stage = log["event"], np.array(STAGE_NAMES)[np.clip(log["reason"], 0, len(STAGE_NAMES) - 1)]
    labels = np.full(len(log), "closed_unsettled", dtype="<U40")
    for code, prefix, suffix in ((QUEUED, "before_", ""), (STARTED, "", "_wait"), (FINISHED, "", "")):
        some = event == code
        labels[some] = np.char.add(np.char.add(prefix, stage[some]), suffix)
    labels[event == GATE_OUT] = np.array(GATE_NAMES)[log["unit"][event == GATE_OUT]]
    labels[event == JOINED] = "joint_work"
    layer_left = np.flatnonzero((event == HANDED_OVER) & (log["reason"] <= COMMAND_OFFICE))
    reviewing = np.flatnonzero(np.isin(event, (QUEUED, STARTED, FINISHED)) & (log["reason"] == REVIEW))
    which = log["reason"][layer_left[np.searchsorted(layer_left, reviewing)]] if len(reviewing) else reviewing
    labels[reviewing] = np.array(LAYER_NAMES)[which]
    taken_up = np.flatnonzero((event == FINISHED) & (log["reason"] == TAKE_UP))
    for sent_back in np.flatnonzero((event == RETURNED) & (log["reason"] == 0)):
        labels[sent_back + 1 : taken_up[np.searchsorted(taken_up, sent_back)] + 1] = GARBLING
    return labels


def _intake_hours(outcome: Outcome, case: np.void) -> float:
    """What the city's operators took before they passed the order on: the draw that the model made."""
    u = draws.uniform(outcome.seed, draws.APPROVAL, int(case["name"]), 100 + int(case["turned_away"]))
    return draws.exponential(u, float(outcome.configuration.values["hotline_delay_hours"]))


def layer_account(
    street: str = "typical",
    seeds: Iterable[int] = range(1, 6),
    residents: int | None = 20_000,
    settings: Mapping[str, Value] | None = None,
    adaptation: bool = False,
) -> pd.DataFrame:
    """Mean hours a case by step with all layers and without, over the cases settled in both arms by the same channel.

    Columns: street, seed, step, baseline, flat (hours), cases. The lever acts in full when the window of 26 weeks begins;
    nobody loses time by getting used to it unless `settings` say so. Raises JiedaoError for what `load` refuses.
    """
    settings = {"adaptation_dip": 0.0, "community_mediation_loss": 0.0} | dict(settings or {})
    arms = {name: _configuration(expression, street, residents, settings) for name, expression in _ARMS.items()}
    rows = []
    for seed in seeds:
        kept = {name: books(_run(arm, seed, adaptation, log=True)) for name, arm in arms.items()}
        both = _settled_in_both(kept["baseline"].cases, kept["flat"].cases)
        means = {name: kept[name].mean_hours(np.isin(kept[name].cases["name"], both)) for name in _ARMS}
        for step in sorted(set(means["baseline"]) | set(means["flat"])):
            hours = {name: means[name].get(step, 0.0) for name in _ARMS}
            rows.append({"street": street, "seed": seed, "step": step, **hours, "cases": len(both)})
    return pd.DataFrame(rows)


_ARMS = {"baseline": "baseline", "flat": LEVER}


def _configuration(expression: str, street: str, residents: int | None, settings: Mapping[str, Value]) -> Configuration:
    return load(expression, street, residents, ROLLED_OUT + WINDOW_WEEKS, settings)


def _run(configuration: Configuration, seed: int, adaptation: bool, log: bool = False) -> Outcome:
    window = (ROLLED_OUT, ROLLED_OUT + WINDOW_WEEKS - 1)
    return simulate(configuration, seed, log=log, window=window, adaptation=adaptation)


def _settled_in_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Names of the cases of both arms that came by the same channel."""
    names, at_one, at_other = np.intersect1d(one["name"], other["name"], assume_unique=True, return_indices=True)
    return names[one["channel"][at_one] == other["channel"][at_other]]


def balance(account: pd.DataFrame) -> pd.DataFrame:
    """One row a street: hours a case that the books predict, that the simulation shows, and the gap between them.

    Columns: scenario, street, each removed layer and `layers` (hours in the baseline), command_office (hours in the flat arm),
    clearing_up (change), predicted = command_office - layers + clearing_up, simulated, gap = simulated - predicted with
    its 95% interval over seeds (gap_low, gap_high), ratio = simulated / predicted, seeds, cases.
    """
    streets = account.groupby("street", sort=False)
    return pd.DataFrame([{"scenario": LEVER, "street": street, **_balance(rows)} for street, rows in streets])


def _balance(account: pd.DataFrame) -> dict[str, float | int]:
    baseline = account.pivot_table(index="seed", columns="step", values="baseline", fill_value=0.0)
    flat = account.pivot_table(index="seed", columns="step", values="flat", fill_value=0.0)
    for step in (*LAYER_NAMES, GARBLING):
        if step not in baseline:
            baseline[step], flat[step] = 0.0, 0.0
    layers = baseline[[*LAYER_NAMES]].sum(axis=1)
    garbling = flat[GARBLING] - baseline[GARBLING]
    predicted = flat[[*LAYER_NAMES]].sum(axis=1) - layers + garbling
    simulated = flat.sum(axis=1) - baseline.sum(axis=1)
    gap, low, high = mean_interval((simulated - predicted).to_numpy())
    return {
        **{layer: float(baseline[layer].mean()) for layer in REMOVED},
        "layers": float(layers.mean()),
        "command_office": float(flat["command_office"].mean()),
        GARBLING: float(garbling.mean()),
        "predicted": float(predicted.mean()),
        "simulated": float(simulated.mean()),
        "gap": gap,
        "gap_low": low,
        "gap_high": high,
        "ratio": float(simulated.mean() / predicted.mean()) if predicted.mean() else np.nan,
        "seeds": len(baseline),
        "cases": int(account.groupby("seed")["cases"].first().sum()),
    }


def where_the_gap_is(account: pd.DataFrame, at_least_hours: float = 0.05) -> pd.DataFrame:
    """Mean change by step outside layers and clearing up, largest first: the gap, step by step, with intervals over seeds."""
    rest = account[~account["step"].isin((*LAYER_NAMES, GARBLING))]
    rows = []
    for (street, step), some in rest.groupby(["street", "step"], sort=False):
        change, low, high = mean_interval((some["flat"] - some["baseline"]).to_numpy())
        if abs(change) >= at_least_hours:
            rows.append({"street": street, "step": step, "change": change, "low": low, "high": high})
    table = pd.DataFrame(rows, columns=["street", "step", "change", "low", "high"])
    return table.sort_values("change", key=abs, ascending=False, ignore_index=True)


def command_office_map(
    posts_shares: Iterable[float],
    demand_factors: Iterable[float],
    street: str = "typical",
    seeds: Iterable[int] = range(1, 6),
    residents: int | None = 10_000,
    settings: Mapping[str, Value] | None = None,
    adaptation: bool = True,
) -> pd.DataFrame:
    """What flattening does to resolution time by the posts that move to the command office and by the load of the street.

    One row a pair of `posts_share` and `demand_factor` (with `scenario`): mean change of resolution time in hours (restricted
    at 90 days, over the needs reported in both arms), its 95% interval over seeds (low, high), `sign` ("shorter", "longer",
    "unclear") and the number of seeds. Raises JiedaoError for what `load` refuses.
    """
    seeds, posts_shares = tuple(seeds), tuple(posts_shares)
    rows = []
    for demand in demand_factors:
        here = dict(settings or {}) | {"demand_factor": demand}
        before = _cases_by_seed(_configuration("baseline", street, residents, here), seeds, adaptation)
        for share in posts_shares:
            there = here | {"command_office_posts_share": share}
            after = _cases_by_seed(_configuration(LEVER, street, residents, there), seeds, adaptation)
            changes = [change_of_same_needs(a, b) for a, b in zip(after, before, strict=True)]
            mean, low, high = mean_interval(np.array(changes))
            sign = "longer" if low > 0.0 else "shorter" if high < 0.0 else "unclear"
            rows.append({"scenario": LEVER, "posts_share": share, "demand_factor": demand, "change": mean,
                         "low": low, "high": high, "sign": sign, "seeds": len(seeds)})  # fmt: skip
    return pd.DataFrame(rows)


def _cases_by_seed(configuration: Configuration, seeds: Iterable[int], adaptation: bool) -> list[np.ndarray]:
    return [summarise(_run(configuration, seed, adaptation)).cases for seed in seeds]


def change_of_same_needs(value: np.ndarray, baseline: np.ndarray, field: str = "resolution_time") -> float:
    """Mean change of a time (hours) over the needs reported in both arms, paired by name (MODEL 10, effect ii)."""
    _, at, at_baseline = np.intersect1d(value["name"], baseline["name"], assume_unique=True, return_indices=True)
    return float((value[field][at] - baseline[field][at_baseline]).mean())


def pairing_gain(
    changed: Configuration, baseline: Configuration, seeds: Iterable[int], adaptation: bool = True
) -> dict[str, float]:
    """How many independent seeds do the work of one paired seed, for mean response and resolution time of the window."""
    fields = ("response_time", "resolution_time")
    values = {
        arm: np.array([[cases[f].mean() for f in fields] for cases in _cases_by_seed(arm_configuration, seeds, adaptation)])
        for arm, arm_configuration in (("changed", changed), ("baseline", baseline))
    }  # fmt: skip
    return {f: variance_ratio(values["changed"][:, i], values["baseline"][:, i]) for i, f in enumerate(fields)}


if __name__ == "__main__":
    from experiments.layer_text import main

    main()
