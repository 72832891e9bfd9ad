"""F12: the disk is full while a real process serves: honest answers, no torn file, and on again when there is space."""

from __future__ import annotations

import resource
import sqlite3
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.clock import SystemClock
from dialogs.phrases import BUSY
from storage.ports.records import Binding
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.process.children import platform_at, running, settings

pytestmark = pytest.mark.xdist_group("children")

ASKED = "查2024年上半年的养老缴费"


async def test_a_full_disk_is_told_and_survived(tmp_path: Path, sqlite_url: str) -> None:
    """Not one more byte can be written: every message is answered 200 with the request to come again, pages and probes answer, the log has an
    error and no text; with space again the same message is answered, and the file is whole."""
    store = open_store(sqlite_url, Vault(bytes(range(32))), SystemClock())
    ids = await people.load(store)
    async with running(settings(tmp_path, sqlite_url), tmp_path, "serve") as bot, aiohttp.ClientSession() as http:
        port = await bot.serving()
        platform = platform_at(port)
        await platform.post(http, "o-one", "你好")
        async with store.transaction() as tx:
            user = await tx.users.get("o-one")
            assert user is not None
            await tx.users.bind(Binding(0, "o-one", ids.xiuying, "person", "sms", "1", SystemClock().now()))
            await tx.users.save(replace(user, active_role="person", region="binzhou", person_id=ids.xiuying))
        await store.close()
        number = platform.new_id()
        before = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for text in ("你好", "社保卡丢了", "123456"):
            assert platform.open(await platform.post(http, "o-two", text)) == BUSY
        assert platform.open(await platform.post(http, "o-one", ASKED, number)) == BUSY
        for path in ("healthz", "metrics", "v"):
            async with http.get(f"http://127.0.0.1:{port}/{path}") as page:
                assert page.status == 200
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, before)
        assert "养老保险缴了 6 个月" in platform.open(await platform.post(http, "o-one", ASKED, number))
        assert await bot.stop() == 0
        assert {"unavailable"} <= {one.get("outcome") for one in bot.events}
        assert bot.of("nothing can be kept")
        assert not any(ASKED in line for line in bot.lines)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()
