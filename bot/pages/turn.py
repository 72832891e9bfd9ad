"""One act of one page: its transaction, done again when somebody else was faster, and moving on to another page of the same chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.shell import give_holder
from handlers.links import DOCUMENT, PAGE, new_secret
from storage.ports.repositories import Conflict, Repositories

_TRIES = 4

T = TypeVar("T")


async def turn(deps: PageDeps, work: Callable[[Repositories], Awaitable[T]]) -> T:
    """What `work` makes of one transaction. It is run again with what is then true when another tab or another person was faster; 409 when
    that goes on."""
    for _ in range(_TRIES):
        try:
            async with deps.store.transaction() as tx:
                return await work(tx)
        except Conflict:
            continue
    raise web.HTTPConflict


async def on_to(deps: PageDeps, openid: str, params: Mapping[str, str]) -> web.Response:
    """The answer that leads this browser to another page of its chat; it has just proved itself, so that page is its own from the start."""

    async def work(tx: Repositories) -> tuple[str, str]:
        token = (await deps.links.page(tx, openid, dict(params))).rpartition("/")[2]
        holder = new_secret()
        await deps.links.open(tx, token, PAGE, holder)
        return token, holder

    token, holder = await turn(deps, work)
    return _led(deps, PAGE, token, holder)


async def on_to_document(deps: PageDeps, url: str) -> web.Response:
    """The same for the page of a document at `url`, whose link was just made for this chat."""
    token, holder = url.rpartition("/")[2], new_secret()

    async def work(tx: Repositories) -> None:
        await deps.links.open(tx, token, DOCUMENT, holder)

    await turn(deps, work)
    return _led(deps, DOCUMENT, token, holder)


def _led(deps: PageDeps, kind: str, token: str, holder: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": f"/{kind}/{token}"})
    give_holder(deps, response, f"/{kind}/{token}", holder, deps.links.minutes(kind) * 60)
    return response
