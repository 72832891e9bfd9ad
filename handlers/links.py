"""Links that are given out in the chat: one-time pages, documents and the captcha.

A link carries 192 random bits and nothing else; storage keeps only its keyed hash. The first browser that opens it takes
it: from then on the same link works in that browser alone (S11, S14). Whatever else is tried with it looks the same.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Final

from storage.ports.record import Record
from storage.ports.records import Ticket
from storage.ports.repositories import Repositories
from storage.ports.time import Clock

PAGE: Final = "p"
DOCUMENT: Final = "d"
CAPTCHA: Final = "c"

_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


def new_secret() -> str:
    """192 random bits in 32 characters that an address or a cookie may carry: a token, or the cookie of a holder."""
    return secrets.token_urlsafe(24)


def looks_secret(text: str) -> bool:
    """Whether it has the form of one of ours."""
    return _SECRET.fullmatch(text) is not None


class Opened(Record):
    """A link that may be opened. `held` tells whether this browser has it; False means that nobody has it yet."""

    ticket: Ticket
    held: bool


class Links:
    """Gives links out and opens them. All times come from `clock`; `public_url` is how the world reaches us, without a path."""

    def __init__(
        self,
        clock: Clock,
        public_url: str,
        page_ttl: timedelta = timedelta(minutes=30),
        document_ttl: timedelta = timedelta(minutes=30),
    ) -> None:
        self._clock = clock
        self._base = public_url.rstrip("/")
        self._page_ttl = page_ttl
        self._document_ttl = document_ttl

    async def page(self, tx: Repositories, openid: str, params: dict[str, str]) -> str:
        """The address of a new one-time page; `params` say what it shows and are read by whoever answers it. Each call gives another link."""
        return f"{self._base}/p/{await self._issue(tx, PAGE, openid, params, self._page_ttl)}"

    async def document(self, tx: Repositories, openid: str, serial_no: str, keep: timedelta | None = None) -> str:
        """The address from which that chat downloads that document; `keep` is how long, where it is not as always. Each call gives another
        link."""
        ttl = self._document_ttl if keep is None else keep
        return f"{self._base}/d/{await self._issue(tx, DOCUMENT, openid, {'serial_no': serial_no}, ttl)}"

    async def captcha(self, tx: Repositories, openid: str) -> str:
        """The address of a captcha page for that chat. Each call gives another link."""
        return f"{self._base}/c/{await self._issue(tx, CAPTCHA, openid, {}, self._page_ttl)}"

    async def open(self, tx: Repositories, token: str, kind: str, holder: str | None, *, claim: bool = True) -> Opened | None:
        """What a browser gets that shows `token` and the cookie `holder`.

        None for a link that is wrong, malformed, expired, of another kind, or held by another browser: the caller cannot tell
        which, and neither can the person. With `claim` a browser that brings a cookie takes a link that nobody has yet;
        without it (HEAD, a preview, a POST) nothing changes. Idempotent for the holder.
        """
        if not looks_secret(token):
            return None
        ticket = await tx.tickets.get(token, kind, self._clock.now())
        if ticket is None:
            return None
        if holder is None or not looks_secret(holder):
            return None if ticket.holder is not None else Opened(ticket, held=False)
        if ticket.holder is None and not claim:
            return Opened(ticket, held=False)
        claimed = await tx.tickets.claim(token, holder)
        return None if claimed is None else Opened(claimed, held=True)

    def minutes(self, kind: str) -> int:
        """How long a link of that kind lives, in whole minutes, for the sentence that says so."""
        ttl = self._document_ttl if kind == DOCUMENT else self._page_ttl
        return int(ttl.total_seconds() // 60)

    async def _issue(self, tx: Repositories, kind: str, openid: str, params: dict[str, str], ttl: timedelta) -> str:
        token = new_secret()
        now = self._clock.now()
        await tx.tickets.add(token, Ticket(kind, openid, dict(params), now, now + ttl))
        return token
