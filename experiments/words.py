"""The one table of words: every label and sentence that a plot or report shows, in English and Chinese.

Names that come from a user's own files (a kind, a scenario, a step) may be missing here and are then shown as
their code word with spaces. Sentences must be here: asking for one that is not raises UnknownNameError.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.words_sentences import LIMITS, SENTENCES
from experiments.words_steps import STEPS
from model.errors import UnknownNameError
from model.indicator_definitions import INDICATORS, UNIT_GROUP, Indicator
from model.parameters.units import UNIT_TITLES

LANGUAGES = ("en", "zh")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Measure:
    """How an indicator is shown: titles, unit shown, shown value / stored value, and +1 if more is better."""

    en: str
    zh: str
    unit: str
    better: int
    scale: float = 1.0


UNITS: dict[str, tuple[str, str]] = {
    "hours": ("hours", "小时"),
    "days": ("days", "天"),
    "minutes": ("minutes", "分钟"),
    "percent": ("%", "%"),
    "points": ("points", "个百分点"),
    "yuan": ("yuan", "元"),
    "yuan per year": ("yuan a year", "元/年"),
    "per 10,000 residents and year": ("per 10,000 residents and year", "件/万人·年"),
    "per post and year": ("per post and year", "人/岗·年"),
    "orders per resident and year": ("orders per resident and year", "件/人·年"),
    "contacts": ("contacts", "次"),
    "contacts per resident and year": ("contacts per resident and year", "次/人·年"),
    "trips": ("trips", "次"),
    "papers": ("papers", "份"),
    "meetings": ("meetings", "次"),
    "cases": ("cases", "件"),
    "ratio": ("", ""),
    "": ("", ""),
    # units of parameters only
    "share": ("share", "占比"),
    "switch": ("", ""),
    "logit": ("logit", "对数几率"),
    "logit per unit": ("logit per unit", "对数几率/单位"),
    "logit per hour": ("logit per hour", "对数几率/小时"),
    "logit per minute": ("logit per minute", "对数几率/分钟"),
    "log points": ("log points", "对数点"),
    "score": ("score", "分值"),
    "count": ("", ""),
    "working days": ("working days", "个工作日"),
    "weeks": ("weeks", "周"),
    "months": ("months", "个月"),
    "hour of day": ("o'clock", "时"),
    "hours per day": ("hours a day", "小时/天"),
    "hours per month": ("hours a month", "小时/月"),
    "hours per year": ("hours a year", "小时/年"),
    "per day": ("a day", "次/天"),
    "per month": ("a month", "次/月"),
    "per year": ("a year", "次/年"),
    "per 1,000 residents and year": ("per 1,000 residents and year", "件/千人·年"),
    "per 1,000": ("per 1,000", "‰"),
    "households": ("households", "户"),
    "residents": ("residents", "人"),
    "households per patrol hour": ("households per patrol hour", "户/巡查小时"),
    "person-days": ("person-days", "人·天"),
    "yuan per resident and year": ("yuan per resident and year", "元/人·年"),
    "yuan per hour": ("yuan an hour", "元/小时"),
    "thousand yuan per year": ("thousand yuan a year", "千元/年"),
}

# The model stores times in hours and shares as fractions; people read long times in days, shares in percent.
SHOWN_UNIT = {"resolution_time": "days", "exposure_time": "days", "equity_gap": "points"}
SCALES = {("hours", "days"): 1 / 24, ("share", "percent"): 100.0, ("share", "points"): 100.0}
BEYOND_WHOLE = ("facility_utilisation", "utilisation")  # shares that may be above 100%
DIRECTIONS = {"higher": 1, "lower": -1, None: 0}


def _measure(declared: Indicator) -> Measure:
    usual = "percent" if declared.unit == "share" else declared.unit
    unit = SHOWN_UNIT.get(declared.name, usual)
    scale = SCALES.get((declared.unit, unit), 1.0)
    return Measure(declared.title_en, declared.title_zh, unit, DIRECTIONS[declared.better], scale)


MEASURES: dict[str, Measure] = {name: _measure(declared) for name, declared in INDICATORS.items()}
MEASURES["step_time"] = Measure("Time in a step", "环节用时", "hours", -1)  # not an indicator, but shown like one

KINDS: dict[str, tuple[str, str]] = {
    "all": ("All kinds", "全部事项"),
    "complaint": ("All complaints", "全部投诉"),
    "property_dispute": ("Property disputes", "物业纠纷"),
    "parking": ("Parking", "停车问题"),
    "sanitation": ("Sanitation", "环境卫生"),
    "street_vending": ("Street vending", "占道经营"),
    "illegal_building": ("Illegal building", "违法建设"),
    "public_facility": ("Public facilities", "公共设施"),
    "lift_fault": ("Lift faults", "电梯故障"),
    "neighbour_dispute": ("Neighbour disputes", "邻里纠纷"),
    "safety_hazard": ("Safety hazards", "安全隐患"),
    "administrative_service": ("Administrative services", "政务服务"),
    "social_assistance": ("Social assistance", "社会救助"),
    "elder_care": ("Elder care", "养老服务"),
    "child_care": ("Child care", "托幼服务"),
    "renovation": ("Renovation", "老旧改造"),
    "emergency": ("Emergencies", "应急事件"),
    "enquiry": ("Plain enquiries", "一般咨询"),
}

GROUPS: dict[str, tuple[str, str]] = {
    "all": ("All residents", "全体居民"),
    "vulnerable": ("Vulnerable residents", "弱势群体"),
    "not_vulnerable": ("Other residents", "其他居民"),
    "elderly": ("Residents aged 60 and over", "60岁及以上居民"),
    "elder_no_digital": ("60 and over without digital skill", "不会用智能设备的老人"),
    "floating": ("Floating population", "流动人口"),
    "local": ("Registered residents", "户籍居民"),
    "low_income": ("Low-income residents", "低收入居民"),
    "disabled": ("Disabled residents", "残障居民"),
    "low_income_or_disabled": ("Low-income or disabled", "低收入或残障居民"),
    "digital": ("Digitally skilled", "会用智能设备的居民"),
    "not_digital": ("Without digital skill", "不会用智能设备的居民"),
    **{UNIT_GROUP + unit_type: titles for unit_type, titles in UNIT_TITLES.items()},
}

CAUSES: dict[str, tuple[str, str]] = {
    "work": ("Work itself", "实际办理"),
    "intake": ("Intake and dispatch", "受理与分派"),
    "staff": ("Waiting for staff", "等人手"),
    "batching": ("Waiting for the next batch", "攒批流转"),
    "review": ("Reviews by the layers", "逐级审核"),
    "calendar": ("Outside working hours", "非工作时间"),
    "meeting": ("Waiting for meetings", "等会议协调"),
    "money": ("Waiting for money", "等资金"),
    "district": ("District departments", "区级部门办理"),
    "other": ("Everything else", "其他"),
}

SCENARIOS: dict[str, tuple[str, str]] = {
    "baseline": ("Baseline", "现状基准"),
    "flattening": ("Flattening", "扁平化管理"),
    "funds_pool": ("Funds pool", "资金池"),
}

STREETS: dict[str, tuple[str, str]] = {
    "typical": ("a typical street", "典型街道"),
    "old_town": ("an old-town street", "老城区街道"),
    "new_estate": ("a new-estate street", "新建住宅区街道"),
    "urban_fringe": ("an urban-fringe street", "城乡结合部街道"),
    "core_business": ("a core business street", "核心商务区街道"),
    "town": ("a town", "建制镇"),
}

TABLES = {
    "unit": UNITS,
    "kind": KINDS,
    "group": GROUPS,
    "cause": CAUSES,
    "step": STEPS,
    "scenario": SCENARIOS,
    "street": STREETS,
    "indicator": {name: (shown.en, shown.zh) for name, shown in MEASURES.items()},
    "limit": LIMITS,
}


def column(language: str) -> int:
    """Position of a language in the tables. Raises UnknownNameError for one that is not spoken."""
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES, "report")
    return LANGUAGES.index(language)


def title(table: str, code: str, language: str = "en") -> str:
    """The words for `code`, or the code itself with spaces where the table has none (a user's own name)."""
    words = TABLES[table].get(code)
    return words[column(language)] if words else code.replace("_", " ")


def sentence(key: str, language: str = "en", **fields: object) -> str:
    """A sentence of the report with its fields filled in. Raises UnknownNameError for an unknown key."""
    if key not in SENTENCES:
        raise UnknownNameError("sentence", key, SENTENCES, "words")
    return SENTENCES[key][column(language)].format(**fields)


def measure(indicator: str) -> Measure:
    """How to show an indicator; one that is unknown is shown as it is, without unit or direction."""
    words = indicator.replace("_", " ")
    return MEASURES.get(indicator, Measure(words, words, "", 0))


def better_direction(indicator: str) -> int:
    """+1 if more of the indicator is better, -1 if less is, 0 if it is neither or not known."""
    return measure(indicator).better


def unit_of_difference(indicator: str, language: str = "en") -> str:
    """Unit of a difference: two shares differ by percentage points, not by percent."""
    unit = measure(indicator).unit
    return title("unit", "points" if unit == "percent" else unit, language)


def number(value: float, decimals: int | None = None, signed: bool = False) -> str:
    """A number for reading: thousands apart, a real minus sign, three digits unless `decimals` is given."""
    if math.isnan(value):
        return "\N{EN DASH}"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if decimals is None:
        decimals = 2 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
        decimals = min(decimals, 3)
    text = f"{abs(value):,.{decimals}f}"
    is_zero = not any(digit in text for digit in "123456789")
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    return sign + text


def estimate(value: float, half_width: float, signed: bool = False) -> str:
    """A number with its half-width, if it has one, to two digits of the latter: more would say nothing."""
    if not (math.isfinite(half_width) and half_width > 0.0):
        return number(value, signed=signed)
    decimals = max(0, 1 - math.floor(math.log10(half_width)))
    return f"{number(value, decimals, signed)} ± {number(half_width, decimals)}"


def decimals_of(difference: float, low: float, high: float) -> int:
    """Decimals that suit a half-width: one digit of it, two if it begins with 1 or 2.

    Without an interval, decimals that show three digits of the difference.
    """
    half = (high - low) / 2
    size = half if math.isfinite(half) and half > 0 else abs(difference)
    if not math.isfinite(size) or size == 0:
        return 1
    power = math.floor(math.log10(size))
    digits = 2 if size != half else 1 if size < 3 * 10.0**power else 0
    return min(max(digits - power, 0), 4)


def end_text(value: float, decimals: int, signed: bool = False) -> str:
    """The end of an interval as `number` has it, but never 0 where it is not: then with its first significant digit.

    An end shown as 0 would say of an interval that leaves out 0 that it holds it, or the other way round. Below 1e-12
    it is what is left of adding up.
    """
    if abs(value) > 1e-12 and float(f"{value:.{decimals}f}") == 0.0:
        decimals = -math.floor(math.log10(abs(value)))
    return number(value, decimals, signed)


def with_unit(text: str, unit: str, language: str) -> str:
    """Number and unit: percent closes up, Chinese units follow without a space."""
    if not unit:
        return text
    return text + unit if unit.startswith("%") or language == "zh" else f"{text} {unit}"


def level_text(indicator: str, value: float, language: str = "en") -> str:
    """A level with its unit, such as '9.63 days' or '61.2%'; `value` in the stored unit."""
    shown = measure(indicator)
    text = number(value * shown.scale)
    return text if math.isnan(value) else with_unit(text, title("unit", shown.unit, language), language)


def difference_texts(
    indicator: str, difference: float, low: float, high: float, language: str = "en", signed: bool = True
) -> tuple[str, str]:
    """('−1.24 days', '−1.60 to −0.88'): a difference with its unit, and its interval without.

    Unsigned is for sentences that say 'shorter by': both are then magnitudes, the smaller bound first. An
    undefined interval gives an empty second text.
    """
    scale = measure(indicator).scale
    values = [difference * scale, low * scale, high * scale]
    if not signed:
        values = [abs(values[0]), *sorted(abs(bound) for bound in values[1:])]
    decimals = decimals_of(*values)
    # A difference whose interval leaves out 0 is not 0 either.
    clear = values[1] > 0.0 or values[2] < 0.0
    texts = [(end_text if clear else number)(values[0], decimals, signed)]
    texts += [end_text(value, decimals, signed) for value in values[1:]]
    amount = with_unit(texts[0], unit_of_difference(indicator, language), language)
    if math.isnan(low) or math.isnan(high):
        return (texts[0] if math.isnan(difference) else amount), ""
    return amount, sentence("range", language, low=texts[1], high=texts[2])


def level_interval(indicator: str, value: float, low: float, high: float, language: str = "en") -> str:
    """The interval of a level, without its unit, or nothing if it is not defined.

    That of a share is shown no farther than 0 and 100%, which t-intervals from few seeds overstep.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    shown = measure(indicator)
    values = [value * shown.scale, low * shown.scale, high * shown.scale]
    decimals = decimals_of(*values)
    ends = values[1:]
    if shown.unit == "percent":
        most = math.inf if indicator in BEYOND_WHOLE else 100.0
        ends = [min(max(end, 0.0), most) for end in ends]
    texts = [end_text(end, decimals) for end in ends]
    return sentence("range", language, low=texts[0], high=texts[1])


def listing(names: list[str], language: str = "en") -> str:
    """Names joined as one says them: 'a, b and c'."""
    if language == "zh":
        return "、".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
