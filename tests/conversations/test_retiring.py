"""When do I retire, about how much is it, which months are missing: from the own record, for a visitor, for somebody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from storage.ports.records import AccountYear, Contribution, Insurance, Kind, Registration, ResidentPayment, Transfer
from storage.ports.time import Month
from tests.conversations.conftest import Chat, World
from tests.people import COUPLE_PHONE, DEFU, JIANGUO, JIANGUO_PHONE, LI, LI_PHONE, SHUFEN, SHUFEN_PHONE, XIUYING


@pytest.fixture
async def jianguo(chat: Chat) -> Chat:
    """张建国, born in March 1980, 18 months of 养老 on record (2023-01…2024-07 without 2023-05), the clock at 2024-09-12."""
    await chat.logs_in(JIANGUO_PHONE, JIANGUO.id_no[-4:])
    return chat


async def test_the_own_retirement_comes_from_the_record(jianguo: Chat) -> None:
    """63 in March 2043; 240 months are needed, 18 are there, September 2024 to February 2043 are 222 more: just enough."""
    await jianguo.says("我什么时候能退休")
    jianguo.expect(
        "您的法定退休时间是2043年3月：63岁，比原来的60岁晚36个月。",
        "最早2040年3月",
        "提前3个月",
        "最晚2046年3月",
        "最低要缴满20年",
        "您已缴1年6个月",
        "还差222个月；到退休前还能缴222个月，一直缴就够。",
        "以经办机构核定为准",
    )


async def test_a_visitor_is_asked_for_what_is_needed(chat: Chat) -> None:
    """Birth and group by words; a wrong birth is said to be wrong and asked again; nothing is told of months that nobody knows."""
    await chat.says("退休年龄计算")
    chat.expect("出生年月")
    await chat.says("不知道")
    chat.expect("请发出生年月")
    await chat.says("75年6月")
    chat.expect("1 男职工", "3 女职工，原来 50 岁退休")
    await chat.says("3")
    chat.expect("法定退休时间是2025年9月：50岁3个月，比原来的50岁晚3个月", "登录后可以算还差几个月")
    await chat.says("按原来55岁退休算")
    chat.expect("2031年11月：56岁5个月")


async def test_it_is_worked_out_for_somebody_else_too(jianguo: Chat) -> None:
    """给别人算 asks anew and says nothing of the own months."""
    await jianguo.says("几岁退休")
    await jianguo.says("给别人算")
    jianguo.expect("出生年月")
    await jianguo.says("1965年1月")
    await jianguo.says("男职工")
    jianguo.expect("2025年2月", "60岁1个月")
    jianguo.expect_not("您已缴")


async def test_a_woman_whose_post_is_on_record_is_not_asked(world: World, chat: Chat) -> None:
    """陈立 is a man; 李秀英, 工人, born in June 1975, retires in September 2025 (50 and three months)."""
    async with world.store.transaction() as tx:
        await tx.rights.put_many([Registration(world.ids.xiuying, personal_status="工人")])
    await chat.logs_in(XIUYING.phone or "", XIUYING.id_no[-4:], "李秀英")
    await chat.says("还差几年退休")
    chat.expect("2025年9月：50岁3个月", "您还没有缴费记录" if "还没有缴费记录" in chat.last else "您已缴")


async def test_who_has_retired_is_shown_the_way_to_the_pension(chat: Chat) -> None:
    """赵淑芬 draws a pension: no calculation, but a way on."""
    await chat.logs_in(SHUFEN_PHONE, SHUFEN.id_no[-4:])
    await chat.says("我什么时候退休")
    chat.expect("您已经退休了", "查养老金")


async def test_an_estimate_names_every_assumption(jianguo: Chat) -> None:
    """计发基数 12,000 (示例), 20 years: 1,920.00 at 0.6 and 2,400.00 at 1.0; 20,000 + 222 × 400.00 = 108,800.00 / 117 = 929.91."""
    await jianguo.says("养老金能领多少")
    jianguo.expect("养老个人账户里现在有多少钱")
    await jianguo.says("两个")
    jianguo.expect("请发账户余额的数字")
    await jianguo.says("2万")
    jianguo.expect(
        "粗略估算：2043年3月退休，每月大约 2,840 到 3,330 元。这是估算，不是承诺。",
        "计发基数 12,000.00 元（2025年，示例数值",
        "平均缴费指数 0.6 到 1",
        "缴费 20年",
        "个人账户养老金 929.91 元：退休时账户约 108,800.00 元，除以 117 个月",
        "以后每月按 5,000.00 元 的基数缴18年6个月",
    )


async def test_one_assumption_is_changed_and_the_others_stay(jianguo: Chat) -> None:
    """Index 0.8 gives (12000 + 9600) / 2 × 20 % = 2,160.00, with 929.91 that is 3,089.91: about 3,090."""
    await jianguo.says("估算养老金")
    await jianguo.says("20000")
    await jianguo.says("换平均缴费指数")
    jianguo.expect("平均缴费指数按多少算")
    await jianguo.says("9")
    jianguo.expect("0.6 到 3 之间")
    await jianguo.says("0.8")
    jianguo.expect("每月大约 3,090 元", "平均缴费指数 0.8")
    await jianguo.says("如果现在停缴")
    jianguo.expect("只有1年6个月，不到最低的20年", "从现在起不再缴费")


@pytest.mark.parametrize(
    ("choice", "asked", "wrong", "typed", "told"),
    [
        # 12,000 × 1.03 to the power of 18.5; half of it and half of 0.6 of it is 80 %, of that 20 %: 3,317.34. At index 1 it is 4,146.67.
        (
            "换每年涨幅",
            "每年涨百分之几",
            "三成",
            "3%",
            ("退休时涨到 20,733.37 元", "3,310 到 4,150 元", "每年涨3%", "到时候的钱"),
        ),
        ("换账户利率", "按百分之几计息", "20", "百分之二", ("账户每年计息2%", "工资、基数都按今天的不变")),
        # 10 years and the 222 months until March 2043
        ("换已缴年限", "缴了多少年", "很多年", "10年", ("缴费 28年6个月",)),
        # 50,000 and 222 × 400.00 are 138,800.00; by 117 that is 1,186.32
        ("换账户余额", "账户里现在有多少钱", "不知道", "5万", ("退休时账户约 138,800.00 元", "1,186.32 元")),
    ],
)
async def test_what_the_estimate_takes_for_granted_is_changed_too(
    jianguo: Chat, choice: str, asked: str, wrong: str, typed: str, told: tuple[str, ...]
) -> None:
    """How much wages rise, what the account bears, and what stands on record: each is a choice, asked again when it cannot be read, and the
    other assumptions stay."""
    await jianguo.says("估算养老金")
    await jianguo.says("20000")
    jianguo.expect("8%进个人账户；工资、基数都按今天的不变；账户不计利息。")
    await jianguo.says(choice)
    jianguo.expect(asked)
    await jianguo.says(wrong)
    jianguo.expect("请发")
    await jianguo.says(typed)
    jianguo.expect("每月大约", *told)
    await jianguo.says("换平均缴费指数")
    await jianguo.says("0.8")
    jianguo.expect("平均缴费指数 0.8", told[0])


async def test_recognised_years_are_said_to_be_paid_for_beside(world: World, jianguo: Chat) -> None:
    """60 months of 视同缴费 on record count as months; what is paid for them beside is named as left out."""
    async with world.store.transaction() as tx:
        await tx.rights.put_many([Registration(world.ids.jianguo, deemed_months=60)])
    await jianguo.says("估算养老金")
    await jianguo.says("20000")
    jianguo.expect("缴费 25年", "视同缴费另有的过渡性养老金没有算进去。")


async def test_the_balance_on_record_is_not_asked(world: World, jianguo: Chat) -> None:
    """20,000.00 at the end of 2023 and 7 months of 2024 at 8 % of 5,000.00 are 22,800.00; with 222 × 400.00 it is 111,600.00."""
    zero = Decimal("0.00")
    async with world.store.transaction() as tx:
        await tx.rights.put_many(
            [AccountYear(world.ids.jianguo, "pension", 2023, zero, Decimal("20000.00"), zero, zero, Decimal("20000.00"))]
        )
    await jianguo.says("估算养老金")
    jianguo.expect("退休时账户约 111,600.00 元")


async def test_missing_months_are_named_with_what_can_be_done(jianguo: Chat) -> None:
    """养老 lacks May 2023 (September came later as 补缴, August 2024 is on its way); 医疗 lacks August 2024."""
    await jianguo.says("我断缴了哪些月份")
    jianguo.expect("养老断了 1 个月：2023年5月。", "医疗：断 1 个月，2024年8月", "近三个月的可以请单位在网上补缴", "税务部门征收")
    url = jianguo.link("查看明细")
    assert url.startswith("https://sb.example.test/p/")
    await jianguo.says("1")
    jianguo.expect("断缴月份")


async def test_where_the_region_has_no_records_it_says_so(chat: Chat) -> None:
    """济南's manual has no queries for persons."""
    await chat.logs_in(LI_PHONE, LI.id_no[-4:])
    await chat.says("断缴月份")
    chat.expect("济南")
    chat.expect_not("养老断了")


