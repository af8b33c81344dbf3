"""The vocabulary of the model as small integers: what compiled rules can compare and logs can store.

Each group has a tuple of names, in code order, for people (`EVENT_NAMES[CLOSED] == "closed"`).
"""

from __future__ import annotations

# Steps: all that an engine must know how to do.
SERVE, DELAY, GATE, FORK, END = range(5)

# Classes of event, in the order in which events of one instant happen (MODEL section 9).
BOUNDARY, FINISH, OPENING, TIMER, ARRIVAL = range(5)

EVENT_NAMES = (
    "onset",
    "not_voiced",
    "settled_informally",
    "reported",
    "queued",
    "started",
    "finished",
    "handed_over",
    "returned",
    "refused",
    "gate_in",
    "gate_out",
    "forked",
    "joined",
    "closed",
    "reopened",
    "chased",
    "petitioned",
    "given_up",
    "left_queue",
    "turned_away",
    "decided",
)
(
    ONSET,
    NOT_VOICED,
    SETTLED_INFORMALLY,
    REPORTED,
    QUEUED,
    STARTED,
    FINISHED,
    HANDED_OVER,
    RETURNED,
    REFUSED,
    GATE_IN,
    GATE_OUT,
    FORKED,
    JOINED,
    CLOSED,
    REOPENED,
    CHASED,
    PETITIONED,
    GIVEN_UP,
    LEFT_QUEUE,
    TURNED_AWAY,
    DECIDED,
) = range(len(EVENT_NAMES))

KIND_NAMES = (
    "property_dispute",
    "parking",
    "sanitation",
    "street_vending",
    "illegal_building",
    "public_facility",
    "lift_fault",
    "neighbour_dispute",
    "safety_hazard",
    "administrative_service",
    "social_assistance",
    "elder_care",
    "child_care",
    "renovation",
    "emergency",
    "enquiry",
)
(
    PROPERTY_DISPUTE,
    PARKING,
    SANITATION,
    STREET_VENDING,
    ILLEGAL_BUILDING,
    PUBLIC_FACILITY,
    LIFT_FAULT,
    NEIGHBOUR_DISPUTE,
    SAFETY_HAZARD,
    ADMINISTRATIVE_SERVICE,
    SOCIAL_ASSISTANCE,
    ELDER_CARE,
    CHILD_CARE,
    RENOVATION,
    EMERGENCY,
    ENQUIRY,
) = range(len(KIND_NAMES))
KINDS = len(KIND_NAMES)
COMPLAINT_KINDS = KIND_NAMES[:9]

NATURE_NAMES = ("enquiry", "service", "help", "complaint", "report", "trivial", "background", "customer")
NATURE_ENQUIRY, SERVICE, HELP, COMPLAINT, REPORT, TRIVIAL, BACKGROUND, CUSTOMER = range(len(NATURE_NAMES))

ORIGIN_NAMES = ("resident", "patrol", "sensor", "worker")
RESIDENT, PATROL, SENSOR, WORKER = range(len(ORIGIN_NAMES))

CHANNEL_NAMES = ("hotline", "app", "window", "grid_worker", "community")
HOTLINE, APP, WINDOW, GRID_WORKER_CHANNEL, COMMUNITY_CHANNEL = range(len(CHANNEL_NAMES))
CHANNELS = len(CHANNEL_NAMES)

AGE_BAND_NAMES = ("child", "adult", "elderly")
CHILD, ADULT, ELDERLY = range(len(AGE_BAND_NAMES))

SETTLEABLE_NAMES = ("here", "with_power_or_money", "not_in_this_street")
HERE, WITH_POWER_OR_MONEY, NOT_IN_THIS_STREET = range(len(SETTLEABLE_NAMES))

OUTCOME_NAMES = ("open", "settled", "explained", "informal", "unvoiced", "answered", "given_up", "petitioned")
OPEN, SETTLED, EXPLAINED, INFORMAL, UNVOICED, ANSWERED, OUTCOME_GIVEN_UP, OUTCOME_PETITIONED = range(len(OUTCOME_NAMES))

UNIT_TYPE_NAMES = (
    "grid_worker",
    "community",
    "civil_affairs",
    "urban_management",
    "construction",
    "mediation",
    "safety",
    "service_hall",
    "dispatch_desk",
    "leader",
    "duty_team",
    "command_office",
    "department",
    "programme",
)
(
    UNIT_GRID_WORKER,
    UNIT_COMMUNITY,
    UNIT_CIVIL_AFFAIRS,
    UNIT_URBAN_MANAGEMENT,
    UNIT_CONSTRUCTION,
    UNIT_MEDIATION,
    UNIT_SAFETY,
    UNIT_SERVICE_HALL,
    UNIT_DISPATCH_DESK,
    UNIT_LEADER,
    UNIT_DUTY_TEAM,
    UNIT_COMMAND_OFFICE,
    UNIT_DEPARTMENT,
    UNIT_PROGRAMME,
) = range(len(UNIT_TYPE_NAMES))

CALENDAR_NAMES = ("always", "office", "window", "extended")
ALWAYS, OFFICE, WINDOW_HOURS, EXTENDED = range(len(CALENDAR_NAMES))

# Clock: integer microseconds.
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
NEVER = 9_000_000_000_000_000_000
