"""What is held about one person and one chat, table by table, as it is handed out to them."""

from __future__ import annotations

from storage.ports.record import Record


class Holding(Record):
    """The rows of one table. `columns` are what people read; a cell is text as people read it too, '' for nothing."""

    table: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
