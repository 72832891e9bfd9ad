"""A bot process that tests kill: `python -m tests.child <database url> <sms file> <die>`; prints its port.

`die` names the moment at which it kills itself, as if the machine had gone: `before:<text>` when that text arrives, before the turn;
`after:<text>` when its turn is committed and nothing has been answered yet; `never`. A file beside the database remembers that it has
happened, so that the next process lives.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot import logs
from bot.app import serving
from bot.clock import SystemClock
from bot.config import Config, Reminders, Security, Server, Sms, Storage, Wechat
from dialogs.messages import AnyInbound, Said
from handlers.turns import Seal, Turns

APP_ID = "wxtest0000000001"
TOKEN = "testtoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MASTER_KEY = bytes(range(32)).hex()


class Mortal:
    """Turns of a process that dies once at the named moment."""

    def __init__(self, turns: Turns, moment: str, grave: Path) -> None:
        self._turns = turns
        self._when, _, self._text = moment.partition(":")
        self._grave = grave

    def _die(self, when: str, inbound: AnyInbound) -> None:
        if when == self._when and isinstance(inbound, Said) and inbound.text == self._text and not self._grave.exists():
            self._grave.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    async def answered(self, key: str) -> bytes | None:
        return await self._turns.answered(key)

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        self._die("before", inbound)
        answer = await self._turns.take(inbound, seal)
        self._die("after", inbound)
        return answer

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        await self._turns.postpone(inbound, interim)


async def main(database: str, sms: str, moment: str) -> None:
    config = Config(
        server=Server(port=0, public_url="http://127.0.0.1"),
        wechat=Wechat(app_id=APP_ID, token=TOKEN, encoding_aes_key=AES_KEY, account_kind="personal"),
        storage=Storage(database_url=database),
        sms=Sms(provider="file", file=sms),
        security=Security(master_key=MASTER_KEY, resend_seconds=1),
        reminders=Reminders(enabled=False),
    )
    grave = Path(sms).with_suffix(".grave")
    async with serving(config, SystemClock(), around=lambda turns: Mortal(turns, moment, grave)) as (_, port):
        print(port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(main(*sys.argv[1:4]))
