"""Redis or Valkey: what may be lost without harm (sessions, answers for resends) and locks between processes."""

from __future__ import annotations

from storage.redis.client import RedisBackend, open_redis
from storage.redis.locks import RedisLocks
from storage.redis.looking import Seen, look_at

__all__ = ["RedisBackend", "RedisLocks", "Seen", "look_at", "open_redis"]
