"""Plain figures: sums of money and rates as people write them."""

from __future__ import annotations

from decimal import Decimal

from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import normal

_FIGURE = pattern_of(r"(\d{1,9}(?:\.\d{1,4})?)(万)?(?:元|块钱?)?")


def figure(text: str) -> Decimal | None:
    """9000, 9,000.50元, 2万, 0.8; None for anything else: signs, exponents, words, more than nine digits."""
    found = _FIGURE.fullmatch(normal(text).replace(",", ""))
    return Decimal(found[1]) * (10_000 if found[2] else 1) if found else None
