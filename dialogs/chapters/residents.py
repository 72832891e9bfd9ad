"""城乡居民: 居民养老个人对账单 (BJQ-P-06), 居民养老 and 居民医疗缴费历史 (BZ-16, BZ-17)."""

from __future__ import annotations

from dialogs.declare import Dialog, Wish
from dialogs.vocabulary import Query, Year, dialogs_of
from storage.ports.regions import Region


def _in_the_statement(region: Region) -> Wish | None:
    """Where the manual has the statement of every year instead of a question about one, that answers."""
    return Wish("resident_statement") if region.offers("BJQ-P-06") else None


def _by_the_year(region: Region) -> Wish | None:
    """Where the manual has no statement, what was paid in a year."""
    return Wish("resident_pension_paid") if region.offers("BZ-16") else None


RESIDENT_STATEMENT = Query(
    name="resident_statement",
    title="居民养老对账单",
    covers=("BJQ-P-06",),
    counterpart=_by_the_year,
    help="不用选时间，直接告诉您账户余额，每一年的账单在明细页和单据里。",
)

RESIDENT_PENSION_PAID = Query(
    name="resident_pension_paid",
    title="居民养老缴费",
    covers=("BZ-16",),
    counterpart=_in_the_statement,
    asks=(Year(prompt="您想查哪一年的居民养老缴费？可以回复数字，也可以直接发年份，例如 2023。", assumed=True),),
    help="不说年份就是最近有记录的一年；也可以说 2023、“去年”。",
)

RESIDENT_MEDICAL_PAID = Query(
    name="resident_medical_paid",
    title="居民医疗缴费",
    covers=("BZ-17",),
    asks=(Year(prompt="您想查哪一年的居民医保缴费？可以回复数字，也可以直接发年份，例如 2023。", assumed=True),),
    help="不说年份就是最近有记录的一年；也可以说 2023、“去年”。",
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(RESIDENT_STATEMENT, RESIDENT_PENSION_PAID, RESIDENT_MEDICAL_PAID)
