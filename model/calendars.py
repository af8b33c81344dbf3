"""Working calendars: when a unit works, how much working time lies between two moments, when a piece of work ends.

Time is int64 microseconds from Monday 2024-01-01 00:00, and negative in the warm-up. A calendar is a row of days with
opening and closing moments and the working time before each day, so that finishing time is the calendar's inverse.
The calendar `always` needs no table.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from model.codes import ALWAYS, CALENDAR_NAMES, DAY, EXTENDED, HOUR, OFFICE, WINDOW_HOURS
from model.compilation import compiled, rule

START_DATE = dt.date(2024, 1, 1)

# Public holidays and make-up working days by the State Council's yearly notices; later years repeat 2025 (assumption).
_HOLIDAYS = {
    2023: ("01-01:01-02", "01-21:01-27", "04-05:04-05", "04-29:05-03", "06-22:06-24", "09-29:10-06"),
    2024: (
        "01-01:01-01",
        "02-10:02-17",
        "04-04:04-06",
        "05-01:05-05",
        "06-10:06-10",
        "09-15:09-17",
        "10-01:10-07",
    ),
    2025: ("01-01:01-01", "01-28:02-04", "04-04:04-06", "05-01:05-05", "05-31:06-02", "10-01:10-08"),
}
_MAKE_UP_DAYS = {
    2023: ("01-28", "01-29", "04-23", "05-06", "06-25", "10-07", "10-08"),
    2024: ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    2025: ("01-26", "02-08", "04-27", "09-28", "10-11"),
}

DAY_DTYPE = np.dtype([("opens", "i8"), ("closes", "i8"), ("worked", "i8")])


def _days_between(year: int, span: str) -> list[dt.date]:
    first, last = (dt.date(year, *map(int, end.split("-"))) for end in span.split(":"))
    return [first + dt.timedelta(n) for n in range((last - first).days + 1)]


def is_working_day(date: dt.date) -> bool:
    """Whether offices work on this date: Monday to Friday less holidays, plus make-up days."""
    year = min(max(date.year, 2023), 2025)
    stamp = f"{date.month:02d}-{date.day:02d}"
    if stamp in _MAKE_UP_DAYS[year]:
        return year == date.year or date.weekday() < 5
    holidays = {f"{d.month:02d}-{d.day:02d}" for span in _HOLIDAYS[year] for d in _days_between(year, span)}
    return date.weekday() < 5 and stamp not in holidays


def build_calendars(first_week: int, last_week: int, start_date: dt.date = START_DATE) -> np.ndarray:
    """The table of days of all calendars: shape (calendars, days), from Monday of `first_week` to `last_week`.

    A day that nobody works has `opens == closes`. The window calendar is open on office days until 18:00, of which the
    last hour is overtime for persons who already wait in the hall (MODEL section 14).
    """
    first = first_week * 7
    days = np.zeros((len(CALENDAR_NAMES), (last_week - first_week) * 7), DAY_DTYPE)
    hours = {OFFICE: (9, 17), WINDOW_HOURS: (9, 18), EXTENDED: (8, 20), ALWAYS: (0, 24)}
    for calendar, (opens, closes) in hours.items():
        worked = 0
        for i in range(days.shape[1]):
            midnight = (first + i) * DAY
            works = calendar in (EXTENDED, ALWAYS) or is_working_day(start_date + dt.timedelta(first + i))
            length = (closes - opens) * HOUR if works else 0
            days[calendar, i] = (midnight + opens * HOUR, midnight + opens * HOUR + length, worked)
            worked += length
    return days


@rule
def _day_of(days: np.ndarray, time: int) -> int:
    origin = days["opens"][ALWAYS, 0]
    return min(max((time - origin) // DAY, 0), days.shape[1] - 1)


@rule
def worked_until(days: np.ndarray, calendar: int, time: int) -> int:
    """Working time (microseconds) of a calendar from the start of its table until `time`."""
    if calendar == ALWAYS:
        return time
    i = _day_of(days, time)
    opens, closes = days["opens"][calendar, i], days["closes"][calendar, i]
    return days["worked"][calendar, i] + min(max(time - opens, 0), closes - opens)


@rule
def is_open(days: np.ndarray, calendar: int, time: int) -> bool:
    """Whether the calendar works at `time` (its closing moment is outside)."""
    if calendar == ALWAYS:
        return True
    i = _day_of(days, time)
    return days["opens"][calendar, i] <= time < days["closes"][calendar, i]


@compiled
def next_opening(days: np.ndarray, calendar: int, time: int) -> int:
    """The first moment at or after `time` at which the calendar works."""
    if is_open(days, calendar, time):
        return time
    i = _day_of(days, time)
    if time >= days["closes"][calendar, i]:
        i += 1
    last = days.shape[1] - 1
    while i < last and days["opens"][calendar, i] == days["closes"][calendar, i]:
        i += 1
    return days["opens"][calendar, min(i, last)]


@compiled
def finish_time(days: np.ndarray, calendar: int, start: int, work: int) -> int:
    """When `work` microseconds of working time, begun at `start`, are done: the calendar's inverse."""
    if calendar == ALWAYS:
        return start + work
    target = worked_until(days, calendar, start) + work
    low, high = _day_of(days, start), days.shape[1] - 1
    while low < high:  # the last day whose earlier working time is below the target
        middle = (low + high + 1) // 2
        if days["worked"][calendar, middle] < target:
            low = middle
        else:
            high = middle - 1
    return max(start, days["opens"][calendar, low] + target - days["worked"][calendar, low])
