"""Issued → PDF (A4, PDF/A-2a, tagged) and its pages as pictures. Deterministic: the same Issued gives the same bytes.

What is decided here is only how things are written and arranged; how they look is in `document.typ`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pikepdf

from dialogs.statement import Column, ColumnKind, Statement, Table, head_runs, shown
from handlers.documents.columns import INSET_PT, LANDSCAPE_PT, PORTRAIT_PT, Arrangement, arrange, pieces, width_em
from handlers.documents.issued import SAMPLE_TEXT, STATUS_TEXTS, Issued, forbidden, tidy
from handlers.documents.numbers import group_check_code, group_serial
from handlers.documents.pattern import wave_svg
from handlers.documents.qr import qr_svg
from handlers.documents.tokens import has_token
from handlers.documents.typesetter import Typesetter, Unprintable
from storage.ports.time import SHANGHAI

TEMPLATE = "document.typ"
LONG_ROWS = 150
"""From here on a document is packed (tags are most of its size) and typst's memory is given back afterwards."""
FACT_LABEL_EM, FACT_VALUE_EM = 8.0, 16.0
"""Up to this width facts stand beside each other: two, and three on a lying page."""
STATED_PT = 13.0
"""Letters of the sentence of a proof."""
ABOUT_A_PAGE = {False: (26, 48), True: (12, 30)}
"""So many lines (upright, lying) may be a little more than a page: then it is measured, which takes a third of the time again, and set
with less space between the lines where that saves the page."""

LONGEST_LABEL_EM = 10.0
"""Labels are not given more room than this; they wrap."""
AGENCY_EM, LONGEST_CAPTION_EM = 14.0, 30.0
"""Where words of the agency's name and of a caption are broken if they are longer still."""
TITLE_EM = 19.0
"""Where words of the title are broken: beside the code of a lying page there is no more room than this."""
LONGEST_RUNNING_EM = 28.0
PROVED = "特此证明。"
"""What a sentence ends with that proves something to others: under it is space for what the paper is used for."""
NO_TITLE = "单据"
"""A tagged document must have a title."""
FACT_PT, LABEL_PT, NOTE_PT = 10.0, 9.0, 8.5
"""Sizes of letters in `document.typ`, for words so long that they must be broken."""

QR_MM, QR_WITH_TOKEN_MM = 23.0, 31.0
"""A code with a token has half as many modules again to a side; each must be as large on a photo of the paper."""

Words = str | list[str]
"""A text, or the pieces between which a line may be broken."""

_SIDES = {ColumnKind.MONEY: "right", ColumnKind.COUNT: "right", ColumnKind.MONTH: "center", ColumnKind.DATE: "center"}
_EMPTY = {
    ColumnKind.TIME: "—",
    ColumnKind.MONEY: "—",
    ColumnKind.COUNT: "—",
    ColumnKind.MONTH: "—",
    ColumnKind.DATE: "—",
    ColumnKind.TEXT: "",
}


def render_pdf(issued: Issued, typesetter: Typesetter) -> bytes:
    """The document. Raises `Unprintable` if a character has no glyph: nothing is ever left out silently. CPU-bound; call it in a thread."""
    data, images, timestamp = _prepared(issued)
    made = typesetter.pdf(TEMPLATE, data, images, timestamp)
    if not is_long(issued.statement):
        return made
    typesetter.forget()
    return pack(made)


def is_long(statement: Statement) -> bool:
    """Whether the document is worth packing."""
    return sum(len(table.rows) for table in statement.tables) >= LONG_ROWS


def pack(pdf: bytes) -> bytes:
    """The same document with its objects in compressed streams: 600 rows shrink to a third. Deterministic, stays PDF/A."""
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return packed.getvalue()


def _prepared(issued: Issued) -> tuple[dict[str, Any], dict[str, str], int]:
    data = describe(issued)
    refused = "".join(dict.fromkeys(forbidden("".join(_texts(data)))))
    if refused:
        raise Unprintable(refused)
    return data, {"qr": qr_svg(issued.verify_url), "pattern": wave_svg()}, int(issued.created_at.timestamp())


def describe(issued: Issued) -> dict[str, Any]:
    """Everything that `document.typ` shows, as plain data; texts tidied, figures written out, widths decided."""
    statement = issued.statement
    at = issued.created_at.astimezone(SHANGHAI)
    heads, units = zip(*(_heads(table) for table in statement.tables), strict=True) if statement.tables else ((), ())
    arrangement = arrange(statement.tables, heads)
    width = LANDSCAPE_PT if arrangement.landscape else PORTRAIT_PT
    facts = _facts(statement, 3 if arrangement.landscape else 2)
    label_em = min(LONGEST_LABEL_EM, max((width_em(label) for row in facts for label, _ in row), default=0.0))
    room_em = (width - label_em * LABEL_PT) / FACT_PT - 4
    title = tidy(statement.title).strip() or NO_TITLE
    return {
        "title": title,
        "title_words": _breakable(title, TITLE_EM),
        "running": [_cut(title), _cut(tidy(statement.agency))],
        "agency": tidy(statement.agency),
        "agency_words": _breakable(tidy(statement.agency), AGENCY_EM),
        "period": _breakable(tidy(statement.period), width / FACT_PT / 1.1),
        "opening": _breakable(tidy(statement.opening), width / STATED_PT / 1.1),
        "proof": statement.opening.endswith(PROVED),
        "serial": group_serial(issued.serial_no),
        "code": group_check_code(issued.check_code),
        "status": STATUS_TEXTS.get(issued.status, STATUS_TEXTS["revoked"]),
        "sample": SAMPLE_TEXT if issued.sample else "",
        "qr_mm": QR_WITH_TOKEN_MM if has_token(issued.verify_url) else QR_MM,
        "landscape": arrangement.landscape,
        "size": arrangement.size_pt,
        "inset": INSET_PT,
        "facts": [[(_breakable(label, label_em), _breakable(value, room_em)) for label, value in row] for row in facts],
        "across": 3 if arrangement.landscape else 2,
        "near": _is_about_a_page(statement, len(facts), arrangement.landscape),
        "label_pt": LABEL_PT * label_em + 12.0,
        "tables": [
            _table(table, list(heads[index]), units[index], arrangement, index) for index, table in enumerate(statement.tables)
        ],
        "notes": [_breakable(note, width / NOTE_PT - 3) for note in (*map(tidy, statement.notes), _how_to_verify(issued))],
        "as_of": _day(statement.as_of),
        "day": f"{at.year}年{at.month}月{at.day}日",
        "issued": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        "at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
    }


