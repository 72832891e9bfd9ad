"""The whole product and the simulated platform beside it, on real sockets of the loopback, under one clock that only the test moves."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from bot.app import Product, serving
from bot.config import Config, Reminders, Security, Server, Sms, Storage, Wechat
from bot.simulator import SimAccount, Simulator, start
from dialogs.messages import Message, Picture, Reply, Said
from handlers import outbox
from storage.ports.records import Binding, User
from tests import people
from tests.clock import FakeClock
from tests.fresh import one_renderer
from tests.logged import logged
from tests.process.operator import bot, fresh, ready

__all__ = ["bot", "fresh", "ready"]
"""Fixtures that are written beside the command line's tests."""

ACCOUNT = SimAccount(
    app_id="wx0123456789abcdef",
    app_secret="secretofthetests",
    token="tokenoftests",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_tests",
)
MASTER_KEY = bytes(range(32)).hex()


def config(port: int, simulator_port: int, database_url: str) -> Config:
    """A certified service account; the platform and the SMS gateway are the simulator."""
    outside = f"http://127.0.0.1:{simulator_port}"
    return Config(
        server=Server(port=port, public_url=f"http://127.0.0.1:{port}"),
        wechat=Wechat(
            app_id=ACCOUNT.app_id,
            app_secret=ACCOUNT.app_secret,
            token=ACCOUNT.token,
            encoding_aes_key=ACCOUNT.encoding_aes_key,
            api_base=outside,
        ),
        storage=Storage(database_url=database_url),
        sms=Sms(provider="http", url=f"{outside}/sim/sms"),
        security=Security(master_key=MASTER_KEY),
        reminders=Reminders(template_id="TM_CERT_DUE"),
    )


@dataclass
class Town:
    """A running product, the platform, and people with phones."""

    product: Product
    sim: Simulator
    clock: FakeClock
    config: Config
    ids: people.Ids

    @property
    def address(self) -> str:
        return self.config.server.public_url

    async def sends(self, openid: str, **msg: Any) -> list[dict[str, Any]]:
        """Do something on a phone; what appeared on it until the answer was there."""
        outcome = await self.sim.send(openid, msg)
        assert outcome["status"] in {"answered", "empty"}, outcome
        replies: list[dict[str, Any]] = outcome["replies"]
        return replies

    async def says(self, openid: str, text: str) -> str:
        """Type a text; the words of the passive answer."""
        replies = await self.sends(openid, type="text", content=text)
        return "\n".join(str(one.get("text", "")) for one in replies if one["channel"] == "passive")

    async def works(self) -> int:
        """Run every job and send every notice that is due, and let the platform report what became of it."""
        ran = 0
        while worked := await self.product.runner.drain() + await self.product.sender.drain():
            ran += worked
        await self.sim.idle()
        return ran

    async def push(self, openid: str, *messages: Message, must: bool = True) -> None:
        """Queue messages for a chat and run the jobs."""
        async with self.product.store.transaction() as tx:
            await outbox.push(tx, openid, messages, self.clock.now(), must=must)
        await self.works()

    async def chart(self) -> str:
        """The chart that the conversation itself would send."""
        kept: list[Reply] = []

        def seal(reply: Reply) -> bytes:
            kept.append(reply)
            return b"x"

        await self.logs_in("o-chart", people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        await self.product.conversation.take(Said("o-chart", "chart", self.clock.now(), "查2023年的养老缴费"), seal)
        await self.works()
        return next(one.chart for one in kept[-1].more if isinstance(one, Picture))

    def seen(self, openid: str, channel: str = "service") -> list[dict[str, Any]]:
        """What the account has put on a phone, oldest first."""
        phone = self.sim.world.phones.get(openid)
        entries = phone.entries if phone else []
        return [one.reply() for one in entries if one.side == "account" and one.body.get("channel") == channel]

    def texts(self, openid: str, channel: str = "service") -> list[str]:
        """Their words, the entries of a menu as the lines that they are."""
        return [_words(one) for one in self.seen(openid, channel)]

    async def taps(self, openid: str, entry: dict[str, Any]) -> str:
        """Tap an entry of a message menu; the words of the passive answer."""
        replies = await self.sends(openid, type="text", content=entry["text"], menu_id=entry["id"])
        return "\n".join(_words(one) for one in replies if one["channel"] == "passive")

    async def next_due(self) -> datetime:
        """When the next job or notice is due."""
        async with self.product.store.reading() as tx:
            found = [await tx.jobs.next_due(), await tx.notices.next_due()]
        return min(due for due in found if due is not None)

    async def user(self, openid: str) -> User | None:
        async with self.product.store.reading() as tx:
            return await tx.users.get(openid)

    def code(self, phone: str) -> str:
        """The newest six digits that went to a phone."""
        texts = [one.text for one in self.sim.world.sms if one.phone == phone]
        return texts[-1].split("验证码 ")[1][:6]

    async def logs_in_quietly(self, openid: str, person_id: int, region: str) -> None:
        """Bound to the person as after a log-in, with no job or notice run."""
        await self.says(openid, "你好")
        async with self.product.store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            await tx.users.bind(Binding(0, openid, person_id, "person", "sms", "1", self.clock.now()))
            await tx.users.save(replace(user, active_role="person", region=region, person_id=person_id))

    async def logs_in(self, openid: str, phone: str, last_four: str) -> str:
        await self.says(openid, "登录")
        await self.says(openid, "1")
        await self.says(openid, phone)
        await self.works()
        await self.says(openid, self.code(phone))
        return await self.says(openid, last_four)


def _words(shown: dict[str, Any]) -> str:
    if shown.get("type") == "menu":
        return "\n".join((shown["head"], *(item["text"] for item in shown["items"])))
    return str(shown.get("text", ""))


Towns = Callable[..., Any]


@pytest.fixture(autouse=True, scope="session")
def shared_renderer() -> Iterator[None]:
    """One for all products of this process."""
    with one_renderer():
        yield


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What is logged, as the running product logs it."""
    with logged() as written:
        yield written


@pytest.fixture
def town_of(sqlite_url: str, clock: FakeClock, unused_tcp_port_factory: Callable[[], int]) -> Towns:
    """`async with town_of(changes) as town`: `changes` turns the configuration into another. Jobs run when the test says so."""

    @asynccontextmanager
    async def put_up(changes: Callable[[Config], Config] = lambda same: same) -> AsyncIterator[Town]:
        settings = changes(config(unused_tcp_port_factory(), unused_tcp_port_factory(), sqlite_url))
        async with AsyncExitStack() as stack:
            product, port = await stack.enter_async_context(serving(settings, clock, worker=False))
            kind: Any = settings.wechat.account_kind.replace("uncertified", "personal")
            sim = Simulator(clock, replace(ACCOUNT, kind=kind), f"http://127.0.0.1:{port}/wechat")
            runner = await start(sim, "127.0.0.1", int(settings.wechat.api_base.rpartition(":")[2]))
            stack.push_async_callback(runner.cleanup)
            yield Town(product, sim, clock, settings, await people.load(product.store))

    return put_up


@pytest.fixture
async def town(town_of: Towns) -> AsyncIterator[Town]:
    async with town_of() as found:
        yield found
