"""What each indicator means: its unit, which way is better, and one sentence that defines it.

The numbers are computed in `indicators.py` and its neighbours; here is only what a reader must know to read them. An
indicator that this version does not compute says which mechanism it waits for (`lacking`), so that nobody looks for it in
a table in vain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"] | None
UNIT_GROUP = "unit:"
"""`unit:mediation` as a group of indicator rows is that type of unit; all other groups are of residents."""


@dataclass(frozen=True)
class Indicator:
    """One measured quantity; `better` is None where neither more nor less is better in itself.

    `lacking` is the part of the world that this version does not model and without which there is nothing to measure.
    """

    name: str
    unit: str
    better: Better
    headline: bool
    sentence: str
    title_en: str
    title_zh: str
    lacking: str = ""

    @property
    def computed(self) -> bool:
        """Whether every run has it."""
        return not self.lacking


# A case is a need that a resident reported, or that patrol or sensor found and that needs another person.
# The cohort are the cases reported in the measured window. Durations are clock hours; tau is 90 days.
_DEFINITIONS = (
    Indicator(
        "response_time",
        "hours",
        "lower",
        True,
        "Mean time from report to the first start of work by a unit that can settle the case, "
        "restricted at 90 days; acknowledgements, operators, reviewers and wrong units do not count.",
        "Response time",
        "响应时间",
    ),
    Indicator(
        "resolution_time",
        "hours",
        "lower",
        True,
        "Mean time from report to lasting settlement (not reopened within 30 days), restricted at 90 "
        "days over the whole cohort; open, given-up and petitioned cases count 90 days.",
        "Resolution time",
        "办结时间",
    ),
    Indicator(
        "unmet_need_share",
        "share",
        "lower",
        True,
        "Share of needs with onset in the window that nobody, neighbours included, settled within 90 days, reported or not; by "
        "itself a kind with places in programmes shows the share of person-weeks of wanting a place that passed without one.",
        "Unmet needs",
        "未满足需求占比",
    ),
    Indicator(
        "repeat_rate",
        "share",
        "lower",
        True,
        "Share of the cohort with at least one chase while open or a reopening within 30 days of closure.",
        "Repeat complaints",
        "重复投诉率",
    ),
    Indicator(
        "satisfaction",
        "share",
        "higher",
        True,
        "Share of residents whose standing satisfaction is at least 0.5, averaged over the weeks of the window.",
        "Residents' satisfaction",
        "居民满意度",
    ),
    Indicator(
        "equity_gap",
        "share",
        "lower",
        True,
        "Share of needs settled within the reference due time among residents who are not vulnerable,"
        " minus the same share among vulnerable residents; positive means that the vulnerable fare "
        "worse.",
        "Equity gap",
        "公平差距",
    ),
    Indicator(
        "cost_per_case",
        "yuan",
        "lower",
        True,
        "Work hours divided by the productive share times the wage, plus case money, per settled case.",
        "Cost per settled case",
        "单件办结成本",
    ),
    Indicator(
        "exposure_time",
        "hours",
        "lower",
        False,
        "Mean time from a need's onset to its settlement, restricted at 90 days, over all needs, reported or not.",
        "Exposure time",
        "问题暴露时间",
    ),
    Indicator(
        "on_time_rate",
        "share",
        "higher",
        False,
        "Share of the cohort settled within the reference due time of its kind, which no reform changes.",
        "On-time rate",
        "按期办结率",
    ),
    Indicator(
        "own_deadline_rate",
        "share",
        "higher",
        False,
        "Share of the cohort settled within the scenario's own deadlines, deadline_hours_factor times the reference "
        "due time.",
        "Rate within own deadlines",
        "自定时限达标率",
    ),
    Indicator(
        "resolution_rate",
        "share",
        "higher",
        False,
        "Share of the cohort settled within 90 days.",
        "Resolution rate",
        "解决率",
    ),
    Indicator(
        "first_contact_resolution_rate",
        "share",
        "higher",
        False,
        "Share of the cohort settled with one contact, one visit and no hand-over.",
        "Settled at first contact",
        "首次接触解决率",
    ),
    Indicator(
        "grid_resolution_share",
        "share",
        "higher",
        False,
        "Share of settled cases that a grid worker or community settled without a street unit.",
        "Settled in grid or community",
        "网格社区解决占比",
    ),
    Indicator(
        "contacts_per_case",
        "contacts",
        "lower",
        False,
        "Calls, messages and visits about a case of the cohort.",
        "Contacts per case",
        "单件联系次数",
    ),
    Indicator(
        "contacts_per_resident_year",
        "contacts per resident and year",
        None,
        False,
        "Calls, messages and visits, enquiries included, per resident and year.",
        "Contacts per resident and year",
        "人均年联系次数",
    ),
    Indicator(
        "enquiry_share",
        "share",
        None,
        False,
        "Enquiries over all contacts of the window.",
        "Enquiries among contacts",
        "咨询占比",
    ),
    Indicator(
        "daily_dispersion",
        "ratio",
        None,
        False,
        "Variance over mean of the number of complaints that residents report on a day of the window; 1 where only chance is at work.",
        "Dispersion of daily complaints",
        "每日投诉离散度",
    ),
    Indicator(
        "several_departments_ratio",
        "ratio",
        None,
        False,
        "Resolution time of cases for two or more departments over that of all others.",
        "Cases for several departments",
        "跨部门案件用时比",
    ),
    Indicator(
        "staff_wait_share",
        "share",
        None,
        False,
        "Waiting for busy staff over the whole resolution time of the cohort.",
        "Time spent waiting for staff",
        "等待人手占比",
    ),
    Indicator(
        "request_volume",
        "orders per resident and year",
        None,
        False,
        "Orders of residents that are not enquiries, chases included, per resident and year; more can mean more trouble "
        "or more trust. Later reports of one public problem are not modelled.",
        "Volume of requests",
        "诉求量",
    ),
    Indicator(
        "reopened_rate",
        "share",
        "lower",
        False,
        "Share of closures reopened within 30 days.",
        "Reopened",
        "重开率",
    ),
    Indicator(
        "petition_rate",
        "per 10,000 residents and year",
        "lower",
        False,
        "Petitions per 10,000 residents and year.",
        "Petitions",
        "信访率",
    ),
    Indicator(
        "misroute_rate",
        "share",
        "lower",
        False,
        "Share of dispatches that went to a unit not responsible.",
        "Misrouted",
        "错派率",
    ),
    Indicator(
        "ack_time",
        "hours",
        "lower",
        False,
        "Mean time from report to the first acknowledgement, automatic ones included.",
        "Acknowledgement time",
        "首次回应时间",
    ),
    Indicator(
        "trips_per_case",
        "trips",
        "lower",
        False,
        "Visits per case of administrative service and social assistance, visits in vain included.",
        "Trips per case",
        "单件跑动次数",
    ),
    Indicator(
        "documents_per_case",
        "papers",
        "lower",
        False,
        "Papers handed over per case of administrative service and social assistance.",
        "Documents per case",
        "单件提交材料数",
    ),
    Indicator(
        "window_wait",
        "minutes",
        "lower",
        False,
        "Mean time from entering the hall to the counter, over visits that were served.",
        "Wait at the window",
        "窗口等候时间",
    ),
    Indicator(
        "coordination_rounds",
        "meetings",
        "lower",
        False,
        "Meetings held per case for two or more departments that came before a meeting.",
        "Coordination rounds",
        "协调轮次",
    ),
    Indicator(
        "case_satisfaction",
        "share",
        "higher",
        False,
        "Share of closed or given-up cases whose resident is satisfied.",
        "Satisfaction with the case",
        "办件满意度",
    ),
    Indicator(
        "utilisation",
        "share",
        None,
        False,
        "Work hours divided by productive rostered hours, by type of unit (group unit:TYPE) and for the street's own "
        "staff together; low is idle, high is a queue.",
        "Utilisation",
        "负荷率",
    ),
    Indicator(
        "backlog",
        "cases",
        "lower",
        False,
        "Cases open at the week's end.",
        "Backlog",
        "积压量",
    ),
    Indicator(
        "idle_fund_share",
        "share",
        "lower",
        False,
        "Released money not committed at the fiscal year's end, or at the end of a period that holds none, as a "
        "share of what was released.",
        "Idle money",
        "资金闲置率",
    ),
    Indicator(
        "social_cofunding",
        "yuan per year",
        "higher",
        False,
        "Outside money drawn into pooled projects in a year.",
        "Social co-funding",
        "社会配套资金",
    ),
    Indicator(
        "cofunding_ratio",
        "ratio",
        "higher",
        False,
        "Outside yuan per public yuan in co-funded projects.",
        "Co-funding ratio",
        "配套比",
    ),
    Indicator(
        "street_cost",
        "yuan per year",
        "lower",
        False,
        "Posts at their wages, overtime at one and a half of them, case money, contracts and subsidies, running cost of "
        "reforms and a fifth of their one-off cost.",
        "Cost to the street",
        "街道成本",
    ),
    Indicator(
        "social_cost",
        "yuan per year",
        "lower",
        False,
        "Cost to the street plus residents' hours of trips, waits in the hall, calls and forms at 30 yuan.",
        "Cost to society",
        "社会成本",
    ),
    Indicator(
        "place_coverage",
        "share",
        "higher",
        False,
        "Place-weeks held as a share of those held or waited for in elder care and child care.",
        "Coverage of programmes",
        "服务覆盖率",
    ),
    Indicator(
        "facility_utilisation",
        "share",
        "higher",
        False,
        "Place-weeks held in programmes as a share of those offered; above 1 where stays go on in places no longer "
        "offered.",
        "Use of facilities",
        "设施使用率",
    ),
    Indicator(
        "participation_rate",
        "share",
        "higher",
        False,
        "Adults with at least one deliberation in the last 52 weeks, as a share of adults.",
        "Participation",
        "居民参与率",
        lacking="deliberation among residents",
    ),
    Indicator(
        "vacancy_rate",
        "share",
        "lower",
        False,
        "Vacant post-weeks as a share of all post-weeks.",
        "Vacancies",
        "空岗率",
    ),
    Indicator(
        "turnover_rate",
        "per post and year",
        "lower",
        False,
        "Leavers per post and year.",
        "Turnover",
        "人员流失率",
    ),
    Indicator(
        "false_closure_rate",
        "share",
        "lower",
        False,
        "Closures of work that was not settled, as a share of closures.",
        "False closures",
        "虚假办结率",
        lacking="closing on paper what is not settled",
    ),
    Indicator(
        "reported_resolution",
        "share",
        "higher",
        False,
        "What the street reports: closed orders as a share of accepted ones, whatever was really settled.",
        "Resolution as reported",
        "上报解决率",
        lacking="what the street reports as against what happens",
    ),
    Indicator(
        "reported_satisfaction",
        "share",
        "higher",
        False,
        "What the street reports: satisfied residents as a share of those reached by call-back.",
        "Satisfaction as reported",
        "上报满意率",
        lacking="what the street reports as against what happens",
    ),
)

INDICATORS: Mapping[str, Indicator] = {indicator.name: indicator for indicator in _DEFINITIONS}

HEADLINES: tuple[str, ...] = tuple(name for name, indicator in INDICATORS.items() if indicator.headline)
