"""The client of the platform's API against a small platform of our own, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.menus import declared, found, publish
from bot.wechat.api import WeChatApi
from bot.wechat.errors import ApiError, Kind
from bot.wechat.menu import PERSON_MENU, Entry, Group, Menu, MenuInvalid, as_json
from bot.wechat.shared import MemoryValues, SharedValue
from tests.clock import FakeClock
from tests.edge.fake_api import APP_ID, CUT, SECRET, Call, Client, connected
from tests.edge.platform import until

SEND = "/cgi-bin/message/custom/send"
TOKEN_PATH = "/cgi-bin/stable_token"
TEXT: dict[str, object] = {"msgtype": "text", "text": {"content": "你好"}}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A connected client."""
    async with connected() as client:
        yield client


def _error(errcode: int, errmsg: str = "no rid: 6501-ab-cd") -> Any:
    return lambda _call: {"errcode": errcode, "errmsg": errmsg}


# ── the token ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_fifty_callers_fetch_one_token(client: Client) -> None:
    """Fifty callers on a cold start: one token is fetched, and every call is made once with it."""
    await asyncio.gather(*(client.api.send_custom(f"o{number}", TEXT) for number in range(50)))
    assert len(client.platform.of(TOKEN_PATH)) == 1
    sends = client.platform.of(SEND)
    assert sorted(call.body["touser"] for call in sends) == sorted(f"o{number}" for number in range(50))
    assert {call.query["access_token"] for call in sends} == {"token-number-0"}


