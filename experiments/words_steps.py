"""What a case's time is called, step by step, in English and Chinese; part of the table in `words`.

A step of the decomposition is a stage of the journey, or a layer's review or batch. Each may have three parts: the step itself,
the queue for busy staff before it (`STEP_queue`) and the wait for opening hours (`STEP_closed`).
"""

from __future__ import annotations

ITSELF: dict[str, tuple[str, str]] = {
    "onset": ("Onset", "需求产生"),
    "settling_informally": ("Settled among neighbours", "邻里自行化解"),
    "undetected": ("Not yet found", "尚未发现"),
    "going_to_hall": ("On the way to the hall", "前往便民服务大厅"),
    "hall": ("At the counter", "窗口办理"),
    "city_intake": ("Intake by hotline or app", "热线及移动端受理"),
    "sorting": ("Dispatch", "分派"),
    "first_look": ("Grid worker's first look", "网格员初查"),
    "grid_work": ("Grid worker's work", "网格员处置"),
    "community_look": ("Community's handling", "社区处置"),
    "batch": ("Wait for the next transfer", "等待逐级转办"),
    "review": ("Review by a layer", "层级审核"),
    "take_up": ("Section takes it up", "科室接件"),
    "wrong_unit": ("At a wrong unit", "错派单位查看"),
    "return": ("Return from a wrong unit", "错派退回"),
    "clarification": ("Sent back to be clarified", "退回核实"),
    "leader_coordination": ("Leaders decide whose it is", "领导协调归属"),
    "unowned": ("Nobody's case", "无人认领"),
    "department_intake": ("Department's intake", "区级部门受理"),
    "department_work": ("Department's work", "区级部门办理"),
    "meeting": ("Wait for a coordination meeting", "等协调会"),
    "money": ("Wait for money", "等资金"),
    "work": ("Section's work", "科室办理"),
    "joint_work": ("Joint work of departments", "多部门联合办理"),
    "joint_part": ("A department's part", "部门分办"),
    "explanation": ("Explaining what cannot be done", "解释说明"),
    "shuttle": ("Sent to and fro", "部门间推转"),
    "closed_unsettled": ("Closed but not settled", "办结未解决"),
    "approval": ("Emergency approval", "应急审批"),
    "acknowledgement": ("Emergency acknowledgement", "应急逐级确认"),
    "travel": ("Travel", "路途"),
    "duty_work": ("Duty team's work", "值班队处置"),
    "waiting_list": ("Waiting list", "轮候"),
    "staying": ("Place held", "服务在用"),
    "enquiry": ("Answering an enquiry", "答复咨询"),
    "background": ("Department's other business", "部门其他事务"),
    "trivial_sorting": ("Dispatch of a trivial report", "琐碎上报分派"),
    "trivial_work": ("Work on a trivial report", "琐碎上报处置"),
    "document_fetching": ("Fetching a missing paper", "补齐材料"),
    "online_check": ("Check of online papers", "线上材料审核"),
    "going_to_community": ("On the way to the community", "前往社区"),
    "review_community": ("Review by the community", "社区审核"),
    "review_section": ("Review by the section", "科室审核"),
    "review_leader": ("Review by a leader", "领导审批"),
    "review_command_office": ("Review by the command office", "指挥中心审核"),
    "batch_community": ("Batch to the community", "攒批转社区"),
    "batch_section": ("Batch to the section", "攒批转科室"),
    "batch_leader": ("Batch to the leaders", "攒批转领导"),
    "batch_command_office": ("Batch to the command office", "攒批转指挥中心"),
}

STEPS: dict[str, tuple[str, str]] = {
    **ITSELF,
    **{f"{step}_queue": (f"Queue: {en[0].lower()}{en[1:]}", f"排队：{zh}") for step, (en, zh) in ITSELF.items()},
    **{
        f"{step}_closed": (f"Closed: {en[0].lower()}{en[1:]}", f"非工作时间：{zh}") for step, (en, zh) in ITSELF.items()
    },
    "never_settled": ("Not settled within 90 days", "90天内未解决"),
}
