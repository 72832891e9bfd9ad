"""New keys of the account and of papers, over a restart: nothing that was begun, sent or handed out before is lost. The master key: test_rotation.py."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.app import Product, serving
from bot.clock import SystemClock
from bot.config import Config, Documents, load
from bot.paper_keys import PUBLIC, keys_for_trying
from storage.ports.records import Binding
from storage.sql import open_store
from storage.vault import Vault
from tests import child, people
from tests.platform_client import Platform
from tests.process.children import settings

_numbers = count(1)

NEW_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"


@dataclass
class Office:
    """A process that runs, and the account's side of the wire with the key that the platform uses."""

    product: Product
    http: aiohttp.ClientSession
    address: str

    def platform(self, aes_key: str) -> Platform:
        return Platform(f"{self.address}/wechat", child.APP_ID, child.TOKEN, aes_key, _numbers)

    async def bytes_of(self, path: str) -> bytes:
        """What that address gives."""
        async with self.http.get(self.address + path) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.read()

    async def logs_in(self, openid: str, person_id: int, region: str) -> None:
        """Bound to the person as after a log-in."""
        platform, store = self.platform(child.AES_KEY), self.product.store
        await platform.post(self.http, openid, "你好", platform.new_id())
        async with store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            await tx.users.bind(Binding(0, openid, person_id, "person", "sms", "1", SystemClock().now()))
            await tx.users.save(replace(user, active_role="person", region=region, person_id=person_id))


@asynccontextmanager
async def started(config: Config, http: aiohttp.ClientSession) -> AsyncIterator[Office]:
    """As after a restart with this configuration; browser and platform stay who they are."""
    async with serving(config, SystemClock(), worker=False) as (product, port):
        yield Office(product, http, f"http://127.0.0.1:{port}")


@pytest.fixture
def configured(tmp_path: Path, sqlite_url: str) -> Config:
    given = settings(tmp_path, sqlite_url, BOT_STORAGE__FILES_DIR=str(tmp_path / "files"))
    return load(None, given)


async def test_a_new_encoding_aes_key_stops_nobody(configured: Config) -> None:
    """The bot first, the platform later: with the new key and the former one a dialog goes on, under either, and a resend of before gets the same
    words under the key that it comes with; without the former one what comes under it does nothing, and the new one opens."""
    former, wechat = configured.wechat.encoding_aes_key, configured.wechat
    changing = replace(configured, wechat=replace(wechat, encoding_aes_key=NEW_AES_KEY, previous_encoding_aes_key=former))
    changed = replace(configured, wechat=replace(wechat, encoding_aes_key=NEW_AES_KEY))
    async with aiohttp.ClientSession() as http:
        async with started(configured, http) as office:
            platform = office.platform(former)
            number = platform.new_id()
            first = platform.open(await platform.post(http, "o-one", "登录", number))
            assert "您同意吗" in first
        async with started(changing, http) as office:
            before, after = office.platform(former), office.platform(NEW_AES_KEY)
            assert before.open(await before.post(http, "o-one", "登录", number)) == first
            assert "手机号" in before.open(await before.post(http, "o-one", "1"))
            assert "验证码" in after.open(await after.post(http, "o-one", people.NOBODYS_PHONE))
        async with started(changed, http) as office:
            before = office.platform(former)
            assert await before.post(http, "o-one", "取消") == b"success"
            after = office.platform(NEW_AES_KEY)
            assert "已取消" in after.open(await after.post(http, "o-one", "取消"))


def _papers(folder: Path, former: Path | None = None) -> Documents:
    """Keys of their own in that folder; with the public halves of those of `former`."""
    return replace(keys_for_trying(folder), previous_keys=(former / PUBLIC).read_text("ascii") if former else "")


async def _asks_for_a_paper(office: Office, openid: str) -> tuple[str, list[str]]:
    """A question and the wish for its paper: the path of the file, 流水号 and 校验码."""
    platform = office.platform(child.AES_KEY)
    answer = ""
    for text in ("查2024年上半年的养老缴费", "1"):
        answer = platform.open(await platform.post(office.http, openid, text, platform.new_id()))
    (page,) = re.findall(r"https?://[^/]+(/d/[^\"<\s]+)", answer)
    async with office.http.get(office.address + page) as landing:
        shown = await landing.text()
    (file,) = re.findall(r'href="[^"]*(/d/[^"]+\.pdf)"', shown)
    numbers = [re.sub(r"[\s-]", "", one) for one in re.findall(r'data-copy="([^"]+)"', shown)[:2]]
    return file, numbers


async def test_new_keys_of_papers_leave_the_old_papers_true(configured: Config, tmp_path: Path) -> None:
    """A paper of before, after the change: its file is the same bytes, the command and the page find it right by the keys that are given away now; a
    new paper is signed with the new key, and whoever has only the former keys does not know it."""
    store = open_store(configured.storage.database_url, Vault(bytes(range(32))), SystemClock())
    ids = await people.load(store)
    await store.close()
    first, second = tmp_path / "first", tmp_path / "second"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with started(replace(configured, documents=_papers(first)), http) as office:
            await office.logs_in("o-one", ids.xiuying, "binzhou")
            file, (serial, code) = await _asks_for_a_paper(office, "o-one")
            before = await office.bytes_of(file)
        async with started(replace(configured, documents=_papers(second, first)), http) as office:
            assert await office.bytes_of(file) == before
            known = tmp_path / "known.pem"
            known.write_bytes(await office.bytes_of("/v/keys.pem"))
            assert "校验成功" in (await office.bytes_of(f"/v/{serial}/{code}")).decode()
            await office.logs_in("o-two", ids.jianguo, "beijing")
            file, _ = await _asks_for_a_paper(office, "o-two")
            after = await office.bytes_of(file)
    for name, content, keys, right in (
        ("old", before, known, True), ("new", after, known, True), ("stranger", after, first / PUBLIC, False),
    ):  # fmt: skip
        paper = tmp_path / f"{name}.pdf"
        paper.write_bytes(content)
        told = await asyncio.to_thread(CliRunner().invoke, app, ["verify", str(paper), "--keys", str(keys)])
        assert ("电子签名是真的" in told.output, told.exit_code == 0) == (right, right), (name, told.output)
