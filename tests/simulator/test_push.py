"""The push side: what is sent, in which order, how often, and what the person sees of the answer."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from aiohttp import web
from wechatpy import create_reply
from yarl import URL

from bot.simulator import FAILURE_NOTICE
from tests.simulator.bots import ACCOUNT, Bot, cards, echo, raw, served
from tests.simulator.conftest import Staged

JSON = '{"ToUserName": "o1", "FromUserName": "gh_tests", "CreateTime": 1, "MsgType": "text", "Content": "你好"}'
CLEAR = (
    "<xml><ToUserName>o1</ToUserName><FromUserName>gh_tests</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>你好</Content></xml>"
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def test_a_right_bot_is_answered_at_the_first_try(staged: Staged) -> None:
    """A signed, encrypted text reaches the bot whole, and its encrypted answer is what the person reads."""
    bot = Bot(lambda message: create_reply("好", message=message))
    stage = await staged(bot.app())
    result = await stage.say("o1", "查去年 <b>&amp; ]]> 的养老缴费")
    assert (result["status"], result["tries"]) == ("answered", 1)
    (seen,), (query,) = bot.seen, bot.queries
    assert seen["Content"] == "查去年 <b>&amp; ]]> 的养老缴费"
    assert seen["ToUserName"] == ACCOUNT.original_id
    assert seen["CreateTime"] == str(int(stage.clock.now().timestamp())) == query["timestamp"]
    assert int(seen["MsgId"]) < 2**63
    assert (query["encrypt_type"], query["openid"]) == ("aes", "o1")
    assert len(query["nonce"]) == 10
    assert query["nonce"].isdigit()


async def test_the_reply_is_told_to_programs_and_kept_in_the_inbox(staged: Staged) -> None:
    """A reply has channel, type, text and time, nothing that does not apply, and stays in the inbox in order."""
    stage = await staged(Bot(echo).app())
    first = await stage.say("o1", "甲")
    second = await stage.say("o1", "乙")
    at = stage.clock.now().isoformat()
    assert first["replies"] == [{"channel": "passive", "type": "text", "text": "您说：甲", "at": at}]
    assert await stage.get("/sim/inbox?openid=o1") == first["replies"] + second["replies"]
    assert await stage.get("/sim/inbox?openid=o2") == []


async def test_the_first_link_of_a_text_is_its_url(staged: Staged) -> None:
    """A text with links tells them all, and the first as its url, so that a program can open it."""
    text = '您好 <a href="http://bot.test/p/1?a=1&amp;b=2">查看明细</a> <a href="http://bot.test/d/2">下载</a>'
    stage = await staged(Bot(lambda message: create_reply(text, message=message)).app())
    (reply,) = (await stage.say("o1", "查"))["replies"]
    assert reply["text"] == text
    assert reply["url"] == "http://bot.test/p/1?a=1&b=2"
    assert [one["text"] for one in reply["links"]] == ["查看明细", "下载"]


async def test_success_is_an_empty_answer(staged: Staged) -> None:
    """`success` and an empty body, both in the clear, mean that the bot has nothing to say; nothing is shown."""
    for app in (Bot(echo).app(), raw("")):
        stage = await staged(app)
        result = await stage.say("o1", "安静")
        assert (result["status"], result["tries"], result["replies"]) == ("empty", 1, [])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (JSON, "JSON"),
        (CLEAR, "in the clear"),
        ("<xml><Encrypt>a</Encrypt", "not well-formed"),
        (
            "<xml><Encrypt>YQ==</Encrypt><MsgSignature>a</MsgSignature><TimeStamp>1</TimeStamp><Nonce>1</Nonce></xml>",
            "MsgSignature",
        ),
        ("<xml><Encrypt>YQ==</Encrypt></xml>", "MsgSignature is missing"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>', "DOCTYPE"),
        ("<html>出错了</html>", "root"),
        ("Success", "not well-formed"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
async def test_an_answer_that_is_no_answer_shows_the_failure(staged: Staged, content: str | bytes, why: str) -> None:
    """JSON, clear text, broken XML, forged signatures: the person is told that the service is out of order, and programs why."""
    stage = await staged(raw(content))
    result = await stage.say("o1", "查")
    assert (result["status"], result["tries"]) == ("failed", 1)
    assert why in result["reason"]
    assert [one["text"] for one in result["replies"]] == [FAILURE_NOTICE]
    assert (await stage.get("/sim/inbox?openid=o1"))[0]["text"] == FAILURE_NOTICE


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("<ToUserName><![CDATA[o1]]>", "<ToUserName><![CDATA[o2]]>"), "ToUserName"),
        (("<FromUserName><![CDATA[gh_tests]]>", "<FromUserName><![CDATA[gh_other]]>"), "FromUserName"),
        (("<CreateTime>", "<CreateTime>soon "), "CreateTime"),
        (("<MsgType><![CDATA[text]]>", "<MsgType><![CDATA[file]]>"), "MsgType"),
        (("<Content>", "<ToUserName>o1</ToUserName><Content>"), "there twice"),
        (("</xml>", "</xml><xml/>"), "not well-formed"),
        (("您说：查", "您" * 683), "2048"),
        (("您说：查", ""), "Content"),
        (("您说：查", "\b"), "not well-formed"),
    ],
)
async def test_each_field_of_a_reply_is_judged(staged: Staged, change: tuple[str, str], why: str) -> None:
    """Swapped names, a date that is no number, an unknown type, a text over 2048 bytes: each alone fails a reply that is otherwise right."""

    def wrong(message: Any) -> str:
        rendered = str(create_reply("您说：查", message=message).render())
        assert change[0] in rendered
        return rendered.replace(*change)

    stage = await staged(Bot(wrong).app())
    result = await stage.say("o1", "查")
    assert result["status"] == "failed"
    assert why in result["reason"]


async def test_a_text_of_exactly_2048_bytes_is_shown_whole(staged: Staged) -> None:
    """The limit is in bytes of UTF-8 and includes its last one."""
    text = "您" * 682 + "ab"
    assert len(text.encode()) == 2048
    stage = await staged(Bot(lambda message: create_reply(text, message=message)).app())
    assert (await stage.say("o1", "查"))["replies"][0]["text"] == text


async def test_articles_beyond_the_limit_are_dropped(staged: Staged) -> None:
    """One card after a message, eight after an event; the rest vanishes without a word."""
    stage = await staged(Bot(cards(10)).app())
    (after_text,) = (await stage.say("o1", "查"))["replies"]
    (after_click,) = (await stage.send("o1", type="event", event="CLICK", key="P_PAY"))["replies"]
    assert (after_text["type"], after_text["title"], after_text["url"]) == ("news", "第1张", "http://bot.test/0")
    assert "articles" not in after_text
    assert len(after_click["articles"]) == 8


async def test_a_picture_reply_needs_a_media_id_that_lives(staged: Staged) -> None:
    """A picture of the person's own may be sent back for three days; then the reply is refused."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    sent = {"type": "image", "base64": base64.b64encode(PNG).decode()}
    (reply,) = (await stage.send("o1", **sent))["replies"]
    async with stage.http.get(reply["picture"]) as picture:
        assert await picture.read() == PNG
    async with stage.http.get(URL(bot.seen[0]["PicUrl"]).path) as picture:
        assert picture.content_type == "image/png"
    old = bot.seen[0]["MediaId"]
    stage.clock.advance(3 * 86400)

    def stale(message: Any) -> Any:
        reply = echo(message)
        reply.image = old
        return reply

    bot.answer = stale
    result = await stage.send("o1", **sent)
    assert result["status"] == "failed"
    assert "MediaId" in result["reason"]


