"""The picture with digits that stands before a fourth SMS code (targets.md S6), with a question in words for those who cannot see it.

Nothing is kept in the process: a challenge is a one-time code of purpose `captcha` whose digits are only hashed, tries are a
counter, and having passed is a ticket that runs out. All of it survives a restart and goes when the person unfollows.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from handlers.links import Links
from storage.ports.record import Record
from storage.ports.records import CodeRequest, CodeState, Ticket
from storage.ports.repositories import Repositories
from storage.ports.time import Clock

_PURPOSE: Final = "captcha"
_PASSED: Final = "captcha-passed"
_LIFE: Final = timedelta(minutes=5)
_PASS_LIFE: Final = timedelta(minutes=10)
_TRIES: Final = 5
_LENGTH: Final = 4

_SPOKEN: Final = "零一二三四五六七八九十"
_SPOKEN_VALUES: Final = {character: value for value, character in enumerate(_SPOKEN)} | {"〇": 0, "两": 2, "俩": 2}


class Challenge(Record):
    """One question. `id` comes back with the answer; exactly one of `picture` (PNG bytes) and `words` is not empty."""

    id: str
    picture: bytes
    words: str


class Right(Record):
    """Passed."""


class Wrong(Record):
    """Not passed; `left` more tries (0 when the next one is refused)."""

    left: int


class Refused(Record):
    """Five wrong answers; the next try is at `retry_at`."""

    retry_at: datetime


class Captcha:
    """Makes challenges and judges answers. All of it belongs to one chat (openid)."""

    def __init__(self, clock: Clock, links: Links) -> None:
        self._clock = clock
        self._links = links

    async def link(self, tx: Repositories, openid: str) -> str:
        """The address of a captcha page for that chat."""
        return await self._links.captcha(tx, openid)

    async def passed(self, tx: Repositories, openid: str) -> bool:
        """Whether that chat answered rightly within the last ten minutes."""
        return await tx.tickets.get(_pass_token(openid), _PASSED, self._clock.now()) is not None

    async def challenge(self, tx: Repositories, openid: str, *, in_words: bool = False) -> Challenge | Refused:
        """A new question, valid for five minutes and one answer; the one before is void. Refused when the tries are used up."""
        now = self._clock.now()
        verdict = await tx.limits.peek("captcha-tries", openid, _TRIES, _PASS_LIFE, now)
        if not verdict.allowed:
            return Refused(verdict.retry_at or now + _PASS_LIFE)
        challenge_id = secrets.token_urlsafe(16)
        if in_words:
            words, answer = _sum_in_words()
            picture = b""
        else:
            words, answer = "", "".join(str(secrets.randbelow(10)) for _ in range(_LENGTH))
            from handlers.captcha_picture import draw  # noqa: PLC0415 - loads PIL, which a server needs for nothing else

            picture = draw(answer)
        hashed = _hash(challenge_id, answer)
        await tx.codes.add(CodeRequest(challenge_id, openid, _PURPOSE, "", hashed, now, now + _LIFE))
        return Challenge(challenge_id, picture, words)

    async def answer(self, tx: Repositories, openid: str, challenge_id: str, text: str) -> Right | Wrong | Refused:
        """Judge an answer. The try is counted first; an old, foreign or used challenge is simply wrong.

        Once right, `passed` is true for ten minutes and the tries are forgotten.
        """
        now = self._clock.now()
        verdict = await tx.limits.hit("captcha-tries", openid, _TRIES, _PASS_LIFE, now)
        if not verdict.allowed:
            return Refused(verdict.retry_at or now + _PASS_LIFE)
        if not await self._right(tx, openid, challenge_id, read_number(text), now):
            return Wrong(max(0, _TRIES - verdict.used))
        token = _pass_token(openid)
        await tx.tickets.drop(token)
        await tx.tickets.add(token, Ticket(_PASSED, openid, {}, now, now + _PASS_LIFE))
        await tx.limits.clear("captcha-tries", openid)
        return Right()

    async def _right(self, tx: Repositories, openid: str, challenge_id: str, answer: str, now: datetime) -> bool:
        request = await tx.codes.get(challenge_id[:64])
        if request is None or request.purpose != _PURPOSE or not hmac.compare_digest(request.openid, openid):
            return False
        if await tx.codes.attempt(request.id) > 1 or now >= request.expires_at:
            return False
        right = hmac.compare_digest(request.code_hash, _hash(request.id, answer))
        # The state moves once, so an answer that is sent twice at the same moment passes once.
        moved = await tx.codes.set_state(request.id, CodeState.OPEN, CodeState.PASSED if right else CodeState.DEAD)
        return right and moved


def read_number(text: str) -> str:
    """Digits out of an answer: wide digits, spaces and Chinese numerals up to 十九 are fine; '' when there is nothing to read."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text[:40]) if not c.isspace()).rstrip("。.个")
    if plain.isascii() and plain.isdigit():
        return plain
    match [_SPOKEN_VALUES.get(c) for c in plain]:
        case [int(one)]:
            return str(one)
        case [10, int(units)] if units < 10:
            return str(10 + units)
        case [1, 10, int(units)] if units < 10:
            return str(10 + units)
    return ""


def _sum_in_words() -> tuple[str, str]:
    """A small sum as it is spoken, and its answer (0 to 19)."""
    first, second = 2 + secrets.randbelow(8), 1 + secrets.randbelow(9)
    if secrets.randbelow(2):
        return f"{_SPOKEN[first]}加{_SPOKEN[second]}等于几？", str(first + second)
    if first < second:
        first, second = second, first
    return f"{_SPOKEN[first]}减{_SPOKEN[second]}等于几？", str(first - second)


def _hash(challenge_id: str, answer: str) -> bytes:
    return hashlib.sha256(f"{challenge_id}:{answer}".encode()).digest()


def _pass_token(openid: str) -> str:
    """Where the pass of a chat is kept. No link has this form, so it cannot be opened."""
    return f"captcha-passed:{openid}"
