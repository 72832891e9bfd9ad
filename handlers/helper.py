"""The process that decodes pictures, as its server sees it: started when it is first needed, one request at a time, replaced when it dies.

What kills a decoder costs one answer, never the server. Nothing of the server's environment goes along but where programs and modules are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import structlog

from handlers.developing import LENGTHS, frame
from storage.ports.record import Record

log = structlog.get_logger(__name__)

_MODULE: Final = "handlers.darkroom"
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH")
_LONGEST: Final = 64 * 1024 * 1024
"""Bytes of an answer; one that claims more is none."""
_PIECE: Final = 1 << 20
_END_S: Final = 1.0


class Gone(Exception):
    """The process died or took too long over this request; it is replaced with the next one."""


class Away(Exception):
    """The process could not be started."""


class _Running(Record):
    """A process and what leads into it and out of it."""

    process: asyncio.subprocess.Process
    asked: asyncio.StreamWriter
    answers: asyncio.StreamReader

    @property
    def alive(self) -> bool:
        return self.process.returncode is None and not self.answers.at_eof()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def exchanged(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises OSError or EOFError when it is gone, ValueError for what is no answer."""
        self.asked.write(request)
        await self.asked.drain()
        told, size = LENGTHS.unpack(await self.answers.readexactly(LENGTHS.size))
        if told + size > _LONGEST:
            raise ValueError("too long")
        about = json.loads(await self.answers.readexactly(told))
        return about, await self.answers.readexactly(size)

    async def end(self, patience: float) -> None:
        """Its input ends; and if that does not help within `patience`, at once."""
        self.asked.close()
        if patience:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self.process.wait()
        self.kill()
        with contextlib.suppress(OSError):
            await self.asked.wait_closed()
        while await self.answers.read(_PIECE):  # to its end, for only then is the pipe closed
            pass
        await self.process.wait()


class Helper:
    """One such process. Not for two requests at once: whoever asks sees to that."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long one request may take."""
        self._seconds = seconds
        self._running: _Running | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None while there is none."""
        running = self._running
        return running.process.pid if running is not None and running.alive else None

    async def ask(self, about: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What it answers to a request, and the picture. Raises Gone, Away."""
        running = self._running
        if running is None or not running.alive:
            await self._end(0)
            running = self._running = await _started()
        answered = False
        try:
            async with asyncio.timeout(self._seconds):
                found = await running.exchanged(frame({**about, "seconds": self._seconds}, body))
            answered = True
        except (TimeoutError, OSError, EOFError, ValueError) as trouble:
            log.warning("darkroom_lost", kind=type(trouble).__name__, code=running.process.returncode)
            raise Gone from None
        finally:
            if not answered:  # also when whoever asked went away: the answer would be taken for the next one's
                running.kill()
                await self._end(0)
        return found

    async def close(self) -> None:
        """End it. Twice is the same as once."""
        await self._end(_END_S)

    async def _end(self, patience: float) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.end(patience)


async def _started() -> _Running:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            _MODULE,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_PIECE,
            cwd="/",
            env=_environment(),
        )
    except OSError as trouble:
        log.error("darkroom_not_started", kind=type(trouble).__name__)
        raise Away from None
    return _Running(process, cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout))


def _environment() -> dict[str, str]:
    """Where its modules are, whatever the directory it is started in."""
    here = str(Path(__file__).resolve().parent.parent)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))
    }
