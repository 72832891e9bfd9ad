"""Access tokens: /cgi-bin/token and /cgi-bin/stable_token, and who may call with what (wechat.md A13)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.simulator.account import SimAccount
from bot.simulator.errors import ApiError
from storage.ports.time import SHANGHAI, Clock

LIFE = timedelta(seconds=7200)
RENEWAL = timedelta(minutes=5)
FORCE_PAUSE = timedelta(seconds=30)
FORCE_A_DAY = 20
PLAIN_A_DAY = 2000


@dataclass(slots=True)
class _Token:
    value: str
    until: datetime
    ends_early: bool = False


class TokenOffice:
    """Issues tokens and checks them. Stable and plain tokens are separate, as on the platform."""

    def __init__(self, clock: Clock, account: SimAccount) -> None:
        self._clock = clock
        self._account = account
        self._issued: dict[str, _Token] = {}
        self._stable: _Token | None = None
        self._plain: _Token | None = None
        self._forced_at: datetime | None = None
        self._today: tuple[date, dict[str, int]] = (clock.now().date(), {})

    def stable(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same token while it is valid, with the time left; a new one in its last five minutes, or when forced. Raises ApiError."""
        self._check_client(body.get("grant_type"), body.get("appid"), body.get("secret"))
        now = self._clock.now()
        current = self._stable
        if body.get("force_refresh") is True:
            if self._forced_at is not None and now - self._forced_at < FORCE_PAUSE:
                raise ApiError(45011)
            self._count("force", FORCE_A_DAY)
            self._forced_at = now
            if current is not None:
                current.until, current.ends_early = now, True
            current = None
        if current is None or current.until - now <= RENEWAL:
            # The one before keeps what it had left, which is at most these five minutes.
            current = self._stable = self._issue(now)
        return {"access_token": current.value, "expires_in": int((current.until - now).total_seconds())}

    def plain(self, grant_type: Any, app_id: Any, secret: Any) -> dict[str, Any]:
        """A new token each time; the one before dies five minutes later. Raises ApiError."""
        self._check_client(grant_type, app_id, secret)
        self._count("plain", PLAIN_A_DAY)
        now = self._clock.now()
        if self._plain is not None and self._plain.until - now > RENEWAL:
            self._plain.until, self._plain.ends_early = now + RENEWAL, True
        self._plain = self._issue(now)
        return {"access_token": self._plain.value, "expires_in": int(LIFE.total_seconds())}

    def check(self, token: str) -> None:
        """Raise ApiError unless `token` may be used now: 41001 none, 40014 not one of ours, 42001 too old, 40001 replaced by a newer one."""
        if not token:
            raise ApiError(41001)
        known = self._issued.get(token)
        if known is None:
            raise ApiError(40001 if token.count("_") == 1 and len(token) > 100 else 40014)
        if self._clock.now() >= known.until:
            raise ApiError(40001 if known.ends_early else 42001)

    def expire_all(self) -> None:
        """Make every token invalid at once, as when the secret is reset."""
        for one in self._issued.values():
            one.until, one.ends_early = self._clock.now(), True
        self._stable = self._plain = None

    def _issue(self, now: datetime) -> _Token:
        token = _Token(f"{secrets.randbelow(90) + 10}_{secrets.token_hex(64)}", now + LIFE)
        self._issued = {value: one for value, one in self._issued.items() if now - one.until < LIFE}
        self._issued[token.value] = token
        return token

    def _check_client(self, grant_type: Any, app_id: Any, secret: Any) -> None:
        if grant_type != "client_credential":
            raise ApiError(40002)
        if not app_id:
            raise ApiError(41002)
        if not secret:
            raise ApiError(41004)
        if app_id != self._account.app_id:
            raise ApiError(40013)
        if not hmac.compare_digest(str(secret).encode(), self._account.app_secret.encode()):
            raise ApiError(40125)

    def _count(self, what: str, limit: int) -> None:
        today = self._clock.now().astimezone(SHANGHAI).date()
        if self._today[0] != today:
            self._today = (today, {})
        used = self._today[1].get(what, 0)
        if used >= limit:
            raise ApiError(45009)
        self._today[1][what] = used + 1
