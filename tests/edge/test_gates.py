"""Interfaces that are shut after their quota is used up, operator errors, and the media cache (wechat.md A11, A13; targets.md F8–F9)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

import bot
from bot.doctor_platform import GATED
from bot.metrics import Metrics
from bot.wechat import ApiError, Kind, WeChatApi
from bot.wechat.errors import next_day
from bot.wechat.operators import ADVICE
from bot.wechat.shared import MemoryValues, SharedValue, ValuesAway
from tests.clock import FakeClock
from tests.edge.fake_api import APP_ID, SECRET, Client, connected

SEND, MENU, QR, UPLOAD = "/cgi-bin/message/custom/send", "/cgi-bin/menu/create", "/cgi-bin/qrcode/create", "/cgi-bin/media/upload"
GET, IPS, TOKEN = "/cgi-bin/media/get", "/cgi-bin/getcallbackip", "/cgi-bin/stable_token"
CALLS: dict[str, Callable[[WeChatApi], Awaitable[object]]] = {
    SEND: lambda api: api.send_custom("o", {"msgtype": "text", "text": {"content": "x"}}),
    MENU: lambda api: api.menu_create({"button": []}),
    QR: lambda api: api.create_qrcode("s", 60),
    UPLOAD: lambda api: api.upload_media("image", b"p", "p.png"),
    GET: lambda api: api.get_media("m", 100),
    IPS: lambda api: api.get_callback_ips(),
}


def _other(client: Client, session: aiohttp.ClientSession) -> WeChatApi:
    """Another process, or this one after a restart: nothing in memory, the same cache."""
    return WeChatApi(session, APP_ID, SECRET, client.api._base, client.clock, client.tokens)


def _refusing(client: Client, path: str, errcode: int) -> None:
    client.platform.answers[path] = lambda _: {"errcode": errcode, "errmsg": "no rid: 1-2"}


async def _fails(call: Awaitable[object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


# ── quotas ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", CALLS)
async def test_a_used_up_quota_stops_that_interface_for_everybody(path: str) -> None:
    """45009: one call finds out; nobody in this process, another one or after a restart calls that interface before a minute past midnight in
    Beijing. Every other interface goes on."""
    async with connected() as client, aiohttp.ClientSession() as session:
        call, other = CALLS[path], _other(client, session)
        _refusing(client, path, 45009)
        errors = [await _fails(call(api)) for api in (client.api, client.api, other, other)]
        assert [(error.errcode, error.kind) for error in errors] == [(45009, Kind.QUOTA)] * 4
        assert len(client.platform.of(path)) == 1
        del client.platform.answers[path]
        await client.api.typing("o")
        client.clock.advance((next_day(client.clock.now()) - client.clock.now()).total_seconds() - 1)
        await _fails(call(client.api))
        assert len(client.platform.of(path)) == 1
        client.clock.advance(1)
        client.platform.answers[UPLOAD] = lambda _: {"media_id": "m"}
        client.platform.answers[GET] = lambda _: b"picture"
        await call(client.api)
        await call(other)
        assert len(client.platform.of(path)) >= 2


async def test_too_many_calls_a_minute_rest_for_a_minute() -> None:
    """45011: a minute without a call of that interface, then again."""
    async with connected() as client:
        _refusing(client, SEND, 45011)
        for _ in range(3):
            await _fails(CALLS[SEND](client.api))
        assert len(client.platform.of(SEND)) == 1
        client.clock.advance(61)
        await _fails(CALLS[SEND](client.api))
        assert len(client.platform.of(SEND)) == 2


async def test_a_gate_can_be_opened_early_for_all_processes() -> None:
    """The operator has had the quota given back: who opens the gate is heeded by every process within a minute."""
    async with connected() as client, aiohttp.ClientSession() as session:
        other = _other(client, session)
        _refusing(client, MENU, 45009)
        await _fails(CALLS[MENU](client.api))
        await _fails(CALLS[MENU](other))
        assert await client.api.gates.until(MENU) == next_day(client.clock.now())
        del client.platform.answers[MENU]
        await client.api.gates.reopen(MENU)
        await CALLS[MENU](client.api)
        await _fails(CALLS[MENU](other))
        client.clock.advance(61)
        await CALLS[MENU](other)
        assert await client.api.gates.until(MENU) is None


class _NoCache(MemoryValues):
    """A cache that does not answer."""

    async def get(self, app_id: str) -> SharedValue | None:
        raise ValuesAway("away")

    async def put(self, name: str, value: SharedValue) -> None:
        raise ValuesAway("away")

    async def drop_if(self, name: str, value: str) -> None:
        raise ValuesAway("away")


async def test_without_the_shared_cache_each_process_keeps_its_own_gate() -> None:
    """The database is away: this process still calls a shut interface no more; uploads are remembered by itself."""
    async with connected() as client, aiohttp.ClientSession() as session:
        alone = WeChatApi(session, APP_ID, SECRET, client.api._base, client.clock, _NoCache(client.clock))
        _refusing(client, SEND, 45009)
        for _ in range(3):
            await _fails(CALLS[SEND](alone))
            client.clock.advance(120)
        assert len(client.platform.of(SEND)) == 1
        client.platform.answers[UPLOAD] = lambda _: {"media_id": "m"}
        assert [await alone.upload_media("image", b"p", "p.png") for _ in range(2)] == ["m", "m"]
        assert len(client.platform.of(UPLOAD)) == 1


class _NotKept(MemoryValues):
    """A cache that answers and keeps nothing."""

    async def put(self, name: str, value: SharedValue) -> None:
        raise ValuesAway("away")


async def test_a_gate_that_only_this_process_knows_can_be_opened_early_too() -> None:
    """It could not be told to the others when it shut: opening it opens it here all the same."""
    async with connected() as client, aiohttp.ClientSession() as session:
        alone = WeChatApi(session, APP_ID, SECRET, client.api._base, client.clock, _NotKept(client.clock))
        _refusing(client, MENU, 45009)
        await _fails(CALLS[MENU](alone))
        del client.platform.answers[MENU]
        await _fails(CALLS[MENU](alone))
        await alone.gates.reopen(MENU)
        await CALLS[MENU](alone)


# ── tokens that cannot be had ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("errcode", "pause_s"), [(40164, 30), (40125, 30), (40243, 30), (89503, 30), (89507, 3600), (89506, 86400)]
)
async def test_credentials_that_are_refused_are_not_tried_by_every_call(errcode: int, pause_s: int) -> None:
    """Fifty callers, again and again: one fetch of a token in half a minute (an hour, a day where an administrator has refused)."""
    async with connected() as client:
        _refusing(client, TOKEN, errcode)
        for _ in range(2):
            outcomes = await asyncio.gather(*(client.api.menu_get() for _ in range(50)), return_exceptions=True)
            assert {one.errcode for one in outcomes if isinstance(one, ApiError)} == {errcode}
        assert len(client.platform.of(TOKEN)) == 1
        client.clock.advance(pause_s + 1)
        del client.platform.answers[TOKEN]
        await client.api.typing("o")
        assert len(client.platform.of(TOKEN)) == 2


# ── what the operator is told ───────────────────────────────────────────────────────────────────────────────────────


async def test_the_operator_is_told_once_and_counted_each_time() -> None:
    """One line an hour for each error, with what happened and what to do; `/metrics` has every occurrence by code."""
    metrics = Metrics()
    async with connected() as client, aiohttp.ClientSession() as session:
        api = WeChatApi(
            session,
            APP_ID,
            SECRET,
            client.api._base,
            client.clock,
            client.tokens,
            counted=lambda code: metrics.operator_errors.labels(str(code)).inc(),
        )
        _refusing(client, TOKEN, 40164)
        with capture_logs() as lines:
            for _ in range(5):
                await _fails(api.menu_get())
                client.clock.advance(31)
        (line,) = [line for line in lines if line["event"] == "wechat_operator"]
        assert (line["errcode"], line["rid"], line["log_level"]) == (40164, "1-2", "error")
        assert "白名单" in line["todo"]
    assert 'bot_wechat_operator_errors_total{code="40164"} 5.0' in metrics.page().decode()


def test_every_advice_says_what_happened_and_what_to_do() -> None:
    """The errors of wechat.md A13 that an operator can mend all have advice, in Chinese, short."""
    assert {40013, 40125, 40164, 40243, 41002, 41004, 45009, 45011, 48001, 50004, 50007, 89503, 89506, 89507} <= set(ADVICE)
    for found in ADVICE.values():
        for text in (found.happened, found.todo):
            assert re.search("[\u4e00-\u9fff]", text)
            assert not text.endswith("。")
            assert len(text) <= 80


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _echo(client: Client) -> Callable[[Any], Any]:
    """A platform that repeats everything it was sent in its error."""
    return lambda call: {
        "errcode": 40164,
        "errmsg": f"bad {call.raw.decode()} {json.dumps(call.query)} {client.platform.issued} rid: 1",
    }


@pytest.mark.parametrize("path", [TOKEN, SEND, UPLOAD, GET])
async def test_no_secret_in_errors_and_log(path: str) -> None:
    """Whatever the platform repeats of the request: neither secret nor token stands in an error, its context or the log."""
    async with connected() as client:
        if path != TOKEN:
            await client.api.typing("o")
        client.platform.answers[path] = _echo(client)
        call = CALLS.get(path, CALLS[SEND])
        with capture_logs() as lines:
            error = await _fails(call(client.api))
        said = f"{error} {error!r} {error.errmsg} {error.__context__!r} {error.__cause__!r} {lines!r}"
        for secret in (SECRET, *client.platform.issued):
            assert secret not in said


# ── media ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_upload_is_shared_between_processes_for_sixty_hours() -> None:
    """The same bytes are uploaded once, whichever process sends them, also after a restart; other bytes or another kind are another upload."""
    async with connected() as client, aiohttp.ClientSession() as session:
        numbers = iter(range(9))
        client.platform.answers[UPLOAD] = lambda _: {"media_id": f"m{next(numbers)}"}
        other = _other(client, session)
        assert await client.api.upload_media("image", b"chart", "c.png") == "m0"
        assert await other.upload_media("image", b"chart", "c.png") == "m0"
        assert await other.upload_media("image", b"other", "c.png") == "m1"
        assert await other.upload_media("thumb", b"chart", "c.jpg") == "m2"
        client.clock.advance(timedelta(hours=60).total_seconds() + 1)
        assert await other.upload_media("image", b"chart", "c.png") == "m3"


async def test_a_forgotten_media_id_is_uploaded_once_more_and_never_in_a_loop() -> None:
    """40007: the platform has forgotten it; one more upload and one more send. If it says so again, that is the error."""
    async with connected() as client, aiohttp.ClientSession() as session:
        numbers = iter(range(9))
        client.platform.answers[UPLOAD] = lambda _: {"media_id": f"m{next(numbers)}"}
        await client.api.send_media("o", "image", b"chart", "c.png")
        client.platform.answers[SEND] = lambda call: {
            "errcode": 40007 if call.body["image"]["media_id"] == "m0" else 0,
            "errmsg": "x",
        }
        other = _other(client, session)
        await other.send_media("o", "image", b"chart", "c.png")
        assert [call.body["image"]["media_id"] for call in client.platform.of(SEND)] == ["m0", "m0", "m1"]
        assert await _other(client, session).upload_media("image", b"chart", "c.png") == "m1"
        _refusing(client, SEND, 40007)
        assert (await _fails(other.send_media("o", "image", b"chart", "c.png"))).kind is Kind.MEDIA
        assert len(client.platform.of(UPLOAD)) == 3


async def test_a_cache_in_memory_does_not_grow_for_ever() -> None:
    """What has expired is thrown away when there is much."""
    clock = FakeClock()
    tokens = MemoryValues(clock)
    for number in range(2500):
        await tokens.put(f"media:{number}", SharedValue("x", clock.now() + timedelta(seconds=5)))
        clock.advance(1)
    assert len(tokens._values) <= 1001


def test_every_interface_that_is_called_can_be_opened_again() -> None:
    """doctor names and opens each path that the product calls, but those by which it looks itself."""
    root = Path(bot.__file__).parent
    text = "\n".join(
        file.read_text(encoding="utf-8") for file in root.rglob("*.py") if not {"simulator"} & set(file.relative_to(root).parts)
    )
    called = set(re.findall(r'"(/cgi-bin/[a-z_/]+[a-z])"', text))
    assert {"/cgi-bin/tags/create", "/cgi-bin/menu/trymatch"} <= called
    assert called - {"/cgi-bin/openapi/quota/get", "/cgi-bin/callback/check"} <= set(GATED)
