"""Finding the pieces of a text that name a time: 2024年3月, 去年, 上半年, 近三个月, 3月.

A piece says what was named, not yet which months: a bare 3月 has no year until `dialogs.parse.dates` looks at its neighbours.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from storage.ports.record import Record
from storage.ports.time import Month

EARLIEST_YEAR = 1950
"""Nobody has contributions from before; such a number is a slip."""

LATEST_YEAR = 2999

_REL_YEARS = {
    "大前年": -3,
    "前年": -2,
    "去年": -1,
    "上一年": -1,
    "上1年": -1,
    "上年": -1,
    "头年": -1,
    "旧年": -1,
    "今年": 0,
    "本年": 0,
    "明年": 1,
    "后年": 2,
}
_REL = r"(?:大前年|(?<![以之目])前年(?!金)|去年|上[一1]年|上年(?!纪|龄)|头年|旧年|今年|本年|明年|后年)"
_Y4 = r"(?<![0-9])(?:19|20)[0-9]{2}"
YEAR = rf"(?:{_Y4}年?度?|(?<![0-9])[0-9]{{2}}年度?|{_REL}度?)"
"""A year at the beginning of a time, for `year_of`: 2023年, 23年度, 去年."""

_MONTH = r"[0-9]{1,2}"

_KINDS: tuple[tuple[str, str], ...] = (
    ("day8", r"(?<![0-9])(?P<day8>(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))(?![0-9])"),
    ("day", rf"(?P<day>{_Y4}(?P<sep>[-./]){_MONTH}(?P=sep)[0-9]{{1,2}})(?![0-9月])"),
    ("dayc", rf"(?P<dayc>(?:{_Y4}年|{_REL}){_MONTH}月[0-9]{{1,2}}[日号])"),
    ("ym6", r"(?<![0-9])(?P<ym6>(?:19|20)[0-9]{4})(?![0-9])(?!元|块)"),
    ("edge", rf"(?P<edge>(?:{YEAR}的?)?(?:年底|年末|年初|(?<=年)[底末初]))"),
    ("half", rf"(?P<half>(?:{YEAR}的?)?[上下前后头]半年)"),
    (
        "quarter",
        rf"(?P<quarter>(?:{YEAR}的?)?(?:第?[1-4]季度?|[qQ][1-4](?![0-9a-zA-Z])|(?:上{{1,3}}[一1]?个?|本|这个?|当)季度|(?<![本这])[上本]季(?!节)))",
    ),
    ("firstn", rf"(?P<firstn>{YEAR}的?(?:(?:前|头|开头|最?后)[0-9]{{1,2}}个月|头[0-9]{{1,2}}月))"),
    (
        "ym",
        rf"(?P<ym>(?:{_Y4}(?:年度?的?|[-./_]| (?=[0-9]{{2}}(?![0-9])))|(?<![0-9])[0-9]{{2}}年的?|{_REL}度?的?){_MONTH}(?![0-9])(?!个|季|天|次|元|块|万|年(?!金)|%|.?季度)(?:月份?)?)",
    ),
    (
        "recent",
        r"(?P<recent>(?:最近|过去|之前|近[期来]?|(?<![休职])前|这|(?:往前|往回|倒)(?:数|推|倒|算|看|着数)?)的?(?:半|[0-9]{1,3})(?:年半?|个?月|个?季度)(?:以来|以内|之内|来|内|里)?"
        r"|(?<![给没帮交缴补了险保])上[2-9]个月"
        r"|(?:半|(?<![0-9])[0-9]{1,3})(?:个月|年)(?:以来|以内|之内|来|内)(?!到期|期满))",
    ),
    ("ago", r"(?P<ago>(?:半年|(?<![0-9])[0-9]{1,3}个月)(?:以|之)?前)"),
    ("yearago", r"(?P<yearago>(?<![0-9])[0-9]{1,2}年(?:以|之)?前)(?=$|[的交缴那上社养医工失生,到至起开])"),
    (
        "relm",
        r"(?P<relm>上{1,4}[一1]?个?月|下{1,2}个?月|前个月|本月|这个月|这月|(?<!入职)(?<!离职)(?<!退休)(?<!参保)(?<!上班)(?<!转正)(?<!失业)当月)份?",
    ),
    (
        "year4",
        rf"(?P<year4>{_Y4})(?:年度?|(?![0-9]|[-./][0-9](?![0-9]{{3}}(?![0-9]))))(?!元|块|人|次|个|分|级|万)(?:全年|一?整年)?",
    ),
    (
        "year2",
        r"(?:^|(?<=[查看从到至和\-,]))(?P<year2>[0-9]{2})(?:年度?(?!的?以上|了|够|满|没|吗|以|的?缴费年限|工龄|前)(?:全年)?|(?:全年|整年))",
    ),
    ("rely", rf"(?P<rely>{_REL})度?(?:全年|一?整年|1年)?"),
    ("whole", r"(?P<whole>全年度?|(?:一|1)?整年)"),
    ("now", r"(?P<now>现在|目前|如今|现今|当前|今天|今日|眼下|眼目前|眼面前|今儿个?|这阵儿|这会儿?|为止|至今(?!年|个?月))"),
    # Not behind a 年: the year there is one that cannot be meant (2999年1月), and must not be left out silently.
    ("month", rf"(?<![0-9./年-])(?P<month>{_MONTH})月(?:份|[0-9]{{1,2}}[日号])?(?![0-9了])"),
    ("number", rf"(?<![0-9./-])(?P<number>{_MONTH})(?=(?:到|至|-|~){_MONTH}月)"),
)
_PIECES = pattern_of("|".join(pattern for _, pattern in _KINDS))
_NAMES = tuple(name for name, _ in _KINDS)

_ISO_DAY = pattern_of(r"([0-9]{4}).([0-9]{1,2}).[0-9]{1,2}")
_LAST_NUMBER = pattern_of(r"([0-9]{1,3})(?=[^0-9]*$)")


class Piece(Record):
    """One named time. Exactly one shape: `bare` (a month without a year), or `first`..`last`.

    `clips` marks what is longer than it is past (今年, 下半年): its end is cut to the current month instead of being refused.
    """

    start: int
    end: int
    first: Month | None = None
    last: Month | None = None
    bare: int = 0
    year: int | None = None
    """The year that was said with it, for what follows: 2024年3月到6月."""
    whole_year: bool = False
    clips: bool = False
    now: bool = False
    floats: bool = False
    """A half-year or quarter that was said without a year: behind another time it has that one's year (去年一季度到三季度)."""


