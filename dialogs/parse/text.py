"""Making what people type comparable: widths, dashes, spaces and Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from dialogs.parse.patterns import pattern_of

LONGEST = 2000
"""More than this is cut before anything is looked at: WeChat lets people paste whole pages."""

_DASHES = "‐‑‒–—―−﹘﹣ー"
_MARKS = str.maketrans({**dict.fromkeys(_DASHES, "-"), "〜": "~", "∼": "~", "∽": "~", "。": ".", "、": ",", "○": "〇", "◯": "〇"})
_CJK = r"[一-鿿㐀-䶿〇]"
_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn"}
_BLANKS = pattern_of(r"\s+")
_BLANK_BESIDE_CJK = pattern_of(rf"(?<={_CJK}) | (?={_CJK})")

_DIGITS = {
    **dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "两": 2,
    "幺": 1,
    **{str(n): n for n in range(10)},
}
_TENS = {"十": 1, "拾": 1, "廿": 2, "卅": 3}
_PLAIN = "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺"
_NUMERAL = f"[{_PLAIN}两十拾廿卅百]"

_LETTER_O = pattern_of(
    r"(?<=[0-9])[oO](?=[0-9])|(?<=[二2][零〇0oO])[oO](?=[零〇一二三四五六七八九])|(?<=[二2])[oO](?=[零〇一二三四五六七八九0-9oO][零〇一二三四五六七八九0-9])"
)
_A_WHOLE_YEAR = pattern_of(r"(?<![0-9])((?:19|20)[0-9]{2})(?:这|那)?一整?年")
_ONE_AS_DASH = pattern_of(r"(?<=[0-9])一(?=(?:19|20)[0-9]{2})")
_DIGIT_RUN = pattern_of(rf"(?![{_PLAIN}](?:19|20)[0-9]{{2}}(?![0-9]))[{_PLAIN}0-9]{{4,}}(?![个人位名种张条直共起])")
_FIRST_OF_TWO_YEARS = pattern_of(
    rf"(?<![{_PLAIN}两十百0-9])[零〇一二三四五六七八九]{{2}}(?=(?:到|至|-|~|和|跟|与)(?:[零〇一二三四五六七八九]{{2}}|[0-9]{{2}})年)"
)
_TWO_DIGIT_YEAR = pattern_of(rf"(?<![{_PLAIN}两十百])[零〇一二三四五六七八九][零〇一二三四五六七八九](?=年)")
_NEIGHBOUR_MONTHS = pattern_of(
    r"(?<![零〇一二三四五六七八九十0-9])([一二三四五六七八九]{2,}十?|九十|十十一|十一十二|十十一十二)(?=月|三?个月)"
)
_COUNTED_MONTHS = pattern_of(r"(?<![零〇一二三四五六七八九十0-9])([一二三四五六七八九]{2,})(?:这|那)?([两二三四五六七八])个月份?")
_COUNTED_AFTER_YEARS = pattern_of(r"(?<=(?:19|20)[0-9]{2})(?:这|那)?[两三四五]年(?!级)")
_THOUSANDS = pattern_of(rf"[两二2]千零?({_NUMERAL}{{0,3}})(?=年)")
_BEFORE_UNIT = pattern_of(rf"(?<![0-9]){_NUMERAL}+(?=个?半?(?:年(?!级)|月|季|号|日))")
_ABOUT_SO_MANY = pattern_of(r"(?<=[这近去])(?:一二|二三|三四|四五|五六|六七|七八|八九)(?=个?[年月])")
"""这四五年: neither 45 nor the years 4 and 5."""

_EACH_MONTH = pattern_of(
    r"(?<![十0-9年到至和、从今去查看,第])(?:一|1)月(?=(?:得|能|要|开|挣|领|拿|掏|给|发|交|缴)?(?:个|着|我|俺|你)?(?:多少|几[个块百千]|[一二三四五六七八九两0-9]{1,4}[千百万块元]))"
)
"""一月两千六: each month, not January."""

_ORDINAL = pattern_of(rf"(?<=第){_NUMERAL}+")
_RANGE_START = pattern_of(rf"{_NUMERAL}+(?=月?份?(?:到|至|-|~)[0-9]{{1,2}}月)")
_COLLOQUIAL = (("俩月", "两个月"), ("仨月", "三个月"), ("元月", "1月"), ("一整年", "整年"))


_KEPT_AT_MOST = 24
_TELLING = pattern_of(r"\d{5}")


def _may_be_kept(text: str) -> bool:
    """Words that many people type. Not what could be a code, a phone or a card: that is worked out anew each time and kept nowhere."""
    return len(text) <= _KEPT_AT_MOST and not text.isascii() and not _TELLING.search(text)


def tidy(text: str) -> str:
    """NFKC (full width, circled digits), dashes and stops made one, invisible characters dropped, blanks only where they part words."""
    return _kept_tidy(text) if _may_be_kept(text) else _tidied(text)


def _tidied(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    if not text.isascii() or not text.isprintable():
        text = "".join(c if unicodedata.category(c) not in _INVISIBLE else " " if c in "\t\n\r" else "" for c in text)
        text = text.translate(_MARKS)
    text = _BLANKS.sub(" ", text).strip()
    return _BLANK_BESIDE_CJK.sub("", text)


def number(numeral: str) -> int:
    """The value of a Chinese or mixed numeral: 二〇二四 → 2024, 十二 → 12, 二十四 → 24, 一百零八 → 108.

    Raises ValueError when a character is none.
    """
    if not numeral:
        raise ValueError("no numeral")
    if not any(c in _TENS or c == "百" for c in numeral):
        value = 0
        for c in numeral:
            if c not in _DIGITS:
                raise ValueError("not a numeral")
            value = value * 10 + _DIGITS[c]
        return value
    value, pending = 0, -1
    for c in numeral:
        if c == "百":
            value += max(pending, 1) * 100
            pending = -1
        elif c in _TENS:
            value += (pending if pending > 0 else 1) * _TENS[c] * 10
            pending = -1
        elif c in _DIGITS:
            pending = _DIGITS[c] if pending < 0 else pending * 10 + _DIGITS[c]
        else:
            raise ValueError("not a numeral")
    return value + max(pending, 0)


def _digits(found: re.Match[str]) -> str:
    return "".join(str(_DIGITS[c]) for c in found[0])


_ABOUT = frozenset({"一两", "两三", "三五"})
"""Roughly so many: no number of years or months."""


def _value(found: re.Match[str]) -> str:
    return found[0] if found[0] in _ABOUT else str(number(found[0]))


def _neighbours(found: re.Match[str]) -> str:
    months = [number(part) for part in re.findall("十[一二]?|[一二三四五六七八九]", found[1])]
    follow = all(later == month + 1 for month, later in pairwise(months))
    return f"{months[0]}-{months[-1]}" if follow else found[0]


def _counted(found: re.Match[str]) -> str:
    """五六七三个月 as 5-7月: as many as are said, one after the other; other numerals stay."""
    months = [number(part) for part in found[1]]
    follow = all(later == month + 1 for month, later in pairwise(months))
    return f"{months[0]}-{months[-1]}月" if follow and len(months) == number(found[2]) else found[0]


def _thousands(found: re.Match[str]) -> str:
    return str(2000 + (number(found[1]) if found[1] else 0))


def normal(text: str) -> str:
    """`tidy`, and Chinese numerals as digits where they count something: years, months, quarters, 第几, and runs of four or more.

    五险, 一下, 三险一金 stay words. 三四月 becomes 3-4月. The result never has line breaks.
    """
    return _kept_normal(text) if _may_be_kept(text) else _normalised(text)


def _normalised(text: str) -> str:
    text = _tidied(text)
    text = _LETTER_O.sub("0", text)
    text = _A_WHOLE_YEAR.sub(r"\1年整年", _ONE_AS_DASH.sub("-", text))
    if text.isascii():
        return text
    for word, plain in _COLLOQUIAL:
        text = text.replace(word, plain)
    text = _ABOUT_SO_MANY.sub("几", _EACH_MONTH.sub("每月", text))
    text = _THOUSANDS.sub(_thousands, text)
    text = _COUNTED_MONTHS.sub(_counted, text)
    text = _NEIGHBOUR_MONTHS.sub(_neighbours, text)
    text = _COUNTED_AFTER_YEARS.sub("年", text)
    text = _DIGIT_RUN.sub(_digits, text)
    text = _FIRST_OF_TWO_YEARS.sub(_digits, text)
    text = _TWO_DIGIT_YEAR.sub(_digits, text)
    text = _BEFORE_UNIT.sub(_value, text)
    text = _RANGE_START.sub(_value, text)
    return _ORDINAL.sub(_value, text)


_kept_tidy = lru_cache(maxsize=4096)(_tidied)
_kept_normal = lru_cache(maxsize=4096)(_normalised)
