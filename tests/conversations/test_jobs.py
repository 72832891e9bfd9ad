"""就业与用工: 招聘 (BZ-36) and 求职 (BZ-37), public; 劳动用工备案 (BZ-38). Rows in `tests.conversations.paid`."""

from __future__ import annotations

import pytest

from dialogs.chapters.jobs import Wanted, wanted
from dialogs.parse import Invalid
from handlers.understood.jobs import wish_about_jobs
from tests import people
from tests.conversations import paid
from tests.conversations.conftest import PUBLIC, Chat
from tests.conversations.rights import granted, paper_text


@pytest.fixture
async def visitor(chat: Chat) -> Chat:
    """Somebody who has not logged in."""
    await paid.load(chat.world)
    return chat


async def test_anybody_looks_for_a_job_after_saying_where(visitor: Chat) -> None:
    """No log-in: the region, what is looked for, a list from new to old."""
    await visitor.says("招聘信息")
    visitor.expect("您在哪里参保", "滨州")
    await visitor.says("滨州")
    visitor.expect("想找什么工作", "1 全部")
    await visitor.says("电工")
    visitor.expect("· 电工：滨城区，6000元/月，样例3厂，招 3 人，2024年9月3日发布，0543-0000003", "样例1厂")
    visitor.expect_not("会计", "更多", "登录")
    assert visitor.last.index("样例3厂") < visitor.last.index("样例1厂")


async def test_more_goes_on_where_the_list_stopped(visitor: Chat) -> None:
    """Seven: five, then the two oldest."""
    await visitor.presses("P_JOB")
    await visitor.says("招聘信息")
    await visitor.says("滨州")
    await visitor.says("全部")
    visitor.expect("样例7厂", "样例3厂", "1 更多", "查看全部", f"{PUBLIC}/p/")
    visitor.expect_not("样例2厂")
    await visitor.says("更多")
    visitor.expect("样例2厂", "样例1厂")
    visitor.expect_not("样例3厂", "更多")


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        ("博兴县有招会计的吗", "样例7厂", "电工"),
        ("博兴县 会计", "样例4厂", "电工"),
        ("找样例2厂的工作", "样例2厂", "样例3厂"),
    ],
)
async def test_what_is_looked_for_may_be_said_at_once(visitor: Chat, words: str, there: str, missing: str) -> None:
    """One sentence, in the region of the person."""
    await visitor.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await visitor.says("招聘" if " " in words else words)
    if " " in words:
        await visitor.says(words)
    visitor.expect(there)
    visitor.expect_not(missing)


async def test_a_place_alone_finds_the_place(visitor: Chat) -> None:
    """博兴 without 县 is a word; it is tried as a place."""
    await visitor.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await visitor.says("招聘")
    await visitor.says("博兴")
    visitor.expect("样例7厂", "样例4厂")
    visitor.expect_not("电工")


async def test_nothing_found_offers_everything(visitor: Chat) -> None:
    """And what was typed too long is explained."""
    await visitor.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await visitor.says("招聘")
    await visitor.says("电" * 41)
    visitor.expect("请说得短一点")
    await visitor.says("飞行员")
    visitor.expect("没有查到“飞行员”的招聘信息", "1 换个条件", "2 看全部招聘信息")
    await visitor.says("2")
    visitor.expect("样例7厂")


async def test_who_looks_for_work_is_shown_masked(visitor: Chat) -> None:
    """求职信息: the name as the agency gives it."""
    await visitor.says("求职信息")
    await visitor.says("滨州")
    await visitor.says("1")
    visitor.expect("· 厨师：周*，滨城区，面议，2024年9月3日发布")


@pytest.mark.parametrize("said", ["求职 厨师", "求职厨师", "求职信息 厨师"])
async def test_what_is_sought_among_seekers_may_be_said_at_once(visitor: Chat, said: str) -> None:
    """求职 with a trade behind it: the trade is not asked for again."""
    await visitor.says(said)
    await visitor.says("滨州")
    visitor.expect("求职信息，从新到旧", "· 厨师：周*，滨城区，面议，2024年9月3日发布")
    visitor.expect_not("想看哪方面")


async def test_beijing_has_no_job_notices_and_says_so(chat: Chat) -> None:
    """The region's own sentence."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("招聘信息")
    chat.expect("北京", "招聘信息", "12333")
    await chat.presses("P_JOB")
    chat.expect("北京", "12333")


async def test_labour_filings_need_no_condition(visitor: Chat) -> None:
    """The newest contract, then how many; the paper read back."""
    await visitor.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await visitor.says("查用工备案")
    visitor.expect(
        "最近的用工备案：滨州样例商贸有限公司，在职。",
        "劳动合同 2024年1月1日到 2026年12月31日。",
        "岗位 店长，城镇合同制职工，2024年1月10日备案。",
        "一共 2 条备案。",
    )
    await visitor.says("下载")
    text = await paper_text(visitor.world, visitor.world.ids.xiuying)
    for part in ("劳动用工备案信息", "滨州样例商贸有限公司", "滨州样例纺织厂", "挡车工", "2019-03-08", "已离职"):
        assert part in text, part


async def test_no_labour_filing_is_said(visitor: Chat) -> None:
    """王德福 has none: the employer files them."""
    await visitor.logs_in(people.COUPLE_PHONE, people.DEFU.id_no[-4:], "王德福")
    await visitor.says("查用工备案")
    visitor.expect("未查到记录", "单位经办人")


async def test_a_relative_without_the_scope_sees_no_contract(visitor: Chat) -> None:
    """act alone is not enough; benefits is."""
    stranger = await granted(visitor.world, visitor.world.ids.xiuying, {"act"}, "o-son")
    await stranger.says("查用工备案")
    stranger.expect_not("样例商贸")
    daughter = await granted(visitor.world, visitor.world.ids.xiuying, {"benefits"})
    await daughter.says("查用工备案")
    daughter.expect("样例商贸")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("滨城区电工", Wanted(("电工",), "滨城区")),
        ("博兴县的司机", Wanted(("司机",), "博兴县")),
        ("找电工的工作", Wanted(("电工",))),
        ("招商经理", Wanted(("招商经理",))),
        ("小区保安", Wanted(("小区保安",))),
        ("全部", Wanted()),
        ("高新区", Wanted((), "高新区")),
    ],
)
def test_what_is_looked_for_is_read(text: str, found: Wanted) -> None:
    """Place and words."""
    assert wanted(text) == found


def test_a_story_is_no_condition() -> None:
    """Over forty characters."""
    with pytest.raises(Invalid):
        wanted("工" * 41)


@pytest.mark.parametrize(
    "words", ["公益岗位补贴", "我要招人", "怎么招工", "劳动合同备案", "失业了找工作有补贴吗", "你好", "查缴费"]
)
def test_other_words_are_no_wish_for_jobs(words: str) -> None:
    """Subsidies, employers and everything else."""
    assert wish_about_jobs(words) is None
