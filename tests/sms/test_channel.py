"""The rung `sms` of the ledger: once for each row, by the second cloud only what the first certainly did not send (F1, F6)."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sms import SmsSending, wordings_of
from handlers.codes import Sms
from handlers.policy import Policy
from handlers.reminders.channels import Doubt, Later, Letter, Outcome, Refused, Taken, Words
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Notice, NoticeState, Settled, SmsState
from tests.clock import START
from tests.sms.conftest import CODE, PHONE, Office

WORDS = Words(
    holder="张*国",
    subject="养老待遇资格认证",
    due="2024年9月27日",
    hint="",
    text="",
    sms="张*国：养老待遇资格认证2024年9月27日到期。暗号海棠。回TD退订",
    sms_params={"name": "张*国", "what": "养老待遇资格认证", "when": "2024年9月27日", "hotline": "12333", "word": "海棠"},
)
ARRIVES = "【社保服务】张*国：养老待遇资格认证2024年9月27日到期，咨询12333，暗号海棠。"
LEASE = timedelta(minutes=2)


def _letter(number: int = 7, phone: str = PHONE, words: Words = WORDS) -> Letter:
    row = Notice(
        id=number,
        campaign_id=1,
        kind="P-CERT",
        region="beijing",
        person_id=1,
        cycle="2024-09-27",
        stage="15",
        channel=Channel.SMS,
        recipient="",
        rank=3,
        state=NoticeState.PLANNED,
        due=None,
        at=START,
        attempts=1,
    )
    return Letter(row, words, "", None, phone)


async def _send(office: Office, letter: Letter, *, receipts: bool = True, **changes: Any) -> Outcome:
    providers = office.providers(**changes)
    wordings = wordings_of(replace(office.config, **changes))
    sending = SmsSending(office.store, office.clock, providers, office.metrics, Policy(), receipts=receipts, wordings=wordings)
    return await sending.send(letter)


async def test_the_words_arrive_with_the_personal_word(office: Office) -> None:
    """The approved template filled with name, matter, day, hotline and 暗号; on record under the row's number; a receipt will come."""
    assert await _send(office, _letter()) == Taken(receipt=True)
    assert office.arrived() == [ARRIVES]
    assert office.clouds.calls == ["tencent"]
    assert await office.state("n7") in {(SmsState.SENT, "tencent"), (SmsState.DELIVERED, "tencent")}
    async with office.store.reading() as tx:
        (known,) = await tx.messages.by_text(ARRIVES)
        unread = await tx.messages.by_text(f"【社保服务】{WORDS.sms}")
    assert (known.id, known.kind) == ("n7", "reminder")
    assert unread == ()


RESUMED = replace(
    WORDS,
    sms="张*国，您的养老待遇从2024年9月27日起恢复发放。回TD退订",
    sms_params={**WORDS.sms_params, "what": "养老待遇恢复发放"},
    sms_name="P-PAUSED.resumed",
)
OWN = replace(
    WORDS, sms="明天网点加开窗口。回TD退订", sms_params={**WORDS.sms_params, "text": "明天网点加开窗口"}, sms_name="own"
)
TEMPLATES = (
    "P-PAUSED.resumed=1113={name}，养老待遇从{when}起恢复发放，问{hotline}。",
    "own=1114={text}。回TD退订",
)


async def test_a_text_with_a_template_of_its_own_goes_by_it(office: Office) -> None:
    """Filled in the order of its wording; the others go by the template for all; on record is what arrived."""
    assert isinstance(await _send(office, _letter(words=RESUMED), tencent_reminder_templates=TEMPLATES), Taken)
    assert isinstance(await _send(office, _letter(8, "13900000002"), tencent_reminder_templates=TEMPLATES), Taken)
    arrived = [one.text for one in office.sim.world.sms]
    assert arrived == ["【社保服务】张*国，养老待遇从2024年9月27日起恢复发放，问12333。", ARRIVES]
    async with office.store.reading() as tx:
        assert [[one.id for one in await tx.messages.by_text(text)] for text in arrived] == [["n7"], ["n8"]]


async def test_what_the_second_cloud_says_is_on_record(office: Office) -> None:
    """The first refuses, the second has another template: who asks 是你们发的吗 has the second one's words."""
    office.fault(refuse=1, code="", provider="tencent")
    assert isinstance(await _send(office, _letter(words=RESUMED), tencent_reminder_templates=TEMPLATES), Taken)
    (arrived,) = office.arrived()
    assert arrived == "【社保服务】张*国：养老待遇恢复发放2024年9月27日到期，咨询12333，暗号海棠。"
    async with office.store.reading() as tx:
        assert [one.id for one in await tx.messages.by_text(arrived)] == ["n7"]
        assert await tx.messages.by_text("张*国，养老待遇从2024年9月27日起恢复发放，问12333。") == ()


async def test_a_campaigns_own_words_go_whole_or_not_at_all(office: Office) -> None:
    """By a template that has a place for them; without one no other template is sent in their name."""
    assert isinstance(await _send(office, _letter(words=OWN), tencent_reminder_templates=TEMPLATES), Taken)
    assert office.arrived() == ["【社保服务】明天网点加开窗口。回TD退订"]
    assert await _send(office, _letter(8, "13900000002", OWN)) == Refused("template no template for reminder")


