"""What 我的数据 leaves for later: packing an export, and forgetting a chat when nothing of its last conversation can come again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from handlers.documents.holdings import packed
from handlers.family.standing import allowed, today_of
from handlers.later import Later
from handlers.my_data.words import teller
from handlers.services import Services
from storage.ports.records import Ticket
from storage.ports.repositories import Repositories, Store

EXPORT_JOB: Final = "export"
EXPORT_PAGE: Final = "export"
EXPORT_FILE: Final = "export-file"
ERASE_JOB: Final = "erase"
KEEP: Final = timedelta(days=1)
ERASE_AFTER: Final = timedelta(minutes=16)
"""Answers are kept a quarter of an hour for the platform's resends."""


class Exporting(msgspec.Struct, frozen=True):
    """What was asked for, by whom, in which following."""

    openid: str
    following: str
    person_id: int
    key: str


class Erasing(msgspec.Struct, frozen=True):
    """Which chat is to be forgotten."""

    openid: str
    following: str


def ready_token(key: str) -> str:
    """Under which it is kept that the export of that key is there."""
    return f"{EXPORT_FILE}|key|{key}"


def kept_token(name: str) -> str:
    """Under which it is kept that a file is an export that may still be fetched."""
    return f"{EXPORT_FILE}|name|{name}"


async def export(store: Store, services: Services, payload: bytes) -> None:
    """Pack everything into one file, sealed at rest as every upload, for a day. Does nothing the second time, nor for who has left."""
    wanted = msgspec.json.decode(payload, type=Exporting)
    now = services.clock.now()
    async with store.reading() as tx:
        user = await tx.users.get(wanted.openid)
        standing = await allowed(tx, wanted.openid, wanted.person_id, today_of(now), "own")
        done = await tx.tickets.get(ready_token(wanted.key), EXPORT_FILE, now) is not None
        if done or user is None or user.following != wanted.following or standing is None:
            return
        held = await tx.holdings.of(wanted.person_id, wanted.openid)
        files = await tx.holdings.files(wanted.person_id, wanted.openid)
    bodies = [(name, body) for stored, name in files if (body := await services.files.get(stored)) is not None]
    name = await services.files.put(await asyncio.to_thread(packed, held, bodies, now, teller(services.regions)))
    async with store.transaction() as tx:
        for token in (ready_token(wanted.key), kept_token(name)):
            await tx.tickets.add(token, Ticket(EXPORT_FILE, wanted.openid, {"file": name}, now, now + KEEP))


async def kept(tx: Repositories, names: Sequence[str], now: datetime) -> set[str]:
    """Which of these files are exports that may still be fetched; the others are swept."""
    return {one for one in names if await tx.tickets.get(kept_token(one), EXPORT_FILE, now) is not None}


async def erase(store: Store, services: Services, payload: bytes) -> None:
    """Forget the chat as when it leaves, unless it has left (and maybe come back), or has logged in anew since: then all that is there is newer
    than the erasure, which forgot at once what was older. Idempotent."""
    wanted = msgspec.json.decode(payload, type=Erasing)
    async with store.transaction() as tx:
        user = await tx.users.get(wanted.openid)
        if user is None or user.following != wanted.following or await tx.users.bindings(wanted.openid):
            return
        await tx.users.forget(wanted.openid)


JOBS: Mapping[str, Later] = {EXPORT_JOB: export, ERASE_JOB: erase}
