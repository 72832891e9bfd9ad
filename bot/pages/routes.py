"""The addresses of the pages."""

from __future__ import annotations

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.human import Human
from bot.pages.paper import Pictures
from bot.pages.personal import Personal
from bot.pages.shell import Handler, framed, serve_asset
from bot.pages.verify import Verify


async def _back(request: web.Request) -> web.StreamResponse:
    """GET on the address of a form (somebody reloads or goes back): the page that the form stands on."""
    raise web.HTTPSeeOther(request.path.rpartition("/")[0])


def routes(deps: PageDeps) -> list[web.RouteDef]:
    """Every page with its address. None of these addresses may be logged: they are keys."""
    personal, verify, human = Personal(deps), Verify(deps, Pictures(deps.renderer, deps.clock)), Human(deps)

    def get(path: str, name: str, handler: Handler) -> web.RouteDef:
        return web.get(path, framed(deps, name, handler))

    def post(path: str, name: str, handler: Handler) -> web.RouteDef:
        return web.post(path, framed(deps, name, handler))

    return [
        get("/p/{token}", "page", personal.page),
        post("/p/{token}/document", "page_document", personal.make_document),
        get("/p/{token}/document", "page_back", _back),
        get("/d/{token}", "document", personal.landing),
        get(r"/d/{token}/{serial:\d{1,40}}.{kind:pdf|xlsx}", "document_file", personal.file),
        post("/d/{token}/link", "document_link", personal.other_browser),
        get("/d/{token}/link", "document_back", _back),
        get("/v", "verify_form", verify.form),
        get("/v/", "verify_form", verify.form),
        post("/v", "verify_post", verify.post),
        get("/v/{serial}", "verify_form", verify.form),
        get("/v/{serial}/{code}", "verify_result", verify.result),
        get(r"/v/{serial}/{code}/{number:\d{1,4}}.png", "verify_picture", verify.picture),
        get("/c/{token}", "captcha", human.ask),
        post("/c/{token}", "captcha_answer", human.judge),
        get("/assets/{name}", "asset", serve_asset),
    ]
