"""Real processes that start at once: forked by a server that has read our modules already, instead of reading them again each time.

`python -m <module>` takes a second and a half of processor time before its first line. Here one process without threads and without a loop
reads the modules and forks; what it forks runs `<module>` as `__main__`, in the folder and with the environment that were asked for, has a
pid of its own and dies of a real SIGKILL. The server ends with the process that started it. Reading costs it several seconds: whoever
uses it is of the group `children`, so that one worker has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parent.parent
_MODULES = (
    "bot.__main__",
    "bot.app",
    "bot.campaigns",
    "bot.console.commands",
    "bot.payments.wechatpay",
    "handlers.captcha_picture",
    "storage.migrations",
    "storage.redis",
    "storage.sql.advisory",
    "storage.sql.pgqueuer",
    "uvloop",
    "tests.warm",
    "tests.child",
    "tests.orders.child",
    "tests.sms.mortal",
    "benchmarks.sending",
)

_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__, *_MODULES])


def _born(
    module: str,
    arguments: tuple[str, ...],
    folder: str,
    environment: dict[str, str],
    out: Connection | None,
    err: Connection | None,
) -> None:
    """The life of a process: what `python -m module arguments` does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with open(os.devnull, "wb") as nowhere:
        for number, given in ((1, out), (2, err)):
            os.dup2(given.fileno() if given else nowhere.fileno(), number)
    for given in {out, err} - {None}:
        assert given is not None
        given.close()
    sys.argv = [module, *arguments]
    sys.path.insert(0, folder)
    sys.modules.pop(module if module != "bot" else "bot.__main__", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Process:
    """A forked process, as `subprocess.Popen` would have it."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        folder: Path = ROOT,
        environment: Mapping[str, str] | None = None,
        out: Connection | None = None,
        err: Connection | None = None,
    ) -> None:
        given = dict(os.environ if environment is None else environment)
        self._process = _forks.Process(target=_born, args=(module, arguments, str(folder), given, out, err))
        self._process.start()
        self.sentinel = self._process.sentinel
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs; -9 after SIGKILL."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        found = self._process.exitcode
        if found is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return found

    def send_signal(self, number: int) -> None:
        """Send it, if the process runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)


def logged(module: str, *arguments: str, log: Path) -> Process:
    """`python -m module arguments`, what it writes in a file."""
    with Connection(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), readable=False) as out:
        return Process(module, *arguments, out=out, err=out)


class Child:
    """A forked process, as `asyncio.create_subprocess_exec` would give it. `stdout` or `stderr` are None where nobody asked for them."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self.lost: list[asyncio.Future[None]] = []
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.wait()
        self._ended.set()

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs; -9 after SIGKILL."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for the end, and for the end of what it writes; the exit code."""
        await self._ended.wait()
        await asyncio.gather(*self.lost)
        return self._process.wait()

    def send_signal(self, number: int) -> None:
        """Send it, if the process runs."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()


class _Reading(asyncio.StreamReaderProtocol):
    """Says when the pipe is closed."""

    def __init__(self, reader: asyncio.StreamReader, lost: asyncio.Future[None]) -> None:
        super().__init__(reader)
        self._lost = lost

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self._lost.done():
            self._lost.set_result(None)


async def start(
    module: str,
    *arguments: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    stdout: bool = False,
    stderr: bool = False,
) -> Child:
    """`python -m module arguments` in `folder`; what it writes can be read where it is asked for, and goes nowhere otherwise."""
    loop = asyncio.get_running_loop()
    ends: dict[str, tuple[Connection, Connection]] = {}
    for name, wanted in (("out", stdout), ("err", stderr)):
        if wanted:
            ends[name] = _forks.Pipe(duplex=False)
    writers = {name: writer for name, (_, writer) in ends.items()}
    child = Child(Process(module, *arguments, folder=folder, environment=environment, **writers))
    for name, (mine, its) in ends.items():
        its.close()
        reader = asyncio.StreamReader()
        lost = loop.create_future()
        with mine:
            pipe = os.fdopen(os.dup(mine.fileno()), "rb", 0)
        await loop.connect_read_pipe(lambda reader=reader, lost=lost: _Reading(reader, lost), pipe)  # type: ignore[misc]
        child.lost.append(lost)
        setattr(child, f"std{name}", reader)
    return child
