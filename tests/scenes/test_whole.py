"""The whole way on real sockets: our server, the simulated platform, a phone that scans, and a computer's browser."""

from __future__ import annotations

import re
from dataclasses import replace

import aiohttp
from yarl import URL

from bot import menus
from bot.config import Config
from bot.menus import shown_to
from tests import people
from tests.process.conftest import Town, Towns, log, town_of

__all__ = ["log", "town_of"]

OPENID = "o-shufen-0000000000000000001"


def _whole(config: Config) -> Config:
    """Menus by identity, and the simulator's page of authorisation."""
    return replace(config, wechat=replace(config.wechat, oauth_base=config.wechat.api_base, personal_menus=True))


async def logged_in(town: Town) -> None:
    """赵淑芬, retired, at a phone that follows."""
    await town.sends(OPENID, type="subscribe")
    assert "登录成功" in await town.logs_in(OPENID, people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])


async def fetched(session: aiohttp.ClientSession, url: str) -> tuple[str, URL]:
    """A page and where it was found, redirects followed."""
    async with session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text(), answer.url


async def test_a_computer_opens_what_a_phone_agrees_to(town_of: Towns) -> None:
    """The page's code is scanned by the simulated phone, which is asked, says 1, and the computer goes on; the log of the server holds no scene."""
    async with town_of(_whole) as town:
        await logged_in(town)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as computer:
            page, _ = await fetched(computer, f"{town.address}/scan")
            assert "<svg" in page
            ((url, scene),) = town.sim.scenes.items()
            assert re.fullmatch(r"[A-Za-z0-9_-]{32}", scene.key)
            asked = await town.sends(OPENID, type="scan", text=url)
            assert "您要在电脑上打开您的社保页面吗" in str(asked)
            assert "电脑上马上就打开" in await town.says(OPENID, "1")
            page, at = await fetched(computer, f"{town.address}/scan")
        assert "赵*芬 的社保" in page
        assert at.path.startswith("/p/")


async def test_a_new_follower_scans_first(town_of: Towns) -> None:
    """Whoever follows by scanning logs in first, and is asked then."""
    async with town_of(_whole) as town, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as computer:
        await fetched(computer, f"{town.address}/scan")
        ((url, _),) = town.sim.scenes.items()
        asked = await town.sends(OPENID, type="scan", text=url)
        assert "要先登录" in str(asked)


async def test_the_menu_of_the_retired_and_its_page(town_of: Towns) -> None:
    """The menus are published; a minute after the log-in the platform shows 领待遇 first, and 我的页面 in it opens by WeChat's authorisation, as the
    simulator has it: the code once, the snapshot of nobody."""
    async with town_of(_whole) as town:
        await menus.run(town.config, town.product.api)
        await logged_in(town)
        town.clock.advance(61)
        await town.works()
        menu = await shown_to(town.product.api, OPENID)
        assert menu["button"][0]["name"] == "领待遇"
        (entry,) = [line for top in menu["button"] for line in top["sub_button"] if line.get("url")]
        phone = {"X-Sim-Phone": OPENID}
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=phone) as browser:
            page, at = await fetched(browser, entry["url"])
            assert "赵*芬 的社保" in page
            assert "code=" not in str(at)
            assert OPENID not in str(at)
        town.sim.oauth.snapshot = True
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=phone) as browser,
            browser.get(entry["url"]) as answer,
        ):
            assert answer.status == 403
            assert "使用完整服务" in await answer.text()
        await town.says(OPENID, "退出登录")
        await town.says(OPENID, "1")
        town.clock.advance(61)
        await town.works()
        assert (await shown_to(town.product.api, OPENID))["button"][0]["name"] == "查权益"


async def test_a_personal_account_uses_digits(town_of: Towns) -> None:
    """No codes, no authorisation, no tags: six digits do it, and the menu entry's address says how else."""

    def personal(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind="personal", app_secret=""))

    async with town_of(personal) as town:
        await logged_in(town)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as computer:
            page, _ = await fetched(computer, f"{town.address}/scan")
            word = re.findall(r'data-copy="电脑 (\d{6})"', page)[0]
            assert "您要在电脑上打开" in await town.says(OPENID, f"电脑 {word}")
            await town.says(OPENID, "1")
            page, _ = await fetched(computer, f"{town.address}/scan")
            assert "的社保" in page
            async with computer.get(f"{town.address}/o/me") as answer:
                assert "我的页面" in await answer.text()


async def test_no_scene_stands_in_the_log(town_of: Towns, log: object) -> None:
    """Neither the scene, nor the cookie, nor code and state of the authorisation are written down."""
    async with town_of(_whole) as town:
        await logged_in(town)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"X-Sim-Phone": OPENID}) as browser:
            await fetched(browser, f"{town.address}/scan")
            ((url, scene),) = town.sim.scenes.items()
            await town.sends(OPENID, type="scan", text=url)
            await fetched(browser, f"{town.address}/o/me")
        secrets = [scene.key, *(morsel.value for morsel in jar if len(morsel.value) > 20), OPENID]
        written = getattr(log, "getvalue")()  # noqa: B009 - the fixture's type is its own affair
        assert "route=/scan" in written or '"/scan"' in written
        for secret in secrets:
            assert secret not in written
        assert "state=" not in written
