"""Trouble on order, and starting over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from wechatpy import create_reply

from tests.simulator.bots import ACCOUNT, Bot, echo, served
from tests.simulator.conftest import Staged, until


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


async def test_a_message_is_overtaken_by_the_next(staged: Staged) -> None:
    """With `reorder` the second arrives first; both are answered to the person."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"reorder": 1}})
    first = asyncio.create_task(stage.say("o1", "一"))
    await until(lambda: stage.sim.world.phone("o1").held is not None)
    await stage.say("o1", "二")
    assert (await first)["status"] == "answered"
    assert [one["Content"] for one in bot.seen] == ["二", "一"]


async def test_a_message_that_nobody_overtakes_goes_on(staged: Staged) -> None:
    """Held for as long as one try may take, then sent."""
    stage = await staged(Bot(echo).app(), try_seconds=0.2)
    await stage.post("/sim/faults", {"push": {"reorder": 1}})
    assert (await stage.say("o1", "一"))["status"] == "answered"


async def test_the_same_event_happens_twice_in_a_second(staged: Staged) -> None:
    """Two events of the same second and key, at once: each is delivered, and its answer shown."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {"twice": 1}})
    result = await stage.send("o1", type="event", event="CLICK", key="K")
    assert [(one["Event"], one["EventKey"], one["CreateTime"]) for one in bot.seen] == [
        ("CLICK", "K", str(int(stage.clock.now().timestamp())))
    ] * 2
    assert (result["twice"], len(result["replies"])) == (["answered"], 2)


@pytest.mark.parametrize(
    ("fault", "msg", "element"),
    [
        ("cdata_end", {"type": "text", "content": "查"}, ("Content", "查]]>")),
        ("unknown_type", {"type": "text", "content": "查"}, ("MsgType", "kind_of_tomorrow")),
        ("unknown_event", {"type": "event", "event": "CLICK", "key": "K"}, ("Event", "event_of_tomorrow")),
        ("empty_key", {"type": "event", "event": "CLICK", "key": "K"}, ("EventKey", None)),
    ],
)
async def test_odd_messages_come_on_order(staged: Staged, fault: str, msg: dict[str, Any], element: tuple[str, Any]) -> None:
    """Each disfigures the next message that it can, once, and leaves the others alone."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.post("/sim/faults", {"push": {fault: 1}})
    for _ in range(2):
        assert (await stage.send("o1", **msg))["status"] == "empty"
    assert bot.seen[0].get(element[0]) == element[1]
    assert bot.seen[1].get(element[0]) != element[1]


@pytest.mark.parametrize(("fault", "bytes_in"), [("control", b"\x1d\xe6\x9f\xa5\x02"), ("raw_cdata", b"<![CDATA[a]]>b]]>")])
async def test_what_is_no_xml_is_pushed_all_the_same(staged: Staged, fault: str, bytes_in: bytes) -> None:
    """Characters that XML forbids, and a `]]>` that nobody split: the bytes are as the platform has been seen to send them."""
    bodies: list[bytes] = []

    async def keep(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(text="success")

    stage = await staged(served(keep), account=replace(ACCOUNT, mode="clear"))
    await stage.post("/sim/faults", {"push": {fault: 1}})
    await stage.say("o1", "查" if fault == "control" else "a]]>b")
    assert bytes_in in bodies[0]


async def test_one_call_in_ten_fails_the_same_ones_in_every_run(staged: Staged) -> None:
    """-1 at a rate: about a tenth of the calls, by a sequence that does not change."""
    runs = []
    for _ in range(2):
        stage = await staged(None)
        await stage.post("/sim/faults", {"api": {"errcode": -1, "rate": 0.1, "times": -1}})
        runs.append([(await stage.ask("getcallbackip")).get("errcode", 0) for _ in range(100)])
    assert runs[0] == runs[1]
    assert 3 <= runs[0].count(-1) <= 20


async def test_a_connection_is_cut_before_anything_is_done(staged: Staged) -> None:
    """`cut`: the call is not carried out, and no answer comes."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "查")
    await stage.post("/sim/faults", {"api": {"cut": 1, "path": "custom/send"}})
    with pytest.raises(aiohttp.ClientError):
        await stage.call("message/custom/send", {"touser": "o1", "msgtype": "text", "text": {"content": "好"}})
    assert len(await stage.get("/sim/inbox?openid=o1")) == 1


async def test_an_address_that_is_not_on_the_list_gets_no_token(staged: Staged) -> None:
    """40164 for token calls alone, as long as it is ordered."""
    stage = await staged(None)
    await stage.post("/sim/faults", {"api": {"errcode": 40164, "path": "token", "times": -1}})
    body = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
    assert (await stage.post("/cgi-bin/stable_token", body))["errcode"] == 40164
    await stage.post("/sim/faults", {"api": {}})
    assert "access_token" in await stage.post("/cgi-bin/stable_token", body)
