"""The door for the rest of the program: every document is made in a small pool of processes, so the event loop goes on."""

from __future__ import annotations

import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handlers.documents.fonts import Fonts, load_fonts
from handlers.documents.issued import Issued
from handlers.documents.ordering import Made, Order, Stamp
from handlers.documents.typesetter import Unprintable
from handlers.documents.workshop import Press, PrinterLost

if TYPE_CHECKING:
    from handlers.documents.signing import FileSigner

PROCESSES: Final = 2
"""Each keeps fonts and a compiler in memory; they leave the processor to the chat (nice)."""

LONGEST_S: Final = 120.0
"""For one document, the time for which its process waits for the chat within it. A life of five insurances takes a few seconds."""


class NoSuchPage(Exception):
    """The document has not so many pages."""


class Renderer:
    """Makes every medium of a document. One for a process; safe to call concurrently; `close` it at the end.

    Raises `FontsMissing` at once when there is no Chinese font, so that a process without one does not start. Every method raises
    RuntimeError after `close`, and `PrinterLost` for a document over which its process died.
    """

    def __init__(self, fonts_dir: Path | None = None, *, seconds: float = LONGEST_S) -> None:
        """`seconds` is how long one document may take."""
        self._fonts = load_fonts(fonts_dir)
        self._threads = ThreadPoolExecutor(PROCESSES, thread_name_prefix="documents")  # they wait for the processes, no more
        self._presses = [Press(fonts_dir, seconds) for _ in range(PROCESSES)]
        self._stamped: tuple[FileSigner, Stamp] | None = None
        self._idle: queue.LifoQueue[Press] = queue.LifoQueue()  # who worked last is warm
        for press in reversed(self._presses):
            self._idle.put(press)

    @property
    def fonts(self) -> Fonts:
        """Which fonts are used (`doctor` tells)."""
        return self._fonts

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run."""
        return tuple(press.pid for press in self._presses if press.pid is not None)

    async def pdf(self, issued: Issued) -> bytes:
        """PDF/A-2a, A4; the same Issued gives the same bytes. Raises `Unprintable`."""
        return (await self._make(Order("pdf", issued))).files[0]

    async def signed_pdf(self, issued: Issued, signer: FileSigner, at: datetime) -> bytes:
        """The same, signed at that time: other bytes each time. Raises `Unprintable`."""
        return (await self._make(Order("signed", issued, self._stamp(signer), at))).files[0]

    async def page_png(self, pdf: bytes, number: int) -> tuple[bytes, int]:
        """Page `number` (from 1) of a file of ours as PNG, and how many pages there are. Raises NoSuchPage."""
        made = await self._make(Order("page", file=pdf, number=number))
        return made.files[0], made.pages

    async def chart_png(self, chart: str) -> bytes:
        """800 × 450 PNG of what `dialogs.charts.bar_chart` made. Raises ValueError for anything else, `Unprintable` for a missing glyph."""
        return (await self._make(Order("chart", chart=chart))).files[0]

    async def xlsx(self, issued: Issued) -> bytes:
        """Workbook; the same Issued gives the same bytes."""
        return (await self._make(Order("xlsx", issued))).files[0]

    def close(self) -> None:
        """Wait for what is under way and end the processes. Idempotent."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for press in self._presses:
            press.close()

    def _stamp(self, signer: FileSigner) -> Stamp:
        """Written out once for a signer: it costs a millisecond."""
        if self._stamped is None or self._stamped[0] is not signer:
            self._stamped = signer, Stamp.of(signer)
        return self._stamped[1]

    async def _make(self, order: Order) -> Made:
        made = await asyncio.get_running_loop().run_in_executor(self._threads, self._made, order)
        match made.trouble:
            case "":
                return made
            case "unprintable":
                raise Unprintable(made.about)
            case "page":
                raise NoSuchPage
            case "value":
                raise ValueError(made.about)
            case _:
                raise RuntimeError(f"{order.do} could not be made: {made.about}")

    def _made(self, order: Order) -> Made:
        press = self._idle.get()
        try:
            return press.make(order)
        finally:
            self._idle.put(press)


__all__ = ["LONGEST_S", "PROCESSES", "NoSuchPage", "PrinterLost", "Renderer"]
