"""The fine wave pattern behind the head of a document: interlaced curves, as on printed forms. An ornament of our own, not a seal."""

from __future__ import annotations

import math
from functools import cache

WIDTH, HEIGHT = 2100, 780
"""In tenths of a millimetre: the head of an upright A4 page."""
_CURVES = 26
_STEP = 25


@cache
def wave_svg() -> str:
    """An SVG of hairlines so light that text on them stays readable; lighter towards the lower edge. Always the same."""
    curves = []
    for index in range(_CURVES):
        part = index / (_CURVES - 1)
        points = " ".join(f"{x},{_height(x / WIDTH, part):.1f}" for x in range(0, WIDTH + 1, _STEP))
        curves.append(f'<polyline points="{points}" stroke="{_shade(part)}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<g fill="none" stroke-width="1.6">{"".join(curves)}</g></svg>'
    )


def _height(x: float, part: float) -> float:
    """Two families of waves that cross: the phase turns with the curve's number, so that the bundle twists."""
    bundle = math.sin(2 * math.pi * (1.5 * x) + 2.4 * part) * (60 + 150 * part)
    ripple = math.sin(2 * math.pi * (4.0 * x) - 3.1 * part) * 26
    return 300 + bundle + ripple + 110 * (part - 0.5)


def _shade(part: float) -> str:
    """From a light blue to almost white."""
    red, green, blue = (round(start + (end - start) * part) for start, end in ((226, 243), (235, 247), (245, 251)))
    return f"#{red:02x}{green:02x}{blue:02x}"
