"""What the types of the configuration cannot say: forms, ranges, and what belongs together. Each problem in a line for the operator."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Final, get_type_hints

from handlers.reminders.texts import WHATS
from handlers.reminders.wording import MORE_PLACES, OWN, PLACES, places_of

if TYPE_CHECKING:
    from bot.config import Config, Documents, Payments, Reminders, Sms

_KEY = re.compile(r"[0-9a-f]{64}")

ACCOUNT_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "service": frozenset({"push", "scan", "subscribe", "notify"}),
    "subscription": frozenset({"push", "subscribe"}),
    "personal": frozenset(),
    "uncertified": frozenset(),
    "sandbox": frozenset({"push", "scan", "notify"}),
}
"""What an account of each kind may do (wechat.md A14): customer-service messages, codes of its own and web authorisation, subscription notices,
template messages."""


def rules(config: Config) -> list[str]:
    """Everything that is wrong, in no order."""
    wechat, server = config.wechat, config.server
    found: list[tuple[bool, str]] = [
        (wechat.mode in {"safe", "compatible", "clear"}, "wechat.mode: 应当是 safe、compatible 或 clear"),
        (
            wechat.account_kind in ACCOUNT_KINDS,
            f"wechat.account_kind: 应当是 {'、'.join(ACCOUNT_KINDS)} 之一",
        ),
        (
            not wechat.encoding_aes_key or re.fullmatch(r"[A-Za-z0-9]{43}", wechat.encoding_aes_key) is not None,
            "wechat.encoding_aes_key: 应当是 43 位字母和数字，与公众平台上显示的一样",
        ),
        (
            not wechat.previous_encoding_aes_key
            or re.fullmatch(r"[A-Za-z0-9]{43}", wechat.previous_encoding_aes_key) is not None,
            "wechat.previous_encoding_aes_key: 应当是 43 位字母和数字，或者空着",
        ),
        (
            not wechat.token or re.fullmatch(r"[A-Za-z0-9]{3,32}", wechat.token) is not None,
            "wechat.token: 应当是 3 到 32 位字母和数字",
        ),
        (30 <= wechat.max_age_s <= 3600, "wechat.max_age_s: 应当在 30 到 3600 秒之间"),
        (1 <= wechat.max_body_kib <= 1024, "wechat.max_body_kib: 应当在 1 到 1024 之间"),
        (0 <= server.port <= 65535, "server.port: 应当在 0 到 65535 之间"),
        (0 <= server.worker_port <= 65535, "server.worker_port: 应当在 0 到 65535 之间，0 是不开"),
        (1 <= server.processes <= 64, "server.processes: 应当在 1 到 64 之间"),
        (
            re.fullmatch(r"https?://[^/\s]+", server.public_url) is not None,
            "server.public_url: 应当像 https://example.com，不带路径",
        ),
        (
            config.storage.database_url.startswith(("sqlite:///", "postgresql://")),
            "storage.database_url: 应当以 sqlite:/// 或 postgresql:// 开头",
        ),
        (
            server.processes == 1 or (config.storage.redis_url != "" and config.storage.database_url.startswith("postgresql")),
            "server.processes: 多于一个进程需要 PostgreSQL 和 Redis（见 [storage]）",
        ),
        (6 <= config.storage.connections <= 1000, "storage.connections: 应当在 6 到 1000 之间"),
        (
            not config.storage.redis_url or config.storage.redis_url.startswith(("redis://", "rediss://", "unix://")),
            "storage.redis_url: 应当以 redis://、rediss:// 或 unix:// 开头",
        ),
        (
            re.fullmatch(r"|[^:/\s]+:\d{1,5}", config.storage.scanner) is not None,
            "storage.scanner: 应当像 127.0.0.1:3310，或者空着",
        ),
        (
            not config.security.master_key or _KEY.fullmatch(config.security.master_key) is not None,
            "security.master_key: 应当是 64 位十六进制（python -m bot doctor --new-key 可以生成）",
        ),
        (
            all(_KEY.fullmatch(key) for key in config.security.previous_master_keys),
            "security.previous_master_keys: 每一个都应当是 64 位十六进制",
        ),
        (
            re.fullmatch(r"""https?://[^/\s;,'"]+/[^\s;,'"]+""", config.wechat.js_sdk) is not None,
            "wechat.js_sdk: 应当是脚本的完整地址，像 https://res.wx.qq.com/open/js/jweixin-1.6.0.js",
        ),
        (
            re.fullmatch(r"https?://[^/\s?#]+", wechat.oauth_base) is not None,
            "wechat.oauth_base: 应当像 https://open.weixin.qq.com，不带路径",
        ),
        (1 <= wechat.photo_timeout_s <= 4, "wechat.photo_timeout_s: 应当在 1 到 4 秒之间，超过 5 秒微信就重发了"),
        (
            config.security.scan_codes_per_service_hour >= config.security.scan_codes_per_asker_hour,
            "security.scan_codes_per_service_hour: 不能比一个地址的 scan_codes_per_asker_hour 少",
        ),
        *_reminder_rules(config.reminders),
        (all(_is_network(one) for one in config.server.trusted_proxies), "server.trusted_proxies: 应当是地址或网段"),
        (bool(config.regions.enabled), "regions.enabled: 至少要有一个地区"),
        *_sms_rules(config.sms),
        *_payment_rules(config.payments),
        *_document_rules(config.documents),
    ]
    found += [
        (getattr(values, one.name) >= 1, f"{table}.{one.name}: 至少是 1")
        for table, values in (("security", config.security), ("console", config.console))
        for hints in (get_type_hints(type(values)),)  # compiles every annotation of the table: once
        for one in fields(values)
        if hints[one.name] is int
    ]
    return [problem for holds, problem in found if not holds]


