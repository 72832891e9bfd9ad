"""What every page of the console goes through: who sits there, what may be opened, forms, headers, notices, errors.

A page is `seated(deps, name, handler, *roles)`; the handler is given the `Seat` and answers with `view(…)`, or after a form with
`done(…)`. A page of another role is a 403 that says which role it takes; a form without the token of this very sign-in is a 403 too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from aiohttp import hdrs, web

from bot.console.deps import ConsoleDeps
from bot.console.looks import LOOKS
from bot.console.menu import ME, QUEUE, home, open_to
from handlers.staff import must_change
from storage.ports.record import Record
from storage.ports.records import Staff, StaffSession
from storage.ports.repositories import Conflict, Unavailable

__all__ = ["ConsoleDeps", "Seat", "Trouble", "done", "form", "seated", "standing", "view"]

_log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SeatedHandler = Callable[[web.Request, "Seat"], Awaitable[web.StreamResponse]]

_DEPS: Final = web.RequestKey("console_deps", ConsoleDeps)
SIGN_IN: Final = "/console/sign-in"
_MAX_FORM: Final = 64 * 1024
_MAX_FIELDS: Final = 500
_NOTICE_SECONDS: Final = 120
_NOTICE_LENGTH: Final = 300
_NEXT: Final = re.compile(r"/console/(?!sign-)[A-Za-z0-9/_-]{0,120}")
_CONTROL: Final = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in "\n\t"}


class Seat(Record):
    """A signed-in member of staff at one place. `csrf` goes into every form of theirs."""

    staff: Staff
    session: StaffSession
    csrf: str


class Trouble(Exception):
    """Answer with the error page of this status; `sentence` and `title` replace the usual words."""

    def __init__(self, status: int, sentence: str = "", title: str = "") -> None:
        super().__init__(status)
        self.status, self.sentence, self.title = status, sentence, title


class _Done(web.HTTPSeeOther):
    def __init__(self, location: str, notice: str) -> None:
        super().__init__(location)
        self.notice = notice[:_NOTICE_LENGTH]


# ── cookies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def cookie_name(deps: ConsoleDeps, name: str) -> str:
    """Over TLS the `__Host-` prefix: no other host and no plain connection can set it."""
    return f"__Host-console-{name}" if deps.https else f"console-{name}"


def give_cookie(deps: ConsoleDeps, response: web.StreamResponse, name: str, value: str, seconds: int | None = None) -> None:
    """Set one of our cookies: for scripts out of reach, and never sent from another site. Without `seconds` it ends with the browser."""
    response.set_cookie(
        cookie_name(deps, name),
        value,
        max_age=seconds,
        path="/" if deps.https else "/console",
        httponly=True,
        samesite="Strict",
        secure=deps.https,
    )


def take_cookie(deps: ConsoleDeps, response: web.StreamResponse, name: str) -> None:
    """Delete one of our cookies."""
    give_cookie(deps, response, name, "", 0)


def cookie(deps: ConsoleDeps, request: web.Request, name: str) -> str:
    """The value of one of our cookies; '' when there is none."""
    return request.cookies.get(cookie_name(deps, name), "")


def form_token(secret: str) -> str:
    """What a form carries to show that it comes from our page at this very sign-in. Needs no memory."""
    return hmac.new(secret.encode(), b"console form", hashlib.sha256).hexdigest()


def _sealed_notice(seat: Seat, text: str) -> str:
    body = base64.urlsafe_b64encode(text.encode()).decode()
    return f"{body}.{hmac.new(seat.csrf.encode(), body.encode(), hashlib.sha256).hexdigest()[:32]}"


def _notice(deps: ConsoleDeps, request: web.Request, seat: Seat) -> str:
    """The notice that the last form left; '' when there is none, or not one of ours."""
    body, _, seal = cookie(deps, request, "notice").partition(".")
    right = hmac.new(seat.csrf.encode(), body.encode(), hashlib.sha256).hexdigest()[:32]
    if not body or not hmac.compare_digest(seal.encode(), right.encode()):
        return ""
    return base64.urlsafe_b64decode(body).decode()


# ── the guard ───────────────────────────────────────────────────────────────────────────────────────────────────────


def seated(
    deps: ConsoleDeps, name: str, handler: SeatedHandler, *roles: str, quiet: bool = False, unchanged: bool = False
) -> Handler:
    """The handler behind the door: signs in first, then asks for one of `roles` (none: any). `quiet` pages refresh themselves and do not
    keep the place alive; `unchanged` ones are open while the first password has not been changed yet. `name` is for the log."""

    async def run(request: web.Request) -> web.StreamResponse:
        request[_DEPS] = deps
        seat: Seat | None = None
        try:
            token = cookie(deps, request, "place")
            found = await deps.accounts.seat(token, quiet=quiet) if token else None
            if found is None:
                return protected(request, _to_the_door(deps, request, token))
            seat = Seat(*found, form_token(token))
            response = await _inside(request, seat, handler, roles, unchanged=unchanged)
            if isinstance(response, web.HTTPException):  # `return done(…)`
                raise response
        except Exception as trouble:
            response = _troubled(request, seat, trouble, name)
        return protected(request, response)

    return run


def standing(deps: ConsoleDeps, name: str, handler: Handler) -> Handler:
    """A page for whoever has not signed in: the door itself."""

    async def run(request: web.Request) -> web.StreamResponse:
        request[_DEPS] = deps
        try:
            response = await handler(request)
            if isinstance(response, web.HTTPException):
                raise response
        except Exception as trouble:
            response = _troubled(request, None, trouble, name)
        return protected(request, response)

    return run


async def _inside(
    request: web.Request, seat: Seat, handler: SeatedHandler, roles: tuple[str, ...], *, unchanged: bool
) -> web.StreamResponse:
    if must_change(seat.staff) and not unchanged:
        response = _redirect(ME)
        give_cookie(
            request[_DEPS], response, "notice", _sealed_notice(seat, "请先改掉领到的初始密码，再开始工作。"), _NOTICE_SECONDS
        )
        return response
    if roles and not seat.staff.roles & set(roles):
        if request.path == QUEUE:  # where everybody's bookmark points to
            return _redirect(home(seat.staff))
        raise Trouble(
            403,
            f"这一页需要“{'”或“'.join(roles)}”角色。您的角色是：{'、'.join(sorted(seat.staff.roles))}。需要的话，请找管理员。",
        )
    return await handler(request, seat)


def _redirect(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location})


def _to_the_door(deps: ConsoleDeps, request: web.Request, token: str) -> web.Response:
    """To the sign-in page; after it back to where the person wanted to go, if that was a page."""
    said: dict[str, str] = {"ended": "1"} if token else {}
    if request.method == "GET" and request.path != QUEUE and _NEXT.fullmatch(request.path):
        said["next"] = request.path
    response = _redirect(f"{SIGN_IN}?{urlencode(said, safe='/')}" if said else SIGN_IN)
    if token:
        take_cookie(deps, response, "place")
    return response


def safe_next(text: str) -> str:
    """The address to go on to after signing in; '' unless it is a page of the console."""
    return text if _NEXT.fullmatch(text) else ""


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def view(request: web.Request, seat: Seat, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A page inside the shell: navigation by role, name, sign out, and the notice that the last form left. Templates extend
    `shell.html`, fill the blocks `title` and `main`, and have `seat`, `path` and `idle_minutes` beside what is given here."""
    deps = request[_DEPS]
    notice = _notice(deps, request, seat)
    body = LOOKS.environment.get_template(template).render(
        seat=seat,
        path=request.path,
        menu=() if must_change(seat.staff) else open_to(seat.staff),
        home=home(seat.staff),
        notice=notice,
        idle_minutes=deps.config.idle_minutes,
        **context,
    )
    response = web.Response(text=body, status=status, content_type="text/html", charset="utf-8")
    if cookie(deps, request, "notice"):
        take_cookie(deps, response, "notice")
    return response


