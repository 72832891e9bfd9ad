"""The platform's interface for QR codes, media and followers, as the simulator answers it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.bots import Bot
from tests.simulator.conftest import Staged
from tests.simulator.test_api import PNG, upload


async def test_a_scene_comes_back_when_its_code_is_scanned(staged: Staged) -> None:
    """A follower's scan is SCAN with the scene; one who left follows by it, with qrscene_; an expired code is like any other text."""
    bot = Bot(lambda _: None)
    stage = await staged(bot.app())
    body = {"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind-7f"}}}
    made = await stage.call("qrcode/create", body)
    await stage.send("o1", type="scan", text=made["url"])
    await stage.send("o1", type="event", event="unsubscribe")
    await stage.send("o1", type="scan", text=made["url"])
    stage.clock.advance(600)
    await stage.send("o1", type="scan", text=made["url"])
    assert [(one["Event"], one.get("EventKey")) for one in bot.seen] == [
        ("SCAN", "bind-7f"),
        ("unsubscribe", None),
        ("subscribe", "qrscene_bind-7f"),
        ("scancode_waitmsg", "SCAN"),
    ]
    assert bot.seen[0]["Ticket"] == made["ticket"]
    assert (await stage.ask("user/info", openid="o1"))["qr_scene_str"] == "bind-7f"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action_name": "QR_OTHER"}, 40053),
        ({"action_info": {}}, 40053),
        ({"action_info": {"scene": {"scene_str": "s" * 65}}}, 40051),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100001}}}, 40051),
        ({"expire_seconds": 2592001}, 40035),
    ],
)
async def test_scenes_have_limits(staged: Staged, change: dict[str, Any], code: int) -> None:
    """Unknown actions, long scenes, long lives."""
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
    assert (await (await staged(None)).call("qrcode/create", body | change))["errcode"] == code


async def test_the_picture_of_a_code_holds_its_address(staged: Staged) -> None:
    """showqrcode gives a picture; the phone's decoder reads the address out of it; an unknown ticket is 404."""
    stage = await staged(None)
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "door"}}}
    made = await stage.call("qrcode/create", body)
    async with stage.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]}) as answer:
        picture = await answer.read()
    async with stage.http.post("/sim/decode", data=picture) as answer:
        assert await answer.json() == {"text": made["url"]}
    async with stage.http.get("/cgi-bin/showqrcode", params={"ticket": "none"}) as answer:
        assert answer.status == 404


async def test_media_live_three_days(staged: Staged) -> None:
    """An uploaded file comes back byte for byte, and is 40007 after three days, as JSON with status 200."""
    stage = await staged(None)
    media = (await upload(stage, "image", PNG))["media_id"]
    async with stage.http.get("/cgi-bin/media/get", params={"access_token": await stage.token(), "media_id": media}) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PNG)
    stage.clock.advance(3 * 86400)
    assert (await stage.ask("media/get", media_id=media))["errcode"] == 40007


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("pdf", PNG, 40004),
        ("image", None, 41005),
        ("image", b"%PDF-1.7", 40005),
        ("image", PNG + bytes(2 << 20), 40006),
        ("thumb", b"\xff\xd8\xff" + bytes(64 << 10), 40006),
        ("voice", b"RIFF", 40005),
        ("voice", b"#!AMR\n", None),
        ("video", bytes(4) + b"ftypisom", None),
    ],
)
async def test_media_have_kinds_and_sizes(staged: Staged, kind: str, content: bytes | None, code: int | None) -> None:
    """There is no PDF; pictures and voice end at 2 MiB, thumbs at 64 KiB; the first bytes must be the kind's."""
    assert (await upload(await staged(None), kind, content)).get("errcode") == code


async def test_a_follower_has_no_name(staged: Staged) -> None:
    """user/info tells that and since when somebody follows; after leaving, only that they do not."""
    stage = await staged(Bot(lambda _: None).app())
    await stage.send("o1", type="event", event="subscribe")
    info = await stage.ask("user/info", openid="o1")
    assert (info["subscribe"], info["nickname"], info["subscribe_time"]) == (1, "", int(stage.clock.now().timestamp()))
    assert (await stage.ask("user/get"))["data"] == {"openid": ["o1"]}
    await stage.send("o1", type="event", event="unsubscribe")
    assert await stage.ask("user/info", openid="o1") == {"subscribe": 0, "openid": "o1"}
    assert (await stage.ask("user/info", openid="o9"))["errcode"] == 40003
