"""The report of a sensitivity study: one self-contained page in English or Chinese, made from the numbers in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments import words
from experiments.plots_sensitivity import bar_plot, interaction_plot, scatter_plot
from experiments.plots_sensitivity_curves import curve_plot
from experiments.plots_style import Picture, Setting, cjk_font, picture, write_whole
from experiments.report_tables import numbers_text
from experiments.sensitivity_factors import DUMMY_NAME, factors_of_records
from experiments.sensitivity_folder import Stored, read_folder
from experiments.sensitivity_indices import KEY
from experiments.sensitivity_words import TEXTS, factor_title, factor_unit, quantity_title, say, threshold_sentence
from experiments.words_sentences import ALWAYS_LIMITS
from model.errors import InputFileError

REPORT_NAME = "report.html"
DRIVERS = 3  # factors named in a sentence
LISTED = 8  # factors in a table for each outcome
DUMMY_AT_MOST = 0.02
Row = dict[str, Any]


class _Teller:
    """Says things about one stored study in one language."""

    def __init__(self, stored: Stored, language: str) -> None:
        self.stored, self.language = stored, language
        self.manifest = stored.manifest
        self.method: str = stored.manifest["method"]
        self.scenarios: list[str] = list(stored.manifest["scenarios"])
        self.factors = factors_of_records(stored.manifest["factors"])
        titles = stored.manifest.get("titles") or {}
        known = {name: titles[name][language] for name in self.scenarios if titles.get(name, {}).get(language)}
        self.setting = Setting(
            language=language,
            source=self._source(),
            baseline=self.scenarios[0],
            scenarios=tuple(self.scenarios[1:]),
            titles=known,
        )

    def _source(self) -> str:
        found = self.manifest
        modified = " +" if found.get("dirty") is True else ""
        commit = f"{str(found.get('commit', '?'))[:10]}{modified}"
        seeds = numbers_text(found["seeds"])
        street = words.title("street", found["street"], self.language)
        return ", ".join(
            (f"jiedao {found.get('version', '?')}", commit, street, words.number(found["residents"], 0), seeds)
        )

    def say(self, key: str, **fields: object) -> str:
        """A text of ours, else one of the common table."""
        if key in TEXTS:
            return say(key, self.language, **fields)
        return words.sentence(key, self.language, baseline=self.scenario(self.scenarios[0]), **fields)

    def scenario(self, name: str) -> str:
        """A scenario's title."""
        return self.setting.titles.get(name) or words.title("scenario", name, self.language)

    def quantity(self, line: Mapping[str, Any]) -> str:
        """A quantity in words."""
        return quantity_title(self.scenario(line["scenario"]), line["measure"], line["indicator"], self.language)

    def of(self, line: Mapping[str, Any]) -> pd.DataFrame:
        """The indices of a quantity, the dummy apart, the largest first."""
        rows = self.stored.indices
        part = rows.loc[(rows[KEY] == [line[key] for key in KEY]).all(axis=1) & (rows["factor"] != DUMMY_NAME)]
        return part.sort_values("rank") if "rank" in part else part


def write_report(folder: Path | str, language: str = "en") -> Path:
    """Write `report.html` and `plots/*` into the folder of a finished study; returns its path.

    Raises InputFileError for a folder of something else or one that cannot be written, UnknownNameError for a language other
    than en and zh.
    """
    words.column(language)
    stored = read_folder(Path(folder))
    teller = _Teller(stored, language)
    titles, figures = _draw(teller)
    pictures = {name: picture(figure, titles[name]) for name, figure in figures.items()}
    page = _render(_content(teller, titles, pictures), teller)
    path = stored.folder / REPORT_NAME
    try:
        for name, drawn in pictures.items():
            drawn.save(stored.folder / "plots", name)
        write_whole(path, page.encode("utf-8"))
    except OSError as error:
        raise InputFileError(f"{path}: cannot be written ({error.strerror or error})") from None
    return path


def _draw(teller: _Teller) -> tuple[dict[str, str], dict[str, Figure]]:
    """Titles and plots by name: for each scenario bars, Morris's plane or the map, and curves."""
    stored, setting = teller.stored, teller.setting
    titles: dict[str, str] = {}
    figures: dict[str, Figure] = {}
    for number, name in enumerate(teller.scenarios):
        measure = "difference" if number else "level"
        what = teller.say("differences_by" if number else "levels_under", scenario=teller.scenario(name))
        index = "total" if teller.method == "sobol" else "mu_star"
        if index not in stored.indices:
            continue
        rows = stored.indices.loc[(stored.indices["scenario"] == name) & stored.indices[index].notna()]
        if rows.empty:
            continue
        titles[f"bars_{name}"] = what
        figures[f"bars_{name}"] = bar_plot(stored.indices, setting, name, measure)
        if teller.method == "morris":
            titles[f"scatter_{name}"] = teller.say("h_scatter", what=teller.scenario(name))
            figures[f"scatter_{name}"] = scatter_plot(stored.indices, setting, name, measure)
        if stored.interactions is not None:
            titles[f"map_{name}"] = teller.say("h_map", what=teller.scenario(name))
            figures[f"map_{name}"] = interaction_plot(stored.interactions, setting, stored.indices, name, measure)
        if not stored.curves.empty:
            titles[f"curves_{name}"] = teller.say("h_curves", what=teller.scenario(name))
            figures[f"curves_{name}"] = curve_plot(stored.curves, setting, stored.thresholds, teller.factors, name)
    clean = {name: name.replace("+", "_").replace("/", "_") for name in figures}
    return {clean[n]: t for n, t in titles.items()}, {clean[n]: f for n, f in figures.items()}


