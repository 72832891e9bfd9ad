"""Freezing a Statement as a document with its numbers; idempotent by key."""

from __future__ import annotations

import contextlib

from dialogs.statement import Statement
from handlers.documents import content_hash, freeze, new_check_code, new_serial
from handlers.services import Services
from storage.ports.records import Document
from storage.ports.repositories import Conflict, Repositories


async def issue(tx: Repositories, services: Services, statement: Statement, person_id: int | None, key: str) -> Document:
    """Freeze a Statement as a document. Once for a `key`: asking again gives the same one."""
    document, _ = await issue_once(tx, services, statement, person_id, key)
    return document


async def issue_once(
    tx: Repositories, services: Services, statement: Statement, person_id: int | None, key: str
) -> tuple[Document, bool]:
    """As `issue`; False beside a document that was there already."""
    now = services.clock.now()
    snapshot = freeze(statement)
    drafts = (
        Document(
            serial_no=new_serial(now.date(), statement.region),
            check_code=new_check_code(),
            feature=statement.feature,
            title=statement.title,
            region=statement.region,
            person_id=person_id,
            key=key,
            snapshot=snapshot,
            content_hash=content_hash(snapshot),
            created_at=now,
        )
        for _ in range(_SERIALS)
    )
    for draft in drafts:
        with contextlib.suppress(Conflict):  # the number was drawn before: draw again
            return await tx.documents.add(draft)
    raise Conflict("no free serial number")


_SERIALS = 5
"""How often a serial is drawn: there are ten million a day and region."""
