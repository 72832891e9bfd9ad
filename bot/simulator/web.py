"""The simulator's own web application: the phone at `/`, the platform's API, the program interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from email.utils import format_datetime
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.simulator import api, browser, configuration, couriers, oauth_pages, pages_sdk, programs, till
from bot.simulator.keys import SIM
from bot.simulator.simulator import Simulator

_STATIC = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def create_app(sim: Simulator) -> web.Application:
    """The application around one simulator; it opens and closes the simulator with itself."""
    app = web.Application(client_max_size=24 << 20, middlewares=[_guard])
    app[SIM] = sim
    app[browser.DOCUMENTS] = browser.documents_for(sim)
    app.cleanup_ctx.append(_life)
    app.on_shutdown.append(_hang_up)
    app.on_response_prepare.append(_dated)
    app.router.add_get("/", _page)
    app.router.add_get("/static/{name:[a-z0-9_-]+\\.(?:css|js|svg)}", _static)
    api.add_routes(app)
    programs.add_routes(app)
    browser.add_routes(app)
    till.add_routes(app)
    pages_sdk.add_routes(app)
    oauth_pages.add_routes(app)
    configuration.add_routes(app)
    couriers.add_routes(app)
    return app


async def start(sim: Simulator, host: str, port: int) -> web.AppRunner:
    """Serve on `host:port` (0: any free one; `runner.addresses` tells). `await runner.cleanup()` ends it."""
    runner = web.AppRunner(create_app(sim), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    found = runner.addresses[0]
    sim.base_url = sim.base_url or f"http://{found[0]}:{found[1]}"
    return runner


async def _life(app: web.Application) -> AsyncIterator[None]:
    await app[SIM].open()
    yield
    await app[SIM].close()


async def _dated(request: web.Request, response: web.StreamResponse) -> None:
    """The platform's own time, which is the simulator's."""
    now = request.app[SIM].clock.now()
    response.headers["Date"] = format_datetime(now.astimezone(UTC), usegmt=True)


async def _hang_up(app: web.Application) -> None:
    app[SIM].hang_up()


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No other site may act in the name of whoever has the phone open; and know our own address."""
    sim = request.app[SIM]
    origin = request.headers.get("Origin")
    if origin and request.path.startswith("/sim/") and origin.split("://", 1)[-1] != request.host:
        raise web.HTTPForbidden
    sim.base_url = sim.base_url or str(request.url.origin())
    return await handler(request)


async def _page(request: web.Request) -> web.Response:
    return _file(request, "index.html")


async def _static(request: web.Request) -> web.Response:
    return _file(request, request.match_info["name"])


def _file(request: web.Request, name: str) -> web.Response:
    path = _STATIC / name
    if not path.is_file():
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": _policy(request.app[SIM]),
    }
    return web.Response(body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8", headers=headers)


def _policy(sim: Simulator) -> str:
    """Nothing from outside: our own files, and the bot's pages in the frame and its pictures on cards."""
    bot = " ".join(sim.page_origins)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob: {bot}",
            "connect-src 'self'",
            f"frame-src 'self' {bot}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )
