"""Cases for several departments: meetings and joint work."""

from __future__ import annotations

from model.parameters.declaration import Parameter, integer, number, share

DECLARATIONS: tuple[Parameter, ...] = (
    number(
        "coordination_meeting_interval_weeks",
        "weeks",
        (0.5, 1, 2),
        "calendar",
        "Interval of coordination meetings",
        "协调会间隔",
        "Weeks between two coordination meetings.",
        minimum=0.1,
    ),
    number(
        "coordination_meeting_hours",
        "hours",
        (0.5, 1.0, 2.0),
        "work content",
        "Work of a coordination meeting",
        "协调会每件工时",
        "Work hours per case and department at a coordination meeting.",
    ),
    integer(
        "coordination_rounds_max",
        "count",
        (6, 8, 12),
        "structure",
        "Rounds before a leader decides",
        "协调最多轮次",
        "Coordination rounds after which a leader decides for those who have not committed.",
        minimum=1,
        maximum=50,
    ),
    share(
        "parallel_handling_share",
        (0, 0, 1),
        "structure",
        "Departments working side by side",
        "并联办理占比",
        "Share of cases for several departments in which they work side by side instead of in turn.",
    ),
    share(
        "decision_implementation_share",
        (0.246, 0.35, 0.47),
        "incentive",
        "Decisions carried out without follow-up",
        "决议落实率",
        "Share of what leaders decide that is carried out when nobody follows up.",
        "S001-159",
    ),
    number(
        "deadline_hours_factor",
        "ratio",
        (0.3, 1.0, 1.5),
        "authority",
        "Own deadline",
        "自定时限系数",
        "The street's own deadline over the reference due time.",
        minimum=0.01,
    ),
)
