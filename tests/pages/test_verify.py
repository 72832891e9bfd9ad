"""校验: what is said, what is never said, and how often one may guess (BJQ-V-01, S12, S13)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import structlog

from bot.pages.paper import Pictures, TooMany
from dialogs.masks import surname_only
from handlers.documents import Renderer, new_check_code, new_serial
from handlers.verification import NotRight, Throttled, Verification, VerificationLimits, Verified
from storage.ports.repositories import Store
from storage.ports.time import Month, Span
from tests.documents.samples import issued, long_table, statement
from tests.pages.world import Answer, World, later

NEUTRAL = "流水号或校验码有误，请核对单据右上角的两组号码。"


def unmasked(answer: Answer) -> str:
    """The page without what was typed into it."""
    return re.sub(r'value="[^"]*"', "", answer.text)


def other_serial(world: World) -> str:
    return new_serial(world.clock.now().date(), "beijing")


async def check(world: World, store: Store, serial: str, code: str, asker: str, by: Verification | None = None) -> object:
    async with store.transaction() as tx:
        return await (by or world.verification).check(tx, serial, code, asker)


async def test_both_values_right(world: World) -> None:
    """权益单校验成功 with type, date and masked holder, the original form as a picture, and its content as text."""
    document = await world.document()
    page = await world.browser().verify(document.serial_no, document.check_code)
    assert page.status == 200
    for expected in ("权益单校验成功", "参保人员养老保险缴费信息", "2024年9月12日", "张*", "4,400.00", "第 1 页"):
        assert expected in page.text
    pictures = re.findall(r'<img src="([^"]+)"', page.text)
    assert pictures == [f"/v/{document.serial_no}/{document.check_code}/1.png"]
    assert (await world.browser().get(pictures[0])).body.startswith(b"\x89PNG")
    assert (await world.browser().get(pictures[0].replace("/1.png", "/2.png"))).status == 404
    assert await world.audited(world.ids.jianguo) == [("verify", "ok")]


async def test_what_a_proof_states_is_read_as_text(world: World) -> None:
    """The sentence of a 证明 is what it is asked for: whoever cannot see the picture reads it above the figures, as on the paper."""
    stated = "兹证明张建国（男）在北京参加职工社会保险，2023年实际缴费：养老 11 个月。特此证明。"
    document = await world.document(content=replace(statement(), opening=stated))
    page = await world.browser().verify(document.serial_no, document.check_code)
    words = page.text.partition('id="words"')[2]
    assert stated in words
    assert words.index(stated) < words.index("</table>")


async def test_it_is_read_as_people_write_it(world: World) -> None:
    """Wide characters, spaces, dashes, lower case and the printed words are understood."""
    document = await world.document()
    serial, code = document.serial_no, document.check_code
    wide = serial.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    for typed in (
        (f" {serial[:4]} {serial[4:8]}-{serial[8:]} ", code.lower()),
        (wide, f"{code[:4]} {code[4:8]} {code[8:]}"),
        (f"流水号：{serial}", f"校验码：{code}"),
    ):
        assert "权益单校验成功" in (await world.browser().verify(*typed)).text


async def test_what_was_printed_is_shown(world: World) -> None:
    """A later change of the agency's record does not change what an issued document shows."""
    document = await world.document()
    async with world.store.transaction() as tx:
        (row,) = await tx.contributions.between(world.ids.jianguo, Span(Month(2023, 4), Month(2023, 4)))
        await tx.contributions.put_many([replace(row, personal_amount=Decimal("123.45"))])
    world.clock.advance(later(60 * 24 * 400))
    page = await world.browser().get(f"/v/{document.serial_no}/{document.check_code}")
    assert "4,400.00" in page.text
    assert "2025年" not in page.text
    assert "123.45" not in page.text
    assert "123.45" in (await world.browser().get(await world.page_link())).text


async def test_every_failure_is_the_same(world: World) -> None:
    """Unknown serial, wrong code, right code of another document, nonsense, markup, nothing: one status, one text, no hint."""
    mine, other = await world.document(key="1"), await world.document(key="2")
    typed = [
        (other_serial(world), mine.check_code),
        (mine.serial_no, new_check_code()),
        (mine.serial_no, other.check_code),
        ("", ""),
        ("12345", "x"),
        (mine.serial_no[:-1] + str((int(mine.serial_no[-1]) + 1) % 10), mine.check_code),
        ("' OR 1=1 --", '"><script>alert(1)</script>'),
        ("9" * 5000, "W" * 900),
        (mine.check_code, mine.serial_no),
    ]
    pages = [await world.browser().verify(*pair, asker=f"addr:198.51.100.{n}") for n, pair in enumerate(typed)]
    assert {(page.status, unmasked(page)) for page in pages} == {(200, unmasked(pages[0]))}
    assert NEUTRAL in pages[0].text
    assert all("<script>alert" not in page.text for page in pages)
    scanned = await world.browser().get(f"/v/{mine.serial_no}/{new_check_code()}")
    assert (scanned.status, unmasked(scanned)) == (200, unmasked(pages[0]))


