"""缴费查询: BJQ-P-02a (北京) and BZ-11…15 (滨州). Period and insurance from the person's own words; the answer first."""

from __future__ import annotations

from dialogs.declare import Guide
from dialogs.vocabulary import Insurances, Period, Query

CONTRIBUTIONS = Query(
    name="contributions",
    title="缴费查询",
    covers=("BJQ-P-02a", "BZ-11", "BZ-12", "BZ-13", "BZ-14", "BZ-15"),
    asks=(Period(prompt="您想查哪段时间的缴费？可以回复数字，也可以直接说，例如 2024年1月到6月。"), Insurances()),
    guides=(Guide("BJH-30"),),
    help="告诉我时间就行：去年、近半年、2024年3月、202401-202406 都可以；也可以加上险种，例如“去年的医疗”。",
)
