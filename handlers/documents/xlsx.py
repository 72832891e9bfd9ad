"""Issued → XLSX for people who calculate on: real numbers and dates, identifiers as text, nothing that Excel would run.

The first sheet holds the facts and the notes, then comes one sheet a table with its head above it, frozen;
where columns stand under a common head, the head has two rows.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dialogs.statement import Column, ColumnKind, Table, head_runs
from handlers.documents.columns import width_em
from handlers.documents.issued import STATUS_TEXTS, Issued, tidy
from handlers.documents.numbers import group_check_code, group_serial
from storage.ports.time import SHANGHAI

FONT = "Microsoft YaHei"
"""Named, not embedded: spreadsheet programs fall back to their own Chinese font where it is missing."""
LONGEST_TEXT = 32_000
"""Excel refuses a cell of more than 32,767 characters."""
LONGEST_SHEET_NAME = 31
EXACT_DIGITS = 15
"""Excel's numbers are exact up to here; longer ones are written as text, since lost digits would not be seen."""
NARROWEST, WIDEST = 8.0, 60.0
LYING_FROM = 6
"""More columns than these are printed on a lying page, and the first column stays in sight."""

_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_COUNT = re.compile(r"-?\d+")
_FACTS_SHEET = "单据信息"
SAFE = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Options of a workbook: nothing that was typed becomes a formula or a link."""

Format = Any
"""xlsxwriter's format object (the library has no types)."""


def workbook(made: io.BytesIO) -> Any:
    """An empty one, written to `made` when it is closed."""
    import xlsxwriter  # noqa: PLC0415 - every server knows lists, few make one soon after the start

    return xlsxwriter.Workbook(made, SAFE)


def render_xlsx(issued: Issued) -> bytes:
    """The workbook. Deterministic. Texts that begin with = + - @ are texts; cells that are not what their column says stay text. CPU-bound."""
    made = io.BytesIO()
    book = workbook(made)
    book.set_properties(
        {
            "title": tidy(issued.statement.title),
            "author": tidy(issued.statement.agency),
            "created": issued.created_at.astimezone(SHANGHAI).replace(tzinfo=None),
        }
    )
    formats = formats_of(book)
    names = {_FACTS_SHEET}
    _facts_sheet(book.add_worksheet(_FACTS_SHEET), issued, formats)
    for number, table in enumerate(issued.statement.tables, start=1):
        name = _sheet_name(table.caption or f"明细{number}", names)
        sheet = book.add_worksheet(name)
        table_onto(sheet, table, formats)
        printed = f"{tidy(issued.statement.title)}　{tidy(issued.statement.holder)}".replace("&", "&&")[:100]
        sheet.set_header(f"&L{printed}&R流水号 {group_serial(issued.serial_no)}")
        sheet.set_footer("&L&A&R第 &P 页/共 &N 页")
    if issued.statement.tables:
        book.worksheets()[1].activate()
    book.close()
    return made.getvalue()


def formats_of(book: Any) -> dict[str, Format]:
    """The looks of cells, by kind of column and by what they are for."""
    base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
    total = {"bold": True, "bg_color": "#F1F5F9", "top": 1}
    kinds: dict[str, dict[str, Any]] = {
        ColumnKind.TEXT: {"num_format": "@"},
        ColumnKind.MONEY: {"num_format": "#,##0.00", "align": "right"},
        ColumnKind.COUNT: {"num_format": "#,##0", "align": "right"},
        ColumnKind.MONTH: {"num_format": 'yyyy"年"mm"月"', "align": "center"},
        ColumnKind.DATE: {"num_format": "yyyy-mm-dd", "align": "center"},
        ColumnKind.TIME: {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
    }
    formats = {kind: book.add_format(base | look) for kind, look in kinds.items()}
    formats |= {f"total {kind}": book.add_format(base | look | total) for kind, look in kinds.items()}
    formats["title"] = book.add_format(base | {"bold": True, "font_size": 16, "font_color": "#1D3F66"})
    formats["label"] = book.add_format(base | {"font_color": "#5B6775"})
    formats["value"] = book.add_format(base | {"num_format": "@", "text_wrap": True})
    formats["alarm"] = book.add_format(base | {"bold": True, "font_color": "#B3261E"})
    formats["head"] = book.add_format(
        base | {"bold": True, "bg_color": "#1D3F66", "font_color": "#FFFFFF", "align": "center", "text_wrap": True, "bottom": 1}
    )
    return formats


def _facts_sheet(sheet: Any, issued: Issued, formats: dict[str, Format]) -> None:
    statement = issued.statement
    at = issued.created_at.astimezone(SHANGHAI)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, _text(statement.title), formats["title"])
    row = 1
    if status := STATUS_TEXTS.get(issued.status, STATUS_TEXTS["revoked"]):
        sheet.write_string(row, 0, status, formats["alarm"])
        row += 1
    facts = [*statement.facts]
    if statement.holder and all(value != statement.holder for _, value in facts):
        facts.insert(0, ("持有人", statement.holder))
    pairs = [
        ("流水号", group_serial(issued.serial_no)),
        ("校验码", group_check_code(issued.check_code)),
        ("经办机构", statement.agency),
        ("查询期间", statement.period),
        *facts,
        ("证明内容", statement.opening),
        ("数据截至", statement.as_of),
        ("生成时间", f"{at:%Y-%m-%d %H:%M}"),
        *((f"说明{number}", note) for number, note in enumerate(statement.notes, start=1)),
    ]
    _pairs_onto(sheet, row, pairs, formats)


