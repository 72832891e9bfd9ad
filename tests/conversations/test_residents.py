"""城乡居民: 对账单 (BJQ-P-06), 居民养老 and 居民医疗缴费 (BZ-16, BZ-17). Figures are worked out from the rows of `rights`."""

from __future__ import annotations

import pytest

from dialogs.charts import parse_chart
from dialogs.messages import Picture
from dialogs.statement import head_runs
from storage.ports.records import ResidentYear
from tests import people
from tests.conversations import rights
from tests.conversations.conftest import Chat, World


@pytest.fixture
async def shufen(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    return chat


@pytest.fixture
async def xiuying(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    return chat


async def test_the_balance_is_told_without_a_question(shufen: Chat) -> None:
    """2,165.40 after 2011; 960.00 + 1,000.00 paid, 60.00 + 90.00 granted, 660 + 3,960 + 600 + 120 = 5,340.00 received; a picture of the balance."""
    await shufen.says("居民养老对账单")
    shufen.expect("居民养老个人账户余额 2,165.40 元（2011年末）。", "2009年1月1日参保，累计缴费 2 年。")
    shufen.expect("个人缴费合计 1,960.00 元，政府补贴 150.00 元。", "已发放养老待遇合计 5,340.00 元。", "查看明细", "下载")
    (shown,) = [message for message in shufen.more if isinstance(message, Picture)]
    assert [str(value) for value in parse_chart(shown.chart).series[0].values] == ["1120.00", "2285.40", "2165.40"]
    await shufen.says("更多")
    years = [line for line in shufen.last.splitlines() if line.startswith("20")]
    assert years == [
        "2011年：没有缴费，年末余额 2,165.40 元",
        "2010年：个人缴费 1,000.00 元，年末余额 2,285.40 元",
        "2009年：个人缴费 960.00 元，年末余额 1,120.00 元",
    ]


async def test_the_paper_has_every_column_of_the_manual(shufen: Chat) -> None:
    """个人基本信息 and 养老保险参保信息 label by label, what is not on file said to be so; a row a year, what came in and what went out; a year
    without a payment has gaps, not zeros; sums under all but the balance."""
    await shufen.says("居民养老对账单")
    await shufen.says("下载")
    paper = await rights.newest_paper(shufen.world, shufen.world.ids.shufen)
    assert paper.feature == "BJQ-P-06"
    assert paper.facts == (
        ("姓名", "赵淑芬"),
        ("性别", "女"),
        ("公民身份证号码", "999900********0449"),
        ("户籍地址", "北京市房山区****"),
        ("联系电话", "199****0003"),
        ("居住地址", "未登记"),
    )
    enrolment, table = paper.tables
    assert enrolment.caption == "养老保险参保信息"
    assert [column.title for column in enrolment.columns] == ["参保日期", "累计缴费年限"]
    assert enrolment.rows == (("2009-01-01", "2 年"),)
    assert head_runs(table.columns) == (("", 1), ("个人账户收入", 5), ("", 1), ("发放养老待遇", 4), ("", 1))
    assert [column.title for column in table.columns] == [
        "年度",
        "个人缴费",
        "集体补助",
        "其他",
        "政府补贴（市）",
        "政府补贴（区）",
        "个人账户支出",
        "基础养老金（中央）",
        "基础养老金（市）",
        "基础养老金（区）",
        "个人账户支出",
        "个人账户余额",
    ]
    assert table.rows[0][:6] == ("2009", "960.00", "100.00", "0.00", "30.00", "30.00")
    assert table.rows[2] == ("2011", "", "", "", "", "", "120.00", "660.00", "3960.00", "600.00", "120.00", "2165.40")
    assert table.totals == (
        "合计",
        "1960.00",
        "100.00",
        "50.00",
        "60.00",
        "90.00",
        "120.00",
        "660.00",
        "3960.00",
        "600.00",
        "120.00",
        "",
    )


async def test_the_wide_paper_is_read_back_whole(shufen: Chat) -> None:
    """Twelve columns: no figure is broken, the head of the form is there, numbers and addresses in part."""
    await shufen.says("居民养老对账单")
    await shufen.says("下载")
    text = await rights.paper_text(shufen.world, shufen.world.ids.shufen)
    assert "20101,000.000.0050.0030.0060.000.000.000.000.000.002,285.40" in text
    assert "合计1,960.00100.0050.0060.0090.00120.00660.003,960.00600.00120.00" in text
    for part in ("性别女", "联系电话199****0003", "户籍地址北京市房山区****", "参保日期累计缴费年限2009-01-012年"):
        assert part in text
    assert "样例村" not in text


async def test_payments_without_a_booked_account(world: World, chat: Chat) -> None:
    """The rows of payment only: no balance is made up."""
    ids = world.ids
    async with world.store.transaction() as tx:
        await tx.rights.put_many(rights.without(rights.of_shufen(ids.shufen), ResidentYear))
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.says("居民养老对账单")
    chat.expect("居民养老有缴费记录，账户余额还没有记账。", "累计缴费 2 年")
    chat.expect_not("余额 0.00", "已发放")


async def test_who_has_no_such_account_is_led_on(world: World, chat: Chat) -> None:
    """张建国 is insured through his work: where his account is, and the hotline."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("居民养老对账单")
    chat.expect("查了您名下的城乡居民养老保险账户，未查到记录。", "年度对账单", "12333")
    chat.expect_not("下载")
    await chat.says("年度对账单")
    chat.expect("哪一年的对账单")


async def test_where_there_is_no_statement_the_payments_answer(xiuying: Chat) -> None:
    """滨州's manual has no 对账单 of 居民养老: it says so, and what was paid in the newest year stands in its place."""
    await xiuying.says("居民养老对账单")
    xiuying.expect("滨州没有“居民养老对账单”，可以用“居民养老缴费”代替。", "2023年城乡居民养老保险缴费：个人 500.00 元。")


async def test_what_was_paid_in_a_year_in_one_sentence(xiuying: Chat) -> None:
    """2021: 300.00 with 30.00 granted, on 2021-10-08; three years, 300.00 + 500.00 + 500.00."""
    await xiuying.says("查2021年居民养老缴费")
    xiuying.expect("2021年城乡居民养老保险缴费：个人 300.00 元。", "缴费档次：300元档。", "补助和补贴 30.00 元。")
    xiuying.expect("缴费日期：2021年10月8日。", "2021年至2023年共缴 3 年，个人合计 1,300.00 元。", "换个年度")
    (shown,) = [message for message in xiuying.more if isinstance(message, Picture)]
    assert parse_chart(shown.chart).labels == ("2021", "2022", "2023")


async def test_medical_step_by_step_with_a_wrong_year(xiuying: Chat) -> None:
    """The newest year at once; another is asked for by 换个年度. 2023: 350.00, and the 居民养老 of the same year is not in it; one year makes no picture."""
    await xiuying.says("居民医保缴费记录")
    xiuying.expect("2023年居民医疗保险缴费：个人 350.00 元。")
    await xiuying.says("换个年度")
    xiuying.expect("哪一年的居民医保缴费", "1 去年")
    await xiuying.says("2035")
    xiuying.expect("2035年还没到")
    await xiuying.says("1")
    xiuying.expect("2023年居民医疗保险缴费：个人 350.00 元。", "2023年共缴 1 年，个人合计 350.00 元。")
    xiuying.expect_not("500.00")
    assert not [message for message in xiuying.more if isinstance(message, Picture)]


async def test_a_year_without_a_payment_tells_which_there_are(xiuying: Chat) -> None:
    """2019: none; 2021 to 2023."""
    await xiuying.says("查2019年居民养老缴费")
    xiuying.expect("查了 2019年的城乡居民养老保险缴费，未查到记录。", "您名下有 2021年 至 2023年 的城乡居民养老保险缴费", "12333")
    xiuying.expect_not("下载")


async def test_the_paper_of_payments(xiuying: Chat) -> None:
    """One row, with what was granted."""
    await xiuying.says("查2021年居民养老缴费")
    await xiuying.says("下载")
    paper = await rights.newest_paper(xiuying.world, xiuying.world.ids.xiuying)
    assert paper.feature == "BZ-16"
    assert "2021年城乡居民养老保险300元档300.000.000.0030.002021-10-08" in await rights.paper_text(
        xiuying.world, xiuying.world.ids.xiuying
    )


async def test_each_region_has_its_own(world: World, chat: Chat) -> None:
    """济南 has nothing for residents: the region's own sentence, whichever of the two is asked for; 滨州 the payments alone."""
    await rights.load(world)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says("居民养老对账单")
    chat.expect("滨州没有")
    chat.expect_not("未查到")
    other = Chat(world, "o-li")
    world.clock.advance(61)
    await other.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    for asked in ("居民养老对账单", "查2023年居民养老缴费"):
        await other.says(asked)
        other.expect("济南", "12333")
        other.expect_not("未查到")


async def test_in_beijing_what_a_resident_paid_stands_in_the_statement(shufen: Chat) -> None:
    """北京 has no question about one year: the statement of all years answers."""
    await shufen.says("查居民养老缴费")
    shufen.expect("居民养老个人账户余额 2,165.40 元（2011年末）。", "个人缴费合计 1,960.00 元")


async def test_relatives_need_the_right(world: World) -> None:
    """With 待遇查询 the balance, with 认证 alone nothing."""
    await rights.load(world)
    for at, (person, words) in enumerate(((world.ids.shufen, "居民养老对账单"), (world.ids.xiuying, "查2021年居民养老缴费"))):
        may = await rights.granted(world, person, {"benefits"}, f"o-may{at}")
        await may.says(words)
        may.expect(" 元", "查看明细")
        may_not = await rights.granted(world, person, {"certification"}, f"o-not{at}")
        await may_not.says(words)
        may_not.expect("授权")
        may_not.expect_not(" 元", "查看明细")


async def test_the_menu_is_the_residents_once_they_have_said_so(world: World) -> None:
    """服务分区 (BJQ-L-08): the choice in the sentence is not asked again; 滨州 puts 居民 first with all that was promised, 北京 promises what it has."""
    xiuying, jianguo = Chat(world, "o-xiuying"), Chat(world, "o-jianguo")
    await xiuying.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await xiuying.says("我是城乡居民")
    xiuying.expect("记下了：城乡居民", "居民养老缴费、居民医疗缴费", "滨州")
    xiuying.expect_not("居民养老对账单", "您是城镇职工还是城乡居民")
    await xiuying.says("菜单")
    xiuying.expect("1 居民缴费和对账单")
    await xiuying.says("1")
    xiuying.expect("1 居民养老缴费记录", "2 居民医疗缴费记录", "缴居民养老", "五险缴费")
    await jianguo.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await jianguo.says("切换到城乡居民")
    jianguo.expect("北京能查居民养老对账单")
    jianguo.expect_not("居民医疗", "居民医保")
    await jianguo.says("城镇职工")
    jianguo.expect("记下了：城镇职工")
    await jianguo.says("菜单")
    jianguo.expect("1 查缴费")
