"""Uploads as sealed files in a folder, under random names."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path

from storage.vault import Vault

_NAME = re.compile(r"[0-9a-f]{32}")


class FolderFiles:
    """Implements `ports.repositories.Files`."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    async def put(self, body: bytes) -> str:
        name = secrets.token_hex(16)
        await asyncio.to_thread(self._write, name, self._vault.seal(body, f"file.{name}"))
        return name

    def _write(self, name: str, sealed: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(sealed)

    async def get(self, name: str) -> bytes | None:
        if not _NAME.fullmatch(name):
            return None
        try:
            sealed = await asyncio.to_thread(self._path(name).read_bytes)
        except OSError:
            return None
        return self._vault.open(sealed, f"file.{name}")

    async def drop(self, name: str) -> None:
        if _NAME.fullmatch(name):
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)