def test_today_is_the_day_of_the_figures(world: World) -> None:
    """The figures above are worked out for September 2024."""
    assert world.clock.now().date() == date(2024, 9, 12)


async def test_months_that_came_with_a_transfer_count(world: World, jianguo: Chat) -> None:
    """36 months of 养老 from elsewhere and the 18 here are 4 years and 6 months; 186 of the 240 lack."""
    moved = Transfer(world.ids.jianguo, "pension", 1, Month(2015, 1), Month(2017, 12), 36, "样例市", "样例市")
    async with world.store.transaction() as tx:
        await tx.rights.put_many([moved])
    await jianguo.says("我什么时候能退休")
    jianguo.expect("您已缴4年6个月（含转入3年）", "还差186个月", "别处还没转过来的缴费不算在内")


async def test_a_correction_of_a_month_is_not_its_base(world: World, jianguo: Chat) -> None:
    """补差 of 700.00 in the newest month: what is paid from now on is assumed at the 5,000.00 of the month itself."""
    amounts = (Decimal("700.00"), Decimal("112.00"), Decimal("56.00"))
    async with world.store.transaction() as tx:
        await tx.contributions.put_many(
            [
                Contribution(
                    world.ids.jianguo, Insurance.PENSION, Month(2024, 7), *amounts, kind=Kind.DIFF, paid_at=date(2024, 8, 10)
                )
            ]
        )
    await jianguo.says("估算养老金")
    await jianguo.says("20000")
    jianguo.expect("以后每月按 5,000.00 元 的基数缴")


