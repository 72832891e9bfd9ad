"""What all codes have in common: names that nobody guesses, who may show how many, and the one chat that takes each.

A name is a secret as of links (`handlers.links.new_secret`), half as long as a scene may be; storage keeps its keyed hash. An account without parametric codes (wechat.md A14) has six digits instead,
which are typed in the chat: they are short, so tries are counted for each chat, and they die with the code.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from handlers.policy import TooMuch
from storage.ports.records import Scene
from storage.ports.repositories import Repositories

LOGIN: Final = "login"
BIND: Final = "bind"
OUTLET: Final = "outlet:"
"""Begins the permanent scene of an outlet's poster; its code follows."""

SHOWN_FOR: Final = timedelta(minutes=5)
"""How long a code on a screen can be scanned."""
ANSWER_WITHIN: Final = timedelta(minutes=10)
"""How long whoever has scanned it may take: there may be a log-in to do first."""

_TRIES: Final = 5
_HOUR: Final = timedelta(hours=1)


class NoCode(Exception):
    """The platform made no code: it is away, its quota is spent, or the account may not."""


class QrCodes(Protocol):
    """Where codes come from (wechat.md A10)."""

    async def address(self, name: str, seconds: int) -> str:
        """What a code holds that brings `name` back when it is scanned, for so many seconds. Raises NoCode."""


def new_word() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**6):06d}"


async def store(tx: Repositories, scene: Scene, name: str, holder: str = "", *, worded: bool = False) -> tuple[Scene, str]:
    """Store a code; with `worded` it gets a word, which stands in its params and comes back beside it. Raises LookupError when no word is free."""
    for _ in range(8):
        word = new_word() if worded else ""
        made = replace(scene, params={**scene.params, "word": word}) if word else scene
        if await tx.scenes.add(name, made, holder, word):
            return made, word
    raise LookupError("no word is free")


async def taken(tx: Repositories, openid: str, now: datetime, *, name: str = "", word: str = "") -> Scene | None:
    """The code that this chat scanned or typed, now its own; None for a wrong one, one that is over, and one that another chat has.

    Wrong words are counted: after five in an hour the chat can type none, the right one included. Names are not: nobody guesses one, and whoever
    scans an old page again and again does nothing wrong. Raises TooMuch.
    """
    if word:
        verdict = await tx.limits.peek("scene.wrong", openid, _TRIES, _HOUR, now)
        if not verdict.allowed:
            raise TooMuch("试数字", verdict.retry_at or now + _HOUR)
    found = await (tx.scenes.find(name, now) if name else tx.scenes.find_word(word, now))
    mine = await tx.scenes.take(found.id, openid, now, _until(found, now)) if found else None
    if word and mine is None:
        await tx.limits.hit("scene.wrong", openid, _TRIES, _HOUR, now)
    return mine


def _until(scene: Scene, now: datetime) -> datetime:
    return now + ANSWER_WITHIN if scene.purpose == LOGIN else max(scene.expires_at, now + ANSWER_WITHIN)
