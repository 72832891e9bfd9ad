"""The PDF, read back by other programs than the one that made it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.statement import Column, ColumnKind, Statement, Table
from handlers.documents import Fonts, FontsMissing, Issued, Unprintable
from handlers.documents import fonts as fonts_module
from handlers.documents.columns import arrange, pieces, width_em
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import pack, render_pdf
from handlers.documents.typesetter import Typesetter
from tests.documents.samples import COLUMNS, RARE_NAME, THREE_MONTHS, VERIFY_URL, issued, long_table, statement, with_cell

NASTY = '#panic("x") *粗* $x$ {{ 7*7 }} <b>&amp; \\u{41} [a](b) @x ]]>'
A4 = (595, 842)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, as a reader would copy it, with single line ends."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(str(text_page.get_text_range()).replace("\r\n", "\n"))
            text_page.close()
            page.close()
        return texts
    finally:
        document.close()


def joined(text: str) -> str:
    """Without the spaces and line ends that a layout puts in."""
    return re.sub(r"[\s\u200b\ufffe\x02]", "", text)


def sizes_of(pdf: bytes) -> set[tuple[int, int]]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return {(round(width), round(height)) for width, height in (document.get_page_size(i) for i in range(len(document)))}
    finally:
        document.close()


def qr_codes_of(pdf: bytes) -> list[str]:
    """What a scanner reads from the first page at 120 dpi."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        picture = page.render(scale=120 / 72).to_pil()
        page.close()
        return [code.text for code in zxingcpp.read_barcodes(picture)]
    finally:
        document.close()


@pytest.fixture(scope="module")
def sample(typesetter: Typesetter) -> bytes:
    return render_pdf(issued(), typesetter)


@pytest.fixture(scope="module")
def long_one(typesetter: Typesetter) -> bytes:
    return render_pdf(issued(statement(long_table(240))), typesetter)


def test_everything_that_was_found_is_on_the_paper(sample: bytes) -> None:
    """Title, agency, period, facts, cells as people read them, notes, data date and both numbers, as text that can be searched."""
    (text,) = pages_of(sample)
    for expected in (
        "参保人员缴费信息",
        "北京市社会保险基金管理中心",
        "2024年1月 至 2024年3月",
        "张建国",
        "110199196203151234",
        "2024年01月",
        "海淀某某科技有限公司",
        "12,000.50",
        "金额单位：元",
        "数据截至 2024年9月11日",
        "生成时间 2024年9月12日 10:03",
        "本单据所列金额为实际到账金额。",
        "流水号 2024 0912 11 0000 0003",
        "7KXM-29HW-T4FY",
        "第 1 页/共 1 页",
        "sb.example.gov.cn/v",
    ):
        assert expected in text


def test_totals_are_the_sums_worked_out_by_hand(sample: bytes) -> None:
    """1,091.36 + 1,920.00 + 1,920.08 and 545.68 + 960.00 + 960.04."""
    (text,) = pages_of(sample)
    assert re.search(r"合计\s+4,931\.44\s+2,465\.72\s+3", text)


def test_the_numbers_stand_at_the_upper_right(sample: bytes) -> None:
    """Where people are told to look for them (BJQ-V-01)."""
    document = pypdfium2.PdfDocument(sample)
    page = document[0]
    text_page = page.get_textpage()
    width, height = page.get_size()
    corner = text_page.get_text_bounded(left=width / 2, bottom=height - 140, right=width, top=height)
    for part in (text_page, page, document):
        part.close()
    assert "2024 0912 11 0000 0003" in corner
    assert "7KXM-29HW-T4FY" in corner


def test_the_qr_code_on_the_page_is_the_address(sample: bytes, long_one: bytes) -> None:
    """A scanner reads exactly `verify_url` from the picture of the page, once."""
    assert qr_codes_of(sample) == [VERIFY_URL]
    assert qr_codes_of(long_one) == [VERIFY_URL]


def test_it_is_a4_pdf_a_2a_with_tags(sample: bytes, long_one: bytes) -> None:
    """The file says PDF/A-2a and PDF/UA-1, is tagged and in Chinese, also after packing."""
    for pdf in (sample, long_one):
        assert sizes_of(pdf) == {A4}
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert document.open_metadata().pdfa_status == "2A"
            assert b"<pdfuaid:part>1</pdfuaid:part>" in document.Root.Metadata.read_bytes()
            assert bool(document.Root.MarkInfo.Marked)
            assert "/StructTreeRoot" in document.Root
            assert str(document.Root.Lang).lower().startswith("zh")
            assert document.docinfo["/Title"] == "参保人员缴费信息"


