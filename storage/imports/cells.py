"""What is in a cell, read strictly: text, identity number, phone, month, day, money, a word of a list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeVar

from storage import identity
from storage.imports.report import Problem
from storage.imports.table import Cell, Row
from storage.ports.time import SHANGHAI, Month

T = TypeVar("T")

AS_NUMBER = "这一格存成了数字，最后几位可能已经丢失。请把整列设为“文本”格式，再重新填写"
_CENT = Decimal("0.01")
_MOST = Decimal("1000000000000")
_MONTH = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})|([0-9]{2}))月?")
_DAY = re.compile(r"([0-9]{4})([-/.年]?)([0-9]{1,2})([-/.月]?)([0-9]{1,2})日?")
_INSTANT = re.compile(r"(\S+?)(?:[ T\u3000]+)([0-9]{1,2})[:：]([0-9]{2})(?:[:：]([0-9]{2})(?:\.[0-9]+)?)?")
_MONEY = re.compile(r"[¥￥]?(-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?)元?")
_EXPONENT = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")
_OTHER_ID = re.compile(r"[0-9A-Z()/-]{4,18}")


class Wrong(ValueError):
    """The cell cannot be used; the text says what to write instead."""


class Reading:
    """Reads one row and notes what is wrong, so that every problem of a row is told at once."""

    def __init__(self, row: Row, problems: list[Problem]) -> None:
        self._row = row
        self._problems = problems
        self._before = len(problems)

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong in this row so far."""
        return len(self._problems) == self._before

    def complain(self, column: str, problem: str) -> None:
        """Note a problem."""
        self._problems.append(Problem(self._row.number, column, problem))

    def given(self, column: str) -> bool:
        """Whether the cell holds anything."""
        return column in self._row.cells

    def optional(self, column: str, read: Callable[[Cell], T]) -> T | None:
        """None when the cell is blank or wrong (which has then been noted)."""
        if column not in self._row.cells:
            return None
        try:
            return read(self._row.cells[column])
        except Wrong as wrong:
            self.complain(column, str(wrong))
            return None

    def required(self, column: str, read: Callable[[Cell], T]) -> T | None:
        """As `optional`, but a blank cell is a problem."""
        if column not in self._row.cells:
            self.complain(column, "这一格没有填写")
        return self.optional(column, read)


def text(cell: Cell) -> str:
    """Words as they stand, trimmed; a name keeps every character."""
    if not isinstance(cell, str):
        raise Wrong("这一格应是文字")
    found = cell.strip()
    if len(found) > 100 or any(unicodedata.category(char) == "Cc" for char in found):
        raise Wrong("文字太长，或有看不见的字符")
    return found


def number_text(cell: Cell) -> str:
    """A number that is a name (证件号码, 统一社会信用代码): only text will do."""
    if not isinstance(cell, str):
        raise Wrong(AS_NUMBER)
    found = identity.normalise(cell).lstrip("'")
    if _EXPONENT.fullmatch(found):
        raise Wrong(AS_NUMBER)
    return found


def id_card(cell: Cell) -> str:
    """An 18-digit number with a right check digit."""
    found = number_text(cell)
    if problem := identity.check(found):
        raise Wrong(problem)
    return found


def other_id(cell: Cell) -> str:
    """The number of a passport or permit: nobody here knows its check digit, so only its characters are looked at."""
    found = number_text(cell)
    if not _OTHER_ID.fullmatch(found):
        raise Wrong("证件号码应是4至18位的数字或字母")
    return found


def company_code(cell: Cell) -> str:
    """统一社会信用代码, checked, or an older 组织机构代码 (nine characters, the last after a dash or not), not checked."""
    found = number_text(cell)
    if re.fullmatch(r"[0-9A-Z]{8}-?[0-9X]", found):
        return found
    if problem := identity.check_uscc(found):
        raise Wrong(problem)
    return found


def phone(cell: Cell) -> str:
    """A mainland mobile number. Eleven digits survive being stored as a number, so that is allowed here."""
    found = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else identity.normalise(str(cell)).lstrip("'")
    found = found.replace("-", "")
    if not re.fullmatch(r"1[3-9][0-9]{9}", found):
        raise Wrong("手机号码应是11位，以1开头")
    return found


def month(cell: Cell) -> Month:
    """2021-01, 202101, 2020年07月, 2021/1, or a date cell of that month."""
    if isinstance(cell, date):
        return Month.of(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = str(int(cell))
    found = _MONTH.fullmatch(identity.normalise(cell)) if isinstance(cell, str) else None
    try:
        if found:
            return Month(int(found[1]), int(found[2] or found[3]))
    except ValueError:
        pass
    raise Wrong("年月请写成 2021-01、202101 或 2021年1月")


def day(cell: Cell) -> date:
    """A date cell, 2021-01-31, 2021/1/31, 20210131 or 2021年1月31日."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        cell = str(int(cell))
    found = _DAY.fullmatch(identity.normalise(cell)) if isinstance(cell, str) else None
    try:
        if found and bool(found[2]) == bool(found[4]) and (found[2] or len(found[0]) == 8):
            return date(int(found[1]), int(found[3]), int(found[5]))
    except ValueError:
        pass
    raise Wrong("日期请写成 2021-01-31 或 20210131，并且是真实的日期")


def instant(cell: Cell) -> datetime:
    """A day as `day` reads it, with or without a time of day (10:20, 10:20:05); the first moment of the day where there is none. In Shanghai."""
    if isinstance(cell, str) and (found := _INSTANT.fullmatch(cell.strip())):
        try:
            of_day = time(int(found[2]), int(found[3]), int(found[4] or 0))
        except ValueError:
            raise Wrong("时间请写成 2021-01-31 10:20") from None
        return datetime.combine(day(found[1]), of_day, SHANGHAI)
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0, tzinfo=SHANGHAI)
    return datetime.combine(day(cell), time(0), SHANGHAI)


def money(cell: Cell) -> Decimal:
    """Yuan with at most two decimals, exact. A number cell is read as the spreadsheet shows it (15 digits), never as a binary fraction."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        shown = format(cell, ".15g")
    elif isinstance(cell, str):
        shown = identity.normalise(cell)
    else:
        raise Wrong("金额请写成数字，如 1234.56")
    found = _MONEY.fullmatch(shown)
    if not found:
        raise Wrong("金额请写成数字，如 1234.56")
    amount = Decimal(found[1].replace(",", ""))
    if abs(amount) >= _MOST:
        raise Wrong("金额太大，请核对")
    if amount != amount.quantize(_CENT):
        raise Wrong("金额最多两位小数，请写到分")
    return amount.quantize(_CENT) + 0  # no minus before nothing


def word(words: Mapping[str, T], refused: Mapping[str, str] | None = None) -> Callable[[Cell], T]:
    """A reader of a list of words; `refused` has its own sentence for some."""

    def read(cell: Cell) -> T:
        found = "".join(str(cell).split())
        if found in words:
            return words[found]
        if refused and found in refused:
            raise Wrong(refused[found])
        raise Wrong(f"只能填：{'、'.join(dict.fromkeys(words))}")

    return read
