"""The fifteen kinds of need and the plain enquiry: names, titles and attributes (`parking.work_hours`).

Each attribute is one table over the sixteen kinds. Most numbers are assumptions of shape: the sources give
shares of disputes and single cases, not rates or hours by kind. Their plausible range is the best value times
stated factors (for log-odds, plus and minus a stated step).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.parameters.declaration import UNIT_BOUNDS, Parameter, integer, number

KIND_TITLES: dict[str, tuple[str, str]] = {
    "property_dispute": ("Property management dispute", "物业纠纷"),
    "parking": ("Parking", "停车管理"),
    "sanitation": ("Sanitation", "环境卫生"),
    "street_vending": ("Street vending", "占道经营"),
    "illegal_building": ("Illegal building", "违法建设"),
    "public_facility": ("Public facility fault", "公共设施损坏"),
    "lift_fault": ("Lift fault", "电梯故障"),
    "neighbour_dispute": ("Neighbour dispute", "邻里纠纷"),
    "safety_hazard": ("Safety hazard", "安全隐患"),
    "administrative_service": ("Administrative service", "政务服务办理"),
    "social_assistance": ("Social assistance", "社会救助"),
    "elder_care": ("Elder care and meals", "养老助餐"),
    "child_care": ("Child care", "托育服务"),
    "renovation": ("Renovation", "老旧小区改造"),
    "emergency": ("Emergency", "突发应急"),
    "enquiry": ("Plain enquiry", "政策咨询"),
}
KIND_NAMES = tuple(KIND_TITLES)

# Log-odds have no natural zero, so their plausible range is a step up and down instead of factors.
LOGIT_STEP = 0.8


@dataclass(frozen=True)
class Attribute:
    """One attribute of all kinds: its texts, its plausible range as"
    " factors of the best value, and its table."""

    name: str
    unit: str
    low_factor: float
    high_factor: float
    acts_on: str
    title_en: str
    title_zh: str
    sentence: str
    source: str
    best: dict[str, float]
    whole: bool = False
    minimum: float | None = None


def _table(*values: float) -> dict[str, float]:
    """Values in the order of KIND_NAMES."""
    return dict(zip(KIND_NAMES, values, strict=True))


