"""Two processes behind a balancer, real servers that are stopped and started, real signals (F3, F4, F13, F15)."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest

from benchmarks.database import Postgres
from bot.clock import SystemClock
from dialogs.phrases import BUSY
from tests import people
from tests.handlers.test_order import TALK
from tests.reliability.fleet import IN_TIME_S, Fleet, fleet
from tests.servers import ValkeyServer

pytestmark = pytest.mark.xdist_group("children")

STORIES = int(os.environ.get("STORIES", "1"))
"""Rounds of kills and deploys; a long run has more (docs/reliability.md)."""
PEOPLE = 12


async def _lives(found: Fleet, openid: str, expected: list[str], wrong: list[str]) -> None:
    """Type the talk, each message once the last is answered; now and then an old one comes again, anywhere."""
    sent: list[tuple[str, str, str]] = []
    for text, answer in zip(TALK, expected, strict=True):
        number = found.number()
        said = await found.post(openid, text, number)
        sent.append((number, text, said))
        if said != answer:
            wrong.append(f"{text}: {said[:60]!r} instead of {answer[:60]!r}")
        if found.chance.random() < 0.3:
            number, old, before = found.chance.choice(sent)
            if (again := await found.post(openid, old, number)) != before:
                wrong.append(f"again {old}: {again[:60]!r} instead of {before[:60]!r}")


async def test_kills_and_deploys_behind_a_balancer(tmp_path: Path, own_postgres: Postgres, own_valkey: ValkeyServer) -> None:
    """Twelve people write in step with their own answers, each message to either process, old ones again at random; one process is killed
    and one replaced meanwhile. Each message is answered, in order, as if there were one process and no kill; resends get the same words."""
    async with fleet(tmp_path, own_postgres, own_valkey, seed=STORIES) as found:
        expected = [await found.says("o-reference", text) for text in TALK]
        wrong: list[str] = []
        for story in range(STORIES):
            lives = [asyncio.ensure_future(_lives(found, f"o-{story}-{n}", expected, wrong)) for n in range(PEOPLE)]
            await found.until_answered(30)
            await found.kill()
            all_said = asyncio.gather(*lives)
            more = asyncio.ensure_future(found.until_answered(10))
            await asyncio.wait((more, all_said), return_when=asyncio.FIRST_COMPLETED)  # everybody may have finished
            more.cancel()
            await found.replace_one()
            await all_said
        assert wrong == []
        assert found.resent > 0
        assert found.slowest < IN_TIME_S
        print(f"{STORIES * PEOPLE * len(TALK)} messages, {found.resent} sent again after a kill, slowest {found.slowest:.2f} s")


async def test_redis_away_and_back(tmp_path: Path, own_postgres: Postgres, own_valkey: ValkeyServer) -> None:
    """F4: killed, every message goes on at either process: queries, a dialog from message to message, a resend; tries of a code are counted
    by rows, and no log-in goes past them. Back and empty, the dialog of then goes on, no counter is lost, and nothing was restarted."""
    async with fleet(tmp_path, own_postgres, own_valkey) as found:
        async with found.store() as store, store.reading() as tx:
            (xiuying,) = await tx.people.by_id_no(people.XIUYING.id_no)
        await found.logs_in_quietly("o-known", xiuying.id, "binzhou")
        own_valkey.kill()
        for answer in await found.at_all("o-known", "查2024年上半年的养老缴费"):
            assert "养老保险缴了 6 个月" in answer
        number = found.number()
        first = await found.post("o-new", "登录", number)
        assert "您同意吗" in first
        assert {await found.post("o-new", "登录", number) for _ in range(4)} == {first}
        for text, expected in (("1", "手机号"), (people.LI_PHONE, "验证码")):
            assert expected in await found.says("o-new", text)
        for _ in range(3):
            assert "还可以试" in await found.says("o-new", "000000")
        own_valkey.start()
        assert "还可以试 1 次" in await found.says("o-new", "000000")
        assert "还可以试" not in await found.says("o-new", "000000")
        async with found.store() as store, store.reading() as tx:
            assert await tx.users.bindings("o-new") == ()
        answer = await found.says("o-known", "查2024年上半年的养老缴费")
        assert "养老保险缴了 6 个月" in answer
        assert found.slowest < IN_TIME_S


async def test_postgresql_away_and_back(tmp_path: Path, own_postgres: Postgres, own_valkey: ValkeyServer) -> None:
    """F3: stopped, every message is answered in time with 200: a question with the request to come again, a wish to do something with a
    number, the same one when it is sent again; a code opens nothing. Started, the wish is taken up by itself and once, the unfollowing too,
    and what is asked is answered, without a restart."""
    clock = SystemClock()
    async with fleet(tmp_path, own_postgres, own_valkey) as found:
        async with found.store() as store, store.reading() as tx:
            (xiuying,) = await tx.people.by_id_no(people.XIUYING.id_no)
            (jianguo,) = await tx.people.by_id_no(people.JIANGUO.id_no)
        await found.logs_in_quietly("o-asks", xiuying.id, "binzhou")
        await found.logs_in_quietly("o-leaves", jianguo.id, "beijing")
        for text in ("登录", "1", people.JIANGUO_PHONE):
            await found.says("o-begun", text)
        await own_postgres.stop()
        found.slowest = 0.0
        assert await found.at_all("o-asks", "查2024年上半年的养老缴费") == {BUSY}
        assert await found.at_all("o-begun", "123456") == {BUSY}
        number = found.number()
        told = await found.post("o-asks", "社保卡丢了", number)
        assert {await found.post("o-asks", "社保卡丢了", number) for _ in range(4)} == {told}
        assert "还办不了" in told
        code = re.search(r"编号 ([0-9A-Z]{4}-[0-9A-Z]{4})", told)
        assert code is not None
        assert await found.happens("o-leaves", "unsubscribe") == ""
        assert found.slowest < IN_TIME_S
        await own_postgres.start()
        async with found.store() as store, asyncio.timeout(30):
            while True:
                async with store.reading() as tx:
                    if await tx.users.get("o-leaves") is None and await found.parked("o-asks"):
                        break
                await clock.sleep(0.05)
        answer = await found.says("o-asks", "1")
        assert f"系统恢复了。您刚才要办的“社保卡挂失”（编号 {code[1]}），现在接着办" in answer
        assert answer.count(code[1]) == 1
        assert "验证码" in answer
        async with found.store() as store, store.reading() as tx:
            assert await tx.users.bindings("o-leaves") == ()
            assert await tx.users.bindings("o-begun") == ()
            assert await tx.cases.of_person(xiuying.id) == ()
        assert "已取消" in await found.says("o-asks", "取消")
        assert "养老保险缴了 6 个月" in await found.says("o-asks", "查2024年上半年的养老缴费")
        kept = tmp_path / "data" / "files" / "kept"
        assert kept.is_dir()
        assert list(kept.iterdir()) == []
