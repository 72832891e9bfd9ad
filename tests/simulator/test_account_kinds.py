"""What each kind of account may do (A14), and the rest of the API: quotas, the way to the bot, customer service of every kind."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from bot.simulator.account import AccountKind
from bot.simulator.api_table import PATHS
from bot.simulator.simulator import Scene
from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Staged
from tests.simulator.test_api import CERT, PNG, text_to, upload
from tests.simulator.test_subscriptions import accept, notify

MENU = {"button": [{"type": "click", "name": "查", "key": "K"}]}
CODE = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
TEMPLATE = {"touser": "o1", "template_id": "TM_CERT_DUE", "data": CERT}


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        ("personal", [False, False, False, False, False]),
        ("subscription", [True, True, False, False, True]),
        ("service", [True, True, True, True, True]),
        ("sandbox", [True, True, True, True, True]),
    ],
)
async def test_each_kind_may_do_what_the_table_says(staged: Staged, kind: AccountKind, may: list[bool]) -> None:
    """Menu, customer service, template messages, codes, tags: 48001 for who may not."""
    stage = await staged(Bot(echo).app(), account=replace(ACCOUNT, kind=kind))
    await stage.say("o1", "在")
    codes = [
        (await stage.call(path, body)).get("errcode", 0)
        for path, body in (
            ("menu/create", MENU),
            ("message/custom/send", text_to("o1")),
            ("message/template/send", TEMPLATE),
            ("qrcode/create", CODE),
            ("tags/create", {"tag": {"name": "甲"}}),
        )
    ]
    assert codes == [0 if one else 48001 for one in may]
    assert (await stage.ask("user/info", openid="o1"))["subscribe"] == 1


async def test_what_nobody_has_confirmed_of_a_subscription_account_is_a_rule(staged: Staged) -> None:
    """Parametric codes of a 公众号: not by default, and with the rule they are made."""
    stage = await staged(None, account=replace(ACCOUNT, kind="subscription"))
    assert (await stage.call("qrcode/create", CODE))["errcode"] == 48001
    await stage.post("/sim/account", {"rules": {"subscription_account_codes": True, "subscription_account_oauth": True}})
    assert "ticket" in await stage.call("qrcode/create", CODE)
    assert stage.sim.account.may("oauth")


@pytest.mark.parametrize(("kind", "code"), [("service", 0), ("subscription", 0), ("personal", 48001), ("sandbox", 48001)])
async def test_subscription_notices_are_for_certified_accounts(staged: Staged, kind: AccountKind, code: int) -> None:
    """A test account has none either."""
    stage = await staged(Bot(lambda _: None).app(), account=replace(ACCOUNT, kind=kind))
    await stage.say("o1", "在")
    await accept(stage)
    assert (await notify(stage))["errcode"] == code


async def test_a_test_account_does_not_check_the_values_of_templates(staged: Staged) -> None:
    """What a certified account refuses passes there, unless the rule is changed; a missing value is refused by both."""
    stage = await staged(Bot(echo).app(), account=replace(ACCOUNT, kind="sandbox"))
    await stage.say("o1", "在")
    long = {**TEMPLATE, "data": CERT | {"thing1": {"value": "一" * 40}}}
    assert (await stage.call("message/template/send", long))["errcode"] == 0
    assert (await stage.call("message/template/send", {**TEMPLATE, "data": {}}))["errcode"] == 47003
    await stage.post("/sim/account", {"rules": {"sandbox_checks_fields": True}})
    assert (await stage.call("message/template/send", long))["errcode"] == 47003


async def test_twenty_five_templates_may_be_chosen(staged: Staged) -> None:
    """The 26th is 45026; a short number that the library lacks is 40037."""
    stage = await staged(None)
    free = 25 - sum(one.kind == "template" for one in stage.sim.templates.values())
    codes = [(await stage.call("template/api_add_template", {"template_id_short": "43101"}))["errcode"] for _ in range(free + 1)]
    assert codes == [0] * free + [45026]
    assert (await stage.call("template/api_add_template", {"template_id_short": "1"}))["errcode"] == 40037


@pytest.mark.parametrize("path", sorted(path for path, one in PATHS.items() if one.a_day and one.token))
async def test_every_counted_address_ends_in_45009(staged: Staged, path: str) -> None:
    """At the day's limit the address is refused, the others go on, and the next day in Beijing it is open again."""
    stage = await staged(Bot(echo).app())
    token = await stage.token()
    stage.sim.used._of(stage.clock.now())[path] = PATHS[path].a_day

    async def code() -> int:
        async with stage.http.request(PATHS[path].method, path, params={"access_token": token}, data=b"{}") as answer:
            told: dict[str, Any] = await answer.json()
            return int(told.get("errcode", 0))

    assert await code() == 45009
    assert "ip_list" in await stage.ask("getcallbackip")
    stage.clock.advance(14 * 3600)
    token = await stage.token()
    assert await code() != 45009


