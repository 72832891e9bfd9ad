"""The essence of a message's words: what stays the same however it is copied, forwarded or typed off."""

from __future__ import annotations

import re
import unicodedata

_SIGN = re.compile(r"^\s*[【\[][^】\]]{1,20}[】\]]|[【\[][^】\]]{1,20}[】\]]\s*$")


def essence(text: str) -> str:
    """Letters, digits and Chinese characters alone, in one width and case; without the sender's sign (【…】) at either end. '' for nothing of
    the kind."""
    plain = unicodedata.normalize("NFKC", _SIGN.sub("", text)).casefold()
    return "".join(character for character in plain if character.isalnum())
