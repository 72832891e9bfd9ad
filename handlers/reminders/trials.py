"""What people will read, before they do: the words of a campaign for somebody of its audience, on each channel; and one sent as a test.

A test is a row of the ledger about nobody (person 0, campaign 0, stage `test`), claimed and settled by a job of its own, so that neither
the counters of the campaign nor its sender ever see it.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dialogs.masks import masked_name
from dialogs.phrases import day
from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.channels import Doubt, Halted, Later, Letter, Refused, Sending, Taken, Words
from handlers.reminders.figures import CHANNEL_WORDS, clock_words
from handlers.reminders.proposals import TESTED, sms_parts, sms_problem, thing_problem
from handlers.reminders.words import words_of
from handlers.services import Services
from handlers.staff import StaffRefusal
from storage.ports.record import Record
from storage.ports.records import (
    Campaign,
    Channel,
    Facts,
    Grant,
    Notice,
    NoticeState,
    Preferences,
    Sample,
    Settled,
    Staff,
    User,
)
from storage.ports.repositories import Repositories, Store

STAGE: Final = "test"
JOB_TEST: Final = "campaign-test"
MARK: Final = "测试"

_MARKED: Final = {"name": MARK, "text": f"（{MARK}）{{}}"}

_OPENID: Final = re.compile(r"[A-Za-z0-9_-]{2,64}")
_PHONE: Final = re.compile(r"1[3-9]\d{9}")
_HOUR: Final = timedelta(hours=1)
_LEASE: Final = timedelta(minutes=2)
_MINUTE: Final = timedelta(minutes=1)
_JUST_NOW: Final = ("sms.pause", "sms.reminder.minute")
"""The counters of what a phone has just been sent."""
_KEEP: Final = timedelta(hours=1)
_TESTS: Final = 20
"""Tests of one account within an hour."""


class Card(Record):
    """A notice as one channel shows it. `rows` are a card's lines, `text` a short message. `problem` is what the platform would refuse."""

    channel: Channel
    heading: str
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""
    said: str = ""
    problem: str = ""


class Preview(Record):
    """Somebody of the audience (masked), and what they would read now. `others`: how many more can be looked at."""

    campaign: Campaign
    number: int
    others: int
    holder: str
    region: str
    due: str
    has_chat: bool
    cards: tuple[Card, ...]


class _Trial(msgspec.Struct):
    """The body of a test: the words, and the phone for a short message."""

    words: Words
    phone: str = ""