def fonts_in(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in document.pages:
        for font in page.Resources.get("/Font", pikepdf.Dictionary()).values():
            yield from font.get("/DescendantFonts", [font])


def test_every_font_is_embedded(sample: bytes, long_one: bytes) -> None:
    """The page looks the same on a machine without Chinese fonts."""
    for pdf in (sample, long_one):
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = list(fonts_in(document))
            assert len(found) >= 2
            for font in found:
                assert {"/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())


def test_rare_characters_of_names_are_copied_right(typesetter: Typesetter) -> None:
    """𬭚 䶮 犇 㛃 𬀩 𫍯, beyond the BMP some of them, come out as the same characters, in regular and in bold."""
    content = replace(statement(name=RARE_NAME), title=f"{RARE_NAME}的缴费信息", notes=(RARE_NAME,))
    (text,) = pages_of(render_pdf(issued(content), typesetter))
    assert text.count(RARE_NAME) >= 3


def test_a_character_without_a_glyph_is_refused(typesetter: Typesetter) -> None:
    """Nothing is printed with a hole in it: the characters are named, each once."""
    with pytest.raises(Unprintable) as caught:
        render_pdf(issued(with_cell("한글 🙂 한")), typesetter)
    assert sorted(caught.value.characters) == sorted("한글🙂")
    assert "U+1F642" in str(caught.value)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x07", "\u200f", "\ue000"])
def test_marks_that_change_what_is_read_are_refused(typesetter: Typesetter, mark: str) -> None:
    """A turned direction of writing or a control character has no place on an official paper."""
    with pytest.raises(Unprintable) as caught:
        render_pdf(issued(with_cell(f"张{mark}三")), typesetter)
    assert caught.value.characters == mark


def test_invisible_marks_of_copied_names_do_not_stop_a_document(typesetter: Typesetter) -> None:
    """Zero-width spaces and byte-order marks are left out; an ideographic variation selector stays."""
    (text,) = pages_of(render_pdf(issued(with_cell("\ufeff张\u200b三\t葛\U000e0100城")), typesetter))
    assert "张三" in text
    assert "葛" in text


def test_what_people_wrote_is_never_run(typesetter: Typesetter) -> None:
    """Markup and code in every place come out as the text they are (S20)."""
    (text,) = pages_of(render_pdf(issued(with_cell(NASTY)), typesetter))
    assert joined(text).count(joined(NASTY)) == 4
    assert "49" not in text


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_printed_or_refused(typesetter: Typesetter, text: str) -> None:
    """There is no third outcome: no crash of the template, no silent loss."""
    made, refused = b"", ""
    try:
        made = render_pdf(issued(with_cell(text)), typesetter)
    except Unprintable as error:
        refused = error.characters
    assert bool(made) != bool(refused)
    assert set(refused) <= set(text)


def test_the_same_document_is_the_same_bytes(typesetter: Typesetter, sample: bytes, long_one: bytes) -> None:
    """Also from another process's typesetter, also packed; another content is another file."""
    other = Typesetter(load_fonts())
    assert render_pdf(issued(), other) == sample == render_pdf(issued(), typesetter)
    assert render_pdf(issued(statement(long_table(240))), other) == long_one
    assert render_pdf(issued(statement(name="李四")), typesetter) != sample


def test_each_page_of_a_long_document_stands_alone(long_one: bytes) -> None:
    """Head of the table, title, 流水号, data date and page number on each; every row once and in order; the total at the end only."""
    texts = pages_of(long_one)
    assert len(texts) >= 6
    for number, text in enumerate(texts, start=1):
        assert f"第 {number} 页/共 {len(texts)} 页" in text
        assert "流水号 2024 0912 11 0000 0003" in text
        assert "数据截至 2024年9月11日" in text
        assert "参保人员缴费信息" in text
        if "号单位" in text:
            assert len(re.findall(r"费款所属期\s+单位名称\s+缴费基数", text)) == 1
    rows = re.findall(r"第(\d{3})号单位", "".join(texts))
    assert rows == [f"{number:03d}" for number in range(1, 241)]
    assert [bool(re.search(r"合计\s+105,360\.00\s+52,680\.00\s+240", text)) for text in texts] == [False] * (len(texts) - 1) + [
        True
    ]


def test_packing_keeps_the_document(long_one: bytes) -> None:
    """Packing again changes no text and saves what there was to save."""
    assert pages_of(pack(long_one)) == pages_of(long_one)
    assert len(long_one) < 240_000


def test_a_revoked_document_says_so_on_every_page(typesetter: Typesetter) -> None:
    """Under the title of the first page and at the head of the others; a valid one says nothing of it."""
    texts = pages_of(render_pdf(issued(statement(long_table(60)), status="revoked"), typesetter))
    assert len(texts) == 3
    assert all("本单据已作废" in text for text in texts)
    assert "本单据已被新单据替换" in pages_of(render_pdf(issued(status="replaced"), typesetter))[0]
    assert "作废" in pages_of(render_pdf(issued(status="something new"), typesetter))[0]
    assert "作废" not in pages_of(render_pdf(issued(), typesetter))[0]


def test_a_statement_without_tables_facts_or_notes_is_a_page(typesetter: Typesetter) -> None:
    """Nothing but a title and a holder is still a document."""
    bare = replace(statement(), tables=(), facts=(), notes=(), period="", as_of="")
    (text,) = pages_of(render_pdf(issued(bare), typesetter))
    assert "持有人" in text
    assert "张建国" in text
    assert "数据截至" not in text


def test_empty_tables_and_cells_are_shown(typesetter: Typesetter) -> None:
    """A table without rows keeps its head; a figure that is not there is a dash, not a zero."""
    content = replace(statement(), tables=(replace(THREE_MONTHS, rows=(), totals=()), THREE_MONTHS))
    (text,) = pages_of(render_pdf(issued(content), typesetter))
    assert text.count("费款所属期") == 2
    assert re.search(r"960\.04\s+—\s+1", text)


def test_units_that_differ_stand_in_the_heads(typesetter: Typesetter) -> None:
    """One unit for all money is lifted above the table; others stay with their column."""
    table = Table(
        "混合",
        (
            Column("金额", ColumnKind.MONEY, unit="元"),
            Column("总额", ColumnKind.MONEY, unit="万元"),
            Column("期数", ColumnKind.COUNT, unit="月"),
        ),
        (("1.00", "2.00", "3"),),
    )
    (text,) = pages_of(render_pdf(issued(statement(table)), typesetter))
    assert "金额（元）" in text
    assert "总额（万元）" in text
    assert "期数（月）" in text
    assert "金额单位" not in text


def test_many_columns_turn_the_page(typesetter: Typesetter) -> None:
    """Eleven columns of millions lie on a landscape page; no figure is broken or cut."""
    columns = tuple(Column(f"第{number}项金额合计", ColumnKind.MONEY) for number in range(11))
    row = tuple(f"{number}1234567.89" for number in range(1, 12))
    pdf = render_pdf(issued(statement(Table("多列", columns, (row,)))), typesetter)
    assert sizes_of(pdf) == {(A4[1], A4[0])}
    (text,) = pages_of(pdf)
    for number in range(1, 12):
        assert f"{number}1,234,567.89" in text


def test_nothing_runs_over_the_edge(typesetter: Typesetter) -> None:
    """Words of 300 letters in every place, forty columns: all ink stays inside the margins."""
    word = "A" * 300
    many = Table("", tuple(Column(f"列{number}") for number in range(40)), (tuple("内容文字" for _ in range(40)),))
    for content in (with_cell(word), replace(with_cell(word), facts=(("标签" * 20, word),), tables=(many,), agency="局" * 60)):
        document = pypdfium2.PdfDocument(render_pdf(issued(content), typesetter))
        for page in document:
            text_page = page.get_textpage()
            width, height = page.get_size()
            boxes = [text_page.get_charbox(index) for index in range(text_page.count_chars())]
            assert min(left for left, _, _, _ in boxes) > 40
            assert max(right for _, _, right, _ in boxes) < width - 40
            assert min(bottom for _, bottom, _, _ in boxes) > 20
            assert max(top for _, _, _, top in boxes) < height - 20
            text_page.close()
            page.close()
        document.close()


def test_columns_fill_the_page_and_hold_their_figures() -> None:
    """Widths add up to the text width, and every figure fits its column without wrapping."""
    arrangement = arrange([THREE_MONTHS], [[column.title for column in COLUMNS]])
    (widths,) = arrangement.widths_pt
    assert not arrangement.landscape
    assert sum(widths) == pytest.approx(481.89)
    assert (widths[2] - 10) / arrangement.size_pt >= width_em("12,000.50")


def test_weights_share_what_is_left() -> None:
    """A column of three times the weight gets three times the room that nobody needs."""
    table = Table("", (Column("甲", weight=3), Column("乙", weight=1)), (("一", "二"),))
    (widths,) = arrange([table], [["甲", "乙"]]).widths_pt
    narrow = 2.0 * arrange([table], [["甲", "乙"]]).size_pt + 10
    assert (widths[0] - narrow) / (widths[1] - narrow) == pytest.approx(3)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.floats(1, 30))
def test_breaking_words_loses_nothing(text: str, room: float) -> None:
    """The pieces put together are the text."""
    assert "".join(pieces(text, room)) == text


def test_who_issued_it_is_never_alone_on_a_page(typesetter: Typesetter) -> None:
    """Whatever the number of rows, the page with the agency's name has the notes too; a few rows too many are set closer instead."""
    pages = []
    for rows in range(20, 42, 3):
        texts = pages_of(render_pdf(issued(statement(long_table(rows))), typesetter))
        assert "说明" in texts[-1]
        assert "生成时间" in texts[-1]
        pages.append(len(texts))
    assert pages[0] == 1
    assert pages[-1] == 2
    assert pages == sorted(pages)


def test_columns_of_a_group_stand_under_a_common_head(typesetter: Typesetter) -> None:
    """The common head once a page over its columns, which keep their own."""
    columns = tuple(replace(column, group="应缴" if column.title.endswith("缴费") else "") for column in COLUMNS)
    wide = replace(long_table(30), columns=columns)
    pdf = render_pdf(issued(statement(wide)), typesetter)
    for text in pages_of(pdf):
        if "号单位" in text:
            assert joined(text).count("应缴") == 1
            assert joined(text).count("单位缴费") == 1


def test_a_proof_has_room_for_what_it_is_for(typesetter: Typesetter) -> None:
    """The sentence comes before the facts; under it the space for its use, the agency and the day. Other papers have no such space."""
    proof = replace(statement(), opening="兹证明 张建国 在北京参加职工社会保险。特此证明。")
    (text,) = pages_of(render_pdf(issued(proof), typesetter))
    assert joined(text).index("特此证明。") < joined(text).index("公民身份号码")
    assert "本证明用于" in text
    assert "\n2024年9月12日" in text
    (other,) = pages_of(render_pdf(issued(replace(proof, opening="个人权益记录如下。")), typesetter))
    assert "个人权益记录如下。" in other
    assert "本证明用于" not in other


def test_times_are_told_in_beijing_time(typesetter: Typesetter) -> None:
    """Issued at 18:30 UTC is issued on the next day here; a naive time is refused."""
    late = replace(issued(), created_at=datetime(2024, 12, 31, 18, 30, tzinfo=UTC))
    assert "生成时间 2025年1月1日 02:30" in pages_of(render_pdf(late, typesetter))[0]
    with pytest.raises(ValueError, match="aware"):
        replace(issued(), created_at=datetime(2024, 12, 31))  # noqa: DTZ001


def test_long_names_are_printed_whole(typesetter: Typesetter) -> None:
    """A name of 24 characters, a title of two lines, an agency of two lines."""
    name = "阿卜杜热合曼·买买提艾力·吐尔逊江·阿不都克里木"
    content: Statement = replace(
        statement(name=name),
        title="城乡居民基本养老保险个人账户记账明细及待遇发放情况查询结果告知单",
        agency="济南市历城区社会保险事业服务中心（原济南市历城区社会劳动保险事业办公室）",
    )
    document: Issued = issued(content)
    (text,) = pages_of(render_pdf(document, typesetter))
    for whole in (name, content.title, content.agency):
        assert whole in joined(text)


# ── fonts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def korean_folder(tmp_path: Path) -> Path:
    """A configured folder with one font that has what Noto Sans SC lacks."""
    package = next(folder for folder in load_fonts().folders if folder.name == "notosanssc")
    for file in (package.parent / "notosanskr").glob("*.ttf"):
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def test_a_configured_font_fills_in_what_the_first_lacks(tmp_path: Path) -> None:
    """A folder beside the package: its fonts serve for characters that the primary font has not, drawn and copied right."""
    fonts: Fonts = load_fonts(korean_folder(tmp_path))
    assert fonts.families[0] == "Noto Sans SC"
    assert "Noto Sans KR" in fonts.families
    (text,) = pages_of(render_pdf(issued(with_cell("한글 张建国")), Typesetter(fonts)))
    assert "한글" in text


def test_a_machine_without_chinese_fonts_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No package and an empty folder: an error at the start, not an empty page later."""
    monkeypatch.setattr(fonts_module, "_PACKAGE", "no_such_package")
    with pytest.raises(FontsMissing):
        load_fonts(tmp_path)


def test_the_system_is_asked_for_nothing_but_the_rare_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HanaMinB is looked for in the XDG data folders; other fonts beside it are not used, so that pages look alike everywhere."""
    folder = tmp_path / "fonts" / "hanazono"
    folder.mkdir(parents=True)
    source = next(korean_folder(tmp_path).glob("*.ttf"))
    (folder / "HanaMinB.ttf").symlink_to(source)  # found by its file name; what it holds decides whether it is used
    monkeypatch.setenv("XDG_DATA_DIRS", f"/nowhere:{tmp_path}")
    fonts = load_fonts()
    assert folder in fonts.folders
    assert fonts.families == ("Noto Sans SC",)
    assert not fonts.covers_rare
