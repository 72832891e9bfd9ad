"""Other people's kinds of bots, as processes of their own on the loopback."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.simulator import SimAccount

ACCOUNT = SimAccount(
    app_id="wx0123456789abcdef",
    app_secret="a-secret-of-the-tests",
    token="tokenoftests",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_tests",
)
SLOW_S = 0.7


@asynccontextmanager
async def started(module: str) -> AsyncIterator[str]:
    """The bot of `benchmarks.outside.<module>` with that account; yields its callback address. Its own libraries may warn and complain."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", f"benchmarks.outside.{module}"),
        *(ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.app_id, str(SLOW_S)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdout is not None
    try:
        port = (await child.stdout.readline()).decode().strip()
        assert port, "the bot did not start"
        yield f"http://127.0.0.1:{port}/wechat"
    finally:
        child.terminate()
        await child.wait()