class TrialDesk:
    """Opens its own transactions; roles and regions as `CampaignDesk` judges them."""

    def __init__(self, desk: CampaignDesk) -> None:
        self._desk = desk
        self._store = desk.store
        self._services = desk.services

    async def preview(self, by: Staff | None, campaign_id: int, number: int = 0) -> Preview:
        """What the so-many-th of the first five would read. The look is on record. Raises LookupError, StaffRefusal (nobody there)."""
        campaign = await self._desk.get(by, campaign_id)
        found = await self._desk.sample(by, campaign.audience)
        if not found:
            raise StaffRefusal("现在没有人符合条件，没有可以预览的人。请改一下“发给谁”。")
        one = found[min(max(number, 0), len(found) - 1)]
        async with self._store.transaction() as tx:
            await self._desk.note(tx, by, "campaign-preview", campaign.title, await tx.people.identity_hash(one.person.id))
        return Preview(
            campaign=campaign,
            number=found.index(one),
            others=len(found),
            holder=masked_name(one.person.name),
            region=self._services.regions[one.person.region].name,
            due=day(one.certification.due_on),
            has_chat=one.has_chat,
            cards=tuple(self._card(campaign, one, channel) for channel in campaign.ladder),
        )

    def words(self, campaign: Campaign, one: Sample, channel: Channel) -> Words:
        """The words that this person would get on that channel now."""
        now = self._services.clock.now()
        region = self._services.regions[one.person.region]
        notice = Notice(
            id=0,
            campaign_id=campaign.id,
            kind=campaign.kind,
            region=one.person.region,
            person_id=one.person.id,
            cycle=one.certification.due_on.isoformat(),
            stage=f"c{campaign.id}",
            channel=channel,
            recipient="g0" if channel is Channel.RELATIVE else "",
            rank=0,
            state=NoticeState.PLANNED,
            due=now,
            at=now,
        )
        grant = Grant(0, one.person.id, "", "", frozenset({"remind"}), now.date(), True, now, "code")
        grants = (grant,) if channel is Channel.RELATIVE else ()
        facts = Facts(one.person, one.certification, (), Preferences(), False, grants)
        return words_of(campaign.kind, notice, facts, region, now, campaign, grant if grants else None)

    def _card(self, campaign: Campaign, one: Sample, channel: Channel) -> Card:
        heading = CHANNEL_WORDS[channel]
        if channel is Channel.VISIT:
            return Card(channel, heading, said="前面的方式都没送到的人，列进上门名单，由工作人员打电话或上门。不再发消息。")
        words = self.words(campaign, one, channel)
        if channel is Channel.SMS:
            told = self._services.wording.of(words)
            parts, length = sms_parts(told), len(told)
            unsent = "短信服务商没有这条短信的模板，发不出去。请管理员在配置里补上。" if words.sms and not told else ""
            return Card(
                channel,
                heading,
                text=told,
                said=f"{length} 个字（签名另算），按 {parts} 条计费",
                problem=unsent or sms_problem(told),
            )
        rows = (("姓名", words.holder), ("事项", words.subject), ("截止日期", words.due), ("提示", words.hint))
        problem = "".join(f"“{label}”{why}" for label, text in rows if label != "截止日期" and (why := thing_problem(text)))
        said = "发给家人，内容里只有打了星号的姓名" if channel is Channel.RELATIVE else f"提示 {len(words.hint)} / 20 字"
        return Card(channel, heading, rows=tuple(row for row in rows if row[1]), said=said, problem=problem)

    async def test_send(self, by: Staff | None, campaign_id: int, channel: str, to: str) -> None:
        """Send one marked 测试 to a phone, or to a chat that follows: named by its openid, or by the phone of somebody who has logged in there.
        Raises StaffRefusal, LookupError."""
        if not self._desk.acts(by):
            raise StaffRefusal("只有“运营”角色能测试发送。")
        if channel not in {one.value for one in TESTED}:
            raise StaffRefusal("请选一种测试方式。")
        way, plain = Channel(channel), unicodedata.normalize("NFKC", to).strip()
        if not _PHONE.fullmatch(plain) and (way is Channel.SMS or not _OPENID.fullmatch(plain)):
            raise StaffRefusal("没看懂发给谁。请填 11 位手机号，例如 13900000000。")
        campaign = await self._desk.get(by, campaign_id)
        found = await self._desk.sample(by, campaign.audience, 1)
        if not found:
            raise StaffRefusal("现在没有人符合条件，没有可以试发的内容。请改一下“发给谁”。")
        words, now = _marked(self.words(campaign, found[0], way)), self._services.clock.now()
        async with self._store.transaction() as tx:
            if refused := await _cannot_go(tx, way, plain, now):
                raise StaffRefusal(refused)
            who = f"staff:{by.id}" if by else "command line"
            if not (await tx.limits.hit("campaign.test", who, _TESTS, _HOUR, now)).allowed:
                raise StaffRefusal(f"一小时最多测试 {_TESTS} 次，请过一会儿再试。")
            user = None if way is Channel.SMS else await _chat(tx, plain)
            if way is not Channel.SMS and user is None:
                raise StaffRefusal("没有找到能收的微信。请让对方先关注公众号，用这个手机号登录一次，再来试。")
            row = await tx.notices.add(
                Notice(
                    id=0,
                    campaign_id=0,
                    kind=campaign.kind,
                    region=found[0].person.region,
                    person_id=0,
                    cycle=f"test|{secrets.token_hex(12)}",
                    stage=STAGE,
                    channel=way,
                    recipient=f"c{(await tx.audit.pseudonym(plain))[:16]}",
                    rank=0,
                    state=NoticeState.PLANNED,
                    due=now,
                    at=now,
                    expires_at=now + _KEEP,
                    openid="" if user is None else user.openid,
                    following="" if user is None else user.following,
                    body=msgspec.json.encode(_Trial(words, plain if way is Channel.SMS else "")),
                )
            )
            if row is not None:
                await tx.jobs.enqueue(JOB_TEST, way.value.encode(), now)
            await self._desk.note(tx, by, "campaign-test", f"{campaign.title}：{TESTED[way]}", await tx.audit.pseudonym(plain))


