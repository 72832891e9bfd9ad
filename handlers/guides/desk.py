"""The part of the desk that shows guides."""

from __future__ import annotations

from dialogs.desk_filings import WindowState
from handlers.asking import Asking
from handlers.guides.finding import find
from handlers.guides.versions import newest, newest_of
from storage.ports.records import Guide
from storage.windows import hours_text, is_open, opens_at

FULLEST = "beijing"
"""The region whose handbook the guides are."""


class GuideDesk:
    """Implements `dialogs.desk_guides.GuidesDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def guide(self, code: str) -> Guide | None:
        return await newest(self._asking.tx, self._asking.services.regions, code)

    async def listed(self) -> tuple[Guide, ...]:
        regions, here = self._asking.services.regions, self._asking.region
        codes = dict.fromkeys((*([here.code] if here else []), FULLEST))
        found: list[Guide] = []
        for code in codes:
            if code in regions:
                found += await newest_of(self._asking.tx, regions[code])
        return tuple(found)

    async def find(self, words: str) -> tuple[Guide, ...]:
        return find(await self.listed(), words)

    def window(self, guide: Guide) -> WindowState | None:
        window = self._asking.region_of(guide.region).windows.get(guide.window)
        if window is None:
            return None
        now = self._asking.now
        if is_open(window, now):
            return WindowState(open=True, text=hours_text(window))
        return WindowState(open=False, text=hours_text(window), opens_at=opens_at(window, now))

    def page(self, guide: Guide | None) -> str:
        here = self._asking.region
        region = guide.region if guide else here.code if here and here.guides else FULLEST
        return f"{self._asking.services.public_url.rstrip('/')}/g/{region}{f'/{guide.code}' if guide else ''}"
