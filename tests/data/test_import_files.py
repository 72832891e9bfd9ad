"""Files that are no tables, or are made to harm: refused with a sentence, before they are unpacked into memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.imports import guard
from storage.imports.report import Refused
from storage.imports.sheet import Column, Sheet, read_sheet
from tests.data.files import as_csv, as_xlsx, entry, with_entry

COLUMNS = (Column("姓名", required=True), Column("手机号码"))
GOOD = as_xlsx(("姓名", "手机号码"), ("甲", "1"), (None, None), ("乙", None))
SHEET = "xl/worksheets/sheet1.xml"
PAGE = entry(GOOD, SHEET)


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read_sheet(data, COLUMNS)
    return str(caught.value)


def outcome(data: bytes) -> Sheet | str:
    """The sheet, or the sentence of its refusal; anything else that is raised ends the test."""
    try:
        return read_sheet(data, COLUMNS)
    except Refused as told:
        return str(told)


def test_a_good_sheet_keeps_its_row_numbers() -> None:
    """Blank rows are left out but still count, as they do on the screen."""
    sheet = read_sheet(GOOD, COLUMNS)
    assert [(row.number, dict(row.cells)) for row in sheet.rows] == [(2, {"姓名": "甲", "手机号码": "1"}), (4, {"姓名": "乙"})]
    late = as_xlsx((None,), (None,), (None, "姓名"), (None, "甲"))
    assert [row.number for row in read_sheet(late, COLUMNS).rows] == [4]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "没有内容"),
        (b"\n\n,,\n", "没有内容"),
        (b"\xff\xfe\x31\x00", "读不出文字"),
        (b"name\x00,phone", "读不出文字"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "另存为"),
        (b"PK\x03\x04" + bytes(100), "已损坏"),
        ('姓名,手机号码\n"甲,1\n'.encode(), "引号"),
        (b"\x81\xff\x81\xff", "读不出文字"),
        (GOOD[: len(GOOD) // 2], "已损坏"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, part: str) -> None:
    """Nothing, binary, old formats and torn files each get a sentence."""
    assert part in refused(data)


def test_too_many_bytes_and_too_many_rows() -> None:
    """Size is looked at first; rows are counted while they are read."""
    assert "20MB" in refused(b"x" * (guard.MAX_BYTES + 1))
    assert "100000行" in refused("姓名\n".encode() + b"a\n" * (guard.MAX_ROWS + 5))


def test_an_honest_zip_bomb_is_refused_by_what_it_promises() -> None:
    """A hundred kilobytes that would become 101 MB, in one entry or in four, are refused without being unpacked."""
    bomb = with_entry(GOOD, "xl/media/image1.png", bytes(101 * 1024 * 1024))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("xl/workbook.xml", *(f"xl/{number}.xml" for number in range(4))):
            archive.writestr(name, bytes(26 * 1024 * 1024))
    for data in (bomb, out.getvalue()):
        assert len(data) < guard.MAX_BYTES
        tracemalloc.start()
        assert "100MB" in refused(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5 * 1024 * 1024


def test_a_zip_bomb_that_lies_about_its_size_is_found_while_counting() -> None:
    """The directory promises ten bytes, the entry holds 150 MB: it is thrown away piece by piece and refused, in little memory."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = b"".join(packed.compress(bytes(1024 * 1024)) for _ in range(150)) + packed.flush()
    lie = _archive({"xl/workbook.xml": (stream, 10)})
    tracemalloc.start()
    told = refused(lie)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "100MB" in told
    assert peak < 5 * 1024 * 1024
    small = zlib.compressobj(9, zlib.DEFLATED, -15)
    assert "已损坏" in refused(_archive({"xl/workbook.xml": (small.compress(b"<a/>" * 9) + small.flush(), 10)}))


def _archive(entries: dict[str, tuple[bytes, int]]) -> bytes:
    """A zip file by hand: compressed bytes as they are, and whatever size one wants to claim."""
    body, directory = b"", b""
    for name, (packed, claimed) in entries.items():
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), claimed, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + head + name.encode() + packed
    count = len(entries)
    return body + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)


