"""What removing layers saves is what the baseline's books say that they cost, and an understaffed command office turns the sign."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import typer
from street_runs import small_street

from experiments import layer_text
from experiments.layer_accounting import (
    GARBLING,
    REMOVED,
    balance,
    books,
    command_office_map,
    layer_account,
    pairing_gain,
    where_the_gap_is,
)
from experiments.plots_layers import balance_plot, sign_map
from experiments.plots_style import Setting, picture
from model.codes import COMPLAINT_KINDS, HOUR, KIND_NAMES, NEVER
from model.indicators import summarise
from model.run import Outcome, simulate
from scenarios import load
from scenarios.shelf import all_entries

ORDINARY_TIMES = {"weekly_shock_sd": 0.0, "daily_shock_sd": 0.0, "season_amplitude": 0.0}


@pytest.fixture(scope="module")
def run() -> Outcome:
    return simulate(small_street(residents=4000, weeks=10), 1, log=True, window=(2, 9))


def test_the_books_of_each_case_add_up_to_its_duration(run: Outcome):
    kept = books(run)
    total = np.bincount(kept.case, kept.hours, len(kept.cases))
    assert len(kept.cases) > 200
    assert total == pytest.approx((kept.cases["settled"] - kept.cases["reported"]) / HOUR, abs=1e-6)
    assert (kept.hours >= 0.0).all()
    assert {*REMOVED, GARBLING, "city_intake", "work", "take_up_wait"} <= set(kept.steps)


def test_the_books_agree_with_the_models_own_decomposition():
    """For kinds of which every case was settled, a layer's hours are the batch, queue, closed doors and review of the model."""
    settled = {f"{kind}__unsettleable_share": 0.0 for kind in COMPLAINT_KINDS}
    calm = settled | {"unclear_boundary_single": 0.0, "unclear_boundary_multi": 0.0, "petty_cash_yuan": 1e9}
    run = simulate(
        small_street(residents=4000, weeks=12, patience_factor_median=5.0, **calm), 1, log=True, window=(1, 4)
    )
    kept, model = books(run), {(kind, step): hours for kind, step, hours, _ in summarise(run).steps}
    q = run.cases
    lost = q["in_cohort"] & (q["gave_up"] | (q["settled"] == NEVER))
    compared = 0
    for kind, name in enumerate(KIND_NAMES):
        of_kind = kept.cases["kind"] == kind
        if not of_kind.any() or (lost & (q["kind"] == kind)).any():
            continue
        mean = kept.mean_hours(of_kind)
        for layer in REMOVED:
            parts = [f"{step}_{layer}{part}" for step in ("batch", "review") for part in ("", "_queue", "_closed")]
            expected = sum(model.get((name, part), 0.0) for part in parts)
            assert mean.get(layer, 0.0) == pytest.approx(expected, abs=1e-6), (name, layer)
            compared += expected > 0.0
    assert compared >= 6


def test_books_need_a_log():
    with pytest.raises(ValueError, match="log=True"):
        books(simulate(small_street(residents=300, weeks=2), 1, window=(0, 1)))


def test_neutralised_layers_cost_nothing_and_save_nothing():
    setting = all_entries()["flatten_layers"].neutraliser.values
    (row,) = balance(layer_account("typical", (1,), 2000, setting, adaptation=True)).to_dict("records")
    assert row["cases"] > 100
    assert row["layers"] == row["command_office"] == row["predicted"] == row["simulated"] == 0.0


def check_books(streets: Mapping[str, int], seeds: int) -> None:
    """In each street the simulated change is within 20% of the predicted one."""
    for street, residents in streets.items():
        account = layer_account(street, range(1, seeds + 1), residents, ORDINARY_TIMES, adaptation=True)
        (row,) = balance(account).to_dict("records")
        assert row["predicted"] < -5.0, street
        assert 0.8 < row["ratio"] < 1.2, (street, row)
        steps = where_the_gap_is(account, at_least_hours=0.0)
        assert steps["change"].sum() == pytest.approx(row["gap"], abs=1e-6)


def test_removing_layers_saves_what_the_books_say_that_they_cost():
    check_books({"typical": 10_000}, seeds=4)


@pytest.mark.long
def test_removing_layers_saves_what_the_books_say_in_every_street():
    check_books({"typical": 20_000, "old_town": 20_000, "town": 20_000, "core_business": 20_000}, seeds=6)


