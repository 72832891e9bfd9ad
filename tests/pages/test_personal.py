"""/p and /d: whose they are, what opens them, and what they show."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from itertools import pairwise
from urllib.parse import unquote

import pypdfium2
import python_calamine
from PIL import Image

from dialogs.statement import Statement
from handlers.documents import thaw
from storage.ports.records import PensionPayment
from storage.ports.time import Month
from tests.documents import samples
from tests.pages.world import ANN, BEN, LAST_YEAR, World, later, renamed

EXPIRED = "请回到公众号，再说一次要办的事，会给您新的链接。"


def words_of(html: str) -> str:
    """The page as it is read, without markup and with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


async def test_a_page_shows_the_whole_table(world: World) -> None:
    """張建国's 2023: eleven months of 400.00, 4,400.00 in all; what is the same in every row is said once; the data date stands below."""
    page = await world.browser().get(await world.page_link())
    assert page.status == 200
    words = words_of(page.text)
    for expected in ("张建国", "2023年12月", "补缴", "8,800.00", "4,400.00", "数据截至 2024年9月12日", "下载 PDF / Excel"):
        assert expected in words
    assert "共同信息：" in words
    assert words.count("北京样例科技有限公司") == 1
    assert page.text.count('<th scope="row" class="txt when">2023年') == 11
    assert "2023年05月" not in words


async def test_the_page_is_read_in_the_order_of_what_matters(world: World) -> None:
    """For whoever listens to it: what it is, the answer, whose it is, the search, the rows from the head on, the notes, and the paper at the end;
    headings go down a level at a time."""
    text = (await world.browser().get(await world.page_link())).text
    marks = (
        "<h1>",
        'aria-label="结果"',
        'aria-label="基本情况"',
        'role="search"',
        "<thead",
        "<tbody",
        "<tfoot",
        "数据截至",
        'class="primary"',
    )
    places = [text.index(mark, text.index("<main")) for mark in marks if mark in text]
    assert places == sorted(places)
    assert len(places) >= 7
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1


async def test_the_first_browser_takes_the_link(world: World) -> None:
    """The browser that opened a link opens it again; every other browser gets the 404 that an unknown link gets."""
    path = await world.page_link()
    first, second = world.browser(), world.browser()
    assert (await first.get(path)).status == 200
    assert (await first.get(path)).status == 200
    refused, unknown = await second.get(path), await second.get("/p/" + "A" * 32)
    assert refused.status == unknown.status == 404
    assert refused.body == unknown.body
    assert EXPIRED in refused.text


async def test_links_end_with_the_persons_life(world: World) -> None:
    """A document and both of its files that were open before are nothing any more, as an unknown link is nothing."""
    document = await world.document()
    landing = await world.document_link(document)
    browser = world.browser()
    assert (await browser.get(landing)).status == 200
    async with world.store.transaction() as tx:
        person = await tx.people.get(world.ids.jianguo)
        assert person is not None
        await tx.people.put_many([replace(person, person_status="死亡")])
    files = (f"{landing}/{document.serial_no}.pdf", f"{landing}/{document.serial_no}.xlsx")
    assert [(await browser.get(one)).status for one in (landing, *files)] == [404] * 3


async def test_looking_does_not_use_a_link_up(world: World) -> None:
    """HEAD, loading ahead, robots, and fetchers that keep no cookie leave the link for the person."""
    path = await world.page_link()
    assert (await world.browser().ask("HEAD", path)).status == 200
    assert (await world.browser().get(path, Sec_Purpose="prefetch;prerender")).status == 503
    assert (await world.browser().get(path, Purpose="prefetch")).status == 503
    robot = await world.browser(**{"User-Agent": "Examplebot/2.0"}).get(path)
    assert robot.status == 200
    assert "张建国" not in robot.text
    assert not robot.cookies
    forgetful = await world.browser().ask("GET", path, follow=False)
    assert forgetful.status == 303
    stuck = await world.browser().ask("GET", forgetful.headers["Location"], follow=False)
    assert stuck.status == 200
    assert "Cookie" in stuck.text
    assert "张建国" not in stuck.text
    page = await world.browser().get(path)
    assert page.status == 200
    assert "张建国" in page.text


