"""What every test needs and none changes, made once a process: a migrated SQLite file, the regions, the understanding."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from handlers.understanding import Understanding, default_understanding
from storage.migrations import migrate
from storage.ports.regions import Region
from storage.regions import load_regions

_template: list[bytes] = []


async def migrated(url: str) -> None:
    """As `migrate` on a file that does not exist yet."""
    path = Path(url.removeprefix("sqlite:///"))
    if not _template:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder) / "template.sqlite"
            await migrate(f"sqlite:///{first}")
            _template.append(await asyncio.to_thread(first.read_bytes))
    await asyncio.to_thread(path.write_bytes, _template[0])


@cache
def regions() -> Mapping[str, Region]:
    """The regions that come with the product."""
    return load_regions()


@cache
def understanding() -> Understanding:
    """The understanding; it holds nothing of any chat."""
    return default_understanding()
