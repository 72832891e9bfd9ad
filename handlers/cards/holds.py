"""What keeps sensitive acts waiting (S16): the phone changed, or this chat is new to a person who had another one before."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.ports.records import Hold
from storage.ports.repositories import Repositories

HOLD = timedelta(hours=72)
NEW_CHAT = "新的微信绑定"


async def hold_of(tx: Repositories, openid: str, person_id: int, now: datetime) -> Hold | None:
    """The hold in force at `now` for what this chat does for this person; the later one of two.

    The chats that were bound before are not held by a newer one: a relative's rights stay as they were.
    """
    found = [await tx.people.held(person_id, now), await _new_chat(tx, openid, person_id, now)]
    return max((one for one in found if one), key=lambda one: one.until, default=None)


async def hold_of_new(tx: Repositories, openid: str, person_id: int, now: datetime) -> datetime | None:
    """Until when a binding that this chat makes now is held; None for not at all. Ask before it is made, and keep the answer with it.

    It is held for 72 hours when the person has another chat, or had one less than 72 hours ago: who gets the old chat to leave must not
    gain by it. A chat that left less than 72 hours ago comes back as it was, with its hold or without. A chat that has unfollowed is
    known no more, so it comes back as another one.
    """
    lately = await tx.users.bindings_of(person_id, now - HOLD)
    if mine := [one for one in lately if one.openid == openid]:
        return mine[-1].held_until
    return now + HOLD if lately else None


async def _new_chat(tx: Repositories, openid: str, person_id: int, now: datetime) -> Hold | None:
    mine = next((one for one in await tx.users.bindings(openid) if one.person_id == person_id), None)
    if mine is None or mine.held_until is None or mine.held_until <= now:
        return None
    return Hold(person_id, mine.held_until, NEW_CHAT)
