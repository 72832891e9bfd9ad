"""What people are told when a case has moved: the answer first, then when and what can be done next. The applicant's own words are never repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from dialogs.case_words import begun, fee_of, told_day
from dialogs.filing import Filing
from dialogs.phrases import money
from storage.ports.records import Case, CaseState
from storage.ports.regions import Region

S = CaseState
_DONE = {"缴费": "缴费成功", "补正": "补正的内容收到了"}
"""What has just been done, by the name of the step, where it is more than handing in."""


def news_of(filing: Filing, region: Region, case: Case, note: str, today: date) -> str:
    """The sentences for the state that the case has just entered; `note` is the reason where there is one. '' where nobody need be told."""
    teller = _NEWS.get(case.state) if case.state else None
    if teller is None:
        return ""
    text = teller(filing, region, case, note, today)
    if case.state in {S.DONE, S.REFUSED} and case.finished_at is None:
        text += "\n看完请回复“进度”，把它设为已读，这件事才算办完。"
    return text


def _head(case: Case) -> str:
    return f"“{case.title}”（业务流水号 {case.case_no}）"


def _when(case: Case, today: date) -> str:
    return f"预计 {told_day(case.expected_on, today)} 办好。" if case.expected_on else ""


def _unpaid(filing: Filing, region: Region, case: Case, _note: str, _today: date) -> str:
    amount = money(fee_of(filing, region, case.answers))
    return f"{_head(case)}已保存，还要缴费 {amount}，缴了才开始审核。\n回复“进度”去缴费，过时没缴会自动作废。"


def _review(_filing: Filing, _region: Region, case: Case, _note: str, today: date) -> str:
    done = _DONE.get(case.steps[-1].name, "已提交") if case.steps else "已提交"
    return f"{_head(case)}{done}，正在等待审核。{_when(case, today)}\n有进展会在这里告诉您。"


def _second(_filing: Filing, _region: Region, case: Case, _note: str, today: date) -> str:
    return f"{_head(case)}初审通过，正在复核。{_when(case, today)}"


def _supplement(filing: Filing, _region: Region, case: Case, note: str, today: date) -> str:
    until = f"请在 {told_day(case.due_on, today)} 前补好，过了会自动作废。" if case.due_on else ""
    return f"{_head(case)}需要补正：{note}\n{until}回复“{filing.again}”去补。"


def _stage(filing: Filing, _region: Region, case: Case, _note: str, today: date) -> str:
    stage = filing.stage(case.stage)
    told = begun(stage, case, today) if stage else ""
    return told or f"{_head(case)}有新进展：{case.feedback_status}（{case.stage}）。{_when(case, today)}"


def _done(filing: Filing, _region: Region, case: Case, note: str, _today: date) -> str:
    return f"{_head(case)}：{filing.finished}" + (f"\n答复：{note}" if note else "")


def _refused(_filing: Filing, region: Region, case: Case, note: str, _today: date) -> str:
    return f"{_head(case)}没有通过。原因：{note or '没有写明'}\n改好以后可以重新办；不明白请拨打 {region.hotline}。"


def _withdrawn(_filing: Filing, _region: Region, case: Case, note: str, _today: date) -> str:
    return f"{_head(case)}已撤回。{note}"


def _void(_filing: Filing, _region: Region, case: Case, note: str, _today: date) -> str:
    return f"{_head(case)}已作废。{note}需要的话可以重新办。"


_NEWS: Mapping[CaseState, Callable[[Filing, Region, Case, str, date], str]] = {
    S.UNPAID: _unpaid,
    S.REVIEW: _review,
    S.SECOND: _second,
    S.SUPPLEMENT: _supplement,
    S.WORKING: _stage,
    S.READY: _stage,
    S.DONE: _done,
    S.REFUSED: _refused,
    S.WITHDRAWN: _withdrawn,
    S.VOID: _void,
}
