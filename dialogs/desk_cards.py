"""What a dialog may ask about the social-security card."""

from __future__ import annotations

from typing import Protocol

from storage.ports.records import Card, CardEvent, Case, Hold, Swipe
from storage.ports.time import Month


class CardsDesk(Protocol):
    """The card of the person of this chat. Every look is audited."""

    async def card(self) -> Card | None: ...

    async def history(self) -> tuple[CardEvent, ...]:
        """卡片处理记录 (BZ-21), newest first."""

    async def swipes(self, month: Month) -> tuple[Swipe, ...]:
        """刷卡记录 (BZ-22) of one month."""

    async def report_lost(self, proof: str, key: str) -> Case:
        """挂失 (BZ-19): set the card lost and open the finished case, in one transaction, once for `key` whatever is resent."""

    async def lift_loss(self, proof: str, key: str) -> Case:
        """解挂: the card works again. Once for `key`. Refused (LookupError) while a hold is in force; ask `held` first."""

    async def held(self) -> Hold | None:
        """The hold on sensitive acts (S16), if one is in force for the person or for this chat."""
