"""What a report says in words: the answer, who gains and loses, where time is saved; made from the numbers.

A claim is made only where the 95% interval leaves out 0; otherwise the sentence says that the scenarios
cannot be told apart. Where the extremes of many comparisons are named, Holm's adjustment is made first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments import words
from experiments.comparison import holm
from experiments.plots_style import Setting

CLEAR = ("better", "worse", "higher", "lower")
NAMES_AT_MOST = 4  # members of a list; the rest are counted
SPOKEN_IN_FULL = 3  # scenarios; of more, only the extreme one gives its numbers


@dataclass(frozen=True)
class Speaker:
    """Says sentences in one language about one set of scenarios."""

    setting: Setting

    def say(self, key: str, **fields: object) -> str:
        return words.sentence(key, self.setting.language, baseline=self.baseline, **fields)

    @property
    def baseline(self) -> str:
        return self.scenario(self.setting.baseline)

    def scenario(self, name: str) -> str:
        return self.setting.titles.get(name) or words.title("scenario", name, self.setting.language)

    def names(self, names: list[str]) -> str:
        return words.listing(names, self.setting.language)

    def join(self, clauses: list[str]) -> str:
        return ("；" if self.setting.language == "zh" else "; ").join(clauses)

    def level(self, indicator: str, value: float) -> str:
        return words.level_text(indicator, value, self.setting.language)

    def difference(self, line: pd.Series, signed: bool = True) -> tuple[str, str]:
        bounds = (float(line["difference"]), float(line["low"]), float(line["high"]))
        return words.difference_texts(line["indicator"], *bounds, self.setting.language, signed)


def clauses(speaker: Speaker, lines: pd.DataFrame) -> str:
    """What each scenario does to one indicator, `lines` having one row a scenario.

    Of more than three scenarios the one that moves the indicator most gives its numbers and the others are
    named; the table has all.
    """
    clear = lines.loc[lines["verdict"].isin(CLEAR)]
    said = []
    for key, part in (
        ("lower", clear.loc[clear["difference"] < 0]),
        ("higher", clear.loc[clear["difference"] > 0]),
    ):
        if len(lines) > SPOKEN_IN_FULL and len(part) > 1:
            part = part.reindex(part["difference"].abs().sort_values(ascending=False).index)
            others = speaker.names([speaker.scenario(name) for name in part["scenario"].iloc[1:]])
            said.append(_clear_clause(speaker, f"clause_{key}_most", part.iloc[0], others=others))
        else:
            said += [_clear_clause(speaker, f"clause_{key}", line) for _, line in part.iterrows()]
    unclear = lines.loc[lines["verdict"] == "unclear"]
    if len(unclear) == 1:
        line = unclear.iloc[0]
        unit = words.unit_of_difference(line["indicator"], speaker.setting.language)
        interval = words.with_unit(speaker.difference(line)[1], unit, speaker.setting.language)
        said.append(speaker.say("clause_unclear", scenario=speaker.scenario(line["scenario"]), range=interval))
    for verdict, key in (
        ("unclear", "clause_unclear_many"),
        ("same", "clause_same"),
        ("unknown", "clause_unknown"),
    ):
        found = [speaker.scenario(name) for name in lines.loc[lines["verdict"] == verdict, "scenario"]]
        if found and not (verdict == "unclear" and len(found) == 1):
            said.append(speaker.say(key, scenarios=speaker.names(found)))
    return speaker.join(said)


def _clear_clause(speaker: Speaker, key: str, line: pd.Series, **fields: str) -> str:
    amount, interval = speaker.difference(line, signed=False)
    return speaker.say(key, scenario=speaker.scenario(line["scenario"]), amount=amount, range=interval, **fields)


def answer(
    speaker: Speaker, headlines: pd.DataFrame, effects: pd.DataFrame | None, gains: pd.DataFrame | None
) -> list[str]:
    """The answer in at most three sentences: residents, the street's machinery, the price.

    `headlines` is a paired table of main values, `effects` that of the three effects, `gains` that by group
    and kind; the last two may be None.
    """
    sentences = []
    for indicator in ("exposure_time", "unmet_need_share"):
        lines = headlines.loc[headlines["indicator"] == indicator]
        if not lines.empty:
            sentences.append(_sentence(speaker, f"answer_{indicator}", lines))
            break
    machine, key = headlines.loc[headlines["indicator"] == "resolution_time"], "answer_all_reported"
    if effects is not None:
        same = effects.loc[(effects["effect"] == "same_needs") & (effects["indicator"] == "resolution_time")]
        machine, key = (same, "answer_same_needs") if not same.empty else (machine, key)
    if not machine.empty:
        sentences.append(_sentence(speaker, key, machine))
    price = headlines.loc[headlines["indicator"] == "cost_per_case"]
    fairness = speaker.join([*_gap_clauses(speaker, headlines), _losers(speaker, gains)])
    if price.empty:
        sentences.append(speaker.say("answer_no_cost", losers=fairness))
    else:
        sentences.append(_sentence(speaker, "answer_cost", price, losers=fairness))
    return sentences


def _sentence(speaker: Speaker, key: str, lines: pd.DataFrame, **fields: str) -> str:
    first = lines.iloc[0]
    level = speaker.level(first["indicator"], float(first["baseline"]))
    return speaker.say(key, level=level, clauses=clauses(speaker, lines), **fields)


def _gap_clauses(speaker: Speaker, headlines: pd.DataFrame) -> list[str]:
    """Who pays in fairness: only where the gap clearly moved."""
    lines = headlines.loc[(headlines["indicator"] == "equity_gap") & headlines["verdict"].isin(CLEAR)]
    said = []
    if len(lines) > SPOKEN_IN_FULL:
        for key, part in (("wider", lines["difference"] > 0), ("narrower", lines["difference"] < 0)):
            found = [speaker.scenario(name) for name in lines.loc[part, "scenario"]]
            if found:
                said.append(speaker.say(f"gap_{key}_many", scenarios=speaker.names(found)))
        return said
    for _, line in lines.iterrows():
        key = "gap_wider" if line["difference"] > 0 else "gap_narrower"
        amount = speaker.difference(line, signed=False)[0]
        said.append(speaker.say(key, scenario=speaker.scenario(line["scenario"]), amount=amount))
    return said


def surviving(lines: pd.DataFrame, verdict: str | None = None) -> pd.DataFrame:
    """Rows that stay clear although so many were looked at: Holm's adjustment within each scenario."""
    adjusted = lines.groupby("scenario", group_keys=False)["p_value"].transform(holm)
    kept = lines.loc[(adjusted < 0.05) & lines["verdict"].isin(CLEAR)]
    return kept if verdict is None else kept.loc[kept["verdict"] == verdict]


