"""[columns]: how the agency of a region wants its tables where the manual is silent about them.

`[columns.<sheet>]` has `show` (keys of columns, in order; the others are left out) and `titles` (key → head). The keys are those that
the product declares; which those are is known where the tables are made, so `doctor` and the tests compare.
"""

from __future__ import annotations

from storage.ports.regions import SheetColumns
from storage.regions.reading import Table


def columns(table: Table) -> dict[str, SheetColumns]:
    """Sheet → its columns; empty where the region says nothing."""
    return {sheet: _sheet(table.table(sheet)) for sheet in table.keys}


def _sheet(table: Table) -> SheetColumns:
    show = table.texts("show") if table.has("show") else ()
    if len(set(show)) < len(show):
        table.complain("show", "the same column twice")
    if not (table.has("show") or table.has("titles")):
        table.complain("show", "is missing, and so is titles")
    heads = table.table("titles") if table.has("titles") else None
    return SheetColumns(show, {key: heads.text(key) for key in heads.keys} if heads is not None else {})
