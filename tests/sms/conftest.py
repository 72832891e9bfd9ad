"""Both clouds on real sockets, a migrated store, and the job between them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.config import Sms as SmsConfig
from bot.metrics import Metrics
from bot.simulator import Carriers, SimAccount, SimCarrier, Simulator, create_app
from bot.simulator.faults import SmsFaults
from bot.sms import Patience, SmsJob, report_routes, sender
from handlers.codes import Sms
from storage.ports.records import SmsMessage, SmsState
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.logged import logged

PHONE = "13900000001"
KEY = "report-key-of-the-tests-0123456789"
ACCOUNT = SimAccount("wx0123456789abcdef", "secretofthetests", "tokenoftests", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
CONFIG = SmsConfig(
    provider="tencent",
    second="aliyun",
    report_key=KEY,
    tencent_secret_id="AKIDtests",
    tencent_secret_key="tencent-secret",
    tencent_app_id="1400006666",
    tencent_sign="社保服务",
    tencent_code_template="1110",
    tencent_notice_template="1111",
    tencent_reminder_template="1112",
    tencent_reminder_text="{name}：{what}{when}到期，咨询{hotline}，暗号{word}。",
    aliyun_key_id="LTAItests",
    aliyun_key_secret="aliyun-secret",
    aliyun_sign="社保服务",
    aliyun_code_template="SMS_1",
    aliyun_notice_template="SMS_2",
    aliyun_reminder_template="SMS_3",
    aliyun_reminder_text="{name}：{what}{when}到期，咨询{hotline}，暗号{word}。",
)
CODE = Sms(
    PHONE, "【社保服务】验证码 123456，用于登录", True, "code", {"code": "123456", "purpose": "登录", "minutes": "5"}, "m1"
)
NOTICE = Sms(
    PHONE,
    "【社保服务】提醒您……",
    True,
    "notice",
    {"name": "张*国", "what": "社保卡有新动态", "when": "2024-09-12 10:00", "hotline": "12333"},
    "m2",
)
CODE_ARRIVES = "【社保服务】验证码123456，5分钟内有效。"
NOTICE_ARRIVES = "【社保服务】张*国：2024-09-12 10:00社保卡有新动态，不是本人办的请拨打12333。"


def carriers(clock: FakeClock, reports: str) -> Carriers:
    """The accounts at both clouds, with their approved templates."""
    words = "验证码{}，{}分钟内有效。", "{}：{}{}，不是本人办的请拨打{}。", "{}：{}{}到期，咨询{}，暗号{}。"
    tencent = {
        "1110": words[0].format("{1}", "{2}"),
        "1111": words[1].format("{1}", "{3}", "{2}", "{4}"),
        "1112": words[2].format("{1}", "{2}", "{3}", "{4}", "{5}"),
        "1113": "{1}，养老待遇从{2}起恢复发放，问{3}。",
        "1114": "{1}。回TD退订",
    }
    aliyun = {
        "SMS_1": words[0].format("${code}", "${minutes}"),
        "SMS_2": words[1].format("${name}", "${when}", "${what}", "${hotline}"),
        "SMS_3": words[2].format("${name}", "${what}", "${when}", "${hotline}", "${word}"),
    }
    return Carriers(
        clock,
        SimCarrier("AKIDtests", "tencent-secret", "社保服务", tencent, "1400006666", f"{reports}/sms/report/tencent/{KEY}"),
        SimCarrier("LTAItests", "aliyun-secret", "社保服务", aliyun, report_url=f"{reports}/sms/report/aliyun/{KEY}"),
    )


@dataclass
class Office:
    """The two clouds, and everything that is needed to send through them."""

    store: Store
    clock: FakeClock
    sim: Simulator
    session: aiohttp.ClientSession
    config: SmsConfig
    reports: str
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def clouds(self) -> Carriers:
        assert self.sim.carriers is not None
        return self.sim.carriers

    def providers(self, **changes: Any) -> Any:
        """As configured, with little patience."""
        return sender(replace(self.config, **changes), self.session, self.clock, Patience(0.4, 0.4))

    async def send(self, sms: Sms = CODE, **changes: Any) -> None:
        """Run the job once."""
        job = SmsJob(self.store, self.clock, self.providers(**changes), self.metrics)
        await job.send(msgspec.json.encode(sms))

    def fault(self, **faults: Any) -> None:
        """Order trouble."""
        self.clouds.faults = SmsFaults(**faults)

    def arrived(self) -> list[str]:
        """The words on the phone, oldest first."""
        return [one.text for one in self.sim.world.sms if one.phone == PHONE]

    async def record(self, message_id: str = "m1") -> SmsMessage:
        """What is on record."""
        async with self.store.reading() as tx:
            found = await tx.messages.get(message_id)
        assert found is not None
        return found

    async def state(self, message_id: str = "m1") -> tuple[SmsState, str]:
        """Its state and who had it."""
        found = await self.record(message_id)
        return found.state, found.provider

    async def post(self, path: str, body: bytes) -> tuple[int, Any]:
        """What anybody may send to the address of reports; the page of a 404 is nothing."""
        async with self.session.post(self.reports + path, data=body) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What is logged, as the running product logs it."""
    with logged() as written:
        yield written


@pytest.fixture
async def office(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        store = open_store(sqlite_url, vault, clock)
        stack.push_async_callback(store.close)
        app = web.Application()
        app.add_routes(report_routes(CONFIG, store, clock))
        ours = await stack.enter_async_context(TestServer(app))
        reports = str(ours.make_url("")).rstrip("/")
        sim = Simulator(clock, ACCOUNT, f"{reports}/wechat", carriers=carriers(clock, reports))
        theirs = await stack.enter_async_context(TestServer(create_app(sim)))
        base = str(theirs.make_url("")).rstrip("/")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        config = replace(CONFIG, tencent_api_base=base, aliyun_api_base=base)
        yield Office(store, clock, sim, session, config, reports)
