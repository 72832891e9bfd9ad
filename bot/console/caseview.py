"""A case as its page shows it: everything as text, nothing in clear that is masked; the template only lays it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from bot.console.filters import STATES, WAITING, Due, due_words, moment_words
from dialogs.case_words import days_of, holds
from dialogs.filing import Filing
from dialogs.phrases import money
from handlers.filings.around import Around
from handlers.filings.claims import turn_of
from handlers.filings.office import Dossier
from handlers.filings.telling import news_of
from storage.ports.record import Record, field
from storage.ports.records import Attachment, Case, CaseState, CaseStep, Order, OrderStatus, Staff
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI
from storage.workdays import plus_workdays

ORDERS: Final[Mapping[OrderStatus, str]] = {
    OrderStatus.PENDING: "待确认",
    OrderStatus.CONFIRMED: "待付款",
    OrderStatus.PAID: "缴费成功",
    OrderStatus.VOID: "已作废",
    OrderStatus.FAILED: "付款失败",
    OrderStatus.SURPLUS: "作废后到账，待退款",
    OrderStatus.REFUNDED: "已退费",
}

INLINE: Final[Mapping[str, str]] = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
"""What a browser is let to show; anything else is only handed out as a file."""


class Typed(Record):
    """What came back with a form that was not carried out: the act, the words, and where the alert stands."""

    act: str = ""
    note: str = ""
    trouble: str = ""
    """The sentence; '' when all is well."""
    revealed: Mapping[str, str] = field(default_factory=dict)
    """Label → clear value, for this one answer."""
    reason: str = ""
    label: str = ""


class Fact(Record):
    """One line. `clear` is set in the one answer after a reason was given."""

    label: str
    value: str
    can_reveal: bool
    clear: str | None


class Shown(Record):
    """One file of a material."""

    id: int
    title: str
    name: str
    size: str
    at: str
    scan: str
    inline: bool


class MaterialView(Record):
    """One material of the declaration with its files; `missing` when it is 必要 and there is none."""

    title: str
    need: str
    missing: bool
    files: tuple[Shown, ...]


class StepView(Record):
    """One line of the history."""

    name: str
    at: str
    status: str
    note: str
    by: str


class Row(Record):
    """A case in one line: in the queue, or among the person's others."""

    case_no: str
    title: str
    stage: str
    region: str
    state: CaseState | None
    state_text: str
    at: str
    due: Due
    holder: str
    mine: bool
    version: int
    chosen: bool
    here: bool = True
    """False for a case that another system of the agency keeps: it has no page. In the queue: whether it can be ticked."""
    person: str = ""
    """The masked name; '' where nobody is known, or whoever filed it is not sure to be whom it is about."""
    free: bool = False
    """Whether whoever looks may take it."""
    seen: bool = False
    """Whether whoever looks was its first pair of eyes."""


def material_views(dossier: Dossier, now: datetime) -> tuple[MaterialView, ...]:
    """By the declaration's order; files of a material that the declaration no longer has come last, under their own name."""
    filing, held = dossier.filing, dossier.attachments
    known = filing.materials if filing else ()
    found = []
    for material in known:
        files = tuple(_shown(one, material.title, now) for one in held if one.material == material.name)
        if not files and not holds(material.when, dossier.case.answers):
            continue
        found.append(MaterialView(material.title, material.need, material.required and not files, files))
    names = {material.name for material in known}
    others = tuple(_shown(one, one.material, now) for one in held if one.material not in names)
    return (*found, MaterialView("其他材料", "非必要", False, others)) if others else tuple(found)


def title_of(filing: Filing | None, attachment: Attachment) -> str:
    """What the material of a file is called."""
    material = filing.material(attachment.material) if filing else None
    return material.title if material else attachment.material


