"""Why a notice did not go through, in words for the staff. The ledger keeps short notes and the platform's codes; people read neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from storage.ports.records import Channel

_REASONS: Final[Mapping[str, str]] = {
    "no chat": "没关注公众号",
    "left": "取消了关注",
    "no phone": "没有手机号",
    "no sms wanted": "本人不要短信",
    "no consent": "没有订阅",
    "no receipt": "没有回执",
    "nobody decided": "存疑，一天没有人处理",
    "staff: next": "工作人员查过",
    "staff: arrived": "工作人员查过",
    "no relative": "没有授权的家人",
    "relative gone": "家人的授权结束了",
    "too early for this channel": "还没到用这种方式的时候",
    "channel not set up": "这种方式没有开通",
    "no template": "这种方式没有开通",
    "user block": "本人拒收",
    "failed:user block": "本人拒收",
    "failed: user block": "本人拒收",
    "failed:system failed": "平台没送到",
    "failed: system failed": "平台没送到",
    "43004": "取消了关注",
    "43019": "取消了关注",
    "43101": "没有订阅",
    "45009": "平台今天的额度用完了",
    "45047": "平台限制了条数",
    "40037": "模板不对，请找管理员",
    "47003": "内容不合平台的规定，请找管理员",
}


_OF_TEMPLATES: Final[Mapping[str, str]] = {"43101": "本人在微信里关了通知"}
"""The same code where nothing has to be subscribed to."""


def reason(note: str, channel: Channel | None = None) -> str:
    """The words for a note; '' for one that says nothing to people. `channel` is the one that it came from, where it is known."""
    plain = note.removeprefix("given up: ")
    if channel is Channel.TEMPLATE and plain in _OF_TEMPLATES:
        return _OF_TEMPLATES[plain]
    return _REASONS.get(plain, "")
