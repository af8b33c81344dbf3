"""The report of a sensitivity study: one self-contained page in English or Chinese, made from the numbers in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments import sensitivity_report_tables as tables
from experiments import words
from experiments.plots_sensitivity import bar_plot, interaction_plot, scatter_plot
from experiments.plots_sensitivity_curves import curve_plot
from experiments.plots_style import Picture, cjk_font, picture
from experiments.report_page import write_page
from experiments.report_tables import numbers_text
from experiments.sensitivity_factors import judged_names
from experiments.sensitivity_folder import read_folder
from experiments.sensitivity_teller import Teller, answer
from experiments.sensitivity_words import factor_title, threshold_sentence
from experiments.words_sentences import ALWAYS_LIMITS

DUMMY_AT_MOST = 0.02
GAP_AT_MOST = 0.05


def write_report(folder: Path | str, language: str = "en") -> Path:
    """Write `report.html` (in Chinese `report.zh.html`) and its plots into the folder of a finished study; returns its path.

    Raises InputFileError for a folder of something else or one that cannot be written, UnknownNameError for a language other
    than en and zh.
    """
    words.column(language)
    stored = read_folder(Path(folder))
    teller = Teller(stored, language)
    titles, figures = _draw(teller)
    pictures = {name: picture(figure, titles[name]) for name, figure in figures.items()}
    return write_page(stored.folder, "sensitivity.html", _content(teller, titles, pictures), teller.say, pictures)


def _draw(teller: Teller) -> tuple[dict[str, str], dict[str, Figure]]:
    """Titles and plots by name: for each scenario bars, Morris's plane or the map, and curves."""
    stored, setting = teller.stored, teller.setting
    titles: dict[str, str] = {}
    figures: dict[str, Figure] = {}
    for number, name in enumerate(teller.scenarios):
        measure = "difference" if number else "level"
        what = teller.say("differences_by" if number else "levels_under", scenario=teller.scenario(name))
        index = "total" if teller.method == "sobol" else "mu_star"
        rows = stored.indices.loc[(stored.indices["scenario"] == name) & stored.indices[index].notna()]
        told = stored.overview.loc[(stored.overview["scenario"] == name) & (stored.overview["note"] != "")]
        notes = dict(zip(told["indicator"], told["note"], strict=True))
        if rows.empty:
            continue
        titles[f"bars_{name}"] = what
        figures[f"bars_{name}"] = bar_plot(stored.indices, setting, name, measure, notes)
        if teller.method == "morris":
            titles[f"scatter_{name}"] = teller.say("h_scatter", what=teller.scenario(name))
            figures[f"scatter_{name}"] = scatter_plot(stored.indices, setting, name, measure, notes)
        if stored.interactions is not None:
            titles[f"map_{name}"] = teller.say("h_map", what=teller.scenario(name))
            figures[f"map_{name}"] = interaction_plot(
                stored.interactions, setting, stored.indices, name, measure, notes
            )
        if not stored.curves.empty and stored.curves.loc[stored.curves["scenario"] == name, "mean"].notna().any():
            titles[f"curves_{name}"] = teller.say("h_curves", what=teller.scenario(name))
            figures[f"curves_{name}"] = curve_plot(
                stored.curves, teller.curve_setting, stored.thresholds, teller.factors, name
            )
    clean = {name: name.replace("+", "_").replace("/", "_") for name in figures}
    return {clean[n]: t for n, t in titles.items()}, {clean[n]: f for n, f in figures.items()}


