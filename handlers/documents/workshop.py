"""The processes that make documents, as their server sees them: started when first needed, one order at a time each, replaced when they die.

What kills one, or keeps it too long, costs one document, never the server and never the next document.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec
import structlog

from handlers.documents.ordering import Made, Order, read_frame, write_frame

log = structlog.get_logger(__name__)

_MODULE: Final = "handlers.documents.printing"
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "XDG_DATA_DIRS")
_END_S: Final = 1.0
_DECODER: Final = msgspec.msgpack.Decoder(Made)


class PrinterLost(Exception):
    """The process died or took too long over this order; there is a new one for the next."""


class Press:
    """One process. Not for two orders at once: whoever gives them sees to that. Blocking, for a thread."""

    def __init__(self, fonts_dir: Path | None, seconds: float) -> None:
        """`seconds` is how long one order may take."""
        self._fonts = str(fonts_dir.resolve()).encode() if fonts_dir else b""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None while there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def make(self, order: Order) -> Made:
        """Carry it out. Raises PrinterLost; OSError when no process can be started."""
        process = self._running()
        late = threading.Timer(self._seconds, process.kill)
        late.daemon = True
        late.start()
        made = None
        try:
            if process.stdin is not None and process.stdout is not None:
                write_frame(process.stdin, msgspec.msgpack.encode(order))
                body = read_frame(process.stdout)
                made = _DECODER.decode(body) if body is not None else None
        except (OSError, msgspec.DecodeError):
            made = None
        finally:
            late.cancel()
            if made is None:
                self._end(0)
        if made is None:
            log.error("printer_lost", do=order.do)
            raise PrinterLost
        return made

    def close(self) -> None:
        """End it. Twice is the same as once."""
        self._end(_END_S)

    def _running(self) -> subprocess.Popen[bytes]:
        if self.pid is None:
            self._end(0)
            self._process = _started(self._fonts)
        if self._process is None:
            raise PrinterLost
        return self._process

    def _end(self, patience: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if patience:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.kill()
        process.wait()


def _started(fonts: bytes) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 - our own program, with nothing that anybody typed
        [sys.executable, "-P", "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_environment(),
    )
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # who died at once is found out by the order
            write_frame(process.stdin, fonts)
    return process


def _environment() -> dict[str, str]:
    """Where its modules and fonts are, whatever the directory it is started in; nothing else of the server's."""
    here = str(Path(__file__).resolve().parent.parent.parent)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))
    }
