"""WeChat's messages and ours, both ways: `read` for what arrives, `render_passive` and `render_custom` for what goes out."""

from bot.wechat.wire.inbound import account_of, dedupe_key, read
from bot.wechat.wire.outbound import Head, render_custom, render_passive

__all__ = ["Head", "account_of", "dedupe_key", "read", "render_custom", "render_passive"]
