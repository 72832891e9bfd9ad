"""Addresses that are none of ours."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.app import serving
from bot.clock import SystemClock
from bot.config import Config, Reminders, Security, Server, Storage, Wechat
from storage.migrations import migrate
from tests import child


async def test_an_unknown_address_gets_our_own_page(tmp_path: Path) -> None:
    """In Chinese, with what to do, and the same headers as every page."""
    config = Config(
        server=Server(port=0),
        wechat=Wechat(app_id=child.APP_ID, token=child.TOKEN, encoding_aes_key=child.AES_KEY, account_kind="personal"),
        storage=Storage(database_url=f"sqlite:///{tmp_path / 'a.sqlite'}"),
        security=Security(master_key=child.MASTER_KEY),
        reminders=Reminders(enabled=False),
    )
    await migrate(config.storage.database_url)
    async with (
        serving(config, SystemClock()) as (_, port),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/nothing/here") as response,
    ):
        assert response.status == 404
        assert "公众号" in await response.text()
        assert "default-src" in response.headers["Content-Security-Policy"]