async def test_a_transfer_to_a_human_is_a_reply(staged: Staged) -> None:
    """transfer_customer_service is shown as a notice that a human takes over."""
    stage = await staged(Bot(echo).app())
    (reply,) = (await stage.say("o1", "人工"))["replies"]
    assert reply["type"] == "transfer"


async def test_a_slow_bot_is_asked_three_times_with_the_same_id(staged: Staged) -> None:
    """No answer in time: three tries back to back, the same MsgId and CreateTime, a fresh signature each, then the failure notice."""
    stuck = asyncio.Event()

    async def never(_: Any) -> None:
        await stuck.wait()

    bot = Bot(never)
    stage = await staged(bot.app(), try_seconds=0.2)
    result = await stage.say("o1", "查")
    stuck.set()
    assert (result["status"], result["tries"]) == ("failed", 3)
    assert len({one["MsgId"] for one in bot.seen}) == len({one["CreateTime"] for one in bot.seen}) == 1
    assert len(bot.seen) == 3
    assert len({one["nonce"] for one in bot.queries}) == 3
    assert result["replies"][0]["text"] == FAILURE_NOTICE


async def test_a_message_that_is_sent_again_may_keep_its_stamp(staged: Staged) -> None:
    """Nobody has confirmed that it does not: with the rule, timestamp and nonce are those of the first try."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    await stage.post("/sim/account", {"rules": {"retry_keeps_stamp": True}})
    await stage.post("/sim/faults", {"push": {"drop": 2}})
    assert (await stage.say("o1", "查"))["tries"] == 3
    assert len({(one["timestamp"], one["nonce"]) for one in bot.queries}) == 1


async def test_the_longest_text_is_a_rule(staged: Staged) -> None:
    """Today's limit is not confirmed: another one holds for answers and for customer service alike."""
    text = "您" * 100
    stage = await staged(Bot(lambda message: create_reply(text, message=message)).app())
    await stage.post("/sim/account", {"rules": {"text_bytes": 299}})
    assert "299" in (await stage.say("o1", "查"))["reason"]
    service = {"touser": "o1", "msgtype": "text", "text": {"content": text}}
    assert (await stage.call("message/custom/send", service))["errcode"] == 45002
    await stage.post("/sim/account", {"rules": {"text_bytes": 300}})
    assert (await stage.say("o1", "查"))["status"] == "answered"


