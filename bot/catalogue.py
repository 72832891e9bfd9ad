"""What is served today: every feature ID with its conversation, the regions that have it and the media it comes in."""

from __future__ import annotations

from typing import Any

from dialogs.chapters import DIALOGS
from dialogs.declare import Dialog
from dialogs.filings import FILINGS
from storage.regions import load_regions

_EVERYWHERE = {"BJQ-L-02", "BJQ-L-03", "BJQ-L-08", "BZ-04", "BJQ-V-01", "BJH-26", "BJH-M-22", "BZ-07", "BZ-08"}
"""Features whose conversation is the same in every region."""

_TABLE = ("chat", "page", "pdf", "xlsx")
_ORDER = ("chat", "page", "push")
_FILING = ("chat", "page", "pdf", "push")

_MEDIA: dict[str, tuple[str, ...]] = {
    "contributions": _TABLE,
    "report_lost": ("chat", "pdf", "push"),
    "card_lost": ("chat", "page", "guide"),
    "card_info": _TABLE,
    "card_progress": _TABLE,
    "card_events": _TABLE,
    "card_swipes": _TABLE,
    "pickup_certificate": ("chat", "pdf"),
    "pay_flexible": _ORDER,
    "pay_resident_pension": _ORDER,
    "pay_resident_medical": _ORDER,
    "orders": ("chat", "page", "pdf", "push"),
    "progress": ("chat", "page", "pdf", "push"),
    "change_phone": ("chat", "page", "push"),
    "verify": ("chat", "page"),
    "certification": ("chat", "page", "pdf", "push"),
}


def capabilities() -> list[dict[str, Any]]:
    """Sorted by feature; `regions` are codes; `who` is person or anyone."""
    regions = load_regions()
    found: list[dict[str, Any]] = []
    for dialog in DIALOGS.values():
        for feature in dialog.covers:
            where = [code for code, region in regions.items() if feature in _EVERYWHERE or region.offers(feature)]
            found.append(_entry(feature, dialog, where))
    return sorted(found, key=lambda one: str(one["feature"]))


def _entry(feature: str, dialog: Dialog, where: list[str]) -> dict[str, Any]:
    return {
        "feature": feature,
        "title": dialog.title,
        "who": dialog.who,
        "regions": where,
        "media": list(_MEDIA.get(dialog.name, _FILING if dialog.name in FILINGS else ("chat",))),
    }
