"""The renderer as the rest of the program uses it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from dialogs.charts import bar_chart
from handlers.documents import Renderer, Unprintable, qr_png, qr_svg
from handlers.documents.renderer import TURN_S
from tests.documents.samples import VERIFY_URL, issued, long_table, statement, with_cell
from tests.documents.test_pdf import pages_of
from tests.documents.test_xlsx import sheets


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


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
    chart = bar_chart("缴费", "元", ["2024-01"], [("个人", ["1.00"])])
    results = await asyncio.gather(
        renderer.pdf(issued(statement(long_table(200)))),
        renderer.pages_png(issued(), ppi=60),
        renderer.chart_png(chart),
        renderer.xlsx(issued()),
        renderer.pdf(issued(with_cell("🙂"))),
        renderer.pdf(issued()),
        return_exceptions=True,
    )
    long_pdf, pages, chart_png, workbook, refused, short_pdf = results
    assert isinstance(long_pdf, bytes)
    assert isinstance(short_pdf, bytes)
    assert isinstance(workbook, bytes)
    assert isinstance(refused, Unprintable)
    assert len(pages_of(long_pdf)) > len(pages_of(short_pdf)) == 1
    assert isinstance(pages, list)
    assert [page[:4] for page in pages] == [b"\x89PNG"]
    assert isinstance(chart_png, bytes)
    assert "养老保险缴费明细" in sheets(workbook)


async def test_the_event_loop_goes_on(renderer: Renderer) -> None:
    """While a long document is made, other tasks get their turns."""
    turns = 0
    work = asyncio.ensure_future(renderer.pdf(issued(statement(long_table(300)))))
    while not work.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    assert len(pages_of(work.result())) > 5


async def test_the_chat_is_not_kept_waiting_for_the_interpreter(renderer: Renderer) -> None:
    """Threads that make documents give the interpreter up ten times as soon as Python's own five milliseconds (L7)."""
    assert sys.getswitchinterval() <= TURN_S


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
    import io

    for scale in (2, 6):
        image = Image.open(io.BytesIO(qr_png(VERIFY_URL, scale)))
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [VERIFY_URL]
    assert qr_svg(VERIFY_URL).startswith("<svg")
    assert qr_svg(VERIFY_URL) == qr_svg(VERIFY_URL)
