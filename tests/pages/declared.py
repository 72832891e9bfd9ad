"""A filing with a question of every kind, and pictures of every kind, good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import date

from PIL import Image, PngImagePlugin

from dialogs.declare import Agree, Ask, Choose, OneTimeCode, Option, Scene, Wrong
from dialogs.filing import Filing, Material, Review, Undertaking
from dialogs.parse import Invalid
from dialogs.parse import phone as read_phone

PHONE = "19912345678"


def _detail(text: str, _: date) -> str:
    if len(text) < 3:
        raise Invalid("请写三个字以上。")
    return text


def _copies(text: str, _: date) -> int:
    number = text.removesuffix("份").strip()
    if not number.isdecimal() or not 1 <= int(number) <= 9:
        raise Invalid("请填 1 到 9 份。")
    return int(number)


async def _check(scene: Scene) -> None:
    if scene.answers.get("detail") == "前后不符":
        raise Wrong("detail", "这一项和补换原因对不上，请改一改。")


SAMPLE = Filing(
    name="sample",
    title="样例业务",
    covers=("BZ-10",),
    steps=(
        Choose(name="reason", label="原因", prompt="为什么办？", options=(Option("lost", "丢了"), Option("worn", "坏了"))),
        Ask(name="detail", label="坏在哪里", prompt="写清楚坏在哪里。", parse=_detail, when=lambda a: a["reason"] == "worn"),
        Ask(name="copies", label="份数", prompt="要几份？", parse=_copies, quick=("1份", "2份")),
        Ask(name="phone", label="联系电话", prompt="哪个手机号找得到您？", parse=lambda text, _: read_phone(text)),
        OneTimeCode(name="code", purpose="new_phone", phone=lambda scene: scene.answers["phone"], sent="验证码已发到 {phone}"),
        Choose(name="place", label="网点", prompt="到哪个网点？", options=(Option("one", "第一网点"),)),
        Agree(name="fine", prompt="收费标准看过了吗？", yes="看过了", no="不办了", refused="好的，没有办理。"),
    ),
    materials=(
        Material(name="card", title="社保卡正面", required=True, hint="四个角都要拍到。", at_least=500, at_most=400_000, pages=2),
        Material(name="letter", title="情况说明", required=False, at_least=500, when=lambda a: a["reason"] == "worn"),
    ),
    undertaking=Undertaking(code="SAMPLE", version="2024-09", text="我承诺以上内容真实。"),
    review=Review(),
    check=_check,
)

SHORT = Filing(
    name="short",
    title="短样例",
    covers=("BZ-10",),
    steps=(Ask(name="words", label="内容", prompt="写点什么。", parse=_detail),),
    materials=tuple(
        Material(name=f"m{n}", title=f"材料{n}", required=False, at_least=0, at_most=2_000_000, pages=6) for n in range(3)
    ),
    review=Review(),
)


# ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def photo(width: int = 640, height: int = 480, kind: str = "JPEG", noise: float = 40, **more: object) -> bytes:
    """A grey photo with grain, so that it has the size of one."""
    held = io.BytesIO()
    Image.effect_noise((width, height), noise).convert("RGB").save(held, kind, **more)
    return held.getvalue()


def with_position() -> bytes:
    """A photo taken lying on its side, with the place where it was taken and a comment."""
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste("blue", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret Maker"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 26.0)
    held = io.BytesIO()
    picture.save(held, "JPEG", exif=exif, comment=b"<script>alert(1)</script>", quality=95)
    return held.getvalue()


def with_script() -> bytes:
    """A PNG that carries a script in a text chunk and a zip behind its end."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    return photo(kind="PNG", pnginfo=info) + b"PK\x03\x04 and <html><script>alert(2)</script>"


def moving(kind: str) -> bytes:
    """An animation."""
    first, second = (Image.effect_noise((300, 300), grain).convert("RGB") for grain in (20, 60))
    held = io.BytesIO()
    first.save(held, kind, save_all=True, append_images=[second], duration=100)
    return held.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it has so many pixels, all of them black."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 200), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows + bytes(4000)) + chunk(b"IEND", b"")
