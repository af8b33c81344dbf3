"""What `world.weekly` holds: one row a calendar week from the first week of the warm-up, one column a measure.

Flows are sums over the week. Stocks are as they stand at its end. A value for a period is a ratio of sums.
"""

from __future__ import annotations

from model.compilation import inlined
from model.world import World

WEEK_MEASURE_NAMES = (
    "satisfied_residents",
    "residents",
    "trust_sum",
    "post_weeks",
    "vacant_post_weeks",
    "leavers",
    "hires",
    "rostered_hours",
    "overtime_hours",
    "work_hours",
    "paper_hours",
    "other_hours",
    "money_received",
    "money_paid",
    "money_committed",
    "money_idle",
    "money_lapsed",
    "year_received",
    "year_committed",
    "organization_yuan",
    "organizations",
    "organizations_closed",
    "places_offered",
    "places_held",
    "places_waited_for",
    "departments_sharing",
    "willingness_sum",
    "overtime_yuan",
    "petitions",
    "outside_yuan",
    "cofunded_yuan",
    "cofunded_projects",
    "called_enquiries",
    "community_enquiries",
)
(
    W_SATISFIED_RESIDENTS,
    W_RESIDENTS,
    W_TRUST_SUM,
    W_POST_WEEKS,
    W_VACANT_POST_WEEKS,
    W_LEAVERS,
    W_HIRES,
    W_ROSTERED_HOURS,
    W_OVERTIME_HOURS,
    W_WORK_HOURS,
    W_PAPER_HOURS,
    W_OTHER_HOURS,
    W_MONEY_RECEIVED,
    W_MONEY_PAID,
    W_MONEY_COMMITTED,
    W_MONEY_IDLE,
    W_MONEY_LAPSED,
    W_YEAR_RECEIVED,
    W_YEAR_COMMITTED,
    W_ORGANIZATION_YUAN,
    W_ORGANIZATIONS,
    W_ORGANIZATIONS_CLOSED,
    W_PLACES_OFFERED,
    W_PLACES_HELD,
    W_PLACES_WAITED_FOR,
    W_DEPARTMENTS_SHARING,
    W_WILLINGNESS_SUM,
    W_OVERTIME_YUAN,
    W_PETITIONS,
    W_OUTSIDE_YUAN,
    W_COFUNDED_YUAN,
    W_COFUNDED_PROJECTS,
    W_CALLED_ENQUIRIES,  # by telephone or app
    W_COMMUNITY_ENQUIRIES,
) = range(len(WEEK_MEASURE_NAMES))


@inlined
def add_to_week(world: World, week: int, measure: int, amount: float) -> None:
    """Add to a measure of `week`; weeks before the start or after the end of the table are not kept."""
    row = week - world.clock["opened"][0]
    if 0 <= row < world.weekly.shape[0]:
        world.weekly[row, measure] += amount
