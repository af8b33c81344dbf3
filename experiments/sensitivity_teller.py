"""Saying what a stored sensitivity study found: in one language, in sentences made from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from experiments import words
from experiments.plots_style import Setting, plot_language
from experiments.report_tables import numbers_text
from experiments.sensitivity_by_value import THIRDS
from experiments.sensitivity_factors import DUMMY_NAME, factors_of_records
from experiments.sensitivity_folder import Stored
from experiments.sensitivity_indices import KEY, RULE_OF_THREE, WORTH_TELLING
from experiments.sensitivity_result import without_weight
from experiments.sensitivity_words import TEXTS, factor_title, quantity_title, quantity_unit, say, value_title

DRIVERS = 3  # factors named for an outcome
Row = dict[str, Any]


class Teller:
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
            source=self._source(stored.manifest["seeds"]),
            baseline=self.scenarios[0],
            scenarios=tuple(self.scenarios[1:]),
            titles=known,
        )
        self.curve_setting = replace(self.setting, source=self._source(stored.manifest["curve_seeds"]))

    def _source(self, numbers: Sequence[int]) -> str:
        found, language = self.manifest, plot_language(self.language)
        modified = " +" if found.get("dirty") is True else ""
        commit = f"{str(found.get('commit', '?'))[:10]}{modified}"
        street = words.title("street", found["street"], language)
        residents = words.sentence("residents_count", language, n=words.number(found["residents"], 0))
        seeds = f"{words.sentence('made_seeds', language).lower()} {numbers_text(numbers)}"
        return ", ".join((f"jiedao {found.get('version', '?')}", commit, street, residents, seeds))

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


def answer(teller: Teller, overview: list[Row]) -> list[str]:
    """Of each scenario what drives it and in how many sampled worlds it helps; then what has no weight."""
    lines = []
    for name in teller.scenarios:
        part = [line for line in overview if line["scenario"] == name]
        lines += _means(teller, part) + _drivers(teller, part)
        how = "corners" if teller.method == "morris" else "better"
        lines += _shares_better(teller, [line for line in part if not line["note"]], how)
        lines += _shares_better(teller, [line for line in part if line["note"] == "luck"], "luck")
    stored, language = teller.stored, teller.language
    lines += by_value_sentences(stored.by_value, stored.indices, stored.overview, language, teller.setting.titles)
    lines += member_sentences(stored.members, stored.overview, language, teller.setting.titles)
    return lines + weight_sentences(stored.indices, stored.overview, language)


def _means(teller: Teller, part: list[Row]) -> list[str]:
    """What a reform changes on average over the sampled points. A screening's corners have no average to speak of."""
    if teller.method == "morris" or part[0]["measure"] == "level":
        return []
    listed = [
        f"{_indicator(teller, line)} {change_text(line, teller.language)}" for line in part if np.isfinite(line["mean"])
    ]
    told, scenario = words.listing(listed, teller.language), teller.scenario(part[0]["scenario"])
    return [teller.say("answer_means", scenario=scenario, listed=told)] if listed else []


def _shares_better(teller: Teller, part: list[Row], how: str) -> list[str]:
    """At what share of the points a scenario improves each outcome; `how` tells shares that mean something from luck."""
    helped = [
        f"{_indicator(teller, line)} {_percent(line, how == 'better')}"
        for line in part
        if np.isfinite(line.get("share_better", np.nan))
    ]
    if not helped:
        return []
    listed, scenario = words.listing(helped, teller.language), teller.scenario(part[0]["scenario"])
    return [teller.say(f"answer_share_{how}", scenario=scenario, listed=listed)]


def _percent(line: Row, with_half: bool) -> str:
    half = 100 * line.get("share_better_half", np.nan)
    return f"{100 * line['share_better']:.0f}%" + (f" (± {half:.0f})" if with_half and np.isfinite(half) else "")


def weight_sentences(indices: pd.DataFrame, overview: pd.DataFrame, language: str) -> list[str]:
    """How many factors matter to nothing that is told; nothing where no index could be computed."""
    small, idle, count = without_weight(indices, overview)
    if not count:
        return []
    method = "morris" if "mu_star" in indices else "sobol"
    counted = say(f"answer_small_{method}", language, n=len(small), total=count)
    told = []
    if overview["note"].eq("").any():
        told.append(counted if small else say("answer_small_none", language, total=count))
    if idle and method == "morris":
        tries = int(indices["effects"].max())
        share = min(round(100 * RULE_OF_THREE / tries), 100)
        told.append(say("answer_idle", language, idle=len(idle), n=tries, share=share))
    return told


def standing_out(members: pd.DataFrame) -> pd.DataFrame:
    """The members of groups that stand out by themselves, by enough to be told, the largest first."""
    told = members.loc[members["stands_out"].astype(bool) & (members["share"] >= WORTH_TELLING)]
    return told.sort_values("share", ascending=False, kind="stable")


