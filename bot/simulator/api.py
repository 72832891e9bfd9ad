"""The platform's API as the bot calls it, under /cgi-bin: always status 200 and JSON, with `errcode` and a rid when refused (wechat.md A13)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from bot.simulator import api_account, api_messages, api_notices, documents, menu
from bot.simulator.errors import ApiError
from bot.simulator.faults import ApiFaults
from bot.simulator.keys import SIM
from bot.simulator.simulator import Simulator

Body = dict[str, Any]
_OK: Body = {"errcode": 0, "errmsg": "ok"}
_MAX_UPLOAD = 11 << 20
_CLEARS_A_MONTH = 10


@dataclass(frozen=True, slots=True)
class _Call:
    """One call: the simulator, its query, and its JSON body (POST) with the bytes it came in."""

    sim: Simulator
    query: dict[str, str]
    body: Body
    raw: bytes


_Work = Callable[[_Call], Body | Awaitable[Body]]


def add_routes(app: web.Application) -> None:
    """The addresses that a client of the platform uses."""
    for path, work in _OPEN_POST.items():
        app.router.add_route("*", path, _handler(work, method="POST", token=False))
    for path, work in _POST.items():
        app.router.add_route("*", path, _handler(work, method="POST"))
    for path, work in _GET.items():
        app.router.add_route("*", path, _handler(work, method="GET"))
    app.router.add_route("*", "/cgi-bin/token", _handler(_plain_token, method="GET", token=False))
    app.router.add_post("/cgi-bin/media/upload", _within_faults(_upload))
    for path in ("/cgi-bin/media/get", "/cgi-bin/media/get/jssdk"):
        app.router.add_get(path, _within_faults(_download))
    app.router.add_get("/cgi-bin/showqrcode", _show_code)


def _plain_token(call: _Call) -> Body:
    return call.sim.tokens.plain(call.query.get("grant_type"), call.query.get("appid"), call.query.get("secret"))


def _create_menu(call: _Call) -> Body:
    if b"\\u" in call.raw:
        raise ApiError(40033)
    call.sim.menu = menu.check(call.body)
    call.sim.world.tell("menu", menu=call.sim.menu)
    return _OK


def _get_menu(call: _Call) -> Body:
    if call.sim.menu is None:
        raise ApiError(46003)
    return {"menu": call.sim.menu}


def _self_menu(call: _Call) -> Body:
    shown = [
        {**top, "sub_button": {"list": top["sub_button"]}} if top["sub_button"] else top
        for top in (call.sim.menu or {"button": []})["button"]
    ]
    return {"is_menu_open": int(bool(shown)), "selfmenu_info": {"button": shown}}


def _delete_menu(call: _Call) -> Body:
    call.sim.menu = None
    call.sim.world.tell("menu", menu=None)
    return _OK


def _clear_quota(call: _Call) -> Body:
    if call.body.get("appid") != call.sim.account.app_id:
        raise ApiError(40013)
    month = call.sim.clock.now().strftime("%Y-%m")
    used = call.sim.quota_clears.get(month, 0)
    if used >= _CLEARS_A_MONTH:
        raise ApiError(48006)
    call.sim.quota_clears = {month: used + 1}
    call.sim.used.clear()
    return _OK


def _ticket(call: _Call) -> Body:
    if call.query.get("type") != "jsapi":
        raise ApiError(40035)
    return _OK | call.sim.jsapi_ticket()


_OPEN_POST: dict[str, _Work] = {"/cgi-bin/stable_token": lambda call: call.sim.tokens.stable(call.body)}
_POST: dict[str, _Work] = {
    "/cgi-bin/message/custom/send": lambda call: _OK | api_messages.custom_send(call.sim, call.body),
    "/cgi-bin/message/custom/typing": lambda call: _OK | api_messages.custom_typing(call.sim, call.body),
    "/cgi-bin/message/template/send": lambda call: api_notices.template_send(call.sim, call.body),
    "/cgi-bin/message/subscribe/bizsend": lambda call: api_notices.subscribe_send(call.sim, call.body),
    "/cgi-bin/menu/create": _create_menu,
    "/cgi-bin/qrcode/create": lambda call: api_account.create_scene(call.sim, call.body),
    "/cgi-bin/clear_quota": _clear_quota,
}
_GET: dict[str, _Work] = {
    "/cgi-bin/template/get_all_private_template": lambda call: api_notices.template_list(call.sim),
    "/wxaapi/newtmpl/gettemplate": lambda call: _OK | api_notices.subscribe_list(call.sim),
    "/cgi-bin/menu/get": _get_menu,
    "/cgi-bin/get_current_selfmenu_info": _self_menu,
    "/cgi-bin/menu/delete": _delete_menu,
    "/cgi-bin/user/info": lambda call: api_account.user_info(call.sim, call.query.get("openid", "")),
    "/cgi-bin/user/get": lambda call: api_account.user_list(call.sim, call.query.get("next_openid", "")),
    "/cgi-bin/getcallbackip": lambda _: {"ip_list": ["127.0.0.1"]},
    "/cgi-bin/get_api_domain_ip": lambda _: {"ip_list": ["127.0.0.1"]},
    "/cgi-bin/ticket/getticket": _ticket,
}


def _handler(work: _Work, *, method: str, token: bool = True) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def carried_out(request: web.Request) -> web.Response:
        sim = request.app[SIM]
        if token:
            sim.tokens.check(request.query.get("access_token", ""))
        if request.method != method:
            raise ApiError(43002 if method == "POST" else 43001)
        raw = await request.read()
        sim.check_quota(request.path)
        done = work(_Call(sim, dict(request.query), _json(raw) if method == "POST" else {}, raw))
        body = await done if isinstance(done, Awaitable) else done
        sim.used.count(request.path, sim.clock.now())
        return _answer(body)

    return _within_faults(carried_out)


def _json(raw: bytes) -> Body:
    if not raw:
        raise ApiError(44002)
    try:
        body = json.loads(raw)
    except ValueError:
        raise ApiError(47001) from None
    if not isinstance(body, dict):
        raise ApiError(47001)
    return body


def _answer(body: Body) -> web.Response:
    return web.json_response(body, dumps=lambda one: json.dumps(one, ensure_ascii=False))


def _within_faults(
    carried_out: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The call with the trouble that was ordered: instead of it, or after it was carried out."""

    async def handle(request: web.Request) -> web.StreamResponse:
        fault = await _struck(request)
        if fault is not None and not fault.lost:
            return _trouble(request, fault)
        try:
            answer = await carried_out(request)
        except ApiError as refused:
            answer = _answer(refused.body())
        return _trouble(request, fault) if fault is not None else answer

    return handle


