"""The digits of a captcha as a picture."""

from __future__ import annotations

import io
import math
import secrets

from PIL import Image, ImageDraw, ImageFont


def draw(digits: str) -> bytes:
    """PNG of the digits: large, dark on light, each turned a little, with thin light lines behind. Readable for old eyes first."""
    width, height, scale = 340, 120, 2
    picture = Image.new("RGB", (width * scale, height * scale), (250, 250, 246))
    pen = ImageDraw.Draw(picture)
    for _ in range(9):
        _wave(pen, width * scale, height * scale)
    step = width * scale // (len(digits) + 1)
    for place, digit in enumerate(digits):
        font = ImageFont.load_default(size=(76 + secrets.randbelow(16)) * scale)
        glyph = Image.new("L", (110 * scale, 120 * scale), 0)
        ImageDraw.Draw(glyph).text((55 * scale, 60 * scale), digit, fill=255, font=font, anchor="mm")
        glyph = glyph.rotate(secrets.randbelow(37) - 18, resample=Image.Resampling.BICUBIC)
        left = step * (place + 1) - 55 * scale + secrets.randbelow(9 * scale) - 4 * scale
        top = secrets.randbelow(13 * scale) - 6 * scale
        shade = tuple(20 + secrets.randbelow(50) for _ in range(3))
        picture.paste(Image.new("RGB", glyph.size, shade), (left, top), glyph)
    for _ in range(2):
        _wave(pen, width * scale, height * scale)
    reduced = picture.resize((width, height), Image.Resampling.LANCZOS).quantize(24, Image.Quantize.FASTOCTREE)
    held = io.BytesIO()
    reduced.save(held, "PNG", compress_level=6)
    return held.getvalue()


def _wave(pen: ImageDraw.ImageDraw, width: int, height: int) -> None:
    middle, swing = secrets.randbelow(height), 10 + secrets.randbelow(height // 3)
    length, phase = 120 + secrets.randbelow(400), secrets.randbelow(628) / 100
    shade = tuple(150 + secrets.randbelow(60) for _ in range(3))
    pen.line([(x, middle + swing * math.sin(x / length * 6.28 + phase)) for x in range(0, width + 8, 8)], fill=shade, width=4)
