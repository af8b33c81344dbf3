"""How the plots look: colours, fonts, captions, and saving them as SVG with text kept as text, and as PNG."""

from __future__ import annotations

import functools
import io
import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments import words
from experiments.whole_files import write_whole

# Okabe and Ito's palette; yellow is left out of the scenario colours, being too faint for lines on white.
SCENARIO_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
CAUSE_COLOURS = {
    "work": "#0072B2",
    "intake": "#56B4E9",
    "staff": "#D55E00",
    "batching": "#E69F00",
    "review": "#CC79A7",
    "calendar": "#999999",
    "meeting": "#009E73",
    "money": "#F0E442",
    "district": "#222222",
    "other": "#D0D0D0",
}
DARK_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#222222")
GREY = "#555555"
BETTER_TINT = "#E3F4EE"

PLAIN_TEXT = {"text.hinting": "none"}  # or text is wider in the file than where the layout was found, and is cut off
SILENT = ("Date", "Creator", "Format", "Type")  # what matplotlib writes into an SVG by itself

CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)


@dataclass(frozen=True)
class Setting:
    """What every plot must know besides its frames.

    `source` is the provenance line of the caption (code version, commit, street, residents); `titles` gives
    scenarios the names to show; `scenarios` None means all but the baseline; `window` is the first and last
    week of the headline window; `street` picks one street where the frames hold several. With more than one of `draws`
    the draws are the independent units, each with `seeds` seeds.
    """

    language: str = "en"
    source: str = ""
    baseline: str = "baseline"
    scenarios: tuple[str, ...] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    window: tuple[int, int] | None = None
    street: str | None = None
    draws: int = 1
    seeds: int = 0

    @property
    def words_language(self) -> str:
        """Language of the labels."""
        return plot_language(self.language)

    @property
    def bold(self) -> str:
        """Weight of titles: Chinese fonts often have no bold, and matplotlib complains of each it lacks."""
        return "bold" if self.words_language == "en" else "normal"

    def scenario_title(self, name: str) -> str:
        if self.words_language != self.language:
            return words.title("scenario", name, self.words_language)
        return self.titles.get(name) or words.title("scenario", name, self.language)

    def all_scenarios(self, frame: pd.DataFrame) -> list[str]:
        """The baseline and then the others, in the order in which colours are given out."""
        present = list(dict.fromkeys(frame["scenario"].astype(str)))
        others = [name for name in present if name != self.baseline]
        wanted = others if self.scenarios is None else [name for name in self.scenarios if name in present]
        return ([self.baseline] if self.baseline in present else []) + wanted

    def colour(self, scenario: str) -> str:
        if scenario == self.baseline:
            return GREY
        order = self.scenarios or ()
        place = order.index(scenario) if scenario in order else 0
        return SCENARIO_COLOURS[place % len(SCENARIO_COLOURS)]


def plot_language(language: str) -> str:
    """Language of what stands in plots: English where no font has Chinese characters, never boxes."""
    return language if language != "zh" or cjk_font() else "en"


@functools.cache
def cjk_font() -> str | None:
    """Name of an installed font with Chinese characters, or None."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    if known.isdisjoint(CJK_FONTS):
        # matplotlib keeps a list of fonts on disk, which does not know a font installed since.
        files = {font.fname for font in font_manager.fontManager.ttflist}
        for path in sorted(set(font_manager.findSystemFonts()) - files):
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):
                continue  # a broken font file is not ours to report
        known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in known), None)


def _look(language: str) -> dict[str, object]:
    families = ["DejaVu Sans", "sans-serif"]
    font = cjk_font() if language == "zh" else None
    return {
        "font.family": [families[0], font, families[1]] if font else families,
        "font.size": 9.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "svg.fonttype": "none",
        "svg.hashsalt": "jiedao",  # equal input gives an equal file
        **PLAIN_TEXT,
        "figure.facecolor": "white",
    }


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw under the project's look, whatever the caller's matplotlib settings are."""

    @functools.wraps(draw)
    def drawn(frame: pd.DataFrame, setting: Setting | None = None, *rest: object, **options: object) -> Figure:
        setting = _with_scenarios(setting or Setting(), frame)
        with matplotlib.rc_context(_look(setting.words_language)):
            figure = draw(frame, setting, *rest, **options)
            figure.draw_without_rendering()  # ticks are made at the first drawing: it must be in this look
            figure.set_layout_engine("none")  # keep the layout found; saving need not search for it again
        return figure

    return drawn


