"""How wide the columns of a table are: worked out before the page is set, so that nothing overflows and little wraps.

Widths are in em (one em is one Chinese character) until the page's own width decides the size of the letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from dialogs.statement import Column, ColumnKind, Table, head_runs, shown
from storage.ports.record import Record

PORTRAIT_PT = 481.89
"""A4 upright less margins of 20 mm: 170 mm."""
LANDSCAPE_PT = 728.5
"""A4 lying less margins of 20 mm: 257 mm."""
SIZES_PT = (9.5, 9.0, 8.5, 8.0, 7.5)
"""Sizes of table text, best first; smaller than the last is not readable on paper."""
_TRIES = (
    (False, SIZES_PT[:4], False),
    (False, SIZES_PT[:4], True),
    (True, SIZES_PT[:3], False),
    (True, SIZES_PT, True),
)
"""(lying, sizes, whether long texts may wrap): a line that does not wrap is worth a point of size, but not a lying page; the smallest
letters are only for what a lying page cannot hold either."""
INSET_PT = 5.0
"""Free space left and right of a cell's text."""
WRAPS_WELL = 9.0
"""A text column may wrap once it has room for this many characters (em)."""
LONGEST_WORD = 14.0
"""A word without a space (an identifier of 20 digits is 11 em) is kept whole up to this width (em), longer ones are broken."""

_NARROW = set("ijltfrI.,;:'|!()[]{}·- ")
_RUN = re.compile(r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")
"""What a line is not broken inside: everything but spaces and Chinese characters."""


def width_em(text: str) -> float:
    """Width of a line of Noto Sans SC in em, a little on the safe side."""
    return sum(_char_em(char) for char in text)


def _char_em(char: str) -> float:
    if char in _NARROW:
        return 0.34
    if char.isdigit() and char.isascii():
        return 0.56
    if unicodedata.east_asian_width(char) in "WFA":
        return 1.0
    return 0.93 if char in "MWmw@%" else 0.69 if char.isupper() else 0.6


class Arrangement(Record):
    """How the tables of one document are set: letters of `size_pt`, the page upright or lying, and for each table its columns' widths in pt."""

    size_pt: float
    landscape: bool
    widths_pt: tuple[tuple[float, ...], ...]


def arrange(tables: Sequence[Table], heads: Sequence[Sequence[str]]) -> Arrangement:
    """The best setting in which no figure is broken: upright before lying, large letters before small. `heads` are the columns' heads as printed."""
    needs = [_needs(table, head) for table, head in zip(tables, heads, strict=True)]
    for landscape, sizes, wrapped in _TRIES:
        for size in sizes:
            width = LANDSCAPE_PT if landscape else PORTRAIT_PT
            rooms = [(width - 2 * INSET_PT * len(table.columns)) / size for table in tables]
            if all(sum(need[not wrapped]) <= room for need, room in zip(needs, rooms, strict=True)):
                widths = [
                    _spread(table.columns, *need, room, size) for table, need, room in zip(tables, needs, rooms, strict=True)
                ]
                return Arrangement(size, landscape, tuple(widths))
    # Too many columns for the page: each keeps its share of the width, and `pieces` breaks what does not fit.
    size = SIZES_PT[-1]
    return Arrangement(size, True, tuple(_squeeze(least, size) for least, _ in needs))


def _squeeze(least: list[float], size: float) -> tuple[float, ...]:
    """Shares of a lying page; the inset shrinks with the columns if it must."""
    share = LANDSCAPE_PT / sum(need * size + 2 * INSET_PT for need in least)
    return tuple((need * size + 2 * INSET_PT) * share for need in least)


def _needs(table: Table, heads: Sequence[str]) -> tuple[list[float], list[float]]:
    """For each column the width it cannot do without and the width in which nothing wraps, in em."""
    least, natural = [], []
    for index, column in enumerate(table.columns):
        cells = {shown(column.kind, row[index]) for row in (*table.rows, *((table.totals,) if table.totals else ()))}
        widest = max((width_em(cell) for cell in cells), default=0.0)
        head = width_em(heads[index])
        narrow = max(min(head, 4.0), head / 2 + 0.6)  # a head of more than two lines is not read
        if column.kind is ColumnKind.TEXT:
            runs = [min(width_em(run), LONGEST_WORD) for cell in cells for run in _RUN.findall(cell)]
            need = max([*runs, min(widest, WRAPS_WELL), min(narrow, LONGEST_WORD), 2.0])
        else:
            need = max(widest, min(narrow, LONGEST_WORD), 2.0)
        least.append(need)
        natural.append(max(widest, head, need))
    start = 0
    for name, count in head_runs(table.columns):
        lacking = (width_em(name) - sum(least[start : start + count])) / count if name else 0.0
        for place in range(start, start + count) if lacking > 0 else ():
            least[place] += lacking
            natural[place] = max(natural[place], least[place])
        start += count
    return least, natural


def _spread(columns: Sequence[Column], least: list[float], natural: list[float], room: float, size: float) -> tuple[float, ...]:
    """First what each needs, then towards the width in which nothing wraps, then the rest by weight."""
    missing = [want - need for want, need in zip(natural, least, strict=True)]
    spare = room - sum(least)
    if sum(missing) <= spare:
        widths = natural
        spare -= sum(missing)
        shares = [max(column.weight, 0.05) for column in columns]
    else:
        widths = least
        shares = [gap * max(column.weight, 0.05) for gap, column in zip(missing, columns, strict=True)]
    whole = sum(shares)
    return tuple((width + spare * share / whole) * size + 2 * INSET_PT for width, share in zip(widths, shares, strict=True))


def pieces(text: str, room_em: float) -> list[str]:
    """The text cut where a line may be broken although no space is there: only runs that are wider than the column are cut."""
    if width_em(text) <= room_em:
        return [text]
    result: list[str] = []
    last = 0
    for run in _RUN.finditer(text):
        if width_em(run[0]) <= room_em:
            continue
        start, width = run.start(), 0.0
        for place in range(run.start(), run.end()):
            width += _char_em(text[place])
            if width > room_em * 0.96 and place > start:
                result.append(text[last:place])
                last = start = place
                width = _char_em(text[place])
    result.append(text[last:])
    return [piece for piece in result if piece]
