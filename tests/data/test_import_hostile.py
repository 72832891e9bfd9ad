"""Spreadsheets that bring more than a table (targets.md S18): entities, macros, links to outside, names that climb, a million rows, formulas. Nothing of it
is fetched, run or written; the table in it is read, or the file is refused with a sentence, soon and in little memory."""

from __future__ import annotations

import resource
import socket
import time
from pathlib import Path

import pytest

from storage.imports.sheet import read_sheet
from tests.data.files import as_csv, as_xlsx, entry, with_entry
from tests.data.test_import_files import COLUMNS, GOOD, SHEET, outcome, refused

STRINGS = "xl/sharedStrings.xml"
TABLE = [{"姓名": "甲", "手机号码": "1"}, {"姓名": "乙"}]


def rows(data: bytes) -> list[dict[str, str]]:
    return [{name: str(cell) for name, cell in row.cells.items()} for row in read_sheet(data, COLUMNS).rows]


@pytest.mark.parametrize(
    "name", [STRINGS, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
)
def test_an_entity_in_any_part_is_never_resolved(name: str, tmp_path: Path) -> None:
    """A document type that names a file and an address, in the words, the book, the styles, the types and the relations: refused, nothing of the
    file in the answer, and nobody has called."""
    secret = tmp_path / "secret"
    secret.write_text("tell nobody", "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(0)
        where = f"http://127.0.0.1:{outside.getsockname()[1]}/x"
        declared = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}"><!ENTITY % b SYSTEM "{where}">%b;]>'.encode()
        page = entry(GOOD, name)
        after = page.index(b"?>") + 2 if page.startswith(b"<?xml") else 0
        told = refused(with_entry(GOOD, name, page[:after] + declared + page[after:].replace("甲".encode(), b"&a;")))
        with pytest.raises(BlockingIOError):
            outside.accept()
    assert "已损坏" in told
    assert "tell nobody" not in told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(512)),
        ("xl/externalLinks/externalLink1.xml", b'<externalLink xmlns="x"><externalBook r:id="rId1" xmlns:r="r"/></externalLink>'),
        ("../../../../tmp/climbed.txt", b"climbed"),
        ("/etc/climbed", b"climbed"),
        ("xl\\..\\..\\climbed.txt", b"climbed"),
    ],
)
def test_what_stands_beside_the_table_is_left_alone(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A macro, a link to another book, a name that climbs out of its folder: nothing is unpacked to the disk; the table is read as it stands, or the
    file is refused with a sentence."""
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.parent.rglob("climbed*"))
    found = outcome(with_entry(GOOD, name, content))
    if isinstance(found, str):
        assert "另存为" in found
    else:
        assert [{column: str(cell) for column, cell in row.cells.items()} for row in found.rows] == TABLE
    assert list(tmp_path.iterdir()) == []
    assert set(tmp_path.parent.rglob("climbed*")) == before
    assert not Path("/tmp/climbed.txt").exists()  # noqa: S108 - the name that it asked for
    assert not Path("/etc/climbed").exists()


def test_a_million_rows_are_refused_soon_and_in_little_memory() -> None:
    """1,048,576 rows in an honest, small archive: refused with the number that would do, in less than two seconds of work and 150 MB."""
    page = entry(GOOD, SHEET)
    start, end = page.index(b"<sheetData>") + len(b"<sheetData>"), page.index(b"</sheetData>")
    many = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 1_048_577))
    data = with_entry(GOOD, SHEET, page[:start] + many + page[end:])
    del many
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    told = refused(data)
    assert "100000行" in told or "MB" in told
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


@pytest.mark.parametrize("cell", ["=1+1", "=cmd|' /C calc'!A0", "+86", "-1", "@SUM(A1)", "\t=1"])
def test_what_looks_like_a_formula_is_only_words(cell: str) -> None:
    """In a CSV it is text, and stays the text that was typed; in a workbook the value that the spreadsheet computed counts, never the formula."""
    (row,) = rows(as_csv(("姓名", "手机号码"), ("甲", cell)))
    assert row["手机号码"].strip() == cell.strip()
    (made,) = rows(as_xlsx(("姓名", "手机号码"), ("甲", "=1+1")))
    assert "=" not in made.get("手机号码", "")


def test_the_name_of_a_file_decides_nothing() -> None:
    """What it holds is looked at: a program, a picture and a page are no tables, whatever they are called."""
    for content in (b"MZ" + bytes(200), b"\x89PNG\r\n\x1a\n" + bytes(200), b"\x7fELF" + bytes(200)):
        assert refused(content)
