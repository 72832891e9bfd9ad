"""What a page request does: answer what a `/p` link shows, and issue the document that its button asks for."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.statement import Statement
from handlers.desk import TurnDesk
from handlers.issuing import issue
from handlers.queries import QUERIES
from handlers.query import Asker
from handlers.services import Services
from storage.ports.records import AuditEntry, Document
from storage.ports.repositories import Repositories, Store


class PagesDesk:
    """Implements the ports `Queries` and `Issuer` of `bot.pages`. Ownership is asked again at each request: a binding may have ended."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        """The Statement that a link stands for; None if the chat is no longer bound to the person it was made for."""
        asker = await self._asker(tx, params, openid)
        query = QUERIES.get(params.get("query", ""))
        if asker is None or query is None:
            return None
        try:
            found = await query(tx, asker, params)
        except LookupError:
            return None
        await self._audit(tx, openid, "query", found.feature, asker)
        return found

    async def issue(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        """Freeze the statement as a document, once for `key`."""
        document = await issue(tx, self._services, statement, person_id, f"{self._services.digest(openid, 'key')}|{key}")
        if person_id is not None:
            subject = await tx.people.identity_hash(person_id)
            actor = await tx.audit.pseudonym(openid)
            entry = AuditEntry(self._services.clock.now(), actor, "person", "download", statement.feature, subject, "ok")
            await tx.audit.write(entry)
        return document

    async def _asker(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Asker | None:
        user = await tx.users.get(openid)
        number = params.get("person", "")
        if user is None or not number.isdecimal():
            return None
        desk = await TurnDesk.open(tx, user, self._services)
        person = next((one for one in await desk.bound() if one.id == int(number)), None)
        if person is None:
            return None
        return Asker(person, self._services.regions[person.region], self._services.clock.now().date())

    async def _audit(self, tx: Repositories, openid: str, action: str, feature: str, asker: Asker) -> None:
        subject = await tx.people.identity_hash(asker.person.id)
        actor = await tx.audit.pseudonym(openid)
        await tx.audit.write(AuditEntry(self._services.clock.now(), actor, "person", action, feature, subject, "ok"))
