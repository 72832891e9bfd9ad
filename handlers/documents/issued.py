"""A document as it was issued: what is printed, and the numbers it is printed under."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from dialogs.statement import Statement
from storage.ports.record import Record


class Issued(Record):
    """`serial_no` and `check_code` in canonical form (18 digits, 12 characters); `created_at` aware; `verify_url` is what the QR code holds."""

    serial_no: str
    check_code: str
    created_at: datetime
    verify_url: str
    statement: Statement
    status: str = "valid"
    """valid, revoked, replaced, expired: anything but valid is told in a red frame under the title."""
    sample: bool = False
    """Made with a test key: 样章 stands in a red frame and on every page."""

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError("created_at must be aware")

    @property
    def verify_address(self) -> str:
        """Where the two numbers can be typed in, as it is printed: host and path without scheme and without the numbers."""
        return self.verify_url.partition("://")[2].partition(f"/{self.serial_no}/{self.check_code}")[0]


STATUS_TEXTS = {
    "valid": "",
    "revoked": "本单据已作废，不再作为凭证使用。",
    "replaced": "本单据已被新单据替换，请以新单据为准。",
    "expired": "本单据已过持有人设定的有效期，不再作为凭证使用。",
}

SAMPLE_TEXT = "样章：用测试密钥制作，只供试用，不作凭证。"

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
"""Marks that show nothing and mean nothing in a Chinese text; they come with copied names."""


def tidy(text: str) -> str:
    """The text as it is printed: line ends as \\n, tabs as spaces, without invisible marks. Characters of names are never exchanged (no NFC, no NFKC)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return lines.translate(_INVISIBLE)


def forbidden(text: str) -> str:
    """Characters that must not be on paper although a font may have them: control characters and marks that turn the direction of writing."""
    return "".join(char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char != "\n")
