"""待遇: BJQ-P-04a, BJQ-P-04b, BZ-31 … BZ-35. The figures are worked out from the rows of `tests.conversations.paid`."""

from __future__ import annotations

import pytest

from dialogs.charts import parse_chart
from dialogs.messages import Picture
from dialogs.statement import Statement
from handlers.queries import QUERIES
from handlers.query import Asker
from storage.ports.records import PensionPayment
from storage.ports.time import Month
from tests import people
from tests.conversations import paid
from tests.conversations.conftest import PUBLIC, Chat, World
from tests.conversations.rights import granted, newest_paper, paper_text, yuan


@pytest.fixture
async def shufen(chat: Chat) -> Chat:
    await paid.load(chat.world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    return chat


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


async def _statement(world: World, person: int, query: str, **params: str) -> Statement:
    async with world.store.reading() as tx:
        found = await tx.people.get(person)
        assert found is not None
        asker = Asker(found, world.services.regions[found.region], world.clock.now().date())
        return await QUERIES[query](tx, asker, params)


# ── 养老 (北京) ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_last_month_comes_first_and_then_the_sum(shufen: Chat) -> None:
    """2024-08 with its items: 3100.00 + 50.00 + 30.00 by 工行, 200.00 by 样例银行, as in July, which was 130.00 more than June; eight months:
    24,200.00 + 460.00 + 1,600.00 = 26,260.00. No picture: bars of 3,250 and 3,380 look alike."""
    await shufen.says("查今年的养老金发了多少")
    shufen.expect(
        "2024年8月养老待遇 3,380.00 元，和上个月一样。",
        "其中基养 3,100.00 元，其他待遇 80.00 元，职业年金 200.00 元。",
        "工行发 3,180.00 元，样例银行发 200.00 元。",
        "2024年7月起每月多了 130.00 元。",
        "共发了 8 个月，合计 26,260.00 元。",
        "查看明细",
        f"{PUBLIC}/p/",
        "更多（还有 8 条）",
    )
    assert shufen.more == ()


async def test_what_is_paid_once_is_no_change_of_the_pension(chat: Chat) -> None:
    """清账 of 500.00 in July beside 130.00 more a month: it is 130.00 more since July, and not 500.00 less since August."""
    await paid.load(chat.world)
    settled = PensionPayment(chat.world.ids.shufen, Month(2024, 7), "settle", "工行", yuan("500.00"))
    async with chat.world.store.transaction() as tx:
        await tx.rights.put_many([settled])
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.says("查今年的养老金发了多少")
    chat.expect("2024年7月起每月多了 130.00 元。", "共发了 8 个月，合计 26,760.00 元。")
    chat.expect_not("起每月少了")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2024年7月的养老金", "3,380.00 元，比上个月多 130.00 元（基养多 100.00，其他待遇多 30.00）。"),
        ("2024年6月的养老金", "3,250.00 元，和上个月一样。"),
        ("2024年1月的养老金", "3,250.00 元，比上个月多 350.00 元（基养多 100.00，其他待遇多 50.00，职业年金多 200.00）。"),
        ("2023年12月的养老金", "2,900.00 元。"),
    ],
)
async def test_a_month_is_compared_with_the_one_before(shufen: Chat, asked: str, said: str) -> None:
    """The sum, its difference to the month before and what makes it; nothing before the first. One month needs no line with its sum."""
    await shufen.says(asked)
    shufen.expect(said)
    shufen.expect_not("共发了")


async def test_months_that_differ_get_a_picture(shufen: Chat) -> None:
    """2023-12 with 2900.00 to 2024-08 with 3380.00: the bars by group, on what was paid alone."""
    await shufen.says("2023年12月到2024年8月的养老金")
    (picture,) = [one for one in shufen.more if isinstance(one, Picture)]
    chart = parse_chart(picture.chart)
    assert chart.labels == ("2023-12", *(f"2024-0{n}" for n in range(1, 9)))
    assert {one.name: [str(value) for value in one.values][-1] for one in chart.series} == {
        "基养": "3100.00",
        "其他待遇": "80.00",
        "职业年金": "200.00",
    }


async def test_without_a_time_the_answer_comes_first(shufen: Chat) -> None:
    """By the menu: the twelve months up to the newest on record, at once; 换个时间 asks, and a wrong answer is told what to type instead."""
    await shufen.presses("P_BENEFIT")
    shufen.expect("1 养老金、退休金", "2 工伤待遇")
    await shufen.says("1")
    shufen.expect("2024年8月养老待遇 3,380.00 元", "2023年9月 至 2024年8月共发了 9 个月，合计 29,160.00 元", "换个时间")
    shufen.expect_not("哪段时间")
    await shufen.says("换个时间")
    shufen.expect("哪段时间的养老待遇", "1 近一年")
    await shufen.says("嗯嗯")
    shufen.expect("请发起止年月")
    await shufen.says("2023年12月")
    shufen.expect("2023年12月养老待遇 2,900.00 元", "基养 2,900.00 元（本单位）")
    shufen.expect_not("更多")


