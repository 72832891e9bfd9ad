"""Requests that are not taken: counted by reason, and told to the operator where it is a setting of ours that is wrong.

Each is answered as the platform wants it, so that nobody outside would ever notice: an account whose EncodingAESKey is wrong falls silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from bot.logs import Ready
from bot.wechat.operators import Advice
from bot.wechat.refusal import Reason
from bot.wechat.seldom import Seldom
from storage.ports.time import Clock

log = structlog.get_logger("wechat")
line = Ready("wechat")

_AGAIN_S = 3600.0

OURS: Final[Mapping[Reason, Advice]] = {
    Reason.CIPHER: Advice(
        "消息的签名对，却解不开",
        "核对 wechat.encoding_aes_key 和公众平台“服务器配置”里的是不是同一个；刚换过的话，把旧的填到 wechat.previous_encoding_aes_key",
    ),
    Reason.APPID: Advice("消息解得开，却是发给另一个账号的", "核对 wechat.app_id；这个账号的“服务器配置”可能填了别的账号的地址"),
}
"""Reasons that only what is signed can have, and that it has only where our settings and the platform's differ."""


class TurnedAway:
    """One line an hour for each setting that is wrong, and a count each time."""

    def __init__(self, clock: Clock, counted: Callable[[Reason], None] = lambda _: None) -> None:
        self._seldom = Seldom(clock, _AGAIN_S)
        self._counted = counted

    def note(self, reason: Reason) -> None:
        """One request was not taken."""
        self._counted(reason)
        line.warning("request", outcome="refused", reason=reason.value)
        found = OURS.get(reason)
        if found is not None and (left_out := self._seldom.may(reason)) is not None:
            log.error("wechat_operator", reason=reason.value, happened=found.happened, todo=found.todo, **left_out)