async def test_token_is_asked_for_as_documented(client: Client) -> None:
    """The secret goes in the body, never in an address, and no refresh is forced."""
    await client.api.typing("o1")
    (call,) = client.platform.of(TOKEN_PATH)
    assert call.body == {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": False}
    assert call.query == {}


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_token_error_is_one_refresh_and_one_more_try(client: Client, errcode: int) -> None:
    """The platform says that the token is no longer good: one new token, the call once more, and that is all."""
    answers = [{"errcode": errcode, "errmsg": "x"}, {"errcode": 0}]
    client.platform.answers[SEND] = lambda _call: answers.pop(0)
    await client.api.send_custom("o1", TEXT)
    assert [call.query["access_token"] for call in client.platform.of(SEND)] == ["token-number-0", "token-number-1"]


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_token_error_that_stays_is_an_error_and_no_loop(client: Client, errcode: int) -> None:
    """The platform goes on refusing: two calls and two tokens in all, then an error with its request id."""
    client.platform.answers[SEND] = _error(errcode, "invalid credential rid: 6501-ab-cd")
    with pytest.raises(ApiError) as caught:
        await client.api.send_custom("o1", TEXT)
    assert (caught.value.kind, caught.value.errcode, caught.value.rid) == (Kind.TOKEN, errcode, "6501-ab-cd")
    assert not caught.value.retryable
    assert len(client.platform.of(SEND)) == 2
    assert len(client.platform.of(TOKEN_PATH)) == 2


async def test_fifty_callers_with_an_old_token_refresh_once(client: Client) -> None:
    """The token dies under fifty callers at once: one refresh, each call repeated once, none lost."""
    await client.api.typing("warm")
    client.platform.expire()
    await asyncio.gather(*(client.api.send_custom(f"o{number}", TEXT) for number in range(50)))
    assert client.platform.issued == ["token-number-0", "token-number-1"]
    done = [call.body["touser"] for call in client.platform.of(SEND) if call.query["access_token"] == "token-number-1"]
    assert sorted(done) == sorted(f"o{number}" for number in range(50))
    assert len(client.platform.of(SEND)) <= 100


async def test_newer_token_of_another_process_is_kept(client: Client) -> None:
    """Our token failed, but the shared cache holds a newer one already: that is used, and none is fetched."""
    await client.api.typing("warm")

    def another_process_was_faster(call: Call) -> dict[str, Any]:
        if call.query["access_token"] == "token-number-0":
            asyncio.get_running_loop().create_task(
                client.tokens.put(APP_ID, SharedValue("from-another", client.clock.now() + timedelta(hours=1)))
            )
            return {"errcode": 40001, "errmsg": "x"}
        return {"errcode": 0}

    client.platform.answers[SEND] = another_process_was_faster
    await client.api.send_custom("o1", TEXT)
    assert [call.query["access_token"] for call in client.platform.of(SEND)] == ["token-number-0", "from-another"]
    assert len(client.platform.of(TOKEN_PATH)) == 1


async def test_token_is_renewed_before_its_end(client: Client) -> None:
    """A token of two hours is used until five minutes before its end, then renewed."""
    await client.api.typing("o1")
    client.clock.advance(7200 - 301)
    await client.api.typing("o1")
    assert len(client.platform.issued) == 1
    client.clock.advance(1)
    await client.api.typing("o1")
    assert len(client.platform.issued) == 2


async def test_rest_of_a_token_is_used(client: Client) -> None:
    """The platform hands out a token with little time left: it is used for that time, not fetched anew for each call."""
    client.platform.expires_in = 300
    for _ in range(3):
        await client.api.typing("o1")
    assert len(client.platform.issued) == 1


async def test_caller_that_gives_up_does_not_take_the_token_from_others(client: Client) -> None:
    """One of two callers is cancelled while the token is on its way: the other gets it."""
    client.platform.hold = asyncio.Event()
    first = asyncio.create_task(client.api.typing("o1"))
    second = asyncio.create_task(client.api.typing("o2"))
    await until(lambda: client.platform.calls)
    first.cancel()
    client.platform.hold.set()
    await second
    assert len(client.platform.issued) == 1
    await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize(
    "answer", [{"errcode": 40164, "errmsg": "invalid ip 10.0.0.1 rid: 7"}, {"expires_in": 7200}, {"access_token": ""}]
)
async def test_no_token_is_an_error_for_all_who_wait(client: Client, answer: dict[str, Any]) -> None:
    """The token cannot be had: everybody who waits is told, after one request."""
    client.platform.answers[TOKEN_PATH] = lambda _call: answer
    outcomes = await asyncio.gather(*(client.api.typing("o1") for _ in range(10)), return_exceptions=True)
    assert all(isinstance(outcome, ApiError) for outcome in outcomes)
    assert len(client.platform.of(TOKEN_PATH)) == 1
    assert client.platform.of("/cgi-bin/message/custom/typing") == []


async def test_memory_cache_compares_before_it_forgets() -> None:
    """Only the token that failed is forgotten, and an expired one is not given out."""
    clock = FakeClock()
    tokens = MemoryValues(clock)
    token = SharedValue("a", clock.now() + timedelta(seconds=10))
    await tokens.put(APP_ID, token)
    await tokens.drop_if(APP_ID, "b")
    assert await tokens.get(APP_ID) == token
    assert await tokens.get("another") is None
    await tokens.drop_if(APP_ID, "a")
    assert await tokens.get(APP_ID) is None
    await tokens.put(APP_ID, token)
    clock.advance(10)
    assert await tokens.get(APP_ID) is None


# ── errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (-1, Kind.BUSY),
        (45009, Kind.QUOTA),
        (45011, Kind.QUOTA),
        (45015, Kind.WINDOW),
        (45047, Kind.WINDOW),
        (48001, Kind.NOT_ALLOWED),
        (43004, Kind.PERSON),
        (40003, Kind.PERSON),
        (47003, Kind.ARGUMENT),
        (40007, Kind.MEDIA),
        (99999, Kind.OTHER),
    ],
)
async def test_errors_say_what_to_do(client: Client, errcode: int, kind: Kind) -> None:
    """Each error of the platform has a kind, its number, its text and its request id; it is tried once, and only -1 may be tried again."""
    client.platform.answers[SEND] = _error(errcode, "some words rid: 6501-ab-cd")
    with pytest.raises(ApiError) as caught:
        await client.api.send_custom("o1", TEXT)
    error = caught.value
    assert (error.kind, error.errcode, error.errmsg, error.rid) == (kind, errcode, "some words", "6501-ab-cd")
    assert error.retryable is (errcode == -1)
    assert len(client.platform.of(SEND)) == 1


@pytest.mark.parametrize(
    "raw",
    [b"<html>502</html>", b"", b"[1]", b'{"errcode": "many"}', b"\xff\xfe", b"[" * 100000],
)
async def test_unreadable_answer_is_an_error_in_doubt(client: Client, raw: bytes) -> None:
    """Something that is no answer of the platform's: an error, and nobody knows whether the call was carried out."""
    client.platform.answers[SEND] = lambda _call: web.Response(status=502, body=raw)
    with pytest.raises(ApiError) as caught:
        await client.api.send_custom("o1", TEXT)
    assert caught.value.kind is Kind.UNREACHABLE
    assert caught.value.may_have_happened
    assert not caught.value.retryable


