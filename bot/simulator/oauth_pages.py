"""What the phone shows when a page asks who looks at it: nothing (snsapi_base), or a question (snsapi_userinfo); wechat.md A12.

The page learns which phone it is on from `sim_openid` in its address, the header `X-Sim-Phone`, the cookie `sim_phone`, or the name of the
frame that it is shown in (`phone:<openid>`); when nothing tells, the person chooses. Programs ask `POST /sim/oauth {"openid","url","allow"}`
and get `{"location"}`, or `{"errcode","error"}`, without any page.
"""

from __future__ import annotations

import html
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from bot.simulator.errors import ApiError
from bot.simulator.keys import SIM
from bot.simulator.oauth import Asked
from bot.simulator.programs import answer, body_of, openid_of, wrong
from bot.simulator.simulator import Simulator
from bot.simulator.world import OPENID, Phone

_PATH = "/connect/oauth2/authorize"
_GOOD_FOR = timedelta(minutes=5)
_WORDS = {
    10003: "redirect_uri 域名与后台配置不一致，错误码：10003",
    10004: "该公众号没有网页授权的权限，错误码：10004",
    10005: "Scope 参数错误或没有 Scope 权限，错误码：10005",
    40013: "appid 参数错误，错误码：40013",
}
_STYLE = """body{margin:0;font:17px/1.6 system-ui,sans-serif;background:#f7f7f7;color:#1a1a1a}
main{max-width:24rem;margin:0 auto;padding:3rem 1.25rem;text-align:center}h1{font-size:1.25rem}
p{color:#555}a.b{display:block;margin:1rem 0;padding:.7rem;border-radius:.5rem;background:#07803f;color:#fff;text-decoration:none}
a.c{background:#e8e8e8;color:#1a1a1a}"""
_FIND = """const found=/^phone:([A-Za-z0-9_-]{1,64})$/.exec(window.name);
if(found){const to=new URL(location.href);to.searchParams.set("sim_openid",found[1]);location.replace(to)}"""

PENDING: web.AppKey[dict[str, tuple[Asked, Phone, datetime]]] = web.AppKey("oauth_pending", dict)


def add_routes(app: web.Application) -> None:
    """The page, its two answers, and the way of programs."""
    app[PENDING] = {}
    app.router.add_get(_PATH, _authorize)
    app.router.add_get("/connect/oauth2/answer", _answered)
    app.router.add_post("/sim/oauth", _program)


async def _authorize(request: web.Request) -> web.Response:
    sim = request.app[SIM]
    try:
        asked = _asked(sim, dict(request.query))
    except ApiError as refused:
        return _page("无法打开", f"<p>{_WORDS.get(refused.code, '参数错误')}</p>")
    phone = _phone(request, sim)
    if phone is None:
        return _choice(request, sim)
    sim.log.add("oauth", openid=phone.openid, scope=asked.scope, host=asked.host)
    if asked.scope == "snsapi_base":
        raise web.HTTPFound(sim.oauth.allow(asked, phone))
    pending, now = request.app[PENDING], sim.clock.now()
    for name in [name for name, one in pending.items() if now - one[2] >= _GOOD_FOR]:
        del pending[name]
    ticket = secrets.token_urlsafe(24)
    pending[ticket] = (asked, phone, now)
    return _page(
        "申请使用您的信息",
        f"<p>{html.escape(asked.host)} 想获得您的昵称、头像等公开信息</p>"
        f'<a class="b" href="/connect/oauth2/answer?ticket={ticket}&amp;allow=1">允许</a>'
        f'<a class="b c" href="/connect/oauth2/answer?ticket={ticket}&amp;allow=0">拒绝</a>',
    )


async def _answered(request: web.Request) -> web.Response:
    """允许 or 拒绝, once."""
    sim = request.app[SIM]
    found = request.app[PENDING].pop(request.query.get("ticket", ""), None)
    if found is None or sim.clock.now() - found[2] >= _GOOD_FOR:
        return _page("已经失效", "<p>请返回上一页，重新打开</p>")
    asked, phone, _ = found
    target = _decided(sim, asked, phone, allow=request.query.get("allow") == "1")
    if not target:
        return _page("已拒绝", "<p>没有把您的信息交给这个网页</p>")
    raise web.HTTPFound(target)


async def _program(request: web.Request) -> web.Response:
    sim, body = request.app[SIM], await body_of(request)
    url, allow = body.get("url"), body.get("allow", True)
    if not isinstance(url, str) or urlsplit(url).path != _PATH or not isinstance(allow, bool):
        raise wrong(f"url must be an address of {_PATH}, allow true or false")
    phone = sim.world.phone(openid_of(body.get("openid")))
    try:
        asked = _asked(sim, dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)))
    except ApiError as refused:
        return answer({"errcode": refused.code, "error": _WORDS.get(refused.code, "参数错误")})
    return answer({"location": _decided(sim, asked, phone, allow=allow or asked.scope == "snsapi_base")})


def _decided(sim: Simulator, asked: Asked, phone: Phone, *, allow: bool) -> str:
    if allow:
        return sim.oauth.allow(asked, phone)
    return asked.back() if sim.account.rules.denied_with_state else ""


def _asked(sim: Simulator, query: dict[str, str]) -> Asked:
    own = sim.account.oauth_domain
    hosts = {own} if own else {urlsplit(one).hostname or "" for one in sim.page_origins}
    return sim.oauth.asked(query, sim.account, hosts)


def _phone(request: web.Request, sim: Simulator) -> Phone | None:
    told = request.query.get("sim_openid") or request.headers.get("X-Sim-Phone") or request.cookies.get("sim_phone") or ""
    return sim.world.phone(told) if OPENID.fullmatch(told) else None


def _choice(request: web.Request, sim: Simulator) -> web.Response:
    """Which phone it is: told by the frame, or by hand."""
    rows = []
    for one in sim.world.phones.values():
        query = html.escape(urlencode(dict(request.query) | {"sim_openid": one.openid}))
        name = html.escape(str((one.person or {}).get("name") or one.openid))
        rows.append(f'<a class="b c" href="{_PATH}?{query}">{name}</a>')
    nonce = secrets.token_urlsafe(12)
    script = f'<script nonce="{nonce}">{_FIND}</script>'
    return _page("用哪部手机打开？", ("".join(rows) or "<p>还没有手机，请先在模拟器里添加一部</p>") + script, nonce)


def _page(title: str, inner: str, nonce: str = "") -> web.Response:
    style = secrets.token_urlsafe(12)
    text = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><style nonce="{style}">{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{inner}</main></body></html>"
    )
    scripts = f" 'nonce-{nonce}'" if nonce else " 'none'"
    policy = f"default-src 'none'; style-src 'nonce-{style}'; script-src{scripts}; base-uri 'none'; frame-ancestors 'self'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", headers=headers)
