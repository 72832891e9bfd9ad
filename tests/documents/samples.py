"""Hand-written statements whose every figure is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from dialogs.statement import Column, ColumnKind, Statement, Table, yuan
from handlers.documents import Issued
from storage.ports.time import SHANGHAI, Month

SERIAL = "202409121100000003"
CODE = "7KXM29HWT4FY"
PUBLIC_URL = "https://sb.example.gov.cn"
VERIFY_URL = f"{PUBLIC_URL}/v/{SERIAL}/{CODE}"
RARE_NAME = "欧阳𬭚䶮犇㛃𬀩𫍯"

COLUMNS = (
    Column("费款所属期", ColumnKind.MONTH),
    Column("单位名称"),
    Column("缴费基数", ColumnKind.MONEY, unit="元"),
    Column("单位缴费", ColumnKind.MONEY, unit="元"),
    Column("个人缴费", ColumnKind.MONEY, unit="元"),
    Column("到账日期", ColumnKind.DATE),
    Column("月数", ColumnKind.COUNT),
)

THREE_MONTHS = Table(
    "养老保险缴费明细",
    COLUMNS,
    (
        ("2024-01", "海淀某某科技有限公司", "6821.00", "1091.36", "545.68", "2024-01-15", "1"),
        ("2024-02", "海淀某某科技有限公司", "12000.00", "1920.00", "960.00", "2024-02-16", "1"),
        ("2024-03", "天成商贸有限公司", "12000.50", "1920.08", "960.04", "", "1"),
    ),
    ("合计", "", "", "4931.44", "2465.72", "", "3"),
)
"""1091.36 + 1920.00 + 1920.08 = 4931.44 and 545.68 + 960.00 + 960.04 = 2465.72, worked out by hand."""


def statement(table: Table = THREE_MONTHS, name: str = "张建国") -> Statement:
    return Statement(
        feature="BJQ-P-02a",
        title="参保人员缴费信息",
        region="beijing",
        agency="北京市社会保险基金管理中心",
        holder=name,
        facts=(("姓名", name), ("公民身份号码", "110199196203151234"), ("累计缴费", "3 个月")),
        tables=(table,),
        notes=("本单据所列金额为实际到账金额。",),
        as_of="2024-09-11",
        period="2024年1月 至 2024年3月",
        summary=("共 3 个月",),
    )


def issued(content: Statement | None = None, status: str = "valid") -> Issued:
    return Issued(SERIAL, CODE, datetime(2024, 9, 12, 10, 3, tzinfo=SHANGHAI), VERIFY_URL, content or statement(), status)


def long_table(rows: int) -> Table:
    """`rows` months from 1980 on; row i pays 100.00 + i 元 personally and twice that as employer."""
    body = tuple(
        (
            str(Month(1980, 1).plus(index)),
            f"第{index + 1:03d}号单位",
            "5000.00",
            yuan(Decimal(200 + 2 * index)),
            yuan(Decimal(100 + index)),
            "",
            "1",
        )
        for index in range(rows)
    )
    personal = Decimal(100 * rows + rows * (rows - 1) // 2)
    return Table("缴费明细", COLUMNS, body, ("合计", "", "", yuan(2 * personal), yuan(personal), "", str(rows)))


def with_cell(text: str) -> Statement:
    """The sample with `text` as title, fact, cell and note."""
    row = (THREE_MONTHS.rows[0][0], text, *THREE_MONTHS.rows[0][2:])
    table = replace(THREE_MONTHS, rows=(row, *THREE_MONTHS.rows[1:]))
    return replace(statement(table), title=text, facts=(("姓名", "张建国"), ("备注", text)), notes=(text,))
