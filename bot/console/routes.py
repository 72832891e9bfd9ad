"""Every address of the console."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from aiohttp import web

from bot.console import door, me
from bot.console.looks import serve_asset
from bot.console.shell import ConsoleDeps


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Static files, then the pages, and last what catches every other address under /console/."""
    found: list[web.RouteDef] = [web.get("/console/assets/{name}", serve_asset), *me.routes(deps)]
    for name in ("bot.console.casework", "bot.console.talks"):
        if find_spec(name):
            found += import_module(name).routes(deps)
    return [*found, *door.routes(deps)]
