"""What a dialog may ask about 个人账号, 服务分区 and 我的数据. Nothing here is for relatives."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from storage.ports.record import Record

if TYPE_CHECKING:
    from dialogs.desk import BindOutcome, CodeChecked
    from storage.ports.records import Account


class SignedIn(Record):
    """A place where somebody is signed in for the person: a chat of their own, or that of a relative (`relative` is what they are called)."""

    since: datetime
    used: datetime | None
    """When it was last written from; None where the platform has told nothing since."""
    here: bool
    way: str
    """sms, password."""
    relative: str = ""
    until: str = ""
    """Of a relative's right, as people read a day."""


class Consents(Record):
    """What is agreed to: when the chat was bound with which words, 用户协议 of the account, templates of notices, relatives."""

    bound_at: datetime | None
    bound_words: str
    account: Account | None
    notices: int
    relatives: int


class AccountsDesk(Protocol):
    """个人账号 (A2) of the person, and how to get to its pages."""

    async def page(self, act: str, request: str = "") -> str:
        """The address of the page for log_in, register, forgot, password or email; `request` ties a log-in to the conversation."""

    async def mine(self) -> Account | None:
        """The person's account."""

    async def confirm(self, request: str, digits: str) -> CodeChecked:
        """Try the digits that the page showed after the right password; five tries."""

    async def log_in(self, request: str, consent: str) -> BindOutcome:
        """Bind this chat as a log-in by SMS does (S16); only after `confirm`, once."""

    async def close(self) -> bool:
        """Delete the account (用户协议 withdrawn); whether there was one."""

    async def resident(self) -> bool:
        """城乡居民 rather than 城镇职工 (BJQ-L-08): what was said in this chat, else what is on file."""

    async def choose_resident(self, *, resident: bool) -> None:
        """Remember it with the chat."""


class MyDataDesk(Protocol):
    """What we hold of the person, and letting go of it (S22)."""

    async def signed_in(self) -> tuple[SignedIn, ...]:
        """This chat first, then the person's others, then relatives' rights; oldest first."""

    async def end_others(self) -> int:
        """End every other chat's sign-in and every relative's right, and tell them; how many."""

    async def export(self, proof: str) -> str | None:
        """The address under which the whole of it can be fetched for a day. `proof` is the passed code (purpose `export`), which is spent."""

    async def erase(self, proof: str) -> str | None:
        """Delete what is not kept by law: at once, and what this conversation still writes within the hour. The number of the proof that it
        was done; None without the passed code (purpose `erase`), which is spent."""

    async def consents(self) -> Consents:
        """What is agreed to now."""
