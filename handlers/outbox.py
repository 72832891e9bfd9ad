"""Messages that go out without being asked in this request: queued in the transaction, pushed by the job `push`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dialogs.messages import Article, Human, Message, Picture, Reply, Say
from storage.ports.repositories import Repositories


@dataclass(frozen=True, slots=True)
class Queued:
    """The payload of the job `push`. `must` arrive: what cannot be pushed is parked and given with the person's next message."""

    openid: str
    messages: tuple[tuple[str, Say | None, Article | None, Picture | None, Human | None], ...]
    must: bool = True


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


def pack(openid: str, messages: Sequence[Message], *, must: bool = True) -> bytes:
    """As the job carries it."""
    return msgspec.json.encode(Queued(openid, tuple(_boxed(message) for message in messages), must))


def unpack(payload: bytes) -> tuple[str, tuple[Message, ...], bool]:
    """(openid, messages, must): the inverse of `pack`."""
    queued = msgspec.json.decode(payload, type=Queued)
    messages = tuple(next(part for part in boxed[1:] if part is not None) for boxed in queued.messages)
    return queued.openid, messages, queued.must


async def push(tx: Repositories, openid: str, messages: Sequence[Message], now: datetime, *, must: bool = True) -> None:
    """Queue messages for a chat, in this transaction."""
    if messages:
        await tx.jobs.enqueue("push", pack(openid, messages, must=must), now)


async def push_reply(tx: Repositories, openid: str, reply: Reply, now: datetime) -> None:
    """Queue a whole reply whose time for a passive answer is over."""
    if reply.first is not None:
        await push(tx, openid, (reply.first,), now)
    await push(tx, openid, reply.more, now, must=False)
