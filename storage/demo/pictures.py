"""Pictures for the demo's filings: plain shapes with 示例照片 across them, drawn here, so that they need no font and show nobody."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from PIL import Image, ImageDraw

from storage.demo.filings import Held
from storage.ports.records import Attachment, CaseState
from storage.ports.repositories import Files, Repositories

_WIDTH, _HEIGHT = 960, 720
_PAPER, _INK, _SKIN, _CLOTH, _CARD, _MARK = "#eef1f4", "#3b4652", "#e8c9ae", "#5b7fa6", "#cfe0d4", "#b4452f"

_Line = tuple[tuple[int, int], ...]
_Shape = Callable[[ImageDraw.ImageDraw], None]

_CHARACTERS: Final[tuple[tuple[_Line, ...], ...]] = (
    # 示
    (
        ((25, 18), (75, 18)),
        ((8, 42), (92, 42)),
        ((50, 42), (50, 90), (38, 82)),
        ((30, 55), (12, 78)),
        ((70, 55), (88, 78)),
    ),
    # 例
    (
        ((22, 8), (6, 48)),
        ((15, 32), (15, 94)),
        ((27, 18), (64, 18)),
        ((42, 18), (26, 56)),
        ((38, 36), (60, 36), (52, 66), (26, 94)),
        ((36, 54), (48, 66)),
        ((72, 20), (72, 72)),
        ((91, 8), (91, 92), (80, 84)),
    ),
    # 照
    (
        ((12, 12), (12, 62)),
        ((12, 12), (40, 12), (40, 62)),
        ((12, 36), (40, 36)),
        ((12, 61), (40, 61)),
        ((52, 12), (90, 12), (86, 36), (78, 32)),
        ((68, 12), (52, 38)),
        ((56, 44), (56, 66)),
        ((56, 44), (88, 44), (88, 66)),
        ((56, 65), (88, 65)),
        ((16, 74), (8, 92)),
        ((36, 76), (40, 90)),
        ((60, 76), (65, 90)),
        ((82, 74), (93, 92)),
    ),
    # 片
    (
        ((28, 8), (28, 62), (12, 94)),
        ((28, 38), (88, 38)),
        ((60, 8), (60, 38)),
        ((28, 62), (72, 62), (72, 94)),
    ),
)
"""Each character as strokes on a square of a hundred."""


def _words(draw: ImageDraw.ImageDraw, left: int, top: int, size: int) -> None:
    for place, strokes in enumerate(_CHARACTERS):
        at = left + place * size * 5 // 4
        for stroke in strokes:
            line = [(at + x * size // 100, top + y * size // 100) for x, y in stroke]
            draw.line(line, fill=_MARK, width=max(3, size // 12), joint="curve")


def _holding(draw: ImageDraw.ImageDraw) -> None:
    """Somebody without a face who holds a card up."""
    draw.rounded_rectangle((230, 400, 730, 960), 120, fill=_CLOTH)
    draw.ellipse((375, 110, 585, 390), fill=_SKIN)
    draw.rounded_rectangle((520, 430, 860, 640), 18, fill="white", outline=_INK, width=5)
    draw.rectangle((770, 470, 830, 550), fill=_SKIN)
    for line in range(4):
        draw.line((550, 480 + 36 * line, 740 - 30 * line, 480 + 36 * line), fill=_INK, width=6)
    draw.ellipse((500, 560, 590, 650), fill=_SKIN)


def _card(draw: ImageDraw.ImageDraw) -> None:
    """The front of a card: a chip, lines where a name and a number would stand."""
    draw.rounded_rectangle((130, 140, 830, 580), 30, fill=_CARD, outline=_INK, width=6)
    draw.rounded_rectangle((190, 290, 300, 375), 12, fill="#d9b45b", outline=_INK, width=3)
    draw.rectangle((620, 240, 770, 430), fill="white", outline=_INK, width=3)
    for line in range(3):
        draw.line((190, 430 + 45 * line, 560 - 60 * line, 430 + 45 * line), fill=_INK, width=8)


def _old_card(draw: ImageDraw.ImageDraw) -> None:
    """A card with a crack through it."""
    _card(draw)
    draw.line(((330, 140), (400, 260), (360, 350), (470, 450), (430, 580)), fill=_INK, width=9, joint="curve")


_SHAPES: Final[Mapping[str, _Shape]] = {"holding": _holding, "card": _card, "old_card": _old_card}


@cache
def drawn(material: str) -> bytes:
    """The picture of that material, as JPEG; the same bytes each time."""
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    for line in range(0, _WIDTH + _HEIGHT, 24):  # a wall behind it
        draw.line((line, 0, line - _HEIGHT, _HEIGHT), fill="#e2e6ea", width=2)
    _SHAPES[material](draw)
    _words(draw, 290, 30, 80)
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=90)
    return held.getvalue()


_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"phone_change": ("holding",)}
"""Filing → materials that it has once it was submitted."""
_NAMES: Final = {"holding": "示例照片-手持证件.jpg", "card": "示例照片-社保卡.jpg", "old_card": "示例照片-原卡.jpg"}


def materials_of(one: Held) -> tuple[str, ...]:
    """What the filing has: all that is 必要, and of the rest what helps whoever decides; nothing for a draft."""
    filed = one.filed
    if filed.state is CaseState.DRAFT:
        return ()
    needed = _NEEDED.get(filed.filing, ())
    if filed.filing == "phone_change":
        return (*needed, "card") if filed.answers.get("reason") == "changed" else needed
    return ("old_card",) if filed.answers.get("reason") in {"污损残缺", "不能读卡"} else needed


async def put(repos: Repositories, files: Files, held: tuple[Held, ...]) -> int:
    """Store the pictures of these filings; how many. Their cases are stored."""
    count = 0
    for one in held:
        for material in materials_of(one):
            body = drawn(material)
            await repos.attachments.add(
                Attachment(
                    id=0,
                    case_no=one.case.case_no,
                    material=material,
                    file_name=_NAMES[material],
                    content_type="image/jpeg",
                    size=len(body),
                    sha256=hashlib.sha256(body).hexdigest(),
                    stored_as=await files.put(body),
                    uploaded_at=one.case.submitted_at,
                )
            )
            count += 1
    return count
