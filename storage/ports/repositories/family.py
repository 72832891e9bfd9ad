"""亲情, preferences, consents: what relatives may, what people want to hear, and what they have stopped."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from storage.ports.records import Consent, Grant, Invitation, Preferences


class Family(Protocol):
    """亲情授权 (S17). Nothing is granted here without the caller having proved that the person, or the staff, wants it."""

    async def invite(self, code: str, invitation: Invitation) -> None:
        """Keep it under the keyed hash of `code`; an earlier one of the same person that is not used yet is gone."""

    async def invitation(self, code: str, now: datetime) -> Invitation | None:
        """What a code stands for, while it lives; looking changes nothing."""

    async def take(self, code: str, now: datetime) -> Invitation | None:
        """Use it up: once, by whoever is first."""

    async def grant(self, grant: Grant) -> Grant | None:
        """Store a new one; a living one of the same chat and person is replaced by it. None when the person has eight living ones already."""

    async def get(self, grant_id: int) -> Grant | None: ...

    async def of_person(self, person_id: int, today: date) -> tuple[Grant, ...]:
        """Living ones, oldest first; what has expired or whose person has died is not living."""

    async def of_chat(self, openid: str, today: date) -> tuple[Grant, ...]:
        """Living ones that this chat holds, oldest first; as `of_person`."""

    async def change(self, grant: Grant) -> bool:
        """Scopes, label, end and `together` of a living one: never wider scopes or a later end than it has. False if it is not living."""

    async def end(self, grant_id: int, by: str, at: datetime) -> bool:
        """False if it was not living. Idempotent."""

    async def end_of_dead(self, at: datetime) -> int:
        """End what people who have died had granted; returns how many. Idempotent."""


class Wishes(Protocol):
    """What a chat wants to hear, and what was stopped. A chat that leaves takes its own with it; what a person stopped by SMS stays."""

    async def of(self, openid: str) -> Preferences:
        """The chat's; the product's own where it has set none."""

    async def save(self, preferences: Preferences) -> None:
        """Insert or replace."""

    async def of_month(self, month: int, after: str, limit: int) -> tuple[Preferences, ...]:
        """Chats that want to be reminded in that month of each year (每年几月提醒我), with openid > `after`, in order of openid."""

    async def stop(self, kind: str, *, openid: str = "", person_id: int = 0) -> bool:
        """退订 of a kind: for a chat, or for a person on every channel. False if it was stopped already. Idempotent."""

    async def start(self, kind: str, *, openid: str = "", person_id: int = 0) -> bool:
        """Hear of it again. Idempotent."""

    async def stopped(self, *, openid: str = "", person_id: int = 0) -> frozenset[str]:
        """The kinds that are stopped for that chat or for that person (either, when both are given)."""

    async def consent(self, openid: str, template_id: str) -> Consent | None: ...

    async def consented(self, openid: str, template_id: str, count: int) -> None:
        """Add that many accepts; -1: for good."""

    async def used(self, openid: str, template_id: str) -> bool:
        """Take one; False when there is none. A consent for good is not used up."""

    async def withdrawn(self, openid: str, template_id: str) -> None:
        """None is left. Idempotent."""
