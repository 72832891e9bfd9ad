"""The addresses of the pages."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from bot.pages.accounts import KIND as ACCOUNT
from bot.pages.accounts import AccountPages
from bot.pages.deps import PageDeps
from bot.pages.entry import Visit, enter, holding
from bot.pages.export import KIND as EXPORT
from bot.pages.export import Export
from bot.pages.forms import Forms
from bot.pages.guides import Guides
from bot.pages.home import Home
from bot.pages.human import Human
from bot.pages.me import KIND as ME
from bot.pages.me import Me
from bot.pages.oauth import OAuth, States
from bot.pages.offline import Offline
from bot.pages.orders import OrderPaths
from bot.pages.paper import Pictures
from bot.pages.personal import Personal
from bot.pages.scan import PATH as SCAN
from bot.pages.scan import Scan
from bot.pages.shell import LOOKS, Handler, framed
from bot.pages.subscribe import KIND as SUBSCRIBE
from bot.pages.subscribe import Subscribe
from bot.pages.uploads import Uploads
from bot.pages.verify import Verify
from handlers.links import PAGE


async def _back(request: web.Request) -> web.StreamResponse:
    """GET on the address of a form: the page that the form stands on, where somebody reloads or goes back; with the query of a link there, as
    those of a page that answers a form lead here (`?at=check`)."""
    raise web.HTTPSeeOther(request.rel_url.parent.with_query(request.rel_url.query))


class Tickets:
    """/p/<ticket>: what a one-time link shows is what its parameters say. A link of one kind is no key to the addresses of another."""

    def __init__(self, deps: PageDeps, personal: Personal) -> None:
        self._deps = deps
        self._personal = personal
        self._forms = Forms(deps, deps.work) if deps.work else None
        self._subscribe = Subscribe(deps, deps.subscribing) if deps.subscribing else None
        self._orders = OrderPaths(deps, deps.work) if deps.work else None
        self._export = Export(deps, deps.exports) if deps.exports else None
        self._accounts = AccountPages(deps, deps.accounts) if deps.accounts else None
        self._me = Me(deps, deps.my_pages) if deps.my_pages else None
        self._uploads = Uploads(deps, deps.work, self._forms) if deps.work and self._forms else None

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /p/<ticket>."""
        visit = await enter(self._deps, request, PAGE)
        if not isinstance(visit, Visit):
            return visit
        kind = visit.ticket.params.get("page", "statement")
        if kind == "statement":
            return await self._personal.page(request, visit)
        if kind == SUBSCRIBE and self._subscribe is not None:
            return await self._subscribe.page(request, visit)
        if kind == ACCOUNT and self._accounts is not None:
            return await self._accounts.page(request, visit)
        if kind == EXPORT and self._export is not None:
            return await self._export.page(request, visit)
        if kind == ME and self._me is not None:
            return await self._me.page(request, visit)
        if self._forms is not None and self._orders is not None:
            if kind == "form":
                return await self._forms.page(request, visit)
            if kind == "order":
                return await self._orders.page(request, visit)
            if kind == "order_form":
                return await self._orders.form_page(request, visit)
        raise web.HTTPNotFound

    def acts(self) -> dict[str, tuple[str, Mapping[str, Handler]]]:
        """What is posted under a ticket: last part of the address → (name, kind of page → handler)."""
        mine: dict[str, tuple[str, Mapping[str, Handler]]] = {}
        if self._accounts is not None:
            mine["account"] = ("account", {ACCOUNT: self._accounts.send})
        if self._export is not None:
            mine["link"] = ("export_link", {EXPORT: self._export.other_browser})
        if self._me is not None:
            mine["go"] = ("me_go", {ME: self._me.go})
        if self._forms is None or self._orders is None or self._uploads is None:
            return mine
        forms, orders, uploads = self._forms, self._orders, self._uploads
        return mine | {
            "fill": ("fill", {"form": forms.fill, "order_form": orders.fill}),
            "photo": ("photo_add", {"form": uploads.add}),
            "drop": ("photo_drop", {"form": uploads.drop}),
            "submit": ("submit", {"form": forms.submit}),
            "order": ("to_order", {"form": forms.order, "order_form": orders.unpaid}),
            "make": ("order_make", {"order_form": orders.make}),
            "confirm": ("order_confirm", {"order": orders.confirm}),
            "void": ("order_void", {"order": orders.void}),
            "receipt": ("order_receipt", {"order": orders.receipt}),
        }

    def looks(self) -> dict[str, tuple[str, Mapping[str, Handler]]]:
        """What is read under a ticket beside its page."""
        mine: dict[str, tuple[str, Mapping[str, Handler]]] = {}
        if self._export is not None:
            mine["data.zip"] = ("export_file", {EXPORT: self._export.file})
        if self._uploads is None or self._orders is None:
            return mine
        return mine | {
            r"photo/{photo:\d{1,15}}.jpg": ("photo", {"form": self._uploads.show}),
            "pay": ("order_pay", {"order": self._orders.pay}),
            "state": ("order_state", {"order": self._orders.state}),
        }

    def of_kind(self, handlers: Mapping[str, Handler]) -> Handler:
        """The handler for the kind of page that the link stands for; the common 404 where that kind has none."""

        async def run(request: web.Request) -> web.StreamResponse:
            visit = await holding(self._deps, request, PAGE)
            handler = handlers.get(visit.ticket.params.get("page", "statement"))
            if handler is None:
                raise web.HTTPNotFound
            return await handler(request)

        return run


