"""Sort and filter of a Statement's tables, told by the page's address, so that both work without a script.

`f` is a text to look for, `i` 险种, `y` a year, `s<n>` the column by which table n is sorted (2: the second, upwards; -2: downwards).
Sums are those of the rows that are left; a last row that is no sum of its rows is then left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Final

from bot.pages.seeking import Wish, plain, span_of, wishes
from dialogs.statement import ColumnKind, Statement, Table, shown
from storage.ports.record import Record

ENOUGH: Final = 8
"""Rows of a statement from which on sort and filter are worth their place."""
_MOST: Final = 30
_INSURANCE: Final = "险种"
_DATED: Final = (ColumnKind.MONTH, ColumnKind.DATE)
_YEARLY: Final = frozenset({"年度", "年份"})


class Sifting(Record):
    """What is asked for, and what can be."""

    text: str = ""
    insurance: str = ""
    year: str = ""
    insurances: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    count: int = 0
    left: int = 0
    """Rows before and after the filter."""

    @property
    def active(self) -> bool:
        """Whether rows are left out."""
        return bool(self.text or self.insurance or self.year)

    @property
    def query(self) -> dict[str, str]:
        """The filter as it stands in an address."""
        return {name: value for name, value in (("f", self.text), ("i", self.insurance), ("y", self.year)) if value}


def sorting(query: Mapping[str, str], anchor_number: int, columns: int) -> int:
    """The column by which that table is sorted: 1 … columns, negative for downwards, 0 for the order in which it came."""
    text = query.get(f"s{anchor_number}", "")
    digits = text.removeprefix("-")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
    return 0 if number > columns else -number if text.startswith("-") else number


def sift(statement: Statement, query: Mapping[str, str]) -> tuple[Statement, Sifting | None]:
    """The statement with the rows that are asked for, in the order that is asked for; no Sifting where there are too few rows to need one."""
    count = sum(len(table.rows) for table in statement.tables)
    if count < ENOUGH:
        return statement, None
    insurances, years = _insurances(statement.tables), _years(statement.tables)
    asked = Sifting(
        " ".join(query.get("f", "").split())[:_MOST],
        query.get("i", "") if query.get("i", "") in insurances else "",
        query.get("y", "") if query.get("y", "") in years else "",
        insurances if len(insurances) > 1 else (),
        years if len(years) > 1 else (),
        count,
    )
    sought = wishes(asked.text, statement.as_of)
    tables = []
    for index, table in enumerate(statement.tables):
        rows = [row for row in table.rows if _fits(table, row, asked, sought)] if asked.active else table.rows
        totals = _summed(table, rows) if asked.active else table.totals
        ordered = tuple(_in_order(table, rows, sorting(query, index, len(table.columns))))
        tables.append(replace(table, rows=ordered, totals=totals))
    return replace(statement, tables=tuple(tables)), replace(asked, left=sum(len(table.rows) for table in tables))


def newest_first(statement: Statement) -> Statement:
    """The same with the rows of each table from the newest month, day or year to the oldest, where they came the other way round."""
    tables = []
    for table in statement.tables:
        place = next((i for i, column in enumerate(table.columns) if column.kind in _DATED or column.title in _YEARLY), None)
        told = [] if place is None else [row[place] for row in table.rows]
        upwards = told == sorted(told) and all(told)
        rows = tuple(sorted(table.rows, key=itemgetter(place), reverse=True)) if place is not None and upwards else table.rows
        tables.append(replace(table, rows=rows))
    return replace(statement, tables=tuple(tables))


def _summed(table: Table, rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The last row for these rows alone; empty where it holds a figure that is not the sum of its column."""
    if not rows or not table.totals:
        return ()
    totals = []
    for place, (column, total) in enumerate(zip(table.columns, table.totals, strict=True)):
        figure = _figure(total) if column.kind in (ColumnKind.MONEY, ColumnKind.COUNT) else None
        if figure is None:  # nothing, or 合计
            totals.append(total)
            continue
        every, left = (sum((_figure(row[place]) or Decimal(0) for row in some), Decimal(0)) for some in (table.rows, rows))
        if every != figure:
            return ()
        totals.append(f"{left:.2f}" if column.kind is ColumnKind.MONEY else str(left))
    return tuple(totals)


def _figure(cell: str) -> Decimal | None:
    """The figure, or None for nothing and for words."""
    try:
        return Decimal(cell)
    except InvalidOperation:
        return None


def _insurances(tables: Sequence[Table]) -> tuple[str, ...]:
    """险种 in the order in which they come."""
    found: dict[str, None] = {}
    for table in tables:
        for place, column in enumerate(table.columns):
            if column.title == _INSURANCE:
                found.update((row[place], None) for row in table.rows if row[place])
    return tuple(found)


def _years(tables: Sequence[Table]) -> tuple[str, ...]:
    """Years that months and days of the rows lie in, the newest first."""
    return tuple(sorted({year for table in tables for row in table.rows for year in _years_of(table, row)}, reverse=True))


def _years_of(table: Table, row: Sequence[str]) -> set[str]:
    return {
        cell[:4]
        for column, cell in zip(table.columns, row, strict=True)
        if (column.kind in _DATED or column.title in _YEARLY) and cell[:4].isdigit()
    }


def _fits(table: Table, row: Sequence[str], asked: Sifting, sought: Sequence[Wish]) -> bool:
    if asked.year and asked.year not in _years_of(table, row):
        return False
    insured = [cell for column, cell in zip(table.columns, row, strict=True) if column.title == _INSURANCE]
    if asked.insurance and insured and asked.insurance not in insured:
        return False
    told = plain(" ".join(_told(column.kind, cell) for column, cell in zip(table.columns, row, strict=True)))
    spans = tuple(
        span
        for column, cell in zip(table.columns, row, strict=True)
        if (column.kind in (*_DATED, ColumnKind.TIME) or column.title in _YEARLY) and (span := span_of(cell))
    )
    return all(wish.met(told, spans) for wish in sought)


def _told(kind: ColumnKind, cell: str) -> str:
    """A cell as it is stored and as it is read, so that both are found."""
    try:
        return f"{cell} {shown(kind, cell)}"
    except InvalidOperation:
        return cell


def _in_order(table: Table, rows: Sequence[tuple[str, ...]], by: int) -> Sequence[tuple[str, ...]]:
    """Sorted by the column; rows that say nothing there come last either way."""
    if not by:
        return rows
    place, key = abs(by) - 1, _key(table.columns[abs(by) - 1].kind)
    told = sorted((row for row in rows if row[place]), key=lambda row: key(row[place]), reverse=by < 0)
    return [*told, *(row for row in rows if not row[place])]


def _key(kind: ColumnKind) -> Callable[[str], tuple[int, Decimal, bytes]]:
    """Figures by size, texts in the order of the national code, which for common characters is that of their sound."""

    def key(cell: str) -> tuple[int, Decimal, bytes]:
        if kind in (ColumnKind.MONEY, ColumnKind.COUNT):
            try:
                return 0, Decimal(cell), b""
            except InvalidOperation:
                return 1, Decimal(0), cell.encode("gb18030")
        return 0, Decimal(0), cell.encode("gb18030")

    return key
