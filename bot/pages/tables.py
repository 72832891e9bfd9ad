"""A Statement's tables as a narrow page shows them: what is the same in every row is said once, rows of one month stand together.

So most tables fit a phone as tables; one that does not is stacked, each row a small card (the style sheet does that, the markup
stays a table). Long tables come in parts, so that a page stays light on an old phone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import InvalidOperation
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from bot.pages.sifting import Sifting, sorting
from dialogs.statement import Column, ColumnKind, Statement, Table, head_runs, shown
from storage.ports.record import Record

ROWS_A_PART: Final = 50
FEW_ROWS_A_PART: Final = 12
"""In 长辈版, where each row is a card of several lines in large type."""
_SAME_FROM: Final = 3
"""Rows from which on it is worth saying once what all of them share."""
_ROOM_PX: Final = 358
_GAP_PX: Final = 12
_TYPE_PX: Final = {False: 16, True: 22}
_COLUMN_PX: Final = 640
"""Room for a table on a large screen, where the page keeps a readable width; a wider table gets a wider page."""
_WRAP_EM: Final = 6.0
"""A text wraps, so a column of texts needs no more than this."""
_LONG: Final = 6
_HEAD_EM: Final = 4.0
"""A head wraps too; beside it stands the mark of the order."""
_MANY: Final = 5
"""Sums a row from which on a card leaves out those that are nought, and says so."""
_COLUMNS_WORTH_A_TABLE: Final = 3
_FIGURES: Final = (ColumnKind.MONEY, ColumnKind.COUNT)


class Row(Record):
    """One row: the cells of the columns that are shown, and for its card the common head that stands above a cell ('' for none) and which cells are nought."""

    cells: tuple[str, ...]
    over: tuple[str, ...] = ()
    nought: frozenset[int] = frozenset()


class Group(Record):
    """Rows that share their first cell, which stands above them; `title` is empty where rows are not grouped."""

    title: str
    rows: tuple[Row, ...]


class Part(Record):
    """What of a table is on this page, ready to be written out."""

    anchor: str
    caption: str
    columns: tuple[Column, ...]
    over: tuple[tuple[str, int], ...]
    """The upper row of a head of two, (common head, number of columns); '' over a column that has none. Empty for a head of one row."""
    groups: tuple[Group, ...]
    totals: tuple[str, ...]
    same: tuple[tuple[str, str], ...]
    stacked: bool
    wide: bool
    """Too wide for the usual page of a large screen."""
    long: frozenset[int]
    """Places of the columns that get a line of their own when the table is stacked."""
    count: int
    number: int
    parts: int
    previous: str
    next: str
    places: tuple[int, ...] = ()
    """Which columns of the table these are."""
    above: int | None = None
    """The column that stands above the rows instead, where rows are grouped."""
    heads: tuple[Head, ...] = ()
    """How each shown column is sorted by; empty where sorting is not offered."""
    order: Head | None = None
    """The same for the column that stands above the rows instead of in a column of its own."""
    whole: int = 0
    """Rows of the table before a filter left some out; 0 without a filter."""
    bare: bool = False
    """Some card leaves out what is nought."""
    totals_over: tuple[str, ...] = ()
    within: bool = False
    """Common heads distinguish the figures of a card."""
    elder: bool = False


class Head(Record):
    """A column to sort by: what the table is sorted by now (`ascending`, `descending` or nothing), and the address of the next order."""

    title: str
    sorted: str
    link: str


def cell_text(cell: str, kind: ColumnKind) -> str:
    """A cell as people read it; what is not of its column's kind (合计 under a month) stands as it is."""
    try:
        return shown(kind, cell)
    except InvalidOperation:
        return cell


def day_text(day: str) -> str:
    """2024-09-12 as people read it: 2024年9月12日; anything else as it stands."""
    try:
        moment = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{moment.year}年{moment.month}月{moment.day}日"


def align(kind: ColumnKind) -> str:
    """The class of a cell: figures are set to the right, in figures of equal width; months and days are not broken."""
    if kind in (ColumnKind.MONTH, ColumnKind.DATE):
        return "txt when"
    return "num" if kind in (ColumnKind.MONEY, ColumnKind.COUNT) else "txt"


