"""Months, periods and years as people say them, against a `today` that the caller gives.

What the rules decide where speech leaves it open:

- 近半年, 近N个月, 近N年 are whole months that end with last month: the current month is usually not paid yet.
- A year, half-year or quarter that is not over ends with the current month; one that has not begun is refused.
- A month in the future is refused. A month without a year is the most recent one (the current month included); a range without
  a year is the most recent one that is over or running.
- 2024年3月到6月 keeps the year; 2023年11月到2月 runs into the next year if that is not the future.
- A start after the end is refused with the offer to swap.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.pieces import EARLIEST_YEAR, YEAR, Piece, pieces, recent, two_digit_year
from dialogs.parse.text import normal
from dialogs.parse.writings import meant_of_two, one_way
from storage.ports.time import Month, Span

_LOOKED_AT = 300
"""Characters of a message that are searched for a time."""

_TO = pattern_of(
    r"(?:份|的|开始|以来|起|,|\s)*(?:加上?|一?直?(?:交|缴|干|做|领|发|查|看|算|上班|工作)?[到至]了?|截[止至]到?|[,;]?(?:结束|终止|截止|止)(?:的?时间|年月|日期|月份)?[是为:于到]*|-+|~+|\.{2,}|to|and|以及|和|与|跟|及|还有|还是|或者?是?|/|,|\s)(?:了|\s)*",
    re.IGNORECASE,
)
_UP_TO = pattern_of(r"[到至~止-]|结束|\.\.")
_OPEN_END = pattern_of(
    r"(?:份|的)*(?:以来|起|开始|(?:一直)?[到至]了?(?:现在|今天|今(?!年|个?月)|目前|当前|如今|$)|以后|之后|往后|算起|后(?![年来面续]))"
)
_BEFORE_ONLY = pattern_of(r"(?:份|的)*(?:以前|之前|前(?=$|[的,;交缴参能要都]))|(?:就|才)?截止(?![到至])")
_UNTIL_ONLY = pattern_of(r"(?:截[止至]到?|直到|^[到至])$")
_SHORT_END = pattern_of(r"(?:到|至|-+|~+)([0-9]{1,2})(?![0-9.年个天元号日季/])月?份?")
_SO_LONG = pattern_of(
    r"(?:份|的)*(?:起|开始|以后|之后|往后|后)(?:的|往后|连续|连着|算起?|,)*(半|[0-9]{1,3})(年半?|个月|个季度)(?!前|之前|以前)"
)
_HALF_A_YEAR = 6
_ALONE = pattern_of(r"(?:查|看|要|就)?(?:(半|[0-9])(年半?|个季度)|([0-9]{1,3})(个月))(?:的|吧|内)?")
_ALL = pattern_of(
    r"全部|所有|全都|历年|从头到尾|从头到现在|有史以来|一直以来|从参保|参保以来|从(?:一)?开始(?:到|至)|开始到现在|第1次参保|第一次参保"
)
_INSURANCE = r"(?:社保|养老|医保|医疗|失业|工伤|生育|职业年金|年金|保险|五险|职工|居民|个人)"
_ALL_OF_A_RECORD = pattern_of(
    rf"(?:全部|所有)的?(?:年份?|月份|时间)?的?{_INSURANCE}{{0,3}}的?(?:缴费|交费|记录|明细|流水|养老金|退休金|待遇|发放|报销|社保|年限)"
    rf"|历年|^(?:查|看|要)?(?:全部|所有)的?{_INSURANCE}{{1,3}}的?$|从头到现在|有史以来|一直以来|从(?:开始)?参保(?:到|以来|起)|从第[1一]次参保"
)
_ASKED_FOR = pattern_of(r"(?<![直眼])(?:查|看|打印|了解|知道)[一下查看到]{0,3}(?!.*(?<![直眼])(?:查|看|打印|了解|知道))")
_POINTED_AT = pattern_of(rf"((?:{YEAR}的?)?[0-9]{{1,2}}月份?的?)那(?:1?笔|1?次|1?回|1?份)")
_BY_THE_SUN = pattern_of("(?:阳历|公历|新历)(?:就|算|的)?是?|也就是(?!说)|就是说")
_A_STORY = 14
"""Characters from which on a sentence may tell of other times before it says which one is asked for."""

_BORN = pattern_of(
    rf"(?:(?:{YEAR}的?)?[0-9]{{1,2}}月(?:份|[0-9]{{1,2}}[日号])?|(?:19|20)[0-9]{{2}}[-./][0-9]{{1,2}}(?:[-./][0-9]{{1,2}})?|{YEAR})(?:的时候)?(?:出生|生人|生日|生(?=的|$|,)|属(?![于实性]))的?"
)
"""Somebody's birthday is no time to look at."""

