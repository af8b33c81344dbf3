"""Two plots that take an average apart: who gains and who loses, and where a case's time goes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments import comparison, words
from experiments.plots_style import (
    BETTER_TINT,
    CAUSE_COLOURS,
    DARK_COLOURS,
    GREY,
    Setting,
    estimate_dot,
    finish,
    styled,
    wrap,
    wrap_whole,
)

LABEL_FROM_SHARE = 0.04  # of the longest bar: a shorter segment has no room for its number
NUMBER_GROUND = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6}
LETTERS_ALONG_BAR = 95  # how many Latin letters fit along the longest bar


@styled
def gains_plot(indicators: pd.DataFrame, setting: Setting) -> Figure:
    """Who gains and who loses: paired changes by group of residents and by kind of need."""
    language, wanted = setting.words_language, comparison.GAIN_INDICATORS
    table = comparison.winners_and_losers(
        indicators, setting.baseline, setting.scenarios, wanted, street=setting.street
    )
    names = [name for name in wanted if name in set(table["indicator"])]
    scenarios = list(dict.fromkeys(table["scenario"]))
    members = {d: _ordered_members(table, d, scenarios[0], names[0]) for d in ("group", "kind")}
    members = {dimension: found for dimension, found in members.items() if found}
    heights = [len(found) + 0.8 for found in members.values()]
    row_inches = 0.14 + 0.13 * len(scenarios)
    figure = Figure(figsize=(11, 1.9 + sum(heights) * row_inches), layout="constrained")
    axes = figure.subplots(len(members), len(names), squeeze=False, sharex="col", height_ratios=heights)
    for line, (dimension, found) in enumerate(members.items()):
        for place, name in enumerate(names):
            part = table.loc[(table["dimension"] == dimension) & (table["indicator"] == name)]
            axis = axes[line, place]
            _gains_panel(axis, part, found, scenarios, setting)
            _halves(axis, words.better_direction(name), _reach(table, name), empty=part.empty)
            labels = [words.title(dimension, member, language) for member in found]
            axis.set_yticks(range(len(found)), labels if place == 0 else [""] * len(found))
    for place, name in enumerate(names):
        title = wrap(words.title("indicator", name, language), 34)
        axes[0, place].set_title(title, fontsize=10.5, fontweight=setting.bold, loc="left")
        unit = words.unit_of_difference(name, language)
        axes[-1, place].set_xlabel(words.sentence("change_in_unit", language, unit=unit))
    titles = {name: setting.scenario_title(name) for name in scenarios}
    handles = [Line2D([], [], color=setting.colour(s), marker="o", linewidth=2.2, label=titles[s]) for s in titles]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 4), frameon=False)
    return finish(figure, setting, "caption_gains", seeds=int(table["n"].max()))


def _ordered_members(table: pd.DataFrame, dimension: str, scenario: str, indicator: str) -> list[str]:
    """Groups or kinds from the one that gains most to the one that loses most in the first scenario."""
    part = table.loc[table["dimension"] == dimension]
    first = part.loc[(part["scenario"] == scenario) & (part["indicator"] == indicator)]
    order = first.sort_values("difference", ascending=words.better_direction(indicator) < 0)["member"]
    return list(dict.fromkeys([*order, *part["member"]]))


def _gains_panel(axis: Axes, part: pd.DataFrame, members: list[str], scenarios: list[str], setting: Setting) -> None:
    lines = part.set_index(["member", "scenario"])
    spread = 0.62 / max(len(scenarios), 1)
    for (member, scenario), line in lines.iterrows():
        y = members.index(member) + (scenarios.index(scenario) - (len(scenarios) - 1) / 2) * spread
        scale = words.measure(line["indicator"]).scale
        estimate_dot(axis, line, y, scale, setting.colour(scenario), size=5)
    if part.empty:
        note = words.sentence("not_measured_by_kind", setting.words_language)
        axis.text(0.5, 0.97, note, transform=axis.transAxes, ha="center", va="top", color=GREY, fontsize=9)
    axis.set_ylim(len(members) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", alpha=0.18)


def _reach(table: pd.DataFrame, indicator: str) -> float:
    """Half the width of an indicator's axis, in its shown unit: the widest interval of any member."""
    bounds = table.loc[table["indicator"] == indicator, ["difference", "low", "high"]].to_numpy(float)
    finite = bounds[np.isfinite(bounds)]
    return float(np.abs(finite).max(initial=0.0)) * words.measure(indicator).scale * 1.08 or 1.0


def _halves(axis: Axes, better: int, reach: float, empty: bool) -> None:
    """The zero line with the better side shaded; a panel without data is greyed instead."""
    axis.set_xlim(-reach, reach)
    if empty:
        axis.set_facecolor("#F4F4F4")
        return
    axis.axvline(0, color=GREY, linewidth=1)
    if better:
        axis.axvspan(0, better * reach, color=BETTER_TINT, zorder=-2, linewidth=0)


