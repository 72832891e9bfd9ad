"""职业年金 (BJQ-P-02b, BJQ-P-05) and 补缴 (BJQ-P-02c). Figures are worked out from the rows of `rights` and `people`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.charts import parse_chart
from dialogs.messages import Picture
from handlers.queries import QUERIES
from handlers.query import Asker
from storage.ports.records import AnnuityPayment
from storage.ports.regions import SheetColumns
from storage.ports.time import Month
from tests import people
from tests.conversations import rights
from tests.conversations.conftest import Chat, World


@pytest.fixture
async def jianguo(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat


def picture(chat: Chat) -> Picture:
    """The one that came with the last answer."""
    (found,) = [message for message in chat.more if isinstance(message, Picture)]
    return found


# ── 缴费 ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_last_years_annuity_is_answered_in_one_sentence(jianguo: Chat) -> None:
    """2023: 12 × 320.00 = 3,840.00 and 12 × 640.00 = 7,680.00; a picture of the twelve months."""
    await jianguo.says("查去年的职业年金缴费")
    jianguo.expect("2023年1月 至 2023年12月，职业年金缴了 12 个月。", "个人缴费 3,840.00 元，单位缴费 7,680.00 元。")
    jianguo.expect("最近一个月是2023年12月。", "查看明细", "更多（还有 12 条）", "下载", "换个时间", "看账户余额")
    chart = parse_chart(picture(jianguo).chart)
    assert [one.name for one in chart.series] == ["单位缴费", "个人缴费"]
    assert (len(chart.labels), chart.series[1].values[0]) == (12, rights.yuan("320.00"))


async def test_step_by_step_a_wrong_time_is_asked_again(jianguo: Chat) -> None:
    """Nothing is lost: what may be chosen stands there again, and the next good answer is taken."""
    await jianguo.says("职业年金缴费")
    jianguo.expect("哪段时间的职业年金缴费", "1 近一年")
    await jianguo.says("abc")
    jianguo.expect("请发起止年月", "1 近一年", "4 全部")
    await jianguo.says("2024年6月到3月")
    jianguo.expect_not("缴了")
    await jianguo.says("2023-11 至 2024-01")
    jianguo.expect("2023年11月 至 2024年1月，职业年金缴了 3 个月。", "个人缴费 960.00 元，单位缴费 1,920.00 元。")


async def test_what_has_not_arrived_is_named_and_in_no_sum(jianguo: Chat) -> None:
    """2024-01 arrived, 2024-02 not: one month, 320.00."""
    await jianguo.says("职业年金缴费")
    await jianguo.says("2024年1月到2月")
    jianguo.expect("职业年金缴了 1 个月。", "个人缴费 320.00 元，单位缴费 640.00 元。", "2024年2月已申报，还没有到账。")
    await jianguo.says("下载")
    table = (await rights.newest_paper(jianguo.world, jianguo.world.ids.jianguo)).tables[0]
    assert table.rows[1] == ("2024-02", "8000.00", "640.00", "320.00", "未到账", "", rights.COMPANY)
    assert table.totals == ("已到账合计", "", "640.00", "320.00", "", "", "")


async def test_more_pages_through_the_months(jianguo: Chat) -> None:
    """Twelve lines, newest first as for pensions: five, five, two."""
    await jianguo.says("查去年的职业年金缴费")
    await jianguo.says("更多")
    jianguo.expect("2023年12月：单位 640.00 元，个人 320.00 元，已到账", "2023年8月：", "更多（还有 7 条）")
    jianguo.expect_not("2023年7月")
    await jianguo.says("1")
    jianguo.expect("2023年7月：", "2023年3月：", "更多（还有 2 条）")
    await jianguo.says("1")
    jianguo.expect("2023年2月：", "2023年1月：")
    jianguo.expect_not("更多")
    assert not [message for message in jianguo.more if isinstance(message, Picture)]


async def test_the_paper_of_the_annuity_is_read_back(jianguo: Chat) -> None:
    """Twelve rows and their sums."""
    await jianguo.says("查去年的职业年金缴费")
    await jianguo.says("下载")
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "参保人员缴费信息（职业年金）" in text
    assert "2023年01月8,000.00640.00320.00已到账2023-02-28" in text
    assert "合计7,680.003,840.00" in text


async def test_nothing_in_the_period_tells_what_there_is(jianguo: Chat) -> None:
    """2020: nothing; 2023-01 to 2024-02 is on record."""
    await jianguo.says("查2020年的职业年金缴费")
    jianguo.expect("查了 2020年1月 至 2020年12月 的职业年金缴费，未查到记录。", "您名下有 2023年1月 至 2024年2月 的职业年金缴费")
    jianguo.expect("12333", "换个时间")
    jianguo.expect_not("下载", "查看明细")


async def test_all_of_it_begins_with_the_first_month_on_record(jianguo: Chat) -> None:
    """2023-01, and not when the first insurance of the country began; in the answer, on the picture and on the paper."""
    await jianguo.says("职业年金缴费")
    await jianguo.says("全部")
    jianguo.expect("2023年1月 至 2024年9月，职业年金缴了 13 个月。")
    assert parse_chart(picture(jianguo).chart).labels[0] == "2023-01"
    await jianguo.says("下载")
    assert "2023年1月至2024年9月" in await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)


async def test_all_of_nothing_names_no_year(chat: Chat) -> None:
    """全部 where there is nothing: 全部时间, and no 1951."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("职业年金缴费")
    await chat.says("全部")
    chat.expect("查了 全部时间 的职业年金缴费，未查到记录。")


