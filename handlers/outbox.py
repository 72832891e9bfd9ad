"""Messages that go out without being asked in this request: queued in the transaction, pushed by the job `push`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dialogs.messages import Article, Human, Message, Picture, Reply, Say
from storage.ports.record import Record
from storage.ports.repositories import Repositories


class Queued(Record):
    """The payload of the job `push`. `must` arrive: what cannot be pushed is parked and given with the person's next message.

    `following` is the one that it was queued under (`User.following`): whoever left meanwhile and came back is not given it. `about` says
    what it is about, as in `handlers.reminders.news.News`.
    """

    openid: str
    messages: tuple[tuple[str, Say | None, Article | None, Picture | None, Human | None], ...]
    must: bool = True
    following: str = ""
    about: str = ""
    turn: int = 0
    """The version of the chat's session after the turn that it belongs to; 0: to none. A picture is not sent under a later turn's answer."""
    at: datetime | None = None
    """When it was first queued: what is parked is given in this order, and what need not arrive is dropped when it is too old."""


def _boxed(message: Message) -> tuple[str, Say | None, Article | None, Picture | None, Human | None]:
    match message:
        case Say():
            return ("say", message, None, None, None)
        case Article():
            return ("article", None, message, None, None)
        case Picture():
            return ("picture", None, None, message, None)
        case Human():
            return ("human", None, None, None, message)


def pack(
    openid: str,
    messages: Sequence[Message],
    *,
    must: bool = True,
    following: str = "",
    about: str = "",
    turn: int = 0,
    at: datetime | None = None,
) -> bytes:
    """As the job carries it, and as it is parked. A job without messages tries once more to push what is parked."""
    return msgspec.json.encode(Queued(openid, tuple(_boxed(message) for message in messages), must, following, about, turn, at))


def unpack(payload: bytes) -> tuple[str, tuple[Message, ...], bool]:
    """(openid, messages, must): the inverse of `pack`."""
    queued = msgspec.json.decode(payload, type=Queued)
    messages = tuple(next(part for part in boxed[1:] if part is not None) for boxed in queued.messages)
    return queued.openid, messages, queued.must


def queued_at(payload: bytes) -> datetime | None:
    """When it was first queued; None where that is not known."""
    return msgspec.json.decode(payload, type=Queued).at


def following_of(payload: bytes) -> str:
    """The following that it was queued under; '' where the chat was not known."""
    return msgspec.json.decode(payload, type=Queued).following


def about(payload: bytes) -> str:
    """What it is about; '' for a reply."""
    return msgspec.json.decode(payload, type=Queued).about


def turn_of(payload: bytes) -> int:
    """The turn that it belongs to (`Queued.turn`)."""
    return msgspec.json.decode(payload, type=Queued).turn


def shown_as(openid: str, tag: str) -> str:
    """The name under which it is known that a pushed question arrived."""
    return f"shown:{openid}:{tag}"


async def note_shown(tx: Repositories, openid: str, message: Message, now: datetime) -> None:
    """The message has arrived: what its numbers answer may be answered."""
    if isinstance(message, Say) and message.tag:
        await tx.answers.put(shown_as(openid, message.tag), openid, b"shown", now)


async def following(tx: Repositories, openid: str) -> str:
    """The following under which something is queued for that chat now; '' fits none that begins later."""
    user = await tx.users.get(openid)
    return user.following if user else ""


async def push(
    tx: Repositories,
    openid: str,
    messages: Sequence[Message],
    now: datetime,
    *,
    must: bool = True,
    under: str | None = None,
    turn: int = 0,
    at: datetime | None = None,
) -> None:
    """Queue messages for a chat, in this transaction, under its present following, or the one that is given (`under`); to be sent `at`, or now."""
    if messages:
        bound = await following(tx, openid) if under is None else under
        await tx.jobs.leave("push", pack(openid, messages, must=must, following=bound, turn=turn, at=now), at or now)


async def push_parked(tx: Repositories, openid: str, at: datetime, under: str) -> None:
    """Have what is parked for a chat pushed then, if the person has not been given it by an answer before."""
    await tx.jobs.leave("push", pack(openid, (), following=under), at)


async def push_reply(tx: Repositories, openid: str, reply: Reply, now: datetime, under: str | None = None, turn: int = 0) -> None:
    """Queue a whole reply whose time for a passive answer is over."""
    if reply.first is not None:
        await push(tx, openid, (reply.first,), now, under=under)
    await push(tx, openid, reply.more, now, must=False, under=under, turn=turn)
