"""The ticket with which pages are signed."""

from __future__ import annotations

import asyncio

import pytest

from bot.wechat.errors import ApiError
from tests.edge.fake_api import connected

PATH = "/cgi-bin/ticket/getticket"


async def test_the_ticket_is_fetched_once_and_renewed_near_its_end() -> None:
    """However many ask, one call; five minutes before the end another."""
    async with connected() as client:
        numbers = iter(range(9))
        client.platform.answers[PATH] = lambda _: {"errcode": 0, "ticket": f"ticket-{next(numbers)}", "expires_in": 7200}
        assert await asyncio.gather(*(client.api.get_jsapi_ticket() for _ in range(5))) == ["ticket-0"] * 5
        client.clock.advance(6899)
        assert await client.api.get_jsapi_ticket() == "ticket-0"
        client.clock.advance(2)
        assert await client.api.get_jsapi_ticket() == "ticket-1"
        assert [call.query["type"] for call in client.platform.of(PATH)] == ["jsapi", "jsapi"]


@pytest.mark.parametrize("answer", [{"errcode": 48001, "errmsg": "api unauthorized rid: 1"}, {"errcode": 0}, {"ticket": "t"}])
async def test_no_ticket_is_an_error_that_is_not_kept(answer: dict[str, object]) -> None:
    """What is refused, or has no ticket in it, raises; the next one asks again, after a while where the account may not."""
    async with connected() as client:
        client.platform.answers[PATH] = lambda _: answer
        with pytest.raises(ApiError):
            await client.api.get_jsapi_ticket()
        client.clock.advance(601)
        client.platform.answers[PATH] = lambda _: {"ticket": "good", "expires_in": 7200}
        assert await client.api.get_jsapi_ticket() == "good"
