"""The platform's own addresses as an extra filter before `/wechat`: only where it is wanted, and never in the way when nobody knows the list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from bot.callers import Callers
from bot.config import Config, Wechat, missing_for_serving
from bot.wechat import MemoryValues, ValuesAway
from tests.edge.fake_api import APP_ID, Client, connected
from tests.edge.platform import Edge, safe, start_edge, stop_edge, text_xml, until

IPS = "/cgi-bin/getcallbackip"
DAY = 86400.0


@dataclass
class Guarded:
    """A server that asks its callers, and the platform that knows them. The clock of the list is the client's."""

    edge: Edge
    client: Client
    callers: Callers

    async def status(self, forwarded: str = "") -> int:
        """Of an honest message that comes, as our proxy says, from there."""
        self.number = getattr(self, "number", 0) + 1
        sent = safe(text_xml(msg_id=str(self.number)), self.edge.clock)
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        response = await self.edge.client.post("/wechat", params=sent.query, data=sent.body, headers=headers)
        await self.settled()
        return response.status

    async def settled(self) -> None:
        """The list was asked for, if it was."""
        if (task := self.callers._renewing) is not None:
            await asyncio.wait({task})


@asynccontextmanager
async def _guarded(
    listed: object, *, trusted: tuple[str, ...] = ("127.0.0.1",), tokens: MemoryValues | None = None
) -> AsyncIterator[Guarded]:
    async with connected() as client:
        client.platform.answers[IPS] = lambda _: listed if isinstance(listed, dict) else {"ip_list": listed}
        callers = Callers(client.api.get_callback_ips, tokens or client.tokens, APP_ID, client.clock, trusted)
        await callers.start()
        edge = await start_edge(admits=callers.admits)
        yield Guarded(edge, client, callers)
        await stop_edge(edge)
        await callers.close()


async def test_only_the_platforms_addresses_get_in() -> None:
    """From the list, single addresses and networks: answered; from elsewhere: 403, nothing runs, whatever the signature."""
    async with _guarded(["101.226.62.77", "162.62.80.0/24", "2001:db8::1"]) as there:
        assert await there.status("101.226.62.77") == 200
        assert await there.status("162.62.80.9") == 200
        assert await there.status("2001:db8::1") == 200
        taken = len(there.edge.turns.taken)
        with capture_logs() as lines:
            assert await there.status("101.226.62.78") == 403
        assert len(there.edge.turns.taken) == taken
        assert [line["reason"] for line in lines if line["event"] == "request"] == ["address"]


async def test_loopback_is_nothing_special() -> None:
    """Whoever is on the machine, or says so through a proxy that is none of ours, is not the platform."""
    async with _guarded(["101.226.62.77"]) as there:
        await there.status()
        assert await there.status() == 403
        assert await there.status("127.0.0.1") == 403
    async with _guarded(["101.226.62.77"], trusted=()) as there:
        await there.status()
        assert await there.status("101.226.62.77") == 403


async def test_saving_the_address_is_filtered_too() -> None:
    """The verification comes from the platform as well."""
    async with _guarded(["101.226.62.77"]) as there:
        await there.status("101.226.62.77")
        response = await there.edge.client.get("/wechat", headers={"X-Forwarded-For": "1.2.3.4"})
        assert response.status == 403


async def test_the_list_is_fetched_once_a_day_and_kept() -> None:
    """A thousand messages and a restart: one call a day; what the platform changed counts from then on."""
    async with _guarded(["101.226.62.77"]) as there:
        for _ in range(20):
            await there.status("101.226.62.77")
        assert len(there.client.platform.of(IPS)) == 1
        again = Callers(there.client.api.get_callback_ips, there.client.tokens, APP_ID, there.client.clock, ())
        await again.start()
        assert again._addresses == there.callers._addresses
        there.client.platform.answers[IPS] = lambda _: {"ip_list": ["9.9.9.9"]}
        there.client.clock.advance(DAY + 1)
        await there.status("101.226.62.77")
        assert await there.status("101.226.62.77") == 403
        assert await there.status("9.9.9.9") == 200
        assert len(there.client.platform.of(IPS)) == 2


@pytest.mark.parametrize("answer", [{"errcode": 48001, "errmsg": "no"}, {"ip_list": []}, {"ip_list": ["nonsense"]}, {}])
async def test_without_a_list_nothing_is_filtered_and_it_is_said_once(answer: dict[str, object]) -> None:
    """The platform gives none: everybody who signs gets in; one line says so, however long it lasts; ten minutes between the tries."""
    async with _guarded(answer) as there:
        with capture_logs() as lines:
            for _ in range(5):
                assert await there.status("1.2.3.4") == 200
                there.client.clock.advance(121)
            assert await there.status("1.2.3.4") == 200
        told = [line for line in lines if line["event"] == "callback_addresses" and line["log_level"] == "error"]
        assert [line["outcome"] for line in told] == ["not filtered"]
        assert len(there.client.platform.of(IPS)) == 2
        there.client.clock.advance(3600)
        there.client.platform.answers[IPS] = lambda _: {"ip_list": ["101.226.62.77"]}
        await there.status("1.2.3.4")
        assert await there.status("1.2.3.4") == 403


async def test_an_old_list_is_used_for_a_day_more_and_then_not() -> None:
    """It cannot be renewed: yesterday's still filters, that of two days ago does not, and both are said."""
    async with _guarded(["101.226.62.77"]) as there:
        await there.status("101.226.62.77")
        there.client.platform.answers[IPS] = lambda _: {"errcode": -1, "errmsg": "busy"}
        there.client.clock.advance(DAY + 1)
        with capture_logs() as lines:
            await there.status("101.226.62.77")
        assert "still the old list" in [line.get("outcome") for line in lines]
        assert await there.status("1.2.3.4") == 403
        there.client.clock.advance(DAY)
        assert await there.status("1.2.3.4") == 200


class _Away(MemoryValues):
    async def get(self, app_id: str) -> None:
        raise ValuesAway("away")

    async def put(self, app_id: str, token: object) -> None:
        raise ValuesAway("away")


async def test_without_a_place_to_keep_it_the_list_still_counts() -> None:
    """The database is away: this process has its own."""
    async with connected() as client:
        tokens = _Away(client.clock)
    async with _guarded(["101.226.62.77"], tokens=tokens) as there:
        await there.status("101.226.62.77")
        assert await there.status("1.2.3.4") == 403


async def test_unasked_nothing_is_filtered_or_fetched(edge: Edge) -> None:
    """The default: no list, no call."""
    response = await edge.post(safe(text_xml(), edge.clock))
    assert response.status == 200
    await until(lambda: edge.turns.taken)


def test_the_filter_needs_the_accounts_secret() -> None:
    """Without it the list cannot be fetched, which is said before anything starts."""
    config = Config(wechat=Wechat(account_kind="personal", check_callback_addresses=True))
    assert "wechat.app_secret: 没有填" in missing_for_serving(config)
    assert "wechat.app_secret: 没有填" not in missing_for_serving(Config(wechat=Wechat(account_kind="personal")))
