"""The API side: tokens, customer-service messages, templates, menus, codes, media, followers."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.simulator import SimTemplate, Simulator
from bot.simulator.fields import fits
from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged

CLIENT = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
RID = r"rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CERT = {
    "thing1": {"value": "张秀英"},
    "thing2": {"value": "养老待遇资格认证"},
    "date3": {"value": "2024-10-31"},
    "thing4": {"value": "回复“认证”查看办法"},
}


def text_to(openid: str, content: str = "您好") -> dict[str, Any]:
    """A customer-service text."""
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


async def code_of(stage: Stage, token: str) -> int:
    """The errcode of a harmless call with this token; 0 when it is good."""
    async with stage.http.get("/cgi-bin/getcallbackip", params={"access_token": token}) as answer:
        return int((await answer.json()).get("errcode", 0))


async def upload(stage: Stage, kind: str, content: bytes | None) -> dict[str, Any]:
    """POST /cgi-bin/media/upload."""
    form = aiohttp.FormData()
    if content is not None:
        form.add_field("media", io.BytesIO(content), filename="a.bin", content_type="application/octet-stream")
    else:
        form.add_field("other", "x", content_type="text/plain")
    async with stage.http.post(
        "/cgi-bin/media/upload", params={"access_token": await stage.token(), "type": kind}, data=form
    ) as answer:
        body: dict[str, Any] = await answer.json()
        return body


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_stable_token_stays_the_same_until_its_last_five_minutes(staged: Staged) -> None:
    """Repeated calls give the same token with the time left; in the last five minutes a new one, and the old lives on to its end."""
    stage = await staged(None)
    first = await stage.post("/cgi-bin/stable_token", CLIENT)
    stage.clock.advance(6000)
    again = await stage.post("/cgi-bin/stable_token", CLIENT)
    assert (first["expires_in"], again["expires_in"]) == (7200, 1200)
    assert again["access_token"] == first["access_token"]
    stage.clock.advance(1000)
    renewed = await stage.post("/cgi-bin/stable_token", CLIENT)
    assert renewed["access_token"] != first["access_token"]
    assert (await code_of(stage, first["access_token"]), await code_of(stage, renewed["access_token"])) == (0, 0)
    stage.clock.advance(201)
    assert await code_of(stage, first["access_token"]) == 42001


async def test_a_forced_refresh_kills_the_old_token_and_is_rationed(staged: Staged) -> None:
    """force_refresh: the old token is not the latest any more; 30 seconds apart and 20 a day."""
    stage = await staged(None)
    forced = CLIENT | {"force_refresh": True}
    old = await stage.token()
    assert (await stage.post("/cgi-bin/stable_token", forced))["access_token"] != old
    assert await code_of(stage, old) == 40001
    assert (await stage.post("/cgi-bin/stable_token", forced))["errcode"] == 45011
    for _ in range(19):
        stage.clock.advance(30)
        assert "access_token" in await stage.post("/cgi-bin/stable_token", forced)
    stage.clock.advance(30)
    assert (await stage.post("/cgi-bin/stable_token", forced))["errcode"] == 45009
    stage.clock.advance(86400)
    assert "access_token" in await stage.post("/cgi-bin/stable_token", forced)


async def test_a_plain_token_dies_five_minutes_after_the_next(staged: Staged) -> None:
    """/cgi-bin/token gives a new one each time, apart from the stable one."""
    stage = await staged(None)
    stable = await stage.token()
    tokens = []
    for _ in range(2):
        async with stage.http.get("/cgi-bin/token", params=CLIENT) as answer:
            tokens.append((await answer.json())["access_token"])
    stage.clock.advance(299)
    assert [await code_of(stage, one) for one in tokens] == [0, 0]
    stage.clock.advance(1)
    assert [await code_of(stage, one) for one in (*tokens, stable)] == [40001, 0, 0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wxother"}, 40013),
        ({"secret": "guess"}, 40125),
        ({"grant_type": "code"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
    ],
)
async def test_who_asks_for_a_token_is_checked(staged: Staged, change: dict[str, str], code: int) -> None:
    """Wrong app id, wrong secret, wrong grant: the platform's numbers, status 200, and a rid."""
    body = await (await staged(None)).post("/cgi-bin/stable_token", CLIENT | change)
    assert body["errcode"] == code
    assert "rid: " in body["errmsg"]


async def test_calls_without_a_good_token_are_refused(staged: Staged) -> None:
    """None is 41001, nonsense is 40014, the right shape but not ours is 40001."""
    stage = await staged(None)
    assert [await code_of(stage, one) for one in ("", "nonsense", "71_" + "0" * 128)] == [41001, 40014, 40001]


