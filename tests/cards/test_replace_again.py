"""补换卡 whose answers change while it is on its way, and that ends without a card."""

from __future__ import annotations

from handlers.cards.effects import card_replace
from handlers.drafts import Drafts
from storage.ports.records import CaseState
from tests.cards.conftest import CLERK, Hall, Page, at, card_of, page_of, steps_of, told
from tests.cards.test_replace import PICK_UP
from tests.conversations.conftest import Chat, World


async def _asked_more(world: World, jianguo: Chat, hall: Hall, reason: str) -> Page:
    """A filing for that reason, paid, that has to be supplemented."""
    await jianguo.says("换卡")
    await jianguo.says("2")
    await jianguo.says("1")
    page = await page_of(jianguo, "去办理社会保障卡补换卡")
    await page.fills(reason=reason, **PICK_UP)
    await page.submits()
    await hall.pays(world.ids.jianguo)
    async with world.store.transaction() as tx:
        case = (await tx.cases.of_person(world.ids.jianguo))[0]
        await hall.flow.ask_more(tx, case, CLERK, "请核对原因")
    await world.settle()
    return page


async def test_a_reason_that_turns_to_lost_stops_the_card_at_once(world: World, jianguo: Chat, hall: Hall) -> None:
    """污损残缺 becomes 遗失 in the 补正: 正式挂失 with the submission, noted and told once; the fee is not asked for again."""
    page = await _asked_more(world, jianguo, hall, "污损残缺")
    assert (await card_of(world, world.ids.jianguo)).status == "active"
    draft = await page.fills(reason="遗失")
    assert (await card_of(world, world.ids.jianguo)).status == "active"
    draft = await page.submits()
    assert draft.case.state is CaseState.REVIEW
    card = await card_of(world, world.ids.jianguo)
    assert (card.status, card.lost_at, card.lost_until) == ("lost", world.clock.now(), None)
    assert [step for step, _ in await steps_of(world, world.ids.jianguo)].count("正式挂失") == 1
    assert len([text for text in told(world, jianguo.openid) if "正式挂失" in text]) == 1
    async with world.store.transaction() as tx:
        await card_replace(tx, world.services, draft.case, world.clock.now())
    assert [step for step, _ in await steps_of(world, world.ids.jianguo)].count("正式挂失") == 1


async def test_what_was_paid_is_not_asked_for_again(world: World, jianguo: Chat, hall: Hall) -> None:
    """The check page of a first filing names the fee; that of its 补正 says that it has been paid."""
    page = await _asked_more(world, jianguo, hall, "污损残缺")
    await page.fills(reason="污损残缺")
    async with world.store.transaction() as tx:
        lines = await Drafts(world.services).lines(tx, page.params, jianguo.openid)
    assert [line for line in lines if "费" in line[0]] == [("费用", "已经缴过，不用再缴")]


async def test_a_lost_card_stays_lost_whatever_the_supplement_says(world: World, jianguo: Chat, hall: Hall) -> None:
    """遗失 becomes 污损残缺: a card that was formally lost does not come back by another word."""
    page = await _asked_more(world, jianguo, hall, "遗失")
    await page.fills(reason="污损残缺")
    await page.submits()
    card = await card_of(world, world.ids.jianguo)
    assert (card.status, card.lost_until) == ("lost", None)


async def test_a_supplement_nobody_answers_gives_the_fee_back(world: World, jianguo: Chat, hall: Hall) -> None:
    """作废 at the end of its days: the 20.00 元 become a refund case, and the person is told of both."""
    await _asked_more(world, jianguo, hall, "污损残缺")
    world.clock.set(at(2024, 10, 30))
    await world.settle()
    async with world.store.reading() as tx:
        cases = {one.filing: one for one in await tx.cases.of_person(world.ids.jianguo)}
    assert cases["card_replace"].state is CaseState.VOID
    assert (cases["refund"].state, cases["refund"].fields["金额"]) == (CaseState.REVIEW, "20.00 元")
    news = told(world, jianguo.openid)
    (ended,) = [place for place, text in enumerate(news) if "已作废" in text]
    (money,) = [place for place, text in enumerate(news) if cases["refund"].case_no in text]
    assert ended < money
