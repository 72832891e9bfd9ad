"""劳动用工备案 (BZ-38)."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.phrases import day as day_said
from dialogs.statement import Statement
from handlers.queries.sheets import Sheet, day, found, nothing, text
from handlers.query import Asker, Query
from storage.ports.records import LabourFiling
from storage.ports.repositories import Repositories

OPEN_END = "无固定期限"

LABOUR_SHEET: Sheet[LabourFiling] = Sheet(
    code="labour_filing",
    caption="劳动用工备案",
    columns=(
        text("employer", "单位名称", weight=2.4),
        day("contract_start", "合同开始日期"),
        text("contract_end", "合同终止日期", lambda row: row.contract_end.isoformat() if row.contract_end else OPEN_END, 1.3),
        text("post", "岗位", weight=1.2),
        text("employ_form", "用工形式", weight=1.4),
        day("filed_on", "备案日期"),
        text("status", "状态"),
    ),
)


async def labour_filing(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """劳动用工备案信息 (BZ-38) of the person, newest contract first. No conditions."""
    title = "劳动用工备案信息"
    records = sorted(
        await tx.rights.of(LabourFiling, asker.person.id), key=lambda one: (one.contract_start, one.employer), reverse=True
    )
    if not records:
        there = "用工备案由单位办理，请先问一问单位经办人。"
        return nothing(asker, "BZ-38", title, searched="您名下的劳动用工备案", there=there)
    newest = records[0]
    until = f"到 {day_said(newest.contract_end)}" if newest.contract_end else f"，{OPEN_END}"
    said = tuple(
        f"{row.employer}：{day_said(row.contract_start)}起"
        f"{f'至{day_said(row.contract_end)}' if row.contract_end else f'，{OPEN_END}'}，{row.status}"
        for row in records
    )
    summary = (
        f"最近的用工备案：{newest.employer}，{newest.status}。",
        f"劳动合同 {day_said(newest.contract_start)}{until}。",
        f"岗位 {newest.post}，{newest.employ_form}，{day_said(newest.filed_on)}备案。",
        *((f"一共 {len(records)} 条备案。",) if len(records) > 1 else ()),
    )
    table = LABOUR_SHEET.table(asker.region, records)
    return found(asker, "BZ-38", title, (table,), summary, lines=said if len(said) > 1 else ())


SHEETS = (LABOUR_SHEET,)

QUERIES: dict[str, Query] = {"labour_filing": labour_filing}
"""By the name that links and documents carry."""
