"""Trouble on order: what `POST /sim/faults` sets.

`push`: `duplicate` (the next n messages are sent once more although they were answered), `drop` (the answers to the next n tries get lost on
the way, so the platform sends again), `delay_s` (every try reaches the bot that much later; it counts towards the five seconds), `wrong_key`
(the next n tries are encrypted with another key), `skew_s` (the platform's timestamp is off by that much).
`api`: the next `times` calls (1 when not given) take `delay_s` longer and end in `errcode` or in the HTTP `status`. Token calls are spared
unless `path` names them; `path` limits the fault to addresses that contain it.
`pay`: of the next payments, `lost` notices are never sent; `late_s` is how much later each is; `forged` ones come before the right one, signed
with another key; `duplicate` ones follow although the right one was acknowledged; `mismatched` payments are of one 分 more than was ordered;
the next `away` calls of the merchant end in SYSTEM_ERROR.
`sms`: the next messages that are in order are refused with `code` (`refuse`; 余额不足 when it is empty) or for a limit of their number
(`limit`); are taken, but the answer never comes (`timeout`); the next calls end in 502 without a body (`broken`); the next messages are
reported as `undelivered`; of the next reports, `lost_report` are never sent and `duplicate_report` are sent twice; `late_report_s` is how
much later each is. `provider` (tencent, aliyun) limits refuse, limit, timeout and broken to one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar


class BadFault(Exception):
    """Not a fault we know; the message says which key or value."""


@dataclass(slots=True)
class PushFaults:
    """Faults of the push side; counters run down as they happen."""

    duplicate: int = 0
    drop: int = 0
    delay_s: float = 0.0
    wrong_key: int = 0
    skew_s: float = 0.0

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` happens now."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


@dataclass(slots=True)
class ApiFaults:
    """Faults of the API side."""

    errcode: int = 0
    status: int = 0
    delay_s: float = 0.0
    times: int = 1
    path: str = ""

    def take(self, path: str) -> bool:
        """Whether a call to `path` is struck now."""
        if not (self.errcode or self.status or self.delay_s) or self.times <= 0:
            return False
        if (self.path and self.path not in path) or (not self.path and path.endswith("token")):
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class PayFaults:
    """Faults of the cashier; counters run down as they happen."""

    lost: int = 0
    late_s: float = 0.0
    forged: int = 0
    duplicate: int = 0
    mismatched: int = 0
    away: int = 0

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` happens now."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


@dataclass(slots=True)
class SmsFaults:
    """Faults of the SMS clouds; counters run down as they happen."""

    refuse: int = 0
    code: str = ""
    limit: int = 0
    timeout: int = 0
    broken: int = 0
    undelivered: int = 0
    lost_report: int = 0
    duplicate_report: int = 0
    late_report_s: float = 0.0
    provider: str = ""

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` happens now."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


_Faults = TypeVar("_Faults", PushFaults, ApiFaults, PayFaults, SmsFaults)


def read(kind: type[_Faults], given: Any) -> _Faults:
    """Faults from JSON; what is not named is off. Raises BadFault."""
    if not isinstance(given, dict):
        raise BadFault("push, api, pay and sms must be objects")
    known = {one.name: one.default for one in fields(kind)}
    for name, value in given.items():
        if name not in known:
            raise BadFault(f"unknown fault {name!r}; known: {', '.join(known)}")
        if isinstance(known[name], str):
            good = isinstance(value, str)
        else:
            good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good:
            raise BadFault(f"{name}: not a value it can take")
    return kind(**given)