_NEW_CLAUSE = pattern_of(r"[,;.][^,;.]{0,4}$")
_IN_PASSING = pattern_of(
    r"(?:份|[0-9]{1,2}[日号]|的时候|那时候?)*(?:我|就|刚|才|从[^,;]{1,6}|在[^,;]{1,6}|去)*(?:入职|离职|辞职|毕业|参加工作|开始上班|上班|下岗|跳槽|转正|退休|参保|来北京|来滨州|被裁|失业)"
)
"""Behind a time: what happened then is told; another time that stands in the sentence is asked for."""

_AMONG = pattern_of(r"[^0-9]{0,6}")


def _asked_for(text: str, now: Month) -> str:
    """The normalised sentence without the time that it takes back; from the time that is pointed at (6月那笔, 阳历是1月); and from the last word of
    looking on where a story stands before it and a time behind it; else all of it."""
    plain = _BORN.sub(" ", normal(text[:_LOOKED_AT]))
    if (meant := meant_of_two(plain)) != plain and _names_a_time(meant, now):
        plain = meant
    for pattern in (_POINTED_AT, _BY_THE_SUN):
        if (found := pattern.search(plain)) and _names_a_time(plain[found.start() :], now):
            return plain[found.start() :]
    found = _ASKED_FOR.search(plain)
    if (
        found
        and (found.start() >= _A_STORY or _NEW_CLAUSE.search(plain[: found.start()]))
        and _names_a_time(plain[found.start() :], now)
    ):
        return plain[found.start() :]
    return plain


def _names_a_time(plain: str, now: Month) -> bool:
    try:
        return _read(plain, now) is not None
    except Invalid:
        return False


EVER = Month(1951, 1)
"""No contribution is older: labour insurance began then. Only a bound to look from."""


def find_everything(text: str, today: date) -> Span | None:
    """From the beginning until now where a sentence asks for the whole of a record (全部缴费, 历年的养老金); None for 全部退出, 全部险种."""
    return Span(EVER, Month.of(today)) if _ALL_OF_A_RECORD.search(normal(text[:_LOOKED_AT])) else None


def everything(text: str) -> bool:
    """Whether the whole history is meant: 全部, 历年, 从参保到现在."""
    return _ALL.search(normal(text[:_LOOKED_AT])) is not None


def example(today: date) -> str:
    """A period to show as an example: the six months before this one, `2024-03 至 2024-08`."""
    end = Month.of(today).plus(-1)
    return f"{end.plus(-5)} 至 {end}"


def period(text: str, today: date, earliest: Month | None = None) -> Span:
    """The months that an answer names, never ending after the current month; see the rules above.

    With `earliest`, 全部 means from there until now (a caller that knows the person's first month passes it). Raises Invalid.
    """
    now = Month.of(today)
    plain = _asked_for(text, now)
    if earliest is not None and _ALL.search(plain):
        return Span(min(earliest, now), now)
    if alone := _ALONE.fullmatch(plain):
        piece = recent(alone[1] or alone[3], alone[2] or alone[4], now)
        if piece and piece.first and piece.last:
            return _checked(piece.first, piece.last, now)
    found = _read(plain, now)
    if found is None:
        raise Invalid(f"请发起止年月，例如 {example(today)}；也可以说“去年”“今年”“近半年”。")
    return found


def find_period(text: str, today: date) -> Span | None:
    """The period named somewhere in a sentence; None if there is none that can be searched (nothing named, the future, start after end)."""
    try:
        now = Month.of(today)
        return _read(_asked_for(text, now), now)
    except Invalid:
        return None


def find_coming(text: str, today: date) -> Span | None:
    """As `find_period` for what is still to be paid: months of this year that have not come may be named (今年1月到12月)."""
    try:
        return find_period(text, today) or _read(_asked_for(text, Month.of(today)), Month.of(today))
    except _NotYet as early:
        return early.span if early.span.end.year == today.year else None
    except Invalid:
        return None


def wrong_time(text: str, today: date) -> str:
    """Why the time that a sentence names cannot be looked for (月份只有1到12月…, …还没到…); '' where nothing is wrong with it, or none is named."""
    try:
        _read(normal(text[:_LOOKED_AT]), Month.of(today))
    except Invalid as why:
        return str(why)
    return ""


