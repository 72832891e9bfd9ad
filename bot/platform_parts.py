"""What of the platform's protocol is there by configuration: the client, 正在输入, the filter for callers."""

from __future__ import annotations

from contextlib import AsyncExitStack

import aiohttp

from bot.callers import Callers
from bot.config import Config
from bot.metrics import Metrics
from bot.shared_values import StoredValues
from bot.wechat import WeChatApi
from bot.wechat.busy import Busy
from handlers.turns import Turns
from storage.ports.time import Clock


def api_of(config: Config, calls: aiohttp.ClientSession, clock: Clock, values: StoredValues, metrics: Metrics) -> WeChatApi:
    """The client of the platform's API, which counts what an operator should see."""
    wechat = config.wechat

    def counted(errcode: int) -> None:
        metrics.operator_errors.labels(str(errcode)).inc()

    return WeChatApi(calls, wechat.app_id, wechat.app_secret, wechat.api_base, clock, values, counted=counted)


def shown_as_busy(turns: Turns, config: Config, clock: Clock, api: WeChatApi, stack: AsyncExitStack) -> Turns:
    """With 正在输入 where the account may and it is wanted."""
    if not (config.can_push and config.wechat.typing and config.wechat.app_secret):
        return turns
    busy = Busy(turns, api, clock)
    stack.push_async_callback(busy.close)
    return busy


async def callers_of(config: Config, clock: Clock, api: WeChatApi, values: StoredValues, stack: AsyncExitStack) -> Callers | None:
    """The platform's own addresses, where the operator wants them looked at."""
    if not config.wechat.check_callback_addresses:
        return None
    callers = Callers(api.get_callback_ips, values, config.wechat.app_id, clock, config.server.trusted_proxies)
    stack.push_async_callback(callers.close)
    await callers.start()
    return callers
