"""The payment port: WeChat Pay (JSAPI, API v3) stands behind it in `bot/payments`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from storage.ports.record import Record
from storage.ports.records import Order


class NotOurs(Exception):
    """A notice that the payment system did not sign, or that is too old: refused, nothing happens."""


class PaymentsAway(Exception):
    """The payment system did not answer, or is not configured; what it thinks of the order is unknown."""


class Prepaid(Record):
    """The payment system knows the order. `bridge` are the signed values that the page hands to WeixinJSBridge (getBrandWCPayRequest)."""

    prepay_id: str
    bridge: Mapping[str, str]


class Payment(Record):
    """What the payment system says of an order: `state` is its trade_state (SUCCESS, NOTPAY, CLOSED, USERPAYING, PAYERROR, REFUND)."""

    order_no: str
    state: str
    amount: Decimal
    transaction_id: str = ""
    paid_at: datetime | None = None


class Payments(Protocol):
    """Outside calls: never made while a transaction is open."""

    @property
    def enabled(self) -> bool: ...

    async def prepay(self, order: Order) -> Prepaid:
        """Make the order known and get what the page needs to pay. Doing it twice for one order number is allowed. Raises PaymentsAway."""

    async def ask(self, order_no: str) -> Payment | None:
        """What became of it; None if the payment system does not know it. Raises PaymentsAway."""

    async def close(self, order_no: str) -> None:
        """It cannot be paid any more. Idempotent. Raises PaymentsAway."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        """Verify and open a notice (支付通知). Raises NotOurs."""


class NoPayments:
    """Where payment is not configured: nothing can be paid here, and the page says where it can."""

    enabled = False

    async def prepay(self, order: Order) -> Prepaid:
        raise PaymentsAway("payment is not configured")

    async def ask(self, order_no: str) -> Payment | None:
        raise PaymentsAway("payment is not configured")

    async def close(self, order_no: str) -> None:
        """Nobody knows it."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        raise NotOurs("payment is not configured")
