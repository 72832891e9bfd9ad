"""WeChat Pay as the simulator plays it: what it admits, what it refuses, what it signs, and how it insists. The merchant here is written by
hand with `cryptography`; nothing of the product is used."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.simulator import NewMerchant, new_merchant
from tests.clock import START
from tests.simulator.bots import ACCOUNT
from tests.simulator.conftest import Stage, Staged

JSAPI = "/v3/pay/transactions/jsapi"


@cache
def made() -> NewMerchant:
    """One merchant for all tests: making keys takes long."""
    return new_merchant()


@cache
def own_key() -> Any:
    """The merchant's. Looking whether it is a good one takes longer than signing with it."""
    return serialization.load_pem_private_key(made().private_key.encode(), None)


def signed(text: str) -> str:
    """By the merchant."""
    return base64.b64encode(own_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def by_platform(headers: Any, body: bytes) -> bool:
    """Whether the platform has signed this."""
    key = serialization.load_pem_public_key(made().merchant.platform_public_key.encode())
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    try:
        key.verify(base64.b64decode(headers["Wechatpay-Signature"]), text, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, union-attr, arg-type]
    except InvalidSignature:
        return False
    return True


_nonces = iter(range(10**9))


def header(stage: Stage, method: str, path: str, body: str, **changes: str) -> str:
    """An Authorization as the documents describe it."""
    merchant = made().merchant
    told = {
        "mchid": merchant.mch_id,
        "nonce_str": f"nonce{next(_nonces)}",
        "timestamp": str(int(stage.clock.now().timestamp())),
        "serial_no": merchant.cert_serial_no,
    } | {name: value for name, value in changes.items() if name != "signature"}
    signature = changes.get("signature") or signed(f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n{body}\n")
    return "WECHATPAY2-SHA256-RSA2048 " + ",".join(
        f'{name}="{value}"' for name, value in (told | {"signature": signature}).items()
    )


async def call(stage: Stage, method: str, path: str, body: dict[str, Any] | None = None, **changes: str) -> tuple[int, Any]:
    """A signed call; its answer is checked to be the platform's."""
    raw = json.dumps(body) if body is not None else ""
    headers = {"Authorization": header(stage, method, path, raw, **changes)}
    async with stage.http.request(method, path, data=raw or None, headers=headers) as answer:
        content = await answer.read()
        assert by_platform(answer.headers, content)
        assert answer.headers["Wechatpay-Serial"] == made().merchant.public_key_id
        return answer.status, json.loads(content) if content else None


def order(number: str = "D2409120000000001", **changes: Any) -> dict[str, Any]:
    """What is asked to be paid."""
    return {
        "appid": ACCOUNT.app_id,
        "mchid": made().merchant.mch_id,
        "description": "个体人员缴费",
        "out_trade_no": number,
        "time_expire": (START + timedelta(hours=2)).isoformat(),
        "notify_url": "http://127.0.0.1:1/pay/notice",
        "amount": {"total": 252000, "currency": "CNY"},
        "payer": {"openid": "o-one"},
    } | changes


def question(number: str = "D2409120000000001") -> str:
    return f"/v3/pay/transactions/out-trade-no/{number}?mchid={made().merchant.mch_id}"


@dataclass
class Merchant:
    """A merchant's server: keeps what it was told, answers as it is told to."""

    statuses: list[int] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/pay/notice", self._notice)
        return app

    async def _notice(self, request: web.Request) -> web.Response:
        self.seen.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def opened(self, index: int = -1) -> dict[str, Any]:
        """What is sealed in a notice."""
        resource = json.loads(self.seen[index][1])["resource"]
        key = AESGCM(made().merchant.api_v3_key.encode())
        sealed, associated = base64.b64decode(resource["ciphertext"]), resource["associated_data"].encode()
        told: dict[str, Any] = json.loads(key.decrypt(resource["nonce"].encode(), sealed, associated))
        return told


async def put_up(staged: Staged) -> Stage:
    return await staged(None, merchant=made().merchant)


async def paying(staged: Staged, *statuses: int) -> tuple[Stage, Merchant, TestServer]:
    """A stage with an order that a merchant on a real socket waits to be told of."""
    stage, merchant = await put_up(staged), Merchant(list(statuses))
    server = TestServer(merchant.app())
    await server.start_server()
    status, _ = await call(stage, "POST", JSAPI, order(notify_url=str(server.make_url("/pay/notice"))))
    assert status == 200
    return stage, merchant, server


async def until(stage: Stage, number: int, merchant: Merchant) -> None:
    """Until so many notices have come and whoever sent them waits again."""
    async with asyncio.timeout(10):
        while len(merchant.seen) < number:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_an_order_is_taken_asked_about_and_closed(staged: Staged) -> None:
    """The same order twice is one prepay_id; NOTPAY; closed again and again; then it cannot be ordered or paid."""
    stage = await put_up(staged)
    status, first = await call(stage, "POST", JSAPI, order())
    assert (status, await call(stage, "POST", JSAPI, order())) == (200, (200, first))
    status, told = await call(stage, "GET", question())
    assert (status, told["trade_state"], told["out_trade_no"]) == (200, "NOTPAY", "D2409120000000001")
    assert "amount" not in told
    close = "/v3/pay/transactions/out-trade-no/D2409120000000001/close"
    body = {"mchid": made().merchant.mch_id}
    assert [await call(stage, "POST", close, body) for _ in range(2)] == [(204, None)] * 2
    assert (await call(stage, "POST", JSAPI, order()))[1]["code"] == "ORDER_CLOSED"
    refusal = await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001"}, 400)
    assert "关闭" in refusal["error"]


async def test_an_order_ends_at_its_time(staged: Staged) -> None:
    """time_expire by the simulator's clock."""
    stage = await put_up(staged)
    await call(stage, "POST", JSAPI, order())
    stage.clock.advance(7200)
    assert (await call(stage, "GET", question()))[1]["trade_state"] == "CLOSED"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"appid": "wx-other"}, 400, "APPID_MCHID_NOT_MATCH"),
        ({"mchid": "1900000000"}, 400, "PARAM_ERROR"),
        ({"description": ""}, 400, "PARAM_ERROR"),
        ({"description": "字" * 43}, 400, "PARAM_ERROR"),
        ({"out_trade_no": "D 1"}, 400, "PARAM_ERROR"),
        ({"notify_url": "http://bot.test/pay?x=1"}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 0}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 25.2}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 1, "currency": "USD"}}, 400, "PARAM_ERROR"),
        ({"payer": {}}, 400, "PARAM_ERROR"),
        ({"time_expire": "2024-09-12T10:00:30+08:00"}, 400, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, 400, "PARAM_ERROR"),
    ],
)
async def test_a_wrong_order_is_refused(staged: Staged, changes: dict[str, Any], status: int, code: str) -> None:
    """Amounts, openid, appid, notify_url, expiry: as the platform would."""
    stage = await put_up(staged)
    got, told = await call(stage, "POST", JSAPI, order(**changes))
    assert (got, told["code"]) == (status, code)


