"""A list for the staff as XLSX: who, what, when; typed cells, nothing that Excel would run, no serial number and no code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from dialogs.statement import Table
from handlers.documents.issued import tidy
from handlers.documents.xlsx import facts_onto, formats_of, table_onto, workbook
from storage.ports.time import SHANGHAI


def render_list(title: str, at: datetime, facts: Sequence[tuple[str, str]], table: Table) -> bytes:
    """The workbook: the list on the first sheet, what it is on the second. Texts that begin with = + - @ are texts. CPU-bound."""
    made = io.BytesIO()
    book = workbook(made)
    book.set_properties({"title": tidy(title), "created": at.astimezone(SHANGHAI).replace(tzinfo=None)})
    formats = formats_of(book)
    table_onto(book.add_worksheet(table.caption), table, formats)
    facts_onto(book.add_worksheet("说明"), title, facts, formats)
    book.close()
    return made.getvalue()
