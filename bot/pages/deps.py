"""What the pages are given by the composition root."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from dialogs.statement import Statement
from handlers.captcha import Captcha
from handlers.documents import Renderer
from handlers.links import Links
from handlers.verification import Verification
from storage.ports.records import Document
from storage.ports.repositories import Repositories, Store
from storage.ports.time import Clock


class Queries(Protocol):
    """Answers what a `/p` link shows."""

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        """The statement behind the link's `params`, or None when that chat may not see it any more (unbound, unknown query)."""


class Issue(Protocol):
    """Makes a document out of a statement."""

    async def __call__(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        """Issue under the idempotency `key`: the same key gives the same document. May raise `handlers.desk.TooMuch`."""


def asker_of(request: web.Request) -> str:
    """Who asks, for the limits of verification: the address, an IPv6 one by its /64, which is what one household has.

    Relies on `request.remote`; behind a reverse proxy the application sets it from the trusted proxies before the pages see it.
    """
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return "addr:unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"addr:{address.ipv4_mapped}"
        return f"addr:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"addr:{address}"


@dataclass(frozen=True)
class PageDeps:
    """Everything the pages need. `public_url` is ours without a path; `frame_ancestors` is the value of that CSP directive."""

    store: Store
    clock: Clock
    links: Links
    verification: Verification
    captcha: Captcha
    renderer: Renderer
    public_url: str
    queries: Queries
    issue: Issue
    frame_ancestors: str = "'none'"
    asker: Callable[[web.Request], str] = asker_of

    @property
    def base(self) -> str:
        """`public_url` without a slash at its end."""
        return self.public_url.rstrip("/")

    @property
    def https(self) -> bool:
        """Whether cookies may be marked Secure."""
        return self.public_url.startswith("https://")
