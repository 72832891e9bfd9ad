"""The national rule of retirement: every birth month of the three groups, the published cases, the minimum years, the range of a pension."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.ports.time import Month
from storage.retiring import Assumptions, grown, minimum_months, pension, retirement, rules, saved_up, standing

RULES = rules()

PUBLISHED = """
man 1964-12 2024-12 60-0 0
man 1965-01 2025-02 60-1 1
man 1965-05 2025-07 60-2 2
man 1965-12 2026-03 60-3 3
man 1966-01 2026-05 60-4 4
man 1970-01 2031-05 61-4 16
man 1975-06 2038-02
man 1976-08 2039-07 62-11 35
man 1976-09 2039-09 63-0 36
man 1988-09 2051-09 63-0 36
woman55 1970-06 2025-08
woman55 1970-09 2025-12
woman55 1971-04 2026-08 55-4 4
woman55 1971-06 2026-11
woman55 1981-08 2039-07 57-11 35
woman55 1981-09 2039-09 58-0 36
woman50 1975-03 2025-05 50-2 2
woman50 1975-06 2025-09
woman50 1976-06 2027-03
woman50 1977-01 2028-02
woman50 1984-10 2039-09 54-11 59
woman50 1984-11 2039-11 55-0 60
woman50 1995-12 2050-12 55-0 60
"""


@pytest.mark.parametrize("line", PUBLISHED.split("\n")[1:-1])
def test_the_published_cases_come_out(line: str) -> None:
    """Group, month of birth → month of retirement, and where it was published the age and the delay."""
    group, born, month, *more = line.split()
    found = retirement(Month.parse(born), RULES.groups[group], RULES)
    assert str(found.month) == month
    if more:
        years, months = map(int, more[0].split("-"))
        assert (found.age, found.delay) == (years * 12 + months, int(more[1]))


@pytest.mark.parametrize(
    ("code", "first", "age", "together", "last"),
    [("man", "1965-01", 60, 4, 36), ("woman55", "1970-01", 55, 4, 36), ("woman50", "1975-01", 50, 2, 60)],
)
def test_every_birth_month_of_the_table(code: str, first: str, age: int, together: int, last: int) -> None:
    """Fifteen years of birth months, written as the table is: rows of four (or two) months that retire a month later than the row before."""
    month, row = Month.parse(first), 1
    rows: list[tuple[Month, int]] = []
    while len(rows) < 180:
        for _ in range(together):
            rows.append((month, min(row, last)))
            month = month.plus(1)
        row += 1
    for born, delay in rows[:180]:
        found = retirement(born, RULES.groups[code], RULES)
        assert (found.delay, found.month) == (delay, born.plus(age * 12 + delay)), born
    for earlier in range(1, 13):
        before = Month.parse(first).plus(-earlier)
        assert retirement(before, RULES.groups[code], RULES).month == before.plus(age * 12)


def test_the_last_rows_are_those_of_the_table() -> None:
    """1976-09…12, 1981-09…12 and 1984-11…12 are the first who wait the whole time."""
    for code, whole, month in (("man", "1976-09", 36), ("woman55", "1981-09", 36), ("woman50", "1984-11", 60)):
        first = Month.parse(whole)
        assert retirement(first, RULES.groups[code], RULES).delay == month
        assert retirement(first.plus(-1), RULES.groups[code], RULES).delay == month - 1


def test_flexible_retirement_stays_within_its_bounds() -> None:
    """Three years either way, and never before the old age: born 1966-01 (four months later than at sixty) may go four months early only."""
    soon = retirement(Month(1966, 1), RULES.groups["man"], RULES)
    assert (str(soon.earliest), str(soon.month), str(soon.latest)) == ("2026-01", "2026-05", "2029-05")
    late = retirement(Month(1980, 3), RULES.groups["man"], RULES)
    assert (str(late.earliest), str(late.month), str(late.latest)) == ("2040-03", "2043-03", "2046-03")
    clerk = retirement(Month(1990, 7), RULES.groups["woman50"], RULES)
    assert (str(clerk.earliest), str(clerk.month)) == ("2042-07", "2045-07")


def test_the_minimum_rises_half_a_year_each_year() -> None:
    """15 years to 2029, 15 and a half in 2030, 20 from 2039 on."""
    assert [minimum_months(year, RULES) for year in range(2028, 2042)] == [
        *(180, 180, 186, 192, 198, 204, 210, 216, 222, 228, 234, 240, 240, 240)
    ]


def test_what_lacks_is_counted_in_months() -> None:
    """150 months, retiring in January 2028, September 2026 not paid yet: 30 lack, 16 can still be paid (to December 2027), so 14 lack then."""
    found = standing(150, Month(2028, 1), Month(2026, 9), RULES)
    assert (found.need, found.lacking_now, found.until, found.lacking_then) == (180, 30, 16, 14)
    enough = standing(200, Month(2028, 1), Month(2026, 9), RULES)
    assert (enough.lacking_now, enough.lacking_then) == (0, 0)
    over = standing(179, Month(2026, 9), Month(2026, 9), RULES)
    assert (over.until, over.lacking_then) == (0, 1)


def test_a_pension_by_hand() -> None:
    """计发基数 10,000, index 0.8, 20 years, 139,000 元 at sixty: (10000 + 8000) / 2 × 20 % = 1,800.00 and 139000 / 139 = 1,000.00."""
    on = Assumptions(Decimal(10000), Decimal("0.8"), 240, Decimal(139000), 60)
    assert pension(on, RULES) == (Decimal("1800.00"), Decimal("1000.00"))


def test_what_rises_and_what_bears_interest_by_hand() -> None:
    """10,000 at 5 % for two years: 11,025.00. 1 % a month (1.01 to the twelfth a year): 100 three times is 100 × 1.01² + 101 + 100 = 303.01 as
    savings, and 100 + 101 + 102.01 where it is the contribution that rises; a month before it makes that 306.04. At nothing it is the plain sum."""
    assert grown(Decimal(10000), Decimal("0.05"), 24) == Decimal("11025.00")
    none, monthly = Decimal(0), Decimal("1.01") ** 12 - 1
    assert saved_up(Decimal(10000), none, idle=12, paying=0, growth=none, interest=Decimal("0.03")) == Decimal("10300.00")
    assert saved_up(none, Decimal(100), idle=0, paying=3, growth=none, interest=monthly) == Decimal("303.01")
    assert saved_up(none, Decimal(100), idle=0, paying=3, growth=monthly, interest=none) == Decimal("303.01")
    assert saved_up(none, Decimal(100), idle=1, paying=3, growth=monthly, interest=none) == Decimal("306.04")
    assert saved_up(Decimal("22800.00"), Decimal("400.00"), idle=3, paying=222, growth=none, interest=none) == Decimal(
        "111600.00"
    )


def test_an_age_beyond_the_table_counts_as_its_nearest() -> None:
    """49 as 50 (195 months), 72 as 70 (56 months)."""
    young = Assumptions(Decimal(10000), Decimal(1), 180, Decimal(19500), 49)
    assert pension(young, RULES) == (Decimal("1500.00"), Decimal("100.00"))
    assert pension(Assumptions(Decimal(10000), Decimal(1), 180, Decimal(5600), 72), RULES)[1] == Decimal("100.00")
