"""Which payment system is configured."""

from __future__ import annotations

import aiohttp

from bot.config import Config
from handlers.orders.payments import NoPayments, Payments
from storage.ports.time import Clock


def payments_of(config: Config, clock: Clock, session: aiohttp.ClientSession) -> Payments:
    """What is configured: WeChat Pay, or nothing to pay with."""
    table = config.payments
    if not table.enabled:
        return NoPayments()
    from bot.payments.wechatpay import Merchant, WechatPay  # noqa: PLC0415 - its library takes a while to load, and not everybody is paid

    merchant = Merchant(
        app_id=config.wechat.app_id,
        mch_id=table.mch_id,
        cert_serial_no=table.cert_serial_no,
        private_key=table.private_key,
        api_v3_key=table.api_v3_key,
        public_key=table.public_key,
        public_key_id=table.public_key_id,
        api_base=table.api_base.rstrip("/"),
    )
    return WechatPay(merchant, clock, session, f"{config.server.public_url.rstrip('/')}/pay/notice")
