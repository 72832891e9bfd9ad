"""Words about orders that the chat, the pages and the pushes share."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from storage.ports.time import Month


def months_named(months: Sequence[Month]) -> str:
    """Runs of months as people say them: 2023年5月、2023年8月至10月. `months` are in order."""
    runs: list[tuple[Month, Month]] = []
    for month in months:
        if runs and runs[-1][1].plus(1) == month:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return "、".join(_run(start, end) for start, end in runs)


def _run(start: Month, end: Month) -> str:
    if start == end:
        return start.label
    return f"{start.label}至{end.month}月" if start.year == end.year else f"{start.label}至{end.label}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def in_capitals(amount: Decimal) -> str:
    """An amount in 元 as it is written out on a receipt: 4800.50 → 肆仟捌佰元伍角整; 0.05 → 伍分. Below 10^12, not negative."""
    cents = int((amount * 100).to_integral_value())
    if cents < 0 or cents >= 10**14:
        raise ValueError("not an amount that a receipt can carry")
    whole, small = divmod(cents, 100)
    jiao, fen = divmod(small, 10)
    text = f"{_whole(whole)}元" if whole else ""
    if not small:
        return f"{text or '零元'}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif whole:
        text += "零"
    return f"{text}{_DIGITS[fen]}分" if fen else f"{text}整"


def _whole(number: int) -> str:
    text, gap = "", False
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place % 4]
            gap = False
        else:
            gap = True
        if place % 4 == 0 and place and number // 10**place % 10**4:
            text += _GROUPS[place // 4]
    return text


def masked_transaction(number: str) -> str:
    """A 交易单号: the last eight are enough to find it in the payer's own bill."""
    return f"****{number[-8:]}" if number else ""
