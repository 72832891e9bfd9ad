"""What people type to find rows: a year, a month or a day in any writing, a span of months, an amount with or without separators, words.

Every wish must be met by a row. Nothing here depends on which statement it is; `sifting` says which cells of a row are dates.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from dialogs.parse.patterns import pattern_of
from storage.ports.record import Record

Span = tuple[tuple[int, int, int], tuple[int, int, int]]
"""First and last day, each as (year, month, day); the last day of any month is 31."""

_DIGITS: Final = {"〇": 0, "零": 0, "○": 0, **{sign: number for number, sign in enumerate("一二三四五六七八九", 1)}}
_SIGNS: Final = "".join(_DIGITS)
_DASHES: Final = str.maketrans({"–": "-", "—": "-", "−": "-", "～": "~", "〜": "~"})
_THOUSANDS: Final = pattern_of(r"(?<=\d)[,'’](?=\d)")
_YEAR_IN_SIGNS: Final = pattern_of(rf"[{_SIGNS}]{{4}}(?=年)|[{_SIGNS}]{{2}}(?=年)")
_NUMBER_IN_SIGNS: Final = pattern_of(rf"[十{_SIGNS}]{{1,3}}(?=月|[日号])")
_DATE: Final = pattern_of(
    r"(?<!\d)(?P<y>\d{4}|\d\d)\s*年度?(?:\s*(?P<m>\d{1,2})\s*月份?(?:\s*(?P<d>\d{1,2})\s*[日号])?)?"
    r"|(?<!\d)(?P<m1>\d{1,2})\s*月份?(?:\s*(?P<d1>\d{1,2})\s*[日号])?"
    r"|(?<![\d.])(?P<y2>(?:19|20)\d\d)[-/.](?P<m2>\d{1,2})(?:[-/.](?P<d2>\d{1,2}))?(?!\d)"
    r"|(?<![\d.])(?P<y3>(?:19|20)\d\d)(?P<m3>0[1-9]|1[0-2])(?P<d3>\d\d)?(?![\d.])"
)
_TO: Final = pattern_of(r"\s*(?:到|至|~|-)\s*")
_AMOUNT: Final = pattern_of(r"¥?(\d+(?:\.\d+)?)(万?)(?:元|块钱?)?")
_INSURANCE: Final = pattern_of(r"(养老|医疗|失业|工伤|生育)保?险")


class Wish(Record):
    """Something that a row must have: one of `words`, or a date in `span`, or one in these months (and on that day) of any year."""

    words: tuple[str, ...] = ()
    span: Span | None = None
    months: tuple[int, int] = (0, 0)
    day: int = 0

    def met(self, told: str, spans: tuple[Span, ...]) -> bool:
        """Whether a row meets it that reads `told` (see `plain`) and has these dates."""
        if self.span and any(self.span[0] <= first and last <= self.span[1] for first, last in spans):
            return True
        if any(self._in_months(one) for one in spans):
            return True
        if self.span or any(self.months):  # 1月 is no part of 11月
            return any(re.search(rf"(?<!\d){re.escape(word)}", told) for word in self.words)
        return any(word in told for word in self.words)

    def _in_months(self, span: Span) -> bool:
        (year, month, day), (last_year, last_month, last_day) = span
        right = self.months[0] <= month <= self.months[1] and (year, month) == (last_year, last_month)
        return right and (not self.day or day == last_day == self.day)


def plain(text: str) -> str:
    """A text with half-width signs, small letters, and figures without separators."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text.translate(_DASHES)).casefold())


def span_of(cell: str) -> Span | None:
    """The days of a stored year, month, day or time (2025, 2025-03, 2025-03-31, 2025-03-31 09:30); None for anything else."""
    parts = cell[:10].split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return None
    return _span(*(int(part) for part in parts))


def wishes(text: str, as_of: str = "") -> tuple[Wish, ...]:
    """What is asked for in a line of text; `as_of` (YYYY-MM-DD) is the day from which 今年 and 上个月 are reckoned."""
    asked = _in_digits(_from_today(plain(text), as_of))
    found: list[Wish] = []
    rest, at = "", 0
    matches = list(_DATE.finditer(asked))
    while matches:
        one = matches.pop(0)
        wish, end = _wish(one), one.end()
        if matches and wish and _TO.fullmatch(asked, one.end(), matches[0].start()):
            until = _until(one, matches[0])
            if until:
                wish, end = until, matches.pop(0).end()
        if wish:
            rest, at = f"{rest}{asked[at : one.start()]} ", end + asked.startswith("的", end)
            found.append(wish)
    rest += asked[at:]
    words = (word.strip(",;、。") for word in rest.split())
    return (*found, *(Wish(_ways(word)) for word in words if word not in ("", "的")))


def _parts(one: re.Match[str]) -> tuple[int, int, int]:
    """Year, month and day, 0 for what is not said."""
    said = one.groupdict()
    year, month, day = (
        next((int(said[f"{name}{n}"]) for n in ("", "1", "2", "3") if said.get(f"{name}{n}")), 0) for name in "ymd"
    )
    return (year + (0 if year > 99 or not said["y"] else 2000 if year <= 60 else 1900), month, day)


def _wish(one: re.Match[str]) -> Wish | None:
    year, month, day = _parts(one)
    if month > 12 or day > 31 or (one["m1"] and not month):
        return None
    word = ("".join(one[0].split()),)
    if year:
        return Wish(word, span=_span(year, month, day))
    return Wish(word, months=(month, month), day=day)


def _until(one: re.Match[str], other: re.Match[str]) -> Wish | None:
    """From the one to the other; a year that is not said again is the same."""
    (year, month, day), (last_year, last_month, last_day) = _parts(one), _parts(other)
    if max(month, last_month) > 12 or max(day, last_day) > 31:
        return None
    if not year:
        return None if last_year else Wish(months=(month, last_month))
    return Wish(span=(_span(year, month, day)[0], _span(last_year or year, last_month, last_day)[1]))


def _span(year: int, month: int = 0, day: int = 0) -> Span:
    return (year, month or 1, day or 1), (year, month or 12, day or 31)


def _in_digits(text: str) -> str:
    """二〇二五年十一月 as 2025年11月."""
    text = _YEAR_IN_SIGNS.sub(lambda one: "".join(str(_DIGITS[sign]) for sign in one[0]), text)
    return _NUMBER_IN_SIGNS.sub(lambda one: str(_number(one[0])), text)


def _number(signs: str) -> int:
    tens, ten, ones = signs.rpartition("十")
    return (_DIGITS.get(tens, 1) if ten else 0) * 10 + (_DIGITS.get(ones[-1:], 0))


def _from_today(text: str, as_of: str) -> str:
    try:
        today = date.fromisoformat(as_of)
    except ValueError:
        return text
    before = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    told = {
        "今年": f"{today.year}年",
        "去年": f"{today.year - 1}年",
        "前年": f"{today.year - 2}年",
        "上个月": f"{before[0]}年{before[1]}月",
        "上月": f"{before[0]}年{before[1]}月",
        "这个月": f"{today.year}年{today.month}月",
        "本月": f"{today.year}年{today.month}月",
    }
    for word, day in told.items():
        text = text.replace(word, day)
    return text


def _ways(word: str) -> tuple[str, ...]:
    """How a cell may write the word: 养老保险 is 养老 there, 1234.5元 is 1234.50, 1.2万 is 12000.00."""
    amount = _AMOUNT.fullmatch(word)
    if amount:
        return (word, f"{Decimal(amount[1]) * 10_000:.0f}" if amount[2] else amount[1])
    return (word, _INSURANCE.sub(r"\1", word))
