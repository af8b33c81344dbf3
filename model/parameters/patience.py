"""How long residents wait before they chase, petition or give up."""

from __future__ import annotations

from model.parameters.declaration import Parameter, integer, number, share

DECLARATIONS: tuple[Parameter, ...] = (
    number(
        "patience_factor_median",
        "ratio",
        (0.8, 1.2, 2.0),
        "preference",
        "Patience, median factor",
        "耐心系数中位数",
        "Median over residents of patience divided by the expected time of resolution.",
        minimum=0.01,
    ),
    number(
        "patience_factor_log_sd",
        "log points",
        (0.3, 0.5, 0.8),
        "preference",
        "Patience, spread",
        "耐心系数对数标准差",
        "Standard deviation over residents of the logarithm of the patience factor.",
    ),
    number(
        "patience_growth",
        "ratio",
        (1.5, 2.0, 3.0),
        "preference",
        "Patience after a chase",
        "催办后耐心倍数",
        "Factor by which each further spell of patience is longer than the last.",
        minimum=1,
        maximum=10,
    ),
    integer(
        "patience_spells",
        "count",
        (2, 3, 4),
        "preference",
        "Spells of patience",
        "耐心耗尽次数",
        "Expiry of patience at which a resident petitions or gives up; earlier ones are chases.",
        minimum=1,
        maximum=10,
    ),
    number(
        "chase_hours",
        "hours",
        (0.05, 0.15, 0.3),
        "work content",
        "Work of a chase",
        "催办增加工时",
        "Work hours that a chase adds once to the unit that holds the case.",
    ),
    number(
        "petition_intercept",
        "logit",
        (-4.5, -3.5, -2.5),
        "preference",
        "Petition: base",
        "信访倾向：截距",
        "Log-odds of a petition instead of giving up when patience ends, at severity 0 and trust 0.5.",
    ),
    number(
        "petition_severity_weight",
        "logit per unit",
        (1, 2, 4),
        "preference",
        "Petition: severity",
        "信访倾向：严重程度权重",
        "Rise in the log-odds of a petition as severity goes from 0 to 1.",
    ),
    number(
        "petition_trust_weight",
        "logit per unit",
        (0.5, 1, 2),
        "preference",
        "Petition: distrust",
        "信访倾向：不信任权重",
        "Rise in the log-odds of a petition as trust goes from 1 to 0.",
    ),
    number(
        "petition_work_hours",
        "hours",
        (2, 4, 8),
        "work content",
        "Work of a petition",
        "信访办理工时",
        "Work hours of the leader's office on a petition.",
    ),
    share(
        "told_a_date_share",
        (0.1, 0.3, 0.7),
        "information",
        "Residents told a date",
        "告知办理日期占比",
        (
            "Share of waits for a meeting or for money in which the resident"
            " is told a date, so that patience starts anew."
        ),
    ),
    number(
        "programme_patience_weeks",
        "weeks",
        (12, 26, 52),
        "preference",
        "Patience on a waiting list",
        "轮候耐心",
        "Median weeks that a resident stays on the waiting list of a programme.",
    ),
)