def facts_onto(sheet: Any, title: str, pairs: Sequence[tuple[str, str]], formats: dict[str, Format]) -> None:
    """A title and under it names with their values; those without a value are left out."""
    sheet.hide_gridlines(2)
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, _text(title), formats["title"])
    _pairs_onto(sheet, 1, pairs, formats)


def _pairs_onto(sheet: Any, row: int, pairs: Sequence[tuple[str, str]], formats: dict[str, Format]) -> None:
    pairs = [(label, value) for label, value in pairs if value]
    for number, (label, value) in enumerate(pairs, start=row):
        sheet.write_string(number, 0, _text(label), formats["label"])
        sheet.write_string(number, 1, _text(value), formats["value"])
    sheet.set_column(0, 0, _width([label for label, _ in pairs]))
    sheet.set_column(1, 1, WIDEST)


def table_onto(sheet: Any, table: Table, formats: dict[str, Format]) -> None:
    """The table with its head above it, frozen; each cell as what its column says."""
    runs = head_runs(table.columns)
    below = 2 if runs else 1
    _common_heads(sheet, table, runs, formats)
    for index, column in enumerate(table.columns):
        cells = [row[index] for row in (*table.rows, *((table.totals,) if table.totals else ()))]
        sheet.set_column(index, index, _width([_head(column), *cells], extra=_extra(column)))
        if not (runs and not column.group):
            sheet.write_string(below - 1, index, _head(column), formats["head"])
        for number, cell in enumerate(cells, start=below):
            total = "total " if number >= len(table.rows) + below else ""
            # Of some times only the day is known.
            kind = ColumnKind.DATE if column.kind is ColumnKind.TIME and len(cell) == len("2024-03-31") else column.kind
            _write(sheet, number, index, kind, cell, formats[f"{total}{kind}"])
    for row in range(below):
        sheet.set_row(row, 22)
    sheet.freeze_panes(below, 1 if len(table.columns) > LYING_FROM else 0)
    sheet.repeat_rows(0, below - 1)
    sheet.fit_to_pages(1, 0)
    if table.rows:
        sheet.autofilter(below - 1, 0, len(table.rows) + below - 1, len(table.columns) - 1)
    if len(table.columns) > LYING_FROM:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)


def _common_heads(sheet: Any, table: Table, runs: Sequence[tuple[str, int]], formats: dict[str, Format]) -> None:
    """The upper row of a head of two: a common head over its columns, any other column's head over both rows."""
    place = 0
    for name, count in runs:
        if not name:
            sheet.merge_range(0, place, 1, place, _head(table.columns[place]), formats["head"])
        elif count > 1:
            sheet.merge_range(0, place, 0, place + count - 1, _text(name), formats["head"])
        else:
            sheet.write_string(0, place, _text(name), formats["head"])
        place += count


def _write(sheet: Any, row: int, column: int, kind: ColumnKind, cell: str, look: Format) -> None:
    """One cell as what its column says, or as text if it is something else (a total row's 合计, an unreadable date)."""
    if not cell:
        sheet.write_blank(row, column, None, look)
        return
    try:
        match kind:
            case ColumnKind.MONEY if len(cell.replace(".", "").lstrip("-0")) <= EXACT_DIGITS and Decimal(cell).is_finite():
                # Written digit by digit as it is: a float would be 78.40000000000001 in the file.
                sheet.write_number(row, column, Decimal(cell), look)
                return
            case ColumnKind.COUNT if _COUNT.fullmatch(cell) and len(cell.lstrip("-")) <= EXACT_DIGITS:
                sheet.write_number(row, column, int(cell), look)
                return
            case ColumnKind.MONTH if len(cell) == 7:
                sheet.write_datetime(row, column, _day(f"{cell}-01"), look)
                return
            case ColumnKind.DATE:
                sheet.write_datetime(row, column, _day(cell), look)
                return
            case ColumnKind.TIME:
                _day(cell[:10])
                sheet.write_datetime(row, column, datetime.fromisoformat(cell), look)
                return
            case _:
                pass
    except (ValueError, ArithmeticError):
        pass
    sheet.write_string(row, column, _text(cell), look)


def _day(iso: str) -> date:
    """That day; Excel's calendar begins in 1900."""
    day = date.fromisoformat(iso)
    if day.year < 1900:
        raise ValueError("before Excel's calendar")
    return day


def _head(column: Column) -> str:
    return _text(f"{column.title}（{column.unit}）" if column.unit else column.title)


def _text(text: str) -> str:
    return tidy(text)[:LONGEST_TEXT]


def _extra(column: Column) -> float:
    """Room for thousands separators and for 年 and 月."""
    return {ColumnKind.MONEY: 3.0, ColumnKind.MONTH: 3.0}.get(column.kind, 0.0)


def _width(texts: Sequence[str], extra: float = 0.0) -> float:
    """Column width in Excel's unit (one digit): a Chinese character takes about two."""
    widest = max((max(width_em(line) for line in (text.splitlines() or [""])) for text in texts), default=0.0)
    return min(WIDEST, max(NARROWEST, 1.85 * widest + extra + 3.0))


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts and that no other sheet has (upper and lower case count as one)."""
    name = _SHEET_FORBIDDEN.sub(" ", tidy(wanted)).strip(" '")[:LONGEST_SHEET_NAME].rstrip(" '") or "明细"
    if name.casefold() == "history":  # Excel keeps this one for itself
        name += "1"
    unique, number = name, 2
    while unique.casefold() in {other.casefold() for other in taken}:
        suffix = f"({number})"
        unique = name[: LONGEST_SHEET_NAME - len(suffix)] + suffix
        number += 1
    taken.add(unique)
    return unique
