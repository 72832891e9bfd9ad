"""POST /pay/notice: what WeChat Pay tells when somebody has paid. The answer SUCCESS means that it is on record."""

from __future__ import annotations

from typing import Final

import structlog
from aiohttp import web

from handlers.orders.payments import NotOurs, Payments
from handlers.orders.settle import settle
from handlers.services import Services
from storage.ports.repositories import StorageError, Store

NOTICE_PATH: Final = "/pay/notice"
MAX_NOTICE: Final = 32 * 1024

log = structlog.get_logger(__name__)


def routes(payments: Payments, store: Store, services: Services) -> list[web.RouteDef]:
    """The one address; nothing where payment is not configured."""
    if not payments.enabled:
        return []

    async def notice(request: web.Request) -> web.Response:
        """200 SUCCESS once it is committed (also for a payment told before); 401 for what WeChat Pay did not sign; 413 for what is too
        long; 5xx when it cannot be recorded now, so that it is sent again."""
        body = await _body(request)
        if body is None:
            return _fail(413, "too long")
        try:
            payment = payments.read_notice(request.headers, body)
        except NotOurs:
            log.warning("a payment notice that is not WeChat Pay's was refused")
            return _fail(401, "signature")
        try:
            order = await settle(store, services, payment)
        except StorageError:
            log.warning("a payment notice waits for the database")
            return _fail(503, "try again")
        except Exception as error:
            # Whatever went wrong, nothing is on record: the notice has to come again.
            log.exception("a payment notice was not recorded", error=type(error).__name__)
            return _fail(500, "try again")
        if order is None:
            return _fail(404, "no such order")
        return web.json_response({"code": "SUCCESS", "message": "成功"})

    return [web.post(NOTICE_PATH, notice)]


async def _body(request: web.Request) -> bytes | None:
    """The body, None when it is longer than a notice can be."""
    if request.content_length is not None and request.content_length > MAX_NOTICE:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_NOTICE:
            return None
    return bytes(body)


def _fail(status: int, why: str) -> web.Response:
    return web.json_response({"code": "FAIL", "message": why}, status=status)
