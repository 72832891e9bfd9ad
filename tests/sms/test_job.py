"""F6: on record before the call, the second provider only for what the first certainly did not send, never a code twice."""

from __future__ import annotations

import asyncio
import contextlib
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from bot.sms import Doubtful, SmsJob
from handlers.codes import Sms
from handlers.jobs import RetryLater
from storage.ports.records import SmsState
from tests.clock import START
from tests.sms.conftest import CODE, CODE_ARRIVES, NOTICE, PHONE, Office

LIMIT = timedelta(minutes=2)


async def test_the_first_provider_sends(office: Office) -> None:
    """One call, one message, on record with the cloud's id."""
    await office.send()
    assert office.clouds.calls == ["tencent"]
    assert office.arrived() == [CODE_ARRIVES]
    assert (await office.record()).provider_id


@pytest.mark.parametrize(
    "code",
    [
        "",
        "FailedOperation.SignatureIncorrectOrUnapproved",
        "LimitExceeded.AppDailyLimit",
        "UnauthorizedOperation.RequestIpNotInWhitelist",
    ],
)
async def test_what_is_the_first_providers_own_trouble_goes_to_the_second(office: Office, code: str) -> None:
    """Balance, template, quota, permission: the second sends at once, in the same run of the job."""
    office.fault(refuse=1, code=code, provider="tencent")
    await office.send()
    assert office.clouds.calls == ["tencent", "aliyun"]
    assert office.arrived() == [CODE_ARRIVES]
    assert await office.state() in {(SmsState.SENT, "aliyun"), (SmsState.DELIVERED, "aliyun")}


async def test_a_provider_that_is_down_is_replaced(office: Office, unused_tcp_port: int) -> None:
    """A refused connection: the second one sends."""
    await office.send(tencent_api_base=f"http://127.0.0.1:{unused_tcp_port}")
    assert office.clouds.calls == ["aliyun"]
    assert office.arrived() == [CODE_ARRIVES]


@pytest.mark.parametrize("fault", ["timeout", "broken"])
async def test_a_doubt_is_never_sent_again(office: Office, fault: str, log: io.StringIO) -> None:
    """No second provider, no retry, not by a job that comes again either; listed for somebody to look."""
    office.fault(**{fault: 1}, lost_report=9)
    await office.send()
    await office.send()
    assert office.clouds.calls == ["tencent"]
    assert await office.state() == (SmsState.DOUBTFUL, "tencent")
    async with office.store.reading() as tx:
        assert [one.id for one in await tx.messages.in_doubt(office.clock.now())] == ["m1"]
    assert log.getvalue().count("sms in doubt") == 1


async def test_a_phone_that_does_not_exist_exists_nowhere(office: Office) -> None:
    """Not tried with the second, not tried again."""
    await office.send(replace(CODE, phone="12345"))
    assert office.clouds.calls == ["tencent"]
    assert await office.state() == (SmsState.NOT_SENT, "tencent")


async def test_a_limit_of_the_number_is_obeyed(office: Office) -> None:
    """A notice waits as long as the cloud says, a code that would be too old by then is dropped; the other cloud is not asked."""
    office.fault(limit=2)
    with pytest.raises(RetryLater) as caught:
        await office.send(NOTICE)
    assert caught.value.after == timedelta(days=1)
    await office.send(replace(CODE, until=office.clock.now() + timedelta(minutes=5)))
    assert office.clouds.calls == ["tencent", "tencent"]
    assert office.arrived() == []
    office.clock.advance(86400)
    await office.send(NOTICE)
    assert len(office.arrived()) == 1


async def test_both_refuse_and_it_is_tried_again_later(office: Office) -> None:
    """Certainly not sent by either: the job comes back, and then it is sent, once."""
    office.fault(refuse=2)
    with pytest.raises(RetryLater):
        await office.send()
    assert office.clouds.calls == ["tencent", "aliyun"]
    record = await office.record()
    assert (record.state, record.note) == (SmsState.NOT_SENT, "balance isv.AMOUNT_NOT_ENOUGH")
    await office.send()
    await office.send()
    assert office.arrived() == [CODE_ARRIVES]


