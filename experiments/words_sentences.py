"""Sentences of plots and reports in English and Chinese; part of the table in `words`."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # numbers
    "range": ("{low} to {high}", "{low} 至 {high}"),
    "better": ("better", "更好"),
    "today_is": ("{baseline}: {level}", "{baseline}：{level}"),
    # axes and legends
    "change": ("change", "变化"),
    "change_in_unit": ("change, {unit}", "变化（{unit}）"),
    "axis_days_since_report": ("days since the report", "诉求提出后的天数（天）"),
    "axis_share_settled": ("share of cases settled, %", "已办结案件占比（%）"),
    "axis_week": ("week of the measured period", "测量期第几周（周）"),
    "axis_change_from": ("change from {baseline}, {unit}", "与{baseline}相比的变化（{unit}）"),
    "axis_mean_time": ("mean time of a case, {unit}", "每件平均用时（{unit}）"),
    "half_settled": ("{scenario}: half are settled within {days} days", "{scenario}：{days}天内办结一半"),
    "legend_clear": ("filled: differs from the baseline", "实心：与基准确有差别"),
    "legend_unclear": ("hollow: cannot be told apart (interval holds 0)", "空心：无法区分（区间含0）"),
    "legend_better_side": ("shaded: the better side of 0", "阴影：更好的一侧"),
    "not_measured_by_kind": ("not measured by kind of need", "不按事项类别测量"),
    # plots about layers
    "layers_map_title": ("What flattening does to resolution time (hours)", "扁平化对办结时间的影响（小时）"),
    "layers_map_x": ("share of the reviewing hours that moves to the command office", "划转至指挥中心的审核工时占比"),
    "layers_map_y": ("demand, ratio to the ordinary", "需求总量（与平常之比）"),
    "layers_map_caption": (
        "Mean change over the needs reported in both arms, {seeds} paired seeds. Blue: shorter; orange: longer; pale with a "
        "question mark: the 95% interval holds 0. The black line is where the sign changes.",
        "两种情形下均上报的诉求之平均变化，{seeds} 组成对种子。蓝色为缩短，橙色为延长，带问号者 95% 区间含 0；黑线为正负交界。",
    ),
    "layers_balance_title": (
        "Removing layers: what the books predict and what happens",
        "撤并层级：账面预测与模拟结果",
    ),
    "layers_predicted": ("predicted by the books", "账面预测"),
    "layers_simulated": ("simulated", "模拟结果"),
    "layers_balance_x": ("change of resolution time (hours a case)", "办结时间变化（每件小时）"),
    "layers_balance_caption": (
        "Predicted: hours of the removed layers and of clearing up in the baseline, less what the command office adds. Grey "
        "band: within 20% of the prediction. Cases settled in both arms.",
        "账面预测：基线中被撤层级及退回补充的用时，减去指挥中心新增用时。灰带为预测值上下 20%。两种情形下均办结的诉求。",
    ),
    # captions
    "caption_differences": (
        "Scenario minus {baseline} within each seed; dot = mean, bar = 95% t-interval over {seeds} paired {units}.",
        "同一随机种子下各方案减{baseline}；点为均值，横线为{seeds}个配对{units}的95% t区间。",
    ),
    "caption_durations": (
        "Line = mean, band = lowest to highest of {seeds} {units}. All reported cases; those still open count "
        "as "
        "not settled.",
        "线为均值，色带为{seeds}个{units}的最低至最高。全部已提出案件；未办结者计为未办结。",
    ),
    "caption_weeks": (
        "Above: mean and lowest to highest of {seeds} {units}. Below: change within each seed, band = 95% "
        "t-interval. Grey: the weeks that the headline figures measure.",
        "上：{seeds}个{units}的均值与最低至最高。下：同一种子内的变化，色带为95% t区间。灰底：主要指标所测的周。",
    ),
    "caption_weeks_many": (
        "Above: means of {seeds} {units}, with the lowest to highest for {baseline} only. Below: change within "
        "each seed, band = 95% t-interval. Grey: the weeks that the headline figures measure.",
        "上：{seeds}个{units}的均值，仅{baseline}附最低至最高。下：同一种子内的变化，色带为95% t区间。灰底：主要"
        "指标所测的周。",
    ),
    "caption_gains": (
        "Change within each seed; dot = mean (filled if the interval leaves out 0), bar = 95% t-interval "
        "over "
        "{seeds} {units}; shaded = better. Of 20 such dots about one is filled by chance alone.",
        "同一种子内的变化；点为均值（区间不含0为实心），横线为{seeds}个{units}的95% t区间；阴影为更好。"
        "每20个点约有1个仅因偶然而实心。",
    ),
    "caption_steps": (
        "Mean over {seeds} {units}; a segment is a step, its colour says what the time is spent on. Whisker: "
        "95% "
        "t-interval of the total. Below the total: change from {baseline} within each seed, with its 95% "
        "interval.",
        "{seeds}个{units}的均值；一段为一个环节，颜色表示时间用在何处。须线：合计的95% t区间。合计下方：同一种"
        "子内与"
        "{baseline}相比的变化及其95%区间。",
    ),
    "caption_source": ("Source: simulation with {source}.", "来源：{source}的模拟。"),
    "no_cjk_font": (
        "No font with Chinese characters was found on the machine that drew the plots; their labels are English.",
        "绘图的机器没有中文字体，图中文字为英文。",
    ),
    # the head of the report
    "report_title": ("What changes under {scenarios}?", "{scenarios}会带来什么变化？"),
    "report_title_many": ("What changes under these {n} scenarios?", "这{n}个方案会带来什么变化？"),
    "report_title_alone": ("What happens under {scenario}", "{scenario}下的情形"),
    "subtitle": (
        "Simulated comparison with {baseline} in {street}: {residents} residents, weeks {window}, {seeds}",
        "在{street}中与{baseline}的模拟比较：{residents}名居民，第{window}周，{seeds}",
    ),
    "subtitle_alone": (
        "Simulation of {street}: {residents} residents, weeks {window}, {seeds}",
        "{street}的模拟：{residents}名居民，第{window}周，{seeds}",
    ),
    "residents_count": ("{n} residents", "{n}名居民"),
    "units_seeds": ("seeds", "种子"),
    "units_draws": ("draws of the parameters ({seeds} seeds each)", "参数抽样（各{seeds}个种子）"),
    "draws_count": (
        "{draws} draws of the parameters, {n} paired seeds each",
        "{draws}次参数抽样，每次{n}个配对随机种子",
    ),
    "seeds_count": ("{n} paired seeds", "{n}个配对随机种子"),
    "seeds_count_one": ("one seed", "1个随机种子"),
    "warn_unfinished": (
        "This study is marked '{status}', not 'finished': read the numbers as provisional.",
        "本研究标记为“{status}”，尚未完成：数字仅供参考。",
    ),
    "warn_dirty": (
        "The code was changed after its last commit, so the commit alone does not re-make these numbers.",
        "代码在最近一次提交后有改动，仅凭提交号不能重现这些数字。",
    ),
    "warn_one_seed": (
        "One seed only: there are no intervals, and nothing here can be told apart from luck.",
        "只有一个随机种子：没有区间，结果无法与偶然区分。",
    ),
    "warn_drift": (
        "Not at rest before week 0 under {scenario}, by more than 2% a quarter: {moving}. Differences between scenarios "
        "share the drift; levels do not stand for a steady state.",
        "{scenario}在第0周之前尚未稳定，每季度变动超过2%：{moving}。各方案的差值不受此影响；水平值不代表稳定状态。",
    ),
    "with_amount": ("{name} ({amount})", "{name}（{amount}）"),
    # the answer
    "h_answer": ("The answer", "结论"),
    "answer_exposure_time": (
        "For residents, counting every need whether reported or not: a problem lasts {level} under "
        "{baseline}; {clauses}.",
        "对居民而言（所有需求，无论是否提出）：{baseline}下一个问题平均持续{level}；{clauses}。",
    ),
    "answer_unmet_need_share": (
        "For residents, counting every need whether reported or not: {level} of needs stay unmet under "
        "{baseline}; {clauses}.",
        "对居民而言（所有需求，无论是否提出）：{baseline}下{level}的需求未得到满足；{clauses}。",
    ),
    "answer_same_needs": (
        "For the street's machinery, on the same needs reported in both arms: settling takes {level} under "
        "{baseline}; {clauses}.",
        "对街道运转而言（两种情形下都提出的同样需求）：{baseline}下办结需{level}；{clauses}。",
    ),
    "answer_all_reported": (
        "For the street's machinery, on all reported cases: settling takes {level} under {baseline}; {clauses}.",
        "对街道运转而言（全部已提出案件）：{baseline}下办结需{level}；{clauses}。",
    ),
    "answer_cost": (
        "The price: a settled case costs {level} under {baseline}; {clauses}; {losers}.",
        "代价：{baseline}下每件办结成本为{level}；{clauses}；{losers}。",
    ),
    "answer_no_cost": ("The price was not measured here; {losers}.", "此处未测量成本；{losers}。"),
    "answer_level_only": ("{indicator}: {level}{interval}.", "{indicator}：{level}{interval}。"),
    "answer_alone": (
        "Only one scenario was run, so nothing is compared; the levels are below.",
        "只运行了一个方案，没有比较对象；各项水平见下表。",
    ),
    "clause_lower": (
        "{scenario} lowers this by {amount} (95% interval {range})",
        "{scenario}使其减少{amount}（95%区间 {range}）",
    ),
    "clause_higher": (
        "{scenario} raises this by {amount} (95% interval {range})",
        "{scenario}使其增加{amount}（95%区间 {range}）",
    ),
    "clause_lower_most": (
        "{scenario} lowers this most, by {amount} (95% interval {range}), and {others} by less",
        "{scenario}使其减少最多，减少{amount}（95%区间 {range}），{others}减少较少",
    ),
    "clause_higher_most": (
        "{scenario} raises this most, by {amount} (95% interval {range}), and {others} by less",
        "{scenario}使其增加最多，增加{amount}（95%区间 {range}），{others}增加较少",
    ),
    "gap_wider_many": (
        "the gap at the expense of the vulnerable widens under {scenarios}",
        "{scenarios}下弱势群体的差距扩大",
    ),
    "gap_narrower_many": (
        "the gap at the expense of the vulnerable narrows under {scenarios}",
        "{scenarios}下弱势群体的差距缩小",
    ),
    "losers_many": (
        "resolution gets clearly slower for some under {scenarios} (named below)",
        "{scenarios}下有部分群体或事项办结明显变慢（见下文）",
    ),
    "clause_unclear": (
        "{scenario} cannot be told apart from {baseline} (95% interval of the difference {range})",
        "{scenario}与{baseline}无法区分（差值的95%区间 {range}）",
    ),
    "clause_unclear_many": (
        "{scenarios} cannot be told apart from {baseline}",
        "{scenarios}与{baseline}无法区分",
    ),
    "gap_wider": (
        "the gap at the expense of the vulnerable widens by {amount} under {scenario}",
        "{scenario}下弱势群体的差距扩大{amount}",
    ),
    "gap_narrower": (
        "the gap at the expense of the vulnerable narrows by {amount} under {scenario}",
        "{scenario}下弱势群体的差距缩小{amount}",
    ),
    "and_more": ("{n} more", "另{n}类"),
    "warn_streets": (
        "This study holds several streets; this report is about {street} only (also held: {others}).",
        "本研究包含多个街道；本报告只涉及{street}（另有：{others}）。",
    ),
    "clause_same": ("{scenarios} changes nothing at all", "{scenarios}完全没有改变"),
    "clause_unknown": (
        "for {scenarios} no interval can be given, so nothing is claimed",
        "{scenarios}无法给出区间，不作结论",
    ),
    "interval_in_brackets": (" (95% interval {range})", "（95%区间 {range}）"),
    "losers_some": ("resolution gets clearly slower {list}", "办结明显变慢：{list}"),
    "losers_of": ("for {members} under {scenario}", "{scenario}下的{members}"),
    "losers_none": (
        "no group and no kind of need is clearly slower to be settled",
        "没有哪个群体或哪类事项的办结明显变慢",
    ),
    "losers_unknown": ("who loses was not measured", "未测量谁受损"),
    # headline table
    "h_headline": ("Headline figures", "主要指标"),
    "headline_intro": (
        "Differences are taken within each seed, so both arms face the same needs and the same luck. An "
        "interval that holds 0 means that the two cannot be told apart with these seeds.",
        "差值在同一种子内计算，两种情形面对同样的需求与同样的运气。区间含0，表示用这些种子无法区分二者。",
    ),
    "headline_chance": (
        "{n} intervals of 95% are shown: had nothing changed, about {k} of them would still leave out 0 by chance.",
        "共有{n}个95%区间：即使毫无变化，也约有{k}个会因偶然而不含0。",
    ),
    "headline_pairing": (
        "Pairing saved runs: for the same precision, independent seeds would have needed about {times} times "
        "as many (median over these figures).",
        "配对节省了运行次数：若用独立种子，达到同样精度约需{times}倍的种子（上述指标的中位数）。",
    ),
    "col_indicator": ("Indicator", "指标"),
    "col_baseline": ("{baseline}", "{baseline}"),
    "col_scenario": ("Scenario", "方案"),
    "col_difference": ("Difference", "差值"),
    "col_interval": ("95% interval", "95%区间"),
    "col_seeds_better": ("Better in", "更好的次数"),
    "col_level": ("Level", "水平"),
    "col_verdict": ("Verdict", "判断"),
    "col_saved": ("Seeds saved per arm", "每组节省的种子"),
    "col_effect": ("Effect", "效应"),
    "col_member": ("Group or kind", "群体或事项"),
    "col_cases": ("Cases", "案件数"),
    "col_step": ("Step", "环节"),
    "col_cause": ("Spent on", "时间用途"),
    "seeds_of": ("{k} of {n} seeds", "{n}个种子中{k}个"),
    "draws_of": ("{k} of {n} draws", "{n}次抽样中{k}次"),
    "verdict_better": ("▲ better", "▲ 更好"),
    "verdict_worse": ("▼ worse", "▼ 更差"),
    "verdict_higher": ("higher", "更高"),
    "verdict_lower": ("lower", "更低"),
    "verdict_unclear": ("cannot be told apart", "无法区分"),
    "verdict_same": ("identical", "完全相同"),
    "verdict_unknown": ("no interval", "无区间"),
    "note_one_seed": ("one seed: no interval", "仅一个种子：无区间"),
    "note_undefined": ("undefined in some seeds, which are left out", "部分种子无定义，已略去"),
    "note_infinite": ("beyond the horizon in some seeds", "部分种子超出观察期"),
    # three effects
    "h_effects": ("Three effects, kept apart", "三种效应，分开来看"),
    "effects_intro": (
        "A reform can change who reports. Read (iii) for what residents live with and (ii) for what the "
        "street's machinery does; (i) is what the street sees in its own figures.",
        "改革会改变谁来提出诉求。居民的实际处境看（iii），街道运转的效果看（ii）；（i）是街道自己的数字所见。",
    ),
    "effect_all_reported": ("(i) All reported cases", "（i）全部已提出案件"),
    "effect_same_needs": ("(ii) The same needs, reported in both arms", "（ii）两种情形都提出的同样需求"),
    "effect_composition": ("(i) − (ii) More or other people report", "（i）−（ii）更多人或不同的人提出"),
    "effect_all_needs": ("(iii) All needs, reported or not", "（iii）所有需求，无论是否提出"),
    "effects_missing": (
        "This study holds no record of the needs reported in both arms, so the effects cannot be kept apart.",
        "本研究没有两种情形下共同提出的需求记录，无法分开三种效应。",
    ),
    # plots
    "h_differences": ("What changes, and how sure that is", "变化多少，有多确定"),
    "h_durations": ("How long cases take", "办结需要多久"),
    "h_weeks": ("By when", "何时见效"),
    "h_steps": ("Where the time goes", "时间花在哪里"),
    "h_gains": ("Who gains and who loses", "谁受益，谁受损"),
    "numbers_behind": ("The numbers behind this plot", "图中数字"),
    "not_recorded": ("This study did not record what this plot needs.", "本研究没有记录该图所需的数据。"),
    "members_gain": (
        "{scenario}: resolution is clearly faster for {members}.",
        "{scenario}：{members}办结明显变快。",
    ),
    "members_lose": (
        "{scenario}: resolution is clearly slower for {members}.",
        "{scenario}：{members}办结明显变慢。",
    ),
    "members_none": (
        "{scenario}: no group or kind differs clearly from {baseline}.",
        "{scenario}：没有哪个群体或事项与{baseline}有明显差别。",
    ),
    "clearly": (
        "“Clearly” allows for how many groups, kinds or steps were looked at (Holm's adjustment, 5%).",
        "“明显”已考虑所比较的群体、事项或环节的数量（Holm校正，5%）。",
    ),
    "steps_most": (
        "{scenario} clearly saves most at “{step}”: {amount} a case (95% interval {range}).",
        "{scenario}明显节省最多的环节是“{step}”：每件{amount}（95%区间 {range}）。",
    ),
    "steps_added": (
        "{scenario} clearly adds time at “{step}”: {amount} a case (95% interval {range}).",
        "{scenario}在“{step}”明显增加用时：每件{amount}（95%区间 {range}）。",
    ),
    "steps_unclear": (
        "{scenario}: no step differs clearly from {baseline}.",
        "{scenario}：没有哪个环节与{baseline}有明显差别。",
    ),
    "never_settled_means": (
        "“Not settled within 90 days” is what unsettled cases lack to 90 days after the steps they did go through, so it is "
        "less than the unsettled share times 90 days.",
        "“90天内未解决”是未办结案件在已经历的环节之后距90天尚余的时间，因此小于未办结占比乘以90天。",
    ),
    # how far to trust it
    "h_trust": ("How far to trust the levels", "各项水平有多可信"),
    "bands_inside": (
        "Of the means under {scenario} that sources speak of (ordinary streets before any reform), {inside} of {total} lie "
        "inside the band of their sources.",
        "{scenario}下有资料可比的均值（改革前的普通街道）中，{total}项有{inside}项落在资料区间之内。",
    ),
    "band_outside": (
        "Outside: {indicator} {level}; the sources say {band}.",
        "区间之外：{indicator} {level}；资料为{band}。",
    ),
    # provenance
    "h_all": ("All indicators", "全部指标"),
    "show_all": ("Show every indicator that was recorded", "展开全部已记录指标"),
    "h_made": ("How this was made", "结果如何得出"),
    "made_version": ("Version", "版本"),
    "made_commit": ("Commit", "代码提交"),
    "made_modified": ("modified after the commit", "提交后有改动"),
    "made_configuration": ("Configuration hash", "配置哈希"),
    "made_command": ("Command", "命令"),
    "made_settings": ("Set by the user", "用户设定"),
    "setting": ("{title} ({name}) = {value}, the street's own {own}", "{title}（{name}）= {value}，街道自身为{own}"),
    "settings_none": ("nothing", "无"),
    "strength": ("strength {strength}", "力度{strength}"),
    "strengths": ("strengths {low} to {high}", "力度{low}至{high}"),
    "made_street": ("Street", "街道"),
    "made_residents": ("Residents", "居民数"),
    "made_weeks": ("Weeks", "周数"),
    "made_weeks_text": (
        "{warmup} warm-up, {weeks} measured (headline figures: weeks {window}), {followup} follow-up",
        "预热{warmup}周，测量{weeks}周（主要指标：第{window}周），跟踪{followup}周",
    ),
    "made_seeds": ("Seeds", "随机种子"),
    "made_draws": ("Parameter draws", "参数抽样"),
    "made_time": ("Run", "运行时间"),
    "made_platform": ("Platform", "平台"),
    "made_packages": ("Packages", "软件包"),
    "made_sources": ("Parameters", "参数"),
    "made_sources_text": (
        "{total}: {evidence} rest on evidence rows, {assumed} are assumptions",
        "{total}个：{evidence}个有证据来源，{assumed}个为假设",
    ),
    "not_in_manifest": ("not recorded", "未记录"),
    "h_changed": ("What the scenarios change", "各方案改变了什么"),
    "changed_nothing": ("No parameter differs from {baseline}.", "没有参数与{baseline}不同。"),
    "changed_unrecorded": ("The manifest does not record the parameters.", "清单没有记录参数。"),
    "col_parameter": ("Parameter", "参数"),
    "col_from": ("Under {baseline}", "{baseline}"),
    "col_to": ("Becomes", "变为"),
    "col_weeks": ("Over weeks", "在第几周内"),
    "week_start": ("warm-up", "预热期"),
    "value_true": ("yes", "是"),
    "value_false": ("no", "否"),
    # limits and sources
    "h_limits": ("What this version does not model", "本版本没有模拟什么"),
    "limits_unlisted": (
        "The study names no list of mechanisms that are left out; the points below hold for every study.",
        "本研究没有列出略去的机制；以下各点适用于所有研究。",
    ),
    "h_sources": ("Sources", "来源"),
    "source_common": (
        "Paired comparison by common random numbers addressed to each agent and decision: Klein, Abeysuriya, "
        "Stuart and Kerr, “Noise-free comparison of stochastic agent-based simulations using common random "
        "numbers”, arXiv 2409.02086.",
        "按主体与决策编址的共同随机数配对比较：Klein、Abeysuriya、Stuart 和 Kerr，“Noise-free comparison of "
        "stochastic agent-based simulations using common random numbers”，arXiv 2409.02086。",
    ),
    "source_strata": (
        "The same needs in both arms: Frangakis and Rubin (2002), “Principal stratification in causal "
        "inference”, Biometrics 58(1), 21–29, doi 10.1111/j.0006-341X.2002.00021.x.",
        "两种情形下的同样需求：Frangakis 和 Rubin（2002），“Principal stratification in causal inference”，"
        "Biometrics 58(1)，21–29，doi 10.1111/j.0006-341X.2002.00021.x。",
    ),
    "source_parameters": (
        "Every parameter's own source (rows of the project's evidence table, or the word assumption) is "
        "shown "
        "by “jiedao explain NAME”.",
        "每个参数的来源（项目证据表的行号，或注明为假设）可用“jiedao explain NAME”查看。",
    ),
}

# What a study may leave out: the run names those that hold for it, the report adds those that always hold.
LIMITS: dict[str, tuple[str, str]] = {
    "synthetic_street": (
        "The street is synthetic: it has the measured proportions of its type and is no particular place.",
        "街道为合成街道：具有该类型的实测比例，并非某个具体地方。",
    ),
    "seed_luck_only": (
        "Intervals cover luck (the seeds), and parameters only where several draws were run; they do not "
        "cover "
        "mechanisms that are wrong or missing.",
        "区间只涵盖偶然性（种子），仅在多次抽样时涵盖参数；不涵盖错误或缺失的机制。",
    ),
    "assumed_parameters": (
        "Parameters marked as assumptions are judgement, not measurement; conclusions that hang on one need "
        "a "
        "sensitivity study.",
        "标为假设的参数是判断而非测量；依赖它们的结论需要做敏感性分析。",
    ),
    "staff_turnover": ("Staff do not leave, are not hired and do not learn.", "不模拟人员离职、招聘与学习。"),
    "social_organizations": ("Social organizations do not grow or close.", "不模拟社会组织的成长与关闭。"),
    "department_adaptation": ("Departments' willingness stays as it is.", "部门的配合意愿不随时间变化。"),
    "resident_adaptation": (
        "Residents' expectation and trust do not change what they report.",
        "居民的期望与信任不影响其是否提出诉求。",
    ),
    "programmes": (
        "Programmes with places (elder care, child care, meals) have no waiting list.",
        "养老、托幼、助餐等名额类服务没有轮候。",
    ),
    "consent": ("Residents' consent to renovation is not voted on.", "不模拟改造事项的居民表决。"),
    "reported_figures": ("What the street reports equals what is true.", "街道上报的数字等同于真实情况。"),
    "stresses": (
        "No stress (surge, cut, outage, epidemic, storm) is applied.",
        "不施加任何压力情景（激增、削减、中断、疫情、风暴）。",
    ),
}
ALWAYS_LIMITS = ("synthetic_street", "seed_luck_only", "assumed_parameters")
