"""The part of the desk that deals with the card."""

from __future__ import annotations

from dataclasses import replace

from dialogs.card_words import lasts_until, moment, open_card_case
from dialogs.desk_family import OWN_ONLY
from dialogs.filing import Filing
from dialogs.filings.inside import LIFT, LOSS
from dialogs.masks import masked_card
from handlers.asking import Asking
from handlers.cards.holds import hold_of
from handlers.cards.jobs import plan_end
from handlers.cards.telling import alarm
from handlers.filings.numbers import new_case_no
from storage.ports.records import Card, CardEvent, Case, CaseState, CaseStep, CodeState, Hold, Person, Swipe
from storage.ports.repositories import Conflict
from storage.ports.time import Month


class CardDesk:
    """Implements `dialogs.desk_cards.CardsDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def card(self) -> Card | None:
        found = await self._mine()
        await self._asking.audit("query", "BZ-18", "ok" if found else "empty", self._asking.mine())
        return found

    async def _mine(self) -> Card | None:
        return await self._asking.tx.cards.of_person(self._asking.mine().id)

    async def history(self) -> tuple[CardEvent, ...]:
        found = await self._asking.tx.cards.history(self._asking.mine().id)
        await self._asking.audit("query", "BZ-21", "ok" if found else "empty", self._asking.mine())
        return found

    async def swipes(self, month: Month) -> tuple[Swipe, ...]:
        found = await self._asking.tx.cards.swipes(self._asking.mine().id, month)
        await self._asking.audit("query", "BZ-22", "ok" if found else "empty", self._asking.mine())
        return found

    async def held(self) -> Hold | None:
        asking = self._asking
        return await hold_of(asking.tx, asking.user.openid, asking.mine().id, asking.now)

    async def report_lost(self, proof: str, key: str) -> Case:
        asking = self._asking
        tx, at, person = asking.tx, asking.now, asking.mine()
        case_key = f"report_lost|{asking.services.digest(asking.user.openid, 'key')}|{key}"
        if done := await tx.cases.by_key(case_key):
            return done
        card = await self._proved(proof, "report_lost")
        if card.status != "active":
            raise Conflict("the card is not in use any more")
        loss = asking.region_of(person.region).loss
        until = lasts_until(at, loss.temporary_days) if loss.temporary_days else None
        await tx.cards.report_lost(card, at, until)
        fields = {"社保卡号": masked_card(card.card_no)} | ({"自动恢复时间": moment(until)} if until else {})
        note = f"临时挂失，到 {moment(until)} 自动恢复" if until else "社保卡已停止使用"
        case = await self._finished(case_key, LOSS, "挂失成功", fields, ("卡片挂失", note))
        await tx.cards.note(CardEvent(person.id, card.card_no, at, "挂失", "已挂失", note))
        if until:
            await plan_end(tx, person.id, at, until, loss.warn_days)
        lasts = f"，{moment(until)} 自动恢复" if until else ""
        await self._tell(person, f"您的社保卡 {masked_card(card.card_no)} 已于 {moment(at)} 挂失{lasts}", case)
        return case

    async def lift_loss(self, proof: str, key: str) -> Case:
        asking = self._asking
        tx, at, person = asking.tx, asking.now, asking.mine(OWN_ONLY)
        case_key = f"lift_loss|{asking.services.digest(asking.user.openid, 'key')}|{key}"
        if done := await tx.cases.by_key(case_key):
            return done
        if not asking.region_of(person.region).loss.lift_online or await self.held():
            raise LookupError("not here, or not yet")
        card = await self._proved(proof, "lift_loss")
        if card.status != "lost" or open_card_case(await tx.cases.of_person(person.id, 50)):
            raise Conflict("the card is not lost any more, or a new one is being made")
        await tx.cards.save(replace(card, status="active", lost_at=None, lost_until=None))
        shown = masked_card(card.card_no)
        case = await self._finished(case_key, LIFT, "解挂成功", {"社保卡号": shown}, ("卡片解挂", "社保卡恢复使用"))
        await tx.cards.note(CardEvent(person.id, card.card_no, at, "解挂", "正常使用", "本人申请"))
        await self._tell(person, f"您的社保卡 {shown} 已于 {moment(at)} 解除挂失，恢复使用", case)
        return case

    async def _proved(self, proof: str, purpose: str) -> Card:
        """The card, once the passed code is this person's; the code is spent with it. Raises LookupError without either."""
        asking = self._asking
        passed, card = await asking.codes.proved(proof, purpose), await self._mine()
        if passed is None or card is None or passed.phone != asking.mine().phone:
            raise LookupError("no proof or no card")
        if not await asking.tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT):
            raise Conflict("the code was spent by another act")
        return card

    async def _finished(self, key: str, filing: Filing, outcome: str, fields: dict[str, str], step: tuple[str, str]) -> Case:
        """The case of something that takes effect at once."""
        asking = self._asking
        at, person = asking.now, asking.mine()
        name, note = step
        by = asking.standing.by if asking.standing else "本人"
        case, _ = await asking.tx.cases.add(
            Case(
                case_no=new_case_no(at),
                key=key,
                feature="BZ-19",
                title=filing.title,
                region=person.region,
                person_id=person.id,
                submitted_at=at,
                handling_status="处理结束",
                feedback_status=outcome,
                fields=fields,
                steps=(
                    CaseStep(1, "本人申请" if by == "本人" else "亲情申请", at, "已受理", "短信验证通过", by),
                    CaseStep(2, name, at, "已生效", note, "系统"),
                ),
                finished_at=at,
                filing=filing.name,
                state=CaseState.DONE,
            )
        )
        await asking.audit("submit", "BZ-19", "ok", person)
        return case

    async def _tell(self, person: Person, what: str, case: Case) -> None:
        asking = self._asking
        hotline = asking.region_of(person.region).hotline
        text = f"{what}，业务流水号 {case.case_no}。不是您本人办理的请拨打 {hotline}。"
        await alarm(asking.tx, asking.services, person, text, asking.now, but=asking.user.openid)