def _shown(one: Attachment, title: str, now: datetime) -> Shown:
    size = f"{one.size / 1024:.0f} KB" if one.size < 1024 * 1024 else f"{one.size / 1024 / 1024:.1f} MB"
    scan = {"": "未经病毒扫描", "clean": "已扫描，未发现病毒"}.get(one.scan, one.scan)
    return Shown(one.id, title, one.file_name, size, moment_words(one.uploaded_at, now), scan, one.content_type in INLINE)


def step_views(steps: tuple[CaseStep, ...], names: Mapping[int, str], now: datetime) -> tuple[StepView, ...]:
    """Newest first."""
    return tuple(
        StepView(one.name, moment_words(one.at, now), one.status if one.status != one.name else "", one.note, who(one.by, names))
        for one in sorted(steps, key=lambda step: -step.seq)
    )


_STAFF: Final = re.compile(r"经办人员0*(\d+)")


def who(by: str, names: Mapping[int, str]) -> str:
    """Who did a step, for colleagues: the steps themselves, which the person can read, name staff by number only."""
    found = _STAFF.fullmatch(by)
    return names.get(int(found[1]), by) if found else by


class Told(Record):
    """What the person will read: the words before and after the reason."""

    before: str
    after: str


_HERE: Final = "\x00"


def told(case: Case, filing: Filing | None, region: Region, state: CaseState, now: datetime) -> Told:
    """The very message that `handlers.filings.flow` will send when the case enters that state."""
    if filing is None:
        return Told("", "")
    today = now.astimezone(SHANGHAI).date()
    due_on = plus_workdays(today, days_of(region, "supplement")) if state is CaseState.SUPPLEMENT else None
    finished_at = None if region.must_read and not filing.inside else now
    text = news_of(filing, region, replace(case, state=state, due_on=due_on, finished_at=finished_at), _HERE, today)
    before, _, after = text.partition(_HERE)
    return Told(before, after)


def case_row(case: Case, regions: Mapping[str, Region], now: datetime) -> Row:
    """One of the person's other cases."""
    state = case.state
    text = STATES[state] if state else " ".join(part for part in (case.handling_status, case.feedback_status) if part)
    region = regions[case.region].name if case.region in regions else case.region
    due = due_words(case.due_on, now.astimezone(SHANGHAI).date(), state)
    at = moment_words(case.submitted_at, now)
    return Row(
        case.case_no, case.title, case.stage, region, state, text, at, due, "", False, case.version, False, bool(case.filing)
    )


def order_lines(order: Order, now: datetime) -> tuple[tuple[str, str], ...]:
    """Label and value, for a list of facts."""
    lines = [("订单号", order.order_no), ("金额", _money(order.amount)), ("状态", ORDERS[order.status])]
    if order.paid_at:
        lines.append(("到账时间", moment_words(order.paid_at, now)))
    if order.note:
        lines.append(("说明", order.note))
    return tuple(lines)


def _money(amount: Decimal) -> str:
    return money(amount)


def undertaking_of(case: Case, filing: Filing | None) -> tuple[str, str]:
    """(code and version, text): the text only where the declaration still has that very version."""
    if not case.undertaking:
        return "", ""
    code, _, version = case.undertaking.partition("@")
    held = filing.undertaking if filing else None
    same = held is not None and (held.code, held.version) == (code, version)
    return f"{code}，版本 {version}", held.text if held and same else ""


def newest_by(case: Case, names: Mapping[int, str]) -> str:
    """Who did the last thing to it; '' where the history does not say."""
    return who(max(case.steps, key=lambda step: step.seq).by, names) if case.steps else ""


def holder_name(case: Case, staff: Staff, names: Mapping[int, str]) -> str:
    """您, a colleague's name, or '' for nobody."""
    if case.claimed_by is None:
        return ""
    return "您" if case.claimed_by == staff.id else names.get(case.claimed_by, "一位同事")


def _facts(dossier: Dossier, typed: Typed) -> tuple[Fact, ...]:
    """A clear value stands at the first fact of its label that can be shown: that is the one `Office.reveal` opens."""
    found, open_to = [], dict(typed.revealed)
    for label, value, can_reveal in dossier.facts:
        clear = open_to.pop(label, None) if can_reveal else None
        found.append(Fact(label, value, can_reveal and clear is None, clear))
    return tuple(found)


