"""Somebody answers a short message: the cloud that sent it tells the bot, until it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.simulator import Carriers, SimCarrier
from bot.simulator.reporter import PAUSES_S
from tests.clock import FakeClock
from tests.simulator.conftest import Stage, Staged

PHONE = "13900000001"
TOLD = {"tencent": {"result": 0, "errmsg": "OK"}, "aliyun": {"code": 0, "msg": "接收成功"}}


@dataclass
class Listener:
    """Where answers arrive; `busy` times it wants to be told again."""

    heard: list[tuple[str, Any]] = field(default_factory=list)
    busy: int = 0
    base: str = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{who}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        who = request.match_info["who"]
        self.heard.append((who, json.loads(await request.read())))
        if self.busy:
            self.busy -= 1
            return web.json_response({"result": 1, "code": 1}, status=200 if self.busy else 503)
        return web.json_response(TOLD.get(who, {}))


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    async with TestServer(made.app()) as server:
        made.base = str(server.make_url("")).rstrip("/")
        yield made


async def stage_with(staged: Staged, listener: Listener, *clouds: str, gateway: bool = False) -> Stage:
    """A simulator whose clouds (and gateway) tell the listener."""
    clock = FakeClock()
    accounts = [
        SimCarrier("id", "secret", "社保服务", {}, uplink_url=f"{listener.base}/{cloud}") if cloud in clouds else None
        for cloud in ("tencent", "aliyun")
    ]
    gateway_replies = f"{listener.base}/gateway" if gateway else ""
    return await staged(None, clock=clock, carriers=Carriers(clock, *accounts), gateway_replies=gateway_replies)


async def reply(stage: Stage, text: str = "TD", status: int = 200) -> Any:
    return await stage.post("/sim/sms/reply", {"phone": PHONE, "text": text}, status=status)


async def test_tencent_is_told_one_by_one(staged: Staged, listener: Listener) -> None:
    """An object with number, country, sign, words and the second."""
    stage = await stage_with(staged, listener, "tencent")
    assert await reply(stage) == {"heard": "tencent", "acknowledged": True}
    assert listener.heard == [
        ("tencent", {"extend": "", "mobile": PHONE, "nationcode": "86", "sign": "社保服务", "text": "TD", "time": 1726106400})
    ]


async def test_aliyun_is_told_in_a_list(staged: Staged, listener: Listener) -> None:
    """A list with number, words, Beijing time, sign and a number of the message."""
    stage = await stage_with(staged, listener, "aliyun")
    assert await reply(stage, "退订") == {"heard": "aliyun", "acknowledged": True}
    ((_, (one,)),) = listener.heard
    assert (one["phone_number"], one["content"], one["send_time"], one["sign_name"]) == (
        PHONE,
        "退订",
        "2024-09-12 10:00:00",
        "社保服务",
    )
    assert isinstance(one["sequence_id"], int)


async def test_the_cloud_that_sent_last_hears_it(staged: Staged, listener: Listener) -> None:
    """With two clouds it is the one whose message is answered."""
    stage = await stage_with(staged, listener, "tencent", "aliyun")
    assert stage.sim.carriers is not None
    stage.sim.carriers.sent_last[PHONE] = "aliyun"
    assert (await reply(stage))["heard"] == "aliyun"


async def test_a_gateway_hears_two_fields(staged: Staged, listener: Listener) -> None:
    """A plain gateway gets number and words."""
    stage = await stage_with(staged, listener, gateway=True)
    assert await reply(stage) == {"heard": "gateway", "acknowledged": True}
    assert listener.heard == [("gateway", {"phone": PHONE, "text": "TD"})]


async def test_nobody_listens(staged: Staged, listener: Listener) -> None:
    """Where no address is configured the answer is only on the phone; GET /sim/sms shows what came, not what was answered."""
    stage = await stage_with(staged, listener)
    await stage.post("/sim/sms", {"phone": PHONE, "text": "提醒"})
    assert await reply(stage) == {"heard": "", "acknowledged": False}
    assert [one["text"] for one in await stage.get(f"/sim/sms?phone={PHONE}")] == ["提醒"]


async def test_it_is_told_again_until_it_is_acknowledged(staged: Staged, listener: Listener) -> None:
    """A refusal, then a 503, then done: three times the same words."""
    stage = await stage_with(staged, listener, "tencent")
    listener.busy = 2
    assert (await reply(stage))["acknowledged"] is False
    for pause in PAUSES_S[:2]:
        while not stage.clock.sleepers:
            await stage.get("/sim/clock")
        stage.clock.advance(pause)
        seen = len(listener.heard)
        while len(listener.heard) == seen:
            await stage.get("/sim/clock")
    await stage.sim.idle()
    assert [body["text"] for _, body in listener.heard] == ["TD"] * 3


async def test_an_answer_is_told_twice_on_order(staged: Staged, listener: Listener) -> None:
    """duplicate_reply: the cloud tells what was acknowledged once more."""
    stage = await stage_with(staged, listener, "tencent")
    await stage.post("/sim/faults", {"sms": {"duplicate_reply": 1}})
    await reply(stage)
    await reply(stage, "T")
    assert [body["text"] for _, body in listener.heard] == ["TD", "TD", "T"]


@pytest.mark.parametrize("body", [{"phone": PHONE}, {"phone": "", "text": "TD"}, {"phone": PHONE, "text": "  "}, {"text": 1}])
async def test_no_answer_is_refused(staged: Staged, listener: Listener, body: dict[str, Any]) -> None:
    """A number and words are needed."""
    stage = await stage_with(staged, listener)
    assert "error" in await stage.post("/sim/sms/reply", body, status=400)