async def _chat(tx: Repositories, named: str) -> User | None:
    """The chat of that openid, or the one used last of those where somebody with that phone has logged in; None unless it follows."""
    if not _PHONE.fullmatch(named):
        user = await tx.users.get(named)
        return user if user is not None and user.subscribed else None
    chats = [user for person in await tx.people.by_phone(named) for user in await tx.users.chats_of(person.id)]
    return next((user for user in chats if user.subscribed), None)


async def _cannot_go(tx: Repositories, way: Channel, to: str, now: datetime) -> str:
    """Why nothing goes that way at this moment, in a sentence; '' when it may."""
    for name, (until, _) in (await tx.paces.halted(now)).items():
        if name.rpartition(":")[2] == way.value:
            return f"{CHANNEL_WORDS[way]}现在停着，{clock_words(until, now)} 以后再测。"
    if way is Channel.SMS:
        for name in _JUST_NOW:
            if not (await tx.limits.peek(name, to, 1, _MINUTE, now)).allowed:
                return "这个号码一分钟内刚收到过短信，现在发不出去。请过一分钟再试。"
    return ""


def _marked(words: Words) -> Words:
    """The same words about nobody, so that whoever gets them sees that it is a test."""
    return replace(
        words,
        holder=MARK,
        hint=f"{MARK}：{words.hint}"[:20],
        text=f"（{MARK}）{words.text}",
        word="",
        sms=f"（{MARK}）{words.sms}",
        sms_params={name: _MARKED.get(name, "{}").format(text) for name, text in words.sms_params.items()},
    )


def tested_words(body: bytes) -> Words:
    """The words of a test, from the body of its row."""
    return msgspec.json.decode(body, type=_Trial).words


class Trials:
    """The job `campaign-test`: sends the tests that wait on one channel."""

    def __init__(self, store: Store, services: Services, sendings: Mapping[Channel, Sending]) -> None:
        self._store = store
        self._services = services
        self._sendings = sendings

    async def send(self, payload: bytes) -> None:
        """A test is settled at once, and nothing follows it. One that cannot go just now goes later within its hour, and one that a worker
        was killed with is looked at again: whatever is open keeps this job going."""
        channel = Channel(payload.decode())
        async with self._store.transaction() as tx:
            rows = await tx.notices.claim(channel, (0,), self._services.clock.now(), _LEASE, 50)
        for row in rows:
            settled = await self._sent(row)
            async with self._store.transaction() as tx:
                await tx.notices.settle([settled], self._services.clock.now())
        async with self._store.transaction() as tx:
            if await tx.notices.open(0):
                run_at = self._services.clock.now() + _MINUTE
                await tx.jobs.enqueue(JOB_TEST, payload, run_at, dedupe_key=f"{JOB_TEST}:{channel.value}:{run_at:%Y-%m-%dT%H:%M}")

    async def _sent(self, row: Notice) -> Settled:
        now = self._services.clock.now()
        sending = self._sendings.get(row.channel)
        if not row.body or sending is None or row.state is not NoticeState.PLANNED:
            state = NoticeState.DOUBTFUL if row.state is NoticeState.SENDING else NoticeState.DROPPED
            return Settled(row.id, row.attempts, state, note="test")
        trial = msgspec.json.decode(row.body, type=_Trial)
        async with self._store.reading() as tx:
            user = await tx.users.get(row.openid) if row.openid else None
        digest = self._services.digest(f"notice|{row.id}", "notice")[:32]
        outcome = await sending.send(Letter(row, trial.words, digest, user, trial.phone))
        match outcome:
            case Taken(msg_id):
                return Settled(row.id, row.attempts, NoticeState.SENT, msg_id=msg_id, openid=row.openid, began_at=now)
            case Later(why, after) if row.expires_at is not None and now + (after or _MINUTE) < row.expires_at:
                return Settled(row.id, row.attempts, NoticeState.PLANNED, due=now + (after or _MINUTE), note=why)
            case Refused(why) | Later(why) | Halted(why):
                return Settled(row.id, row.attempts, NoticeState.DROPPED, note=why)
            case Doubt(why):
                return Settled(row.id, row.attempts, NoticeState.DOUBTFUL, note=why, began_at=now)
