"""Short messages without a cloud: the console, a file, an agency's own gateway."""

from __future__ import annotations

import asyncio
import io
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.config import Sms as SmsConfig
from bot.sms import ConsoleSms, Doubtful, FileSms, HttpSms, NotSent, Sent, Why, sender
from tests.clock import FakeClock
from tests.sms.conftest import CODE, PHONE


async def test_sms_to_a_file_that_only_its_owner_reads(tmp_path: Path, clock: FakeClock) -> None:
    """One JSON line each, with time; the file and its folder are made; mode 0600 whatever the mask of the process."""
    path = tmp_path / "new" / "sms.jsonl"
    async with aiohttp.ClientSession() as session:
        (send,) = sender(SmsConfig(provider="file", file=str(path)), session, clock)
    assert isinstance(send, FileSms)
    sent = await asyncio.gather(*(send.send(replace(CODE, text=f"{CODE.text}{n}")) for n in range(20)))
    assert sent == [Sent()] * 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert sorted(line["text"] for line in lines) == sorted(f"{CODE.text}{n}" for n in range(20))
    assert {(line["at"], line["phone"]) for line in lines} == {(clock.now().isoformat(), PHONE)}


async def test_sms_to_the_console_is_not_in_the_log(capsys: pytest.CaptureFixture[str], log: io.StringIO) -> None:
    """For trying out on one's own machine: standard output, one line."""
    assert await ConsoleSms().send(CODE) == Sent()
    assert capsys.readouterr().out == f"[短信] {PHONE}: {CODE.text}\n"
    assert log.getvalue() == ""


@asynccontextmanager
async def _gateway(behave: Any) -> AsyncIterator[tuple[HttpSms, list[Any]]]:
    """A gateway that notes what it gets and then behaves."""
    got: list[Any] = []

    async def take(request: web.Request) -> web.StreamResponse:
        got.append(await request.json())
        answer: web.StreamResponse = behave(request)
        return answer

    app = web.Application()
    app.router.add_post("/sms", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield HttpSms(session, str(server.make_url("/sms"))), got


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def test_sms_through_a_gateway() -> None:
    """One POST of phone and text."""
    async with _gateway(lambda _: web.Response()) as (sms, got):
        assert await sms.send(CODE) == Sent()
        assert got == [{"phone": PHONE, "text": CODE.text}]


@pytest.mark.parametrize("status", [400, 429, 500, 503])
async def test_a_gateway_that_refuses_has_not_sent(status: int) -> None:
    """F6: it says so itself: another one may, or the same later."""
    async with _gateway(lambda _: web.Response(status=status)) as (sms, got):
        assert await sms.send(CODE) == NotSent(Why.AWAY, str(status))
        assert len(got) == 1


async def test_a_gateway_that_is_not_there_has_not_sent(unused_tcp_port: int) -> None:
    """A refused connection was certainly not sent."""
    async with aiohttp.ClientSession() as session:
        assert await HttpSms(session, f"http://127.0.0.1:{unused_tcp_port}/sms").send(CODE) == NotSent(Why.AWAY)


async def test_a_gateway_that_hangs_up_is_not_asked_twice() -> None:
    """F6: it may have been sent: no double code."""
    async with _gateway(_cut) as (sms, got):
        assert isinstance(await sms.send(CODE), Doubtful)
        assert len(got) == 1
