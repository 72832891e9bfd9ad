"""SIGKILL of a real child process: the conversation goes on, nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.clock import SystemClock
from storage.migrations import migrate
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests import child, nursery, people
from tests.platform_client import Platform

pytestmark = pytest.mark.xdist_group("children")

OPENID = "o-kill"
_PATIENCE = 60.0
"""Seconds after which a process that says nothing, or does not die, has failed; nothing is timed by it."""


class Victim:
    """A bot process over a database that outlives it, and the platform that talks to it and sends again what was not answered."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.database = f"sqlite:///{folder / 'kill.sqlite'}"
        self.sms = folder / "sms.jsonl"
        self.session = session
        self.platform = Platform("", child.APP_ID, child.TOKEN, child.AES_KEY)
        self.process: nursery.Child | None = None
        self.deaths = 0

    async def start(self, moment: str = "never") -> None:
        self.process = await nursery.start("tests.child", self.database, str(self.sms), moment, stdout=True)
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            port = (await self.process.stdout.readline()).decode().strip()
        self.platform.url = f"http://127.0.0.1:{port}/wechat"

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            async with asyncio.timeout(_PATIENCE):
                await self.process.wait()

    async def says(self, text: str) -> str:
        """Send until it is answered, the same message each time, starting the process again when it has died."""
        number = self.platform.new_id()
        for _ in range(4):
            try:
                return self.platform.open(await self.platform.post(self.session, OPENID, text, number))
            except aiohttp.ClientError:
                assert self.process is not None
                async with asyncio.timeout(_PATIENCE):
                    await self.process.wait()
                self.deaths += 1
                await self.start()
        raise AssertionError("never answered")

    async def code(self) -> str:
        """The newest code, once its SMS has arrived."""
        for _ in range(400):
            lines = self.sms.read_text("utf-8").splitlines() if self.sms.exists() else []
            codes = [re.search(r"验证码 (\d{6})", json.loads(line)["text"]) for line in lines]
            found = [one[1] for one in codes if one]
            if len(found) > self._codes_used:
                self._codes_used = len(found)
                return found[-1]
            await asyncio.sleep(0.02)
        raise AssertionError("no SMS came")

    _codes_used = 0

    async def logs_in(self) -> None:
        await self.says("登录")
        await self.says("1")
        await self.says(people.COUPLE_PHONE)
        answer = await self.says(await self.code())
        line = next(line for line in answer.splitlines() if "李*英" in line)
        await self.says(line.split(" ")[0])
        assert "登录成功" in await self.says(people.XIUYING.id_no[-4:])

    @contextlib.asynccontextmanager
    async def storage(self) -> AsyncIterator[Store]:
        store = open_store(self.database, Vault(bytes.fromhex(child.MASTER_KEY)), SystemClock())
        try:
            yield store
        finally:
            await store.close()


@pytest.fixture
async def victim(tmp_path: Path) -> AsyncIterator[Victim]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        one = Victim(tmp_path, session)
        await migrate(one.database)
        async with one.storage() as store:
            await people.load(store)
        yield one
        await one.kill()


async def test_killed_in_mid_dialog_the_conversation_goes_on_at_the_same_question(victim: Victim) -> None:
    """Between consent and phone, and between phone and code."""
    await victim.start()
    await victim.says("登录")
    await victim.says("1")
    await victim.kill()
    assert "154" not in await victim.says(people.COUPLE_PHONE)
    assert victim.deaths == 1
    code = await victim.code()
    await victim.kill()
    assert "不止一个人" in await victim.says(code)
    assert victim.deaths == 2


async def test_killed_in_mid_query_the_resend_is_answered(victim: Victim) -> None:
    """The process dies with the message in its hands; WeChat sends it again."""
    await victim.start("before:查2024年上半年的养老缴费")
    await victim.logs_in()
    answer = await victim.says("查2024年上半年的养老缴费")
    assert victim.deaths == 1
    assert "养老保险缴了 6 个月" in answer


async def test_killed_between_the_loss_report_and_its_answer_it_is_done_once(victim: Victim) -> None:
    """挂失 is committed, nothing was answered; the resend gets the answer and no second case."""
    await victim.start()
    await victim.logs_in()
    await asyncio.sleep(1.1)  # the second code may be sent after the configured second: the child's clock is the real one
    await victim.says("社保卡挂失")
    await victim.says("1")
    code = await victim.code()
    await victim.kill()
    await victim.start(f"after:{code}")
    answer = await victim.says(code)
    assert victim.deaths == 1
    assert "挂失成功" in answer
    async with victim.storage() as store, store.reading() as tx:
        (person,) = await tx.people.by_id_no(people.XIUYING.id_no)
        cases = await tx.cases.of_person(person.id)
        card = await tx.cards.of_person(person.id)
    assert len(cases) == 1
    assert cases[0].case_no in answer
    assert card is not None
    assert card.status == "lost"


async def test_killed_at_any_moment_everything_is_answered_and_nothing_twice(victim: Victim) -> None:
    """Two kills at random moments under a stream of messages: each message ends answered, and a resend gets the same words."""
    await victim.start()
    await victim.logs_in()
    moments = random.Random(7)
    for _ in range(2):
        number = victim.platform.new_id()
        sending = asyncio.ensure_future(victim.platform.post(victim.session, OPENID, "查2024年上半年的养老缴费", number))
        await asyncio.sleep(moments.uniform(0.0, 0.02))
        await victim.kill()
        first = (await asyncio.gather(sending, return_exceptions=True))[0]
        await victim.start()
        again = await victim.platform.post(victim.session, OPENID, "查2024年上半年的养老缴费", number)
        assert "养老保险缴了 6 个月" in victim.platform.open(again)
        if isinstance(first, bytes):
            assert again == first
        assert await victim.platform.post(victim.session, OPENID, "查2024年上半年的养老缴费", number) == again
