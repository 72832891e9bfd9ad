"""Housekeeping gives way: small transactions, pauses between them, and an end."""

from __future__ import annotations

from pathlib import Path

from handlers.housekeeping import CHAINED_AT_ONCE, FORGOTTEN_AT_ONCE, KEEP_ANSWERS, Housekeeping
from storage.files import FolderFiles
from storage.ports.records import AuditEntry
from storage.ports.repositories import Store
from storage.ports.time import Clock
from storage.vault import Vault
from tests.clock import START, FakeClock


class Busy(FakeClock):
    """A clock on which every look at it takes a while, and pauses pass at once."""

    def __init__(self, look_s: float) -> None:
        super().__init__(START.replace(minute=1))
        self._look_s = look_s
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        self.advance(self._look_s)
        return super().monotonic()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.advance(seconds)


async def _written(store: Store, entries: int, answers: int) -> None:
    async with store.transaction() as tx:
        for number in range(entries):
            await tx.audit.write(AuditEntry(START, f"a{number}", "person", "query", "BJQ-P-02a", "", "ok"))
        for number in range(answers):
            await tx.answers.put(f"old{number}", "oUser", b"old", START - 2 * KEEP_ANSWERS)
        await tx.answers.put("new", "oUser", b"new", START)


def _house(store: Store, clock: Clock, vault: Vault, folder: Path) -> Housekeeping:
    return Housekeeping(store, clock, FolderFiles(folder, vault, clock))


async def test_what_has_piled_up_is_done_piece_by_piece(store: Store, vault: Vault, tmp_path: Path) -> None:
    """All entries are chained and all old answers forgotten, in one run, with a pause of eight times its length after each piece."""
    clock = Busy(0.001)
    await _written(store, entries=2 * CHAINED_AT_ONCE + 1, answers=FORGOTTEN_AT_ONCE + 1)
    await _house(store, clock, vault, tmp_path).run(b"{}")
    async with store.reading() as tx:
        report = await tx.audit.verify()
        assert (report.entries, report.linked, report.broken_at) == (2 * CHAINED_AT_ONCE + 1, 2 * CHAINED_AT_ONCE + 1, None)
        assert await tx.answers.get("new") == b"new"
    async with store.transaction() as tx:
        assert await tx.answers.purge(START - KEEP_ANSWERS) == 0  # what Redis keeps goes by itself
    assert len(clock.pauses) >= 4  # three pieces of the log and the one that finds nothing
    assert all(pause > 7 * 0.001 for pause in clock.pauses)


async def test_a_run_leaves_the_rest_to_the_next_one(store: Store, vault: Vault, tmp_path: Path) -> None:
    """On a machine that is far too slow a run ends after some pieces; the following ones take up where it ended."""
    await _written(store, entries=3 * CHAINED_AT_ONCE, answers=0)
    linked = []
    for _ in range(3):
        await _house(store, Busy(5.0), vault, tmp_path).run(b"{}")
        async with store.reading() as tx:
            report = await tx.audit.verify()
        assert report.broken_at is None
        linked.append(report.linked)
    assert linked == [CHAINED_AT_ONCE, 2 * CHAINED_AT_ONCE, 3 * CHAINED_AT_ONCE]