def _content(teller: Teller, titles: Mapping[str, str], pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """Everything that the template shows."""
    overview = teller.stored.overview.to_dict("records")
    return {
        "language": teller.language,
        "method": teller.method,
        "title": teller.say("title"),
        "subtitle": _subtitle(teller),
        "warnings": _warnings(teller),
        "answer": answer(teller, overview),
        "figures": [(titles[name], Markup(drawn.inline(name))) for name, drawn in pictures.items()],
        "quality": [
            (tables.quality_heading(teller, name, overview), tables.quality_rows(teller, name, overview))
            for name in teller.scenarios
        ],
        "without_weight": tables.without_weight_rows(teller),
        "indices": [row for line in overview for row in tables.index_rows(teller, line)],
        "by_value": tables.by_value_rows(teller),
        "members": [row for line in overview for row in tables.member_rows(teller, line)],
        "failures": tables.failure_rows(teller),
        "factors": [tables.factor_row(teller, factor) for factor in teller.factors],
        "thresholds": _thresholds(teller),
        "provenance": _provenance(teller),
        "limits": _limits(teller),
        "sources": [teller.say("source_sobol" if teller.method == "sobol" else "source_morris")],
    }


def _subtitle(teller: Teller) -> str:
    found = teller.manifest
    judged = len(judged_names(teller.factors))
    return teller.say(
        "subtitle",
        judged=teller.say("judged_as", n=judged) if judged < len(teller.factors) else "",
        method=teller.say(f"method_{teller.method}"),
        factors=len(teller.factors),
        scenarios=words.listing([teller.scenario(name) for name in teller.scenarios], teller.language),
        street=words.title("street", found["street"], teller.language),
        residents=words.number(found["residents"], 0),
        window=f"{found['window'][0]}–{found['window'][1]}",
        seeds=len(found["seeds"]),
    )


def _warnings(teller: Teller) -> list[str]:
    stored, found = teller.stored, teller.manifest
    said = []
    if found.get("quick"):
        said.append(teller.say("warn_quick"))
    if found.get("dirty") is True:
        said.append(teller.say("warn_dirty"))
    if not stored.failures.empty:
        first = stored.failures.iloc[0]
        named = f"{first['scenario']} {first['indicator']}, seed {first['seed']}: {first['reason']}"
        said.append(teller.say("warn_failed", n=words.number(len(stored.failures), 0), first=named))
    told = stored.overview.loc[stored.overview["note"] == ""]
    if "dummy" in told and told["dummy"].max() > DUMMY_AT_MOST:
        said.append(teller.say("warn_dummy", dummy=words.number(float(told["dummy"].max()), 2)))
    if "block_gap" in told and told["block_gap"].max() > GAP_AT_MOST:
        widest = told.loc[told["block_gap"].idxmax()]
        gap = words.estimate(float(widest["block_gap"]), float(widest.get("block_gap_half", np.nan)))
        both = words.number(found.get("second_block", found["n"]), 0)
        said.append(teller.say("warn_gap", gap=gap, both=both))
    if found.get("half_width_reached") is False:
        said.append(teller.say("warn_half_width", wanted=words.number(found["half_width"], 2)))
    if teller.language == "zh" and cjk_font() is None:
        said.append(teller.say("no_cjk_font"))
    return said


def _thresholds(teller: Teller) -> list[str]:
    if len(teller.scenarios) < 2 or teller.stored.curves.empty:
        return []
    lines = [
        threshold_sentence(line, teller.factors, teller.language, teller.scenario(line["scenario"]))
        for line in teller.stored.thresholds.to_dict("records")
    ]
    return lines or [teller.say("answer_no_sign")]


def _provenance(teller: Teller) -> list[tuple[str, str]]:
    found = teller.manifest
    half = len(found["seeds"]) // 2
    commit = f"{found.get('commit', '?')}" + (f" ({teller.say('made_modified')})" if found.get("dirty") is True else "")
    design = teller.say(
        "made_design_text",
        method=teller.say(f"method_{teller.method}"),
        n=words.number(found["n"], 0),
        points=words.number(found["points"], 0),
        runs=words.number(found["runs"], 0),
        sample_seed=found["sample_seed"],
        resamples=words.number(found["resamples"], 0),
    )
    each, both = found.get("seeds_per_point", half), found.get("second_block", found["n"])
    seeds_used = "made_lots_text" if each < half else "made_partly_text" if both < found["n"] else "made_blocks_text"
    blocks = teller.say(
        seeds_used,
        first=numbers_text(found["seeds"][:half]),
        second=numbers_text(found["seeds"][half:]),
        curves=numbers_text(found["curve_seeds"]),
        each=each,
        both=words.number(both, 0),
        n=words.number(found["n"], 0),
    )
    narrowed = [
        teller.say(
            "made_narrowed_text",
            start=words.number(start + 1, 0),
            listed=words.listing([factor_title(name, teller.language) for name in names], teller.language),
        )
        for start, names in found.get("narrowed", ())
    ]
    rows = [
        ("made_version", f"jiedao {found.get('version', '?')}"),
        ("made_commit", commit),
        ("made_command", str(found.get("command", "?"))),
        ("made_street", str(found["street"])),
        ("made_residents", words.number(found["residents"], 0)),
        ("made_design", design),
        *(("made_narrowed", text) for text in narrowed),
        ("made_blocks", blocks),
        ("made_time", f"{found.get('start', '?')} – {found.get('end', '?')}"),
        ("made_platform", f"{found.get('platform', '?')}, Python {found.get('python', '?')}"),
        ("made_packages", ", ".join(f"{name} {version}" for name, version in (found.get("packages") or {}).items())),
    ]
    return [(teller.say(key), value) for key, value in rows]


def _limits(teller: Teller) -> list[str]:
    own = ["limit_ranges", "limit_seeds"]
    if any(factor.group for factor in teller.factors):
        own += ["limit_group" if teller.stored.members is None else "limit_members"]
    own += ["limit_curves"] if not teller.stored.curves.empty else []
    return [teller.say(key) for key in own] + [words.title("limit", code, teller.language) for code in ALWAYS_LIMITS]