async def test_a_picture_that_moves_is_no_answer(staged: Staged) -> None:
    """A GIF of one picture may be sent back, one of two may not."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    frame = b"\x00\x21\xf9\x04\x00\x00\x00\x00\x00\x2c"
    for frames, status in ((1, "answered"), (2, "failed")):
        picture = base64.b64encode(b"GIF89a" + frame * frames).decode()
        assert (await stage.send("o1", type="image", base64=picture))["status"] == status


async def test_the_limit_counts_to_the_last_byte(staged: Staged) -> None:
    """A body that trickles is cut off like one that never comes."""
    stuck = asyncio.Event()

    async def trickle(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(b"succ")
        await stuck.wait()
        return stream

    stage = await staged(served(trickle), try_seconds=0.05)
    result = await stage.say("o1", "查")
    stuck.set()
    assert (result["status"], result["tries"]) == ("failed", 3)


async def test_a_later_try_may_still_be_answered(staged: Staged) -> None:
    """An error page at the first try is not the end: the second try's answer counts, and nothing else is shown."""
    calls: list[int] = []

    def faltering(message: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise web.HTTPBadGateway
        return echo(message)

    stage = await staged(Bot(faltering).app())
    result = await stage.say("o1", "查")
    assert (result["status"], result["tries"], len(result["replies"])) == ("answered", 2, 1)
    assert result["attempts"][0] == "status 502"


async def test_a_bot_that_is_down_fails_after_three_tries(staged: Staged) -> None:
    """Nobody listens: three tries, then the notice."""
    stage = await staged(None)
    result = await stage.say("o1", "查")
    assert (result["status"], result["tries"]) == ("failed", 3)


async def test_messages_of_one_phone_leave_in_order_without_waiting(staged: Staged) -> None:
    """A second message is sent while the first is still being worked on, and after it; other phones are not held up."""
    order: list[str] = []
    both = asyncio.Event()

    async def work(message: Any) -> Any:
        order.append(message.content)
        if len(order) == 3:
            both.set()
        await both.wait()
        return echo(message)

    stage = await staged(Bot(work).app())
    results = await asyncio.gather(stage.say("o1", "一"), stage.say("o1", "二"), stage.say("o2", "三"))
    assert [one["status"] for one in results] == ["answered"] * 3
    assert order.index("一") < order.index("二")
    assert [one["replies"][-1]["text"] for one in results][2] == "您说：三"


async def test_a_phone_that_left_cannot_write_until_it_follows_again(staged: Staged) -> None:
    """Leaving is told to the bot and its answer shown to nobody; messages then fail without a push; following again mends it."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    left = await stage.send("o1", type="event", event="unsubscribe")
    assert (left["status"], left["replies"]) == ("empty", [])
    mute = await stage.say("o1", "在吗")
    assert (mute["status"], mute["tries"], mute["replies"]) == ("failed", 0, [])
    back = await stage.send("o1", type="event", event="subscribe")
    assert back["status"] == "answered"
    assert (await stage.say("o1", "在吗"))["status"] == "answered"
    assert [one.get("Event", one["MsgType"]) for one in bot.seen] == ["unsubscribe", "subscribe", "text"]


@pytest.mark.parametrize(
    ("msg", "expected"),
    [
        ({"type": "event", "event": "CLICK", "key": "P_PAY"}, {"Event": "CLICK", "EventKey": "P_PAY"}),
        ({"type": "event", "event": "VIEW", "key": "http://bot.test/p"}, {"Event": "VIEW", "EventKey": "http://bot.test/p"}),
        ({"type": "event", "event": "subscribe", "key": "scene7"}, {"Event": "subscribe", "EventKey": "qrscene_scene7"}),
        (
            {"type": "event", "event": "SCAN", "key": "scene7", "ticket": "T"},
            {"Event": "SCAN", "EventKey": "scene7", "Ticket": "T"},
        ),
        (
            {"type": "event", "event": "new_thing", "fields": {"List": {"TemplateId": "t"}}},
            {"Event": "new_thing", "List": {"TemplateId": "t"}},
        ),
        (
            {"type": "scan", "text": "http://bot.test/v/1/2"},
            {
                "Event": "scancode_waitmsg",
                "EventKey": "SCAN",
                "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "http://bot.test/v/1/2"},
            },
        ),
        ({"type": "voice", "recognition": "查缴费"}, {"MsgType": "voice", "Format": "amr", "Recognition": "查缴费"}),
        (
            {"type": "location", "lat": 36.5, "lng": 117.0, "label": "历下区"},
            {"Location_X": "36.5", "Location_Y": "117.0", "Label": "历下区"},
        ),
        ({"type": "text", "content": "北京", "menu_id": "1"}, {"Content": "北京", "bizmsgmenuid": "1"}),
        ({"type": "shortvideo", "fields": {"MediaId": "m"}}, {"MsgType": "shortvideo", "MediaId": "m"}),
    ],
)
async def test_every_gesture_is_told_in_the_platforms_words(
    staged: Staged, msg: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Clicks, scans, voice, places and unknown kinds arrive with the fields of the platform."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    assert (await stage.send("o1", **msg))["status"] == "empty"
    (seen,) = bot.seen
    assert {name: seen.get(name) for name in expected} == expected
    assert ("MsgId" in seen) == (msg["type"] not in {"event", "scan"})


@pytest.mark.parametrize(
    "msg",
    [
        None,
        {},
        {"type": "text"},
        {"type": "image", "base64": "!"},
        {"type": "image", "base64": "YWJj"},
        {"type": "location", "lat": "x", "lng": 1},
    ],
)
async def test_a_message_no_phone_can_send_is_the_callers_mistake(staged: Staged, msg: Any) -> None:
    """Malformed requests of programs are 400 with the reason."""
    stage = await staged(None)
    assert "error" in await stage.post("/sim/send", {"openid": "o1", "msg": msg}, status=400)
    assert "error" in await stage.post("/sim/send", {"openid": "../etc", "msg": {"type": "text", "content": "a"}}, status=400)


async def test_the_address_is_verified_by_its_echo(staged: Staged) -> None:
    """A bot that returns the echostr passes; one that answers something else, or nothing, does not."""
    assert (await (await staged(Bot(echo).app())).post("/sim/verify", {}))["ok"] is True
    other = web.Application()

    async def greet(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    other.router.add_get("/wechat", greet)
    assert (await (await staged(other)).post("/sim/verify", {}))["problem"] == "the body is not the echostr"
    assert "no connection" in (await (await staged(None)).post("/sim/verify", {}))["problem"]
