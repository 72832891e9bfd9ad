"""What is served today: every feature ID with its conversation, the regions that have it and the media it comes in."""

from __future__ import annotations

from typing import Any

from dialogs.chapters import DIALOGS
from dialogs.declare import Dialog
from storage.regions import load_regions

_EVERYWHERE = {"BJQ-L-02", "BJQ-L-03", "BJQ-L-08", "BZ-04", "BJQ-V-01", "BJH-26", "BJH-M-22", "BZ-07", "BZ-08"}
"""Features whose conversation is the same in every region."""

_MEDIA: dict[str, tuple[str, ...]] = {
    "contributions": ("chat", "page", "pdf", "xlsx"),
    "report_lost": ("chat", "pdf"),
    "progress": ("chat", "pdf"),
    "verify": ("chat", "page"),
    "certification": ("chat", "push"),
}


def capabilities() -> list[dict[str, Any]]:
    """Sorted by feature; `regions` are codes; `who` is person or anyone."""
    regions = load_regions()
    found: list[dict[str, Any]] = []
    for dialog in DIALOGS.values():
        for feature in dialog.covers:
            where = [code for code, region in regions.items() if feature in _EVERYWHERE or region.offers(feature)]
            found.append(_entry(feature, dialog, where))
    guided = [code for code, region in regions.items() if region.offers("BJH-28")]
    found.append(
        {"feature": "BJH-28", "title": "社保卡补（换）卡与挂失指南", "who": "anyone", "regions": guided, "media": ["guide"]}
    )
    return sorted(found, key=lambda one: str(one["feature"]))


def _entry(feature: str, dialog: Dialog, where: list[str]) -> dict[str, Any]:
    return {
        "feature": feature,
        "title": dialog.title,
        "who": dialog.who,
        "regions": where,
        "media": list(_MEDIA.get(dialog.name, ("chat",))),
    }
