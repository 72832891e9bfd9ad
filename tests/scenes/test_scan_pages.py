"""The page on which a computer waits, and what opens then."""

from __future__ import annotations

import json

from tests.pages.world import ANN, BEN
from tests.scenes.site import Site


async def test_a_computer_opens_the_pages_of_whoever_scans(site: Site) -> None:
    """It shows a code, waits, and goes on to the person's own page; the address holds nothing but the one-time ticket."""
    computer = site.desktop()
    page = await computer.get("/scan")
    assert page.status == 200
    assert "<svg" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert json.loads((await computer.get("/scan/state")).body) == {"state": "code"}
    await site.takes()
    assert json.loads((await computer.get("/scan/state")).body) == {"state": "taken"}
    assert "请在手机公众号里回复 1" in (await computer.get("/scan")).text
    assert await site.scanned()
    assert json.loads((await computer.get("/scan/state")).body) == {"state": "agreed"}
    moved = await computer.ask("GET", "/scan", follow=False)
    assert moved.status == 303
    assert moved.headers["Location"].startswith("/p/")
    mine = await computer.get(moved.headers["Location"])
    assert "张*国 的社保" in mine.text
    assert "张建国" not in mine.text
    assert (await computer.get("/scan/state")).body == b'{"state": "over"}'


async def test_the_chat_is_told_which_browser_asks(site: Site) -> None:
    """The browser and system by their known names, the network without its last part; nothing of the header is taken over."""
    await site.desktop().get("/scan")
    assert site.codes is not None
    async with site.store.reading() as tx:
        scene = await tx.scenes.find(list(site.codes.names.values())[-1], site.clock.now())
    assert scene is not None
    assert scene.params["place"] == "Chrome · Windows · 127.0.0.*"


async def test_another_browser_cannot_go_on(site: Site) -> None:
    """After the yes, only the browser that showed the code opens the pages; a browser with an invented cookie has none (S14)."""
    first, second, third = site.desktop(), site.desktop(), site.desktop()
    await second.get("/scan")
    await first.get("/scan")
    third.jar["/scan", "waiting"] = "A" * 32
    assert await site.scanned()
    for other in (second, third):
        assert (await other.ask("GET", "/scan", follow=False)).status == 200
    assert (await first.ask("GET", "/scan", follow=False)).status == 303


async def test_an_opened_page_is_that_browsers(site: Site) -> None:
    """The address that the computer was led to opens nothing in another browser."""
    computer = site.desktop()
    await computer.get("/scan")
    await site.scanned()
    where = (await computer.ask("GET", "/scan", follow=False)).headers["Location"]
    assert (await computer.get(where)).status == 200
    assert (await site.desktop().get(where)).status == 404


async def test_a_no_is_shown_and_ends_the_waiting(site: Site) -> None:
    """不是我: the page says so, asks no more by itself, and another code can be had."""
    computer = site.desktop()
    await computer.get("/scan")
    await site.scanned(yes=False)
    page = await computer.get("/scan")
    assert "手机上选了“不是我”" in page.text
    assert 'http-equiv="refresh"' not in page.text
    again = await computer.post("/scan", {"csrf": page.csrf})
    assert "<svg" in again.text


async def test_the_page_ends_by_itself(site: Site) -> None:
    """When the code is over the page says so and asks no more; no new code is made by reloading."""
    computer = site.desktop()
    await computer.get("/scan")
    assert site.codes is not None
    site.clock.advance(301)
    page = await computer.get("/scan")
    assert "过期了" in page.text
    assert 'http-equiv="refresh"' not in page.text
    await computer.get("/scan")
    assert len(site.codes.names) == 1


async def test_another_code_needs_our_form(site: Site) -> None:
    """A form of somebody else's makes no code."""
    computer = site.desktop()
    await computer.get("/scan")
    assert (await computer.post("/scan", {"csrf": "0" * 64})).status == 403
    assert (await site.desktop().post("/scan", {"csrf": "0" * 64})).status == 403
    assert site.codes is not None
    assert len(site.codes.names) == 1


async def test_robots_and_loading_ahead_make_no_code(site: Site) -> None:
    """A preview, a robot, HEAD and a browser without cookies cost the platform nothing."""
    await site.browser(**{"User-Agent": "SomeBot spider"}).get("/scan")
    await site.browser().ask("HEAD", "/scan")
    ahead = await site.browser(**{"Sec-Purpose": "prefetch"}).get("/scan")
    assert ahead.status == 503
    without = await site.browser().ask("GET", "/scan?go=1")
    assert "请在浏览器设置里允许 Cookie" in without.text
    assert site.codes is not None
    assert site.codes.names == {}


