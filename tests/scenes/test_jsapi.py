"""Which pages may be signed for WeChat's scripts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.wechat.jsapi import NotOurs, jsapi_signature, page_signature
from tests import vectors
from tests.edge.test_vectors import _present

OURS = ("https://sb.example.cn",)


@pytest.mark.parametrize("case", vectors.cases("jsapi_signature"))
def test_the_vectors_sign_for_their_own_host(case: Any) -> None:
    """The official sample and the one with a fragment, through the door that looks at the host."""
    given = _present(case)["inputs"]
    url = given["url"]
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    signed = page_signature(given["jsapi_ticket"], given["noncestr"], given["timestamp"], url, (origin,))
    assert signed == case["signature"]


def test_a_fragment_changes_nothing() -> None:
    """What stands behind # is no part of what is signed; what stands behind ? is."""
    plain = page_signature("t", "n", 1, "https://sb.example.cn/p/x?a=1", OURS)
    assert page_signature("t", "n", 1, "https://sb.example.cn/p/x?a=1#part", OURS) == plain
    assert page_signature("t", "n", 1, "https://sb.example.cn/p/x?a=2", OURS) != plain
    assert plain == jsapi_signature("t", "n", 1, "https://sb.example.cn/p/x?a=1")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/p/x",
        "https://sb.example.cn.evil.example/p/x",
        "https://sb.example.cn@evil.example/p/x",
        "https://evil.example/#https://sb.example.cn",
        "https://evil.example\\@sb.example.cn/p/x",
        "https://user@sb.example.cn/p/x",
        "https://sb.example.cn:8443/p/x",
        "http://sb.example.cn/p/x",
        "//sb.example.cn/p/x",
        "/p/x",
        "",
    ],
)
def test_no_other_host_is_signed(url: str) -> None:
    """Another host, scheme or port, or an address that only looks like ours, raises NotOurs."""
    with pytest.raises(NotOurs):
        page_signature("t", "n", 1, url, OURS)
