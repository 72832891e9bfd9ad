"""The console inside the product: switched by the configuration, logged by pattern, without the demo's hints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from bot.app import product
from bot.config import Config, Console, Security, Storage, Wechat
from bot.console.deps import Hint, Hints
from storage.ports.repositories import Store
from tests.clock import FakeClock
from tests.fresh import migrated


@asynccontextmanager
async def _serving(folder: Path, *, enabled: bool = True, shown: bool = False) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    url = f"sqlite:///{folder / 'bot.sqlite'}"
    await migrated(url)
    config = Config(
        wechat=Wechat(app_id="wx0000", token="token", encoding_aes_key="A" * 43),
        storage=Storage(database_url=url, files_dir=str(folder / "files")),
        security=Security(master_key="0f" * 32),
        console=Console(enabled=enabled),
    )

    def hints(_: Store) -> Hints:
        async def one() -> tuple[Hint, ...]:
            return (Hint("shouli", "示例受理", "受理", "the demo password", "123456"),)

        return one

    async with (
        product(config, FakeClock(), hints=hints if shown else None) as built,
        TestClient(TestServer(built.app)) as client,
    ):
        yield client


async def test_the_log_has_one_line_a_request_without_numbers(tmp_path: Path) -> None:
    """By the pattern of the route: no case number, no query, no login, one line also when a login holds line breaks."""
    async with _serving(tmp_path) as client:
        with capture_logs() as lines:
            await client.get("/console/cases/700000009200001?x=110199198003150011", allow_redirects=False)
            await client.get("/console/nowhere/13800138000", allow_redirects=False)
            await client.post("/console/sign-in", data={"login": 'x\n{"event": "forged"}', "password": "p", "code": "1"})
    assert [line["route"] for line in lines if line["event"] == "request"] == [
        "/console/cases/{case_no}",
        "/console/{tail}",
        "/console/sign-in",
    ]
    assert len(lines) == 3
    assert not any(word in str(lines) for word in ("7000000", "1101991980", "13800138000", "forged"))


async def test_a_console_that_is_off_is_not_there(tmp_path: Path) -> None:
    """`[console] enabled = false`: the address is as unknown as any other."""
    async with _serving(tmp_path, enabled=False) as client:
        for path in ("/console/", "/console/sign-in", "/console/assets/console.css"):
            assert (await client.get(path)).status == 404


async def test_the_door_shows_accounts_only_where_the_demo_gives_them(tmp_path: Path) -> None:
    """A product that was started without hints shows none; the same with them does."""
    async with _serving(tmp_path) as client:
        page = await (await client.get("/console/sign-in")).text()
        assert "演示" not in page
    async with _serving(tmp_path, shown=True) as client:
        page = await (await client.get("/console/sign-in")).text()
        assert "演示账号" in page
        assert "the demo password" in page
