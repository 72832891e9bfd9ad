"""The API in trouble: for a time, for every n-th call, always, after it was carried out; tokens that die; the quota of a day."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.simulator.bots import ACCOUNT, Bot
from tests.simulator.conftest import Stage, Staged
from tests.simulator.test_receipts import send
from tests.simulator.test_subscriptions import accept, notify


async def follower(staged: Staged, *faults: Any) -> Stage:
    """A stage with somebody to write to, and faults of the API."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "在")
    await stage.post("/sim/faults", {"api": list(faults) if len(faults) > 1 else faults[0]})
    return stage


async def status_of(stage: Stage, token: str, path: str = "getcallbackip") -> int:
    async with stage.http.get(f"/cgi-bin/{path}", params={"access_token": token}) as answer:
        return answer.status


async def test_the_platform_is_away_for_a_time(staged: Staged) -> None:
    """HTTP 502 for sixty seconds of the clock, however many call, and not a second longer."""
    stage = await follower(staged, {"status": 502, "for_s": 60})
    token = await stage.token()
    assert [await status_of(stage, token) for _ in range(3)] == [502] * 3
    stage.clock.advance(59)
    assert await status_of(stage, token) == 502
    stage.clock.advance(1)
    assert await status_of(stage, token) == 200


async def test_every_third_call_is_struck(staged: Staged) -> None:
    """-1 now and then, as often as ordered, without end."""
    stage = await follower(staged, {"errcode": -1, "every": 3, "times": -1})
    codes = [(await send(stage))["errcode"] for _ in range(7)]
    assert codes == [0, 0, -1, 0, 0, -1, 0]


async def test_all_calls_are_slow_and_one_of_them_fails(staged: Staged) -> None:
    """Faults in a list act together: latency always, an error once; tokens too when the path says so."""
    stage = await follower(staged, {"delay_s": 0.05, "times": -1, "path": "/cgi-bin"}, {"errcode": 45011, "path": "template"})
    codes = []
    for _ in range(2):
        call = asyncio.create_task(send(stage))
        while not call.done():
            await asyncio.sleep(0)
            if stage.clock.sleepers:
                stage.clock.advance(0.05)
        codes.append(call.result()["errcode"])
    assert codes == [45011, 0]


async def test_a_call_is_carried_out_and_its_answer_lost(staged: Staged) -> None:
    """The connection is cut after the message is on the phone; so is a 502 told after it was carried out."""
    stage = await follower(staged, {"lost": 1, "path": "template/send"})
    with pytest.raises(aiohttp.ClientError):
        await send(stage)
    await stage.post("/sim/faults", {"api": {"lost": 1, "errcode": -1}})
    assert (await send(stage))["errcode"] == -1
    assert len(await stage.get("/sim/inbox?openid=o1")) == 2


async def test_tokens_die_until_a_new_one_is_fetched(staged: Staged) -> None:
    """Every call is 40001 with the old token; the next that is fetched, without force, is another and good."""
    stage = await staged(Bot(lambda _: None).app())
    old = await stage.token()
    await stage.post("/sim/faults", {"api": {"expire_tokens": 1}})
    async with stage.http.get("/cgi-bin/getcallbackip", params={"access_token": old}) as answer:
        assert (await answer.json())["errcode"] == 40001
    assert await stage.token() != old
    assert "ip_list" in await stage.ask("getcallbackip")


async def test_the_quota_of_a_day_ends_at_midnight(staged: Staged) -> None:
    """Two template messages today, then 45009; after midnight in Beijing two more; subscription notices have their own."""
    stage = await follower(staged, {"quota": 2})
    await accept(stage)
    assert [(await send(stage))["errcode"] for _ in range(3)] == [0, 0, 45009]
    assert (await notify(stage))["errcode"] == 0
    stage.clock.advance(14 * 3600 - 1)  # 10:00 → 23:59:59
    assert (await send(stage))["errcode"] == 45009
    stage.clock.advance(1)
    assert [(await send(stage))["errcode"] for _ in range(3)] == [0, 0, 45009]


async def test_the_quota_is_cleared_by_its_call(staged: Staged) -> None:
    """clear_quota lets the same number through again; what was sent before the fault counts."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.say("o1", "在")
    await send(stage)
    await stage.post("/sim/faults", {"api": {"quota": 1}})
    assert (await send(stage))["errcode"] == 45009
    assert (await stage.call("clear_quota", {"appid": ACCOUNT.app_id}))["errcode"] == 0
    assert (await send(stage))["errcode"] == 0


async def test_a_quota_may_be_of_another_address(staged: Staged) -> None:
    """With a path it limits that one; what is refused for its content costs nothing."""
    stage = await follower(staged, {"quota": 1, "path": "subscribe/bizsend"})
    await accept(stage)
    await accept(stage)
    assert (await notify(stage, data={}))["errcode"] == 47003
    assert [(await notify(stage))["errcode"] for _ in range(2)] == [0, 45009]
    assert [(await send(stage))["errcode"] for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("api", [{"quota": "two"}, {"since": 1}, [{"errcode": -1}, {"fire": 1}], "slow"])
async def test_an_unknown_fault_of_the_api_is_refused(staged: Staged, api: Any) -> None:
    """What cannot be ordered is told, and nothing of it is set."""
    stage = await staged(None)
    assert "error" in await stage.post("/sim/faults", {"api": api}, status=400)
    assert stage.sim.api_faults == ()