async def test_five_wrong_for_one_serial(world: World) -> None:
    """After five wrong codes from five askers even the right one waits, until an hour after the first; it says when."""
    document = await world.document()
    for n in range(5):
        assert NEUTRAL in (await world.browser().verify(document.serial_no, new_check_code(), asker=f"addr:192.0.2.{n}")).text
    world.clock.advance(later(10))
    waiting = await world.browser().verify(document.serial_no, document.check_code, asker="addr:203.0.113.9")
    assert waiting.status == 429
    assert "请在 11:00 以后再试" in waiting.text
    assert "急用请拨打 12333。" in waiting.text
    assert 'href="/v"' in waiting.text
    assert waiting.headers["Retry-After"] == "3000"
    assert "权益单校验成功" not in waiting.text
    picture = await world.browser().get(f"/v/{document.serial_no}/{document.check_code}/1.png", X_Test_Asker="addr:203.0.113.9")
    assert picture.status == 429
    other = await world.document(key="other")
    assert "权益单校验成功" in (await world.browser().verify(other.serial_no, other.check_code)).text
    world.clock.advance(later(50) + 1)
    assert "权益单校验成功" in (await world.browser().verify(document.serial_no, document.check_code)).text


async def test_a_serial_that_does_not_exist_is_throttled_alike(world: World) -> None:
    """Guessing at a number that was never issued stops after the same five tries with the same words."""
    real, invented = (await world.document()).serial_no, other_serial(world)
    answers = {
        serial: [await world.browser().verify(serial, new_check_code(), asker=f"addr:{serial}-{n}") for n in range(6)]
        for serial in (real, invented)
    }
    assert [a.status for a in answers[real]] == [a.status for a in answers[invented]] == [200] * 5 + [429]
    assert [unmasked(a) for a in answers[real]] == [unmasked(a) for a in answers[invented]]


async def test_twenty_wrong_for_one_asker(world: World) -> None:
    """One address has twenty wrong tries an hour over all documents; pictures and addresses of QR codes count like the form."""
    document = await world.document()
    for n in range(20):
        serial, code = other_serial(world), new_check_code()
        if n % 3 == 0:
            await world.browser().verify(serial, code)
        else:
            await world.browser().get(f"/v/{serial}/{code}" + ("/1.png" if n % 3 == 2 else ""))
    assert (await world.browser().verify(document.serial_no, document.check_code)).status == 429
    assert (await world.browser().verify(document.serial_no, document.check_code, asker="addr:192.0.2.77")).status == 200


async def test_right_answers_cost_nothing(world: World) -> None:
    """Who holds the paper may look as often as they like."""
    document = await world.document()
    for _ in range(30):
        assert isinstance(await check(world, world.store, document.serial_no, document.check_code, "chat:x"), Verified)


async def test_the_whole_service_has_a_ceiling(tmp_path: Path, renderer: Renderer) -> None:
    """At its ceiling the service refuses everyone, with one warning in the log an hour, which names no number and no asker."""
    world = World(tmp_path, renderer, VerificationLimits(per_service=7))
    await world.start()
    try:
        document = await world.document()
        with structlog.testing.capture_logs() as logs:
            for n in range(7):
                assert isinstance(await check(world, world.store, other_serial(world), "x", f"addr:{n}"), NotRight)
            for n in range(3):
                found = await check(world, world.store, document.serial_no, document.check_code, f"addr:late{n}")
                assert isinstance(found, Throttled)
        warnings = [line for line in logs if line["log_level"] == "warning"]
        assert [line["event"] for line in warnings] == ["verification_ceiling"]
        assert document.serial_no not in str(logs)
    finally:
        await world.close()


async def test_counters_survive_a_restart(world: World) -> None:
    """A process that starts anew remembers the tries of the one before."""
    document = await world.document()
    for _ in range(3):
        await world.browser().verify(document.serial_no, new_check_code())
    await world.restart()
    for _ in range(2):
        assert (await world.browser().verify(document.serial_no, new_check_code())).status == 200
    assert (await world.browser().verify(document.serial_no, document.check_code)).status == 429


