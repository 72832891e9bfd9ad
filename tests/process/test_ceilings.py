"""How near the ceilings of the whole service are, as `/metrics` tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import aiohttp

from bot.config import Config
from tests import people
from tests.process.conftest import Town, Towns


def _lower(config: Config) -> Config:
    security = replace(
        config.security,
        codes_per_hour_system=4,
        verify_per_service_hour=5,
        scan_codes_per_asker_hour=2,
        scan_codes_per_service_hour=8,
    )
    return replace(config, security=security)


async def _told(town: Town, http: aiohttp.ClientSession) -> Mapping[str, float]:
    async with http.get(f"{town.address}/metrics") as page:
        found = re.findall(r'^bot_ceiling_used_ratio\{ceiling="(\w+)"\} (\S+)$', await page.text(), re.MULTILINE)
    return {name: float(share) for name, share in found}


async def test_what_is_used_of_each_ceiling_is_told(town_of: Towns) -> None:
    """Of four codes an hour two are sent, of five wrong tries at a paper one is made, of eight codes for scanning one is asked for; an hour later
    all of it is free again. The figures are those by which people are sent away."""
    cookies = aiohttp.CookieJar(unsafe=True)  # of an address that is no name
    async with town_of(_lower) as town, aiohttp.ClientSession(cookie_jar=cookies) as http:
        assert await _told(town, http) == {"codes": 0, "verification": 0, "scan_codes": 0}
        await town.logs_in("o-one", people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
        await town.logs_in("o-two", people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        for path in ("/v/11000024091200000001/ABCD2345", "/scan"):
            async with http.get(town.address + path) as page:
                assert page.status in {200, 404}
        assert await _told(town, http) == {"codes": 0.5, "verification": 0.2, "scan_codes": 0.125}
        town.clock.advance(3601)
        assert await _told(town, http) == {"codes": 0, "verification": 0, "scan_codes": 0}
