"""What all pages share: templates, headers, cookies, small forms, and errors that people can read."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import structlog
from aiohttp import hdrs, web

from bot.looks import Looks
from bot.pages.deps import PageDeps
from bot.pages.tables import align, cell_text
from handlers.materials import amount
from storage.ports.repositories import Unavailable

_HOLDER_COOKIE: Final = "holder"
_CHOICES: Final = {"view": ("elder", "normal"), "theme": ("dark", "light", "auto")}
"""What is chosen on every page and remembered: the size of type, light or dark. The name is that of the cookie and of the query."""
_KEPT: Final = re.compile(r"at|q|m|way|back|f|i|y|[st]\d{1,2}")
"""What of a page's address a switch carries on, so that it leads to the same place."""
_MAX_FORM: Final = 8 * 1024
_YEAR: Final = 365 * 24 * 3600

_log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


LOOKS: Final = Looks(Path(__file__).parent, "/assets/", cell=cell_text, align=align, amount=amount)


def setup_templates() -> None:
    """Compile the templates and read the static files now, so that nobody waits for it. Idempotent; may be called in another thread."""
    LOOKS.read_all()


def render(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page. Everything that the template names must be given."""
    body = LOOKS.environment.get_template(template).render(
        elder=wants_elder(request), theme=wanted_theme(request), switch=_switch(request, status), **context
    )
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def content_policy(deps: PageDeps, pictures: str = "'self'", scripts: str = "'self'", styles: str = "'self'") -> str:
    """The Content-Security-Policy of a page: no script, style or picture but our own files. `pictures` widens `img-src` (the captcha),
    `scripts` widens `script-src` (a stand-in for WeixinJSBridge, WeChat's own), `styles` `style-src` (what that one draws)."""
    return (
        f"default-src 'none'; style-src {styles}; script-src {scripts}; img-src {pictures}; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {deps.frame_ancestors}"
    )


# ── the frame around every handler ──────────────────────────────────────────────────────────────────────────────────


def framed(deps: PageDeps, name: str, handler: Handler) -> Handler:
    """The handler with headers on every answer, and errors as pages. Logs say which page failed, never its address."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as trouble:
            if trouble.status in (302, 303):
                response = web.Response(status=303, headers={"Location": trouble.headers["Location"]})
            else:
                response = error_page(deps, request, trouble.status)
        except Unavailable:
            _log.warning("page_unavailable", page=name)
            response = error_page(deps, request, 503, _RECOVERING)
            response.headers["Retry-After"] = "60"
        except Exception as trouble:
            _log.error("page_failed", page=name, exc_info=trouble)
            response = error_page(deps, request, 500)
        return protected(deps, request, response)

    return run


def protected(deps: PageDeps, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Set the headers that every page carries, and remember the size of type that the person chose."""
    headers = response.headers
    if response.content_type == "text/html":
        headers.setdefault("Content-Security-Policy", content_policy(deps))
    elif response.content_type.startswith("image/"):  # whatever it is taken for, nothing in it runs
        headers["Content-Security-Policy"] = f"default-src 'none'; sandbox; frame-ancestors {deps.frame_ancestors}"
    else:  # browsers' own PDF viewers break under anything stricter
        headers["Content-Security-Policy"] = f"frame-ancestors {deps.frame_ancestors}"
    headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    for name, values in _CHOICES.items():
        if request.query.get(name) in values:
            chosen = request.query[name]
            give_cookie(deps, response, name, chosen, "/", _YEAR)
    return response


def wants_elder(request: web.Request) -> bool:
    """长辈版: what the address says, else what was remembered."""
    return _chosen(request, "view") == "elder"


def wanted_theme(request: web.Request) -> str:
    """ "dark" or "light" where somebody chose one, else "": as the phone is set."""
    chosen = _chosen(request, "theme")
    return chosen if chosen in ("dark", "light") else ""


def _chosen(request: web.Request, name: str) -> str:
    return request.query.get(name) or request.cookies.get(name, "")


def _switch(request: web.Request, status: int) -> Callable[[str, str], str]:
    """The address of this page with another choice. An error's says nothing of the request; a form's leads to the page of the form."""
    same = request.method == "GET" and status < 400
    kept: Mapping[str, str] = {name: value for name, value in request.query.items() if _KEPT.fullmatch(name)} if same else {}
    return lambda name, value: f"?{urlencode({**kept, name: value})}"


# ── errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_RECOVERING: Final = "系统正在恢复，请过一两分钟再试。您的信息没有受影响。"
_ERRORS: Final = {
    400: ("没看懂这次提交", "可能是页面放得太久了。请返回上一页，刷新后再试一次。"),
    403: ("这一页放得太久了", "为了安全，请返回上一页，刷新后再点一次。"),
    404: (
        "这个链接打不开了",
        "可能是时间过了，或者是在另一部手机、另一个浏览器里打开的。请回到公众号，再说一次要办的事，会给您新的链接。",
    ),
    405: ("没看懂这次提交", "请回到公众号，重新点一次链接。"),
    409: ("刚才有别的改动", "您填的内容没有丢。请返回上一页，刷新后再点一次。"),
    413: ("内容太长了", "提交的内容太长了，请返回上一页，只填需要的内容。"),
    429: ("点得太快了", "请稍等一会儿再试。"),
    500: ("暂时打不开", "这次没能打开，您的信息没有受影响。请过几分钟再试；一直不行，就在公众号里回复“人工”。"),
    503: ("暂时打不开", "系统正忙，请过几分钟再试。您的信息没有受影响。"),
}


def error_page(deps: PageDeps, request: web.Request, status: int, sentence: str = "", heading: str = "") -> web.StreamResponse:
    """The page for a status, in Chinese, saying what to do. It holds nothing of the request, so that all 404 are the same bytes."""
    if status not in _ERRORS:
        status = 500 if status >= 500 else 400
    title, advice = _ERRORS[status]
    return protected(deps, request, render(request, "error.html", status, title=heading or title, sentence=sentence or advice))


# ── cookies and forms ───────────────────────────────────────────────────────────────────────────────────────────────


def holder_of(request: web.Request) -> str | None:
    """The cookie of this link in this browser; its path is the link, so links do not know of each other."""
    return request.cookies.get(_HOLDER_COOKIE)


def give_holder(deps: PageDeps, response: web.StreamResponse, path: str, holder: str, seconds: int) -> None:
    """Hand the browser the cookie of the link at `path`."""
    give_cookie(deps, response, _HOLDER_COOKIE, holder, path, seconds)


def give_cookie(deps: PageDeps, response: web.StreamResponse, name: str, value: str, path: str, seconds: int) -> None:
    """A cookie for what lies below `path`, out of reach of scripts and of other sites' forms."""
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=deps.https)


def loads_ahead(request: web.Request) -> bool:
    """A browser that fetches what its person has not opened yet. It is refused, and asks again when the person does."""
    said = (request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return any(word in value for value in said for word in ("prefetch", "prerender", "preview"))


def csrf_token(holder: str, token: str) -> str:
    """What a form carries to show that it comes from our page in the browser that holds the link. Needs no memory."""
    return hmac.new(holder.encode(), f"form:{token}".encode(), hashlib.sha256).hexdigest()


def csrf_right(given: str, holder: str, token: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(given.encode(), csrf_token(holder, token).encode())


async def read_form(request: web.Request, most: int = _MAX_FORM, fields: int = 20) -> dict[str, str]:
    """The fields of a small form. Raises 413 above `most` bytes, 400 for anything that our forms do not send."""
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPBadRequest
    body = bytearray()
    async for piece in request.content.iter_chunked(_MAX_FORM):
        body += piece
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    try:
        return dict(
            parse_qsl(
                body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict", max_num_fields=fields
            )
        )
    except ValueError:  # UnicodeDecodeError is one of them
        raise web.HTTPBadRequest from None
