"""A process that tests kill: `python -m tests.contracts.writer <database url>`; twelve chats write without a pause, each commit is told of."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from storage.ports.records import Session, User
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import START, FakeClock


async def one(store: Store, openid: str) -> None:
    async with store.transaction() as tx:
        stood = await tx.sessions.load(openid, START)
        version = stood.version + 1 if stood else 1
        await tx.users.save(User(openid, True, "visitor", None, None))
        await tx.answers.put(f"{openid}:{version}", openid, b"answer", START)
        await tx.sessions.save(Session(openid, str(version).encode(), version, START + timedelta(days=1)))
    sys.stdout.write(f"{openid} {version}\n")
    sys.stdout.flush()


async def always(store: Store, openid: str) -> None:
    while True:
        await one(store, openid)


async def main(url: str) -> None:
    store = open_store(url, Vault(bytes(range(32))), FakeClock())
    await asyncio.gather(*(always(store, f"oKilled{number}") for number in range(12)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
