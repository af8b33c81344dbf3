"""The stages of a request's life in a street, and how their time is told apart.

A stage is what the request does now; when the engine says it is done, `street.next_step` asks what follows. Time in a
stage has three parts: waiting for busy staff, waiting for closed doors, and the stage itself. `step_time` has a column
for each (stage x 3 + part).
"""

from __future__ import annotations

STAGE_NAMES = (
    "onset",
    "settling_informally",
    "undetected",
    "going_to_hall",
    "hall",
    "city_intake",
    "sorting",
    "first_look",
    "grid_work",
    "community_look",
    "batch",
    "review",
    "take_up",
    "wrong_unit",
    "return",
    "clarification",
    "leader_coordination",
    "unowned",
    "department_intake",
    "department_work",
    "meeting",
    "money",
    "work",
    "joint_work",
    "joint_part",
    "explanation",
    "shuttle",
    "closed_unsettled",
    "approval",
    "acknowledgement",
    "travel",
    "duty_work",
    "waiting_list",
    "staying",
    "enquiry",
    "background",
    "trivial_sorting",
    "trivial_work",
    "document_fetching",
    "online_check",
    "going_to_community",
)
(
    ONSET,
    SETTLING_INFORMALLY,
    UNDETECTED,
    GOING_TO_HALL,
    HALL,
    CITY_INTAKE,
    SORTING,
    FIRST_LOOK,
    GRID_WORK,
    COMMUNITY_LOOK,
    BATCH,
    REVIEW,
    TAKE_UP,
    WRONG_UNIT,
    RETURN,
    CLARIFICATION,
    LEADER_COORDINATION,
    UNOWNED,
    DEPARTMENT_INTAKE,
    DEPARTMENT_WORK,
    MEETING,
    MONEY,
    WORK,
    JOINT_WORK,
    JOINT_PART,
    EXPLANATION,
    SHUTTLE,
    CLOSED_UNSETTLED,
    APPROVAL,
    ACKNOWLEDGEMENT,
    TRAVEL,
    DUTY_WORK,
    WAITING_LIST,
    STAYING,
    ENQUIRY_ANSWER,
    BACKGROUND_WORK,
    TRIVIAL_SORTING,
    TRIVIAL_WORK,
    DOCUMENT_FETCHING,
    ONLINE_CHECK,
    GOING_TO_COMMUNITY,
) = range(len(STAGE_NAMES))

# Parts of the time in a stage.
STAFF_WAIT, CLOSED_WAIT, ITSELF = range(3)

# Layers that a case may climb.
LAYER_NAMES = ("community", "section", "leader", "command_office")
COMMUNITY, SECTION, LEADER, COMMAND_OFFICE = range(4)

# Rows of the decomposition beyond the stages: reviews and batches by layer.
FIRST_REVIEW_ROW = len(STAGE_NAMES)
FIRST_BATCH_ROW = FIRST_REVIEW_ROW + len(LAYER_NAMES)
STEP_NAMES = (
    *STAGE_NAMES,
    *(f"review_{layer}" for layer in LAYER_NAMES),
    *(f"batch_{layer}" for layer in LAYER_NAMES),
)

# Why the time passes, for the reader of a decomposition: the cause of each stage's own part.
STAGE_CAUSES = {
    "going_to_hall": "calendar", "going_to_community": "calendar", "hall": "intake", "city_intake": "intake", "sorting": "intake", "first_look": "work",
    "grid_work": "work", "community_look": "work", "batch": "batching", "review": "review", "take_up": "work",
    "wrong_unit": "review", "return": "review", "clarification": "review", "leader_coordination": "review",
    "unowned": "meeting", "department_intake": "district", "department_work": "district", "meeting": "meeting",
    "money": "money", "work": "work", "joint_work": "district", "joint_part": "district", "explanation": "work",
    "shuttle": "district", "closed_unsettled": "other", "approval": "review", "acknowledgement": "review",
    "travel": "work", "duty_work": "work", "waiting_list": "staff", "staying": "other", "enquiry": "intake",
    "document_fetching": "intake", "online_check": "intake",
}  # fmt: skip

# Gates.
GATE_NAMES = ("coordination_meeting", "money", "unowned")
COORDINATION_GATE, MONEY_GATE, UNOWNED_GATE = range(3)


def cause_of(step: str, part: int) -> str:
    """Why the time of this part of a step passes: staff, calendar, batching, review, district, meeting, money, ..."""
    if part == CLOSED_WAIT:
        return "calendar"
    if part == STAFF_WAIT:
        return "staff"
    for stage in ("review", "batch"):
        if step.startswith(f"{stage}_"):
            return STAGE_CAUSES[stage]
    return STAGE_CAUSES.get(step, "other")
