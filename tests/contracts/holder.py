"""A worker that tests kill: `python -m tests.contracts.holder <database url>`; takes jobs, holds them, and begins to queue one more."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from storage.sql import open_store
from storage.vault import Vault
from tests.clock import START, FakeClock


async def main(url: str) -> None:
    store = open_store(url, Vault(bytes(range(32))), FakeClock())
    async with store.transaction() as tx:
        jobs = await tx.jobs.claim(START, timedelta(minutes=1), 30)
    async with store.transaction() as tx:
        await tx.jobs.done(jobs[0].id)
    async with store.transaction() as tx:
        await tx.jobs.enqueue("push", b"never committed", START)
        await tx.jobs.done(jobs[1].id)
        print(len(jobs), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
