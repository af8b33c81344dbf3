"""How much work comes to each unit: a trial of a street with staff in plenty, from which posts are derived (MODEL 23).

The trial uses the street's own values and not what a user or a study sets on top, so that a slower review or a higher demand
meets the staff of the street as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from model import needs
from model.building import build_street
from model.codes import UNIT_TYPE_NAMES, WEEK
from model.configuration import Configuration
from model.engines.driver import CompiledEngine
from model.organization import Staff, productive_share_of, weekly_hours
from model.world import with_more_rows

TRIAL_RESIDENTS = 15_000
TRIAL_WEEKS = (-26, 0)  # the first twelve are warm-up
MEASURED_FROM = -14
TRIAL_SEED = 20_240_101
# Posts are for ordinary times: no shocks and no season, which would make them right for one winter only.
_ORDINARY_TIMES = {"weekly_shock_sd": 0.0, "daily_shock_sd": 0.0, "season_amplitude": 0.0}


def staff_for(street: str, values: Mapping[str, float | int | bool]) -> Staff:
    """Posts per 1,000 residents of each unit type of a street with these values."""
    return _staff(street, json.dumps(dict(values), sort_keys=True))


@lru_cache(maxsize=16)
def _staff(street: str, values_as_json: str) -> Staff:
    values = json.loads(values_as_json) | _ORDINARY_TIMES
    configuration = Configuration(
        "trial", street, TRIAL_RESIDENTS, values, weeks=0, warmup_weeks=-TRIAL_WEEKS[0], followup_weeks=1
    )
    hours, review, departments = _measure(configuration)
    thousand = TRIAL_RESIDENTS / 1000.0 * (TRIAL_WEEKS[1] - MEASURED_FROM)
    posts = {}
    for type_, work in hours.items():
        if type_ == "programme":
            continue
        background = values["department.background_load_share"] if type_ == "department" else 0.0
        rostered = weekly_hours(type_) * productive_share_of(type_, values) * values[f"{type_}.target_utilisation"]
        posts[type_] = work / (1.0 - background) / rostered / thousand
    load = {t: h / thousand for t, h in hours.items()}
    shares = np.maximum(departments / max(departments.sum(), 1e-9), values["least_share"] / len(departments))
    background = values["department.background_load_share"]
    return Staff(
        posts,
        load,
        {t: h / thousand for t, h in review.items()},
        tuple((shares / shares.sum()).tolist()),
        load["department"] * background / (1.0 - background),
    )


def _measure(configuration: Configuration) -> tuple[dict[str, float], dict[str, float], np.ndarray]:
    """Hours of work, and of reviewing, by unit type after the trial's own warm-up, and hours of work by department."""
    world, rows = build_street(configuration, TRIAL_SEED, None, (0, 0))
    world.lines["balance"] = 1e12  # money is no obstacle here
    engine = CompiledEngine(world, lambda: None, lambda: with_more_rows(engine.world, 2 * len(engine.world.requests)))
    for week in range(*TRIAL_WEEKS):
        if week == MEASURED_FROM:
            world.units["work_hours"] = 0.0
            world.units["review_hours"] = 0.0
        wanted = needs.rows_needed(engine.world, week * WEEK, (week + 1) * WEEK)
        if not needs.has_room(engine.world, wanted):
            engine.use(with_more_rows(engine.world, len(engine.world.requests) + 2 * wanted))
        for draw in (needs.draw_week, needs.draw_trivial_week):
            engine.schedule_arrivals(draw(engine.world, week * WEEK, (week + 1) * WEEK))
        engine.advance((week + 1) * WEEK)
    types = np.array([UNIT_TYPE_NAMES[t] for t in world.units["type"]])
    names = sorted({str(t) for t in types})
    work, review = (
        {t: float(world.units[column][types == t].sum()) for t in names} for column in ("work_hours", "review_hours")
    )
    return work, review, world.units["work_hours"][list(rows.departments)]
