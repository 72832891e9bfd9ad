"""腾讯云短信: SendSms of 2021-01-11."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.sms.calls import Cloud
from bot.sms.outcomes import Doubtful, NotSent, Outcome, Sent, Why, why_of
from bot.sms.signing import tc3
from bot.sms.templates import Template, filled
from handlers.codes import Sms
from storage.ports.record import Record
from storage.ports.time import Clock

_TYPE = "application/json; charset=utf-8"

_LIMITS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": timedelta(seconds=30),
    "LimitExceeded.PhoneNumberOneHourLimit": timedelta(hours=1),
    "LimitExceeded.PhoneNumberDailyLimit": timedelta(days=1),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": timedelta(days=1),
}
_CODES = {
    "InvalidParameterValue.IncorrectPhoneNumber": Why.NUMBER,
    "FailedOperation.PhoneNumberInBlacklist": Why.NUMBER,
    "FailedOperation.InsufficientBalanceInSmsPackage": Why.BALANCE,
    "UnauthorizedOperation.ServiceSuspendDueToArrears": Why.BALANCE,
}
_FAMILIES = (
    ("LimitExceeded.", Why.QUOTA),
    ("RequestLimitExceeded", Why.QUOTA),
    ("FailedOperation.", Why.TEMPLATE),
    ("InvalidParameter", Why.TEMPLATE),
    ("MissingParameter", Why.TEMPLATE),
    ("UnknownParameter", Why.TEMPLATE),
    ("UnsupportedOperation", Why.TEMPLATE),
    ("AuthFailure", Why.ACCOUNT),
    ("UnauthorizedOperation", Why.ACCOUNT),
    ("UnsupportedRegion", Why.ACCOUNT),
    ("InvalidAction", Why.ACCOUNT),
)
"""The documented families of refusals. InternalError.* and whatever is not here may have happened after the message went out."""


class TencentAccount(Record):
    """What the console of 腾讯云短信 shows. `templates` by kind of text, and by name of a text."""

    secret_id: str
    secret_key: str
    app_id: str
    sign: str
    region: str
    templates: Mapping[str, Template]


class TencentSms:
    """Sends through an approved template, whose places are filled in order."""

    name = "tencent"

    def __init__(self, cloud: Cloud, account: TencentAccount, clock: Clock) -> None:
        self._cloud = cloud
        self._account = account
        self._clock = clock

    async def send(self, sms: Sms) -> Outcome:
        account = self._account
        found = filled(account.templates, sms)
        if isinstance(found, NotSent):
            return found
        template_id, values = found
        body = {
            "PhoneNumberSet": [sms.phone if sms.phone.startswith("+") else f"+86{sms.phone}"],
            "SmsSdkAppId": account.app_id,
            "SignName": account.sign,
            "TemplateId": template_id,
            "TemplateParamSet": list(values.values()),
            "SessionContext": sms.id,
        }
        raw = json.dumps(body, ensure_ascii=False).encode()
        answer = await self._cloud.post("", self._headers(raw), raw)
        return answer if isinstance(answer, NotSent | Doubtful) else _judged(answer)

    def _headers(self, body: bytes) -> dict[str, str]:
        account, at = self._account, self._clock.now()
        signed = {"Content-Type": _TYPE, "Host": self._cloud.host, "X-TC-Action": "SendSms"}
        return {
            **signed,
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(int(at.timestamp())),
            "X-TC-Region": account.region,
            "Authorization": tc3(account.secret_id, account.secret_key, "sms", at, signed, body),
        }


def _judged(answer: dict[str, Any]) -> Outcome:
    response = answer.get("Response")
    if not isinstance(response, dict):
        return Doubtful("no Response")
    error, statuses = response.get("Error"), response.get("SendStatusSet")
    if isinstance(error, dict):
        return refused(str(error.get("Code", "")))
    if not isinstance(statuses, list) or len(statuses) != 1 or not isinstance(statuses[0], dict):
        return Doubtful("no SendStatusSet")
    code = str(statuses[0].get("Code", ""))
    return Sent(str(statuses[0].get("SerialNo", ""))) if code == "Ok" else refused(code)


def refused(code: str) -> NotSent | Doubtful:
    """What an error code says about the message."""
    if code in _LIMITS:
        return NotSent(Why.LIMIT, code, _LIMITS[code])
    return why_of(code, _CODES, _FAMILIES)
