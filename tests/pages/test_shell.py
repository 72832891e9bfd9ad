"""What holds for every page: headers, cookies, sizes, the large type, and errors in Chinese."""

from __future__ import annotations

import html.parser
import re
from pathlib import Path

import pytest
import structlog

from handlers.documents import Renderer
from tests.pages.world import ANN, Answer, World


async def every_page(world: World) -> dict[str, Answer]:
    """One answer of each kind."""
    browser = world.browser()
    document = await world.document()
    path = await world.page_link()
    page = await browser.get(path)
    landing = await browser.post(f"{path}/document", {"csrf": page.csrf})
    link = re.search(r'action="(/d/[^"]+/link)"', landing.text)
    assert link
    return {
        "page": page,
        "landing": landing,
        "link": await browser.post(link[1], {"csrf": landing.csrf}),
        "form": await browser.get("/v"),
        "wrong": await browser.verify("1", "2"),
        "right": await browser.verify(document.serial_no, document.check_code),
        "captcha": await browser.get(await world.captcha_link()),
        "words": await browser.get(f"{await world.captcha_link()}?way=words"),
        "doorway": await world.browser(**{"User-Agent": "a crawler"}).get(await world.page_link()),
        "missing": await browser.get("/p/x"),
        "forbidden": await browser.post(f"{path}/document", {}),
    }


async def test_every_page_carries_the_headers(world: World) -> None:
    """No inline script or style, no framing, no referrer, no cache, no sniffing, no index; cookies are HttpOnly, Lax and Secure."""
    for name, page in (await every_page(world)).items():
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'self'; script-src 'self'; " in policy, name
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in page.headers["Permissions-Policy"]
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|style=", page.text), name
        for cookie in page.cookies.values():
            assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    raw = await world.browser().ask("GET", await world.page_link(), follow=False)
    cookie = raw.cookies["holder"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert re.fullmatch(r"/p/[\w-]{32}", cookie["path"])
    assert len(cookie.value) == 32


class Outline(html.parser.HTMLParser):
    """What a screen reader leans on."""

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[int] = []
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.bare_images = 0
        self.bare_heads = 0
        self.ids: list[str] = []
        self.targets: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = found.get("lang", "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels.add(found["for"])
        if tag == "input" and found.get("type") != "hidden":
            self.fields.add(found["id"])
        self.bare_images += tag == "img" and not found.get("alt")
        self.bare_heads += tag == "th" and "scope" not in found
        self.ids += [found["id"]] if "id" in found else []
        if tag == "a" and found.get("href", "").startswith("#"):
            self.targets.add(found["href"][1:])


async def test_every_page_can_be_listened_to(world: World) -> None:
    """Language, one h1 and no skipped level, labelled fields, described pictures, scoped heads, a skip link that leads somewhere."""
    for name, page in (await every_page(world)).items():
        outline = Outline()
        outline.feed(page.text)
        assert outline.language == "zh-CN", name
        assert outline.headings.count(1) == 1, name
        assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False)), name
        assert outline.fields <= outline.labels, name
        assert (outline.bare_images, outline.bare_heads) == (0, 0), name
        assert outline.targets <= set(outline.ids), name
        assert len(outline.ids) == len(set(outline.ids)), name
        assert re.search(r"<title>[^<]+</title>", page.text), name


async def test_large_type_is_remembered(world: World) -> None:
    """长辈版 is chosen by a link, works without script, and holds for other pages until it is taken back."""
    browser, path = world.browser(), await world.page_link()
    assert 'class="elder"' not in (await browser.get(path)).text
    chosen = await browser.get(f"{path}?view=elder")
    assert 'class="elder"' in chosen.text
    assert chosen.cookies["view"]["max-age"]
    assert 'class="elder"' in (await browser.get(path)).text
    assert 'class="elder"' in (await browser.get("/v")).text
    await browser.get("/v?view=normal")
    assert 'class="elder"' not in (await browser.get(path)).text
    odd = await browser.get("/v?view=%22%3E")
    assert odd.status == 200
    assert "view" not in odd.cookies


async def test_dark_and_light_are_remembered(world: World) -> None:
    """Chosen by a link like the large type, beside it; 颜色随手机 takes it back. The switches lead to the same part of the same page."""
    browser, path = world.browser(), await world.page_link()
    assert '<html lang="zh-CN">' in (await browser.get(path)).text
    chosen = await browser.get(f"{path}?theme=dark")
    assert chosen.cookies["theme"]["max-age"]
    assert chosen.cookies["theme"]["httponly"]
    await browser.get("/v?view=elder")
    page = await browser.get(f"{path}?s0=1&go=1&odd=%3Cb%3E")
    assert 'class="elder dark"' in page.text
    assert 'href="?s0=1&amp;view=normal"' in page.text
    assert 'href="?s0=1&amp;theme=auto"' in page.text
    assert 'class="elder"' in (await browser.get("/v?theme=auto")).text
    assert "theme" not in (await browser.get("/v?theme=pink")).cookies


