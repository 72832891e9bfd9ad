"""阿里云短信: SendSms of 2017-05-25."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from bot.sms.calls import Cloud
from bot.sms.outcomes import Doubtful, NotSent, Outcome, Sent, Why, why_of
from bot.sms.signing import acs3, canonical_query
from bot.sms.templates import Template, filled
from handlers.codes import Sms
from storage.ports.record import Record
from storage.ports.time import Clock

_PAUSES = (("分钟", timedelta(minutes=1)), ("小时", timedelta(hours=1)), ("天", timedelta(days=1)))
"""The one code for a phone's limits tells in words which of them was reached."""

_CODES = {
    "isv.MOBILE_NUMBER_ILLEGAL": Why.NUMBER,
    "isv.DENY_IP_RANGE": Why.ACCOUNT,
    "isv.DAY_LIMIT_CONTROL": Why.QUOTA,
    "isv.MONTH_LIMIT_CONTROL": Why.QUOTA,
    "isv.OUT_OF_SERVICE": Why.BALANCE,
    "isv.AMOUNT_NOT_ENOUGH": Why.BALANCE,
    "isp.RAM_PERMISSION_DENY": Why.ACCOUNT,
}
_FAMILIES = (
    ("isv.ACCOUNT_", Why.ACCOUNT),
    ("isv.PRODUCT_", Why.ACCOUNT),
    ("isv.", Why.TEMPLATE),
    ("Throttling", Why.QUOTA),
    ("InvalidAccessKeyId", Why.ACCOUNT),
    ("InvalidTimeStamp", Why.ACCOUNT),
    ("InvalidVersion", Why.ACCOUNT),
    ("IncompleteSignature", Why.ACCOUNT),
    ("Signature", Why.ACCOUNT),
    ("Forbidden", Why.ACCOUNT),
    ("NoPermission", Why.ACCOUNT),
    ("Missing", Why.TEMPLATE),
    ("InvalidParameter", Why.TEMPLATE),
)
"""What is the caller's fault (isv) and what the gateway refuses. The provider's own faults (isp) may come after the message went out."""


class AliyunAccount(Record):
    """What the console of 阿里云短信 shows. `templates` by kind of text, and by name of a text; their variables have our names."""

    key_id: str
    key_secret: str
    sign: str
    templates: Mapping[str, Template]


class AliyunSms:
    """Sends through an approved template, whose variables are filled by name."""

    name = "aliyun"

    def __init__(self, cloud: Cloud, account: AliyunAccount, clock: Clock) -> None:
        self._cloud = cloud
        self._account = account
        self._clock = clock

    async def send(self, sms: Sms) -> Outcome:
        account = self._account
        found = filled(account.templates, sms)
        if isinstance(found, NotSent):
            return found
        template_id, values = found
        # The API takes its parameters in the query and nowhere else. The address is logged by nobody of ours and travels encrypted.
        query = canonical_query(
            {
                "PhoneNumbers": sms.phone,
                "SignName": account.sign,
                "TemplateCode": template_id,
                "TemplateParam": json.dumps(values, ensure_ascii=False),
                "OutId": sms.id,
            }
        )
        answer = await self._cloud.post(query, self._headers(query))
        return answer if isinstance(answer, NotSent | Doubtful) else _judged(answer)

    def _headers(self, query: str) -> dict[str, str]:
        headers = {
            "host": self._cloud.host,
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{self._clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        return {**headers, "Authorization": acs3(self._account.key_id, self._account.key_secret, query, headers)}


def _judged(answer: dict[str, Any]) -> Outcome:
    code = str(answer.get("Code", ""))
    if code == "OK":
        return Sent(str(answer.get("BizId", "")))
    return refused(code, str(answer.get("Message", "")))


def refused(code: str, message: str = "") -> NotSent | Doubtful:
    """What an error code says about the message."""
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        pause = next((pause for word, pause in _PAUSES if word in message), timedelta(hours=1))
        return NotSent(Why.LIMIT, code, pause)
    return why_of(code, _CODES, _FAMILIES)
