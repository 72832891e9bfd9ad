"""One request of one chat, as the parts of the desk see it: the transaction, who asks, for whom, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from handlers.codes import Codes
from handlers.family.standing import Standing
from handlers.services import Services
from storage.ports.records import Person, User
from storage.ports.regions import Region
from storage.ports.repositories import Repositories


class Asking(Protocol):
    """Implemented by `handlers.desk.TurnDesk`. Everything happens in `tx`, which the caller commits."""

    @property
    def tx(self) -> Repositories: ...

    @property
    def services(self) -> Services: ...

    @property
    def now(self) -> datetime: ...

    @property
    def user(self) -> User: ...

    @property
    def person(self) -> Person | None: ...

    @property
    def region(self) -> Region | None: ...

    @property
    def codes(self) -> Codes: ...

    @property
    def standing(self) -> Standing | None:
        """What this chat is to `person`; None for a visitor."""

    def mine(self, scope: str = "act") -> Person:
        """The person whom this chat speaks for; raises LookupError for a visitor, and NotGranted for a relative without that scope."""

    def lend(self, person: Person, standing: Standing) -> None:
        """Speak for that person until the end of this turn; whom the chat speaks for in the next one stays as it was."""

    def must(self, scope: str) -> None:
        """Raises NotGranted where the chat speaks as a relative without that scope."""

    def region_of(self, code: str) -> Region: ...

    async def spend(self, what: str, counter: str, limit: int, *, daily: bool = False) -> None:
        """Count against a ceiling of the policy; raises `handlers.desk.TooMuch` when it is reached."""

    async def audit(self, action: str, feature: str, result: str, person: Person | None) -> None:
        """Write who did what to whose records."""
