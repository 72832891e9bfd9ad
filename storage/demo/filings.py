"""Demo filings: at least one in every state, some late, some taken, so that the console's queue has something of everything.

Steps, words and days are those that the product itself would have written; a test holds the declarations against them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from storage.demo.lives import Life, case_number
from storage.demo.moments import filed_at, later
from storage.demo.names import phone_number
from storage.demo.staff import staff_no
from storage.ports.record import Record, field
from storage.ports.records import CardEvent, Case, CaseState, CaseStep
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI
from storage.workdays import plus_workdays

S = CaseState

FIRST_FILING = 9_200_000
"""Case numbers of filings begin here."""
_FIRST_NEW_PHONE = 9_000
_OWN_PHONE = "预留手机号"
_TO_READ = "，请设为已读"
_SUPPLEMENT_DAYS = 10

_TITLES = {
    "card_replace": ("BJH-M-14", "社会保障卡补换卡", "CARD-REPLACE@2026-11"),
    "card_second": ("BJH-27", "社会保障卡二次申领", "CARD-SECOND@2026-11"),
    "phone_change": ("phone_change", "更换预留手机号", "phone-change@2026-11"),
    "complaint": ("complaint", "评价回访", ""),
    "refund": ("refund", "退费核实", ""),
}
"""Filing → feature, title and 承诺."""
_REVIEW = {
    "card_replace": "review",
    "card_second": "review",
    "phone_change": "phone_change",
    "complaint": "complaint",
    "refund": "refund",
}
"""Filing → key of Region.days for its review."""
_STAGE = {"card_replace": "card_replace", "card_second": "card_second"}
"""Filing → key of Region.days for 制卡."""


class Filed(Record):
    """One filing of the demo: whose, what, in which state, filed how many days ago."""

    who: str
    region: str
    filing: str
    state: CaseState
    days: int
    note: str = ""
    """What the staff wrote at the end."""
    taken: str = ""
    """Login of who has it."""
    answers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    """What an inside filing says."""
    bound: bool = True
    """Whether it was filed from a chat that speaks for the person; otherwise the case is nobody's yet."""
    read: bool = False


LOST = {"reason": "遗失", "delivery": "网点自取", "outlet": "示例东城社保卡服务网点"}
POSTED = {"reason": "遗失", "delivery": "快递", "address": "北京市东城区示例小区1号楼1单元101"}
WORN = {"reason": "污损残缺", "delivery": "网点自取", "outlet": "示例海淀社保卡服务网点"}
DUMB = {"reason": "不能读卡", "delivery": "网点自取", "outlet": "示例朝阳社保卡服务网点"}
FETCH = {"delivery": "网点自取", "outlet": "示例西城社保卡服务网点"}


def _card(who: str, state: CaseState, days: int, answers: Mapping[str, str], note: str = "", taken: str = "") -> Filed:
    return Filed(who, "beijing", "card_replace" if "reason" in answers else "card_second", state, days, note, taken, answers)


def _phone(
    who: str,
    region: str,
    state: CaseState,
    days: int,
    reason: str = "lost",
    note: str = "",
    taken: str = "",
    bound: bool = False,
    read: bool = False,
) -> Filed:
    return Filed(who, region, "phone_change", state, days, note, taken, {"reason": reason}, bound=bound, read=read)


def _bad(
    who: str, region: str, state: CaseState, days: int, what: str, grade: int, words: str, note: str = "", taken: str = ""
) -> Filed:
    fields = {
        "评价对象": what,
        "编号": "",
        "等级": f"{grade}（{'非常不满意' if grade == 1 else '不满意'}）",
        "本人说的": words or "没有写原因",
    }
    return Filed(who, region, "complaint", state, days, note, taken, fields=fields, bound=bool(who))


def _refund(
    who: str, region: str, state: CaseState, days: int, amount: str, of: str, why: str, note: str = "", taken: str = ""
) -> Filed:
    paid = {"缴费项目": of, "订单金额": amount, "收到金额": amount, "交易单号": ""}
    fields = {"订单号": "", **({"金额": amount, "原业务": of} if region == "beijing" else paid), "原因": why}
    return Filed(who, region, "refund", state, days, note, taken, fields=fields)


