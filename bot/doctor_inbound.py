"""What arrives, for `doctor`: whether the running process of this machine can read what the platform sends it.

Nothing else can tell: the platform never says that its messages were not understood, and what is configured looks right by itself.
"""

from __future__ import annotations

from collections import Counter

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.config import Config
from bot.findings import Finding
from bot.wechat.refusal import Reason, Refused
from bot.wechat.turned_away import OURS

_WHAT = "收到的消息"
_TIMEOUT = aiohttp.ClientTimeout(total=3)
_REASONS = {reason.value: reason for reason in Reason}


async def examine_inbound(config: Config) -> Finding:
    """By `/metrics` of the process at `server.port`, what it has counted since it began. Never raises."""
    host = "127.0.0.1" if config.server.host in {"0.0.0.0", "::"} else config.server.host  # noqa: S104 - compared, not listened on
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(f"http://{host}:{config.server.port}/metrics") as answer,
        ):
            page = await answer.text() if answer.status == 200 else ""
        refused, taken = _counted(page)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Finding(_WHAT, "warn", "机器人没有在这台机器上运行，没有检查；启动后可以再运行一次 doctor")
    told = [f"{count} 条{OURS[reason].happened}；{OURS[reason].todo}" for reason in OURS if (count := refused[reason])]
    if told:
        return Finding(_WHAT, "bad", "。".join(told))
    if not taken and refused[Reason.SIGNATURE]:
        text = (
            f"{refused[Reason.SIGNATURE]} 条签名都不对，一条也没有收下；核对 wechat.token 和公众平台“服务器配置”里的是不是同一个"
        )
        return Finding(_WHAT, "bad", text)
    if not taken and refused[Reason.DOWNGRADE]:
        text = f"{refused[Reason.DOWNGRADE]} 条没有加密，一条也没有收下；请把公众平台的“消息加解密方式”改成安全模式"
        return Finding(_WHAT, "bad", text)
    if not taken:
        return Finding(_WHAT, "warn", "这个进程启动后还没有收到过消息；用微信发一句话，再运行一次 doctor")
    return Finding(_WHAT, "ok", f"启动后收下 {taken} 条")


def _counted(page: str) -> tuple[Counter[Reason], int]:
    """How many were refused by reason, and how many were taken; a stranger's page counts as none. Raises ValueError for what is no exposition text."""
    refused, answered = Counter[Reason](), 0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            match sample.name, sample.labels:
                case "bot_wechat_refused_total", {"reason": str(reason)} if reason in _REASONS:
                    refused[_REASONS[reason]] += int(sample.value)
                case "bot_http_requests_total", {"route": "/wechat", "status": "200"}:
                    answered += int(sample.value)
    # What is signed is answered with 200 also when it cannot be read.
    return refused, answered - sum(count for reason, count in refused.items() if Refused(reason).authentic)
