"""A World over a fresh migrated file for each test; the platform and the SMS gateway are lists."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

import pytest

from dialogs.messages import Reply
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.conversations.conftest import World, build, shown
from tests.fresh import peopled
from tests.handlers.reminding import Office
from tests.logged import logged


def words(reply: Reply) -> bytes:
    """A seal that gives the answer as words."""
    return shown(reply.first).encode()


async def all_at_once(turns: Iterable[Awaitable[bytes | None]]) -> list[str]:
    """Start every turn before any has run; the answers in the order in which the turns were handed over."""
    return [(answer or b"").decode() for answer in await asyncio.gather(*turns)]


async def until(holds: Callable[[], bool]) -> None:
    """Let other tasks run until something holds; the bound is patience for a machine that is busy, nothing is timed."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - it may be anything
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What is logged, as the running product logs it."""
    with logged() as written:
        yield written


@pytest.fixture
async def world(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[World]:
    ids = await peopled(sqlite_url, vault)
    store = open_store(sqlite_url, vault, clock)
    yield build(store, clock, vault, ids)
    await store.close()


@pytest.fixture
def office(world: World) -> Office:
    """The sender of reminders and a platform that a test can break, in that world."""
    return Office(world)
