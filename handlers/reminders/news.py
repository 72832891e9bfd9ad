"""Telling people something unasked: a row of the ledger on the channel `chat`, which is a service message within its quota, else a template
message, else given with their next message (conversation-map.md 5)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from handlers.later import Later
from handlers.reminders.kinds import KINDS, OF_ABOUT, Kind
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Notice, NoticeState, Person
from storage.ports.repositories import Repositories, Store

STAGE = "news"
"""The one stage of what is told once."""

_RANK = 1
"""Somebody waits for it: before every reminder but those of the last day."""


class News(Record):
    """What a row on the channel `chat` carries in its body. `about` says what it is about (case:…, order:…, thread:…)."""

    text: str
    about: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    """Not the answer to what somebody has just done: it waits for the end of their night."""


def pack(news: News) -> bytes:
    """As the ledger keeps it (sealed below)."""
    return msgspec.json.encode(news)


def unpack(body: bytes) -> News:
    """The inverse of `pack`; b'' is nothing to say."""
    return msgspec.json.decode(body, type=News) if body else News("")


def kind_of(about: str) -> Kind:
    """The kind that news about something belong to; what says nothing is news of what somebody does here."""
    return KINDS[OF_ABOUT.get(about.partition(":")[0], "P-CASE")]


async def notify(
    tx: Repositories,
    services: Services,
    openid: str,
    text: str,
    *,
    about: str = "",
    choices: Sequence[tuple[str, str]] = (),
    once: str = "",
    person_id: int = 0,
    quiet: bool = False,
) -> None:
    """Tell a chat, in this transaction, once for each call; with `once` (a key of the news) once for ever, however often it is called.

    Nothing for '' and for a chat that is not there (any more). `choices` are (words to answer, what they do). `person_id` only where the news
    are about that person and of no use to anybody after their death. `quiet`: not at night, if it is night for them when it would go out.
    """
    user = await tx.users.get(openid) if openid else None
    if user is None:
        return
    kind, now = kind_of(about), services.clock.now()
    await tx.notices.add(
        Notice(
            id=0,
            campaign_id=await standing(tx, services, kind),
            kind=kind.code,
            region=user.region or "",
            person_id=person_id,
            cycle=once or secrets.token_hex(16),
            stage=STAGE,
            channel=Channel.CHAT,
            recipient=f"c{(await tx.audit.pseudonym(openid))[:16]}",
            rank=_RANK,
            state=NoticeState.PLANNED,
            due=now,
            at=now,
            expires_at=now + kind.keep,
            openid=openid,
            following=user.following,
            body=pack(News(text, about, tuple(choices), quiet)),
        )
    )


async def notify_whole(tx: Repositories, services: Services, person: Person, text: str, *, about: str, once: str = "") -> None:
    """Tell a person, in this transaction, by the ladder of the kind: the chat that they used last, else the next rung. Not at night; with
    `once` (a key of the news) once for ever."""
    kind, now = kind_of(about), services.clock.now()
    await tx.notices.add(
        Notice(
            id=0,
            campaign_id=await standing(tx, services, kind),
            kind=kind.code,
            region=person.region,
            person_id=person.id,
            cycle=once or secrets.token_hex(16),
            stage=STAGE,
            channel=kind.ladder[0],
            recipient="",
            rank=_RANK,
            state=NoticeState.PLANNED,
            due=now,
            at=now,
            expires_at=now + kind.keep,
            body=pack(News(text, about, quiet=True)),
        )
    )


async def notify_person(
    tx: Repositories, services: Services, person_id: int, text: str, *, about: str = "", once: str = "", quiet: bool = False
) -> None:
    """Tell every chat that is bound to the person."""
    for user in await tx.users.chats_of(person_id):
        await notify(tx, services, user.openid, text, about=about, once=once, person_id=person_id, quiet=quiet)


class _Before(msgspec.Struct, frozen=True):
    """The payload of the job `notify` of the version before the ledger."""

    id: str
    openid: str
    text: str
    about: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    following: str = ""


async def take_up(store: Store, services: Services, payload: bytes) -> None:
    """The job `notify`, queued before the ledger was there: what it was to tell is a row now. Nothing for who has left since."""
    before = msgspec.json.decode(payload, type=_Before)
    async with store.transaction() as tx:
        user = await tx.users.get(before.openid)
        if user is not None and user.following == before.following:
            await notify(tx, services, before.openid, before.text, about=before.about, choices=before.choices, once=before.id)


JOBS: dict[str, Later] = {"notify": take_up}
"""By the name under which it was queued."""


async def standing(tx: Repositories, services: Services, kind: Kind) -> int:
    """The standing campaign that the news of a kind are counted under; made when it is not there yet."""
    found = await tx.campaigns.by_code(kind.code)
    if found is None:
        found = await tx.campaigns.add(
            Campaign(
                id=0,
                kind=kind.code,
                title=kind.title,
                state=CampaignState.RUNNING,
                audience=Audience(()),
                ladder=kind.ladder,
                created_at=services.clock.now(),
                code=kind.code,
                planned=True,
            )
        )
    return found.id
