"""Our pages from the menu: WeChat says whose chat it is, and nobody else does."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.pages.oauth import States
from bot.wechat.errors import ApiError
from bot.wechat.oauth import WebAuthorisation
from bot.wechat.operators import Operators
from tests.clock import FakeClock
from tests.pages.world import ANN, BEN, PUBLIC_URL, Answer, Browser
from tests.scenes.site import Site, query_of

SECRET = "s3cret-of-the-account"


async def sent_off(browser: Browser, page: str = "me") -> str:
    """The state with which a browser goes to WeChat."""
    gone = await browser.ask("GET", f"/o/{page}", follow=False)
    assert gone.status == 303
    assert gone.headers["Location"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    return query_of(gone.headers["Location"])["state"]


async def returns(browser: Browser, state: str, code: str) -> Answer:
    """It comes back."""
    return await browser.ask("GET", f"/o/back?code={code}&state={state}", follow=False)


async def test_a_menu_entry_opens_ones_own_page(site: Site) -> None:
    """Off to WeChat and back with a code: the page of that chat's person, held by this browser; code and state stand in no later address."""
    assert site.wechat is not None
    phone = site.desktop()
    state = await sent_off(phone)
    assert re.fullmatch(r"[A-Za-z0-9]{1,128}", state)
    back = await returns(phone, state, site.wechat.allow(ANN))
    assert back.status == 303
    where = back.headers["Location"]
    assert re.fullmatch(r"/p/[A-Za-z0-9_-]{32}", where)
    assert "张*国 的社保" in (await phone.get(where)).text
    assert (await site.desktop().get(where)).status == 404


async def test_each_entry_leads_to_its_part(site: Site) -> None:
    """records, filings and papers show their part alone; guides need nobody; an unknown one is no page."""
    assert site.wechat is not None
    for page, there, missing in (("papers", "我的单据", "我的记录"), ("records", "我的记录", "没办完的事")):
        phone = site.desktop()
        back = await returns(phone, await sent_off(phone, page), site.wechat.allow(ANN))
        shown = await phone.get(back.headers["Location"])
        assert there in shown.text
        assert missing not in shown.text
    phone = site.desktop()
    guides = await returns(phone, await sent_off(phone, "guides"), site.wechat.allow(BEN))
    assert guides.headers["Location"] == "/g/binzhou"
    assert (await site.desktop().get("/o/nothing")).status == 404


async def test_a_state_works_once(site: Site) -> None:
    """Replayed, with the same code or another, it opens nothing."""
    assert site.wechat is not None
    phone = site.desktop()
    state = await sent_off(phone)
    cookie = phone.jar["/o", "visit"]
    code = site.wechat.allow(ANN)
    assert (await returns(phone, state, code)).status == 303
    for again in (code, site.wechat.allow(ANN)):
        phone.jar["/o", "visit"] = cookie
        assert (await returns(phone, state, again)).status == 403
    assert site.wechat.asked == [code]


async def test_a_state_is_one_browsers(site: Site) -> None:
    """A state of one browser, brought by another (somebody sends his own link to make another log in as him), opens nothing."""
    assert site.wechat is not None
    first, second, third = site.desktop(), site.desktop(), site.desktop()
    state = await sent_off(first)
    await sent_off(second)
    assert (await returns(second, state, site.wechat.allow(ANN))).status == 403
    assert (await returns(third, state, site.wechat.allow(ANN))).status == 403
    assert site.wechat.asked == []


async def test_a_state_cannot_be_made_up(site: Site) -> None:
    """A changed page, time, signature or form is refused before the platform is asked."""
    assert site.wechat is not None
    phone = site.desktop()
    state = await sent_off(phone)
    later = f"{int(state[:10], 16) + 3600:010x}{state[10:]}"
    forged = [
        later,
        state.replace("me", "papers", 1),
        f"{state[:-1]}{'0' if state[-1] != '0' else '1'}",
        state[:10],
        "",
        "x" * 200,
    ]
    forged.append(state[:10] + "1" + state[11:])
    for wrong in forged:
        assert (await returns(phone, wrong, site.wechat.allow(ANN))).status == 403
    assert site.wechat.asked == []


async def test_a_state_is_over_after_ten_minutes(site: Site) -> None:
    """Later than that it is refused."""
    assert site.wechat is not None
    phone = site.desktop()
    state = await sent_off(phone)
    site.clock.advance(600)
    assert (await returns(phone, state, site.wechat.allow(ANN))).status == 403


async def test_a_stale_code_is_asked_for_once_more(site: Site) -> None:
    """40029 and 40163 start over one time; the second time it is said, and there is no third."""
    assert site.wechat is not None
    site.wechat.used.add(site.wechat.allow(ANN))
    for stale in ("unknown", "code0"):
        phone = site.desktop()
        first = await returns(phone, await sent_off(phone), stale)
        assert first.status == 303
        second = await returns(phone, query_of(first.headers["Location"])["state"], stale)
        assert second.status == 403
        assert "重新点一次菜单" in second.text


