"""What a reform changes where a factor has one value and where it has another: told right, and as sure as it is."""

from __future__ import annotations

import numpy as np
import pytest
from known_functions import noise

from experiments import sensitivity
from experiments.sensitivity_by_value import THIRDS
from experiments.sensitivity_teller import by_value_sentences

VARY = {
    "keeps": [False, True],
    "share": (0.0, 1.0),
    "layers": range(1, 4),
    "years": range(60),
    "rounds": range(5),
    "other": (0.0, 1.0),
}


def before(keeps: bool, share: float, layers: int, years: int, rounds: int, other: float, seed: int) -> float:
    return 100.0 * other + noise(seed)


def after(keeps: bool, share: float, layers: int, years: int, rounds: int, other: float, seed: int) -> float:
    level = before(keeps, share, layers, years, rounds, other, seed)
    return level + (10.0 if keeps else -10.0) + 6.0 * share + 3.0 * layers + 0.1 * years + 2.0 * noise(10_000 + seed)


def study(first_seed: int = 1, n: int = 64, seeds: int = 16) -> sensitivity.Sensitivity:
    return sensitivity.sobol(
        {"baseline": before, "flattening": after},
        vary=VARY,
        n=n,
        seeds=seeds,
        seed=first_seed,
        seeds_per_point=1,
        curves=0,
    )


def test_means_by_value_are_those_of_the_formula():
    found = study(n=512)
    rows = found.by_value.query("measure == 'difference'").set_index(["factor", "part"])
    middle = 3.0 + 6.0 + 0.1 * 29.5 + 2.0 * np.mean([noise(10_000 + seed) for seed in range(1, 17)])
    expected = {("keeps", "False"): middle - 10, ("keeps", "True"): middle + 10}
    expected |= {("share", third): middle + step for third, step in zip(THIRDS, (-2, 0, 2), strict=True)}
    expected |= {("layers", str(number)): middle + 3 * (number - 2) for number in (1, 2, 3)}
    expected |= {("rounds", str(number)): middle for number in range(5)}
    expected |= {("years", third): middle + step for third, step in zip(THIRDS, (-2, 0, 2), strict=True)}
    for place, mean in expected.items():
        assert rows.loc[place, "mean"] == pytest.approx(mean, abs=1.0), place
    ends = rows.loc["years", ["low", "high"]].to_numpy()
    assert (ends[1:, 0] == ends[:-1, 1] + 1).all() and ends[0, 0] == 0 and ends[-1, 1] == 59, "parts do not overlap"
    assert set(rows.index.get_level_values("factor")) == set(VARY), "the dummy has no values to speak of"
    assert rows.groupby("factor")["points"].sum().eq(len(found.design.realised)).all()
    overview = found.overview.query("measure == 'difference'").iloc[0]
    weighted = rows.loc["share"]
    assert np.average(weighted["mean"], weights=weighted["points"]) == pytest.approx(overview["mean"])


def test_intervals_hold_what_other_seeds_would_say():
    """95% intervals over seeds: of sixty, fewer than 51 hold the truth seven times in ten thousand."""
    held = 0
    for number in range(60):
        found = study(first_seed=1 + 40 * number)
        row = found.by_value.query("measure == 'difference' and factor == 'keeps' and part == 'True'").iloc[0]
        held += abs(row["mean"] - (10.0 + 3.0 + 6.0 + 2.95)) <= row["mean_half"]
    assert held >= 51
    few = study(seeds=4).by_value
    assert few["mean_half"].isna().all() and few["mean"].notna().all(), "four seeds say little of others"
    shared = sensitivity.sobol(before, vary=VARY, n=64, seeds=8, seeds_per_point=2, curves=0)
    for table in (shared.by_value, shared.overview):
        assert table["mean_half"].isna().all(), "pairs of eight seeds are 28, but have seeds in common"


def test_a_switch_that_turns_a_reform_is_told_in_a_sentence():
    found = study(n=256)
    for language, parts in {
        "en": ("Flattening", "keeps", "= no: ", "= yes: "),
        "zh": ("扁平化", "keeps", "否时", "是时"),
    }.items():
        (line,) = by_value_sentences(found.by_value, found.indices, found.overview, language)
        assert all(part in line for part in parts) and "third" not in line, "numbers are told in the table"
    quiet = found.overview.assign(note="luck")
    assert by_value_sentences(found.by_value, found.indices, quiet, "en") == []


def test_a_screening_has_no_means(tmp_path):
    found = sensitivity.morris(after, vary=VARY, n=8, curves=0)
    assert found.by_value is None and by_value_sentences(None, found.indices, found.overview, "en") == []