# Order of columns in every table:
# property, parking, sanitation, vending, illegal building, facility, lift, neighbour, hazard,
# administrative, assistance, elder care, child care, renovation, emergency, enquiry
ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "rate_per_1000",
        "per 1,000 residents and year",
        0.5,
        2.0,
        "work content",
        "needs arising",
        "需求发生率",
        "Needs of this kind that arise per 1,000 residents and year, whether or not anybody reports them.",
        "assumption: 1,600 needs per 1,000 residents and year, half of"
        " them disputes split 0.32 / 0.28 / 0.22 / rest"
        " as in S000-011, S000-012, S000-013",
        _table(256, 224, 176, 40, 12, 36, 16, 24, 16, 590, 68, 90, 40, 0, 12, 700),
    ),
    Attribute(
        "severity",
        "score",
        0.7,
        1.4,
        "work content",
        "mean severity",
        "平均严重程度",
        "Mean severity of a need of this kind on a scale from 0 (trifling) to 1 (danger to life).",
        "assumption",
        _table(0.45, 0.30, 0.30, 0.25, 0.40, 0.40, 0.65, 0.35, 0.65, 0.35, 0.60, 0.50, 0.45, 0.50, 0.95, 0.10),
    ),
    Attribute(
        "public_share",
        "share",
        0.8,
        1.2,
        "work content",
        "share in public space",
        "公共空间占比",
        (
            "Share of needs of this kind that stand in public space, where"
            " patrols, sensors and passers-by can find them."
        ),
        "assumption",
        _table(0.1, 0.7, 0.8, 1.0, 0.5, 0.9, 0.1, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0),
    ),
    Attribute(
        "voice_intercept",
        "logit",
        0.0,
        0.0,
        "preference",
        "voice intercept",
        "诉求表达截距",
        ("Log-odds of reporting this kind of need before severity, trust, prospects, effort and fatigue are counted."),
        ("assumption: set so that about 0.35 of all needs are reported, more where a document or a rescue is wanted"),
        _table(-1.6, -1.7, -1.7, -1.7, -1.3, -1.3, 0.2, -1.5, -1.1, -0.4, -0.6, -1.2, -1.1, -0.5, 1.2, 2.5),
    ),
    Attribute(
        "needs_power",
        "share",
        0.7,
        1.4,
        "authority",
        "share needing enforcement power",
        "需执法权占比",
        "Share of needs of this kind that only a unit with enforcement or approval power can settle.",
        "assumption: split by kind of the share of tasks that need a power (48 of 156, S003-072, S003-025)",
        _table(0.10, 0.35, 0.25, 0.90, 1.0, 0.10, 0.30, 0.05, 0.55, 0.10, 0.0, 0.05, 0.05, 1.0, 0.20, 0.0),
    ),
    Attribute(
        "multi_department_share",
        "share",
        0.8,
        1.2,
        "work content",
        "share for several departments",
        "跨部门事项占比",
        "Share of needs of this kind that take two or more departments.",
        ("assumption: split by kind so that 0.48 of all disputes take several departments (S001-009, S000-033)"),
        _table(0.50, 0.45, 0.40, 0.75, 0.80, 0.50, 0.50, 0.35, 0.65, 0.06, 0.20, 0.12, 0.10, 1.0, 0.25, 0.0),
    ),
    Attribute(
        "departments_max",
        "count",
        0.75,
        1.34,
        "work content",
        "most departments needed",
        "最多涉及部门数",
        "Largest number of departments that a need of this kind can take; from two upwards equally likely.",
        "assumption: street vending 3 to 5 (S003-030, S003-075), elder"
        " care 3 to 6 (S001-030, S000-031), renovation and"
        " assistance 3 (S003-089, S003-083)",
        _table(3, 3, 3, 4, 4, 3, 3, 2, 4, 3, 3, 5, 3, 3, 3, 1),
        whole=True,
        minimum=1,
    ),
    Attribute(
        "work_hours",
        "hours",
        0.6,
        1.6,
        "work content",
        "mean work",
        "平均办理工时",
        "Mean hours of work by the unit that settles a need of this kind, at full skill and undisturbed.",
        "assumption",
        _table(2.5, 1.0, 0.8, 1.5, 8.0, 4.0, 3.0, 2.5, 4.0, 0.6, 4.0, 2.5, 2.0, 40.0, 5.0, 0.08),
        minimum=0.001,
    ),
    Attribute(
        "work_cv2",
        "ratio",
        0.5,
        2.0,
        "work content",
        "squared coefficient of variation of work",
        "工时变异系数平方",
        "Variance of the work hours of this kind over their squared mean (lognormal law).",
        "assumption",
        _table(2.0, 1.5, 1.5, 1.5, 2.0, 2.0, 1.5, 2.0, 2.0, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.0),
    ),
    Attribute(
        "money_share",
        "share",
        0.5,
        1.8,
        "money",
        "share that costs money",
        "需要经费占比",
        "Share of needs of this kind whose settlement costs the street money beyond staff time.",
        "assumption: so many that a street spends seven tenths of its money (S001-044, S001-148)",
        _table(0.025, 0.02, 0.05, 0.03, 0.05, 0.15, 0.06, 0.01, 0.10, 0.0, 0.15, 0.08, 0.05, 1.0, 0.06, 0.0),
    ),
    Attribute(
        "money_median_yuan",
        "yuan",
        0.5,
        2.0,
        "money",
        "median sum",
        "所需经费中位数",
        "Median sum of a need of this kind that costs money (lognormal law).",
        "assumption",
        _table(1500, 1500, 600, 500, 2500, 2500, 5000, 400, 3000, 200, 800, 1000, 800, 300000, 3000, 0),
    ),
    Attribute(
        "money_log_sd",
        "log points",
        0.7,
        1.3,
        "money",
        "spread of sums",
        "所需经费对数标准差",
        "Standard deviation of the natural logarithm of the sum that a need of this kind costs.",
        "assumption",
        _table(1.2, 1.2, 1.0, 0.8, 1.2, 1.3, 1.0, 0.8, 1.3, 0.8, 1.0, 1.0, 1.0, 0.8, 1.2, 0.5),
    ),
    Attribute(
        "documents",
        "count",
        0.6,
        1.6,
        "work content",
        "papers asked for",
        "平均所需材料数",
        "Mean number of papers that a resident must hand over for a need of this kind.",
        "assumption",
        _table(0.5, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5, 0.0, 0.0, 3.0, 4.5, 2.0, 2.5, 8.0, 0.0, 0.0),
    ),
    Attribute(
        "due_hours",
        "hours",
        1.0,
        1.0,
        "measurement",
        "reference due time",
        "参考办结时限",
        ("Clock hours within which a need of this kind counts as settled on time; a yardstick that no lever changes."),
        (
            "assumption: Beijing hotline standard of 2 hours, 24 hours, 7 days"
            " and 15 days; five working days count as 7 days"
        ),
        _table(168, 168, 168, 360, 360, 24, 24, 168, 168, 168, 168, 168, 168, 4320, 2, 24),
        minimum=0.1,
    ),
    Attribute(
        "unsettleable_share",
        "share",
        0.5,
        1.8,
        "work content",
        "share nobody here can settle",
        "本级无法解决占比",
        "Share of needs of this kind that cannot be settled in this street whatever it does.",
        "assumption: 0.03 for administrative matters up to 0.25 for property and renovation",
        _table(0.25, 0.20, 0.05, 0.15, 0.25, 0.10, 0.12, 0.20, 0.10, 0.03, 0.10, 0.12, 0.12, 0.25, 0.03, 0.0),
    ),
    Attribute(
        "on_spot_share",
        "share",
        0.5,
        1.6,
        "authority",
        "share a grid worker can settle",
        "网格员可现场办结占比",
        "Share of needs of this kind that a fully skilled grid worker could settle on the spot.",
        "assumption",
        _table(0.15, 0.25, 0.35, 0.15, 0.0, 0.10, 0.02, 0.35, 0.15, 0.10, 0.05, 0.10, 0.05, 0.0, 0.0, 0.60),
    ),
    Attribute(
        "informal_share",
        "share",
        0.5,
        1.6,
        "structure",
        "share settled informally",
        "民间自行化解占比",
        ("Share of needs of this kind settled among neighbours or by the property firm before anybody reports them."),
        "assumption",
        _table(0.15, 0.20, 0.20, 0.03, 0.02, 0.05, 0.20, 0.40, 0.05, 0.0, 0.05, 0.15, 0.15, 0.0, 0.05, 0.0),
    ),
    Attribute(
        "weekend_factor",
        "ratio",
        0.8,
        1.2,
        "work content",
        "weekend factor",
        "周末需求系数",
        "Needs of this kind arising on a weekend day over those on a weekday.",
        (
            "assumption: events on a weekend day in an open record of a"
            " Shenzhen district are 0.64 to 0.69 of a weekday's"
        ),
        _table(0.75, 0.85, 0.75, 0.90, 0.60, 0.70, 0.90, 1.0, 0.70, 0.45, 0.45, 0.60, 0.60, 0.50, 1.0, 0.55),
    ),
    Attribute(
        "vulnerable_ratio",
        "ratio",
        0.7,
        1.4,
        "work content",
        "rate ratio of low-income or disabled residents",
        "困难群众需求率比",
        "Rate of this need among low-income or disabled residents over that among all others.",
        "assumption",
        _table(1.0, 0.6, 1.0, 1.0, 1.0, 1.1, 1.1, 1.2, 1.3, 1.5, 8.0, 2.0, 1.5, 1.2, 1.5, 1.3),
        minimum=0.001,
    ),
    Attribute(
        "elderly_ratio",
        "ratio",
        0.7,
        1.4,
        "work content",
        "rate ratio of residents aged 60 and over",
        "老年人需求率比",
        "Rate of this need among residents aged 60 and over relative to that among younger adults.",
        "assumption",
        _table(1.2, 0.6, 1.2, 1.0, 1.0, 1.3, 1.3, 1.1, 1.1, 1.2, 2.0, 20.0, 0.3, 1.2, 2.0, 1.3),
        minimum=0.001,
    ),
    Attribute(
        "dangerous_share",
        "share",
        0.5,
        1.8,
        "work content",
        "share that is dangerous",
        "危险事项占比",
        "Share of needs of this kind that are dangerous and therefore served before ordinary ones.",
        "assumption",
        _table(0.0, 0.0, 0.0, 0.0, 0.02, 0.10, 0.30, 0.02, 0.30, 0.0, 0.0, 0.0, 0.0, 0.0, 0.50, 0.0),
    ),
    Attribute(
        "detection_coefficient",
        "households per patrol hour",
        0.4,
        2.5,
        "work content",
        "ease of detection on patrol",
        "巡查发现系数",
        ("Detections per day of one open public problem, times the households of the grid, per daily hour of patrol."),
        "assumption",
        _table(5, 60, 120, 120, 10, 60, 5, 0, 30, 0, 0, 0, 0, 0, 0, 0),
    ),
)

