"""Words and days about cases: what a state is called, when something is due, when it will probably be finished."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from dialogs.filing import Filing, Stage
from dialogs.masks import masked_card, masked_id, masked_phone
from dialogs.phrases import day
from storage.ports.records import Case, CaseState
from storage.ports.regions import Region
from storage.workdays import Due, due, year_published

NEUTRAL: Mapping[CaseState, tuple[str, str]] = {
    CaseState.DRAFT: ("待提交", "还没有提交"),
    CaseState.UNPAID: ("处理中", "等待缴费"),
    CaseState.REVIEW: ("处理中", "等待审核"),
    CaseState.SECOND: ("处理中", "等待复核"),
    CaseState.SUPPLEMENT: ("处理中", "等待补正"),
    CaseState.WORKING: ("处理中", "正在办理"),
    CaseState.READY: ("处理中", "等待领取"),
    CaseState.DONE: ("处理结束", "已办结"),
    CaseState.REFUSED: ("处理结束", "未通过"),
    CaseState.WITHDRAWN: ("处理结束", "已撤回"),
    CaseState.VOID: ("处理结束", "已作废"),
}
"""(办理状态, 业务反馈状态) where a region has no words of its own."""

TO_READ = "，请设为已读"
"""Stands after 业务反馈状态 of a decided case until the person has read it (济南)."""

USUAL_DAYS: Mapping[str, int] = {"supplement": 10, "unread": 3}
OTHERWISE = 5
"""Working days where neither the region nor we have said anything."""


def words(region: Region, state: CaseState) -> tuple[str, str]:
    """(办理状态, 业务反馈状态) of a state in the region's own words (features.md 0.4)."""
    return region.case_words.get(state) or NEUTRAL[state]


def days_of(region: Region, key: str) -> int:
    """Working days by their key; 0 for ''."""
    return region.days.get(key, USUAL_DAYS.get(key, OTHERWISE)) if key else 0


def fee_of(filing: Filing, region: Region, answers: Mapping[str, str]) -> Decimal:
    """元; zero when nothing has to be paid."""
    try:
        key = filing.fee_key(answers)
    except KeyError:  # it hangs on an answer that is still missing
        key = ""
    return region.fees.get(key, Decimal("0.00")) if key else Decimal("0.00")


def still_needed(filing: Filing, region: Region, *, reviewed: bool, stage: str = "") -> int:
    """Working days until it is finished: the review unless it is over, and the stages from `stage` on; fetching is not counted."""
    names = [one.name for one in filing.stages]
    ahead = filing.stages[names.index(stage) :] if stage in names else filing.stages
    review = 0 if reviewed or filing.review is None else days_of(region, filing.review.days)
    return review + sum(days_of(region, one.days) for one in ahead if one.by != "person")


def estimate(filing: Filing, region: Region, today: date) -> Due | None:
    """When a filing that is made today will probably be finished; None when it is finished at once or nobody can say."""
    needed = still_needed(filing, region, reviewed=False)
    return due(today, needed) if needed else None


def told_day(value: date, today: date) -> str:
    """A day counted in working days. Where a year's holidays are not published yet, it says so."""
    known = all(year_published(year) for year in range(today.year, value.year + 1))
    return day(value) if known else f"{day(value)}（节假日安排公布后可能调整）"


def begun(stage: Stage, case: Case, today: date) -> str:
    """What the person reads when a stage begins; '' where the declaration says nothing."""
    until = case.due_on or case.expected_on
    told = stage.told if isinstance(stage.told, str) else stage.told(case.answers)
    return told.format(case=case.case_no, day=told_day(until, today) if until else "办好后")


def question_of(filing: Filing, label: str) -> str:
    """The name of the step that is shown under that label; '' if there is none."""
    return next((step.name for step in filing.steps if step.label == label), "")


_IDENTIFIER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{12,19}|1[0-9]{10})(?![0-9A-Za-z])")


def hidden(text: str) -> str:
    """The text with every 证件号码, 手机号 and card or account number in it masked."""

    def masked(found: re.Match[str]) -> str:
        number = found[0]
        return masked_phone(number) if len(number) == 11 else masked_id(number) if len(number) == 18 else masked_card(number)

    return _IDENTIFIER.sub(masked, text)


def filed(filing: Filing, answers: Mapping[str, str]) -> dict[str, str]:
    """What was filed, by label, as people read it; identifiers masked."""
    return {
        step.label: hidden(step.shown(answers[step.name]))
        for step in filing.steps
        if step.label and answers.get(step.name) and holds(step.applies, answers)
    }


def holds(when: Callable[[Mapping[str, str]], bool], answers: Mapping[str, str]) -> bool:
    """Whether a question or a material applies; not while the answer that it hangs on is missing."""
    try:
        return when(answers)
    except KeyError:
        return False