def routes(deps: PageDeps) -> list[web.RouteDef]:
    """Every page with its address. None of these addresses may be logged: they are keys."""
    offline = Offline(deps)
    personal, verify, human = Personal(deps), Verify(deps, Pictures(deps.renderer)), Human(deps)
    tickets, guides = Tickets(deps, personal), Guides(deps)

    def get(path: str, name: str, handler: Handler) -> web.RouteDef:
        return web.get(path, framed(deps, name, handler))

    def post(path: str, name: str, handler: Handler) -> web.RouteDef:
        return web.post(path, framed(deps, name, handler))

    return [
        get("/p/{token}", "page", tickets.page),
        post("/p/{token}/document", "page_document", tickets.of_kind({"statement": personal.make_document})),
        get("/p/{token}/document", "page_back", _back),
        *(post(f"/p/{{token}}/{path}", name, tickets.of_kind(by_kind)) for path, (name, by_kind) in tickets.acts().items()),
        *(get(f"/p/{{token}}/{path}", name, tickets.of_kind(by_kind)) for path, (name, by_kind) in tickets.looks().items()),
        *(get(f"/p/{{token}}/{path}", "page_back", _back) for path in tickets.acts()),
        get("/d/{token}", "document", personal.landing),
        get(r"/d/{token}/{serial:\d{1,40}}.{kind:pdf|xlsx}", "document_file", personal.file),
        post("/d/{token}/link", "document_link", personal.other_browser),
        get("/d/{token}/link", "document_back", _back),
        get("/", "home", Home(deps).page),
        get("/v", "verify_form", verify.form),
        get("/v/", "verify_form", verify.form),
        post("/v", "verify_post", verify.post),
        get("/v/offline", "offline", offline.page),
        get("/v/offline/save", "offline_saved", offline.saved),
        get("/v/worker.js", "offline_worker", offline.worker),
        get("/v/keys.pem", "paper_keys", offline.public),
        get("/v/{serial}", "verify_form", verify.form),
        get("/v/{serial}/{code}", "verify_result", verify.result),
        get(r"/v/{serial}/{code}/{number:\d{1,4}}.png", "verify_picture", verify.picture),
        get("/g/{region}", "guides", guides.index),
        get("/g/{region}/{code}", "guide", guides.guide),
        get("/c/{token}", "captcha", human.ask),
        post("/c/{token}", "captcha_answer", human.judge),
        *_scanning(deps),
        *_authorised(deps),
        get("/assets/{name}", "asset", LOOKS.serve_asset),
    ]


def _scanning(deps: PageDeps) -> list[web.RouteDef]:
    if deps.screens is None:
        return []
    scan = Scan(deps, deps.screens)
    return [
        web.get(SCAN, framed(deps, "scan", scan.page)),
        web.post(SCAN, framed(deps, "scan_renew", scan.renew)),
        web.get(f"{SCAN}/state", framed(deps, "scan_state", scan.state)),
    ]


def _authorised(deps: PageDeps) -> list[web.RouteDef]:
    if deps.digest is None or deps.my_pages is None:
        return []
    oauth = OAuth(deps, deps.wechat, States(deps.clock, deps.digest), deps.my_pages)
    return [
        web.get("/o/back", framed(deps, "oauth_back", oauth.back)),
        web.get("/o/{page:[a-z]{2,10}}", framed(deps, "oauth", oauth.enter)),
    ]
