"""Tables that are wide for a phone, as the ones of old people are."""

from __future__ import annotations

from typing import Final

from dialogs.statement import Column, ColumnKind, Table

_IN: Final = ("个人缴费", "集体补助", "政府补贴（市）", "政府补贴（区）")
_PARTS: Final = ("基养", "其他待遇(社补、基调、基补)", "职业年金")

HEADS: Final = Table(
    "账单信息",
    (
        Column("年度"),
        *(Column(one, ColumnKind.MONEY, group="个人账户收入") for one in _IN),
        *(Column(f"基础养老金（{one}）", ColumnKind.MONEY, group="发放养老待遇") for one in ("中央", "市", "区")),
        Column("个人账户余额", ColumnKind.MONEY),
    ),
    tuple(
        (str(2009 + n), "1000.00", "0.00", "60.00", "30.00", *("0.00" if n < 7 else "1272.00",) * 3, f"{n + 1}106.35")
        for n in range(17)
    ),
    ("合计", "17000.00", "0.00", "1020.00", "510.00", "12720.00", "12720.00", "12720.00", ""),
)
"""居民养老: two common heads, seventeen years, nothing paid out in the first seven."""

PENSION: Final = Table(
    "养老保险待遇明细",
    (
        Column("待遇发放年月", ColumnKind.MONTH),
        *(Column(one, ColumnKind.MONEY, unit="元", group="待遇项目") for one in _PARTS),
        Column("代发机构"),
    ),
    tuple(
        (f"2025-{month:02d}", *("15715.69" if n == paid else "" for n in range(3)), bank)
        for month in range(1, 13)
        for paid, bank in enumerate(("邮政储蓄（示例）", "邮政储蓄（示例）", "工商银行（示例）"))
    ),
    ("合计", "188588.28", "188588.28", "188588.28", ""),
)
"""A pension in three parts, each of its bank: three rows a month, two of three cells empty."""
