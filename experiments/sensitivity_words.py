"""What a sensitivity study says, in English and Chinese: names of factors, labels of its plots, sentences of its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments import words
from experiments.replication import FLOORS
from experiments.sensitivity_by_value import THIRDS
from experiments.sensitivity_factors import DUMMY_NAME, Factor
from model.parameters import PARAMETERS
from scenarios.shelf import all_entries
from scenarios.values import STRENGTH

TEXTS: dict[str, tuple[str, str]] = {
    "dummy": ("Dummy (changes nothing)", "虚设因素（不改变任何结果）"),
    "all_others": ("All other parameters together", "其余所有参数合计"),
    "True": ("yes", "是"),
    "False": ("no", "否"),
    "strength": ("{lever}: strength", "{lever}：力度"),
    # roles
    "role_uncertainty": ("not known", "不确定"),
    "role_choice": ("fixed by officials or the street", "由政府或街道情况决定"),
    "role_lever": ("strength of a reform", "改革力度"),
    "role_mixed": ("several together", "多项合并"),
    # notes on an outcome
    "note_missing": ("too many runs failed, so there is no index", "失败的运行过多，不给出指数"),
    "note_constant": ("never changes, so there is nothing to explain", "毫无变化，无可解释"),
    "note_luck": ("mostly luck, since the factors explain less than half", "主要是偶然，各因素解释不到一半"),
    "short_missing": ("no index", "无指数"),
    "short_constant": ("constant", "恒定"),
    "short_luck": ("mostly luck", "主要是偶然"),
    "note_slight": (
        f"changed by less than {100 * FLOORS['share']:g} points, or {FLOORS['hours']:g} hour, at nine in ten sampled points",
        f"九成抽样点上的变化不到{100 * FLOORS['share']:g}个百分点或{FLOORS['hours']:g}小时",
    ),
    "short_slight": ("hardly changed", "几乎不变"),
    "luck_caption": (
        "Luck: share of the variance over points that is chance, although points that are compared have the same seeds. Dummy: "
        "index of a factor that changes nothing. Block gap: largest difference between the two blocks of seeds among factors that count. ?: it is open "
        "whether the factor matters, once luck is taken off.",
        "偶然：各点间方差中属于偶然的份额（相互比较的点种子相同）。虚设：不改变任何结果的因素之指数。组差：两组种子之间的最大差。"
        "？：扣除偶然后是否重要尚不明确。",
    ),
    # headings of quantities
    "level_of": ("{indicator} under {scenario}", "{scenario}下的{indicator}"),
    "difference_of": ("change of {indicator} by {scenario}", "{scenario}对{indicator}的改变"),
    "levels_under": ("What drives the levels under {scenario}", "{scenario}下各指标由什么决定"),
    "differences_by": ("What drives the effect of {scenario}", "{scenario}的效果由什么决定"),
    # plots
    "axis_total": ("share of the variance", "方差份额"),
    "axis_relative": ("mean absolute effect, largest = 1", "平均绝对效应（最大者为1）"),
    "axis_mu_star": ("mean absolute effect μ* ({unit})", "平均绝对效应 μ*（{unit}）"),
    "axis_sigma": ("spread of effects σ ({unit})", "效应离散度 σ（{unit}）"),
    "axis_curve_level": ("{indicator} ({unit})", "{indicator}（{unit}）"),
    "axis_curve_difference": ("change of {indicator} ({unit})", "{indicator}的变化（{unit}）"),
    "legend_total": ("total index, with interactions", "总指数（含交互）"),
    "legend_first": ("first index, alone", "一阶指数（单独）"),
    "legend_luck": ("what luck alone would show", "仅凭偶然可见的部分"),
    "legend_dummy": ("dummy", "虚设因素"),
    "legend_band": ("95% interval over seeds", "各种子的95%区间"),
    "legend_threshold": ("sign changes here", "符号在此改变"),
    "legend_better": ("shaded: the better side of 0", "阴影：更好的一侧"),
    "nothing_here": ("nothing to show", "无可显示"),
    "caption_bars_sobol": (
        "Sobol' indices: pale = total (with interactions), dark = first (alone), whisker = 95% bootstrap interval of the total. "
        "Luck is taken off. The factors that count most for each outcome.",
        "Sobol'指数：浅色为总指数（含交互），深色为一阶指数（单独），须线为总指数的95%自助区间；已扣除偶然。各结果下最重要的因素。",
    ),
    "caption_bars_morris": (
        "Morris screening: mean absolute effect of going from low to high, against the largest; whisker = 95% bootstrap interval; "
        "grey tick = what reshuffled luck alone would show.",
        "Morris筛选：因素由低到高的平均绝对效应（与最大者之比）；须线为95%自助区间；灰色短线为仅凭偶然可见的部分。",
    ),
    "caption_scatter": (
        "A dot is a factor: right = it matters, high = its effect depends on the others or is bent. Lines: σ/μ* = 0.1, 0.5, 1 "
        "(below the lowest an effect is almost a straight line).",
        "一点为一因素：越靠右越重要，越高则效应越依赖其他因素或越弯曲。线为 σ/μ* = 0.1、0.5、1（低于最低线者近于直线）。",
    ),
    "caption_map": (
        "Share of the variance that two factors explain only together (second-order Sobol' indices); on the diagonal, each alone. "
        "Pale: the 95% interval holds 0.",
        "两因素仅共同解释的方差份额（二阶Sobol'指数）；对角线为各自单独的份额。浅色：95%区间含0。",
    ),
    "caption_curves": (
        "One factor moves, all others rest at the street's own values; {seeds} paired seeds, band = 95% t-interval. Vertical line: "
        "the effect changes sign, clear at 99% on both sides.",
        "仅一个因素变动，其余保持街道自身取值；{seeds}个配对种子，色带为95% t区间。竖线：效果变号，两侧在99%水平上均明确。",
    ),
    # the report
    "title": ("What drives the results?", "结果由什么决定？"),
    "subtitle": (
        "{method} of {factors} factors{judged} for {scenarios} in {street}: {residents} residents, weeks {window}, {seeds} seeds in two blocks",
        "在{street}对{scenarios}所作的{method}，{factors}个因素{judged}：{residents}名居民，第{window}周，两组共{seeds}个种子",
    ),
    "judged_as": (" (judged as {n})", "（按{n}项评判）"),
    "method_morris": ("Morris screening", "Morris筛选"),
    "method_sobol": ("Sobol' indices", "Sobol'指数分析"),
    "warn_quick": (
        "A quick look, not the full study: few points, a small street.",
        "快速浏览，并非完整研究：点少、街道小。",
    ),
    "warn_failed": (
        "{n} runs or outcomes gave no number and were left out. The first: {first}.",
        "{n}次运行或结果没有数值，已剔除。首例：{first}。",
    ),
    "warn_dummy": (
        "A factor that changes nothing has an index of {dummy}: points that are compared did not have the same seeds, and every "
        "total index is too high by about as much.",
        "不改变任何结果的因素得到指数{dummy}：相互比较的点种子不一致，所有总指数约偏高同样幅度。",
    ),
    "warn_gap": (
        "With the {both} base points that both blocks have run, another block of seeds moves an index by up to {gap}: factors this "
        "close are not ranked without more seeds, or more points that both have run.",
        "在两组种子共有的{both}个基点上，换一组种子使指数变动达{gap}：需更多种子或更多共有基点方可对相近因素排序。",
    ),
    "warn_half_width": (
        "Intervals as narrow as {wanted} were asked for and are not reached: the tables say how wide they are.",
        "未达到所要求的半宽{wanted}：实际半宽见下表。",
    ),
    "h_drivers": ("How sure that is", "把握有多大"),
    "h_bars": ("What drives it: {what}", "由什么决定：{what}"),
    "h_scatter": ("Straight or bent, alone or together: {what}", "直或曲、单独或共同：{what}"),
    "h_map": ("What counts only together: {what}", "仅共同起作用者：{what}"),
    "h_curves": ("One factor at a time: {what}", "逐一变动：{what}"),
    "h_thresholds": ("Where a reform's effect changes sign", "改革效果在何处变号"),
    "h_indices": ("Factors and indices", "因素与指数"),
    "h_failures": ("Runs without a number", "没有数值的运行"),
    "answer_levels_sobol": (
        "Under {scenario}, these matter most: {drivers} (shares of the variance, interactions included).",
        "在{scenario}下，最重要的是：{drivers}（方差份额，含交互）。",
    ),
    "answer_levels_morris": (
        "Under {scenario}, what matters most is: {drivers} (effect of going from low to high, the largest being 1).",
        "在{scenario}下，最重要的是：{drivers}（由低到高的效应，最大者为1）。",
    ),
    "answer_effect_sobol": (
        "How much {scenario} changes things depends on: {drivers} (shares of the variance, interactions included).",
        "{scenario}的效果大小取决于：{drivers}（方差份额，含交互）。",
    ),
    "answer_effect_morris": (
        "How much {scenario} changes things depends on: {drivers} (effect of going from low to high, the largest being 1).",
        "{scenario}的效果大小取决于：{drivers}（由低到高的效应，最大者为1）。",
    ),
    "answer_levels_without": ("Under {scenario}, {listed}: {note}.", "在{scenario}下，{listed}：{note}。"),
    "answer_effect_without": ("Of what {scenario} changes, {listed}: {note}.", "{scenario}所改变的{listed}：{note}。"),
    "note_none": ("no single factor stands out", "没有突出的单一因素"),
    "driven": ("{indicator} by {drivers}", "{indicator}由{drivers}决定"),
    "answer_means": (
        "On average over the sampled points {scenario} changes: {listed}.",
        "在各抽样点上平均，{scenario}使：{listed}。",
    ),
    "answer_share_better": (
        "{scenario} came out better at this share of the sampled points, the luck of single runs included: {listed}.",
        "{scenario}在以下比例的抽样点上显示改善（含单次运行的偶然）：{listed}。",
    ),
    "answer_share_corners": (
        "{scenario} makes things better at this share of the corners that the screening visits, which is no probability: {listed}.",
        "{scenario}在筛选所到的以下比例的角点上带来改善（并非概率）：{listed}。",
    ),
    "driver": ("{factor} ({value})", "{factor}（{value}）"),
    "answer_share_luck": (
        "{scenario} came out better at this share of the sampled points, but there the points differ mostly by luck, so that other "
        "seeds would give other shares: {listed}.",
        "{scenario}在以下比例的抽样点上显示改善，但这些指标在各点间的差异主要出于偶然，换用其他种子比例会不同：{listed}。",
    ),
    "answer_small_sobol": (
        "Factors that account for less than 5% of the variance of every outcome told here: {n} of {total}.",
        "{total}个因素中，有{n}个在此处各结果的方差中所占均不到5%。",
    ),
    "answer_small_morris": (
        "Factors with less than a tenth of the largest effect on every outcome told here: {n} of {total}.",
        "{total}个因素中，有{n}个对此处各结果的效应均不到最大效应的十分之一。",
    ),
    "answer_small_none": (
        "No factor can be left out ({total} studied): each matters, or may matter, to at least one outcome told here.",
        "所研究的{total}个因素均不能略去：每个因素都对至少一项此处所述结果重要或可能重要。",
    ),
    "answer_members": (
        "Judged together as “{group}”, but standing out by themselves (share of the variance, as far as effects are straight "
        "lines): {listed}.",
        "归入“{group}”但单独即突出的因素（按直线效应计的方差份额）：{listed}。",
    ),
    "members_of": ("{quantity}: {listed}", "{quantity}：{listed}"),
    "h_members": ("Standing out within a group", "组内突出的因素"),
    "intro_members": (
        "What goes along with the outcome as the whole group changes and nothing else, under these seeds: correlation (its sign says "
        "whether more of the factor goes with more of the outcome) and share of the variance, as far as effects are straight lines. "
        "Named is what is beyond chance at 5% for this outcome, all members of the group together, and 1% of the variance or more; "
        "members.parquet has all. To be ranked, a factor has to stand alone.",
        "在现有种子下，整组变动而其余不变时与结果相伴者：相关系数（正号表示因素越大结果越大）与按直线效应计的方差份额。列出者对该结果在全组合并5%水平上"
        "超出偶然且不少于方差的1%，members.parquet含全部。欲排序，须单独评判。",
    ),
    "col_group": ("Group", "组"),
    "col_correlation": ("Correlation", "相关系数"),
    "col_share": ("Share of the variance", "方差份额"),
    "answer_by_value": (
        "{scenario} changes on average, with “{factor}” {listed}.",
        "按“{factor}”取值，{scenario}平均使：{listed}。",
    ),
    "with_value": ("= {value}: {listed}", "{value}时{listed}"),
    "h_by_value": ("Where a reform helps and where it does not", "改革在何处有益、何处无益"),
    "intro_by_value": (
        "What the reform changes on average over the sampled points at which a factor has the value or lies in the third of its law, "
        "everything else varying, for the first factors that matter (± 95% over seeds). Better at: share of those points, the luck "
        "of single runs included. by_value.parquet has all factors that stand alone, and the levels.",
        "因素取某值或处于其分布的某三分之一、其余各项照常变动时，改革在抽样点上的平均作用，列出重要的前几个因素（± 95%，跨种子）。改善比例："
        "此类点中所占份额，含单次运行的偶然。by_value.parquet含全部单独评判的因素及水平值。",
    ),
    "lower third": ("lower third ({low} – {high})", "较低三分之一（{low}至{high}）"),
    "middle third": ("middle third ({low} – {high})", "居中三分之一（{low}至{high}）"),
    "upper third": ("upper third ({low} – {high})", "较高三分之一（{low}至{high}）"),
    "col_value": ("Value", "取值"),
    "col_change": ("Mean change", "平均变化"),
    "col_better": ("Better at", "改善比例"),
    "answer_idle": (
        "Factors that changed no number at any point tried: {idle}; with {n} tries each, they may still act in up to {share}% of all "
        "combinations of the ranges.",
        "在所试各点上未改变任何数字的因素：{idle}个；各试{n}次，仍可能在至多{share}%的取值组合中起作用。",
    ),
    "h_small_sobol": ("Less than 5% of the variance of every outcome", "在各结果方差中均不到5%的因素"),
    "h_small_morris": (
        "Less than a tenth of the largest effect on every outcome",
        "对各结果的效应均不到最大者十分之一的因素",
    ),
    "h_idle": ("Changed no number at any point tried", "在所试各点上未改变任何数字的因素"),
    "answer_no_sign": (
        "Within the ranges tried, no leading factor alone turns the sign of a reform's effect.",
        "在所试范围内，没有一个主要因素能单独使改革效果变号。",
    ),
    "threshold": (
        "{scenario} turns from {before} to {after} for {indicator} as {factor} passes about {value} (between {low} and {high}).",
        "当{factor}越过约{value}（{low}至{high}之间）时，{scenario}对{indicator}的作用由{before}变为{after}。",
    ),
    "threshold_category": (
        "{scenario} is {before} for {indicator} with {factor} = {low}, but {after} with {high}.",
        "{factor}为{low}时，{scenario}对{indicator}{before}，为{high}时则{after}。",
    ),
    "sign_better": ("better", "变好"),
    "sign_worse": ("worse", "变差"),
    "sign_higher": ("higher", "升高"),
    "sign_lower": ("lower", "降低"),
    "verdict_matters": ("matters", "重要"),
    "verdict_small": ("small", "较小"),
    "verdict_unclear": ("unclear", "不明确"),
    "col_outcome": ("Outcome", "结果"),
    "col_mean": ("Mean", "均值"),
    "col_range": ("5% to 95%", "5%至95%"),
    "col_noise": ("Luck", "偶然"),
    "col_fresh": ("Luck with fresh seeds", "若种子不固定的偶然"),
    "col_dummy": ("Dummy", "虚设"),
    "col_half_width": ("Half-width", "半宽"),
    "col_gap": ("Block gap", "组差"),
    "col_agreement": ("Ranks agree", "排序一致"),
    "col_used": ("Used", "所用"),
    "col_note": ("Note", "说明"),
    "col_factor": ("Factor", "因素"),
    "col_role": ("What it is", "性质"),
    "col_first": ("First index", "一阶指数"),
    "col_total": ("Total index", "总指数"),
    "col_mu_star": ("μ*", "μ*"),
    "col_sigma": ("σ", "σ"),
    "col_luck": ("Luck", "偶然"),
    "col_half_sample": ("From half the points", "仅用一半点"),
    "col_rank": ("Rank", "名次"),
    "col_verdict": ("Verdict", "判定"),
    "col_range_of_factor": ("Range", "范围"),
    "intro_quality": (
        "Over the sampled points: mean and spread of each outcome. Luck is the share of the variance over points that is chance "
        "although points that are compared have the same seeds; with fresh seeds for every run it would have been the next share, "
        "added to every total index. Half-width and gap between the two blocks of seeds (± 95%) are the largest among factors with a total "
        "index above 0.1, or one that may be (Morris: above 0.1 of the largest effect). Ranks agree: correlation of Savage scores between the blocks (1 = alike, the "
        "first places counting most). Used: base points of which every run gave a number (Morris: points).",
        "各抽样点上的均值与离散。偶然：相互比较的点种子相同时，方差中仍属偶然的份额；若每次运行另取种子，则为下一列之份额并计入所有总指数。"
        "半宽与两组种子之差（± 95%）取总指数大于或可能大于0.1（Morris：大于最大效应的0.1）的因素中的最大值。排序一致：两组间Savage得分的相关"
        "（1为一致，前列权重最大）。所用：全部运行均有数值的基点（Morris：点）。",
    ),
    "intro_indices": (
        "The leading factors of each outcome; indices.parquet has all. Rank: place and its range over 95% of the resamples.",
        "各结果的主要因素；indices.parquet含全部。名次：位次及其在95%重抽样中的范围。",
    ),
    "made_design": ("Design", "设计"),
    "made_design_text": (
        "{method}, n = {n}, {points} points, at most {runs} runs, sample seed {sample_seed}, {resamples} bootstrap resamples",
        "{method}，n = {n}，{points}个点，至多{runs}次运行，抽样种子{sample_seed}，{resamples}次自助重抽样",
    ),
    "made_narrowed": ("Going on", "续做"),
    "made_narrowed_text": (
        "from base point {start} on only for what was not sure enough: {listed}",
        "自第{start}个基点起仅续做尚不够确定者：{listed}",
    ),
    "made_factors": ("Factors", "因素"),
    "made_blocks": ("Seeds", "种子"),
    "made_blocks_text": (
        "{first} and {second}, the same at every point; curves {curves}",
        "{first}与{second}，各点相同；曲线{curves}",
    ),
    "made_lots_text": (
        "{each} of the seeds {first} by lot at each base point or trajectory; {each} of {second} at the first {both} of {n}; "
        "curves {curves}",
        "每个基点（轨迹）从种子{first}中抽签取{each}个；{n}个中的前{both}个另从{second}中取{each}个；曲线{curves}",
    ),
    "made_partly_text": (
        "{first}, the same at every point; {second} at the first {both} of {n} base points or trajectories; curves {curves}",
        "{first}，各点相同；{n}个基点（轨迹）的前{both}个另用{second}；曲线{curves}",
    ),
    "limit_ranges": (
        "Indices hold for these ranges and laws, taken as independent: wider ranges make a factor weigh more. Uncertainties are "
        "triangular around the street's own value, all else is uniform.",
        "指数仅就所给范围与分布成立，且视为相互独立：范围越宽，因素越显重要。不确定参数为以街道自身取值为众数的三角分布，其余为均匀分布。",
    ),
    "limit_seeds": (
        "Intervals say how much other points would change an index, with these seeds; what other seeds would change, the gap between "
        "the two blocks says.",
        "区间表示在现有种子下换用其他抽样点时指数的变动；换用其他种子的变动见两组种子之差。",
    ),
    "limit_group": (
        "Factors that are judged together have one index; which of them it is cannot be told.",
        "合并评判的因素只有一个指数，无法分辨出自何者。",
    ),
    "limit_members": (
        "Factors that are judged together have one index; of each of them only what it does by itself, in a straight line, is told.",
        "合并评判的因素只有一个指数；对其中每一个仅能说明其单独的直线效应。",
    ),
    "limit_curves": (
        "A curve moves one factor with all others at rest: it shows a shape and a threshold, not an importance.",
        "曲线只变动一个因素而其余不动：显示形状与阈值，而非重要性。",
    ),
    "source_sobol": (
        "On the radial design of Saltelli et al. (2010), base points from a randomised Halton sequence (Owen 2017). Total indices after Jansen (1999), "
        "first ones after Azzini, Mara & Rosati (2021) where the design has second order and after Saltelli et al. (2010) where "
        "it has not.",
        "采用Saltelli等（2010）的径向设计，基点取自随机化Halton序列（Owen 2017）。总指数依Jansen（1999）；一阶指数在含二阶的设计中依"
        "Azzini、Mara与Rosati（2021），否则依Saltelli等（2010）。",
    ),
    "source_morris": (
        "Elementary effects after Morris (1991), mu* after Campolongo, Cariboni & Saltelli (2007), on trajectories of SALib "
        "(Herman & Usher 2017; Iwanaga et al. 2022).",
        "基本效应依Morris（1991），μ*依Campolongo、Cariboni与Saltelli（2007），轨迹由SALib生成（Herman & Usher 2017；Iwanaga等 2022）。",
    ),
}


def say(key: str, language: str, **fields: object) -> str:
    """A text with its fields filled in."""
    return TEXTS[key][words.column(language)].format(**fields)


def factor_title(name: str, language: str) -> str:
    """A factor's or group's name for readers; a user's own group by its name."""
    if name == DUMMY_NAME or name in TEXTS:
        return say(name, language)
    if name in PARAMETERS:
        return PARAMETERS[name].title_zh if language == "zh" else PARAMETERS[name].title_en
    lever = all_entries().get(name.removesuffix(STRENGTH)) if name.endswith(STRENGTH) else None
    if lever is not None:
        return say("strength", language, lever=lever.title_zh if language == "zh" else lever.title_en)
    return name.replace("_", " ")


