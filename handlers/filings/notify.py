"""Telling people something unasked, through one door: a service message within its quota, else a template message, else with their next message."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dialogs.messages import Say
from handlers.outbox import following
from handlers.services import Services
from storage.ports.repositories import Repositories


@dataclass(frozen=True, slots=True)
class News:
    """The payload of the job `notify`. `id` keeps it from being given twice; `about` says what it is about (case:…, order:…, thread:…)."""

    id: str
    openid: str
    text: str
    about: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    following: str = ""
    """The following that it was queued under (`User.following`): whoever left meanwhile and came back is not given it."""

    @property
    def message(self) -> Say:
        """As it is said in the chat."""
        return Say(self.text, self.choices)


def unpack(payload: bytes) -> News:
    """The news that a job carries."""
    return msgspec.json.decode(payload, type=News)


async def notify(
    tx: Repositories, services: Services, openid: str, text: str, *, about: str = "", choices: Sequence[tuple[str, str]] = ()
) -> None:
    """Tell a chat, in this transaction, once for each call. Nothing for '' (a chat that has left). `choices` are (words to answer, what they do)."""
    if not openid:
        return
    news = News(secrets.token_hex(16), openid, text, about, tuple(choices), await following(tx, openid))
    await tx.jobs.enqueue("notify", msgspec.json.encode(news), services.clock.now())


async def notify_person(tx: Repositories, services: Services, person_id: int, text: str, *, about: str = "") -> None:
    """Tell every chat that is bound to the person."""
    for user in await tx.users.chats_of(person_id):
        await notify(tx, services, user.openid, text, about=about)