async def test_ten_thousand_stable_tokens_a_minute(staged: Staged) -> None:
    """45011 in the same minute, and the next one is open again."""
    stage = await staged(None)
    for _ in range(10_000):
        stage.sim.used_minute.count("/cgi-bin/stable_token", stage.clock.now())
    body = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
    assert (await stage.post("/cgi-bin/stable_token", body))["errcode"] == 45011
    stage.clock.advance(60)
    assert "access_token" in await stage.post("/cgi-bin/stable_token", body)


async def test_two_thousand_plain_tokens_a_day(staged: Staged) -> None:
    """The 2,001st is 45009 until midnight."""
    stage = await staged(None)
    for _ in range(2000):
        stage.sim.tokens.plain("client_credential", ACCOUNT.app_id, ACCOUNT.app_secret)
    query = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
    async with stage.http.get("/cgi-bin/token", params=query) as answer:
        assert (await answer.json())["errcode"] == 45009
    stage.clock.advance(14 * 3600)
    async with stage.http.get("/cgi-bin/token", params=query) as answer:
        assert "access_token" in await answer.json()


async def test_the_quota_is_cleared_with_the_secret_too(staged: Staged) -> None:
    """clear_quota/v2 needs no token; a wrong secret is 40125; both share ten a month."""
    stage = await staged(None)
    good = {"appid": ACCOUNT.app_id, "appsecret": ACCOUNT.app_secret}
    assert (await stage.post("/cgi-bin/clear_quota/v2", good | {"appsecret": "guess"}))["errcode"] == 40125
    codes = [(await stage.post("/cgi-bin/clear_quota/v2", good))["errcode"] for _ in range(10)]
    assert codes == [0] * 10
    assert (await stage.call("clear_quota", {"appid": ACCOUNT.app_id}))["errcode"] == 48006


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"action": "all", "check_operator": "DEFAULT"}, {"dns", "ping"}),
        ({"action": "dns", "check_operator": "CAP"}, {"dns"}),
        ({"action": "ping", "check_operator": "UNICOM"}, {"ping"}),
        ({"action": "look", "check_operator": "DEFAULT"}, 40202),
        ({"action": "all", "check_operator": "NOBODY"}, 40203),
    ],
)
async def test_the_way_to_the_bot_is_checked(staged: Staged, body: dict[str, str], expected: Any) -> None:
    """callback/check tells name and way as asked, and refuses what it does not know."""
    stage = await staged(Bot(echo).app())
    told = await stage.call("callback/check", body)
    assert (told["errcode"] or set(told) - {"errcode", "errmsg"}) == expected


async def test_without_an_address_there_is_no_way(staged: Staged) -> None:
    """40201 when no url is configured."""
    stage = await staged(None)
    stage.sim.target_url = ""
    assert (await stage.call("callback/check", {"action": "all", "check_operator": "DEFAULT"}))["errcode"] == 40201


