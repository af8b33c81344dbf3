"""The report: honest sentences, both languages, self-contained, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import string
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_comparison import SCENARIOS, STEPS, small, synthetic_study

from experiments import comparison, plots, plots_style, words
from experiments.plots_breakdown import steps_plot
from experiments.plots_style import Setting
from experiments.report import write_report
from experiments.report_changes import changed_rows
from experiments.report_sentences import Speaker, clauses, gains_sentences
from experiments.report_tables import level_rows
from experiments.study_folder import read_study
from experiments.whole_files import write_whole
from experiments.words_sentences import LIMITS, SENTENCES
from model.codes import KIND_NAMES
from model.errors import InputFileError, UnknownNameError
from model.indicator_definitions import INDICATORS
from model.parameters import PARAMETERS
from model.stages import STEP_NAMES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MANIFEST = {
    "schema": 1,
    "status": "finished",
    "version": "0.1.0",
    "commit": "3fa9c21b77d0e1aa",
    "dirty": False,
    "configuration_hash": {"baseline": "aa11bb22cc33dd44", "flattening": "bb", "funds_pool": "cc"},
    "command": "jiedao compare baseline flattening funds_pool --seeds 8",
    "start": "2024-05-01T10:00:00",
    "end": "2024-05-01T10:00:41",
    "platform": "Linux x86_64",
    "python": "3.11.9",
    "packages": {"numpy": "2.4.6", "numba": "0.68.1"},
    "street": "typical",
    "residents": 10000,
    "weeks": 52,
    "warmup_weeks": 26,
    "followup_weeks": 13,
    "window": [26, 51],
    "seeds": [1, 2, 3, 4, 5, 6, 7, 8],
    "baseline": "baseline",
    "scenarios": list(SCENARIOS),
    "not_modelled": ["staff_turnover", {"en": "No weather.", "zh": "没有天气。"}],
    "parameters": {name: {"patience_growth": 2.0} for name in SCENARIOS},
    "changes": {"flattening": [{"week": 0, "values": {"patience_growth": 2.5}}]},
}


def write_study(folder: Path, frames: dict[str, pd.DataFrame] | None = None, **changes: object) -> Path:
    """A study's folder with the synthetic frames, or others, and a manifest with some keys changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (synthetic_study() if frames is None else frames).items():
        frame.to_parquet(folder / f"{name}.parquet")
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, **changes}), encoding="utf-8")
    return folder