async def test_who_never_paid_is_told_so(chat: Chat) -> None:
    """No extent, no blank."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("查去年的职业年金缴费")
    chat.expect("未查到记录", "您名下还没有职业年金缴费的记录。", "12333")


async def test_two_employers_in_one_month_are_one_month(jianguo: Chat) -> None:
    """2023-12 from a second employer too, 64.00 and 32.00: twelve months still, 3,872.00 and 7,744.00."""
    month = Month(2023, 12)
    async with jianguo.world.store.transaction() as tx:
        extra = AnnuityPayment(
            jianguo.world.ids.jianguo,
            month,
            "另一家单位",
            rights.yuan("800.00"),
            rights.yuan("64.00"),
            rights.yuan("32.00"),
            month.last_day,
        )
        await tx.rights.put_many([extra])
    await jianguo.says("查去年的职业年金缴费")
    jianguo.expect("缴了 12 个月", "个人缴费 3,872.00 元，单位缴费 7,744.00 元。")


# ── 账户 ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_account_of_a_year_in_one_sentence(jianguo: Chat) -> None:
    """2023: 33,032.84 = 21,000.50 + 7,680.00 + 3,840.00 + 512.34; the picture has the three years."""
    await jianguo.says("2023年职业年金账户")
    jianguo.expect("2023年末职业年金账户余额 33,032.84 元。", "单位部分 7,680.00 元，个人部分 3,840.00 元。", "收益 512.34 元。")
    chart = parse_chart(picture(jianguo).chart)
    assert chart.labels == ("2021", "2022", "2023")
    assert [str(value) for value in chart.series[0].values] == ["10000.00", "21000.50", "33032.84"]


async def test_the_account_asks_for_the_year_and_helps_where_it_is_wrong(jianguo: Chat) -> None:
    """A year to come is refused with the last that can be asked for."""
    await jianguo.says("职业年金账户")
    jianguo.expect("哪一年的职业年金账户", "1 去年")
    await jianguo.says("2030")
    jianguo.expect("2030年还没到，最晚可以查2024年。")
    await jianguo.says("前年")
    jianguo.expect("2022年末职业年金账户余额 21,000.50 元。")


async def test_from_the_account_to_the_payments_the_time_is_chosen_again(jianguo: Chat) -> None:
    """The manual's link 查询职业年金缴费信息: the period is asked anew."""
    await jianguo.says("2023年职业年金账户")
    jianguo.expect("3 查职业年金缴费")
    await jianguo.says("3")
    jianguo.expect("哪段时间的职业年金缴费")
    await jianguo.says("去年")
    jianguo.expect("职业年金缴了 12 个月。")


async def test_a_year_without_an_account_tells_which_there_are(jianguo: Chat) -> None:
    """2015: none; 2021 to 2023."""
    await jianguo.says("2015年职业年金账户")
    jianguo.expect("查了 2015年的职业年金账户，未查到记录。", "您名下有 2021年 至 2023年 的职业年金账户记录", "12333", "换个年度")


async def test_the_paper_of_the_account(jianguo: Chat) -> None:
    """One row with its four sums."""
    await jianguo.says("2023年职业年金账户")
    await jianguo.says("下载")
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "职业年金账户信息" in text
    assert "2023年7,680.003,840.00512.3433,032.84" in text


# ── 补缴 ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_back_payments_are_listed_with_their_kind(jianguo: Chat) -> None:
    """2023: 养老 2023-09 补缴, 800.00 and 400.00, and nothing else: what is paid as it should be is no 补缴."""
    await jianguo.says("查去年的补缴记录")
    jianguo.expect("2023年1月 至 2023年12月有 1 笔补缴，已到账个人 400.00 元，单位 800.00 元。")
    jianguo.expect("2023年9月：养老，补缴，单位 800.00 元，个人 400.00 元，已到账")
    jianguo.expect_not("2023年8月", "更多")


