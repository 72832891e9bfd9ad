"""What stands around the sending: the doctor, the simulator's switches, and the whole product logging somebody in through a cloud."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.app import serving
from bot.config import Config, Reminders, Security, Storage, Wechat
from bot.config import Sms as SmsConfig
from bot.doctor import Finding, examine
from bot.simulator import Simulator, start
from handlers.housekeeping import KEEP_SMS
from storage.ports.records import SmsState
from tests import people
from tests.clock import FakeClock
from tests.process.conftest import ACCOUNT, MASTER_KEY, Town, config
from tests.sms.conftest import CONFIG, KEY, Office, carriers

ME = "o-through-the-cloud"


async def _found(sms: SmsConfig, database_url: str, clock: FakeClock, what: str) -> Finding:
    given = Config(
        wechat=Wechat(account_kind="personal"),
        storage=Storage(database_url=database_url),
        security=Security(master_key=MASTER_KEY),
        sms=sms,
    )
    (finding,) = [one for one in await examine(given, clock) if one.what == what]
    return finding


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, "ok", "腾讯云，发不出时换阿里云"),
        ({"report_key": ""}, "warn", "sms.report_key"),
        ({"aliyun_notice_template": ""}, "warn", "阿里云没有填提醒模板"),
        ({"provider": "console", "second": ""}, "warn", "不会发到手机"),
        ({"provider": "http", "second": "", "url": "http://127.0.0.1/sms"}, "ok", "短信网关"),
    ],
)
async def test_the_doctor_looks_at_sms(sqlite_url: str, clock: FakeClock, changes: Any, state: str, says: str) -> None:
    """Who sends, what is missing, and no secret: the address of reports is shown without its end."""
    finding = await _found(replace(CONFIG, **changes), sqlite_url, clock, "短信")
    assert finding.state == state
    assert says in finding.text
    assert [one for one in (KEY, CONFIG.tencent_secret_key, CONFIG.aliyun_key_secret) if one in finding.text] == []


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, "ok", "可以发"),
        ({"aliyun_reminder_template": ""}, "warn", "阿里云没有填 reminder_template"),
        ({}, "ok", "腾讯云：都用同一个模板；腾讯云没有 own 模板，提醒计划里不能自己写短信"),
        ({"tencent_reminder_templates": ("P-CERT.day=1={name}", "own=2={text}")}, "ok", "除了 P-CERT.day 都用同一个模板；阿里云"),
        (
            {"second": "", "tencent_reminder_template": "", "tencent_reminder_templates": ("P-CERT.day=1={name}",)},
            "ok",
            "P-CERT.before、P-CERT.after、P-CERT.month",
        ),
        ({"provider": "file", "second": "", "file": "sms.jsonl"}, "warn", "只写到文件"),
    ],
)
async def test_the_doctor_looks_at_sms_of_reminders(
    sqlite_url: str, clock: FakeClock, changes: Any, state: str, says: str
) -> None:
    """Whether the rung for those whom no chat reaches can send anything."""
    finding = await _found(replace(CONFIG, **changes), sqlite_url, clock, "短信提醒")
    assert finding.state == state
    assert says in finding.text


@pytest.mark.parametrize(
    ("account_kind", "reminders", "state", "says"),
    [
        ("service", Reminders(template_id="TM", key_word="thing5"), "ok", "TM"),
        ("service", Reminders(template_id="TM"), "ok", "key_word"),
        ("service", Reminders(), "warn", "reminders.template_id"),
        ("personal", Reminders(template_id="TM"), "warn", "没有模板消息"),
        ("service", Reminders(enabled=False), "warn", "没有启用"),
    ],
)
async def test_the_doctor_looks_at_the_template_of_reminders(
    sqlite_url: str, clock: FakeClock, account_kind: str, reminders: Reminders, state: str, says: str
) -> None:
    """The first rung: configured, of an account that has it, with a place for the 暗号."""
    given = Config(
        wechat=Wechat(account_kind=account_kind, api_base="http://127.0.0.1:1"),
        storage=Storage(database_url=sqlite_url),
        security=Security(master_key=MASTER_KEY),
        reminders=reminders,
    )
    (finding,) = [one for one in await examine(given, clock) if one.what == "提醒模板"]
    assert finding.state == state
    assert says in finding.text


async def test_the_doctor_counts_what_is_in_doubt(office: Office, sqlite_url: str) -> None:
    """None, and then one."""
    assert (await _found(CONFIG, sqlite_url, office.clock, "发出的短信")).state == "ok"
    office.fault(broken=1)
    await office.send()
    finding = await _found(CONFIG, sqlite_url, office.clock, "发出的短信")
    assert (finding.state, finding.text[:3]) == ("warn", "1 条")


async def test_faults_are_set_by_programs(office: Office) -> None:
    """POST /sim/faults {"sms": …} replaces them, `{}` ends them, and a misspelt one is told."""
    assert office.clouds.faults.refuse == 0
    address = f"{office.config.tencent_api_base}/sim/faults"
    async with office.session.post(address, json={"sms": {"refuse": 2, "provider": "tencent"}}) as answer:
        assert answer.status == 200
    await office.send()
    assert office.clouds.calls == ["tencent", "aliyun"]
    async with office.session.post(address, json={"sms": {}}) as answer:
        assert answer.status == 200
    assert (office.clouds.faults.refuse, office.clouds.faults.provider) == (0, "")
    async with office.session.post(address, json={"sms": {"refuze": 2}}) as answer:
        assert answer.status == 400


async def test_a_post_that_is_for_neither_cloud_is_nothing(office: Office) -> None:
    """The address is the phone's page for everybody else."""
    async with office.session.post(office.config.tencent_api_base + "/", data=b"x") as answer:
        assert answer.status == 404


