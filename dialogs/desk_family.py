"""What a dialog may ask about 亲情: inviting, asking, taking, using and ending what relatives may do for a person (S17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol

from storage.ports.record import Record
from storage.ports.records import SCOPES, Grant

if TYPE_CHECKING:
    from dialogs.desk import CodeChecked, CodeSent

OWN_ONLY: Final = "own"
"""The scope of what no relative may ever do: lifting a loss, a new phone, unbinding, granting."""

SCOPE_WORDS: Final[Mapping[str, str]] = {
    "remind": "收认证提醒",
    "certification": "看资格认证",
    "benefits": "看缴费和待遇",
    "act": "代办业务",
}
ASKABLE: Final = ("remind", "certification", "benefits")
"""What can be given without the person's own chat. To act needs that, or a member of staff."""

LONGEST_YEARS: Final = 3


def scopes_said(scopes: Collection[str]) -> str:
    """In the order of the list, as people read it; 没有 for none."""
    return "、".join(SCOPE_WORDS[scope] for scope in SCOPES if scope in scopes) or "没有"


class Terms(Record):
    """What is to be granted: what the relative may, what the person calls them, the last day, and when they are reminded."""

    scopes: frozenset[str]
    label: str
    until: date
    together: bool


class Invited(Record):
    """What a 家人码 stands for; or nothing, with `left` tries (0: not today any more), or `why` it is not for this chat."""

    name: str = ""
    """Masked."""
    terms: Terms | None = None
    left: int = 0
    why: str = ""


class Granted(Record):
    """What became of it: the grant and the masked name of the person; or a sentence that says why there is none. `told` says who was told."""

    grant: Grant | None = None
    name: str = ""
    told: str = ""
    why: str = ""


class Helped(Record):
    """A grant as the relative sees it; `name` is masked."""

    grant: Grant
    name: str
    region: str


class Relative(Record):
    """A grant as one of its two sides sees it: `mine` is True for the person, False for the relative."""

    grant: Grant
    name: str
    mine: bool

    @property
    def other(self) -> str:
        """Who the other side is."""
        return self.grant.label if self.mine else self.name


class FamilyDesk(Protocol):
    """亲情 of this chat. Another's grant looks like none."""

    @property
    def relative(self) -> Grant | None:
        """The grant under which the chat speaks for the person now; None when it is the person's own chat, or a visitor's."""

    async def hindrance(self) -> str:
        """Why nothing can be granted from this chat now, in a sentence; '' when it can."""

    async def invite(self, proof: str, terms: Terms) -> tuple[str, datetime] | None:
        """The 家人码 and until when it is good. `proof` is the passed code (purpose `relative`), which is spent; None without it."""

    async def invited(self, code: str) -> Invited:
        """What a 家人码 stands for. Wrong ones are counted, for the chat and in all."""

    async def accept(self, code: str) -> Granted:
        """Take it: once, by whoever is first. Both sides are told."""

    async def ask(self, phone: str, last_four: str, terms: Terms, *, may_wait: bool) -> CodeSent:
        """Send the person a code that says what is asked. The same answer for every phone and every four digits."""

    async def check(self, request: str, phone: str, last_four: str, terms: Terms, digits: str) -> CodeChecked:
        """Try the digits. Right only for the very terms that were sent."""

    async def agreed(self, request: str, phone: str, last_four: str, terms: Terms) -> Granted:
        """The person has told the code: granted. The code is spent."""

    async def relatives(self) -> tuple[Grant, ...]:
        """Who may something for the person of this chat, living ones, oldest first."""

    async def helped(self) -> tuple[Helped, ...]:
        """For whom this chat may something, as a relative; oldest first."""

    async def look(self, person_id: int) -> bool:
        """Speak for that person until the end of this turn, and no longer. False where nothing may be looked at (any more)."""

    async def one(self, grant_id: str) -> Relative | None:
        """A living grant of which this chat is one of the sides."""

    async def narrow(self, grant: Grant) -> bool:
        """Fewer scopes, an earlier end, or other reminding. False when it is not living or would be wider. The other side is told."""

    async def end(self, grant_id: str) -> Granted:
        """End it, by either side; both are told. The grant as it was."""

    async def staff_code(self) -> tuple[str, datetime]:
        """亲情码: eight characters by which a member of staff finds this chat, and until when."""
