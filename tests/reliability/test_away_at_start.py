"""A process that ends while the database is away comes back with it: nobody has to start anything, and nobody else ends with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from benchmarks.database import Postgres
from bot.__main__ import app
from bot.supervising import AWAY
from tests.logged import logged
from tests.process.children import children_of, platform_at, running, settings
from tests.servers import ValkeyServer


@pytest.mark.sweep
async def test_one_that_dies_while_postgresql_is_away_is_started_until_it_is_back(
    tmp_path: Path, own_postgres: Postgres, own_valkey: ValkeyServer, unused_tcp_port: int
) -> None:
    """Two processes at one port, PostgreSQL away, one killed: it is started again and again (75), the other goes on answering, and with
    PostgreSQL both serve, under the same parent."""
    given = settings(tmp_path, own_postgres.url, unused_tcp_port, BOT_STORAGE__REDIS_URL=own_valkey.url)
    platform = platform_at(unused_tcp_port)
    async with running(given, tmp_path, "serve", "--processes", "2") as bot:
        await bot.serving(times=2)
        stayed, gone = children_of(bot.process.pid)
        await own_postgres.stop()
        try:
            os.kill(gone, signal.SIGKILL)
            await bot.until(lambda one: any(line["code"] == AWAY for line in one.of("a process ended and is started again")))
            assert stayed in children_of(bot.process.pid)
            async with aiohttp.ClientSession() as http:
                assert platform.open(await platform.post(http, "o-away", "你好"))
        finally:
            await own_postgres.start()
        await bot.serving(times=3)
        assert stayed in children_of(bot.process.pid)
        assert len(children_of(bot.process.pid)) == 2
        assert await bot.stop() == 0


def test_systemd_tries_again_while_the_database_is_away(tmp_path: Path, unused_tcp_port: int) -> None:
    """Another exit code than that of a wrong configuration, and no number of starts after which systemd gives up."""
    given = settings(tmp_path, f"postgresql://bot@127.0.0.1:{unused_tcp_port}/bot")
    with logged():
        assert CliRunner().invoke(app, ["serve"], env=given).exit_code == AWAY
    for name in ("bot-serve@.service", "bot-worker@.service"):
        unit = (Path(__file__).parent.parent.parent / "docs" / "deploy" / name).read_text("utf-8")
        assert "RestartPreventExitStatus=2\n" in unit
        assert "StartLimitIntervalSec=0\n" in unit