def _reminder_rules(reminders: Reminders) -> list[tuple[bool, str]]:
    """The hour, templates with all of their keys, and paces that let something through."""
    return [
        (0 <= reminders.at_hour <= 23, "reminders.at_hour: 应当在 0 到 23 之间"),
        *(
            (len(getattr(reminders, key)) == 4, f"reminders.{key}: 应当是四个键，依次是姓名、事项、日期、说明")
            for key in ("paused_keys", "pension_keys")
        ),
        *(
            (getattr(reminders, f"{channel}_{span}") >= 0, f"reminders.{channel}_{span}: 不能是负数，0 是不限")
            for channel in ("template", "subscribe", "sms")
            for span in ("per_minute", "per_day")
        ),
        (1 <= reminders.at_once <= 1000, "reminders.at_once: 应当在 1 到 1000 之间"),
        (1 <= reminders.batch <= 10000, "reminders.batch: 应当在 1 到 10000 之间"),
    ]


SMS_PROVIDERS = ("console", "file", "http", "tencent", "aliyun")
SMS_KEYS = {
    "http": ("url",),
    "file": ("file",),
    "tencent": ("secret_id", "secret_key", "app_id", "region", "sign", "code_template"),
    "aliyun": ("key_id", "key_secret", "sign", "code_template"),
}
"""Without one of these the provider cannot send a code."""

_CODE_PARAMS = {"code", "purpose", "minutes"}


def _sms_rules(sms: Sms) -> list[tuple[bool, str]]:
    """Both providers are known and different, and whoever is to send has everything that it needs."""
    rules = [
        (sms.provider in SMS_PROVIDERS, f"sms.provider: 应当是 {'、'.join(SMS_PROVIDERS[:-1])} 或 {SMS_PROVIDERS[-1]}"),
        (
            sms.second in ("", *SMS_PROVIDERS),
            f"sms.second: 应当是 {'、'.join(SMS_PROVIDERS[:-1])} 或 {SMS_PROVIDERS[-1]}，或者空着",
        ),
        (not sms.second or sms.second != sms.provider, "sms.second: 不能和 provider 一样"),
        (
            re.fullmatch(r"|[A-Za-z0-9_-]{24,128}", sms.report_key) is not None,
            "sms.report_key: 应当是 24 到 128 位字母和数字，或者空着",
        ),
        (
            all(re.fullmatch(r"\d{5,20}", number) is not None for number in sms.sender_numbers),
            "sms.sender_numbers: 应当是号码的列表，每个 5 到 20 位数字",
        ),
        (sms.url == "" or re.fullmatch(r"https?://\S+", sms.url) is not None, "sms.url: 应当以 http:// 或 https:// 开头"),
    ]
    for name in dict.fromkeys((sms.provider, sms.second)):
        cloud = f"{name}_" if name in {"tencent", "aliyun"} else ""
        which = "provider" if name == sms.provider else "second"
        rules += [
            (bool(getattr(sms, f"{cloud}{key}")), f"sms.{cloud}{key}: {which} 是 {name} 时要填") for key in SMS_KEYS.get(name, ())
        ]
    for cloud in ("tencent", "aliyun"):
        params = getattr(sms, f"{cloud}_code_params")
        rules += [
            (
                "code" in params and set(params) <= _CODE_PARAMS,
                f"sms.{cloud}_code_params: 应当有 code，其余从 purpose、minutes 里选",
            ),
            (
                set(getattr(sms, f"{cloud}_reminder_params")) <= set(PLACES),
                f"sms.{cloud}_reminder_params: 从 name、what、when、hotline、word 里选",
            ),
            *_wording_rules(sms, cloud),
            (
                re.fullmatch(r"https?://[^/\s]+", getattr(sms, f"{cloud}_api_base")) is not None,
                f"sms.{cloud}_api_base: 应当像 https://example.com，不带路径",
            ),
        ]
    return rules


