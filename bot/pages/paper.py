"""Issued documents for pages: what is printed, and its pages as pictures that a phone loads quickly."""

from __future__ import annotations

import asyncio
import hmac
import io
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from PIL import Image

from dialogs.statement import Statement
from handlers.documents import Issued, PaperKeys, Renderer, Unreadable, content_hash, thaw
from storage.ports.records import Document
from storage.ports.time import Clock

_PPI: Final = 144
_SHADES: Final = 32
_KEEP: Final = 8
_KEEP_SECONDS: Final = 60.0


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


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page: PNG bytes, and its size in pixels so that nothing jumps while it loads."""

    body: bytes
    width: int
    height: int


class Pictures:
    """Pages of documents as pictures. A page asks for them one by one, so the last few are kept for a minute; in memory only."""

    def __init__(self, renderer: Renderer, clock: Clock) -> None:
        self._renderer = renderer
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, asyncio.Task[list[PagePicture]]]] = OrderedDict()

    async def of(self, issued: Issued) -> list[PagePicture]:
        """All pages, in order. Asked for twice at once, they are drawn once. Raises `Unprintable`."""
        now = self._clock.monotonic()
        for key in [key for key, (since, _) in self._kept.items() if now - since >= _KEEP_SECONDS]:
            del self._kept[key]
        key = (issued.serial_no, issued.check_code, issued.status)
        if key not in self._kept:
            self._kept[key] = (now, asyncio.create_task(self._draw(issued)))
            while len(self._kept) > _KEEP:
                self._kept.popitem(last=False)
        task = self._kept[key][1]
        try:
            return await asyncio.shield(task)  # the one who gives up must not take the picture from the others
        except Exception:
            if key in self._kept and self._kept[key][1] is task:
                del self._kept[key]
            raise

    async def _draw(self, issued: Issued) -> list[PagePicture]:
        pages = await self._renderer.pages_png(issued, ppi=_PPI)
        return await asyncio.to_thread(lambda: [_light(page) for page in pages])


def _light(png: bytes) -> PagePicture:
    """The picture in few shades: paper has few, and it is a third of the size."""
    with Image.open(io.BytesIO(png)) as picture:
        reduced = picture.convert("RGB").quantize(_SHADES, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        held = io.BytesIO()
        reduced.save(held, "PNG", optimize=False, compress_level=7)
        return PagePicture(held.getvalue(), reduced.width, reduced.height)
