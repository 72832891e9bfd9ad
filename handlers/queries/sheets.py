"""Columns as data: a Sheet says once what a table of some record shows, and an agency may say it otherwise.

A manual that leaves its columns Silent leaves them to the agency: `[columns.<sheet>]` of a region (`storage/regions/<code>/columns.toml`)
renames, leaves out or reorders what is declared here. The same columns make the table of page, PDF and Excel, its totals, and the lines
of the chat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from dialogs.charts import bar_chart
from dialogs.phrases import money
from dialogs.statement import Column, ColumnKind, Lines, Statement, Table, shown, yuan
from handlers.query import Asker, holder_facts
from storage.ports.records import RESIDENT_LABELS, Insurance
from storage.ports.regions import Region, SheetColumns
from storage.ports.time import Month

R = TypeVar("R")

ZERO = Decimal("0.00")

PENSION_GOV, ANNUITY = "pension_gov", "annuity"

_INSURANCES: Mapping[str, str] = {
    **{kind.value: f"{kind.label}保险" for kind in Insurance},
    PENSION_GOV: "机关事业单位养老保险",
    ANNUITY: "职业年金",
    **RESIDENT_LABELS,
}


def insurance_named(code: str) -> str:
    """险种 (data dictionary 0.1) as people read it; a code that is not known stands as it is."""
    return _INSURANCES.get(code, code)


def insurance_order(code: str) -> int:
    """Where a 险种 stands among all; what is not known comes last."""
    return list(_INSURANCES).index(code) if code in _INSURANCES else len(_INSURANCES)


def feature_of(asker: Asker, *features: str) -> str:
    """Which of several features the person's region has; the first where it has none of them."""
    return next((one for one in features if asker.region.offers(one)), features[0])


def over_time(title: str, labels: Sequence[str], series: Mapping[str, Sequence[Decimal | None]]) -> str:
    """A picture of sums in 元; '' where it would say no more than the words: under two labels, over sixty, or nothing but gaps."""
    drawn = [(name, [cell_of(value) for value in values]) for name, values in series.items() if any(values)]
    return bar_chart(title, "元", labels, drawn) if drawn and 2 <= len(labels) <= 60 else ""