def parts_of(
    statement: Statement, query: Mapping[str, str], *, elder: bool, sifting: Sifting | None = None, whole: Statement | None = None
) -> tuple[Part, ...]:
    """Every table, each at the part that the address asks for (`t0=2`: the first table's second part).

    With `sifting` the statement is what is left of `whole`, and the heads are links that sort.
    """
    asked = {f"t{index}": _number(query.get(f"t{index}", "")) for index in range(len(statement.tables))}
    said: dict[str, str] = {}
    if sifting is not None:
        orders = {f"s{index}": sorting(query, index, len(table.columns)) for index, table in enumerate(statement.tables)}
        said = {**sifting.query, **{name: str(by) for name, by in orders.items() if by}}
    found = []
    for index, table in enumerate(statement.tables):
        part = _part(table, whole.tables[index] if whole else table, f"t{index}", asked, elder, said)
        left_out = whole is not None and sifting is not None and sifting.active
        heads = _sorted_by(part, whole.tables[index], index, asked, said) if sifting is not None and whole else (None, ())
        found.append(
            replace(part, order=heads[0], heads=heads[1], whole=len(whole.tables[index].rows) if whole and left_out else 0)
        )
    return tuple(found)


def _sorted_by(
    part: Part, table: Table, index: int, asked: Mapping[str, int], said: Mapping[str, str]
) -> tuple[Head | None, tuple[Head, ...]]:
    """How the column above the rows is sorted by, and how those of the table are."""
    now = int(said.get(f"s{index}", "0"))
    others = {name: str(n) for name, n in asked.items() if n > 1 and name != f"t{index}"}

    def head(place: int) -> Head:
        upwards = now == place + 1
        query = {**said, **others, f"s{index}": str(-(place + 1) if upwards else place + 1)}
        how = {place + 1: "ascending", -(place + 1): "descending"}.get(now, "")
        return Head(heading(table.columns[place]), how, f"?{urlencode(query)}#t{index}")

    if len(table.rows) < 2:
        return None, ()
    above = None if part.above is None else head(part.above)
    return above, tuple(head(place) for place in part.places)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _part(table: Table, whole: Table, anchor: str, asked: Mapping[str, int], elder: bool, said: Mapping[str, str]) -> Part:
    same, kept = _split(whole)
    grouped = len(kept) > 1 and _comes_in_groups(table.rows, kept[0])
    pieces = _pieces(table.rows, kept[0] if grouped else None, FEW_ROWS_A_PART if elder else ROWS_A_PART)
    parts = len(pieces)
    number = min(max(1, asked[anchor]), parts)
    columns = kept[1:] if grouped else kept
    rows = pieces[number - 1]
    groups = tuple(_groups(table, rows, kept[0], columns, grouped))
    stacked = not _fits(table, rows, columns, elder)
    totals = _totals(table.totals, kept[0], columns) if table.totals else ()

    def link(to: int) -> str:
        if not 1 <= to <= parts:
            return ""
        wanted = {name: str(n) for name, n in {**asked, anchor: to}.items() if n > 1 or name == anchor}
        return f"?{urlencode({**said, **wanted})}#{anchor}"

    return Part(
        anchor=anchor,
        caption=table.caption,
        columns=tuple(table.columns[i] for i in columns),
        over=head_runs([table.columns[i] for i in columns]),
        groups=groups,
        totals=totals,
        same=same,
        stacked=stacked,
        wide=_width(table, rows, columns, elder) > _COLUMN_PX,
        long=frozenset(
            place
            for place, i in enumerate(columns)
            if table.columns[i].kind is ColumnKind.TEXT and any(len(row[i]) > _LONG for row in rows)
        ),
        count=len(table.rows),
        number=number,
        parts=parts,
        previous=link(number - 1),
        next=link(number + 1),
        places=tuple(columns),
        above=kept[0] if grouped else None,
        totals_over=_over(table, columns, [bool(cell) and not _is_nought(cell) for cell in totals]) if totals else (),
        within=len({table.columns[i].group for i in columns} - {""}) > 1,
        bare=stacked and any(row.nought for group in groups for row in group.rows),
        elder=elder,
    )


def _pieces(rows: Sequence[tuple[str, ...]], grouped_by: int | None, most: int) -> list[Sequence[tuple[str, ...]]]:
    """The rows of each part: `most`, and those that are left of a group that begins in it, so that no month is torn; a huge group is."""
    pieces: list[Sequence[tuple[str, ...]]] = []
    start = 0
    while start < len(rows):
        end = min(start + most, len(rows))
        while (
            grouped_by is not None
            and end < min(len(rows), start + 2 * most)
            and rows[end][grouped_by] == rows[end - 1][grouped_by]
        ):
            end += 1
        pieces.append(rows[start:end])
        start = end
    return pieces or [()]


