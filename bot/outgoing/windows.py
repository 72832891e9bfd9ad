"""When the account may write to somebody, as far as we know, and how what may have arrived is said again (wechat.md A7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeGuard

from bot.metrics import Metrics
from dialogs.messages import Article, Human, Message, Say
from handlers.windows import WINDOWS
from storage.ports.records import User

_AGAIN = "可能已经收到过："


def may_push(user: User, now: datetime) -> bool:
    """Whether the person's last act still allows a service message. The platform's own count decides in the end."""
    if not user.subscribed or user.last_interaction_at is None or user.pushes_left <= 0:
        return False
    return now - user.last_interaction_at <= WINDOWS.get(user.last_trigger, timedelta())


def follows(user: User | None, following: str, metrics: Metrics) -> TypeGuard[User]:
    """Whether the chat is still in the following that this was made under; what is dropped because it is not is counted."""
    if user is not None and user.following == following:
        return True
    metrics.sends.labels("service", "left").inc()
    return False


def doubtful(message: Message) -> Message:
    """As it is said again to somebody who may have seen it."""
    if isinstance(message, Say | Human):
        return replace(message, text=f"{_AGAIN}{message.text}")
    return replace(message, description=f"{_AGAIN}{message.description}") if isinstance(message, Article) else message