async def test_a_link_ends_after_half_an_hour(world: World) -> None:
    """One second before the end the page is there, at the end it is the common 404, for its holder and for a new browser alike."""
    path = await world.page_link()
    holder = world.browser()
    await holder.get(path)
    world.clock.advance(later(30) - 1)
    assert (await holder.get(path)).status == 200
    world.clock.advance(1)
    unknown = await world.browser().get("/p/" + "B" * 32)
    assert {(a.status, a.body) for a in (await holder.get(path), await world.browser().get(path))} == {(404, unknown.body)}


async def test_malformed_links_are_the_same_404(world: World) -> None:
    """Too short, too long, other characters, another kind: nothing that is typed by hand tells anything."""
    page, document = await world.page_link(), await world.document_link(await world.document())
    token, other = page.rpartition("/")[2], document.rpartition("/")[2]
    unknown = await world.browser().get("/p/" + "C" * 32)
    for path in (
        "/p/x",
        f"/p/{token}x",
        f"/p/{token[:-1]}",
        "/p/%00",
        "/p/..%2f..%2fetc",
        "/p/%E5%BC%A0",
        f"/d/{token}",
        f"/p/{other}",
        f"/c/{token}",
    ):
        found = await world.browser().get(path)
        assert (found.status, found.body) == (404, unknown.body), path
    assert (await world.browser().get(page)).status == 200


async def test_nobody_reads_what_is_another_chats(world: World) -> None:
    """Every pair of link and browser, every serial under another's token, a stolen or invented cookie: the same 404 (S11)."""
    unknown = await world.browser().get("/d/" + "D" * 32)
    documents = {ANN: await world.document(ANN), BEN: await world.document(BEN)}
    links = {who: await world.document_link(document, who) for who, document in documents.items()}
    browsers = {ANN: world.browser(), BEN: world.browser()}
    for who, link in links.items():
        assert (await browsers[who].get(link)).status == 200
    for mine, other in ((ANN, BEN), (BEN, ANN)):
        serial = documents[other].serial_no
        paths = [links[other], f"{links[other]}/{serial}.pdf", f"{links[other]}/{serial}.xlsx", f"{links[mine]}/{serial}.pdf"]
        paths.append(f"{links[mine]}/{serial}.xlsx")
        for path in paths:
            found = await browsers[mine].get(path)
            assert (found.status, found.body) == (404, unknown.body), path
        cookie = browsers[mine].jar[links[mine], "holder"]
        thief = world.browser()
        thief.jar[links[other], "holder"] = cookie
        stolen = await thief.get(links[other])
        assert (stolen.status, stolen.body) == (404, unknown.body)
    for value in ("", "x", "A" * 32, "../../etc", "A" * 5000):
        thief = world.browser()
        thief.jar[links[ANN], "holder"] = value
        assert (await thief.get(links[ANN])).body == unknown.body


async def test_a_link_to_another_persons_document_opens_nothing(world: World) -> None:
    """A document link made for the wrong chat, or kept after 解绑, is the common 404: ownership is looked at when it is opened."""
    unknown = await world.browser().get("/d/" + "E" * 32)
    document = await world.document(ANN)
    wrong = await world.browser().get(await world.document_link(document, BEN))
    assert (wrong.status, wrong.body) == (404, unknown.body)
    holder, path = world.browser(), await world.document_link(document, ANN)
    page_path = await world.page_link(ANN)
    page = world.browser()
    assert (await holder.get(path)).status == 200
    csrf = (await page.get(page_path)).csrf
    async with world.store.transaction() as tx:
        await tx.users.unbind(ANN, world.ids.jianguo, world.clock.now())
    for browser, address in ((holder, path), (holder, f"{path}/{document.serial_no}.pdf"), (page, page_path)):
        found = await browser.get(address)
        assert (found.status, found.body) == (404, unknown.body)
    pressed = await page.post(f"{page_path}/document", {"csrf": csrf})
    assert (pressed.status, pressed.body) == (404, unknown.body)


