"""What is served today: every feature ID with its conversation, the regions that have it and the media it comes in. All of it is declared:
`Dialog.covers`, `Dialog.media`, and the capabilities of the regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialogs.chapters import DIALOGS
from dialogs.declare import Dialog
from storage.ports.regions import Region
from storage.regions import load_regions


def capabilities() -> list[dict[str, Any]]:
    """Sorted by feature; `regions` are codes; `who` is person or anyone."""
    regions = load_regions()
    found = [_entry(feature, dialog, regions) for dialog in DIALOGS.values() for feature in dialog.covers]
    return sorted(found, key=lambda one: str(one["feature"]))


def _entry(feature: str, dialog: Dialog, regions: Mapping[str, Region]) -> dict[str, Any]:
    return {
        "feature": feature,
        "title": dialog.title,
        "who": dialog.who,
        "regions": _where(feature, dialog, regions),
        "media": list(dialog.media),
    }


def _where(feature: str, dialog: Dialog, regions: Mapping[str, Region]) -> list[str]:
    """The regions whose manual has it. What no region names is ours: the same everywhere, unless the conversation has words for regions
    that lack it."""
    named = [code for code, region in regions.items() if region.offers(feature) or feature in region.guides]
    return named or ([] if dialog.elsewhere else list(regions))