def month_of(year: int, number: int) -> Month:
    """A month that exists in a year that is believable; raises Invalid."""
    if not 1 <= number <= 12:
        raise Invalid("月份只有1到12月，请再看一下，例如 2024-03。")
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Invalid("年份好像不对，请发四位年份，例如 2024年3月。")
    return Month(year, number)


def year_of(text: str, now: Month) -> int | None:
    """The year at the beginning of a piece: four digits, two digits before 年, or 去年; None if there is none."""
    for word, back in _REL_YEARS.items():
        if text.startswith(word):
            return now.year + back
    if found := re.match(r"((?:19|20)[0-9]{2})", text):
        return int(found[1])
    if found := re.match(r"([0-9]{2})年", text):
        return two_digit_year(int(found[1]), now)
    return None


def two_digit_year(number: int, now: Month) -> int:
    """24 → 2024, 98 → 1998: the latest year that is not more than one ahead."""
    century = 2000 if 2000 + number <= now.year + 1 else 1900
    return century + number


def pieces(text: str, now: Month) -> list[Piece]:
    """Every named time in a text that `dialogs.parse.text.normal` has seen, from left to right. Raises Invalid for a month 13 and the like."""
    found = []
    for match in _PIECES.finditer(text):
        kind = next(name for name in _NAMES if match[name] is not None)
        piece = _read(kind, match[kind], now)
        _with_a_day(kind, match[kind], text[match.end(kind) :], piece)
        if piece is not None:
            found.append(replace(piece, start=match.start(), end=match.end()))
    return found


def _with_a_day(kind: str, text: str, after: str, piece: Piece | None) -> None:
    """Raises Invalid for a day that the month does not have (2月30日): it is a slip, and nobody knows of what."""
    if piece is None or kind not in {"day8", "day", "dayc", "ym", "month"}:
        return
    found = (
        re.search(r"([0-9]{1,2})[日号]?$", text)
        if kind in {"day8", "day", "dayc"}
        else re.match(r"(?:月份?)?([0-9]{1,2})[日号]", after)
    )
    number = piece.bare or (piece.first.month if piece.first else 0)
    if found is None or not number:
        return
    day, most = int(found[1][-2:]), monthrange(piece.first.year if piece.first else 2000, number)[1]
    if not 1 <= day <= most:
        raise Invalid(f"{number}月没有{day}日，请再看一下。查询按月份，发年月就行，例如 2024-03。")


def _span(first: Month, last: Month, *, year: int | None = None, clips: bool = False, whole_year: bool = False) -> Piece:
    return Piece(0, 0, first, last, year=year, clips=clips, whole_year=whole_year)


def _single(month: Month) -> Piece:
    return _span(month, month, year=month.year)