def month(text: str, today: date) -> Month:
    """One month: 2024-03, 202403, 2024.3, 2024年3月, 24年3月, 去年3月, 上个月, 本月, 3月 (the most recent). Raises Invalid."""
    now = Month.of(today)
    plain = normal(text[:_LOOKED_AT])
    if short := re.fullmatch(r"([0-9]{2})[-./]([0-9]{1,2})", plain):
        plain = f"{two_digit_year(int(short[1]), now)}-{short[2]}"
    found = _read(plain, now)
    if found is None and (number := re.fullmatch(r"([0-9]{1,2})", plain)) and 1 <= int(number[1]) <= 12:
        found = _read(f"{number[1]}月", now)
    if found is None:
        raise Invalid(f"请发一个年月，例如 {now.plus(-1)} 或“上个月”。")
    if found.start != found.end:
        raise Invalid(f"这里一次查一个月，请发一个年月，例如 {found.end}。")
    return found.start


def year(text: str, today: date) -> int:
    """One calendar year: 2023, 2023年, 23年, 2023年度, 二〇二三年, 去年. Raises Invalid."""
    now = Month.of(today)
    plain = normal(text[:_LOOKED_AT])
    if alone := re.fullmatch(r"([0-9]{2})(?:年度?)?", plain):
        plain = f"{two_digit_year(int(alone[1]), now)}年"
    found = _whole_year(pieces(plain, now))
    if found is None:
        raise Invalid(f"请发一个年份，例如 {now.year - 1} 或“去年”。")
    if found > now.year:
        raise Invalid(f"{found}年还没到，最晚可以查{now.year}年。")
    if found < EARLIEST_YEAR:
        raise Invalid(f"年份好像不对，请发四位年份，例如 {now.year - 1}。")
    return found


def find_year(text: str, today: date) -> int | None:
    """The one whole calendar year that a sentence names (去年, 2023年度), not in the future; None otherwise."""
    now = Month.of(today)
    try:
        found = _whole_year(pieces(one_way(_asked_for(text, now), now), now))
    except Invalid:
        return None
    return found if found is not None and found <= now.year else None


def _whole_year(found: list[Piece]) -> int | None:
    named = [piece for piece in found if not piece.now]
    return named[0].year if len(named) == 1 and named[0].whole_year else None


def _read(plain: str, now: Month) -> Span | None:
    """The first chain of named times in a normalised text as a span; None if there is none. Raises Invalid."""
    plain = one_way(plain, now)
    found = _merged(pieces(plain, now), plain)
    named = [piece for piece in found if not piece.now]
    if not named:
        return None
    start = found.index(named[0])
    if len(named) > 1 and _IN_PASSING.match(plain[named[0].end :]) and not _TO.fullmatch(plain[named[0].end : named[1].start]):
        start = found.index(named[1])
    first = last = found[start]
    joined, ends = False, 0
    for following in found[start + 1 :]:
        if not _TO.fullmatch(plain[last.end : following.start]):
            break
        ends += _UP_TO.search(plain[last.end : following.start]) is not None
        if ends > 1:
            raise Invalid(f"一次查一段时间，请只发开始和结束两个年月，例如 {now.plus(-6)} 至 {now.plus(-1)}。")
        last, joined = following, True
    if not joined:
        rest = plain[first.end :]
        if short := _SHORT_END.match(rest):
            if 1 <= int(short[1]) <= 12 and not first.whole_year:
                return _range(first, Piece(0, 0, bare=int(short[1])), now)
        elif so_long := _SO_LONG.match(rest):
            return _from_then_on(first, so_long[1], so_long[2], now)
        elif _OPEN_END.match(rest):
            return _range(first, Piece(0, 0, now, now, now=True), now)
        elif _UNTIL_ONLY.search(plain[: first.start]) and (whole := _year_around(first, found[start + 1 :])):
            return _range(whole, first, now)
        elif _BEFORE_ONLY.match(rest) or _UNTIL_ONLY.search(plain[: first.start]):
            raise Invalid("请把开始的年月也告诉我，例如 2020-01 至 2021-12。")
        return _resolved(first, now)
    return _range(first, last, now) if ends else _range(*_in_order(first, last), now)


def _year_around(end: Piece, others: list[Piece]) -> Piece | None:
    """The whole year that is named behind its end (截至上个月今年交了多少); None if none is."""
    return next((one for one in others if one.whole_year and end.year in (one.year, None)), None)


