"""A result that every medium can show: chat text, page, PDF, picture, Excel.

Cells are strings in canonical form, so that a Statement is plain JSON and the same Statement always gives the same bytes;
the column's kind says how to show and align them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, overload

from storage.ports.record import Record

T = TypeVar("T")


class ColumnKind(StrEnum):
    """How a column's cells are written: money `1234.50`, month `2024-03`, date `2024-03-31`, time `2024-03-31 09:30` (in 北京时间), count `12`, text as it is; empty means nothing to show."""

    TEXT = "text"
    MONEY = "money"
    MONTH = "month"
    DATE = "date"
    TIME = "time"
    COUNT = "count"


class Column(Record):
    """One column; `weight` is its share of the width, `unit` is printed in the head (元, 月).

    Neighbours of one `group` stand under a common head (个人账户收入 over 个人缴费, 集体补助 …); empty: the column has a head of its own.
    """

    title: str
    kind: ColumnKind = ColumnKind.TEXT
    weight: float = 1.0
    unit: str = ""
    group: str = ""

    @property
    def full_title(self) -> str:
        """The title where the common head is not seen: 个人账户收入·集体补助."""
        return f"{self.group}·{self.title}" if self.group else self.title


def head_runs(columns: Sequence[Column]) -> tuple[tuple[str, int], ...]:
    """(common head, number of columns) from left to right; a column without one is alone under ''. Empty where no column has one."""
    if not any(column.group for column in columns):
        return ()
    runs: list[tuple[str, int]] = []
    for column in columns:
        if column.group and runs and runs[-1][0] == column.group:
            runs[-1] = (column.group, runs[-1][1] + 1)
        else:
            runs.append((column.group, 1))
    return tuple(runs)


class Table(Record):
    """Rows of equal length; `totals` is a last row (合计) or empty. `caption` may be empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        width = len(self.columns)
        if any(len(row) != width for row in self.rows) or (self.totals and len(self.totals) != width):
            raise ValueError(f"table {self.caption!r}: a row has not {width} cells")


class Lines(Sequence[str]):
    """Lines of chat that are worded when they are shown: fifty years are six hundred of them, and five are asked for."""

    def __init__(self, of: Sequence[T], word: Callable[[T], str]) -> None:
        self._of: Sequence[Any] = of
        self._word: Callable[[Any], str] = word

    def __len__(self) -> int:
        return len(self._of)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        if isinstance(at, slice):
            return tuple(self._word(one) for one in self._of[at])
        return self._word(self._of[at])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class Statement(Record):
    """What was found for a person, ready for any medium.

    `facts` are (label, value) pairs shown above the tables, the holder's among them; `summary` are the at most six lines of a chat
    answer; `lines` are all rows as lines of chat where 更多 pages through them, empty where the summary says it all; `as_of` is 数据截至 (YYYY-MM-DD); `feature` the ID of the function that made it; `chart` a picture worth sending, or empty.
    """

    feature: str
    title: str
    region: str
    agency: str
    holder: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    as_of: str
    period: str = ""
    summary: tuple[str, ...] = ()
    chart: str = ""
    lines: Sequence[str] = ()
    opening: str = ""
    """The sentence that a proof states above its figures (兹证明…); empty on everything else."""


def yuan(amount: Decimal) -> str:
    """Canonical money: two decimals, no separators."""
    return f"{amount:.2f}"


def shown(kind: ColumnKind, cell: str) -> str:
    """A cell as people read it: 1,234.50; 2024年03月; the rest as it stands."""
    if not cell:
        return ""
    if kind is ColumnKind.MONEY:
        return f"{Decimal(cell):,.2f}"
    if kind is ColumnKind.MONTH and len(cell) == 7:
        return f"{cell[:4]}年{cell[5:]}月"
    return cell