def _with_scenarios(setting: Setting, frame: pd.DataFrame) -> Setting:
    """Name the scenarios, so that each has one colour in every panel."""
    if setting.scenarios is not None:
        return setting
    present = list(dict.fromkeys(frame["scenario"].astype(str)))
    others = tuple(name for name in present if name != setting.baseline)
    return Setting(**{**setting.__dict__, "scenarios": others})


def finish(figure: Figure, setting: Setting, caption: str, seeds: int) -> Figure:
    """Put the caption below: how to read the plot, of how many seeds or draws it is, and where it comes from."""
    language = setting.words_language
    baseline = setting.scenario_title(setting.baseline)
    units = words.sentence("units_draws" if setting.draws > 1 else "units_seeds", language, seeds=setting.seeds)
    count = setting.draws if setting.draws > 1 else seeds
    lines = words.sentence(caption, language, seeds=count, units=units, baseline=baseline)
    if setting.source:
        lines += " " + words.sentence("caption_source", language, source=setting.source)
    figure.get_layout_engine().set(w_pad=0.1)  # inches: SVG and PNG measure text a little differently
    width = int(figure.get_figwidth() * 14.6)
    figure.supxlabel(wrap(lines, width), fontsize=8.5, color=GREY, x=0.01, ha="left")
    return figure


def display_width(text: str) -> int:
    """Width in Latin letters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrap(text: str, width: int) -> str:
    """Break text into lines of `width` Latin letters; Chinese may break between any two characters."""
    if display_width(text) == len(text):
        return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))
    return "\n".join(_wrap_wide(text, width))


def wrap_whole(text: str, width: int, lines: int) -> str:
    """The text wrapped, or nothing if it does not fit whole: half a label says something else."""
    parts = wrap(text, max(width, 1)).split("\n")
    fits = len(parts) <= lines and all(display_width(part) <= width for part in parts)
    return "\n".join(parts) if fits else ""


def _wrap_wide(text: str, width: int) -> list[str]:
    closing = "，。；：、）》”"
    parts, line = [], ""
    for piece in re.findall(r"[\x21-\x7e–−]+\s?|.", text):  # a Latin word stays whole
        if line and display_width(line + piece) > width and piece not in closing:
            opening = line[-1] if line[-1] in "（《“" else ""  # a bracket stays with what it opens
            parts.append(line.removesuffix(opening).rstrip())
            line = opening
        line += piece
    return [*parts, line]


def estimate_dot(axis: Axes, line: pd.Series, y: float, scale: float, colour: str, size: float = 6) -> None:
    """An estimate with its interval; hollow if the interval holds 0 or there is none."""
    clear = line["verdict"] in ("better", "worse", "higher", "lower")
    low, high = line["low"] * scale, line["high"] * scale
    if np.isfinite(low) and np.isfinite(high):
        axis.plot([low, high], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt")
    face = colour if clear else "white"
    axis.plot([line["difference"] * scale], [y], "o", color=colour, markerfacecolor=face, markersize=size, zorder=3)


@dataclass(frozen=True)
class Picture:
    """A figure drawn once in both formats."""

    svg: bytes
    png: bytes

    def inline(self, name: str) -> str:
        """The `<svg>` element for a page that holds several: its ids begin with `name`."""
        text = self.svg.decode("utf-8")
        text = text[text.index("<svg") :]
        text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
        text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
        return re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.svg and `name`.png into `folder`, each whole or not at all; OSError if it cannot."""
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{name}.svg", self.svg)
        write_whole(folder / f"{name}.png", self.png)


def picture(figure: Figure, title: str) -> Picture:
    """Draw a figure as SVG with its text kept as text, and as PNG at 150 dots an inch."""
    svg, png = io.BytesIO(), io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "jiedao", **PLAIN_TEXT}):
        figure.savefig(svg, format="svg", metadata={"Title": title, **dict.fromkeys(SILENT)})
        figure.savefig(png, format="png", dpi=150, metadata={"Title": title})
    return Picture(svg.getvalue(), png.getvalue())
