"""Delivery reports: heard once, late or twice; forged ones are nobody's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from storage.ports.records import SmsState
from tests.sms.conftest import KEY, PHONE, Office

CLOUDS = pytest.mark.parametrize("cloud", ["tencent", "aliyun"])


async def _send(office: Office, cloud: str) -> None:
    await office.send(provider=cloud, second="")


async def _send_and_hear(office: Office, cloud: str, **faults: int) -> None:
    """The report comes a second after the message was accepted: one that comes before the acceptance is on record is not acknowledged, and would
    wait for its next try."""
    office.fault(late_report_s=1, **faults)
    await _send(office, cloud)
    office.clock.advance(1)
    await office.sim.idle()


def _report(cloud: str, provider_id: str, phone: str = PHONE, *, good: bool = True, ours: str = "") -> bytes:
    """As the cloud's documents show it."""
    tencent: dict[str, Any] = {
        "user_receive_time": "2024-09-12 10:00:01",
        "nationcode": "86",
        "mobile": phone,
        "report_status": "SUCCESS" if good else "FAIL",
        "errmsg": "DELIVRD" if good else "MK:0001",
        "description": "",
        "sid": provider_id,
    }
    aliyun: dict[str, Any] = {
        "phone_number": phone,
        "send_time": "2024-09-12 10:00:00",
        "report_time": "2024-09-12 10:00:01",
        "success": good,
        "err_code": "DELIVERED" if good else "MK:0001",
        "err_msg": "",
        "sms_size": "1",
        "biz_id": provider_id,
        "out_id": ours,
    }
    return json.dumps([tencent if cloud == "tencent" else aliyun]).encode()


@CLOUDS
async def test_a_report_says_that_it_arrived(office: Office, cloud: str) -> None:
    """The cloud tells, we acknowledge, the record is finished."""
    await _send_and_hear(office, cloud)
    assert office.sim.reporter.sent == [(cloud, 200)]
    assert await office.state() == (SmsState.DELIVERED, cloud)


@CLOUDS
async def test_a_report_says_that_it_did_not(office: Office, cloud: str) -> None:
    """Failed, with the carrier's own word for why."""
    await _send_and_hear(office, cloud, undelivered=1)
    record = await office.record()
    assert record.state is SmsState.FAILED
    assert record.note in {"UNDELIV", "MOBILE_NOT_ON_SERVICE"}


@CLOUDS
async def test_a_report_may_come_twice(office: Office, cloud: str) -> None:
    """Both are acknowledged, the second changes nothing."""
    await _send_and_hear(office, cloud, duplicate_report=1)
    assert office.sim.reporter.sent == [(cloud, 200)] * 2
    assert await office.state() == (SmsState.DELIVERED, cloud)


@CLOUDS
async def test_a_report_may_come_late_or_never(office: Office, cloud: str) -> None:
    """Until then the message is sent, no more and no less."""
    office.fault(late_report_s=7200, lost_report=1)
    await _send(office, cloud)
    await office.sim.idle()
    assert await office.state() == (SmsState.SENT, cloud)
    office.clock.advance(90)
    async with asyncio.timeout(5):
        await office.send(provider=cloud, second="")  # on record already: nothing goes out
    assert office.clouds.calls == [cloud]
    sent = await office.record()
    told = _report(cloud, sent.provider_id)
    office.clock.advance(3 * 86400)
    assert (await office.post(f"/sms/report/{cloud}/{KEY}", told))[0] == 200
    assert await office.state() == (SmsState.DELIVERED, cloud)


@CLOUDS
async def test_a_report_that_is_not_acknowledged_comes_again(office: Office, cloud: str) -> None:
    """What is not on record yet is not acknowledged; when it is, it is."""
    answer = (await office.post(f"/sms/report/{cloud}/{KEY}", _report(cloud, "unknown")))[1]
    assert answer.get("result", answer.get("code")) == 1
    async with office.store.transaction() as tx:
        await tx.messages.intend("m9", PHONE, "code", cloud, office.clock.now())
        await tx.messages.settle("m9", SmsState.SENT, "unknown", "", office.clock.now())
    answer = (await office.post(f"/sms/report/{cloud}/{KEY}", _report(cloud, "unknown")))[1]
    assert answer.get("result", answer.get("code")) == 0
    assert await office.state("m9") == (SmsState.DELIVERED, cloud)


async def test_aliyuns_report_settles_a_doubt(office: Office) -> None:
    """It brings our own id back: the message whose answer was lost was delivered, and is no longer listed."""
    office.fault(timeout=1, late_report_s=30)
    await _send(office, "aliyun")
    assert await office.state() == (SmsState.DOUBTFUL, "aliyun")
    office.clock.advance(31)
    await office.sim.idle()
    assert await office.state() == (SmsState.DELIVERED, "aliyun")
    async with office.store.reading() as tx:
        assert await tx.messages.in_doubt(office.clock.now()) == ()


@CLOUDS
async def test_forged_reports_change_nothing(office: Office, cloud: str) -> None:
    """Without the key the address does not exist; with it, another phone, another id or another provider is no message of ours."""
    office.fault(lost_report=1)
    await _send(office, cloud)
    sent = (await office.record()).provider_id
    other = "aliyun" if cloud == "tencent" else "tencent"
    for path in (f"/sms/report/{cloud}/{'x' * len(KEY)}", f"/sms/report/{cloud}/{KEY[:-1]}", f"/sms/report/nobody/{KEY}"):
        assert (await office.post(path, _report(cloud, sent)))[0] == 404
    forged = ((cloud, sent, "13900000009"), (cloud, "guessed", PHONE), (cloud, "", PHONE), (other, sent, PHONE))
    for name, provider_id, phone in forged:
        await office.post(f"/sms/report/{name}/{KEY}", _report(name, provider_id, phone, good=False))
    assert await office.state() == (SmsState.SENT, cloud)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[1]", 400),
        (b'[{"sid":"1"}]', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b" " * 300_000, 413),
        (b"[]", 200),
    ],
)
async def test_what_is_no_report_is_refused(office: Office, body: bytes, status: int) -> None:
    """Whatever arrives at the address: an answer, no error."""
    assert (await office.post(f"/sms/report/tencent/{KEY}", body))[0] == status
