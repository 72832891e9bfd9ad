"""打印业务: BZ-27 缴费证明, BZ-28 收入证明, BZ-29 权益记录单; and what the print menu offers. Figures from `tests.conversations.paid` and
`tests.people`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.ports.records import Registration, ResidentPayment
from tests import people
from tests.conversations import paid
from tests.conversations.conftest import PUBLIC, Chat, World
from tests.conversations.rights import granted, newest_paper, paper_text

ZERO = Decimal("0.00")


@pytest.fixture
async def xiuying(chat: Chat) -> Chat:
    await paid.load(chat.world)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    return chat


@pytest.fixture
async def yulan(chat: Chat) -> Chat:
    await paid.load(chat.world)
    await chat.logs_in(paid.YULAN_PHONE, paid.YULAN.id_no[-4:])
    return chat


async def _yulan_id(chat: Chat) -> int:
    async with chat.world.store.reading() as tx:
        return (await tx.people.by_phone(paid.YULAN_PHONE))[0].id


async def test_the_proof_of_contributions_states_all_that_was_paid(xiuying: Chat) -> None:
    """养老 2024-01…06 and 医疗 2024-01…03: six and three months, at 4000.00."""
    await xiuying.says("打印缴费证明")
    xiuying.expect("《职工社会保险缴费证明》已经生成", f"{PUBLIC}/d/")
    text = await paper_text(xiuying.world, xiuying.world.ids.xiuying)
    for part in (
        "兹证明李秀英（女）在滨州参加职工社会保险，2024年1月至2024年6月期间实际缴费：养老6个月、医疗3个月。特此证明。",
        "职工养老保险",
        "职工医疗保险",
        "4,000.00",
        people.SHOP.name,
    ):
        assert part in text, part
    statement = await newest_paper(xiuying.world, xiuying.world.ids.xiuying)
    assert statement.feature == "BZ-27"
    assert statement.tables[0].rows[1][:5] == ("职工医疗保险", "2024-01", "2024-03", "3", "4000.00")


async def test_a_time_that_was_said_bounds_the_proof(xiuying: Chat) -> None:
    """2024-02 to 2024-04: three months of 养老, two of 医疗."""
    await xiuying.says("打印2024年2月到4月的缴费证明")
    xiuying.expect("已经生成")
    statement = await newest_paper(xiuying.world, xiuying.world.ids.xiuying)
    assert "养老 3 个月、医疗 2 个月" in statement.opening
    assert statement.period == "2024年2月 至 2024年4月"


async def test_a_proof_of_nothing_is_no_paper(chat: Chat) -> None:
    """王德福 has paid nothing."""
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("打印缴费证明")
    chat.expect("没有查到可以打印的记录", "您名下还没有缴费的记录")
    chat.expect_not("已经生成")


async def test_a_resident_without_a_proof_is_told_where_theirs_is(world: World, chat: Chat) -> None:
    """城乡居民 have no 职工缴费证明: the words that are offered instead find what was paid, they are not the wish to pay."""
    await world_of_a_resident(world)
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("打印缴费证明")
    chat.expect("没有查到可以打印的记录", "您参加的是城乡居民养老保险", "回复“查居民养老缴费”就能看")
    await chat.says("查居民养老缴费")
    chat.expect("2023年城乡居民养老保险缴费：个人 300.00 元")
    await chat.says("查养老缴费 2023")
    chat.expect("回复“查居民养老缴费”就能看")


async def world_of_a_resident(world: World) -> None:
    """王德福 is a resident and paid 300.00 in 2023."""
    tier = ResidentPayment(world.ids.defu, "resident_pension", 2023, "300元档", Decimal("300.00"), ZERO, ZERO, ZERO, ZERO)
    async with world.store.transaction() as tx:
        await tx.rights.put_many([Registration(world.ids.defu, resident=True), tier])


async def test_who_draws_a_pension_is_told_what_proves_that(yulan: Chat) -> None:
    """孙玉兰 is retired and has no contributions on record: the proof of income is the first choice, and it is that."""
    await yulan.says("打印缴费证明")
    yulan.expect("没有查到可以打印的缴费记录", "1 养老金收入证明", "2 查养老金")
    await yulan.says("1")
    yulan.expect("证明哪段时间的养老金收入")


async def test_a_year_without_a_record_may_be_changed(yulan: Chat) -> None:
    """The year alone is asked again."""
    await yulan.says("打印个人权益记录单")
    await yulan.says("2015")
    yulan.expect("没有查到可以打印的", "换个年度", "您已经退休")
    await yulan.says("换个年度")
    yulan.expect("哪一年")


async def test_the_proof_of_income_asks_for_the_time(yulan: Chat) -> None:
    """近一年: eleven times 2,800.00 and 2,960.50, together 33,760.50; over twelve months 2,813.375, half up 2,813.38."""
    await yulan.says("打印养老金收入证明")
    yulan.expect("哪段时间的养老金收入", "1 近一年")
    await yulan.says("好的呀")
    yulan.expect("请发起止年月")
    await yulan.says("1")
    yulan.expect("《养老金收入证明》已经生成")
    text = await paper_text(yulan.world, await _yulan_id(yulan))
    for part in (
        "兹证明孙玉兰（女）在滨州领取企业职工养老待遇，2023年9月至2024年8月共发放12个月，合计人民币33,760.50元，月平均2,813.38元，"
        "最近一个月（2024年8月）2,960.50元。特此证明。",
        "邮政储蓄",
        "银行代发",
        "33,760.50",
    ):
        assert part in text, part


async def test_the_proof_of_income_follows_an_answer(yulan: Chat) -> None:
    """From the pay of a month by a number."""
    await yulan.says("上个月退休金")
    await yulan.says("开养老金收入证明")
    yulan.expect("哪段时间的养老金收入")


async def test_the_record_of_a_year(xiuying: Chat) -> None:
    """2024: 养老 6 months, bases 24,000.00, 3,840.00 and 1,920.00; 医疗 3 months, 840.00 and 240.00; the account ends with 14,637.55."""
    await xiuying.says("打印2024年的个人权益记录单")
    xiuying.expect("《个人权益记录单》已经生成")
    text = await paper_text(xiuying.world, xiuying.world.ids.xiuying)
    for part in (
        "兹证明李秀英（女）",
        "2024年度（截至2024年9月12日）",
        "24,000.00",
        "3,840.00",
        "1,920.00",
        "4,680.00",
        "2,160.00",
        "14,637.55",
    ):
        assert part in text, part


async def test_the_record_asks_for_a_year(xiuying: Chat) -> None:
    """A wrong year is explained; a year without records gives no paper."""
    await xiuying.says("打印个人权益记录单")
    xiuying.expect("哪一年", "1 去年")
    await xiuying.says("三百年")
    xiuying.expect_not("已经生成")
    await xiuying.says("2015")
    xiuying.expect("没有查到可以打印的记录", "您名下有 2024年 的缴费，可以换个时间再查")


async def test_a_proof_of_income_of_other_years_is_no_circle(yulan: Chat) -> None:
    """Nothing was paid in 2010: what there is is told and the time may be changed; the proof that was asked for is not offered as another one."""
    await yulan.says("2010年的养老金收入证明")
    yulan.expect("没有查到可以打印的记录", "您名下有 2023年9月 至 2024年8月 的养老金", "1 换个时间", "2 查养老金")
    yulan.expect_not("您已经退休")


async def test_the_print_menu_offers_what_the_region_has(xiuying: Chat) -> None:
    """滨州 its proofs; 北京 the downloads of its queries and no proof of 滨州."""
    await xiuying.presses("P_PRINT")
    xiuying.expect("社保缴费证明", "个人权益记录", "养老金收入证明", "养老账户清单")
    xiuying.expect_not("年度对账单", "工伤待遇信息")
    await xiuying.says("养老金收入证明")
    xiuying.expect("哪段时间的养老金收入")


async def test_beijing_prints_from_its_queries(chat: Chat) -> None:
    """养老待遇 by the menu: the time, the forms, the paper."""
    await paid.load(chat.world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.presses("P_PRINT")
    chat.expect("养老待遇信息、明细", "年度对账单", "工伤待遇信息")
    chat.expect_not("社保缴费证明", "养老金收入证明")
    await chat.says("养老待遇信息、明细")
    await chat.says("今年")
    await chat.says("2")
    chat.expect("《养老保险待遇明细》已经生成")


async def test_jinan_prints_nothing(chat: Chat) -> None:
    """The region's own sentence."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await chat.presses("P_PRINT")
    chat.expect("济南", "12333")
    chat.expect_not("1 ")


