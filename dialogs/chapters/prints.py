"""打印业务 of 滨州: 职工社保缴费证明 (BZ-27), 养老金收入证明 (BZ-28), 个人权益记录单 (BZ-29). The manual gives no conditions; the times are ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dialogs.chapters.benefits import instead
from dialogs.declare import Dialog, Wish
from dialogs.vocabulary import Period, Print, Year, dialogs_of, whole_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Period):
    """起止年月: the whole history, taken unasked, unless a time was said."""

    parse: Callable[[str, date], Any] = whole_period
    default: str | None = "全部"

    def canonical(self, answer: str, today: date) -> str:
        return str(whole_period(answer, today))


_PENSION = ("查养老金", Wish("retirement_pay"))
_INSTEAD = (("养老金收入证明", Wish("income_proof")), _PENSION)

CONTRIBUTION_PROOF = Print(
    name="contribution_proof",
    title="职工社保缴费证明",
    covers=("BZ-27",),
    query="contribution_proof",
    asks=(Whole(),),
    counterpart=instead("BJQ-P-02a", "contributions_paper"),
    retired=_INSTEAD,
    help="一般证明全部缴费；只要一段时间的，请连时间一起说，例如“去年的缴费证明”。",
)

INCOME_PROOF = Print(
    name="income_proof",
    title="养老金收入证明",
    covers=("BZ-28",),
    query="income_proof",
    asks=(Period(prompt="证明哪段时间的养老金收入？一般用近一年，回复 1 就行；也可以直接说，例如 2024年1月到6月。"),),
    counterpart=instead("BJQ-P-04a", "pension_paper"),
    leads=(_PENSION,),
    help="一般证明近一年，回复 1 就行；要别的时间就直接说，例如“2024年1月到6月”。",
)

RECORD_SHEET = Print(
    name="record_sheet",
    title="个人权益记录单",
    covers=("BZ-29",),
    query="record_sheet",
    asks=(Year(prompt="要打印哪一年的个人权益记录单？可以回复数字，也可以直接发年份，例如 2023。"),),
    retired=_INSTEAD,
    help="一次打印一年，发年份就行，例如 2023。",
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(CONTRIBUTION_PROOF, INCOME_PROOF, RECORD_SHEET)