async def test_an_account_without_codes_shows_digits(small_site: Site) -> None:
    """Six digits in the place of the code, with the words to send; typed in the chat they do the same."""
    computer = small_site.desktop()
    page = await computer.get("/scan")
    assert "<svg" not in page.text
    assert "这组数字 5 分钟内有效" in page.text
    word = page.text.partition('data-copy="电脑 ')[2][:6]
    assert word.isdigit()
    assert await small_site.scanned(word=word)
    assert "的社保" in (await computer.get("/scan")).text


async def test_large_type_and_dark_keep_the_code(site: Site) -> None:
    """长辈版 and dark show the same code, which stays dark on white."""
    computer = site.desktop()
    first = await computer.get("/scan")
    for query in ("?view=elder", "?theme=dark"):
        page = await computer.get(f"/scan{query}")
        assert page.status == 200
        assert page.text.partition("<svg")[2][:400] == first.text.partition("<svg")[2][:400]
    assert site.codes is not None
    assert len(site.codes.names) == 1


async def mine_of(site: Site, openid: str = ANN, **params: str) -> str:
    """The path of a fresh 我的页面."""
    return await site.page_link(openid, page="me", query="", **params)


async def test_records_open_as_pages_of_the_same_browser(site: Site) -> None:
    """A line of 我的页面 leads to the table, which no other browser opens."""
    computer = site.desktop()
    page = await computer.get(await mine_of(site))
    assert "养老缴费" in page.text
    at = str(page.form("go")["csrf"])
    where = await mine_of(site)
    page = await computer.get(where)
    opened = await computer.post(f"{where}/go", {"csrf": page.csrf, "to": "record:0"}, follow=False)
    assert opened.status == 303
    assert at != page.csrf
    table = await computer.get(opened.headers["Location"])
    assert "2024" in table.text
    assert (await site.desktop().get(opened.headers["Location"])).status == 404


async def test_documents_and_drafts_stand_on_the_page(site: Site) -> None:
    """What was issued opens its document's page, what is unfinished its form; the part that a link names stands alone."""
    await site.document()
    await site.filing("card_second", BEN)
    computer = site.desktop()
    where = await mine_of(site)
    page = await computer.get(where)
    assert "我的单据" in page.text
    serial = page.text.partition('value="paper:')[2].partition('"')[0]
    opened = await computer.post(f"{where}/go", {"csrf": page.csrf, "to": f"paper:{serial}"}, follow=False)
    assert opened.headers["Location"].startswith("/d/")
    where = await mine_of(site, BEN, part="filings")
    page = await computer.get(where)
    assert "我的记录" not in page.text
    number = page.text.partition('value="filing:')[2].partition('"')[0]
    form = await computer.post(f"{where}/go", {"csrf": page.csrf, "to": f"filing:{number}"})
    assert form.status == 200


async def test_another_persons_things_look_like_nothing(site: Site) -> None:
    """A document, a case and a line that are not the person's give the common 404, and so does the page after 解绑."""
    document = await site.document(BEN)
    await site.filing("card_second", BEN)
    case = await site.case(BEN)
    computer = site.desktop()
    where = await mine_of(site)
    page = await computer.get(where)
    for key in (f"paper:{document.serial_no}", f"filing:{case.case_no}", "record:99", "record:x", "", "nothing:1"):
        # Not followed: the place that it leads to asks whose it is once more.
        assert (await computer.post(f"{where}/go", {"csrf": page.csrf, "to": key}, follow=False)).status == 404
    await site.unbind()
    assert (await computer.get(where)).status == 404


async def test_an_empty_record_is_said_on_the_page(site: Site) -> None:
    """What has no rows is said in a sentence above the page instead of an empty table."""
    computer = site.desktop()
    where = await mine_of(site)
    page = await computer.get(where)
    key = next(
        line.partition('"')[0]
        for line in page.text.split('name="to" value="')[1:]
        if "资格认证记录" in line.partition("</button>")[0]
    )
    said = await computer.post(f"{where}/go", {"csrf": page.csrf, "to": key})
    assert "现在没有您的记录" in said.text
