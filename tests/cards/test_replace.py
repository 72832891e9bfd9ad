"""补换卡 (BJH-28, BJH-M-14) and 二次申领 (BJH-27): from the words to the card in the hand, and what stops it.

北京: 20元, four working days after approval (three for 二次申领), a review of two; the window is the 5th to month-end, 6:00–22:00.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from handlers.drafts import Drafts
from handlers.filings.flow import Applicant
from storage.ports.records import Case, CaseState, Hold, OrderStatus
from storage.ports.repositories import Conflict
from tests import people
from tests.cards.conftest import Hall, Page, at, card_of, jianguo_of, page_of, set_card, steps_of, texts, told
from tests.conversations.conftest import PUBLIC, Chat, World

OUTLET = "示例东城社保卡服务网点"
PICK_UP = {"delivery": "网点自取", "outlet": OUTLET, "contact": "预留手机号"}


async def _page(chat: Chat) -> Page:
    """From 社保卡丢了 to the page."""
    await chat.says("社保卡丢了")
    await chat.says("去补卡")
    return await page_of(chat, "去办理社会保障卡补换卡")


async def _newest(world: World, person_id: int) -> str:
    """The newest document of the person, as it was issued."""
    async with world.store.reading() as tx:
        return (await tx.documents.of_person(person_id))[0].snapshot.decode()


async def _filed(chat: Chat, **answers: str) -> Page:
    page = await _page(chat)
    draft = await page.fills(reason="遗失", **{**PICK_UP, **answers})
    assert draft.form.complete, [field.name for field in draft.form.fields if not field.answered]
    await page.submits()
    return page


# ── the words ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_lost_card_in_beijing_leads_to_the_filing_with_its_terms(jianguo: Chat) -> None:
    """社保卡丢了: what happens, the bank half, 20元, four working days, the hours, and the way on by number."""
    await jianguo.says("社保卡丢了")
    jianguo.expect(
        "正式挂失", "发卡银行", "工本费20元，四个工作日后领卡", "每月5日", "6:00–22:00，现在可以办", "1 去补卡", "3 查办到哪一步"
    )
    await jianguo.says("1")
    jianguo.expect("20.00 元", "这张卡马上正式挂失", f"({PUBLIC}/p/")


async def test_a_visitor_reads_the_terms_without_logging_in(world: World) -> None:
    """The region is asked, nothing else; filing needs the log-in."""
    chat = Chat(world)
    await chat.says("社保卡丢了")
    chat.expect("您在哪里参保")
    await chat.says("1")
    chat.expect("工本费20元", "1 去补卡")
    await chat.says("1")
    chat.expect("要先登录")


async def test_a_broken_card_is_asked_how_and_needs_no_loss(jianguo: Chat) -> None:
    """换卡: 1 丢了 2 坏了 3 信息变了; a broken card goes on working until the new one is there."""
    await jianguo.says("换卡")
    jianguo.expect("社保卡怎么了", "1 卡丢了", "2 卡坏了", "3 卡面上的信息变了")
    await jianguo.says("9")
    jianguo.expect("1 到 3")
    await jianguo.says("2")
    jianguo.expect("旧卡还能用", "1 卡面污损、残缺，去换卡", "2 读卡机不能读，去换卡")
    await jianguo.says("2")
    jianguo.expect("去办理社会保障卡补换卡")
    jianguo.expect_not("正式挂失")


async def test_changed_data_goes_to_the_employer_first(jianguo: Chat) -> None:
    """卡面信息变更: first 信息变更 by the employer (BJH-09)."""
    await jianguo.says("社保卡名字错了")
    await jianguo.says("3")
    jianguo.expect("先请单位办好信息变更", "1 单位已经办好，去换卡")
    await jianguo.says("1")
    page = await page_of(jianguo, "去办理社会保障卡补换卡")
    draft = await page.fills(changed="还没有办", **PICK_UP)
    (field,) = draft.form.wrong
    assert (field.name, "联系单位经办人" in field.error) == ("changed", True)
    draft = await page.fills(changed="单位已经办好信息变更")
    assert not draft.form.wrong


async def test_in_binzhou_replacing_is_told_not_offered(xiuying: Chat) -> None:
    """滨州 has no online 补换卡: where to go, and 挂失 first."""
    await xiuying.says("补办社保卡")
    xiuying.expect("社保卡服务网点", "12333", "“挂失”")
    xiuying.expect_not("/p/")
    await xiuying.says("社保卡坏了")
    xiuying.expect("补社保卡、换社保卡，滨州的这里还办不了", "旧卡", "卡丢了请马上回复“挂失”")
    xiuying.expect_not("挂失后")


async def test_in_jinan_there_is_a_sentence(world: World) -> None:
    """济南: employers do it."""
    chat = Chat(world)
    await chat.says("社保卡坏了")
    await chat.says("3")
    chat.expect("济南的这里还办不了", "社保卡服务网点", "12333")
    chat.expect_not("挂失")
    for words in ("二次申领", "缴费订单"):
        await chat.says(words)
        chat.expect("个人在这里还办不了", "12333", "参保地社保经办机构")
        chat.expect_not("查不了", "请单位帮您")
    await chat.says("换手机号")
    chat.expect("可以在这里换预留手机号", "最近的网点")
    chat.expect_not("转人工")
    await chat.says("结束人工")
    chat.expect("现在没有接通人工")


# ── the window ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(2024, 10, 4, 12), "明天 06:00"),
        (at(2024, 9, 12, 22, 0), "明天 06:00"),
        (at(2024, 10, 1, 9), "10月5日 06:00"),
        (at(2024, 9, 30, 22, 0), "10月5日 06:00"),
    ],
)
async def test_when_the_window_is_closed_it_says_when_it_opens_and_reminds(world: World, now: Any, opens: str) -> None:
    """The 4th, 22:00, the last evening of the month: the next opening, and a reminder at that minute."""
    chat = await jianguo_of(world)
    world.clock.set(now)
    await chat.says("社保卡丢了")
    chat.expect("现在不在时段内", opens, "1 开放时提醒我")
    chat.expect_not("去补卡")
    await chat.says("1")
    chat.expect(f"{opens} 开放后我提醒您")
    opened = at(2024, 10, 5, 6) if "10月5日" in opens or now.month == 10 else at(2024, 9, 13, 6)
    world.clock.set(opened)
    await world.settle()
    assert not any("现在可以办了" in text for text in told(world, chat.openid)), "the night lasts until 08:00"
    world.clock.set(opened.replace(hour=8))
    await world.settle()
    assert any("现在可以办了" in text and "补办社保卡" in text for text in told(world, chat.openid))


async def test_a_form_that_was_begun_in_time_is_not_taken_at_night(world: World, jianguo: Chat) -> None:
    """Filled at 10:00, submitted at 22:00 sharp: refused with the next opening, the card untouched; at 6:00 it goes through."""
    page = await _page(jianguo)
    await page.fills(reason="遗失", **PICK_UP)
    world.clock.set(at(2024, 9, 12, 22, 0))
    with pytest.raises(Refusal, match="现在不在时段内"):
        await page.submits()
    assert (await card_of(world, world.ids.jianguo)).status == "active"
    world.clock.set(at(2024, 9, 13, 6, 0))
    await page.submits()
    assert (await card_of(world, world.ids.jianguo)).status == "lost"


# ── from the filing to the card ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_lost_card_is_replaced_step_by_step_over_a_holiday(holidays: World) -> None:
    """Filed and approved in the week before 国庆 2026: four working days after Wednesday the 30th are 8, 9, 10 (worked) and 12 October."""
    world = holidays
    hall, person = Hall(world), world.ids.jianguo
    chat = await jianguo_of(world)
    await _filed(chat)
    card, case = await card_of(world, person), await hall.case(person)
    assert (card.status, card.lost_until, case.state) == ("lost", None, CaseState.UNPAID)
    assert (case.feature, case.fields["补换原因"], case.fields["领卡网点"]) == ("BJH-M-14", "卡丢了，找不回来（遗失）", OUTLET)
    assert any("正式挂失" in text and "发卡银行" in text for text in texts(world, people.JIANGUO_PHONE))
    case = await hall.pays(person)
    # Two working days of review (29, 30) and four of making (8, 9, 10, 12).
    assert (case.state, case.due_on, case.expected_on) == (CaseState.REVIEW, date(2026, 9, 30), date(2026, 10, 12))
    world.clock.set(at(2026, 9, 30, 15))
    case = await hall.decides(person, approve=True)
    assert (case.state, case.stage, case.due_on) == (CaseState.WORKING, "制卡", date(2026, 10, 12))
    assert (await card_of(world, person)).status == "making"
    assert "2026年10月12日" in told(world, chat.openid)[-1]
    await chat.says("制卡进度")
    chat.expect("正在制卡", "审核", "预计 2026年10月12日 可以领卡", case.case_no)
    await chat.says("领卡证明")
    chat.expect("卡做好以后才有领卡证明", "2026年10月12日")

    world.clock.set(at(2026, 10, 12, 11))
    case = await hall.finishes_stage(person)
    assert (case.state, (await card_of(world, person)).status) == (CaseState.READY, "ready")
    assert "做好了" in told(world, chat.openid)[-1]
    assert "身份证件原件" in told(world, chat.openid)[-1]
    await chat.says("领卡证明")
    chat.expect("《新发与补[换]社会保障卡领卡证明》已经生成", f"{PUBLIC}/d/")
    snapshot = await _newest(world, person)
    for part in ("领卡证明", "****9012", case.case_no, "遗失", OUTLET, "2026年10月12日", "本人有效身份证件原件", "张建国"):
        assert part in snapshot, part
    assert "990000009012" not in snapshot

    world.clock.set(at(2026, 10, 13, 9))
    async with world.store.transaction() as tx:
        case = await hall.flow.collected(tx, case)
    await world.settle()
    await chat.says("领卡证明")
    assert "2026年10月12日" in await _newest(world, person)
    new = await card_of(world, person)
    assert (case.state, new.status, new.lost_at) == (CaseState.DONE, "active", None)
    assert new.card_no != "990000009012"
    assert len(new.card_no) == 12
    assert await steps_of(world, person) == [
        ("正式挂失", "已挂失"),
        ("制卡", "正在制卡"),
        ("制卡完成", "等待领取"),
        ("旧卡停用", "已换新卡"),
        ("新卡启用", "正常使用"),
    ]


async def test_a_broken_card_keeps_working_until_the_new_one_is_made(world: World, jianguo: Chat, hall: Hall) -> None:
    """污损: not lost at submission, making after approval, a new number at the end."""
    person = world.ids.jianguo
    await jianguo.says("社保卡坏了")
    await jianguo.says("1")
    page = await page_of(jianguo, "去办理社会保障卡补换卡")
    draft = await page.fills(**PICK_UP)
    assert [(one.name, one.required) for one in draft.materials] == [("old_card", False), ("photo", False)]
    await page.submits()
    assert (await card_of(world, person)).status == "active"
    await hall.pays(person)
    await hall.decides(person, approve=True)
    assert (await card_of(world, person)).status == "making"
    await hall.finishes_stage(person)
    await hall.finishes_stage(person)
    assert (await card_of(world, person)).card_no != "990000009012"


async def test_refused_the_card_stays_lost_and_the_person_knows(world: World, jianguo: Chat, hall: Hall) -> None:
    """审核不通过: the loss is not undone by itself; what to do is said."""
    person = world.ids.jianguo
    await _filed(jianguo)
    await hall.pays(person)
    await hall.decides(person, approve=False, note="照片不清楚")
    assert (await card_of(world, person)).status == "lost"
    heard = told(world, jianguo.openid)
    assert any("没有通过" in text and "照片不清楚" in text for text in heard)
    assert any("仍是挂失状态" in text and "12333" in text for text in heard)
    await jianguo.says("补办社保卡")
    await jianguo.says("1")
    await jianguo.says("1")
    jianguo.expect("去办理社会保障卡补换卡")


async def test_withdrawn_before_it_is_paid(world: World, jianguo: Chat, hall: Hall) -> None:
    """作废 of an unpaid case: order void, card still lost, told."""
    person = world.ids.jianguo
    await _filed(jianguo)
    async with world.store.transaction() as tx:
        case = await hall.flow.withdraw(tx, (await tx.cases.of_person(person))[0])
        (order,) = await tx.orders.of_case(case.case_no)
    await world.settle()
    assert (case.state, order.status, str(order.amount)) == (CaseState.VOID, OrderStatus.VOID, "20.00")
    assert (await card_of(world, person)).status == "lost"
    assert any("仍是挂失状态" in text for text in told(world, jianguo.openid))


async def test_a_draft_that_is_thrown_away_changes_nothing(world: World, jianguo: Chat, hall: Hall) -> None:
    """作废 before submission: no event, no word about a loss."""
    await _page(jianguo)
    async with world.store.transaction() as tx:
        await hall.flow.withdraw(tx, (await tx.cases.of_person(world.ids.jianguo))[0])
    await world.settle()
    assert await steps_of(world, world.ids.jianguo) == []
    assert (await card_of(world, world.ids.jianguo)).status == "active"
    assert not any("挂失" in text for text in told(world, jianguo.openid))


async def test_submitting_twice_files_it_once(world: World, jianguo: Chat) -> None:
    """A second press: one case, one loss, one order."""
    page = await _filed(jianguo)
    await page.submits()
    async with world.store.reading() as tx:
        cases = await tx.cases.of_person(world.ids.jianguo)
        orders = await tx.orders.of_case(cases[0].case_no)
    assert (len(cases), len(orders)) == (1, 1)
    assert await steps_of(world, world.ids.jianguo) == [("正式挂失", "已挂失")]


# ── what stops it ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_second_case_is_refused_with_the_number_of_the_first(world: World, jianguo: Chat, hall: Hall) -> None:
    """One card case at a time: in the chat by number, and on a page that was opened on another phone before."""
    other = await jianguo_of(world, "o-other")
    page = await _page(other)
    async with world.store.transaction() as tx:
        # The second draft of the same person, as another chat made it before the first was filed.
        first = (await tx.cases.of_person(world.ids.jianguo))[0]
    await page.fills(reason="遗失", **PICK_UP)
    await page.submits()
    await jianguo.says("社保卡丢了")
    await jianguo.says("1")
    jianguo.expect(first.case_no, "不能再办一笔", "进度")


async def test_two_pages_open_at_once_make_one_case(world: World, jianguo: Chat, hall: Hall) -> None:
    """Two drafts filled side by side: the one that comes at the same moment moves nothing, and tried again it is told the other's number."""
    page = await _page(jianguo)
    await page.fills(reason="遗失", **PICK_UP)
    async with world.store.transaction() as tx:
        case = (await tx.cases.of_person(world.ids.jianguo))[0]
        person = await tx.people.get(world.ids.jianguo)
        applicant = Applicant(person, jianguo.openid, world.services.regions["beijing"])
        second = await hall.flow.draft(tx, FILINGS["card_replace"], applicant, case.answers, "second")
    await page.submits()
    with pytest.raises(Conflict):
        await _submitted(hall, second, applicant)
    rival = Page(world, jianguo, {**page.params, "case": second.case_no})
    draft = await rival.submits()
    (field,) = draft.form.wrong
    assert (field.name, case.case_no in field.error) == ("reason", True)
    async with world.store.reading() as tx:
        cases = await tx.cases.of_person(world.ids.jianguo)
    assert sorted(str(one.state) for one in cases) == ["draft", "unpaid"]