def member_sentences(
    members: pd.DataFrame | None, overview: pd.DataFrame, language: str, titles: Mapping[str, str] | None = None
) -> list[str]:
    """Of each group what stands out by itself for the outcomes that are told; `titles` are those of scenarios of one's own."""
    if members is None:
        return []
    told = overview.loc[overview["note"] == "", KEY].merge(standing_out(members), on=KEY)
    lines = []
    for group, of_group in told.groupby("group", sort=False):
        listed = []
        for (scenario, measure, indicator), part in of_group.groupby(KEY, sort=False):
            title = (titles or {}).get(scenario) or words.title("scenario", scenario, language)
            names = [
                say(
                    "driver",
                    language,
                    factor=factor_title(row["factor"], language),
                    value=f"{min(100 * row['share'], 100):.0f}%",
                )
                for row in part.head(DRIVERS).to_dict("records")
            ]
            quantity = quantity_title(title, measure, indicator, language)
            listed.append(say("members_of", language, quantity=quantity, listed=words.listing(names, language)))
        joined = ("；" if language == "zh" else "; ").join(listed)
        lines.append(say("answer_members", language, group=factor_title(str(group), language), listed=joined))
    return lines


def of_what_matters(by_value: pd.DataFrame, indices: pd.DataFrame, overview: pd.DataFrame) -> pd.DataFrame:
    """Means by value for the differences that are told and the factors that clearly matter to them, the first ones first."""
    told = overview.loc[(overview["note"] == "") & (overview["measure"] == "difference"), KEY]
    mattering = indices.loc[indices["verdict"] == "matters", [*KEY, "factor", "rank"]]
    rows = by_value.merge(mattering, on=[*KEY, "factor"]).merge(told, on=KEY)
    return rows.sort_values("rank", kind="stable")


def by_value_sentences(
    by_value: pd.DataFrame | None,
    indices: pd.DataFrame,
    overview: pd.DataFrame,
    language: str,
    titles: Mapping[str, str] | None = None,
) -> list[str]:
    """What each reform changes with each value of the switches, categories and few whole numbers that matter to it."""
    if by_value is None:
        return []
    rows = of_what_matters(by_value, indices, overview)
    rows = rows.loc[~rows["part"].isin(THIRDS)]
    lines = []
    for (scenario, factor), of_factor in rows.groupby(["scenario", "factor"], sort=False):
        listed = []
        for value, part in of_factor.groupby("part", sort=False):
            changes = [
                f"{_lowered(row['indicator'], language)} {change_text(row, language)}"
                for row in part.to_dict("records")
            ]
            shown = value_title(str(value), language)
            listed.append(say("with_value", language, value=shown, listed=words.listing(changes, language)))
        title = (titles or {}).get(str(scenario)) or words.title("scenario", str(scenario), language)
        joined = ("；" if language == "zh" else "; ").join(listed)
        name = factor_title(str(factor), language)
        lines.append(say("answer_by_value", language, scenario=title, factor=name, listed=joined))
    return lines


def change_text(row: Row, language: str) -> str:
    """A mean difference with its interval and unit; `row` is one of `overview` or `by_value`."""
    scale, unit = words.measure(row["indicator"]).scale, quantity_unit(row["indicator"], "difference", language)
    told = words.estimate(row["mean"] * scale, row.get("mean_half", np.nan) * scale, signed=True)
    return words.with_unit(told, unit, language)


def _lowered(indicator: str, language: str) -> str:
    title = words.title("indicator", indicator, language)
    return title[0].lower() + title[1:]


def _indicator(teller: Teller, line: Row) -> str:
    return _lowered(line["indicator"], teller.language)


def _drivers(teller: Teller, part: list[Row]) -> list[str]:
    """One sentence of the outcomes of a scenario that have drivers, and one of each kind that has none."""
    told, without = [], {}
    for line in part:
        rows = teller.of(line)
        leading = rows.loc[rows["verdict"] == "matters"].head(DRIVERS) if not line["note"] else rows.head(0)
        if leading.empty:
            without.setdefault(line["note"] or "none", []).append(_indicator(teller, line))
            continue
        drivers = [
            teller.say("driver", factor=factor_title(row["factor"], teller.language), value=_share(teller, row))
            for row in leading.to_dict("records")
        ]
        listed = words.listing(drivers, teller.language)
        told.append(teller.say("driven", indicator=_indicator(teller, line), drivers=listed))
    scenario = teller.scenario(part[0]["scenario"])
    key = "levels" if part[0]["measure"] == "level" else "effect"
    joined = ("；" if teller.language == "zh" else "; ").join(told)
    lines = [teller.say(f"answer_{key}_{teller.method}", scenario=scenario, drivers=joined)] if told else []
    for note, names in without.items():
        listed = words.listing(names, teller.language)
        lines.append(
            teller.say(f"answer_{key}_without", scenario=scenario, listed=listed, note=teller.say(f"note_{note}"))
        )
    return lines


def _share(teller: Teller, row: Row) -> str:
    return f"{min(100 * row['total'], 100):.0f}%" if teller.method == "sobol" else words.number(row["relative"], 2)
