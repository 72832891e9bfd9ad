"""The card's papers read back: 领卡证明 (BJH-M-15), 刷卡记录 (BZ-22), the 回执 of 挂失 and 解挂."""

from __future__ import annotations

import io

import pypdfium2
import python_calamine

from handlers.documents import Issued, Renderer, thaw
from storage.ports.records import Document
from tests import people
from tests.cards.conftest import Hall, at, page_of, set_card
from tests.conversations.conftest import PUBLIC, Chat, World


async def _newest(world: World, person_id: int) -> Document:
    async with world.store.reading() as tx:
        return (await tx.documents.of_person(person_id))[0]


def _issued(document: Document) -> Issued:
    return Issued(
        serial_no=document.serial_no,
        check_code=document.check_code,
        created_at=document.created_at,
        verify_url=f"{PUBLIC}/v/{document.serial_no}/{document.check_code}",
        statement=thaw(document.snapshot),
    )


def _text(pdf: bytes) -> str:
    opened = pypdfium2.PdfDocument(pdf)
    try:
        found = "".join(page.get_textpage().get_text_bounded() for page in opened)
    finally:
        opened.close()
    return "".join(found.split())


async def test_the_certificate_as_pdf(world: World, jianguo: Chat, hall: Hall, renderer: Renderer) -> None:
    """Filed, paid, approved and made on 2024-09-12: holder, both masked numbers, case, outlet, day and what to bring; checkable."""
    person = world.ids.jianguo
    await jianguo.says("社保卡丢了")
    await jianguo.says("1")
    page = await page_of(jianguo, "去办理社会保障卡补换卡")
    await page.fills(reason="遗失", delivery="网点自取", outlet="示例东城社保卡服务网点", contact="预留手机号")
    await page.submits()
    await hall.pays(person)
    await hall.decides(person, approve=True)
    case = await hall.finishes_stage(person)
    await jianguo.says("领卡证明")
    document = await _newest(world, person)
    text = _text(await renderer.pdf(_issued(document)))
    for part in (
        "领卡证明",
        "张建国",
        "****9012",
        case.case_no,
        "示例东城社保卡服务网点",
        "2024年9月12日",
        "本人有效身份证件原件",
    ):
        assert part in text, part
    assert people.JIANGUO.id_no not in text
    assert "990000009012" not in text
    async with world.store.reading() as tx:
        assert await tx.documents.check(document.serial_no, document.check_code) is not None


async def test_the_swipes_as_pdf_and_as_a_sheet(world: World, xiuying: Chat, renderer: Renderer) -> None:
    """August 2024 of 李秀英: three rows, 195.50 in all, amounts as numbers in the sheet."""
    await xiuying.says("刷卡记录")
    await xiuying.says("2024-08")
    await xiuying.says("下载")
    issued = _issued(await _newest(world, world.ids.xiuying))
    text = _text(await renderer.pdf(issued))
    for part in ("社保卡刷卡记录", "2024年8月", "45.50", "120.00", "30.00", "195.50", "示例大药房"):
        assert part in text, part
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(await renderer.xlsx(issued)))
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    assert {45.5, 120.0, 30.0, 195.5} <= {cell for cell in cells if isinstance(cell, float)}


async def test_the_paper_of_a_temporary_loss_says_until_when(world: World, xiuying: Chat, renderer: Renderer) -> None:
    """挂失回执: the moment at which it ends, and the bank half."""
    await xiuying.says("挂失")
    await xiuying.says("1")
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    await xiuying.says("1")
    text = _text(await renderer.pdf(_issued(await _newest(world, world.ids.xiuying))))
    for part in ("社保卡挂失回执", "****1234", "2024年9月27日10:02", "发卡银行"):
        assert part in text, part


async def test_the_paper_of_a_lifted_loss(world: World, xiuying: Chat, renderer: Renderer) -> None:
    """解挂回执."""
    await set_card(world, world.ids.xiuying, status="lost", lost_at=at(2024, 9, 10))
    await xiuying.says("解挂")
    await xiuying.says("1")
    await xiuying.says(world.outside.code(people.COUPLE_PHONE))
    await xiuying.says("1")
    text = _text(await renderer.pdf(_issued(await _newest(world, world.ids.xiuying))))
    for part in ("社保卡解挂回执", "解挂成功", "恢复使用"):
        assert part in text, part