async def test_who_has_set_no_word_reads_that(office: Office) -> None:
    """The clouds take no empty parameter."""
    words = replace(WORDS, sms_params={**WORDS.sms_params, "word": ""})
    assert isinstance(await _send(office, _letter(words=words)), Taken)
    assert office.arrived()[0].endswith("暗号未设置。")


async def test_an_agencys_own_gateway_gets_the_whole_words(office: Office) -> None:
    """Without templates the words go as they are, with the sender's sign; no report will come from there."""
    base = office.config.tencent_api_base
    outcome = await _send(office, _letter(), provider="http", second="", url=f"{base}/sim/sms")
    assert outcome == Taken(receipt=False)
    assert office.arrived() == [f"【社保服务】{WORDS.sms}"]


@pytest.mark.parametrize("receipts", [True, False])
async def test_without_an_address_for_reports_none_is_awaited(office: Office, receipts: bool) -> None:
    """Where no key is configured no cloud can tell anything."""
    assert await _send(office, _letter(), receipts=receipts) == Taken(receipt=receipts)


@pytest.mark.parametrize("code", ["", "FailedOperation.SignatureIncorrectOrUnapproved", "LimitExceeded.AppDailyLimit"])
async def test_what_the_first_certainly_did_not_send_goes_to_the_second(office: Office, code: str) -> None:
    """Balance, template, quota: at once, once."""
    office.fault(refuse=1, code=code, provider="tencent")
    assert await _send(office, _letter()) == Taken(receipt=True)
    assert office.clouds.calls == ["tencent", "aliyun"]
    assert office.arrived() == [ARRIVES]


async def test_a_cloud_without_a_template_is_passed_over(office: Office) -> None:
    """No call to it; with none at all the next rung has the row."""
    assert await _send(office, _letter(), tencent_reminder_template="") == Taken(receipt=True)
    assert office.clouds.calls == ["aliyun"]
    outcome = await _send(office, _letter(8, "13900000002"), tencent_reminder_template="", aliyun_reminder_template="")
    assert outcome == Refused("template no template for reminder")


async def test_both_refuse_and_it_comes_later(office: Office) -> None:
    """Certainly not sent by either: later, and then once; the tries have cost the phone nothing of what it may get."""
    office.fault(refuse=2)
    assert await _send(office, _letter()) == Later("balance")
    assert await _send(office, _letter()) == Taken(receipt=True)
    assert office.arrived() == [ARRIVES]


@pytest.mark.parametrize("fault", ["timeout", "broken"])
async def test_a_doubt_is_never_sent_again(office: Office, fault: str, log: io.StringIO) -> None:
    """No second cloud, no second call when the row is found again; on record as doubtful."""
    office.fault(**{fault: 1}, lost_report=9)
    outcome = await _send(office, _letter())
    assert isinstance(outcome, Doubt)
    assert not outcome.again
    assert await _send(office, _letter()) == Doubt("interrupted", again=False)
    assert office.clouds.calls == ["tencent"]
    assert await office.state("n7") == (SmsState.DOUBTFUL, "tencent")
    assert log.getvalue().count("sms in doubt") == 1


class _Dying:
    """A provider under whose hands the process ends: after the call, before the record."""

    name = "dying"

    async def send(self, _: Sms) -> Any:
        raise asyncio.CancelledError


async def test_what_was_interrupted_is_in_doubt(office: Office) -> None:
    """F1: no id that the cloud would know: whoever finds the row sends nothing and says so."""
    dying = SmsSending(office.store, office.clock, [_Dying()], office.metrics, Policy(), receipts=True)
    with pytest.raises(asyncio.CancelledError):
        await dying.send(_letter())
    assert await office.state("n7") == (SmsState.INTENDED, "dying")
    assert await _send(office, _letter()) == Doubt("interrupted", again=False)
    assert (await office.record("n7")).note == "interrupted"
    assert office.clouds.calls == []


async def test_what_was_sent_and_not_settled_is_known(office: Office) -> None:
    """The process ended between the record of the message and that of the row: taken, without a second call; so is one whose report came, and
    one that the carrier could not deliver goes to the next rung."""
    office.fault(lost_report=1)
    await _send(office, _letter())
    assert await _send(office, _letter()) == Taken(receipt=True)
    await _send(office, _letter(8, "13900000002"), provider="aliyun", second="")
    await office.sim.idle()
    assert await _send(office, _letter(8, "13900000002"), provider="aliyun", second="") == Taken(receipt=False)
    office.fault(undelivered=1)
    await _send(office, _letter(9, "13900000003"), provider="aliyun", second="")
    await office.sim.idle()
    assert isinstance(await _send(office, _letter(9, "13900000003"), provider="aliyun", second=""), Refused)
    assert office.clouds.calls == ["tencent", "aliyun", "aliyun"]


