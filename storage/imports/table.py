"""What a source becomes: heads, and rows of cells under them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from storage.imports import guard
from storage.imports.report import Problem
from storage.ports.record import Record

Cell = str | int | float | bool | date | datetime | time | timedelta


class Column(Record):
    """A column that a file may have."""

    name: str
    """As in the data dictionary; reports use it."""
    also: tuple[str, ...] = ()
    """Other heads that mean the same."""
    required: bool = False


class Row(Record):
    """One row: its number as the spreadsheet counts, and what is in it (blank cells are left out)."""

    number: int
    cells: Mapping[str, Cell]


class Sheet(Record):
    """What was read. `usable` is False when a required column is missing, so that looking at the rows would only make noise."""

    columns: frozenset[str]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    usable: bool


class Heads:
    """The row of heads: which place holds which column, and what is wrong with them."""

    def __init__(self, number: int, cells: Sequence[Cell], columns: Sequence[Column]) -> None:
        meant = {_plain(head): column.name for column in columns for head in (column.name, *column.also)}
        self.problems: list[Problem] = []
        self._places: dict[int, str] = {}
        self._nameless: set[int] = set()
        self._width = len(cells)
        for place, cell in enumerate(cells):
            name = meant.get(_plain(str(cell)))
            if _blank(cell):
                self._nameless.add(place)
            elif name is None:
                known = "、".join(column.name for column in columns)
                self.problems.append(Problem(number, guard.letters(place + 1), f"不认识这个列名，可以用的列名有：{known}"))
            elif name in self._places.values():
                self.problems.append(Problem(number, name, "这一列出现了两次"))
            else:
                self._places[place] = name
        missing = [column.name for column in columns if column.required and column.name not in self._places.values()]
        self.problems += [Problem(number, name, "缺少这一列") for name in missing]
        self.columns = frozenset(self._places.values())
        self.usable = not missing

    def row(self, number: int, cells: Sequence[Cell], problems: list[Problem]) -> Row:
        """The cells of a row under their names, blank ones left out; what stands under no name is noted."""
        filled = {place: cell for place, cell in enumerate(cells) if not _blank(cell)}
        problems += [
            Problem(number, guard.letters(place + 1), "这一格有内容，但这一列没有列名")
            for place in filled
            if place in self._nameless or place >= self._width
        ]
        return Row(number, {name: filled[place] for place, name in self._places.items() if place in filled})


def _blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _plain(head: str) -> str:
    """A head as it is compared: without blanks, full-width forms and the marks of a mandatory column."""
    return "".join(unicodedata.normalize("NFKC", head).split()).strip("*:")
