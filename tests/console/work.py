"""Cases for the tests of queue and case: made as an import makes them, each with the fields that the page shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from dialogs.filings import FILINGS
from storage.ports.records import Case, CaseState, CaseStep
from storage.ports.time import SHANGHAI
from tests.console.conftest import OfficeWorld

FILED = datetime(2024, 9, 10, 9, 30, tzinfo=SHANGHAI)
"""Two days before the clock of the tests begins."""


async def put(office: OfficeWorld, number: int, filing: str, **changes: Any) -> Case:
    """A case of that filing, waiting for review in 滨州, filed by nobody unless told otherwise; its number ends with `number`."""
    declared = FILINGS[filing]
    case = Case(
        case_no=f"240910{number:09d}",
        key=f"test|{number}",
        feature=declared.covers[0] if declared.covers else declared.name,
        title=declared.title,
        region="binzhou",
        person_id=None,
        submitted_at=FILED,
        handling_status="处理中",
        feedback_status="等待审核",
        fields={},
        steps=(CaseStep(1, "提交申请", FILED, "已提交", by="本人"),),
        filing=filing,
        state=CaseState.REVIEW,
        due_on=date(2024, 9, 20),
    )
    made = replace(case, **changes)
    async with office.store.transaction() as tx:
        await tx.cases.put_many([made])
    return made


async def case_of(office: OfficeWorld, case_no: str) -> Case:
    """The case as it is stored now."""
    async with office.store.reading() as tx:
        found = await tx.cases.get(case_no)
    assert found is not None, case_no
    return found
