"""腾讯云短信 and 阿里云短信 as the simulator plays them: accounts, approved templates, limits, errors, and delivery reports.

Signatures are checked by what the documents of the two clouds say (签名方法 v3; V3 版本请求体&签名机制), from the bytes that arrived.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from bot.simulator.faults import SmsFaults
from storage.ports.time import SHANGHAI, Clock

_MAINLAND = re.compile(r"1[3-9]\d{9}")
_WINDOWS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
_FIELD = re.compile(r"(\w+)=([^,]+)")


@dataclass(frozen=True, slots=True)
class SimCarrier:
    """An account at one of the clouds. `templates` are the approved ones, id → words with {1} {2} (tencent) or ${name} (aliyun).
    `app_id` is Tencent's SdkAppId. `report_url` hears what became of each message, `uplink_url` what people answer; empty: nobody does."""

    key_id: str
    key_secret: str = field(repr=False)
    sign: str
    templates: Mapping[str, str]
    app_id: str = ""
    report_url: str = field(default="", repr=False)
    uplink_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a cloud has taken, and what it will report of it."""

    cloud: str
    number: str
    text: str
    report_url: str
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP answer; `accepted` when a message goes out."""

    status: int
    body: dict[str, Any] | None
    accepted: Accepted | None = None
    hangs: bool = False


