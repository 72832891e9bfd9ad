"""Sealing everything anew under the newest master key, in small pieces, beside processes that go on serving."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from storage.files import PURPOSE
from storage.migrations import run
from storage.sql.sealed import SEALED, renew_some
from storage.vault import Vault

_ROWS = 200
"""Of one transaction: on SQLite nobody else writes meanwhile."""


async def renew(database_url: str, vault: Vault, told: Callable[[str, int], None]) -> Mapping[str, int]:
    """Seal every sealed column anew; how many rows were written, by table. `told` hears of each table that is done.

    Idempotent, and can be stopped and run again. Raises Sealed when a value was sealed by none of the vault's keys, Unavailable when
    the database does not answer.
    """
    found: dict[str, int] = {}
    for name in SEALED:
        written, after, more = 0, None, True
        while more:
            count, after = await asyncio.to_thread(_piece, database_url, vault, name, after)
            written, more = written + count, after is not None
        found[name] = written
        told(name, written)
    return found


def _piece(database_url: str, vault: Vault, name: str, after: tuple[Any, ...] | None) -> tuple[int, tuple[Any, ...] | None]:
    found: list[tuple[int, tuple[Any, ...] | None]] = []

    def some(
        connection: Connection,
    ) -> None:  # returns nothing: `run` looks through the whole database after a change of the schema
        found.append(renew_some(connection, vault, name, after, _ROWS))

    run(database_url, some)
    return found[0]


async def renew_files(folder: Path, vault: Vault) -> int:
    """Seal every file of the folder anew (`storage.files`), signed papers beside the uploads included; how many were written.

    Idempotent. A file that is dropped meanwhile stays dropped.
    """

    def every() -> int:
        places = (folder, folder / "papers")
        return sum(
            _renewed(path, vault) for place in places for path in sorted(place.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"))
        )

    return await asyncio.to_thread(every)


def _renewed(path: Path, vault: Vault) -> bool:
    try:
        body = None if path.suffix else vault.renewed(path.read_bytes(), PURPOSE)
    except FileNotFoundError:
        return False
    return body is not None and _replaced(path, body)


def _replaced(path: Path, body: bytes) -> bool:
    """Write the file anew, whole or not at all, with the time that it had; whether it was still there."""
    part = path.with_suffix(".new")
    try:
        stamp = path.stat()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.utime(part, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        if not path.exists():
            return False
        part.replace(path)
    except FileNotFoundError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True
