"""What an import says afterwards: counts, and every problem by row and column."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.ports.record import Record
from storage.ports.repositories import Repositories, Store

NOBODY_KNOWN = "没有连数据库，没有核对这些人是否已经登记"

LISTED = 1000
"""Problems of a long source that are listed; the others are counted."""


class Refused(Exception):
    """The file as a whole cannot be used; the text is a Chinese sentence for the person who sent it."""


class Problem(Record):
    """One thing to put right. Never repeats a person's data: row and column say where to look."""

    row: int
    """As the spreadsheet counts, from 1 (the heads are usually row 1); 0 is the file as a whole."""
    column: str
    """Name of the column as in the data dictionary, a letter where it has no name, '' for the whole row."""
    problem: str

    def __str__(self) -> str:
        place = f"第{self.row}行" if self.row else "整个文件"
        return f"{place}{f'“{self.column}”' if self.column else ''}：{self.problem}"


class ImportReport(Record):
    """The outcome of one file. With any problem nothing was written; `dry_run` never writes."""

    filename: str
    region: str
    rows: int
    """Rows read that held anything, without the heads."""
    added: int
    """Rows that were new (for contributions: rows written)."""
    updated: int
    """People who were on file already and have been brought up to date."""
    dry_run: bool
    problems: tuple[Problem, ...] = ()
    """In order of rows; of a source that is read row by row the first `LISTED`."""
    unlisted: int = 0
    """How many problems there are beyond those."""
    note: str = ""
    """What else is to be said, without a full stop."""

    @property
    def ok(self) -> bool:
        """Whether the file was in order."""
        return not self.problems

    def __str__(self) -> str:
        note = f"（{self.note}）" if self.note else ""
        if self.problems:
            lines = "\n".join(str(problem) for problem in self.problems)
            more = f"\n…还有{self.unlisted}处没有列出" if self.unlisted else ""
            count = len(self.problems) + self.unlisted
            return f"{self.filename}：读到{self.rows}行，有{count}处要改，什么都没有写入。{note}\n{lines}{more}"
        done = "检查无误，按要求没有写入" if self.dry_run else "已写入"
        more = f"（新增{self.added}，更新{self.updated}）" if self.updated else ""
        return f"{self.filename}：读到{self.rows}行，{done}{more}{note}。"


@asynccontextmanager
async def working(store: Store | None) -> AsyncIterator[Repositories | None]:
    """A transaction of the store; None where there is no store (a dry run without a key)."""
    if store is None:
        yield None
        return
    async with store.transaction() as repos:
        yield repos
