"""Small files as people send them: CSV, XLSX, and XLSX that were tampered with."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date

import xlsxwriter


def as_csv(*rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    """Comma separated, lines ended as Excel does."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows: Sequence[object], sheet: str = "Sheet1") -> bytes:
    """Text as text, numbers as numbers, dates as date cells, None as nothing; a text beginning with = is a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    page.write_datetime(row, column, cell, day)
                elif isinstance(cell, str) and not cell.startswith("="):
                    page.write_string(row, column, cell)
                elif cell is not None:
                    page.write(row, column, cell)
    return out.getvalue()


def with_entry(xlsx: bytes, name: str, content: bytes) -> bytes:
    """The archive with one entry replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, content)
    return out.getvalue()


def entry(xlsx: bytes, name: str) -> bytes:
    """The content of one entry."""
    with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
        return archive.read(name)
