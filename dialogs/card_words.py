"""Words about the social-security card that conversations, papers and pushes share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from dialogs.masks import masked_card
from dialogs.phrases import day
from storage.ports.records import Card, Case, CaseState
from storage.ports.regions import Region

STATUS = {
    "not_made": "还没有制卡",
    "making": "正在制卡",
    "ready": "已制好，等待领取",
    "returned": "社保卡已被退回",
    "active": "正常使用",
    "lost": "已挂失",
    "replaced": "已换新卡，旧卡停用",
}
"""F1 卡片状态 as people read it."""

FILINGS = ("card_replace", "card_second")
"""The filings that end with a card in somebody's hand."""

_FEATURES = frozenset({"BJH-27", "BJH-28", "BJH-M-14"})


def status_words(card: Card) -> str:
    """已挂失（临时，到…自动恢复） and the like."""
    words = STATUS.get(card.status, card.status)
    if card.status == "lost" and card.lost_until:
        return f"{words}（临时挂失，{moment(card.lost_until)}自动恢复使用）"
    return words


def moment(at: datetime) -> str:
    """2024年9月12日 10:00."""
    return f"{day(at.date())} {at:%H:%M}"


def count(number: int) -> str:
    """Small numbers as the manuals write them: 四个工作日; from eleven on digits."""
    return "零一二三四五六七八九十"[number] if 0 <= number <= 10 else str(number)


def full_minute(at: datetime) -> datetime:
    """The moment itself or the next full minute: what people are told is exactly what happens."""
    cut = at.replace(second=0, microsecond=0)
    return cut if cut == at else cut + timedelta(minutes=1)


def lasts_until(at: datetime, days: int) -> datetime:
    """When a 临时挂失 of `at` ends: at the very minute that was told as its beginning."""
    return at.replace(second=0, microsecond=0) + timedelta(days=days)


def is_card_case(case: Case) -> bool:
    """补换卡 or 二次申领, filed here or kept by another system of the agency."""
    return case.filing in FILINGS or (not case.filing and case.feature in _FEATURES)


def is_open(case: Case) -> bool:
    """Filed and not over: what keeps another one from being filed. A draft keeps nobody from anything."""
    if case.state is None:
        return case.finished_at is None and case.handling_status != "处理结束"
    return case.state is not CaseState.DRAFT and not case.state.over


def open_card_case(cases: Iterable[Case], but: str = "") -> Case | None:
    """The newest case about a card that is under way, other than the one of that number."""
    return next((case for case in cases if is_card_case(case) and is_open(case) and case.case_no != but), None)


def no_card(region: Region) -> str:
    """When nobody has a card of this person on record."""
    return f"没有查到您名下的社保卡。如果您手里有卡，请带身份证到经办窗口核对，或拨打 {region.hotline}。"


def already_open(case: Case) -> str:
    """Why another one cannot be filed now."""
    return f"您有一笔“{case.title}”正在办理（业务流水号 {case.case_no}，{case.feedback_status}），办完以前不能再办一笔。"


def not_returned(card: Card) -> str:
    """二次申领 is only for a card that came back to the store."""
    return f"二次申领只用于“社保卡已被退回”的卡。您的社保卡 {masked_card(card.card_no)} 现在的状态是“{STATUS.get(card.status, card.status)}”，不用二次申领。"
