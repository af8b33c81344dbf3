"""Service halls: windows, papers, visits."""

from __future__ import annotations

from model.parameters.declaration import Parameter, number, share

DECLARATIONS: tuple[Parameter, ...] = (
    number(
        "hall_close_margin_minutes",
        "minutes",
        (15, 30, 45),
        "calendar",
        "Doors close before counters",
        "提前停止取号时间",
        "Minutes before the counters close at which the doors may close.",
    ),
    number(
        "window_service_minutes",
        "minutes",
        (10, 15, 25),
        "work content",
        "Service at a window",
        "窗口办理用时",
        "Mean minutes at a counter per visit.",
        minimum=0.1,
    ),
    number(
        "document_check_minutes",
        "minutes",
        (0.5, 1, 2),
        "work content",
        "Check of a paper",
        "材料核验用时",
        "Staff minutes to check one paper.",
    ),
    share(
        "document_missing_probability",
        (0.05, 0.12, 0.2),
        "information",
        "Missing paper",
        "材料缺失概率",
        "Chance per paper that it is missing or wrong at a visit, so that another trip is needed.",
    ),
    share(
        "document_missing_after_return",
        (0.02, 0.05, 0.1),
        "information",
        "Missing paper at a further visit",
        "补件后材料缺失概率",
        "Chance per paper that it is still missing or wrong at a further visit.",
    ),
    number(
        "document_fetch_days",
        "days",
        (1, 2, 5),
        "work content",
        "Fetching a paper",
        "补齐材料天数",
        "Whole days until a resident comes back with a missing paper.",
        minimum=0.01,
    ),
    number(
        "visit_return_days",
        "days",
        (0.5, 1, 3),
        "preference",
        "Return after being turned away",
        "被劝返后再来天数",
        "Whole days until a resident who was turned away comes back; at least one.",
        minimum=0.01,
    ),
    share(
        "turned_away_switch_share",
        (0.1, 0.3, 0.5),
        "preference",
        "Changing channel when turned away",
        "被劝返后换渠道占比",
        "Share of visitors turned away who use another channel instead.",
    ),
)
