"""`python -m handlers.darkroom`: decodes pictures that strangers sent, in a process that has nothing to lose and can take nothing away.

It knows no secret, no database and no address, is polite to the server (nice), may use so much memory and so much time for a picture,
writes no file, and ends when its standard input does, so that it does not outlive the server however that ended. One request after the
other, as frames on standard input and output; whoever starts it is `handlers.helper`. Of ours it imports only what both sides say
(`handlers.developing`): it starts in a tenth of a second, and nothing of the product lies in its memory.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
from typing import Any, BinaryIO, Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from handlers.developing import CANNOT_OPEN, LENGTHS, TAKE_A_PHOTO, frame

MEMORY: Final = 1 << 30
"""Bytes of address space."""
NICE: Final = 10
PLUGINS: Final = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""The decoders that are needed, here from the start: later no file is opened."""

MOST_PIXELS: Final = 50_000_000
LONGEST_EDGE: Final = 2400
SHORTEST_EDGE: Final = 100
"""Nothing can be read on less."""
_CODE_EDGE: Final = 3600
_QR_CODES: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MOST_CODES: Final = 8
_LONGEST_CODE: Final = 1000
_QUALITY: Final = 85
_LOWEST_QUALITY: Final = 65
_PALETTE_PIXELS: Final = 16_000_000

TOO_MANY_PIXELS: Final = "这张图片的尺寸太大了。请用手机截图，或者把照片压缩以后再传。"