async def _submitted(hall: Hall, case: Case, applicant: Applicant) -> None:
    """Past the page's own check, as whoever comes at the same moment is."""
    async with hall.world.store.transaction() as tx:
        await hall.flow.submit(tx, case, applicant, True)


async def test_a_card_that_was_not_handed_out_is_not_replaced(world: World, jianguo: Chat) -> None:
    """退回 → 二次申领; 制卡 → wait."""
    for status, words in (("returned", "二次申领"), ("making", "还没有领到手"), ("ready", "还没有领到手")):
        await set_card(world, world.ids.jianguo, status=status)
        await jianguo.says("社保卡丢了")
        await jianguo.says("1")
        jianguo.expect(words)


async def test_whoever_has_no_card_cannot_replace_it(world: World) -> None:
    """赵淑芬 has none on record."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.says("社保卡丢了")
    await chat.says("1")
    chat.expect("没有查到您名下的社保卡")


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"delivery": "快递", "address": "1号", "contact": "预留手机号"}, "地址太短"),
        ({"delivery": "快递", "address": "北京市东城区示例路" * 20, "contact": "预留手机号"}, "100 个字以内"),
        ({"delivery": "网点自取", "outlet": OUTLET, "contact": "另一个手机号", "phone": "123"}, "手机号"),
    ],
)
async def test_what_cannot_be_delivered_is_said_at_its_question(jianguo: Chat, answers: dict[str, str], wrong: str) -> None:
    """A short address, an endless one, half a phone number."""
    page = await _page(jianguo)
    draft = await page.fills(reason="遗失", **answers)
    assert [wrong in field.error for field in draft.form.wrong] == [True]


async def test_by_post_the_address_is_asked_and_the_outlet_is_not(jianguo: Chat) -> None:
    """快递: 收件地址 instead of 领卡网点; another phone is kept masked in what is shown."""
    page = await _page(jianguo)
    address = "北京市东城区示例一路1号2号楼301"
    answers = {"delivery": "快递", "address": address, "contact": "另一个手机号", "phone": "139 0000 1111"}
    draft = await page.fills(reason="遗失", **answers)
    assert draft.form.complete
    assert "outlet" not in {field.name for field in draft.form.fields}
    assert draft.case.fields["收件地址"] == address
    assert "13900001111" not in str(draft.case.fields)


async def test_a_posted_card_is_on_its_way_and_not_to_be_fetched(world: World, jianguo: Chat, hall: Hall) -> None:
    """制卡进度 says what the push said: 已经交寄, no 领取, no 证件 to bring; collected, the case is 已办结."""
    page, person = await _page(jianguo), world.ids.jianguo
    await page.fills(reason="污损残缺", delivery="快递", address="北京市东城区示例一路1号2号楼301", contact="预留手机号")
    await page.submits()
    await hall.pays(person)
    await hall.decides(person, approve=True)
    case = await hall.finishes_stage(person)
    await jianguo.says("制卡进度")
    jianguo.expect("社保卡 ****9012：已制好，已经交寄", "社会保障卡补换卡：已经交寄", "请留意电话", "已经领到了")
    jianguo.expect_not("等待领取", "身份证件")
    await hall.finishes_stage(person)
    await jianguo.says(f"进度 {case.case_no}")
    jianguo.expect("处理结束，已办结")
    jianguo.expect_not("导入")


async def test_how_long_it_takes_agrees_with_the_day_that_is_told(world: World, jianguo: Chat) -> None:
    """受理后四个工作日 is the handbook's; the review before it is said as well, and no manual is quoted."""
    page = await _page(jianguo)
    await page.fills(reason="遗失", **PICK_UP)
    async with world.store.transaction() as tx:
        lines = dict(await Drafts(world.services).lines(tx, page.params, jianguo.openid))
    assert lines["多久能领"] == "受理后四个工作日；受理前要审核，一般两个工作日"


