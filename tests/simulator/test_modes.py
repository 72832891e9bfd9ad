"""The three modes and the two formats: what is pushed, what is accepted, and saving another choice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import xmltodict
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from bot.simulator import SimAccount
from tests.simulator.bots import ACCOUNT, Bot, Callback, echo
from tests.simulator.conftest import Stage, Staged

OTHER_KEY = "Z" * 43


class Free(Callback):
    """A bot that speaks any mode and format and answers in the one that it is told to; keeps the query and the body of each push."""

    def __init__(self, mode: str, form: str, account: SimAccount = ACCOUNT) -> None:
        self.mode, self.form, self.account = mode, form, account
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.echo = ""

    def _echoed(self, echo: str) -> str:
        return echo + self.echo

    async def _post(self, request: web.Request) -> web.Response:
        query, raw = dict(request.query), await request.text()
        body = json.loads(raw) if request.content_type == "application/json" else xmltodict.parse(raw)["xml"]
        self.got.append((query, body))
        fields = self.opened(query, body)
        reply = {
            "ToUserName": fields["FromUserName"],
            "FromUserName": fields["ToUserName"],
            "CreateTime": 1,
            "MsgType": "text",
            "Content": f"您说：{fields.get('Content', fields.get('Event'))}",
        }
        text = json.dumps(reply) if self.form == "json" else xmltodict.unparse({"xml": reply}, full_document=False)
        if self.mode == "clear":
            return web.Response(text=text)
        crypto = WeChatCrypto(self.account.token, self.account.encoding_aes_key, self.account.app_id)
        sealed = xmltodict.parse(crypto.encrypt_message(text, query["nonce"], query["timestamp"]))["xml"]
        whole = json.dumps(sealed) if self.form == "json" else xmltodict.unparse({"xml": sealed}, full_document=False)
        return web.Response(text=whole)

    def opened(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """The message inside, by wechatpy's cipher where there is one."""
        if "Encrypt" not in body:
            return body
        crypto = WeChatCrypto(self.account.token, self.account.encoding_aes_key, self.account.app_id)
        wrapped = xmltodict.unparse({"xml": {"ToUserName": "x", "Encrypt": body["Encrypt"]}}, full_document=False)
        plain = crypto.decrypt_message(wrapped, query["msg_signature"], query["timestamp"], query["nonce"])
        read: dict[str, Any] = json.loads(plain) if plain.startswith("{") else xmltodict.parse(plain)["xml"]
        return read


async def put(staged: Staged, mode: Any, form: Any, answers: str = "", replies: str = "") -> tuple[Stage, Free]:
    """An account with this mode and format, and a bot that answers so, or otherwise."""
    bot = Free(answers or mode, replies or form)
    return await staged(bot.app(), account=replace(ACCOUNT, mode=mode, format=form)), bot


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["clear", "compat", "safe"])
async def test_every_mode_and_format_is_understood_both_ways(staged: Staged, mode: str, form: str) -> None:
    """The body shows what the mode says it shows, the query is signed, and wechatpy's cipher reads and writes it."""
    stage, bot = await put(staged, mode, form)
    result = await stage.say("o1", '查缴费 ]]> "引号"')
    assert (result["status"], result["replies"][0]["text"]) == ("answered", '您说：查缴费 ]]> "引号"')
    (query, body), *_ = bot.got
    assert ("Content" in body, "Encrypt" in body) == {
        "clear": (True, False),
        "compat": (True, True),
        "safe": (False, True),
    }[mode]
    assert (query.get("encrypt_type"), "msg_signature" in query, query["openid"]) == (
        (None, False, "o1") if mode == "clear" else ("aes", True, "o1")
    )
    inner = bot.opened(query, body)
    assert isinstance(inner["CreateTime"], int if form == "json" else str)
    assert int(inner["MsgId"]) > 0


@pytest.mark.parametrize(
    ("mode", "form", "answers", "replies", "why"),
    [
        ("clear", "xml", "safe", "xml", "encrypted answer, in clear mode"),
        ("safe", "xml", "clear", "xml", "in the clear, in safe mode"),
        ("safe", "xml", "safe", "json", "JSON for an account that speaks XML"),
        ("safe", "json", "safe", "xml", "XML for an account that speaks JSON"),
        ("clear", "json", "clear", "xml", "XML for an account that speaks JSON"),
        ("compat", "xml", "clear", "xml", ""),
        ("compat", "xml", "safe", "xml", ""),
    ],
)
async def test_an_answer_must_be_of_the_accounts_mode_and_format(
    staged: Staged, mode: str, form: str, answers: str, replies: str, why: str
) -> None:
    """Compat mode takes both; the others take one; the wrong format is refused everywhere."""
    stage, _ = await put(staged, mode, form, answers, replies)
    result = await stage.say("o1", "查")
    assert result["status"] == ("failed" if why else "answered")
    assert why in result.get("reason", "")


async def test_articles_in_json_are_an_array(staged: Staged) -> None:
    """A JSON account's cards may stand in an array, and are counted like those of XML."""

    async def post(request: web.Request) -> web.Response:
        got = await request.json()
        reply = {
            "ToUserName": got["FromUserName"],
            "FromUserName": got["ToUserName"],
            "CreateTime": 1,
            "MsgType": "news",
            "ArticleCount": 2,
            "Articles": [{"Title": "甲", "Description": "一", "Url": "http://bot.test/1"}, {"Title": "乙"}],
        }
        return web.json_response(reply)

    app = web.Application()
    app.router.add_post("/wechat", post)
    stage = await staged(app, account=replace(ACCOUNT, mode="clear", format="json"))
    (card,) = (await stage.send("o1", type="event", event="CLICK", key="K"))["replies"]
    assert [one["title"] for one in card["articles"]] == ["甲", "乙"]


