"""Redis or Valkey: what may be lost without harm (sessions, answers for resends) and locks between processes."""

from __future__ import annotations

from storage.redis.client import RedisBackend, open_redis
from storage.redis.locks import RedisLocks

__all__ = ["RedisBackend", "RedisLocks", "open_redis"]
