"""The clock's part of `doctor`: ours against the platform's, by the `Date` of two of its answers (targets.md F11)."""

from __future__ import annotations

import aiohttp

from bot.config import Config
from bot.findings import Finding
from bot.wechat.drift import AGREE_S, TELL_S, seconds_ahead
from storage.ports.time import Clock

_WHAT = "时钟"
_REFUSED_S = 300.0
"""From here on an account whose answers the process has not seen yet refuses what the platform sends."""
_TODO = "请运行 chronyc tracking 看对时，没有装就装上 chrony；虚拟机还要看宿主机的时钟"
_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def examine_clock(config: Config, clock: Clock) -> Finding:
    """Whether our clock is the platform's; no token is needed. Never raises."""
    if not config.wechat.app_id:
        return Finding(_WHAT, "warn", "填好 [wechat] 以后再和平台的时间比")
    base = config.wechat.api_base.rstrip("/")
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            seen = [await _ahead(session, f"{base}/", clock) for _ in range(2)]
    except aiohttp.ClientConnectorCertificateError:
        return Finding(_WHAT, "bad", f"这台机器不认平台的证书，时钟差得很多时就会这样；先运行 date 看看日期。{_TODO}")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Finding(_WHAT, "warn", f"{base} 没有应答，没有比成；请检查本机能不能上网，时间可以先用 chronyc tracking 看")
    first, second = seen
    if first is None or second is None:
        return Finding(_WHAT, "warn", f"{base} 的应答里没有时间，没有比成；时间可以先用 chronyc tracking 看")
    if abs(first - second) > AGREE_S:
        return Finding(_WHAT, "warn", "平台两次应答的时间对不上，可能是中间的代理给的；时间可以先用 chronyc tracking 看")
    return _told(second)


async def _ahead(session: aiohttp.ClientSession, address: str, clock: Clock) -> float | None:
    """Seconds by which ours is ahead; None without a date."""
    async with session.get(address, allow_redirects=False) as answer:
        return seconds_ahead(answer.headers.get("Date", ""), clock.now())


def _told(ahead_s: float) -> Finding:
    off = round(abs(ahead_s))
    if off < TELL_S:
        return Finding(_WHAT, "ok", f"和微信平台相差 {off} 秒")
    way = "快" if ahead_s > 0 else "慢"
    told = f"这台机器比微信平台{way} {off} 秒。{_TODO}"
    if off < _REFUSED_S:
        return Finding(_WHAT, "warn", f"{told}。消息还照常收")
    return Finding(_WHAT, "bad", f"{told}。差到 300 秒，刚启动的进程会把消息当作过期的拒收，验证码和提醒的时间也不对")