async def test_dirty_answer_is_read(client: Client) -> None:
    """Control characters and broken UTF-8 in an answer are no reason to fail."""
    client.platform.answers["/cgi-bin/getcallbackip"] = lambda _call: b'{"ip_list": ["10.0.0.1\x01", "\xe5\xad"]}'
    assert await client.api.get_callback_ips() == ("10.0.0.1\x01", "")


async def test_redirect_is_not_followed(client: Client) -> None:
    """The token is not carried to another address."""
    client.platform.answers[SEND] = lambda _call: web.Response(status=302, headers={"Location": "/elsewhere"})
    with pytest.raises(ApiError):
        await client.api.send_custom("o1", TEXT)
    assert client.platform.of("/elsewhere") == []


async def test_timeout_after_sending_is_not_repeated() -> None:
    """No answer in time: one request, and an error that says that the message may have arrived."""
    async with connected(timeout_s=0.2) as client:
        await client.api.typing("warm")
        client.platform.hold = asyncio.Event()
        with pytest.raises(ApiError) as caught:
            await client.api.send_custom("o1", TEXT)
        assert (caught.value.kind, caught.value.may_have_happened) == (Kind.UNREACHABLE, True)
        assert not caught.value.retryable
        assert len(client.platform.of(SEND)) == 1


async def test_dropped_connection_is_not_repeated(client: Client) -> None:
    """The connection breaks after the request was sent: in doubt, and not repeated."""
    await client.api.typing("warm")
    client.platform.answers[SEND] = lambda _call: CUT
    with pytest.raises(ApiError) as caught:
        await client.api.send_custom("o1", TEXT)
    assert caught.value.may_have_happened
    assert len(client.platform.of(SEND)) == 1


async def test_no_connection_may_be_tried_again() -> None:
    """Nobody listens: an error, but nothing can have happened."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    clock = FakeClock()
    async with aiohttp.ClientSession() as session:
        api = WeChatApi(session, APP_ID, SECRET, f"http://127.0.0.1:{port}", clock, MemoryValues(clock))
        with pytest.raises(ApiError) as caught:
            await api.typing("o1")
    assert (caught.value.may_have_happened, caught.value.retryable) == (False, True)


async def test_secrets_are_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong: neither the secret nor a token stands in error, cause, traceback or log."""
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []

    async def provoke(client: Client, path: str, answer: Any) -> None:
        client.platform.answers[path] = answer
        with pytest.raises(ApiError) as caught:
            await client.api.send_custom("o1", TEXT)
        errors.append(caught.value)

    with capture_logs() as lines:
        async with connected(timeout_s=0.2) as client:
            await provoke(
                client, SEND, lambda call: {"errcode": 40001, "errmsg": f"{call.query['access_token']} {SECRET} rid: 1"}
            )
            await provoke(client, SEND, lambda call: {"errcode": 48001, "errmsg": f"hint {call.query['access_token']}"})
            await provoke(
                client, SEND, lambda call: web.Response(status=302, headers={"Location": f"//[{call.query['access_token']}"})
            )
            await provoke(client, SEND, lambda _call: CUT)
            client.platform.answers.clear()
            client.platform.hold = asyncio.Event()
            await provoke(client, "/never", None)
            client.platform.hold.set()
            client.platform.hold = None
            client.clock.advance(7200)
            await provoke(
                client, TOKEN_PATH, lambda call: {"errcode": 40125, "errmsg": f"invalid appsecret {call.body['secret']}"}
            )
            shown = repr(client.api) + repr(SharedValue("token-number-0", client.clock.now()))
    for error in errors:
        assert error.__cause__ is None
        assert error.__context__ is None or isinstance(error.__context__, ApiError)
        shown += repr(error) + "".join(traceback.format_exception(error))
    shown += repr(lines) + caplog.text
    assert len(errors) == 6
    assert SECRET not in shown
    assert "token-number" not in shown


