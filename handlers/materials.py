"""What an upload must be (S18 for pictures): a photo, really decoded, and written anew, so that nothing of the file that came is kept.

JPEG, PNG and WebP come in; a plain upright JPEG without EXIF, comments or anything behind its end goes out. What a file calls itself
is not believed: its first bytes and its decoder decide. Decoding is done by a process of its own (`handlers.darkroom`), with a limit on
pixels before any of them is unpacked: the chat does not wait for it, and a picture that kills its decoder kills nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Protocol

from dialogs.filing import Material
from handlers.developing import CANNOT_OPEN, TAKE_A_PHOTO
from handlers.helper import Away, Gone, Helper
from storage.ports.record import Record
from storage.ports.records import Attachment

FILES_A_CASE: Final = 12
UPLOADS_A_DAY: Final = 60
"""Of one chat, refused ones included: decoding costs."""
TOO_MANY: Final = f"一次办理最多传 {FILES_A_CASE} 张照片，已经够了。要换一张，请先删除不用的。"
_NAME_LENGTH: Final = 60

_KINDS: Final = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WEBP"),
)
_OTHERS: Final = (
    (re.compile(rb".{4}ftyp(?:heic|heix|hevc|heim|heis|mif1|msf1|avif)", re.DOTALL), "这张照片是 HEIC 格式，这里打不开。"),
    (re.compile(rb"\s*%PDF"), "这是 PDF 文件，不是照片。"),
    (re.compile(rb"PK\x03\x04"), "这是压缩包或者办公文档，不是照片。"),
    (re.compile(rb"GIF8|BM|II\*\0|MM\0\*"), "这种图片格式这里打不开。"),
)


class Unfit(Exception):
    """An upload that is not taken; `sentence` says why and what to send instead. Expected: no error in the log."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unfit")
        self.sentence = sentence


class Infected(Exception):
    """The scanner found something."""


class ScannerAway(Exception):
    """The scanner did not answer: nothing is taken unscanned."""


class Scanner(Protocol):
    """Looks at what came before anything of it is stored (a clamd, say)."""

    async def scan(self, body: bytes) -> str:
        """What to note with the file: '' when nobody looked, `clean`. Raises Infected, or ScannerAway."""


class NoScanner:
    """Where none is configured: what is stored was decoded and written anew, and says that nobody looked."""

    async def scan(self, body: bytes) -> str:
        return ""


class Photo(Record):
    """What is kept of an upload: a JPEG of our own making."""

    body: bytes
    width: int
    height: int
    scan: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class Darkroom:
    """Makes photos out of uploads, in another process, one after the other."""

    def __init__(
        self, scanner: Scanner | None = None, at_once: int = 1, *, seconds: float = 10.0, patience: float = 20.0
    ) -> None:
        """`at_once` is how many such processes there may be; a picture is given up after `seconds`, and waits for its turn no longer than
        `patience`. Nothing is started before the first picture comes."""
        self._scanner = scanner or NoScanner()
        self._patience = patience
        self._helpers = tuple(Helper(seconds) for _ in range(at_once))
        self._idle = list(self._helpers)
        self._places = asyncio.Semaphore(at_once)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run."""
        return tuple(pid for helper in self._helpers if (pid := helper.pid) is not None)

    async def develop(self, body: bytes, material: Material) -> Photo:
        """The photo that an upload for `material` is. Raises Unfit with the sentence for the person."""
        sized(len(body), material)
        kind = _kind(body)
        try:
            scan = await self._scanner.scan(body)
        except Infected:
            raise Unfit("这个文件没有通过安全检查，没有收下。请重新拍一张照片。") from None
        except ScannerAway:
            raise Unfit("现在做不了安全检查，照片没有收下。请过几分钟再传一次，填好的内容都在。") from None
        about, plain = await self._asked({"do": "photo", "kind": kind, "at_most": material.at_most}, body)
        return Photo(plain, about["width"], about["height"], scan)

    async def small(self, body: bytes, edge: int = 320) -> bytes:
        """A thumbnail of a stored photo, as JPEG; the photo itself when none can be made of it."""
        try:
            return (await self._asked({"do": "small", "edge": edge}, body))[1]
        except Unfit:
            return body

    async def codes(self, body: bytes) -> tuple[str, ...]:
        """What the QR codes in a photo say; nothing of it is kept. Raises Unfit with the sentence for the person."""
        about, _ = await self._asked({"do": "codes", "kind": _kind(body)}, body)
        return tuple(about["codes"])

    async def _asked(self, about: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any], bytes]:
        async with self._helper() as helper:
            try:
                found, picture = await helper.ask(about, body)
            except Gone:
                raise Unfit(CANNOT_OPEN) from None
            except Away:
                raise Unfit("现在收不了照片。请过几分钟再传一次，填好的内容都在。") from None
        if "refused" in found:
            raise Unfit(found["refused"])
        return found, picture

    @contextlib.asynccontextmanager
    async def _helper(self) -> AsyncIterator[Helper]:
        """One that is free. Who comes first is served first; raises Unfit for who waits too long."""
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise Unfit("现在传照片的人很多，这一张还没有收下。请过一两分钟再传一次，填好的内容都在。") from None
        helper = self._idle.pop()
        try:
            yield helper
        finally:
            self._idle.append(helper)
            self._places.release()

    async def close(self) -> None:
        """End the processes. For after the last request: another would start them again."""
        for helper in self._helpers:
            await helper.close()


def sized(size: int, material: Material) -> None:
    """Raises Unfit when so many bytes are too few or too many for the material."""
    if size == 0:
        raise Unfit(f"这个文件是空的。{TAKE_A_PHOTO}")
    if size > material.at_most:
        raise Unfit(too_large(material))
    if size < material.at_least:
        raise Unfit(f"这张照片太小了（不到 {amount(material.at_least)}），怕看不清。请重新拍一张清楚的。")


def too_large(material: Material) -> str:
    """The sentence for a file that is larger than its material may be."""
    return f"这张照片超过了 {amount(material.at_most)}。请用手机截图，或者把照片压缩以后再传。"


def room(material: Material, here: Sequence[Attachment]) -> None:
    """Raises Unfit when one more file of the material does not fit beside those that are `here` (all files of the case)."""
    if len([one for one in here if one.material == material.name]) >= material.pages:
        raise Unfit(f"“{material.title}”最多传 {material.pages} 张，已经够了。要换一张，请先删除原来的。")
    if len(here) >= FILES_A_CASE:
        raise Unfit(TOO_MANY)


def shown_name(name: str) -> str:
    """What a file was called, for showing beside its picture: the last part of a path, printable, short; 照片 for a name of nothing."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name[:2000]))[-1]
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    if len(plain) > _NAME_LENGTH:
        stem, dot, kind = plain.rpartition(".")
        plain = f"{stem[: _NAME_LENGTH - 8]}…{dot}{kind}" if dot and len(kind) <= 5 else f"{plain[: _NAME_LENGTH - 1]}…"
    return plain or "照片"


def amount(size: int) -> str:
    """A size as people say it: 5 MB, 10 KB."""
    mib, kib = size / (1024 * 1024), size / 1024
    return f"{mib:.1f} MB".replace(".0 ", " ") if mib >= 1 else f"{max(1, round(kib))} KB"


def _kind(body: bytes) -> str:
    for pattern, kind in _KINDS:
        if pattern.match(body):
            return kind
    for pattern, sentence in _OTHERS:
        if pattern.match(body):
            raise Unfit(f"{sentence}{TAKE_A_PHOTO}")
    raise Unfit(f"这个文件不是照片。{TAKE_A_PHOTO}")
