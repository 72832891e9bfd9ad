"""对账与账户: 年度对账单 (BJQ-P-03, BJH-M-19, BJH-M-20) and 养老账户清单 (BZ-30)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dialogs.declare import Ask, Dialog, Guide, Wish
from dialogs.parse import Invalid, everything, normal, period
from dialogs.vocabulary import Print, Query, Year

STATEMENT = Query(
    name="statement",
    title="年度对账单",
    covers=("BJQ-P-03", "BJH-M-19", "BJH-M-20"),
    asks=(Year(prompt="您想查哪一年的对账单？可以回复数字，也可以直接发年份，例如 2023。"),),
    guides=(Guide("BJH-30"),),
    counterpart=lambda region: Wish("record_sheet") if region.offers("BZ-29") else None,
    help="告诉我年份就行，例如 2023 或“去年”。2011年起是五险的对账单，2010年及以前是四险的。",
)

FIRST_YEAR = 1992
"""No account is older; what 全部 begins with."""

_RECENT = re.compile(r"(?:最?近|过去)([0-9]{1,2})年(?:的|来|内)?")


def years(text: str, today: date) -> tuple[int, int]:
    """From which year to which: 2019到2023, 2023, 近五年 (with this one), 全部. Raises Invalid."""
    plain = normal(text)
    if everything(text):
        return FIRST_YEAR, today.year
    if recent := _RECENT.fullmatch(plain):
        return max(FIRST_YEAR, today.year - int(recent[1])), today.year
    try:
        span = period(text, today)
    except Invalid as why:
        if "起止年月" in str(why):  # no time at all was read; anything else says what is wrong with it
            raise Invalid(f"请发起止年份，例如 {today.year - 5}到{today.year - 1}；也可以回复“全部”。") from None
        raise
    return span.start.year, span.end.year


@dataclass(frozen=True, slots=True, kw_only=True)
class Years(Ask):
    """起止年度: `2019..2023`."""

    name: str = "period"
    label: str = "年度"
    prompt: str = "清单从哪一年到哪一年？可以回复数字，也可以直接说，例如 2019到2023。"
    parse: Callable[[str, date], Any] = years
    quick: tuple[str, ...] = ("全部", "近五年", "近三年")

    def canonical(self, answer: str, today: date) -> str:
        """The two years, joined."""
        first, last = years(answer, today)
        return f"{first}..{last}"


PENSION_ACCOUNT = Query(
    name="pension_account",
    title="养老账户",
    covers=("BZ-30",),
    asks=(Years(default="全部"),),
    leads=(("选年份打印清单", Wish("pension_account_paper")),),
    counterpart=lambda region: Wish("statement") if region.offers("BJQ-P-03") else None,
    help="直接告诉您养老个人账户的余额；要打印清单，回复“打印养老账户清单”。",
)

PENSION_ACCOUNT_PRINT = Print(
    name=PENSION_ACCOUNT.paper_name,
    title="打印个人养老账户清单",
    covers=(),
    part_of=("BZ-30",),
    query="pension_account",
    asks=(Years(),),
    leads=(("看养老账户", Wish("pension_account")),),
    help="告诉我从哪一年到哪一年，例如 2019到2023，也可以说“全部”。",
)

DIALOGS: tuple[Dialog, ...] = (*STATEMENT.dialogs, PENSION_ACCOUNT.dialogs[0], *PENSION_ACCOUNT_PRINT.dialogs)
"""The list asks for its years where the answer in the chat takes all of them: the print of the manual takes the place of the usual paper."""
