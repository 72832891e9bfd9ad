"""What cases about the card change outside themselves: the card, its 卡片处理记录, and what the person is told about it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from dialogs.card_words import moment, open_card_case
from dialogs.filings.card import LOST
from dialogs.masks import masked_card
from handlers.cards.telling import alarm, tell
from handlers.filings.effects import Effect
from handlers.services import Services
from storage.ports.records import Card, CardEvent, Case, CaseState
from storage.ports.repositories import Conflict, Repositories

_CASES = 50
_EVENTS = 200
_BEGUN = frozenset({CaseState.UNPAID, CaseState.REVIEW})
_FAILED = frozenset({CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.VOID})
_OUTCOME = {CaseState.REFUSED: "审核未通过", CaseState.WITHDRAWN: "本人撤回", CaseState.VOID: "申请作废"}


def new_card_no() -> str:
    """The number of a card that is made here: twelve digits (F1), drawn; an agency's own card system would give it instead."""
    return f"88{secrets.randbelow(10**10):010d}"


class _Turn:
    """One step of one case, with the card as it is now."""

    def __init__(self, tx: Repositories, services: Services, case: Case, card: Card, now: datetime) -> None:
        self.tx = tx
        self.services = services
        self.case = case
        self.card = card
        self.now = now

    async def note(self, step: str, status: str, note: str = "", card_no: str = "") -> None:
        said = "，".join(filter(None, (note, f"业务流水号 {self.case.case_no}")))
        await self.tx.cards.note(CardEvent(self.card.person_id, card_no or self.card.card_no, self.now, step, status, said))

    async def becomes(self, status: str, step: str, words: str) -> None:
        """Another status of the same card, noted; nothing when it has it already."""
        if self.card.status != status:
            self.card = await self.tx.cards.save(replace(self.card, status=status, lost_until=None))
            await self.note(step, words)

    async def first_time(self) -> bool:
        """Whether this is the submission: a later one (补正, the fee that came) finds its own note.

        The check of the declaration has refused a second case. Of two that came at the same moment one meets the other's version of
        the card, which is written in any case, or its case here: Conflict, and when it is tried again it is refused in words.
        """
        history = await self.tx.cards.history(self.card.person_id, _EVENTS)
        if any(one.note.endswith(self.case.case_no) for one in history):
            return False
        cases = await self.tx.cases.of_person(self.card.person_id, _CASES)
        if open_card_case(cases, but=self.case.case_no):
            raise Conflict("another case about the card is under way")
        return True

    async def tell(self, text: str) -> None:
        person = await self.tx.people.get(self.card.person_id)
        if person is not None:
            await tell(self.tx, self.services, person, text)

    async def alarm(self, text: str) -> None:
        person = await self.tx.people.get(self.card.person_id)
        if person is not None:
            await alarm(self.tx, self.services, person, text, self.now)

    @property
    def hotline(self) -> str:
        return self.services.regions[self.case.region].hotline


async def _turn(tx: Repositories, services: Services, case: Case, now: datetime) -> _Turn | None:
    card = await tx.cards.of_person(case.person_id) if case.person_id is not None else None
    return _Turn(tx, services, case, card, now) if card is not None else None


async def card_replace(tx: Repositories, services: Services, case: Case, now: datetime) -> None:
    """补换卡: lost at once when that is the reason; 制卡, 待领取; at the end a new card and the old one out of use."""
    turn = await _turn(tx, services, case, now)
    if turn is None:
        return
    if case.state in _BEGUN:
        await _replacement_begun(turn)
    elif case.state is CaseState.WORKING:
        await turn.becomes("making", "制卡", "正在制卡")
    elif case.state is CaseState.READY:
        await turn.becomes("ready", "制卡完成", "等待领取")
    elif case.state is CaseState.DONE and turn.card.status != "active":
        await _new_card(turn)
    elif case.state in _FAILED:
        await _replacement_failed(turn)


async def _replacement_begun(turn: _Turn) -> None:
    first = await turn.first_time()
    reason, card = turn.case.answers.get("reason", ""), turn.card
    if reason != LOST or not _can_be_lost(card):
        if first:
            turn.card = await turn.tx.cards.save(card)
            await turn.note("申请补换卡", "已提交", reason)
        return
    # Also when a 补正 has made this the reason: what holds for who says so at first holds for who says so later.
    lost_at = card.lost_at if card.status == "lost" and card.lost_at else turn.now
    turn.card = await turn.tx.cards.save(replace(card, status="lost", lost_at=lost_at, lost_until=None))
    await turn.note("正式挂失", "已挂失", f"申请补卡（{reason}）")
    await turn.alarm(
        f"您的社保卡 {masked_card(card.card_no)} 已于 {moment(turn.now)} 正式挂失，补卡申请的业务流水号是 {turn.case.case_no}。"
        f"卡上的银行账户请到发卡银行另外挂失。不是您本人办理的请拨打 {turn.hotline}。"
    )


def _can_be_lost(card: Card) -> bool:
    """Whether it is in somebody's hand and not formally lost yet."""
    return card.status == "active" or (card.status == "lost" and card.lost_until is not None)


async def _new_card(turn: _Turn) -> None:
    old = await turn.tx.cards.save(replace(turn.card, status="replaced", lost_until=None))
    new = await turn.tx.cards.add(Card(0, old.person_id, old.region, new_card_no(), "active", old.bank))
    await turn.note("旧卡停用", "已换新卡", card_no=old.card_no)
    await turn.note("新卡启用", "正常使用", card_no=new.card_no)


async def _replacement_failed(turn: _Turn) -> None:
    history = await turn.tx.cards.history(turn.card.person_id, _EVENTS)
    if not any(one.note.endswith(turn.case.case_no) for one in history):
        return  # a draft that never was submitted changed nothing
    state = turn.case.state
    lost = turn.card.status == "lost"
    await turn.note("补换卡结束", "已挂失" if lost else "正常使用", _OUTCOME[state] if state else "")
    if lost:
        lift = turn.services.regions[turn.case.region].loss.lift
        await turn.tell(f"补卡申请没有办成，您的社保卡 {masked_card(turn.card.card_no)} 仍是挂失状态，不能使用。{lift}")


async def card_second(tx: Repositories, services: Services, case: Case, now: datetime) -> None:
    """二次申领: the same card comes to its holder."""
    turn = await _turn(tx, services, case, now)
    if turn is None:
        return
    if case.state in _BEGUN:
        if await turn.first_time():
            if turn.card.status != "returned":
                raise Conflict("the card is not returned any more")
            turn.card = await tx.cards.save(turn.card)
            await turn.note("二次申领", "已提交")
    elif case.state is CaseState.WORKING:
        await turn.becomes("making", "出库制卡", "正在办理")
    elif case.state is CaseState.READY:
        await turn.becomes("ready", "二次申领办好", "等待领取")
    elif case.state is CaseState.DONE:
        await turn.becomes("active", "领卡", "正常使用")


EFFECTS: dict[str, Effect] = {"card_replace": card_replace, "card_second": card_second}
"""By the name that a declaration gives."""
