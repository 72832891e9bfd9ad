"""What a template message's values may look like, by the type in their key (wechat.md A8)."""

from __future__ import annotations

import re
from typing import Any

from bot.simulator.account import SimTemplate

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?"
_DAY = r"\d{4}(?:年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2})"
_MONTH = r"\d{4}(?:年\d{1,2}月|[-/.]\d{1,2})"
_MOMENT = rf"(?:{_DAY}\s*{_CLOCK}|{_DAY}|{_MONTH}|{_CLOCK})"
_PERIOD = rf"{_MOMENT}(?:\s*[~～]\s*{_MOMENT})?"

_FORMS = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"-?(?=.{1,32}$)\d+(?:\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(rf"[^\w\s{_CJK}]{{1,5}}"),
    "character_string": re.compile(r"[\x21-\x7e][\x20-\x7e]{0,31}"),
    "time": re.compile(_PERIOD),
    "date": re.compile(_PERIOD),
    "amount": re.compile(r"[¥￥$€£]?-?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(rf"[{_CJK}A-Za-z]?[A-Za-z0-9]{{1,6}}[{_CJK}A-Za-z0-9]?"),
    "name": re.compile(rf"(?=.*[{_CJK}])[{_CJK}·]{{1,10}}|[^\d{_CJK}]{{1,20}}"),
    "phrase": re.compile(rf"[{_CJK}]{{1,5}}"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def fits(key: str, value: str, options: tuple[str, ...] = ()) -> bool:
    """Whether `value` may stand under `key`; the type is the key without its last digits. `options` are a const's values."""
    if not value or _CONTROL.search(value):
        return False
    kind = key.rstrip("0123456789")
    if kind in {"const", "enum"}:
        return value in options
    form = _FORMS.get(kind)
    return form is not None and form.fullmatch(value) is not None


def first_misfit(template: SimTemplate, data: dict[str, Any]) -> str:
    """The first key whose value is missing or breaks its type; empty when all is well. Keys that the template lacks are ignored."""
    for key, _ in template.fields:
        given = data.get(key)
        value = given.get("value") if isinstance(given, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not fits(key, value, template.options.get(key, ())):
            return key
    return ""
