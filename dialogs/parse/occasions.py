"""Festivals, seasons and turns of the year as months: 国庆那个月, 春节前, 去年夏天, 年中, 疫情那三年.

Each is written as the year and month that `dialogs.parse.pieces` finds. Without a year the most recent one that has begun is meant.
The moon's feasts fall into the same month again after nineteen years, so the place in that round says the month.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dialogs.parse.patterns import pattern_of
from dialogs.parse.pieces import YEAR, year_of
from storage.ports.time import Month

_ROUND = 19
_EARLY_NEW_YEARS = frozenset({0, 3, 6, 9, 11, 14, 17})
"""Places in the round whose 春节 is in January; all others have it in February. 1985 is the one exception since 1950."""

_EARLY_DRAGONS = frozenset({3, 11, 14})
"""Places whose 端午 is in May; else it is in June."""

_LATE_MOONS = frozenset({3, 6, 11, 14})
"""Places whose 中秋 is in October; else it is in September."""


def _new_year(year: int) -> int:
    return 1 if year % _ROUND in _EARLY_NEW_YEARS and year != 1985 else 2


def _dragon_boats(year: int) -> int:
    return 5 if year % _ROUND in _EARLY_DRAGONS else 6


def _mid_autumn(year: int) -> int:
    return 10 if year % _ROUND in _LATE_MOONS else 9


_DAYS: dict[str, int | Callable[[int], int]] = {
    "元旦": 1,
    "春节": _new_year,
    "过年": _new_year,
    "农历新年": _new_year,
    "大年初一": _new_year,
    "大年": _new_year,
    "过完年": 2,
    "过了年": 2,
    "年后": 2,
    "除夕": _new_year,
    "正月十五": 2,
    "正月": 2,
    "开春": 2,
    "立春": 2,
    "妇女节": 3,
    "三八节": 3,
    "清明": 4,
    "五一": 5,
    "51": 5,
    "劳动节": 5,
    "端午": _dragon_boats,
    "六一": 6,
    "儿童节": 6,
    "麦收": 6,
    "七一": 7,
    "入伏": 7,
    "八一": 8,
    "建军节": 8,
    "立夏": 5,
    "母亲节": 5,
    "父亲节": 6,
    "立秋": 8,
    "七夕": 8,
    "教师节": 9,
    "中秋": _mid_autumn,
    "八月十五": _mid_autumn,
    "国庆": 10,
    "十一": 10,
    "重阳": 10,
    "立冬": 11,
    "双十一": 11,
    "双11": 11,
    "入冬": 11,
    "双十二": 12,
    "双12": 12,
    "圣诞": 12,
    "冬至": 12,
    "冬月": 11,
    "腊月": 12,
}
"""Words for a day or a turn of the year, and the month it lies in; a rule where the moon decides."""

_SPANS: dict[str, tuple[int, int]] = {
    "寒假": (1, 2),
    "暑假": (7, 2),
    "暑期": (7, 2),
    "春天": (3, 3),
    "春季": (3, 3),
    "夏天": (6, 3),
    "夏季": (6, 3),
    "秋天": (9, 3),
    "秋季": (9, 3),
    "冬天": (12, 3),
    "冬季": (12, 3),
}
"""Words for a part of the year: its first month, and how many months it has."""

_ONLY_WITH_MORE = frozenset(
    {"五一", "51", "六一", "七一", "八一", "十一", "过年", "大年", "年后", "正月", "冬月", "腊月", "麦收"}
)
"""Words that are other things too (五一路, 十一个月, 过年好): a time only with a year, or with what stands around a time."""

_THEN = r"节?(?:期间|假期?|放假|长假|黄金周|小长假)?(?:(?:的|在)?(?:那|这)(?:1?个月|1?月|阵子?|阵儿|会儿?|时候?|段时间|几天|2天)|当月|的时候)?(?:前后)?"
_BEFORE = r"(?:前(?!后)|头)(?:1个月|那?个?月|头)?"
_AFTER = r"后(?:那?1?个月)"
_LONGEST_FIRST = "|".join(sorted(map(re.escape, (*_DAYS, *_SPANS)), key=len, reverse=True))
_OCCASION = pattern_of(
    rf"(?P<year>{YEAR}的?)?(?P<word>{_LONGEST_FIRST})(?P<then>{_THEN})(?:(?P<before>{_BEFORE})|(?P<after>{_AFTER})|(?:1)?过?后?(?:[23]个月)?)"
)
_ANY = pattern_of(_LONGEST_FIRST)
OCCASIONS = _LONGEST_FIRST
"""All the words, for a pattern."""

_ALONE_BEFORE = pattern_of(r"(?:[从打自由到至和~-]|^|查|看)$")
_ALONE_AFTER = pattern_of(r"(?:里)?(?:的|了)?(?:[到至~-]|以来|起|开始|之后|以后|的?(?:社保|缴费|养老|医保|失业|工伤|生育))")
_FROM = pattern_of(r"(?:的|了)?(?:[到至~-]|以来|起|开始|之后|以后|往后)")
_UP_TO = pattern_of(r"[到至~-]$")
_NOT_A_DAY = pattern_of(r"(?:路|街|村|店|小区|广场|大道|公司|好|快乐|月|个|[1-9])")
_NAMED = pattern_of(r"[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗建庆]$")


def in_months(plain: str, now: Month) -> str:
    """A normalised text with such words written as `2024年10月`; whatever else it holds stays. A text without them is the same text."""
    if not _ANY.search(plain):
        return plain
    return _OCCASION.sub(lambda found: _written(found, now), plain)


def _written(found: re.Match[str], now: Month) -> str:
    word, before, after = found["word"], found.string[: found.start()], found.string[found.end() :]
    if word.isdecimal() and (before[-1:].isdecimal() or found.string[found.end("word") :][:1].isdecimal()):
        return found[0]
    if word[0] == "年" and (found["year"][-1] not in "年的度" if found["year"] else before[-1:].isdigit()):
        return found[0]
    if not found["then"] and (_NOT_A_DAY.match(after) or _NAMED.search(before)):
        return found[0]
    if word in _ONLY_WITH_MORE and not (
        found["year"] or found["then"] or found["before"] or _ALONE_BEFORE.search(before) or _ALONE_AFTER.match(after)
    ):
        return found[0]
    said = year_of(found["year"], now) if found["year"] else None
    if word in _SPANS:
        return _of_a_part(_SPANS[word], said, now, begins=bool(_FROM.match(after)), ends=bool(_UP_TO.search(before)))
    month = _begun(_DAYS[word], now) if said is None else Month(said, _month(_DAYS[word], said))
    month = month.plus(-1 if found["before"] else 1 if found["after"] else 0)
    return f"{month.month}月" if said is None else f"{month.year}年{month.month}月"


def _month(day: int | Callable[[int], int], year: int) -> int:
    return day if isinstance(day, int) else day(year)


def _begun(day: int | Callable[[int], int], now: Month) -> Month:
    this_year = Month(now.year, _month(day, now.year))
    return this_year if this_year <= now else Month(now.year - 1, _month(day, now.year - 1))


def _of_a_part(part: tuple[int, int], said: int | None, now: Month, *, begins: bool, ends: bool) -> str:
    """A season as its first month where something begins with it, its last month where something ends with it, else from one to the other."""
    number, months = part
    first = _begun(number, now) if said is None else Month(said, number)
    last = first.plus(months - 1)
    if first <= now < last:
        last = now
    begin, end = f"{first.year}年{first.month}月", f"{last.year}年{last.month}月"
    return begin if begins else end if ends else f"{begin}到{end}"
