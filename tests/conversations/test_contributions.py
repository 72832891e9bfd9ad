"""缴费查询 (BJQ-P-02a, BZ-11…15). The figures are worked out from the rows of `tests.people.jianguo_rows`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dialogs.messages import Picture
from storage.ports.records import Contribution, Insurance
from storage.ports.time import Month
from tests import people
from tests.conversations.conftest import PUBLIC, Chat

LAST4 = people.JIANGUO.id_no[-4:]


@pytest.fixture
async def jianguo(chat: Chat) -> Chat:
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    return chat


async def test_last_years_pension_is_answered_at_once_with_the_gap_named(jianguo: Chat) -> None:
    """2023: eleven months at 400.00 and 800.00; 2023-05 is missing."""
    await jianguo.says("查去年的养老缴费")
    jianguo.expect("2023年1月 至 2023年12月，养老保险缴了 11 个月", "个人缴费 4,400.00 元，单位缴费 8,800.00 元")
    jianguo.expect("最近一个月是2023年12月", "缺 1 个月：2023年5月")
    jianguo.expect("查看明细", f"{PUBLIC}/p/", "1 下载 PDF", "2 换个时间")
    assert any(isinstance(message, Picture) for message in jianguo.more)


async def test_all_five_are_a_line_each(jianguo: Chat) -> None:
    """2024 so far: pension 7 arrived and one 未到账, medical 7; what arrived of the person's own is 7 × 400.00 + 7 × 103.00 = 3,521.00. The three
    that the person never had are not listed as months that are missing."""
    await jianguo.says("查今年的缴费")
    jianguo.expect("个人合计 3,521.00 元，最近一个月都是2024年7月。", "养老 7 个月，2024年8月未到账", "医疗 7 个月")
    assert len(jianguo.last.split("\n1 下载")[0].splitlines()) == 3
    jianguo.expect_not("失业")


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("2024年3月到6月", "2024年3月 至 2024年6月"),
        ("202403-202406", "2024年3月 至 2024年6月"),
        ("二零二四年三月到六月", "2024年3月 至 2024年6月"),
        ("2024-03", "2024年3月"),
        ("3", "2023年1月 至 2023年12月"),
    ],
)
async def test_a_period_is_read_as_people_write_it(jianguo: Chat, words: str, span: str) -> None:
    """Numbers and words both answer."""
    await jianguo.says("查缴费")
    jianguo.expect("哪段时间", "1 近一年", "3 去年")
    await jianguo.says(words)
    jianguo.expect(span)


@pytest.mark.parametrize("words", ["13月", "abc", "2024年6月到3月", "2999年1月", ""])
async def test_a_period_that_cannot_be_read_is_explained_and_asked_again(jianguo: Chat, words: str) -> None:
    """Nothing is lost: the next good answer is taken."""
    await jianguo.says("查缴费")
    await jianguo.says(words)
    jianguo.expect_not("缴费，个人合计")
    await jianguo.says("去年")
    jianguo.expect("2023年1月 至 2023年12月")


async def test_an_empty_result_says_what_was_searched_and_what_there_is(jianguo: Chat) -> None:
    """No error, no blank: the searched span, and where there are records."""
    await jianguo.says("查2020年的养老缴费")
    jianguo.expect("2020年1月 至 2020年12月", "未查到记录", "2023年1月 至 2024年8月", "1 换个时间")
    jianguo.expect_not("下载")


async def test_downloading_issues_one_document_for_one_wish(jianguo: Chat) -> None:
    """下载 by its number: a link for this chat, the document stored with what was shown."""
    await jianguo.says("查去年的养老缴费")
    await jianguo.says("1")
    jianguo.expect("已经生成", f"{PUBLIC}/d/", "30 分钟")
    async with jianguo.world.store.reading() as tx:
        documents = await tx.documents.of_person(jianguo.world.ids.jianguo)
    assert len(documents) == 1
    assert documents[0].title == "参保人员养老保险缴费信息"


async def test_downloading_by_word_works_too(jianguo: Chat) -> None:
    """下载, not only 1."""
    await jianguo.says("查去年的养老缴费")
    await jianguo.says("下载")
    jianguo.expect(f"{PUBLIC}/d/")


async def test_another_period_keeps_the_insurance(jianguo: Chat) -> None:
    """换个时间 asks for the time only."""
    await jianguo.says("查去年的养老缴费")
    await jianguo.says("2")
    jianguo.expect("哪段时间")
    await jianguo.says("2024年1月到3月")
    jianguo.expect("养老保险缴了 3 个月", "个人缴费 1,200.00 元")


async def test_a_person_of_binzhou_sees_the_own_figures(chat: Chat) -> None:
    """滨州 (BZ-11): six months of 320.00."""
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says("2024年上半年养老交了多少")
    chat.expect("养老保险缴了 6 个月", "个人缴费 1,920.00 元，单位缴费 3,840.00 元")


@pytest.mark.parametrize(
    ("said", "feature", "title"),
    [
        ("查2024年的养老缴费", "BZ-11", "职工养老保险缴费历史"),
        ("查2024年的医疗缴费", "BZ-12", "职工医疗保险缴费历史"),
        ("查2024年的失业缴费", "BZ-13", "职工失业保险缴费历史"),
        ("查2024年的工伤缴费", "BZ-14", "职工工伤保险缴费历史"),
        ("查2024年的生育缴费", "BZ-15", "职工生育保险缴费历史"),
        ("查2024年的缴费", "BZ-11", "职工社会保险缴费历史"),
    ],
)
async def test_in_binzhou_it_is_called_as_its_manual_calls_it(chat: Chat, said: str, feature: str, title: str) -> None:
    """缴费历史 of each insurance, with its own feature on the paper, in the log, and where nothing is found."""
    months = [
        Contribution(chat.world.ids.xiuying, one, Month(2024, 1), Decimal("4000.00"), Decimal("10.00"), Decimal("5.00"))
        for one in Insurance
    ]
    async with chat.world.store.transaction() as tx:
        await tx.contributions.put_many(months)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says(said)
    await chat.says("下载")
    chat.expect(f"《{title}》已经生成")
    async with chat.world.store.reading() as tx:
        (document,) = await tx.documents.of_person(chat.world.ids.xiuying)
    assert (document.feature, document.title) == (feature, title)
    await chat.says(said.replace("2024", "2019"))
    chat.expect("未查到记录")
    async with chat.world.store.reading() as tx:
        newest, *_ = await tx.audit.of_subject(await tx.people.identity_hash(chat.world.ids.xiuying), 1)
    assert (newest.feature, newest.result) == (feature, "empty")


async def test_jinan_has_no_such_query_and_says_so(chat: Chat) -> None:
    """济南's manual is for employers: a plain sentence, no dead end."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await chat.says("查去年的养老缴费")
    chat.expect("济南", "12333")
    chat.expect_not("未查到记录")


