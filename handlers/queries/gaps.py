"""断缴月份: the months of a working life in which an insurance was due and nothing arrived, with what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogs.statement import Column, ColumnKind, Statement, Table
from handlers.queries.contributions import Totals, due_indexes, months_named
from handlers.query import Asker, Query, holder_facts
from storage.ports.records import Contribution, ContributionSum, Insurance
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

_SHOWN = (Insurance.PENSION, Insurance.MEDICAL, Insurance.UNEMPLOYMENT, Insurance.INJURY, Insurance.MATERNITY)
_COLUMNS = (
    Column("险种", weight=0.8),
    Column("从", ColumnKind.MONTH, 1.0),
    Column("到", ColumnKind.MONTH, 1.0),
    Column("断缴月数", ColumnKind.COUNT, 0.9),
    Column("断缴前的单位", weight=2.2),
)
_RECENT = 3


async def gaps(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """Runs of missing months by insurance, oldest first. The whole history is added up where it lies; for the table (not where the answer is
    brief, and the unit before a run is not said) it is read as well."""
    extents = await tx.contributions.extents(asker.person.id)
    feature = "BJQ-P-02a" if asker.region.code == "beijing" else "BZ-11"
    if not extents:
        text = "您名下还没有缴费记录，看不出断缴。新参保的一般次月才能查到。"
        return _statement(asker, feature, (), (text, f"有疑问请拨打 {asker.region.hotline}。"))
    whole = Span(min(one.start for one in extents.values()), max(one.end for one in extents.values()))
    sums = await tx.contributions.sums(asker.person.id, whole)
    until = Span(whole.start, max(whole.end, Month.of(asker.as_of).plus(-1)))
    found = {kind: _missing(kind, sums, until, extents[kind], asker) for kind in _SHOWN if kind in extents}
    lines = tuple(_line(kind, extents[kind], months) for kind, months in found.items() if kind is not Insurance.PENSION)
    if not any(found.values()):
        waiting = sorted(_months(sums, "waiting") - _months(sums, "paid"))
        head = f"没有断缴：{until.label}，每个该缴的月份都到账了。"
        if waiting:
            head = f"没有断缴：{until.label}。{months_named(waiting)}已申报，还没有到账，不算断缴。"
        return _statement(asker, feature, (), (head,))
    pension = found.get(Insurance.PENSION, ())
    head = f"养老断了 {len(pension)} 个月：{_named(pension)}。" if pension else "养老没有断，别的险种有断缴的月份。"
    missing = sorted({month for months in found.values() for month in months})
    advice = _advice(missing, asker)
    rows = () if asker.brief else await tx.contributions.between(asker.person.id, whole)
    cells = tuple(row for kind, months in found.items() for row in _rows(kind, months, rows))
    table = Table("断缴月份", _COLUMNS, cells)
    note = "断缴的月份不算缴费月数；已申报、还没有到账的不算断缴。"
    return _statement(
        asker, feature, (table,), (head, *(_told(lines) if asker.brief else lines), note, advice), notes=(note, advice)
    )


def _told(lines: Sequence[str]) -> tuple[str, ...]:
    """At most three lines; where there are more, the last says that the page has the rest."""
    return tuple(lines) if len(lines) <= 3 else (*lines[:2], "其余险种点明细看。")


def _missing(kind: Insurance, sums: Sequence[ContributionSum], until: Span, extent: Span, asker: Asker) -> tuple[Month, ...]:
    own = [one for one in sums if one.insurance is kind]
    return Totals.of_sums(own, due_indexes(Span(extent.start, until.end), extent, asker)).missing


def _months(sums: Sequence[ContributionSum], standing: str) -> set[Month]:
    return {Month.from_index(month) for one in sums if one.standing == standing for month in one.months}


def _line(kind: Insurance, extent: Span, months: Sequence[Month]) -> str:
    if not months:
        return f"{kind.label}：没有断（{extent.start.label}起）。"
    return f"{kind.label}：断 {len(months)} 个月，{_named(months)}。"


def _named(months: Sequence[Month]) -> str:
    named = months_named(months)
    return named if len(named) <= 40 else f"最近一次是{months_named(_runs(months)[-1])}"


def _runs(months: Sequence[Month]) -> list[list[Month]]:
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].plus(1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _rows(kind: Insurance, months: Sequence[Month], rows: Sequence[Contribution]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for run in _runs(months):
        before = [row for row in rows if row.insurance is kind and row.period < run[0]]
        found.append((kind.label, str(run[0]), str(run[-1]), str(len(run)), before[-1].employer if before else ""))
    return found


def _advice(missing: Sequence[Month], asker: Asker) -> str:
    """What can be done; the guides of 北京 name the three months (BJH-11) and the rest (BJH-10), and who collects since (BJE-C)."""
    if asker.region.code != "beijing":
        return f"能不能补缴，请问单位，或拨打 {asker.region.hotline}。"
    recent = missing[-1] >= Month.of(asker.as_of).plus(-_RECENT)
    where = "近三个月的可以请单位在网上补缴，再早的要单位到窗口补缴" if recent else "要补缴请单位到窗口办理，材料看办事指南"
    return f"{where}；社保费现在由税务部门征收，办之前请单位先问清楚。"


def _statement(
    asker: Asker, feature: str, tables: tuple[Table, ...], summary: tuple[str, ...], notes: tuple[str, ...] = ()
) -> Statement:
    return Statement(
        feature=feature,
        title="断缴月份",
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=holder_facts(asker.person),
        tables=tables,
        notes=notes,
        as_of=asker.as_of.isoformat(),
        summary=summary,
    )


QUERIES: dict[str, Query] = {"gaps": gaps}
"""By the name that links and documents carry."""
