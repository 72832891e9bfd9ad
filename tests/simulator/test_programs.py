"""The program interface and the browser's: people, account, clock, short messages, live news, who may ask."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from bot.simulator import FAILURE_NOTICE, SimAccount, Simulator, start
from bot.simulator.documents import code_picture
from tests.clock import FakeClock
from tests.simulator.bots import ACCOUNT, Bot, echo, raw
from tests.simulator.conftest import PEOPLE, Staged


async def test_people_are_chosen_by_region_and_role(staged: Staged) -> None:
    """The list is the bot's, filtered by equality."""
    stage = await staged(None)
    assert await stage.get("/sim/people") == PEOPLE
    assert await stage.get("/sim/people?region=beijing&role=retiree") == PEOPLE[:1]
    assert await stage.get("/sim/people?region=jinan") == []


async def test_the_numbers_of_demo_people_are_told_whole(staged: Staged) -> None:
    """Whoever plays somebody has to type 证件号码 and 社保卡号: they stand in the list, and the phone's own page shows them."""
    stage = await staged(None)
    first = (await stage.get("/sim/people"))[0]
    assert (first["id_no"], first["card_no"]) == ("110101195503071024", "880000001024")
    async with stage.http.get("/static/desk.js") as answer:
        script = await answer.text()
    assert "证件号码 ${one.id_no}" in script
    assert "社保卡号 ${one.card_no}" in script


async def test_the_account_is_told_to_programs(staged: Staged) -> None:
    """Whoever wants to write a bot of their own finds the four values here."""
    told = await (await staged(None)).get("/sim/account")
    assert {name: told[name] for name in ("app_id", "app_secret", "token", "encoding_aes_key")} == {
        "app_id": ACCOUNT.app_id,
        "app_secret": ACCOUNT.app_secret,
        "token": ACCOUNT.token,
        "encoding_aes_key": ACCOUNT.encoding_aes_key,
    }


async def test_the_clock_is_common(staged: Staged) -> None:
    """It is set to a Beijing time or advanced by seconds, and messages carry it."""
    bot = Bot(echo)
    stage = await staged(bot.app())
    assert (await stage.post("/sim/clock", {"now": "2024-10-01T08:00"}))["now"] == "2024-10-01T08:00:00+08:00"
    assert (await stage.post("/sim/clock", {"advance_s": 90}))["now"] == "2024-10-01T08:01:30+08:00"
    assert (await stage.get("/sim/clock"))["now"] == "2024-10-01T08:01:30+08:00"
    await stage.say("o1", "查")
    assert bot.seen[0]["CreateTime"] == str(int(stage.clock.now().timestamp()))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"now": "tomorrow"},
        {"advance_s": "1"},
        {"advance_s": True},
        {"advance_s": 1e300},
        {"now": "2024-10-01", "advance_s": 1},
    ],
)
async def test_a_clock_is_not_moved_by_nonsense(staged: Staged, body: dict[str, Any]) -> None:
    """What is not a time is the caller's mistake."""
    assert "error" in await (await staged(None)).post("/sim/clock", body, status=400)


async def test_a_clock_that_is_nobodys_stays(staged: Staged) -> None:
    """Without a clock to move, the request is refused."""
    stage = await staged(None)
    stage.sim.move_clock = None
    await stage.post("/sim/clock", {"advance_s": 1}, status=409)


async def test_short_messages_are_kept_by_number(staged: Staged) -> None:
    """What the bot's sender hands over is listed for its number, with the time."""
    stage = await staged(None)
    await stage.post("/sim/sms", {"phone": "13900000001", "text": "验证码 123456"})
    assert await stage.get("/sim/sms?phone=13900000001") == [{"at": stage.clock.now().isoformat(), "text": "验证码 123456"}]
    assert await stage.get("/sim/sms?phone=13900000002") == []
    await stage.post("/sim/sms", {"phone": "13900000001"}, status=400)


async def test_other_sites_may_not_act(staged: Staged) -> None:
    """A request that a foreign page makes is refused; the phone's own page is not."""
    stage = await staged(None)
    own = str(stage.http.make_url("/").origin())
    for origin, status in (("http://evil.test", 403), ("null", 403), (own, 200)):
        async with stage.http.post("/sim/reset", json={}, headers={"Origin": origin}) as answer:
            assert answer.status == status


