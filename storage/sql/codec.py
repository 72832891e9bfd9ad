"""Between the records' values and the columns' plain ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from storage.ports.time import SHANGHAI
from storage.vault import Vault

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MODERN = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_MODERN_MICROS = 946_656_000_000_000
"""Since 1991 Beijing has kept to one offset from UTC, so its moments are as far apart as its clock says: told apart in a tenth of the time."""


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment; a naive one raises TypeError."""
    if moment.tzinfo is SHANGHAI and moment.year >= _MODERN.year:
        since, start = moment - _MODERN, _MODERN_MICROS
    else:
        since, start = moment - _EPOCH, 0
    return start + (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def micros_or_none(moment: datetime | None) -> int | None:
    """As `micros`; None stays None."""
    return None if moment is None else micros(moment)


def moment(value: int) -> datetime:
    """The inverse of `micros`, told in Beijing time."""
    if value >= _MODERN_MICROS:
        return _MODERN + timedelta(0, 0, value - _MODERN_MICROS)
    return (_EPOCH + timedelta(microseconds=value)).astimezone(SHANGHAI)


def moment_or_none(value: int | None) -> datetime | None:
    """As `moment`; None stays None."""
    return None if value is None else moment(value)


def day(value: date | None) -> str | None:
    """YYYY-MM-DD; None stays None."""
    return None if value is None else value.isoformat()


def day_or_none(value: str | None) -> date | None:
    """The inverse of `day`."""
    return None if value is None else date.fromisoformat(value)


@lru_cache(maxsize=65536)
def fen(yuan: Decimal) -> int:
    """Whole 分 of an amount in 元; raises ValueError rather than round. The same amounts come month after month, so they are kept."""
    scaled = yuan * 100
    whole = int(scaled)
    if whole != scaled:
        raise ValueError("an amount has more than two decimals")
    return whole


@lru_cache(maxsize=8192)
def yuan(value: int) -> Decimal:
    """The inverse of `fen`: 元 with two decimals."""
    return Decimal(value).scaleb(-2)


def day_start(value: date) -> int:
    """The first microsecond of a day in Shanghai."""
    return micros(datetime(value.year, value.month, value.day, tzinfo=SHANGHAI))


def sealed_or_none(vault: Vault, value: str, purpose: str) -> bytes | None:
    """Sealed by the vault; nothing is stored for ''."""
    return vault.seal(value, purpose) if value else None


def opened_or_empty(vault: Vault, value: bytes | None, purpose: str) -> str:
    """The inverse of `sealed_or_none`."""
    return "" if value is None else vault.text(value, purpose)


def words(text: str) -> tuple[str, ...]:
    """A column of words with commas between; none for ''."""
    return tuple(text.split(",")) if text else ()
