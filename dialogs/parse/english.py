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
_PARTS = pattern_of(
    r"\b(?:the )?(?P<part>first|second|third|fourth|1st|2nd|3rd|4th|last) (?P<what>half|quarter) of (?:the )?(?P<when>(?:19|20)[0-9]{2}|last year|this year)"
    r"|\bq(?P<q>[1-4])(?: of)? (?P<of>(?:19|20)[0-9]{2}|last year|this year)",
    re.IGNORECASE,
)
_OF_A_YEAR = pattern_of(rf"\b{_NAME} (?:of )?(?P<year>last|this) year\b", re.IGNORECASE)
_TWO = pattern_of(
    rf"\b{_NAME.replace('name', 'one')}(?: and | to | through |-){_NAME.replace('name', 'two')}\b(?!\.?,?(?: of| in)? ?(?:this year|last year|(?:19|20)[0-9]{{2}}))",
    re.IGNORECASE,
)
_BARE = pattern_of(
    r"\b(?P<name>jan(?:uary)?|feb(?:ruary)?|march|april?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?= (?:payment|contribution|pension|record|social|insurance|statement))",
    re.IGNORECASE,
)
_FROM_TO = pattern_of(
    rf"\b(?:from|between) {_NAME.replace('name', 'begin')} (?:to|until|till|through|and) {_NAME.replace('name', 'end')}(?: of| in)? (?P<which>this year|last year|(?:19|20)[0-9]{{2}})",
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
        ("year to date|ytd", "今年"),
        ("(?:this|current) year", "今年"),
        ("(?:this|current) month", "本月"),
        ("now|today|the present|present", "现在"),
    )
)


def in_chinese(plain: str) -> str:
    """A text with English times written as Chinese ones; one without three Latin letters in a row is the same text."""
    if not _LATIN.search(plain):
        return plain
    plain = _PARTS.sub(_part, _OF_A_YEAR.sub(_of_a_year, _FROM_TO.sub(_from_to, plain)))
    plain = _BARE.sub(lambda found: f"{_number(found['name'])}月", _TWO.sub(_two, _RECENT.sub(_recent, plain)))
    for pattern, said in _WORDS:
        plain = pattern.sub(said, plain)
    plain = _NAMED.sub(_named, plain)
    return _UNTIL.sub("到", _SINCE.sub(r"\1以来", plain))


def _year(said: str) -> str:
    return {"this year": "今年", "last year": "去年"}.get(said.lower(), f"{said}年")


def _part(found: re.Match[str]) -> str:
    """first half of 2023, the last quarter of this year, Q1 2024."""
    if found["q"]:
        return f"{_year(found['of'])}{found['q']}季度"
    halves, part = found["what"].lower() == "half", found["part"].lower()
    number = int(part[0]) if part[0].isdigit() else ("first", "second", "third", "fourth", "last").index(part) + 1
    if halves:
        return f"{_year(found['when'])}{'上' if number == 1 else '下'}半年"
    return f"{_year(found['when'])}{min(number, 4)}季度"


def _of_a_year(found: re.Match[str]) -> str:
    return f"{'去年' if found['year'].lower() == 'last' else '今年'}{_number(found['name'])}月"


def _two(found: re.Match[str]) -> str:
    return f"{_number(found['one'])}月到{_number(found['two'])}月"


def _from_to(found: re.Match[str]) -> str:
    year = _year(found["which"])
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
