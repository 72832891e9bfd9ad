"""Passwords by argon2id, in a thread: a sign-in takes about a tenth of a second and holds up nobody else."""

from __future__ import annotations

import asyncio
from functools import cache, partial

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

TIME_COST = 2
MEMORY_KIB = 46 * 1024
PARALLELISM = 1
AT_ONCE = 2
"""How many are worked out at a time: each takes a core and its memory."""


@cache
def _nobodys(time_cost: int, memory_kib: int, parallelism: int) -> str:
    """What an unknown name is compared with: as much work as for a known one. Worked out once a process."""
    hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism, type=Type.ID)
    return hasher.hash("nobody has this password")


class Argon:
    """Implements `handlers.secrecy.Hasher`."""

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB, parallelism: int = PARALLELISM) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism, type=Type.ID)
        self._nobodys = partial(_nobodys, time_cost, memory_kib, parallelism)
        self._room = asyncio.Semaphore(AT_ONCE)

    def prepare(self) -> None:
        """Work out now what the first password would have to wait for. Idempotent; may be called in another thread."""
        self._nobodys()

    async def made(self, password: str) -> str:
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, stored: str, password: str) -> bool:
        async with self._room:
            return await asyncio.to_thread(self._verify, stored, password)

    def outdated(self, stored: str) -> bool:
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return False

    def _verify(self, stored: str, password: str) -> bool:
        nobodys = self._nobodys()  # for a known name too: the first to ask waits equally long for either
        try:
            right = self._hasher.verify(stored or nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return right and stored != ""
