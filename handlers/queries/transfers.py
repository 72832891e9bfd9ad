"""转移接续信息 (BJQ-P-02d): all of the person's own 养老 and 医疗 transfers, without a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogs.masks import masked_phone
from dialogs.statement import Statement
from handlers.queries.sheets import Sheet, count, found, nothing, text
from handlers.query import Asker, Query
from storage.ports.records import Transfer
from storage.ports.repositories import Repositories
from storage.ports.time import Span

PLACES_NAMED = 3
"""How many places a line of the chat names; the rest are on the page."""


def _span(row: Transfer) -> str:
    return Span(row.start, row.end).label


_WHEN = text("span", "实际缴费起止年月", _span, 2.0)
_MONTHS = count("months", "实际缴费月数", total=True, chat=True, say="共 {} 个月")
_ORIGIN = text("origin_place", "原参保地", weight=1.6, chat=True)
_OUT = text("out_place", "转出地", weight=1.6)

PENSION_ONE: Sheet[Transfer] = Sheet(
    code="transfer_pension_1",
    caption="养老保险转移接续信息",
    always_total=True,
    columns=(_WHEN, _MONTHS, _ORIGIN, _OUT),
)

PENSION_TWO: Sheet[Transfer] = Sheet(
    code="transfer_pension_2",
    caption="养老保险转移接续信息（第二张表）",
    always_total=True,
    columns=(_WHEN, _MONTHS, _ORIGIN),
)
"""The manual's text does not name the second table."""

MEDICAL: Sheet[Transfer] = Sheet(
    code="transfer_medical",
    caption="医疗保险转移接续信息",
    columns=(
        _WHEN,
        count("months", "实际缴费月数", chat=True, say="共 {} 个月"),
        text("out_place", "转出地", weight=1.6, chat=True),
    ),
)
"""Without 合计 in the manual."""

_PARTS = (("养老", "pension", 1, PENSION_ONE), ("养老（第二张表）", "pension", 2, PENSION_TWO), ("医疗", "medical", 0, MEDICAL))


async def transfers(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """转移接续 (BJQ-P-02d). No parameters. One range of the person's rows."""
    rows = sorted(await tx.rights.of(Transfer, asker.person.id), key=lambda row: (row.start, row.end))
    title = "参保人员转移接续信息"
    parts = [
        (label, sheet, some)
        for label, insurance, section, sheet in _PARTS
        if (some := [row for row in rows if row.insurance == insurance and section in {0, row.section}])
    ]
    if not parts:
        there = "别处的参保记录要办理转移手续后，才会出现在这里。"
        return nothing(asker, "BJQ-P-02d", title, searched="您名下全部的养老、医疗转移接续", there=there)
    region = asker.region
    return found(
        asker,
        "BJQ-P-02d",
        title,
        [sheet.table(region, some) for _, sheet, some in parts],
        (
            f"查到 {sum(len(some) for _, _, some in parts)} 条转移接续记录。",
            *(_by_place(label, some) for label, _, some in parts),
        ),
        facts=_header(asker),
        lines=[f"{label}：{line}" for label, sheet, some in parts for line in sheet.lines(region, some)],
    )


def _header(asker: Asker) -> tuple[tuple[str, str], ...]:
    """个人基本信息, beside name, number and status."""
    person = asker.person
    pairs = (
        ("性别", person.gender),
        ("出生日期", person.birth_date.isoformat()),
        ("手机号码", masked_phone(person.phone) if person.phone else ""),
    )
    return tuple((label, value) for label, value in pairs if value)


def _by_place(label: str, rows: Sequence[Transfer]) -> str:
    months: dict[str, int] = {}
    for row in rows:
        place = row.origin_place or row.out_place or "未写明地点"
        months[place] = months.get(place, 0) + row.months
    named = [f"{place} {some} 个月" for place, some in list(months.items())[:PLACES_NAMED]]
    more = f" 等 {len(months)} 个地方" if len(months) > PLACES_NAMED else ""
    return f"{label}：共 {sum(months.values())} 个月（{'，'.join(named)}{more}）"


QUERIES: dict[str, Query] = {"transfers": transfers}
"""By the name that links and documents carry."""

SHEETS = (PENSION_ONE, PENSION_TWO, MEDICAL)