async def test_two_workers_with_one_row_send_once(office: Office) -> None:
    """A lease that ended too early: one of them finds the record of the other."""
    outcomes = await asyncio.gather(*(_send(office, _letter()) for _ in range(5)))
    assert office.clouds.calls == ["tencent"]
    assert office.arrived() == [ARRIVES]
    assert not any(isinstance(one, Refused) for one in outcomes)


async def test_a_phone_gets_one_a_minute_five_an_hour_ten_a_day(office: Office) -> None:
    """The clouds' own limits, kept by ourselves: the eleventh of a day waits, no cloud is asked, and it is said for how long."""
    outcomes: list[Outcome] = []
    for number in range(40):
        outcomes.append(await _send(office, _letter(number)))
        office.clouds.calls.clear()
        if isinstance(outcomes[-1], Later):
            assert outcomes[-1].after is not None
            office.clock.advance(outcomes[-1].after.total_seconds())
        if sum(isinstance(one, Taken) for one in outcomes) == 10:
            break
    waits = [round(one.after.total_seconds()) for one in outcomes if isinstance(one, Later) and one.after]
    assert waits == [60, 60, 60, 60, 3360, 60, 60, 60, 60]
    last = await _send(office, _letter(50))
    assert isinstance(last, Later)
    assert office.clock.now() + (last.after or timedelta()) == START + timedelta(days=1)
    assert office.clouds.calls == []


async def test_a_code_of_the_same_minute_makes_the_reminder_wait(office: Office) -> None:
    """Somebody is logging in: the reminder comes a minute later; the other way round the code does not wait, and nobody who asks for a code
    for a phone learns that a reminder has just gone there."""
    async with office.store.transaction() as tx:
        await tx.limits.hit("sms.pause", PHONE, 1, timedelta(minutes=1), office.clock.now())
    assert await _send(office, _letter()) == Later("limit", timedelta(minutes=1))
    office.clock.advance(60)
    assert isinstance(await _send(office, _letter()), Taken)
    async with office.store.reading() as tx:
        assert (await tx.limits.peek("sms.pause", PHONE, 1, timedelta(minutes=1), office.clock.now())).allowed
        assert (await tx.limits.peek("sms.phone.hour", PHONE, 5, timedelta(hours=1), office.clock.now())).used == 0


async def test_a_limit_that_the_cloud_knows_of_is_obeyed(office: Office) -> None:
    """It counts what others have sent too: later, after its own pause; the other cloud is not asked."""
    office.fault(limit=1)
    assert await _send(office, _letter()) == Later("limit", timedelta(days=1))
    assert office.clouds.calls == ["tencent"]


async def test_nothing_to_say_or_nobody_to_say_it_to(office: Office) -> None:
    """No words for short messages, no phone, a phone that does not exist: the next rung has it."""
    assert await _send(office, _letter(words=replace(WORDS, sms=""))) == Refused("no words")
    assert await _send(office, _letter(phone="")) == Refused("no words")
    assert await _send(office, _letter(phone="12345")) == Refused("number InvalidParameterValue.IncorrectPhoneNumber")
    assert office.arrived() == []


# ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _row(office: Office) -> Notice:
    """A row of the ledger on the rung `sms`, claimed."""
    now = office.clock.now()
    async with office.store.transaction() as tx:
        campaign = await tx.campaigns.add(
            Campaign(0, "P-CERT", "资格认证提醒", CampaignState.RUNNING, Audience(()), (Channel.SMS,), now, code="P-CERT.beijing")
        )
        row = replace(_letter().notice, id=0, campaign_id=campaign.id, due=now, at=now, attempts=0)
        assert await tx.notices.add(row) is not None
        (claimed,) = await tx.notices.claim(Channel.SMS, [campaign.id], now, LEASE, 10)
    return claimed


@pytest.mark.parametrize("cloud", ["tencent", "aliyun"])
@pytest.mark.parametrize("undelivered", [0, 1])
async def test_a_report_moves_the_row(office: Office, cloud: str, undelivered: int) -> None:
    """Arrived, or not, and then the next rung has it at once: by the number that we gave, or by the cloud's own where it does not bring ours
    back (腾讯云)."""
    row = await _row(office)
    office.fault(undelivered=undelivered, late_report_s=30)
    outcome = await _send(office, replace(_letter(), notice=row), provider=cloud, second="")
    assert outcome == Taken(receipt=True)
    due = office.clock.now() + timedelta(hours=24)
    async with office.store.transaction() as tx:
        await tx.notices.settle([Settled(row.id, row.attempts, NoticeState.SENT, due)], office.clock.now())
    office.clock.advance(31)
    await office.sim.idle()
    async with office.store.reading() as tx:
        found = await tx.notices.get(row.id)
    assert found is not None
    assert (found.state, found.due) == ((NoticeState.SENT, office.clock.now()) if undelivered else (NoticeState.DELIVERED, None))


async def test_a_report_about_a_code_moves_no_row(office: Office) -> None:
    """Its number is not that of a row."""
    row = await _row(office)
    await office.send(replace(CODE, id=f"x{row.id}"), provider="aliyun", second="")
    await office.sim.idle()
    async with office.store.reading() as tx:
        found = await tx.notices.get(row.id)
    assert found is not None
    assert found.state is NoticeState.SENDING