@styled
def steps_plot(steps: pd.DataFrame, setting: Setting, kind: str = "all") -> Figure:
    """Where a case's time goes: one stacked bar a scenario, a segment a step, coloured by what is waited for.

    At the end of a bar stand the mean total, its 95% t-interval as a whisker, and its paired change.
    """
    language = setting.words_language
    rows = steps.loc[steps["kind"] == kind] if "kind" in steps else steps
    rows = rows if "draw" in rows else rows.assign(draw=0)
    by_run = rows.groupby(["scenario", "draw", "seed"], as_index=False)["hours"].sum()
    scenarios = setting.all_scenarios(rows)
    longest = by_run.groupby("scenario")["hours"].mean().max()
    unit, scale = ("days", 1 / 24) if longest > 72 else ("hours", 1.0)
    longest, totals = longest * scale, by_run.assign(value=by_run["hours"] * scale)
    figure = Figure(figsize=(11, 2.0 + 0.95 * len(scenarios)), layout="constrained")
    axis = figure.subplots()
    axis.set(ylim=(len(scenarios) - 0.5, -0.5), xlim=(0, longest * 1.22))
    for row, scenario in enumerate(scenarios):
        part = rows.loc[rows["scenario"] == scenario]
        runs = len(part[["draw", "seed"]].drop_duplicates())
        times = part.groupby(["step", "cause"])["hours"].sum() * scale / runs
        _stacked_bar(axis, times, row, longest, language)
        _bar_end(axis, totals, scenario, row, unit, setting)
    axis.set_yticks(range(len(scenarios)), [wrap(setting.scenario_title(s), 18) for s in scenarios])
    axis.set_xlabel(words.sentence("axis_mean_time", language, unit=words.title("unit", unit, language)))
    causes = [cause for cause in CAUSE_COLOURS if cause in set(rows["cause"])]
    handles = [Patch(color=CAUSE_COLOURS[cause], label=words.title("cause", cause, language)) for cause in causes]
    figure.legend(handles=handles, loc="outside upper center", ncols=5, frameon=False)
    return finish(figure, setting, "caption_steps", seeds=totals["seed"].nunique())


def _stacked_bar(axis: Axes, times: pd.Series, row: int, longest: float, language: str) -> None:
    """Segments ordered by cause and then name, alike in every bar; words and numbers where there is room."""
    causes = list(CAUSE_COLOURS)
    frame = times.rename("time").reset_index()
    frame["rank"] = [causes.index(cause) if cause in causes else len(causes) for cause in frame["cause"]]
    start = 0.0
    for line in frame.sort_values(["rank", "step"]).itertuples():
        colour = CAUSE_COLOURS.get(line.cause, CAUSE_COLOURS["other"])
        axis.barh(row, line.time, left=start, height=0.7, color=colour, edgecolor="white", linewidth=0.8)
        share = line.time / longest
        if share > LABEL_FROM_SHARE:
            name = wrap_whole(words.title("step", line.step, language), int(share * LETTERS_ALONG_BAR), lines=3)
            label = f"{name}\n{words.number(line.time, 2)}".lstrip()
            ink = "white" if colour in DARK_COLOURS else "black"
            middle = start + line.time / 2
            axis.text(middle, row, label, ha="center", va="center", fontsize=8, color=ink, linespacing=1.05)
        start += line.time


def _bar_end(axis: Axes, totals: pd.DataFrame, scenario: str, row: int, unit: str, setting: Setting) -> None:
    """The total with its whisker and, except for the baseline, its paired change in smaller print."""
    language = setting.words_language
    part = totals.loc[totals["scenario"] == scenario]
    mean, low, high = comparison.mean_interval(comparison.independent_values(part))
    if np.isfinite(low):
        axis.plot([low, high], [row, row], color="black", linewidth=1.4, marker="|", markersize=7)
    text = words.with_unit(words.number(mean, 2), words.title("unit", unit, language), language)
    # A whisker that leaves the plot does not take the numbers with it.
    limit = axis.get_xlim()[1]
    end = max(mean, min(np.nan_to_num(high), 0.84 * limit)) + 0.012 * limit
    axis.text(end, row - 0.02, text, va="bottom", fontweight=setting.bold, bbox=NUMBER_GROUND)
    if scenario == setting.baseline or setting.baseline not in set(totals["scenario"]):
        return
    by_step = totals.assign(step="total")
    line = comparison.paired_table(by_step, setting.baseline, [scenario], ["step"], better=-1).iloc[0]
    bounds = [float(line[name]) for name in ("difference", "low", "high")]
    numbers = [words.end_text(value, words.decimals_of(*bounds), signed=True) for value in bounds]
    if np.isfinite(bounds[1]):
        numbers[0] += f" ({words.sentence('range', language, low=numbers[1], high=numbers[2])})"
    axis.text(end, row + 0.04, numbers[0], va="top", fontsize=8, bbox=NUMBER_GROUND)
