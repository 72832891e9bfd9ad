"""A new master key, while the chat goes on."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, LargeBinary, select
from typer.testing import CliRunner

from bot.__main__ import app
from storage.files import FolderFiles
from storage.migrations import run
from storage.renewal import renew, renew_files
from storage.sql.sealed import NOT_SEALED, SEALED
from storage.sql.tables import metadata
from storage.vault import Sealed, Vault
from tests import child, people
from tests.conversations.conftest import Chat
from tests.operations.conftest import NEW, OLD, Place, while_people_write, with_a_file, with_a_paper
from tests.process.children import settings

_SEALERS = {"seal", "sealed_or_none"}


def test_every_column_of_bytes_is_known() -> None:
    """Each is sealed for a purpose, or is said why it is not sealed anew."""
    every = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    known = {(table, column) for table, columns in SEALED.items() for column in columns}
    assert every == known | set(NOT_SEALED)
    assert not known & set(NOT_SEALED)


def test_every_purpose_is_known() -> None:
    """What the repositories seal for is what is sealed anew: no purpose is missing, and none is made up."""
    used: set[str] = set()
    for path in Path("storage/sql").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                last = node.args[-1]
                if name in _SEALERS and isinstance(last, ast.Constant):
                    used.add(str(last.value))
                elif name in _SEALERS and isinstance(last, ast.Name) and last.id in constants:
                    used.add(str(constants[last.id]))
    known = {purpose for columns in SEALED.values() for purposes in columns.values() for purpose in purposes}
    assert used - {"audit.note"} == known


def unopened(url: str, vault: Vault) -> list[str]:
    """Values that this vault does not open, by table and column."""
    found: list[str] = []

    def look(connection: Connection) -> None:
        for name, columns in SEALED.items():
            for column, purposes in columns.items():
                for (value,) in connection.execute(select(metadata.tables[name].c[column])):
                    if value is None:
                        continue
                    for purpose in purposes:
                        try:
                            vault.open(bytes(value), purpose)
                            break
                        except Sealed:
                            continue
                    else:
                        found.append(f"{name}.{column}")

    run(url, look)
    return found


async def test_everything_is_sealed_anew_while_people_write(place: Place) -> None:
    """Afterwards the new key alone opens every row and file; who was logged in still is, a dialog goes on, a document verifies, people are
    found by their phone, and a second run has nothing to do."""
    old = await place.opened(place.url, Vault(OLD))
    owner, paper = await with_a_paper(old)
    upload = await with_a_file(place.files, Vault(OLD))
    signed = await with_a_file(place.files / "papers", Vault(OLD))
    halfway = Chat(old, "o-halfway")
    await halfway.says("校验")
    await halfway.says(paper[0])
    both = Vault(NEW, [OLD])
    world = await place.opened(place.url, both, old.ids)
    world.numbers = old.numbers
    halfway.world = owner.world = world
    assert set(await asyncio.to_thread(unopened, place.url, Vault(NEW))) > {
        "person.name",
        "document.snapshot",
        "dialog_session.body",
    }
    told: list[tuple[str, int]] = []
    async with while_people_write(world):
        counts = await renew(place.url, both, lambda name, count: told.append((name, count)))
    assert counts["person"] == 5
    assert counts["document"] == 1
    assert [name for name, _ in told] == list(SEALED)
    assert await renew_files(place.files, both) == 2
    assert await asyncio.to_thread(unopened, place.url, Vault(NEW)) == []
    assert await FolderFiles(place.files, Vault(NEW)).get(upload) == b"a photo of a card"
    assert await FolderFiles(place.files / "papers", Vault(NEW)).get(signed) == b"a photo of a card"
    assert sum((await renew(place.url, both, lambda _name, _count: None)).values()) == 0
    assert await renew_files(place.files, both) == 0
    await halfway.says(paper[1])
    halfway.expect("权益单校验成功")
    async with world.store.reading() as tx:
        assert [one.person_id for one in await tx.users.bindings(owner.openid)] == [world.ids.jianguo]
    await Chat(world, "o-new").logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    async with world.store.reading() as tx:
        assert (await tx.audit.verify()).broken_at is None


async def test_a_key_that_is_missing_is_told(place: Place) -> None:
    """Without the key that something was sealed with, it stops and says so; what was sealed stays as it was."""
    await place.opened(place.url, Vault(OLD))
    with pytest.raises(Sealed):
        await renew(place.url, Vault(NEW, [bytes(32)]), lambda _name, _count: None)
    assert await asyncio.to_thread(unopened, place.url, Vault(OLD)) == []


async def test_the_command(sqlite_url: str, tmp_path: Path) -> None:
    """`rotate` needs a former key, and tells what it did; a key that is missing is a sentence."""
    given = {**settings(tmp_path, sqlite_url), "BOT_STORAGE__FILES_DIR": str(tmp_path / "files")}

    async def asked(**more: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["rotate"], env={**given, **more})
        return done.exit_code, done.output

    code, told = await asked()
    assert (code, "现在没有要换的" in told) == (2, True)
    await with_a_file(tmp_path / "files", Vault(bytes.fromhex(child.MASTER_KEY)))
    new = {"BOT_SECURITY__MASTER_KEY": NEW.hex(), "BOT_SECURITY__PREVIOUS_MASTER_KEYS": child.MASTER_KEY}
    code, told = await asked(**new)
    assert code == 0, told
    assert "0 行，1 个文件" in told
