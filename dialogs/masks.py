"""How identifiers are shown to people: enough to recognise one's own, too little to use another's (data dictionary 0)."""

from __future__ import annotations

import re


def masked_name(name: str) -> str:
    """张三丰 → 张*丰; 张三 → 张*; a name of one character stays one star longer than it."""
    if len(name) <= 2:
        return f"{name[:1]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def surname_only(name: str) -> str:
    """张*, whatever the length, for strangers who check a document (BJQ-V-01); a star alone for an empty name."""
    return f"{name.strip()[:1]}*"


def masked_id(id_no: str) -> str:
    """First six and last four of an 18-digit number; for others only the last four."""
    if len(id_no) == 18:
        return f"{id_no[:6]}********{id_no[-4:]}"
    return f"{'*' * max(0, len(id_no) - 4)}{id_no[-4:]}"


def masked_phone(phone: str) -> str:
    """3 + 4 of eleven digits."""
    return f"{phone[:3]}****{phone[-4:]}"


def masked_card(card_no: str) -> str:
    """Only the last four."""
    return f"****{card_no[-4:]}"


_PLACE = re.compile(r"[^区县旗]{2,13}(?<![小社园校街景厂])[区县旗]")


def masked_address(address: str) -> str:
    """Up to the 区 or 县, without street and door: 北京市东城区****; the first three characters where none is named."""
    found = _PLACE.match(address)
    return f"{found[0] if found else address[:3]}****"
