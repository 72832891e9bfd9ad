"""The disk is really full (ENOSPC) while the product serves from it: targets.md F12.

`python -m benchmarks.full`, as root (it mounts a small tmpfs). Everything that the product writes lies on it: database, files, short messages. It is filled
to the last byte and messages go on; then there is space again, without a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
from rich.console import Console

from benchmarks import account, people, servers
from benchmarks.alone import concluded, run_alone
from benchmarks.bench import openid
from benchmarks.platform import Message, Platform, new_id, response
from benchmarks.rates import asked
from bot.app import storage_of
from bot.clock import SystemClock
from dialogs.phrases import BUSY
from storage.migrations import migrate

_PEOPLE = 20
_PIECE = 64 * 1024


@contextlib.contextmanager
def small_disk(mib: int) -> Iterator[Path]:
    """A file system of its own with so much room."""
    with tempfile.TemporaryDirectory(prefix="shebao-full-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def fill(file: Path) -> None:
    """Until not one more byte is taken."""
    with file.open("ab", buffering=0) as opened:
        for piece in (_PIECE, 512, 1):
            with contextlib.suppress(OSError):
                while opened.write(bytes(piece)):
                    pass


class Phone:
    """Messages one at a time, each in time."""

    def __init__(self, port: int, http: aiohttp.ClientSession) -> None:
        self._platform, self._port, self._http = Platform(port), port, http
        self.wrong: list[str] = []
        self.slowest = 0.0

    async def say(self, message: Message) -> str:
        """The words of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        began = time.perf_counter()
        writer.write(self._platform.request(message))
        status, body = await response(reader)
        writer.close()
        self.slowest = max(self.slowest, time.perf_counter() - began)
        if status != 200:
            self.wrong.append(f"{message.text}: {status}")
        return self._platform.words(body)

    async def expect(self, message: Message, expected: str, when: str) -> None:
        """Say it, and note what is not as it should be."""
        if expected not in (answer := await self.say(message)):
            self.wrong.append(f"{when}: {message.text}: {answer[:60]!r}")

    async def opens(self, path: str) -> None:
        """A page or probe answers without an error of the server."""
        async with self._http.get(f"http://127.0.0.1:{self._port}/{path}") as answer:
            if answer.status >= 500:
                self.wrong.append(f"/{path}: {answer.status}")


async def run(folder: Path, logs: Path, console: Console) -> bool:
    """True when everybody was told, nothing broke, and all went on."""
    database = folder / "full.sqlite"
    made = account.config(database)
    made = replace(made, storage=replace(made.storage, files_dir=str(folder / "files")))
    await migrate(made.storage.database_url)
    async with storage_of(made, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, _PEOPLE, 3)
        await people.bind(store, {openid(number): ids[number] for number in range(_PEOPLE)})
    settings = account.write(made, logs / "full.toml")
    async with servers.bot(settings, logs / "full.log") as server, aiohttp.ClientSession() as http:
        phone = Phone(server.port, http)
        for number in range(_PEOPLE):
            question = asked(number, number, number)
            await phone.expect(question, question.expected, "before")
        ballast = folder / "ballast"
        fill(ballast)
        waiting = [asked(number, number, number) for number in range(_PEOPLE)]
        for question in waiting:
            await phone.expect(question, BUSY, "full")
        wishes = [await phone.say(Message(openid(number), "社保卡丢了", new_id())) for number in range(3)]
        for path in ("healthz", "readyz", "metrics", "v"):
            await phone.opens(path)
        ballast.unlink()
        for question in waiting:
            await phone.expect(question, question.expected, "with space again")
    promised = sum("编号" in one for one in wishes)
    if promised:
        phone.wrong.append(f"{promised} wishes were promised on a disk that took nothing")
    with contextlib.closing(sqlite3.connect(database)) as opened:
        whole = opened.execute("PRAGMA integrity_check").fetchone()[0]
    if whole != "ok":
        phone.wrong.append(f"integrity_check: {whole}")
    torn = [one.name for one in (folder / "files").rglob("*.part")]
    if torn:
        phone.wrong.append(f"half-written files: {torn}")
    console.print(
        f"{len(waiting)} questions on a full disk, asked again with space; slowest {phone.slowest:.2f} s; integrity_check {whole}"
    )
    return concluded(console, phone.wrong)


def main() -> int:
    """1 if something broke or was promised in vain."""
    argparse.ArgumentParser(prog="python -m benchmarks.full", description=__doc__).parse_args()
    with small_disk(24) as folder:
        return run_alone(lambda logs, console: run(folder, logs, console))


if __name__ == "__main__":
    raise SystemExit(main())