async def test_a_hundred_guesses_at_once_are_five_looks(world: World) -> None:
    """Tries are counted before they are looked at: of a hundred at the same moment five are answered."""
    document = await world.document()
    found = await asyncio.gather(
        *(check(world, world.store, document.serial_no, new_check_code(), f"addr:{n}") for n in range(100))
    )
    assert sum(isinstance(one, NotRight) for one in found) == 5
    assert sum(isinstance(one, Throttled) for one in found) == 95


async def test_refused_tries_do_not_eat_the_service(tmp_path: Path, renderer: Renderer) -> None:
    """Hammering on one number is counted against that number and that asker, not against everybody."""
    world = World(tmp_path, renderer, VerificationLimits(per_service=12))
    await world.start()
    try:
        target, other = await world.document(key="1"), await world.document(key="2")
        for n in range(40):
            await check(world, world.store, target.serial_no, "x", f"addr:{n}")
        assert isinstance(await check(world, world.store, other.serial_no, other.check_code, "addr:honest"), Verified)
    finally:
        await world.close()


async def test_revoked_and_replaced(world: World) -> None:
    """A document that counts no more is shown as such, above everything, with the reason, and never as a success."""
    for status, headline in (("revoked", "这份单据已作废"), ("replaced", "这份单据已被新的单据替换")):
        document = await world.document(key=status)
        async with world.store.transaction() as tx:
            await tx.documents.set_status(document.serial_no, status, "单位申报有误。")
        page = await world.browser().verify(document.serial_no, document.check_code)
        assert f"<h1>{headline}</h1>" in page.text
        assert "说明：单位申报有误。" in page.text
        assert "校验成功" not in page.text
        assert "张*" in page.text
        for gone in ("张建国", "4,400.00", "单位名称", "<table", "<img", "原单据"):
            assert gone not in page.text
        assert (await world.browser().get(f"/v/{document.serial_no}/{document.check_code}/1.png")).status == 404
        found = await check(world, world.store, document.serial_no, document.check_code, "chat:y")
        assert isinstance(found, Verified)
        assert found.text.startswith(headline)


async def test_what_its_holder_took_back_is_shown_to_nobody(world: World) -> None:
    """A paper that its holder revoked, or let expire, may be in the wrong hands: the verdict, kind, day and masked holder, no table, no
    picture, and nothing is drawn."""
    for key in ("revoked", "expired"):
        document = await world.document(key=key)
        address = f"/v/{document.serial_no}/{document.check_code}"
        assert "4,400.00" in (await world.browser().get(address)).text
        assert (await world.browser().get(f"{address}/1.png")).status == 200
        now = world.clock.now()
        async with world.store.transaction() as tx:
            if key == "revoked":
                await tx.papers.revoke(document.serial_no, now)
            else:
                await tx.papers.limit(document.serial_no, now.date() - timedelta(days=1))
        page = await world.browser().get(address)
        assert ("作废" if key == "revoked" else "已过有效期") in page.text
        assert "参保人员养老保险缴费信息" in page.text
        assert "张*" in page.text
        for gone in ("张建国", "4,400.00", "<table", "<img", "原单据"):
            assert gone not in page.text
        assert (await world.browser().get(f"{address}/1.png")).status == 404


async def test_a_paper_of_one_page_has_none_to_turn_to(world: World) -> None:
    """Before it was ever drawn and after: no 下一页, no field for a page."""
    document = await world.document()
    address = f"/v/{document.serial_no}/{document.check_code}"
    for _ in range(2):
        page = await world.browser().get(address)
        assert "下一页" not in page.text
        assert "看第几页" not in page.text
        assert (await world.browser().get(f"{address}/1.png")).status == 200


async def test_a_long_document_is_answered_before_it_is_drawn(world: World) -> None:
    """The verdict, the first part of the text, and one picture that the browser fetches when it comes into sight; the others one by one."""
    content = replace(statement(long_table(400)), holder="张建国")
    document = await world.document(content=content)
    address = f"/v/{document.serial_no}/{document.check_code}"
    page = await world.browser().get(address)
    assert "权益单校验成功" in page.text
    (picture,) = re.findall(r"<img [^>]+>", page.text)
    assert f'src="{address}/1.png"' in picture
    assert 'loading="lazy"' in picture
    assert f'href="{address}?page=2#original"' in page.text
    assert "看第几页" not in page.text  # nobody knows yet how many there are
    first, second = await asyncio.gather(*(world.browser().get(f"{address}/{n}.png") for n in (1, 2)))
    assert first.body[:4] == second.body[:4] == b"\x89PNG"
    assert first.body != second.body
    third = await world.browser().get(f"{address}?page=3")
    assert f'src="{address}/3.png"' in third.text
    assert "看第几页" in third.text
    total = int(re.findall(r"第 3 页，共 (\d+) 页", third.text)[0])
    assert total > 3
    beyond = await world.browser().get(f"{address}?page=999")
    assert f'src="{address}/{total}.png"' in beyond.text
    assert (await world.browser().get(f"{address}/{total + 1}.png")).status == 404
    for odd in ("0", "-1", "x", "%EF%BC%91", "9" * 50):
        assert f'src="{address}/1.png"' in (await world.browser().get(f"{address}?page={odd}")).text


