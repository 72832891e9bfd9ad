"""What a page request does: answer what a `/p` link shows, and issue the document that its button asks for."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.chapters import DIALOGS
from dialogs.statement import Statement
from dialogs.vocabulary import ALL_FORMS, OneOf
from handlers.family.standing import actor_of, allowed, scope_of_query, today_of
from handlers.family.telling import told_of_page
from handlers.issuing import issue
from handlers.queries import QUERIES, asker_of
from handlers.queries.notices import PUBLIC
from handlers.query import Asker
from handlers.services import Services
from storage.ports.records import AuditEntry, Document
from storage.ports.repositories import Repositories, Store


def forms_of(query: str) -> tuple[tuple[str, str], ...]:
    """The forms of that query that can be ticked (BJQ-P-04a), code and name; empty where there is one paper."""
    paper = DIALOGS.get(f"{query}_paper")
    ticked = next((step for step in paper.steps if step.name == "forms"), None) if paper else None
    if not isinstance(ticked, OneOf) or callable(ticked.options):
        return ()
    return tuple((one.value, one.label) for one in ticked.options if one.value != ALL_FORMS)


class PagesDesk:
    """Implements the ports `Queries` and `Issuer` of `bot.pages`. Whose it is is asked again at each request: a binding or a relative's right may
    have ended."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        """The Statement that a link stands for; None if the chat may not see it (any more)."""
        if listing := PUBLIC.get(params.get("query", "")):
            region = self._services.regions.get(params.get("region", ""))
            if region is None or await tx.users.get(openid) is None:
                return None
            return await listing(tx, region, today_of(self._services.clock.now()), params)
        asker = await self._asker(tx, params, openid)
        query = QUERIES.get(params.get("query", ""))
        if asker is None or query is None:
            return None
        try:
            found = await query(tx, asker, params)
        except LookupError:
            return None
        await self._audit(tx, openid, "query", found.feature, asker.person.id)
        return found

    async def issue(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        """Freeze the statement as a document, once for `key`."""
        document = await issue(tx, self._services, statement, person_id, f"{self._services.digest(openid, 'key')}|{key}")
        if person_id is not None:
            await self._audit(tx, openid, "download", statement.feature, person_id)
            await told_of_page(tx, self._services, openid, person_id, statement.title, document.serial_no, act=False)
        return document

    async def _asker(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Asker | None:
        number = params.get("person", "")
        if await tx.users.get(openid) is None or not (number.isdecimal() and len(number) <= 15):
            return None
        today = today_of(self._services.clock.now())
        if await allowed(tx, openid, int(number), today, scope_of_query(params.get("query", ""))) is None:
            return None
        person = await tx.people.get(int(number))
        if person is None or person.person_status == "死亡":
            return None
        return await asker_of(tx, params.get("query", ""), person, self._services.regions[person.region], today)

    async def _audit(self, tx: Repositories, openid: str, action: str, feature: str, person_id: int) -> None:
        now = self._services.clock.now()
        subject = await tx.people.identity_hash(person_id)
        actor = await tx.audit.pseudonym(openid)
        role = await actor_of(tx, openid, person_id, today_of(now))
        await tx.audit.write(AuditEntry(now, actor, role, action, feature, subject, "ok"))