async def test_a_person_has_one_phone_that_does_not_follow_yet(staged: Staged) -> None:
    """Choosing a person makes a phone; choosing again gives the same; a phone of nobody is always new."""
    stage = await staged(Bot(echo).app())
    first = await stage.post("/sim/phones", {"phone": "13900000001"})
    assert (first["followed"], first["person"]["name"]) == (False, "张秀英")
    assert (await stage.post("/sim/phones", {"phone": "13900000001"}))["openid"] == first["openid"]
    nobody = await stage.post("/sim/phones", {})
    assert (nobody["person"], len(await stage.get("/sim/phones"))) == (None, 2)
    assert len(first["openid"]) == 28
    assert (await stage.say(first["openid"], "查"))["status"] == "failed"


async def test_a_page_that_outlived_a_restart_goes_on(staged: Staged) -> None:
    """The page names its openid and that it followed, and may write at once."""
    stage = await staged(Bot(echo).app())
    phone = await stage.post("/sim/phones", {"openid": "oKept", "phone": "13900000002", "followed": True})
    assert (phone["openid"], phone["person"]["name"]) == ("oKept", "李明")
    assert (await stage.say("oKept", "查"))["status"] == "answered"


async def test_a_screen_shows_both_sides_and_forgets_on_leaving(staged: Staged) -> None:
    """The page gets own bubbles and replies in order; after leaving and returning the old chat is gone, the inbox still knows."""
    stage = await staged(Bot(echo).app())
    phone = await stage.post("/sim/phones", {"phone": "13900000001"})
    openid = phone["openid"]
    await stage.send(openid, type="event", event="subscribe")
    await stage.say(openid, "查")
    screen = await stage.get(f"/sim/phone?openid={openid}")
    assert [(one["side"], one["type"]) for one in screen["entries"]] == [("account", "news"), ("me", "text"), ("account", "text")]
    await stage.send(openid, type="event", event="unsubscribe")
    await stage.send(openid, type="event", event="subscribe")
    assert len((await stage.get(f"/sim/phone?openid={openid}"))["entries"]) == 1
    assert len(await stage.get(f"/sim/inbox?openid={openid}")) == 3


async def test_news_arrive_live(staged: Staged) -> None:
    """The page hears of its own bubble, the failure notice and a short message as they happen, and of the end."""
    stage = await staged(raw("{}"))
    async with stage.http.get("/sim/live") as stream:
        assert stream.content_type == "text/event-stream"
        await stage.say("o1", "查")
        await stage.post("/sim/sms", {"phone": "13900000001", "text": "验证码 123456"})
        seen: list[dict[str, Any]] = []
        while len(seen) < 3:
            line = await stream.content.readline()
            if line.startswith(b"data: "):
                seen.append(json.loads(line[6:]))
        stage.sim.world.hang_up()
        await stream.content.read()
    assert [one["kind"] for one in seen] == ["entry", "entry", "sms"]
    assert seen[0]["entry"]["side"] == "me"
    assert seen[1]["entry"]["text"] == FAILURE_NOTICE


async def test_a_picture_is_decoded_and_what_is_none_is_told_in_chinese(staged: Staged) -> None:
    """A form upload of a QR picture gives its text; a blank picture and a file that is none are 422 with a sentence for the person."""
    stage = await staged(None)
    blank = io.BytesIO()
    Image.new("RGB", (60, 60), "white").save(blank, "PNG")
    async with stage.http.post("/sim/decode", data={"file": io.BytesIO(code_picture("http://bot.test/v/1/2"))}) as answer:
        assert await answer.json() == {"text": "http://bot.test/v/1/2"}
    for content in (blank.getvalue(), b"hello"):
        async with stage.http.post("/sim/decode", data=content) as answer:
            assert answer.status == 422
            assert "图片" in (await answer.json())["error"]


