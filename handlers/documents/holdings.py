"""The whole of what is held of a person as one ZIP: a workbook for people, JSON for programs, what was uploaded, and a note."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from dialogs.statement import ColumnKind
from handlers.documents.xlsx import LONGEST_TEXT, formats_of, workbook
from storage.ports.records import Holding
from storage.ports.time import SHANGHAI

_WIDTH: Final = 22
_MONEY: Final = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")
_ROWS: Final = 1_000_000
"""Excel ends soon after."""

_NOTE: Final = """这是社保服务保存的、和您以及这个微信有关的全部数据。

我的数据.xlsx  每一类一张表，给人看。太长的内容在表里截短，完整的在 JSON 里。
我的数据.json  同样的内容，给程序读。
材料/          您上传过的材料原件。

没有放进来的：密码和验证码的加密校验值、链接的密钥（只用来核对，放出来反而不安全）；别人的姓名和微信标识；十五分钟内自动删除的答复副本；
只按加密编号计数的次数限制。
数据里有完整的证件号码和手机号，请保管好，不要转发给别人。
"""


Told = Callable[[str, str, str], str]
"""(table, head of the column, cell) → the cell as people read it."""


def packed(held: Sequence[Holding], files: Sequence[tuple[str, bytes]], at: datetime, told: Told) -> bytes:
    """The ZIP. `files` are (name, bytes). CPU-bound: run it in a thread."""
    made = io.BytesIO()
    stamp = at.astimezone(SHANGHAI)
    when = (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, body: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, when), body, zipfile.ZIP_DEFLATED)

        add("说明.txt", f"{_NOTE}\n生成时间：{stamp:%Y-%m-%d %H:%M}\n".encode())
        add("我的数据.xlsx", _workbook(held, told))
        add("我的数据.json", _json(held, stamp))
        for name, body in files:
            add(f"材料/{_safe(name)}", body)
    return made.getvalue()


def _safe(name: str) -> str:
    """Nothing in a name leads out of the folder."""
    plain = "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in name)
    return plain.strip(". ")[:120] or "材料"


def _json(held: Sequence[Holding], stamp: datetime) -> bytes:
    told = {
        "生成时间": stamp.isoformat(),
        "数据": [
            {"表": one.table, "名称": one.title, "内容": [dict(zip(one.columns, row, strict=True)) for row in one.rows]}
            for one in held
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _workbook(held: Sequence[Holding], told: Told) -> bytes:
    made = io.BytesIO()
    book = workbook(made)
    formats = formats_of(book)
    for one in held:
        sheet = book.add_worksheet(one.title[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(one.columns) - 1), _WIDTH)
        for place, label in enumerate(one.columns):
            sheet.write_string(0, place, label, formats["head"])
        for number, row in enumerate(one.rows[:_ROWS], start=1):
            for place, (head, cell) in enumerate(zip(one.columns, row, strict=True)):
                if _MONEY.fullmatch(cell):
                    sheet.write_number(number, place, float(cell), formats[ColumnKind.MONEY])
                else:
                    sheet.write_string(number, place, told(one.table, head, cell)[:LONGEST_TEXT], formats["value"])
    book.close()
    return made.getvalue()
