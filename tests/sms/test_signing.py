"""The clouds' signatures: their own published examples, and a second implementation that is only here."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from bot.sms.signing import acs3, canonical_query, tc3

MOMENT = datetime.fromtimestamp(1551113065, UTC)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def test_tencent_cloud_publishes_this_example() -> None:
    """签名方法 v3: DescribeInstances at 1551113065, signed with the example's own key."""
    body = json.dumps({"Limit": 1, "Filters": [{"Values": ["未命名"], "Name": "instance-name"}]}).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "Host": "cvm.tencentcloudapi.com"}
    secret_id, secret_key = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
    assert tc3(secret_id, secret_key, "cvm", MOMENT, headers, body) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_alibaba_cloud_publishes_this_example() -> None:
    """V3 版本请求体&签名机制: RunInstances with the example's own key, date and nonce."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": _sha(""),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = canonical_query({"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"})
    assert acs3("YourAccessKeyId", "YourAccessKeySecret", query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@given(secret=st.text(min_size=1, max_size=40), body=st.text(max_size=60), seconds=st.integers(1_000_000_000, 2_000_000_000))
def test_tc3_by_a_second_implementation(secret: str, body: str, seconds: int) -> None:
    """Written out step by step, for the three headers that SendSms signs: equal for whatever key, body and moment."""
    at = datetime.fromtimestamp(seconds, UTC)
    headers = {"Content-Type": "application/json; charset=utf-8", "Host": "sms.tencentcloudapi.com", "X-TC-Action": "SendSms"}
    day = at.strftime("%Y-%m-%d")
    request = (
        "POST\n/\n\ncontent-type:application/json; charset=utf-8\nhost:sms.tencentcloudapi.com\nx-tc-action:sendsms\n\n"
        f"content-type;host;x-tc-action\n{_sha(body)}"
    )
    text = f"TC3-HMAC-SHA256\n{seconds}\n{day}/sms/tc3_request\n{_sha(request)}"
    key = _mac(_mac(_mac(b"TC3" + secret.encode(), day), "sms"), "tc3_request")
    assert tc3("id", secret, "sms", at, headers, body.encode()).endswith(f"Signature={_mac(key, text).hex()}")


@given(secret=st.text(min_size=1, max_size=40), words=st.text(max_size=40), nonce=st.uuids())
def test_acs3_by_a_second_implementation(secret: str, words: str, nonce: object) -> None:
    """The query is escaped byte by byte here; it reads back as what was meant."""
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    escaped = "".join(chr(one) if chr(one) in plain else f"%{one:02X}" for one in words.encode())
    query = f"PhoneNumbers=13900000001&TemplateParam={escaped}"
    assert canonical_query({"TemplateParam": words, "PhoneNumbers": "13900000001"}) == query
    assert dict(parse_qsl(query, keep_blank_values=True)) == {"PhoneNumbers": "13900000001", "TemplateParam": words}
    headers = {"x-acs-signature-nonce": str(nonce), "host": "dysmsapi.aliyuncs.com"}
    request = (
        f"POST\n/\n{query}\nhost:dysmsapi.aliyuncs.com\nx-acs-signature-nonce:{nonce}\n\nhost;x-acs-signature-nonce\n{_sha('')}"
    )
    signature = _mac(secret.encode(), f"ACS3-HMAC-SHA256\n{_sha(request)}").hex()
    assert acs3("id", secret, query, headers).endswith(f",Signature={signature}")
