"""Where a case can go: one table, read in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from dialogs.case_words import fee_of
from dialogs.filing import Filing, Stage
from storage.ports.records import Case, CaseState
from storage.ports.regions import Region


class Act(StrEnum):
    """What can happen to a case."""

    SUBMIT = "submit"
    PAY = "pay"
    APPROVE = "approve"
    REJECT = "reject"
    ASK_MORE = "ask_more"
    STAGE_OVER = "stage_over"
    COLLECT = "collect"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    """Nobody did what had to be done in time."""
    MONTH_END = "month_end"
    """The month is over and it was not decided (自动回撤)."""


S = CaseState
_NOTHING = Decimal("0.00")
_WORK = (S.WORKING, S.READY, S.DONE)

PATHS: Mapping[tuple[CaseState, Act], tuple[CaseState, ...]] = {
    (S.DRAFT, Act.SUBMIT): (S.UNPAID, S.REVIEW, *_WORK),
    (S.DRAFT, Act.WITHDRAW): (S.VOID,),
    (S.UNPAID, Act.PAY): (S.REVIEW, *_WORK),
    (S.UNPAID, Act.WITHDRAW): (S.VOID,),
    (S.UNPAID, Act.LAPSE): (S.VOID,),
    (S.REVIEW, Act.APPROVE): (S.SECOND, *_WORK),
    (S.REVIEW, Act.REJECT): (S.REFUSED,),
    (S.REVIEW, Act.ASK_MORE): (S.SUPPLEMENT,),
    (S.REVIEW, Act.WITHDRAW): (S.WITHDRAWN,),
    (S.REVIEW, Act.MONTH_END): (S.WITHDRAWN,),
    (S.SECOND, Act.APPROVE): _WORK,
    (S.SECOND, Act.REJECT): (S.REFUSED,),
    (S.SECOND, Act.ASK_MORE): (S.SUPPLEMENT,),
    (S.SECOND, Act.WITHDRAW): (S.WITHDRAWN,),
    (S.SECOND, Act.MONTH_END): (S.WITHDRAWN,),
    (S.SUPPLEMENT, Act.SUBMIT): (S.UNPAID, S.REVIEW),
    (S.SUPPLEMENT, Act.WITHDRAW): (S.WITHDRAWN,),
    (S.SUPPLEMENT, Act.LAPSE): (S.VOID,),
    (S.SUPPLEMENT, Act.MONTH_END): (S.WITHDRAWN,),
    (S.WORKING, Act.STAGE_OVER): _WORK,
    (S.WORKING, Act.COLLECT): _WORK,
    (S.READY, Act.STAGE_OVER): _WORK,
    (S.READY, Act.COLLECT): _WORK,
}
"""(state, act) → the states it can lead to; the first that this case has (a fee, a review, a second pair of eyes, a stage) is the next."""


_NOT_INSIDE = frozenset({Act.ASK_MORE, Act.WITHDRAW, Act.LAPSE})
"""Nobody filed it: there is nobody to ask, nothing to take back, and what is owed is not over because nobody answered."""


def next_stage(filing: Filing, case: Case) -> Stage | None:
    """The stage that comes after where the case is; the first one when it is in none."""
    return filing.after(case.stage)


_HAS: Mapping[CaseState, Callable[[Filing, Region, Case], bool]] = {
    S.REVIEW: lambda filing, _region, _case: filing.review is not None,
    S.SECOND: lambda filing, _region, _case: filing.review is not None and filing.review.four_eyes,
    S.WORKING: lambda filing, _region, case: (stage := next_stage(filing, case)) is not None and stage.state is S.WORKING,
    S.READY: lambda filing, _region, case: (stage := next_stage(filing, case)) is not None and stage.state is S.READY,
}


def leads_to(filing: Filing, region: Region, case: Case, act: Act, paid: Decimal = _NOTHING) -> CaseState | None:
    """The state of the case after the act; None when that act is not possible now. `paid` is what was paid of the fee already (元)."""
    if case.state is None or (act is Act.MONTH_END and not filing.month_end) or (filing.inside and act in _NOT_INSIDE):
        return None
    for state in PATHS.get((case.state, act), ()):
        if state is S.UNPAID and fee_of(filing, region, case.answers) <= paid:
            continue
        if state not in _HAS or _HAS[state](filing, region, case):
            return state
    return None
