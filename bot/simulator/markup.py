"""Writing the platform's XML, and reading ours: the only two places where angle brackets matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict


class NotXml(Exception):
    """The text is not a well-formed `<xml>` document without a DOCTYPE; the message says why, without quoting the text."""


class Repeated(tuple[Any, ...]):
    """Elements of one name beside each other."""

    __slots__ = ()


def write(fields: Mapping[str, Any]) -> str:
    """`fields` as the platform sends them: integers bare, words in CDATA, mappings nested, a list as repeated `item`, `Repeated` as itself
    again and again.

    Characters that XML forbids are passed on as they are, because the platform does so too (wechat.md B1.3).
    """
    return f"<xml>{_children(fields)}</xml>"


def _children(fields: Mapping[str, Any]) -> str:
    written = ((name, one) for name, value in fields.items() for one in (value if isinstance(value, Repeated) else (value,)))
    return "\n".join(f"<{name}>{_value(value)}</{name}>" for name, value in written)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _children(value)
    if isinstance(value, list | tuple):
        return "".join(f"<item>{_value(one)}</item>" for one in value)
    if isinstance(value, int | float):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def read(text: str) -> dict[str, Any]:
    """The children of `<xml>`, white space kept; an element that occurs twice is a list, an empty one is None. Raises NotXml."""
    if "<!DOCTYPE" in text.upper():
        raise NotXml("a DOCTYPE is not allowed")
    try:
        tree = xmltodict.parse(text, strip_whitespace=False)
    except (ExpatError, ValueError):
        raise NotXml("not well-formed") from None
    root = tree.get("xml")
    if not isinstance(root, dict):
        raise NotXml("the root is not <xml> with elements in it")
    return {name: value for name, value in root.items() if name != "#text"}
