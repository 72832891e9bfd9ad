"""WeChat Pay (JSAPI, API v3) behind the port of `handlers.orders.payments`, and the address that its notices come to."""

from __future__ import annotations

from bot.payments.routes import NOTICE_PATH, routes
from bot.payments.wechatpay import Merchant, WechatPay, payments_of

__all__ = ["NOTICE_PATH", "Merchant", "WechatPay", "payments_of", "routes"]
