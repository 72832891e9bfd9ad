"""What becomes of a message, told late, early, twice, never, or as a failure."""

from __future__ import annotations

from typing import Any

from tests.simulator.bots import Bot
from tests.simulator.conftest import Stage, Staged
from tests.simulator.test_subscriptions import DATA, ONCE, TEMPLATE, accept, notify


async def send(stage: Stage, openid: str = "o1") -> dict[str, Any]:
    """A template message."""
    return await stage.call("message/template/send", {"touser": openid, "template_id": TEMPLATE, "data": DATA})


def receipts(bot: Bot) -> list[tuple[str, str]]:
    """(MsgID, Status) of the receipts of template messages, as they came."""
    return [(one["MsgID"], one["Status"]) for one in bot.seen if one.get("Event") == "TEMPLATESENDJOBFINISH"]


async def ordered(staged: Staged, **faults: Any) -> tuple[Stage, Bot]:
    """A stage with a follower, and trouble with receipts."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.say("o1", "在")
    await stage.post("/sim/faults", {"receipt": faults})
    return stage, bot


async def test_a_receipt_is_lost(staged: Staged) -> None:
    """The message is there, nobody is told; the next one is."""
    stage, bot = await ordered(staged, lost=1)
    await send(stage)
    second = await send(stage)
    await stage.sim.idle()
    assert receipts(bot) == [(str(second["msgid"]), "success")]
    assert len(await stage.get("/sim/inbox?openid=o1")) == 2


async def test_a_receipt_is_late(staged: Staged) -> None:
    """It comes that much later by the common clock."""
    stage, bot = await ordered(staged, late_s=3600)
    sent = await send(stage)
    while not stage.clock.sleepers:
        await stage.get("/sim/clock")
    assert receipts(bot) == []
    stage.clock.advance(3600)
    await stage.sim.idle()
    assert receipts(bot) == [(str(sent["msgid"]), "success")]


async def test_a_receipt_is_faster_than_the_answer(staged: Staged) -> None:
    """The bot is told before its call is answered."""
    stage, bot = await ordered(staged, early=1)
    sent = await send(stage)
    assert receipts(bot) == [(str(sent["msgid"]), "success")]


async def test_a_receipt_comes_twice(staged: Staged) -> None:
    """The same report, two pushes."""
    stage, bot = await ordered(staged, duplicate=1)
    sent = await send(stage)
    await stage.sim.idle()
    assert receipts(bot) == [(str(sent["msgid"]), "success")] * 2


async def test_a_message_fails_at_the_platform(staged: Staged) -> None:
    """It was taken, is not shown, and the receipt says so; without end for -1."""
    stage, bot = await ordered(staged, failed=-1)
    sent = [await send(stage) for _ in range(2)]
    await stage.sim.idle()
    assert sorted(receipts(bot)) == sorted((str(one["msgid"]), "failed: system failed") for one in sent)
    assert await stage.get("/sim/inbox?openid=o1") == []


async def test_a_subscription_notice_has_its_receipt(staged: Staged) -> None:
    """subscribe_msg_sent_event names template, message and result; a failure has a code that is not 0."""
    stage, bot = await ordered(staged)
    await accept(stage)
    await accept(stage)
    sent = await notify(stage)
    await stage.sim.idle()
    assert bot.seen[-1]["SubscribeMsgSentEvent"]["List"] == {
        "TemplateId": ONCE,
        "MsgID": str(sent["msgid"]),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    await stage.post("/sim/faults", {"receipt": {"failed": 1}})
    await notify(stage)
    await stage.sim.idle()
    assert bot.seen[-1]["SubscribeMsgSentEvent"]["List"]["ErrorCode"] == "-1"


async def test_a_notice_without_a_number(staged: Staged) -> None:
    """The call is answered without a msgid, and only the receipt names it."""
    stage, bot = await ordered(staged, no_id=1)
    await accept(stage)
    assert await notify(stage) == {"errcode": 0, "errmsg": "ok"}
    await stage.sim.idle()
    assert bot.seen[-1]["SubscribeMsgSentEvent"]["List"]["MsgID"].isdigit()


async def test_receipts_are_in_order_again_after_a_reset(staged: Staged) -> None:
    """POST /sim/reset ends what was ordered."""
    stage, bot = await ordered(staged, lost=-1)
    await stage.post("/sim/reset", {})
    await stage.say("o1", "在")
    await send(stage)
    await stage.sim.idle()
    assert len(receipts(bot)) == 1