def _split(table: Table) -> tuple[tuple[tuple[str, str], ...], tuple[int, ...]]:
    """(title, value) of the columns that say the same in every row and are not summed, and the places of the others."""
    everything = tuple(range(len(table.columns)))
    if len(table.rows) < _SAME_FROM:
        return (), everything
    nought = [
        i
        for i in everything[1:]
        if table.columns[i].kind is ColumnKind.MONEY
        and all(_is_nought(row[i]) for row in table.rows)
        and (not table.totals or table.totals[i] == "" or _is_nought(table.totals[i]))
    ]
    same = [
        i
        for i in everything[1:]
        if all(row[i] == table.rows[0][i] for row in table.rows) and (i in nought or not (table.totals and table.totals[i]))
    ]
    if len(everything) - len(same) < _COLUMNS_WORTH_A_TABLE:  # a list of names alone would tell nothing
        same = [i for i in same if table.columns[i].kind is ColumnKind.TEXT or i in nought]
    said = [
        (heading(table.columns[i]), cell_text(table.rows[0][i], table.columns[i].kind))
        for i in same
        if table.rows[0][i] and i not in nought
    ]
    if nought:
        said.append(("、".join(table.columns[i].full_title for i in nought), "0.00"))
    return tuple(said), tuple(i for i in everything if i not in same and i not in nought)


def _is_nought(cell: str) -> bool:
    """0 or 0.00; what says nothing is not."""
    return cell.strip("0") in ("", ".") and bool(cell)


def heading(column: Column) -> str:
    """Title under its common head, and unit: 个人账户收入·单位缴费（元）."""
    return f"{column.full_title}（{column.unit}）" if column.unit else column.full_title


def _comes_in_groups(rows: Sequence[tuple[str, ...]], first: int) -> bool:
    runs = sum(1 for _ in groupby(rows, key=lambda row: row[first]))
    return bool(rows) and len(rows) >= 2 * runs - runs // 2 and runs < len(rows)


def _groups(table: Table, rows: Sequence[tuple[str, ...]], first: int, columns: Sequence[int], grouped: bool) -> list[Group]:
    if not grouped:
        return [Group("", tuple(_row(table, row, columns) for row in rows))] if rows else []
    kind = table.columns[first].kind
    return [
        Group(cell_text(title, kind), tuple(_row(table, row, columns) for row in members))
        for title, members in groupby(rows, key=lambda row: row[first])
    ]


def _row(table: Table, row: Sequence[str], columns: Sequence[int]) -> Row:
    """The row; a common head is said at the first cell of its run that a card shows."""
    many = sum(table.columns[i].kind in _FIGURES for i in columns) >= _MANY
    nought = {place for place, i in enumerate(columns) if many and table.columns[i].kind in _FIGURES and _is_nought(row[i])}
    over = _over(table, columns, [bool(row[i]) and place not in nought for place, i in enumerate(columns)])
    return Row(tuple(cell_text(row[i], table.columns[i].kind) for i in columns), over, frozenset(nought))


def _over(table: Table, columns: Sequence[int], seen: Sequence[bool]) -> tuple[str, ...]:
    """The common head above the first cell of its run that is seen; where there is but one, it distinguishes nothing."""
    if len({table.columns[i].group for i in columns} - {""}) < 2:
        return ("",) * len(columns)
    over, said = [], ""
    for i, shows in zip(columns, seen, strict=True):
        group = table.columns[i].group
        over.append(group if shows and group != said else "")
        said = group if shows or not group else said
    return tuple(over)


def _totals(totals: Sequence[str], first: int, columns: Sequence[int]) -> tuple[str, ...]:
    """The last row; its label (合计) stays although the column that it stood in has become the groups' heading."""
    cells = [totals[i] for i in columns]
    if first not in columns and not cells[0]:
        cells[0] = totals[first]
    return tuple(cells)


def _fits(table: Table, rows: Sequence[tuple[str, ...]], columns: Sequence[int], elder: bool) -> bool:
    return _width(table, rows, columns, elder) <= _ROOM_PX


def _width(table: Table, rows: Sequence[tuple[str, ...]], columns: Sequence[int], elder: bool) -> float:
    """About how wide the table is, in px."""
    shown_rows = [*rows, table.totals] if table.totals else list(rows)
    widths = [
        max(
            [
                min(_HEAD_EM, _em(table.columns[i].title, ColumnKind.TEXT)) + 1,
                *(_em(cell_text(row[i], table.columns[i].kind), table.columns[i].kind) for row in shown_rows),
            ]
        )
        for i in columns
    ]
    return sum(widths) * _TYPE_PX[elder] + (len(widths) - 1) * _GAP_PX


def _em(text: str, kind: ColumnKind) -> float:
    """About how wide a text is: a Chinese character is 1, a figure a little over half."""
    width = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.57 for c in text)
    return min(width, _WRAP_EM) if kind in (ColumnKind.TEXT, ColumnKind.TIME) else width
