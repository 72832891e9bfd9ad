"""The contract between the edge and the conversation: one message is one turn, and each turn happens once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dialogs.messages import AnyInbound, Reply

Seal = Callable[[Reply], bytes | None]
"""Turns a reply into the exact bytes of the passive answer. Returns None when the time for a passive answer is over: the
conversation then queues the whole reply to be pushed, in the same transaction."""


class Turns(Protocol):
    """What the edge asks of the conversation."""

    async def answered(self, key: str) -> bytes | None:
        """The bytes that this message was answered with before; None if it was not."""

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        """Run the turn: in the person's order, in one transaction, with the answer stored under `inbound.key` in that transaction.

        Returns the stored bytes; None if `seal` said that it is too late. Running it again after a kill does nothing twice.
        Never raises for a person's mistake; what is unexpected is logged and answered with an apology.
        """

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        """The turn is slow: remember the message durably (a job finishes it if this process dies) and the interim answer for its key."""
