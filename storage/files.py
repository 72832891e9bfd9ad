"""Bytes of uploads in a folder of ours: sealed by the vault, under random names, readable by nobody else.

A file appears under its name only when all of it is on the disk: it is written beside, synced, and renamed. What a crash leaves, a file
that no row names, is found by `sweep`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from storage.ports.repositories import Unavailable
from storage.ports.time import Clock
from storage.vault import Sealed, Vault

_NAME = re.compile(r"[0-9a-f]{32}")
PURPOSE = "file"
"""For which the vault seals the bytes of a file."""
_PART = ".part"
_CHUNK = 200

Known = Callable[[Sequence[str]], Awaitable[set[str]]]


class FolderFiles:
    """Implements `ports.repositories.Files`. Writing raises Unavailable when the disk is full or away.

    `clock` dates the files, so that `sweep` judges their age by the same clock as its caller; without it the system's does.
    """

    def __init__(self, folder: Path, vault: Vault, clock: Clock | None = None) -> None:
        self._folder = folder
        self._vault = vault
        self._clock = clock

    async def put(self, body: bytes) -> str:
        name = secrets.token_hex(16)
        stamp = self._clock.now().timestamp() if self._clock else None
        try:
            await asyncio.to_thread(self._write, name, body, stamp)
        except OSError as error:
            raise Unavailable(f"files: {error.strerror}") from error
        return name

    async def get(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._read, name) if _NAME.fullmatch(name) else None

    async def drop(self, name: str) -> None:
        if _NAME.fullmatch(name):
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    async def sweep(self, known: Known, older_than: datetime) -> int:
        """Delete files put before that moment that `known` (`Attachments.stored`) does not name, and torn ones; how many. Idempotent.

        The moment lies well before now (an hour, say): a file is put before its row is committed.
        """
        old = await asyncio.to_thread(lambda: list(self._older(older_than.timestamp())))
        torn = [path for path in old if path.suffix == _PART]
        whole = iter([path for path in old if path.suffix != _PART])
        while chunk := list(islice(whole, _CHUNK)):
            kept = await known([path.name for path in chunk])
            torn += [path for path in chunk if path.name not in kept]
        await asyncio.to_thread(_remove, torn)
        return len(torn)

    # ── in a thread ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:4] / name

    def _write(self, name: str, body: bytes, stamp: float | None) -> None:
        # Its own name goes in with it: a file that was put in the place of another one does not pass.
        sealed = self._vault.seal(name.encode() + body, PURPOSE)
        path = self._path(name)
        fresh = not path.parent.is_dir()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(_PART)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                if stamp is not None:
                    os.utime(descriptor, (stamp, stamp))
                os.fsync(descriptor)
            part.rename(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        _sync(path.parent)  # a name lasts only when its folder is on the disk
        if fresh:
            _sync(path.parent.parent)
            _sync(self._folder)

    def _read(self, name: str) -> bytes | None:
        try:
            plain = self._vault.open(self._path(name).read_bytes(), PURPOSE)
        except (FileNotFoundError, NotADirectoryError, Sealed):
            return None
        except OSError as error:
            raise Unavailable(f"files: {error.strerror}") from error
        own = name.encode()
        return plain[len(own) :] if plain.startswith(own) else None

    def _older(self, stamp: float) -> Iterator[Path]:
        """Files of ours, whole and torn, that are older."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if _NAME.fullmatch(path.stem) and path.suffix in ("", _PART):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < stamp:
                        yield path


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
