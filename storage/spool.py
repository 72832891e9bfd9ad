"""A folder in which a process keeps what it could not give to its database: sealed, synced, in order, until it is taken away.

Names carry the moment and a keyed hash, nothing of a person. Every process of the machine that is configured with the folder sees all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from storage.ports.repositories import Unavailable
from storage.ports.time import Clock
from storage.vault import Sealed, Vault

_PURPOSE = "spool"
_MOST = 20_000
"""Entries. Beyond that nothing more is taken: whoever is told that something was kept must find it done."""


class FolderSpool:
    """Implements `ports.repositories.Spool`."""

    def __init__(self, folder: Path, vault: Vault, clock: Clock) -> None:
        self._folder = folder
        self._vault = vault
        self._clock = clock
        self._last = 0

    async def keep(self, key: str, body: bytes) -> None:
        hashed = self._vault.digest(key, _PURPOSE)
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1_000_000))
        try:
            await asyncio.to_thread(self._write, f"{self._last:020d}-{hashed}", hashed, body)
        except OSError as error:
            raise Unavailable(f"spool: {error.strerror}") from error

    async def entries(self) -> tuple[tuple[str, bytes], ...]:
        try:
            return await asyncio.to_thread(self._read)
        except OSError as error:
            raise Unavailable(f"spool: {error.strerror}") from error

    async def drop(self, name: str) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)

    # ── in a thread ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return sorted(one.name for one in os.scandir(self._folder) if not one.name.endswith(".part"))
        return []

    def _write(self, name: str, hashed: str, body: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = self._names()
        if any(one.endswith(hashed) for one in names):
            return
        if len(names) >= _MOST:
            raise OSError("it is full")
        path, part = self._folder / name, self._folder / f"{name}.part"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self._vault.seal(name.encode() + body, _PURPOSE))
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self) -> tuple[tuple[str, bytes], ...]:
        found = []
        for name in self._names():
            with contextlib.suppress(FileNotFoundError, Sealed):
                plain = self._vault.open((self._folder / name).read_bytes(), _PURPOSE)
                if plain.startswith(name.encode()):
                    found.append((name, plain[len(name) :]))
        return tuple(found)