def cell_of(value: object) -> str:
    """A value of a record in the canonical form of a cell: money, month, date, number, text; '' for None."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Decimal():
            return yuan(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return "、".join(cell_of(one) for one in value)
        case _:
            return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Generic[R]):
    """One column: `key` is what an agency names it by, `of` the field of the record or a small function of it.

    `group` is the common head of neighbours. `total`: added up in the last row (decimals or whole numbers; what is not counted, see `Sheet.counted`, is left out). `chat`: stands in
    the line of the chat, after the first column. `say` is its name in that line where the title is too long, or the whole of it with `{}` for the value (共 {} 个月).
    """

    key: str
    title: str
    of: str | Callable[[R], object] = ""
    kind: ColumnKind = ColumnKind.TEXT
    weight: float = 1.0
    unit: str = ""
    group: str = ""
    total: bool = False
    chat: bool = False
    say: str = ""

    def value(self, record: R) -> object:
        """What stands there, uncoded."""
        return self.of(record) if callable(self.of) else getattr(record, self.of or self.key)


def text(key: str, title: str, of: str | Callable[[Any], object] = "", weight: float = 1.0, **more: Any) -> Cell[Any]:
    """A column of words."""
    return Cell(key=key, title=title, of=of, weight=weight, **more)


def amount(key: str, title: str, of: str | Callable[[Any], object] = "", weight: float = 1.2, **more: Any) -> Cell[Any]:
    """A column of money in 元, added up unless `total` is False."""
    return Cell(key=key, title=title, of=of, weight=weight, **{"kind": ColumnKind.MONEY, "unit": "元", "total": True, **more})


def count(key: str, title: str, of: str | Callable[[Any], object] = "", weight: float = 1.0, **more: Any) -> Cell[Any]:
    """A column of whole numbers, added up where `total` is True."""
    return Cell(key=key, title=title, of=of, weight=weight, **{"kind": ColumnKind.COUNT, **more})


def month(key: str, title: str, of: str | Callable[[Any], object] = "", weight: float = 1.2, **more: Any) -> Cell[Any]:
    """A column of months."""
    return Cell(key=key, title=title, of=of, weight=weight, **{"kind": ColumnKind.MONTH, **more})


def day(key: str, title: str, of: str | Callable[[Any], object] = "", weight: float = 1.3, **more: Any) -> Cell[Any]:
    """A column of days."""
    return Cell(key=key, title=title, of=of, weight=weight, **{"kind": ColumnKind.DATE, **more})


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[R]):
    """A table as declared: `code` is its name in `[columns.<code>]` of a region. `counted` says which rows the totals are of."""

    code: str
    caption: str
    columns: tuple[Cell[R], ...]
    total_label: str = "合计"
    always_total: bool = False
    """The form has its last row even under one row alone."""
    counted: Callable[[R], bool] = field(default=_always)

    def columns_in(self, region: Region) -> tuple[Cell[R], ...]:
        """The columns as the region has them: a name that is not declared is passed over (`unknown_columns` finds it)."""
        change = region.columns.get(self.code)
        return self.columns if change is None else _changed(self.columns, change)

    def table(self, region: Region, rows: Sequence[R], caption: str | None = None) -> Table:
        """The rows with their totals; no totals where no column is added up, or under one row alone."""
        columns = self.columns_in(region)
        heads = tuple(Column(one.title, one.kind, one.weight, one.unit, one.group) for one in columns)
        cells = tuple(tuple(cell_of(one.value(row)) for one in columns) for row in rows)
        return Table(self.caption if caption is None else caption, heads, cells, self._totals(columns, rows))

    def _totals(self, columns: Sequence[Cell[R]], rows: Sequence[R]) -> tuple[str, ...]:
        if len(rows) < (1 if self.always_total else 2) or not any(one.total for one in columns):
            return ()
        counted = [row for row in rows if self.counted(row)]
        sums = [_sum([one.value(row) for row in counted]) if one.total else "" for one in columns]
        place = next((at for at, one in enumerate(columns) if not one.total), None)
        if place is not None:
            sums[place] = self.total_label if len(counted) == len(rows) else f"已到账{self.total_label}"
        return tuple(sums)

    def line(self, region: Region, row: R) -> str:
        """One row as a line of the chat: 2024年3月：单位 800.00 元，个人 400.00 元. What is empty is left out."""
        head, *rest = self.columns_in(region)
        said = [_said(one, row) for one in rest if one.chat]
        shown_head = _short(head.kind, cell_of(head.value(row)))
        return "：".join(part for part in (shown_head, "，".join(one for one in said if one)) if part)

    def lines(self, region: Region, rows: Sequence[R]) -> tuple[str, ...]:
        """All rows as lines of the chat."""
        return tuple(self.line(region, row) for row in rows)

    def facts(self, region: Region, row: R) -> tuple[tuple[str, str], ...]:
        """One record as (label, value) pairs, for a head of a form rather than a table; what is empty is left out."""
        pairs = ((one.title, shown(one.kind, cell_of(one.value(row)))) for one in self.columns_in(region))
        return tuple((title, value) for title, value in pairs if value)


def _changed(columns: tuple[Cell[R], ...], change: SheetColumns) -> tuple[Cell[R], ...]:
    declared = {one.key: one for one in columns}
    kept = [declared[key] for key in change.show if key in declared] if change.show else list(columns)
    return tuple(_titled(one, change.titles[one.key]) if one.key in change.titles else one for one in kept) or columns


def _titled(cell: Cell[R], title: str) -> Cell[R]:
    return Cell(
        key=cell.key,
        title=title,
        of=cell.of,
        kind=cell.kind,
        weight=max(cell.weight, len(title) / 5),
        unit=cell.unit,
        group=cell.group,
        total=cell.total,
        chat=cell.chat,
        say=cell.say if "{}" in cell.say else "",
    )


def _sum(values: Sequence[object]) -> str:
    numbers = [value for value in values if isinstance(value, int | Decimal)]
    if not numbers:
        return ""
    money_there = any(isinstance(value, Decimal) for value in numbers)
    return yuan(sum((Decimal(value) for value in numbers), ZERO)) if money_there else str(sum(int(value) for value in numbers))


def _short(kind: ColumnKind, cell: str) -> str:
    return Month.parse(cell).label if kind is ColumnKind.MONTH and len(cell) == 7 else shown(kind, cell)


def _said(column: Cell[R], row: R) -> str:
    value = column.value(row)
    cell = cell_of(value)
    if not cell:
        return ""
    name = column.say or column.title
    said = money(value) if isinstance(value, Decimal) else _short(column.kind, cell)
    if "{}" in name:
        return name.replace("{}", said)
    return said if column.kind is ColumnKind.TEXT else f"{name} {said}"


def unknown_columns(sheets: Mapping[str, Sheet[Any]], regions: Mapping[str, Region]) -> tuple[str, ...]:
    """What `[columns]` of the regions names that no sheet declares, a sentence each; empty when all is right."""
    wrong: list[str] = []
    for region in regions.values():
        for code, change in region.columns.items():
            if code not in sheets:
                wrong.append(f"{region.code}: columns.{code}: there is no such sheet")
                continue
            declared = {one.key for one in sheets[code].columns}
            named = (*change.show, *change.titles)
            wrong += [f"{region.code}: columns.{code}: there is no column {key!r}" for key in named if key not in declared]
    return tuple(wrong)


def found(
    asker: Asker,
    feature: str,
    title: str,
    tables: Sequence[Table],
    summary: Sequence[str],
    *,
    facts: Sequence[tuple[str, str]] = (),
    head: Sequence[tuple[str, str]] = (),
    period: str = "",
    notes: Sequence[str] = (),
    chart: str = "",
    lines: Sequence[str] = (),
) -> Statement:
    """A Statement of what was found for the person; `facts` are added to those of the holder, `head` stands for both where a manual says
    what its form has there."""
    return Statement(
        feature=feature,
        title=title,
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=tuple(head) or (*holder_facts(asker.person), *facts),
        tables=tuple(tables),
        notes=tuple(notes),
        as_of=asker.as_of.isoformat(),
        period=period,
        summary=tuple(summary),
        chart=chart,
        lines=lines if isinstance(lines, Lines) and asker.brief else tuple(lines),  # what is kept, is kept in words
    )


def nothing(asker: Asker, feature: str, title: str, *, searched: str, there: str = "", period: str = "") -> Statement:
    """A Statement of nothing found: `searched` names what was looked through (2023年1月 至 2023年12月的职业年金缴费), `there` is a sentence about
    what there is instead; then the hotline."""
    summary = (f"查了{searched}，未查到记录。", *((there,) if there else ()), f"有疑问请拨打 {asker.region.hotline}。")
    return found(asker, feature, title, (), summary, period=period)


def there_is(extent: tuple[Month, Month] | tuple[int, int] | None, what: str, otherwise: str = "") -> str:
    """What there is, from the first and last month or year on record: 您名下有 2022年1月 至 2023年6月 的职业年金缴费，可以换个时间再查。"""
    if extent is None:
        return otherwise or (f"您名下还没有{what}。" if what.endswith("记录") else f"您名下还没有{what}的记录。")
    first, last = (one.label if isinstance(one, Month) else f"{one}年" for one in extent)
    named = first if first == last else f"{first} 至 {last}"
    return f"您名下有 {named} 的{what}，可以换个时间再查。"
