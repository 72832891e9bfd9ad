"""Web authorisation: the page in the phone, codes, tokens, and what they tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.simulator.account import SimAccount
from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged

PHONE = {"X-Sim-Phone": "o1"}


def address(**change: str) -> str:
    """Where a page sends somebody whom it does not know."""
    asked = {
        "appid": ACCOUNT.app_id,
        "redirect_uri": "http://pages.bot.test/oauth?from=menu",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc123",
    }
    return "/connect/oauth2/authorize?" + urlencode(asked | change)


async def put(staged: Staged, account: SimAccount = ACCOUNT) -> Stage:
    """A stage whose account lets people come back to pages.bot.test."""
    stage = await staged(Bot(echo).app(), account=replace(account, oauth_domain="pages.bot.test"))
    stage.sim.world.phone("o1")
    return stage


async def open_page(stage: Stage, url: str, **headers: str) -> tuple[int, str, str]:
    """Status, where it leads, and the text."""
    async with stage.http.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def code_for(stage: Stage, **change: str) -> str:
    """A fresh code of o1."""
    told = await stage.post("/sim/oauth", {"openid": "o1", "url": address(**change)})
    return str(parse_qs(urlsplit(told["location"]).query)["code"][0])


async def sns(stage: Stage, path: str, **query: str) -> dict[str, Any]:
    """GET under /sns."""
    async with stage.http.get(f"/sns/{path}", params=query) as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
        return body


async def exchange(stage: Stage, code: str, **change: str) -> dict[str, Any]:
    """The code for a token."""
    query = {"appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret, "code": code, "grant_type": "authorization_code"}
    return await sns(stage, "oauth2/access_token", **query | change)


async def test_the_base_scope_leads_back_at_once(staged: Staged) -> None:
    """Nothing is shown; the query of the page is kept, code and state are added; the code tells who it was."""
    stage = await put(staged)
    status, location, _ = await open_page(stage, address(), **PHONE)
    back = urlsplit(location)
    assert (status, back.netloc, back.path) == (302, "pages.bot.test", "/oauth")
    query = parse_qs(back.query)
    assert (query["from"], query["state"]) == (["menu"], ["abc123"])
    told = await exchange(stage, query["code"][0])
    assert (told["openid"], told["scope"], told["expires_in"]) == ("o1", "snsapi_base", 7200)
    assert "is_snapshotuser" not in told
    assert "unionid" not in told


async def test_a_code_is_good_once_and_for_five_minutes(staged: Staged) -> None:
    """The second use is 40163, an unknown one 40029, and so is one that is five minutes old."""
    stage = await put(staged)
    code = await code_for(stage)
    assert "openid" in await exchange(stage, code)
    assert (await exchange(stage, code))["errcode"] == 40163
    assert (await exchange(stage, "unknown"))["errcode"] == 40029
    late = await code_for(stage)
    stage.clock.advance(300)
    assert (await exchange(stage, late))["errcode"] == 40029


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wxother"}, 40013),
        ({"secret": "guess"}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "client_credential"}, 40002),
        ({"code": ""}, 41008),
    ],
)
async def test_who_exchanges_a_code_is_checked(staged: Staged, change: dict[str, str], code: int) -> None:
    """Wrong account, secret or grant: the platform's numbers; and the code is not spent."""
    stage = await put(staged)
    good = await code_for(stage)
    refused = await exchange(stage, **{"code": good} | change)
    assert refused["errcode"] == code
    assert "rid: " in refused["errmsg"]
    assert (await exchange(stage, good))["openid"] == "o1"


async def test_the_other_scope_asks_first(staged: Staged) -> None:
    """允许 leads back with a code, once; 拒绝 leads back without one; the question names the page's host."""
    stage = await put(staged)
    locations = []
    for choice in (1, 0):
        status, _, page = await open_page(stage, address(scope="snsapi_userinfo"), **PHONE)
        assert (status, "pages.bot.test" in page) == (200, True)
        links = re.findall(r'href="([^"]+)"', page)
        link = links[0 if choice else 1].replace("&amp;", "&")
        status, location, _ = await open_page(stage, link)
        assert status == 302
        locations.append(parse_qs(urlsplit(location).query))
        assert "已经失效" in (await open_page(stage, link))[2]
    assert ("code" in locations[0], "code" in locations[1], locations[1]["state"]) == (True, False, ["abc123"])
    told = await exchange(stage, locations[0]["code"][0])
    person = await sns(stage, "userinfo", access_token=told["access_token"], openid="o1")
    assert (person["openid"], person["nickname"], person["headimgurl"]) == ("o1", "微信用户", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redirect_uri": "http://bot.test/oauth"}, "10003"),
        ({"redirect_uri": "http://www.pages.bot.test/oauth"}, "10003"),
        ({"redirect_uri": "javascript://pages.bot.test/"}, "10003"),
        ({"scope": "snsapi_login"}, "10005"),
        ({"appid": "wxother"}, "40013"),
        ({"state": "a-b"}, "参数错误"),
        ({"state": "a" * 129}, "参数错误"),
        ({"response_type": "token"}, "参数错误"),
    ],
)
async def test_a_wrong_address_leads_nowhere(staged: Staged, change: dict[str, str], words: str) -> None:
    """Sub- and parent domains are foreign; scope, state and account are checked; nobody is sent anywhere."""
    stage = await put(staged)
    status, location, page = await open_page(stage, address(**change), **PHONE)
    assert (status, location, words in page) == (200, "", True)
    assert "errcode" in await stage.post("/sim/oauth", {"openid": "o1", "url": address(**change)})


