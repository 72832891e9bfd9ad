"""Where rows come from, read one by one: a CSV or XLSX file, or a query against the agency's own database.

A CSV file and a query are never held as a whole: a million rows cost no more memory than a thousand. An XLSX file is an archive that
has to be unpacked first, so `guard` holds it to 100,000 rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.imports import guard
from storage.imports.report import Problem, Refused
from storage.imports.sheet import File, heads_of, read_sheet, records_of, too_many
from storage.imports.table import Cell, Column, Heads, Row, Sheet
from storage.ports.time import SHANGHAI

BATCH = 1000
_UNKNOWN_URL = "来源数据库的地址应像 postgresql://用户:密码@主机/库名 或 sqlite:///文件路径"


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A SELECT whose columns are called as those of a file are. It is run read-only."""

    url: str = field(repr=False)  # it may hold a password
    sql: str


Given = File | SqlSource


@dataclass(slots=True)
class Stream:
    """Rows as they come. `problems` are those of the heads and of the file as a whole; a row's own problems come with the row.

    `usable` is False when a required column is missing: looking at the rows would only make noise.
    """

    columns: frozenset[str]
    problems: tuple[Problem, ...]
    usable: bool
    rows: AsyncIterator[tuple[Row, list[Problem]]]


@asynccontextmanager
async def opened(given: Given, columns: Sequence[Column]) -> AsyncIterator[Stream]:
    """Open a source; what a file is is told by its bytes. Raises Refused here or while rows are read, when it cannot be read at all."""
    if isinstance(given, SqlSource):
        async with aclosing(_answers(given)) as records:
            heads = Heads(0, await anext(records), columns)
            yield Stream(heads.columns, tuple(heads.problems), heads.usable, _rows(heads, records, first=1))
        return
    table, before = records_of(given)
    number, names = heads_of(table)
    heads = Heads(number, names, columns)
    async with aclosing(_each(table)) as records:
        yield Stream(heads.columns, (*before, *heads.problems), heads.usable, _rows(heads, records, first=number + 1))


async def sheet_of(given: Given, columns: Sequence[Column]) -> Sheet:
    """All rows of a source that is small enough to be held: at most as many as an XLSX file. Raises Refused."""
    if not isinstance(given, SqlSource):
        return read_sheet(given, columns)
    rows: list[Row] = []
    async with opened(given, columns) as stream:
        async for row, _ in stream.rows:  # under the names of a query nothing can stand outside a column
            if len(rows) >= guard.MAX_ROWS:
                raise too_many()
            rows.append(row)
        return Sheet(stream.columns, tuple(rows), stream.problems, stream.usable)


async def _rows(heads: Heads, records: AsyncIterator[list[Cell]], first: int) -> AsyncGenerator[tuple[Row, list[Problem]], None]:
    number = first
    async for cells in records:
        problems: list[Problem] = []
        row = heads.row(number, cells, problems)
        if row.cells or problems:
            yield row, problems
        number += 1


async def _each(table: Iterable[list[Cell]]) -> AsyncGenerator[list[Cell], None]:
    for cells in table:
        yield cells


# ── databases ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _address(url: str) -> URL:
    """With the driver that can stream, opened for reading only."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Refused(_UNKNOWN_URL) from None
    backend = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+asyncpg")
    if backend == "sqlite" and parsed.database and ":memory:" not in parsed.database:
        path = quote(str(Path(parsed.database).absolute()))
        return URL.create("sqlite+aiosqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    raise Refused(_UNKNOWN_URL)


async def _answers(source: SqlSource) -> AsyncGenerator[list[Cell], None]:
    """The names of the columns, then the rows, fetched in batches."""
    engine = create_async_engine(_address(source.url), poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(postgresql_readonly=True)
    query = text(source.sql.strip().rstrip(";").replace(":", "\\:"))  # a colon in it names no parameter of ours
    try:
        async with engine.connect() as connection, connection.stream(query, execution_options={"yield_per": BATCH}) as result:
            yield list(result.keys())
            async for row in result:
                yield [_cell(value) for value in row]
    except Exception as error:
        # While a server's rows are streamed its driver's own errors come through as they are; they carry an SQLSTATE.
        if not isinstance(error, SQLAlchemyError | OSError | sqlite3.Error) and getattr(error, "sqlstate", None) is None:
            raise
        raise Refused(_trouble(error)) from error
    finally:
        await engine.dispose()


def _trouble(error: Exception) -> str:
    """A sentence without the address. The database's own words only where they name tables and columns, never a value."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(origin, "sqlstate", None) or "")
    said = str(origin).splitlines()[0][:200] if str(origin) else ""
    said = said.rpartition(">: ")[2]
    if state.startswith("42") or said.startswith(("no such ", "near ", "ambiguous column")):
        return f"查询语句执行不了：{said}"
    if state.startswith("25") or "readonly" in said:
        return "查询语句只能读取（SELECT），不能修改来源数据库"
    if isinstance(error, SQLAlchemyError) and not isinstance(error, DBAPIError):
        return "查询语句没有返回数据，请写一条 SELECT"
    return f"来源数据库读不下去，请检查地址、账号和查询语句{f'（{state}）' if state else ''}"


def _cell(value: Any) -> Cell:
    """A value of a database as a cell. Numbers are exact there, so that they may be written out (in a file they may have lost digits)."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int() | Decimal():
            return str(value)
        case datetime() if value.tzinfo is not None:
            return value.astimezone(SHANGHAI).replace(tzinfo=None)
        case str() | float() | datetime() | date() | time() | timedelta():
            return value
        case _:
            return str(value)
