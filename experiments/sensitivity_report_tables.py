"""The tables of a sensitivity report as plain rows of text, ready for the template."""

from __future__ import annotations

import numpy as np

from experiments import words
from experiments.sensitivity_factors import Factor
from experiments.sensitivity_indices import KEY
from experiments.sensitivity_result import without_weight
from experiments.sensitivity_teller import DRIVERS, Row, Teller, change_text, of_what_matters, standing_out
from experiments.sensitivity_words import factor_title, factor_unit, part_title, quantity_unit

LISTED = 8  # factors for each outcome, and failures


def quality_heading(teller: Teller, name: str, overview: list[Row]) -> str:
    measure = next(line["measure"] for line in overview if line["scenario"] == name)
    return teller.say("levels_under" if measure == "level" else "differences_by", scenario=teller.scenario(name))


def quality_rows(teller: Teller, name: str, overview: list[Row]) -> list[Row]:
    return [_quality_row(teller, line) for line in overview if line["scenario"] == name]


def _quality_row(teller: Teller, line: Row) -> Row:
    def number(name: str, decimals: int = 3) -> str:
        return words.number(float(line.get(name, np.nan)), decimals)

    def percent(name: str) -> str:
        value = float(line.get(name, np.nan))
        return f"{100 * value:.1f}%" if np.isfinite(value) else words.number(value)

    def level(name: str) -> str:
        shown = words.measure(line["indicator"])
        return words.number(float(line.get(name, np.nan)) * shown.scale)

    def estimate(name: str, scale: float = 1.0) -> str:
        value, half = (float(line.get(key, np.nan)) for key in (name, f"{name}_half"))
        return words.estimate(value * scale, half * scale)

    unit = quantity_unit(line["indicator"], line["measure"], teller.language)
    return {
        "outcome": words.title("indicator", line["indicator"], teller.language),
        "mean": words.with_unit(estimate("mean", words.measure(line["indicator"]).scale), unit, teller.language),
        "range": f"{level('low')} – {level('high')}",
        "noise": percent("noise_share"),
        "fresh": percent("fresh_noise_share"),
        "dummy": number("dummy"),
        "half_width": number("half_width"),
        "gap": estimate("block_gap"),
        "agreement": number("rank_agreement", 2),
        "used": f"{line['used']:,} / {line['asked']:,}",
        "note": teller.say(f"short_{line['note']}") if line["note"] else "",
    }


def index_rows(teller: Teller, line: Row) -> list[Row]:
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


def member_rows(teller: Teller, line: Row) -> list[Row]:
    """The members of groups that stand out by themselves for an outcome, the largest first."""
    members = teller.stored.members
    if members is None or line["note"]:
        return []
    largest = standing_out(members.loc[(members[KEY] == [line[key] for key in KEY]).all(axis=1)]).head(LISTED)
    return [
        {
            "outcome": teller.quantity(line) if number == 0 else "",
            "group": factor_title(row["group"], teller.language),
            "factor": factor_title(row["factor"], teller.language),
            "code": row["factor"],
            "correlation": words.number(row["correlation"], 2, signed=True),
            "range": f"{words.number(row['correlation_low'], 2)} – {words.number(row['correlation_high'], 2)}",
            "share": words.number(row["share"], 3),
        }
        for number, row in enumerate(largest.to_dict("records"))
    ]


def by_value_rows(teller: Teller) -> list[Row]:
    """What reforms change on average by value of the first factors that matter to each outcome."""
    stored = teller.stored
    if stored.by_value is None:
        return []
    told, shown = of_what_matters(stored.by_value, stored.indices, stored.overview), []
    for _, of_quantity in told.groupby(KEY, sort=False):
        of_quantity = of_quantity.loc[of_quantity["factor"].isin(of_quantity["factor"].unique()[:DRIVERS])]
        factors = of_quantity["factor"].ne(of_quantity["factor"].shift())
        for number, (row, new) in enumerate(zip(of_quantity.to_dict("records"), factors, strict=True)):
            better = words.estimate(100 * row["share_better"], 100 * row["share_better_half"])
            shown.append(
                {
                    "outcome": teller.quantity(row) if number == 0 else "",
                    "factor": factor_title(row["factor"], teller.language) if new else "",
                    "code": row["factor"] if new else "",
                    "value": part_title(row, teller.language),
                    "change": change_text(row, teller.language),
                    "better": f"{better}%" if np.isfinite(row["share_better"]) else better,
                }
            )
    return shown


def without_weight_rows(teller: Teller) -> list[tuple[str, list[str]]]:
    """The names behind the numbers of the answer: factors that are small throughout, and those that changed nothing."""
    small, idle, _ = without_weight(teller.stored.indices, teller.stored.overview)
    lists = ((f"h_small_{teller.method}", small), ("h_idle", idle))
    return [(teller.say(key), [factor_title(name, teller.language) for name in names]) for key, names in lists if names]


def failure_rows(teller: Teller) -> list[Row]:
    """The first failures; failures.parquet has all."""
    return teller.stored.failures.head(LISTED).to_dict("records")


def factor_row(teller: Teller, factor: Factor) -> Row:
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
