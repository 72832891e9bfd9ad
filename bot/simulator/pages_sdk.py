"""JS-SDK for the pages in the phone, and what programs may do in its place: consents and 通知管理."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.simulator import subscriptions
from bot.simulator.keys import SIM
from bot.simulator.programs import answer, body_of, openid_of, wrong
from bot.simulator.subscriptions import BadConsent
from bot.simulator.world import PLATFORMS, Phone

_SCRIPT = Path(__file__).parent / "static" / "jweixin.js"


def add_routes(app: web.Application) -> None:
    """The script that pages load, and the phone's own addresses, which programs may use too."""
    app.router.add_get("/jweixin.js", _script)
    app.router.add_post("/sim/jssdk", _config)
    app.router.add_post("/sim/subscribe/ask", _ask)
    app.router.add_post("/sim/subscribe", _subscribe)
    app.router.add_get("/sim/settings", _settings)
    app.router.add_post("/sim/settings", _settle)


async def _script(_: web.Request) -> web.Response:
    """`wx` and the element wx-open-subscribe for the pages that the phone opens."""
    body = await asyncio.to_thread(_SCRIPT.read_bytes)
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}
    return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)


async def _config(request: web.Request) -> web.Response:
    """Whether WeChat would let the page use its scripts: `{"appId","timestamp","nonceStr","signature","url"}` of wx.config, by the
    ticket of now (wechat.md A12). `{"errMsg"}` as wx.config tells it."""
    sim = request.app[SIM]
    body = await body_of(request)
    values = {name: str(body.get(name, "")) for name in ("appId", "timestamp", "nonceStr", "signature", "url")}
    if values["appId"] != sim.account.app_id:
        return answer({"errMsg": "config:invalid appId"})
    if not values["url"].startswith(tuple(f"{one}/" for one in sim.page_origins)):
        return answer({"errMsg": "config:invalid url domain"})
    good = sim.signs(values["url"], values["timestamp"], values["nonceStr"], values["signature"])
    return answer({"errMsg": "config:ok" if good else "config:invalid signature"})


async def _ask(request: web.Request) -> web.Response:
    """The popup for `{"templates": [id…]}`: their titles, and whether one 允许 is for good. 422 with `{"error"}` when WeChat opens none."""
    body = await body_of(request)
    try:
        found = subscriptions.asked(request.app[SIM], _names(body, "templates"))
    except BadConsent as error:
        return answer({"error": str(error)}, status=422)
    return answer([{"id": one.template_id, "title": one.title, "lasting": one.kind == "lasting"} for one in found])


async def _subscribe(request: web.Request) -> web.Response:
    """`{"openid","templates":{id: "accept"|"reject"}}`: the person has tapped 允许 or 取消 in a page's popup; the account hears of it by
    subscribe_msg_popup_event. `{"details": {id: {"status"}}, "event": "empty|answered|failed"}`."""
    body = await body_of(request)
    answers = body.get("templates")
    if not isinstance(answers, dict) or not all(isinstance(one, str) for one in answers.values()):
        raise wrong("templates must be an object of accept and reject")
    try:
        return answer(await subscriptions.answer(request.app[SIM], _phone(request, body.get("openid")), answers))
    except BadConsent as error:
        raise wrong(str(error)) from None


async def _settings(request: web.Request) -> web.Response:
    """通知管理 of one phone (`openid`)."""
    return answer(subscriptions.settings(request.app[SIM], _phone(request, request.query.get("openid"))))


async def _settle(request: web.Request) -> web.Response:
    """`{"openid","blocked":true|false,"refuse":[id…],"allow":[id…],"platform":"1"|"2"|"3"}`, each but the first as wanted: block the
    account's notices (template messages then end in `failed:user block`), turn templates off (拒收: 43101; a subscription notice also
    subscribe_msg_change_event) and on; be a phone with iOS, Android or something else, which conditional menus ask for. The answer is
    通知管理 as it is then."""
    body = await body_of(request)
    blocked = body.get("blocked")
    if blocked is not None and not isinstance(blocked, bool):
        raise wrong("blocked must be true or false")
    sim, phone = request.app[SIM], _phone(request, body.get("openid"))
    if body.get("platform", phone.platform) not in PLATFORMS:
        raise wrong("platform must be 1 (iOS), 2 (Android) or 3")
    if body.get("platform", phone.platform) != phone.platform:
        phone.platform = body["platform"]
        sim.tell_menus()
    try:
        await subscriptions.settle(sim, phone, blocked=blocked, refuse=_names(body, "refuse"), allow=_names(body, "allow"))
    except BadConsent as error:
        raise wrong(str(error)) from None
    return answer(subscriptions.settings(sim, phone))


def _phone(request: web.Request, openid: Any) -> Phone:
    return request.app[SIM].world.phone(openid_of(openid))


def _names(body: dict[str, Any], name: str) -> list[str]:
    given = body.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise wrong(f"{name} must be a list of templates")
    return given
