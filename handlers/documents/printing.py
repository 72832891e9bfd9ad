"""`python -m handlers.documents.printing`: makes documents in a process of its own, so that the chat never waits for the interpreter.

It has no database and no address, is polite to the server (nice), writes no file and no core, and ends when its standard input does, so
that it does not outlive the server however that ended. A key to sign with comes through the pipe, never by argument or environment, and
is kept in memory alone. One order after the other; who starts the process is `handlers.documents.workshop`.

What is said to it, and what it answers: `handlers.documents.ordering`.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec
import pypdfium2
from PIL import Image

from handlers.documents.chart import render_chart
from handlers.documents.fonts import load_fonts
from handlers.documents.issued import Issued
from handlers.documents.ordering import Made, Order, Stamp, read_frame, write_frame
from handlers.documents.pdf import render_pdf
from handlers.documents.typesetter import Typesetter, Unprintable
from handlers.documents.xlsx import render_xlsx

if TYPE_CHECKING:
    from handlers.documents.signing import FileSigner

NICE: Final = 10
_PPI: Final = 144
_SHADES: Final = 16


class Printer:
    """Carries out orders, with fonts and signers that stay loaded."""

    def __init__(self, fonts_dir: Path | None) -> None:
        self._typesetter = Typesetter(load_fonts(fonts_dir))
        self._signers: dict[Stamp, FileSigner] = {}

    def made(self, order: Order) -> Made:
        """Never raises for what is in an order."""
        try:
            return self._made(order)
        except Unprintable as refused:
            return Made(trouble="unprintable", about=refused.characters)
        except ValueError as wrong:
            return Made(trouble="value", about=str(wrong))
        except Exception as trouble:
            return Made(trouble="other", about=type(trouble).__name__)

    def _made(self, order: Order) -> Made:
        match order:
            case Order(do="chart"):
                return Made((render_chart(order.chart, self._typesetter),))
            case Order(do="page"):
                return _page(order.file, order.number)
            case Order(do="pdf", issued=Issued() as issued):
                return Made((render_pdf(issued, self._typesetter),))
            case Order(do="xlsx", issued=Issued() as issued):
                return Made((render_xlsx(issued),))
            case Order(do="signed", issued=Issued() as issued, stamp=Stamp() as stamp, at=datetime() as at):
                if stamp not in self._signers:  # loading a key costs more than signing
                    self._signers = {stamp: stamp.signer()}
                return Made((self._signers[stamp].sign(render_pdf(issued, self._typesetter), at),))
            case _:
                raise ValueError("no such order")


def _page(file: bytes, number: int) -> Made:
    """One page of a file of ours as a picture in few shades: paper has few, and a page with it stays below 150 kB."""
    document = pypdfium2.PdfDocument(file)
    try:
        if not 1 <= number <= len(document):
            return Made(trouble="page")
        page = document[number - 1]
        picture = page.render(scale=_PPI / 72).to_pil().convert("RGB")
        page.close()
        pages = len(document)
    finally:
        document.close()
    held = io.BytesIO()
    reduced = picture.quantize(_SHADES, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(held, "PNG", optimize=False, compress_level=7)
    return Made((held.getvalue(),), pages)


def serve(orders: IO[bytes], answers: IO[bytes]) -> None:
    """The first frame is the folder of fonts (or nothing), each later one an order, until nothing more comes."""
    folder = read_frame(orders)
    if folder is None:
        return
    printer = Printer(Path(folder.decode()) if folder else None)
    decoder = msgspec.msgpack.Decoder(Order)
    while (body := read_frame(orders)) is not None:
        write_frame(answers, msgspec.msgpack.encode(printer.made(decoder.decode(body))))


def main() -> None:
    """Until the end of standard input. Signals for the whole group are the server's business, which may still wait for an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a key lies in this memory
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # nothing is left to be written, and nobody to write it to


if __name__ == "__main__":
    main()
