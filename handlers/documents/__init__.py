"""Documents: a Statement becomes PDF, picture and workbook, with numbers that prove it (DESIGN section 4).

The only place that knows typst, segno, pikepdf and xlsxwriter.
"""

from handlers.documents.fonts import Fonts, FontsMissing
from handlers.documents.issued import SAMPLE_TEXT, Issued
from handlers.documents.keys import SAMPLE, BadKey, PaperKeys, PublicKeys, new_test_keys, paper_keys, public_keys
from handlers.documents.numbers import (
    from_qr,
    from_text,
    group_check_code,
    group_serial,
    looks_like_check_code,
    looks_like_serial,
    new_check_code,
    new_serial,
    parse_check_code,
    parse_serial,
)
from handlers.documents.qr import qr_png, qr_svg, qr_text
from handlers.documents.renderer import NoSuchPage, PrinterLost, Renderer
from handlers.documents.snapshot import Unreadable, content_hash, freeze, thaw
from handlers.documents.typesetter import Unprintable

__all__ = [
    "SAMPLE",
    "SAMPLE_TEXT",
    "BadKey",
    "Fonts",
    "FontsMissing",
    "Issued",
    "NoSuchPage",
    "PaperKeys",
    "PrinterLost",
    "PublicKeys",
    "Renderer",
    "Unprintable",
    "Unreadable",
    "content_hash",
    "freeze",
    "from_qr",
    "from_text",
    "group_check_code",
    "group_serial",
    "looks_like_check_code",
    "looks_like_serial",
    "new_check_code",
    "new_serial",
    "new_test_keys",
    "paper_keys",
    "parse_check_code",
    "parse_serial",
    "public_keys",
    "qr_png",
    "qr_svg",
    "qr_text",
    "thaw",
]
