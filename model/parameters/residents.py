"""Who lives in the street: groups, skills, ties."""

from __future__ import annotations

from model.parameters.declaration import Parameter, number, share

DECLARATIONS: tuple[Parameter, ...] = (
    share(
        "elderly_share",
        (0.198, 0.211, 0.3),
        "structure",
        "Residents aged 60 and over",
        "老年人口占比",
        "Share of residents aged 60 and over.",
        "S000-006;S000-007;S004-005;S004-006;S003-094",
    ),
    share(
        "child_share",
        (0.12, 0.16, 0.2),
        "structure",
        "Residents under 18",
        "未成年人口占比",
        "Share of residents under 18, who have needs but report none themselves.",
    ),
    share(
        "floating_share",
        (0.183, 0.27, 0.45),
        "structure",
        "Floating population",
        "流动人口占比",
        "Share of residents registered elsewhere.",
        "S003-017;S000-010;S004-007;S003-015",
    ),
    share(
        "low_income_disabled_share",
        (0.04, 0.07, 0.12),
        "structure",
        "Low-income or disabled residents",
        "困难群众占比",
        "Share of residents who are low-income or disabled.",
    ),
    number(
        "household_size",
        "residents",
        (2.3, 2.62, 3.0),
        "structure",
        "Household size",
        "户均人口",
        "Mean number of residents in a household.",
        "assumption: national census 2020",
    ),
    share(
        "elder_digital_skill",
        (0.15, 0.28, 0.72),
        "information",
        "Digitally skilled elders",
        "老年人数字技能占比",
        "Share of residents aged 60 and over who can use the app unaided.",
        "S000-060;S001-070;S001-071;S001-072;S001-143",
    ),
    share(
        "adult_digital_skill",
        (0.75, 0.85, 0.95),
        "information",
        "Digitally skilled adults",
        "中青年数字技能占比",
        "Share of registered residents aged 18 to 59 who can use the app unaided.",
    ),
    share(
        "floating_digital_skill",
        (0.246, 0.35, 0.47),
        "information",
        "Floating residents on line",
        "流动人口线上使用占比",
        "Share of floating residents under 60 who do use on-line services.",
        "S000-169;S000-168",
    ),
    number(
        "neighbour_ties",
        "count",
        (3, 6, 10),
        "structure",
        "Neighbour ties",
        "邻里联系数",
        "Mean number of neighbours with whom a resident talks.",
        minimum=1,
        maximum=50,
    ),
    share(
        "tie_rewiring_share",
        (0.05, 0.1, 0.2),
        "structure",
        "Far ties",
        "邻里联系重连率",
        (
            "Share of neighbour ties that lead beyond the next doors within"
            " the grid (small world, Watts & Strogatz 1998)."
        ),
    ),
    share(
        "acquaintance_share",
        (0.271, 0.38, 0.503),
        "structure",
        "Acquaintance",
        "邻里熟识率",
        ("Share of residents who know their neighbours and the grid worker; complement of those who know none."),
        "S000-062",
    ),
    number(
        "resident_hour_yuan",
        "yuan per hour",
        (15, 30, 50),
        "measurement",
        "Value of a resident's hour",
        "居民时间价值",
        "Yuan at which an hour of a resident's trips, waits and forms enters social cost.",
    ),
)
