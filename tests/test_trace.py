"""The story of one request against the run it tells of, and the explanation of streets and units."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from experiments import street_tables, trace
from experiments import trace_words as words
from experiments.trace_log import CLOSED_DOORS, ITSELF, STAFF, Life, life_of, spells_of
from experiments.trace_narrative import Narrative, meetings_of
from model.codes import ALWAYS, HOUR, NEVER, OFFICE, UNIT_TYPE_NAMES, WINDOW_HOURS
from model.errors import JiedaoError, UnknownNameError
from model.stages import COORDINATION_GATE, STAGE_NAMES, STEP_NAMES

STREET = {"residents": 1_500, "weeks": 20, "seed": 1}


@pytest.fixture(scope="module")
def run():
    return trace.run("baseline", "typical", *STREET.values())


@pytest.fixture(scope="module")
def lives(run) -> list[Life]:
    outcome, _ = run
    return [life_of(outcome, int(row)) for row in trace.cohort(outcome)]


def gave_up_at(life: Life) -> int:
    return min((h.time for h in life.happenings if h.event in ("given_up", "petitioned")), default=NEVER)


def test_slowest_story_is_about_the_slowest_settled_case(lives):
    settled = [life for life in lives if life.record["settled"] < NEVER and not life.record["gave_up"]]
    slowest = max(settled, key=lambda life: life.ended - life.reported)
    text = trace.story(**STREET, slowest=True)
    assert words.day(slowest.reported) in text
    assert words.day(slowest.ended) in text
    assert f"{(slowest.ended - slowest.reported) / HOUR:9,.1f}   100%" in text


def test_spells_follow_one_another_and_fill_the_whole_duration(lives):
    for life in lives:
        spells = spells_of(life)
        ends = [life.reported, *(spell.end for spell in spells)]
        assert [spell.begin for spell in spells] == ends[:-1]
        assert ends[-1] == life.ended


def test_stage_hours_of_the_cohort_are_those_that_the_model_counted(run, lives):
    """The model keeps its own account of time by stage while it runs; the stories read it back from the log."""
    world = run[0].world
    tau, run_end = int(world.clock["tau"][0]), int(world.clock["end"][0])
    told: dict[tuple[str, str], int] = defaultdict(int)
    for life in lives:
        limit, gave_up = life.reported + tau, gave_up_at(life)
        spells = spells_of(life)
        for spell, following in zip(spells, [*spells[1:], None], strict=True):
            booked = spell.end  # the model books time when a stage or a wait ends, until the resident gives up
            if spell.part == CLOSED_DOORS and following is not None and following.part == STAFF:
                booked = following.end
            if booked <= gave_up and booked < run_end:
                told[spell.stage, spell.part] += max(0, min(spell.end, limit) - min(spell.begin, limit))
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for i, row in enumerate(world.step_time.sum(axis=0).reshape(-1, 3)):
        stage = STEP_NAMES[i] if i < len(STAGE_NAMES) else STEP_NAMES[i].partition("_")[0]
        for part, time in zip((STAFF, CLOSED_DOORS, ITSELF), row, strict=True):
            counted[stage, part] += int(time)
    # A letter that is urged again is several steps to the model, and one wait that giving up may cut here.
    for stage in ("department_intake", "waiting_list", "staying"):
        for part in (STAFF, CLOSED_DOORS, ITSELF):
            told.pop((stage, part), None)
            counted.pop((stage, part), None)
    assert {key: time for key, time in told.items() if time} == {key: time for key, time in counted.items() if time}


def test_meetings_told_are_those_that_were_held(run, lives):
    rounds_max = run[0].configuration.values["coordination_rounds_max"]
    seen = 0
    for life in lives:
        out = next((h for h in life.happenings if h.event == "gate_out" and h.unit == COORDINATION_GATE), None)
        if out is None:
            continue
        seen += 1
        meetings = meetings_of(life, run[1])
        assert len(meetings) == out.reason
        assert meetings[-1].time == out.time
        left = meetings[-1].undecided + meetings[-1].absent
        assert not left or len(meetings) == rounds_max
    assert seen > 10


def test_every_case_can_be_told_in_plain_words(run, lives):
    for life in lives:
        lines = Narrative(life, run[1]).tell()
        times = [time for time, _ in lines]
        assert times == sorted(times)
        assert times[0] >= life.reported
        assert times[-1] <= life.ended
        text = trace.tell(life, run[1], "any case")
        assert "_" not in text
        assert "nan" not in text.split()


def test_cases_are_numbered_in_order_of_report(lives):
    first, last = trace.story(**STREET, request=1), trace.story(**STREET, request=len(lives))
    assert f"number 1 of {len(lives)} cases in order of report" in first
    assert words.day(lives[0].reported) in first
    assert words.day(lives[-1].reported) in last


@pytest.mark.parametrize("number", [0, -3, 1_000_000])
def test_a_number_that_no_case_has_is_refused_with_the_numbers_there_are(lives, number):
    with pytest.raises(JiedaoError, match=f"--request {number}: .*numbered 1 to {len(lives)}"):
        trace.story(**STREET, request=number)


def test_kinds_are_checked():
    with pytest.raises(UnknownNameError, match="unknown kind 'parkng'; did you mean parking"):
        trace.story(**STREET, kind="parkng")
    with pytest.raises(JiedaoError, match="plain questions"):
        trace.story(**STREET, kind="enquiry")
    with pytest.raises(JiedaoError, match="no case of kind renovation"):
        trace.story(**STREET, kind="renovation", settings={"renovation.rate_per_1000": 0.0})


def test_two_ways_of_picking_contradict():
    with pytest.raises(JiedaoError, match="give one of them"):
        trace.story(**STREET, request=1, slowest=True)


def test_explained_street_adds_up(run):
    rows = {row.unit_type: row for row in street_tables.explain_street("typical", STREET["residents"])}
    units = run[0].world.units
    for unit_type, row in rows.items():
        here = units["type"] == UNIT_TYPE_NAMES.index(unit_type)
        assert row.units == here.sum()
        if unit_type != "programme":
            assert row.posts == units["posts"][here].sum()
            assert row.posts_per_10000 == pytest.approx(row.posts / STREET["residents"] * 1e4)
    assert 0.2 < rows["civil_affairs"].utilisation < 1.0
    assert all(len(texts) == len(street_tables.COLUMNS) for texts in street_tables.text_rows(list(rows.values())))
    community = street_tables.head_counts(list(rows.values()), STREET["residents"])[2]
    assert community.here == pytest.approx(rows["community"].posts_per_10000)


def test_relaxation_grows_with_the_square_of_what_is_idle():
    assert street_tables.relaxation(2.0, 4.0, 0.5) == pytest.approx(2.0)
    assert street_tables.relaxation(2.0, 4.0, 0.75) == pytest.approx(8.0)
    assert math.isinf(street_tables.relaxation(2.0, 4.0, 1.0))


def test_explained_units_have_the_calendars_of_the_model(run):
    words_of = {ALWAYS: "day and night", OFFICE: "9:00-17:00", WINDOW_HOURS: "until 18:00"}
    for unit in run[0].world.units:
        facts = dict(street_tables.explain_unit(UNIT_TYPE_NAMES[unit["type"]]))
        assert words_of[int(unit["calendar"])] in facts["works"]
        assert facts["parameters that touch it"]
    with pytest.raises(UnknownNameError, match="did you mean leader"):
        street_tables.explain_unit("leeder")