def test_a_cell_far_out_is_refused() -> None:
    """One cell at the end of the world would make a reader fill memory with blanks; it is seen beforehand, however it is written."""
    page = PAGE
    assert b'<row r="4"' in page
    for old, new in (
        (b'<c r="A4"', b'<c r="XFD1048576"'),
        (b'<row r="4"', b'<row r="1048576"'),
        (b'<c r="A4"', b'<c r="ZZ4"'),
    ):
        changed = page.replace(old, new)
        if old.startswith(b"<row"):
            changed = changed.replace(b'<c r="A4"', b"<c")
        assert changed != page
        assert "表格太大" in refused(with_entry(GOOD, SHEET, changed))


@pytest.mark.parametrize("name", [b"BkbookViewId2", b"a4", b"A", b"4", b"", b"A-4", b"AAAA4", b"A12345678"])
def test_cells_with_impossible_names_are_refused(name: bytes) -> None:
    """The reader would count on from such a name and ask for more memory than there is."""
    assert "已损坏" in refused(with_entry(GOOD, SHEET, PAGE.replace(b'<c r="A4"', b'<c r="' + name + b'"')))


def test_worksheets_that_hide_from_the_guard_are_refused() -> None:
    """A document type, broken XML around the cells, or the same in a file that is called a picture: refused."""
    page = PAGE
    start = page.index(b"<worksheet")
    assert "已损坏" in refused(with_entry(GOOD, SHEET, page[:start] + b'<!DOCTYPE x [<!ENTITY a "b">]>' + page[start:]))
    assert "已损坏" in refused(with_entry(GOOD, SHEET, b"junk" + page))
    for encoding in (b"cp037", b"CTF-8", b"big5"):
        assert "已损坏" in refused(with_entry(GOOD, SHEET, page.replace(b"UTF-8", encoding, 1)))
    assert "已损坏" in refused(with_entry(GOOD, SHEET, page.replace(b"</row>", b"</wor>", 1)))
    assert "已损坏" in refused(with_entry(GOOD, "xl/media/image1.png", b"\x89PNG" + page))
    assert read_sheet(with_entry(GOOD, "xl/media/image1.png", b"\x89PNG\r\n" + bytes(9)), COLUMNS).rows


def test_other_kinds_of_archives_are_refused() -> None:
    """An OpenDocument table, a binary workbook and any other zip file are not opened."""
    assert "不是 .xlsx" in refused(with_entry(GOOD, "content.xml", b"<a/>"))
    assert "不是 .xlsx" in refused(with_entry(GOOD, "xl/workbook.bin", b"\0"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "不是 .xlsx" in refused(out.getvalue())


def test_formula_errors_are_told_by_cell() -> None:
    """A cell that shows #N/A would be read as blank; it is a problem instead."""
    out = as_xlsx(("姓名", "手机号码"), ("甲", "=NA()"))
    broken = with_entry(
        out, SHEET, entry(out, SHEET).replace(b'<c r="B2">', b'<c r="B2" t="e">').replace(b"<v>0</v>", b"<v>#N/A</v>")
    )
    sheet = read_sheet(broken, COLUMNS)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, "B")]
    assert "公式错误" in sheet.problems[0].problem


def test_line_ends_quotes_and_newlines_in_cells() -> None:
    """CSV as spreadsheets write it: quoted commas and newlines in a cell do not shift the row numbers."""
    data = as_csv(("姓名", "手机号码"), ("甲,乙", "1\n2"), ("丙", "3"))
    sheet = read_sheet(data, COLUMNS)
    assert [(row.number, row.cells["姓名"]) for row in sheet.rows] == [(2, "甲,乙"), (3, "丙")]


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_damaged_files_are_read_or_refused(damage: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, the answer is a sheet or a sentence, never a crash."""
    data = bytearray(GOOD)
    for place, value in damage:
        data[place] = value
    assert outcome(bytes(data))


@given(st.lists(st.tuples(st.integers(0, len(PAGE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_damaged_worksheets_are_read_or_refused(damage: list[tuple[int, int]]) -> None:
    """The same for the sheet inside an archive that is whole."""
    page = bytearray(PAGE)
    for place, value in damage:
        page[place] = value
    assert outcome(with_entry(GOOD, SHEET, bytes(page)))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing that is no table at all crashes either."""
    assert outcome(data)