async def test_a_page_link_that_names_another_person_opens_nothing(world: World) -> None:
    """Even a link that was made with a foreign person's id shows and issues nothing."""
    path = await world.page_link(ANN, person=str(world.ids.xiuying))
    found = await world.browser().get(path)
    assert (found.status, found.text.count(EXPIRED)) == (404, 1)
    assert "<h1>这个链接打不开了</h1>" in found.text


async def test_unfollowing_ends_every_link(world: World) -> None:
    """Once the person has left, open pages and documents are gone (S15)."""
    browser = world.browser()
    page, document = await world.page_link(), await world.document_link(await world.document())
    await browser.get(page)
    await browser.get(document)
    async with world.store.transaction() as tx:
        await tx.users.forget(ANN)
    assert [(await browser.get(path)).status for path in (page, document)] == [404, 404]


async def test_downloading_issues_once(world: World) -> None:
    """Pressing the button twice gives one document with two links; the browser that pressed holds them at once."""
    browser = world.browser()
    path = await world.page_link()
    csrf = (await browser.get(path)).csrf
    for _ in range(2):
        landing = await browser.post(f"{path}/document", {"csrf": csrf})
        assert landing.status == 200
        assert "打开 PDF" in landing.text
    async with world.store.reading() as tx:
        (document,) = await tx.documents.of_person(world.ids.jianguo)
    assert document.person_id == world.ids.jianguo
    assert document.serial_no in landing.text
    raw = await browser.post(f"{path}/document", {"csrf": csrf}, follow=False)
    assert raw.status == 303
    stranger = await world.browser().get(raw.headers["Location"])
    assert stranger.status == 404


async def test_the_forms_of_a_pension_are_ticked(world: World) -> None:
    """BJQ-P-04a: both forms are ticked at first; the paper holds those that were left ticked, the same twice is one paper, none is said to be too few. A query
    with one form has nothing to tick."""
    async with world.store.transaction() as tx:
        await tx.rights.put_many([PensionPayment(world.ids.jianguo, Month(2024, 8), "basic", "工行", Decimal("3100.00"))])
    browser = world.browser()
    path = await world.page_link(query="pension", period="2024-08..2024-08")
    page = await browser.get(path)
    for code, name in (("info", "待遇信息"), ("detail", "待遇明细")):
        assert f'name="form-{code}" value="yes" checked><label for="f-form-{code}">{name}</label>' in page.text
    nothing = await browser.post(f"{path}/document", {"csrf": page.csrf})
    assert "请至少勾选一种，再点下载。" in nothing.text
    for ticked in (("detail",), ("detail",), ("info", "detail")):
        landing = await browser.post(f"{path}/document", {"csrf": page.csrf, **{f"form-{code}": "yes" for code in ticked}})
        assert "打开 PDF" in landing.text
    async with world.store.reading() as tx:
        papers = await tx.documents.of_person(world.ids.jianguo)
    assert sorted(tuple(table.caption for table in thaw(one.snapshot).tables) for one in papers) == [
        ("参保人员养老保险待遇明细",),
        ("参保人员养老待遇信息", "参保人员养老保险待遇明细"),
    ]
    assert "要下载哪一种" not in (await browser.get(await world.page_link())).text


async def test_the_button_needs_our_own_form(world: World) -> None:
    """Without the page's token, with another link's token, or from a browser that does not hold the link, nothing is issued."""
    browser = world.browser()
    path, other = await world.page_link(), await world.page_link()
    await browser.get(path)
    foreign = (await browser.get(other)).csrf
    assert (await browser.post(f"{path}/document", {})).status == 403
    assert (await browser.post(f"{path}/document", {"csrf": foreign})).status == 403
    assert (await browser.post(f"{path}/document", {"csrf": "签" * 64})).status == 403
    assert (await world.browser().post(f"{path}/document", {"csrf": foreign})).status == 404
    unopened = await world.page_link()
    assert (await world.browser().post(f"{unopened}/document", {"csrf": foreign})).status == 404
    assert (await world.browser().get(unopened)).status == 200
    async with world.store.reading() as tx:
        assert await tx.documents.of_person(world.ids.jianguo) == ()