async def test_broken_requests_are_refused_in_the_platforms_words(staged: Staged) -> None:
    """GET for POST, no body, no JSON: 43002, 44002, 47001."""
    stage = await staged(None)
    path = f"/cgi-bin/message/custom/send?access_token={await stage.token()}"
    codes = []
    for method, body in (("GET", None), ("POST", b""), ("POST", b"{"), ("POST", b"[]")):
        async with stage.http.request(method, path, data=body) as answer:
            assert answer.status == 200
            codes.append((await answer.json())["errcode"])
    assert codes == [43002, 44002, 47001, 47001]


# ── customer-service messages ───────────────────────────────────────────────────────────────────────────────────────


async def test_five_messages_in_48_hours_after_a_message(staged: Staged) -> None:
    """The sixth is 45047; a new message of the person opens five more; after 48 hours it is 45015."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")
    codes = [(await stage.call("message/custom/send", text_to("o1", str(number))))["errcode"] for number in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]
    await stage.say("o1", "再查")
    stage.clock.advance(timedelta(hours=48).total_seconds() - 1)
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 0
    stage.clock.advance(1)
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 45015
    inbox = await stage.get("/sim/inbox?openid=o1")
    assert [(one["channel"], one["text"]) for one in inbox] == [("service", str(number)) for number in range(5)] + [
        ("service", "您好")
    ]


@pytest.mark.parametrize(
    "msg",
    [
        {"type": "event", "event": "CLICK", "key": "P_PAY"},
        {"type": "event", "event": "subscribe"},
        {"type": "event", "event": "SCAN", "key": "s"},
        {"type": "scan", "text": "http://bot.test/v/1/2"},
        {"type": "text", "content": "北京", "menu_id": "1"},
    ],
)
async def test_three_messages_in_a_minute_after_a_click(staged: Staged, msg: dict[str, Any]) -> None:
    """Click, follow, scan and a msgmenu choice open three messages for one minute, no more."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.send("o1", **msg)
    codes = [(await stage.call("message/custom/send", text_to("o1")))["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 45047]
    stage.clock.advance(60)
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 45015


async def test_viewing_a_page_opens_no_window(staged: Staged) -> None:
    """A VIEW event gives no right to write."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.send("o1", type="event", event="VIEW", key="http://bot.test/p")
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 45015


async def test_who_left_or_is_unknown_gets_nothing(staged: Staged) -> None:
    """After leaving it is 45015, whatever was open; an openid that nobody has is 40003."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")
    await stage.send("o1", type="event", event="unsubscribe")
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 45015
    assert (await stage.call("message/custom/send", text_to("o9")))["errcode"] == 40003


async def test_what_a_service_message_may_hold(staged: Staged) -> None:
    """Text, picture, one article, a menu of choices; two articles, unknown media, unknown kinds and long texts are refused without cost."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")
    media = (await upload(stage, "image", PNG))["media_id"]
    article = {"title": "缴费明细", "description": "2023 年", "url": "http://bot.test/p/1", "picurl": "http://bot.test/1.png"}
    choices = {
        "head_content": "请选择",
        "list": [{"id": "1", "content": "北京"}, {"id": "2", "content": "滨州"}],
        "tail_content": "回复编号也可",
    }

    async def send(kind: str, body: Any) -> int:
        return int((await stage.call("message/custom/send", {"touser": "o1", "msgtype": kind, kind: body}))["errcode"])

    assert await send("news", {"articles": [article, article]}) == 45008
    assert await send("image", {"media_id": "unknown"}) == 40007
    assert await send("file", {"media_id": media}) == 40008
    assert await send("text", {"content": ""}) == 44004
    assert await send("text", {"content": "您" * 683}) == 45002
    assert await send("msgmenu", {"list": []}) == 47001
    assert [
        await send("image", {"media_id": media}),
        await send("news", {"articles": [article]}),
        await send("msgmenu", choices),
    ] == [0, 0, 0]
    picture, card, menu = await stage.get("/sim/inbox?openid=o1")
    assert (picture["type"], card["type"], menu["type"]) == ("image", "news", "menu")
    assert (card["title"], card["text"], card["url"], card["picture"]) == tuple(article.values())
    assert menu["items"] == [{"id": "1", "text": "北京"}, {"id": "2", "text": "滨州"}]


async def test_typing_is_shown_after_an_exchange_and_not_twice(staged: Staged) -> None:
    """45072 for an unknown command, 45081 twice, 45080 when nobody wrote within 30 seconds."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")

    async def typing(command: str) -> int:
        return int((await stage.call("message/custom/typing", {"touser": "o1", "command": command}))["errcode"])

    assert [await typing(one) for one in ("Type", "Typing", "Typing", "CancelTyping", "Typing")] == [45072, 0, 45081, 0, 0]
    stage.clock.advance(31)
    assert await typing("CancelTyping") == 45080


