"""Many values in one parameter: a statement stays the same, and is planned once, however many rows it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.types import TypeEngine

from storage.sql.unit import Insert, Unit

Spelling = Callable[[Table], Insert]
"""What `storage.sql.unit.Query` hands to whoever builds a statement: it tells the databases apart."""


def among(spelling: Spelling, wanted: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`wanted` is one of the values of the parameter `name`, which `packed` makes."""
    plain: TypeEngine[Any] = BigInteger() if isinstance(wanted.type, Integer) else Text()
    if spelling is SqliteInsert:
        return wanted.in_(select(func.json_each(bindparam(name, type_=Text())).table_valued(column("value", plain)).c.value))
    return wanted == any_(bindparam(name, type_=ARRAY(plain)))


def packed(unit: Unit, values: Iterable[int] | Iterable[str]) -> Any:
    """A parameter of `among`."""
    found: list[Any] = list(values)
    return msgspec.json.encode(found).decode() if unit.dialect == "sqlite" else found


def given(spelling: Spelling, name: str, columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """The rows of the parameter `name` (`rows` makes it) as something to select from, with these columns."""
    if spelling is SqliteInsert:
        each = func.json_each(bindparam(name, type_=Text())).table_valued(column("value", Text()))
        picked = [func.json_extract(each.c.value, f"$.{label}", type_=type_).label(label) for label, type_ in columns.items()]
        return select(*picked).subquery(name)
    told = func.json_to_recordset(cast(bindparam(name, type_=Text()), JSON))
    found: FromClause = told.table_valued(*[column(label, type_) for label, type_ in columns.items()], name=name)
    return found.render_derived(with_types=True)  # type: ignore[attr-defined,no-any-return]


def rows(values: Sequence[Mapping[str, Any]]) -> str:
    """A parameter of `given`."""
    return msgspec.json.encode(values).decode()
