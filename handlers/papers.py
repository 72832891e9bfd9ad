"""Long documents: asked for in the chat, made by a job, and the chat is told when they are there (P-DOC)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from dialogs.phrases import hour_and_minute
from dialogs.statement import Statement
from handlers.documents import group_serial
from handlers.family.standing import actor_of, allowed, scope_of_query, today_of
from handlers.issuing import issue_once
from handlers.later import Later
from handlers.queries import QUERIES, asker_of
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.records import AuditEntry, Document, User
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI

AT_ONCE: Final = 300
"""Rows that are frozen within a turn. Freezing grows with the rows, and the platform waits five seconds for an answer: 300 rows, five years of
all five insurances, take a small part of one; a life of them, or whatever is declared later, is not to be bounded by that."""

AWAKE: Final = timedelta(minutes=10)
"""Who has written so lately is waiting for it, whatever the hour."""

KEEP: Final = timedelta(days=1)
"""How long the link lives that is sent: nobody sits and waits for it, as for one that is the answer."""

_JOB: Final = "paper"
_KIND: Final = "P-DOC"


class _Wanted(msgspec.Struct, frozen=True):
    """What was asked for, by whom, in which following of the account."""

    openid: str
    following: str
    person_id: int
    query: str
    params: dict[str, str]
    key: str


def is_long(statement: Statement) -> bool:
    """Whether a document of it is made later."""
    return sum(len(table.rows) for table in statement.tables) > AT_ONCE


async def may_wait(tx: Repositories, user: User, person_id: int) -> bool:
    """Whether this chat can be told later: it has not stopped hearing of documents."""
    return _KIND not in await tx.wishes.stopped(openid=user.openid, person_id=person_id)


async def issue_later(
    tx: Repositories, services: Services, user: User, person_id: int, query: str, params: Mapping[str, str], key: str
) -> None:
    """Have it made as soon as this transaction is there; once for a `key`."""
    wanted = _Wanted(user.openid, user.following, person_id, query, dict(params), key)
    await tx.jobs.enqueue(_JOB, msgspec.json.encode(wanted), services.clock.now(), dedupe_key=f"{_JOB}|{key}")


async def make(store: Store, services: Services, payload: bytes) -> None:
    """Freeze the document and tell the chat, in one transaction: there is never one without the other, and a second run adds nothing.

    Nothing for a chat that has left, or may not see it any more, and for somebody who has died since.
    """
    wanted = msgspec.json.decode(payload, type=_Wanted)
    now = services.clock.now()
    today = today_of(now)
    async with store.transaction() as tx:
        user, person = await tx.users.get(wanted.openid), await tx.people.get(wanted.person_id)
        if user is None or user.following != wanted.following or person is None or person.person_status == "死亡":
            return
        if await allowed(tx, wanted.openid, person.id, today, scope_of_query(wanted.query)) is None:
            return
        asker = await asker_of(tx, wanted.query, person, services.regions[person.region], today)
        try:
            statement = await QUERIES[wanted.query](tx, asker, wanted.params)
        except LookupError:  # what it was of is not there any more
            return
        document, made = await issue_once(tx, services, statement, person.id, wanted.key)
        if not made:
            return
        actor, role = await tx.audit.pseudonym(wanted.openid), await actor_of(tx, wanted.openid, person.id, today)
        subject = await tx.people.identity_hash(person.id)
        await tx.audit.write(AuditEntry(now, actor, role, "download", statement.feature, subject, "ok"))
        await tell_ready(tx, services, user, person.id, document, "再查一次、再点下载就有。")


async def tell_ready(tx: Repositories, services: Services, user: User, person_id: int, document: Document, again: str) -> None:
    """Tell the chat that its document is there (P-DOC), once; `again` is how to get it when the link is over. Not at night to who sleeps."""
    now, about = services.clock.now(), f"doc:{document.serial_no}"
    url = await services.links.document(tx, user.openid, document.serial_no, KEEP)
    until = hour_and_minute((now + KEEP).astimezone(SHANGHAI), now.astimezone(SHANGHAI))
    text = (
        f"您要的《{document.title}》做好了，流水号 {group_serial(document.serial_no)}。\n点这里打开：{url}\n"
        f"{until} 前有效，只能由您打开。过时了没关系，{again}"
    )
    asleep = user.last_interaction_at is None or now - user.last_interaction_at > AWAKE
    await notify(tx, services, user.openid, text, about=about, once=about, person_id=person_id, quiet=asleep)


JOBS: Mapping[str, Later] = {_JOB: make}