# ── the calls ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_template_message_carries_its_own_id(client: Client) -> None:
    """The body is as documented, with the id that makes a repetition harmless; the platform's id comes back."""
    client.platform.answers["/cgi-bin/message/template/send"] = lambda _call: {"errcode": 0, "msgid": 200228332}
    msg_id = await client.api.send_template("o1", "T1", "https://example.com/p", {"thing1": "资格认证"}, "c-1")
    assert msg_id == "200228332"
    (call,) = client.platform.of("/cgi-bin/message/template/send")
    assert call.body == {
        "touser": "o1",
        "template_id": "T1",
        "url": "https://example.com/p",
        "data": {"thing1": {"value": "资格认证"}},
        "client_msg_id": "c-1",
    }


async def test_template_value_that_breaks_its_rule_is_not_sent(client: Client) -> None:
    """What the platform would refuse in production is refused here, before any call, without showing the value."""
    with pytest.raises(ApiError) as caught:
        await client.api.send_template("o1", "T1", "", {"character_string1": "测试单号"}, "c-1")
    assert (caught.value.errcode, caught.value.kind) == (47003, Kind.ARGUMENT)
    assert "测试单号" not in str(caught.value)
    assert client.platform.calls == []


async def test_typing_is_shown_and_hidden(client: Client) -> None:
    """Both commands are sent as the platform spells them."""
    await client.api.typing("o1")
    await client.api.typing("o1", on=False)
    commands = [call.body["command"] for call in client.platform.of("/cgi-bin/message/custom/typing")]
    assert commands == ["Typing", "CancelTyping"]


async def sync(api: WeChatApi, menu: Menu = PERSON_MENU) -> bool:
    """Publish the default menu; whether anything was sent."""
    return bool(await publish(api, declared(default=menu), await found(api, tags=False)))


async def test_menu_is_published_only_when_it_differs(client: Client) -> None:
    """No menu there: published, in plain Chinese. The same one there, with the fields that the platform adds: not again. Another: published."""
    held: list[Any] = []

    def get(_call: Call) -> dict[str, Any]:
        return {"menu": held[0]} if held else {"errcode": 46003, "errmsg": "menu no exist"}

    client.platform.answers["/cgi-bin/menu/get"] = get
    assert await sync(client.api) is True
    (call,) = client.platform.of("/cgi-bin/menu/create")
    assert "缴费查询".encode() in call.raw
    assert b"\\u" not in call.raw
    for button in call.body["button"]:
        for line in button["sub_button"]:
            line["sub_button"] = []
    as_returned = call.body
    for button in as_returned["button"]:
        for line in button["sub_button"]:
            line["sub_button"] = []
    held.append(as_returned)
    assert await sync(client.api) is False
    assert await sync(client.api, (*PERSON_MENU[:2], Group("我的", (Entry("绑定", "P_BIND"),)))) is True
    assert len(client.platform.of("/cgi-bin/menu/create")) == 2


async def test_menu_that_would_be_refused_is_not_sent(client: Client) -> None:
    """A menu beyond a limit is found before the platform is asked anything."""
    with pytest.raises(MenuInvalid) as caught:
        await sync(client.api, (Group("这个名字太长了", (Entry("一", "k" * 129),)), *PERSON_MENU))
    assert [problem.errcode for problem in caught.value.problems] == [40016, 40018, 40019]
    assert client.platform.calls == []


async def test_menu_errors_are_not_taken_for_no_menu(client: Client) -> None:
    """Only "there is none" means that there is none."""
    client.platform.answers["/cgi-bin/menu/get"] = _error(48001)
    with pytest.raises(ApiError):
        await sync(client.api)


def test_person_menu_is_the_one_of_the_map() -> None:
    """Three names, fifteen lines, each with a key of its own, all shown in full on a phone."""
    keys = [entry.key for group in PERSON_MENU for entry in group.entries]
    assert [group.name for group in PERSON_MENU] == ["查权益", "办业务", "我的"]
    assert len(keys) == len(set(keys)) == 15
    assert all(key.startswith("P_") for key in keys)
    assert all(len(entry.name) <= 7 for group in PERSON_MENU for entry in group.entries)
    assert all(line["type"] == "click" for button in as_json(PERSON_MENU)["button"] for line in button["sub_button"])


UPLOAD = "/cgi-bin/media/upload"