FILED = (
    # 补换卡
    _card("武静姝", S.DRAFT, 1, {"reason": "污损残缺"}),
    _card("顾言溪", S.UNPAID, 1, LOST),
    _card("侯景澄", S.REVIEW, 1, POSTED),
    _card("邵明岚", S.REVIEW, 9, LOST, taken="shenhe"),
    _card("万思齐", S.SUPPLEMENT, 5, WORN, "原卡照片看不清卡面，请重新拍一张上传。"),
    _card("段雨桐", S.WORKING, 3, LOST),
    _card("雷长亭", S.WORKING, 15, POSTED, taken="shouli"),
    _card("龙清越", S.READY, 12, LOST),
    _card("汤若衡", S.DONE, 25, LOST),
    _card("黎书予", S.REFUSED, 14, LOST, "登记的姓名正在变更，请单位办好信息变更后再申请。"),
    _card("常远笛", S.WITHDRAWN, 20, DUMB),
    _card("常远笛", S.VOID, 46, DUMB, "过时没有缴费。"),
    _card("龙清越", S.VOID, 82, DUMB, "过时没有缴费。"),
    # 二次申领
    _card("施允之", S.REVIEW, 2, FETCH),
    _card("文澜生", S.WORKING, 4, FETCH),
    _card("尚云岫", S.READY, 10, FETCH),
    _card("牛思源", S.DONE, 30, FETCH),
    _card("牛思源", S.REFUSED, 48, FETCH, "卡还没有退回成品库，等查到“已被退回”后再申领。"),
    # 更换预留手机号
    _phone("曹文澜", "beijing", S.REVIEW, 1, "never"),
    _phone("周云帆", "beijing", S.REVIEW, 8, taken="shenhe"),
    _phone("林晓棠", "beijing", S.SECOND, 3, "changed"),
    _phone("高远舟", "beijing", S.SUPPLEMENT, 4, note="照片里的证件反光，看不清号码，请重新拍一张。"),
    _phone("顾言溪", "beijing", S.DONE, 60, "changed"),
    _phone("韩子墨", "beijing", S.REFUSED, 16, note="照片与证件上的人不能确认是同一人，请带证件到经办窗口办理。"),
    _phone("侯景澄", "beijing", S.WITHDRAWN, 18, bound=True),
    _phone("朱启明", "binzhou", S.REVIEW, 2, "changed"),
    _phone("任晴川", "binzhou", S.SECOND, 6, taken="shenhe2"),
    _phone("秦时雨", "binzhou", S.DONE, 33, "changed", bound=True),
    _phone("范景行", "jinan", S.REVIEW, 1),
    _phone("姚秋荷", "jinan", S.SECOND, 2, "never"),
    _phone("石敬山", "jinan", S.SUPPLEMENT, 6, "never", "请补一张社保卡正面照片。"),
    _phone("毛晓晴", "jinan", S.DONE, 5, "changed", bound=True),
    _phone("江若川", "jinan", S.DONE, 21, "changed", bound=True, read=True),
    _phone("邹长顺", "jinan", S.REFUSED, 7, note="社保卡号和证件号码对不上，请核对后重新申请。"),
    _phone("廖桂香", "jinan", S.VOID, 38, "never", "过了期限没有补正。"),
    # 不满意的评价
    _bad("汤若衡", "beijing", S.REVIEW, 2, "社会保障卡补换卡", 2, "领卡时排了一个多小时的队", taken="kefu"),
    _bad("", "beijing", S.REVIEW, 11, "人工咨询", 1, ""),
    _bad("黎书予", "beijing", S.REVIEW, 5, "社会保障卡补换卡", 1, "没有通过，可是没人告诉我怎么改"),
    _bad("牛思源", "beijing", S.DONE, 19, "社会保障卡二次申领", 2, "网点中午没有人", "已与网点核实，中午改为轮班，并向您致歉。"),
    _bad("龚一鹤", "binzhou", S.REVIEW, 1, "个体人员缴费", 2, "付款后半天才看到结果"),
    _bad("秦时雨", "binzhou", S.REVIEW, 12, "更换预留手机号", 1, "照片传了三次"),
    _bad("陶云舒", "binzhou", S.DONE, 26, "人工咨询", 2, "", "已电话回访，解释了解挂的办法。"),
    _bad("毛晓晴", "jinan", S.REVIEW, 3, "更换预留手机号", 2, "等了两天"),
    _bad("江若川", "jinan", S.DONE, 15, "更换预留手机号", 1, "提示看不懂", "提示已经改写，谢谢您指出。", taken=""),
    # 退款
    _refund("黎书予", "beijing", S.REVIEW, 13, "20.00 元", "社会保障卡补换卡", "未通过"),
    _refund("常远笛", "beijing", S.DONE, 19, "20.00 元", "社会保障卡补换卡", "已撤回", "工本费已原路退回。"),
    _refund("贾念慈", "binzhou", S.REVIEW, 1, "380.00 元", "居民医疗缴费", "订单作废或过期后收到付款", taken="shenhe"),
    _refund("龚一鹤", "binzhou", S.DONE, 24, "1,000.00 元", "个体人员缴费", "订单作废或过期后收到付款", "已原路退回。"),
    _refund(
        "夏知秋",
        "binzhou",
        S.REFUSED,
        28,
        "250.00 元",
        "居民医疗缴费",
        "订单作废或过期后收到付款",
        "支付系统当天已经退回这笔钱，不用再退。",
    ),
)


