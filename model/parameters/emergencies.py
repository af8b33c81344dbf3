"""Emergencies: acknowledgements, duty officers and duty teams."""

from __future__ import annotations

from model.parameters.declaration import Parameter, integer, number, share

DECLARATIONS: tuple[Parameter, ...] = (
    integer(
        "emergency_approval_levels",
        "count",
        (3, 3, 3),
        "authority",
        "Emergency approval levels",
        "应急审批层级数",
        "Acknowledgements that an emergency must pass before the street acts.",
        "S003-060",
        maximum=6,
    ),
    number(
        "emergency_approval_delay_hours",
        "hours",
        (0.25, 0.5, 0.75),
        "authority",
        "Delay per approval",
        "每级审批时滞",
        "Mean clock hours that one acknowledgement takes besides its queue.",
    ),
    number(
        "emergency_approval_work_hours",
        "hours",
        (0.05, 0.1, 0.25),
        "work content",
        "Work per approval",
        "每级审批工时",
        "Work hours of the duty officer per acknowledgement.",
        minimum=0.001,
    ),
    number(
        "emergency_travel_hours",
        "hours",
        (0.2, 0.4, 0.8),
        "work content",
        "Travel to an emergency",
        "应急到场路途用时",
        "Hours that the duty team travels to an emergency.",
    ),
    share(
        "emergency_error_share",
        (0.01, 0.03, 0.1),
        "authority",
        "Errors when acting first",
        "先行处置差错率",
        "Chance of a wrong act when the street acts without any acknowledgement.",
    ),
    number(
        "emergency_error_hours",
        "hours",
        (4, 8, 24),
        "work content",
        "Work of mending an error",
        "处置差错补救工时",
        "Work hours to mend a wrong act.",
    ),
    share(
        "emergency_plan_coverage",
        (0.332, 0.45, 0.574),
        "information",
        "Emergency plans",
        "应急预案覆盖率",
        "Share of emergencies for which a practicable plan lies ready.",
        "S004-094;S004-045",
    ),
    number(
        "emergency_unplanned_factor",
        "ratio",
        (1.0, 1.3, 2.0),
        "work content",
        "Work without a plan",
        "无预案工时系数",
        "Work hours of an emergency without a plan over those with one.",
        minimum=1,
    ),
)
