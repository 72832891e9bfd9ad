"""Redis' errors in the words of the ports."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from storage.ports.repositories import Unavailable

TROUBLE = (RedisError, OSError, asyncio.TimeoutError)


@contextmanager
def translated() -> Iterator[None]:
    """Whatever Redis has to complain about, it did not answer: `Unavailable`."""
    try:
        yield
    except TROUBLE as error:
        raise Unavailable(f"Redis: {type(error).__name__}") from error
