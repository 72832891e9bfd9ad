"""Versions of guides. What is shipped is data of a region; what an editor saved last takes its place in every process at once.

Nothing is remembered between requests: whoever shows one guide asks for its newest edit by an index, whoever lists guides asks once for
the newest of a region. Editing leaves a row for each version, so there are as many as editors ever saved, which is few.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from storage.ports.records import Guide, GuideEdit
from storage.ports.regions import Region
from storage.ports.repositories import Repositories

_decoder = msgspec.json.Decoder(Guide)


def packed(guide: Guide) -> str:
    """As an edit keeps it."""
    return msgspec.json.encode(guide).decode()


def unpacked(edit: GuideEdit | None, shipped: Guide) -> Guide:
    """What an edit says; the shipped text where there is none, where it was restored, and where a body is of another release."""
    if edit is None or not edit.body:
        return shipped
    try:
        return _decoder.decode(edit.body)
    except msgspec.MsgspecError:
        return shipped


def shipped_as(regions: Mapping[str, Region], code: str) -> Guide | None:
    """The guide as shipped, of whichever region has it."""
    return next((region.guides[code] for region in regions.values() if code in region.guides), None)


async def newest(tx: Repositories, regions: Mapping[str, Region], code: str) -> Guide | None:
    """The guide as it is shown now; None for no such guide."""
    shipped = shipped_as(regions, code)
    if shipped is None:
        return None
    edits = await tx.guide_edits.history(shipped.region, code, 1)
    return unpacked(edits[0] if edits else None, shipped)


async def newest_of(tx: Repositories, region: Region) -> tuple[Guide, ...]:
    """All guides of a region as they are shown now, in their order."""
    if not region.guides:
        return ()
    edits = await tx.guide_edits.newest(region.code)
    return tuple(unpacked(edits.get(code), shipped) for code, shipped in region.guides.items())
