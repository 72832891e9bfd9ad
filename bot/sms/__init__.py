"""SMS out: the provider that the configuration names, and the second one for what the first certainly did not send.

`console`, `file` and `http` take the words; `tencent` and `aliyun` fill approved templates. Every provider answers `Sent`, `NotSent` (and
why) or `Doubtful`; `SmsJob` keeps the record, `reports` hears what became of it.
"""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.config import Sms as SmsConfig
from bot.sms.aliyun import AliyunAccount, AliyunSms
from bot.sms.calls import Cloud, Patience
from bot.sms.channel import SmsSending
from bot.sms.job import SmsJob
from bot.sms.outcomes import Doubtful, NotSent, Outcome, Provider, Sent, Why
from bot.sms.plain import ConsoleSms, FileSms, HttpSms
from bot.sms.replies import REPLY_PATH
from bot.sms.replies import routes as reply_routes
from bot.sms.reports import REPORT_PATH
from bot.sms.reports import routes as report_routes
from bot.sms.templates import Template, signs_of, templates_of, wording_of, wordings_of
from bot.sms.tencent import TencentAccount, TencentSms
from storage.ports.time import Clock

__all__ = [
    "REPLY_PATH",
    "REPORT_PATH",
    "AliyunAccount",
    "AliyunSms",
    "Cloud",
    "ConsoleSms",
    "Doubtful",
    "FileSms",
    "HttpSms",
    "NotSent",
    "Outcome",
    "Patience",
    "Provider",
    "Sent",
    "SmsJob",
    "SmsSending",
    "Template",
    "TencentAccount",
    "TencentSms",
    "Why",
    "reply_routes",
    "report_routes",
    "sender",
    "signs_of",
    "wording_of",
    "wordings_of",
]


def sender(
    config: SmsConfig, session: aiohttp.ClientSession, clock: Clock, patience: Patience | None = None
) -> tuple[Provider, ...]:
    """The providers that the configuration names, in the order in which they are asked."""
    patience = patience or Patience()
    named = (config.provider, config.second)
    return tuple(_provider(name, config, session, clock, patience) for name in named if name)


def _provider(name: str, config: SmsConfig, session: aiohttp.ClientSession, clock: Clock, patience: Patience) -> Provider:
    match name:
        case "http":
            return HttpSms(session, config.url)
        case "file":
            return FileSms(Path(config.file), clock)
        case "tencent":
            tencent = TencentAccount(
                config.tencent_secret_id,
                config.tencent_secret_key,
                config.tencent_app_id,
                config.tencent_sign,
                config.tencent_region,
                templates_of(config, name),
            )
            return TencentSms(Cloud(session, config.tencent_api_base, patience), tencent, clock)
        case "aliyun":
            aliyun = AliyunAccount(config.aliyun_key_id, config.aliyun_key_secret, config.aliyun_sign, templates_of(config, name))
            return AliyunSms(Cloud(session, config.aliyun_api_base, patience), aliyun, clock)
        case _:
            return ConsoleSms()
