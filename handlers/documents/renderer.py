"""The door for the rest of the program: every rendering runs in a small pool of threads, so the event loop goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from handlers.documents.chart import render_chart
from handlers.documents.fonts import Fonts, load_fonts
from handlers.documents.issued import Issued
from handlers.documents.pdf import render_pages, render_pdf
from handlers.documents.typesetter import Typesetter
from handlers.documents.xlsx import render_xlsx

THREADS = 2
"""typst releases the GIL; a third thread gains nothing and costs another compiler's memory."""

TURN_S = 0.0005
"""How long one of these threads may hold the interpreter while the chat waits for it: signing and codes are Python. By itself Python lets
it be ten times as long, and a chat turn waits for the interpreter some twenty times."""

Made = TypeVar("Made")


class Signs(Protocol):
    """Signs a finished file (`handlers.documents.signing.FileSigner`)."""

    key_id: str

    def sign(self, pdf: bytes, at: datetime) -> bytes: ...


class Renderer:
    """Makes every medium of a document. One for a process; safe to call concurrently; `close` it at the end.

    Raises `FontsMissing` at once when there is no Chinese font, so that a process without one does not start.
    """

    def __init__(self, fonts_dir: Path | None = None) -> None:
        self._typesetter = Typesetter(load_fonts(fonts_dir))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="documents")
        sys.setswitchinterval(min(sys.getswitchinterval(), TURN_S))

    @property
    def fonts(self) -> Fonts:
        """Which fonts are used (`doctor` tells)."""
        return self._typesetter.fonts

    async def pdf(self, issued: Issued) -> bytes:
        """PDF/A-2a, A4; the same Issued gives the same bytes. Raises `Unprintable`."""
        return await self._run(lambda: render_pdf(issued, self._typesetter))

    async def signed_pdf(self, issued: Issued, signer: Signs, at: datetime) -> bytes:
        """The same, signed at that time: other bytes each time. Raises `Unprintable`."""
        return await self._run(lambda: signer.sign(render_pdf(issued, self._typesetter), at))

    async def pages_png(self, issued: Issued, ppi: float = 110) -> list[bytes]:
        """One PNG a page, in order. Raises `Unprintable`."""
        return await self._run(lambda: render_pages(issued, self._typesetter, ppi))

    async def chart_png(self, chart: str) -> bytes:
        """800 × 450 PNG of what `dialogs.charts.bar_chart` made. Raises ValueError for anything else, `Unprintable` for a missing glyph."""
        return await self._run(lambda: render_chart(chart, self._typesetter))

    async def xlsx(self, issued: Issued) -> bytes:
        """Workbook; the same Issued gives the same bytes."""
        return await self._run(lambda: render_xlsx(issued))

    def close(self) -> None:
        """Wait for what is under way and end the threads. Idempotent."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], Made]) -> Made:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
