"""Keys for tests, made once a process, and papers as photos."""

from __future__ import annotations

import io
from functools import cache

import pypdfium2
from PIL import Image, ImageFilter

from handlers.documents import PaperKeys, new_test_keys, paper_keys


def keys(which: str = "ours") -> PaperKeys:
    """Test keys; another name gives others."""
    return _made(which)


@cache
def _made(which: str) -> PaperKeys:
    made = new_test_keys()
    return paper_keys(made.signing_key, made.signing_cert, "", made.token_key, "")


def raster(pdf: bytes, dpi: float) -> Image.Image:
    """The first page in grey."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        picture: Image.Image = page.render(scale=dpi / 72).to_pil().convert("L")
        page.close()
        return picture
    finally:
        document.close()


def photo(pdf: bytes, dpi: float = 150, turned: float = 0, blurred: float = 0) -> bytes:
    """The first page as a phone takes it: on a grey table, askew, out of focus, as JPEG."""
    page = raster(pdf, dpi).rotate(turned, expand=True, fillcolor=120, resample=Image.Resampling.BICUBIC)
    table = Image.new("L", (page.width + 80, page.height + 80), 120)
    table.paste(page, (40, 40))
    held = io.BytesIO()
    table.filter(ImageFilter.GaussianBlur(blurred)).save(held, "JPEG", quality=75)
    return held.getvalue()