async def test_static_files_are_kept_for_ever_under_their_content(world: World) -> None:
    """Style and script come from addresses that change with their content; an old or invented address is a 404."""
    page = await world.browser().get("/v")
    addresses = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)
    assert len(addresses) == 3
    for address in addresses:
        found = await world.browser().get(address)
        assert found.status == 200
        assert "immutable" in found.headers["Cache-Control"]
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert len(found.body) < 40_000
    for odd in ("/assets/pages.css", "/assets/..%2fshell.py", "/assets/pages.0000000000000000.css"):
        assert (await world.browser().get(odd)).status == 404


async def test_forms_are_small_and_ours(world: World) -> None:
    """A large body is 413, another type or broken encoding 400: pages in Chinese that say what to do."""
    too_long = await world.browser().post("/v", {"serial": "1" * 9000, "code": "x"})
    assert too_long.status == 413
    assert "太长" in too_long.text
    for body, kind in (
        (b"{}", "application/json"),
        (b"serial=%ff%fe&code=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded"),
        ("serial=张".encode(), "application/x-www-form-urlencoded"),
    ):
        found = await world.browser().ask("POST", "/v", form=body, Content_Type=kind)
        assert found.status == 400, body
        assert "请返回上一页" in found.text


async def test_addresses_and_contents_are_not_logged(world: World) -> None:
    """Even a fault's log line names neither the link nor what the error quoted as it is raised."""
    path = await world.page_link()
    world.answers.broken = True
    with structlog.testing.capture_logs() as logs:
        await world.browser().get(path)
    (line,) = logs
    assert (line["event"], line["page"]) == ("page_failed", "page")
    line.pop("exc_info")
    assert path.rpartition("/")[2] not in str(line)


async def test_framing_and_plain_http_are_configured(tmp_path: Path, renderer: Renderer) -> None:
    """A demo may frame the pages and speaks HTTP: the policy names the frame, cookies are not Secure."""
    world = World(tmp_path, renderer)
    world.public_url, world.frame_ancestors = "http://127.0.0.1:8080", "http://127.0.0.1:8090"
    await world.start()
    try:
        raw = await world.browser().ask("GET", await world.page_link(ANN), follow=False)
        assert "frame-ancestors http://127.0.0.1:8090" in raw.headers["Content-Security-Policy"]
        assert not raw.cookies["holder"]["secure"]
    finally:
        await world.close()


@pytest.mark.parametrize("path", ["/p/{}/document", "/d/{}/link"])
async def test_going_back_to_a_form(world: World, path: str) -> None:
    """GET on the address of a form leads to the page that the form stands on."""
    kind = path[:3]
    link = await world.page_link() if kind == "/p/" else await world.document_link(await world.document())
    browser = world.browser()
    await browser.get(link)
    found = await browser.get(path.format(link.rpartition("/")[2]))
    assert found.status == 200
    assert "<h1>参保人员养老保险缴费信息</h1>" in found.text


async def test_pages_say_that_the_system_recovers_while_the_database_is_away(world: World) -> None:
    """503 with our own page and when to come again, for what is read and what is sent; no traceback in the log. Back again, they open."""
    browser = world.browser()
    path = await world.page_link()
    document = await world.document()
    assert (await browser.get("/v")).status == 200
    file = Path(world.url.removeprefix("sqlite:///"))
    await world.store.close()
    _take_away(file)
    with structlog.testing.capture_logs() as lines:
        answers = [await browser.get(path), await browser.verify(document.serial_no, document.check_code)]
    for answer in answers:
        assert answer.status == 503
        assert "系统正在恢复，请过一两分钟再试" in answer.text
        assert answer.headers["Retry-After"] == "60"
    assert lines
    assert not [line for line in lines if line["log_level"] == "error" or "exc_info" in line]
    _give_back(file)
    assert (await browser.get(path)).status == 200


def _take_away(file: Path) -> None:
    """A folder stands where the database was: it cannot be opened, and none is made in its place."""
    file.rename(file.with_suffix(".away"))
    file.mkdir()


def _give_back(file: Path) -> None:
    file.rmdir()
    file.with_suffix(".away").rename(file)