async def test_months_that_nobody_has_loaded_yet_are_not_missing(world: World, jianguo: Chat) -> None:
    """The records are known up to 2024-08-20: August 2024 of 医疗 is not called missing, and the paper says from when it is."""
    async with world.store.transaction() as tx:
        await tx.rights.loaded("beijing", "contributions", date(2024, 8, 20))
    await jianguo.says("断缴了哪些月份")
    jianguo.expect("养老断了 1 个月：2023年5月", "医疗：没有断")
    await jianguo.says("1")
    async with world.store.reading() as tx:
        (document, *_) = await tx.documents.of_person(world.ids.jianguo)
    assert '"as_of":"2024-08-20"' in document.snapshot.decode()


async def test_a_resident_is_not_given_the_workers_rule(world: World, chat: Chat) -> None:
    """城乡居民 without a month of 职工养老: neither a date of retirement nor months that lack, but where theirs is."""
    async with world.store.transaction() as tx:
        await tx.contributions.put_many([])
        await tx.rights.put_many([Registration(world.ids.defu, resident=True)])
    await chat.logs_in(COUPLE_PHONE, DEFU.id_no[-4:], "王德福")
    await chat.says("我什么时候退休")
    chat.expect("城乡居民养老保险", "只管职工")
    chat.expect_not("法定退休时间", "还差")
    await chat.says("断缴查询")
    chat.expect("不在职工的记录里", "居民养老缴费")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1970年2月30日", "没有30日"),
        ("2020-01", "还不到可以参加工作的年龄"),
        ("1970年13月", "请发出生年月"),
    ],
)
async def test_a_birth_that_cannot_be_is_said_to_be_wrong(chat: Chat, typed: str, told: str) -> None:
    """A day that the month has not, somebody who is four, a thirteenth month: each says what is wrong, and the question stands."""
    await chat.says("退休年龄计算")
    await chat.says(typed)
    chat.expect(told)
    await chat.says("05年3月")
    chat.expect("属于哪一种")


async def test_what_is_past_is_no_choice(chat: Chat) -> None:
    """A man born in January 1955 was sixty in 2015, before any of this: no word about earlier or later."""
    await chat.says("退休年龄计算")
    await chat.says("1955-01")
    await chat.says("男职工")
    chat.expect("2015年1月（已经到了）")
    chat.expect_not("想早退", "想晚退")


async def test_who_has_retired_is_not_asked_for_a_balance(chat: Chat) -> None:
    """赵淑芬 without an account on record: the estimate says at once that there is nothing to estimate."""
    await chat.logs_in(SHUFEN_PHONE, SHUFEN.id_no[-4:])
    await chat.says("估算养老金")
    chat.expect("您已经在领养老金了")


@pytest.mark.parametrize("typed", ["NaN", "1e999999万", "-0", "1_000", "无穷大"])
async def test_only_a_figure_is_a_figure(jianguo: Chat, typed: str) -> None:
    """What is none is asked again, in our words."""
    await jianguo.says("估算养老金")
    await jianguo.says(typed)
    jianguo.expect("请发账户余额的数字")
    await jianguo.says("2万元")
    jianguo.expect("粗略估算")


async def test_who_pays_as_a_resident_is_one(world: World, chat: Chat) -> None:
    """Nothing says 城乡居民 but the payments themselves."""
    zero = Decimal("0.00")
    async with world.store.transaction() as tx:
        paid = ResidentPayment(world.ids.defu, "resident_pension", 2023, "一档", Decimal("300.00"), zero, zero, zero, zero)
        await tx.rights.put_many([paid])
    await chat.logs_in(COUPLE_PHONE, DEFU.id_no[-4:], "王德福")
    await chat.says("养老金能领多少")
    chat.expect("只管职工")