def _in_order(first: Piece, last: Piece) -> tuple[Piece, Piece]:
    """Two times of a list (今年和去年, 8月和7月) as they follow each other; 12月和1月 goes over the year's end."""
    if first.bare and last.bare:
        turned = 0 < first.bare - last.bare <= _HALF_A_YEAR
    else:
        turned = first.first is not None and last.first is not None and last.first < first.first
    return (last, first) if turned else (first, last)


def _from_then_on(first: Piece, count: str, unit: str, now: Month) -> Span:
    """So many months from a time on (从去年3月起半年), cut where the present is."""
    begin = _resolved(first, now).start
    piece = recent(count, unit, now)
    months = 1 if piece is None or piece.first is None or piece.last is None else piece.last.index - piece.first.index + 1
    return _checked(begin, begin.plus(months - 1), now, clips=True)


def _merged(found: list[Piece], plain: str) -> list[Piece]:
    """A year and a month that belong together though words stand between (去年我3月份): one piece."""
    result: list[Piece] = []
    for piece in found:
        before = result[-1] if result else None
        gap = plain[before.end : piece.start] if before else ""
        if before and piece.bare and before.whole_year and before.year and _AMONG.fullmatch(gap) and not _TO.fullmatch(gap):
            only = Month(before.year, piece.bare)
            result[-1] = Piece(before.start, piece.end, only, only, year=before.year)
        else:
            result.append(piece)
    return result


def _in_the_year_of(first: Piece, last: Piece) -> Piece:
    """A half-year or quarter without a year, in the year of the time before it; in the next where it would end before that begins."""
    if not last.floats or last.last is None or first.year is None or first.floats or first.first is None:
        return last
    end = Month(first.year, last.last.month)
    return replace(last, first=None, last=end if end >= first.first else end.plus(12), year=first.year)


def _resolved(piece: Piece, now: Month) -> Span:
    if piece.bare:
        only = _latest(piece.bare, now)
        return Span(only, only)
    if piece.first is None or piece.last is None:
        raise Invalid("请发起止年月。")
    return _checked(piece.first, piece.last, now, clips=piece.clips)


def _latest(number: int, now: Month) -> Month:
    """The most recent month of that number, the current one included."""
    return Month(now.year if number <= now.month else now.year - 1, number)


def _range(first: Piece, last: Piece, now: Month) -> Span:
    clips = last.clips
    last = _in_the_year_of(first, last)
    if last.bare:
        if first.bare:
            end = Month(now.year, last.bare) if clips else _latest(last.bare, now)
            begin = Month(end.year if first.bare <= last.bare else end.year - 1, first.bare)
            return _checked(begin, end, now, clips=clips)
        begin = first.first or now
        if first.whole_year:
            return _checked(begin, _latest(last.bare, now), now)
        end = Month(first.year or now.year, last.bare)
        if clips and end.year == now.year:
            return _checked(begin, end, now, clips=True)
        if end < begin and end.plus(12) <= now:
            end = end.plus(12)
        return _checked(begin, end, now)
    if last.last is None:
        raise Invalid("请发起止年月。")
    end = last.last
    if first.bare:
        number = first.bare
        stop = last.first if last.first is not None else end
        begin = Month(stop.year if number <= stop.month else stop.year - 1, number)
    else:
        begin = first.first or now
    if last.now and begin > now:
        raise Invalid(_FUTURE.format(which=begin.label, latest=now.label))
    return _checked(begin, end, now, clips=clips)


_FUTURE = "{which}还没到，最晚可以查到{latest}。"


class _NotYet(Invalid):
    """The end of a span has not come."""

    def __init__(self, span: Span, now: Month) -> None:
        super().__init__(_FUTURE.format(which=span.end.label, latest=now.label))
        self.span = span


def _checked(begin: Month, end: Month, now: Month, *, clips: bool = False) -> Span:
    if begin > end:
        raise Invalid(f"开始的{begin.label}比结束的{end.label}晚。是要查 {end} 至 {begin} 吗？请把起止年月再发一次。")
    if begin > now:
        raise Invalid(_FUTURE.format(which=begin.label, latest=now.label))
    if end > now:
        if not clips:
            raise _NotYet(Span(begin, end), now)
        end = now
    if begin.year < EARLIEST_YEAR:
        raise Invalid("年份好像不对，请发四位年份，例如 2024年3月。")
    return Span(begin, end)
