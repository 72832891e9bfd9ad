"""WeChat Pay as the merchant meets it (API v3, JSAPI): what is ordered, paid and closed, by the simulator's clock."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.simulator.faults import PayFaults
from bot.simulator.merchant import SimMerchant, Vault, authorization
from bot.simulator.world import OPENID
from storage.ports.time import SHANGHAI, Clock

_AGE = timedelta(minutes=5)
_LIFE = timedelta(hours=2)
_SHORTEST = timedelta(minutes=1)
_ORDER_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_MOST = 100_000_000_00


class PayError(Exception):
    """A refusal as API v3 says it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message}


class BadPay(Exception):
    """What a program asked of the cashier cannot be; the message says why."""


@dataclass(slots=True)
class Transaction:
    """One order as the platform knows it. Amounts are 分."""

    order_no: str
    prepay_id: str
    openid: str
    amount: int
    description: str
    notify_url: str
    expires_at: datetime
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid: int = 0
    paid_at: datetime | None = None
    notices: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "order_no": self.order_no,
            "prepay_id": self.prepay_id,
            "openid": self.openid,
            "amount": self.amount,
            "description": self.description,
            "state": self.state,
            "transaction_id": self.transaction_id,
            "paid_at": self.paid_at.isoformat() if self.paid_at else "",
            "notices": self.notices,
        }


