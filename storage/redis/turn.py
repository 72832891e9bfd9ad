"""A message's turn in Redis: what was fetched together with its lock, and the lock itself, which goes with what the turn stores.

By itself each would be a question of its own: lock, session and answer, both kept, unlock. Joined they are two, and a question costs a
turn more than what is asked.
"""

from __future__ import annotations

from typing import Any

from storage.vault import Vault


class Turn:
    """`keys`: where the chat's session and the message's answer are; `lock`, `token`: what is held, and by whom."""

    __slots__ = ("found", "given_back", "keys", "lock", "token")

    def __init__(self, keys: tuple[str, str], lock: str, token: str) -> None:
        self.keys = keys
        self.lock = lock
        self.token = token
        self.found: list[Any] | None = None
        """What the keys held when the lock was got, for the first who asks."""
        self.given_back = False
        """Whether the lock went with what was stored."""


Turns = dict[tuple[str, str], Turn]
"""By openid and key of the message: those that hold their lock in this process."""


def key_of(vault: Vault, kind: str, text: str) -> str:
    """A key of the database: what it is of, and a keyed hash of whose."""
    return f"sb:{kind}:{vault.digest(text, f'redis.{kind}')}"