async def test_too_many_queries_are_told_when_to_come_back(jianguo: Chat) -> None:
    """S24: the ceiling is a sentence with a time, not silence."""
    async with jianguo.world.store.transaction() as tx:
        from datetime import timedelta

        await tx.limits.hit("query", jianguo.openid, 120, timedelta(hours=1), jianguo.world.clock.now(), cost=120)
    await jianguo.says("查去年的养老缴费")
    jianguo.expect("次数太多", "11:00")


async def test_a_gap_at_the_start_of_the_period_is_named(jianguo: Chat) -> None:
    """From 2023-05 (missing) to 2023-07: two months paid, and the first one is missing although nothing was paid before it in the span."""
    await jianguo.says("查2023年5月到7月的养老缴费")
    jianguo.expect("养老保险缴了 2 个月", "缺 1 个月：2023年5月")


async def test_months_before_the_first_are_no_gap(jianguo: Chat) -> None:
    """医疗 began in 2024-01: 2023 is not missing."""
    await jianguo.says("查2023年11月到2024年2月的医疗缴费")
    jianguo.expect("医疗保险缴了 2 个月")
    jianguo.expect_not("缺")


async def test_what_has_not_arrived_is_in_no_sum(jianguo: Chat) -> None:
    """2024-07 and 2024-08: one month arrived, 400.00; the other is told as 未到账."""
    await jianguo.says("查2024年7月到8月的养老缴费")
    jianguo.expect("养老保险缴了 1 个月", "个人缴费 400.00 元", "2024年8月已申报，还没有到账")


@pytest.mark.parametrize("third", ["3", "３", "③", "三", "第三个"])
async def test_a_quick_answer_is_taken_however_the_number_is_written(jianguo: Chat, third: str) -> None:
    """Numbers as people type them."""
    await jianguo.says("查养老缴费")
    await jianguo.says(third)
    jianguo.expect("2023年1月 至 2023年12月")


async def test_everything_begins_with_the_first_month_that_was_paid(jianguo: Chat) -> None:
    """全部 of somebody whose first month is 2023-01 says so, and not that it looked since 1951."""
    await jianguo.says("查缴费")
    await jianguo.says("全部")
    jianguo.expect("2023年1月 至 2024年9月五险缴费")
    jianguo.expect_not("1951")


async def test_an_order_of_everything_is_since_the_first_time(jianguo: Chat) -> None:
    """The confirmation names no year before anybody paid."""
    await jianguo.says("定制权益记录")
    await jianguo.says("全部")
    jianguo.expect("定制 第一次缴费 至 2024年9月 的")
    jianguo.expect_not("1951")


async def test_an_insurance_where_a_time_was_asked_for_is_an_answer(jianguo: Chat) -> None:
    """养老 in the question for a time: the last twelve months of that insurance, and the time can be changed."""
    await jianguo.says("查缴费")
    await jianguo.says("养老")
    jianguo.expect("养老保险缴了", "换个时间")
    jianguo.expect_not("请发起止年月")


@pytest.mark.parametrize("said", ["今年交不交了", "社保今年交不交"])
async def test_whether_it_is_paid_this_year_is_no_refund(jianguo: Chat, said: str) -> None:
    """A look at this year's months."""
    await jianguo.says(said)
    jianguo.expect("2024年1月 至 2024年9月")
    jianguo.expect_not("退款")


async def test_ending_an_order_opens_no_new_one(jianguo: Chat) -> None:
    """取消那个定制 shows what was ordered."""
    await jianguo.says("取消那个定制")
    jianguo.expect_not("要哪段时间")
