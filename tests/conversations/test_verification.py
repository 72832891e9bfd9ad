"""权益单校验 (BJQ-V-01) in chat."""

from __future__ import annotations

import pytest

from tests import people
from tests.conversations.conftest import PUBLIC, Chat, World

LAST4 = people.JIANGUO.id_no[-4:]


@pytest.fixture
async def paper(world: World) -> tuple[str, str]:
    """流水号 and 校验码 of a document of 张建国."""
    owner = Chat(world, "o-owner")
    await owner.logs_in(people.JIANGUO_PHONE, LAST4)
    await owner.says("查去年的养老缴费")
    await owner.says("1")
    async with world.store.reading() as tx:
        (document,) = await tx.documents.of_person(world.ids.jianguo)
    return document.serial_no, document.check_code


async def test_two_values_one_after_the_other(chat: Chat, paper: tuple[str, str]) -> None:
    """Nobody needs to be logged in; the holder is masked."""
    await chat.says("校验")
    chat.expect("流水号")
    await chat.says(paper[0])
    chat.expect("校验码")
    await chat.says(paper[1])
    chat.expect("权益单校验成功", "参保人员养老保险缴费信息", "2024年9月12日", "张*", f"{PUBLIC}/v/{paper[0]}/{paper[1]}")
    chat.expect_not("张建国")


async def test_both_in_one_message(chat: Chat, paper: tuple[str, str]) -> None:
    """As one copies them from the paper."""
    await chat.says("校验")
    await chat.says(f"流水号：{paper[0]} 校验码：{paper[1].lower()}")
    chat.expect("权益单校验成功")


async def test_a_code_that_cannot_be_one_is_told_as_what_is_wrong(chat: Chat, paper: tuple[str, str]) -> None:
    """With a right 流水号 in front of it, only the 校验码 is asked again; alone it is told the same, and no try is counted."""
    await chat.says("校验")
    await chat.says(f"{paper[0]} AAAA-BBBB-CCCC")
    chat.expect("校验码的样子不对", "请发校验码")
    chat.expect_not("不像查询流水号")
    for _ in range(6):
        await chat.says("AAAA-BBBB-CCCC")
        chat.expect("校验码的样子不对")
    await chat.says(paper[1])
    chat.expect("权益单校验成功")


async def test_the_whole_wish_in_one_sentence(chat: Chat, paper: tuple[str, str]) -> None:
    """校验 with both values at once asks nothing."""
    await chat.says(f"校验 {paper[0]} {paper[1]}")
    chat.expect("权益单校验成功")


async def test_the_qr_code_is_enough(chat: Chat, paper: tuple[str, str]) -> None:
    """The address in the QR code holds both."""
    await chat.scans(f"{PUBLIC}/v/{paper[0]}/{paper[1]}")
    chat.expect("权益单校验成功")
    await chat.says("校验")
    await chat.says(f"{PUBLIC}/v/{paper[0]}/{paper[1]}")
    chat.expect("权益单校验成功")


async def test_failure_never_tells_which_value_was_wrong(chat: Chat, paper: tuple[str, str]) -> None:
    """A wrong code and an unknown serial sound the same."""
    await chat.says("校验")
    await chat.says(paper[0])
    await chat.says("2345-6789-FHKM")
    wrong_code = chat.last
    await chat.says("取消")
    other = paper[0][:-2] + ("1" if paper[0][-2] != "1" else "2") + paper[0][-1]
    await chat.says("校验")
    await chat.says(other)
    if "不像查询流水号" in chat.last:
        return
    await chat.says(paper[1])
    assert chat.last == wrong_code
    chat.expect("流水号或校验码有误")


async def test_guessing_is_throttled_and_says_until_when(chat: Chat, paper: tuple[str, str]) -> None:
    """Five wrong an hour for one 流水号; then even the right code waits."""
    await chat.says("校验")
    await chat.says(paper[0])
    for _ in range(5):
        await chat.says("2345-6789-FHKM")
        chat.expect("有误", "请发校验码")
    await chat.says(paper[1])
    chat.expect("11:00")
    chat.expect_not("成功")


async def test_a_revoked_document_is_told(chat: Chat, world: World, paper: tuple[str, str]) -> None:
    """Right values, but it counts no more."""
    async with world.store.transaction() as tx:
        await tx.documents.set_status(paper[0], "revoked", "缴费记录已更正")
    await chat.says(f"校验 {paper[0]} {paper[1]}")
    chat.expect("作废")


@pytest.mark.parametrize("text", ["abc", "123", "我没有", "张建国"])
async def test_what_cannot_be_a_serial_is_explained(chat: Chat, text: str) -> None:
    """The question stays; nothing is counted against anybody."""
    await chat.says("校验")
    await chat.says(text)
    chat.expect("流水号")
    chat.expect_not("校验成功")
