"""The page of an export: whether it is packed, and the file, while the chat is still the person's own."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.family.standing import allowed, today_of
from handlers.my_data.jobs import EXPORT_FILE, ready_token
from handlers.services import Services
from storage.ports.records import AuditEntry, Ticket
from storage.ports.repositories import Repositories, Store


class ExportPages:
    """Implements the port `Exports` of `bot.pages`."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def ready(self, params: Mapping[str, str], openid: str) -> bool | None:
        """Whether it is there; None when the chat may not have it (any more)."""
        async with self._store.reading() as tx:
            if not await self._mine(tx, params, openid):
                return None
            return await self._found(tx, params, openid) is not None

    async def file(self, params: Mapping[str, str], openid: str) -> bytes | None:
        """The ZIP; None when there is none (any more). Each fetching is audited."""
        now = self._services.clock.now()
        async with self._store.transaction() as tx:
            found = await self._found(tx, params, openid) if await self._mine(tx, params, openid) else None
            if found is None:
                return None
            actor, subject = await tx.audit.pseudonym(openid), await tx.people.identity_hash(int(params["person"]))
            await tx.audit.write(AuditEntry(now, actor, "person", "download", "my-data", subject, "ok"))
        return await self._services.files.get(found.params["file"])

    async def _mine(self, tx: Repositories, params: Mapping[str, str], openid: str) -> bool:
        today = today_of(self._services.clock.now())
        return await allowed(tx, openid, int(params["person"]), today, "own") is not None

    async def _found(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Ticket | None:
        kept = await tx.tickets.get(ready_token(params["key"]), EXPORT_FILE, self._services.clock.now())
        return kept if kept is not None and kept.openid == openid else None
