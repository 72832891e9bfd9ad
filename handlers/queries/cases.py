"""The paper (回执) of a case."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.statement import Column, ColumnKind, Statement, Table
from handlers.query import Asker, Query, holder_facts
from storage.ports.repositories import Repositories


async def case_paper(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """The paper (回执) of one of the person's own cases; raises LookupError for any other. `params`: case_no."""
    case = await tx.cases.by_no(params["case_no"], asker.person.id)
    if case is None:
        raise LookupError("no such case")
    columns = (
        Column("时间", ColumnKind.TIME, 1.4),
        Column("环节", weight=1.2),
        Column("状态", weight=1.0),
        Column("说明", weight=2.4),
    )
    steps = tuple((f"{step.at:%Y-%m-%d %H:%M}", step.name, step.status, step.note) for step in case.steps)
    return Statement(
        feature=case.feature,
        title=f"{case.title}回执",
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=(
            *holder_facts(asker.person),
            ("业务流水号", case.case_no),
            ("办理时间", f"{case.submitted_at:%Y-%m-%d %H:%M}"),
            ("办理状态", f"{case.handling_status}（{case.feedback_status}）"),
            *case.fields.items(),
        ),
        tables=(Table("办理环节", columns, steps),),
        notes=(asker.region.loss.does_not,) if case.feature == "BZ-19" and case.feedback_status == "挂失成功" else (),
        as_of=asker.today.isoformat(),
    )


QUERIES: dict[str, Query] = {"case_paper": case_paper}
"""By the name that links and documents carry."""