def _content(teller: _Teller, titles: Mapping[str, str], pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """Everything that the template shows."""
    overview = teller.stored.overview.to_dict("records")
    return {
        "language": teller.language,
        "method": teller.method,
        "title": teller.say("title"),
        "subtitle": _subtitle(teller),
        "warnings": _warnings(teller),
        "answer": _answer(teller, overview),
        "figures": [(titles[name], Markup(drawn.inline(name))) for name, drawn in pictures.items()],
        "quality": [_quality_row(teller, line) for line in overview],
        "indices": [row for line in overview for row in _index_rows(teller, line)],
        "failures": _failure_rows(teller),
        "factors": [_factor_row(teller, factor) for factor in teller.factors],
        "thresholds": _thresholds(teller),
        "provenance": _provenance(teller),
        "limits": _limits(teller),
        "sources": [teller.say("source_sobol" if teller.method == "sobol" else "source_morris")],
    }


def _subtitle(teller: _Teller) -> str:
    found = teller.manifest
    return teller.say(
        "subtitle",
        method=teller.say(f"method_{teller.method}"),
        factors=len(teller.factors),
        scenarios=words.listing([teller.scenario(name) for name in teller.scenarios], teller.language),
        street=words.title("street", found["street"], teller.language),
        residents=words.number(found["residents"], 0),
        window=f"{found['window'][0]}–{found['window'][1]}",
        seeds=len(found["seeds"]),
    )


def _warnings(teller: _Teller) -> list[str]:
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
    if "block_gap" in told and told["block_gap"].max() > 0.05:
        said.append(teller.say("warn_gap", gap=words.number(float(told["block_gap"].max()), 2)))
    if teller.language == "zh" and cjk_font() is None:
        said.append(teller.say("no_cjk_font"))
    return said


def _answer(teller: _Teller, overview: list[Row]) -> list[str]:
    """What drives each outcome, in how many sampled worlds a reform helps, and what has no weight."""
    lines = [_driver_sentence(teller, line) for line in overview]
    lines += [
        teller.say(
            "answer_share_better",
            scenario=teller.scenario(line["scenario"]),
            indicator=words.title("indicator", line["indicator"], teller.language).lower(),
            share=f"{100 * line['share_better']:.0f}%",
        )
        for line in overview
        if np.isfinite(line.get("share_better") or np.nan) and line["note"] != "constant"
    ]
    rows = teller.stored.indices.loc[teller.stored.indices["factor"] != DUMMY_NAME]
    if "verdict" in rows:
        small = rows.groupby("factor")["verdict"].agg(lambda verdicts: verdicts.dropna().eq("small").all())
        column = "total" if "total" in rows else "mu_star"
        idle = rows.groupby("factor")[column].agg(lambda values: (values.fillna(0.0) == 0.0).all())
        lines.append(teller.say("answer_small", n=int(small.sum()), total=len(small), idle=int(idle.sum())))
    return lines


def _driver_sentence(teller: _Teller, line: Row) -> str:
    what = teller.quantity(line)
    if line["note"]:
        return teller.say("answer_note", what=what, note=teller.say(f"note_{line['note']}"))
    part = teller.of(line)
    leading = part.loc[part["verdict"] == "matters"].head(DRIVERS)
    if leading.empty:
        return teller.say("answer_none", what=what)
    drivers = [
        teller.say("driver", factor=factor_title(row["factor"], teller.language), value=_share(teller, row))
        for row in leading.to_dict("records")
    ]
    return teller.say(f"answer_level_{teller.method}", what=what, drivers=words.listing(drivers, teller.language))


def _share(teller: _Teller, row: Row) -> str:
    return f"{100 * row['total']:.0f}%" if teller.method == "sobol" else words.number(row["relative"], 2)


def _quality_row(teller: _Teller, line: Row) -> Row:
    def number(name: str, decimals: int = 3) -> str:
        return words.number(float(line.get(name, np.nan)), decimals)

    def percent(name: str) -> str:
        value = float(line.get(name, np.nan))
        return f"{100 * value:.1f}%" if np.isfinite(value) else words.number(value)

    def level(name: str) -> str:
        shown = words.measure(line["indicator"])
        return words.number(float(line.get(name, np.nan)) * shown.scale)

    unit = words.unit_of_difference(line["indicator"], teller.language)
    return {
        "outcome": teller.quantity(line),
        "mean": words.with_unit(level("mean"), unit, teller.language),
        "range": f"{level('low')} – {level('high')}",
        "noise": percent("noise_share"),
        "fresh": percent("fresh_noise_share"),
        "dummy": number("dummy"),
        "half_width": number("half_width"),
        "gap": number("block_gap"),
        "agreement": number("rank_agreement", 2),
        "used": f"{line['stretches_used']:,} / {line['stretches']:,}",
        "note": teller.say(f"note_{line['note']}") if line["note"] else "",
    }


def _index_rows(teller: _Teller, line: Row) -> list[Row]:
    if line["note"] in ("missing", "constant"):
        return []
    rows = []
    for number, row in enumerate(teller.of(line).head(LISTED).to_dict("records")):
        name = "total" if teller.method == "sobol" else "mu_star"
        shown = words.measure(line["indicator"]).scale if teller.method == "morris" else 1.0
        decimals = 3 if teller.method == "sobol" else None
        second = row.get("first", row.get("sigma", np.nan))
        rows.append(
            {
                "outcome": teller.quantity(line) if number == 0 else "",
                "factor": factor_title(row["factor"], teller.language),
                "code": row["factor"],
                "role": teller.say(f"role_{row['role']}"),
                "second": words.number(second * shown, decimals),
                "index": words.number(row[name] * shown, decimals),
                "range": f"{words.number(row[f'{name}_low'] * shown, decimals)} – "
                f"{words.number(row[f'{name}_high'] * shown, decimals)}",
                "luck": words.number(row["luck"] * shown, decimals),
                "half_sample": words.number(row[f"{name}_half_sample"] * shown, decimals),
                "rank": f"{int(row['rank'])} ({int(row['rank_low'])}–{int(row['rank_high'])})",
                "verdict": teller.say(f"verdict_{row['verdict']}"),
                "style": {"matters": "better", "small": "unclear", "unclear": "unclear"}[row["verdict"]],
            }
        )
    return rows


def _failure_rows(teller: _Teller) -> list[Row]:
    """The first failures; failures.parquet has all."""
    return teller.stored.failures.head(LISTED).to_dict("records")


def _factor_row(teller: _Teller, factor: Any) -> Row:
    unit = factor_unit(factor.name, teller.language)
    if factor.kind == "category":
        span = ", ".join(str(value) for value in factor.values)
    else:
        ends = (words.number(factor.low), words.number(factor.high))
        span = words.with_unit(f"{ends[0]} – {ends[1]}", unit, teller.language)
    group = factor_title(factor.group, teller.language) if factor.group else ""
    return {
        "factor": factor_title(factor.name, teller.language),
        "code": factor.name,
        "role": teller.say(f"role_{factor.role}"),
        "range": span,
        "group": group,
    }


def _thresholds(teller: _Teller) -> list[str]:
    if len(teller.scenarios) < 2 or teller.stored.curves.empty:
        return []
    lines = [
        threshold_sentence(line, teller.factors, teller.language, teller.scenario(line["scenario"]))
        for line in teller.stored.thresholds.to_dict("records")
    ]
    return lines or [teller.say("answer_no_sign")]


def _provenance(teller: _Teller) -> list[tuple[str, str]]:
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
    blocks = teller.say(
        "made_blocks_text",
        first=numbers_text(found["seeds"][:half]),
        second=numbers_text(found["seeds"][half:]),
        curves=numbers_text(found["curve_seeds"]),
    )
    rows = [
        ("made_version", f"jiedao {found.get('version', '?')}"),
        ("made_commit", commit),
        ("made_command", str(found.get("command", "?"))),
        ("made_street", str(found["street"])),
        ("made_residents", words.number(found["residents"], 0)),
        ("made_design", design),
        ("made_blocks", blocks),
        ("made_time", f"{found.get('start', '?')} – {found.get('end', '?')}"),
        ("made_platform", f"{found.get('platform', '?')}, Python {found.get('python', '?')}"),
        ("made_packages", ", ".join(f"{name} {version}" for name, version in (found.get("packages") or {}).items())),
    ]
    return [(teller.say(key), value) for key, value in rows]


def _limits(teller: _Teller) -> list[str]:
    own = ["limit_ranges"]
    own += ["limit_group"] if any(factor.group for factor in teller.factors) else []
    own += ["limit_curves"] if not teller.stored.curves.empty else []
    return [teller.say(key) for key in own] + [words.title("limit", code, teller.language) for code in ALWAYS_LIMITS]


def _render(content: dict[str, Any], teller: _Teller) -> str:
    folder = files("experiments.templates")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = Markup((folder / "report.css").read_text(encoding="utf-8"))
    template = environment.from_string((folder / "sensitivity.html").read_text(encoding="utf-8"))
    return template.render(**content, say=teller.say, style=style)
