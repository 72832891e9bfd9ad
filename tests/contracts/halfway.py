"""A process that tests kill: `python -m tests.contracts.halfway <database url>`; commits a session, writes a user, says so and never commits."""

from __future__ import annotations

import asyncio
import sys

from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.contracts.makers import a_session, a_user


async def main(url: str) -> None:
    store = open_store(url, Vault(bytes(range(32))), FakeClock())
    async with store.transaction() as work:
        await work.sessions.save(a_session())
    async with store.transaction() as work:
        await work.users.save(a_user())
        assert await work.users.get("oUser")
        print("written", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
