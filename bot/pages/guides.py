"""/g: guides for anyone (办事指南, BJH-01 …). Nothing of a person is needed, asked or noted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from aiohttp import hdrs, web

from bot.pages.deps import PageDeps
from bot.pages.shell import render
from handlers.guides.versions import newest, newest_of
from storage.ports.records import GUIDE_ROLES, Guide
from storage.ports.regions import Region

_FRESH = "public, max-age=60"
"""How long a browser or a proxy may show a page again without asking; an edit is seen by everybody after so long at most."""


class Guides:
    """The list of a region's guides, and each of them."""

    def __init__(self, deps: PageDeps) -> None:
        self._deps = deps

    async def index(self, request: web.Request) -> web.StreamResponse:
        """GET /g/<region>: every guide, by part; what people do themselves before what their employer does for them."""
        region = self._region(request)
        async with self._deps.store.transaction() as tx:
            guides = await newest_of(tx, region)
        parts = by_whom(guides)
        return _kept(request, render(request, "guides.html", region=region, parts=parts))

    async def guide(self, request: web.Request) -> web.StreamResponse:
        """GET /g/<region>/<code>: the whole guide."""
        region, code = self._region(request), request.match_info["code"]
        async with self._deps.store.transaction() as tx:
            guide = await newest(tx, self._deps.regions, code) if code in region.guides else None
            if guide is None:
                raise web.HTTPNotFound
            sees = [one for other in guide.sees if (one := await newest(tx, self._deps.regions, other)) is not None]
        page = render(
            request, "guide.html", region=region, guide=guide, sees=sees, facts=facts_of(guide), sections=sections_of(guide)
        )
        return _kept(request, page)

    def _region(self, request: web.Request) -> Region:
        region = self._deps.regions.get(request.match_info["region"])
        if region is None or not region.guides:
            raise web.HTTPNotFound
        return region


def by_whom(guides: Iterable[Guide]) -> list[tuple[str, tuple[Guide, ...]]]:
    """(heading, guides) by part: first those of people, parts with most that are for them alone first; then what only employers do."""
    own: dict[str, list[Guide]] = {}
    employers: dict[str, list[Guide]] = {}
    for guide in guides:
        (employers if guide.role == "employer" else own).setdefault(guide.part, []).append(guide)

    def most(part: str) -> float:
        return -sum(guide.role == "person" for guide in own[part]) / len(own[part])

    found = [(part, tuple(own[part])) for part in sorted(own, key=most)]
    return [*found, *((f"单位办理：{part}", tuple(within)) for part, within in employers.items())]


def facts_of(guide: Guide) -> tuple[tuple[str, str], ...]:
    """What is known at a glance: what is empty is left out."""
    told = (
        ("谁来办", guide.applies or GUIDE_ROLES[guide.role]),
        ("办理时间", guide.hours),
        ("费用", guide.fee),
        ("时限与结果", guide.result),
    )
    return tuple((name, text) for name, text in told if text)


def sections_of(guide: Guide) -> tuple[tuple[str, str], ...]:
    """The sections that the page has, as (anchor, heading), for the table of contents."""
    there = (
        ("conditions", "条件", guide.conditions),
        ("materials", "材料", guide.materials),
        ("steps", "渠道与步骤", guide.ways),
        ("forms", "表单", guide.forms),
        ("notes", "注意", guide.notes),
    )
    return tuple((anchor, heading) for anchor, heading, content in there if content)


def _kept(request: web.Request, page: web.Response) -> web.StreamResponse:
    """The page with what lets others keep it; 304 when the asker has it already. It differs by the size of type, which is a cookie."""
    tag = hashlib.sha256(page.body if isinstance(page.body, bytes) else b"").hexdigest()[:32]
    if f'"{tag}"' in request.headers.get(hdrs.IF_NONE_MATCH, "").replace("W/", "").split(", "):
        page = web.Response(status=304)
    page.headers[hdrs.ETAG] = f'"{tag}"'
    page.headers[hdrs.VARY] = hdrs.COOKIE
    page.headers[hdrs.CACHE_CONTROL] = "no-store" if "view" in request.query else _FRESH
    return page
