"""招聘信息 and 求职信息 (BZ-36, BZ-37) as a page: public, of a region and nobody's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from dialogs.chapters.jobs import VACANCY, WHAT, readings, wanted
from dialogs.statement import Statement
from handlers.queries.sheets import Sheet, count, day, text
from storage.ports.records import JobNotice
from storage.ports.regions import Region
from storage.ports.repositories import Repositories

AT_MOST = 200

VACANCY_SHEET: Sheet[JobNotice] = Sheet(
    code="vacancies",
    caption="招聘信息",
    columns=(
        text("title", "职位", weight=1.4),
        text("place", "地点"),
        text("wage", "薪资", weight=1.4),
        text("employer", "单位", weight=2.0),
        count("headcount", "人数", lambda row: row.headcount or None),
        day("published_on", "发布日期"),
        text("contact", "联系方式", weight=1.4),
    ),
)

SEEKER_SHEET: Sheet[JobNotice] = Sheet(
    code="seekers",
    caption="求职信息",
    columns=(
        text("who", "姓名"),
        text("title", "求职意向", weight=1.4),
        text("wage", "薪资", weight=1.4),
        text("place", "地点"),
        day("published_on", "日期"),
    ),
)

SHEETS = (VACANCY_SHEET, SEEKER_SHEET)

PublicQuery = Callable[[Repositories, Region, date, Mapping[str, str]], Awaitable[Statement]]


def _listing(kind: str, feature: str, sheet: Sheet[JobNotice]) -> PublicQuery:
    async def listing(tx: Repositories, region: Region, today: date, params: Mapping[str, str]) -> Statement:
        said = params.get("wanted", "")
        rows: tuple[JobNotice, ...] = ()
        for reading in readings(wanted(said)):
            if rows := await tx.job_notices.search(region.code, kind, reading.words, reading.place, limit=AT_MOST):
                break
        return Statement(
            feature=feature,
            title=WHAT[kind],
            region=region.code,
            agency=region.agency,
            holder="",
            facts=(("查询条件", said),),
            tables=(sheet.table(region, rows),) if rows else (),
            notes=(f"最多列出最新的 {AT_MOST} 条，内容由发布的人负责。找工作不用先交钱，遇到要交押金、培训费的请当心。",),
            as_of=today.isoformat(),
            summary=(f"找到 {len(rows)} 条{WHAT[kind]}，从新到旧。",) if rows else (f"没有查到{WHAT[kind]}。",),
        )

    return listing


PUBLIC: dict[str, PublicQuery] = {
    "vacancies": _listing(VACANCY, "BZ-36", VACANCY_SHEET),
    "seekers": _listing("seeker", "BZ-37", SEEKER_SHEET),
}
"""By the name that links carry. They need nobody's log-in, and no paper is made of them."""
