"""Issued documents for pages: what is printed, and its pages as pictures that a phone loads quickly."""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from dialogs.statement import Statement
from handlers.documents import Issued, PaperKeys, Renderer, Unreadable, content_hash, thaw
from storage.ports.records import Document

MOST_PAGES: Final = 200
"""Of one document that are drawn for a stranger; the text below has the rest."""
_AT_ONCE: Final = 2
_WAITING: Final = 30
"""Who comes after so many is told to come back."""
_KEEP: Final = 8
_KEEP_SECONDS: Final = 60.0
_KNOWN: Final = 1000


def statement_of(document: Document) -> Statement:
    """What was issued; raises `Unreadable` if it is not what was issued any more."""
    if not hmac.compare_digest(content_hash(document.snapshot), document.content_hash):
        raise Unreadable("the snapshot was altered")
    return thaw(document.snapshot)


def issued_of(
    document: Document, statement: Statement, base: str, keys: PaperKeys | None = None, status: str | None = None
) -> Issued:
    """The document as the renderer wants it; `base` is our public address, `keys` sign the QR code, `status` is what has become of it
    since (the document's own without it)."""
    address = f"{base}/v/{document.serial_no}/{document.check_code}"
    if keys is not None and keys.token is not None:
        token = keys.token.token(document.serial_no, document.check_code, document.title, statement.holder, document.content_hash)
        address = f"{address}#t={token}"
    return Issued(
        serial_no=document.serial_no,
        check_code=document.check_code,
        created_at=document.created_at,
        verify_url=address,
        statement=statement,
        status=status or document.status,
        sample=keys is not None and keys.sample,
    )


def disposition(document: Document, kind: str, *, inline: bool) -> str:
    """Content-Disposition with a plain name and a Chinese one (RFC 6266, 5987). No name of a person stands in either."""
    title = "".join(c for c in document.title if c.isalnum() or c in "（）-_") or "单据"
    chinese = quote(f"{title}-{document.serial_no}.{kind}", safe="")
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"shebao-{document.serial_no}.{kind}\"; filename*=UTF-8''{chinese}"


class TooMany(Exception):
    """So many documents are being drawn, or wait for it, that this one is not."""


class Pictures:
    """Pages of documents as pictures, each drawn when a browser asks for it: pages of a long document are seldom looked at.

    The last few files are kept for a minute, since who looks at one page looks at the next; of others only how many pages they have.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._files: OrderedDict[str, asyncio.Task[bytes]] = OrderedDict()
        self._pages: OrderedDict[str, int] = OrderedDict()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._under_way = 0

    def pages(self, serial_no: str) -> int | None:
        """How many pages it has; None if none was drawn lately."""
        return self._pages.get(serial_no)

    async def page(self, serial_no: str, number: int, made: Callable[[], Awaitable[bytes]]) -> bytes:
        """Page `number` (from 1) as PNG; `made` gives the file. One file asked for twice at once is made once.

        Raises TooMany, `NoSuchPage`, and what `made` raises.
        """
        if self._under_way >= _AT_ONCE + _WAITING:
            raise TooMany
        self._under_way += 1
        try:
            async with self._turn:
                file = await self._file(serial_no, made)
                drawn, pages = await self._renderer.page_png(file, number)
        finally:
            self._under_way -= 1
        self._pages[serial_no] = pages
        self._pages.move_to_end(serial_no)
        if len(self._pages) > _KNOWN:
            self._pages.popitem(last=False)
        return drawn

    async def _file(self, serial_no: str, made: Callable[[], Awaitable[bytes]]) -> bytes:
        task = self._files.get(serial_no)
        if task is None:
            task = self._files[serial_no] = asyncio.create_task(_awaited(made))
            while len(self._files) > _KEEP:
                self._files.popitem(last=False)
            asyncio.get_running_loop().call_later(_KEEP_SECONDS, self._drop, serial_no, task)
        try:
            return await asyncio.shield(task)  # the one who gives up must not take the file from the others
        except Exception:
            self._drop(serial_no, task)
            raise

    def _drop(self, serial_no: str, task: asyncio.Task[bytes]) -> None:
        if self._files.get(serial_no) is task:
            del self._files[serial_no]


async def _awaited(made: Callable[[], Awaitable[bytes]]) -> bytes:
    return await made()
