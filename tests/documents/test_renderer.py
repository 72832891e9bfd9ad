"""The renderer as the rest of the program uses it."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from dialogs.charts import bar_chart
from handlers.documents import NoSuchPage, PrinterLost, Renderer, Unprintable, qr_png, qr_svg
from handlers.documents.ordering import Stamp
from handlers.documents.renderer import PROCESSES
from tests.documents.samples import VERIFY_URL, issued, long_table, statement, with_cell
from tests.documents.test_pdf import pages_of
from tests.documents.test_signing import AT, signer
from tests.documents.test_xlsx import sheets


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def _killed(renderer: Renderer) -> None:
    for pid in renderer.pids:
        os.kill(pid, signal.SIGKILL)
    while renderer.pids:
        os.sched_yield()


def _told_of(pid: int) -> bytes:
    """Arguments and environment of a process, as anybody on the machine could read them."""
    return Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_twenty_at_once_are_twenty_right_documents(renderer: Renderer) -> None:
    """Different documents of all kinds made at the same time do not mix, and each equals the one made alone."""
    names = [f"第{number}位参保人" for number in range(20)]
    made = await asyncio.gather(*(renderer.pdf(issued(statement(name=name))) for name in names))
    for name, pdf in zip(names, made, strict=True):
        (text,) = pages_of(pdf)
        assert [other for other in names if other in text.replace("\n", " ").split()] == [name]
    assert await renderer.pdf(issued(statement(name=names[7]))) == made[7]


async def test_all_media_at_once(renderer: Renderer) -> None:
    """Long and short documents, pictures, charts and workbooks side by side; one refusal does not touch the others."""
    ready = await renderer.pdf(issued())
    chart = bar_chart("缴费", "元", ["2024-01"], [("个人", ["1.00"])])
    results = await asyncio.gather(
        renderer.pdf(issued(statement(long_table(200)))),
        renderer.page_png(ready, 1),
        renderer.chart_png(chart),
        renderer.xlsx(issued()),
        renderer.pdf(issued(with_cell("🙂"))),
        renderer.pdf(issued()),
        return_exceptions=True,
    )
    long_pdf, picture, chart_png, workbook, refused, short_pdf = results
    assert isinstance(long_pdf, bytes)
    assert isinstance(short_pdf, bytes)
    assert isinstance(workbook, bytes)
    assert isinstance(refused, Unprintable)
    assert len(pages_of(long_pdf)) > len(pages_of(short_pdf)) == 1
    assert isinstance(picture, tuple)
    assert (picture[0][:4], picture[1]) == (b"\x89PNG", 1)
    assert isinstance(chart_png, bytes)
    assert "养老保险缴费明细" in sheets(workbook)


async def test_the_event_loop_goes_on(renderer: Renderer) -> None:
    """While a long document is made, other tasks get their turns."""
    turns = 0
    work = asyncio.ensure_future(renderer.pdf(issued(statement(long_table(300)))))
    while not work.done():
        turns += 1
        await asyncio.wait({work}, timeout=0.001)  # turning without a pause would take the processor from what it waits for
    assert turns > 100
    assert len(pages_of(work.result())) > 5


async def test_the_chat_keeps_the_interpreter_to_itself(renderer: Renderer) -> None:
    """Documents are made in processes of their own, which leave the processor to the server; how it shares its own time is as Python has it
    (L7)."""
    await asyncio.gather(*(renderer.xlsx(issued()) for _ in range(4)))
    assert 1 <= len(renderer.pids) <= PROCESSES
    assert os.getpid() not in renderer.pids
    assert all(os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0) for pid in renderer.pids)
    assert sys.getswitchinterval() == pytest.approx(0.005)


async def test_a_process_that_dies_is_replaced(renderer: Renderer) -> None:
    """One that was killed while it had nothing to do costs nothing, and what comes out of the new one is the same."""
    made = await renderer.pdf(issued())
    _killed(renderer)
    assert await renderer.pdf(issued()) == made


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    """Its process is killed, that one document fails, and the next is made by a new process."""
    renderer = Renderer(seconds=0.001)
    try:
        with pytest.raises(PrinterLost):
            await renderer.pdf(issued(statement(long_table(300))))
        assert renderer.pids == ()
    finally:
        renderer.close()


async def test_nothing_of_the_server_goes_along(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its environment nor a key stands in arguments or environment of the process."""
    monkeypatch.setenv("SECRET_OF_OURS", "hush")
    _killed(renderer)
    own = signer()
    signed = await renderer.signed_pdf(issued(), own, AT)
    assert b"/ByteRange" in signed
    (pid,) = renderer.pids
    seen = _told_of(pid)
    assert b"hush" not in seen
    assert b"PRIVATE" not in seen
    assert repr(Stamp.of(own)) == "Stamp()"


async def test_one_page_of_a_file(renderer: Renderer) -> None:
    """Drawn alone, with the number of pages there are; a page that is not there is told."""
    file = await renderer.pdf(issued(statement(long_table(200))))
    count = len(pages_of(file))
    drawn, pages = await renderer.page_png(file, count)
    assert pages == count > 2
    with Image.open(io.BytesIO(drawn)) as picture:
        assert min(picture.size) > 1100
    for number in (0, count + 1):
        with pytest.raises(NoSuchPage):
            await renderer.page_png(file, number)


async def test_closing_waits_and_can_be_repeated() -> None:
    """After `close` nothing more is accepted."""
    renderer = Renderer()
    assert (await renderer.pdf(issued())).startswith(b"%PDF-1.7")
    renderer.close()
    renderer.close()
    with pytest.raises(RuntimeError):
        await renderer.xlsx(issued())


async def test_an_error_of_a_refusal_names_no_person(renderer: Renderer) -> None:
    """What goes into logs is code points, not the text around them (S21)."""
    with pytest.raises(Unprintable) as caught:
        await renderer.pdf(issued(replace(with_cell("🙂"), holder="张建国")))
    assert str(caught.value) == "characters without a glyph: U+1F642"
    assert caught.value.__cause__ is None


def test_qr_codes_are_read_back() -> None:
    """The PNG in any scale, with its white border; the SVG without XML declaration, the same each time."""
    for scale in (2, 6):
        image = Image.open(io.BytesIO(qr_png(VERIFY_URL, scale)))
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [VERIFY_URL]
    assert qr_svg(VERIFY_URL).startswith("<svg")
    assert qr_svg(VERIFY_URL) == qr_svg(VERIFY_URL)
