"""Files become tables: CSV (UTF-8 or GB18030), read record by record, and XLSX, which has to be unpacked first."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import python_calamine

from storage.imports import guard
from storage.imports.report import Problem, Refused
from storage.imports.table import Cell, Column, Heads, Row, Sheet

__all__ = ["Column", "Row", "Sheet", "read_sheet", "records_of"]

_PIECE = 1024 * 1024
_NO_TEXT = "读不出文字。请另存为 .xlsx，或 UTF-8、GB18030 编码的 .csv"

File = bytes | Path


def read_sheet(given: File, columns: Sequence[Column]) -> Sheet:
    """Read the whole of a file; what it is is told by its bytes, not by its name. Raises Refused when it cannot be read at all."""
    if _size(given) > guard.MAX_BYTES:
        raise Refused(f"文件超过{guard.MAX_BYTES // 1024 // 1024}MB，请分成几个文件")
    records, before = records_of(given)
    number, names = heads_of(records)
    heads = Heads(number, names, columns)
    problems = [*before, *heads.problems]
    rows: list[Row] = []
    for place, cells in enumerate(records, start=number + 1):
        if place > guard.MAX_ROWS + 1:
            raise too_many()
        wrong: list[Problem] = []
        row = heads.row(place, cells, wrong)
        problems += wrong
        if row.cells or wrong:
            rows.append(row)
    return Sheet(heads.columns, tuple(rows), tuple(problems), heads.usable)


def too_many() -> Refused:
    """What is said of a table that is held as a whole and has too many rows for that."""
    return Refused(f"表格太大：最多{guard.MAX_ROWS}行，请分成几个文件")


def heads_of(records: Iterator[list[Cell]]) -> tuple[int, list[Cell]]:
    """The first record that holds anything, and its number from 1. Raises Refused when there is none."""
    for number, cells in enumerate(records, start=1):
        if any(not (isinstance(cell, str) and not cell.strip()) for cell in cells):
            return number, cells
    raise Refused("文件里没有内容")


def records_of(given: File) -> tuple[Iterator[list[Cell]], tuple[Problem, ...]]:
    """The records of a file from its first row on, and what is wrong with single cells of an XLSX. Raises Refused, also while they are read."""
    with _open(given) as file:
        start = file.read(4)
    if start == b"\xd0\xcf\x11\xe0":
        raise Refused("这是旧的 .xls 文件或有密码的文件，请另存为没有密码的 .xlsx 后再试")
    if start == b"PK\x03\x04":
        table, problems = _xlsx(given)
        return iter(table), problems
    return _csv(given), ()


def _open(given: File) -> BinaryIO:
    return io.BytesIO(given) if isinstance(given, bytes) else given.open("rb")


def _size(given: File) -> int:
    return len(given) if isinstance(given, bytes) else given.stat().st_size


def _xlsx(given: File) -> tuple[list[list[Cell]], tuple[Problem, ...]]:
    if _size(given) > guard.MAX_BYTES:
        raise Refused(f"文件超过{guard.MAX_BYTES // 1024 // 1024}MB，请分成几个文件，或另存为 .csv")
    data = given if isinstance(given, bytes) else given.read_bytes()
    problems = guard.inspect(data)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return book.get_sheet_by_index(0).to_python(skip_empty_area=False), problems
    except (python_calamine.CalamineError, OSError) as error:
        raise Refused("文件打不开，可能已损坏。请用表格软件另存为 .xlsx 后再试") from error


def _csv(given: File) -> Iterator[list[Cell]]:
    """Looked through once for its encoding, then read record by record."""
    encoding = _encoding(given)
    done = 0
    with io.TextIOWrapper(_open(given), encoding, newline="") as lines:
        try:
            for record in csv.reader(lines, strict=True):
                yield list(record)
                done += 1
        except csv.Error as error:
            raise Refused(f"第{done + 1}行读不下去，请检查引号是否成对") from error
        except UnicodeDecodeError as error:  # written to since it was looked through
            raise Refused(_NO_TEXT) from error


def _encoding(given: File) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        with _open(given) as file:
            start = True
            try:
                while piece := file.read(_PIECE):
                    if b"\0" in piece or (start and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))):
                        raise Refused(_NO_TEXT)
                    decoder.decode(piece)
                    start = False
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return encoding
    raise Refused(_NO_TEXT)
