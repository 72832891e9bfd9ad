"""The rules for the values of a template message, checked here because the platform's test account does not (wechat.md A8).

The kind of a field is its key without the digits at the end: `thing1`, `character_string21`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Of the categories Cc, Zl, Zp and Cs."""
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DATE = r"(?:\d{4}年(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])日|\d{4}([-/.])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12]\d|0?[1-9]))"
_TIME_FIELD = re.compile(rf"(?:{_DATE}\s?)?{_TIME}")
_DATE_FIELD = re.compile(rf"{_DATE}(?:\s?{_TIME})?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z]+")
_AMOUNT = re.compile(r"[¥￥$€£]?-?\d{1,10}(?:\.\d+)?元?", re.ASCII)
_PHONE = re.compile(r"[0-9+\-() #*]+")
_CAR = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9]*[A-Za-z0-9\u4e00-\u9fff]?")


def problems(data: Mapping[str, str], options: Mapping[str, Collection[str]] | None = None) -> list[str]:
    """One line in English for each value that the platform would refuse with 47003; empty when all is well.

    The values themselves are never in the lines. `options` are the listed values of `const` and `enum` fields, by key; such a
    field without options is not checked further. Keys of the old templates (`keyword1`) have no rule of their own.
    """
    found = []
    for key, value in data.items():
        kind = key.rstrip("0123456789")
        if problem := _problem(kind, value, (options or {}).get(key)):
            found.append(f"data.{key}.value invalid: {problem}")
    return found


def _problem(kind: str, value: str, listed: Collection[str] | None) -> str:
    if not value.strip():
        return "empty"
    if _CONTROL.search(value):
        return "control character or line break"
    if kind in {"first", "remark"}:
        return "no longer shown by the platform"
    if kind in {"const", "enum"}:
        return "" if listed is None or value in listed else "not one of the listed values"
    rule = _RULES.get(kind)
    return rule(value) if rule else ""


def _thing(value: str) -> str:
    return _at_most(20, value)


def _number(value: str) -> str:
    return _at_most(32, value) or _shape(_NUMBER, value, "digits, with a decimal point at most")


def _letter(value: str) -> str:
    return _at_most(32, value) or _shape(_LETTERS, value, "letters only")


def _symbol(value: str) -> str:
    return _at_most(5, value) or ("symbols only" if any(character.isalnum() for character in value) else "")


def _character_string(value: str) -> str:
    return _at_most(32, value) or ("" if value.isascii() else "digits, letters and symbols only")


def _time(value: str) -> str:
    return _range(_TIME_FIELD, value, "a time, with or without a date")


def _date(value: str) -> str:
    return _range(_DATE_FIELD, value, "a date, with or without a time")


def _amount(value: str) -> str:
    return _shape(_AMOUNT, value, "one currency sign and up to ten digits, with or without 元")


def _phone(value: str) -> str:
    return _at_most(17, value) or _shape(_PHONE, value, "digits and symbols only")


def _car(value: str) -> str:
    return _at_most(8, value) or _shape(_CAR, value, "letters and digits, Chinese at either end only")


def _name(value: str) -> str:
    return _at_most(10 if _CJK.search(value) else 20, value)


def _phrase(value: str) -> str:
    return _at_most(5, value) or ("" if all(_CJK.match(character) for character in value) else "Chinese characters only")


_RULES: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "number": _number,
    "letter": _letter,
    "symbol": _symbol,
    "character_string": _character_string,
    "time": _time,
    "date": _date,
    "amount": _amount,
    "phone_number": _phone,
    "car_number": _car,
    "name": _name,
    "phrase": _phrase,
}


def _at_most(limit: int, value: str) -> str:
    return f"{len(value)} characters, at most {limit}" if len(value) > limit else ""


def _shape(pattern: re.Pattern[str], value: str, rule: str) -> str:
    return "" if pattern.fullmatch(value) else rule


def _range(pattern: re.Pattern[str], value: str, rule: str) -> str:
    ends = value.split("~")
    return "" if len(ends) <= 2 and all(pattern.fullmatch(end.strip()) for end in ends) else rule
