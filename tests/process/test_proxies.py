"""Who asks, behind reverse proxies: a header counts only as far as proxies of ours have written it."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.proxies import behind

CLIENT = "203.0.113.7"


async def _asks(trusted: tuple[str, ...], *lines: str) -> str:
    """Who the application thinks is asking when a request with these header lines comes from 127.0.0.1."""

    async def who(request: web.Request) -> web.Response:
        return web.Response(text=request.remote or "")

    app = web.Application(middlewares=[behind(trusted)])
    app.router.add_get("/", who)
    async with TestClient(TestServer(app)) as client:
        headers = [("X-Forwarded-For", line) for line in lines]
        async with client.get("/", headers=headers) as answer:
            assert answer.status == 200
            return await answer.text()


@pytest.mark.parametrize("trusted", [(), ("10.0.0.1",), ("::1",), ("192.0.2.0/24", "2001:db8::/32")])
async def test_a_header_from_anybody_else_is_ignored(trusted: tuple[str, ...]) -> None:
    """Without trusted proxies, or from one that is none of them, only the connection tells who asks."""
    assert await _asks(trusted, CLIENT) == "127.0.0.1"


@pytest.mark.parametrize(
    ("trusted", "header", "asker"),
    [
        ("127.0.0.1", CLIENT, CLIENT),
        ("127.0.0.0/8", CLIENT, CLIENT),
        ("127.0.0.1, 10.0.0.0/8", f"{CLIENT}, 10.1.2.3, 10.4.5.6", CLIENT),
        ("127.0.0.1", f"{CLIENT}, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", f"198.51.100.1, {CLIENT}", CLIENT),
        ("127.0.0.1,10.0.0.0/8", f"198.51.100.1, {CLIENT}, 10.1.2.3", CLIENT),
        ("127.0.0.1,10.0.0.0/8", f"10.9.9.9, {CLIENT}, 10.1.2.3", CLIENT),
        ("127.0.0.1,10.0.0.0/8", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", f"  {CLIENT} ,, ", CLIENT),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "2001:0DB8:0::7", "2001:db8::7"),
        ("127.0.0.1,2001:db8:a::/48", "2001:db8::7, 2001:db8:a::1", "2001:db8::7"),
        ("127.0.0.1", f"{CLIENT}:51234", CLIENT),
        ("127.0.0.1", "[2001:db8::7]:51234", "2001:db8::7"),
        ("127.0.0.1", f"::ffff:{CLIENT}", CLIENT),
        ("127.0.0.1,10.0.0.0/8", f"{CLIENT}, ::ffff:10.1.2.3", CLIENT),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", ",,,", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", f"{CLIENT}, unknown", "127.0.0.1"),
        ("127.0.0.1,10.0.0.0/8", f"{CLIENT}, <script>, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", f"' OR 1=1 --, {CLIENT}", CLIENT),
        ("127.0.0.1", "999.1.1.1", "127.0.0.1"),
        ("127.0.0.1", "1.2.3", "127.0.0.1"),
        ("127.0.0.1", "9" * 4000, "127.0.0.1"),
    ],
)
async def test_from_the_right_the_first_that_is_not_ours_asks(trusted: str, header: str, asker: str) -> None:
    """Several hops, ranges, IPv6, ports and garbage: whoever a client claims to be on the left never counts."""
    assert await _asks(tuple(one.strip() for one in trusted.split(",")), header) == asker


async def test_a_line_that_the_client_sent_itself_does_not_count() -> None:
    """A proxy that adds a line of its own below the client's is believed, the client's line is not."""
    assert await _asks(("127.0.0.1",), "198.51.100.1", CLIENT) == CLIENT
    assert await _asks(("127.0.0.1", "10.0.0.0/8"), "198.51.100.1", f"{CLIENT}, 10.1.2.3") == CLIENT


async def test_guessers_behind_one_proxy_are_told_apart() -> None:
    """The limit of one asker (S12) is not used up by another behind the same proxy, and not escaped by a header of one's own."""
    counts: dict[str, int] = {}

    async def count(request: web.Request) -> web.Response:
        counts[request.remote or ""] = counts.get(request.remote or "", 0) + 1
        return web.Response()

    app = web.Application(middlewares=[behind(("127.0.0.1",))])
    app.router.add_get("/", count)
    async with TestClient(TestServer(app)) as client:
        for n in range(20):
            await client.get("/", headers=[("X-Forwarded-For", f"198.51.100.{n}, {CLIENT}")])
        await client.get("/", headers=[("X-Forwarded-For", "203.0.113.8")])
    assert counts == {CLIENT: 20, "203.0.113.8": 1}


@pytest.mark.parametrize("wrong", ["proxy.example", "10.0.0.0/33", "", "10.0.0"])
def test_a_proxy_that_is_no_address_is_refused_at_start(wrong: str) -> None:
    """A misspelt range must not trust nobody in silence."""
    with pytest.raises(ValueError, match=r"address|network|permitted"):
        behind((wrong,))
