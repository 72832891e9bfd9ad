"""Trouble on order: what `POST /sim/faults` sets. A count runs down as it happens; -1 does not end by itself.

`push`: `duplicate` (the next n messages are sent once more although they were answered), `drop` (the answers to the next n tries get lost on
the way, so the platform sends again), `delay_s` (every try reaches the bot that much later; it counts towards the five seconds), `wrong_key`
(the next n tries are encrypted with another key), `previous_key` (with the key before the last change), `skew_s` (the platform's timestamp is
off by that much), `reorder` (the next n messages are overtaken by the one after them), `twice` (the next n messages and events happen twice
in the same second, at once), `control` (the next n messages carry characters that XML forbids), `cdata_end` (they hold `]]>`), `raw_cdata`
(they hold it unescaped, which is no XML any more, as has been seen), `unknown_type` and `unknown_event` (the next n are of a kind that nobody
knows), `empty_key` (the next n events come with an empty EventKey), `list_one` and `list_many` (a `List` of the next n events has one element,
or two).
`api`, one of them or a list: the next `times` calls (1 when not given), or all of the next `for_s` seconds of the clock, take `delay_s` longer
and end in `errcode` or in the HTTP `status`; with `every` only each n-th of them, with `lost` 1 they are carried out and then the connection
is cut, or the error told, whichever was ordered. Token calls are spared unless `path` names them; `path` limits the fault to addresses that
contain it. `rate` strikes so many of all the calls instead, the same ones in every run (0.1: one in ten); `cut` 1 cuts the connection before
the call is carried out. `expire_tokens` 1 makes every token that was given out 40001 until a new one is fetched. `quota` n lets a day (Beijing's) have n
template messages, then 45009 until midnight or `clear_quota`; with a `path` it is the quota of that address.
`receipt`, of template messages and subscription notices: the next `lost` are never sent; `late_s` is how much later each is; `early` ones
are told before the call is answered; `duplicate` ones are told twice; `failed` messages are not shown and end in `failed: system failed`;
`no_id` calls for subscription notices are answered without a msgid, as the platform has been seen to do.
`pay`: of the next payments, `lost` notices are never sent; `late_s` is how much later each is; `forged` ones come before the right one, signed
with another key; `duplicate` ones follow although the right one was acknowledged; `mismatched` payments are of one 分 more than was ordered;
the next `away` calls of the merchant end in SYSTEM_ERROR.
`sms`: the next messages that are in order are refused with `code` (`refuse`; 余额不足 when it is empty) or for a limit of their number
(`limit`); are taken, but the answer never comes (`timeout`); the next calls end in 502 without a body (`broken`); the next messages are
reported as `undelivered`; of the next reports, `lost_report` are never sent and `duplicate_report` are sent twice; `late_report_s` is how
much later each is; `duplicate_reply` answers of people are told twice. `provider` (tencent, aliyun) limits refuse, limit, timeout and broken
to one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar


class BadFault(Exception):
    """Not a fault we know; the message says which key or value."""


class Counted:
    """Faults that are counts: they run down as they happen."""

    __slots__ = ()

    def take(self, name: str) -> bool:
        """Whether the counted fault `name` happens now."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left != 0


@dataclass(slots=True)
class PushFaults(Counted):
    """Faults of the push side."""

    duplicate: int = 0
    drop: int = 0
    delay_s: float = 0.0
    wrong_key: int = 0
    previous_key: int = 0
    skew_s: float = 0.0
    reorder: int = 0
    twice: int = 0
    control: int = 0
    cdata_end: int = 0
    raw_cdata: int = 0
    unknown_type: int = 0
    unknown_event: int = 0
    empty_key: int = 0
    list_one: int = 0
    list_many: int = 0


@dataclass(slots=True)
class ApiFaults:
    """One fault of the API side."""

    errcode: int = 0
    status: int = 0
    delay_s: float = 0.0
    times: int = 1
    path: str = ""
    for_s: float = 0.0
    every: int = 1
    lost: int = 0
    expire_tokens: int = 0
    quota: int = -1
    cut: int = 0
    rate: float = 0.0
    since: datetime | None = field(default=None, init=False)
    calls: int = field(default=0, init=False)
    chance: Random = field(default_factory=lambda: Random(0), init=False, repr=False)  # noqa: S311 - trouble, no secret

    @property
    def ends(self) -> bool:
        """Whether the call ends otherwise than it would."""
        return bool(self.errcode or self.status or self.lost or self.cut)

    def strikes(self, path: str, now: datetime) -> bool:
        """Whether a call to `path` is struck now."""
        if not (self.ends or self.delay_s):
            return False
        if (self.path and self.path not in path) or (not self.path and path.endswith("token")):
            return False
        if self.for_s:
            if self.since is not None and now - self.since >= timedelta(seconds=self.for_s):
                return False
        elif self.times == 0:
            return False
        self.calls += 1
        if self.calls % max(1, self.every) or (self.rate and self.chance.random() >= self.rate):
            return False
        if not self.for_s and self.times > 0:
            self.times -= 1
        return True


@dataclass(slots=True)
class ReceiptFaults(Counted):
    """Faults of the receipts of template messages and subscription notices."""

    lost: int = 0
    late_s: float = 0.0
    early: int = 0
    duplicate: int = 0
    failed: int = 0
    no_id: int = 0


@dataclass(slots=True)
class PayFaults(Counted):
    """Faults of the cashier."""

    lost: int = 0
    late_s: float = 0.0
    forged: int = 0
    duplicate: int = 0
    mismatched: int = 0
    away: int = 0


@dataclass(slots=True)
class SmsFaults(Counted):
    """Faults of the SMS clouds."""

    refuse: int = 0
    code: str = ""
    limit: int = 0
    timeout: int = 0
    broken: int = 0
    undelivered: int = 0
    lost_report: int = 0
    duplicate_report: int = 0
    late_report_s: float = 0.0
    duplicate_reply: int = 0
    provider: str = ""


_Faults = TypeVar("_Faults", PushFaults, ApiFaults, ReceiptFaults, PayFaults, SmsFaults)


def read(kind: type[_Faults], given: Any) -> _Faults:
    """Faults from JSON; what is not named is off. Raises BadFault."""
    if not isinstance(given, dict):
        raise BadFault("push, api, receipt, pay and sms must be objects")
    known = {one.name: one.default for one in fields(kind) if one.init}
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


def told(one: PushFaults | ApiFaults) -> dict[str, Any]:
    """As it was ordered: what is not off."""
    return {each.name: getattr(one, each.name) for each in fields(one) if each.init and getattr(one, each.name) != each.default}


def read_api(given: Any) -> tuple[ApiFaults, ...]:
    """One fault of the API or several. Raises BadFault."""
    if isinstance(given, list) and given:
        return tuple(read(ApiFaults, one) for one in given)
    return (read(ApiFaults, given),)
