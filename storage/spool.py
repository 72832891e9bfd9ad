"""A folder in which a process keeps what it could not give to its database: sealed, synced, in order, until it is taken away.

Names carry the moment and keyed hashes of chat and message, nothing of a person. Every process of the machine that is configured with the folder sees all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from pathlib import Path

import structlog

from storage.ports.repositories import Unavailable
from storage.ports.time import Clock
from storage.vault import Sealed, Vault

FOLDER = "kept"
"""Its name beside the uploads. Backups leave it out: what was asked for in an outage must not be done when a backup is put back."""

_PURPOSE = "spool"
_WHOSE = "spool.chat"
MOST = 20_000
"""Entries. Beyond that nothing more is taken: whoever is told that something was kept must find it done."""

_TRIES = 3

log = structlog.get_logger(__name__)


class FolderSpool:
    """Implements `ports.repositories.Spool`."""

    def __init__(self, folder: Path, vault: Vault, clock: Clock, most: int = MOST) -> None:
        self._most = most
        self._folder = folder
        self._vault = vault
        self._clock = clock
        self._last = 0
        self._told: set[str] = set()
        self._cleared = False

    async def keep(self, openid: str, key: str, body: bytes, at_most: int = 0) -> bool:
        hashed = self._vault.digest(key, _PURPOSE)
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1_000_000))
        whose = f"-{self._vault.digest(openid, _WHOSE)}-"
        try:
            return await asyncio.to_thread(self._write, f"{self._last:020d}{whose}{hashed}", hashed, body, whose, at_most)
        except OSError as error:
            raise Unavailable(f"spool: {error.strerror}") from error

    async def entries(self, openid: str = "") -> tuple[tuple[str, bytes], ...]:
        whose = self._vault.digest(openid, _WHOSE) if openid else ""
        try:
            found, damaged = await asyncio.to_thread(self._read, whose)
        except OSError as error:
            raise Unavailable(f"spool: {error.strerror}") from error
        if damaged - self._told:
            log.error("what was kept cannot be opened", files=len(damaged))
            self._told |= damaged
        return found

    async def drop(self, name: str) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)

    # ── in a thread ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return sorted(one.name for one in os.scandir(self._folder) if not one.name.endswith(".part"))
        return []

    def _write(self, name: str, hashed: str, body: bytes, whose: str, at_most: int) -> bool:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = self._names()
        if any(one.endswith(hashed) for one in names):
            return True
        if at_most and sum(whose in one for one in names) >= at_most:
            return False
        if len(names) >= self._most:
            raise OSError("it is full")
        path, part = self._folder / name, self._folder / f"{name}.part"
        try:
            with os.fdopen(_ours(part), "wb") as file:
                file.write(self._vault.seal(name.encode() + body, _PURPOSE))
                file.flush()
                os.fsync(file.fileno())
                part.rename(path)  # before it is closed: until then nobody takes it for one that was left behind
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return True

    def _read(self, whose: str) -> tuple[tuple[tuple[str, bytes], ...], set[str]]:
        """What can be opened, and the names of what cannot. The first look of a process clears away what a killed one was still writing."""
        if not self._cleared:
            self._clear()
        found, damaged = [], set()
        for name in self._names():
            if whose and f"-{whose}-" not in name:
                continue
            try:
                plain = self._vault.open((self._folder / name).read_bytes(), _PURPOSE)
            except FileNotFoundError:
                continue  # another process has done it meanwhile
            except Sealed:
                plain = b""
            if plain.startswith(name.encode()):
                found.append((name, plain[len(name) :]))
            else:
                damaged.add(name)
        return tuple(found), damaged

    def _clear(self) -> None:
        """Nobody was told of what has no name of its own yet. Whoever still writes holds a lock, which ends with its process."""
        self._cleared = True
        with contextlib.suppress(FileNotFoundError):
            for one in [Path(entry.path) for entry in os.scandir(self._folder) if entry.name.endswith(".part")]:
                with contextlib.suppress(OSError), one.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    one.unlink(missing_ok=True)


def _ours(part: Path) -> int:
    """A new file that no other process takes away while it is open. Raises OSError."""
    for _ in range(_TRIES):
        opened = os.open(part, os.O_WRONLY | os.O_CREAT, 0o600)
        with contextlib.suppress(OSError):  # a file system without locks: nobody else can lock it either
            fcntl.flock(opened, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_ino == os.fstat(opened).st_ino:
                return opened
        os.close(opened)  # it was cleared away between the two
    raise OSError("somebody clears it away")
