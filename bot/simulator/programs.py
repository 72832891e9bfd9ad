"""The program interface of DESIGN section 6, in JSON under /sim. A mistake of the caller is 400 with `{"error"}` in English."""

from __future__ import annotations

import ipaddress
import json
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.simulator.faults import BadFault
from bot.simulator.gestures import BadMessage
from bot.simulator.keys import SIM
from bot.simulator.ordering import order, ordered
from bot.simulator.world import OPENID
from storage.ports.time import SHANGHAI


def add_routes(app: web.Application) -> None:
    """Everything that programs may ask."""
    app.router.add_post("/sim/send", _send)
    app.router.add_get("/sim/inbox", _inbox)
    app.router.add_get("/sim/sms", _sms)
    app.router.add_post("/sim/sms", _take_sms)
    app.router.add_post("/sim/sms/reply", _answer_sms)
    app.router.add_get("/sim/people", _people)
    app.router.add_get("/sim/account", _account)
    app.router.add_post("/sim/clock", _clock)
    app.router.add_get("/sim/clock", _now)
    app.router.add_post("/sim/faults", _faults)
    app.router.add_get("/sim/faults", _ordered)
    app.router.add_post("/sim/verify", _verify)
    app.router.add_post("/sim/reset", _reset)


def answer(body: Any, status: int = 200) -> web.Response:
    """JSON that keeps Chinese readable."""
    return web.json_response(body, status=status, dumps=lambda one: json.dumps(one, ensure_ascii=False))


def wrong(why: str) -> web.HTTPBadRequest:
    """The caller's mistake."""
    return web.HTTPBadRequest(text=json.dumps({"error": why}, ensure_ascii=False), content_type="application/json")


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty object. Raises HTTPBadRequest."""
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise wrong("the body is not JSON") from None
    if not isinstance(body, dict):
        raise wrong("the body is not an object")
    return body


def openid_of(given: Any) -> str:
    """A well-formed openid. Raises HTTPBadRequest."""
    if not isinstance(given, str) or not OPENID.fullmatch(given):
        raise wrong("openid must be 1 to 64 of A-Z a-z 0-9 _ -")
    return given


async def _send(request: web.Request) -> web.Response:
    body = await body_of(request)
    try:
        return answer(await request.app[SIM].send(openid_of(body.get("openid")), body.get("msg")))
    except BadMessage as error:
        raise wrong(str(error)) from None


async def _inbox(request: web.Request) -> web.Response:
    phone = request.app[SIM].world.phones.get(openid_of(request.query.get("openid")))
    return answer([one.reply() for one in phone.entries if one.side != "me"] if phone else [])


async def _sms(request: web.Request) -> web.Response:
    number = request.query.get("phone", "")
    kept = request.app[SIM].world.sms
    return answer([{"at": one.at.isoformat(), "text": one.text} for one in kept if one.phone == number and not one.mine])


async def _answer_sms(request: web.Request) -> web.Response:
    """`{"phone","text"}`: the person answers a short message (退订, TD); `{"heard": "tencent|aliyun|gateway|", "acknowledged"}`."""
    body = await body_of(request)
    number, text = body.get("phone"), body.get("text")
    if not isinstance(number, str) or not isinstance(text, str) or not number or not text.strip():
        raise wrong("phone and text must be strings that are not empty")
    return answer(await request.app[SIM].answer_sms(number, text))


async def _take_sms(request: web.Request) -> web.Response:
    """The short-message gateway of the demo: only programs on this machine may hand over messages."""
    if not _loopback(request.remote):
        raise web.HTTPForbidden
    body = await body_of(request)
    number, text = body.get("phone"), body.get("text")
    if not isinstance(number, str) or not isinstance(text, str) or not number or not text:
        raise wrong("phone and text must be strings that are not empty")
    sms = request.app[SIM].world.text_message(number, text)
    return answer({"at": sms.at.isoformat()})


def _loopback(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False


async def _people(request: web.Request) -> web.Response:
    wanted = {name: request.query[name] for name in ("region", "role") if request.query.get(name)}
    everyone = await request.app[SIM].people()
    return answer([one for one in everyone if all(one.get(name) == value for name, value in wanted.items())])


async def _account(request: web.Request) -> web.Response:
    account = request.app[SIM].account
    names = ("app_id", "app_secret", "token", "encoding_aes_key", "original_id", "name", "kind", "mode", "format")
    return answer({name: getattr(account, name) for name in names})


async def _now(request: web.Request) -> web.Response:
    return answer({"now": request.app[SIM].clock.now().isoformat()})


async def _clock(request: web.Request) -> web.Response:
    """Set or advance the one clock that simulator and bot follow; 409 when it cannot be moved."""
    sim = request.app[SIM]
    if sim.move_clock is None:
        return answer({"error": "the clock of this run cannot be moved"}, status=409)
    body = await body_of(request)
    sim.move_clock(_moment(body, sim.clock.now()))
    now = sim.clock.now().isoformat()
    sim.world.tell("clock", now=now)
    sim.log.add("clock", now=now)
    return answer({"now": now})


def _moment(body: dict[str, Any], now: datetime) -> datetime:
    if set(body) == {"advance_s"} and isinstance(body["advance_s"], int | float) and not isinstance(body["advance_s"], bool):
        try:
            return now + timedelta(seconds=body["advance_s"])
        except (OverflowError, ValueError):
            raise wrong("advance_s is too far") from None
    if set(body) == {"now"} and isinstance(body["now"], str):
        try:
            moment = datetime.fromisoformat(body["now"])
        except ValueError:
            raise wrong("now must be ISO 8601") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    raise wrong('give {"now": "2024-09-12T10:00"} or {"advance_s": 60}')


async def _faults(request: web.Request) -> web.Response:
    """Replace the faults of the sides that are named; the other sides stay. `{}` for a side ends its faults."""
    try:
        order(request.app[SIM], await body_of(request))
    except BadFault as error:
        raise wrong(str(error)) from None
    return answer({"ok": True})


async def _ordered(request: web.Request) -> web.Response:
    """What is still ordered, by side."""
    return answer(ordered(request.app[SIM]))


async def _verify(request: web.Request) -> web.Response:
    """Ask the bot for its echostr, as the platform does when the configuration is saved."""
    problem = await request.app[SIM].verify()
    return answer({"ok": not problem, "problem": problem})


async def _reset(request: web.Request) -> web.Response:
    request.app[SIM].reset()
    return answer({"ok": True})
