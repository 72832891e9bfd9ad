"""What follows when the staff's words have reached a chat: what the person types next goes to the staff."""

from __future__ import annotations

from datetime import datetime

from handlers.changed import replace
from handlers.session import ANSWERED, SESSION_LIFE, Talk, pack, unpack
from storage.ports.records import Session
from storage.ports.repositories import Repositories


def from_staff(about: str) -> bool:
    """Whether news about that are the staff's words in a talk (thread:…)."""
    return about.startswith("thread:")


def answered(talk: Talk) -> Talk:
    """As the chat stands once the staff's words were given; a talk that is on already goes on as it is."""
    return talk if talk.with_staff else replace(talk, with_staff=ANSWERED)


async def note_given(tx: Repositories, openid: str, about: str, now: datetime) -> None:
    """Note that news were given to a chat; nothing to do unless they are the staff's words. The caller holds the chat's line. Idempotent."""
    if not from_staff(about) or await tx.users.get(openid) is None:
        return
    stored = await tx.sessions.load(openid, now)
    before = unpack(stored.body) if stored else Talk()
    talk = answered(before)
    if talk != before:
        version = stored.version + 1 if stored else 1
        await tx.sessions.save(Session(openid, pack(talk), version, now + SESSION_LIFE))
