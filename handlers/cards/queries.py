"""What can be looked up or printed about the card: BZ-18, BZ-20 … BZ-22, BJH-29, BJH-M-15, BJH-M-16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from dialogs.card_words import STATUS, is_card_case, moment, no_card, open_card_case, status_words
from dialogs.filings.card import MAKING, POST
from dialogs.masks import masked_card
from dialogs.phrases import day, money
from dialogs.statement import Column, ColumnKind, Statement, Table, yuan
from handlers.query import Asker, Query, holder_facts
from storage.ports.records import Card, Case, CaseState, Swipe
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI, Month

SHOWN_IN_CHAT = 5
_CASES = 50
_EVENTS = 200
ZERO = Decimal("0.00")


def _statement(
    asker: Asker,
    feature: str,
    title: str,
    tables: tuple[Table, ...],
    summary: tuple[str, ...],
    *,
    facts: tuple[tuple[str, str], ...] = (),
    notes: tuple[str, ...] = (),
    period: str = "",
) -> Statement:
    return Statement(
        feature=feature,
        title=title,
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=(*holder_facts(asker.person), *facts),
        tables=tables,
        notes=tuple(note for note in notes if note),
        as_of=asker.today.isoformat(),
        period=period,
        summary=tuple(line for line in summary if line),
    )


def _items(caption: str, rows: Sequence[tuple[str, str]]) -> Table:
    return Table(caption, (Column("项目", weight=1.0), Column("内容", weight=3.0)), tuple(rows))


def _about(card: Card) -> list[tuple[str, str]]:
    rows = [("社保卡号", masked_card(card.card_no)), ("状态", STATUS.get(card.status, card.status))]
    if card.bank:
        rows.append(("制卡银行", card.bank))
    if card.status == "lost" and card.lost_at:
        rows.append(("挂失时间", moment(card.lost_at.astimezone(SHANGHAI))))
    if card.status == "lost" and card.lost_until:
        rows.append(("自动恢复时间", moment(card.lost_until.astimezone(SHANGHAI))))
    return rows


async def card_info(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """社保卡基本信息 (BZ-18)."""
    title = "社保卡基本信息"
    card = await tx.cards.of_person(asker.person.id)
    if card is None:
        return _statement(asker, "BZ-18", title, (), (no_card(asker.region),))
    rows = _about(card)
    note = asker.region.loss.does_not if card.status == "lost" else ""
    summary = (*(f"{label}：{value}" for label, value in rows), note)
    return _statement(asker, "BZ-18", title, (_items("社保卡", rows),), summary, notes=(note,))


async def card_progress(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """制卡进度 (BZ-20; in 北京 发卡进度, BJH-29): the card, and the case under way with its steps and the honest estimate."""
    feature, title = ("BJH-29", "社会保障卡发卡进度") if asker.region.offers("BJH-29") else ("BZ-20", "制卡进度")
    hint = asker.region.texts.get("progress_hint", "")
    card = await tx.cards.of_person(asker.person.id)
    case = open_card_case(await tx.cases.of_person(asker.person.id, _CASES))
    if card is None and case is None:
        return _statement(asker, feature, title, (), (no_card(asker.region), hint))
    tables, summary = [], []
    sent = case is not None and case.state is CaseState.READY and case.answers.get("delivery") == POST
    if card is not None:
        tables.append(_items("社保卡", [(label, _of_sent(value) if sent else value) for label, value in _about(card)]))
        words = status_words(card)
        summary.append(f"社保卡 {masked_card(card.card_no)}：{_of_sent(words) if sent else words}。")
        if card.status == "returned":
            summary.append("单位没有发到您手里的卡已经退回成品库，可以二次申领。")
    if case is None:
        summary.append("现在没有正在办的补换卡或申领。")
        return _statement(asker, feature, title, tuple(tables), (*summary, hint), notes=(hint,))
    steps = tuple(
        (f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", one.name, _of_sent(one.status) if sent else one.status, one.note)
        for one in case.steps
    )
    tables.append(Table(f"{case.title}（{case.case_no}）", _STEPS, steps))
    stands = _of_sent(case.feedback_status) if sent else case.feedback_status
    summary.append(f"{case.title}：{stands}，业务流水号 {case.case_no}。")
    summary += [f"{at} {name}：{status}" for at, name, status, _ in steps[-2:]]
    if case.expected_on and case.state is not CaseState.READY:
        summary.append(f"预计 {day(case.expected_on)} 可以领卡。")
    if case.state is CaseState.READY:
        summary.append("请留意电话，收到后回复“进度”，选“已经领到了”。" if sent else "领卡请带本人有效身份证件原件。")
    return _statement(asker, feature, title, tuple(tables), (*summary[:5], hint), notes=(hint,))


def _of_sent(words: str) -> str:
    """Of a card that is on its way by post: there is nothing to fetch."""
    return words.replace("等待领取", "已经交寄")


_STEPS = (Column("时间", ColumnKind.TIME, 1.4), Column("环节", weight=1.2), Column("状态"), Column("说明", weight=2.4))
_EVENT = (
    Column("时间", ColumnKind.TIME, 1.4),
    Column("社保卡号", weight=0.9),
    Column("环节", weight=1.2),
    Column("状态", weight=1.2),
    Column("说明", weight=2.2),
)


async def card_events(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """卡片处理记录 (BZ-21), newest first."""
    title = "卡片处理记录"
    events = await tx.cards.history(asker.person.id, _EVENTS)
    if not events:
        text = "您名下还没有卡片处理记录。挂失、解挂、补换卡以后，这里会记下每一步。"
        return _statement(asker, "BZ-21", title, (), (text,))
    rows = tuple(
        (f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", masked_card(one.card_no), one.step, one.status, one.note)
        for one in events
    )
    # The head and five lines are what a chat answer holds; the page has all of them.
    more = f"，最近 {SHOWN_IN_CHAT} 条是" if len(rows) > SHOWN_IN_CHAT else ""
    head = f"卡片处理记录共 {len(rows)} 条{more}："
    lines = (f"{at} {step}：{status}" + (f"（{note}）" if note else "") for at, _, step, status, note in rows[:SHOWN_IN_CHAT])
    return _statement(asker, "BZ-21", title, (Table("处理记录", _EVENT, rows),), (head, *lines))


async def card_swipes(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """刷卡记录 (BZ-22) of one month, oldest first, with a total for each kind. `params`: period `2024-08`."""
    month = Month.parse(params["period"])
    title = "社保卡刷卡记录"
    swipes = await tx.cards.swipes(asker.person.id, month)
    if not swipes:
        summary = (f"{month.label}没有刷卡记录。", "刚刷的卡可能要过几天才看得到。")
        return _statement(asker, "BZ-22", title, (), summary, period=month.label)
    kinds = _by_kind(swipes)
    total = sum((one.amount for one in swipes), ZERO)
    rows = tuple((f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", one.place, one.kind, yuan(one.amount)) for one in swipes)
    totals = tuple((kind, str(count), yuan(amount)) for kind, (count, amount) in kinds.items())
    overview = Table("合计", _KINDS, totals, ("合计", str(len(swipes)), yuan(total)))
    listed = tuple(f"{kind} {count} 次，{money(amount)}" for kind, (count, amount) in kinds.items())
    found = (f"{month.label}刷卡 {len(swipes)} 次，合计 {money(total)}。", *(listed[:5] if len(listed) > 1 else ()))
    tables = (overview, Table("刷卡明细", _SWIPES, rows, ("合计", "", "", yuan(total))))
    return _statement(asker, "BZ-22", title, tables, found, period=month.label)


_KINDS = (Column("类别", weight=1.5), Column("次数", ColumnKind.COUNT), Column("金额", ColumnKind.MONEY, 1.5, "元"))
_SWIPES = (
    Column("时间", ColumnKind.TIME, 1.4),
    Column("地点", weight=2.4),
    Column("类别", weight=1.2),
    Column("金额", ColumnKind.MONEY, 1.2, "元"),
)


def _by_kind(swipes: Sequence[Swipe]) -> dict[str, tuple[int, Decimal]]:
    """Kind → (times, amount), in the order of first use."""
    found: dict[str, tuple[int, Decimal]] = {}
    for one in swipes:
        times, amount = found.get(one.kind, (0, ZERO))
        found[one.kind] = (times + 1, amount + one.amount)
    return found


CERTIFICATE = "新发与补[换]社会保障卡领卡证明"


async def pickup_certificate(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """领卡证明 (BJH-M-15) of one of the person's cases whose card is there. `params`: case_no. LookupError for any other case."""
    case = await tx.cases.by_no(params["case_no"], asker.person.id)
    if case is None or not is_card_case(case) or case.state not in {CaseState.READY, CaseState.DONE}:
        raise LookupError("no such case, or not yet")
    card = await tx.cards.of_person(asker.person.id)
    rows = [("业务", case.title), ("业务流水号", case.case_no)]
    if card is not None:
        # Until it is fetched the card on record is the old one.
        old = case.filing == "card_replace" and case.state is CaseState.READY
        rows.append(("原社保卡号" if old else "社保卡号", masked_card(card.card_no)))
    rows += [(label, value) for label, value in case.fields.items() if label in _ON_CERTIFICATE]
    rows += [("可领卡日期", day(_ready_on(case))), ("领卡请带", "本人有效身份证件原件")]
    notes = ("请人代领的，另带代办人有效证件原件。",)
    return _statement(asker, "BJH-M-15", CERTIFICATE, (_items("领卡信息", rows),), (), notes=notes)


_ON_CERTIFICATE = frozenset({"补换原因", "领取方式", "领卡网点", "收件地址"})


def _ready_on(case: Case) -> date:
    found = next((one for one in reversed(case.steps) if one.name == MAKING), case.steps[-1])
    return found.at.astimezone(SHANGHAI).date()


QUERIES: dict[str, Query] = {
    "card_info": card_info,
    "card_progress": card_progress,
    "card_events": card_events,
    "card_swipes": card_swipes,
    "pickup_certificate": pickup_certificate,
}
"""By the name that links and documents carry."""