async def test_after_the_phone_changed_no_card_is_posted(world: World, jianguo: Chat) -> None:
    """S16: for 72 hours a card is handed over at an outlet only."""
    page = await _page(jianguo)
    async with world.store.transaction() as tx:
        await tx.people.hold(Hold(world.ids.jianguo, at(2024, 9, 15), "预留手机号变更"))
    draft = await page.fills(reason="遗失", delivery="快递", address="北京市东城区示例一路1号", contact="预留手机号")
    assert [(field.name, "网点自取" in field.error) for field in draft.form.wrong] == [("delivery", True)]
    draft = await page.fills(delivery="网点自取", outlet=OUTLET)
    assert draft.form.complete
    assert not draft.form.wrong


async def test_outlets_are_those_that_hand_out_cards_and_another(world: World, jianguo: Chat) -> None:
    """At most eight by name, and 其他 that the agency settles with the person."""
    page = await _page(jianguo)
    draft = await page.fills(reason="遗失", delivery="网点自取")
    field = draft.form.field("outlet")
    assert field is not None
    names = [value for value, _ in field.options]
    handing_out = {one.name for one in world.services.regions["beijing"].outlets if "领卡" in one.does}
    assert set(names[:-1]) <= handing_out
    assert len(names) == min(len(handing_out), 8) + 1
    assert names[-1].startswith("其他网点")


