"""Who holds a case, and when that ends by itself: a claim lasts no longer than the right to act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dialogs.filings import FILINGS
from storage.ports.records import AuditEntry, Case, CaseState, QueueFilter, QueueRow, Staff
from storage.ports.repositories import Repositories

_STAGES = (CaseState.WORKING, CaseState.READY)
_REVIEWS = (CaseState.REVIEW, CaseState.SECOND)
_AT_ONCE = 100


def turn_of(case: Case | QueueRow) -> str:
    """The role whose turn it is; '' for nobody of the staff."""
    filing = FILINGS.get(case.filing)
    if filing is None:
        return ""
    if case.state in _REVIEWS:
        return filing.review.role if filing.review else ""
    stage = filing.stage(case.stage) if case.state in _STAGES else None
    return stage.role if stage is not None and stage.by in {"staff", "person"} else ""


def may_hold(staff: Staff, case: Case) -> bool:
    """Whether the account could act on the case now."""
    return staff.active and case.region in staff.regions and turn_of(case) in staff.roles


async def as_held(tx: Repositories, case: Case) -> Case:
    """The case without the claim of somebody who may not act on it any more. Nothing is written: the next act is."""
    if case.claimed_by is None:
        return case
    holder = await tx.staff.get(case.claimed_by)
    return case if holder is not None and may_hold(holder, case) else replace(case, claimed_by=None)


async def release_claims(
    tx: Repositories, staff: Staff, regions: Sequence[str], now: datetime, actor: str = "system", role: str = "system"
) -> int:
    """Put back what this account (as it is now) has taken and may not act on any more, each audited as a `release`; how many.

    `regions` are all that are served. Raises Conflict when one of the cases is being moved at this moment.
    """
    wanted = QueueFilter(regions=tuple(sorted(regions)), claimed_by=staff.id)
    after, released = None, 0
    while rows := await tx.cases.queue(wanted, after, _AT_ONCE):
        after = rows[-1]
        for row in rows:
            case = await tx.cases.get(row.case_no)
            if case is None or case.claimed_by != staff.id or may_hold(staff, case):
                continue
            await tx.cases.save(replace(case, claimed_by=None))
            subject = await tx.people.identity_hash(case.person_id) if case.person_id else ""
            about = f"业务 {case.case_no}；{staff.login} 不能再办，放回队列"
            await tx.audit.write(AuditEntry(now, actor, role, "release", case.feature, subject, "ok", note=about))
            released += 1
    return released
