"""The platform's JSON, for accounts that chose it: the same names as in XML, numbers bare (wechat.md A1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.simulator.markup import Repeated


class NotJson(Exception):
    """The text is no JSON object; the message says why, without quoting the text."""


def write(fields: Mapping[str, Any]) -> str:
    """`fields` as the platform sends them. Elements of one name beside each other are an array, but one alone is an object (A4)."""
    return json.dumps(_plain(fields), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Repeated):
        return _plain(value[0]) if len(value) == 1 else [_plain(one) for one in value]
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def read(text: str) -> dict[str, Any]:
    """The fields of an answer, as XML would have them: every value a text, articles under `item`. Raises NotJson."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotJson("not well-formed: no JSON") from None
    if not isinstance(found, dict):
        raise NotJson("not well-formed: no JSON object")
    fields: dict[str, Any] = _words(found)
    if isinstance(fields.get("Articles"), list):
        fields["Articles"] = {"item": fields["Articles"]}
    return fields


def _words(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _words(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_words(one) for one in value]
    return None if value is None else str(value)
