"""Photos that people sent, fetched from a small platform of our own over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.outgoing.media import PlatformMedia
from bot.wechat.errors import ApiError
from handlers.sight import PhotoAway
from tests.edge.fake_api import CUT, Call, Client, connected

GET = "/cgi-bin/media/get"
JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 8


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with connected() as client:
        yield client


async def test_a_photo_comes_as_it_is(client: Client) -> None:
    """By its id, with the token; the bytes untouched."""
    client.platform.answers[GET] = lambda _call: JPEG
    assert await client.api.get_media("media-1", 10_000) == JPEG
    (call,) = client.platform.of(GET)
    assert call.query == {"media_id": "media-1", "access_token": "token-number-0"}


async def test_a_token_that_is_over_is_replaced_once(client: Client) -> None:
    """One new token, the call once more."""

    def answer(call: Call) -> object:
        known = call.query["access_token"] in client.platform.valid
        return JPEG if known else {"errcode": 42001, "errmsg": "expired"}

    client.platform.answers[GET] = answer
    await client.api.get_media("media-1", 10_000)
    client.platform.expire()
    assert await client.api.get_media("media-1", 10_000) == JPEG
    assert [call.query["access_token"] for call in client.platform.of(GET)] == [
        "token-number-0",
        "token-number-0",
        "token-number-1",
    ]


async def test_what_is_too_large_is_not_taken(client: Client) -> None:
    """Exactly so many bytes are; one more is not."""
    client.platform.answers[GET] = lambda _call: JPEG
    assert await client.api.get_media("media-1", len(JPEG)) == JPEG
    with pytest.raises(ApiError) as caught:
        await client.api.get_media("media-1", len(JPEG) - 1)
    assert caught.value.errcode == 40006


@pytest.mark.parametrize("answer", [{"errcode": 40007, "errmsg": "invalid media_id"}, {"video_url": "http://x/v"}, b"", CUT])
async def test_what_is_no_photo_is_away(client: Client, answer: object) -> None:
    """An error, a video, nothing, a cut connection: one answer for whoever asked, and no token in the log."""
    client.platform.answers[GET] = lambda _call: answer
    with capture_logs() as logs, pytest.raises(PhotoAway):
        await PlatformMedia(client.api, client.clock).photo("media-1", 10_000)
    assert "token-number" not in repr(logs)
    assert "media-1" not in repr(logs)


async def test_an_interface_that_does_not_answer_is_left_alone_for_half_a_minute(client: Client) -> None:
    """Ten photos in a row without an answer: the next ones are told at once, without a call. After thirty seconds one tries; as long as it fails
    the rest go on, and one that comes ends them."""
    media = PlatformMedia(client.api, client.clock)
    client.platform.answers[GET] = lambda _call: {"errcode": -1, "errmsg": "system error"}

    async def fails() -> int:
        with pytest.raises(PhotoAway):
            await media.photo("media-1", 10_000)
        return len(client.platform.of(GET))

    assert [await fails() for _ in range(12)] == [*range(1, 11), 10, 10]
    client.clock.advance(29.9)
    assert await fails() == 10
    client.clock.advance(0.2)
    assert [await fails(), await fails()] == [11, 11]
    client.clock.advance(30.1)
    client.platform.answers[GET] = lambda _call: JPEG
    assert await media.photo("media-1", 10_000) == JPEG
    assert await media.photo("media-1", 10_000) == JPEG


async def test_photos_that_the_platform_does_not_have_shut_nothing(client: Client) -> None:
    """40007 is an answer, however often: the eleventh photo is asked for like the first."""
    media = PlatformMedia(client.api, client.clock)
    client.platform.answers[GET] = lambda _call: {"errcode": 40007, "errmsg": "invalid media_id"}
    for _ in range(10):
        with pytest.raises(PhotoAway):
            await media.photo("media-1", 10_000)
    client.platform.answers[GET] = lambda _call: JPEG
    assert await media.photo("media-1", 10_000) == JPEG


async def test_a_turn_waits_so_long_and_no_longer(client: Client) -> None:
    """A platform that holds the photo back: given up after what is configured, also where it is the token that does not come; each counts as no
    answer, and the next photo is not kept waiting by the one before."""
    client.platform.hold = asyncio.Event()
    media = PlatformMedia(client.api, client.clock, 0.05)
    for _ in range(10):
        with pytest.raises(PhotoAway):
            await media.photo("media-1", 10_000)
    asked = len(client.platform.calls)
    with pytest.raises(PhotoAway):
        await media.photo("media-1", 10_000)
    assert len(client.platform.calls) == asked
    client.platform.hold.set()
    client.platform.answers[GET] = lambda _call: JPEG
    client.clock.advance(30.1)
    assert await media.photo("media-1", 10_000) == JPEG
