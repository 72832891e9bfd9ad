"""How a browser comes through a link: it shows that it keeps a cookie, then the link is its own.

The first answer to a browser without the link's cookie only sets the cookie and sends it to the same address again. Whoever
merely looks at addresses (previews, robots, HEAD, loading ahead) stops there and uses nothing up.
"""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.shell import csrf_right, error_page, give_holder, holder_of, loads_ahead, read_form, render
from handlers.links import new_secret
from storage.ports.record import Record
from storage.ports.records import Ticket

_ROBOT: Final = re.compile(r"bot\b|spider|crawl|slurp|preview|facebookexternalhit|headless-?fetch", re.IGNORECASE)
"""Who merely looks at addresses: given nothing that is good once."""


class Visit(Record):
    """A browser that holds the link which it opens."""

    token: str
    holder: str
    ticket: Ticket


async def enter(deps: PageDeps, request: web.Request, kind: str) -> Visit | web.StreamResponse:
    """For a GET: the visit, or the answer that is to be given instead. Raises 404 for every link that is not this browser's."""
    if loads_ahead(request):
        return error_page(deps, request, 503)
    token, holder = request.match_info["token"], holder_of(request)
    looks = only_looks(request)
    async with deps.store.transaction() as tx:
        opened = await deps.links.open(tx, token, kind, holder, claim=not looks)
    if opened is None:
        raise web.HTTPNotFound
    if opened.held and holder is not None:
        return Visit(token, holder, opened.ticket)
    response = doorway(request, str(request.rel_url.update_query({"go": "1"})), give=not looks)
    if not looks:
        left = int((opened.ticket.expires_at - deps.clock.now()).total_seconds())
        give_holder(deps, response, f"/{kind}/{token}", new_secret(), max(1, left))
    return response


def only_looks(request: web.Request) -> bool:
    """Whether nobody is there who would read the page itself: robots get no cookie and cost nothing."""
    return request.method == "HEAD" or bool(_ROBOT.search(request.headers.get("User-Agent", "")))


def doorway(request: web.Request, again: str, *, give: bool) -> web.StreamResponse:
    """The first answer to a browser without the cookie: on to `again` with the cookie that the caller gives it; where it did not come back, or
    none is given, a page that says so and leads there."""
    came_back = "go" in request.query
    if give and not came_back:
        return web.Response(status=303, headers={"Location": again})
    return render(request, "doorway.html", path=again, again=came_back)


async def holding(deps: PageDeps, request: web.Request, kind: str) -> Visit:
    """The visit of a browser that holds the link already; nothing is claimed. Raises the common 404 for every other one."""
    token, holder = request.match_info["token"], holder_of(request)
    async with deps.store.transaction() as tx:
        opened = await deps.links.open(tx, token, kind, holder, claim=False)
    if opened is None or not opened.held or holder is None:
        raise web.HTTPNotFound
    return Visit(token, holder, opened.ticket)


async def submitted(
    deps: PageDeps, request: web.Request, kind: str, most: int = 8 * 1024, fields: int = 20
) -> tuple[Visit, dict[str, str]]:
    """For a POST: the visit and the fields. Raises 404 unless this browser holds the link already, 403 for a form that is not ours."""
    found = await read_form(request, most, fields)
    visit = await holding(deps, request, kind)
    if not csrf_right(found.get("csrf", ""), visit.holder, visit.token):
        raise web.HTTPForbidden
    return visit, found
