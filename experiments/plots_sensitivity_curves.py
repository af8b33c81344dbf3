"""Curves of one factor at a time, with the thresholds at which a reform's effect changes sign."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments import words
from experiments.plots_sensitivity import captioned, legend_above
from experiments.plots_style import BETTER_TINT, GREY, SCENARIO_COLOURS, Setting, styled, wrap
from experiments.sensitivity_factors import Factor
from experiments.sensitivity_words import factor_title, factor_unit, quantity_unit, say, value_title

PANELS = 9
COLUMNS = 3


@styled
def curve_plot(
    curves: pd.DataFrame, setting: Setting, thresholds: pd.DataFrame, factors: Sequence[Factor], scenario: str
) -> Figure:
    """Up to nine curves of one scenario: those with a sign change first, then those that bend the outcome most."""
    rows = curves.loc[curves["scenario"] == scenario]
    changes = thresholds.loc[thresholds["scenario"] == scenario]
    shown = _most_telling(rows, changes)
    lines = math.ceil(len(shown) / COLUMNS)
    figure = Figure(figsize=(12.5, 3.0 * lines + 1.1), layout="constrained")
    axes = figure.subplots(lines, COLUMNS, squeeze=False).flatten()
    kinds = {factor.name: factor.kind for factor in factors}
    for axis, (indicator, factor) in zip(axes, shown, strict=False):
        part = rows.loc[(rows["indicator"] == indicator) & (rows["factor"] == factor)].sort_values("place")
        _curve(axis, part, kinds.get(factor, "number"), setting)
        for line in changes.loc[(changes["indicator"] == indicator) & (changes["factor"] == factor)].to_dict("records"):
            _mark(axis, line)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    legend_above(figure, _legend(rows["measure"].iloc[0] == "difference", setting))
    return captioned(figure, setting, "caption_curves", seeds=int(rows["seeds"].max()))


def _most_telling(rows: pd.DataFrame, changes: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs (indicator, factor): with a threshold first, then by how far the mean moves against its own interval."""

    def score(part: pd.DataFrame) -> float:
        width = float((part["high"] - part["low"]).mean())
        return float(np.ptp(part["mean"])) / width if width > 0.0 else 0.0

    known = rows.loc[rows["mean"].notna()]
    scores = {key: score(part) for key, part in known.groupby(["indicator", "factor"], sort=False)}
    turning = set(zip(changes["indicator"], changes["factor"], strict=True))
    return sorted(scores, key=lambda key: (key not in turning, -scores[key]))[:PANELS]


def _curve(axis: Axes, part: pd.DataFrame, kind: str, setting: Setting) -> None:
    language, first = setting.words_language, part.iloc[0]
    shown = words.measure(first["indicator"])
    place, mean, low, high = part["place"], *(part[name] * shown.scale for name in ("mean", "low", "high"))
    colour = SCENARIO_COLOURS[0]
    if kind == "category":
        axis.errorbar(place, mean, [mean - low, high - mean], fmt="o", color=colour, capsize=3)
        axis.set_xticks(place, [value_title(value, language) for value in part["value"]], fontsize=8)
    else:
        axis.fill_between(place, low, high, color=colour, alpha=0.22, linewidth=0)
        axis.plot(place, mean, "o-", color=colour, markersize=3.5, linewidth=1.6)
    if first["measure"] == "difference":
        axis.axhline(0.0, color=GREY, linewidth=1)
        bottom, top = axis.get_ylim()
        if shown.better:
            side = (0.0, max(top, 0.0)) if shown.better > 0 else (min(bottom, 0.0), 0.0)
            axis.axhspan(*side, color=BETTER_TINT, zorder=-2, linewidth=0)
        axis.set_ylim(bottom, top)
    unit = quantity_unit(first["indicator"], first["measure"], language) or "–"
    title = words.title("indicator", first["indicator"], language)
    title = title[0].lower() + title[1:] if first["measure"] == "difference" else title
    label = say(f"axis_curve_{first['measure']}", language, indicator=title, unit=unit)
    axis.set_ylabel(wrap(label, 34), fontsize=8.5)
    x_unit = factor_unit(first["factor"], language) if kind != "category" else ""
    label = factor_title(first["factor"], language) + (f" ({x_unit})" if x_unit else "")
    axis.set_xlabel(wrap(label, 44), fontsize=8.5)


def _mark(axis: Axes, line: dict[str, float]) -> None:
    if np.isfinite(line["threshold"]):
        axis.axvspan(line["low"], line["high"], color="black", alpha=0.06, linewidth=0, zorder=-1)
        axis.axvline(line["threshold"], color="black", linewidth=1.4)


def _legend(of_differences: bool, setting: Setting) -> list[Patch | Line2D]:
    language = setting.words_language
    handles: list[Patch | Line2D] = [Patch(color=SCENARIO_COLOURS[0], alpha=0.22, label=say("legend_band", language))]
    if of_differences:
        handles += [
            Line2D([], [], color="black", linewidth=1.4, label=say("legend_threshold", language)),
            Patch(color=BETTER_TINT, label=say("legend_better", language)),
        ]
    return handles