async def test_a_list_of_one_is_an_object_and_of_two_an_array(staged: Staged) -> None:
    """In JSON as in XML, `List` has no array around a single element; both shapes can be ordered."""
    stage, bot = await put(staged, "clear", "json")

    async def shape(number: int, **faults: int) -> Any:
        await stage.post("/sim/faults", {"push": faults})
        rows = [{"TemplateId": f"T{index}", "SubscribeStatusString": "accept"} for index in range(number)]
        fields = {"SubscribeMsgPopupEvent": {"List": rows}}
        await stage.send("o1", type="event", event="subscribe_msg_popup_event", fields=fields)
        return bot.got[-1][1]["SubscribeMsgPopupEvent"]["List"]

    assert isinstance(await shape(1), dict)
    assert len(await shape(2)) == 2
    assert isinstance(await shape(2, list_one=1), dict)
    assert len(await shape(1, list_many=1)) == 2


async def test_a_configuration_is_saved_when_the_bot_returns_the_echo(staged: Staged) -> None:
    """Mode and format change at once; the next push is in them."""
    stage, bot = await put(staged, "safe", "xml")
    assert await stage.post("/sim/account", {"mode": "clear", "format": "json"}) == {"ok": True}
    bot.mode, bot.form = "clear", "json"
    assert (await stage.say("o1", "查"))["status"] == "answered"
    assert bot.got[-1][1]["Content"] == "查"


async def test_nothing_is_saved_when_the_echo_differs_by_one_byte(staged: Staged) -> None:
    """A line break after the echostr is enough; the account stays as it was."""
    stage, bot = await put(staged, "safe", "xml")
    bot.echo = "\n"
    told = await stage.post("/sim/account", {"mode": "clear"})
    assert told == {"ok": False, "problem": "the body is not the echostr"}
    assert (await stage.say("o1", "查"))["status"] == "answered"
    assert "Content" not in bot.got[-1][1]


async def test_a_new_token_is_what_the_bot_is_asked_with(staged: Staged) -> None:
    """A bot that does not know the new token refuses; one that does is pushed to with it."""
    stage, bot = await put(staged, "clear", "xml")
    assert (await stage.post("/sim/account", {"token": "newtoken"}))["ok"] is False
    bot.account = replace(ACCOUNT, token="newtoken")
    assert (await stage.post("/sim/account", {"token": "newtoken"}))["ok"] is True
    await stage.say("o1", "查")
    query = bot.got[-1][0]
    check_signature("newtoken", query["signature"], query["timestamp"], query["nonce"])


async def test_another_address_is_pushed_to_from_then_on(staged: Staged) -> None:
    """Saving a url sends everything there, and pages of its host may be opened."""
    second = Bot(echo)
    elsewhere = await staged(second.app())
    stage = await staged(Bot(echo).app())
    assert (await stage.post("/sim/account", {"url": elsewhere.sim.target_url}))["ok"] is True
    await stage.say("o1", "查")
    assert [one["Content"] for one in second.seen] == ["查"]
    assert stage.sim.page_origins == elsewhere.sim.page_origins


async def test_after_a_change_of_key_the_previous_one_is_still_in_use_for_a_while(staged: Staged) -> None:
    """A push with the previous key must be answered with it; an answer with the new key is refused."""
    stage, bot = await put(staged, "safe", "xml")
    assert (await stage.post("/sim/account", {"encoding_aes_key": OTHER_KEY}))["ok"] is True
    await stage.post("/sim/faults", {"push": {"previous_key": 1}})
    assert (await stage.say("o1", "旧"))["status"] == "answered"
    bot.account = replace(ACCOUNT, encoding_aes_key=OTHER_KEY)
    assert (await stage.say("o1", "新"))["status"] == "answered"
    await stage.post("/sim/faults", {"push": {"previous_key": 3}})
    failed = await stage.say("o1", "旧")
    assert (failed["status"], failed["tries"]) == ("failed", 3)


@pytest.mark.parametrize(
    "wanted",
    [
        {"token": "ab"},
        {"token": "a-b-c"},
        {"encoding_aes_key": "short"},
        {"mode": "open"},
        {"format": "yaml"},
        {"kind": "company"},
        {"url": "ftp://bot.test/wechat"},
        {"snapshot_user": 1},
        {"rules": {"code_seconds": "long"}},
        {"rules": {"unheard": 1}},
        {"callback_ips": ["nowhere"]},
        {"colour": "red"},
    ],
)
async def test_a_setting_out_of_form_is_the_callers_mistake(staged: Staged, wanted: dict[str, Any]) -> None:
    """Each is 400 with the reason, and nothing is asked of the bot."""
    stage, bot = await put(staged, "safe", "xml")
    assert "error" in await stage.post("/sim/account", wanted, status=400)
    assert bot.got == []


async def test_switches_need_no_asking(staged: Staged) -> None:
    """The kind of the account, its rules, the virtual person and the addresses change without a bot that answers."""
    stage = await staged(None)
    wanted = {"kind": "sandbox", "rules": {"code_seconds": 60}, "snapshot_user": True, "callback_ips": ["203.0.113.9"]}
    assert await stage.post("/sim/account", wanted) == {"ok": True}
    assert (stage.sim.account.kind, stage.sim.account.rules.code_seconds) == ("sandbox", 60)
    assert stage.sim.oauth.snapshot is True
    assert await stage.ask("getcallbackip") == {"ip_list": ["127.0.0.1", "203.0.113.9"]}
