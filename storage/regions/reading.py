"""Reading a TOML table with every problem noted instead of raised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Self


class Table:
    """One table of one file. Every getter returns a harmless value and notes a problem when the key is missing or wrong."""

    def __init__(self, file: str, name: str, values: dict[str, Any], problems: list[str]) -> None:
        self.file = file
        self._name = name
        self._values = values
        self._problems = problems
        self._asked: set[str] = set()

    @classmethod
    def empty(cls, file: str, name: str) -> Self:
        """Stands for a table that is missing, which was reported once already: its own complaints are dropped."""
        return cls(file, name, {}, [])

    def complain(self, key: str, problem: str) -> None:
        """Note a problem of a key."""
        self._problems.append(f"{self.file}: {self._name}.{key}: {problem}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def finish(self) -> None:
        """Complain of every key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                self.complain(key, "unknown key")

    def text(self, key: str) -> str:
        """A text that is not blank; '' when there was a problem."""
        value = self._take(key, lambda found: isinstance(found, str) and bool(found.strip()), "must be a text that is not empty")
        return "" if value is None else str(value).strip()

    def flag(self, key: str) -> bool:
        """True or false."""
        return bool(self._take(key, lambda found: isinstance(found, bool), "must be true or false"))

    def number(self, key: str, low: int, high: int) -> int:
        """A whole number of the range; `low` when there was a problem."""
        value = self._take(key, lambda found: _whole(found, low, high), f"must be a whole number from {low} to {high}")
        return low if value is None else int(value)

    def day(self, key: str) -> date | None:
        """A TOML date without a time."""
        found: date | None = self._take(
            key, lambda value: isinstance(value, date) and not isinstance(value, datetime), "must be a date like 2026-11-01"
        )
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        return tuple(self._list(key, lambda item: isinstance(item, str) and bool(item), "must be a list of texts, not empty"))

    def numbers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers of the range, at least one."""
        return tuple(
            self._list(key, lambda item: _whole(item, low, high), f"must be a list of whole numbers from {low} to {high}")
        )

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables, at least one."""
        found = self._list(key, lambda item: isinstance(item, dict), f"must be a list of tables, [[{self._name}.{key}]]")
        return tuple(
            Table(self.file, f"{self._name}.{key}[{place}]", item, self._problems) for place, item in enumerate(found, start=1)
        )

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