async def test_a_template_that_nobody_approved_is_not_tried_for_ever(office: Office) -> None:
    """It would be refused each time; it stands in the record and in the log."""
    await office.send(tencent_code_template="9", aliyun_code_template="SMS_9")
    assert office.clouds.calls == ["tencent", "aliyun"]
    assert await office.state() == (SmsState.NOT_SENT, "aliyun")


async def test_a_code_that_has_expired_is_dropped(office: Office) -> None:
    """Nobody is asked, nothing is on record."""
    await office.send(replace(CODE, until=office.clock.now()))
    assert office.clouds.calls == []
    async with office.store.reading() as tx:
        assert await tx.messages.get("m1") is None


async def test_the_job_for_a_phone_of_nobody_sends_nothing(office: Office) -> None:
    """S10: the job exists so that both cost the same in the conversation; it ends here."""
    await office.send(replace(CODE, wanted=False))
    assert office.clouds.calls == []


async def test_a_job_of_the_version_before_is_sent_once(office: Office) -> None:
    """Its payload had phone, text and wanted only: it goes out by a provider that takes words, and not again."""
    old = b'{"phone":"13900000001","text":"hello","wanted":true}'

    class Words:
        name = "words"
        sent: list[Sms] = []  # noqa: RUF012

        async def send(self, sms: Sms) -> Doubtful:
            self.sent.append(sms)
            return Doubtful()

    words = Words()
    job = SmsJob(office.store, office.clock, [words], office.metrics)
    await job.send(old)
    await job.send(old)
    assert [(one.phone, one.text, one.kind) for one in words.sent] == [(PHONE, "hello", "notice")]


async def test_two_workers_with_one_job_send_once(office: Office) -> None:
    """A lease that ended too early: one of them finds the record of the other."""
    await asyncio.gather(*(office.send() for _ in range(5)))
    assert office.clouds.calls == ["tencent"]
    assert office.arrived() == [CODE_ARRIVES]


class _Dying:
    """A provider under whose hands the process ends: after the call, before the record."""

    name = "dying"

    async def send(self, _: Sms) -> Any:
        raise asyncio.CancelledError


async def test_what_was_interrupted_is_in_doubt(office: Office) -> None:
    """The record stays intended; it is listed once it is older than a call; the job that comes again sends nothing and says doubtful."""
    dying = SmsJob(office.store, office.clock, [_Dying()], office.metrics)
    with pytest.raises(asyncio.CancelledError):
        await dying.send(msgspec.json.encode(CODE))
    assert await office.state() == (SmsState.INTENDED, "dying")
    async with office.store.reading() as tx:
        assert await tx.messages.in_doubt(START) == ()
        assert [one.id for one in await tx.messages.in_doubt(START + LIMIT)] == ["m1"]
    await office.send()
    record = await office.record()
    assert (record.state, record.note) == (SmsState.DOUBTFUL, "interrupted")
    assert office.clouds.calls == []


async def test_nothing_of_a_person_is_in_the_log(office: Office, log: io.StringIO) -> None:
    """Whatever goes wrong: no phone, no code, no name, no key."""
    for faults in ({"refuse": 2}, {"limit": 1}, {"timeout": 1}, {"broken": 1}, {}):
        office.fault(**faults)
        for number, sms in enumerate((CODE, NOTICE, replace(CODE, phone="12345678901"))):
            with contextlib.suppress(RetryLater):
                await office.send(replace(sms, id=f"{sorted(faults)}{number}"))
            office.clock.advance(3600)
    await office.sim.idle()
    written = log.getvalue()
    assert "sms not sent" in written
    assert "sms in doubt" in written
    secrets = (PHONE, "12345678901", "123456", "张", office.config.tencent_secret_key, office.config.report_key)
    assert [one for one in secrets if one in written] == []