async def test_part_of_a_file_may_be_fetched(staged: Staged) -> None:
    """A range of media/get is 206 with the part; one beyond the end is 416."""
    stage = await staged(None)
    media = (await upload(stage, "image", PNG))["media_id"]
    query = {"access_token": await stage.token(), "media_id": media}
    async with stage.http.get("/cgi-bin/media/get", params=query, headers={"Range": "bytes=1-3"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"PNG")
        assert answer.headers["Content-Range"] == f"bytes 1-3/{len(PNG)}"
    async with stage.http.get("/cgi-bin/media/get", params=query, headers={"Range": "bytes=99-"}) as answer:
        assert answer.status == 416


async def test_every_kind_of_customer_service_message(staged: Staged) -> None:
    """Twelve kinds, each shown as what it is; what a kind needs and lacks has its number."""
    account = replace(ACCOUNT, articles=frozenset({"A1"}), cards=frozenset({"C1"}))
    stage = await staged(Bot(lambda _: None).app(), account=account)
    image = (await upload(stage, "image", PNG))["media_id"]
    thumb = (await upload(stage, "thumb", b"\xff\xd8\xff"))["thumb_media_id"]
    voice = (await upload(stage, "voice", b"#!AMR\n"))["media_id"]
    video = (await upload(stage, "video", b"\x00\x00\x00\x18ftypmp42"))["media_id"]
    program = {"title": "办理", "appid": "wx1", "pagepath": "pages/a", "thumb_media_id": image}
    good: dict[str, dict[str, Any]] = {
        "text": {"content": "您好"},
        "image": {"media_id": image},
        "voice": {"media_id": voice},
        "video": {"media_id": video, "thumb_media_id": thumb, "title": "办法", "description": "三分钟"},
        "music": {"title": "曲", "musicurl": "http://bot.test/m", "thumb_media_id": thumb},
        "news": {"articles": [{"title": "缴费明细", "url": "http://bot.test/p"}]},
        "mpnews": {"media_id": "A1"},
        "mpnewsarticle": {"article_id": "A1"},
        "msgmenu": {"head_content": "请选择", "list": [{"id": "1", "content": "北京"}]},
        "wxcard": {"card_id": "C1"},
        "miniprogrampage": program,
        "link": {"title": "网页", "url": "http://bot.test/p"},
    }
    wrong: list[tuple[str, dict[str, Any], int]] = [
        ("voice", {"media_id": image}, 40007),
        ("music", {"title": "曲", "thumb_media_id": thumb}, 44004),
        ("mpnews", {"media_id": "A2"}, 40007),
        ("mpnewsarticle", {}, 40007),
        ("wxcard", {"card_id": "C2"}, 40073),
        ("miniprogrampage", program | {"appid": ""}, 40013),
        ("miniprogrampage", program | {"thumb_media_id": voice}, 40007),
        ("link", {"title": "网页"}, 44004),
        ("file", {"media_id": image}, 40008),
    ]
    shown = []
    for kind, inner in good.items():
        await stage.say("o1", "在")
        assert (await stage.call("message/custom/send", {"touser": "o1", "msgtype": kind, kind: inner}))["errcode"] == 0
        shown.append((await stage.get("/sim/inbox?openid=o1"))[-1]["type"])
    assert shown == [
        "text",
        "image",
        "voice",
        "video",
        "music",
        "news",
        "news",
        "news",
        "menu",
        "wxcard",
        "miniprogrampage",
        "link",
    ]
    for kind, inner, code in wrong:
        answer = await stage.call("message/custom/send", {"touser": "o1", "msgtype": kind, kind: inner})
        assert (kind, answer["errcode"]) == (kind, code)


async def test_a_hundred_thousand_codes_last_for_ever(staged: Staged) -> None:
    """The next lasting one is 45009; temporary ones do not count."""
    stage = await staged(None)
    lasting = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
    for number in range(99_999):
        stage.sim.scenes[f"u{number}"] = Scene("t", "u", "k", None)
    assert "ticket" in await stage.call("qrcode/create", lasting)
    assert (await stage.call("qrcode/create", lasting))["errcode"] == 45009
    assert "ticket" in await stage.call("qrcode/create", CODE)


async def test_a_payment_lets_a_service_account_write_for_two_days(staged: Staged) -> None:
    """Any number of messages in 48 hours, by the older page; as many as the rule says when it says a number."""
    stage = await staged(Bot(lambda _: None).app())
    phone = stage.sim.world.phone("o1")
    for times, codes in ((-1, [0] * 8), (2, [0, 0, 45047])):
        phone.allowances.clear()
        phone.allowances.grant("pay", stage.clock.now(), times)
        assert [(await stage.call("message/custom/send", text_to("o1")))["errcode"] for _ in codes] == codes


async def test_every_refusal_has_status_200_and_a_rid(staged: Staged) -> None:
    """Every address, called with nothing: JSON, a number, and words that end in a rid; a picture alone is a plain 404."""
    stage = await staged(None, account=replace(ACCOUNT, kind="personal"))
    for path, one in PATHS.items():
        async with stage.http.request(one.method, path, data=io.BytesIO(b"")) as answer:
            if path.endswith("showqrcode"):
                assert answer.status == 404
                continue
            assert (path, answer.status) == (path, 200)
            told = await answer.json()
        assert told["errcode"] != 0
        assert " rid: " in told["errmsg"]
