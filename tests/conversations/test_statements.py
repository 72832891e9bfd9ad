"""年度对账单 (BJQ-P-03, BJH-M-19, BJH-M-20) and 养老账户 (BZ-30). Figures are worked out from the rows of `rights` and `people`."""

from __future__ import annotations

from datetime import date

import pytest

from dialogs.chapters.statements import years
from dialogs.charts import parse_chart
from dialogs.messages import Picture
from dialogs.parse import Invalid
from storage.ports.records import AccountYear, Contribution, Insurance, Kind
from storage.ports.time import Month
from tests import people
from tests.conversations import rights
from tests.conversations.conftest import Chat, World


@pytest.fixture
async def jianguo(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat


@pytest.fixture
async def xiuying(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    return chat


# ── 对账单 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_year_in_one_sentence(jianguo: Chat) -> None:
    """2023: eleven months of 养老, 4,400.00 and 8,800.00; the account ends with 31,900.55."""
    await jianguo.says("查2023年的对账单")
    jianguo.expect("2023年度对账单：个人缴费合计 4,400.00 元，单位 8,800.00 元；养老个人账户年末余额 31,900.55 元。")
    jianguo.expect("养老：11 个月，单位 8,800.00 元，个人 4,400.00 元", "查看明细", "下载", "换个年度")


async def test_step_by_step_with_a_wrong_year(jianguo: Chat) -> None:
    """A year to come is explained; the answer after it is taken. 2024: 养老 7 × 400.00 and 医疗 7 × 103.00 = 3,521.00; 2024-08 未到账."""
    await jianguo.says("对账单")
    jianguo.expect("哪一年的对账单", "1 去年", "2 今年")
    await jianguo.says("2031")
    jianguo.expect("2031年还没到")
    await jianguo.says("2")
    jianguo.expect(
        "2024年度对账单：个人缴费合计 3,521.00 元，单位 9,030.00 元。", "养老：7 个月", "医疗：7 个月，单位 3,430.00 元"
    )


async def test_the_paper_of_five_insurances(jianguo: Chat) -> None:
    """2023 in the form of 2011 and later, with the account."""
    await jianguo.says("查2023年的对账单")
    await jianguo.says("下载")
    jianguo.expect("《2023年度北京市社会保险个人缴费信息对账单》已经生成")
    paper = await rights.newest_paper(jianguo.world, jianguo.world.ids.jianguo)
    assert paper.feature == "BJQ-P-03"
    lines, account = paper.tables
    assert lines.rows == (("养老", "11", "2023-12", "5000.00", "8800.00", "4400.00", "0"),)
    assert account.rows == (("养老保险", "26000.00", "4400.00", "1500.55", "0.00", "31900.55"),)
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "对账单版式五险" in text
    assert "养老保险26,000.004,400.001,500.550.0031,900.55" in text


async def test_up_to_2010_it_is_the_form_of_four_by_itself(jianguo: Chat) -> None:
    """2009: 养老 3 × 160.00 = 480.00; 医疗 of that year is not on the form of 四险, and the paper says where it is."""
    await jianguo.says("2009年对账单")
    jianguo.expect("2009年度对账单：个人缴费合计 480.00 元，单位 1,200.00 元。", "养老：3 个月")
    jianguo.expect_not("医疗：")
    await jianguo.says("下载")
    jianguo.expect("《2009年度北京市社会保险对账单（四险）》")
    paper = await rights.newest_paper(jianguo.world, jianguo.world.ids.jianguo)
    assert paper.feature == "BJH-M-20"
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "四险（养老、失业、工伤、生育）" in text
    assert "不含医疗保险" in text
    assert "43.00" not in text


@pytest.mark.parametrize(
    ("year", "title"), [(2010, "2010年度北京市社会保险对账单（四险）"), (2011, "2011年度北京市社会保险个人缴费信息对账单")]
)
async def test_the_two_forms_meet_between_2010_and_2011(jianguo: Chat, year: int, title: str) -> None:
    """One month of 医疗 and one of 失业 in each: 四险 has 失业 only (8.00), 五险 both (51.00)."""
    ids = jianguo.world.ids
    async with jianguo.world.store.transaction() as tx:
        await tx.contributions.put_many(
            Contribution(ids.jianguo, kind, Month(year, 5), rights.yuan("2000.00"), rights.yuan(theirs), rights.yuan(own))
            for kind, theirs, own in ((Insurance.MEDICAL, "180.00", "43.00"), (Insurance.UNEMPLOYMENT, "20.00", "8.00"))
        )
    await jianguo.says(f"查{year}年的对账单")
    jianguo.expect(f"{year}年度对账单：个人缴费合计 {'8.00' if year == 2010 else '51.00'} 元")
    await jianguo.says("下载")
    assert (await rights.newest_paper(jianguo.world, ids.jianguo)).title == title


async def test_refunds_are_no_month_and_differences_no_base(jianguo: Chat) -> None:
    """2018-06 at 4000.00 paid 320.00, 补差 of the same month 8.00, 2018-07 退费 of -20.00: one month, base 4,000.00, 308.00 in all."""
    ids = jianguo.world.ids
    async with jianguo.world.store.transaction() as tx:
        await tx.contributions.put_many(
            Contribution(
                ids.jianguo,
                Insurance.PENSION,
                month,
                rights.yuan(base),
                rights.yuan(theirs),
                rights.yuan(own),
                kind=kind,
            )
            for month, kind, base, theirs, own in (
                (Month(2018, 6), Kind.NORMAL, "4000.00", "640.00", "320.00"),
                (Month(2018, 6), Kind.DIFF, "100.00", "16.00", "8.00"),
                (Month(2018, 7), Kind.REFUND, "4000.00", "-40.00", "-20.00"),
            )
        )
    await jianguo.says("查2018年的对账单")
    jianguo.expect("个人缴费合计 308.00 元，单位 616.00 元。", "养老：1 个月")
    await jianguo.says("下载")
    paper = await rights.newest_paper(jianguo.world, ids.jianguo)
    assert paper.tables[0].rows == (("养老", "1", "2018-06", "4000.00", "616.00", "308.00", "0"),)


async def test_a_year_with_an_account_and_no_contribution(jianguo: Chat) -> None:
    """2015: only interest was booked, 机关事业; it is told as it is."""
    ids = jianguo.world.ids
    async with jianguo.world.store.transaction() as tx:
        zero = rights.yuan("0")
        await tx.rights.put_many(
            [
                AccountYear(
                    ids.jianguo,
                    "pension_gov",
                    2015,
                    rights.yuan("100.00"),
                    zero,
                    rights.yuan("3.20"),
                    zero,
                    rights.yuan("103.20"),
                )
            ]
        )
    await jianguo.says("查2015年的对账单")
    jianguo.expect("2015年度对账单：没有缴费记录；机关事业养老个人账户年末余额 103.20 元。")


async def test_a_year_without_anything_tells_which_there_are(jianguo: Chat) -> None:
    """2008: nothing; contributions from 2009 to 2024."""
    await jianguo.says("查2008年的对账单")
    jianguo.expect("查了 2008年的对账单，未查到记录。", "您名下有 2009年 至 2024年 的缴费记录", "12333", "换个年度")
    jianguo.expect_not("下载")
    await jianguo.says("1")
    jianguo.expect("哪一年的对账单")


async def test_jinan_lacks_it_and_says_so(chat: Chat) -> None:
    """Its own sentence."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await chat.says("查2023年的对账单")
    chat.expect("济南的“年度对账单”", "12333")


# ── 养老账户 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_balance_is_told_without_a_question(xiuying: Chat) -> None:
    """12,417.55 = 8,016.40 + 3,840.00 + 561.15; the residents' account of 2020 beside it; a picture of the three years."""
    await xiuying.says("养老账户余额")
    xiuying.expect("养老保险个人账户余额 12,417.55 元（2023年末）。", "2023年记账本金 3,840.00 元，利息 561.15 元。")
    xiuying.expect("清单从2021年到2023年，共 3 年。", "城乡居民养老保险个人账户余额 905.00 元（2020年末）。", "选年份打印清单")
    xiuying.expect_not("换个")
    (shown,) = [message for message in xiuying.more if isinstance(message, Picture)]
    assert [str(value) for value in parse_chart(shown.chart).series[0].values] == ["3940.00", "8016.40", "12417.55"]


async def test_more_lists_the_years_of_both_accounts(xiuying: Chat) -> None:
    """A line a year."""
    await xiuying.says("养老账户余额")
    await xiuying.says("更多")
    xiuying.expect("养老保险 2022年：本金 3,840.00 元，利息 236.40 元，余额 8,016.40 元")
    xiuying.expect("城乡居民养老保险 2020年：本金 900.00 元，利息 5.00 元，余额 905.00 元")


async def test_the_balance_of_a_year_that_was_named(xiuying: Chat) -> None:
    """2022: 8,016.40."""
    await xiuying.says("2022年养老账户余额")
    xiuying.expect("养老保险个人账户余额 8,016.40 元（2022年末）。", "清单是2022年的。")
    xiuying.expect_not("2023年末")


async def test_the_list_is_printed_for_the_years_chosen(xiuying: Chat) -> None:
    """What is no year is asked again; 2022到2023 are two rows."""
    await xiuying.says("养老账户余额")
    await xiuying.says("选年份打印清单")
    xiuying.expect("从哪一年到哪一年", "1 全部", "2 近五年")
    await xiuying.says("好多年")
    xiuying.expect("请发起止年份，例如 2019到2023")
    await xiuying.says("2022到2023")
    xiuying.expect("《个人养老账户清单》已经生成")
    paper = await rights.newest_paper(xiuying.world, xiuying.world.ids.xiuying)
    assert (paper.feature, paper.period) == ("BZ-30", "2022年至2023年")
    (table,) = paper.tables
    assert table.caption == "养老保险个人账户"
    assert table.rows[0] == ("2022年", "3940.00", "3840.00", "236.40", "0.00", "8016.40")
    assert table.totals == ("合计", "", "7680.00", "797.55", "0.00", "")
    text = await rights.paper_text(xiuying.world, xiuying.world.ids.xiuying)
    assert "合计7,680.00797.550.00" in text
    assert "2021年" not in text


async def test_downloading_under_the_answer_takes_every_year(xiuying: Chat) -> None:
    """Both accounts, four rows, no further question."""
    await xiuying.says("养老账户余额")
    await xiuying.says("下载")
    paper = await rights.newest_paper(xiuying.world, xiuying.world.ids.xiuying)
    assert [len(table.rows) for table in paper.tables] == [3, 1]


async def test_years_without_an_account_make_no_paper(xiuying: Chat) -> None:
    """2000到2005: nothing to print, and no empty paper is issued."""
    await xiuying.says("养老账户余额")
    await xiuying.says("选年份打印清单")
    await xiuying.says("2000到2005")
    xiuying.expect("没有查到可以打印的记录")
    async with xiuying.world.store.reading() as tx:
        assert await tx.documents.of_person(xiuying.world.ids.xiuying) == ()


async def test_no_account_is_said_plainly(world: World, chat: Chat) -> None:
    """王德福 has none; of a year, what there is is told."""
    await rights.load(world)
    await chat.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await chat.says("养老账户余额")
    chat.expect("查了您名下的养老账户，未查到记录。", "您名下还没有养老账户记录。", "12333")
    chat.expect_not("下载")


async def test_a_year_before_the_account_tells_what_there_is(xiuying: Chat) -> None:
    """2010: nothing; 2020 to 2023."""
    await xiuying.says("2010年养老账户余额")
    xiuying.expect("查了 2010年的养老账户，未查到记录。", "您名下有 2020年 至 2023年 的养老账户")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("全部", (1992, 2024)),
        ("近五年", (2019, 2024)),
        ("最近3年", (2021, 2024)),
        ("2019到2023", (2019, 2023)),
        ("2019-2023", (2019, 2023)),
        ("二零一九年至二零二三年", (2019, 2023)),
        ("2022", (2022, 2022)),
        ("去年", (2023, 2023)),
    ],
)
def test_years_are_read_as_people_say_them(said: str, meant: tuple[int, int]) -> None:
    """On 2024-09-12."""
    assert years(said, date(2024, 9, 12)) == meant


@pytest.mark.parametrize("said", ["abc", "", "2023到2019", "2030"])
def test_years_that_cannot_be_read_are_explained(said: str) -> None:
    """A sentence each time."""
    with pytest.raises(Invalid) as why:
        years(said, date(2024, 9, 12))
    assert len(str(why.value)) > 8


async def test_relatives_need_the_right(world: World) -> None:
    """对账单 in 北京, 养老账户 in 滨州."""
    await rights.load(world)
    for at, (person, words) in enumerate(((world.ids.jianguo, "查2023年的对账单"), (world.ids.xiuying, "养老账户余额"))):
        may = await rights.granted(world, person, {"benefits"}, f"o-may{at}")
        await may.says(words)
        may.expect(" 元", "查看明细")
        may_not = await rights.granted(world, person, {"certification"}, f"o-not{at}")
        await may_not.says(words)
        may_not.expect("授权")
        may_not.expect_not(" 元", "查看明细")
