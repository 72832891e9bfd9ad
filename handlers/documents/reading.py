"""What is in the QR codes of a file: the first page of a PDF, or a photo."""

from __future__ import annotations

from typing import Final

import pypdfium2
import zxingcpp

from handlers.darkroom import Refused, codes
from handlers.developing import CANNOT_OPEN

_DPI: Final = 200
_MOST_POINTS: Final = 2000.0
"""Of an edge: a page of ours is A4."""
_QR_CODES: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_MAGIC: Final = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"RIFF", "WEBP"))


def codes_of_pdf(body: bytes) -> tuple[str, ...]:
    """Texts of the codes on the first page; none for a file that cannot be opened."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:
        return ()
    try:
        page = document[0]
        scale = _DPI / 72 * min(1.0, _MOST_POINTS / max(*page.get_size(), 1.0))
        picture = page.render(scale=scale).to_pil().convert("L")
        page.close()
    except (pypdfium2.PdfiumError, IndexError, ValueError):
        return ()
    finally:
        document.close()
    return tuple(dict.fromkeys(one.text for one in zxingcpp.read_barcodes(picture, formats=_QR_CODES)))


def codes_of_photo(body: bytes) -> tuple[str, ...]:
    """Texts of the codes in a photo (JPEG, PNG, WebP). Raises `handlers.darkroom.Refused` with a sentence."""
    kind = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if kind is None:
        raise Refused(CANNOT_OPEN)
    return tuple(codes(body, kind))
