"""POST /sms/report/{provider}/{key}: the clouds' delivery reports. `key` is the secret that the address in their consoles ends in: neither
of them signs what it tells."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import structlog
from aiohttp import web

from bot.config import Sms as SmsConfig
from bot.sms.channel import notice_of
from storage.ports.record import Record
from storage.ports.repositories import Repositories, StorageError, Store
from storage.ports.time import Clock

REPORT_PATH: Final = "/sms/report/{provider}/{key}"
MAX_REPORT: Final = 256 * 1024

log = structlog.get_logger(__name__)


class _Report(Record):
    provider_id: str
    phone: str
    delivered: bool
    note: str
    message_id: str = ""


def _tencent(one: dict[str, Any]) -> _Report:
    code = str(one["nationcode"])
    phone = str(one["mobile"]) if code == "86" else f"+{code}{one['mobile']}"
    return _Report(str(one["sid"]), phone, one["report_status"] == "SUCCESS", str(one["errmsg"]))


def _aliyun(one: dict[str, Any]) -> _Report:
    delivered = one["success"] is True
    return _Report(str(one["biz_id"]), str(one["phone_number"]), delivered, str(one["err_code"]), str(one.get("out_id") or ""))


class _Teller(Record):
    """How a provider tells, and what it wants to hear: done, or tell me again."""

    read: Callable[[dict[str, Any]], _Report]
    done: dict[str, Any]
    again: dict[str, Any]


_TELLERS = {
    "tencent": _Teller(_tencent, {"result": 0, "errmsg": "OK"}, {"result": 1, "errmsg": "try again"}),
    "aliyun": _Teller(_aliyun, {"code": 0, "msg": "接收成功"}, {"code": 1, "msg": "try again"}),
}


def routes(config: SmsConfig, store: Store, clock: Clock) -> list[web.RouteDef]:
    """The one address; nothing where no key is configured."""
    if not config.report_key:
        return []

    async def report(request: web.Request) -> web.Response:
        """Done once everything that is ours is on record. What is not on record (yet) has to be told again: the answer to the send may be
        on its way still. 404 for the wrong key, as for any address that is none; 400 for what is no report; 413 for what is too long."""
        teller = _TELLERS.get(request.match_info["provider"])
        given = request.match_info["key"].encode()
        if not hmac.compare_digest(given, config.report_key.encode()) or teller is None:
            raise web.HTTPNotFound
        body = await _body(request)
        if body is None:
            return web.json_response(teller.again, status=413)
        reports = _read(teller, body)
        if reports is None:
            log.warning("an sms report that cannot be read", provider=request.match_info["provider"])
            return web.json_response(teller.again, status=400)
        try:
            unknown = await _keep(store, clock, request.match_info["provider"], reports)
        except StorageError:
            log.warning("an sms report waits for the database")
            return web.json_response(teller.again, status=503)
        if unknown:
            log.info("sms reports of unknown messages", provider=request.match_info["provider"], count=unknown)
        return web.json_response(teller.again if unknown else teller.done)

    return [web.post(REPORT_PATH, report)]


def _read(teller: _Teller, body: bytes) -> list[_Report] | None:
    """What is told; None when it is not what this provider sends."""
    try:
        told = json.loads(body)
        return [teller.read(one) for one in told] if isinstance(told, list) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


async def _keep(store: Store, clock: Clock, provider: str, reports: list[_Report]) -> int:
    """How many are of no message that is on record."""
    unknown = 0
    async with store.transaction() as tx:
        for one in reports:
            known = await tx.messages.report(
                provider, one.provider_id, one.phone, one.delivered, one.note[:64], clock.now(), one.message_id
            )
            unknown += not known
            if known and (row := await _row(tx, provider, one)) is not None:
                await tx.notices.sms_receipt(row, one.delivered, one.note[:64], clock.now())
    return unknown


_MOST_OF_A_PHONE = 100


async def _row(tx: Repositories, provider: str, one: _Report) -> int | None:
    """The row of the ledger that the message belongs to. A cloud that does not bring back our id names its own, which is on record now."""
    if one.message_id:
        return notice_of(one.message_id)
    kept = await tx.messages.of_phone(one.phone, _MOST_OF_A_PHONE)
    ours = (message.id for message in kept if (message.provider, message.provider_id) == (provider, one.provider_id))
    return notice_of(next(ours, ""))


async def _body(request: web.Request) -> bytes | None:
    """The body, None when it is longer than reports are."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_REPORT:
            return None
    return bytes(body)
