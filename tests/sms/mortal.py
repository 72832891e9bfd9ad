"""A process that tests kill: `python -m tests.sms.mortal <database url> <url of the cloud>`; runs the jobs that are queued."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import aiohttp

from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.sms import SmsJob, sender
from handlers.jobs import Runner
from storage.sql import open_store
from storage.vault import Vault
from tests.sms.conftest import CONFIG

MASTER_KEY = bytes(range(32))


async def main(database: str, cloud: str) -> None:
    clock = SystemClock()
    store = open_store(database, Vault(MASTER_KEY), clock)
    async with aiohttp.ClientSession() as session:
        providers = sender(replace(CONFIG, tencent_api_base=cloud, aliyun_api_base=cloud), session, clock)
        runner = Runner(store, clock, {"sms": SmsJob(store, clock, providers, Metrics()).send})
        print("ready", flush=True)
        await runner.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
