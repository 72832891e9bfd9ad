"""The platform's API as the bot calls it, under /cgi-bin and /sns: always status 200 and JSON, with `errcode` and a rid when refused (wechat.md A13)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.simulator.api_table import PATHS, Body, Call, Path
from bot.simulator.errors import ApiError
from bot.simulator.faults import ApiFaults
from bot.simulator.keys import SIM


def add_routes(app: web.Application) -> None:
    """The addresses that a client of the platform uses."""
    for address, path in PATHS.items():
        app.router.add_route("*", address, _within_faults(path))


async def _carried_out(request: web.Request, path: Path, sent: list[Any]) -> web.StreamResponse:
    """The call itself. `sent` takes its body, for the log. Raises ApiError."""
    sim, address = request.app[SIM], request.path
    if path.token:
        sim.tokens.check(request.query.get("access_token", ""))
    if request.method != path.method:
        raise ApiError(43002 if path.method == "POST" else 43001)
    if not sim.account.may(path.power):
        raise ApiError(48001)
    raw = await request.read() if path.reads == "json" else b""
    sim.check_quota(address, path.a_day, path.a_minute)
    body = _json(raw) if path.reads == "json" else {}
    sent.append(body)
    done = path.work(Call(sim, dict(request.query), body, raw, request))
    told = await done if isinstance(done, Awaitable) else done
    sim.used.count(address, sim.clock.now())
    sim.used_minute.count(address, sim.clock.now())
    return told if isinstance(told, web.StreamResponse) else _answer(told)


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


def _within_faults(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The call with the trouble that was ordered: instead of it, or after it was carried out."""

    async def handle(request: web.Request) -> web.StreamResponse:
        sent: list[Any] = []
        fault = await _struck(request)
        if fault is not None and not fault.lost:
            answer = _trouble(request, fault)
        else:
            try:
                answer = await _carried_out(request, path, sent)
            except ApiError as refused:
                answer = _answer(refused.body())
            if fault is not None:
                answer = _trouble(request, fault)
        _note(request, sent, answer)
        return answer

    return handle


def _note(request: web.Request, sent: list[Any], answer: web.StreamResponse) -> None:
    """One line of the log. What is no JSON is told by its size."""
    raw = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    told: Any = {"status": answer.status, "bytes": len(raw)}
    if answer.content_type == "application/json" and raw:
        told = json.loads(raw)
    body = sent[0] if sent else {}
    named = {"openid": body["touser"]} if isinstance(body.get("touser"), str) else {}
    request.app[SIM].log.add(
        "api", method=request.method, path=request.path, query=dict(request.query), body=body, answer=told, **named
    )


async def _struck(request: web.Request) -> ApiFaults | None:
    """The first fault that ends this call otherwise; all that delay it are waited for."""
    sim = request.app[SIM]
    found = None
    for fault in sim.api_faults:
        if not fault.strikes(request.path, sim.clock.now()):
            continue
        if fault.delay_s:
            await sim.clock.sleep(fault.delay_s)
        if found is None and fault.ends:
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