async def test_more_goes_month_by_month(shufen: Chat) -> None:
    """Five lines at a time, newest first: 2024-08 … 2024-04, then the other three."""
    await shufen.says("查今年的养老金")
    await shufen.says("更多")
    shufen.expect("2024年8月：3,380.00 元\n2024年7月：3,380.00 元\n", "2024年4月：3,250.00 元")
    shufen.expect_not("2024年3月", "（图）")
    shufen.expect("更多（还有 3 条）")
    await shufen.says("更多")
    shufen.expect("2024年3月：3,250.00 元", "2024年1月：3,250.00 元")
    shufen.expect_not("更多")


@pytest.mark.parametrize(
    ("chosen", "there", "missing"),
    [
        ("1", ("参保人员养老待遇信息", "最近一个月金额"), ("参保人员养老保险待遇明细",)),
        (
            "2",
            ("养老保险待遇明细", "其他待遇(社补、基调、基补)", "代发机构", "24,200.00", "460.00", "1,600.00"),
            ("最近一个月金额",),
        ),
        ("都要", ("参保人员养老待遇信息", "参保人员养老保险待遇明细", "24,200.00"), ()),
    ],
)
async def test_the_forms_that_were_ticked_are_printed(
    shufen: Chat, chosen: str, there: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    """下载 asks which forms; the PDF, read back, holds those with their sums, and no others."""
    await shufen.says("查今年的养老金")
    await shufen.says("下载")
    shufen.expect("要打印哪一种", "1 待遇信息", "2 待遇明细", "3 都要")
    await shufen.says("9")
    shufen.expect("1 到 3")
    await shufen.says(chosen)
    shufen.expect("已经生成", f"{PUBLIC}/d/")
    text = await paper_text(shufen.world, shufen.world.ids.shufen)
    for part in ("赵淑芬", "2024年1月", *there):
        assert part.replace(" ", "") in text, part
    for part in missing:
        assert part not in text, part


async def test_the_detail_has_a_row_for_each_group_and_agency(shufen: Chat) -> None:
    """The form of BJQ-P-04a: of a month a row for each group and 代发机构, its amount in the column of the group, the sums below."""
    statement = await _statement(shufen.world, shufen.world.ids.shufen, "pension", period="2023-12..2024-01", forms="detail")
    (table,) = statement.tables
    assert [column.title for column in table.columns] == [
        "待遇发放年月",
        "基养",
        "其他待遇(社补、基调、基补)",
        "职业年金",
        "代发机构",
    ]
    assert table.rows == (
        ("2023-12", "2900.00", "", "", "本单位"),
        ("2024-01", "3000.00", "", "", "工行"),
        ("2024-01", "", "50.00", "", "工行"),
        ("2024-01", "", "", "200.00", "样例银行"),
    )
    assert table.totals == ("合计", "5900.00", "50.00", "200.00", "")


async def test_nothing_found_says_what_was_searched_and_what_there_is(shufen: Chat) -> None:
    """2020: nothing; the records begin in 2023-12."""
    await shufen.says("查2020年的养老金")
    shufen.expect("2020年1月 至 2020年12月", "未查到记录", "2023年12月 至 2024年8月", "12333", "1 换个时间")
    shufen.expect_not("下载")


async def test_who_works_is_told_that_a_pension_comes_later(chat: Chat) -> None:
    """张建国 is 在职."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("查今年的养老金")
    chat.expect("未查到记录", "人员状态是“在职”")


async def test_a_relative_without_the_scope_sees_nothing(shufen: Chat) -> None:
    """remind alone opens no benefits; benefits does."""
    stranger = await granted(shufen.world, shufen.world.ids.shufen, {"act", "remind"}, "o-son")
    await stranger.says("查今年的养老金")
    stranger.expect_not("3,380.00", "哪段时间")
    daughter = await granted(shufen.world, shufen.world.ids.shufen, {"benefits"})
    await daughter.says("查今年的养老金")
    daughter.expect("2024年8月养老待遇 3,380.00 元")


# ── 工伤 (北京) ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_injury_items_are_summed_under_their_short_names(shufen: Chat) -> None:
    """工津 3 × 1500.00, 工补 300.00, 工一 20,000.00, 工辅 800.50: 25,600.50; short names are written out, as what they usually mean."""
    await shufen.says("查今年的工伤待遇")
    shufen.expect(
        "工伤待遇合计 25,600.50 元，最近一次是2024年3月。",
        "工津 4,500.00 元（伤残津贴）",
        "工补 300.00 元",
        "工一 20,000.00 元（一次性伤残补助金）",
        "工辅 800.50 元",
        "简称通常的意思",
    )
    assert len(shufen.last.split("\n1 ")[0].splitlines()) <= 7  # a head, five lines, the link


async def test_the_injury_form_has_its_columns_and_both_footnotes(shufen: Chat) -> None:
    """The nine items of BJE-G-09, read back from the PDF with the footnotes of BJQ-P-04b."""
    await shufen.says("查今年的工伤待遇")
    await shufen.says("下载")
    shufen.expect("已经生成")
    statement = await newest_paper(shufen.world, shufen.world.ids.shufen)
    titles = [column.title for column in statement.tables[0].columns]
    assert titles == ["支付年月", "工津", "工补", "工护", "工抚", "工亡", "工一", "工医", "工丧", "工辅"]
    assert statement.tables[0].totals == ("合计", "4500.00", "300.00", "", "", "", "20000.00", "", "", "800.50")
    text = await paper_text(shufen.world, shufen.world.ids.shufen)
    for part in (
        "工补：因申报晚、政策调整等原因",
        "30027、30028、30029",
        "简称对照：工津为伤残津贴",
        "以经办机构的解释为准",
        "20,000.00",
    ):
        assert part in text, part


async def test_injury_months_come_with_more(shufen: Chat) -> None:
    """Newest first."""
    await shufen.says("查今年的工伤待遇")
    await shufen.says("更多")
    shufen.expect("2024年3月：工津 1,500.00 元，工补 300.00 元", "2024年1月：工津 1,500.00 元，工一 20,000.00 元")


async def test_no_injury_benefit_is_said(shufen: Chat) -> None:
    """2023 has none; 2024-01 to 2024-03 have."""
    await shufen.says("查2023年的工伤待遇")
    shufen.expect("未查到记录", "2024年1月 至 2024年3月")


# ── a month (滨州) ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_pay_of_a_month_with_the_difference(yulan: Chat) -> None:
    """2024-08: 2900.00 + 60.50 = 2,960.50, 160.50 more than 2,800.00; a picture of the twelve months."""
    await yulan.says("上个月退休金发了多少")
    yulan.expect(
        "2024年8月退休金 2,960.50 元，比上个月多 160.50 元。",
        "基养 2,900.00 元",
        "基补 60.50 元",
        "银行代发（邮政储蓄），2024年8月15日发放。",
        "换个年月",
        "开养老金收入证明",
    )
    (picture,) = [one for one in yulan.more if isinstance(one, Picture)]
    assert len(parse_chart(picture.chart).labels) == 12


async def test_the_newest_month_comes_at_once_and_one_month_only(yulan: Chat) -> None:
    """A year is no month, said at once or later: the sentence says so, nothing else is shown instead, and the next answer is taken."""
    await yulan.says("退休金")
    yulan.expect("2024年8月退休金 2,960.50 元", "换个年月")
    await yulan.says("换个年月")
    yulan.expect("哪个月的退休金", "1 上个月")
    await yulan.says("去年")
    yulan.expect("一次查一个月")
    await yulan.says("取消")
    await yulan.says("查去年的退休金")
    yulan.expect("一次查一个月", "1 上个月")
    yulan.expect_not("2,960.50")
    await yulan.says("2024年7月")
    yulan.expect("2024年7月退休金 2,800.00 元，和上个月一样。")


async def test_this_months_pay_that_has_not_come_is_told_with_the_last(yulan: Chat) -> None:
    """2024-09 is not on record yet: the last payment, and no fright."""
    await yulan.says("这个月退休金发了多少")
    yulan.expect("2024年9月的还没有发放记录。", "上一笔是2024年8月：2,960.50 元，2024年8月15日发放（邮政储蓄）。")
    yulan.expect_not("未查到", "12333")


async def test_a_period_that_has_only_begun_is_told_with_the_last(shufen: Chat) -> None:
    """The same in 北京."""
    await shufen.says("我这个月退休金到账没有")
    shufen.expect("2024年9月的还没有发放记录。", "上一笔是2024年8月：3,380.00 元")


async def test_benefits_by_month_come_without_a_question(xiuying: Chat) -> None:
    """医疗报销 and 失业金 without a month: the newest on record; 下载 makes its paper."""
    await xiuying.says("失业金发了多少")
    xiuying.expect("2024年7月失业金 1,500.00 元。")
    await xiuying.says("医疗报销")
    xiuying.expect("2024年8月医疗费用 6 笔")
    await xiuying.says("下载")
    xiuying.expect("已经生成")


async def test_a_month_without_pay_says_what_there_is(yulan: Chat) -> None:
    """2023-08 lies before the first."""
    await yulan.says("2023年8月的退休金")
    yulan.expect("未查到记录", "2023年9月 至 2024年8月")


async def test_the_paper_of_a_month(yulan: Chat) -> None:
    """Read back from the PDF."""
    await yulan.says("上个月的退休金")
    await yulan.says("下载")
    async with yulan.world.store.reading() as tx:
        person = await tx.people.by_phone(paid.YULAN_PHONE)
    text = await paper_text(yulan.world, person[0].id)
    for part in ("职工退休金待遇", "2024年8月", "2,900.00", "60.50", "2,960.50", "邮政储蓄"):
        assert part in text, part


async def test_unemployment_benefit_of_a_month(xiuying: Chat) -> None:
    """2024-07: 1,500.00; 2024-08 has none and says which month has."""
    await xiuying.says("2024年7月的失业金发了多少")
    xiuying.expect("2024年7月失业金 1,500.00 元。", "按月领取 1,500.00 元，2024年7月25日发放")
    await xiuying.says("查上个月的失业金")
    xiuying.expect("2024年8月的失业金", "未查到记录", "2024年7月")
    xiuying.expect_not("指南")


async def test_injury_benefit_of_a_month(xiuying: Chat) -> None:
    """2024-08: 600.00 + 45.50."""
    await xiuying.says("上个月工伤待遇")
    xiuying.expect("2024年8月工伤待遇 645.50 元。", "工补 45.50 元", "工护 600.00 元（护理费）", "简称通常的意思")
    xiuying.expect_not("手册", "我们的理解")


async def test_maternity_is_only_named_by_the_manual(xiuying: Chat) -> None:
    """With rows it is answered; without any, the manual's silence is said, and where to go."""
    await xiuying.says("2023年5月生育津贴发了多少")
    xiuying.expect("2023年5月生育待遇 12,000.00 元。", "分娩 12,000.00 元，单位代发，2023年4月20日申领")
    xiuying.world.clock.advance(61)
    defu = Chat(xiuying.world, "o-defu")
    await defu.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await defu.says("上个月生育津贴发了多少")
    defu.expect("未查到记录", "单位经办人", "12333")
    defu.expect_not("手册")
    defu.expect_not("指南", "次月中旬")


async def test_medical_settlements_of_a_month(xiuying: Chat) -> None:
    """Six: 5 × 100.00 + 5000.50; fund 350.00 + 4000.40 = 4,350.40; own 150.00 + 1000.10 = 1,150.10. Four are told, 更多 has the other two."""
    await xiuying.says("上个月医疗报销")
    xiuying.expect(
        "2024年8月医疗费用 6 笔，一共报销 4,350.40 元。",
        "费用总额 5,500.50 元，个人支付 1,150.10 元。",
        "2024年8月4日 样例医院4（门诊）：报销 70.00 元，个人 30.00 元",
        "更多（还有 2 条）",
    )
    xiuying.expect_not("样例中心医院")
    await xiuying.says("更多")
    xiuying.expect("样例医院5", "2024年8月20日 样例中心医院（住院）：报销 4,000.40 元，个人 1,000.10 元")


# ── who has not got it ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_jinan_has_no_benefits_for_persons(chat: Chat) -> None:
    """The region's own sentence; no dead end."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await chat.presses("P_BENEFIT")
    chat.expect("济南", "12333")
    await chat.says("查今年的养老金")
    chat.expect("济南", "12333")


async def test_a_visitor_of_binzhou_comes_to_the_month(chat: Chat) -> None:
    """Who says it before logging in is led to what the own region has."""
    await paid.load(chat.world)
    await chat.says("养老金发了多少")
    chat.expect("要先登录")
    await chat.says("1")
    await chat.says(paid.YULAN_PHONE)
    await chat.says(chat.world.outside.code(paid.YULAN_PHONE))
    await chat.says(paid.YULAN.id_no[-4:])
    chat.expect("2024年8月退休金 2,960.50 元")


@pytest.mark.parametrize("entry", ["失业金", "生育待遇"])
async def test_beijing_offers_the_guide_where_it_has_no_query(shufen: Chat, entry: str) -> None:
    """失业金 and 生育 have no query in 北京's manual: the guide says how, with its note on validity."""
    await shufen.presses("P_BENEFIT")
    await shufen.says(entry)
    shufen.expect("1 材料", "北京市社会保险办事指南")
    shufen.expect_not("哪个月", "滨州")
