"""Which tables a statement is about: what is read of others can be no other than what is committed, whatever waits to be written."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ClauseElement, Delete, Executable, Table, TextClause
from sqlalchemy.sql import visitors


def touched(statement: Executable) -> frozenset[str]:
    """The names of the tables that a statement reads or writes, with those whose rows go with the rows that it deletes. Raises TypeError
    for text, which does not tell."""
    clause = cast("ClauseElement", statement)
    if isinstance(clause, TextClause):
        raise TypeError("a statement of text")
    tables = {one for one in visitors.iterate(clause) if isinstance(one, Table)}
    if isinstance(clause, Delete):
        everything = [other for table in tables for other in table.metadata.tables.values()]
        tables |= {other for other in everything for key in other.foreign_keys if key.ondelete and key.column.table in tables}
    return frozenset(table.name for table in tables)
