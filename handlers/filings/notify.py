"""Moved: `handlers.reminders.news`."""

from __future__ import annotations

from handlers.reminders.news import News, notify, notify_person, unpack

__all__ = ["News", "notify", "notify_person", "unpack"]
