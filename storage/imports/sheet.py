"""A file becomes a sheet: heads, and rows of cells under them. CSV (UTF-8 or GB18030) and XLSX."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import python_calamine

from storage.imports import guard
from storage.imports.report import Problem, Refused

Cell = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have."""

    name: str
    """As in the data dictionary; reports use it."""
    also: tuple[str, ...] = ()
    """Other heads that mean the same."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet counts, and what is in it (blank cells are left out)."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read. `usable` is False when a required column is missing, so that looking at the rows would only make noise."""

    columns: frozenset[str]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    usable: bool


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """Read a file of either kind; what it is is told by its bytes, not by its name. Raises Refused when it cannot be read at all."""
    if len(data) > guard.MAX_BYTES:
        raise Refused(f"文件超过{guard.MAX_BYTES // 1024 // 1024}MB，请分成几个文件")
    if data.startswith(b"PK\x03\x04"):
        table, problems = _xlsx(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("这是旧的 .xls 文件或有密码的文件，请另存为没有密码的 .xlsx 后再试")
    else:
        table, problems = _csv(data), ()
    return _under_heads(table, columns, list(problems))


def _xlsx(data: bytes) -> tuple[list[list[Cell]], tuple[Problem, ...]]:
    problems = guard.inspect(data)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return book.get_sheet_by_index(0).to_python(skip_empty_area=False), problems
    except (python_calamine.CalamineError, OSError) as error:
        raise Refused("文件打不开，可能已损坏。请用表格软件另存为 .xlsx 后再试") from error


def _csv(data: bytes) -> list[list[Cell]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data:
        raise Refused("读不出文字。请另存为 .xlsx，或 UTF-8、GB18030 编码的 .csv")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Refused("读不出文字。请另存为 .xlsx，或 UTF-8、GB18030 编码的 .csv") from error
    table: list[list[Cell]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            if len(table) > guard.MAX_ROWS:
                raise Refused(f"表格太大：最多{guard.MAX_ROWS}行，请分成几个文件")
            table.append(list(record))
    except csv.Error as error:
        raise Refused(f"第{len(table) + 1}行读不下去，请检查引号是否成对") from error
    return table


def _under_heads(table: list[list[Cell]], columns: Sequence[Column], problems: list[Problem]) -> Sheet:
    first = next((place for place, cells in enumerate(table) if any(not _blank(cell) for cell in cells)), None)
    if first is None:
        raise Refused("文件里没有内容")
    meant = {_plain(head): column.name for column in columns for head in (column.name, *column.also)}
    places: dict[int, str] = {}
    nameless: set[int] = set()
    for place, cell in enumerate(table[first]):
        name = meant.get(_plain(str(cell)))
        if _blank(cell):
            nameless.add(place)
        elif name is None:
            known = "、".join(column.name for column in columns)
            problems.append(Problem(first + 1, guard.letters(place + 1), f"不认识这个列名，可以用的列名有：{known}"))
        elif name in places.values():
            problems.append(Problem(first + 1, name, "这一列出现了两次"))
        else:
            places[place] = name
    missing = [column.name for column in columns if column.required and column.name not in places.values()]
    problems += [Problem(first + 1, name, "缺少这一列") for name in missing]
    rows: list[Row] = []
    width = len(table[first])
    for number, cells in enumerate(table[first + 1 :], start=first + 2):
        filled = {place: cell for place, cell in enumerate(cells) if not _blank(cell)}
        problems += [
            Problem(number, guard.letters(place + 1), "这一格有内容，但这一列没有列名")
            for place in filled
            if place in nameless or place >= width
        ]
        if filled:
            rows.append(Row(number, {name: filled[place] for place, name in places.items() if place in filled}))
    return Sheet(frozenset(places.values()), tuple(rows), tuple(problems), usable=not missing)


def _blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _plain(head: str) -> str:
    """A head as it is compared: without blanks, full-width forms and the marks of a mandatory column."""
    return "".join(unicodedata.normalize("NFKC", head).split()).strip("*:")
