"""WeChat Pay on a real socket (the simulator's cashier), our adapter on the other side, and notices made by hand with `cryptography`."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.payments import routes
from bot.payments.wechatpay import Merchant, WechatPay
from bot.simulator import NewMerchant, SimAccount, Simulator, create_app, new_merchant
from handlers.jobs import Runner
from handlers.orders.pages import OrderPages
from handlers.work import work_of
from tests.orders.conftest import Shop

APP_ID = "wx0123456789abcdef"
ACCOUNT = SimAccount(APP_ID, "secret", "token", "a" * 43)


@cache
def made() -> NewMerchant:
    """One merchant for all tests: making keys takes long."""
    return new_merchant()


@cache
def strange_key() -> rsa.RSAPrivateKey:
    """A key that nobody knows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def platform_key() -> Any:
    """The platform's own key."""
    return serialization.load_pem_private_key(made().merchant.platform_private_key.encode(), None)


def settings(api_base: str) -> Merchant:
    """What the configuration would say."""
    merchant = made().merchant
    return Merchant(
        app_id=APP_ID,
        mch_id=merchant.mch_id,
        cert_serial_no=merchant.cert_serial_no,
        private_key=made().private_key,
        api_v3_key=merchant.api_v3_key,
        public_key=merchant.platform_public_key,
        public_key_id=merchant.public_key_id,
        api_base=api_base,
    )


def transaction(number: str, total: int, at: datetime, **changes: Any) -> dict[str, Any]:
    """What is inside a notice."""
    return {
        "appid": APP_ID,
        "mchid": made().merchant.mch_id,
        "out_trade_no": number,
        "transaction_id": "4200000000202409120000000009",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "success_time": at.isoformat(timespec="seconds"),
        "payer": {"openid": "o-xiuying"},
        "amount": {"total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY"},
    } | changes


def sealed(plain: dict[str, Any], key: str = "", **changes: Any) -> bytes:
    """A notice around it, AES-256-GCM as the documents describe it."""
    nonce, associated = "0123456789ab", "transaction"
    body = AESGCM((key or made().merchant.api_v3_key).encode()).encrypt(
        nonce.encode(), json.dumps(plain).encode(), associated.encode()
    )
    resource = {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(body).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }
    told = {"id": "n1", "create_time": "", "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS"}
    return json.dumps(told | {"summary": "支付成功", "resource": resource} | changes).encode()


def signed(body: bytes, stamp: int, key: Any = None, **changes: str) -> dict[str, str]:
    """The headers with which the platform (or `key`) signs it."""
    text = f"{stamp}\nabcdef\n".encode() + body + b"\n"
    signature = (key or platform_key()).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay-Timestamp": str(stamp),
        "Wechatpay-Nonce": "abcdef",
        "Wechatpay-Serial": made().merchant.public_key_id,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    } | changes


@dataclass
class Street:
    """The shop, with WeChat Pay for a till, and both sides on real sockets."""

    shop: Shop
    sim: Simulator
    payments: WechatPay
    platform: TestClient[web.Request, web.Application]
    bot: TestClient[web.Request, web.Application]

    async def pays(self, number: str, **more: Any) -> dict[str, Any]:
        """Somebody pays on the phone."""
        async with self.platform.post("/sim/pay", json={"openid": "o-xiuying", "order_no": number, **more}) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def faults(self, **pay: Any) -> None:
        async with self.platform.post("/sim/faults", json={"pay": pay}) as answer:
            assert answer.status == 200

    async def notices(self, headers: dict[str, str], body: bytes) -> int:
        """Somebody posts a notice to the bot; the status."""
        async with self.bot.post("/pay/notice", data=body, headers=headers) as answer:
            assert (await answer.json())["code"] == ("SUCCESS" if answer.status == 200 else "FAIL")
            return answer.status


@asynccontextmanager
async def street(shop: Shop, notify_url: str = "") -> AsyncIterator[Street]:
    """Put up both sides around a shop; notices go to its own bot, or to `notify_url`."""
    async with AsyncExitStack() as stack:
        sim = Simulator(shop.clock, ACCOUNT, "http://127.0.0.1:1/wechat", merchant=made().merchant)
        platform = await stack.enter_async_context(TestClient(TestServer(create_app(sim))))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        server = TestServer(app := web.Application(), port=unused_port())
        api = str(platform.make_url("/")).rstrip("/")
        payments = WechatPay(settings(api), shop.clock, session, notify_url or f"http://127.0.0.1:{server.port}/pay/notice")
        services = replace(shop.services, payments=payments)
        app.add_routes(routes(payments, shop.store, services))
        bot = await stack.enter_async_context(TestClient(server))
        functions = work_of(shop.store, services)
        world = replace(shop.world, services=services, runner=Runner(shop.store, shop.clock, functions))
        shop = replace(shop, world=world, services=services, pages=OrderPages(shop.store, services))
        yield Street(shop, sim, payments, platform, bot)