async def test_documents_are_fetched_from_the_bot_alone(staged: Staged) -> None:
    """A picture at the bot's address is read; a foreign address is refused without a request; a lost one is told."""
    app = Bot(echo).app()

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=code_picture("http://bot.test/v/9/9"), content_type="image/png")

    app.router.add_get("/d/code.png", picture)
    stage = await staged(app)
    origin = stage.sim.page_origins[0]
    assert await stage.post_json("/sim/decode", {"url": f"{origin}/d/code.png"}) == (200, {"text": "http://bot.test/v/9/9"})
    for url in ("http://127.0.0.1:1/d/x", "file:///etc/passwd", f"{origin}/d/none", f"{origin}@127.0.0.1:1/"):
        status, told = await stage.post_json("/sim/decode", {"url": url})
        assert (status, "error" in told) == (422, True)


async def test_the_pages_of_a_pdf_are_pictures(staged: Staged) -> None:
    """A PDF of the bot opens in the phone as pictures, one a page, and its code can be read from the page."""
    pytest.importorskip("pypdfium2", reason="pages of a PDF need pypdfium2")
    app = Bot(echo).app()
    first = Image.open(io.BytesIO(code_picture("http://bot.test/v/7/7"))).convert("RGB")
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=[Image.new("RGB", (200, 280), "white")])

    async def document(_: web.Request) -> web.Response:
        return web.Response(body=made.getvalue(), content_type="application/pdf")

    app.router.add_get("/d/a.pdf", document)
    stage = await staged(app)
    url = f"{stage.sim.page_origins[0]}/d/a.pdf"
    opened = await stage.post("/sim/document", {"url": url})
    assert opened["pages"] == 2
    async with stage.http.get(f"/sim/document/{opened['id']}/1") as answer:
        assert (await answer.read()).startswith(b"\x89PNG")
    async with stage.http.get(f"/sim/document/{opened['id']}/3") as answer:
        assert answer.status == 404
    assert await stage.post_json("/sim/decode", {"url": url}) == (200, {"text": "http://bot.test/v/7/7"})


async def test_the_page_allows_nothing_from_outside(staged: Staged) -> None:
    """The policy names our own files and the bot's origin; no file of the page speaks of another host."""
    stage = await staged(Bot(echo).app())
    async with stage.http.get("/") as answer:
        policy, page = answer.headers["Content-Security-Policy"], await answer.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"frame-src 'self' {' '.join(stage.sim.page_origins)}" in policy
    assert '<html lang="zh-CN"' in page
    for path in ("/static/../web.py", "/static/none.js", "/static/%2e%2e/web.py"):
        async with stage.http.get(path) as answer:
            assert answer.status == 404


async def test_every_file_of_the_page_is_there_and_makes_no_markup_from_words(staged: Staged) -> None:
    """What the page and its modules name is served with its type; no module turns a bot's words into markup or runs them."""
    stage = await staged(None)
    wanted, seen = ["/"], set()
    while wanted:
        path = wanted.pop()
        if path in seen:
            continue
        seen.add(path)
        async with stage.http.get(path) as answer:
            assert answer.status == 200, path
            kind, text = answer.content_type, await answer.text()
        if path.endswith(".js"):
            assert kind == "text/javascript"
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), path
            wanted += [f"/static/{name}" for name in re.findall(r'from "\./([a-z]+\.js)"', text)]
        wanted += re.findall(r'(?:href|src)="(/static/[^"]+)"', text) if path == "/" else []
    assert {"/static/phone.js", "/static/bubbles.js", "/static/chat.css"} <= seen


async def test_start_serves_on_a_free_port() -> None:
    """`start` gives a runner whose address is known, and `cleanup` ends it."""
    clock = FakeClock()
    sim = Simulator(clock, ACCOUNT, "http://127.0.0.1:1/wechat")
    runner = await start(sim, "127.0.0.1", 0)
    assert sim.base_url == f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def test_an_account_shows_no_secret() -> None:
    """The representation that may end in a log holds neither secret, token nor key."""
    account = SimAccount("wx1", "S3CRET", "T0KEN", "K" * 43)
    assert not [one for one in ("S3CRET", "T0KEN", "KKK") if one in repr(account)]