async def test_another_persons_page_is_not_there(world: World, jianguo: Chat) -> None:
    """S11: 李秀英's chat with 张建国's link sees nothing and files nothing."""
    page = await _page(jianguo)
    chat = Chat(world, "o-stranger")
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    stranger = Page(world, chat, page.params)
    with pytest.raises(AssertionError):
        await stranger.fills(reason="遗失", **PICK_UP)
    await chat.says("领卡证明")
    chat.expect("滨州")


# ── 二次申领 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_returned_card_comes_in_three_working_days(holidays: World) -> None:
    """BJH-27: no fee, the same card; three working days after Wednesday 2026-09-30 are 8, 9 and Saturday the 10th, which is worked."""
    world = holidays
    hall, person = Hall(world), world.ids.jianguo
    await set_card(world, person, status="returned")
    chat = await jianguo_of(world)
    await chat.says("社保卡没领到")
    page = await page_of(chat, "去办理社会保障卡二次申领")
    await page.fills(**PICK_UP)
    await page.submits()
    case = await hall.case(person)
    assert (case.state, case.feature, (await card_of(world, person)).status) == (CaseState.REVIEW, "BJH-27", "returned")
    world.clock.set(at(2026, 9, 30, 9))
    case = await hall.decides(person, approve=True)
    assert (case.due_on, (await card_of(world, person)).status) == (date(2026, 10, 10), "making")
    await hall.finishes_stage(person)
    await hall.finishes_stage(person)
    card = await card_of(world, person)
    assert (card.status, card.card_no) == ("active", "990000009012")
    assert await steps_of(world, person) == [
        ("二次申领", "已提交"),
        ("出库制卡", "正在办理"),
        ("二次申领办好", "等待领取"),
        ("领卡", "正常使用"),
    ]


async def test_second_application_is_only_for_a_returned_card(jianguo: Chat) -> None:
    """A card that works: what its state is, and nothing else."""
    await jianguo.says("二次申领")
    jianguo.expect("只用于“社保卡已被退回”的卡", "****9012", "正常使用")
    jianguo.expect_not("/p/")


async def test_no_certificate_without_a_case(jianguo: Chat) -> None:
    """领卡证明 before anything was filed."""
    await jianguo.says("领卡证明")
    jianguo.expect("没有查到您在这里办过", "补办社保卡")
