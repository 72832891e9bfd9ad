"""退休年龄, 最低缴费年限, 弹性退休 and a pension's range: the national rule (`storage/figures/retirement.toml`). Pure: no clock, no I/O but the file.

The file is dated and names its source; what follows from it is told with both and never as a promise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from storage.ports.record import Record
from storage.ports.time import Month

CENT = Decimal("0.01")
YEAR = 12


class Group(Record):
    """Who retires by the same row of the rule. `age` is the old statutory age in years; born from January of `base_year` on it is later."""

    code: str
    title: str
    age: int
    base_year: int
    step: int
    cap: int
    """Months at most."""


class Rules(Record):
    """The figures, with where they come from."""

    source: str
    effective_from: date
    groups: Mapping[str, Group]
    minimum_months: int
    minimum_first: int
    minimum_step: int
    minimum_most: int
    early_months: int
    late_months: int
    early_notice_months: int
    late_notice_months: int
    account_share: Decimal
    divisors: Mapping[int, int]
    index_low: Decimal
    index_high: Decimal


@cache
def rules() -> Rules:
    """What the file says; read once."""
    with (files("storage") / "figures" / "retirement.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)
    minimum, flexible, pension = found["minimum"], found["flexible"], found["pension"]
    return Rules(
        source=found["source"]["title"],
        effective_from=found["source"]["effective_from"],
        groups={code: Group(code, **values) for code, values in found["groups"].items()},
        minimum_months=minimum["months"],
        minimum_first=minimum["first"],
        minimum_step=minimum["step"],
        minimum_most=minimum["most"],
        early_months=flexible["early_months"],
        late_months=flexible["late_months"],
        early_notice_months=flexible["early_notice_months"],
        late_notice_months=flexible["late_notice_months"],
        account_share=Decimal(pension["account_share"]),
        divisors={int(age): months for age, months in pension["divisors"].items()},
        index_low=Decimal(pension["index_low"]),
        index_high=Decimal(pension["index_high"]),
    )


class Retirement(Record):
    """When somebody of a group and a month of birth retires. `delay` in months; `old` is the month by the old age."""

    group: Group
    born: Month
    delay: int
    old: Month
    month: Month
    earliest: Month
    """弹性提前: at most three years before `month`, never below the old age."""
    latest: Month
    """弹性延迟: at most three years after."""

    @property
    def age(self) -> int:
        """The statutory age in months."""
        return self.group.age * YEAR + self.delay


def retirement(born: Month, group: Group, by: Rules) -> Retirement:
    """The statutory month: n months after the December before the base year, a month later for each `step` of them, at most `cap`."""
    n = (born.year - group.base_year) * YEAR + born.month
    delay = min(group.cap, -(-n // group.step)) if n >= 1 else 0
    old = born.plus(group.age * YEAR)
    month = old.plus(delay)
    earliest = Month.from_index(max(old.index, month.index - by.early_months))
    return Retirement(group, born, delay, old, month, earliest, month.plus(by.late_months))


def minimum_months(year: int, by: Rules) -> int:
    """最低缴费年限 of who retires in that year, in months: 180 to 2029, 186 in 2030, 240 from 2039 on."""
    later = max(0, year - by.minimum_first + 1)
    return min(by.minimum_most, by.minimum_months + later * by.minimum_step)


class Standing(Record):
    """What somebody has and needs at a month of retirement; months of contributions."""

    have: int
    need: int
    until: int
    """Months that can still be paid: from the first one that is not on record yet to the one before retirement."""

    @property
    def lacking_now(self) -> int:
        """Months that are still to be paid."""
        return max(0, self.need - self.have)

    @property
    def lacking_then(self) -> int:
        """Months that lack although every month is paid until then."""
        return max(0, self.lacking_now - self.until)


def standing(have: int, at: Month, first: Month, by: Rules) -> Standing:
    """With `have` months on record, at retirement in `at`; `first` is the first month that can still be paid."""
    return Standing(have, minimum_months(at.year, by), max(0, at.index - first.index))


def grown(amount: Decimal, rate: Decimal, months: int) -> Decimal:
    """The amount after so many months at `rate` a year (0.03), to 分."""
    return (amount * (1 + rate) ** (Decimal(months) / YEAR)).quantize(CENT, ROUND_HALF_UP)


def saved_up(balance: Decimal, monthly: Decimal, *, idle: int, paying: int, growth: Decimal, interest: Decimal) -> Decimal:
    """储存额 after `idle` months in which nothing is paid and `paying` months in which `monthly` comes in, to 分.

    `monthly` rises by `growth` a year from today on, the account bears `interest` a year; both work month by month, an amount from its next month.
    """
    rise, bear = (1 + growth) ** (Decimal(1) / YEAR), (1 + interest) ** (Decimal(1) / YEAR)
    balance *= bear**idle
    monthly *= rise**idle
    for _ in range(paying):
        balance = balance * bear + monthly
        monthly *= rise
    return balance.quantize(CENT, ROUND_HALF_UP)


class Assumptions(Record):
    """What an estimate rests on; money in 元 of the month of retirement."""

    base: Decimal
    """计发基数 at retirement."""
    index: Decimal
    """平均缴费指数."""
    months: int
    """缴费年限 at retirement, 视同缴费 included."""
    balance: Decimal
    """个人账户储存额 at retirement."""
    age: int
    """In whole years at retirement."""


def pension(on: Assumptions, by: Rules) -> tuple[Decimal, Decimal]:
    """(基础养老金, 个人账户养老金) a month: (计发基数 + 计发基数 × 指数) / 2 × 年限 × 1 %, and 储存额 / 计发月数; rounded to 分, half up.

    An age that the table lacks counts as its nearest one.
    """
    basic = (on.base + on.base * on.index) / 2 * Decimal(on.months) / YEAR / 100
    age = min(max(on.age, min(by.divisors)), max(by.divisors))
    return basic.quantize(CENT, ROUND_HALF_UP), (on.balance / by.divisors[age]).quantize(CENT, ROUND_HALF_UP)