class Held(Record):
    """A filing with its case and what it did to the card."""

    filed: Filed
    case: Case
    events: tuple[CardEvent, ...]


def number_of(place: int) -> str:
    """The case number of the filing at that place of FILED."""
    return case_number(FIRST_FILING + place, FILED[place].region)


def held(
    today: date, lives: Mapping[tuple[str, str], tuple[Life, int]], regions: Mapping[str, Region], staff: Mapping[str, int]
) -> Iterator[Held]:
    """All of FILED as they stand today. `lives`: (region, name) → life and person id; `staff`: login → id of who has an account."""
    for place, filed in enumerate(FILED):
        life, person_id = lives.get((filed.region, filed.who), (None, None))
        case = _case(place, filed, life, person_id, today, regions[filed.region], staff)
        on_card = filed.filing in _STAGE and filed.state is not S.DRAFT and life is not None and person_id is not None
        yield Held(filed, case, tuple(_events(filed, case, life, person_id)) if on_card and life and person_id else ())


# ── the case ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _case(
    place: int, filed: Filed, life: Life | None, person_id: int | None, today: date, region: Region, staff: Mapping[str, int]
) -> Case:
    feature, title, undertaking = _TITLES[filed.filing]
    steps = _steps(filed, today, staff)
    last = steps[-1].at
    handling, feedback = region.case_words[filed.state]
    decided, inside = filed.state in {S.DONE, S.REFUSED}, filed.filing in _OPENED
    to_read = region.must_read and decided and not filed.read and not inside
    answers = _answers(place, filed, life)
    case_no = number_of(place)
    return Case(
        case_no=case_no,
        key=_key(place, filed),
        feature=feature,
        title=title,
        region=filed.region,
        person_id=person_id if filed.bound else None,
        submitted_at=steps[0].at,
        handling_status=handling,
        feedback_status=feedback + _TO_READ if to_read else feedback,
        fields=_fields(place, filed, answers),
        steps=() if filed.state is S.DRAFT else steps,
        finished_at=last if filed.state.over and not to_read else None,
        filing=filed.filing,
        state=filed.state,
        stage={S.WORKING: "制卡", S.READY: "领卡"}.get(filed.state, ""),
        answers=answers,
        due_on=_due(filed, steps, region),
        expected_on=_expected(filed, steps, region),
        claimed_by=staff.get(filed.taken) if filed.taken else None,
        first_reviewer=staff.get(_approved_by(filed)),
        undertaking=undertaking if filed.state is not S.DRAFT else "",
        read_at=last if filed.read else None,
    )


def _key(place: int, filed: Filed) -> str:
    """A refund is known by the payment that it is about, as `handlers.orders` opens it: approved, it finds its order."""
    if filed.filing != "refund":
        return f"demo:{number_of(place)}"
    order_no = refund_order(place)
    return f"inside|refund|{order_no}|{transaction_of(order_no)}"


_REVIEWER = {"card_second": "shouli", "complaint": "kefu"}
"""Filing → login of who reviews it, where it is not 审核."""
_OPENED = {"complaint": ("登记", "已登记", "系统"), "refund": ("登记", "已登记", "系统")}


def _approved_by(filed: Filed) -> str:
    """Login of who decided last about what is decided or waits for a second pair of eyes; '' otherwise and after 制卡."""
    if filed.state is S.DONE and filed.filing == "phone_change":
        return "shenhe2"
    decided = filed.state in {S.SECOND, S.REFUSED} or (filed.state is S.DONE and filed.filing in _OPENED)
    return _REVIEWER.get(filed.filing, "shenhe") if decided else ""


