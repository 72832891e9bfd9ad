"""Time as the product sees it: Beijing time, whole months, and a clock that tests can move."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")


class Clock(Protocol):
    """The only source of time. Nothing else in the program asks the operating system what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""

    def monotonic(self) -> float:
        """Seconds that never run backwards; for durations, not for dates."""

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed on this clock (at once when `seconds` <= 0)."""


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month (费款所属期); ordered, and counted in whole months."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 2999 and 1 <= self.month <= 12):
            raise ValueError(f"no such month: {self.year}-{self.month}")

    def __hash__(self) -> int:
        return self.year * 12 + self.month  # as good as a tuple's and a third of the time; a working life is thousands of them

    @classmethod
    def of(cls, moment: date | datetime) -> Month:
        """The month that a day or moment falls in."""
        return cls(moment.year, moment.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read the stored form `YYYY-MM`; raises ValueError for anything else. What people type is read by `dialogs.parse`."""
        found = _ISO_MONTH.fullmatch(text)
        if not found:
            raise ValueError(f"not YYYY-MM: {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def from_index(cls, index: int) -> Month:
        """The inverse of `index`."""
        return cls(index // 12, index % 12 + 1)

    @property
    def index(self) -> int:
        """Months since year 0: differences of two are whole months, and it sorts and stores as an integer."""
        return self.year * 12 + self.month - 1

    def plus(self, months: int) -> Month:
        """The month `months` later (earlier when negative)."""
        return Month.from_index(self.index + months)

    def until(self, end: Month) -> tuple[Month, ...]:
        """Every month from this one to `end`, both included; empty when `end` is earlier."""
        return tuple(Month.from_index(i) for i in range(self.index, end.index + 1))

    @property
    def last_day(self) -> date:
        """The last calendar day of the month."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def label(self) -> str:
        """As a person reads it: 2024年3月."""
        return f"{self.year}年{self.month}月"

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Span:
    """From month to month, both included; `start` is never after `end`."""

    start: Month
    end: Month

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"{self.start} is after {self.end}")

    @property
    def months(self) -> tuple[Month, ...]:
        """Every month of the span, in order; never empty."""
        return self.start.until(self.end)

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"

    @property
    def label(self) -> str:
        """As a person reads it: 2024年1月 至 2024年6月, or one month alone."""
        return self.start.label if self.start == self.end else f"{self.start.label} 至 {self.end.label}"
