"""What a chat is to a person: its own, or that of a relative with some rights. Asked at each access, never remembered.

Every door to a person's data asks here: the desk of a turn, the pages, the drafts, the orders. What is not allowed looks, on a page, like
what does not exist; in the chat it is said in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.desk_family import OWN_ONLY
from storage.ports.record import Record
from storage.ports.records import SCOPES, Grant, Person
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

OWN: Final = "own"
RELATIVE: Final = "relative"

_ASKED_BY: Final[Mapping[str, str]] = {"rights_record": "record_order"}
"""Queries that no conversation of their name asks: the one that does."""
_SCOPE_OF_CODE: Final[Mapping[str, str]] = {"login": "", "report_lost": "act"}


class Standing(Record):
    """`role` is own or relative. Whoever is bound to the person is own, whatever was granted beside."""

    role: str
    scopes: frozenset[str]
    grant: Grant | None = None

    def may(self, scope: str) -> bool:
        """Whether that scope is held; '' is held by everybody, and what only the person may do by no relative."""
        return self.role == OWN or scope == "" or scope in self.scopes

    @property
    def actor(self) -> str:
        """The role in the audit log."""
        return RELATIVE if self.role == RELATIVE else "person"

    @property
    def by(self) -> str:
        """As whoever did it stands in the steps of a case."""
        return f"亲情（{self.grant.label}）代办" if self.grant else "本人"


THE_PERSON: Final = Standing(OWN, frozenset((*SCOPES, OWN_ONLY)))


class NotGranted(Exception):
    """An expected refusal: this chat speaks for the person as a relative, and that is not among what it was given."""

    def __init__(self, person: Person, scope: str, standing: Standing) -> None:
        super().__init__(scope)
        self.person = person
        self.scope = scope
        self.standing = standing


def today_of(now: datetime) -> date:
    """The day in Shanghai, by which grants end."""
    return now.astimezone(SHANGHAI).date()


def scope_of_query(query: str) -> str:
    """What a query needs is what its conversation declares; one that none declares is for who may act."""
    dialog = DIALOGS.get(_ASKED_BY.get(query, query))
    return dialog.needs if dialog is not None else "act"


def scope_of_feature(feature: str) -> str:
    """The same for a document, which knows its feature only; nobody's feature (a guide, a log-in) makes no document of a person."""
    dialog = BY_FEATURE.get(feature)
    return (dialog.needs if dialog is not None else "") or "act"


def scope_of_code(purpose: str) -> str:
    """Whether a one-time code of that purpose may be asked for by a relative. What is not listed is the person's alone."""
    return _SCOPE_OF_CODE.get(purpose, OWN_ONLY)


async def standing(tx: Repositories, openid: str, person_id: int, today: date) -> Standing | None:
    """What this chat is to that person now; None for nothing. Whether the person still lives is asked by `allowed`, or by whoever has the record."""
    if any(one.person_id == person_id for one in await tx.users.bindings(openid)):
        return THE_PERSON
    found = next((one for one in await tx.family.of_chat(openid, today) if one.person_id == person_id), None)
    return Standing(RELATIVE, found.scopes, found) if found else None


async def allowed(tx: Repositories, openid: str, person_id: int, today: date, scope: str) -> Standing | None:
    """As `standing`, None too where that scope is not held, and for a person who has died: a link that was given out before opens nothing."""
    found = await standing(tx, openid, person_id, today)
    if found is None or not found.may(scope):
        return None
    person = await tx.people.get(person_id)
    return found if person is not None and person.person_status != "死亡" and person.death_date is None else None


async def spoken_for(tx: Repositories, openid: str, today: date, scope: str) -> tuple[int, ...]:
    """Everybody for whom this chat holds that scope: whose it is first, then those who granted it; oldest first."""
    own = [one.person_id for one in await tx.users.bindings(openid)]
    given = [one.person_id for one in await tx.family.of_chat(openid, today) if scope in one.scopes]
    return tuple(dict.fromkeys((*own, *given)))


async def actor_of(tx: Repositories, openid: str, person_id: int, today: date) -> str:
    """The role under which what this chat does for that person is audited."""
    found = await standing(tx, openid, person_id, today)
    return found.actor if found else "person"
