"""SIGKILL of a real process between the payment notice and the record, and between the record and the answer: paid once, told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from storage.ports.records import OrderStatus
from tests import nursery
from tests.orders.conftest import XIUYING, Shop
from tests.orders.wechat import Street, settings, street

pytestmark = pytest.mark.xdist_group("children")

_PATIENCE = 60.0
"""Seconds after which a process that says nothing, or does not die, has failed; nothing is timed by it."""


class Victims:
    """Processes that take notices on one port, over the database of the shop."""

    def __init__(self, database: str, folder: Path, port: int) -> None:
        self._database = database
        self._file = folder / "settings.json"
        self._port = port
        self._process: nursery.Child | None = None

    async def start(self, moment: str, now: str) -> None:
        told = {"now": now, "merchant": asdict(settings("http://127.0.0.1:1"))}
        self._file.write_text(json.dumps(told), "utf-8")
        self._process = await nursery.start(
            "tests.orders.child", self._database, str(self._file), moment, str(self._port), stdout=True
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            assert await self._process.stdout.readline()

    async def died(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(_PATIENCE):
            return await self._process.wait()

    async def end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self.died()


@asynccontextmanager
async def town(shop: Shop, database: str, folder: Path) -> AsyncIterator[tuple[Street, Victims, str]]:
    """A street whose notices go to a process that will die, and an order that waits to be paid."""
    port = unused_port()
    victims = Victims(database, folder, port)
    async with street(shop, f"http://127.0.0.1:{port}/pay/notice") as road:
        order = await road.shop.makes()
        assert await road.shop.pages.confirm(XIUYING, order.order_no, "示例银行") == ""
        assert await road.shop.pages.bridge(XIUYING, order.order_no)
        try:
            yield road, victims, order.order_no
        finally:
            await victims.end()


async def test_killed_with_the_notice_in_its_hands_the_question_finds_the_payment(
    shop: Shop, sqlite_url: str, tmp_path: Path
) -> None:
    """Verified, not recorded, dead; two minutes after 确认缴费 the job asks, and the order is paid, once."""
    async with town(shop, sqlite_url, tmp_path) as (road, victims, number):
        await victims.start("before", road.shop.clock.now().isoformat())
        paid = await road.pays(number)
        assert [one["status"] for one in paid["notices"]] == [0]
        assert await victims.died() == -9
        assert (await road.shop.order(number)).status is OrderStatus.CONFIRMED
        road.shop.clock.advance(120)
        await road.shop.settle()
        order = await road.shop.order(number)
        assert (order.status, order.transaction_id) == (OrderStatus.PAID, paid["transaction_id"])
        assert len(road.shop.told()) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_the_notice_that_comes_again_is_recorded_once(
    shop: Shop, sqlite_url: str, tmp_path: Path, moment: str
) -> None:
    """Dead before the record or before the answer: fifteen seconds later the same notice comes to the next process."""
    async with town(shop, sqlite_url, tmp_path) as (road, victims, number):
        await victims.start(moment, road.shop.clock.now().isoformat())
        await road.pays(number)
        assert await victims.died() == -9
        expected = OrderStatus.PAID if moment == "after" else OrderStatus.CONFIRMED
        assert (await road.shop.order(number)).status is expected
        await victims.start("never", road.shop.clock.now().isoformat())
        async with asyncio.timeout(20):
            while road.shop.clock.sleepers < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        road.shop.clock.advance(15)
        await road.sim.idle()
        async with road.platform.get("/sim/payments") as answer:
            (told,) = await answer.json()
        assert [one["status"] for one in told["notices"]] == [0, 200]
        assert (await road.shop.order(number)).status is OrderStatus.PAID
        road.shop.clock.advance(600)
        await road.shop.settle()
        assert len(road.shop.told()) == 1
        assert len(await road.shop.audited("pay")) == 1
