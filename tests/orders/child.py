"""A process that takes payment notices and dies of one: `python -m tests.orders.child <database url> <settings file> <die> [<port>]`.

It prints its port. `die` is the moment at which it kills itself, as if the machine had gone: `before` when a notice was verified and
nothing is recorded yet; `after` when it is recorded and nothing was answered; `never`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.app import listening
from bot.clock import MovableClock
from bot.payments import routes
from bot.payments.wechatpay import Merchant, WechatPay
from handlers.captcha import Captcha
from handlers.links import Links
from handlers.orders.payments import Payment
from handlers.policy import Policy
from handlers.services import Services
from handlers.verification import Verification
from storage.regions import load_regions
from storage.sql import open_store
from storage.vault import Vault
from tests.conversations.conftest import PUBLIC, Shelf


def die() -> None:
    """At once, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(WechatPay):
    """Dies with a verified notice in its hands."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        super().read_notice(headers, body)
        die()
        raise AssertionError("still alive")


@web.middleware
async def dying(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Dies before what was done is answered."""
    response = await handler(request)
    die()
    return response


async def main(database: str, file: str, moment: str, port: str = "0") -> None:
    told = json.loads(Path(file).read_text("utf-8"))  # noqa: ASYNC240
    clock = MovableClock()
    clock.set(datetime.fromisoformat(told["now"]))
    vault = Vault(bytes(range(32)))
    store = open_store(database, vault, clock)
    links = Links(clock, PUBLIC)
    async with aiohttp.ClientSession() as session:
        kind = Mortal if moment == "before" else WechatPay
        payments = kind(Merchant(**told["merchant"]), clock, session, "http://127.0.0.1:1/pay/notice")
        services = Services(
            clock=clock,
            regions=load_regions(),
            links=links,
            verification=Verification(clock),
            captcha=Captcha(clock, links),
            policy=Policy(),
            digest=vault.digest,
            public_url=PUBLIC,
            files=Shelf(),
            payments=payments,
        )
        app = web.Application(middlewares=[dying] if moment == "after" else [])
        app.add_routes(routes(payments, store, services))
        async with listening(app, "127.0.0.1", int(port)) as bound:
            print(bound, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
