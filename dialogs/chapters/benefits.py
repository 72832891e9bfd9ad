"""待遇: 养老 and 工伤 by period in 北京 (BJQ-P-04a, BJQ-P-04b); 退休金, 失业金, 工伤, 生育, 医疗报销 by month in 滨州 (BZ-31 … BZ-35)."""

from __future__ import annotations

from collections.abc import Callable

from dialogs.declare import Dialog, Guide, Option, Wish
from dialogs.vocabulary import Month, Period, Query, dialogs_of
from storage.ports.regions import Region


def instead(feature: str, dialog: str) -> Callable[[Region], Wish | None]:
    """For `Query.counterpart`: that dialog where the region has the feature."""
    return lambda region: Wish(dialog) if region.offers(feature) else None


_MISSING = (("钱没到账怎么办", Wish("pension_missing")),)

PENSION = Query(
    name="pension",
    title="养老待遇查询",
    covers=("BJQ-P-04a",),
    asks=(Period(prompt="您想查哪段时间的养老待遇？可以回复数字，也可以直接说，例如 2024年1月到6月。", assumed=True),),
    forms=(Option("info", "待遇信息"), Option("detail", "待遇明细")),
    leads=_MISSING,
    counterpart=instead("BZ-31", "retirement_pay"),
    help="不说时间就是最近一年；也可以说“今年”“去年”“2024年1月到6月”。先告诉您最近一个月发了多少，再告诉您这段时间的合计。",
)

INJURY = Query(
    name="injury",
    title="工伤待遇查询",
    covers=("BJQ-P-04b",),
    asks=(Period(prompt="您想查哪段时间的工伤待遇？可以回复数字，也可以直接说，例如 2024年1月到6月。", assumed=True),),
    counterpart=instead("BZ-33", "injury_month"),
    help="不说时间就是最近一年；也可以说“今年”“去年”“2024年1月到6月”。",
)


def _month(what: str) -> Month:
    return Month(prompt=f"您想查哪个月的{what}？可以回复数字，也可以直接发年月，例如 2024-08。", assumed=True)


_A_MONTH = "不说时间就是最近有记录的一个月；想看别的月份，发年月就行，例如 2024-08、“上个月”。"

RETIREMENT_PAY = Query(
    name="retirement_pay",
    title="退休金查询",
    covers=("BZ-31",),
    asks=(_month("退休金"),),
    leads=(("开养老金收入证明", Wish("income_proof")), *_MISSING),
    counterpart=instead("BJQ-P-04a", "pension"),
    help=_A_MONTH,
)

UNEMPLOYMENT = Query(
    name="unemployment",
    title="失业金查询",
    covers=("BZ-32",),
    asks=(_month("失业金"),),
    guides=(Guide("BJH-24"),),
    help=_A_MONTH,
)

INJURY_MONTH = Query(
    name="injury_month",
    title="工伤待遇查询",
    covers=("BZ-33",),
    asks=(_month("工伤待遇"),),
    counterpart=instead("BJQ-P-04b", "injury"),
    help=_A_MONTH,
)

MATERNITY = Query(
    name="maternity",
    title="生育待遇查询",
    covers=("BZ-34",),
    asks=(_month("生育待遇"),),
    guides=(Guide("BJH-25"),),
    help=_A_MONTH,
)

MEDICAL = Query(
    name="medical",
    title="医疗报销查询",
    covers=("BZ-35",),
    asks=(_month("医疗报销"),),
    help=_A_MONTH,
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(PENSION, INJURY, RETIREMENT_PAY, UNEMPLOYMENT, INJURY_MONTH, MATERNITY, MEDICAL)
