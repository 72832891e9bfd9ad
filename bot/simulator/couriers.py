"""The SMS clouds' address: both take a POST at `/`; which one is meant stands in its headers."""

from __future__ import annotations

from aiohttp import web

from bot.simulator.keys import SIM


def add_routes(app: web.Application) -> None:
    """SendSms of both."""
    app.router.add_post("/", _send)


async def _send(request: web.Request) -> web.StreamResponse:
    sim = request.app[SIM]
    if sim.carriers is None:
        raise web.HTTPMethodNotAllowed("POST", ("GET",))
    told = sim.carriers.answer(request.headers, request.rel_url.raw_query_string, await request.read())
    if told is None:
        raise web.HTTPNotFound
    if told.accepted:
        sim.world.text_message(told.accepted.number, told.accepted.text)
        sim.spawn(sim.reporter.tell(told.accepted))
    if told.hangs:
        await sim.closing.wait()
    if told.body is None:
        return web.Response(status=told.status)
    return web.json_response(told.body, status=told.status)