def _steps(filed: Filed, today: date, staff: Mapping[str, int]) -> tuple[CaseStep, ...]:
    """What has happened, as `handlers.filings` writes it."""
    steps: list[CaseStep] = []

    def add(name: str, status: str, by: str, workdays: int = 0, note: str = "") -> None:
        moment = later(steps[-1].at, workdays, today) if steps else filed_at(today, filed.days, card=filed.filing in _STAGE)
        steps.append(CaseStep(len(steps) + 1, name, moment, status, note, by))

    def staff_member(login: str) -> str:
        return staff_no(login, staff)

    state, card, four_eyes = filed.state, filed.filing in _STAGE, filed.filing == "phone_change"
    reviewer = staff_member(_REVIEWER.get(filed.filing, "shenhe"))
    add(*_OPENED.get(filed.filing, ("提交申请", "已提交", "本人")))
    paid = filed.filing == "card_replace" and state not in {S.DRAFT, S.UNPAID, S.VOID}
    if paid:
        steps.append(CaseStep(2, "缴费", steps[0].at + timedelta(minutes=6), "缴费成功", "20.00 元", "本人"))
    if state is S.SUPPLEMENT or (state is S.VOID and four_eyes):
        add("补正", "需要补正", reviewer, 1, filed.note if state is S.SUPPLEMENT else "请补一张社保卡正面照片。")
    elif state in {S.SECOND, S.WORKING, S.READY, S.DONE}:
        add("审核", "通过", reviewer, 1, filed.note if state is S.DONE and not four_eyes and not card else "")
    elif state is S.REFUSED:
        add("审核", "不通过", reviewer, 1, filed.note)
    elif state is S.WITHDRAWN:
        add("撤回", "已撤回", "本人", 0)
    if state is S.VOID:
        add("作废", "已作废", "系统", 11 if four_eyes else 0, filed.note)
    if four_eyes and state is S.DONE:
        add("复核", "通过", staff_member("shenhe2"), 1)
    if card and state in {S.READY, S.DONE}:
        add("制卡", "完成", staff_member("shouli"), 4)
    if card and state is S.DONE:
        add("领卡", "已领取", "本人", 2)
    if filed.read:
        add("设为已读", "已读", "本人", 1)
    return tuple(steps)


def _day(steps: tuple[CaseStep, ...], place: int = -1) -> date:
    return steps[place].at.astimezone(SHANGHAI).date()


def _due(filed: Filed, steps: tuple[CaseStep, ...], region: Region) -> date | None:
    if filed.state is S.REVIEW:
        return plus_workdays(_day(steps), region.days[_REVIEW[filed.filing]])
    if filed.state is S.SECOND:
        return plus_workdays(_day(steps, 0), region.days[_REVIEW[filed.filing]])
    if filed.state is S.SUPPLEMENT:
        return plus_workdays(_day(steps), _SUPPLEMENT_DAYS)
    return plus_workdays(_day(steps), region.days[_STAGE[filed.filing]]) if filed.state is S.WORKING else None


def _expected(filed: Filed, steps: tuple[CaseStep, ...], region: Region) -> date | None:
    making = region.days[_STAGE[filed.filing]] if filed.filing in _STAGE else 0
    review = region.days[_REVIEW[filed.filing]]
    if filed.state in {S.UNPAID, S.REVIEW}:
        return plus_workdays(_day(steps), review + making)
    if filed.state is S.SECOND:
        return plus_workdays(_day(steps, 0), review + making)
    return plus_workdays(_day(steps), making) if filed.state is S.WORKING else None


# ── what was filled in ──────────────────────────────────────────────────────────────────────────────────────────────

_LABELS = {
    "card_replace": {
        "reason": "补换原因",
        "delivery": "领取方式",
        "outlet": "领卡网点",
        "address": "收件地址",
        "contact": "联系电话",
    },
    "card_second": {"delivery": "领取方式", "outlet": "领卡网点", "address": "收件地址", "contact": "联系电话"},
    "phone_change": {"reason": "更换原因", "id_no": "证件号码", "card_no": "社保卡号", "phone": "新手机号"},
}
"""Filing → step → label."""
_CHOSEN = {
    "遗失": "卡丢了，找不回来（遗失）",
    "污损残缺": "卡面污损、残缺",
    "不能读卡": "读卡机不能读",
    "lost": "原来的手机丢了或坏了",
    "changed": "换了号码，原号码已不用",
    "never": "从来没有登记过手机号",
}


