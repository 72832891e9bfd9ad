"""What a provider says about one short message: sent, certainly not sent (and why), or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from handlers.codes import Sms
from storage.ports.record import Record


class Why(StrEnum):
    """Why a message was certainly not sent."""

    NUMBER = "number"
    """The phone does not exist, or its owner wants none of these."""
    LIMIT = "limit"
    """The phone has had as many as one may get."""
    TEMPLATE = "template"
    """Template, signature or content are not as the provider approved them."""
    BALANCE = "balance"
    """The account has no money."""
    QUOTA = "quota"
    """The account has sent as much as it may."""
    ACCOUNT = "account"
    """Keys, permissions or addresses of the account."""
    AWAY = "away"
    """Nobody took the request, or the gateway refused it."""


class Sent(Record):
    """The provider has taken it, under this id of its own (empty where it gives none)."""

    message_id: str = ""


class NotSent(Record):
    """Certainly not sent. `code` is the provider's own word, `again_in` its pause, where it says one."""

    why: Why
    code: str = ""
    again_in: timedelta | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether another provider may well send it. A limit for a phone protects its owner: it holds with the other provider as well."""
        return self.why not in {Why.NUMBER, Why.LIMIT}

    @property
    def later(self) -> bool:
        """Whether the same message may be sent later without somebody changing it."""
        return self.why not in {Why.NUMBER, Why.TEMPLATE}


class Doubtful(Record):
    """It may have been sent. It is not sent again: a second code does more harm than a missing one."""

    code: str = ""


Outcome = Sent | NotSent | Doubtful


def why_of(code: str, codes: Mapping[str, Why], families: Sequence[tuple[str, Why]]) -> NotSent | Doubtful:
    """What a provider's error code says: its own meaning, else that of the first family whose beginning it has; what neither names may have
    come after the message went out."""
    why = codes.get(code) or next((why for start, why in families if code.startswith(start)), None)
    return NotSent(why, code) if why else Doubtful(code)


class Provider(Protocol):
    """Somebody who sends short messages. `name` stands in records, logs and addresses."""

    @property
    def name(self) -> str: ...

    async def send(self, sms: Sms) -> Outcome:
        """Hand over once; never raises for what the provider or the network does. `sms.id` goes along where the provider takes it."""
