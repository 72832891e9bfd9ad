"""QR codes: vector for paper, PNG for pages and for the simulator's phone."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import segno

_WITH_TOKEN = re.compile(r"(https?://.*/)(\d{18})(/[0-9A-Z]+)(#t=)([A-Z2-7]+)")


def qr_svg(text: str, *, sized: bool = True) -> str:
    """An SVG element, error correction M, with a quiet border of 2 modules (paper around it is white anyway). Deterministic.
    Unless `sized`, it is as large as whoever shows it says."""
    buffer = io.BytesIO()
    _made(text, "m").save(buffer, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=not sized)
    return buffer.getvalue().decode()


def qr_png(text: str, scale: int = 6) -> bytes:
    """A PNG with `scale` pixels a module and the full quiet border of 4, since what lies around it is unknown. Deterministic."""
    buffer = io.BytesIO()
    _made(text, "m").save(buffer, kind="png", scale=scale, border=4)
    return buffer.getvalue()


def qr_text(text: str) -> str:
    """A QR code of half-block characters, two modules a character, for a terminal; ends with a line break. Deterministic."""
    buffer = io.StringIO()
    _made(text, "l").terminal(out=buffer, border=2, compact=True)
    return buffer.getvalue()


def _made(text: str, error: str) -> segno.QRCode:
    """Digits and capitals take half the room that other characters do; an address with a token is mostly those."""
    import segno  # noqa: PLC0415 - every server knows codes, few draw one soon after the start
    from segno import consts  # noqa: PLC0415 - as above

    parts = _WITH_TOKEN.fullmatch(text)
    if parts is None:
        return segno.make_qr(text, error=error)
    kinds = (consts.MODE_BYTE, consts.MODE_NUMERIC, consts.MODE_ALPHANUMERIC, consts.MODE_BYTE, consts.MODE_ALPHANUMERIC)
    content: Any = list(zip(parts.groups(), kinds, strict=True))
    return segno.make(content, error=error, micro=False)
