"""What an upload must be (S18 for pictures): a photo, really decoded, and written anew, so that nothing of the file that came is kept.

JPEG, PNG and WebP come in; a plain upright JPEG without EXIF, comments or anything behind its end goes out. What a file calls itself
is not believed: its first bytes and its decoder decide. Decoding runs in threads, a few at a time, with a limit on pixels before any
of them is unpacked.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from PIL import Image, ImageOps

from dialogs.filing import Material
from storage.ports.records import Attachment

FILES_A_CASE: Final = 12
UPLOADS_A_DAY: Final = 60
"""Of one chat, refused ones included: decoding costs."""
MOST_PIXELS: Final = 50_000_000
LONGEST_EDGE: Final = 2400
SHORTEST_EDGE: Final = 100
"""Nothing can be read on less."""
TOO_MANY: Final = f"一次办理最多传 {FILES_A_CASE} 张照片，已经够了。要换一张，请先删除不用的。"
_NAME_LENGTH: Final = 60
_QUALITY: Final = 85
_LOWEST_QUALITY: Final = 65
_PALETTE_PIXELS: Final = 16_000_000

_KINDS: Final = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WEBP"),
)
_TAKE_A_PHOTO: Final = "请直接拍照，或者截图后从相册里选。"
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


@dataclass(frozen=True, slots=True)
class Photo:
    """What is kept of an upload: a JPEG of our own making."""

    body: bytes
    width: int
    height: int
    scan: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class Darkroom:
    """Makes photos out of uploads, `at_once` at a time."""

    def __init__(self, scanner: Scanner | None = None, at_once: int = 2) -> None:
        self._scanner = scanner or NoScanner()
        self._places = asyncio.Semaphore(at_once)

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
        async with self._places:
            plain, width, height = await asyncio.to_thread(_rewritten, body, kind, material.at_most)
        return Photo(plain, width, height, scan)

    async def small(self, body: bytes, edge: int = 320) -> bytes:
        """A thumbnail of a stored photo, as JPEG."""
        async with self._places:
            return await asyncio.to_thread(_thumbnail, body, edge)


def sized(size: int, material: Material) -> None:
    """Raises Unfit when so many bytes are too few or too many for the material."""
    if size == 0:
        raise Unfit(f"这个文件是空的。{_TAKE_A_PHOTO}")
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
            raise Unfit(f"{sentence}{_TAKE_A_PHOTO}")
    raise Unfit(f"这个文件不是照片。{_TAKE_A_PHOTO}")


def _rewritten(body: bytes, kind: str, at_most: int) -> tuple[bytes, int, int]:
    """In a thread. What is written is no larger than `at_most` either. Every way in which a decoder may fail is one sentence: a broken picture has no finer reason for a person."""
    try:
        with Image.open(io.BytesIO(body), formats=[kind]) as looked_at:
            _judge(looked_at, kind)
            looked_at.verify()
        with Image.open(io.BytesIO(body), formats=[kind]) as opened:
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a large JPEG is decoded at half or a quarter of its size
            opened.load()
            plain = _plain(opened)
    except Unfit:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unfit(_TOO_MANY_PIXELS) from None
    except Exception:
        raise Unfit("这张照片打不开，可能没有传完或者已经损坏。请重新拍一张再传。") from None
    return _written(plain, at_most)


def _written(plain: Image.Image, at_most: int) -> tuple[bytes, int, int]:
    quality = _QUALITY
    while True:
        held = io.BytesIO()
        plain.save(held, "JPEG", quality=quality, optimize=True)
        if held.tell() <= at_most or min(plain.size) <= SHORTEST_EDGE:
            return held.getvalue(), plain.width, plain.height
        if quality > _LOWEST_QUALITY:
            quality -= 10
        else:
            plain = plain.resize((max(1, plain.width * 4 // 5), max(1, plain.height * 4 // 5)), Image.Resampling.LANCZOS)


_TOO_MANY_PIXELS: Final = "这张图片的尺寸太大了。请用手机截图，或者把照片压缩以后再传。"


def _judge(picture: Image.Image, kind: str) -> None:
    """What the header says, before a single pixel is unpacked. Raises Unfit."""
    if picture.width * picture.height > MOST_PIXELS:
        raise Unfit(_TOO_MANY_PIXELS)
    if min(picture.size) < SHORTEST_EDGE:
        raise Unfit("这张照片太小了，怕看不清。请重新拍一张清楚的。")
    # Some phones put a second view into a JPEG; only PNG and WebP move.
    if kind != "JPEG" and getattr(picture, "n_frames", 1) > 1:
        raise Unfit(f"这是会动的图片，不是照片。{_TAKE_A_PHOTO}")


def _plain(opened: Image.Image) -> Image.Image:
    """Upright, on white, no larger than needed, with nothing but pixels."""
    upright = ImageOps.exif_transpose(opened)
    if upright.mode == "P" and upright.width * upright.height <= _PALETTE_PIXELS:  # colours of a palette cannot be blended
        upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        pixels = upright.convert("RGBA")
        found = Image.new("RGB", pixels.size, "white")
        found.paste(pixels, mask=pixels.getchannel("A"))
    else:
        found = upright.convert("RGB")
    found.info = {}  # the encoder would copy comments from here
    return found


def _thumbnail(body: bytes, edge: int) -> bytes:
    with Image.open(io.BytesIO(body), formats=["JPEG"]) as opened:
        opened.draft("RGB", (edge, edge))
        opened.thumbnail((edge, edge))
        held = io.BytesIO()
        opened.save(held, "JPEG", quality=75)
    return held.getvalue()
