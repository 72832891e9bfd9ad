"""BZ-18, BZ-20, BZ-21, BZ-22 and BJH-29: what the card's records say, in the chat, on the page and as a document."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.cards.queries import QUERIES
from handlers.query import Asker
from storage.ports.records import CardEvent, Case, CaseStep, Swipe
from tests import people
from tests.cards.conftest import HOSPITAL, VISITS, at, set_card
from tests.conversations.conftest import PUBLIC, Chat, World


async def test_the_card_is_shown_masked_with_its_state_and_what_can_be_done(xiuying: Chat) -> None:
    """BZ-18: 李秀英's card ends in 1234 and works."""
    await xiuying.says("社保卡信息")
    xiuying.expect("社保卡号：****1234", "状态：正常使用", "制卡银行：样例银行", "1 挂失", f"[查看完整信息]({PUBLIC}/p/")
    xiuying.expect_not("990000001234", "解挂")


async def test_a_lost_card_says_since_when_and_offers_to_lift_it(world: World, xiuying: Chat) -> None:
    """BZ-18 of a card that was reported on 2024-09-01 for fifteen days."""
    await set_card(world, world.ids.xiuying, status="lost", lost_at=at(2024, 9, 1, 8, 30), lost_until=at(2024, 9, 16, 8, 30))
    await xiuying.says("社保卡信息")
    xiuying.expect("状态：已挂失", "自动恢复时间：2024年9月16日 08:30", "挂失时间：2024年9月1日 08:30", "银行", "1 解挂")


async def test_nobodys_card_is_said_to_be_none(world: World) -> None:
    """赵淑芬 has no card: BJH-29 says so and where to ask."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.says("制卡进度")
    chat.expect("没有查到您名下的社保卡", "96102")


async def test_the_swipes_of_a_month_with_totals_by_kind(xiuying: Chat) -> None:
    """BZ-22, 2024-08: 45.50 + 30.00 at the pharmacy, 120.00 at the hospital; 1 September 0:00 is not August."""
    await xiuying.says("刷卡记录")
    xiuying.expect("1 本月", "2 上个月", "2024-08")
    await xiuying.says("2")
    xiuying.expect("2024年8月刷卡 3 次，合计 195.50 元", "药店购药 2 次，75.50 元", "门诊 1 次，120.00 元", "1 下载 PDF 单据")
    await xiuying.says("1")
    xiuying.expect("《社保卡刷卡记录》已经生成", f"{PUBLIC}/d/")


async def test_a_month_said_at_once_is_not_asked_again(xiuying: Chat) -> None:
    """上个月的刷卡记录 is answered in one turn."""
    await xiuying.says("查一下上个月刷卡记录")
    xiuying.expect("2024年8月刷卡 3 次")


async def test_the_swipes_on_paper_row_by_row(world: World) -> None:
    """The statement has each row with its day, oldest first, and a total that is the sum of the three."""
    async with world.store.reading() as tx:
        person = await tx.people.get(world.ids.xiuying)
        assert person is not None
        asker = Asker(person, world.services.regions["binzhou"], world.clock.now().date())
        found = await QUERIES["card_swipes"](tx, asker, {"period": "2024-08"})
    overview, detail = found.tables
    assert overview.rows == (("药店购药", "2", "75.50"), ("门诊", "1", "120.00"))
    assert overview.totals == ("合计", "3", "195.50")
    assert [row[0] for row in detail.rows] == ["2024-08-03 09:10", "2024-08-15 10:20", "2024-08-31 23:59"]
    assert detail.totals == ("合计", "", "", "195.50")
    assert found.feature == "BZ-22"


async def test_an_empty_month_says_so_and_what_else(xiuying: Chat) -> None:
    """2024-05 has nothing: the month before and another month are offered."""
    await xiuying.says("刷卡记录")
    await xiuying.says("2024-05")
    xiuying.expect("2024年5月没有刷卡记录", "1 看2024年4月", "2 换个月份")
    await xiuying.says("2")
    xiuying.expect("查哪个月的刷卡记录")
    await xiuying.says("9月")
    xiuying.expect("2024年9月刷卡 1 次，合计 8.00 元")


@pytest.mark.parametrize("words", ["去年", "13月", "2025-01", "随便"])
async def test_what_is_no_month_of_the_past_is_asked_again(xiuying: Chat, words: str) -> None:
    """A whole year, a month that does not exist, the future, no month: a sentence that says what to type, and it goes on."""
    await xiuying.says("刷卡记录")
    await xiuying.says(words)
    xiuying.expect_not("合计")
    await xiuying.says("2024-08")
    xiuying.expect("2024年8月刷卡 3 次")


async def test_another_persons_swipes_are_not_there(world: World) -> None:
    """S11: 王德福 sees his one swipe of August and nothing of 李秀英's, who shares his phone."""
    chat = Chat(world)
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("刷卡记录")
    await chat.says("2024-08")
    chat.expect("2024年8月刷卡 1 次，合计 999.00 元")
    chat.expect_not("195.50", "120.00")


