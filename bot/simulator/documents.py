"""Pictures and documents in front of the phone's eye: QR codes read and drawn, PDF pages as pictures.

PDF pages need pypdfium2. Without it the phone lets the browser show the file, and scanning takes pictures only.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import warnings
from collections import OrderedDict
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import zxingcpp
from PIL import Image, UnidentifiedImageError

MAX_BYTES = 20 << 20
_MAX_PAGES = 40
_KEEP = 8
_SHOWN_SCALE = 2.0
_READ_SCALES = (2.0, 4.0)
_QR = zxingcpp.barcode_formats_from_str("QRCode")


class Unreadable(Exception):
    """What was handed over cannot be shown or read; the message is for the person, in Chinese."""


class NoViewer(Unreadable):
    """The part that draws pages is not installed here."""


class Documents:
    """Fetches the bot's documents and keeps the last few, so that their pages can be asked for one by one."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = origins
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._busy = asyncio.Lock()

    def ours(self, url: str) -> bool:
        """Whether the address is one of the bot's."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" in self._origins

    async def fetch(self, url: str) -> bytes:
        """The file at one of the bot's addresses. Raises Unreadable."""
        if not self.ours(url):
            raise Unreadable("演示中只打开本公众号的页面")
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http,
                http.get(url, allow_redirects=False) as answer,
            ):
                content = await answer.content.read(MAX_BYTES)
                while not answer.content.at_eof() and len(content) < MAX_BYTES:
                    content += await answer.content.read(MAX_BYTES - len(content))
        except (aiohttp.ClientError, TimeoutError):
            raise Unreadable("文件暂时打不开，请稍后再试") from None
        if answer.status != 200:
            raise Unreadable("链接已失效，请回到对话里重新获取")
        return content

    async def open(self, url: str) -> dict[str, Any]:
        """Fetch a PDF and count its pages: `{"id","pages"}`. Raises Unreadable."""
        return await self.hold(await self.fetch(url))

    async def hold(self, content: bytes) -> dict[str, Any]:
        """Count the pages of a PDF that the phone's browser has fetched itself, with its own cookie: `{"id","pages"}`."""
        pages = await self._work(_count, content)
        name = hashlib.sha256(content).hexdigest()[:32]
        self._kept[name] = content
        self._kept.move_to_end(name)
        while len(self._kept) > _KEEP:
            self._kept.popitem(last=False)
        return {"id": name, "pages": min(pages, _MAX_PAGES)}

    async def page(self, name: str, number: int) -> bytes | None:
        """PNG of one page, counted from 1; None when there is no such page."""
        content = self._kept.get(name)
        if content is None or not 1 <= number <= _MAX_PAGES:
            return None
        return cast("bytes | None", await self._work(_png, content, number))

    async def read_code(self, content: bytes) -> str:
        """The text of the first QR code in a picture or PDF. Raises Unreadable."""
        return cast(str, await self._work(_decode, content))

    async def _work(self, act: Any, *args: Any) -> Any:
        """In a thread, one at a time: PDFium is not made for two."""
        async with self._busy:
            return await asyncio.to_thread(act, *args)


def code_picture(text: str) -> bytes:
    """PNG of a QR code that holds `text`."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    out = io.BytesIO()
    Image.fromarray(code.to_image(scale=8)).save(out, "PNG")
    return out.getvalue()


def _decode(content: bytes) -> str:
    found = _decode_pdf(content) if content.startswith(b"%PDF") else _decode_picture(content)
    if not found:
        raise Unreadable("没有找到二维码，请换一张清楚些的图片")
    return found


def _decode_picture(content: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                return _codes(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("这不是能识别的图片") from None


def _decode_pdf(content: bytes) -> str:
    document = _document(content)
    try:
        for index in range(min(len(document), _MAX_PAGES)):
            for scale in _READ_SCALES:
                if found := _codes(document[index].render(scale=scale).to_pil().convert("RGB")):
                    return found
    finally:
        document.close()
    return ""


def _codes(picture: Image.Image) -> str:
    read = zxingcpp.read_barcodes(picture, formats=_QR)
    return next((one.text for one in read if one.text), "")


def _document(content: bytes) -> Any:
    try:
        import pypdfium2  # noqa: PLC0415 — optional: only the phone's own viewer needs it
    except ImportError:
        raise NoViewer("这台电脑没有装显示单据的组件") from None
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise Unreadable("这不是能打开的单据") from None


def _count(content: bytes) -> int:
    document = _document(content)
    try:
        return len(document)
    finally:
        document.close()


def _png(content: bytes, number: int) -> bytes | None:
    document = _document(content)
    try:
        if number > len(document):
            return None
        out = io.BytesIO()
        document[number - 1].render(scale=_SHOWN_SCALE).to_pil().save(out, "PNG")
        return out.getvalue()
    finally:
        document.close()