def _whole_year(year: int) -> Piece:
    return _span(month_of(year, 1), month_of(year, 12), year=year, clips=True, whole_year=True)


def _read(kind: str, text: str, now: Month) -> Piece | None:
    match kind:
        case "day8" | "ym6":
            return _single(month_of(int(text[:4]), int(text[4:6])))
        case "day":
            iso = _ISO_DAY.fullmatch(text)
            return _single(month_of(int(iso[1]), int(iso[2]))) if iso else None
        case "dayc":
            number = re.search(r"([0-9]{1,2})月", text)
            return _single(month_of(year_of(text, now) or now.year, int(number[1]))) if number else None
        case "ym":
            number = _LAST_NUMBER.search(text)
            year = year_of(text, now)
            return _single(month_of(year, int(number[1]))) if number and year is not None else None
        case "edge":
            year = year_of(text, now)
            number_of_edge = 1 if text.endswith("初") else 12
            if year is None:
                return Piece(0, 0, bare=number_of_edge, clips=number_of_edge == 12)
            edge = month_of(year, number_of_edge)
            return _span(edge, edge, year=year, clips=number_of_edge == 12 and year == now.year)
        case "half":
            return _half(text, now)
        case "quarter":
            return _quarter(text, now)
        case "firstn":
            return _first_n(text, now)
        case "recent":
            return _recent(text, now)
        case "ago":
            count = 6 if text.startswith("半") else int(re.match(r"[0-9]+", text)[0])  # type: ignore[index]
            return _single(now.plus(-count))
        case "yearago":
            return _whole_year(now.year - int(text.partition("年")[0]))
        case "relm":
            step = text.count("下") - text.count("上") - 2 * text.count("前")
            return _single(now.plus(step))
        case "year4":
            return _whole_year(int(text)) if int(text) >= EARLIEST_YEAR else _early()
        case "year2":
            return _whole_year(two_digit_year(int(text[:2]), now))
        case "rely":
            year = year_of(text, now)
            return _whole_year(year) if year is not None else None
        case "whole":
            return _whole_year(now.year)
        case "now":
            return Piece(0, 0, now, now, now=True)
        case _:
            number_alone = int(text)
            if not 1 <= number_alone <= 12:
                raise Invalid("月份只有1到12月，请再看一下，例如 2024-03。")
            return Piece(0, 0, bare=number_alone)


def _early() -> Piece:
    raise Invalid("年份好像不对，请发四位年份，例如 2024年3月。")


def _half(text: str, now: Month) -> Piece:
    said = year_of(text, now)
    begins = 1 if text[-3] in "上前头" else 7
    year = said if said is not None else now.year if begins <= now.month else now.year - 1
    return replace(_span(month_of(year, begins), month_of(year, begins + 5), year=year, clips=True), floats=said is None)


def _quarter(text: str, now: Month) -> Piece:
    floats = False
    if re.search(r"[上本这当][一1]?个?季", text):
        begins = Month(now.year, (now.month - 1) // 3 * 3 + 1).plus(-3 * text.count("上"))
    else:
        number = int(re.search(r"([1-4])(?:季度?)?$", text)[1])  # type: ignore[index]
        said = year_of(text, now)
        floats = said is None
        year = said if said is not None else now.year if number * 3 - 2 <= now.month else now.year - 1
        begins = month_of(year, number * 3 - 2)
    return replace(_span(begins, begins.plus(2), year=begins.year, clips=True), floats=floats)


def _first_n(text: str, now: Month) -> Piece | None:
    year = year_of(text, now)
    number = int(re.search(r"([0-9]{1,2})个?月", text)[1])  # type: ignore[index]
    if year is None or not 1 <= number <= 12:
        return None
    if "后" in text.removeprefix("后年"):
        return _span(month_of(year, 13 - number), month_of(year, 12), year=year, clips=True)
    return _span(month_of(year, 1), month_of(year, number), year=year, clips=True)


def _recent(text: str, now: Month) -> Piece | None:
    if re.fullmatch(r"这1?个?月.*", text):
        return _single(now)
    found = re.search(r"(半|[0-9]+)(年半?|个?月|个?季度)", text)
    if found is None:
        return None
    return recent(found[1], found[2], now)


def recent(count: str, unit: str, now: Month) -> Piece | None:
    """The whole months that lie behind us: 近半年 is the six months that end with last month. None for none or for more than a century."""
    per = 12 if unit.startswith("年") else 3 if unit.endswith("季度") else 1
    months = per // 2 if count == "半" and per > 1 else 0 if count == "半" else int(count) * per + (6 if unit == "年半" else 0)
    if not 1 <= months <= 840:
        return None
    end = now.plus(-1)
    return _span(end.plus(1 - months), end)
