"""One rule for what a paid month is: refunds that leave nothing of it take it away, corrections and late payments do not add another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from handlers.career import moved_months
from handlers.queries.contributions import Totals
from handlers.queries.months import paid_months
from handlers.queries.papers import insured
from storage.ports.records import Contribution, Insurance, Kind, Transfer
from storage.ports.time import Month

JULY, AUGUST = Month(2024, 7), Month(2024, 8)
PAID = Contribution(
    1, Insurance.PENSION, JULY, Decimal("5000.00"), Decimal("800.00"), Decimal("400.00"), paid_at=date(2024, 7, 10)
)
REFUND = replace(PAID, kind=Kind.REFUND, employer_amount=Decimal("-800.00"), personal_amount=Decimal("-400.00"))
PART = replace(PAID, kind=Kind.REFUND, employer_amount=Decimal("-80.00"), personal_amount=Decimal("-40.00"))


def test_a_month_that_was_wholly_refunded_is_none() -> None:
    """July was paid and paid back: no month in the query, none in the proof; it shows as missing."""
    assert paid_months([PAID, REFUND]) == set()
    totals = Totals.of([PAID, REFUND], range(JULY.index, JULY.index + 1))
    assert (totals.months, totals.missing) == (0, (JULY,))
    assert insured([PAID, REFUND]) == ()


def test_a_refund_of_a_part_leaves_the_month() -> None:
    """What is left of it is still a month of contributions."""
    assert paid_months([PAID, PART]) == {JULY}


def test_late_payments_and_corrections_are_the_same_month() -> None:
    """补缴 and 补差 of July with July itself are one month; what has not arrived is none."""
    rows = [PAID, replace(PAID, kind=Kind.BACK), replace(PAID, kind=Kind.DIFF), replace(PAID, period=AUGUST, arrived=False)]
    assert paid_months(rows) == {JULY}


def test_months_that_came_with_a_transfer_count_once() -> None:
    """Twelve months of 2020 of which three are paid here as well are nine; 医疗 adds nothing to 养老."""
    moved = Transfer(1, "pension", 1, Month(2020, 1), Month(2020, 12), 12, "样例市", "样例市")
    here = set(Month(2020, 10).until(Month(2020, 12)))
    assert moved_months([moved, replace(moved, insurance="medical", section=3)], here) == 9
    assert moved_months([replace(moved, months=6)], set()) == 6