def _losers(speaker: Speaker, gains: pd.DataFrame | None) -> str:
    if gains is None or gains.empty:
        return speaker.say("losers_unknown")
    lines = gains.loc[gains["indicator"] == "resolution_time"]
    if lines.empty or lines["p_value"].isna().all():
        return speaker.say("losers_unknown")
    found = surviving(lines, "worse")
    if found.empty:
        return speaker.say("losers_none")
    names = list(dict.fromkeys(found["scenario"]))
    if len(names) > SPOKEN_IN_FULL:
        return speaker.say("losers_many", scenarios=speaker.names([speaker.scenario(name) for name in names]))
    parts = [
        speaker.say("losers_of", members=_members(speaker, part), scenario=speaker.scenario(name))
        for name, part in found.groupby("scenario", sort=False)
    ]
    # In Chinese the names inside a part are joined by enumeration commas, so the parts need another mark.
    listed = "，".join(parts) if speaker.setting.language == "zh" else speaker.names(parts)
    return speaker.say("losers_some", list=listed)


def _members(speaker: Speaker, lines: pd.DataFrame) -> str:
    """The members in order of the size of their change, the first few by name and the rest counted."""
    order = lines.reindex(lines["difference"].abs().sort_values(ascending=False).index)
    language = speaker.setting.language
    titles = [words.title(line.dimension, line.member, language) for line in order.itertuples()]
    titles = [title[0].lower() + title[1:] for title in titles]
    if len(titles) > NAMES_AT_MOST:
        more = speaker.say("and_more", n=len(titles) - NAMES_AT_MOST + 1)
        titles = [*titles[: NAMES_AT_MOST - 1], more]
    return speaker.names(titles)


def gains_sentences(speaker: Speaker, gains: pd.DataFrame) -> list[str]:
    """For each scenario: who clearly gains and who clearly loses in time to resolution."""
    said = []
    for name, part in gains.loc[gains["indicator"] == "resolution_time"].groupby("scenario", sort=False):
        title = speaker.scenario(name)
        found = {verdict: surviving(part, verdict) for verdict in ("better", "worse")}
        for verdict, key in (("better", "members_gain"), ("worse", "members_lose")):
            if not found[verdict].empty:
                said.append(speaker.say(key, scenario=title, members=_members(speaker, found[verdict])))
        if found["better"].empty and found["worse"].empty:
            said.append(speaker.say("members_none", scenario=title))
    return said


def steps_sentences(speaker: Speaker, steps: pd.DataFrame) -> list[str]:
    """For each scenario: the step that clearly saves most hours, and the one that clearly adds most."""
    said = []
    for name, part in steps.groupby("scenario", sort=False):
        title, clear = speaker.scenario(name), surviving(part)
        ends = [
            ("steps_most", clear.nsmallest(1, "difference")),
            ("steps_added", clear.nlargest(1, "difference")),
        ]
        spoken = False
        for (key, line), sign in zip(ends, (-1, 1), strict=True):
            if not line.empty and np.sign(line["difference"].iloc[0]) == sign:
                amount, interval = speaker.difference(line.iloc[0].copy(), signed=False)
                step = words.title("step", line["step"].iloc[0], speaker.setting.language)
                said.append(speaker.say(key, scenario=title, step=step, amount=amount, range=interval))
                spoken = True
        if not spoken:
            said.append(speaker.say("steps_unclear", scenario=title))
    return said
