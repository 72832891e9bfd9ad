"""What every test needs and none changes, made once a process: migrated SQLite files, empty or filled, the regions, the understanding."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from handlers.documents import Renderer
from handlers.understanding import Understanding, default_understanding
from storage.migrations import migrate
from storage.ports.regions import Region
from storage.regions import load_regions
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock

T = TypeVar("T")

_template: list[bytes] = []
_filled: dict[tuple[str, str], tuple[bytes, Any]] = {}


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def migrated(url: str) -> None:
    """As `migrate` on a file that does not exist yet."""
    if not _template:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder) / "template.sqlite"
            await migrate(f"sqlite:///{first}")
            _template.append(await asyncio.to_thread(first.read_bytes))
    _path(url).write_bytes(_template[0])


async def filled(url: str, vault: Vault, name: str, fill: Callable[[SqlStore], Awaitable[T]]) -> T:
    """As `migrated`, and then `fill` with a store on it at the beginning of the tests' time; done once for each name and vault, and copied.

    What `fill` returns is the same each time: nobody may change it. `name` says what it fills in."""
    key = name, vault.digest("whose", "template of tests")
    if key not in _filled:
        with tempfile.TemporaryDirectory() as folder:
            first = f"sqlite:///{folder}/filled.sqlite"
            await migrated(first)
            store = open_store(first, vault, FakeClock())
            found = await fill(store)
            await store.close()
            _filled[key] = await asyncio.to_thread(_path(first).read_bytes), found
    body, found = _filled[key]
    _path(url).write_bytes(body)
    return found


async def peopled(url: str, vault: Vault) -> people.Ids:
    """A migrated file with everybody of `tests.people`."""
    return await filled(url, vault, "people", people.load)


@cache
def regions() -> Mapping[str, Region]:
    """The regions that come with the product."""
    return load_regions()


class _Kept(Renderer):
    def close(self) -> None:
        """Nothing: it lives as long as the process of tests."""


@cache
def _renderer() -> Renderer:
    return _Kept()


def pytest_sessionfinish() -> None:
    """The renderer's processes end."""
    if _renderer.cache_info().currsize:
        Renderer.close(_renderer())


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    """One for all tests of a process that end none of its processes, which have read fonts and compiler once."""
    return _renderer()


@contextmanager
def one_renderer() -> Iterator[None]:
    """Products that start in this process meanwhile print with that one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.app.Renderer", lambda folder=None: Renderer(folder) if folder else _renderer())
        yield


@cache
def understanding() -> Understanding:
    """The understanding; it holds nothing of any chat."""
    return default_understanding()
