"""QR codes: vector for paper, PNG for pages and for the simulator's phone."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str, *, sized: bool = True) -> str:
    """An SVG element, error correction M, with a quiet border of 2 modules (paper around it is white anyway). Deterministic.
    Unless `sized`, it is as large as whoever shows it says."""
    buffer = io.BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=not sized)
    return buffer.getvalue().decode()


def qr_png(text: str, scale: int = 6) -> bytes:
    """A PNG with `scale` pixels a module and the full quiet border of 4, since what lies around it is unknown. Deterministic."""
    buffer = io.BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="png", scale=scale, border=4)
    return buffer.getvalue()


def qr_text(text: str) -> str:
    """A QR code of half-block characters, two modules a character, for a terminal; ends with a line break. Deterministic."""
    buffer = io.StringIO()
    segno.make_qr(text, error="l").terminal(out=buffer, border=2, compact=True)
    return buffer.getvalue()
