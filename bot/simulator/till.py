"""Addresses of the cashier: WeChat Pay's API for the merchant, the phone's cashier sheet, and what programs may ask."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.simulator.cashier import BadPay, Cashier, PayError
from bot.simulator.keys import SIM
from bot.simulator.programs import answer, body_of, openid_of, wrong

_BRIDGE = Path(__file__).parent / "static" / "bridge.js"


def add_routes(app: web.Application) -> None:
    """Everything about paying; without a merchant each of them is 404, but the bridge says that it cannot."""
    app.router.add_post("/v3/pay/transactions/jsapi", _api(_prepay))
    app.router.add_get("/v3/pay/transactions/out-trade-no/{order_no}", _api(_query))
    app.router.add_post("/v3/pay/transactions/out-trade-no/{order_no}/close", _api(_close))
    app.router.add_get("/bridge.js", _bridge)
    app.router.add_post("/sim/cashier", _look)
    app.router.add_post("/sim/pay", _pay)
    app.router.add_get("/sim/payments", _payments)


# ── for the merchant ────────────────────────────────────────────────────────────────────────────────────────────────

Call = Callable[[Cashier, web.Request, dict[str, Any]], dict[str, Any] | None]


def _api(call: Call) -> Callable[[web.Request], Any]:
    """A call of API v3: admitted by its signature, answered with the platform's."""

    async def handler(request: web.Request) -> web.Response:
        sim, cashier = request.app[SIM], _cashier(request)
        raw = await request.read()
        try:
            path = request.rel_url.raw_path_qs
            serial = request.headers.get("Wechatpay-Serial", "")
            cashier.admit(request.method, path, request.headers.get("Authorization", ""), serial, raw)
            told = call(cashier, request, _object(raw))
            status = 200 if told is not None else 204
        except PayError as error:
            told, status = error.body, error.status
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        headers = cashier.vault.headers(body, int(sim.clock.now().timestamp()))
        headers["Request-ID"] = secrets.token_hex(16).upper()
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(status=status, body=body or None, headers=headers)

    return handler


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise PayError(400, "PARAM_ERROR", "请求体不是 JSON 对象")
    return body


def _prepay(cashier: Cashier, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    return dict(cashier.prepay(body))


def _query(cashier: Cashier, request: web.Request, _: dict[str, Any]) -> dict[str, Any]:
    return cashier.query(request.match_info["order_no"], request.query.get("mchid", ""))


def _close(cashier: Cashier, request: web.Request, body: dict[str, Any]) -> None:
    cashier.close(request.match_info["order_no"], str(body.get("mchid", "")))


# ── for the phone and for programs ──────────────────────────────────────────────────────────────────────────────────


async def _bridge(_: web.Request) -> web.Response:
    """WeixinJSBridge for the pages that the phone opens."""
    body = await asyncio.to_thread(_BRIDGE.read_bytes)
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}
    return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)


async def _look(request: web.Request) -> web.Response:
    """What a page asks to be paid (`openid`, `values` of getBrandWCPayRequest); 422 when WeChat would not open its cashier."""
    body = await body_of(request)
    values = body.get("values")
    try:
        return answer(_cashier(request).asked(openid_of(body.get("openid")), values if isinstance(values, dict) else {}))
    except BadPay as error:
        return answer({"error": str(error)}, status=422)


async def _pay(request: web.Request) -> web.Response:
    """Pay, cancel or fail: `{"openid","order_no"|"prepay_id","result":"ok|cancel|fail"}`; tells what the page's callback would hear."""
    body, cashier, sim = await body_of(request), _cashier(request), request.app[SIM]
    result = str(body.get("result", "ok"))
    try:
        one = cashier.pay(
            openid_of(body.get("openid")),
            result,
            order_no=str(body.get("order_no") or ""),
            prepay_id=str(body.get("prepay_id") or ""),
        )
    except BadPay as error:
        raise wrong(str(error)) from None
    if result == "ok":
        await sim.told_of_payment(one)
    return answer({"result": f"get_brand_wcpay_request:{result}"} | one.told())


async def _payments(request: web.Request) -> web.Response:
    return answer(_cashier(request).payments())


def _cashier(request: web.Request) -> Cashier:
    cashier = request.app[SIM].cashier
    if cashier is None:
        raise web.HTTPNotFound
    return cashier