def _wording_rules(sms: Sms, cloud: str) -> list[tuple[bool, str]]:
    """What people read must be known: preview, bill and 这条消息是你们发的吗 are made of the approved wordings."""
    text, params = getattr(sms, f"{cloud}_reminder_text"), getattr(sms, f"{cloud}_reminder_params")
    key, items = f"sms.{cloud}_reminder_templates", getattr(sms, f"{cloud}_reminder_templates")
    names = [item.partition("=")[0].strip() for item in items]
    found = [
        (
            not getattr(sms, f"{cloud}_reminder_template") or (bool(text) and set(places_of(text)) == set(params)),
            f"sms.{cloud}_reminder_text: 填了 {cloud}_reminder_template，就要填它审核通过的原文，"
            f"变量写成 {'、'.join(f'{{{one}}}' for one in params)}，一个不多一个不少",
        ),
        (len(set(names)) == len(names), f"{key}: 同一种短信写了两次"),
    ]
    for name, item in zip(names, items, strict=True):
        template_id, _, wording = item.partition("=")[2].partition("=")
        known = {*MORE_PLACES, "text"} if name == OWN else set(MORE_PLACES)
        places = set(places_of(wording))
        found += [
            (name == OWN or name in WHATS, f"{key}: 没有“{name}”这种短信，应当是 {OWN}（计划里自己写的）、{'、'.join(WHATS)}"),
            (bool(template_id.strip() and wording.strip()), f"{key}: “{name}”要写成 名称=模板编号=审核通过的原文"),
            (places <= known, f"{key}: “{name}”的变量只能是 {'、'.join(sorted(known))}"),
            (name != OWN or not wording or "text" in places, f"{key}: “{OWN}”的原文里要有 {{text}}，计划里写的放在那里"),
        ]
    return found


def _document_rules(documents: Documents) -> list[tuple[bool, str]]:
    """Keys that can be used. What they are is looked at only where there are some: it takes a while to load."""
    found = [
        (
            bool(documents.signing_key) == bool(documents.signing_cert),
            "documents.signing_cert: signing_key 和 signing_cert 要一起填",
        ),
    ]
    if all(holds for holds, _ in found) and (documents.signing_key or documents.token_key or documents.previous_keys):
        from bot.paper_keys import trouble_with  # noqa: PLC0415 - see above

        trouble = trouble_with(documents)
        found.append((not trouble, f"documents: {trouble}"))
    return found


def _payment_rules(payments: Payments) -> list[tuple[bool, str]]:
    """All or nothing: what is begun must be whole. That nothing at all is there stops `serve` (`missing_for_serving`)."""
    if not payments.enabled:
        return []
    begun = any(getattr(payments, key) for key in PAYMENT_KEYS)
    return [
        *((not begun or bool(getattr(payments, key)), f"payments.{key}: enabled 是 true 时要填") for key in PAYMENT_KEYS),
        (
            not payments.api_v3_key or re.fullmatch(r"[A-Za-z0-9]{32}", payments.api_v3_key) is not None,
            "payments.api_v3_key: 应当是 32 位字母和数字，与商户平台上设置的一样",
        ),
        (
            not payments.private_key or "PRIVATE KEY-----" in payments.private_key,
            "payments.private_key: 应当是商户 API 证书的私钥（apiclient_key.pem 的内容）",
        ),
        (
            not payments.public_key or "PUBLIC KEY-----" in payments.public_key,
            "payments.public_key: 应当是微信支付公钥（pub_key.pem 的内容）",
        ),
        (
            re.fullmatch(r"https?://[^/\s]+", payments.api_base) is not None,
            "payments.api_base: 应当像 https://api.mch.weixin.qq.com，不带路径",
        ),
        (
            not payments.bridge_script or re.fullmatch(r"https?://[^/\s]+/\S+", payments.bridge_script) is not None,
            "payments.bridge_script: 应当是脚本的完整地址，或者空着",
        ),
    ]


PAYMENT_KEYS = ("mch_id", "cert_serial_no", "private_key", "api_v3_key", "public_key", "public_key_id")
"""Without one of these nothing can be paid."""


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
