"""What the file of each kind looks like: its heads and one row, to begin from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from storage.imports import certifications, contributions, people
from storage.imports.rights import HEADS, JOBS, WHO
from storage.imports.rights_kinds import KINDS
from storage.imports.table import Column

_ID_NO, _NAME = "000001199001010014", "张示例"
_OTHERS: Mapping[str, tuple[tuple[Column, ...], Mapping[str, str]]] = {
    "people": (
        people.COLUMNS,
        {"手机号码": "15400000000", "人员状态": "在职", "缴费人员类别": "本市城镇职工"},
    ),
    "contributions": (
        contributions.COLUMNS,
        {
            "险种": "养老",
            "费款所属期": "2024-08",
            "单位名称": "示例机械有限公司",
            "统一社会信用代码": "91000000DE0000014H",
            "缴费基数": "8000.00",
            "单位缴费金额": "1280.00",
            "个人缴费金额": "640.00",
            "性质": "正常缴费",
            "到账日期": "2024-08-20",
        },
    ),
    "certifications": (
        certifications.COLUMNS,
        {"认证日期": "2024-03-01 10:20", "渠道": "APP认证", "结果": "通过", "是否代办": "否"},
    ),
}


def example(code: str) -> str:
    """Two lines of CSV, ready to be imported where that person is on file. Raises KeyError for a kind that there is not."""
    if code in KINDS:
        heads = [column.name for column in WHO]
        cells = dict(zip(heads, (_ID_NO, _NAME), strict=True))
        for one in KINDS[code].fields:
            cells[one.column.name] = one.example
    elif code in JOBS:
        cells = {column.name: shown for column, _, shown in HEADS[JOBS[code]]}
    else:
        columns, filled = _OTHERS[code]
        cells = {column.name: {"证件号码": _ID_NO, "姓名": _NAME, **filled}.get(column.name, "") for column in columns}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(cells)
    writer.writerow(cells.values())
    return out.getvalue()
