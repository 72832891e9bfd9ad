"""What the hourly housekeeping does to the ledger of notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.housekeeping import KEEP_NOTICES, KEEP_RECEIPTS, Housekeeping
from storage.files import FolderFiles
from storage.ports.records import NoticeState
from storage.ports.repositories import Store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.ledger import a_notice, put


@pytest.mark.parametrize(("minute", "left"), [(0, 1), (1, 3)])
async def test_old_notices_and_receipts_go_each_hour(
    store: Store, clock: FakeClock, vault: Vault, tmp_path: Path, minute: int, left: int
) -> None:
    """Rows that have not changed for 400 days, and receipts of yesterday; younger ones stay, and at other minutes everything does."""
    clock.set(START.replace(minute=minute))
    done = a_notice(due=None, state=NoticeState.DELIVERED)
    old = clock.now() - KEEP_NOTICES - timedelta(seconds=1)
    rows = await put(
        store,
        replace(done, person_id=1, at=old),
        replace(done, person_id=2, at=old),
        replace(done, person_id=3, at=old + timedelta(seconds=1)),
    )
    async with store.transaction() as tx:
        await tx.notices.receipt("old", "oUser", True, "", clock.now() - KEEP_RECEIPTS - timedelta(seconds=1))
        await tx.notices.receipt("new", "oUser", True, "", clock.now() - KEEP_RECEIPTS)
    await Housekeeping(store, clock, FolderFiles(tmp_path, vault, clock)).run(b"{}")
    async with store.transaction() as tx:
        assert len([row for row in rows if await tx.notices.get(row.id)]) == left
        assert await tx.notices.purge_receipts(clock.now()) == (1 if minute == 0 else 2)