def _answers(place: int, filed: Filed, life: Life | None) -> dict[str, str]:
    """As the steps of the declaration keep them."""
    if life is None or filed.filing not in _LABELS:
        return {}
    person = life.person
    if filed.filing != "phone_change":
        return {**filed.answers} if filed.state is S.DRAFT else {**filed.answers, "contact": _OWN_PHONE}
    card_no = life.card.card_no if life.card else f"88{FIRST_FILING + place:010d}"
    done = filed.state is S.DONE and person.phone
    return {
        **filed.answers,
        "id_no": person.id_no,
        "card_no": card_no,
        "phone": person.phone if done and person.phone else phone_number(_FIRST_NEW_PHONE + place),
    }


def _fields(place: int, filed: Filed, answers: Mapping[str, str]) -> dict[str, str]:
    """As people read it, identifiers masked."""
    if filed.filing == "complaint":
        return {**filed.fields, "编号": _told_of(filed) or f"示例{place:04d}"}
    if filed.filing == "refund":
        fields = {**filed.fields, "订单号": refund_order(place)}
        if "原业务" in fields:
            return {**fields, "原业务": f"{fields['原业务']} {_told_of(filed)}"}
        return {**fields, "交易单号": f"****{transaction_of(refund_order(place))[-8:]}"}
    return {label: _shown(name, answers[name]) for name, label in _LABELS[filed.filing].items() if answers.get(name)}


def _shown(name: str, answer: str) -> str:
    if name == "phone":
        return f"{answer[:3]}****{answer[-4:]}"
    if name == "id_no":
        return f"{answer[:6]}********{answer[-4:]}"
    return f"****{answer[-4:]}" if name == "card_no" else _CHOSEN.get(answer, answer)


def _told_of(filed: Filed) -> str:
    """The case that a bad mark or a refund is about; '' when it is about something else."""
    title = filed.fields.get("评价对象") or filed.fields.get("原业务", "")
    state = {"未通过": S.REFUSED, "已撤回": S.WITHDRAWN}.get(filed.fields.get("原因", ""))
    for place, other in enumerate(FILED):
        if (
            other.who == filed.who
            and _TITLES[other.filing][1] == title
            and other.state in ({state} if state else {S.DONE, S.REFUSED})
        ):
            return number_of(place)
    return ""


def refund_order(place: int) -> str:
    """The order number that the refund at that place of FILED is about."""
    return f"D70{FIRST_FILING + place:014d}"


def transaction_of(order_no: str) -> str:
    """The number of the payment that came for an order, twenty-eight digits like WeChat Pay's."""
    return f"4200{order_no[1:]:0>24}"


# ── what happened to the card ───────────────────────────────────────────────────────────────────────────────────────

_FAILED = {S.REFUSED: "审核未通过", S.WITHDRAWN: "本人撤回", S.VOID: "申请作废"}


def _events(filed: Filed, case: Case, life: Life, person_id: int) -> Iterator[CardEvent]:
    """The 卡片处理记录 of a case, in the product's own words."""
    old, new = (life.earlier[-1] if life.earlier else life.card), life.card
    if old is None or new is None:
        return
    said = f"业务流水号 {case.case_no}"
    moments = {step.name: step.at for step in case.steps}

    def event(at: datetime, step: str, status: str, note: str = "", card_no: str = "") -> CardEvent:
        return CardEvent(person_id, card_no or old.card_no, at, step, status, "，".join(filter(None, (note, said))))

    again, reason = filed.filing == "card_second", filed.answers.get("reason", "")
    lost = reason == "遗失"
    if again:
        yield event(case.submitted_at, "二次申领", "已提交")
    elif lost:
        yield event(case.submitted_at, "正式挂失", "已挂失", f"申请补卡（{reason}）")
    else:
        yield event(case.submitted_at, "申请补换卡", "已提交", reason)
    if "审核" in moments and filed.state in {S.WORKING, S.READY, S.DONE}:
        yield event(moments["审核"], "出库制卡" if again else "制卡", "正在办理" if again else "正在制卡")
    if "制卡" in moments:
        yield event(moments["制卡"], "二次申领办好" if again else "制卡完成", "等待领取")
    if filed.state is S.DONE and again:
        yield event(moments["领卡"], "领卡", "正常使用")
    elif filed.state is S.DONE:
        yield event(moments["领卡"], "旧卡停用", "已换新卡")
        yield event(moments["领卡"], "新卡启用", "正常使用", card_no=new.card_no)
    elif filed.state in _FAILED and not again:
        yield event(case.steps[-1].at, "补换卡结束", "已挂失" if lost else "正常使用", _FAILED[filed.state])