def bare(template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A page outside the shell."""
    body = LOOKS.environment.get_template(template).render(**context)
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def done(location: str, notice: str = "") -> web.HTTPSeeOther:
    """Raise it (or return it) after a form: on to the next page, where the notice stands once."""
    return _Done(location, notice)


_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_FILE_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


def protected(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The headers of every answer. A handler may set a stricter policy of its own."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY if response.content_type == "text/html" else _FILE_POLICY)
    headers[hdrs.CACHE_CONTROL] = "no-store"
    headers["X-Frame-Options"] = "DENY"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # `no-referrer` would take the Origin from our own forms
    headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    return response


# ── errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_ERRORS: Final = {
    400: ("没看懂这次提交", "可能是页面放得太久了。请返回上一页，刷新后再试一次。"),
    403: ("这次提交没有做", "这一页放得太久了，或者您重新登录过。请返回上一页，刷新后再点一次。"),
    404: ("没有这一页", "地址可能输错了，或者这件事不在您的地区里。请从上面的导航重新进入。"),
    405: ("没看懂这次提交", "请从上面的导航重新进入这一页。"),
    409: ("刚才有别人先改了", "您这次没有改动任何内容。请返回上一页，刷新后看一下现在的情况再决定。"),
    413: ("内容太长了", "提交的内容太长了，请返回上一页，删掉一些再提交。"),
    429: ("点得太快了", "请稍等一会儿再试。"),
    500: ("暂时打不开", "这次没能打开，资料没有受影响。请过几分钟再试；一直不行，请找管理员。"),
    503: ("暂时打不开", "系统正忙，请过几分钟再试。资料没有受影响。"),
}


def _troubled(request: web.Request, seat: Seat | None, trouble: Exception, name: str) -> web.StreamResponse:
    """The answer to what went wrong. Only what nobody expected is an error in the log."""
    match trouble:
        case _Done():
            response = _redirect(trouble.headers["Location"])
            if trouble.notice and seat is not None:
                give_cookie(request[_DEPS], response, "notice", _sealed_notice(seat, trouble.notice), _NOTICE_SECONDS)
            return response
        case web.HTTPException() if trouble.status in (301, 302, 303, 307, 308):
            return _redirect(trouble.headers["Location"])
        case web.HTTPException():
            return error_page(request, seat, trouble.status)
        case Trouble():
            return error_page(request, seat, trouble.status, trouble.sentence, trouble.title)
        case Conflict():
            return error_page(request, seat, 409)
        case Unavailable():
            _log.warning("storage_away", page=name)
            return error_page(request, seat, 503)
        case _:
            _log.error("page_failed", page=name, exc_info=trouble)
            return error_page(request, seat, 500)


def error_page(request: web.Request, seat: Seat | None, status: int, sentence: str = "", title: str = "") -> web.Response:
    """The page for a status, in Chinese, saying what to do. It holds nothing of the request."""
    if status not in _ERRORS:
        status = 500 if status >= 500 else 400
    usual, advice = _ERRORS[status]
    if status == 403 and sentence:
        usual = "您不能打开这一页"
    words = {"heading": title or usual, "sentence": sentence or advice}
    if seat is None:
        return bare("error_bare.html", status=status, **words)
    return view(request, seat, "error.html", status=status, **words)


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def form(request: web.Request, seat: Seat) -> Mapping[str, list[str]]:
    """The fields of a form by name, control characters left out. Raises the 403 page when it does not come from our own page at this
    sign-in, 413 above 64 KiB, 400 for anything that our forms do not send."""
    given = await read_fields(request)
    check_origin(request)
    if not hmac.compare_digest(first_of(given, "csrf").encode(), seat.csrf.encode()):
        raise Trouble(403)
    return given


def first_of(given: Mapping[str, list[str]], name: str) -> str:
    """The first value of a field, '' when it is not there."""
    return given.get(name, [""])[0]


def check_origin(request: web.Request) -> None:
    """Raises the 403 page for a form that another site sent. Browsers say where it comes from; what says nothing still needs the token."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get(hdrs.ORIGIN)
    if site != "same-origin":
        raise Trouble(403)
    if origin is not None:
        own = (urlsplit(request[_DEPS].public_url).netloc, request.host)
        if urlsplit(origin).netloc not in own:
            raise Trouble(403)


async def read_fields(request: web.Request) -> dict[str, list[str]]:
    """The fields of a small form as they were sent."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Trouble(400)
    body = bytearray()
    async for piece in request.content.iter_chunked(_MAX_FORM):
        body += piece
        if len(body) > _MAX_FORM:
            raise Trouble(413)
    try:
        found = parse_qs(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:  # UnicodeDecodeError is one of them
        raise Trouble(400) from None
    return {name: [_plain(value) for value in values] for name, values in found.items()}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
