"""WeChat Pay (JSAPI, API v3) behind the port of `handlers.orders.payments`, and the address that its notices come to."""

from __future__ import annotations

from bot.payments.configured import payments_of
from bot.payments.routes import NOTICE_PATH, routes

__all__ = ["NOTICE_PATH", "payments_of", "routes"]
