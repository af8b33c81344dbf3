"""What posts cost."""

from __future__ import annotations

from model.parameters.declaration import Parameter, number

DECLARATIONS: tuple[Parameter, ...] = (
    number(
        "hours_per_post_year",
        "hours per year",
        (1700, 1760, 1840),
        "calendar",
        "Hours of a post-year",
        "岗位年工作时间",
        "Rostered hours of a post in a year, for cost.",
        minimum=1,
    ),
    number(
        "wage_civil",
        "thousand yuan per year",
        (130, 170, 240),
        "money",
        "Cost of a civil post",
        "编制人员用工成本",
        "Cost of an established civil post-year.",
    ),
    number(
        "wage_contract",
        "thousand yuan per year",
        (70, 100, 140),
        "money",
        "Cost of a contract post",
        "聘用人员用工成本",
        "Cost of a contract post-year.",
    ),
    number(
        "wage_grid_worker",
        "thousand yuan per year",
        (45, 60, 85),
        "money",
        "Cost of a grid worker",
        "网格员用工成本",
        "Cost of a grid worker's post-year.",
    ),
    number(
        "wage_social_worker",
        "thousand yuan per year",
        (85, 120, 160),
        "money",
        "Cost of a social worker",
        "社工用工成本",
        "Cost of a social worker's post-year.",
    ),
    number(
        "overtime_wage_factor",
        "ratio",
        (1.5, 1.5, 2.0),
        "money",
        "Pay of overtime",
        "加班工资系数",
        "Wage of an overtime hour over an ordinary one.",
        minimum=1,
    ),
)
