"""What the platform's API can answer instead of a result, sorted by what the caller should do about it (wechat.md A7, A8, A13)."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from enum import StrEnum

from storage.ports.time import SHANGHAI

DAY_IS_USED_UP = 45009
_MINUTE_IS_USED_UP = 45011
_A_MINUTE = timedelta(minutes=1)

_RID = re.compile(r"\s*rid:\s*([0-9A-Za-z-]+)")
_LONGEST_MESSAGE = 200


class Kind(StrEnum):
    """What an error calls for."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """The access token or the credentials are not accepted, after one refresh: an operator must look."""
    QUOTA = "quota"
    """Too many calls, today (45009) or this minute (45011): stop, do not try again now."""
    WINDOW = "window"
    """The person may not be written to now (45015, 45047): keep it for their next message."""
    PERSON = "person"
    """This person cannot be reached at all: not following, refused, blocked or unknown. Not retried."""
    NOT_ALLOWED = "not_allowed"
    """The account may not use this function (48001 …)."""
    ARGUMENT = "argument"
    """What was sent breaks a rule (47003 …): the same call will fail again."""
    MEDIA = "media"
    """The media id is unknown or too old (40007)."""
    BUSY = "busy"
    """The platform asks to try again (-1)."""
    UNREACHABLE = "unreachable"
    """No proper answer came; see `ApiError.may_have_happened`."""
    OTHER = "other"


TOKEN_EXPIRED = frozenset({40001, 40014, 42001})
"""Errors of the token that was used: one refresh and one more try may help."""

_KINDS: dict[int, Kind] = {
    -1: Kind.BUSY,
    **dict.fromkeys(
        (*TOKEN_EXPIRED, 40013, 40125, 40164, 40243, 41001, 41002, 41004, 42007, 50004, 50007, 89503, 89506, 89507), Kind.TOKEN
    ),
    **dict.fromkeys((DAY_IS_USED_UP, _MINUTE_IS_USED_UP), Kind.QUOTA),
    **dict.fromkeys((45015, 45047), Kind.WINDOW),
    **dict.fromkeys((40003, 43004, 43019, 43101), Kind.PERSON),
    **dict.fromkeys((48001, 48004, 50002), Kind.NOT_ALLOWED),
    **dict.fromkeys((40004, 40006, 40037, 45008, 45072, 47003), Kind.ARGUMENT),
    40007: Kind.MEDIA,
}


def next_day(now: datetime) -> datetime:
    """When a day's quota is new: after midnight in Beijing, and a minute later, so that a clock of ours that is a little fast does not use up the
    new day with one call of the old one."""
    midnight = datetime.combine(now.astimezone(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)
    return midnight + _A_MINUTE


class ApiError(Exception):
    """A call that gave no result.

    `errcode` is the platform's, or None when no answer of its came; `errmsg` is its text without the request id and without any
    secret; `rid` is the request id to quote to the platform's support.
    """

    def __init__(self, errcode: int | None, errmsg: str, rid: str = "", may_have_happened: bool = False) -> None:
        super().__init__(f"{errcode} {errmsg}" + (f" rid {rid}" if rid else ""))
        self.errcode = errcode
        self.errmsg = errmsg
        self.rid = rid
        self.may_have_happened = may_have_happened
        """True when the request may have reached the platform and been carried out, although nothing came back."""

    @property
    def kind(self) -> Kind:
        """What this error calls for."""
        return Kind.UNREACHABLE if self.errcode is None else _KINDS.get(self.errcode, Kind.OTHER)

    @property
    def day_is_used_up(self) -> bool:
        """Whether the interface gives nothing more today: all processes have to know."""
        return self.errcode == DAY_IS_USED_UP

    def quota_back(self, now: datetime) -> datetime | None:
        """From when on the interface may be called again: the next day, or in a minute. None where no quota is used up."""
        if self.kind is not Kind.QUOTA:
            return None
        return next_day(now) if self.day_is_used_up else now + _A_MINUTE

    @property
    def retryable(self) -> bool:
        """Whether the same call may be made again later without doing anything twice."""
        return self.kind is Kind.BUSY or (self.kind is Kind.UNREACHABLE and not self.may_have_happened)


def from_answer(errcode: int, errmsg: str, secrets: tuple[str, ...]) -> ApiError:
    """The error that an answer of the platform tells; `secrets` are cut out of its text should they stand in it."""
    found = _RID.search(errmsg)
    text = _RID.sub("", errmsg)
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return ApiError(errcode, text[:_LONGEST_MESSAGE].strip(), found[1] if found else "")
