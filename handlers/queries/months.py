"""Which months count as paid; one rule for every answer, page and paper."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from storage.ports.records import Contribution, Kind
from storage.ports.time import Month


def paid_months(rows: Iterable[Contribution]) -> set[Month]:
    """Months of one insurance in which something arrived that was not paid back: 补缴, 补差 and 还欠 of a month are that month; a month whose
    refunds leave nothing of it is none."""
    paid: set[Month] = set()
    refunded: set[Month] = set()
    left: dict[Month, Decimal] = {}
    for row in rows:
        if not row.arrived:
            continue
        left[row.period] = left.get(row.period, Decimal(0)) + row.employer_amount + row.personal_amount
        (refunded if row.kind is Kind.REFUND else paid).add(row.period)
    return {month for month in paid if month not in refunded or left[month] > 0}