# Renovation needs the residents' consent, which comes in a later version; until then none arises by default.
RENOVATION_SENTENCE = (
    "Renovation needs that arise per 1,000 residents and year: none by"
    " default, because the residents' consent that"
    " such a need requires is not yet modelled."
)


def _declare(attribute: Attribute, kind: str) -> Parameter:
    """The declaration of one attribute of one kind; its low and high are the best value times the factors."""
    title_en, title_zh = KIND_TITLES[kind]
    best = attribute.best[kind]
    floor, ceiling = UNIT_BOUNDS[attribute.unit]
    minimum = floor if attribute.minimum is None else attribute.minimum
    if attribute.unit == "logit":
        low, high = round(best - LOGIT_STEP, 6), round(best + LOGIT_STEP, 6)
    else:
        low = max(minimum, round(best * attribute.low_factor, 6))
        high = min(ceiling, round(best * attribute.high_factor, 6))
    sentence = attribute.sentence
    if (kind, attribute.name) == ("renovation", "rate_per_1000"):
        sentence, high = RENOVATION_SENTENCE, 2.0
    texts = (
        f"{title_en}: {attribute.title_en}",
        f"{title_zh}：{attribute.title_zh}",
        sentence,
        attribute.source,
    )
    name = f"{kind}.{attribute.name}"
    if attribute.whole:
        whole = (int(low), int(best), int(high))
        return integer(name, attribute.unit, whole, attribute.acts_on, *texts, minimum=int(minimum), maximum=6)
    return number(name, attribute.unit, (low, best, high), attribute.acts_on, *texts, minimum=minimum)


DECLARATIONS: tuple[Parameter, ...] = tuple(
    _declare(attribute, kind) for kind in KIND_NAMES for attribute in ATTRIBUTES
)