async def test_the_files_are_what_they_say(world: World) -> None:
    """The PDF holds name and numbers as text, the workbook holds numbers as numbers; names of files are plain and Chinese, without a person's."""
    document = await world.document()
    browser, path = world.browser(), await world.document_link(document)
    landing = await browser.get(path)
    assert document.serial_no[:4] in landing.text
    assert f"{document.check_code[:4]}-{document.check_code[4:8]}-{document.check_code[8:]}" in landing.text
    pdf = await browser.get(f"{path}/{document.serial_no}.pdf")
    assert (pdf.status, pdf.headers["Content-Type"], pdf.headers["Cache-Control"]) == (200, "application/pdf", "no-store")
    name = pdf.headers["Content-Disposition"]
    assert name.startswith(f"inline; filename=\"shebao-{document.serial_no}.pdf\"; filename*=UTF-8''")
    assert unquote(name.partition("''")[2]) == f"参保人员养老保险缴费信息-{document.serial_no}.pdf"
    assert "张" not in unquote(name)
    opened = pypdfium2.PdfDocument(pdf.body)
    text = opened[0].get_textpage().get_text_bounded()
    opened.close()
    assert "张建国" in text
    assert "4,400.00" in text
    sheet = await browser.get(f"{path}/{document.serial_no}.xlsx")
    assert sheet.headers["Content-Disposition"].startswith("attachment; ")
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.body))
    cells = [cell for name in rows.sheet_names for row in rows.get_sheet_by_name(name).to_python() for cell in row]
    assert 4400.0 in cells
    assert (await browser.ask("HEAD", f"{path}/{document.serial_no}.pdf")).status == 200
    assert await world.audited(world.ids.jianguo) == [("download", "ok"), ("download", "ok")]


async def test_a_second_browser_gets_a_link_of_its_own(world: World) -> None:
    """For phones that cannot open a PDF inside the chat: a fresh link, which the first browser that opens it takes."""
    document = await world.document()
    browser, path = world.browser(), await world.document_link(document)
    csrf = (await browser.get(path)).csrf
    page = await browser.post(f"{path}/link", {"csrf": csrf})
    found = re.search(r"https://sb\.example\.cn(/d/[\w-]{32})", page.text)
    assert found
    assert found[1] != path
    assert (await world.browser().get(found[1])).status == 200
    assert (await world.browser().get(found[1])).status == 404
    assert (await browser.post(f"{path}/link", {"csrf": "0" * 64})).status == 403
    assert (await browser.get(f"{path}/link")).status == 200


async def test_a_revoked_document_says_so(world: World) -> None:
    """The landing page of a revoked or replaced document warns before anyone opens the file."""
    for status, words in (("revoked", "已经作废"), ("replaced", "以新单据为准")):
        document = await world.document(key=status)
        async with world.store.transaction() as tx:
            await tx.documents.set_status(document.serial_no, status, "金额有误")
        page = await world.browser().get(await world.document_link(document))
        assert words in page.text
        assert "金额有误" in page.text


async def test_a_long_table_comes_in_parts(world: World) -> None:
    """600 months stay under 150 kB with style and script; every row is on exactly one part, the total on each."""
    world.answers.statements["long"] = samples.statement(samples.long_table(600))
    browser, path = world.browser(), await world.page_link(sample="long")
    seen: list[str] = []
    for part in range(1, 13):
        page = await browser.get(f"{path}?t0={part}")
        seen += re.findall(r'role="rowheader">(\d{4}年\d\d月)', page.text)
        assert "（全部 600 行）" in page.text
        assert len(page.body) < 60_000
    assert len(seen) == len(set(seen)) == 600
    assets = sum([len((await browser.get(address)).body) for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)])
    assert len(page.body) + assets < 150_000
    for odd in ("0", "-1", "11", "99999999999", "x", "%C2%B2"):
        assert (await browser.get(f"{path}?t0={odd}")).status == 200


async def test_rows_of_one_month_stand_together(world: World) -> None:
    """Where several insurances share a month, the month is a heading above its rows, for ears too."""
    page = await world.browser().get(await world.page_link(period="2024-01..2024-03", insurance="pension,medical"))
    assert page.text.count('<th scope="rowgroup"') == 3
    groups = page.text.split('<th scope="rowgroup"')[1:]
    assert [("养老" in group, "医疗" in group) for group in groups] == [(True, True)] * 3


