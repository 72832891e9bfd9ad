"""The payment port over WeChat Pay API v3. Signing, verifying and opening are wechatpayv3's; the way there is our own.

Its client is not used for two reasons: it waits in threads (requests), and it answers a notice under an unknown serial by fetching
certificates, so that anybody could make it call out by posting rubbish. Here the platform's key is configured and nothing is downloaded.
Times are those of our clock. Nothing here logs a body, an openid or an amount.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from wechatpayv3.utils import aes_decrypt, load_private_key, load_public_key, rsa_sign, rsa_verify

from handlers.orders.payments import NotOurs, Payment, PaymentsAway, Prepaid
from storage.ports.records import Order
from storage.ports.time import SHANGHAI, Clock

SCHEME = "WECHATPAY2-SHA256-RSA2048"
NOTICE_AGE_S = 300
PATIENCE_S = 8.0
_MAX_ANSWER = 256 * 1024
_DESCRIPTION_BYTES = 127


@dataclass(frozen=True, slots=True)
class Merchant:
    """What the merchant platform shows: our number, key and its certificate's serial, the API v3 key, and WeChat Pay's public key with its id."""

    app_id: str
    mch_id: str
    cert_serial_no: str
    private_key: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    public_key: str = field(repr=False)
    public_key_id: str
    api_base: str = "https://api.mch.weixin.qq.com"


class _Amount(msgspec.Struct):
    total: int
    currency: str = "CNY"


class _Transaction(msgspec.Struct):
    """What WeChat Pay says of an order, in a notice and when asked; an order that was never paid has fewer fields."""

    out_trade_no: str
    trade_state: str
    appid: str = ""
    mchid: str = ""
    transaction_id: str = ""
    success_time: str = ""
    amount: _Amount | None = None


class _Resource(msgspec.Struct):
    algorithm: str
    ciphertext: str
    nonce: str
    associated_data: str = ""


class _Notice(msgspec.Struct):
    event_type: str
    resource_type: str
    resource: _Resource


class _Refused(Exception):
    """The payment system answered, signed, with a refusal."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class WechatPay:
    """Implements `handlers.orders.payments.Payments`."""

    enabled = True

    def __init__(
        self, merchant: Merchant, clock: Clock, session: aiohttp.ClientSession, notify_url: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Raises ValueError for keys that are none."""
        self._merchant = merchant
        self._clock = clock
        self._session = session
        self._notify_url = notify_url
        self._patience_s = patience_s
        try:
            self._private = load_private_key(merchant.private_key)
            self._platform = load_public_key(merchant.public_key)
        except Exception:
            # The library raises bare Exception; the key itself must not travel in a traceback.
            raise ValueError("payments.private_key or payments.public_key is no key in PEM") from None

    # ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def prepay(self, order: Order) -> Prepaid:
        body = {
            "appid": self._merchant.app_id,
            "mchid": self._merchant.mch_id,
            "description": cut(f"{order.title} {order.order_no}", _DESCRIPTION_BYTES),
            "out_trade_no": order.order_no,
            "time_expire": order.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": fen(order.amount), "currency": "CNY"},
            "payer": {"openid": order.openid},
        }
        try:
            answer = await self._call("POST", "/v3/pay/transactions/jsapi", body)
        except _Refused as refused:
            raise PaymentsAway(f"prepay refused: {refused}") from None
        prepay_id = answer.get("prepay_id")
        if not isinstance(prepay_id, str) or not prepay_id:
            raise PaymentsAway("prepay: no prepay_id in the answer")
        return Prepaid(prepay_id, self._bridge(prepay_id))

    async def ask(self, order_no: str) -> Payment | None:
        path = f"/v3/pay/transactions/out-trade-no/{order_no}?{urlencode({'mchid': self._merchant.mch_id})}"
        try:
            answer = await self._call("GET", path, None)
        except _Refused as refused:
            if refused.status == 404:
                return None
            raise PaymentsAway(f"question refused: {refused}") from None
        try:
            return self._payment(msgspec.convert(answer, _Transaction), order_no)
        except (msgspec.ValidationError, NotOurs):
            raise PaymentsAway("an answer that is not about our order") from None

    async def close(self, order_no: str) -> None:
        path = f"/v3/pay/transactions/out-trade-no/{order_no}/close"
        try:
            await self._call("POST", path, {"mchid": self._merchant.mch_id})
        except _Refused as refused:
            if refused.status != 404 and refused.code not in {"ORDER_CLOSED", "ORDERCLOSED"}:
                raise PaymentsAway(f"close refused: {refused}") from None

    def _bridge(self, prepay_id: str) -> dict[str, str]:
        stamp, nonce, package = self._stamp(), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "appId": self._merchant.app_id,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._signed(self._merchant.app_id, stamp, nonce, package),
        }

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """Ask, and believe only a signed answer. Raises _Refused for a refusal (4xx), PaymentsAway for everything else that is no answer."""
        sent = msgspec.json.encode(body) if body is not None else b""
        headers = {"Authorization": self._authorization(method, path, sent.decode()), "Accept": "application/json"}
        headers["Wechatpay-Serial"] = self._merchant.public_key_id
        if sent:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method,
                f"{self._merchant.api_base}{path}",
                data=sent or None,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self._patience_s),
                allow_redirects=False,
            ) as answer:
                raw = await answer.content.read(_MAX_ANSWER)
                status, got = answer.status, dict(answer.headers)
        except TimeoutError:
            raise PaymentsAway("no answer in time") from None
        except aiohttp.ClientError as trouble:
            raise PaymentsAway(type(trouble).__name__) from None
        return self._answer(status, got, raw)

    def _answer(self, status: int, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
        if status >= 500:
            raise PaymentsAway(f"status {status}")
        try:
            self._check_signature(headers, raw)
            told = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
        except (NotOurs, msgspec.DecodeError):
            raise PaymentsAway(f"an answer that is not signed, status {status}") from None
        if status in {200, 204}:
            return told
        code = told.get("code")
        if code in {"SYSTEM_ERROR", "SYSTEMERROR", "FREQUENCY_LIMITED", "BANK_ERROR", "BANKERROR"}:
            raise PaymentsAway(str(code))
        raise _Refused(status, code if isinstance(code, str) else "")

    # ── notices ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        """Every reason for refusing is one and the same to whoever sent it."""
        self._check_signature(headers, body)
        try:
            notice = msgspec.json.decode(body, type=_Notice)
            if (notice.event_type, notice.resource_type) != ("TRANSACTION.SUCCESS", "encrypt-resource"):
                raise NotOurs
            resource = notice.resource
            if resource.algorithm != "AEAD_AES_256_GCM":
                raise NotOurs
            plain = aes_decrypt(resource.nonce, resource.ciphertext, resource.associated_data, self._merchant.api_v3_key)
            if not plain:
                raise NotOurs
            return self._payment(msgspec.json.decode(plain, type=_Transaction))
        except (msgspec.MsgspecError, ValueError, TypeError):
            raise NotOurs from None

    def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NotOurs unless WeChat Pay signed these bytes within the last five minutes of our clock, with the key that we know."""
        told = {name.lower(): value for name, value in headers.items()}
        serial, stamp = told.get("wechatpay-serial", ""), told.get("wechatpay-timestamp", "")
        nonce, signature = told.get("wechatpay-nonce", ""), told.get("wechatpay-signature", "")
        if not hmac.compare_digest(serial.encode(), self._merchant.public_key_id.encode()):
            raise NotOurs
        if told.get("wechatpay-signature-type", SCHEME) != SCHEME or not (stamp.isascii() and stamp.isdigit()):
            raise NotOurs
        if len(stamp) > 12 or abs(self._clock.now().timestamp() - int(stamp)) > NOTICE_AGE_S:
            raise NotOurs
        try:
            good = rsa_verify(stamp, nonce, body.decode(), signature, self._platform)
        except ValueError:
            good = False
        if not good:
            raise NotOurs

    def _payment(self, told: _Transaction, order_no: str = "") -> Payment:
        """As the port says it; raises NotOurs for another merchant's or account's."""
        ours = (not told.appid or told.appid == self._merchant.app_id) and (not told.mchid or told.mchid == self._merchant.mch_id)
        if not ours or (order_no and told.out_trade_no != order_no):
            raise NotOurs
        paid = told.trade_state == "SUCCESS"
        if paid and (told.amount is None or told.amount.currency != "CNY" or not told.transaction_id or not told.appid):
            raise NotOurs
        return Payment(
            order_no=told.out_trade_no,
            state=told.trade_state,
            amount=yuan_of(told.amount.total) if told.amount else Decimal("0.00"),
            transaction_id=told.transaction_id,
            paid_at=_moment(told.success_time),
        )

    # ── signing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _authorization(self, method: str, path: str, body: str) -> str:
        stamp, nonce = self._stamp(), secrets.token_hex(16).upper()
        signature = self._signed(method, path, stamp, nonce, body)
        fields = {
            "mchid": self._merchant.mch_id,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": stamp,
            "serial_no": self._merchant.cert_serial_no,
        }
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())

    def _signed(self, *lines: str) -> str:
        signature: str = rsa_sign(self._private, "".join(f"{line}\n" for line in lines))
        return signature

    def _stamp(self) -> str:
        return str(int(self._clock.now().timestamp()))


def fen(amount: Decimal) -> int:
    """元 → 分; raises ValueError for a part of a 分."""
    total = amount * 100
    if total != total.to_integral_value():
        raise ValueError("a part of a 分")
    return int(total)


def yuan_of(total: int) -> Decimal:
    """分 → 元 with two decimals."""
    return (Decimal(total) / 100).quantize(Decimal("0.01"))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def cut(text: str, limit: int) -> str:
    """As much of the text as fits into so many bytes of UTF-8, no character split."""
    return text.encode()[:limit].decode(errors="ignore")