class CasePage(Record):
    """Everything on the page."""

    case: Case
    region: str
    state: CaseState
    state_text: str
    due: Due
    submitted: str
    expected: str
    holder: str
    facts: tuple[Fact, ...]
    materials: tuple[MaterialView, ...]
    undertaking: str
    undertaking_text: str
    orders: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    steps: tuple[StepView, ...]
    others: tuple[Row, ...]
    looks: tuple[tuple[str, str, str], ...]
    may: frozenset[str]
    lacking: str
    """The 必要 materials that are missing, where otherwise it could be approved; '' for none."""
    waits_for: str
    """Why there is nothing to do for whoever looks, '' when there is: who has to act."""
    first: StepView | None
    """What the first pair of eyes decided, for the second."""
    stage_title: str
    approve: str
    """What the button of approval says."""
    told: Mapping[str, Told]
    """By act: what the person will read."""


def _waits_for(dossier: Dossier, staff: Staff, holder: str) -> str:
    """One sentence for whoever cannot decide about the case."""
    case = dossier.case
    if case.state is None or case.state.over:
        return "这笔业务已经办结，不用再办。"
    if case.state is CaseState.SECOND and case.first_reviewer == staff.id:
        return f"您已审过，要由另一位同事复核。{f'{holder}正在办理。' if holder and holder != '您' else ''}"
    if dossier.may - {"release", "claim"}:
        return ""
    if case.state in WAITING:
        return f"现在等本人办理（{STATES[case.state]}），您不用办。"
    if holder and holder != "您":
        return f"{holder}正在办理。"
    role = turn_of(case)
    return f"这一步由“{role}”办理，您没有这个角色。" if role and role not in staff.roles else "您现在没有要办的。"


def page_of(
    dossier: Dossier,
    around: Around,
    staff: Staff,
    regions: Mapping[str, Region],
    names: Mapping[int, str],
    now: datetime,
    typed: Typed,
) -> CasePage:
    """The page of a dossier."""
    case = dossier.case
    state = case.state or CaseState.DONE  # Office shows only cases that were filed by declarations: they have one
    undertaking, text = undertaking_of(case, dossier.filing)
    steps = step_views(case.steps, names, now)
    region, today = regions[case.region], now.astimezone(SHANGHAI).date()
    expected = case.expected_on
    materials = material_views(dossier, now)
    missing = "、".join(one.title for one in materials if one.missing)
    lacking = missing if "approve" in dossier.may else ""
    may = dossier.may - {"approve"} if lacking else dossier.may
    holder = holder_name(case, staff, names)
    return CasePage(
        case=case,
        region=region.name,
        state=state,
        state_text=STATES[state],
        due=due_words(case.due_on, today, case.state),
        submitted=moment_words(case.submitted_at, now),
        expected=f"{expected.month}月{expected.day}日" if expected and not state.over else "",
        holder=holder,
        facts=_facts(dossier, typed),
        materials=materials,
        undertaking=undertaking,
        undertaking_text=text,
        orders=tuple((order.title, order_lines(order, now)) for order in around.orders),
        steps=steps,
        others=tuple(case_row(one, regions, now) for one in around.others),
        looks=tuple((look.name, look.what, moment_words(look.at, now)) for look in around.looks),
        may=may,
        lacking=lacking,
        waits_for=_waits_for(dossier, staff, holder),
        first=steps[0] if state is CaseState.SECOND and steps else None,
        stage_title=case.stage,
        approve="办结" if dossier.filing and dossier.filing.inside else "通过",
        told={
            act: told(case, dossier.filing, region, after, now)
            for act, after in (("reject", CaseState.REFUSED), ("ask_more", CaseState.SUPPLEMENT))
            if act in dossier.may
        },
    )
