"""Redis' errors."""

from __future__ import annotations

import asyncio

from redis.exceptions import RedisError

TROUBLE = (RedisError, OSError, asyncio.TimeoutError)
"""Whatever Redis has to complain about, it did not answer."""