async def test_the_same_number_for_something_else_is_refused(staged: Staged) -> None:
    """OUT_TRADE_NO_USED."""
    stage = await put_up(staged)
    await call(stage, "POST", JSAPI, order())
    status, told = await call(stage, "POST", JSAPI, order(amount={"total": 1}))
    assert (status, told["code"]) == (403, "OUT_TRADE_NO_USED")


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "AAAA"},
        {"mchid": "1900000000"},
        {"serial_no": "00"},
        {"timestamp": "1726100000"},
        {"timestamp": "soon"},
    ],
)
async def test_a_call_that_the_merchant_has_not_signed_is_refused(staged: Staged, changes: dict[str, str]) -> None:
    """SIGN_ERROR: signature, number, serial, time."""
    stage = await put_up(staged)
    status, told = await call(stage, "POST", JSAPI, order(), **changes)
    assert (status, told["code"]) == (401, "SIGN_ERROR")


async def test_a_signature_holds_for_its_own_body_path_and_moment(staged: Staged) -> None:
    """Moved to another body or sent twice it is refused."""
    stage = await put_up(staged)
    raw = json.dumps(order())
    headers = {"Authorization": header(stage, "POST", JSAPI, raw)}
    statuses = []
    for body in (raw.replace("252000", "1"), raw, raw):
        async with stage.http.post(JSAPI, data=body, headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [401, 200, 401]


async def test_a_question_about_nothing_is_not_found(staged: Staged) -> None:
    """ORDER_NOT_EXIST, for asking and closing."""
    stage = await put_up(staged)
    assert (await call(stage, "GET", question("D0000000")))[0] == 404
    close = "/v3/pay/transactions/out-trade-no/D0000000/close"
    assert (await call(stage, "POST", close, {"mchid": made().merchant.mch_id}))[0] == 404


async def test_without_a_merchant_there_is_nothing_to_pay_with(staged: Staged) -> None:
    """404 for programs and merchants."""
    stage = await staged(None)
    for path in (JSAPI, "/sim/pay", "/sim/cashier"):
        async with stage.http.post(path, json={}) as answer:
            assert answer.status == 404


async def test_paying_tells_the_merchant_at_once(staged: Staged) -> None:
    """The notice is signed, sealed, and says number, amount, transaction and moment; asking says the same."""
    stage, merchant, server = await paying(staged)
    paid = await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001", "result": "ok"})
    assert paid["result"] == "get_brand_wcpay_request:ok"
    assert [(one["kind"], one["status"]) for one in paid["notices"]] == [("notice", 200)]
    headers, body = merchant.seen[0]
    assert by_platform(headers, body)
    told = merchant.opened()
    assert (told["out_trade_no"], told["trade_state"], told["amount"]["total"]) == ("D2409120000000001", "SUCCESS", 252000)
    assert told["success_time"] == "2024-09-12T10:00:00+08:00"
    assert re.fullmatch(r"4200\d{24}", told["transaction_id"])
    assert (await call(stage, "GET", question()))[1] == told
    again = await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001"}, 400)
    assert "重复" in again["error"]
    assert (await call(stage, "POST", JSAPI, order()))[1]["code"] == "ORDERPAID"
    assert [one["state"] for one in await stage.get("/sim/payments")] == ["SUCCESS"]
    await server.close()


async def test_cancelled_or_failed_nothing_is_paid(staged: Staged) -> None:
    """The page hears it, the merchant does not; it can still be paid; not by anybody else."""
    stage, merchant, server = await paying(staged)
    for result in ("cancel", "fail"):
        told = await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001", "result": result})
        assert (told["result"], told["state"]) == (f"get_brand_wcpay_request:{result}", "NOTPAY")
    await stage.post("/sim/pay", {"openid": "o-other", "order_no": "D2409120000000001"}, 400)
    await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001", "result": "maybe"}, 400)
    assert merchant.seen == []
    await server.close()


async def test_the_merchant_is_told_again_with_growing_pauses(staged: Staged) -> None:
    """15, 15, 30, 180 … seconds until it answers 200; the same notice each time, signed anew."""
    stage, merchant, server = await paying(staged, 500, 401, 503, 500, 200)
    await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001"})
    for number, pause in enumerate((15, 15, 30, 180), 2):
        async with asyncio.timeout(10):
            while stage.clock.sleepers < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        stage.clock.advance(pause - 1)
        assert len(merchant.seen) == number - 1
        stage.clock.advance(1)
        await until(stage, number, merchant)
    await stage.sim.idle()
    assert {json.loads(body)["resource_type"] for _, body in merchant.seen} == {"encrypt-resource"}
    assert len({headers["Wechatpay-Nonce"] for headers, _ in merchant.seen}) == 5
    await server.close()


async def test_faults_happen_on_order(staged: Staged) -> None:
    """Forged before, duplicates after, another amount; each counted."""
    stage, merchant, server = await paying(staged, 401)
    await stage.post("/sim/faults", {"pay": {"forged": 1, "duplicate": 2, "mismatched": 1}})
    paid = await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001"})
    assert [one["kind"] for one in paid["notices"]] == ["forged", "notice", "duplicate", "duplicate"]
    assert [by_platform(*seen) for seen in merchant.seen] == [False, True, True, True]
    assert len({body for _, body in merchant.seen[1:]}) == 1
    assert merchant.opened()["amount"]["total"] == 252001
    await server.close()


async def test_a_notice_can_be_late_or_lost(staged: Staged) -> None:
    """Late by the simulator's clock; lost for good, while asking still finds it."""
    stage, merchant, server = await paying(staged)
    await stage.post("/sim/faults", {"pay": {"late_s": 600}})
    await stage.post("/sim/pay", {"openid": "o-one", "order_no": "D2409120000000001"})
    async with asyncio.timeout(10):
        while stage.clock.sleepers < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    stage.clock.advance(600)
    await until(stage, 1, merchant)
    url = str(server.make_url("/pay/notice"))
    await stage.post("/sim/faults", {"pay": {"lost": 1}})
    number = "D2409120000000002"
    end = (stage.clock.now() + timedelta(hours=1)).isoformat()
    await call(stage, "POST", JSAPI, order(number, notify_url=url, time_expire=end))
    paid = await stage.post("/sim/pay", {"openid": "o-one", "order_no": number})
    assert [one["kind"] for one in paid["notices"]] == ["lost"]
    assert len(merchant.seen) == 1
    assert (await call(stage, "GET", question(number)))[1]["trade_state"] == "SUCCESS"
    await stage.post("/sim/faults", {"pay": {"luck": 1}}, 400)
    await server.close()


async def test_the_platform_can_be_out_of_order(staged: Staged) -> None:
    """SYSTEM_ERROR for as many calls as were ordered."""
    stage = await put_up(staged)
    await stage.post("/sim/faults", {"pay": {"away": 1}})
    status, told = await call(stage, "GET", question())
    assert (status, told["code"]) == (500, "SYSTEM_ERROR")
    assert (await call(stage, "GET", question()))[0] == 404
    await stage.post("/sim/faults", {"pay": {"away": 5}})
    await stage.post("/sim/reset", {})
    assert (await call(stage, "GET", question()))[0] == 404


async def test_the_sheet_opens_only_for_what_the_merchant_has_signed(staged: Staged) -> None:
    """getBrandWCPayRequest: paySign over app id, time, nonce and package; by its own payer."""
    stage = await put_up(staged)
    _, told = await call(stage, "POST", JSAPI, order())
    package = f"prepay_id={told['prepay_id']}"
    values = {"appId": ACCOUNT.app_id, "timeStamp": "1726106400", "nonceStr": "n", "package": package, "signType": "RSA"}
    values["paySign"] = signed(f"{ACCOUNT.app_id}\n1726106400\nn\n{package}\n")
    shown = await stage.post("/sim/cashier", {"openid": "o-one", "values": values})
    assert (shown["amount"], shown["description"], shown["order_no"]) == (252000, "个体人员缴费", "D2409120000000001")
    for wrong in (
        {"openid": "o-other", "values": values},
        {"openid": "o-one", "values": values | {"nonceStr": "m"}},
        {"openid": "o-one", "values": values | {"signType": "MD5"}},
        {"openid": "o-one", "values": {}},
        {"openid": "o-one"},
    ):
        assert "error" in await stage.post("/sim/cashier", wrong, 422)


async def test_the_bridge_is_served_to_pages(staged: Staged) -> None:
    """As a script that other origins may load."""
    stage = await put_up(staged)
    async with stage.http.get("/bridge.js") as answer:
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "WeixinJSBridgeReady" in await answer.text()