async def test_more_than_five_go_on_under_more(jianguo: Chat) -> None:
    """2022: seven 还欠 of which six arrived (60.00), and one 补差 (5.00, 2.50); the newest five at once, the three before under 更多."""
    await jianguo.says("查2022年的补缴记录")
    jianguo.expect("有 8 笔还欠、补差，已到账个人 2.50 元，单位 65.00 元。", "更多（还有 3 条）")
    jianguo.expect(
        "\n2022年12月：养老，补差", "\n2022年7月：工伤，还欠，单位 10.00 元，个人 0.00 元，未到账\n2022年6月：工伤，还欠"
    )
    jianguo.expect_not("2022年3月：")
    await jianguo.says("更多")
    jianguo.expect("2022年3月：工伤，还欠", "2022年1月：工伤，还欠")
    jianguo.expect_not("2022年4月：", "更多")


async def test_no_back_payment_is_said_as_it_is(jianguo: Chat) -> None:
    """无补缴记录, by which month is searched, and where there are contributions."""
    await jianguo.says("补缴记录")
    jianguo.expect("哪段时间的补缴")
    await jianguo.says("什么时候都行吧")
    jianguo.expect_not("无补缴记录")
    await jianguo.says("2024年1月到3月")
    jianguo.expect("2024年1月 至 2024年3月无补缴记录。", "按费款所属期查", "2009年1月 至 2024年8月", "12333", "换个时间")
    jianguo.expect_not("下载")


async def test_the_paper_of_back_payments(jianguo: Chat) -> None:
    """The sums leave out what has not arrived, and say so."""
    await jianguo.says("查2022年的补缴记录")
    await jianguo.says("下载")
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "参保人员缴费信息（个人补缴）" in text
    assert "2022年12月养老补差5,000.005.002.502023-03-15已到账" in text
    assert "已到账合计65.002.50" in text


# ── who, where ──────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = ("查去年的职业年金缴费", "2023年职业年金账户", "查去年的补缴记录")


@pytest.mark.parametrize("words", WORDS)
async def test_binzhou_lacks_them_and_says_so(world: World, chat: Chat, words: str) -> None:
    """Its own sentence and the hotline: not an empty answer."""
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says(words)
    chat.expect("滨州", "12333")
    chat.expect_not("未查到", "无补缴记录", "下载")


@pytest.mark.parametrize("words", WORDS)
async def test_a_relative_needs_the_right(world: World, words: str) -> None:
    """With it the figures, without it none."""
    await rights.load(world)
    may = await rights.granted(world, world.ids.jianguo, {"benefits"}, "o-may")
    await may.says(words)
    may.expect(" 元", "查看明细")
    may_not = await rights.granted(world, world.ids.jianguo, {"certification"}, "o-not")
    await may_not.says(words)
    may_not.expect("授权")
    may_not.expect_not(" 元", "查看明细")


async def test_an_agency_sets_the_columns_of_chat_and_paper(jianguo: Chat) -> None:
    """[columns.annuity_payments] of the region: 个人 before 单位, other heads, no 单位名称; lines and totals follow."""
    world = jianguo.world
    change = SheetColumns(("period", "personal_amount", "employer_amount"), {"personal_amount": "本人缴存"})
    region = replace(world.services.regions["beijing"], columns={"annuity_payments": change})
    async with world.store.reading() as tx:
        person = await tx.people.get(world.ids.jianguo)
        assert person is not None
        asker = Asker(person, region, world.clock.now().date())
        made = await QUERIES["annuity_payments"](tx, asker, {"period": "2023-11..2023-12"})
    (table,) = made.tables
    assert [column.title for column in table.columns] == ["费款所属期", "本人缴存", "单位缴费"]
    assert table.totals == ("合计", "640.00", "1280.00")
    assert made.lines[0] == "2023年12月：本人缴存 320.00 元，单位 640.00 元"
    assert made.summary[1] == "个人缴费 640.00 元，单位缴费 1,280.00 元。"


async def test_how_much_is_in_the_account_is_asked_of_the_annuity_that_is_open(jianguo: Chat) -> None:
    """账户里有多少 after 职业年金 is its account, said by name; 养老账户里有多少 is the other one."""
    await jianguo.says("职业年金缴费")
    await jianguo.says("账户里有多少")
    jianguo.expect("职业年金账户")
    await jianguo.says("查去年的职业年金缴费")
    await jianguo.says("账户里有多少")
    jianguo.expect("职业年金账户")
    await jianguo.says("查去年的职业年金缴费")
    await jianguo.says("养老账户里有多少")
    jianguo.expect("养老")
    jianguo.expect_not("职业年金账户")
