"""The short way through usual bodies reads exactly what the parser reads, and leaves everything else to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat import xml
from bot.wechat.xml import Malformed, parse

USUAL = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n<CreateTime>1726106400</CreateTime>\n"
    "<Content><![CDATA[ 校验 ]  <b> & ]]]></Content><Empty></Empty></xml>\n"
)


def _parsed(body: bytes) -> object:
    """What the parser alone makes of it."""
    short, xml._plain_fields = xml._plain_fields, lambda _: None  # type: ignore[assignment]
    try:
        return parse(body)
    except Malformed as error:
        return type(error)
    finally:
        xml._plain_fields = short


def _read(body: bytes) -> object:
    try:
        return parse(body)
    except Malformed as error:
        return type(error)


def test_a_usual_body_goes_the_short_way() -> None:
    """Elements with text or one CDATA section, brackets and marks inside it included."""
    found = xml._plain_fields(USUAL.encode())
    assert found == {"ToUserName": "gh_1", "CreateTime": "1726106400", "Content": " 校验 ]  <b> & ]", "Empty": ""}
    assert found == _parsed(USUAL.encode())


@pytest.mark.parametrize(
    "body",
    [
        "<xml><A><B>1</B></A></xml>",
        "<xml><A>1</A><A>2</A></xml>",
        "<xml><A>&amp;</A></xml>",
        "<xml><A><![CDATA[x]]><![CDATA[y]]></A></xml>",
        "<xml><A>a\r\nb</A></xml>",
        "<xml><A b='1'>x</A></xml>",
        "<!DOCTYPE x><xml><A>1</A></xml>",
        "<xml><A>1</B></xml>",
        "<xml><A>]]></A></xml>",
        "<xml><A><![CDATA[x]]></A>text</xml>",
        "<xml><A>1</A></xml><xml></xml>",
        "<xml></xml>",
    ],
)
def test_what_is_not_usual_is_the_parsers(body: str) -> None:
    """Nesting, repetitions, entities, attributes, line ends, two documents: the answer is the parser's in every case."""
    assert _read(body.encode()) == _parsed(body.encode())


_PIECES = st.sampled_from(
    ["<xml>", "</xml>", "<A>", "</A>", "<B>", "</B>", "<![CDATA[", "]]>", "]", "x", " ", "\n", "&lt;", "<", ">", "校", "\r"]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_both_ways_agree(inside: str) -> None:
    """Whatever the pieces of a body are put together to."""
    for body in (inside, f"<xml>{inside}</xml>", f"<xml><A><![CDATA[{inside}]]></A></xml>"):
        assert _read(body.encode()) == _parsed(body.encode())
