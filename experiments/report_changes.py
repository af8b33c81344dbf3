"""What the scenarios of a study are: parameters that they change, values that the user set, levers in part strength.

All from the manifest, but for the strengths that a package gives its levers, which stand in its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments import words
from experiments.report_sentences import Speaker
from experiments.study_folder import Study
from model.parameters import PARAMETERS
from scenarios.schema import Package
from scenarios.shelf import all_entries
from scenarios.values import STRENGTH

Row = dict[str, Any]
Course = dict[int, object]
"""The values of a parameter by the week from which they are in force."""

WARMUP = -1  # the week that stands for all weeks before 0


def changed_rows(speaker: Speaker, study: Study) -> list[Row] | None:
    """A row for each scenario and parameter that it sets otherwise than the baseline; None if the manifest records none.

    `old` is the baseline's value, `new` that in which the scenario ends, or if it ends as the baseline does, as after a
    stress, the value farthest from it; `weeks` are those in which the value moves or, in that case, differs.
    """
    values, changes = study.manifest.get("parameters"), study.manifest.get("changes") or {}
    if not isinstance(values, Mapping) or study.baseline not in values:
        return None
    rows = []
    for scenario in study.scenarios:
        for name in values.get(scenario, {}):
            usual, own = (_course(values[who], changes.get(who, []), name) for who in (study.baseline, scenario))
            if any(_at(own, week) != _at(usual, week) for week in own | usual):
                rows.append(_changed_row(speaker, scenario, name, usual, own))
    return rows


def _course(values: Mapping[str, object], changes: list[Mapping[str, Any]], name: str) -> Course:
    later = {change["week"]: change["values"][name] for change in changes if name in change["values"]}
    return {WARMUP: values.get(name), **later}


def _at(course: Course, week: int) -> object:
    return course[max(known for known in course if known <= week)]


def _changed_row(speaker: Speaker, scenario: str, name: str, usual: Course, own: Course) -> Row:
    moments = sorted(own | usual)
    differing = [week for week in moments if _at(own, week) != _at(usual, week)]
    old, new = _at(usual, moments[-1]), _at(own, moments[-1])
    first, last = differing[0], max(differing[0], max(own))
    if new == old:
        new = max((_at(own, week) for week in differing), key=lambda value: _distance(value, old))
        last = min(week for week in moments if week > differing[-1]) - 1
    declared = PARAMETERS.get(name)
    return {
        "scenario": speaker.scenario(scenario),
        "name": name,
        "title": _title(speaker, name),
        "unit": words.title("unit", declared.unit, speaker.setting.language) if declared else "",
        "old": _value_text(speaker, old),
        "new": _value_text(speaker, new),
        "weeks": _weeks_text(speaker, first, last),
    }


def _distance(value: object, old: object) -> float:
    return abs(float(value) - float(old)) if isinstance(value, int | float) and isinstance(old, int | float) else 0.0


def _weeks_text(speaker: Speaker, first: int, last: int) -> str:
    low, high = (speaker.say("week_start") if week == WARMUP else str(week) for week in (first, last))
    return low if low == high else words.sentence("range", speaker.setting.language, low=low, high=high)


def _title(speaker: Speaker, name: str) -> str:
    declared = PARAMETERS.get(name)
    if declared is None:
        return name
    return declared.title_zh if speaker.setting.language == "zh" else declared.title_en


def _value_text(speaker: Speaker, value: object) -> str:
    if isinstance(value, bool):
        return speaker.say("value_true" if value else "value_false")
    return f"{value:,.6g}".replace("-", words.MINUS) if isinstance(value, int | float) else "–"


def settings_text(speaker: Speaker, manifest: Mapping[str, Any]) -> str:
    """What the user set, in the baseline too: parameters beside the street's own values, and strengths of levers."""
    settings, street = manifest.get("settings"), manifest.get("street_parameters") or {}
    if not isinstance(settings, Mapping):
        return speaker.say("not_in_manifest")
    said = [_setting_text(speaker, name, value, street.get(name)) for name, value in settings.items()]
    return speaker.join(said) if said else speaker.say("settings_none")


def _setting_text(speaker: Speaker, name: str, value: object, own: object) -> str:
    if name not in PARAMETERS:
        return f"{name} = {_value_text(speaker, value)}"
    return speaker.say(
        "setting",
        title=_title(speaker, name),
        name=name,
        value=_value_text(speaker, value),
        own=_value_text(speaker, own),
    )


def strength_text(scenario: str, manifest: Mapping[str, Any], language: str) -> str:
    """'strength 0.5' for a scenario whose levers are not all in full force, else nothing.

    A lever that is known here by its file only, in a package of the user's own, cannot be told.
    """
    settings, entries = manifest.get("settings") or {}, all_entries()
    strengths: dict[str, float] = {}
    for part in scenario.split("+"):
        entry = entries.get(part)
        levers = entry.levers if isinstance(entry, Package) else {part: 1.0}
        strengths |= {lever: settings.get(lever + STRENGTH, usual) for lever, usual in levers.items()}
    found = sorted(set(strengths.values()))
    if found in ([], [1.0]):
        return ""
    if len(found) == 1:
        return words.sentence("strength", language, strength=f"{found[0]:g}")
    return words.sentence("strengths", language, low=f"{found[0]:g}", high=f"{found[-1]:g}")
