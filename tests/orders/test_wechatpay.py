"""Our side of WeChat Pay against the simulator's: two implementations over real sockets; and vectors made by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from bot.clock import SystemClock
from bot.config import Config, ConfigError, Payments, Wechat, load, missing_for_serving
from bot.payments import payments_of
from bot.payments.wechatpay import WechatPay, cut, fen, yuan_of
from handlers.orders.payments import NoPayments, NotOurs, PaymentsAway
from storage.ports.records import OrderStatus
from tests.clock import START, FakeClock
from tests.orders.conftest import XIUYING, Shop
from tests.orders.till import Watched
from tests.orders.wechat import Street, made, sealed, settings, signed, strange_key, street, transaction

NUMBER = "D2409120000000001"


@pytest.fixture
async def road(shop: Shop) -> AsyncIterator[Street]:
    async with street(shop) as found:
        yield found


async def ready(road: Street) -> str:
    """An order of 2,520.00 that waits to be paid; its number."""
    order = await road.shop.makes()
    assert await road.shop.pages.confirm(XIUYING, order.order_no, "示例银行") == ""
    assert await road.shop.pages.bridge(XIUYING, order.order_no)
    return order.order_no


async def status_of(road: Street, number: str) -> OrderStatus:
    return (await road.shop.order(number)).status


# ── two implementations ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_whole_way_from_the_page_to_the_record(road: Street) -> None:
    """Prepaid, the sheet opens with what the page was given, paid, the notice is believed, the order is paid, the payer told."""
    number = await ready(road)
    values = await road.shop.pages.bridge(XIUYING, number)
    async with road.platform.post("/sim/cashier", json={"openid": XIUYING, "values": values}) as answer:
        shown = await answer.json()
    assert (shown["amount"], shown["order_no"]) == (252000, number)
    paid = await road.pays(number)
    assert [one["status"] for one in paid["notices"]] == [200]
    order = await road.shop.order(number)
    assert (order.status, order.transaction_id, order.paid_at) == (OrderStatus.PAID, paid["transaction_id"], START)
    await road.shop.settle()
    assert road.shop.told()[0].startswith("缴费成功：个体人员缴费 2,520.00 元。")


async def test_asking_and_closing(road: Street) -> None:
    """NOTPAY, CLOSED, SUCCESS, and nothing for what it does not know; closing twice, and closing nothing, is allowed."""
    number = await ready(road)
    assert (await road.payments.ask("D0000000")) is None
    assert (await road.payments.ask(number)).state == "NOTPAY"  # type: ignore[union-attr]
    await road.payments.close(number)
    await road.payments.close(number)
    await road.payments.close("D0000000")
    assert (await road.payments.ask(number)).state == "CLOSED"  # type: ignore[union-attr]


async def test_closing_what_was_paid_is_no_answer(road: Street) -> None:
    """It has to be asked about, not closed."""
    number = await ready(road)
    await road.faults(lost=1)
    await road.pays(number)
    with pytest.raises(PaymentsAway):
        await road.payments.close(number)
    payment = await road.payments.ask(number)
    assert payment is not None
    assert (payment.state, payment.amount, payment.paid_at) == ("SUCCESS", Decimal("2520.00"), START)


async def test_faults_of_the_way_end_in_one_record(road: Street) -> None:
    """Forged is refused, the true one counts once, its duplicates do nothing."""
    number = await ready(road)
    await road.faults(forged=2, duplicate=3)
    paid = await road.pays(number)
    assert [one["status"] for one in paid["notices"]] == [401, 401, 200, 200, 200, 200]
    await road.shop.settle()
    assert len(road.shop.told()) == 1
    assert len(await road.shop.audited("pay")) == 1


async def test_another_amount_is_acknowledged_and_not_paid(road: Street) -> None:
    """It is on record as a case, so it need not come again."""
    number = await ready(road)
    await road.faults(mismatched=1)
    paid = await road.pays(number)
    assert [one["status"] for one in paid["notices"]] == [200]
    assert await status_of(road, number) is OrderStatus.CONFIRMED
    (case,) = await road.shop.cases(road.shop.ids.xiuying)
    assert (case.filing, case.fields["收到金额"]) == ("refund", "2,520.01 元")


async def test_out_of_order_the_platform_is_away(road: Street) -> None:
    """SYSTEM_ERROR is no answer."""
    number = await ready(road)
    await road.faults(away=3)
    for call in (road.payments.ask(number), road.payments.close(number)):
        with pytest.raises(PaymentsAway):
            await call
    assert await road.shop.pages.bridge(XIUYING, number) is None
    assert await road.shop.pages.bridge(XIUYING, number) is not None


async def test_an_answer_that_is_not_signed_is_not_believed(shop: Shop) -> None:
    """Somebody in between says that it was paid, or that there is no such order; nobody listens."""

    async def lie(_: web.Request) -> web.Response:
        return web.json_response(transaction(NUMBER, 1, START))

    for handler in (lie, None):
        app = web.Application()
        if handler:
            app.router.add_get("/v3/pay/transactions/out-trade-no/{no}", handler)
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            pay = WechatPay(settings(str(server.make_url("/")).rstrip("/")), shop.clock, session, "http://bot.test")
            with pytest.raises(PaymentsAway):
                await pay.ask(NUMBER)
    async with aiohttp.ClientSession() as session:
        pay = WechatPay(settings("http://127.0.0.1:1"), shop.clock, session, "http://bot.test")
        with pytest.raises(PaymentsAway):
            await pay.ask(NUMBER)


async def test_whoever_does_not_answer_is_away(shop: Shop) -> None:
    """Within the patience, and the caller goes on."""
    never = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/v3/pay/transactions/out-trade-no/{no}", wait)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        pay = WechatPay(settings(str(server.make_url("/")).rstrip("/")), shop.clock, session, "http://bot.test", 0.05)
        with pytest.raises(PaymentsAway, match="in time"):
            await pay.ask(NUMBER)
        never.set()


# ── notices, made by hand ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_notice_made_by_hand_is_believed_and_recorded(road: Street) -> None:
    """Signature and cipher as the documents describe them, in either spelling of the headers."""
    number = await ready(road)
    body = sealed(transaction(number, 252000, START))
    headers = signed(body, int(START.timestamp()))
    payment = road.payments.read_notice({name.lower(): value for name, value in headers.items()}, body)
    assert (payment.order_no, payment.amount, payment.paid_at) == (number, Decimal("2520.00"), START)
    assert await road.notices(headers, body) == 200
    assert await road.notices(headers, body) == 200
    assert await status_of(road, number) is OrderStatus.PAID


def _forgeries(number: str) -> dict[str, tuple[dict[str, str], bytes]]:
    now = int(START.timestamp())
    body = sealed(transaction(number, 252000, START))
    good = signed(body, now)
    other_body = sealed(transaction(number, 1, START))

    def of(plain: dict[str, Any], key: str = "", **changes: Any) -> tuple[dict[str, str], bytes]:
        wrong = sealed(plain, key, **changes)
        return signed(wrong, now), wrong

    right = transaction(number, 252000, START)
    cipher = json.loads(body)["resource"]
    flipped = base64.b64encode(
        bytes([base64.b64decode(cipher["ciphertext"])[0] ^ 1]) + base64.b64decode(cipher["ciphertext"])[1:]
    )
    broken = json.dumps(json.loads(body) | {"resource": cipher | {"ciphertext": flipped.decode()}}).encode()
    long_nonce = json.dumps(json.loads(body) | {"resource": cipher | {"nonce": ""}}).encode()
    return {
        "another key": (signed(body, now, strange_key()), body),
        "an altered body": (good, other_body),
        "an old timestamp": (signed(body, now - 301), body),
        "a timestamp to come": (signed(body, now + 301), body),
        "another serial": (good | {"Wechatpay-Serial": "PUB_KEY_ID_00000000000000000001"}, body),
        "a serial of a certificate": (good | {"Wechatpay-Serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"}, body),
        "another timestamp than was signed": (good | {"Wechatpay-Timestamp": str(now + 1)}, body),
        "another nonce": (good | {"Wechatpay-Nonce": "fedcba"}, body),
        "another algorithm": (good | {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, body),
        "a probe": (good | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + good["Wechatpay-Signature"]}, body),
        "no signature": ({name: value for name, value in good.items() if name != "Wechatpay-Signature"}, body),
        "no headers": ({}, body),
        "a timestamp that is none": (good | {"Wechatpay-Timestamp": "1e9"}, body),
        "nothing": (signed(b"", now), b""),
        "no JSON": (signed(b"paid", now), b"paid"),
        "bytes": (signed(b"\xff\xfe", now), b"\xff\xfe"),
        "another API v3 key": of(right, "k" * 32),
        "a broken cipher": (signed(broken, now), broken),
        "no nonce in the cipher": (signed(long_nonce, now), long_nonce),
        "another event": of(right, event_type="REFUND.SUCCESS"),
        "another merchant": of(right | {"mchid": "1900000000"}),
        "another account": of(right | {"appid": "wx-other"}),
        "no account": of({name: value for name, value in right.items() if name != "appid"}),
        "another currency": of(right | {"amount": {"total": 252000, "currency": "USD"}}),
        "no amount": of({name: value for name, value in right.items() if name != "amount"}),
        "no transaction": of(right | {"transaction_id": ""}),
    }


async def test_a_forged_notice_does_nothing(road: Street) -> None:
    """Whatever is wrong with it: 401, the same for each; the order waits on."""
    number = await ready(road)
    for kind, (headers, body) in _forgeries(number).items():
        with pytest.raises(NotOurs):
            road.payments.read_notice(headers, body)
        assert await road.notices(headers, body) == 401, kind
    assert await status_of(road, number) is OrderStatus.CONFIRMED
    assert await road.shop.cases(road.shop.ids.xiuying) == ()


async def test_a_notice_at_the_edge_of_its_age_still_counts(road: Street) -> None:
    """Five minutes of our clock, either way."""
    number = await ready(road)
    body = sealed(transaction(number, 252000, START))
    for late in (-300, 300):
        assert road.payments.read_notice(signed(body, int(START.timestamp()) + late), body).order_no == number


async def test_a_notice_that_cannot_be_recorded_comes_again(road: Street) -> None:
    """The database is away: 5xx, nothing said to be done; then it is recorded. A number that is not ours is no success either."""
    number = await ready(road)
    body = sealed(transaction(number, 252000, START))
    headers = signed(body, int(START.timestamp()))
    unknown = sealed(transaction("D0000000", 252000, START))
    assert await road.notices(signed(unknown, int(START.timestamp())), unknown) == 404
    watched = cast(Watched, road.shop.store)
    watched.away = True
    assert await road.notices(headers, body) == 503
    watched.away = False
    assert await road.notices(headers, body) == 200
    assert await status_of(road, number) is OrderStatus.PAID


async def test_a_notice_that_is_too_long_is_not_read(road: Street) -> None:
    """413, announced or not."""
    assert await road.notices({}, b"x" * (32 * 1024 + 1)) == 413


async def test_late_notices_make_surplus(road: Street) -> None:
    """Void in between: the notice is acknowledged, the money goes back."""
    number = await ready(road)
    await road.shop.pages.void(XIUYING, number)
    body = sealed(transaction(number, 252000, START))
    assert await road.notices(signed(body, int(START.timestamp())), body) == 200
    assert await status_of(road, number) is OrderStatus.SURPLUS


# ── our own signatures, checked by hand ─────────────────────────────────────────────────────────────────────────────


def _ours(text: str, signature: str) -> None:
    """Raises unless our private key has signed the text."""
    key = serialization.load_pem_public_key(made().merchant.merchant_public_key.encode())
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, union-attr, arg-type]


async def test_our_signatures_are_over_the_right_lines(shop: Shop) -> None:
    """Authorization over method, path with query, time, nonce and body, each with its line feed; paySign over four lines."""
    seen: list[tuple[str, str, str, str]] = []

    async def keep(request: web.Request) -> web.Response:
        seen.append((request.method, request.rel_url.raw_path_qs, request.headers["Authorization"], await request.text()))
        return web.Response(status=500)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", keep)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        pay = WechatPay(settings(str(server.make_url("/")).rstrip("/")), shop.clock, session, "http://bot.test/pay/notice")
        order = await shop.makes()
        for call in (pay.ask(order.order_no), pay.prepay(order)):
            with pytest.raises(PaymentsAway):
                await call
        values = pay._bridge("wx123")
    for method, path, header, body in seen:
        told = dict(re.findall(r'([a-z_]+)="([^"]*)"', header))
        assert header.startswith("WECHATPAY2-SHA256-RSA2048 ")
        assert told["timestamp"] == str(int(START.timestamp()))
        _ours(f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n{body}\n", told["signature"])
    sent = json.loads(seen[1][3])
    assert sent["amount"] == {"total": 252000, "currency": "CNY"}
    assert sent["payer"] == {"openid": XIUYING}
    assert sent["time_expire"] == "2024-09-12T12:00:00+08:00"
    assert sent["notify_url"] == "http://bot.test/pay/notice"
    assert set(values) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    _ours(f"{values['appId']}\n{values['timeStamp']}\n{values['nonceStr']}\nprepay_id=wx123\n", values["paySign"])


def test_fen_and_yuan_are_exact() -> None:
    """No float in between; a part of a 分 is an error; a text is cut between characters."""
    assert (fen(Decimal("2520.01")), yuan_of(252001)) == (252001, Decimal("2520.01"))
    with pytest.raises(ValueError, match="分"):
        fen(Decimal("0.001"))
    assert cut("社保", 5) == "社"


# ── configuration ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_configured_decides_what_is_paid_with() -> None:
    """Nothing, WeChat Pay, or keys that are none."""
    clock = FakeClock(START + timedelta(days=1))
    async with aiohttp.ClientSession() as session:
        assert isinstance(payments_of(Config(), SystemClock(), session), NoPayments)
        merchant = made().merchant
        table = Payments(
            enabled=True,
            mch_id=merchant.mch_id,
            cert_serial_no=merchant.cert_serial_no,
            private_key=made().private_key,
            api_v3_key=merchant.api_v3_key,
            public_key=merchant.platform_public_key,
            public_key_id=merchant.public_key_id,
        )
        assert payments_of(Config(payments=table), clock, session).enabled
        with pytest.raises(ValueError, match="private_key") as trouble:
            payments_of(Config(payments=Payments(enabled=True, private_key="-----BEGIN PRIVATE KEY-----\nAAAA")), clock, session)
        assert "AAAA" not in str(trouble.value)


def test_payment_is_configured_wholly_or_not_at_all() -> None:
    """A key that is missing is named; one that cannot be right is named with what it should be."""
    with pytest.raises(ConfigError) as trouble:
        load(None, {"BOT_PAYMENTS__ENABLED": "true", "BOT_PAYMENTS__MCH_ID": "1900000001", "BOT_PAYMENTS__API_V3_KEY": "short"})
    named = {problem.partition(":")[0] for problem in trouble.value.problems}
    assert named == {f"payments.{key}" for key in ("cert_serial_no", "private_key", "public_key", "public_key_id", "api_v3_key")}
    bare = Config(wechat=Wechat(account_kind="personal"), payments=Payments(enabled=True))
    assert "payments.mch_id: 没有填" in missing_for_serving(bare)
    assert not [line for line in missing_for_serving(Config()) if line.startswith("payments")]
