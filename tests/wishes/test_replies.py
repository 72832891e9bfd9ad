"""What people answer to a short message, over real HTTP: as Tencent, Aliyun and a plain gateway tell it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import logs
from bot.config import Sms as SmsConfig
from bot.simulator import Carriers, SimAccount, SimCarrier, Simulator
from bot.sms import REPLY_PATH, reply_routes
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Notice, NoticeState
from storage.ports.repositories import Store, Unavailable
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock

KEY = "reply-key-of-the-tests-0123456789"
PHONE = people.SHUFEN_PHONE
CLOUDS = pytest.mark.parametrize("cloud", ["tencent", "aliyun", "http"])


@dataclass
class Desk:
    """A store with everybody in it, behind the address of answers."""

    store: Store
    clock: FakeClock
    ids: people.Ids
    session: aiohttp.ClientSession
    base: str

    async def post(self, path: str, body: bytes) -> tuple[int, Any]:
        """What anybody may send."""
        async with self.session.post(self.base + path, data=body) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def answers(self, cloud: str, text: str, phone: str = PHONE) -> tuple[int, Any]:
        """As the cloud tells it."""
        return await self.post(f"/sms/reply/{cloud}/{KEY}", told(cloud, phone, text))

    async def reminded(self, person_id: int, kind: str = "P-CERT", channel: Channel = Channel.SMS) -> None:
        """A reminder has gone out now, a minute after the one before."""
        self.clock.advance(60)
        async with self.store.transaction() as tx:
            campaign = await tx.campaigns.add(
                Campaign(0, kind, kind, CampaignState.RUNNING, Audience(("beijing",)), (channel,), self.clock.now(), code=kind)
            )
            await tx.notices.add(
                Notice(
                    id=0,
                    campaign_id=campaign.id,
                    kind=kind,
                    region="beijing",
                    person_id=person_id,
                    cycle="2024-09-27",
                    stage="15",
                    channel=channel,
                    recipient="",
                    rank=3,
                    state=NoticeState.SENT,
                    due=None,
                    at=self.clock.now(),
                )
            )

    async def stopped(self, person_id: int) -> frozenset[str]:
        """What is on record."""
        async with self.store.reading() as tx:
            return await tx.wishes.stopped(person_id=person_id)


def told(cloud: str, phone: str, text: str) -> bytes:
    """An answer, in the form of the provider's document."""
    tencent = {"extend": "", "mobile": phone, "nationcode": "86", "sign": "社保服务", "text": text, "time": 1726106400}
    aliyun = {"phone_number": phone, "content": text, "send_time": "2024-09-12 10:00:00", "dest_code": "1", "sequence_id": "9"}
    body: Any = {"tencent": tencent, "aliyun": [aliyun], "http": {"phone": phone, "text": text}}[cloud]
    return json.dumps(body, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What is logged, as the running product logs it."""
    written = io.StringIO()
    logs.set_up(written)
    yield written
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = []


@pytest.fixture
async def desk(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        store = open_store(sqlite_url, vault, clock)
        stack.push_async_callback(store.close)
        ids = await people.load(store)
        app = web.Application()
        app.add_routes(reply_routes(SmsConfig(report_key=KEY), store, clock))
        server = await stack.enter_async_context(TestServer(app))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Desk(store, clock, ids, session, str(server.make_url("")).rstrip("/"))


@CLOUDS
@pytest.mark.parametrize("word", ["TD", "td", " T ", "退订", "退订。", "【TD】", "STOP"])
async def test_a_word_that_stops(desk: Desk, cloud: str, word: str) -> None:
    """The kind of the newest reminder to that phone is stopped for the person; the provider hears that we have it."""
    await desk.reminded(desk.ids.shufen, "P-PAUSED")
    await desk.reminded(desk.ids.shufen, "P-CERT")
    status, answer = await desk.answers(cloud, word)
    assert status == 200
    assert answer.get("result", answer.get("code", 0)) == 0
    assert await desk.stopped(desk.ids.shufen) == {"P-CERT"}


@CLOUDS
async def test_an_answer_that_comes_twice_does_the_same_once(desk: Desk, cloud: str) -> None:
    """The providers tell again what they think was lost."""
    await desk.reminded(desk.ids.shufen)
    assert (await desk.answers(cloud, "TD"))[0] == (await desk.answers(cloud, "TD"))[0] == 200
    assert await desk.stopped(desk.ids.shufen) == {"P-CERT"}


@CLOUDS
@pytest.mark.parametrize("word", ["好的", "我已经认证了", "TD是什么意思", "不退订", ""])
async def test_other_words_are_ignored(desk: Desk, cloud: str, word: str, log: io.StringIO) -> None:
    """They stop nothing, and are written down nowhere."""
    await desk.reminded(desk.ids.shufen)
    assert (await desk.answers(cloud, word))[0] == 200
    assert await desk.stopped(desk.ids.shufen) == frozenset()
    assert not word or word not in log.getvalue()
    assert PHONE not in log.getvalue()


async def test_two_people_with_one_phone(desk: Desk) -> None:
    """Whoever answers, neither is sent that kind any more: the phone cannot tell them apart."""
    await desk.reminded(desk.ids.defu)
    await desk.answers("tencent", "TD", people.COUPLE_PHONE)
    assert await desk.stopped(desk.ids.defu) == await desk.stopped(desk.ids.xiuying) == {"P-CERT"}


async def test_only_reminders_to_the_phone_are_meant(desk: Desk) -> None:
    """Where none was sent (a code, a message of WeChat's), nothing is stopped; nor for another's phone, nor for nobody's."""
    await desk.reminded(desk.ids.shufen, "P-CERT", Channel.TEMPLATE)
    await desk.reminded(desk.ids.jianguo)
    for phone in (PHONE, people.LI_PHONE, people.NOBODYS_PHONE):
        assert (await desk.answers("aliyun", "TD", phone))[0] == 200
    for person in (desk.ids.shufen, desk.ids.li, desk.ids.jianguo):
        assert await desk.stopped(person) == frozenset()


async def test_several_answers_in_one_call(desk: Desk) -> None:
    """Aliyun tells in batches: each phone's own word counts."""
    await desk.reminded(desk.ids.shufen)
    await desk.reminded(desk.ids.jianguo)
    batch = [*json.loads(told("aliyun", PHONE, "TD")), *json.loads(told("aliyun", people.JIANGUO_PHONE, "谢谢"))]
    assert (await desk.post(f"/sms/reply/aliyun/{KEY}", json.dumps(batch).encode()))[0] == 200
    assert await desk.stopped(desk.ids.shufen) == {"P-CERT"}
    assert await desk.stopped(desk.ids.jianguo) == frozenset()


@CLOUDS
async def test_without_the_key_there_is_no_such_address(desk: Desk, cloud: str) -> None:
    """A wrong key, a shorter one, another provider: 404, and nothing is stopped."""
    await desk.reminded(desk.ids.shufen)
    for path in (f"/sms/reply/{cloud}/{'x' * len(KEY)}", f"/sms/reply/{cloud}/{KEY[:-1]}", f"/sms/reply/nobody/{KEY}"):
        assert (await desk.post(path, told(cloud, PHONE, "TD")))[0] == 404
    assert await desk.stopped(desk.ids.shufen) == frozenset()
    assert reply_routes(SmsConfig(), desk.store, desk.clock) == []


@CLOUDS
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{}", 400), (b"[1]", 400), (b'"TD"', 400), (b"\xff\xfe", 400), (b"[" * 50_000, 400), (b" " * 70_000, 413)],
)
async def test_what_is_no_answer_is_refused(desk: Desk, cloud: str, body: bytes, status: int) -> None:
    """Whatever arrives: an answer, no error."""
    assert (await desk.post(f"/sms/reply/{cloud}/{KEY}", body))[0] == status


async def test_while_the_database_is_away_it_is_to_be_told_again(vault: Vault, clock: FakeClock) -> None:
    """503, so that the provider tries later: nobody's word is lost."""

    class Away:
        def transaction(self) -> Any:
            raise Unavailable("away")

    app = web.Application()
    app.add_routes(reply_routes(SmsConfig(report_key=KEY), Away(), clock))  # type: ignore[arg-type]
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        address = server.make_url(REPLY_PATH.format(provider="tencent", key=KEY))
        async with session.post(address, data=told("tencent", PHONE, "TD")) as answer:
            assert (answer.status, (await answer.json())["result"]) == (503, 1)


async def test_each_stop_is_on_record_under_a_pseudonym(desk: Desk) -> None:
    """Who (not the number), which kind, whose."""
    await desk.reminded(desk.ids.shufen)
    await desk.answers("tencent", "TD")
    async with desk.store.reading() as tx:
        found = (await tx.audit.of_subject(await tx.people.identity_hash(desk.ids.shufen)))[0]
        assert (found.action, found.feature, found.actor) == ("stop", "P-CERT", await tx.audit.pseudonym(PHONE))
    assert PHONE not in repr(found)


@pytest.mark.parametrize("cloud", ["tencent", "aliyun", "gateway"])
async def test_the_simulated_phone_answers(desk: Desk, cloud: str) -> None:
    """As the simulator tells it: heard and acknowledged."""
    await desk.reminded(desk.ids.shufen)
    account = SimAccount("wx0123456789abcdef", "secretofthetests", "tokenoftests", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    heard = {name: f"{desk.base}/sms/reply/{name}/{KEY}" for name in ("tencent", "aliyun", "http")}
    carriers = None
    if cloud != "gateway":
        carrier = SimCarrier("id", "secret", "社保服务", {}, uplink_url=heard[cloud])
        carriers = Carriers(desk.clock, *((carrier, None) if cloud == "tencent" else (None, carrier)))
    sim = Simulator(desk.clock, account, f"{desk.base}/wechat", carriers=carriers, gateway_replies=heard["http"])
    await sim.open()
    try:
        assert await sim.answer_sms(PHONE, "TD") == {"heard": cloud, "acknowledged": True}
    finally:
        await sim.close()
    assert await desk.stopped(desk.ids.shufen) == {"P-CERT"}
