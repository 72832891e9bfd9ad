"""What the pages are given by the composition root."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.wechat.oauth import Visitor
from dialogs.orders import OrderForm
from dialogs.statement import Statement
from handlers.accounts.office import AccountOffice
from handlers.captcha import Captcha
from handlers.documents import PaperKeys, Renderer
from handlers.drafts import Draft
from handlers.forms import Form
from handlers.links import Links
from handlers.materials import Darkroom, Photo
from handlers.orders.pages import OrderView, Quote
from handlers.paper_files import PaperFiles
from handlers.policy import Digest
from handlers.scenes.pages import MyPages
from handlers.scenes.screens import Screens
from handlers.verification import Verification
from storage.ports.records import Attachment, Document, Order
from storage.ports.regions import Region
from storage.ports.repositories import Files, Repositories, Store
from storage.ports.time import Clock


class Queries(Protocol):
    """Answers what a `/p` link shows."""

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        """The statement behind the link's `params`, or None when that chat may not see it any more (unbound, unknown query)."""


class Issue(Protocol):
    """Makes a document out of a statement."""

    async def __call__(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        """Issue under the idempotency `key`: the same key gives the same document. May raise `handlers.desk.TooMuch`."""


class Drafts(Protocol):
    """Filings on pages (`handlers.drafts.Drafts` says what each does). None is the answer for what is not this chat's."""

    async def look(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Draft | None: ...

    async def fill(
        self, tx: Repositories, params: Mapping[str, str], openid: str, posted: Mapping[str, str], asked: Sequence[str], send: str
    ) -> Draft | None: ...

    async def lines(self, tx: Repositories, params: Mapping[str, str], openid: str) -> tuple[tuple[str, str], ...]: ...

    def expected(self, draft: Draft) -> str: ...

    def news(self, draft: Draft) -> str: ...

    async def submit(self, tx: Repositories, params: Mapping[str, str], openid: str, agreed: bool) -> Draft | None: ...

    async def order(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Order | None: ...

    async def may_attach(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Draft | None: ...

    async def attach(
        self, tx: Repositories, params: Mapping[str, str], openid: str, material: str, name: str, photo: Photo, stored_as: str
    ) -> Attachment | None: ...

    async def detach(self, tx: Repositories, params: Mapping[str, str], openid: str, attachment_id: int) -> Attachment | None: ...

    async def photo(self, tx: Repositories, params: Mapping[str, str], openid: str, attachment_id: int) -> Attachment | None: ...

    async def order_form(
        self, tx: Repositories, params: Mapping[str, str], openid: str, posted: Mapping[str, str], asked: Sequence[str]
    ) -> tuple[OrderForm, Form] | None: ...


class Orders(Protocol):
    """Orders on pages (`handlers.orders.pages.OrderPages` says what each does). They open their own transactions: payment is called between them."""

    async def view(self, openid: str, order_no: str) -> OrderView | None: ...

    async def check(self, openid: str, order_no: str) -> OrderView | None: ...

    async def confirm(self, openid: str, order_no: str, bank: str) -> str: ...

    async def void(self, openid: str, order_no: str) -> str: ...

    async def bridge(self, openid: str, order_no: str) -> Mapping[str, str] | None: ...

    async def receipt(self, openid: str, order_no: str) -> str | None: ...

    async def quote(self, openid: str, person_id: int, kind: str, answers: Mapping[str, str]) -> Quote: ...

    async def make(
        self, openid: str, person_id: int, kind: str, answers: Mapping[str, str], key: str
    ) -> tuple[str, Mapping[str, str]]: ...


class Exports(Protocol):
    """What was packed of somebody's data (`handlers.my_data.pages.ExportPages` says what each does)."""

    async def ready(self, params: Mapping[str, str], openid: str) -> bool | None: ...

    async def file(self, params: Mapping[str, str], openid: str) -> bytes | None: ...


@dataclass(frozen=True)
class Work:
    """What the pages need on which something is filed, uploaded or paid. `bridge_script` is the address of a stand-in for
    WeixinJSBridge (the simulator's); empty in WeChat, which brings its own."""

    drafts: Drafts
    orders: Orders
    files: Files
    darkroom: Darkroom
    bridge_script: str = ""


@dataclass(frozen=True)
class Subscribing:
    """What the page needs of the account. `script` is the address of WeChat's script; `templates` as `handlers.services.Services.consents`;
    `ticket` gives the account's jsapi_ticket and may raise ApiError or StorageError."""

    app_id: str
    script: str
    templates: Mapping[str, int]
    ticket: Callable[[], Awaitable[str]]


def asker_of(request: web.Request) -> str:
    """Who asks, for the limits of verification: the address, an IPv6 one by its /64, which is what one household has.

    Relies on `request.remote`; behind a reverse proxy the application sets it from the trusted proxies before the pages see it.
    """
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return "addr:unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"addr:{address.ipv4_mapped}"
        return f"addr:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"addr:{address}"


class Authorisation(Protocol):
    """WeChat's web authorisation (`bot.wechat.oauth.WebAuthorisation` says what each does)."""

    def address(self, back: str, state: str) -> str: ...

    async def who(self, code: str) -> Visitor: ...


@dataclass(frozen=True)
class PageDeps:
    """Everything the pages need. `public_url` is ours without a path; `frame_ancestors` is the value of that CSP directive."""

    store: Store
    clock: Clock
    links: Links
    verification: Verification
    captcha: Captcha
    renderer: Renderer
    public_url: str
    queries: Queries
    issue: Issue
    frame_ancestors: str = "'none'"
    asker: Callable[[web.Request], str] = asker_of
    work: Work | None = None
    """None where nothing is filed or paid: such links are the 404 of every other one."""
    paper_keys: PaperKeys = field(default_factory=PaperKeys)
    """What QR codes are signed with, and by which papers are checked."""
    paper_files: PaperFiles | None = None
    """Where signed files are kept; None where files are not signed, and are made anew each time."""
    subscribing: Subscribing | None = None
    """None where the account has no subscription notices, or the account's kind has no script for pages."""

    accounts: AccountOffice | None = None
    """个人账号 by password; None where there are none."""

    screens: Screens | None = None
    """Computers that wait for WeChat; None where there are none."""

    my_pages: MyPages | None = None
    """我的页面; None where there is none."""

    wechat: Authorisation | None = None
    """WeChat's web authorisation; None for an account without it."""

    digest: Digest | None = None
    """What states of the authorisation are signed with; without it /o/… does not exist."""

    exports: Exports | None = None
    """What was packed of somebody's data; None where nothing is."""

    regions: Mapping[str, Region] = field(default_factory=dict)
    """Whose guides are shown; none without it."""

    @property
    def base(self) -> str:
        """`public_url` without a slash at its end."""
        return self.public_url.rstrip("/")

    @property
    def https(self) -> bool:
        """Whether cookies may be marked Secure."""
        return self.public_url.startswith("https://")
