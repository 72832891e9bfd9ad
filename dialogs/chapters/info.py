"""登记 and 转移: BJQ-P-01, BZ-09 and BJQ-P-02d. Neither asks anything: everything that is the person's own is shown."""

from __future__ import annotations

from dialogs.declare import Dialog, Guide
from dialogs.vocabulary import Query, dialogs_of

INSURED_INFO = Query(
    name="insured_info",
    title="参保登记信息",
    covers=("BJQ-P-01", "BZ-09"),
    help="直接告诉您参保状态和参了哪些险，全部登记信息在明细页和单据里。",
)

TRANSFERS = Query(
    name="transfers",
    title="转移接续信息",
    covers=("BJQ-P-02d",),
    guides=(Guide("BJH-31"),),
    help="不用选时间，您名下养老、医疗的转移记录都会列出来。",
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(INSURED_INFO, TRANSFERS)
