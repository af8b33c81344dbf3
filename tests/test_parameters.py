"""The parameter table: what it accepts, what it refuses and in which words."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import parameters
from model.errors import UnknownNameError, ValueOutOfRangeError
from model.parameters import ACTS_ON, PARAMETERS, Parameter, collect, defaults, get, scalars
from model.parameters.kinds import KIND_NAMES
from model.parameters.units import UNIT_TITLES

CALIBRATION = Path(__file__).parents[1] / "calibration"
SHARE = "pool_share"
NUMBER = "patience_growth"
INTEGER = "line_count"
SWITCH = "command_office_keeps_community"


def test_ranges_are_ordered_and_finite() -> None:
    for parameter in PARAMETERS.values():
        bounds = (parameter.minimum, parameter.low, parameter.best, parameter.high, parameter.maximum)
        assert list(bounds) == sorted(bounds), parameter.name
        assert all(math.isfinite(bound) for bound in bounds), parameter.name


def test_best_values_pass_their_own_check_unchanged() -> None:
    for name, value in defaults().items():
        checked = get(name).check(value)
        assert checked == value and type(checked) is type(value), name


def test_every_declaration_can_be_explained_in_both_languages() -> None:
    for parameter in PARAMETERS.values():
        assert re.fullmatch(r"S\d{3}-\d{3}(;S\d{3}-\d{3})*|assumption(: \S.*)?", parameter.source), parameter.name
        assert parameter.title_en and re.search(r"[\u4e00-\u9fff]", parameter.title_zh), parameter.name
        assert parameter.sentence.endswith(".") and parameter.sentence.count(". ") == 0, parameter.name
        assert parameter.acts_on in ACTS_ON


def test_titles_are_unique() -> None:
    for titles in ([p.title_en for p in PARAMETERS.values()], [p.title_zh for p in PARAMETERS.values()]):
        assert len(titles) == len(set(titles)), sorted(t for t in set(titles) if titles.count(t) > 1)


def test_sources_exist_and_are_not_outcomes() -> None:
    """An outcome that the model is compared with may not set one of its inputs."""
    with (CALIBRATION / "evidence.csv").open(encoding="utf-8", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    with (CALIBRATION / "baseline_bands.csv").open(encoding="utf-8", newline="") as file:
        outcomes = {row_id for row in csv.DictReader(file) for row_id in row["evidence_id"].split(";")}
    for parameter in PARAMETERS.values():
        if not parameter.source.startswith("assumption"):
            ids = set(parameter.source.split(";"))
            assert ids <= known, parameter.name
            assert not ids & outcomes, parameter.name


def test_dotted_names_belong_to_kinds_and_unit_types() -> None:
    topics = {parameter.topic for parameter in PARAMETERS.values()} - {""}
    assert topics == set(KIND_NAMES) | set(UNIT_TITLES)
    assert all("." not in name for name in scalars())
    attributes = {kind: {n.partition(".")[2] for n in PARAMETERS if n.startswith(f"{kind}.")} for kind in KIND_NAMES}
    assert all(names == attributes["parking"] for names in attributes.values())


def test_rates_add_up_to_what_their_source_says() -> None:
    needs = sum(get(f"{kind}.rate_per_1000").best for kind in KIND_NAMES if kind != "enquiry")
    assert needs == 1600
    disputes = KIND_NAMES[:9]
    weights = [get(f"{kind}.rate_per_1000").best for kind in disputes]
    assert weights[:3] == pytest.approx([0.32 * 800, 0.28 * 800, 0.22 * 800])
    shares = [get(f"{kind}.multi_department_share").best for kind in disputes]
    assert np.average(shares, weights=weights) == pytest.approx(0.48, abs=0.01)


def test_paper_hours_leave_the_productive_share_of_the_sources() -> None:
    """12 meetings, 8 reports and 23 documents a month are 0.60 of 160 hours, which leaves 0.30 for cases."""
    hours = (
        get("meetings_per_month").best * get("meeting_hours").best
        + get("reports_per_month").best * get("report_hours").best
        + get("documents_per_month").best * get("document_hours").best
    )
    paper = hours / get("working_hours_per_month").best
    assert paper == pytest.approx(0.60)
    assert 1 - paper - get("other_time_share").best == pytest.approx(0.30)


def test_quarterly_releases_sum_to_one() -> None:
    assert sum(get(f"release_share_quarter_{q}").best for q in (1, 2, 3, 4)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (SHARE, 5, "parameter 'pool_share': found 5, allowed is a share from 0 to 1"),
        (SHARE, -0.01, "parameter 'pool_share': found -0.01, allowed is a share from 0 to 1"),
        (SHARE, math.nan, "parameter 'pool_share': found nan, allowed is a share from 0 to 1"),
        (SHARE, np.float64("inf"), "parameter 'pool_share': found inf, allowed is a share from 0 to 1"),
        (SHARE, True, "parameter 'pool_share': found True, allowed is a share from 0 to 1"),
        (SHARE, np.bool_(True), "parameter 'pool_share': found np.True_, allowed is a share from 0 to 1"),
        (SHARE, "0.5", "parameter 'pool_share': found '0.5', allowed is a share from 0 to 1"),
        (SHARE, None, "parameter 'pool_share': found None, allowed is a share from 0 to 1"),
        (NUMBER, 0.5, "parameter 'patience_growth': found 0.5, allowed is a number from 1 to 10 (ratio)"),
        (
            NUMBER,
            -math.inf,
            "parameter 'patience_growth': found -inf, allowed is a number from 1 to 10 (ratio)",
        ),
        (INTEGER, 2.5, "parameter 'line_count': found 2.5, allowed is a whole number from 1 to 40"),
        (INTEGER, 0, "parameter 'line_count': found 0, allowed is a whole number from 1 to 40"),
        (SWITCH, 1, "parameter 'command_office_keeps_community': found 1, allowed is true or false"),
        (SWITCH, "yes", "parameter 'command_office_keeps_community': found 'yes', allowed is true or false"),
    ],
)
def test_bad_values_are_refused_with_name_finding_and_range(name: str, value: object, message: str) -> None:
    with pytest.raises(ValueOutOfRangeError) as refusal:
        get(name).check(value)
    assert str(refusal.value) == message


def test_values_come_back_in_the_declared_type() -> None:
    assert type(get(SHARE).check(1)) is float
    assert type(get(SHARE).check(np.float32(0.5))) is float
    assert type(get(INTEGER).check(8.0)) is int
    assert get(SWITCH).check(np.bool_(True)) is True


@given(
    value=st.floats(allow_nan=True, allow_infinity=True),
    name=st.sampled_from([SHARE, NUMBER, "meeting_hours"]),
)
def test_check_accepts_exactly_the_hard_bounds(value: float, name: str) -> None:
    parameter = get(name)
    if parameter.minimum <= value <= parameter.maximum:
        assert parameter.check(value) == value
    else:
        with pytest.raises(ValueOutOfRangeError):
            parameter.check(value)


def test_hard_bounds_are_inclusive_and_tight() -> None:
    for parameter in PARAMETERS.values():
        if parameter.kind == "switch":
            continue
        for bound, beyond in ((parameter.minimum, -math.inf), (parameter.maximum, math.inf)):
            assert parameter.check(bound) == bound
            with pytest.raises(ValueOutOfRangeError):
                parameter.check(np.nextafter(float(bound), beyond))


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        get("patience_grwth")
    assert str(refusal.value).startswith("unknown parameter 'patience_grwth'; did you mean patience_growth")
    assert refusal.value.nearest[0] == "patience_growth"


def test_two_declarations_of_one_name_or_field_are_an_error() -> None:
    parameter = get("parking.severity")
    with pytest.raises(ValueError, match=r"'parking\.severity' is declared twice"):
        collect([parameter, parameter])
    with pytest.raises(ValueError, match="'parking_severity' is declared twice"):
        collect([parameter, replace(parameter, name="parking_severity")])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"low": 0.9}, "bounds are not in order"),
        ({"high": 1.2}, "bounds are not in order"),
        ({"acts_on": "luck"}, "acts_on 'luck' is not one of"),
        ({"source": "S1-2"}, "source 'S1-2' is neither evidence ids nor 'assumption'"),
        ({"unit": "furlongs"}, "unit 'furlongs' is not known"),
        ({"name": "Pool share"}, "the name is not snake_case"),
        ({"title_zh": ""}, "a title is missing"),
        ({"sentence": "No full stop"}, "the sentence is missing or has no full stop"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(change: dict[str, object], complaint: str) -> None:
    parameter: Parameter = get(SHARE)
    with pytest.raises(ValueError, match=re.escape(complaint)):
        replace(parameter, **change)


def test_every_parameter_is_read_by_the_model() -> None:
    """A number that nothing reads would let a user change it and see no difference."""
    room = Path(parameters.__file__).parents[1]
    code = "\n".join(path.read_text("utf-8") for path in room.rglob("*.py") if path.parent.name != "parameters")
    attributes = {name.partition(".")[2] for name in PARAMETERS if name.partition(".")[0] in KIND_NAMES}
    unread = [name for name in (*scalars(), *attributes) if f'"{name}"' not in code and f".{name}" not in code]
    assert unread == []
