"""我的单据: who checked a document and when, letting it expire, revoking it; its holder's own chat alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import people
from tests.conversations.conftest import PUBLIC, Chat, World

LAST4 = people.JIANGUO.id_no[-4:]
Paper = tuple[str, str]


@pytest.fixture
async def owner(world: World) -> Chat:
    """张建国, with one document."""
    chat = Chat(world, "o-owner")
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    await chat.says("查去年的养老缴费")
    await chat.says("下载")
    return chat


@pytest.fixture
async def paper(world: World, owner: Chat) -> Paper:
    async with world.store.reading() as tx:
        (document,) = await tx.documents.of_person(world.ids.jianguo)
    return document.serial_no, document.check_code


async def _checked(world: World, paper: Paper, openid: str = "o-stranger") -> Chat:
    stranger = Chat(world, openid)
    await stranger.says(f"校验 {paper[0]} {paper[1]}")
    return stranger


async def test_the_holder_sees_who_checked_it_and_when(world: World, owner: Chat, paper: Paper) -> None:
    """Time and way, never a name; the holder's own look is none, and a wrong try is none."""
    await owner.says("我的单据")
    owner.expect("1 参保人员养老保险缴费信息 9月12日")
    await owner.says("1")
    owner.expect("2024年9月12日生成，有效，不限期", "还没有别人核验过")
    await owner.says(f"校验 {paper[0]} {paper[1]}")
    owner.expect("权益单校验成功")
    stranger = await _checked(world, (paper[0], "222222222222"))
    stranger.expect("有误")
    world.clock.advance(timedelta(minutes=5).total_seconds())
    stranger = await _checked(world, paper)
    stranger.expect("权益单校验成功")
    await owner.says("谁核验过我的单据")
    await owner.says("1")
    owner.expect("最近有人核验过", "9月12日 10:05", "公众号里输入号码")
    assert owner.last.count("公众号里输入号码") == 1
    owner.expect_not("o-stranger")


async def test_a_revoked_paper_says_since_when(world: World, owner: Chat, paper: Paper) -> None:
    """Asked once more first; afterwards 校验 says who and since when, and nothing offers to revoke it again."""
    await owner.says("我的单据")
    await owner.says("1")
    owner.expect("3 作废")
    await owner.says("3")
    owner.expect("要作废2024年9月12日生成的", "不能恢复", "1 作废", "2 不作废")
    await owner.says("1")
    owner.expect("已作废")
    world.clock.advance(timedelta(hours=1).total_seconds())
    stranger = await _checked(world, paper)
    stranger.expect("这份单据已作废", "持有人已在2024年9月12日 10:00 作废", "张*")
    stranger.expect_not("成功")
    await owner.says("我的单据")
    owner.expect("（已作废）")
    await owner.says("1")
    owner.expect("2024年9月12日 10:00 已作废")
    owner.expect_not("设有效期", "3 作废")


async def test_revoking_can_be_thought_over(world: World, owner: Chat, paper: Paper) -> None:
    """不作废: it stays as it was."""
    await owner.says("把单据作废")
    owner.expect("不能恢复")
    await owner.says("2")
    owner.expect("没有作废")
    (await _checked(world, paper)).expect("权益单校验成功")


async def test_a_paper_expires_after_the_day_that_its_holder_set(world: World, owner: Chat, paper: Paper) -> None:
    """30 days from 12 September: 12 October is still a day on which it is right; then it shows what it was. 不限 takes it back."""
    await owner.says("给单据设有效期")
    owner.expect("1 30天", "2 半年", "4 不限")
    await owner.says("30天")
    owner.expect("有效期到2024年10月12日，当天还有效")
    world.clock.advance(timedelta(days=30).total_seconds())
    (await _checked(world, paper, "o-one")).expect("权益单校验成功")
    world.clock.advance(timedelta(days=1).total_seconds())
    stranger = await _checked(world, paper, "o-two")
    stranger.expect("这份单据已过有效期", "有效期到2024年10月12日为止", "参保人员养老保险缴费信息", "张*")
    stranger.expect_not("成功")
    owner = Chat(world, "o-owner")
    await owner.says("我的单据")
    owner.expect("（已过有效期）")
    await owner.says("1")
    await owner.says("2")
    await owner.says("不限")
    owner.expect("不限期")
    (await _checked(world, paper, "o-three")).expect("权益单校验成功")


async def test_it_can_be_opened_again(world: World, owner: Chat) -> None:
    """The same document under a new link."""
    await owner.says("我的单据")
    await owner.says("1")
    await owner.says("1")
    assert owner.link("打开单据").startswith(f"{PUBLIC}/d/")
    async with world.store.reading() as tx:
        assert len(await tx.documents.of_person(world.ids.jianguo)) == 1


async def test_nobody_else_reaches_it(world: World, owner: Chat, paper: Paper) -> None:
    """Another person's 流水号 typed where one's own is asked for looks like none, and changes nothing."""
    other = Chat(world, "o-other")
    await other.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await other.says("我的单据")
    other.expect("还没有开过单据")
    await other.says("把单据作废")
    other.expect("没有还有效的单据")
    async with world.store.reading() as tx:
        assert await tx.papers.validity(paper[0]) is None


async def test_changes_are_audited(world: World, owner: Chat, paper: Paper) -> None:
    """Looking, limiting and revoking, each under the holder's pseudonym, without the number of the document."""
    await owner.says("给单据设有效期")
    await owner.says("半年")
    await owner.says("把单据作废")
    await owner.says("1")
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.jianguo)
        entries = await tx.audit.of_subject(subject, 50)
    assert {"limit", "void"} <= {one.action for one in entries}
    assert all(paper[0] not in repr(one) for one in entries)


@pytest.mark.parametrize("words", ["下载缴费证明", "校验单据", "我要开参保证明"])
async def test_other_wishes_about_papers_stay_theirs(world: World, owner: Chat, words: str) -> None:
    """Asking for a paper, or checking one, is not about those that are there."""
    await owner.says(words)
    owner.expect_not("您开过的单据")