def factor_unit(name: str, language: str) -> str:
    """The unit of a factor's values, empty if it has none."""
    return words.title("unit", PARAMETERS[name].unit, language) if name in PARAMETERS else ""


def sign_word(indicator: str, sign: int, language: str) -> str:
    """What a difference of this sign means for an indicator."""
    better = words.better_direction(indicator)
    if better == 0:
        return say("sign_higher" if sign > 0 else "sign_lower", language)
    return say("sign_better" if sign * better > 0 else "sign_worse", language)


def threshold_sentence(
    line: Mapping[str, Any], factors: Sequence[Factor], language: str, scenario: str | None = None
) -> str:
    """Where the effect of a reform changes sign; `line` is a row of `thresholds`."""
    name = line["factor"]
    kind = next((factor.kind for factor in factors if factor.name == name), "number")
    is_share = name in PARAMETERS and PARAMETERS[name].unit == "share"  # "0.8 share" is no English
    unit = "" if kind == "category" or is_share else factor_unit(name, language)

    def shown(value: float, text: str) -> str:
        return words.with_unit(
            value_title(text, language) if kind == "category" else words.number(value), unit, language
        )

    return say(
        "threshold_category" if kind == "category" else "threshold",
        language,
        scenario=scenario or words.title("scenario", line["scenario"], language),
        indicator=words.title("indicator", line["indicator"], language),
        factor=factor_title(name, language),
        before=sign_word(line["indicator"], line["before"], language),
        after=sign_word(line["indicator"], line["after"], language),
        low=shown(line["low"], line["low_value"]),
        high=shown(line["high"], line["high_value"]),
        value="" if kind == "category" else shown(line["threshold"], ""),
    )


def part_title(row: Mapping[str, Any], language: str) -> str:
    """A value, or a third with its ends; `row` is one of `by_value`."""
    if row["part"] not in THIRDS:
        return value_title(row["part"], language)
    low, high = (words.number(row[end]) for end in ("low", "high"))
    return say(row["part"], language, low=low, high=high)


def value_title(value: str, language: str) -> str:
    """A category's value for readers: of a switch yes or no."""
    return say(value, language) if value in ("True", "False") else value


def quantity_title(scenario: str, measure: str, indicator: str, language: str) -> str:
    """A quantity in words; `scenario` is a title already."""
    key = "level_of" if measure == "level" else "difference_of"
    shown = words.title("indicator", indicator, language)
    return say(key, language, scenario=scenario, indicator=shown.lower() if key == "difference_of" else shown)


def quantity_unit(indicator: str, measure: str, language: str) -> str:
    """The unit in which a level or a difference is shown: two shares differ by points."""
    if measure == "difference":
        return words.unit_of_difference(indicator, language)
    return words.title("unit", words.measure(indicator).unit, language)
