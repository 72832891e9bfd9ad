"""Every address of the console."""

from __future__ import annotations

from aiohttp import web

from bot.console import audit, binding, campaign_lists, campaigns, casework, door, family, guides, me, numbers, people, talks
from bot.console.looks import LOOKS
from bot.console.shell import ConsoleDeps


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Static files, then the pages, and last what catches every other address under /console/."""
    found: list[web.RouteDef] = [web.get("/console/assets/{name}", LOOKS.serve_asset)]
    for part in (casework, talks, family, binding, me, people, audit, campaigns, campaign_lists, guides, numbers, door):
        found += part.routes(deps)
    return found