class Carriers:
    """Both clouds. Limits count per cloud, signature and number."""

    def __init__(self, clock: Clock, tencent: SimCarrier | None, aliyun: SimCarrier | None) -> None:
        self._clock = clock
        self._tencent = tencent
        self._aliyun = aliyun
        self._taken: dict[tuple[str, str], list[datetime]] = {}
        self._nonces: set[str] = set()
        self.sent_last: dict[str, str] = {}
        """By number: the cloud that sent to it last."""
        self.faults = SmsFaults()
        self.calls: list[str] = []
        """Which cloud was asked, in order."""

    def forget(self) -> None:
        """No faults, no limits used up."""
        self.faults = SmsFaults()
        self._taken.clear()
        self.sent_last.clear()
        self.calls.clear()

    def account(self, cloud: str) -> SimCarrier | None:
        """The account at that cloud."""
        return {"tencent": self._tencent, "aliyun": self._aliyun}.get(cloud)

    def heard_by(self, number: str) -> tuple[str, str] | None:
        """Cloud and address that hear what that number answers: of the cloud that sent to it last, else of the first that hears answers."""
        last = self.sent_last.get(number, "")
        for cloud in (last, "tencent", "aliyun"):
            account = self.account(cloud)
            if account is not None and account.uplink_url:
                return cloud, account.uplink_url
        return None

    def answer(self, headers: Mapping[str, str], query: str, body: bytes) -> Answered | None:
        """A POST to `/`; None when it is for neither cloud."""
        if "X-TC-Action" in headers and self._tencent:
            cloud = "tencent"
        elif "x-acs-action" in headers and self._aliyun:
            cloud = "aliyun"
        else:
            return None
        self.calls.append(cloud)
        strikes = self.faults.provider in {"", cloud}
        if strikes and self.faults.take("broken"):
            return Answered(502, None)
        if cloud == "tencent" and self._tencent:
            told = self._of_tencent(self._tencent, headers, body)
        elif self._aliyun:
            told = self._of_aliyun(self._aliyun, headers, query, body)
        else:
            return None
        if told.accepted:
            self.sent_last[told.accepted.number] = cloud
        if strikes and told.accepted and self.faults.take("timeout"):
            return Answered(told.status, told.body, told.accepted, hangs=True)
        return told

    def _struck(self, cloud: str) -> str:
        """The fault that this otherwise good message meets: `refuse`, `limit` or none."""
        if self.faults.provider not in {"", cloud}:
            return ""
        return next((name for name in ("refuse", "limit") if self.faults.take(name)), "")

    def _limit(self, cloud: str, number: str) -> timedelta | None:
        """The window whose limit is reached; else the message is counted."""
        now = self._clock.now()
        taken = self._taken.setdefault((cloud, number), [])
        for window, most in _WINDOWS:
            if sum(now - one < window for one in taken) >= most:
                return window
        taken.append(now)
        return None

    # ── 腾讯云 ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _of_tencent(self, account: SimCarrier, headers: Mapping[str, str], body: bytes) -> Answered:
        request = secrets.token_hex(16)

        def error(code: str, message: str) -> Answered:
            return Answered(200, {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": request}})

        if wrong := self._tencent_auth(account, headers, body):
            return error(f"AuthFailure.{wrong}", "authentication failed")
        if (headers.get("X-TC-Action"), headers.get("X-TC-Version")) != ("SendSms", "2021-01-11"):
            return error("InvalidAction", "no such action")
        try:
            asked = json.loads(body)
            (number,) = asked["PhoneNumberSet"]
            app, sign, template = str(asked["SmsSdkAppId"]), str(asked["SignName"]), str(asked["TemplateId"])
            params = [str(one) for one in asked["TemplateParamSet"]]
        except (ValueError, KeyError, TypeError):
            return error("InvalidParameter", "parameters")
        context = str(asked.get("SessionContext", ""))
        serial = f"{secrets.randbelow(10**10)}:{secrets.randbelow(10**16)}"
        code = self._tencent_code(account, app, sign, template, params, str(number))
        status = {
            "SerialNo": serial if code == "Ok" else "",
            "PhoneNumber": number,
            "Fee": int(code == "Ok"),
            "SessionContext": context,
            "Code": code,
            "Message": "send success" if code == "Ok" else "refused",
            "IsoCode": "CN",
        }
        told = {"Response": {"SendStatusSet": [status], "RequestId": request}}
        if code != "Ok":
            return Answered(200, told)
        plain = str(number).removeprefix("+86")
        words = account.templates[template]
        for place, value in enumerate(params, start=1):
            words = words.replace(f"{{{place}}}", value)
        delivered = not self.faults.take("undelivered")
        report = {
            "user_receive_time": f"{self._clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "nationcode": "86",
            "mobile": plain,
            "report_status": "SUCCESS" if delivered else "FAIL",
            "errmsg": "DELIVRD" if delivered else "UNDELIV",
            "description": "用户短信送达成功" if delivered else "用户短信接收失败",
            "sid": serial,
        }
        return Answered(200, told, Accepted("tencent", plain, f"【{sign}】{words}", account.report_url, report))

    def _tencent_code(self, account: SimCarrier, app: str, sign: str, template: str, params: list[str], number: str) -> str:
        plain = number.removeprefix("+86")
        words = account.templates.get(template)
        if app != account.app_id:
            return "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
        if sign != account.sign:
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        if words is None:
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        if len(set(re.findall(r"\{\d+\}", words))) != len(params):
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        if not number.startswith("+86") or not _MAINLAND.fullmatch(plain):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        match self._struck("tencent"):
            case "refuse":
                return self.faults.code or "FailedOperation.InsufficientBalanceInSmsPackage"
            case "limit":
                return "LimitExceeded.PhoneNumberDailyLimit"
        window = self._limit("tencent", plain)
        if window is None:
            return "Ok"
        names = {_WINDOWS[0][0]: "ThirtySecond", _WINDOWS[1][0]: "OneHour", _WINDOWS[2][0]: "Daily"}
        return f"LimitExceeded.PhoneNumber{names[window]}Limit"

    def _tencent_auth(self, account: SimCarrier, headers: Mapping[str, str], body: bytes) -> str:
        """What is wrong with the Authorization; empty when nothing is."""
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        given = {name: value.strip() for name, value in _FIELD.findall(rest)}
        credential = given.get("Credential", "").split("/")
        stamp = headers.get("X-TC-Timestamp", "")
        if scheme != "TC3-HMAC-SHA256" or len(credential) != 4 or not stamp.isdigit():
            return "InvalidAuthorization"
        if abs(int(stamp) - self._clock.now().timestamp()) > 300:
            return "SignatureExpire"
        if credential[0] != account.key_id:
            return "SecretIdNotFound"
        day = datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
        names = given.get("SignedHeaders", "")
        if credential[1:] != [day, "sms", "tc3_request"] or not {"content-type", "host"} <= set(names.split(";")):
            return "SignatureFailure"
        lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in names.split(";"))
        canonical = "\n".join(("POST", "/", "", lines, names, _sha(body)))
        text = "\n".join(("TC3-HMAC-SHA256", stamp, f"{day}/sms/tc3_request", _sha(canonical.encode())))
        key = _mac(_mac(_mac(("TC3" + account.key_secret).encode(), day), "sms"), "tc3_request")
        return "" if hmac.compare_digest(_mac(key, text).hex(), given.get("Signature", "")) else "SignatureFailure"

    # ── 阿里云 ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _of_aliyun(self, account: SimCarrier, headers: Mapping[str, str], query: str, body: bytes) -> Answered:
        request = secrets.token_hex(16).upper()

        def told(code: str, message: str, status: int = 200) -> Answered:
            return Answered(status, {"Code": code, "Message": message, "RequestId": request})

        if wrong := self._aliyun_auth(account, headers, query, body):
            return told(wrong, "authentication failed", 400)
        if (headers.get("x-acs-action"), headers.get("x-acs-version")) != ("SendSms", "2017-05-25"):
            return told("InvalidAction.NotFound", "no such action", 404)
        asked = dict(parse_qsl(query, keep_blank_values=True))
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not asked.get(name):
                return told(f"Missing{name}", f"{name} is mandatory for this action.", 400)
        number, sign, words = asked["PhoneNumbers"], asked["SignName"], account.templates.get(asked["TemplateCode"])
        try:
            params = {str(name): str(value) for name, value in json.loads(asked.get("TemplateParam") or "{}").items()}
        except (ValueError, AttributeError):
            return told("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
        if sign != account.sign:
            return told("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
        if words is None:
            return told("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        if not set(re.findall(r"\$\{(\w+)\}", words)) <= set(params):
            return told("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值")
        if not _MAINLAND.fullmatch(number):
            return told("isv.MOBILE_NUMBER_ILLEGAL", f"{number}invalid mobile number")
        match self._struck("aliyun"):
            case "refuse":
                return told(self.faults.code or "isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
            case "limit":
                return told("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
        window = self._limit("aliyun", number)
        if window is not None:
            at = [one for one, _ in _WINDOWS].index(window)
            return told("isv.BUSINESS_LIMIT_CONTROL", f"触发{('分钟', '小时', '天')[at]}级流控Permits:{_WINDOWS[at][1]}")
        business = f"{secrets.randbelow(10**18):018d}^0"
        for name, value in params.items():
            words = words.replace(f"${{{name}}}", value)
        delivered = not self.faults.take("undelivered")
        now = f"{self._clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        report = {
            "phone_number": number,
            "send_time": now,
            "report_time": now,
            "success": delivered,
            "err_code": "DELIVERED" if delivered else "MOBILE_NOT_ON_SERVICE",
            "err_msg": "用户接收成功" if delivered else "停机、空号",
            "sms_size": "1",
            "biz_id": business,
            "out_id": asked.get("OutId", ""),
        }
        good = {"Code": "OK", "Message": "OK", "BizId": business, "RequestId": request}
        return Answered(200, good, Accepted("aliyun", number, f"【{sign}】{words}", account.report_url, report))

    def _aliyun_auth(self, account: SimCarrier, headers: Mapping[str, str], query: str, body: bytes) -> str:
        """The gateway's code for what is wrong; empty when nothing is."""
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        given = dict(_FIELD.findall(rest))
        if scheme != "ACS3-HMAC-SHA256" or not {"Credential", "SignedHeaders", "Signature"} <= set(given):
            return "IncompleteSignature"
        if given["Credential"] != account.key_id:
            return "InvalidAccessKeyId.NotFound"
        try:
            at = datetime.strptime(headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return "InvalidTimeStamp.Format"
        if abs(self._clock.now() - at) > timedelta(minutes=15):
            return "InvalidTimeStamp.Expired"
        must = {"host"} | {name.lower() for name in headers if name.lower().startswith("x-acs-")}
        must |= {"content-type"} & {name.lower() for name in headers}
        names = given["SignedHeaders"].split(";")
        if set(names) != must or names != sorted(names) or headers.get("x-acs-content-sha256") != _sha(body):
            return "SignatureDoesNotMatch"
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
        ordered = "&".join(sorted(query.split("&")))
        canonical = "\n".join(("POST", "/", ordered, lines, given["SignedHeaders"], _sha(body)))
        text = f"ACS3-HMAC-SHA256\n{_sha(canonical.encode())}"
        if not hmac.compare_digest(_mac(account.key_secret.encode(), text).hex(), given["Signature"]):
            return "SignatureDoesNotMatch"
        nonce = headers.get("x-acs-signature-nonce", "")
        if not nonce or nonce in self._nonces:
            return "SignatureNonceUsed"
        self._nonces.add(nonce)
        return ""


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
