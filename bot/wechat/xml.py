"""Reads the bodies that WeChat sends (and escapes text for the ones we send): flat XML mostly, JSON when the operator chose it, and now and then something broken.

Straight on expat, because it is the fastest thing that can be made safe (infra.md 6): a DOCTYPE is refused before anything in it
is looked at, so entities never exist; nesting is limited; what XML 1.0 forbids but people type all the same is dropped
(wechat.md B1.3). Text is kept exactly as it was sent, spaces included.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias
from xml.parsers import expat

Value: TypeAlias = "str | dict[str, Value] | list[Value]"
Fields: TypeAlias = dict[str, Value]

MAX_DEPTH = 8
"""The deepest documented body (MASSSENDJOBFINISH, PUBLISHJOBFINISH) has five levels."""

FORBIDDEN_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What may stand in no XML 1.0 document, however it is escaped."""

_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 13})
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


def cdata(text: str) -> str:
    """`text` as a CDATA section: what XML forbids is dropped, and a `]]>` inside is split so that it cannot end the section."""
    text = FORBIDDEN_CHARACTERS.sub("", text)
    if "]]>" in text:
        text = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


class Malformed(ValueError):
    """The body is not well-formed. Says nothing of its content."""


class Hostile(Malformed):
    """The body has what no honest sender writes: a DOCTYPE, or nesting without end."""


def parse(body: bytes) -> Fields:
    """The fields under the root. A repeated element becomes a list; an element with children becomes a dict; a leaf is its text.

    JSON comes out in the same shape, numbers as the digits that were sent. An empty root gives `{}`.

    Raises:
        Malformed: not well-formed, or the root is not an object.
        Hostile: DOCTYPE, or deeper than `MAX_DEPTH`.
    """
    if body.lstrip()[:1] == b"{":
        return _parse_json(body)
    cleaned = body.translate(None, _CONTROL_BYTES)
    if b"\xef\xbf" in cleaned:
        for noncharacter in _NONCHARACTERS:
            cleaned = cleaned.replace(noncharacter, b"")
    try:
        return _parse_xml(cleaned)
    except Hostile:
        raise
    except Malformed:
        # A broken UTF-8 sequence in somebody's text is no reason to leave them without an answer.
        repaired = cleaned.decode("utf-8", "ignore").encode()
        if repaired == cleaned:
            raise
        return _parse_xml(repaired)


_ELEMENT = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>(?:<!\[CDATA\[([^\]]*(?:\](?!\]>)[^\]]*)*)\]\]>|([^<>&\]]*))</\1>[ \n\t]*")
_PLAIN_BEGINNING, _PLAIN_END = re.compile(r"<xml>[ \n\t]*"), re.compile(r"</xml>[ \n\t]*")


def _plain_fields(body: bytes) -> Fields | None:
    """The body of nearly every message, read at a fifth of what the parser costs: elements with text or one CDATA section each, none twice,
    nothing else. None for whatever is not exactly that; the parser reads it then."""
    if b"\r" in body:
        return None  # line ends are the parser's business
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    beginning = _PLAIN_BEGINNING.match(text)
    if beginning is None:
        return None
    fields: Fields = {}
    at, match = beginning.end(), _ELEMENT.match
    while (element := match(text, at)) is not None:
        name, quoted, plain = element.groups()
        if name in fields:
            return None
        fields[name] = plain if quoted is None else quoted
        at = element.end()
    return fields if _PLAIN_END.fullmatch(text, at) else None


def _parse_xml(body: bytes) -> Fields:
    if (plain := _plain_fields(body)) is not None:
        return plain
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.ordered_attributes = True
    document: Fields = {}
    open_elements: list[Fields] = [document]
    text: list[str] = []
    # Bound once: these run for every element of every message.
    push, pop, clear, join = open_elements.append, open_elements.pop, text.clear, "".join

    def start(_name: str, _attributes: object) -> None:
        if len(open_elements) > MAX_DEPTH:
            raise Hostile("nesting")
        push({})
        clear()

    def end(name: str) -> None:
        value: Value = pop() or join(text)
        clear()
        parent = open_elements[-1]
        if name not in parent:
            parent[name] = value
            return
        before = parent[name]
        if isinstance(before, list):
            before.append(value)
        else:
            parent[name] = [before, value]

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise Malformed("xml") from None
    (root,) = document.values()
    return root if isinstance(root, dict) else {}


def _refuse_doctype(*_declaration: object) -> None:
    raise Hostile("doctype")


def _parse_json(body: bytes) -> Fields:
    try:
        raw: object = json.loads(body.decode("utf-8", "ignore"), strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise Hostile("nesting") from None
    except ValueError:
        raise Malformed("json") from None
    fields = _as_fields(raw, 1)
    if not isinstance(fields, dict):
        raise Malformed("json")
    return fields


def _as_fields(raw: object, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise Hostile("nesting")
    match raw:
        case str():
            return FORBIDDEN_CHARACTERS.sub("", raw)
        case dict():
            return {str(name): _as_fields(value, depth + 1) for name, value in raw.items()}
        case list():
            return [_as_fields(value, depth + 1) for value in raw]
        case None:
            return ""
        case _:
            return str(raw).lower()
