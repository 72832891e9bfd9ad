"""Sealed files: whole or not there, readable by us alone, and swept away when nothing names them."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from storage.files import FolderFiles
from storage.ports.repositories import Store, Unavailable
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import a_filing, an_attachment

BODY = "身份证照片 欧阳测试甲".encode() * 1000
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files lie; made when it is needed."""
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path, vault: Vault, clock: FakeClock) -> FolderFiles:
    """Dated by the clock of the test."""
    return FolderFiles(folder, vault, clock)


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_a_file_comes_back_byte_for_byte(files: FolderFiles) -> None:
    """Also an empty one and the largest that is taken; every name is new."""
    bodies = [BODY, b"", bytes(range(256)) * 4 * 1024 * 20]
    names = [await files.put(body) for body in [*bodies, BODY]]
    assert len(set(names)) == 4
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in names)
    assert [await files.get(name) for name in names] == [*bodies, BODY]


async def test_many_at_once(files: FolderFiles, folder: Path) -> None:
    """Written side by side, each whole; nothing else is left in the folder."""
    names = await asyncio.gather(*(files.put(b"%d" % number * 5000) for number in range(40)))
    assert [await files.get(name) for name in names] == [b"%d" % number * 5000 for number in range(40)]
    assert {path.name for path in _paths(folder)} == set(names)


async def test_what_lies_in_the_folder_shows_nothing(files: FolderFiles, folder: Path) -> None:
    """Sealed, two folders deep, readable by nobody else."""
    name = await files.put(BODY)
    (path,) = _paths(folder)
    assert path == folder / name[:2] / name[2:4] / name
    assert "欧阳测试甲".encode() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    ["", "0" * 32, "../../../etc/passwd", "..", "A" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n", "00/00/" + "0" * 26, "\0" * 32],
)
async def test_a_name_that_is_not_ours_is_no_file(files: FolderFiles, name: str) -> None:
    """Neither read nor dropped, and no error."""
    assert await files.get(name) is None
    await files.drop(name)


async def test_an_altered_file_is_no_file(files: FolderFiles, folder: Path) -> None:
    """One bit, a cut, an empty one, a folder of its name, or another file of ours in its place."""
    name, other = await files.put(BODY), await files.put(b"another")
    path, stranger = (folder / one[:2] / one[2:4] / one for one in (name, other))
    sealed = path.read_bytes()
    for altered in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:50], b"", stranger.read_bytes()):
        path.write_bytes(altered)
        assert await files.get(name) is None
    path.write_bytes(sealed)
    assert await files.get(name) == BODY


async def test_another_key_opens_nothing(files: FolderFiles, folder: Path) -> None:
    """A copied folder without the key."""
    name = await files.put(BODY)
    assert await FolderFiles(folder, Vault(b"x" * 32)).get(name) is None


async def test_a_dropped_file_is_gone(files: FolderFiles, folder: Path) -> None:
    """Twice is once."""
    name = await files.put(BODY)
    for _ in range(2):
        await files.drop(name)
    assert await files.get(name) is None
    assert _paths(folder) == []


async def test_a_folder_that_cannot_be_written_is_unavailable(folder: Path, vault: Vault) -> None:
    """In the ports' words, and nothing is left behind."""
    await asyncio.to_thread(folder.write_bytes, b"not a folder")
    with pytest.raises(Unavailable):
        await FolderFiles(folder, vault).put(BODY)
    assert await FolderFiles(folder, vault).get("0" * 32) is None


async def test_sweeping_removes_what_no_row_names(store: Store, files: FolderFiles, folder: Path, clock: FakeClock) -> None:
    """A crash between file and row, a dropped draft, half a file: gone once they are old; what a row names, what is young, what is not ours stays."""
    kept, orphan, torn = [await files.put(BODY) for _ in range(3)]
    half = folder / torn[:2] / torn[2:4] / torn
    half.rename(half.with_suffix(".part"))
    foreign = half.with_name("README")
    shutil.copy2(half.with_suffix(".part"), foreign)
    clock.advance(2 * 3600)
    young = await files.put(BODY)
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
        await work.attachments.add(an_attachment(case.case_no, stored_as=kept))

    async def known(names: Sequence[str]) -> set[str]:
        async with store.reading() as found:
            return await found.attachments.stored(names)

    assert await files.sweep(known, START) == 0
    assert await files.sweep(known, clock.now() - HOUR) == 2
    assert await files.sweep(known, clock.now() - HOUR) == 0
    assert await files.get(kept) == await files.get(young) == BODY
    assert await files.get(orphan) is None
    assert foreign.exists()


async def test_sweeping_many_asks_in_parts(files: FolderFiles, clock: FakeClock) -> None:
    """More files than one question may name; each is asked for once."""
    names = set(await asyncio.gather(*(files.put(b"x") for _ in range(250))))
    asked: list[str] = []

    async def known(some: Sequence[str]) -> set[str]:
        asked.extend(some)
        return {name for name in some if name < "8"}

    clock.advance(7200)
    gone = {name for name in names if name >= "8"}
    assert await files.sweep(known, clock.now() - HOUR) == len(gone)
    assert sorted(asked) == sorted(names)


async def test_a_folder_that_was_never_used_is_swept_too(files: FolderFiles) -> None:
    """Nothing is there, nothing is removed, nobody is asked."""

    async def known(_: Sequence[str]) -> set[str]:
        raise AssertionError("asked")

    assert await files.sweep(known, START) == 0


async def test_without_a_clock_files_carry_the_systems_date(folder: Path, vault: Vault) -> None:
    """Then only the system can make them old."""
    files = FolderFiles(folder, vault)
    await files.put(BODY)
    (path,) = _paths(folder)

    async def known(_: Sequence[str]) -> set[str]:
        return set()

    assert await files.sweep(known, START) == 0
    before = (START - HOUR).timestamp()
    os.utime(path, (before, before))
    assert await files.sweep(known, START) == 1