async def test_the_events_of_the_card_five_in_the_chat_all_on_the_page(world: World, xiuying: Chat) -> None:
    """BZ-21: seven events, the newest five in the chat."""
    async with world.store.transaction() as tx:
        await tx.cards.note(
            *(
                CardEvent(world.ids.xiuying, "990000001234", at(2024, 3, 1) + timedelta(days=day), f"环节{day}", "完成")
                for day in range(7)
            )
        )
    await xiuying.says("卡片处理记录")
    xiuying.expect("卡片处理记录共 7 条，最近 5 条是", "2024-03-07 10:00 环节6：完成", "环节2", "查看全部", "下载 PDF")
    xiuying.expect_not("环节1", "环节0")


async def test_no_events_yet_is_said_with_what_they_would_be(xiuying: Chat) -> None:
    """BZ-21 with nothing on record."""
    await xiuying.says("卡片处理记录")
    xiuying.expect("还没有卡片处理记录", "1 看社保卡信息")


async def test_in_beijing_swipes_events_and_card_data_are_not_there(jianguo: Chat) -> None:
    """北京's manual has no BZ-18, BZ-21, BZ-22: one plain sentence each; 解挂 says what to do."""
    for words, what in (("刷卡记录", "社保卡刷卡记录"), ("卡片处理记录", "卡片处理记录")):
        await jianguo.says(words)
        jianguo.expect(f"北京的“{what}”这里还办不了", "12333")


async def test_in_jinan_the_card_is_not_shown(world: World) -> None:
    """济南's manual is for employers: a sentence, no figure."""
    chat = Chat(world)
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    for words in ("制卡进度", "社保卡信息", "刷卡记录", "领卡证明", "二次申领"):
        await chat.says(words)
        chat.expect("济南", "12333")


async def test_progress_without_a_case_is_the_cards_state_and_the_other_way(jianguo: Chat) -> None:
    """BJH-29: 张建国's card works, nothing is under way; 96102 is the other way."""
    await jianguo.says("卡好了没")
    jianguo.expect("社保卡 ****9012：正常使用", "没有正在办的补换卡", "96102")


async def test_a_returned_card_leads_to_the_second_application(world: World, jianguo: Chat) -> None:
    """BJH-29 → BJH-27: 社保卡已被退回 offers 二次申领."""
    await set_card(world, world.ids.jianguo, status="returned")
    await jianguo.says("制卡进度")
    jianguo.expect("社保卡已被退回", "1 办二次申领")
    await jianguo.says("1")
    jianguo.expect("三个工作日", "不收费", "去办理社会保障卡二次申领")


async def test_progress_shows_a_case_of_the_agencys_own_system(world: World, jianguo: Chat) -> None:
    """A 补换卡 that was filed at a window is shown with its newest steps; one that is over is not."""
    start = at(2024, 9, 10, 9, 30)
    steps = (CaseStep(1, "窗口受理", start, "已受理"), CaseStep(2, "制卡", start + timedelta(days=1), "处理中"))
    async with world.store.transaction() as tx:
        await tx.cases.put_many(
            [
                Case(
                    "240910000000001",
                    "hall-1",
                    "BJH-M-14",
                    "社会保障卡补换卡",
                    "beijing",
                    world.ids.jianguo,
                    start,
                    "处理中",
                    "正在办理",
                    steps=steps,
                )
            ]
        )
    await jianguo.says("制卡进度")
    jianguo.expect("社会保障卡补换卡：正在办理，业务流水号 240910000000001", "2024-09-11 09:30 制卡：处理中")
    await jianguo.says("补办社保卡")
    await jianguo.says("1")
    await jianguo.says("1")
    jianguo.expect("正在办理", "240910000000001", "不能再办一笔")


async def test_a_visitor_logs_in_first_and_then_sees_the_card(world: World) -> None:
    """刷卡记录 before the log-in comes right after it."""
    chat = Chat(world)
    await chat.says("刷卡记录")
    chat.expect("要先登录")


async def test_every_look_at_the_card_is_audited(world: World, xiuying: Chat) -> None:
    """刷卡记录 and 社保卡信息 leave entries about 李秀英."""
    await xiuying.says("社保卡信息")
    await xiuying.says("刷卡记录 2024-08")
    async with world.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(world.ids.xiuying))
    assert {"BZ-18", "BZ-22"} <= {one.feature for one in entries if one.action == "query"}


async def test_names_from_outside_are_only_text(world: World, xiuying: Chat) -> None:
    """S20: a place that looks like a template or markup is printed as it stands."""
    nasty = "{{7*7}}<b>]]>#eval(1)"
    async with world.store.transaction() as tx:
        await tx.cards.put_swipes([Swipe(world.ids.xiuying, at(2024, 7, 1), f"{HOSPITAL}{nasty}", VISITS, Decimal("1.00"))])
    await xiuying.says("刷卡记录")
    await xiuying.says("2024-07")
    xiuying.expect("2024年7月刷卡 1 次，合计 1.00 元")
    await xiuying.says("1")
    xiuying.expect("已经生成")


async def test_two_regions_two_names(world: World) -> None:
    """The same question is BZ-20 制卡进度 in 滨州 and BJH-29 社会保障卡发卡进度 in 北京."""
    async with world.store.reading() as tx:
        found = []
        for person_id in (world.ids.xiuying, world.ids.jianguo):
            person = await tx.people.get(person_id)
            assert person is not None
            asker = Asker(person, world.services.regions[person.region], world.clock.now().date())
            found.append(await QUERIES["card_progress"](tx, asker, {}))
    assert [(one.feature, one.title) for one in found] == [("BZ-20", "制卡进度"), ("BJH-29", "社会保障卡发卡进度")]