async def _struck(request: web.Request) -> ApiFaults | None:
    """The first fault that ends this call otherwise; all that delay it are waited for."""
    sim = request.app[SIM]
    found = None
    for fault in sim.api_faults:
        if not fault.strikes(request.path, sim.clock.now()):
            continue
        if fault.delay_s:
            await sim.clock.sleep(fault.delay_s)
        if found is None and (fault.errcode or fault.status or fault.lost):
            found = fault
    return found


def _trouble(request: web.Request, fault: ApiFaults) -> web.StreamResponse:
    if fault.status:
        return web.Response(status=fault.status, text="<html>error</html>", content_type="text/html")
    if fault.errcode:
        return _answer(ApiError(fault.errcode).body())
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _upload(request: web.Request) -> web.Response:
    sim = request.app[SIM]
    sim.tokens.check(request.query.get("access_token", ""))
    return _answer(api_account.upload(sim, request.query.get("type", ""), await _part(request, "media")))


async def _part(request: web.Request, name: str) -> bytes:
    """The file of one form field; empty when it is not there. Raises ApiError 40006 when it is far too large."""
    if not request.content_type.startswith("multipart/"):
        return b""
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == name:
            content = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                content += chunk
                if len(content) > _MAX_UPLOAD:
                    raise ApiError(40006)
            return bytes(content)
    return b""


async def _download(request: web.Request) -> web.Response:
    sim = request.app[SIM]
    sim.tokens.check(request.query.get("access_token", ""))
    item = api_account.media(sim, request.query.get("media_id", ""))
    if item.kind == "video":
        return _answer({"video_url": f"{sim.base_url}/sim/media/{item.media_id}"})
    name = f'attachment; filename="{secrets.token_hex(8)}"'
    return web.Response(body=item.content, content_type=item.content_type, headers={"Content-Disposition": name})


async def _show_code(request: web.Request) -> web.Response:
    """The picture of a parametric code, as the platform's showqrcode gives it; 404 for a ticket that was not issued."""
    ticket = request.query.get("ticket", "")
    scene = next((one for one in request.app[SIM].scenes.values() if one.ticket == ticket), None)
    if scene is None:
        raise web.HTTPNotFound
    return web.Response(body=documents.code_picture(scene.url), content_type="image/png")