async def test_content_stays_content(world: World) -> None:
    """Markup, template code and marks of direction in names and cells are shown as they stand and do nothing (S20)."""
    nasty = "<script>alert(1)</script>{{ 7*7 }}{% raw %}\"'><img src=x onerror=alert(1)>"
    world.answers.statements["nasty"] = renamed(samples.statement(), nasty)
    browser, path = world.browser(), await world.page_link(sample="nasty")
    page = await browser.get(path)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "{{ 7*7 }}" in page.text
    landing = await browser.post(f"{path}/document", {"csrf": page.csrf})
    assert "<script>alert" not in landing.text
    async with world.store.reading() as tx:
        (document,) = await tx.documents.of_person(world.ids.jianguo)
    link = re.search(r'href="(/d/[^"]+\.pdf)"', landing.text)
    assert link
    pdf = await browser.get(link[1])
    assert "\n" not in pdf.headers["Content-Disposition"]
    assert "<" not in unquote(pdf.headers["Content-Disposition"])
    checked = await world.browser().get(f"/v/{document.serial_no}/{document.check_code}")
    assert checked.status == 200
    assert "<script>alert" not in checked.text


async def test_an_empty_statement_is_a_page_too(world: World) -> None:
    """No table, no note, no period: the page still has its facts and its date, and says nothing untrue."""
    world.answers.statements["bare"] = replace(samples.statement(), tables=(), notes=(), period="", summary=())
    world.answers.statements["hollow"] = replace(
        samples.statement(), tables=(replace(samples.THREE_MONTHS, rows=(), totals=()),), as_of="", facts=(("姓名", ""),)
    )
    assert (await world.browser().get(await world.page_link(sample="bare"))).status == 200
    hollow = await world.browser().get(await world.page_link(sample="hollow"))
    assert "没有记录" in hollow.text


async def test_a_fault_is_an_apology(world: World) -> None:
    """An unexpected error is a page in Chinese that says what to do, and quotes nothing."""
    path = await world.page_link()
    world.answers.broken = True
    page = await world.browser().get(path)
    assert page.status == 500
    assert "请过几分钟再试" in page.text
    assert "110199198003150011" not in page.text
    assert "Traceback" not in page.text


async def test_a_document_with_an_unprintable_character(world: World) -> None:
    """A character that no font has is told instead of a broken file, and the verification page falls back to text."""
    statement: Statement = samples.with_cell("\U0010fffd")
    document = await world.document(content=statement)
    browser, path = world.browser(), await world.document_link(document)
    await browser.get(path)
    page = await browser.get(f"{path}/{document.serial_no}.pdf")
    assert page.status == 500
    assert "人工" in page.text
    checked = await world.browser().get(f"/v/{document.serial_no}/{document.check_code}")
    assert checked.status == 200
    assert "请看下面的文字内容" in checked.text


async def test_params_of_a_link_stay_inside(world: World) -> None:
    """Nothing of what a link stands for is in its address."""
    path = await world.page_link()
    assert re.fullmatch(r"/p/[\w-]{32}", path)
    assert all(value not in path for value in LAST_YEAR.values())


async def test_the_original_is_a_light_picture(world: World) -> None:
    """A page of the form is a PNG of at least a phone's width; the page of the verdict with it, style and script weighs under 150 kB."""
    browser = world.browser()
    for key, content in (("short", None), ("long", samples.statement(samples.long_table(40)))):
        document = await world.document(content=content, key=key)
        page = await browser.get(f"/v/{document.serial_no}/{document.check_code}")
        picture = await browser.get(f"/v/{document.serial_no}/{document.check_code}/1.png")
        assert picture.headers["Content-Type"] == "image/png"
        with Image.open(io.BytesIO(picture.body)) as opened:
            assert opened.width >= 1100
        loaded = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text))
        assets = sum([len((await browser.get(address)).body) for address in loaded])
        assert len(page.body) + assets + len(picture.body) < 150_000, (len(page.body), assets, len(picture.body))
