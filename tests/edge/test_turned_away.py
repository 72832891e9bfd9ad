"""Settings that differ from the platform's show themselves: on the metrics page, in the log once an hour, and to `doctor`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from bot.config import Config, Server
from bot.doctor_inbound import examine_inbound
from bot.metrics import Metrics
from bot.wechat.delivery import Delivery
from bot.wechat.refusal import Reason
from bot.wechat.webhook import Webhook, routes
from tests.clock import FakeClock
from tests.edge.platform import ACCOUNT, FakeTurns, safe, text_xml

ANOTHER_KEY = "Z" * 42 + "A"


async def test_a_wrong_key_is_counted_each_time_and_told_once_an_hour() -> None:
    """Three messages that cannot be deciphered within the hour and one after it: four counted, two lines with what to do; the sender sees 200."""
    clock, counted = FakeClock(), Counter[Reason]()
    webhook = Webhook(
        replace(ACCOUNT, encoding_aes_key=ANOTHER_KEY),
        Delivery(FakeTurns(), clock, can_push=True),
        clock,
        counted=lambda one: counted.update([one]),
    )
    application = web.Application()
    application.add_routes(routes(webhook))
    with capture_logs() as logs:
        async with TestClient(TestServer(application, host="127.0.0.1")) as client:
            for passes_s in (0, 10, 20, 4000):
                clock.advance(passes_s)
                sent = safe(text_xml(), clock)
                assert (await client.post("/wechat", params=sent.query, data=sent.body)).status == 200
    assert counted == {Reason.CIPHER: 4}
    told = [line for line in logs if line["event"] == "wechat_operator"]
    assert [("encoding_aes_key" in line["todo"], line.get("more")) for line in told] == [(True, None), (True, 2)]


@pytest.mark.parametrize(
    ("refused", "answered", "state", "says"),
    [
        ({}, 7, "ok", "收下 7 条"),
        ({}, 0, "warn", "还没有收到过消息"),
        ({"cipher": 3}, 3, "bad", "3 条消息的签名对，却解不开；核对 wechat.encoding_aes_key"),
        ({"appid": 1}, 9, "bad", "1 条消息解得开，却是发给另一个账号的"),
        ({"signature": 5}, 0, "bad", "5 条签名都不对，一条也没有收下；核对 wechat.token"),
        ({"signature": 5}, 9, "ok", "收下 9 条"),
        ({"downgrade": 2}, 0, "bad", "2 条没有加密"),
        ({"content": 2}, 9, "ok", "收下 7 条"),
    ],
)
async def test_doctor_sees_what_the_running_process_cannot_read(
    refused: dict[str, int], answered: int, state: str, says: str
) -> None:
    """By the metrics page: forgeries beside honest messages are nothing to mend; nothing but refusals is."""
    metrics = Metrics()
    for reason, count in refused.items():
        metrics.refused.labels(reason).inc(count)
    for _ in range(answered):
        metrics.webhook(200, 0.01)

    async def page(_: web.Request) -> web.Response:
        return web.Response(body=metrics.page())

    application = web.Application()
    application.add_routes([web.get("/metrics", page)])
    async with TestServer(application, host="127.0.0.1") as server:
        assert server.port is not None
        found = await examine_inbound(Config(server=Server(port=server.port)))
    assert (found.state, says in found.text) == (state, True), found.text


async def test_doctor_says_when_nothing_runs(unused_tcp_port: int) -> None:
    """Nobody at the port: not looked at, and said so."""
    found = await examine_inbound(Config(server=Server(port=unused_tcp_port)))
    assert (found.state, "没有检查" in found.text) == ("warn", True)
