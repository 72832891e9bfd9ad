"""Menus that were pushed: a tap counts for the question that it belongs to, and a question that nobody has seen is not answered."""

from __future__ import annotations

from datetime import timedelta

from dialogs.messages import Reply, Said, Say
from handlers import outbox
from handlers.parked import with_parked
from tests import people
from tests.conversations.conftest import Chat, shown

LAST4 = people.JIANGUO.id_no[-4:]


async def _late(chat: Chat, text: str, *, arrives: bool = True) -> Say:
    """A word whose answer comes too late for its request: the answer, as it is pushed."""
    said: list[Reply] = []

    def seal(reply: Reply) -> None:
        said.append(reply)

    world = chat.world
    before = len(world.outside.pushed)
    await world.conversation.take(Said(chat.openid, f"late{next(world.numbers)}", world.clock.now(), text), seal)
    if not arrives:
        first = said[-1].first
        assert isinstance(first, Say)
        return first
    await world.settle()
    first = world.outside.pushed[before][1]
    assert isinstance(first, Say)
    return first


async def _taps(chat: Chat, menu: Say, number: int) -> str:
    """Tap an entry of a menu, wherever it stands on the phone; the answer."""
    word, label = menu.choices[number - 1]
    kept: list[str] = []

    def seal(reply: Reply) -> bytes:
        kept.append(shown(reply.first))
        return kept[-1].encode()

    world = chat.world
    tap = Said(chat.openid, f"tap{next(world.numbers)}", world.clock.now(), f"{word} {label}", f"{menu.tag}.{word}")
    await world.conversation.take(tap, seal)
    await world.settle()
    return kept[-1]


async def test_a_tap_on_the_menu_of_the_open_question_answers_it(chat: Chat) -> None:
    """As the digit would, though other words came between."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    menu = await _late(chat, "解除绑定")
    assert menu.tag
    assert "解除" in await _taps(chat, menu, 1)
    assert "登录" in await chat.says("我的数据")


async def test_a_tap_on_an_old_menu_answers_no_other_question(chat: Chat) -> None:
    """1 确认 of the log-out, tapped under the question whether to unbind: nothing is unbound, and the question stands again; the digit
    answers it."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    menu = await _late(chat, "退出登录")
    await chat.says("2")
    asked = await chat.says("解除绑定")
    answer = await _taps(chat, menu, 1)
    assert "前面一个问题" in answer
    assert asked.splitlines()[-1] in answer
    assert "已解除" not in answer
    assert "已解除" in await chat.says("1")


async def test_a_tap_on_an_old_menu_when_nothing_is_asked(chat: Chat) -> None:
    """It is said to be over, and nothing is done."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    menu = await _late(chat, "解除绑定")
    await chat.says("取消")
    assert "前面一个问题" in await _taps(chat, menu, 1)
    assert await _taps(chat, Say("x", (("1", "是"),)), 1)
    assert "谁看过我的信息" in await chat.says("我的数据")


async def test_a_question_that_did_not_arrive_is_not_answered(chat: Chat) -> None:
    """The push is still on its way: a digit brings the question, and only then is there an answer."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    menu = await _late(chat, "解除绑定", arrives=False)
    answer = await chat.says("1")
    assert "还没有看到" in answer
    assert menu.text in answer
    assert "已解除" not in answer
    assert "已解除" in await chat.says("1")


async def test_what_waits_comes_with_the_next_answer_and_is_not_answered_by_it(chat: Chat) -> None:
    """A question that could not be pushed is parked: 1 brings it with its choices and answers nothing; the next 1 answers it."""
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    menu = await _late(chat, "解除绑定", arrives=False)
    world = chat.world
    async with world.store.transaction() as tx:
        await tx.jobs.claim(world.clock.now(), timedelta(hours=1), 10, ("push",))
        await tx.parked.add(chat.openid, outbox.pack(chat.openid, (Say("先前的一句"), menu)), world.clock.now())
    answer = await chat.says("1")
    assert answer.startswith("先前的一句\n\n")
    assert answer.count(menu.text) == 1
    assert answer.endswith("1 解除\n2 不解除")
    assert "已解除" in await chat.says("1")


def test_what_waited_keeps_the_choices_of_the_last_question_only() -> None:
    """Headings stand with their questions, in order; the numbers of a question that is over are not shown."""
    regions = (("1", "北京"), ("2", "滨州"))
    waiting = [Say("接着办甲：您在哪里参保？", regions, tag="aaaaaaaa"), Say("接着办乙：您在哪里参保？", regions, tag="bbbbbbbb")]
    reply = with_parked(Reply(Say("没太明白。")), waiting, "bbbbbbbb")
    assert reply.first == Say("接着办甲：您在哪里参保？\n\n接着办乙：您在哪里参保？\n\n没太明白。", regions)
    over = with_parked(Reply(Say("好的。")), waiting, "")
    assert isinstance(over.first, Say)
    assert over.first.choices == ()
