"""Times in English, as foreigners who work here write them: last month, since March 2023, past 6 months."""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_NO_YEAR = r"(?!\.?,?(?: of)? ?(?:19|20)[0-9]{2})"
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_LATIN = pattern_of(r"[a-zA-Z]{3}")
_NAMED = pattern_of(
    rf"\b{_NAME}\b\.?,?(?: of)? ?(?P<year>(?:19|20)[0-9]{{2}})(?![0-9])|(?P<first>(?:19|20)[0-9]{{2}}) ?\b{_NAME.replace('name', 'after')}\b"
    rf"|(?<=\bin ){_NAME.replace('name', 'bare1')}\b{_NO_YEAR}|\b(?:from|to|until|till|since|and) {_NAME.replace('name', 'bare2')}\b{_NO_YEAR}",
    re.IGNORECASE,
)
_FROM_TO = pattern_of(
    rf"\bfrom {_NAME.replace('name', 'begin')} (?:to|until|till|through) {_NAME.replace('name', 'end')}(?: of| in)? (?P<which>this year|last year|(?:19|20)[0-9]{{2}})",
    re.IGNORECASE,
)
_RECENT = pattern_of(
    rf"\b(?:last|past|previous|recent) ([0-9]{{1,2}}|{'|'.join(_COUNTS)}|half) ?(?:a )?(months?|years?)(?![a-zA-Z])",
    re.IGNORECASE,
)
_SINCE = pattern_of(r"\bsince ((?:19|20)[0-9]{2}年?(?:[0-9]{1,2}月)?|[0-9]{1,2}月|去年|今年)", re.IGNORECASE)
_UNTIL = pattern_of(r" *\b(?:to|until|till|through|up to)\b *(?=[0-9现今去本上])", re.IGNORECASE)
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (pattern_of(rf"(?<![a-zA-Z])(?:{words})(?![a-zA-Z])", re.IGNORECASE), said)
    for words, said in (
        ("(?:the )?year before last", "前年"),
        ("(?:the )?month before last", "上上个月"),
        ("(?:last|previous|past) quarter", "上个季度"),
        ("(?:this|current) quarter", "本季度"),
        ("(?:last|previous|past) year", "去年"),
        ("(?:last|previous|past) month", "上个月"),
        ("(?:this|current) year", "今年"),
        ("(?:this|current) month", "本月"),
        ("now|today|the present|present", "现在"),
    )
)


def in_chinese(plain: str) -> str:
    """A text with English times written as Chinese ones; one without three Latin letters in a row is the same text."""
    if not _LATIN.search(plain):
        return plain
    plain = _RECENT.sub(_recent, _FROM_TO.sub(_from_to, plain))
    for pattern, said in _WORDS:
        plain = pattern.sub(said, plain)
    plain = _NAMED.sub(_named, plain)
    return _UNTIL.sub("到", _SINCE.sub(r"\1以来", plain))


def _from_to(found: re.Match[str]) -> str:
    which = found["which"].lower()
    year = "今年" if which == "this year" else "去年" if which == "last year" else f"{which}年"
    return f"{year}{_number(found['begin'])}月到{_number(found['end'])}月"


def _number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _recent(found: re.Match[str]) -> str:
    count, unit = found[1].lower(), "年" if found[2].lower().startswith("year") else "个月"
    number = "半" if count == "half" else str(_COUNTS.index(count) + 1) if count in _COUNTS else count
    return f"近{number}{unit}"


def _named(found: re.Match[str]) -> str:
    name = found["name"] or found["after"] or found["bare1"] or found["bare2"]
    month = f"{_number(name)}月"
    year = found["year"] or found["first"]
    if year:
        return f"{year}年{month}"
    word = found[0][: -len(name)]
    return f"{word}{month}"
