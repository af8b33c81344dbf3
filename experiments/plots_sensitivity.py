"""Plots of sensitivity indices: bars with intervals, Morris's mu* against sigma, and the map of interactions.

Each takes frames of a sensitivity study, a setting, and which quantity is meant (a scenario and its measure); panels are the
outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments import words
from experiments.plots_style import GREY, SCENARIO_COLOURS, Setting, styled, wrap
from experiments.sensitivity_words import factor_title, say

BARS = 7
WIDEST = 1.6  # intervals may run out of the picture
LABELLED = 5
MAPPED = 6
ROLE_COLOURS = {
    "uncertainty": SCENARIO_COLOURS[0],
    "choice": SCENARIO_COLOURS[1],
    "lever": SCENARIO_COLOURS[2],
    "mixed": SCENARIO_COLOURS[3],
    "dummy": GREY,
}


@styled
def bar_plot(
    indices: pd.DataFrame, setting: Setting, scenario: str, measure: str, notes: Mapping[str, str] | None = None
) -> Figure:
    """The factors that count most for each outcome, as bars with intervals, coloured by what they are.

    `notes` by outcome are those of the overview.
    """
    rows = _of_quantity(indices, scenario, measure)
    sobol = "total" in rows
    height, low, high = ("total", "total_low", "total_high") if sobol else ("relative", "relative_low", "relative_high")
    if not sobol:
        rows = rows.assign(relative_luck=rows["luck"] / rows.groupby("indicator")["mu_star"].transform("max"))
    figure, panels = _panels(rows, columns=3, width=12.5, height=0.62 + 0.27 * BARS)
    for axis, part in panels:
        acting = part.loc[(part["role"] != "dummy") & (part[height] > 0.0)]
        part = (part if acting.empty else acting).sort_values(height, ascending=False).head(BARS)
        _bars(axis, part, height, low, high, setting)
        axis.set_xlabel(say("axis_total" if sobol else "axis_relative", setting.words_language), fontsize=8.5)
        _title(axis, part, setting, notes)
    legend_above(figure, _bar_legend(sorted(set(rows["role"]) - {"dummy"}), sobol, setting))
    return captioned(figure, setting, "caption_bars_sobol" if sobol else "caption_bars_morris")


def _bars(axis: Axes, part: pd.DataFrame, height: str, low: str, high: str, setting: Setting) -> None:
    language = setting.words_language
    for y, line in enumerate(part.to_dict("records")):
        colour = ROLE_COLOURS[line["role"]]
        first = line.get("first", np.nan)
        axis.barh(y, max(line[height], 0.0), 0.66, color=colour, alpha=0.4 if np.isfinite(first) else 0.75)
        if np.isfinite(first):
            axis.barh(y, max(first, 0.0), 0.66, color=colour)
        axis.plot([max(line[low], 0.0), line[high]], [y, y], color="black", linewidth=1.4, solid_capstyle="butt")
        if line[high] > WIDEST:
            axis.plot([0.99 * WIDEST], [y], ">", color="black", markersize=5)  # it goes on
        if "relative_luck" in line:
            luck = line["relative_luck"]
            axis.plot([min(luck, 0.985 * WIDEST)] * 2, [y - 0.33, y + 0.33], color=GREY, linewidth=2)
            if luck > WIDEST:
                axis.plot([0.99 * WIDEST], [y + 0.2], ">", color=GREY, markersize=5)  # beyond the edge
    labels = [wrap(_short(factor_title(name, language), 54), 30) for name in part["factor"]]  # two lines at most
    axis.set_yticks(range(len(part)), labels, fontsize=8)
    axis.set(xlim=(0, min(axis.get_xlim()[1], WIDEST)), ylim=(BARS - 0.4, -0.6))
    axis.grid(axis="x", alpha=0.3)


def _bar_legend(roles: list[str], sobol: bool, setting: Setting) -> list[Patch | Line2D]:
    language = setting.words_language
    handles: list[Patch | Line2D] = [
        Patch(color=ROLE_COLOURS[role], label=say(f"role_{role}", language)) for role in roles
    ]
    if sobol:
        handles += [
            Patch(color=GREY, alpha=0.4, label=say("legend_total", language)),
            Patch(color=GREY, label=say("legend_first", language)),
        ]
    else:
        handles.append(Line2D([], [], color=GREY, linewidth=2, label=say("legend_luck", language)))
    return handles


@styled
def scatter_plot(
    indices: pd.DataFrame, setting: Setting, scenario: str, measure: str, notes: Mapping[str, str] | None = None
) -> Figure:
    """Morris: mu* to the right (it matters), sigma upwards (bent, or together with others)."""
    rows = _of_quantity(indices, scenario, measure)
    figure, panels = _panels(rows, columns=3, width=12.5, height=2.9)
    for axis, part in panels:
        indicator = part["indicator"].iloc[0]
        scale, unit = words.measure(indicator).scale, words.unit_of_difference(indicator, setting.words_language)
        single = part.loc[part["sigma"].notna()]
        for role, some in single.groupby("role"):
            axis.plot(
                some["mu_star"] * scale,
                some["sigma"] * scale,
                "o",
                color=ROLE_COLOURS[role],
                markersize=4.5,
                alpha=0.75,
            )
        right = float(np.nanmax(single["mu_star"] * scale, initial=0.0)) * 2.1 or 1.0  # names need room
        top = float(np.nanmax(single["sigma"] * scale, initial=0.0)) * 1.15 or 1.0
        _label_largest(axis, single.loc[single["role"] != "dummy"], scale, (right, top), setting)
        for slope in (0.1, 0.5, 1.0):
            axis.plot([0, right], [0, slope * right], color=GREY, linewidth=0.7, linestyle=":")
        axis.set(xlim=(0, right), ylim=(-0.03 * top, top))
        axis.set_xlabel(say("axis_mu_star", setting.words_language, unit=unit or "–"), fontsize=8.5)
        axis.set_ylabel(say("axis_sigma", setting.words_language, unit=unit or "–"), fontsize=8.5)
        _title(axis, part, setting, notes)
    legend_above(figure, _scatter_legend(sorted(set(rows["role"])), setting))
    return captioned(figure, setting, "caption_scatter")


def _label_largest(axis: Axes, part: pd.DataFrame, scale: float, reach: tuple[float, float], setting: Setting) -> None:
    """Names beside the largest dots, kept apart from each other downwards from the top of the panel."""
    chosen = part.sort_values("mu_star", ascending=False).head(LABELLED).sort_values("sigma", ascending=False)
    right, top = reach
    free = 0.97 * top
    for line in chosen.to_dict("records"):
        y = min(line["sigma"] * scale, free)
        free = y - 0.075 * top
        short = _short(factor_title(line["factor"], setting.words_language), 30)
        x = line["mu_star"] * scale
        axis.plot([x, x + 0.02 * right], [line["sigma"] * scale, y], color=GREY, linewidth=0.6)
        axis.text(x + 0.025 * right, y, short, fontsize=7, va="center")


def _scatter_legend(roles: list[str], setting: Setting) -> list[Line2D]:
    names = {role: "legend_dummy" if role == "dummy" else f"role_{role}" for role in roles}
    return [
        Line2D(
            [], [], color=ROLE_COLOURS[role], marker="o", linestyle="", label=say(names[role], setting.words_language)
        )
        for role in roles
    ]


@styled
def interaction_plot(
    interactions: pd.DataFrame,
    setting: Setting,
    indices: pd.DataFrame,
    scenario: str,
    measure: str,
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """What pairs explain only together, for the factors with the largest total indices; on the diagonal each alone."""
    pairs, rows = (_of_quantity(frame, scenario, measure) for frame in (interactions, indices))
    figure, panels = _panels(rows, columns=2, width=12.5, height=3.4)
    for axis, part in panels:
        part = part.loc[(part["role"] != "dummy") & (part["total"] != 0.0)]
        part = part.sort_values("total", ascending=False).head(MAPPED)
        of_outcome = pairs.loc[pairs["indicator"] == part["indicator"].iloc[0]]
        _map(axis, part, of_outcome, setting)
        _title(axis, part, setting, notes)
    return captioned(figure, setting, "caption_map")


def _map(axis: Axes, part: pd.DataFrame, pairs: pd.DataFrame, setting: Setting) -> None:
    names = part["factor"].tolist()
    shares, clear = np.full((len(names), len(names)), np.nan), np.ones((len(names), len(names)), bool)
    for i, line in enumerate(part.to_dict("records")):
        shares[i, i], clear[i, i] = line["first"], line["first_low"] > 0.0
    for line in pairs.to_dict("records"):
        if line["factor"] in names and line["other"] in names:
            i, j = sorted((names.index(line["factor"]), names.index(line["other"])), reverse=True)
            shares[i, j], clear[i, j] = line["second"], not line["second_low"] <= 0.0 <= line["second_high"]
    colours = LinearSegmentedColormap.from_list("share", ["white", SCENARIO_COLOURS[0]])
    top = float(np.nanmax(shares, initial=0.1))
    axis.imshow(shares, cmap=colours, vmin=0.0, vmax=top, alpha=np.where(clear, 1.0, 0.3), aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        if np.isfinite(share):
            dark = clear[i, j] and share > 0.6 * top
            axis.text(
                j, i, words.number(share, 2), ha="center", va="center", fontsize=8, color="white" if dark else "black"
            )
    titles = [factor_title(name, setting.words_language) for name in names]
    axis.set_yticks(range(len(names)), [wrap(title, 30) for title in titles], fontsize=7.5)
    axis.set_xticks(range(len(names)), [wrap(title, 13) for title in titles], fontsize=6.5)
    axis.spines[:].set_visible(False)


def _of_quantity(frame: pd.DataFrame, scenario: str, measure: str) -> pd.DataFrame:
    """The rows of a quantity whose outcomes have indices."""
    rows = frame.loc[(frame["scenario"] == scenario) & (frame["measure"] == measure)]
    index = next(name for name in ("total", "mu_star", "second") if name in rows)
    return rows.loc[rows[index].notna()]


def _panels(
    rows: pd.DataFrame, columns: int, width: float, height: float
) -> tuple[Figure, Iterator[tuple[Axes, pd.DataFrame]]]:
    """A figure with a panel for each outcome, and the panels with their rows."""
    outcomes = list(dict.fromkeys(rows["indicator"]))
    lines = math.ceil(len(outcomes) / columns)
    figure = Figure(figsize=(width, lines * height + 1.1), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).flatten()
    for axis in axes[len(outcomes) :]:
        axis.set_axis_off()
    return figure, ((axes[k], rows.loc[rows["indicator"] == name]) for k, name in enumerate(outcomes))


def legend_above(figure: Figure, handles: Sequence[Patch | Line2D]) -> None:
    """One legend for all panels, in a line above them."""
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=9)


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "…"


def _title(axis: Axes, part: pd.DataFrame, setting: Setting, notes: Mapping[str, str] | None) -> None:
    """The outcome's name, and after it the note of the overview, such as that it is mostly luck."""
    indicator = part["indicator"].iloc[0]
    title = wrap(words.title("indicator", indicator, setting.words_language), 30)
    if note := (notes or {}).get(indicator):
        title += f"\n({say(f'short_{note}', setting.words_language)})"
    axis.set_title(title, loc="left", fontweight=setting.bold, fontsize=10)


def captioned(figure: Figure, setting: Setting, key: str, **fields: object) -> Figure:
    """How to read the plot, and where it comes from, below it."""
    text = say(key, setting.words_language, **fields)
    if setting.source:
        text += " " + words.sentence("caption_source", setting.words_language, source=setting.source)
    figure.get_layout_engine().set(w_pad=0.1)  # inches: SVG and PNG measure text a little differently
    width = int(figure.get_figwidth() * 14.0)
    figure.supxlabel(wrap(text, width), fontsize=8.5, color=GREY, x=0.01, ha="left")
    return figure
