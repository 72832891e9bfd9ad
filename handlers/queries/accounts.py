"""个人养老账户清单 (BZ-30): the years of a person's pension accounts. Conditions and columns are Silent: years, and data dictionary D2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dialogs.phrases import money
from dialogs.statement import Statement, Table
from handlers.queries.sheets import Sheet, amount, found, insurance_named, nothing, over_time, text, there_is
from handlers.query import Asker, Query
from storage.ports.records import AccountYear
from storage.ports.repositories import Repositories

ACCOUNT: Sheet[AccountYear] = Sheet(
    code="pension_account",
    caption="个人账户",
    columns=(
        text("year", "年度", lambda one: f"{one.year}年", 0.8),
        amount("opening", "上年末余额", total=False),
        amount("principal", "本年记账本金", chat=True, say="本金"),
        amount("interest", "本年利息", chat=True, say="利息"),
        amount("paid_out", "支出"),
        amount("closing", "年末余额", total=False, chat=True, say="余额"),
    ),
)


def years_of(text: str) -> tuple[int, int]:
    """`2019..2023`, or one year; raises ValueError."""
    first, _, last = text.partition("..")
    return int(first), int(last or first)


async def pension_account(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """养老账户清单 (BZ-30). `params`: period, years `2019..2023`. A table each of the person's accounts."""
    first, last = years_of(params["period"])
    every = await tx.rights.of(AccountYear, asker.person.id)
    kinds = tuple(dict.fromkeys(one.insurance for one in every))
    rows = [one for one in every if first <= one.year <= last]
    title = "个人养老账户清单"
    if not rows:
        years = [one.year for one in every]
        there = there_is((min(years), max(years)) if years else None, "养老账户记录")
        searched = f" {first}年至{last}年的养老账户" if every and first != last else " " + f"{last}年的养老账户"
        return nothing(asker, "BZ-30", title, searched=searched if every else "您名下的养老账户", there=there)
    parts = {kind: [one for one in rows if one.insurance == kind] for kind in kinds}
    shown = {kind: some for kind, some in parts.items() if some}
    years = [one.year for one in rows]
    return found(
        asker,
        "BZ-30",
        title,
        [_table(asker, kind, some) for kind, some in shown.items()],
        _summary(shown),
        period=f"{min(years)}年至{max(years)}年" if min(years) < max(years) else f"{years[0]}年",
        chart=_chart(shown),
        lines=[
            f"{insurance_named(kind)} {line}" if len(shown) > 1 else line
            for kind, some in shown.items()
            for line in ACCOUNT.lines(asker.region, some)
        ],
    )


def _table(asker: Asker, kind: str, rows: Sequence[AccountYear]) -> Table:
    return ACCOUNT.table(asker.region, rows, f"{insurance_named(kind)}个人账户")


def _summary(parts: Mapping[str, Sequence[AccountYear]]) -> tuple[str, ...]:
    """The newest account first: its balance is the answer."""
    newest = sorted(parts.items(), key=lambda part: -part[1][-1].year)
    (kind, rows), *others = newest
    last = rows[-1]
    return (
        f"{insurance_named(kind)}个人账户余额 {money(last.closing)}（{last.year}年末）。",
        f"{last.year}年记账本金 {money(last.principal)}，利息 {money(last.interest)}。",
        *((f"{last.year}年支出 {money(last.paid_out)}。",) if last.paid_out else ()),
        f"清单从{rows[0].year}年到{last.year}年，共 {len(rows)} 年。" if len(rows) > 1 else f"清单是{last.year}年的。",
        *(f"{insurance_named(one)}个人账户余额 {money(some[-1].closing)}（{some[-1].year}年末）。" for one, some in others),
    )


def _chart(parts: Mapping[str, Sequence[AccountYear]]) -> str:
    """The newest account's balance over its years."""
    kind, rows = max(parts.items(), key=lambda part: part[1][-1].year)
    balances: list[Decimal | None] = [one.closing for one in rows]
    return over_time(f"{insurance_named(kind)}个人账户余额（历年）", [str(one.year) for one in rows], {"年末余额": balances})


QUERIES: dict[str, Query] = {"pension_account": pension_account}
"""By the name that links and documents carry."""

SHEETS = (ACCOUNT,)
