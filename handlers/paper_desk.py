"""The part of the desk about documents that were issued: what is there, who checked it, and what its holder decides."""

from __future__ import annotations

from datetime import date

from dialogs.desk_family import OWN_ONLY
from dialogs.desk_papers import Check, Issued
from handlers.asking import Asking
from handlers.policy import DAY, TooMuch
from handlers.verification import state_of
from storage.ports.records import Document
from storage.ports.time import SHANGHAI

FEATURE = "BJQ-V-01"
CHANGES_A_DAY = 60


class PaperDesk:
    """Implements `dialogs.desk_papers.PapersDesk`. What is another person's is never reached."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def mine(self, limit: int) -> tuple[Issued, ...]:
        asking = self._asking
        found = await asking.tx.documents.of_person(asking.mine(OWN_ONLY).id, limit)
        await asking.audit("query", FEATURE, "ok" if found else "empty", asking.person)
        return tuple([await self._issued(one) for one in found])

    async def one(self, serial_no: str) -> Issued | None:
        document = await self._own(serial_no)
        await self._asking.audit("query", FEATURE, "ok" if document else "empty", self._asking.person)
        return await self._issued(document) if document else None

    async def checks(self, serial_no: str, limit: int) -> tuple[Check, ...]:
        if await self._own(serial_no) is None:
            return ()
        return tuple(Check(one.at, one.way) for one in await self._asking.tx.papers.checks(serial_no, limit))

    async def link(self, serial_no: str) -> str | None:
        asking = self._asking
        document = await self._own(serial_no)
        if document is None:
            return None
        await asking.audit("download", document.feature, "ok", asking.person)
        return await asking.services.links.document(asking.tx, asking.user.openid, document.serial_no)

    async def revoke(self, serial_no: str) -> Issued | None:
        asking = self._asking
        document = await self._own(serial_no)
        if document is None:
            return None
        await self._spend()
        done = await asking.tx.papers.revoke(serial_no, asking.services.clock.now())
        await asking.audit("void", document.feature, "ok" if done else "empty", asking.person)
        return await self._issued(document)

    async def limit(self, serial_no: str, until: date | None) -> Issued | None:
        asking = self._asking
        document = await self._own(serial_no)
        if document is None:
            return None
        before = await self._issued(document)
        if before.state not in ("revoked", "replaced"):
            await self._spend()
            await asking.tx.papers.limit(serial_no, until)
            await asking.audit("limit", document.feature, "ok", asking.person)
        return await self._issued(document)

    async def _own(self, serial_no: str) -> Document | None:
        person = self._asking.mine(OWN_ONLY)
        found = await self._asking.tx.documents.by_serial(serial_no)
        return found if found is not None and found.person_id == person.id else None

    async def _spend(self) -> None:
        asking = self._asking
        now = asking.services.clock.now()
        verdict = await asking.tx.limits.hit("paper-changes", asking.user.openid, CHANGES_A_DAY, DAY, now)
        if not verdict.allowed:
            raise TooMuch("改单据", verdict.retry_at or now + DAY)

    async def _issued(self, document: Document) -> Issued:
        validity = await self._asking.tx.papers.validity(document.serial_no)
        today = self._asking.services.clock.now().astimezone(SHANGHAI).date()
        return Issued(
            serial_no=document.serial_no,
            title=document.title,
            at=document.created_at,
            state=state_of(document, validity, today),
            until=validity.until if validity else None,
            revoked_at=validity.revoked_at if validity else None,
        )