class Refused(Exception):
    """A picture that is not taken; `sentence` says why and what to send instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__("refused")
        self.sentence = sentence


# ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def rewritten(body: bytes, kind: str, at_most: int) -> tuple[bytes, int, int]:
    """An upright plain JPEG of at most `at_most` bytes with nothing but the pixels of what came, and its width and height.

    Every way in which a decoder may fail is one sentence: a broken picture has no finer reason for a person. Raises Refused.
    """
    try:
        with Image.open(io.BytesIO(body), formats=[kind]) as looked_at:
            _judge(looked_at, kind)
            looked_at.verify()
        with Image.open(io.BytesIO(body), formats=[kind]) as opened:
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a large JPEG is decoded at half or a quarter of its size
            opened.load()
            return _written(_plain(opened), at_most)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Refused(TOO_MANY_PIXELS) from None
    except Exception:
        raise Refused(CANNOT_OPEN) from None


def thumbnail(body: bytes, edge: int) -> bytes:
    """A photo of ours with a longer edge of `edge` pixels at most, as JPEG. Raises Refused for what cannot be opened."""
    try:
        with Image.open(io.BytesIO(body), formats=["JPEG"]) as opened:
            opened.draft("RGB", (edge, edge))
            opened.thumbnail((edge, edge))
            held = io.BytesIO()
            opened.save(held, "JPEG", quality=75)
    except Exception:
        raise Refused(CANNOT_OPEN) from None
    return held.getvalue()


def codes(body: bytes, kind: str) -> list[str]:
    """What the QR codes in a photo say, each once; none is no error. Raises Refused for what cannot be opened.

    Tried as a phone would: as it is, then a small or blurred one enlarged, and sharpened.
    """
    try:
        with Image.open(io.BytesIO(body), formats=[kind]) as opened:
            _judge(opened, kind)
            opened.draft("L", (_CODE_EDGE, _CODE_EDGE))
            opened.load()
            plain = ImageOps.exif_transpose(opened)
            if plain.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info:
                clear = plain.convert("RGBA")
                plain = Image.new("RGB", clear.size, "white")
                plain.paste(clear, mask=clear.getchannel("A"))
            plain = plain.convert("L")
            plain.thumbnail((_CODE_EDGE, _CODE_EDGE), Image.Resampling.LANCZOS)
            if found := _read(plain):
                return found
            if max(plain.size) > LONGEST_EDGE:
                plain.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)  # noise of a large sensor goes
                if found := _read(plain):
                    return found
            larger = plain.resize((plain.width * 2, plain.height * 2), Image.Resampling.BICUBIC)
            return _read(larger) or _read(larger.filter(ImageFilter.UnsharpMask(3, 200, 0)))
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Refused(TOO_MANY_PIXELS) from None
    except Exception:
        raise Refused(CANNOT_OPEN) from None


def _read(picture: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(picture, formats=_QR_CODES)
    return list(dict.fromkeys(one.text for one in found if one.valid and len(one.text) <= _LONGEST_CODE))[:_MOST_CODES]


def _judge(picture: Image.Image, kind: str) -> None:
    """What the header says, before a single pixel is unpacked. Raises Refused."""
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused(TOO_MANY_PIXELS)
    if min(picture.size) < SHORTEST_EDGE:
        raise Refused("这张照片太小了，怕看不清。请重新拍一张清楚的。")
    # Some phones put a second view into a JPEG; only PNG and WebP move.
    if kind != "JPEG" and getattr(picture, "n_frames", 1) > 1:
        raise Refused(f"这是会动的图片，不是照片。{TAKE_A_PHOTO}")


def _plain(opened: Image.Image) -> Image.Image:
    """Upright, on white, no larger than needed, with nothing but pixels; as little as possible is copied on the way."""
    found = opened
    if found.mode == "P" and found.width * found.height <= _PALETTE_PIXELS:  # colours of a palette cannot be blended
        found = found.convert("RGBA" if "transparency" in found.info else "RGB")
    found.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(found, in_place=True)
    if found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info:
        pixels = found.convert("RGBA")
        found = Image.new("RGB", pixels.size, "white")
        found.paste(pixels, mask=pixels.getchannel("A"))
    elif found.mode != "RGB":
        found = found.convert("RGB")
    found.info = {}  # the encoder would copy comments from here
    return found


def _written(plain: Image.Image, at_most: int) -> tuple[bytes, int, int]:
    quality = _QUALITY
    while True:
        held = io.BytesIO()
        plain.save(held, "JPEG", quality=quality)
        if held.tell() <= at_most or min(plain.size) <= SHORTEST_EDGE:
            return held.getvalue(), plain.width, plain.height
        if quality > _LOWEST_QUALITY:
            quality -= 10
        else:
            plain = plain.resize((max(1, plain.width * 4 // 5), max(1, plain.height * 4 // 5)), Image.Resampling.LANCZOS)


# ── the process ─────────────────────────────────────────────────────────────────────────────────────────────────────


def answered(asked: dict[str, Any], body: bytes) -> bytes:
    """The answer to one request, as a frame: `{"do": "photo", "kind": …, "at_most": …}` `{"do": "small", "edge": …}`, or
    `{"do": "codes", "kind": …}`."""
    try:
        if asked["do"] == "codes":
            return frame({"codes": codes(body, asked["kind"])})
        if asked["do"] == "small":
            return frame({}, thumbnail(body, asked["edge"]))
        plain, width, height = rewritten(body, asked["kind"], asked["at_most"])
    except Refused as refused:
        return frame({"refused": refused.sentence})
    return frame({"width": width, "height": height}, plain)


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nothing more comes. Each request says for how many seconds of CPU it may be worked on."""
    while len(head := asked.read(LENGTHS.size)) == LENGTHS.size:
        told, size = LENGTHS.unpack(head)
        about, body = asked.read(told), asked.read(size)
        if len(about) < told or len(body) < size:
            return
        request = json.loads(about)
        _no_longer_than(request["seconds"])
        answers.write(answered(request, body))
        answers.flush()


def _no_longer_than(seconds: float) -> None:
    """From now on; who started the process looks at the clock, and this holds when nobody looks any more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def _confined() -> None:
    """Give away what is not needed. What a system does not have cannot be given away."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Until the end of standard input. Signals for the whole group are the server's business, which may still wait for an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _confined()
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # nothing is left to be written, and nobody to write it to


if __name__ == "__main__":
    main()
