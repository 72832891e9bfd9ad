"""The part of the desk that deals with the card."""

from __future__ import annotations

import msgspec

from dialogs.masks import masked_card
from dialogs.phrases import day
from handlers.asking import Asking
from handlers.codes import Sms
from handlers.filings.numbers import new_case_no
from storage.ports.records import Card, Case, CaseStep, CodeState
from storage.ports.repositories import Conflict


class CardDesk:
    """Implements `dialogs.desk_cards.CardsDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def card(self) -> Card | None:
        return await self._asking.tx.cards.of_person(self._asking.mine().id)

    async def report_lost(self, proof: str, key: str) -> Case:
        asking = self._asking
        tx, at, person = asking.tx, asking.now, asking.mine()
        case_key = f"report_lost|{asking.user.openid}|{key}"
        if done := await tx.cases.by_key(case_key):
            return done
        passed = await asking.codes.proved(proof, "report_lost")
        card = await self.card()
        if passed is None or card is None or passed.phone != person.phone:
            raise LookupError("no proof or no card")
        if not await tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT):
            raise Conflict("the code was spent by another act")
        await tx.cards.report_lost(card, at)
        case, _ = await tx.cases.add(
            Case(
                case_no=new_case_no(at),
                key=case_key,
                feature="BZ-19",
                title="社保卡挂失",
                region=person.region,
                person_id=person.id,
                submitted_at=at,
                handling_status="处理结束",
                feedback_status="挂失成功",
                fields={"社保卡号": masked_card(card.card_no)},
                steps=(
                    CaseStep(1, "本人申请", at, "已受理", "短信验证通过", "本人"),
                    CaseStep(2, "卡片挂失", at, "已生效", "社保卡已停止使用", "系统"),
                ),
                finished_at=at,
            )
        )
        await asking.audit("submit", "BZ-19", "ok", person)
        if person.phone:
            text = f"【社保服务】您的社保卡已于 {day(at.date())} {at:%H:%M} 挂失，业务流水号 {case.case_no}。不是您本人办理的请拨打 {asking.region_of(person.region).hotline}。"
            await tx.jobs.enqueue("sms", msgspec.json.encode(Sms(person.phone, text, wanted=True)), at)
        return case
