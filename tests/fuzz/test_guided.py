"""Coverage-guided: whatever is inside an authentic envelope is answered 200 with a valid body, whatever is in a forged one is refused, and
whatever is typed is answered in words. The bounded run is always the same; FUZZ_SECONDS=… gives each target that long, from a seed of its own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

import pytest

from bot.clock import SystemClock
from bot.wechat.envelope import Account, Mode
from bot.wechat.xml import parse
from dialogs.messages import Reply, Said
from dialogs.phrases import SORRY
from tests import people
from tests.conversations.conftest import World, shown
from tests.edge.platform import APP_ID, GH, KEY, OPENID, TOKEN, event_xml, opened, safe, sha1, start_edge, stop_edge, text_xml
from tests.fuzz.guided import Fuzzer, Target
from tests.handlers.conftest import log as log  # noqa: PLC0414 - what is logged is nobody's here
from tests.handlers.conftest import world as world  # noqa: PLC0414 - a fixture
from tests.handlers.test_order import TALK

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

_JSON = json.dumps(
    {"ToUserName": GH, "FromUserName": OPENID, "CreateTime": 1726106400, "MsgType": "text", "Content": "你好", "MsgId": 7}
)
SEEDS = [
    text_xml().encode(),
    event_xml("subscribe", "qrscene_123", "<Ticket><![CDATA[t]]></Ticket>").encode(),
    event_xml("CLICK", "P_QUERY").encode(),
    event_xml("VIEW", "http://x").encode(),
    event_xml(
        "scancode_waitmsg", "k", "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>"
    ).encode(),
    event_xml("TEMPLATESENDJOBFINISH", extra="<MsgID>200</MsgID><Status><![CDATA[failed:user block]]></Status>").encode(),
    event_xml(
        "subscribe_msg_popup_event",
        extra="<SubscribeMsgPopupEvent><List><TemplateId>a</TemplateId><SubscribeStatusString>accept</SubscribeStatusString>"
        "<PopupScene>1</PopupScene></List></SubscribeMsgPopupEvent>",
    ).encode(),
    text_xml().replace("text", "voice").replace("Content", "Recognition").encode(),
    text_xml().replace("text", "image").replace("Content", "MediaId").encode(),
    text_xml()
    .replace("<Content>", "<Location_X>39.9</Location_X><Location_Y>116.4</Location_Y><Content>")
    .replace("text", "location")
    .encode(),
    text_xml().replace("text", "link").replace("Content", "Url").encode(),
    _JSON.encode(),
]
TOKENS = [
    one.encode()
    for one in (
        "<xml>", "</xml>", "<![CDATA[", "]]>", "<MsgType>", "event", "text", "image", "voice", "video", "shortvideo", "location", "link",
        "<Event>", "subscribe", "unsubscribe", "SCAN", "LOCATION", "CLICK", "VIEW", "<EventKey>", "<List>", "</List>", "<MsgId>",
        "<FromUserName>", "<CreateTime>", "9" * 40, "-1", "1e400", "NaN", "null", "[", "{", '"', "&lt;", "&#0;", "&#x110000;", "&x;",
        "<!DOCTYPE a>", "<?xml version='1.0' encoding='utf-16'?>", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "\x00",
        "kf_create_session", "merge_kf", "user_enter_tempsession", "MASSSENDJOBFINISH", "template_confirm", "msgmenu", "bizmsgmenuid",
    )
]  # fmt: skip


async def _fuzzed(target: Target, seeds: Sequence[bytes], tokens: Sequence[bytes], folders: Sequence[str], runs: int) -> None:
    clock = SystemClock()
    end = clock.monotonic() + SECONDS
    fuzzer = Fuzzer(target, seeds, tokens, folders, SEED)
    found = await (fuzzer.run(1 << 40, lambda: clock.monotonic() > end) if SECONDS else fuzzer.run(runs))
    print(found)
    if found.faults:
        given, error = found.faults[0]
        pytest.fail(f"{given!r}: {type(error).__name__}: {error}")
    assert len(found.corpus) > len(seeds)


async def test_any_authentic_content_is_answered() -> None:
    """Encrypted and signed as the platform does: 200, and `success` or an answer that wechatpy can open, with well-formed XML or JSON in it."""
    edge = await start_edge()
    try:

        async def send(content: bytes) -> None:
            sent = safe(content.decode("utf-8", "replace"), edge.clock)
            response = await edge.post(sent)
            body = await response.read()
            assert response.status == 200, response.status
            if body != b"success":
                envelope = parse(body)
                assert "Encrypt" in envelope
                if not body.lstrip().startswith(b"{"):
                    assert parse(opened(sent, body).encode())["FromUserName"]
            edge.turns.stored.clear()
            edge.turns.taken.clear()

        await _fuzzed(send, SEEDS, TOKENS, ["bot/wechat", "dialogs/messages.py"], 700)
    finally:
        await stop_edge(edge)


@pytest.mark.sweep
async def test_any_clear_content_is_answered_and_no_forged_one() -> None:
    """The same in clear mode, byte for byte, under a right signature: 200, or 4xx for an outer body that is nobody's; under a wrong one 403
    and no turn."""
    edge = await start_edge(Account(APP_ID, TOKEN, KEY, mode=Mode.CLEAR))
    try:

        async def send(content: bytes) -> None:
            stamp = str(int(edge.clock.now().timestamp()))
            query = {"signature": sha1(TOKEN, stamp, "1"), "timestamp": stamp, "nonce": "1"}
            async with edge.client.post("/wechat", params=query, data=content) as response:
                assert response.status in {200, 403}, response.status
                if response.status == 200 and (body := await response.read()) != b"success":
                    assert parse(body)["ToUserName"]
            taken = len(edge.turns.taken)
            async with edge.client.post("/wechat", params={**query, "signature": content[:40].hex()}, data=content) as response:
                assert response.status == 403
            assert len(edge.turns.taken) == taken
            edge.turns.stored.clear()
            edge.turns.taken.clear()

        await _fuzzed(send, SEEDS, TOKENS, ["bot/wechat", "dialogs/messages.py"], 500)
    finally:
        await stop_edge(edge)


WORDS = [
    one.encode()
    for one in (
        *TALK, "返回", "帮助", "继续", "人工", "结束", "社保卡挂失", "解挂", "补卡", "退订", "提醒设置", "免打扰 22:00-7:00", "我的定制",
        "养老金估算", "退休年龄 1970-01-01 男", "授权女儿", "我的数据", "评价 5 好", "附近网点", "校验 24091211 ABCD2345", "上个月", "2023年",
        "医疗呢", "下载", "第二个", "０", "一百", "10-20", "2024-02-30", "110101199003077", "\n", "?", "x" * 3000, people.JIANGUO_PHONE,
        people.LI_PHONE, "000000", people.LI.id_no[-4:], "北京", "滨州", "济南", "全部", "全选", "1,2", "算了", "改一项", "确认", "不是我",
    )
]  # fmt: skip


@pytest.mark.sweep
async def test_whatever_is_typed_is_answered_in_words(world: World) -> None:
    """Up to eight messages a chat, a visitor's or a logged-in person's: never the apology for what nobody foresaw, never an empty answer, and
    the state can be read again."""
    number = 0

    def seal(reply: Reply) -> bytes:
        return shown(reply.first).encode()

    async def talk(content: bytes) -> None:
        nonlocal number
        openid = f"o-{number}"
        world.clock.advance(7200)
        for line in content.decode("utf-8", "replace").split("\n")[:8]:
            number += 1
            world.clock.advance(20)
            if "CODE" in line:
                await world.settle()
            codes = re.findall(r"验证码 (\d{6})", " ".join(text for _, text in world.outside.sms[-20:]))
            typed = line.replace("CODE", codes[-1] if codes else "123456")
            answer = await world.conversation.take(Said(openid, f"f{number}", world.clock.now(), typed), seal)
            assert answer
            assert SORRY not in answer.decode(), line

    seeds = [
        "\n".join(TALK[:8]),
        "\n".join(TALK[8:16]),
        "登录\n1\n" + people.LI_PHONE + "\nCODE\n" + people.LI.id_no[-4:],
        "社保卡丢了\n1\n1",
        "退休年龄\n1970-01-01\n1",
    ]
    await _fuzzed(talk, [one.encode() for one in seeds], WORDS, ["dialogs", "handlers"], 60)


def test_it_finds_what_lies_behind_three_conditions() -> None:
    """The fuzzer itself: guided by what was reached it finds an input that chance alone would not."""
    import asyncio

    from tests.fuzz.maze import deep

    async def target(given: bytes) -> None:
        deep(given)

    fuzzer = Fuzzer(target, [b"....."], [b"k", b"e", b"y", b"s"], ["tests/fuzz/maze.py"], seed=3, most=16)
    found = asyncio.run(fuzzer.run(20_000))
    assert found.faults
    assert type(found.faults[0][1]) is RuntimeError