async def test_a_state_of_128_letters_comes_back(staged: Staged) -> None:
    """The longest state is returned whole."""
    stage = await put(staged)
    _, location, _ = await open_page(stage, address(state="a" * 128), **PHONE)
    assert parse_qs(urlsplit(location).query)["state"] == ["a" * 128]


@pytest.mark.parametrize("kind", ["personal", "subscription"])
async def test_only_a_service_account_has_web_authorisation(staged: Staged, kind: Any) -> None:
    """Another kind is told so on the page, and 48001 by the API."""
    stage = await put(staged, replace(ACCOUNT, kind=kind))
    assert "10004" in (await open_page(stage, address(), **PHONE))[2]
    assert (await exchange(stage, "x"))["errcode"] == 48001


async def test_a_refresh_token_is_good_for_thirty_days(staged: Staged) -> None:
    """A new token of the same person; the old one dies after two hours; 40030 for nonsense, 42002 after thirty days."""
    stage = await put(staged)
    first = await exchange(stage, await code_for(stage))

    async def refresh(token: str) -> dict[str, Any]:
        return await sns(stage, "oauth2/refresh_token", appid=ACCOUNT.app_id, grant_type="refresh_token", refresh_token=token)

    stage.clock.advance(7200)
    assert (await sns(stage, "auth", access_token=first["access_token"], openid="o1"))["errcode"] == 42001
    second = await refresh(first["refresh_token"])
    assert (second["openid"], second["access_token"] != first["access_token"]) == ("o1", True)
    assert await sns(stage, "auth", access_token=second["access_token"], openid="o1") == {"errcode": 0, "errmsg": "ok"}
    assert (await sns(stage, "auth", access_token=second["access_token"], openid="o2"))["errcode"] == 40003
    assert (await sns(stage, "auth", access_token="x", openid="o1"))["errcode"] == 40014
    assert (await refresh("nonsense"))["errcode"] == 40030
    stage.clock.advance(30 * 86400)
    assert (await refresh(first["refresh_token"]))["errcode"] == 42002


async def test_the_base_scope_tells_nothing_of_a_person(staged: Staged) -> None:
    """userinfo with a token of snsapi_base is 48001."""
    stage = await put(staged)
    told = await exchange(stage, await code_for(stage))
    assert (await sns(stage, "userinfo", access_token=told["access_token"], openid="o1"))["errcode"] == 48001


async def test_a_virtual_person_is_marked(staged: Staged) -> None:
    """With the switch on, everybody is a virtual person: is_snapshotuser, and an openid that is nobody's."""
    stage = await put(staged, replace(ACCOUNT, open_platform=True))
    stage.sim.oauth.snapshot = True
    told = await exchange(stage, await code_for(stage, scope="snsapi_userinfo"))
    assert told["is_snapshotuser"] == 1
    assert told["openid"] not in stage.sim.world.phones
    assert told["unionid"].startswith("u")


async def test_the_page_finds_out_which_phone_it_is_on(staged: Staged) -> None:
    """By cookie or by its own address; with nothing to go by it offers the phones that there are."""
    stage = await put(staged)
    stage.sim.world.phone("o2")
    status, _, page = await open_page(stage, address())
    assert (status, "sim_openid=o1" in page, "sim_openid=o2" in page) == (200, True, True)
    for more in ({"url": address() + "&sim_openid=o2"}, {"url": address(), "Cookie": "sim_phone=o2"}):
        _, location, _ = await open_page(stage, more.pop("url"), **more)
        told = await exchange(stage, parse_qs(urlsplit(location).query)["code"][0])
        assert told["openid"] == "o2"


async def test_without_a_domain_the_bots_own_pages_may_be_returned_to(staged: Staged) -> None:
    """The demo needs no setting: the hosts of the bot's pages count."""
    stage = await staged(Bot(echo).app())
    own = stage.sim.page_origins[0] + "/p/1"
    told = await stage.post("/sim/oauth", {"openid": "o1", "url": address(redirect_uri=own)})
    assert told["location"].startswith(own + "?code=")


async def test_wechatpys_oauth_runs_against_it(staged: Staged, in_thread: Callable[..., Any]) -> None:
    """wechatpy asks for the address, exchanges, refreshes, and reads the person."""
    from wechatpy.oauth import WeChatOAuth

    stage = await put(staged)
    oauth = WeChatOAuth(ACCOUNT.app_id, ACCOUNT.app_secret, "http://pages.bot.test/oauth", "snsapi_userinfo", "s1")
    oauth.API_BASE_URL = str(stage.http.make_url("/"))
    asked = urlsplit(oauth.authorize_url)
    told = await stage.post("/sim/oauth", {"openid": "o1", "url": f"{asked.path}?{asked.query}"})
    code = parse_qs(urlsplit(told["location"]).query)["code"][0]
    token = await in_thread(oauth.fetch_access_token, code)
    assert token["openid"] == "o1"
    assert (await in_thread(oauth.get_user_info))["openid"] == "o1"
    assert await in_thread(oauth.check_access_token)
    assert (await in_thread(oauth.refresh_access_token, token["refresh_token"]))["openid"] == "o1"
