"""Reading a TOML table with every problem noted instead of raised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Self

CENT = Decimal("0.01")


class Table:
    """One table of one file. Every getter returns a harmless value and notes a problem when the key is missing or wrong.

    Numbers with a point are expected as `Decimal` (`tomllib.loads(..., parse_float=Decimal)`); sums, days and hours may also stand
    there as texts. With `otherwise` a key may be absent.
    """

    def __init__(self, file: str, name: str, values: dict[str, Any], problems: list[str]) -> None:
        self.file = file
        self._name = name
        self._values = values
        self._problems = problems
        self._asked: set[str] = set()
        self._within: list[Table] = []

    @classmethod
    def empty(cls, file: str, name: str) -> Self:
        """Stands for a table that is missing, which was reported once already: its own complaints are dropped."""
        return cls(file, name, {}, [])

    @property
    def keys(self) -> tuple[str, ...]:
        """What stands in it, in order."""
        return tuple(self._values)

    def complain(self, key: str, problem: str) -> None:
        """Note a problem of a key."""
        self._problems.append(f"{self.file}: {self._name}.{key}: {problem}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def finish(self) -> None:
        """Complain of every key that nobody asked for, here and in the tables within."""
        for key in self._values:
            if key not in self._asked:
                self.complain(key, "unknown key")
        for table in self._within:
            table.finish()

    def text(self, key: str, otherwise: str | None = None) -> str:
        """A text that is not blank; '' when there was a problem."""
        if otherwise is not None and not self.has(key):
            return otherwise
        value = self._take(key, lambda found: isinstance(found, str) and bool(found.strip()), "must be a text that is not empty")
        return "" if value is None else str(value).strip()

    def maybe(self, key: str) -> str:
        """A text that may be empty or absent."""
        if not self.has(key):
            return ""
        value = self._take(key, lambda found: isinstance(found, str), "must be a text")
        return "" if value is None else str(value).strip()

    def flag(self, key: str, otherwise: bool | None = None) -> bool:
        """True or false."""
        if otherwise is not None and not self.has(key):
            return otherwise
        return bool(self._take(key, lambda found: isinstance(found, bool), "must be true or false"))

    def number(self, key: str, low: int, high: int, otherwise: int | None = None) -> int:
        """A whole number of the range; `low` when there was a problem."""
        if otherwise is not None and not self.has(key):
            return otherwise
        value = self._take(key, lambda found: _whole(found, low, high), f"must be a whole number from {low} to {high}")
        return low if value is None else int(value)

    def day(self, key: str) -> date | None:
        """A day, as a TOML date without a time or as a text."""
        value = self._take(key, lambda found: _day(found) is not None, "must be a date like 2026-11-01")
        return _day(value)

    def hour(self, key: str) -> time | None:
        """A time of day, as a TOML time or as a text."""
        value = self._take(key, lambda found: _hour(found) is not None, 'must be a time of day like 06:00:00 or "6:00"')
        return _hour(value)

    def money(self, key: str) -> Decimal:
        """A sum in 元 above zero with at most two decimals; 0.00 when there was a problem."""
        value = self._take(key, lambda found: _money(found) is not None, 'must be a sum in yuan above zero like "20.00"')
        return _money(value) or Decimal("0.00")

    def share(self, key: str) -> Decimal:
        """A share above 0, at most 1; 0 when there was a problem."""
        value = self._take(key, lambda found: _share(found) is not None, 'must be a share above 0 and at most 1 like "0.20"')
        return _share(value) or Decimal(0)

    def degrees(self, key: str, low: int, high: int) -> float:
        """A coordinate of the range, in degrees; `low` when there was a problem."""
        value = self._take(
            key,
            lambda found: (number := _decimal(found)) is not None and low <= number <= high,
            f"must be degrees from {low} to {high}",
        )
        return float(low if value is None else value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        return tuple(self._list(key, lambda item: isinstance(item, str) and bool(item), "must be a list of texts, not empty"))

    def pair(self, key: str) -> tuple[str, str]:
        """Two texts."""
        value = self._take(
            key,
            lambda found: (
                isinstance(found, list) and len(found) == 2 and all(isinstance(item, str) and item.strip() for item in found)
            ),
            "must be two texts, none of them empty",
        )
        return ("", "") if value is None else (value[0].strip(), value[1].strip())

    def numbers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers of the range, at least one."""
        return tuple(
            self._list(key, lambda item: _whole(item, low, high), f"must be a list of whole numbers from {low} to {high}")
        )

    def table(self, key: str) -> Table:
        """The table of that key; an empty one when there was a problem."""
        value = self._take(key, lambda found: isinstance(found, dict), f"must be a table, [{self._name}.{key}]")
        name = f"{self._name}.{key}"
        return Table.empty(self.file, name) if value is None else self._inner(name, value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables, at least one."""
        found = self._list(key, lambda item: isinstance(item, dict), f"must be a list of tables, [[{self._name}.{key}]]")
        return tuple(self._inner(f"{self._name}.{key}[{place}]", item) for place, item in enumerate(found, start=1))

    def _inner(self, name: str, values: dict[str, Any]) -> Table:
        made = Table(self.file, name, values, self._problems)
        self._within.append(made)
        return made

    def _list(self, key: str, right: Callable[[Any], bool], problem: str) -> list[Any]:
        found = self._take(
            key, lambda value: isinstance(value, list) and bool(value) and all(right(item) for item in value), problem
        )
        return [] if found is None else list(found)

    def _take(self, key: str, right: Callable[[Any], bool], problem: str) -> Any:
        self._asked.add(key)
        if key not in self._values:
            self.complain(key, "is missing")
            return None
        value = self._values[key]
        if not right(value):
            self.complain(key, problem)
            return None
        return value


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _hour(value: Any) -> time | None:
    if isinstance(value, str):
        try:
            return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 - a time of every day belongs to no zone
        except ValueError:
            return None
    return value if isinstance(value, time) and value.tzinfo is None else None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _money(value: Any) -> Decimal | None:
    number = _decimal(value)
    if number is None or not 0 < number < 10_000_000 or number != number.quantize(CENT):
        return None
    return number.quantize(CENT)


def _share(value: Any) -> Decimal | None:
    number = _decimal(value)
    return number if number is not None and 0 < number <= 1 else None