def test_the_sign_depends_on_the_command_offices_staff_and_load():
    """With few posts for many cases flattening makes things slower, with more posts for fewer cases faster."""
    judging = {"review_hours_command_office": 0.3}
    table = command_office_map((0.3, 0.6), (0.8, 1.1), seeds=range(1, 5), residents=8000, settings=judging)
    change = table.set_index(["posts_share", "demand_factor"])["change"]
    assert change[0.3, 1.1] > 24.0 > 0.0 > change[0.6, 0.8]
    assert change[0.3, 1.1] > change[0.3, 0.8] and change[0.3, 1.1] > change[0.6, 1.1]
    assert (
        table["sign"] == np.select([table["low"] > 0.0, table["high"] < 0.0], ["longer", "shorter"], "unclear")
    ).all()


@pytest.mark.long
def test_common_random_numbers_save_seeds():
    """A paired seed does the work of ten independent ones for a small change of staff, and of three for a change of layers."""
    baseline, seeds = load("baseline", "typical", 20_000, 39), range(1, 13)
    more_staff = load("baseline", "typical", 20_000, 39, {"staff_factor": 1.02})
    assert min(pairing_gain(more_staff, baseline, seeds).values()) >= 10.0
    assert min(pairing_gain(load("flatten_layers", "typical", 20_000, 39), baseline, seeds).values()) >= 3.0


# --- Plots ---


def a_map() -> pd.DataFrame:
    cells = [
        (0.3, 1.0, 40.0, "longer"),
        (0.6, 1.0, -6.0, "shorter"),
        (0.3, 1.25, 400.0, "longer"),
        (0.6, 1.25, 0.5, "unclear"),
    ]
    return pd.DataFrame(
        [
            {
                "scenario": "flatten_layers",
                "posts_share": p,
                "demand_factor": d,
                "change": c,
                "low": c - 1,
                "high": c + 1,
                "sign": s,
                "seeds": 5,
            }
            for p, d, c, s in cells
        ]
    )


def test_the_command_prints_a_balance_that_adds_up_and_draws_the_map(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(layer_text, "command_office_map", lambda *arguments: a_map())
    layer_text.print_accounts(residents=2000, seeds=2, map_=True)
    told = capsys.readouterr().out.replace("\N{MINUS SIGN}", "-")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines() if line.startswith("│")]
    hours = {cell[0]: float(cell[1]) for cell in cells[:7]}
    assert list(hours)[-2:] == ["predicted change", "simulated change"] and hours["predicted change"] < 0.0
    parts = [value for name, value in hours.items() if name not in ("predicted change", "simulated change")]
    assert sum(parts) == pytest.approx(
        hours["predicted change"], abs=0.05 * (len(parts) + 1) + 1e-9
    )  # rounded to tenths
    assert sorted(path.name for path in (tmp_path / "out" / "layers").iterdir()) == ["sign_map.png", "sign_map.svg"]
    drawn = (tmp_path / "out" / "layers" / "sign_map.svg").read_text(encoding="utf-8")
    assert "a typical street, 2,000 residents, seeds 1-2" in drawn, "the map does not say where it comes from"


def test_the_command_refuses_in_one_message(capsys):
    with pytest.raises(typer.Exit):
        layer_text.print_accounts(street="typcal")
    assert capsys.readouterr().err == "jiedao: unknown street 'typcal'; did you mean typical?\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_map_shows_each_change_and_doubts_the_unclear(language: str):
    figure = sign_map(a_map(), Setting(language=language))
    (axis,) = figure.axes
    texts = {text.get_text() for text in axis.texts}
    assert texts == {"+40", "\N{MINUS SIGN}6.0", "+400", "+0.5 ?"}
    assert [label.get_text() for label in axis.get_xticklabels()] == ["30%", "60%"]
    assert axis.get_xlabel() and axis.get_ylabel()
    assert b"<svg" in picture(figure, "map").svg


def test_the_balance_plot_has_a_line_for_each_street():
    account = pd.DataFrame(
        [
            {"street": street, "seed": seed, "step": step, "baseline": hours + seed, "flat": flat, "cases": 10}
            for street in ("typical", "town")
            for seed in (1, 2)
            for step, hours, flat in (("community", 9.0, 0.0), ("leader", 5.0, 0.0), ("command_office", -2.0, 3.0), ("work", 4.0, 4.5))
        ]
    )  # fmt: skip
    table = balance(account)
    assert table["predicted"].tolist() == pytest.approx([-12.0 - 1.5 * 3 + 3.0] * 2)
    figure = balance_plot(table, Setting())
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a typical street", "a town"]
