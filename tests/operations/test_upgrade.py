"""Bringing the schema forward while people write."""

from __future__ import annotations

import asyncio
import io
import re
from argparse import Namespace
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import storage.migrations
from storage.migrations import migrate, pending
from storage.vault import Vault
from tests import people
from tests.conversations.conftest import Chat
from tests.operations.conftest import OLD, Place

_FOLDER = Path(storage.migrations.__file__).parent


def one_before(url: str) -> str:
    """Bring an empty database to the revision before the last; which one the last is."""
    config = Config(str(_FOLDER / "alembic.ini"), stdout=io.StringIO())
    config.cmd_opts = Namespace(x=[f"url={url}"])
    scripts = ScriptDirectory(str(_FOLDER))
    head = scripts.get_current_head()
    assert head is not None
    before = scripts.get_revision(head).down_revision
    assert isinstance(before, str)
    command.upgrade(config, before)
    return head


async def test_migrating_while_people_write(place: Place) -> None:
    """Somebody logs in and talks on the schema of the release before, message after message, while `migrate` runs: each is answered, nobody
    is logged out, and afterwards nothing is pending."""
    head = await asyncio.to_thread(one_before, place.empty_url)
    assert await pending(place.empty_url)
    world = await place.opened(place.empty_url, Vault(OLD))
    chat = Chat(world)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    done, said = asyncio.Event(), 0

    async def talk() -> None:
        nonlocal said
        while not done.is_set() or said < 3:
            await chat.says("校验")
            chat.expect("流水号")
            await chat.says("取消")
            assert chat.last
            said += 1

    task = asyncio.ensure_future(talk())
    assert await migrate(place.empty_url) == [head]
    done.set()
    await task
    assert not await pending(place.empty_url)
    async with world.store.reading() as tx:
        assert [one.person_id for one in await tx.users.bindings(chat.openid)] == [world.ids.jianguo]


def test_a_release_only_adds() -> None:
    """Expand, then contract: from 0009 on a revision neither drops nor renames anything on its way up, and no column that it adds to a table
    is required without a default. The process of the release before would fail on that."""
    for path in sorted(_FOLDER.glob("versions/r*.py")):
        if path.name < "r0009":
            continue
        upward = path.read_text(encoding="utf-8").partition("def upgrade")[2].partition("def downgrade")[0]
        assert not re.search(r"\b(drop_table|drop_column|rename_table|new_column_name|DROP (TABLE|COLUMN)|RENAME)\b", upward), (
            path.name
        )
        for added in re.findall(r"add_column\((.*)\)", upward):
            assert "nullable=False" not in added or "server_default" in added, path.name
