"""/: the address of the service as somebody types it."""

from __future__ import annotations

import re

from tests.fresh import regions
from tests.pages.world import World


async def test_the_front_door_leads_to_all_that_is_open(world: World) -> None:
    """No log-in, no cookie: every link of it opens, every region with guides has its own, and the rest is said to be in WeChat."""
    browser = world.browser()
    answer = await browser.get("/")
    assert answer.status == 200
    assert not answer.cookies
    assert "请在微信公众号里办" in answer.text
    doors = re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', answer.text)
    assert doors[0] == ("/v", "校验单据")
    guides = [(f"/g/{one.code}", f"{one.name}办事指南") for one in regions().values() if one.guides]
    assert guides
    assert doors[-len(guides) :] == guides
    for address, _ in doors:
        assert (await browser.get(address)).status in {200, 303}
