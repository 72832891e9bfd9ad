"""The part of the desk about what a chat wants to hear and what we have sent to it; and what is stopped by an SMS in answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dialogs.desk_wishes import Hearing, OurMessage, ResultReminder
from dialogs.parse.pasted import readings, signs
from handlers.asking import Asking
from handlers.reminders.cards import hint_with_word, shows, values_of, values_of_answer, values_of_news
from handlers.reminders.channels import Words
from handlers.reminders.kinds import KINDS
from handlers.reminders.ladder import ladder_of
from handlers.reminders.news import unpack
from handlers.reminders.rules import grant_of
from handlers.reminders.trials import STAGE as TEST_STAGE
from handlers.reminders.trials import tested_words
from handlers.reminders.words import words_of
from handlers.subscribing import subscription_link
from storage.essence import essence
from storage.ports.record import Record
from storage.ports.records import (
    NO_SMS,
    Audience,
    AuditEntry,
    Campaign,
    CampaignState,
    Certification,
    Channel,
    Facts,
    Notice,
    NoticeState,
    Person,
    Preferences,
    SmsMessage,
    SmsState,
)
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI
from storage.workdays import plus_workdays

CHECKS_PER_HOUR = 20
CHANGES_PER_HOUR = 60
RESULT_STAGE = "result"
_RESULT_KEPT = timedelta(days=7)
_RESULT_RANK = 3
_GONE_OUT = {NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNANSWERED}
_BEGUN = {NoticeState.SENDING, NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNANSWERED, NoticeState.DOUBTFUL}
_LOOKED_THROUGH = 50
_NATIONAL = ("12333", "12345", "96110")
_AREA = re.compile(r"^0(?:10|2[0-9]|[3-9][0-9]{2})(?=(?:12333|12345|96110)$)")
"""An area code before a number that every place has: the one of that place."""


class WishDesk:
    """Implements `dialogs.desk_wishes.WishesDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    # ── preferences ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def preferences(self) -> Preferences:
        asking, own = self._asking, await self._own()
        mine = await asking.tx.wishes.of(asking.user.openid)
        if own is not None and NO_SMS in await asking.tx.wishes.stopped(person_id=own.id):
            return replace(mine, sms=False)
        return mine

    async def prefer(self, wanted: Preferences) -> None:
        asking = self._asking
        await asking.spend("修改提醒设置", "wishes", CHANGES_PER_HOUR)
        before = await self.preferences()
        await asking.tx.wishes.save(replace(wanted, openid=asking.user.openid))
        if own := await self._own():
            await _hold_for_all(asking.tx, own.id, before, replace(wanted, openid=asking.user.openid))
        await asking.audit("prefer", "BJH-26", "ok", asking.person)

    # ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def kinds(self) -> tuple[Hearing, ...]:
        asking, own = self._asking, await self._own()
        stopped = await asking.tx.wishes.stopped(openid=asking.user.openid, person_id=own.id if own else 0)
        return tuple(Hearing(kind.code, kind.title, kind.code in stopped) for kind in KINDS.values() if kind.may_stop)

    async def last_heard(self) -> str:
        for notice in await self._gone_out():
            if (kind := KINDS.get(notice.kind)) is not None and kind.may_stop:
                return notice.kind
        return ""

    async def stop(self, codes: tuple[str, ...]) -> None:
        asking, own = self._asking, await self._own()
        await asking.spend("修改提醒设置", "wishes", CHANGES_PER_HOUR)
        for code in _stoppable(codes):
            await asking.tx.wishes.stop(code, openid=asking.user.openid)
            if own is not None:
                await asking.tx.wishes.stop(code, person_id=own.id)
            await asking.audit("stop", code, "ok", own)

    async def start(self, codes: tuple[str, ...]) -> None:
        asking, own = self._asking, await self._own()
        await asking.spend("修改提醒设置", "wishes", CHANGES_PER_HOUR)
        for code in _stoppable(codes):
            await asking.tx.wishes.start(code, openid=asking.user.openid)
            if own is not None:
                await asking.tx.wishes.start(code, person_id=own.id)
            await asking.audit("start", code, "ok", own)

    async def _own(self) -> Person | None:
        """The person, where this chat has proved to be theirs: a relative's chat may be let in as well, and decides for itself alone."""
        asking = self._asking
        person = asking.person
        if person is None:
            return None
        bound = await asking.tx.users.bindings(asking.user.openid)
        return person if any(one.person_id == person.id for one in bound) else None

    # ── what we have sent ───────────────────────────────────────────────────────────────────────────────────────────

    async def sent_lately(self, at_most: int = 3) -> tuple[OurMessage, ...]:
        found = [_told(notice) for notice in await self._gone_out() if notice.kind in KINDS]
        return tuple(found[:at_most])

    async def _gone_out(self) -> list[Notice]:
        """To this chat, and to its person's phone; newest first."""
        asking, own = self._asking, await self._own()
        found = {notice.id: notice for notice in await asking.tx.notices.of_chat(asking.user.openid, _LOOKED_THROUGH)}
        if own is not None:
            rows = await asking.tx.notices.of_person(own.id, limit=_LOOKED_THROUGH)
            found.update((notice.id, notice) for notice in rows if notice.channel is Channel.SMS)
        gone = [notice for notice in found.values() if notice.state in _GONE_OUT]
        return sorted(gone, key=lambda notice: (notice.at, notice.id), reverse=True)

    async def ours(self, text: str) -> OurMessage | None:
        asking, own = self._asking, await self._own()
        await asking.spend("核对消息", "origin", CHECKS_PER_HOUR)
        variants = readings(text)
        ours_alone = set(signs(text)) <= asking.services.sms_signs
        found = (await self._by_sms(variants, own) if ours_alone else None) or await self._in_chat(text, variants)
        await asking.audit("check", "BJH-26", "ok" if found else "empty", own if found is not None and found.yours else None)
        return found

    async def _by_sms(self, variants: Sequence[str], own: Person | None) -> OurMessage | None:
        tx = self._asking.tx
        for words in variants:
            sent = [one for one in await tx.messages.by_text(words, _LOOKED_THROUGH) if one.state is not SmsState.NOT_SENT]
            if not sent:
                continue
            mine = await self._to_phone(own.phone if own else None, sent)
            newest = (mine or sent)[0]
            on = newest.at.astimezone(SHANGHAI).date()
            return OurMessage(on, "短信", yours=bool(mine), code=newest.kind == "code")
        return None

    async def _to_phone(self, phone: str | None, sent: list[SmsMessage]) -> list[SmsMessage]:
        if not phone:
            return []
        theirs = {one.id for one in await self._asking.tx.messages.of_phone(phone, 200)}
        return [one for one in sent if one.id in theirs]

    async def _in_chat(self, text: str, variants: Sequence[str]) -> OurMessage | None:
        tx = self._asking.tx
        wanted = {essence(words) for words in variants}
        if not wanted:
            return None
        rows = await tx.notices.of_chat(self._asking.user.openid, _LOOKED_THROUGH)
        begun = [row for row in rows if row.state in _BEGUN and row.channel is not Channel.SMS]
        facts = await tx.notices.facts([row for row in begun if not row.body], self._asking.now)
        for row in begun:
            if row.body and row.stage != TEST_STAGE:
                news = unpack(row.body)
                if wanted & _said(news.text, news.choices) or shows(text, values_of_news(news)):
                    return _told(row)
                continue
            for words in await self._words(row, facts.get(row.id)):
                *values, word = values_of(words)
                without = [*values[:-1], hint_with_word(words)]
                if (
                    wanted & _said(words.text, words.choices)
                    or shows(text, without)
                    or shows(text, values, optional=(word,))
                    or shows(text, values_of_answer(words))
                ):
                    return _told(row)
        return None

    async def _words(self, row: Notice, facts: Facts | None) -> tuple[Words, ...]:
        """The words of a reminder, made again from the data as they were when it went out."""
        if row.body:
            return (tested_words(row.body),)
        if facts is None:
            return ()
        campaign = await self._asking.tx.campaigns.get(row.campaign_id)
        region = self._asking.services.regions.get(row.region)
        moments = {row.began_at or row.at, row.at}  # `at` is the moment of its last change
        return tuple(words_of(row.kind, row, facts, region, at, campaign, grant_of(row, facts)) for at in moments)

    def may_subscribe(self) -> bool:
        return bool(self._asking.services.consents)

    async def subscription_link(self) -> str:
        return await subscription_link(self._asking)

    def our_number(self, number: str) -> str:
        services = self._asking.services
        senders = services.sender_numbers
        if any(number == sender or (len(sender) >= 8 and number.startswith(sender)) for sender in senders):
            return "sender"
        hotlines = {_digits(region.hotline) for region in services.regions.values()}
        local = _AREA.sub("", number)
        return "hotline" if number in hotlines or local in _NATIONAL else ""

    def our_host(self, host: str) -> bool:
        return bool(host) and host == (urlsplit(self._asking.services.public_url).hostname or "").lower()

    # ── the result of a certification ───────────────────────────────────────────────────────────────────────────────

    async def certification(self) -> Certification | None:
        own = await self._own()
        return await self._asking.tx.certifications.of_person(own.id) if own else None

    async def remind_of_result(self) -> ResultReminder:
        asking = self._asking
        if asking.person is None:
            return ResultReminder(None, new=False)
        person = asking.mine("certification")
        if any(one.code == "P-CERT" and one.stopped for one in await self.kinds()):
            return ResultReminder(None, new=False, stopped=True)
        mine = await asking.tx.certifications.of_person(person.id)
        cycle = mine.due_on.isoformat() if mine is not None else "first"
        for notice in await asking.tx.notices.of_person(person.id, "P-CERT", _LOOKED_THROUGH):
            if (notice.stage, notice.cycle) == (RESULT_STAGE, cycle):
                return ResultReminder(notice.due, new=False)
        region = asking.region_of(person.region)
        day = plus_workdays(asking.now.astimezone(SHANGHAI).date(), region.certification.result_working_days)
        at = datetime.combine(day, region.reminders.at, SHANGHAI)
        row = await asking.tx.notices.add(
            Notice(
                id=0,
                campaign_id=await _standing(asking.tx, region, asking.now),
                kind="P-CERT",
                region=region.code,
                person_id=person.id,
                cycle=cycle,
                stage=RESULT_STAGE,
                channel=Channel.CHAT,
                recipient=f"c{(await asking.tx.audit.pseudonym(asking.user.openid))[:16]}",
                rank=_RESULT_RANK,
                state=NoticeState.PLANNED,
                due=at,
                at=asking.now,
                expires_at=at + _RESULT_KEPT,
                openid=asking.user.openid,
                following=asking.user.following,
            )
        )
        await asking.audit("start", "P-CERT", "ok", person)
        return ResultReminder(at, new=row is not None)


async def _hold_for_all(tx: Repositories, person_id: int, before: Preferences, wanted: Preferences) -> None:
    """What is changed of hours, zone and SMS in one chat of a person holds for their other chats; and no SMS when every chat has left, too."""
    if wanted.sms:
        await tx.wishes.start(NO_SMS, person_id=person_id)
    else:
        await tx.wishes.stop(NO_SMS, person_id=person_id)
    names = ("quiet_from", "quiet_to", "zone", "sms")
    changed = {name: getattr(wanted, name) for name in names if getattr(wanted, name) != getattr(before, name)}
    for user in await tx.users.chats_of(person_id) if changed else ():
        if user.openid != wanted.openid:
            await tx.wishes.save(replace(await tx.wishes.of(user.openid), **changed))


def _stoppable(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in KINDS and KINDS[code].may_stop)


def _told(notice: Notice) -> OurMessage:
    how = "短信" if notice.channel is Channel.SMS else "微信"
    title = KINDS[notice.kind].title if notice.kind in KINDS else ""
    return OurMessage(notice.at.astimezone(SHANGHAI).date(), how, title, yours=True)


def _said(text: str, choices: Sequence[tuple[str, str]]) -> set[str]:
    """What was said in the chat, without and with the choices under it."""
    return {essence(text), essence("\n".join([text, *(f"{word} {label}" for word, label in choices)]))}


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


async def _standing(tx: Repositories, region: Region, now: datetime) -> int:
    """The standing campaign of the region's certification reminders; made when nothing was planned yet."""
    kind = KINDS["P-CERT"]
    code = f"{kind.code}.{region.code}"
    found = await tx.campaigns.by_code(code)
    if found is None:
        found = await tx.campaigns.add(
            Campaign(
                id=0,
                kind=kind.code,
                title=f"{kind.title}（{region.name}）",
                state=CampaignState.RUNNING,
                audience=Audience((region.code,)),
                ladder=ladder_of(kind, None, region),
                created_at=now,
                code=code,
            )
        )
    return found.id


class StoppedBySms(Record):
    """What a TD has stopped: the kind of reminder, for whom, and whether it was not stopped before."""

    kind: str
    people: tuple[Person, ...]
    new: bool


async def stop_by_sms(tx: Repositories, phone: str, now: datetime) -> StoppedBySms | None:
    """TD in answer to a short message: what the newest reminder to that phone was of is stopped for everybody whose phone it is. None where
    nothing that may be stopped was sent there. Idempotent; audited under the phone's pseudonym."""
    people = await tx.people.by_phone(phone)
    sent: list[Notice] = []
    for person in people:
        rows = await tx.notices.of_person(person.id, limit=_LOOKED_THROUGH)
        sent += [row for row in rows if row.channel is Channel.SMS and row.state in _BEGUN and _stoppable((row.kind,))]
    if not sent:
        return None
    new = False
    kind = max(sent, key=lambda row: (row.at, row.id)).kind
    actor = await tx.audit.pseudonym(phone)
    for person in people:
        new |= await tx.wishes.stop(kind, person_id=person.id)
        subject = await tx.people.identity_hash(person.id)
        await tx.audit.write(AuditEntry(now, actor, "person", "stop", kind, subject, "ok"))
    return StoppedBySms(kind, tuple(people), new)
