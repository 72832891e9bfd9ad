"""SIGKILL of a real worker between the call and its record: listed as in doubt, not sent again (F1)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.sms import SmsJob, sender
from handlers.codes import queue_sms
from storage.ports.records import SmsState
from storage.sql import open_store
from storage.vault import Vault
from tests import nursery
from tests.sms.conftest import CODE, CONFIG
from tests.sms.mortal import MASTER_KEY


@pytest.mark.xdist_group("children")
async def test_killed_while_the_cloud_has_the_request(sqlite_url: str) -> None:
    """The request is with the cloud when the worker dies: the row stays intended and is listed; whoever takes the job up does not send."""
    clock = SystemClock()
    store = open_store(sqlite_url, Vault(MASTER_KEY), clock)
    async with store.transaction() as tx:
        message_id = await queue_sms(tx, CODE, clock.now())
    asked, over = asyncio.Event(), asyncio.Event()
    calls = 0

    async def cloud(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        asked.set()
        await over.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", cloud)
    async with TestServer(app) as server:
        worker = await nursery.start("tests.sms.mortal", sqlite_url, str(server.make_url("")).rstrip("/"))
        async with asyncio.timeout(30):
            await asked.wait()
            worker.kill()
            await worker.wait()
        over.set()
        async with store.reading() as tx:
            (listed,) = await tx.messages.in_doubt(clock.now())
        assert (listed.id, listed.state) == (message_id, SmsState.INTENDED)
        async with aiohttp.ClientSession() as session:
            base = str(server.make_url("")).rstrip("/")
            providers = sender(replace(CONFIG, tencent_api_base=base, aliyun_api_base=base), session, clock)
            await SmsJob(store, clock, providers, Metrics()).send(msgspec.json.encode(CODE))
        async with store.reading() as tx:
            (listed,) = await tx.messages.in_doubt(clock.now())
        assert (listed.id, listed.state) == (message_id, SmsState.DOUBTFUL)
    await store.close()
    assert calls == 1