async def test_logging_in_through_a_cloud(
    sqlite_url: str, clock: FakeClock, unused_tcp_port_factory: Callable[[], int], log: io.StringIO
) -> None:
    """The whole product: the first cloud has no money, the second sends the code, the report says delivered, the person is in; half a year
    later the record is gone. No phone and no code in the log."""
    settings = config(unused_tcp_port_factory(), unused_tcp_port_factory(), sqlite_url)
    base = settings.wechat.api_base
    settings = replace(
        settings, sms=replace(CONFIG, tencent_api_base=base, aliyun_api_base=base), reminders=Reminders(enabled=False)
    )
    async with AsyncExitStack() as stack:
        product, port = await stack.enter_async_context(serving(settings, clock, worker=False))
        clouds = carriers(clock, settings.server.public_url)
        sim = Simulator(clock, ACCOUNT, f"http://127.0.0.1:{port}/wechat", carriers=clouds)
        runner = await start(sim, "127.0.0.1", int(base.rpartition(":")[2]))
        stack.push_async_callback(runner.cleanup)
        town = Town(product, sim, clock, settings, await people.load(product.store))
        clouds.faults.refuse = 1
        for text in ("登录", "1", people.JIANGUO_PHONE):
            await town.says(ME, text)
        await town.works()
        assert clouds.calls == ["tencent", "aliyun"]
        (sms,) = sim.world.sms
        code = sms.text.removeprefix("【社保服务】验证码")[:6]
        assert "登录成功" in await town.says(ME, code) + await town.says(ME, people.JIANGUO.id_no[-4:])
        async with product.store.reading() as tx:
            (message,) = await tx.messages.of_phone(people.JIANGUO_PHONE)
        assert (message.state, message.provider, message.kind) == (SmsState.DELIVERED, "aliyun", "code")
        async with aiohttp.ClientSession() as session, session.get(f"{town.address}/metrics") as answer:
            metrics = await answer.text()
        clock.advance(KEEP_SMS.total_seconds() + 3600)
        clock.set(clock.now().replace(minute=0))
        async with product.store.transaction() as tx:
            await tx.jobs.enqueue("housekeeping", b"{}", clock.now())
        await town.works()
        async with product.store.reading() as tx:
            assert await tx.messages.of_phone(people.JIANGUO_PHONE) == ()
    assert 'route="/sms/report/{provider}/{key}",status="200"' in metrics
    for secret in (people.JIANGUO_PHONE, code, KEY):
        assert secret not in log.getvalue()
        assert secret not in metrics