class Cashier:
    """The platform's books for one merchant and one account."""

    def __init__(self, clock: Clock, merchant: SimMerchant, app_id: str) -> None:
        self.merchant = merchant
        self.vault = Vault(merchant)
        self.faults = PayFaults()
        self._clock = clock
        self._app_id = app_id
        self._books: dict[str, Transaction] = {}
        self._nonces: dict[str, datetime] = {}

    # ── what the merchant calls ─────────────────────────────────────────────────────────────────────────────────────

    def admit(self, method: str, path: str, header: str, serial: str, body: bytes) -> None:
        """Whether the merchant has signed this call, lately, and never before. Raises PayError."""
        told = authorization(header)
        now = self._clock.now()
        if set(told) != {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}:
            raise PayError(401, "SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
        if (told["mchid"], told["serial_no"]) != (self.merchant.mch_id, self.merchant.cert_serial_no):
            raise PayError(401, "SIGN_ERROR", "商户证书序列号有误")
        if not told["timestamp"].isdigit() or abs(now.timestamp() - int(told["timestamp"])) > _AGE.total_seconds():
            raise PayError(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        signed = f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n{body.decode(errors='replace')}\n"
        if not self.vault.verify(signed, told["signature"]):
            raise PayError(401, "SIGN_ERROR", "签名错误，请检查后再试")
        if serial and serial != self.merchant.public_key_id:
            raise PayError(400, "PARAM_ERROR", "Wechatpay-Serial 不是本商户的微信支付公钥ID")
        self._nonces = {nonce: at for nonce, at in self._nonces.items() if now - at <= 2 * _AGE}
        if told["nonce_str"] in self._nonces:
            raise PayError(401, "SIGN_ERROR", "请求已经用过")
        self._nonces[told["nonce_str"]] = now
        if self.faults.take("away"):
            raise PayError(500, "SYSTEM_ERROR", "系统错误，请使用相同参数稍后重新调用")

    def prepay(self, body: dict[str, Any]) -> dict[str, str]:
        """POST /v3/pay/transactions/jsapi. The same order twice gets the same prepay_id. Raises PayError."""
        wanted = self._wanted(body)
        known = self._books.get(wanted.order_no)
        if known is None:
            self._books[wanted.order_no] = wanted
            return {"prepay_id": wanted.prepay_id}
        if known.state == "SUCCESS":
            raise PayError(400, "ORDERPAID", "该订单已支付")
        if self._closed(known):
            raise PayError(400, "ORDER_CLOSED", "该订单已关闭")
        same = ("openid", "amount", "description", "notify_url", "expires_at")
        if any(getattr(known, name) != getattr(wanted, name) for name in same):
            raise PayError(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        return {"prepay_id": known.prepay_id}

    def query(self, order_no: str, mch_id: str) -> dict[str, Any]:
        """GET /v3/pay/transactions/out-trade-no/{no}. Raises PayError."""
        self._own(mch_id)
        found = self._books.get(order_no)
        if found is None:
            raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
        self._closed(found)
        return self.resource(found)

    def close(self, order_no: str, mch_id: str) -> None:
        """POST …/close: it cannot be paid any more; again is allowed. Raises PayError."""
        self._own(mch_id)
        found = self._books.get(order_no)
        if found is None:
            raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
        if found.state == "SUCCESS":
            raise PayError(400, "ORDERPAID", "该订单已支付")
        found.state = "CLOSED"

    def resource(self, one: Transaction) -> dict[str, Any]:
        """A transaction as the merchant reads it, when asked and inside a notice."""
        names = {"SUCCESS": "支付成功", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}
        told: dict[str, Any] = {
            "appid": self._app_id,
            "mchid": self.merchant.mch_id,
            "out_trade_no": one.order_no,
            "trade_state": one.state,
            "trade_state_desc": names[one.state],
            "attach": "",
            "payer": {"openid": one.openid},
        }
        if one.paid_at is None:
            return told
        amount = {"total": one.paid, "payer_total": one.paid, "currency": "CNY", "payer_currency": "CNY"}
        return told | {
            "transaction_id": one.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": one.paid_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "amount": amount,
        }

    def _wanted(self, body: dict[str, Any]) -> Transaction:
        for name in ("appid", "mchid", "description", "out_trade_no", "notify_url"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise PayError(400, "PARAM_ERROR", f"输入源“/body/{name}”映射到值字段必填")
        if body["appid"] != self._app_id:
            raise PayError(400, "APPID_MCHID_NOT_MATCH", "商户号与appid不匹配")
        self._own(body["mchid"])
        if not _ORDER_NO.fullmatch(body["out_trade_no"]):
            raise PayError(400, "PARAM_ERROR", "out_trade_no 应当是 6 到 32 位字母、数字或 _-|*")
        if len(body["description"].encode()) > 127:
            raise PayError(400, "PARAM_ERROR", "description 超过 127 字节")
        if not re.fullmatch(r"https?://[^?#\s]+", body["notify_url"]) or len(body["notify_url"]) > 255:
            raise PayError(400, "PARAM_ERROR", "notify_url 应当是不带参数的完整地址")
        total = _inner(body, "amount").get("total")
        if not isinstance(total, int) or isinstance(total, bool) or not 1 <= total <= _MOST:
            raise PayError(400, "PARAM_ERROR", "amount.total 应当是正整数，单位为分")
        if _inner(body, "amount").get("currency", "CNY") != "CNY":
            raise PayError(400, "PARAM_ERROR", "amount.currency 只支持 CNY")
        openid = _inner(body, "payer").get("openid")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise PayError(400, "PARAM_ERROR", "无效的openid")
        return Transaction(
            order_no=body["out_trade_no"],
            prepay_id=f"wx{secrets.token_hex(17)}",
            openid=openid,
            amount=total,
            description=body["description"],
            notify_url=body["notify_url"],
            expires_at=self._end(body.get("time_expire")),
        )

    def _end(self, given: Any) -> datetime:
        now = self._clock.now()
        if given is None:
            return now + _LIFE
        try:
            end = datetime.fromisoformat(str(given))
        except ValueError:
            end = None
        if end is None or end.tzinfo is None:
            raise PayError(400, "PARAM_ERROR", "time_expire 应当是 rfc3339 格式")
        if end - now < _SHORTEST:
            raise PayError(400, "PARAM_ERROR", "time_expire 至少要在一分钟以后")
        return end

    def _own(self, mch_id: str) -> None:
        if mch_id != self.merchant.mch_id:
            raise PayError(400, "PARAM_ERROR", "商户号不是签名的商户")

    def _closed(self, one: Transaction) -> bool:
        if one.state == "NOTPAY" and self._clock.now() >= one.expires_at:
            one.state = "CLOSED"
        return one.state == "CLOSED"

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    def asked(self, openid: str, values: dict[str, Any]) -> dict[str, Any]:
        """What the phone shows before anything is paid (getBrandWCPayRequest): checks the merchant's paySign. Raises BadPay."""
        names = ("appId", "timeStamp", "nonceStr", "package")
        if any(not isinstance(values.get(name), str) for name in (*names, "signType", "paySign")):
            raise BadPay("调用支付的参数不全")
        if values["signType"] != "RSA" or values["appId"] != self._app_id:
            raise BadPay("支付验证签名失败")
        if not self.vault.verify("".join(f"{values[name]}\n" for name in names), values["paySign"]):
            raise BadPay("支付验证签名失败")
        one = self._find(openid, prepay_id=values["package"].removeprefix("prepay_id="))
        return {
            "prepay_id": one.prepay_id,
            "order_no": one.order_no,
            "amount": one.amount,
            "description": one.description,
            "merchant": self.merchant.name,
        }

    def pay(self, openid: str, result: str, *, order_no: str = "", prepay_id: str = "") -> Transaction:
        """立即支付 (`ok`), 取消 (`cancel`), or a payment that does not succeed (`fail`). Raises BadPay."""
        one = self._find(openid, order_no=order_no, prepay_id=prepay_id)
        if result not in {"ok", "cancel", "fail"}:
            raise BadPay("result must be ok, cancel or fail")
        if result == "ok":
            now = self._clock.now()
            one.state, one.paid_at = "SUCCESS", now
            one.paid = one.amount + (1 if self.faults.take("mismatched") else 0)
            one.transaction_id = f"4200{now:%Y%m%d}{secrets.randbelow(10**16):016d}"
        return one

    def payments(self) -> list[dict[str, Any]]:
        """Everything that is known, newest last."""
        for one in self._books.values():
            self._closed(one)
        return [one.told() for one in self._books.values()]

    def _find(self, openid: str, *, order_no: str = "", prepay_id: str = "") -> Transaction:
        one = self._books.get(order_no) if order_no else None
        one = one or next((each for each in self._books.values() if prepay_id and each.prepay_id == prepay_id), None)
        if one is None:
            raise BadPay("没有这笔订单")
        if one.openid != openid:
            raise BadPay("这笔订单不是由这个微信支付的")
        if one.state == "SUCCESS":
            raise BadPay("订单已支付，请勿重复支付")
        if self._closed(one):
            raise BadPay("订单已关闭或已过期")
        return one


def _inner(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise PayError(400, "PARAM_ERROR", f"输入源“/body/{name}”映射到值字段必填")
    return value
