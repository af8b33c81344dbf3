"""Attributes of unit types (`civil_affairs.target_utilisation`, `dispatch_desk.skill`)."""

from __future__ import annotations

from model.parameters.declaration import Parameter, number, share

UNIT_TITLES: dict[str, tuple[str, str]] = {
    "grid_worker": ("Grid workers", "网格员"),
    "community": ("Communities", "社区"),
    "civil_affairs": ("Civil affairs section", "民政科室"),
    "urban_management": ("Urban management section", "城管科室"),
    "construction": ("Construction section", "城建科室"),
    "mediation": ("Mediation section", "综治调解科室"),
    "safety": ("Safety section", "安全监管科室"),
    "service_hall": ("Service hall", "便民服务大厅"),
    "dispatch_desk": ("Dispatch desk", "派单台"),
    "leader": ("Leaders' office", "街道领导"),
    "duty_team": ("Duty team", "值班应急队"),
    "command_office": ("Command office", "街道指挥中心"),
    "department": ("District departments", "区级部门"),
}

# Best target utilisation: sections for enforcement and civil affairs stand high, desks that must answer at once stand low; the
# hall, where people wait for half an hour and more (S000-242, S003-333), cannot stand low.
_TARGET_UTILISATION: dict[str, float] = {
    "grid_worker": 0.80,
    "community": 0.82,
    "civil_affairs": 0.88,
    "urban_management": 0.90,
    "construction": 0.85,
    "mediation": 0.82,
    "safety": 0.82,
    "service_hall": 0.86,
    "dispatch_desk": 0.78,
    "leader": 0.78,
    "duty_team": 0.75,
    "command_office": 0.78,
    "department": 0.85,
}


def _declare(unit: str) -> tuple[Parameter, ...]:
    """Target utilisation and skill of one unit type."""
    title_en, title_zh = UNIT_TITLES[unit]
    best = _TARGET_UTILISATION[unit]
    return (
        number(
            f"{unit}.target_utilisation",
            "score",
            (round(best - 0.07, 2), best, round(min(0.94, best + 0.05), 2)),
            "capacity",
            f"{title_en}: target utilisation",
            f"{title_zh}：目标利用率",
            ("Work hours over productive hours at which the posts of this unit type are derived from its load."),
            minimum=0.05,
            maximum=0.98,
        ),
        number(
            f"{unit}.skill",
            "ratio",
            (0.8, 1.0, 1.15),
            "capacity",
            f"{title_en}: skill",
            f"{title_zh}：技能水平",
            (
                "Speed and quality of this unit type's practised staff relative"
                " to the reference; new staff start below it."
            ),
            minimum=0.05,
            maximum=3,
        ),
    )


DECLARATIONS: tuple[Parameter, ...] = (
    *(parameter for unit in UNIT_TITLES for parameter in _declare(unit)),
    share(
        "department.background_load_share",
        (0.6, 0.8, 0.95),
        "capacity",
        "District departments: background load",
        "区级部门：本底负荷占比",
        "Share of the work of the street's share of a department that does not come from the street's cases.",
    ),
)