async def test_a_personal_account_may_not_push(staged: Staged) -> None:
    """48001 for customer-service and template messages on an account that is not certified."""
    stage = await staged(Bot(echo).app(), account=replace(ACCOUNT, kind="personal"))
    await stage.say("o1", "查")
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 48001
    assert (await stage.call("message/template/send", {"touser": "o1"}))["errcode"] == 48001


# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_template_message_is_shown_and_its_delivery_reported(staged: Staged) -> None:
    """The card shows title, rows and address; the bot is told the same msgid with success."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.send("o1", type="event", event="subscribe")
    sent = await stage.call(
        "message/template/send", {"touser": "o1", "template_id": "TM_CERT_DUE", "url": "http://bot.test/p", "data": CERT}
    )
    await stage.sim.idle()
    assert (sent["errcode"], sent["errmsg"]) == (0, "ok")
    (card,) = await stage.get("/sim/inbox?openid=o1")
    assert (card["channel"], card["type"], card["title"], card["url"]) == (
        "template",
        "template",
        "待遇资格认证提醒",
        "http://bot.test/p",
    )
    assert card["fields"][2] == {"name": "截止日期", "value": "2024-10-31"}
    assert (bot.seen[-1]["Event"], bot.seen[-1]["MsgID"], bot.seen[-1]["Status"]) == (
        "TEMPLATESENDJOBFINISH",
        str(sent["msgid"]),
        "success",
    )


async def test_a_template_message_is_refused_for_its_reason(staged: Staged) -> None:
    """Unknown template 40037, wrong or missing value 47003 with the key, not following 43004, unknown openid 40003."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")
    body = {"touser": "o1", "template_id": "TM_CERT_DUE", "data": CERT}

    async def send(**change: Any) -> tuple[int, str]:
        answer = await stage.call("message/template/send", body | change)
        return answer["errcode"], answer["errmsg"]

    assert (await send(template_id="other"))[0] == 40037
    code, said = await send(data=CERT | {"thing1": {"value": "一二三四五六七八九十一二三四五六七八九十一"}})
    assert (code, "data.thing1.value invalid" in said) == (47003, True)
    assert (await send(data={key: CERT[key] for key in ("thing1", "thing2", "thing4")}))[0] == 47003
    assert (await send(touser="o9"))[0] == 40003
    await stage.send("o1", type="event", event="unsubscribe")
    assert (await send())[0] == 43004


async def test_a_client_msg_id_sends_once_in_ten_minutes(staged: Staged) -> None:
    """The same id to the same person gives the same msgid and one card; after ten minutes, or to another person, it is a new message."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "查")
    await stage.say("o2", "查")
    body = {"touser": "o1", "template_id": "TM_CERT_DUE", "data": CERT, "client_msg_id": "cert-2024-10-1"}
    ids = [(await stage.call("message/template/send", body))["msgid"] for _ in range(2)]
    other = (await stage.call("message/template/send", body | {"touser": "o2"}))["msgid"]
    stage.clock.advance(600)
    later = (await stage.call("message/template/send", body))["msgid"]
    assert ids[0] == ids[1]
    assert len({ids[0], other, later}) == 3
    assert len(await stage.get("/sim/inbox?openid=o1")) == 2


async def test_templates_are_listed_and_may_be_supplied(staged: Staged) -> None:
    """The list names what the account has chosen, in the platform's form; const fields take only their options."""
    own = SimTemplate("TM_X", "进度", (("const1", "状态"), ("thing2", "说明")), {"const1": ("已办结", "办理中")})
    stage = await staged(Bot(lambda _: None).app(), templates=[own])
    (row,) = (await stage.ask("template/get_all_private_template"))["template_list"]
    assert (row["template_id"], row["content"]) == ("TM_X", "状态:{{const1.DATA}}\n说明:{{thing2.DATA}}")
    await stage.say("o1", "查")
    for value, code in (("已办结", 0), ("也许", 47003)):
        data = {"const1": {"value": value}, "thing2": {"value": "无"}}
        assert (await stage.call("message/template/send", {"touser": "o1", "template_id": "TM_X", "data": data}))[
            "errcode"
        ] == code


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", ["一" * 20, "a b，1"], ["一" * 21, "", "一\n二"]),
        ("number1", ["123.45", "0"], ["12a", "1" * 33]),
        ("letter1", ["abc"], ["a1", "a" * 33]),
        ("symbol1", ["***"], ["******", "a"]),
        ("character_string21", ["CX-2024_09/1"], ["测试单号", "a" * 33]),
        (
            "time3",
            ["10:05", "2024年9月12日 10:05", "2024-09-12", "2024-09-12 10:05:59~2024-09-13 00:00"],
            ["明天", "25:00", "10:75"],
        ),
        ("date2", ["2024/9/12", "2024.09.12", "2024年9月"], ["9月12日头"]),
        ("amount1", ["¥1234.50元", "100"], ["12345678901", "一百", "1,000"]),
        ("phone_number1", ["+86-0766-66888866", "12333"], ["电话", "1" * 18]),
        ("car_number1", ["鲁A12345", "粤A8Z888挂"], ["鲁A123456789"]),
        ("name1", ["张秀英", "Zhang San"], ["张" * 11, "a" * 21]),
        ("phrase1", ["办理中"], ["办理完成了吗", "ok"]),
        ("unknown1", [], ["x"]),
    ],
)
def test_each_kind_of_template_value_has_its_form(key: str, good: list[str], bad: list[str]) -> None:
    """The table of field limits, value by value."""
    assert [one for one in good if not fits(key, one)] == []
    assert [one for one in bad if fits(key, one)] == []


