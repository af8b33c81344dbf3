"""What a sensitivity study tells its readers: report and console, in both languages, no surer than it is."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from sensitivity_studies import jiedao, study_file, text_of

from experiments import plots_style, sensitivity_report, sensitivity_text, words
from experiments.run_store import RunRequest
from experiments.sensitivity_folder import read_folder
from experiments.sensitivity_teller import Teller, answer, weight_sentences
from model.indicator_definitions import HEADLINES


def test_means_by_value_stand_in_the_folder_the_json_and_the_report(done):
    stored = read_folder(done.folder)
    rows = [
        line for line in done.document["by_value"] if line["factor"] == "pool_share" and line["measure"] == "difference"
    ]
    assert [line["mean"] for line in rows[:3]] == pytest.approx([-3.2, 0.0, 3.2], abs=0.5)
    assert len(rows) == 3 * len(HEADLINES) and len(stored.by_value) == len(done.document["by_value"])
    page = text_of((done.folder / "report.html").read_text(encoding="utf-8"))
    assert "Where a reform helps and where it does not" in page and "lower third (0.100 – 0.233)" in page


def test_the_report_can_be_had_in_chinese(done, tmp_path):
    folder = shutil.copytree(done.folder, tmp_path / "copy")
    said = jiedao("report", folder, "--lang", "zh")
    assert said.stdout.strip() == f"report: {folder / 'report.zh.html'}"
    page = (folder / "report.zh.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page and "结果由什么决定" in page and "需求总量系数" in page
    assert not re.search(r"\b(nan|None|undefined)\b", text_of(page))


def test_without_a_chinese_font_plots_are_in_english_to_the_last_word(done, tmp_path, monkeypatch, recwarn):
    folder = shutil.copytree(done.folder, tmp_path / "copy")
    for module in (plots_style, sensitivity_report):
        monkeypatch.setattr(module, "cjk_font", lambda: None)
    jiedao("report", folder, "--lang", "zh")
    assert "没有中文字体" in (folder / "report.zh.html").read_text(encoding="utf-8")
    missing = [str(warned.message) for warned in recwarn.list if "Glyph" in str(warned.message)]
    assert missing == [], "matplotlib complains of each character that it cannot draw"


@pytest.mark.parametrize(("language", "doubt"), [("en", "mostly by luck"), ("zh", "主要出于偶然")])
def test_shares_of_what_is_mostly_luck_are_told_apart_and_doubted(done, language, doubt):
    teller = Teller(read_folder(done.folder), language)
    lines = teller.stored.overview.to_dict("records")
    told = [line for line in answer(teller, lines) if "%" in line]
    assert not any(doubt in line for line in told)
    for line in lines:
        line["note"] = "luck" if line["indicator"] == "resolution_time" else line["note"]
    doubted = [line for line in answer(teller, lines) if doubt in line]
    title = "resolution time" if language == "en" else "办结时间"
    assert len(doubted) == 1 and title in doubted[0] and doubted[0].count("%") == 1


@pytest.mark.parametrize(
    ("verdicts", "parts"),
    [
        (("matters", "unclear"), ("No factor can be left out (2 studied)",)),
        (("matters", "small"), ("every outcome told here: 1 of 2.",)),
        (
            ("matters", "idle"),
            ("1 of 2.", "changed no number at any point tried: 1; with 8 tries each, they may still act in up to 38%"),
        ),
    ],
)
def test_factors_without_weight_are_counted_in_plain_words(verdicts, parts):
    quantity = {"scenario": "baseline", "measure": "level", "indicator": "response_time"}
    rows = [
        {**quantity, "factor": f"f{i}", "role": "uncertainty", "verdict": "small" if verdict == "idle" else verdict,
         "mu_star": 0.0 if verdict == "idle" else 0.01, "effects": 8}
        for i, verdict in enumerate(verdicts)
    ]  # fmt: skip
    indices, overview = pd.DataFrame(rows), pd.DataFrame([{**quantity, "note": ""}])
    said = weight_sentences(indices, overview, "en")
    assert len(said) == len(parts) == len(weight_sentences(indices, overview, "zh"))
    assert all(part in sentence for part, sentence in zip(parts, said, strict=True))
    assert not any("told here" in line for line in weight_sentences(indices, overview.assign(note="luck"), "en")), (
        "what is mostly luck says of no factor that it can be left out"
    )


@pytest.mark.parametrize(
    ("value", "half", "told"),
    [(0.512, 15.8, "+1 ± 16"), (0.847, 0.555, "+0.85 ± 0.56"), (-400.8, 58.8, "−401 ± 59"), (0.25, np.nan, "+0.250")],
)
def test_no_more_digits_are_told_than_are_known(value, half, told):
    assert words.estimate(value, half, signed=True) == told


def test_a_report_on_a_stopped_study_says_how_to_go_on(done, tmp_path):
    (tmp_path / "study.json").write_bytes(
        (done.folder / "study.json").read_bytes()
    )  # what a stopped study has beside its runs
    said = jiedao("report", tmp_path, expect=2)
    assert "unfinished; start the same command" in said.stderr + said.output and not (tmp_path / "report.html").exists()


def test_curves_of_which_every_run_failed_leave_a_report(streets, tmp_path):
    def fails(request: RunRequest) -> str:
        return (
            "ValueError: alone" if len(request.draw) + len(request.settings) == 1 else ""
        )  # only curves move one factor

    streets.fails = fails
    folder = tmp_path / "out"
    jiedao("sensitivity", "--study", study_file(tmp_path), "--out", folder)
    assert read_folder(folder).curves["mean"].isna().any() and (folder / "report.html").exists()


def test_the_console_tells_the_interval_that_its_question_mark_rests_on(streets, no_report, tmp_path):
    folder = tmp_path / "out"
    said = jiedao("sensitivity", "--study", study_file(tmp_path, "morris", 8), "--out", folder, "--json").stdout
    rows = [row for row in json.loads(said)["indices"] if row["verdict"] == "matters"]
    assert rows
    for row in rows:
        told = float(sensitivity_text._driver(row, "morris").rpartition("± ")[2])
        assert row["relative"] - told > 0.0, "a factor that matters is told with an interval that holds 0"
