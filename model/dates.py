"""Which date a week's Monday has, in whole-number arithmetic that kernels can do."""

from __future__ import annotations

from model.codes import DAY, WEEK
from model.compilation import inlined
from model.world import World

DAYS_PER_WEEK = WEEK // DAY
DAY_OF_2024_01_01 = 19_723  # days since 1970-01-01


@inlined
def civil_date(day: int) -> tuple[int, int, int]:
    """(year, month, day of month) of a day counted from 1970-01-01 (Howard Hinnant's algorithm)."""
    z = day + 719_468
    era = z // 146_097
    of_era = z - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day_of_month = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (1 if month <= 2 else 0), month, day_of_month


@inlined
def monday_of(world: World, week: int) -> tuple[int, int, int]:
    """(year, month, day of month) of the Monday that opens `week`."""
    return civil_date(world.clock["start_day"][0] + DAYS_PER_WEEK * week)


@inlined
def opens_month(world: World, week: int) -> int:
    """The month (1-12) whose first Monday opens this week, or 0."""
    _, month, day = monday_of(world, week)
    return month if day <= DAYS_PER_WEEK else 0


@inlined
def opens_quarter(month: int) -> int:
    """The quarter (0-3) that a month (1-12) opens, or -1; 0 is no month."""
    return (month - 1) // 3 if month > 0 and (month - 1) % 3 == 0 else -1
