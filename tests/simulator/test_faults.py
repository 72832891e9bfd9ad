"""Trouble on order, and starting over."""

from __future__ import annotations

from typing import Any

import pytest
from wechatpy import create_reply

from tests.simulator.bots import Bot, echo
from tests.simulator.conftest import Staged


async def test_a_duplicate_is_sent_again_although_it_was_answered(staged: Staged) -> None:
    """The bot gets the same MsgId twice, the person sees one answer, and the program learns whether both were the same."""
    kept: dict[str, str] = {}
    bot = Bot(lambda message: kept.setdefault(str(message.id), echo(message).render()))
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"duplicate": 1}})
    result = await stage.say("o1", "查")
    assert [one["MsgId"] for one in bot.seen] == [bot.seen[0]["MsgId"]] * 2
    assert len(result["replies"]) == 1
    assert result["duplicates"] == [{"outcome": "answered", "same": True, "note": "answered"}]
    await stage.say("o1", "再查")
    assert len(bot.seen) == 3


async def test_a_duplicate_that_is_answered_otherwise_is_told(staged: Staged) -> None:
    """A bot that works a second time for the same message is found out."""
    count: list[int] = []

    def counting(message: Any) -> Any:
        count.append(1)
        return create_reply(f"第{len(count)}次", message=message)

    stage = await staged(Bot(counting).app())
    await stage.post("/sim/faults", {"push": {"duplicate": 1}})
    assert (await stage.say("o1", "查"))["duplicates"][0]["same"] is False


async def test_a_lost_answer_leads_to_another_try(staged: Staged) -> None:
    """The bot has worked, its answer is lost, the same message comes again."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"drop": 2}})
    result = await stage.say("o1", "查")
    assert (result["status"], result["tries"], len(bot.seen)) == ("answered", 3, 3)


async def test_a_wrong_key_is_not_understood(staged: Staged) -> None:
    """A push that is encrypted with another key is refused by a right bot; the next try has the right one again."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"wrong_key": 1}})
    result = await stage.say("o1", "查")
    assert (result["tries"], bot.refused, len(bot.seen)) == (2, 1, 1)


async def test_a_skewed_clock_is_seen_in_the_timestamp(staged: Staged) -> None:
    """skew_s moves the timestamp of the query away from the common clock."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"skew_s": -900}})
    await stage.say("o1", "查")
    assert int(bot.queries[0]["timestamp"]) == int(stage.clock.now().timestamp()) - 900


async def test_api_faults_strike_the_next_calls_and_spare_tokens(staged: Staged) -> None:
    """An errcode or an HTTP status on order, for as many calls as asked, then all is well again."""
    stage = await staged(None)
    await stage.post("/sim/faults", {"api": {"errcode": 40001, "times": 2}})
    assert [(await stage.ask("getcallbackip")).get("errcode") for _ in range(3)] == [40001, 40001, None]
    await stage.post("/sim/faults", {"api": {"status": 500, "path": "getcallbackip"}})
    async with stage.http.get("/cgi-bin/getcallbackip") as answer:
        assert answer.status == 500


@pytest.mark.parametrize("body", [{"push": {"explode": 1}}, {"push": {"drop": "all"}}, {"api": []}, {"disk": {}}])
async def test_an_unknown_fault_is_refused(staged: Staged, body: dict[str, object]) -> None:
    """A misspelt fault is told, not ignored."""
    stage = await staged(None)
    assert "error" in await stage.post("/sim/faults", body, status=400)


async def test_reset_starts_over(staged: Staged) -> None:
    """Chats, short messages and faults are gone; the menu stays."""
    stage = await staged(Bot(echo).app())
    await stage.call("menu/create", {"button": [{"type": "click", "name": "查权益", "key": "P"}]})
    await stage.say("o1", "查")
    await stage.post("/sim/sms", {"phone": "13900000001", "text": "验证码 123456"})
    await stage.post("/sim/faults", {"push": {"drop": 3}})
    await stage.post("/sim/reset", {})
    assert await stage.get("/sim/inbox?openid=o1") == []
    assert await stage.get("/sim/sms?phone=13900000001") == []
    assert (await stage.say("o1", "查"))["tries"] == 1
    assert (await stage.ask("menu/get"))["menu"]["button"][0]["name"] == "查权益"