async def test_same_bytes_are_uploaded_once_in_sixty_hours(client: Client) -> None:
    """The second time the media id is remembered; after sixty hours it is fetched anew; other bytes and kinds are uploads of their own."""
    client.platform.answers[UPLOAD] = lambda _call: {"media_id": f"m{len(client.platform.of(UPLOAD))}"}
    assert await client.api.upload_media("image", b"png", "图 1.png") == "m1"
    assert await client.api.upload_media("image", b"png", "other.png") == "m1"
    assert await client.api.upload_media("voice", b"png", "a.amr") == "m2"
    assert await client.api.upload_media("image", b"jpg", "b.jpg") == "m3"
    client.clock.advance(60 * 3600)
    assert await client.api.upload_media("image", b"png", "a.png") == "m4"
    first = client.platform.of(UPLOAD)[0]
    assert first.query["type"] == "image"
    assert b'name="media"; filename="%201.png"' in first.raw
    assert b"png" in first.raw


async def test_forgotten_media_is_uploaded_once_more(client: Client) -> None:
    """The platform no longer knows the picture: uploaded once more and sent; if it still does not, that is the answer."""
    client.platform.answers[UPLOAD] = lambda _call: {"media_id": f"m{len(client.platform.of(UPLOAD))}"}
    client.platform.answers[SEND] = lambda call: {"errcode": 40007 if call.body["image"]["media_id"] == "m1" else 0, "errmsg": ""}
    await client.api.send_media("o1", "image", b"png", "a.png")
    await client.api.send_media("o1", "image", b"png", "a.png")
    assert [call.body["image"]["media_id"] for call in client.platform.of(SEND)] == ["m1", "m2", "m2"]
    client.platform.answers[SEND] = _error(40007)
    with pytest.raises(ApiError) as caught:
        await client.api.send_media("o1", "image", b"png", "a.png")
    assert caught.value.kind is Kind.MEDIA
    assert len(client.platform.of(SEND)) == 5


async def test_upload_survives_an_old_token(client: Client) -> None:
    """The form is sent whole again after the token was renewed."""
    await client.api.typing("warm")
    client.platform.expire()
    answered = {"media_id": "m"}
    client.platform.answers[UPLOAD] = lambda call: (
        answered if call.query["access_token"] in client.platform.valid else {"errcode": 42001, "errmsg": ""}
    )
    assert await client.api.upload_media("image", b"whole picture", "a.png") == "m"
    assert all(b"whole picture" in call.raw for call in client.platform.of(UPLOAD))


async def test_too_large_media_is_not_sent(client: Client) -> None:
    """A picture above the platform's limit is refused here."""
    with pytest.raises(ApiError) as caught:
        await client.api.upload_media("image", bytes((2 << 20) + 1), "a.png")
    assert caught.value.errcode == 40006
    assert client.platform.calls == []


async def test_qr_codes(client: Client) -> None:
    """A temporary and a permanent code with a word as scene, as documented; what cannot be one is refused before the call."""
    path = "/cgi-bin/qrcode/create"
    client.platform.answers[path] = lambda call: {
        "ticket": "T",
        "url": "http://w/q",
        **{k: v for k, v in call.body.items() if k == "expire_seconds"},
    }
    code = await client.api.create_qrcode("bind-1", 600)
    assert (code.ticket, code.url, code.expires_s) == ("T", "http://w/q", 600)
    assert (await client.api.create_qrcode("desk", None)).expires_s is None
    first, second = client.platform.of(path)
    assert first.body == {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind-1"}}, "expire_seconds": 600}
    assert second.body == {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "desk"}}}
    for scene, expire_s in (("", 60), ("x" * 65, 60), ("x", 0), ("x", 2_592_001)):
        with pytest.raises(ValueError, match="scene"):
            await client.api.create_qrcode(scene, expire_s)


async def test_own_address_can_be_checked(client: Client) -> None:
    """The platform's report on our address comes back as it stands."""
    client.platform.answers["/cgi-bin/callback/check"] = lambda _call: {"dns": [{"ip": "10.0.0.1"}], "ping": []}
    report = await client.api.check_callback()
    assert report["dns"] == [{"ip": "10.0.0.1"}]
    (call,) = client.platform.of("/cgi-bin/callback/check")
    assert call.body == {"action": "all", "check_operator": "DEFAULT"}
