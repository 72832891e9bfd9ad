"""What a dialog may ask about orders (BZ-23 … BZ-26)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from storage.ports.records import Order


class OrdersDesk(Protocol):
    """Orders of the person of this chat. Another person's order looks like none."""

    async def form(self, kind: str, answers: Mapping[str, str]) -> str:
        """The page on which an order of that kind (flexible, resident_pension, resident_medical) is filled in."""

    async def mine(self) -> tuple[Order, ...]:
        """Newest first, at most ten."""

    async def order(self, order_no: str) -> Order | None: ...

    async def page(self, order_no: str) -> str | None:
        """The page of an order: 确认缴费, 作废, pay, receipt; None for another person's."""

    async def void(self, order_no: str) -> Order | None:
        """作废; the order as it then is (unchanged when it is paid)."""
