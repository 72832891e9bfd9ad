"""What keeps sensitive acts waiting (S16): the phone changed, or this chat is new to a person who had another one before."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.ports.records import Binding, Hold
from storage.ports.repositories import Repositories

HOLD = timedelta(hours=72)
NEW_CHAT = "新的微信绑定"


async def hold_of(tx: Repositories, openid: str, person_id: int, now: datetime) -> Hold | None:
    """The hold in force at `now` for what this chat does for this person; the later one of two.

    The chats that were bound before are not held by a newer one: a relative's rights stay as they were.
    """
    found = [await tx.people.held(person_id, now), await _new_chat(tx, openid, person_id, now)]
    return max((one for one in found if one), key=lambda one: one.until, default=None)


async def _new_chat(tx: Repositories, openid: str, person_id: int, now: datetime) -> Hold | None:
    mine = await _binding(tx, openid, person_id)
    if mine is None or mine.bound_at + HOLD <= now:
        return None
    others = [await _binding(tx, user.openid, person_id) for user in await tx.users.chats_of(person_id) if user.openid != openid]
    if any(other and other.bound_at < mine.bound_at for other in others):
        return Hold(person_id, mine.bound_at + HOLD, NEW_CHAT)
    return None


async def _binding(tx: Repositories, openid: str, person_id: int) -> Binding | None:
    return next((one for one in await tx.users.bindings(openid) if one.person_id == person_id), None)