async def test_a_stale_code_then_a_good_one(site: Site) -> None:
    """What was started over ends on the page."""
    assert site.wechat is not None
    phone = site.desktop()
    first = await returns(phone, await sent_off(phone), "unknown")
    second = await returns(phone, query_of(first.headers["Location"])["state"], site.wechat.allow(ANN))
    assert second.headers["Location"].startswith("/p/")


async def test_a_snapshot_is_anonymous(site: Site) -> None:
    """A 快照页 opens nobody's page, even where its openid is a chat's; guides it may read."""
    assert site.wechat is not None
    phone = site.desktop()
    shown = await returns(phone, await sent_off(phone), site.wechat.allow(ANN, anonymous=True))
    assert shown.status == 403
    assert "使用完整服务" in shown.text
    phone = site.desktop()
    assert (await returns(phone, await sent_off(phone, "guides"), site.wechat.allow(ANN, anonymous=True))).status == 303


async def test_strangers_and_visitors_are_told_what_to_do(site: Site) -> None:
    """Whoever is not logged in is told how, and gets no page: a follower who never wrote, one who did, one who has left or has taken the
    authorisation back. None is told that they do not follow, which is not known here."""
    assert site.wechat is not None
    await site.follower("oVisitor")
    await site.follower("oGone", subscribed=False)
    for openid in ("oNobody", "oGone", "oVisitor"):
        phone = site.desktop()
        answer = await returns(phone, await sent_off(phone), site.wechat.allow(openid))
        assert answer.status == 403
        assert "回复“登录”，登录好了再点一次" in answer.text
        assert "请先关注公众号" not in answer.text
        assert "<h1>请先登录</h1>" in answer.text


async def test_the_platform_away_is_a_sentence(site: Site) -> None:
    """No answer from the platform: a sentence and another way in; nothing is repeated."""
    assert site.wechat is not None
    site.wechat.away = True
    phone = site.desktop()
    answer = await returns(phone, await sent_off(phone), site.wechat.allow(ANN))
    assert answer.status == 503
    assert "我的页面" in answer.text
    assert len(site.wechat.asked) == 1


async def test_made_up_codes_take_sixteen_connections_and_no_more(site: Site) -> None:
    """The platform is slow and codes come in heaps: the seventeenth is told so at once, and afterwards everything is as before."""
    assert site.wechat is not None
    site.wechat.slow = asyncio.Event()
    crowd = [site.desktop() for _ in range(16)]
    under_way = [asyncio.ensure_future(returns(one, await sent_off(one), f"made-up{n}")) for n, one in enumerate(crowd)]
    for _ in crowd:
        await site.wechat.crowded.acquire()
    phone = site.desktop()
    answer = await returns(phone, await sent_off(phone), site.wechat.allow(ANN))
    assert answer.status == 503
    assert "我的页面" in answer.text
    assert len(site.wechat.asked) == 16
    site.wechat.slow.set()
    await asyncio.gather(*under_way)
    assert (await returns(phone, await sent_off(phone), site.wechat.allow(ANN))).status == 303


async def test_nobody_is_sent_elsewhere(site: Site) -> None:
    """Whatever stands in the query or in the Host header, the way back is the configured one (no open redirect)."""
    phone = site.desktop()
    gone = await phone.ask("GET", "/o/me?redirect_uri=https://evil.example&back=//evil.example", follow=False)
    assert query_of(gone.headers["Location"])["redirect_uri"] == f"{PUBLIC_URL}/o/back"
    for host in ("evil.example", "sb.example.cn.evil.example", "www.sb.example.cn", "example.cn"):
        stranger = await site.browser(Host=host).ask("GET", "/o/me", follow=False)
        assert stranger.status == 404


async def test_robots_are_not_sent_off(site: Site) -> None:
    """A preview gets a page without a cookie, loading ahead is refused, HEAD of the way back is nothing."""
    robot = await site.browser(Host="sb.example.cn", **{"User-Agent": "preview bot"}).ask("GET", "/o/me", follow=False)
    assert (robot.status, len(robot.cookies)) == (200, 0)
    ahead = await site.browser(Host="sb.example.cn", Purpose="prefetch").ask("GET", "/o/me", follow=False)
    assert ahead.status == 503
    assert (await site.desktop().ask("HEAD", "/o/back", follow=False)).status == 404


async def test_an_account_without_it_says_how_else(small_site: Site) -> None:
    """A personal account answers with the words to send; guides open at once; the way back does not exist."""
    phone = small_site.desktop()
    assert "我的页面" in (await phone.ask("GET", "/o/me", follow=False)).text
    assert (await phone.ask("GET", "/o/guides", follow=False)).headers["Location"].startswith("/g/")
    assert (await phone.ask("GET", "/o/back?code=x&state=y", follow=False)).status == 404


def test_a_state_is_signed_with_the_cookie() -> None:
    """The same state with another cookie is none; its page and its second try come back."""
    clock = FakeClock()
    states = States(clock, lambda text, purpose: __import__("hashlib").sha256(f"{purpose}|{text}".encode()).hexdigest()[:32])
    text = states.new("papers", "a" * 32, again=True)
    found = states.read(text, "a" * 32)
    assert found is not None
    assert (found.page, found.again) == ("papers", True)
    assert states.read(text, "b" * 32) is None
    assert len(text.encode()) <= 128


