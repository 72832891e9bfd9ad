"""A backup that is taken while people write, and put back elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from storage.backup import BackupError, back_up, restore
from storage.files import FolderFiles
from storage.spool import FOLDER, FolderSpool
from storage.vault import Vault
from tests.clock import START
from tests.conversations.conftest import Chat
from tests.operations.conftest import OLD, Place, while_people_write, with_a_file, with_a_paper
from tests.process.children import settings


async def test_what_was_backed_up_goes_on_elsewhere(place: Place) -> None:
    """Taken while somebody writes message after message; restored on a new database: a document issued before verifies, a dialog goes on
    where it was, an upload opens, and nothing that was answered before the backup began is missing."""
    vault = Vault(OLD)
    world = await place.opened(place.url, vault)
    _, paper = await with_a_paper(world)
    upload = await with_a_file(place.files, vault)
    await FolderSpool(place.files / FOLDER, vault, world.clock).keep("o-halfway", "w1", b"of an outage")
    halfway = Chat(world, "o-halfway")
    await halfway.says("校验")
    await halfway.says(paper[0])
    halfway.expect("校验码")
    taken = place.folder / "backup"
    async with while_people_write(world) as said:
        size, count = await asyncio.to_thread(back_up, place.url, place.files, taken, START)
    assert said
    assert size > 10_000
    assert count == 1
    elsewhere = place.folder / "restored"
    assert await asyncio.to_thread(restore, taken, place.empty_url, elsewhere) == START
    again = await place.opened(place.empty_url, vault, world.ids)
    goes_on = Chat(again, "o-halfway")
    goes_on.world.numbers = world.numbers
    await goes_on.says(paper[1])
    goes_on.expect("权益单校验成功", "张*")
    assert await FolderFiles(elsewhere, vault).get(upload) == b"a photo of a card"
    assert not (elsewhere / FOLDER).exists(), "what waited in an outage is not done again"
    async with again.store.reading() as tx:
        assert (await tx.audit.verify()).broken_at is None


async def test_a_backup_alone_shows_nothing(place: Place) -> None:
    """No number, no name and no key stands in any of its files, and only their owner may read them."""
    world = await place.opened(place.url, Vault(OLD))
    await with_a_paper(world)
    await with_a_file(place.files, Vault(OLD))
    taken = place.folder / "backup"
    await asyncio.to_thread(back_up, place.url, place.files, taken, START)
    assert taken.stat().st_mode & 0o077 == 0
    for path in taken.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            for secret in ("110101198001010011", "13800000001", "张建国", OLD.hex()):
                assert secret.encode() not in body, path.name
            assert OLD not in body
    assert (taken / ("database.sqlite" if place.url.startswith("sqlite") else "database.dump")).stat().st_mode & 0o077 == 0


async def test_a_torn_backup_is_not_restored(place: Place) -> None:
    """One byte that differs, or a part that is gone, is told before anything is written; a folder without a manifest is none."""
    await place.opened(place.url, Vault(OLD))
    upload = await with_a_file(place.files, Vault(OLD))
    taken = place.folder / "backup"
    await asyncio.to_thread(back_up, place.url, place.files, taken, START)
    (part,) = [path for path in (taken / "files").rglob("*") if path.name == upload]
    body = part.read_bytes()
    part.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    with pytest.raises(BackupError, match="不见了或者变了"):
        await asyncio.to_thread(restore, taken, place.empty_url, place.folder / "restored")
    part.unlink()
    with pytest.raises(BackupError, match="不见了或者变了"):
        await asyncio.to_thread(restore, taken, place.empty_url, place.folder / "restored")
    (taken / "manifest.json").unlink()
    with pytest.raises(BackupError, match="不是一份完整的备份"):
        await asyncio.to_thread(restore, taken, place.empty_url, place.folder / "restored")
    assert not (place.folder / "restored").exists()
    assert not list(place.folder.glob("elsewhere"))


async def test_nothing_is_restored_over_something(place: Place) -> None:
    """Neither over a database with tables nor into a folder with files; a backup is never written over another one."""
    await place.opened(place.url, Vault(OLD))
    await with_a_file(place.files, Vault(OLD))
    taken = place.folder / "backup"
    await asyncio.to_thread(back_up, place.url, place.files, taken, START)
    with pytest.raises(BackupError, match="已经"):
        await asyncio.to_thread(restore, taken, place.url, place.folder / "restored")
    with pytest.raises(BackupError, match="已经有文件"):
        await asyncio.to_thread(restore, taken, place.empty_url, place.files)
    with pytest.raises(BackupError, match="已经存在"):
        await asyncio.to_thread(back_up, place.url, place.files, taken, START)


def test_the_commands(sqlite_url: str, tmp_path: Path) -> None:
    """`backup` and `restore` on the configured places; a second restore is refused with a sentence and code 2."""
    here = {**settings(tmp_path, sqlite_url), "BOT_STORAGE__FILES_DIR": str(tmp_path / "files")}
    there = {
        **here,
        "BOT_STORAGE__DATABASE_URL": f"sqlite:///{tmp_path}/new/bot.sqlite",
        "BOT_STORAGE__FILES_DIR": str(tmp_path / "f"),
    }
    taken = tmp_path / "2024-09-12"
    done = CliRunner().invoke(app, ["backup", "--to", str(taken)], env=here)
    assert done.exit_code == 0, done.output
    assert "材料 0 件" in done.output
    assert json.loads((taken / "manifest.json").read_text())["sums"].keys() == {"database.sqlite"}
    done = CliRunner().invoke(app, ["restore", str(taken)], env=there)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "new" / "bot.sqlite").stat().st_mode & 0o077 == 0
    done = CliRunner().invoke(app, ["restore", str(taken)], env=there)
    assert done.exit_code == 2
    assert "已经存在" in done.output
