"""The five plots of a comparison: each takes frames of a study and returns a matplotlib Figure.

Drawn to be read in ten seconds: one message a plot, units on every axis, uncertainty shown, and a caption
that says how to read it, from how many seeds, and which code made it. Colours are those of Okabe and Ito,
which readers with colour-blindness can tell apart. Only the modules named `plots*` load matplotlib, and no
module that batch workers import loads them.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments import comparison, words
from experiments.plots_breakdown import gains_plot, steps_plot
from experiments.plots_style import BETTER_TINT, GREY, Setting, estimate_dot, finish, styled, wrap
from model.indicator_definitions import HEADLINES

__all__ = ["Setting", "difference_plot", "duration_plot", "gains_plot", "steps_plot", "weekly_plot"]

BANDS_AT_MOST = 3
NUMBER_GROUND = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6}


@styled
def difference_plot(indicators: pd.DataFrame, setting: Setting, names: tuple[str, ...] = HEADLINES) -> Figure:
    """Paired differences with 95% intervals, one panel an indicator in its own unit, scenarios as rows."""
    rows = comparison.main_values(comparison.margin(indicators, street=setting.street))
    rows = rows.loc[rows["indicator"].isin(names)]
    table = comparison.paired_table(rows, setting.baseline, setting.scenarios, ["indicator"])
    present = [name for name in names if name in set(table["indicator"])]
    scenarios = list(dict.fromkeys(table["scenario"]))
    columns = min(4, len(present) + 1)
    lines = math.ceil((len(present) + 1) / columns)
    figure = Figure(figsize=(11, lines * (1.45 + 0.36 * len(scenarios)) + 0.6), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).flatten()
    for place, name in enumerate(present):
        part = table.loc[table["indicator"] == name].set_index("scenario").loc[scenarios]
        _difference_panel(axes[place], part, name, setting)
        if place % columns == 0:
            labels = [wrap(setting.scenario_title(s), 16) for s in scenarios]
            axes[place].set_yticks(range(len(scenarios)), labels)
    for unused in axes[len(present) :]:
        unused.set_axis_off()
    _difference_legend(axes[len(present)], setting)
    return finish(figure, setting, "caption_differences", seeds=int(table["n"].max()))


def _difference_panel(axis: Axes, part: pd.DataFrame, indicator: str, setting: Setting) -> None:
    shown, language = words.measure(indicator), setting.words_language
    bounds = part[["difference", "low", "high"]].to_numpy(float) * shown.scale
    reach = np.nanmax(np.abs(np.where(np.isfinite(bounds), bounds, np.nan)), initial=0.0) * 1.3 or 1.0
    for row, (scenario, line) in enumerate(part.iterrows()):
        estimate_dot(axis, line, row, shown.scale, setting.colour(scenario))
        decimals = words.decimals_of(*(line[["difference", "low", "high"]].astype(float) * shown.scale))
        text = words.number(line["difference"] * shown.scale, decimals, signed=True)
        middle = np.nan_to_num(line["difference"] * shown.scale)
        middle = np.clip(middle, -0.8 * reach, 0.8 * reach)
        axis.text(middle, row - 0.2, text, ha="center", va="bottom", fontsize=9, bbox=NUMBER_GROUND)
    _tint_better(axis, shown.better, reach, len(part), words.sentence("better", language))
    axis.set(xlim=(-reach, reach), ylim=(len(part) - 0.35, -0.75), yticks=[])
    level = words.level_text(indicator, float(part["baseline"].iloc[0]), language)
    today = words.sentence("today_is", language, baseline=setting.scenario_title(setting.baseline), level=level)
    title = wrap(words.title("indicator", indicator, language), 26)
    axis.set_title(title, fontsize=10, fontweight=setting.bold, loc="left", pad=18)
    axis.text(0, 1.03, today, transform=axis.transAxes, fontsize=8.5, color=GREY)
    unit = words.unit_of_difference(indicator, language)
    axis.set_xlabel(words.sentence("change_in_unit" if unit else "change", language, unit=unit))
    axis.locator_params(axis="x", nbins=5)


def _tint_better(axis: Axes, better: int, reach: float, rows: int, text: str) -> None:
    """Shade the side of 0 that is better, and say so: no reader should have to remember the direction."""
    axis.axvline(0, color=GREY, linewidth=1)
    if better == 0:
        return
    axis.axvspan(0, better * reach * 10, color=BETTER_TINT, zorder=-2, linewidth=0)
    axis.text(better * reach * 0.97, rows - 0.4, text, ha="right" if better > 0 else "left", va="bottom",
              fontsize=8, color="#00674A", style="italic")  # fmt: skip


def _difference_legend(axis: Axes, setting: Setting) -> None:
    language = setting.words_language
    dot = {"color": GREY, "marker": "o", "linewidth": 2.2, "markersize": 7}
    handles = [
        Line2D([], [], **dot, label=wrap(words.sentence("legend_clear", language), 30)),
        Line2D([], [], **dot, markerfacecolor="white", label=wrap(words.sentence("legend_unclear", language), 30)),
        Patch(color=BETTER_TINT, label=wrap(words.sentence("legend_better_side", language), 30)),
    ]
    axis.legend(handles=handles, loc="center left", bbox_to_anchor=(-0.05, 0.5), frameon=False, fontsize=9)


@styled
def duration_plot(durations: pd.DataFrame, setting: Setting) -> Figure:
    """Share of reported cases settled within so many days: mean curve and the range of the seeds."""
    language = setting.words_language
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axis = figure.subplots()
    halves = []
    for scenario in setting.all_scenarios(durations):
        part = durations.loc[durations["scenario"] == scenario]
        curve = part.groupby("days")["share_settled"].agg(["mean", "min", "max"]) * 100
        colour = setting.colour(scenario)
        axis.fill_between(curve.index, curve["min"], curve["max"], color=colour, alpha=0.18, linewidth=0)
        median = _first_crossing(curve["mean"], 50.0)
        label = setting.scenario_title(scenario)
        if median is not None:
            halves.append((median, colour))
            label = words.sentence("half_settled", language, scenario=label, days=words.number(median, 1))
        width = 2.6 if scenario == setting.baseline else 2.2
        axis.plot(curve.index, curve["mean"], color=colour, linewidth=width, label=label)
    axis.axhline(50, color=GREY, linewidth=0.8, linestyle=":")
    for median, colour in halves:
        axis.plot([median], [50], "o", color=colour, markersize=6, zorder=4)
    axis.set(xlim=(0, durations["days"].max()), ylim=(0, 100))
    axis.set_xlabel(words.sentence("axis_days_since_report", language))
    axis.set_ylabel(words.sentence("axis_share_settled", language))
    axis.grid(axis="y", alpha=0.3)
    axis.legend(loc="lower right", frameon=False)
    return finish(figure, setting, "caption_durations", seeds=durations["seed"].nunique())


def _first_crossing(curve: pd.Series, level: float) -> float | None:
    """Where a rising curve reaches `level`, by straight lines between its points; None if it never does."""
    days, values = curve.index.to_numpy(float), curve.to_numpy(float)
    above = np.flatnonzero(values >= level)
    if len(above) == 0:
        return None
    after = int(above[0])
    if after == 0:
        return float(days[0])
    step = (level - values[after - 1]) / (values[after] - values[after - 1])
    return float(days[after - 1] + step * (days[after] - days[after - 1]))


@styled
def weekly_plot(
    indicators: pd.DataFrame, setting: Setting, names: tuple[str, ...] = ("satisfaction", "backlog")
) -> Figure:
    """Levels week by week with the range of the seeds, and below the paired change with its 95% interval."""
    weekly = {name: comparison.weekly_values(indicators, name, setting.street) for name in names}
    present = [name for name in names if not weekly[name].empty]
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    heights = [3, 2] if setting.scenarios else [3]
    axes = figure.subplots(len(heights), max(len(present), 1), squeeze=False, sharex=True, height_ratios=heights)
    for place, name in enumerate(present):
        _weekly_levels(axes[0, place], weekly[name], name, setting)
        axes[-1, place].set_xlabel(words.sentence("axis_week", setting.words_language))
        if not setting.scenarios:
            continue
        changes = comparison.weekly_differences(indicators, name, setting.baseline, setting.scenarios, setting.street)
        _weekly_changes(axes[1, place], changes, name, setting)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4), frameon=False)
    seeds = int(max((frame["seed"].nunique() for frame in weekly.values()), default=0))
    caption = "caption_weeks_many" if _crowded(setting) else "caption_weeks"
    return finish(figure, setting, caption, seeds=seeds)


def _weekly_levels(axis: Axes, rows: pd.DataFrame, indicator: str, setting: Setting) -> None:
    shown, language = words.measure(indicator), setting.words_language
    for scenario in setting.all_scenarios(rows):
        part = rows.loc[rows["scenario"] == scenario]
        band = part.groupby("week")["value"].agg(["mean", "min", "max"]) * shown.scale
        colour = setting.colour(scenario)
        if scenario == setting.baseline or not _crowded(setting):
            axis.fill_between(band.index, band["min"], band["max"], color=colour, alpha=0.1, linewidth=0)
        axis.plot(band.index, band["mean"], color=colour, label=setting.scenario_title(scenario))
    axis.set_title(words.title("indicator", indicator, language), loc="left", fontweight=setting.bold, fontsize=10.5)
    axis.set_ylabel(words.title("unit", shown.unit, language))
    _mark_window(axis, setting)


def _crowded(setting: Setting) -> bool:
    """Whether bands would lie over one another so that none can be read."""
    return len(setting.scenarios or ()) > BANDS_AT_MOST


def _weekly_changes(axis: Axes, changes: pd.DataFrame, indicator: str, setting: Setting) -> None:
    shown, language = words.measure(indicator), setting.words_language
    for scenario, part in changes.groupby("scenario", sort=False):
        colour = setting.colour(scenario)
        low, high = part["low"] * shown.scale, part["high"] * shown.scale
        axis.fill_between(part["week"], low, high, color=colour, alpha=0.22, linewidth=0)
        axis.plot(part["week"], part["difference"] * shown.scale, color=colour)
    axis.axhline(0, color=GREY, linewidth=1)
    baseline = setting.scenario_title(setting.baseline)
    unit = words.unit_of_difference(indicator, language)
    axis.set_ylabel(wrap(words.sentence("axis_change_from", language, baseline=baseline, unit=unit), 22))
    axis.set_xlim(changes["week"].min(), changes["week"].max())
    _mark_window(axis, setting)


def _mark_window(axis: Axes, setting: Setting) -> None:
    if setting.window is not None:
        axis.axvspan(setting.window[0], setting.window[1] + 1, color="#000000", alpha=0.05, linewidth=0, zorder=-2)
