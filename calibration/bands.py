"""Source bands of the baseline, for the quantities whose definition is that of an indicator here.

`baseline_bands.csv` proposes low, best and high for many quantities; most of them are measured otherwise than any indicator
of the model, and showing them side by side would compare unlike things. `MATCHES` lists those that may be compared, and
`NOT_COMPARED` says why others that look alike may not. `shape_bands.csv` has what any street of this kind looks like.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model.errors import InputFileError
from model.indicator_definitions import INDICATORS

FILES = tuple(Path(__file__).parent / name for name in ("baseline_bands.csv", "shape_bands.csv"))
COLUMNS = ("evidence_id", "quantity", "role", "low", "best", "high", "unit", "note")


@dataclass(frozen=True)
class Match:
    """The indicator, kind and group that a quantity of the sources is about; a band times `factor` is in its unit."""

    indicator: str
    kind: str = "all"
    group: str = "all"
    factor: float = 1.0


MATCHES: dict[str, Match] = {
    "response_time": Match("response_time"),
    "repeat_rate": Match("repeat_rate"),
    "satisfaction": Match("satisfaction"),
    "window_wait": Match("window_wait"),
    "documents_per_case": Match("documents_per_case"),
    "trips_per_case": Match("trips_per_case"),
    "coordination_rounds_street_vending": Match("coordination_rounds", kind="street_vending"),
    "case_satisfaction_elder_care": Match("case_satisfaction", kind="elder_care"),
    "case_satisfaction_child_care": Match("case_satisfaction", kind="child_care"),
    "idle_fund_share": Match("idle_fund_share"),
    "staff_turnover_rate": Match("turnover_rate"),
    "contacts_per_resident_year": Match("contacts_per_resident_year"),
    "enquiry_share": Match("enquiry_share"),
    "case_satisfaction": Match("case_satisfaction"),
    "several_departments_ratio": Match("several_departments_ratio"),
    "daily_dispersion": Match("daily_dispersion"),
    "staff_wait_share": Match("staff_wait_share"),
}

NOT_COMPARED: dict[str, str] = {
    "response_time_emergency": "contains the delay until the report (1.5 of 4.2 h); response_time begins at the report",
    "response_time_cross_department": "of cases for several departments, which are no group of the indicators",
    "response_time_district_no_power": "of the district's step alone, not of the case",
    "resolution_time_illegal_building": "3 months in one case; resolution_time is restricted at 90 days",
    "resolution_time_combined_matter": "of matters that combine two services, which are no kind here",
    "coordination_rounds_renovation": "meetings for the consent of residents, which is not modelled",
    "unmet_need_share_urgent": "of urgent needs, which are no group of the indicators",
    "unmet_need_share_elder_meals": "of meals alone; elder_care has care and meals together",
    "unmet_need_share_digitally_weak": "coverage of one service in one community",
    "case_satisfaction_convenience": "of convenience services, which are no kind here",
    "case_satisfaction_cross_department": "of cases for several departments, which are no group of the indicators",
    "case_satisfaction_window": "a score of staff attitude, not a share of the satisfied",
    "case_satisfaction_unskilled": "of counselling without a counsellor",
    "complaint_share_overdue": "why people complain, among complaints; on_time_rate is of cases",
    "facility_utilisation": "of rooms open to whoever comes; facility_utilisation here is of places with a waiting list",
    "pooled_fund_share": "an input of the model (pool_share), not a result",
}


@dataclass(frozen=True)
class Band:
    """What the sources say of an indicator in an ordinary street, in the indicator's own unit."""

    quantity: str
    match: Match
    low: float
    best: float
    high: float
    evidence: tuple[str, ...]
    note: str

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; NaN does not."""
        return self.low <= value <= self.high


@cache
def bands(paths: tuple[Path, ...] = FILES) -> dict[tuple[str, str, str], Band]:
    """By indicator, kind and group. Raises InputFileError for a file that is not as it should be."""
    return {key: band for path in paths for key, band in _read(path).items()}


def _read(path: Path) -> dict[tuple[str, str, str], Band]:
    found: dict[tuple[str, str, str], Band] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputFileError(f"{path}: columns must be {', '.join(COLUMNS)}")
            for number, row in enumerate(reader, start=2):
                match = MATCHES.get(row["quantity"])
                if match is not None:
                    found[match.indicator, match.kind, match.group] = _band(row, match, f"{path}: line {number}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputFileError(f"{path}: cannot be read ({error})") from None
    return found


def _band(row: dict[str, str], match: Match, where: str) -> Band:
    if match.indicator not in INDICATORS:
        raise InputFileError(f"{where}: quantity '{row['quantity']}' is set against an unknown indicator")
    try:
        low, best, high = (float(row[column]) * match.factor for column in ("low", "best", "high"))
    except ValueError:
        raise InputFileError(f"{where}: low, best and high must be numbers") from None
    if not low <= best <= high:
        raise InputFileError(f"{where}: low {low:g}, best {best:g}, high {high:g} are not in order")
    return Band(row["quantity"], match, low, best, high, tuple(row["evidence_id"].split(";")), row["note"])