async def test_a_stranger_has_so_many_pictures_an_hour(world: World) -> None:
    """Two hundred for an address, then 429 until the hour is over; another one still gets theirs, and the text is there for both."""
    document = await world.document()
    address = f"/v/{document.serial_no}/{document.check_code}"
    browser = world.browser()
    async with world.store.transaction() as tx:
        await tx.limits.hit("verify-pages", "addr:192.0.2.1", 200, timedelta(hours=1), world.clock.now(), cost=199)
    ask = {"X_Test_Asker": "addr:192.0.2.1"}
    assert (await browser.get(f"{address}/1.png", **ask)).status == 200
    assert (await browser.get(f"{address}/1.png", **ask)).status == 429
    assert "4,400.00" in (await browser.get(address, **ask)).text
    assert (await browser.get(f"{address}/1.png", X_Test_Asker="addr:192.0.2.2")).status == 200
    world.clock.advance(later(61))
    assert (await browser.get(f"{address}/1.png", **ask)).status == 200


async def test_drawing_has_its_bounds(renderer: Renderer) -> None:
    """Two are drawn at a time and thirty wait; whoever comes then is told to come back, and gets it when there is room. One file is made
    once however many ask for it."""
    pictures, file, made = Pictures(renderer), await renderer.pdf(issued()), []
    go, begun = asyncio.Event(), asyncio.Event()

    async def slow() -> bytes:
        made.append(1)
        begun.set()
        await go.wait()
        return file

    asked = [asyncio.create_task(pictures.page("same", 1, slow)) for _ in range(32)]
    await begun.wait()
    with pytest.raises(TooMany):
        await pictures.page("other", 1, slow)
    assert pictures.pages("same") is None
    go.set()
    assert len(set(await asyncio.gather(*asked))) == 1
    assert len(made) == 1
    assert pictures.pages("same") == 1
    assert (await pictures.page("other", 1, slow))[:4] == b"\x89PNG"


async def test_an_altered_snapshot_is_not_right(world: World) -> None:
    """A document whose stored content is not what was issued fails like a wrong code, and the log says that something is wrong."""
    document = await world.document()
    forged = replace(document, serial_no=other_serial(world), key="forged", content_hash="0" * 64)
    async with world.store.transaction() as tx:
        await tx.documents.add(forged)
    with structlog.testing.capture_logs() as logs:
        page = await world.browser().verify(forged.serial_no, forged.check_code)
    assert NEUTRAL in page.text
    assert [line["event"] for line in logs] == ["document_altered"]


async def test_the_form_can_be_filled_in_by_the_address(world: World) -> None:
    """/v/<流水号> shows the number as it is printed; whatever else stands there is shown as it was typed and does nothing."""
    document = await world.document()
    page = await world.browser().get(f"/v/{document.serial_no}")
    serial = document.serial_no
    assert f'value="{serial[:4]} {serial[4:8]} {serial[8:10]} {serial[10:14]} {serial[14:]}"' in page.text
    odd = await world.browser().get("/v/%22%3E%3Cscript%3E")
    assert odd.status == 200
    assert "<script>" not in odd.text
    assert (await world.browser().get("/v")).status == (await world.browser().get("/v/")).status == 200


async def test_failures_are_recorded_without_content(world: World) -> None:
    """A wrong try leaves an audit record with the asker's keyed hash and no subject."""
    await check(world, world.store, other_serial(world), "x", "chat:z")
    async with world.store.reading() as tx:
        (entry,) = await tx.audit.of_subject("")
        assert (entry.action, entry.feature, entry.result) == ("verify", "BJQ-V-01", "denied")
        assert entry.actor == await tx.audit.pseudonym("chat:z")


@pytest.mark.parametrize(("name", "shown"), [("张三", "张*"), ("欧阳娜娜", "欧*"), ("", "*"), ("𬭚小明", "𬭚*")])
def test_names_are_masked(name: str, shown: str) -> None:
    """One character and a star, which tells nothing about the length."""
    assert surname_only(name) == shown
