"""What the console is made of; filled by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.config import Console
from handlers.scenes.codes import QrCodes
from handlers.services import Services
from handlers.staff import Accounts
from storage.ports.record import Record
from storage.ports.repositories import Store
from storage.ports.time import Clock

if TYPE_CHECKING:
    from handlers.filings.office import Office


class Hint(Record):
    """One account of the demo as the door shows it. `wait` is how many seconds until there is an unused code again; 0 when `code` is good."""

    login: str
    name: str
    roles: str
    password: str
    code: str
    wait: int = 0


Hints = Callable[[], Awaitable[tuple[Hint, ...]]]


class ConsoleDeps(Record):
    """`hints` is for the demo, whose accounts belong to nobody: only `bot.demo` gives it, and without it the door shows nothing."""

    store: Store
    clock: Clock
    services: Services
    office: Office
    accounts: Accounts
    config: Console
    public_url: str
    hints: Hints | None = None
    codes: QrCodes | None = None

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS: cookies are Secure then."""
        return self.public_url.startswith("https://")