# ── the client ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Exchange:
    """`/sns/oauth2/access_token` on a real socket, answering what it is told to."""

    def __init__(self) -> None:
        self.body = b"{}"
        self.asked: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        return web.Response(body=self.body, content_type="text/plain")


async def exchanged(body: bytes, told: list[int] | None = None) -> tuple[object, Exchange]:
    """What the client makes of an answer: a visitor, or the error that it raised. `told` gets what an operator should see."""
    told = [] if told is None else told
    exchange = Exchange()
    exchange.body = body
    app = web.Application()
    app.router.add_get("/sns/oauth2/access_token", exchange.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        base = str(server.make_url("/"))
        client = WebAuthorisation(session, "wx1", SECRET, "https://open.weixin.qq.com", base, Operators(FakeClock(), told.append))
        try:
            return await client.who("the-code"), exchange
        except ApiError as error:
            return error, exchange


async def test_a_code_becomes_an_openid() -> None:
    """The call of the platform's book; of the answer only the openid and the snapshot's mark are kept."""
    body = b'{"access_token":"T0KEN","expires_in":7200,"refresh_token":"R","openid":"oAnn","scope":"snsapi_base"}'
    visitor, exchange = await exchanged(body)
    assert exchange.asked == [{"appid": "wx1", "secret": SECRET, "code": "the-code", "grant_type": "authorization_code"}]
    assert (getattr(visitor, "openid", ""), getattr(visitor, "anonymous", None)) == ("oAnn", False)
    assert "T0KEN" not in repr(visitor)
    assert "oAnn" not in repr(visitor)
    visitor, _ = await exchanged(b'{"openid":"oSnap","is_snapshotuser":1}')
    assert getattr(visitor, "anonymous", None) is True


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"",
        b"{}",
        b'{"errcode":"x"}',
        b'{"openid":""}',
        b'{"openid":null}',
        b'{"is_snapshotuser":"x","openid":"o"}',
    ],
)
async def test_an_odd_answer_is_an_error(body: bytes) -> None:
    """Whatever is no answer of the book raises ApiError and nothing else."""
    found, _ = await exchanged(body)
    assert isinstance(found, ApiError)


async def test_no_error_holds_a_secret() -> None:
    """The platform repeats what it was asked: secret and code are cut out of the error."""
    said = f'{{"errcode":40029,"errmsg":"invalid code the-code for {SECRET} rid: 1-2-3"}}'
    found, _ = await exchanged(said.encode())
    assert isinstance(found, ApiError)
    assert found.errcode == 40029
    assert SECRET not in str(found)
    assert "the-code" not in str(found)


async def test_what_only_the_operator_can_mend_reaches_the_operator() -> None:
    """40125 (another secret was set) is counted, with what to do in the log; a code that is used up is none of theirs."""
    told: list[int] = []
    with capture_logs() as lines:
        await exchanged(b'{"errcode":40125,"errmsg":"invalid appsecret rid: 1-2-3"}', told)
        await exchanged(b'{"errcode":40163,"errmsg":"code been used rid: 1-2-3"}', told)
    assert told == [40125]
    (line,) = [line for line in lines if line["event"] == "wechat_operator"]
    assert (line["path"], line["log_level"]) == ("/sns/oauth2/access_token", "error")
    assert "wechat.app_secret" in line["todo"]


async def test_what_the_operator_must_mend_is_not_to_be_tried_again(site: Site) -> None:
    """The person is not told to try again in a while, but what works now."""
    assert site.wechat is not None
    site.wechat.refuses = 40125
    phone = site.desktop()
    answer = await returns(phone, await sent_off(phone), site.wechat.allow(ANN))
    assert answer.status == 503
    assert "暂时不能从菜单打开" in answer.text
    assert "我的页面" in answer.text


async def test_an_unreachable_platform_is_an_error_without_the_address() -> None:
    """Nobody listens: an error that does not hold the address, in which the secret stands."""
    async with aiohttp.ClientSession() as session:
        client = WebAuthorisation(
            session, "wx1", SECRET, "https://open.weixin.qq.com", "http://127.0.0.1:9", Operators(FakeClock())
        )
        with pytest.raises(ApiError) as caught:
            await client.who("the-code")
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.__cause__} {caught.value.__context__}"


def test_the_address_is_the_platforms() -> None:
    """Parameters in its order, the way back percent-encoded whole, and the fragment that WeChat wants."""
    nobody = Operators(FakeClock())
    client = WebAuthorisation(None, "wx1", SECRET, "https://open.weixin.qq.com/", "http://127.0.0.1", nobody)  # type: ignore[arg-type]
    address = client.address("https://sb.example.cn/o/back", "abc")
    assert address == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fsb.example.cn%2Fo%2Fback"
        "&response_type=code&scope=snsapi_base&state=abc#wechat_redirect"
    )
    assert unquote(query_of(address)["redirect_uri"]) == "https://sb.example.cn/o/back"