async def test_a_relative_without_the_scope_prints_nothing(yulan: Chat) -> None:
    """act alone makes no proof of income; benefits does."""
    person = await _yulan_id(yulan)
    stranger = await granted(yulan.world, person, {"act"}, "o-son")
    await stranger.says("打印养老金收入证明")
    stranger.expect_not("哪段时间", "已经生成")
    daughter = await granted(yulan.world, person, {"benefits"})
    await daughter.says("打印养老金收入证明")
    await daughter.says("1")
    daughter.expect("已经生成")


async def test_the_proof_of_income_is_one_page_with_a_line_a_month(yulan: Chat) -> None:
    """Twelve months, the last with 基养 2,900.00 and 基补 60.50: twelve lines, the sum of the month first; what it is for stands under the sentence."""
    await yulan.says("打印养老金收入证明")
    await yulan.says("1")
    text = await paper_text(yulan.world, await _yulan_id(yulan))
    assert "共1页" in text
    table = text[text.index("养老金发放情况") :]
    assert [table.count(f"{month.year}年{month.month:02d}月") for month in paid.YEAR_OF_YULAN] == [1] * 12
    assert "2023年09月2,800.002,800.00—邮政储蓄" in table
    assert "2024年08月2,960.502,900.0060.50邮政储蓄" in table
    places = [text.index(part) for part in ("特此证明。", "本证明用于：", "2024年9月12日", "养老金发放情况", "说明1.")]
    assert places == sorted(places)