def _is_about_a_page(statement: Statement, facts: int, lying: bool) -> bool:
    """Counted roughly, in lines of a table."""
    lines = (
        sum(len(table.rows) + 3 for table in statement.tables) + facts + len(statement.notes) + (8 if statement.opening else 0)
    )
    least, most = ABOUT_A_PAGE[lying]
    return least <= lines <= most


def _how_to_verify(issued: Issued) -> str:
    return (
        "本单据可随时核验：扫描右上角的二维码，或在公众号内发送“校验”并输入流水号和校验码，"
        f"或打开 {issued.verify_address} 查询。核验结果与本单据不一致的，以核验结果为准。"
    )


def _cut(text: str) -> Words:
    """For the head of the later pages: one or two lines at most (the first page has the whole)."""
    line = " ".join(text[:200].split())
    while width_em(line) > LONGEST_RUNNING_EM:
        line = line[:-2].rstrip("…") + "…"
    return _breakable(line, LONGEST_RUNNING_EM / 2)


def _breakable(text: str, room_em: float) -> Words:
    parts = pieces(text, room_em)
    return text if len(parts) <= 1 else parts


def _facts(statement: Statement, across: int) -> list[list[tuple[str, str]]]:
    """Rows of one fact, or of up to `across` where all are short. The holder comes first if no fact names them."""
    facts = [(tidy(label), tidy(value)) for label, value in statement.facts]
    holder = tidy(statement.holder)
    if holder and all(value != holder for _, value in facts):
        facts.insert(0, ("持有人", holder))
    rows: list[list[tuple[str, str]]] = []
    for fact in facts:
        if rows and len(rows[-1]) < across and _is_short(fact) and _is_short(rows[-1][0]):
            rows[-1].append(fact)
        else:
            rows.append([fact])
    return rows


def _is_short(fact: tuple[str, str]) -> bool:
    label, value = fact
    return width_em(label) <= FACT_LABEL_EM and width_em(value) <= FACT_VALUE_EM and "\n" not in value


def _heads(table: Table) -> tuple[tuple[str, ...], str]:
    """The columns' heads, and what stands above the table when all money in it has one unit (`金额单位：元`)."""
    units = {column.unit for column in table.columns if column.kind is ColumnKind.MONEY}
    common = units.pop() if len(units) == 1 else ""

    def head(column: Column) -> str:
        lifted = not column.unit or (column.kind is ColumnKind.MONEY and column.unit == common)
        return tidy(column.title) if lifted else f"{tidy(column.title)}（{tidy(column.unit)}）"

    return tuple(head(column) for column in table.columns), f"金额单位：{tidy(common)}" if common else ""


def _table(table: Table, heads: list[str], unit: str, arrangement: Arrangement, index: int) -> dict[str, Any]:
    widths = arrangement.widths_pt[index]
    rooms = [(width - 2 * INSET_PT) / arrangement.size_pt for width in widths]
    return {
        "caption": _breakable(tidy(table.caption).strip(), LONGEST_CAPTION_EM),
        "unit": unit,
        "heads": [_breakable(head, room) for head, room in zip(heads, rooms, strict=True)],
        "groups": [[_breakable(tidy(name), LONGEST_CAPTION_EM), count] for name, count in head_runs(table.columns)],
        "sides": [_SIDES.get(column.kind, "left") for column in table.columns],
        "widths": [round(width, 3) for width in widths],
        "rows": [_row(table, row, rooms) for row in table.rows],
        "totals": _row(table, table.totals, rooms, empty="") if table.totals else [],
    }


def _row(table: Table, row: tuple[str, ...], rooms: list[float], empty: str | None = None) -> list[Words]:
    """The cells as printed. Nothing to show is a dash among figures, and empty among texts and totals."""
    cells: list[Words] = []
    for column, cell, room in zip(table.columns, row, rooms, strict=True):
        text = tidy(shown(column.kind, cell)) or (_EMPTY[column.kind] if empty is None else empty)
        cells.append(_breakable(text, room))
    return cells


def _day(iso: str) -> str:
    """2024年9月11日 of 2024-09-11; anything else as it stands."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return tidy(iso)
    return f"{day.year}年{day.month}月{day.day}日"


def _texts(value: Any) -> Iterator[str]:
    """Every string in the data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