class Page(HTMLParser):
    """Collects what a report's page shows and refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.shown: list[str] = []
        self._hidden = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden = tag in ("style", "metadata")
        for name, value in attributes:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "data"):
                self.references.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data.strip())


@pytest.fixture(scope="module", params=words.LANGUAGES)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = write_study(tmp_path_factory.mktemp(f"study_{request.param}"))
    return request.param, write_report(folder, request.param)


def test_the_page_stands_alone_and_is_well_formed(report: tuple[str, Path]):
    language, path = report
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert all(reference.startswith("#") for reference in page.references)
    assert "@import" not in text and "url(http" not in text
    assert page.tags.count("svg") == 5
    assert len(page.ids) == len(set(page.ids)), "ids of two plots collide"
    targets = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
    assert set(targets) <= set(page.ids), "a plot refers to an id that is not there"
    plots_of = {"en": "plots", "zh": "plots-zh"}[language]
    assert {f.name for f in (path.parent / plots_of).iterdir()} == {
        f"{name}.{ending}"
        for name in ("differences", "durations", "weeks", "steps", "gains")
        for ending in ("svg", "png")
    }


def test_the_page_says_where_it_comes_from(report: tuple[str, Path]):
    language, path = report
    shown = " ".join(Page(path.read_text(encoding="utf-8")).shown)
    for needed in (
        "0.1.0",
        "3fa9c21b77",
        "aa11bb22cc33",
        "--seeds 8",
        "numba 0.68.1",
        "10,000",
        "26–51",
        "1–8",
    ):
        assert needed in shown, needed
    assert {"en": "No weather.", "zh": "没有天气。"}[language] in shown
    assert "patience_growth" in shown  # what the scenario changes
    assert not re.search(r"\b(nan|None|undefined)\b", shown)


def test_nothing_is_left_in_the_other_language(report: tuple[str, Path]):
    language, path = report
    shown = Page(path.read_text(encoding="utf-8")).shown
    if language == "en":
        assert not [text for text in shown if CHINESE.search(text)]
    else:
        labels = [text for text in shown if re.search(r"[A-Za-z]{4,}", text) and not CHINESE.search(text)]
        known = ("jiedao", "3fa9", "aa11", "Linux", "numpy", "typical", "patience_growth", "baseline: aa11")
        assert not [text for text in labels if not text.startswith(known)]


def test_the_answer_follows_from_the_numbers(report: tuple[str, Path]):
    language, path = report
    shown = " ".join(Page(path.read_text(encoding="utf-8")).shown)
    table = comparison.paired_differences(pd.read_parquet(path.parent / "indicators.parquet"))
    line = table.query("scenario == 'flattening' and indicator == 'exposure_time'").iloc[0]
    days = f"{-line['difference'] / 24:.2f}"
    assert {"en": f"Flattening lowers this by {days} days", "zh": f"扁平化管理使其减少{days}天"}[language] in shown
    assert words.sentence("verdict_unclear", language) in shown  # funds pool leaves repeat complaints as they are


def test_a_difference_that_may_be_luck_is_not_claimed():
    speaker = Speaker(plots.Setting())
    noisy = small({"baseline": [10.0, 12.0, 11.0, 13.0], "funds_pool": [11.0, 11.5, 11.2, 12.0]})
    said = clauses(speaker, comparison.paired_differences(noisy))
    assert "Funds pool cannot be told apart from Baseline" in said and "lowers" not in said
    same = small({"baseline": [10.0, 12.0, 11.0], "flattening": [10.0, 12.0, 11.0]})
    assert clauses(speaker, comparison.paired_differences(same)) == "Flattening changes nothing at all"
    four = {name: [value - k for value in (10.0, 12.0, 11.0)] for k, name in enumerate("bcde", start=1)}
    many = comparison.paired_differences(small({"baseline": [10.1, 12.0, 11.0], **four}))
    assert clauses(speaker, many).startswith("e lowers this most, by 0.168 days")
    assert clauses(speaker, many).endswith("and d, c and b by less")
    single = small({"baseline": [10.0], "flattening": [5.0]})
    assert "nothing is claimed" in clauses(speaker, comparison.paired_differences(single))


def test_the_luckiest_of_many_kinds_is_not_called_clear():
    # One of fifteen kinds just beyond its own 5% bound: clear alone, not clear as the best of fifteen.
    gains = pd.DataFrame({"member": KIND_NAMES[:15], "p_value": [0.03] + [0.5] * 14})
    gains["verdict"] = ["better"] + ["unclear"] * 14
    gains = gains.assign(scenario="a", indicator="resolution_time", dimension="kind", difference=-1.0)
    speaker = Speaker(plots.Setting())
    assert gains_sentences(speaker, gains) == ["a: no group or kind differs clearly from Baseline."]
    gains.loc[0, "p_value"] = 0.003
    assert gains_sentences(speaker, gains) == ["a: resolution is clearly faster for property disputes."]


def test_one_seed_and_missing_frames_are_said(tmp_path: Path):
    frames = synthetic_study(seeds=1)
    folder = write_study(tmp_path / "one", {"indicators": frames["indicators"]}, status="interrupted", dirty=True)
    shown = " ".join(Page(write_report(folder).read_text(encoding="utf-8")).shown)
    assert words.sentence("warn_one_seed") in shown and words.sentence("warn_dirty") in shown
    unknown = write_study(tmp_path / "no_repository", {"indicators": frames["indicators"]}, dirty="unknown")
    assert words.sentence("warn_dirty") not in said_in(write_report(unknown))
    assert "'interrupted'" in shown
    assert "▲" not in shown and "lowers this" not in shown
    assert words.sentence("not_recorded") in shown and words.sentence("effects_missing") in shown


def test_what_never_settled_means_is_said_where_it_is_shown(tmp_path: Path):
    frames = synthetic_study(seeds=2)
    folder = write_study(tmp_path, frames)
    explained = words.sentence("never_settled_means")
    assert explained not in said_in(write_report(folder))
    row = (
        frames["steps"].loc[frames["steps"]["step"] == "work"].assign(step="never_settled", cause="other", hours=200.0)
    )
    write_study(folder, {**frames, "steps": pd.concat([frames["steps"], row])})
    assert explained in said_in(write_report(folder))
    assert words.sentence("never_settled_means", "zh") in said_in(write_report(folder, "zh"))


def said_in(path: Path) -> str:
    return " ".join(Page(path.read_text(encoding="utf-8")).shown)


def test_what_speaks_against_the_levels_is_said(tmp_path: Path):
    drift = pd.DataFrame(
        [("baseline", "response_time", -0.31), ("baseline", "equity_gap", 0.03), ("baseline", "satisfaction", 0.007)],
        columns=["scenario", "indicator", "drift"],
    )
    frames = synthetic_study(seeds=2)
    frames["indicators"].loc[frames["indicators"]["indicator"] == "response_time", "value"] *= (
        2  # 62 hours, 18 to 48 in sources
    )
    folder = write_study(tmp_path, {**frames, "drift": drift})
    shown = said_in(write_report(folder))
    assert "Not at rest before week 0 under Baseline, by more than 2% a quarter: " in shown
    assert "Response time (−31.0%) and Equity gap (+3.0 points)" in shown and "satisfaction (+0.7" not in shown
    assert re.search(r"Outside: Response time \d\d\.\d hours; the sources say 18\.0 to 48\.0 hours\.", shown)
    assert "Outside: Repeat" not in shown and re.search(r"3 of 4 lie inside", shown)
    chinese = said_in(write_report(folder, "zh"))
    assert "−31.0%" in chinese and "尚未稳定" in chinese and "区间之外" in chinese
    drift.assign(drift=0.01).to_parquet(folder / "drift.parquet")
    assert "Not at rest" not in said_in(write_report(folder))


def rows_of_changes(folder: Path, language: str = "en", **changes: object) -> list[tuple[str, ...]]:
    study = read_study(write_study(folder, {"indicators": small({name: [1.0] for name in SCENARIOS})}, **changes))
    rows = changed_rows(Speaker(Setting(language=language)), study)
    return [tuple(row[key] for key in ("scenario", "name", "old", "new", "weeks")) for row in rows]


def test_a_roll_out_is_one_row_from_the_baselines_value_to_the_last(tmp_path: Path):
    flat, half = {"pool_share": 0.25, "patience_growth": 2.0}, {"pool_share": 0.5, "patience_growth": 2.0}
    spell = [{"week": 10, "values": {"patience_growth": 3.0}}, {"week": 12, "values": {"patience_growth": 5.0}}]
    found = rows_of_changes(
        tmp_path,
        parameters={"baseline": flat, "flattening": flat, "funds_pool": half},
        changes={
            "flattening": [{"week": k, "values": {"pool_share": 0.25 + (k + 1) / 16}} for k in range(12)],
            "funds_pool": [*spell, {"week": 16, "values": {"patience_growth": 2.0}}],
        },
    )
    assert found == [
        ("Flattening", "pool_share", "0.25", "1", "0 to 11"),
        ("Funds pool", "pool_share", "0.25", "0.5", "warm-up"),
        ("Funds pool", "patience_growth", "2", "5", "10 to 15"),  # a stress that passes
    ]
    both = dict.fromkeys(SCENARIOS, spell)
    assert rows_of_changes(tmp_path, changes=both) == []  # what befalls all scenarios is no change
    alone = rows_of_changes(tmp_path, "zh", changes={"flattening": spell, "funds_pool": spell, "baseline": spell[:1]})
    assert alone == [(name, "patience_growth", "3", "5", "12") for name in ("扁平化管理", "资金池")]


def test_what_the_user_set_is_named(tmp_path: Path):
    street = {"patience_growth": 1.5, "pool_share": 0.25}
    settings = {"patience_growth": 2.0, "flatten_layers.strength": 0.5}
    folder = write_study(tmp_path, street_parameters=street, settings=settings)
    shown = said_in(write_report(folder))
    title = PARAMETERS["patience_growth"].title_en
    assert f"{title} (patience_growth) = 2, the street's own 1.5; flatten_layers.strength = 0.5" in shown
    assert "What changes under Flattening (strength 0.5) and Funds pool?" in shown
    assert "Flattening (strength 0.5) lowers this" in shown and "Funds pool (strength" not in shown
    assert "扁平化管理（力度0.5）" in said_in(write_report(folder, "zh"))
    write_study(tmp_path, street_parameters=street, settings={})
    assert "Set by the user nothing" in said_in(write_report(folder))


def test_a_study_of_one_scenario_compares_nothing(tmp_path: Path):
    folder = write_study(tmp_path, synthetic_study(seeds=2, scenarios=("baseline",)))
    shown = " ".join(Page(write_report(folder).read_text(encoding="utf-8")).shown)
    assert words.sentence("answer_alone") in shown
    assert "What happens under Baseline" in shown and "Difference" not in shown


def test_only_one_street_is_reported_and_the_others_named(tmp_path: Path):
    rows = small({"baseline": [1.0, 2.0], "flattening": [2.0, 3.5]})
    two = pd.concat([rows, rows.assign(street="old_town", value=100 * rows["value"])])
    folder = write_study(tmp_path, {"indicators": two}, street=["old_town", "typical"])
    shown = " ".join(Page(write_report(folder).read_text(encoding="utf-8")).shown)
    assert "about old_town only (also held: typical)" in shown


def test_bad_folders_are_refused_with_the_file_named(tmp_path: Path):
    with pytest.raises(InputFileError, match="nowhere"):
        write_report(tmp_path / "nowhere")
    with pytest.raises(InputFileError, match=r"manifest\.json: missing"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"manifest\.json: not a readable JSON"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"indicators\.parquet: missing"):
        write_report(tmp_path)
    (tmp_path / "indicators.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputFileError, match=r"indicators\.parquet: not a readable parquet"):
        write_report(tmp_path)
    small({"baseline": [1.0]}).drop(columns="statistic").to_parquet(tmp_path / "indicators.parquet")
    with pytest.raises(InputFileError, match=r"lacks the columns statistic"):
        write_report(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean"):
        write_report(tmp_path, "zhh")
    assert not (tmp_path / "report.html").exists()


def test_neither_language_overwrites_the_other(tmp_path: Path):
    folder = write_study(tmp_path, synthetic_study(seeds=2))
    english = write_report(folder)
    held = {path: path.read_bytes() for path in (english, *(folder / "plots").iterdir())}
    chinese = write_report(folder, "zh")
    assert (english.name, chinese.name) == ("report.html", "report.zh.html")
    assert {path: path.read_bytes() for path in held} == held
    assert 'lang="zh-CN"' in chinese.read_text(encoding="utf-8")


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "report.html"
    write_whole(path, b"old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.read_bytes() == b"old"


def test_plots_fall_back_to_english_without_a_chinese_font(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plots_style, "cjk_font", lambda: None)
    setting = plots.Setting(language="zh", titles={"flattening": "扁平化管理"}, source="jiedao 0.1.0")
    figure = plots.steps_plot(synthetic_study(seeds=2)["steps"], setting)
    svg = plots_style.picture(figure, "x").svg.decode("utf-8")
    assert "Flattening" in svg and not CHINESE.search(svg)


def test_a_plot_keeps_its_text_and_names_its_source():
    setting = plots.Setting(source="jiedao 0.1.0, 3fa9c21")
    figure = plots.duration_plot(synthetic_study(seeds=3)["durations"], setting)
    first = plots_style.picture(figure, "x").svg
    text = re.sub(r"<[^>]+>", " ", first.decode("utf-8"))
    assert "days since the report" in text and "3 seeds" in text and "3fa9c21" in text
    again = plots_style.picture(plots.duration_plot(synthetic_study(seeds=3)["durations"], setting), "x").svg
    assert again == first  # no date, no random ids


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_word_is_missing(language: str):
    for table, codes in (
        ("indicator", INDICATORS),
        ("kind", ["all", "complaint", *KIND_NAMES]),
        ("group", ["all", "vulnerable", "not_vulnerable"]),
        ("cause", plots_style.CAUSE_COLOURS),
        ("step", [step for step, _ in STEPS]),
        ("scenario", SCENARIOS),
        ("unit", {words.measure(name).unit for name in INDICATORS}),
        ("unit", {parameter.unit for parameter in PARAMETERS.values()}),
        ("limit", LIMITS),
    ):
        missing = [code for code in codes if code not in words.TABLES[table]]
        assert not missing, f"{table}: {missing}"
    column = words.column(language)
    for table, entries in words.TABLES.items():
        for code, entry in entries.items():
            assert bool(CHINESE.search(entry[column])) <= (language == "zh"), f"{table} {code}"
            assert entry[column].strip() or table == "unit", f"{table} {code}"


def test_both_languages_say_the_same_things():
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (english, chinese) in SENTENCES.items():
        assert fields(english) == fields(chinese), key
        assert english and chinese


def test_numbers_are_written_for_readers():
    assert words.difference_texts("resolution_time", -38.9, -42.0, -35.8) == ("−1.62 days", "−1.75 to −1.49")
    assert words.difference_texts("satisfaction", 0.0313, 0.0294, 0.0332, signed=False) == (
        "3.13 points",
        "2.94 to 3.32",
    )
    assert words.level_text("satisfaction", 0.6204) == "62.0%"
    assert words.level_text("street_cost", 12_345_678.0, "zh") == "12,345,678元/年"
    assert words.number(-0.0001, 1, signed=True) == "0.0"
    assert words.number(float("inf")) == "∞"


def test_the_ends_of_an_interval_never_contradict_the_verdict():
    def interval(low: float, high: float, signed: bool = True) -> str:
        return words.difference_texts("response_time", (low + high) / 2, low, high, signed=signed)[1]

    assert interval(-0.0914, -0.0032) == "−0.09 to −0.003"  # better: it leaves out 0
    assert interval(-0.0004, 0.338) == "−0.0004 to +0.34"  # cannot be told apart: it holds 0
    assert interval(-0.0914, -0.0032, signed=False) == "0.003 to 0.09"
    assert interval(-0.09, 0.0) == "−0.09 to 0.00"  # an end that is 0 stays 0
    assert words.difference_texts("response_time", -2e-6, -3e-6, -1e-6)[0] == "−0.000002 hours"
    for low, high in np.random.default_rng(1).normal(size=(300, 2)) ** 3:
        low, high = sorted((low, high))
        ends = [float(text.replace("−", "-")) for text in interval(low, high).replace(",", "").split(" to ")]
        assert np.sign(ends).tolist() == [np.sign(low), np.sign(high)]


def test_a_share_is_not_below_nothing_nor_above_all():
    assert words.level_interval("idle_fund_share", 0.37, -1.28, 2.02) == "0 to 100"
    assert words.level_interval("idle_fund_share", 0.37, 0.35, 0.39, "zh") == "35.0 至 39.0"
    assert words.level_interval("facility_utilisation", 1.0, -0.1, 1.4) == "0 to 140"
    assert words.level_interval("equity_gap", 0.0, -0.01, 0.012) == "−1.0 to 1.2"
    assert words.level_interval("idle_fund_share", 0.37, float("nan"), float("nan")) == ""
    few = small({"baseline": [0.02, 0.98]}, "idle_fund_share")
    (row,) = level_rows(Speaker(Setting()), few, "baseline")
    assert (row["level"], row["interval"]) == ("50.0%", "0 to 100")


def test_batch_workers_can_compare_without_matplotlib():
    code = "import sys, experiments.comparison, experiments.words; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_step_of_the_decomposition_has_words():
    codes = {f"{step}{part}" for step in STEP_NAMES for part in ("", "_queue", "_closed")} | {"never_settled"}
    assert set(words.STEPS) == codes
    for language in words.LANGUAGES:
        titles = [words.title("step", code, language) for code in sorted(codes)]
        assert len(set(titles)) == len(titles), "two steps have one name"
    assert words.title("step", "take_up_queue") == "Queue: section takes it up"
    assert words.title("step", "money_closed", "zh") == "非工作时间：等资金"


@pytest.mark.filterwarnings("error")
def test_plots_of_tiny_studies_keep_their_layout():
    wide = {
        "baseline": [1.0, 90.0],
        "flattening": [60.0, 2.0],
        "funds_pool": [3.0, 88.0],
    }  # intervals of hundreds of days
    rows = [
        (scenario, seed, "all", "work", 24.0 * days, "work")
        for scenario, values in wide.items()
        for seed, days in enumerate(values, start=1)
    ]
    steps = pd.DataFrame(rows, columns=["scenario", "seed", "kind", "step", "hours", "cause"])
    for language in words.LANGUAGES:
        figure = steps_plot(steps, Setting(language=language))
        assert figure.axes[0].get_position().width > 0.5


def test_steps_of_several_draws_are_means_and_not_sums():
    one = pd.DataFrame(
        [("baseline", 1, seed, "all", "work", 48.0, "work") for seed in (1, 2)],
        columns=["scenario", "draw", "seed", "kind", "step", "hours", "cause"],
    )
    both = pd.concat([one, one.assign(draw=2, hours=144.0)])
    (bar,) = [patch for patch in steps_plot(both, Setting(scenarios=())).axes[0].patches if patch.get_width() > 0]
    assert bar.get_width() == pytest.approx(4.0)  # days: the mean of 2 and 6
