"""缴费查询: BJQ-P-02a (北京) and BZ-11…15 (滨州)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from decimal import Decimal

from dialogs.charts import bar_chart
from dialogs.parse import EVER
from dialogs.phrases import money
from dialogs.statement import Column, ColumnKind, Statement, Table, yuan
from handlers.queries.months import paid_months
from handlers.query import Asker, Query, holder_facts
from storage.ports.record import Record
from storage.ports.records import KIND_LABELS, Contribution, ContributionSum, Insurance, Kind
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

ZERO = Decimal("0.00")
_MONTHS_DRAWN = 60
_NEVER = range(0)


def span_of(text: str) -> Span:
    """The inverse of `str(Span)`; raises ValueError."""
    start, _, end = text.partition("..")
    return Span(Month.parse(start), Month.parse(end or start))


def since_the_first(span: Span, months: Iterable[Month]) -> Span:
    """全部 begins with the first of the months on record; every other span is as it was asked for, and so is 全部 where there is none."""
    return Span(min(months, default=span.start), span.end) if span.start == EVER else span


def told(span: Span) -> str:
    """The span where nothing is on record in it: nobody asked for 1951, 全部 is 全部时间."""
    return "全部时间" if span.start == EVER else span.label


def insurances_of(text: str) -> tuple[Insurance, ...]:
    """Codes, comma separated; all five when empty."""
    return tuple(Insurance(code) for code in text.split(",") if code) or tuple(Insurance)


async def contributions(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """缴费查询 (BJQ-P-02a, BZ-11…15). `params`: period `2024-01..2024-06`, insurance codes. One range scan; grows with the rows shown."""
    span = span_of(params["period"])
    wanted = insurances_of(params.get("insurance", ""))
    long = asker.brief and span.end.index - span.start.index >= _MONTHS_DRAWN  # nothing is said of single rows then
    rows = () if long else await tx.contributions.between(asker.person.id, span, wanted)
    sums = await tx.contributions.sums(asker.person.id, span, wanted) if long else ()
    everything = len(wanted) == len(Insurance)
    extents = await tx.contributions.extents(asker.person.id)
    what = "五险" if everything else "、".join(kind.label for kind in wanted) + "保险"
    title = _title(_feature(asker, wanted), "" if everything else what)
    if not rows and not sums:
        return _nothing(asker, _feature(asker, wanted), title, span, what, extents)
    span = since_the_first(span, [extents[kind].start for kind in wanted if kind in extents])
    due = {kind: due_indexes(span, extents[kind], asker) for kind in wanted if kind in extents}
    # Of all five, those that the person never had are not listed: nothing in ten months would be read as ten months missing.
    listed = [kind for kind in wanted if kind in extents] if everything else wanted
    if long:
        totals = {kind: Totals.of_sums([one for one in sums if one.insurance is kind], due.get(kind, _NEVER)) for kind in listed}
    else:
        totals = {kind: Totals.of([row for row in rows if row.insurance is kind], due.get(kind, _NEVER)) for kind in listed}
    personal = sum((one.personal for one in totals.values()), ZERO)
    employer = sum((one.employer for one in totals.values()), ZERO)
    return Statement(
        feature=_feature(asker, wanted),
        title=title,
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=(*holder_facts(asker.person), ("查询险种", what)),
        period=span.label,
        tables=(_overview(totals),) if asker.brief else (_overview(totals), _detail(rows, employer, personal)),
        notes=("缴费月数按费款所属期计算，月数和合计只计已到账的；补缴、补差与正常缴费的同一个月只算一个月。",),
        as_of=asker.as_of.isoformat(),
        summary=_summary(span, what, totals, personal),
        chart=_chart(what, span, rows, wanted),
    )


_BINZHOU = {
    Insurance.PENSION: "BZ-11",
    Insurance.MEDICAL: "BZ-12",
    Insurance.UNEMPLOYMENT: "BZ-13",
    Insurance.INJURY: "BZ-14",
    Insurance.MATERNITY: "BZ-15",
}


_TITLES = {"BJQ-P-02a": ("参保人员缴费信息（五险）", "参保人员{}缴费信息")}
"""What the manual calls it: of all five, and of some; 滨州 (BZ-11…15) as in `_title`."""


def _title(feature: str, what: str) -> str:
    """As the manual of the region calls it; `what` is empty for all five."""
    of_all, of_some = _TITLES.get(feature, ("职工社会保险缴费历史", "职工{}缴费历史"))
    return of_some.format(what) if what else of_all


def _feature(asker: Asker, wanted: Sequence[Insurance]) -> str:
    return "BJQ-P-02a" if asker.region.code == "beijing" else _BINZHOU[wanted[0]]


class Totals(Record):
    """What one insurance comes to within the span. Months and amounts are of what has arrived; `missing` are months that were due."""

    months: int
    last: Month | None
    personal: Decimal
    employer: Decimal
    missing: tuple[Month, ...]
    waiting: tuple[Month, ...]
    """Months filed but 未到账."""

    @classmethod
    def of(cls, rows: Sequence[Contribution], due: range) -> Totals:
        """Worked out from the rows of one insurance and the months of the span in which one was due."""
        counted = [row for row in rows if row.kind is not Kind.REFUND]
        paid = paid_months(rows)
        waiting = {row.period for row in counted if not row.arrived} - paid
        arrived = [row for row in rows if row.arrived]
        return cls(
            months=len(paid),
            last=max(paid, default=None),
            personal=sum((row.personal_amount for row in arrived), ZERO),
            employer=sum((row.employer_amount for row in arrived), ZERO),
            missing=_but(due, {month.index for month in (*paid, *waiting)}),
            waiting=tuple(sorted(waiting)),
        )

    @classmethod
    def of_sums(cls, sums: Sequence[ContributionSum], due: range) -> Totals:
        """The same from what the rows of one insurance come to, which is a few lines where they are thousands."""
        months = {one.standing: one.months for one in sums}
        paid, waiting = months.get("paid", frozenset()), months.get("waiting", frozenset())
        return cls(
            months=len(paid),
            last=Month.from_index(max(paid)) if paid else None,
            personal=sum((one.personal for one in sums), ZERO),
            employer=sum((one.employer for one in sums), ZERO),
            missing=_but(due, paid | waiting),
            waiting=tuple(Month.from_index(one) for one in sorted(waiting)),
        )


def _but(due: range, there: Set[int]) -> tuple[Month, ...]:
    return tuple(Month.from_index(one) for one in due if one not in there)


def due_indexes(span: Span, extent: Span, asker: Asker) -> range:
    """The months of the span (`Month.index`) in which a contribution was due: from the first ever to last month; for whoever has retired
    or died, to their last."""
    end = Month.of(asker.as_of).plus(-1)
    if asker.person.person_status in {"已退休", "死亡"}:
        end = min(end, extent.end)
    return range(max(span.start, extent.start).index, min(span.end, end).index + 1)


def months_named(months: Sequence[Month]) -> str:
    """Runs of months as people say them: 2023年5月、2023年8月至10月."""
    runs: list[tuple[Month, Month]] = []
    for month in months:
        if runs and runs[-1][1].plus(1) == month:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return "、".join(
        start.label
        if start == end
        else f"{start.label}至{end.month}月"
        if start.year == end.year
        else f"{start.label}至{end.label}"
        for start, end in runs
    )


def _summary(span: Span, what: str, totals: Mapping[Insurance, Totals], personal: Decimal) -> tuple[str, ...]:
    if len(totals) == 1:
        (kind, one), *_ = totals.items()
        lines = [
            f"{span.label}，{kind.label}保险缴了 {one.months} 个月。",
            f"个人缴费 {money(one.personal)}，单位缴费 {money(one.employer)}。",
            f"最近一个月是{one.last.label}。" if one.last else "还没有到账的月份。",
        ]
        if one.missing:
            lines.append(f"缺 {len(one.missing)} 个月：{months_named(one.missing)}。")
        if one.waiting:
            lines.append(f"{months_named(one.waiting)}已申报，还没有到账。")
        return tuple(lines)
    newest = {one.last for one in totals.values() if one.last}
    together = f"，最近一个月都是{next(iter(newest)).label}" if len(newest) == 1 else ""
    head = f"{span.label}{what}缴费，个人合计 {money(personal)}{together}。"
    return (head, *(_one_line(kind, one, alone=not together) for kind, one in totals.items()))


def _one_line(kind: Insurance, one: Totals, *, alone: bool) -> str:
    last = f"，最近{one.last.label}" if one.last and alone else ""
    missing = f"，缺{months_named(one.missing)}" if one.missing else ""
    waiting = f"，{months_named(one.waiting)}未到账" if one.waiting else ""
    return f"{kind.label} {one.months} 个月{last}{missing}{waiting}"


def _overview(totals: Mapping[Insurance, Totals]) -> Table:
    columns = (
        Column("险种", weight=1.0),
        Column("缴费月数", ColumnKind.COUNT, 1.0),
        Column("最近月份", ColumnKind.MONTH, 1.2),
        Column("单位缴费", ColumnKind.MONEY, 1.4, "元"),
        Column("个人缴费", ColumnKind.MONEY, 1.4, "元"),
        Column("中断月份", ColumnKind.COUNT, 1.0),
    )
    rows = tuple(
        (
            kind.label,
            str(one.months),
            str(one.last or ""),
            yuan(one.employer),
            yuan(one.personal),
            str(len(one.missing)),
        )
        for kind, one in totals.items()
    )
    employer = sum((one.employer for one in totals.values()), ZERO)
    personal = sum((one.personal for one in totals.values()), ZERO)
    return Table("缴费汇总", columns, rows, ("合计", "", "", yuan(employer), yuan(personal), "") if len(rows) > 1 else ())


def _detail(rows: Sequence[Contribution], employer: Decimal, personal: Decimal) -> Table:
    columns = (
        Column("费款所属期", ColumnKind.MONTH, 1.25),
        Column("险种", weight=0.7),
        Column("缴费基数", ColumnKind.MONEY, 1.2, "元"),
        Column("单位缴费", ColumnKind.MONEY, 1.1, "元"),
        Column("个人缴费", ColumnKind.MONEY, 1.1, "元"),
        Column("性质", weight=1.0),
        Column("到账", weight=0.8),
        Column("单位名称", weight=2.4),
    )
    cells = tuple(
        (
            str(row.period),
            row.insurance.label,
            yuan(row.base),
            yuan(row.employer_amount),
            yuan(row.personal_amount),
            KIND_LABELS[row.kind],
            "已到账" if row.arrived else "未到账",
            row.employer,
        )
        for row in rows
    )
    label = "合计" if all(row.arrived for row in rows) else "已到账合计"
    return Table("缴费明细", columns, cells, (label, "", "", yuan(employer), yuan(personal), "", "", ""))


def _chart(what: str, span: Span, rows: Sequence[Contribution], wanted: Sequence[Insurance]) -> str:
    if not 2 <= span.end.index - span.start.index + 1 <= _MONTHS_DRAWN:
        return ""
    months = span.months
    amounts = {(row.insurance, row.period): ZERO for row in rows}
    for row in rows:
        amounts[row.insurance, row.period] += row.personal_amount
    drawn = [kind for kind in wanted if any(amounts.get((kind, month)) for month in months)]
    if not drawn:
        return ""
    series = [
        (kind.label, [yuan(amounts[kind, month]) if (kind, month) in amounts else "" for month in months]) for kind in drawn
    ]
    return bar_chart(f"{what}个人缴费（{span.label}）", "元", [str(month) for month in months], series)


def _nothing(asker: Asker, feature: str, title: str, span: Span, what: str, extents: Mapping[Insurance, Span]) -> Statement:
    known = [one for extent in extents.values() for one in (extent.start, extent.end)]
    other = (
        f"您名下有记录的是 {Span(min(known), max(known)).label}，可以换个时间再查。"
        if known
        else "您名下还没有缴费记录，新参保的一般次月才能查到。"
    )
    return Statement(
        feature=feature,
        title=title,
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=holder_facts(asker.person),
        period=told(span),
        tables=(),
        notes=(),
        as_of=asker.as_of.isoformat(),
        summary=(f"查了 {told(span)} 的{what}缴费，未查到记录。", other, f"有疑问请拨打 {asker.region.hotline}。"),
    )


QUERIES: dict[str, Query] = {"contributions": contributions}
"""By the name that links and documents carry."""
