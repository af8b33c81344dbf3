"""Two plots about layers: where the command office makes things faster or slower, and whether the books predicted it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments import words
from experiments.plots_style import GREY, SCENARIO_COLOURS, Setting, styled, wrap


@styled
def sign_map(table: pd.DataFrame, setting: Setting) -> Figure:
    """A frame of `command_office_map` as a map: colour and number are the change, the line is where its sign changes."""
    language = setting.words_language
    cells = table.pivot(index="demand_factor", columns="posts_share", values="change")
    clear = table.pivot(index="demand_factor", columns="posts_share", values="sign").to_numpy() != "unclear"
    figure = Figure(figsize=(8.5, 2.1 + 0.62 * len(cells)), layout="constrained")
    axis = figure.subplots()
    _draw_cells(axis, cells.to_numpy(), clear)
    axis.set_xticks(range(cells.shape[1]), [f"{share:.0%}" for share in cells.columns])
    axis.set_yticks(range(cells.shape[0]), [f"{demand:g}" for demand in cells.index])
    axis.set(xlabel=words.sentence("layers_map_x", language), ylabel=words.sentence("layers_map_y", language))
    axis.set_title(words.sentence("layers_map_title", language), loc="left", fontweight=setting.bold)
    _caption(figure, words.sentence("layers_map_caption", language, seeds=int(table["seeds"].max())))
    return figure


def _draw_cells(axis: Axes, change: np.ndarray, clear: np.ndarray) -> None:
    reach = max(float(np.nanmax(np.abs(change))), 1e-9)
    shown = np.sign(change) * np.sqrt(np.abs(change) / reach)  # a full queue's hundreds of hours must not hide the tens
    colours = LinearSegmentedColormap.from_list("sign", [SCENARIO_COLOURS[0], "white", SCENARIO_COLOURS[1]])
    axis.imshow(
        shown, cmap=colours, vmin=-1.0, vmax=1.0, alpha=np.where(clear, 1.0, 0.35), aspect="auto", origin="lower"
    )
    if change.min() < 0.0 < change.max() and min(change.shape) > 1:
        axis.contour(shown, levels=[0.0], colors="black", linewidths=1.6)
    for (row, column), value in np.ndenumerate(change):
        text = words.number(value, 0 if abs(value) >= 10.0 else 1, signed=True) + ("" if clear[row, column] else " ?")
        dark = abs(shown[row, column]) > 0.75 and clear[row, column]
        axis.text(column, row, text, ha="center", va="center", color="white" if dark else "black")


@styled
def balance_plot(table: pd.DataFrame, setting: Setting) -> Figure:
    """A frame of `balance`: predicted and simulated change for each street, with the interval of the gap."""
    language, colour = setting.words_language, SCENARIO_COLOURS[0]
    figure = Figure(figsize=(8.5, 2.0 + 0.55 * len(table)), layout="constrained")
    axis = figure.subplots()
    for row, street in enumerate(table.itertuples()):
        fifth = 0.2 * abs(street.predicted)
        axis.barh(row, 2.0 * fifth, 0.6, left=street.predicted - fifth, color="#E4E4E4")
        axis.plot([street.predicted + street.gap_low, street.predicted + street.gap_high], [row, row], color=colour)
        axis.plot(street.simulated, row, "o", color=colour)
        axis.plot(street.predicted, row, "|", color="black", markersize=18)
    axis.axvline(0.0, color=GREY, linewidth=1)
    axis.set_yticks(range(len(table)), [words.title("street", name, language) for name in table["street"]])
    axis.invert_yaxis()
    axis.set_xlabel(words.sentence("layers_balance_x", language))
    axis.set_title(words.sentence("layers_balance_title", language), loc="left", fontweight=setting.bold)
    handles = [
        Line2D(
            [],
            [],
            color="black",
            marker="|",
            linestyle="",
            markersize=14,
            label=words.sentence("layers_predicted", language),
        ),
        Line2D([], [], color=colour, marker="o", label=words.sentence("layers_simulated", language)),
    ]
    axis.legend(handles=handles, frameon=False, loc="best")
    _caption(figure, words.sentence("layers_balance_caption", language))
    return figure


def _caption(figure: Figure, text: str) -> None:
    figure.supxlabel(wrap(text, int(figure.get_figwidth() * 14.0)), fontsize=8.5, color=GREY, x=0.01, ha="left")