# ── menus ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _click(name: str = "缴费查询", **more: str) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": "P_PAY"} | more


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([{"name": "查权益", "sub_button": [_click()] * 5}] * 3, 0),
        ([_click("一" * 5 + "a")], 0),
        ([_click()] * 4, 40016),
        ([], 40016),
        ([{"name": "查权益", "sub_button": [_click()] * 6}], 40023),
        ([_click("a" * 17)], 40018),
        ([{"name": "查权益", "sub_button": [_click("一" * 20)]}], 0),
        ([{"name": "查权益", "sub_button": [_click("a" * 61)]}], 40025),
        ([_click(key="k" * 129)], 40019),
        ([_click(key="")], 40019),
        ([{"type": "view", "name": "网站", "url": "http://a/" + "u" * 1016}], 40020),
        ([{"type": "view", "name": "网站"}], 40027),
        ([{"type": "text", "name": "网站"}], 40017),
    ],
)
async def test_a_menu_is_checked_in_bytes(staged: Staged, buttons: list[Any], code: int) -> None:
    """Three times five entries, 16 and 60 bytes of name, 128 of key, 1024 of address; each excess has its number."""
    stage = await staged(None)
    assert (await stage.call("menu/create", {"button": buttons}))["errcode"] == code


async def test_a_menu_is_kept_told_and_deleted(staged: Staged) -> None:
    """What was created is given back; escaped Chinese is refused; after deletion there is none."""
    stage = await staged(None)
    button = {"name": "查权益", "sub_button": [_click(), {"type": "scancode_waitmsg", "name": "扫码校验", "key": "P_SCAN"}]}
    await stage.call("menu/create", {"button": [button]})
    kept = (await stage.ask("menu/get"))["menu"]["button"]
    assert [one["name"] for one in kept[0]["sub_button"]] == ["缴费查询", "扫码校验"]
    escaped = rb'{"button":[{"type":"click","name":"\u67e5","key":"k"}]}'
    async with stage.http.post(f"/cgi-bin/menu/create?access_token={await stage.token()}", data=escaped) as answer:
        assert (await answer.json())["errcode"] == 40033
    assert (await stage.ask("menu/delete"))["errcode"] == 0
    assert (await stage.ask("menu/get"))["errcode"] == 46003


async def test_a_scan_is_reported_under_the_menus_scan_button(staged: Staged) -> None:
    """A scan of something foreign arrives as the scan button's event."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    await stage.call("menu/create", {"button": [{"type": "scancode_waitmsg", "name": "扫码校验", "key": "P_SCAN"}]})
    await stage.send("o1", type="scan", text="http://bot.test/v/1/2")
    assert bot.seen[0]["EventKey"] == "P_SCAN"


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_addresses_tickets_and_quota(staged: Staged) -> None:
    """getcallbackip lists this machine; the page ticket is the same for two hours; the quota is cleared ten times a month."""
    stage = await staged(None)
    assert await stage.ask("getcallbackip") == {"ip_list": ["127.0.0.1"]}
    ticket = await stage.ask("ticket/getticket", type="jsapi")
    stage.clock.advance(3600)
    assert (await stage.ask("ticket/getticket", type="jsapi")) == ticket | {"expires_in": 3600}
    stage.clock.advance(3600)
    assert (await stage.ask("ticket/getticket", type="jsapi"))["ticket"] != ticket["ticket"]
    codes = [(await stage.call("clear_quota", {"appid": ACCOUNT.app_id}))["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [48006]
    assert (await stage.call("clear_quota", {"appid": "other"}))["errcode"] == 40013


async def test_closing_ends_what_is_under_way(staged: Staged) -> None:
    """A report that nobody answers does not outlive the simulator."""
    stuck = asyncio.Event()

    async def never(_: Any) -> None:
        await stuck.wait()

    stage = await staged(Bot(never).app())
    sim: Simulator = stage.sim
    sim.report(sim.world.phone("o1"), "TEMPLATESENDJOBFINISH", {"MsgID": 1, "Status": "success"})
    await asyncio.sleep(0)
    await sim.close()
    stuck.set()
    await asyncio.wait_for(sim.idle(), 1)
